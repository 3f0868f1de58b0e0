//! Pictures as JPEG: upright, on white where they were clear, as good as fits.

use super::Unconvertible;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

const PIXELS: u64 = 50_000_000;
const SIDE: u32 = 20_000;
const ALLOC: u64 = 512 << 20;
/// From the best to what is still fine to look at.
const QUALITIES: [u8; 3] = [88, 78, 65];

pub fn jpeg(bytes: &[u8], most: usize) -> Result<Vec<u8>, Unconvertible> {
    let mut picture = flat(decode(bytes)?);
    loop {
        for quality in QUALITIES {
            let mut out = Vec::new();
            let written = picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, quality));
            written.map_err(|e| Unconvertible(format!("The picture cannot be written as JPEG: {e}.")))?;
            if out.len() <= most {
                return Ok(out);
            }
        }
        let (width, height) = (picture.width() * 3 / 4, picture.height() * 3 / 4);
        if width < 16 || height < 16 {
            return Err(Unconvertible("The picture does not fit, however small it is made.".into()));
        }
        picture = image::imageops::resize(&picture, width, height, image::imageops::FilterType::Triangle);
    }
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, Unconvertible> {
    let unreadable = |e: &dyn std::fmt::Display| Unconvertible(format!("The picture cannot be read: {e}."));
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| unreadable(&e))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| unreadable(&e))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS || width == 0 || height == 0 {
        return Err(Unconvertible("The picture has more than 50 million pixels.".into()));
    }
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| unreadable(&e))?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

/// JPEG knows no clear pixels: they lie on white.
fn flat(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let clear = picture.into_rgba8();
    RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let [r, g, b, a] = clear.get_pixel(x, y).0.map(u32::from);
        let over = |c: u32| ((c * a + 255 * (255 - a)) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};

    fn noise(side: u32, format: ImageFormat) -> Vec<u8> {
        let mut seed = 7u32;
        let picture = RgbImage::from_fn(side, side, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
        });
        let mut out = Vec::new();
        picture.write_to(&mut Cursor::new(&mut out), format).unwrap();
        out
    }

    #[test]
    fn every_form_becomes_a_jpeg_within_the_size() {
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Gif, ImageFormat::Jpeg] {
            let from = noise(300, format);
            let made = jpeg(&from, 30_000).unwrap();
            assert!(made.starts_with(&[0xff, 0xd8]) && made.len() <= 30_000, "{format:?}: {}", made.len());
        }
        let roomy = jpeg(&noise(64, ImageFormat::Png), 1 << 20).unwrap();
        assert_eq!(image::load_from_memory(&roomy).unwrap().width(), 64, "what fits is not made smaller");
    }

    #[test]
    fn what_was_clear_is_white() {
        let mut png = Vec::new();
        RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        let made = image::load_from_memory(&jpeg(&png, 10_000).unwrap()).unwrap().into_rgb8();
        assert!(made.get_pixel(4, 4).0.iter().all(|c| *c > 250));
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert!(jpeg(b"not a picture", 1_000).unwrap_err().0.contains("cannot be read"));
        assert!(jpeg(&noise(64, ImageFormat::Png)[..200], 10_000).is_err());
        assert!(jpeg(&noise(64, ImageFormat::Png), 100).unwrap_err().0.contains("does not fit"));
    }
}
