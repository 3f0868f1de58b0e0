//! Small pictures for the screen. Slow work: call it through [`crate::turns`]. The size is read and judged before anything is
//! decoded, so that a small file cannot unfold into gigabytes.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

const PIXELS: u64 = 25_000_000;
const SIDE: u32 = 20_000;
const ALLOC: u64 = 256 << 20;
const BOX: u32 = 320;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
    pub width: u32,
    pub height: u32,
}

/// A picture that fits 320 by 320, upright; `None` for what is not a picture we show, or too large to look at.
pub fn thumbnail(bytes: &[u8]) -> Option<Thumbnail> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    if !matches!(reader.format()?, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP) {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS || width == 0 || height == 0 {
        return None;
    }
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if picture.width() > BOX || picture.height() > BOX {
        picture = picture.thumbnail(BOX, BOX);
    }
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    encode(&picture)
}

fn encode(picture: &DynamicImage) -> Option<Thumbnail> {
    let mut bytes = Vec::new();
    let content_type = if picture.color().has_alpha() {
        DynamicImage::from(picture.to_rgba8()).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).ok()?;
        "image/png"
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80)).ok()?;
        "image/jpeg"
    };
    Some(Thumbnail { bytes, content_type, width: picture.width(), height: picture.height() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, alpha: bool, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = if alpha { DynamicImage::new_rgba8(width, height) } else { DynamicImage::new_rgb8(width, height) };
        image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn pictures_shrink_into_the_box_and_keep_their_shape() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let small = thumbnail(&picture(1_000, 500, false, format)).unwrap();
            assert_eq!((small.width, small.height), (320, 160), "{format:?}");
        }
        let clear = thumbnail(&picture(100, 50, true, ImageFormat::Png)).unwrap();
        assert_eq!((clear.width, clear.height, clear.content_type), (100, 50, "image/png"));
        assert!(thumbnail(b"not a picture").is_none());
        assert!(thumbnail(&picture(10, 10, false, ImageFormat::Png)[..40]).is_none());
    }

    #[test]
    fn a_small_file_that_claims_to_be_huge_is_not_decoded() {
        // 60000 x 60000 in the header of an otherwise ordinary PNG, its checksum made right.
        let mut bomb = picture(8, 8, false, ImageFormat::Png);
        bomb[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(thumbnail(&bomb).is_none());
        // 26 megapixels that are really there, in a few kilobytes.
        assert!(thumbnail(&picture(6_500, 4_000, false, ImageFormat::Png)).is_none());
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg())))
    }
}
