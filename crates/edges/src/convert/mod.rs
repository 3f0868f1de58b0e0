//! Files in the form that a provider takes: pictures as JPEG within a size, sound as Ogg Opus or WAV. Slow work: call
//! it through [`crate::turns`]. The original is never touched; what comes out is another file.

mod pcm;
mod picture;
mod resample;
mod sound;
mod wave;

/// Why a file could not be turned into another form, in words for the person who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconvertible(pub String);

/// The file as `to` (`image/jpeg`, `audio/ogg` or `audio/wav`), at most `most` bytes large.
pub fn convert(bytes: &[u8], to: &str, most: usize) -> Result<Vec<u8>, Unconvertible> {
    let made = match to {
        "image/jpeg" => picture::jpeg(bytes, most),
        "audio/ogg" => sound::ogg_opus(bytes),
        "audio/wav" => wave::wav(bytes, most),
        other => Err(Unconvertible(format!("There is no way to make {other} of a file."))),
    }?;
    if made.len() > most {
        return Err(Unconvertible(format!("Even converted it is larger than {} kB.", most / 1_000)));
    }
    Ok(made)
}

/// `holiday.webp` as it is called afterwards.
pub fn renamed(name: &str, to: &str) -> String {
    let end = match to {
        "image/jpeg" => "jpg",
        "audio/wav" => "wav",
        _ => "ogg",
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{}.{end}", if stem.is_empty() { "file" } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_and_gets_the_right_ending() {
        assert_eq!(
            [
                renamed("a.b.webp", "image/jpeg"),
                renamed("voice", "audio/ogg"),
                renamed(".wav", "audio/ogg"),
                renamed("voice.oga", "audio/wav")
            ],
            ["a.b.jpg", "voice.ogg", "file.ogg", "voice.wav"]
        );
        assert!(convert(b"x", "video/mp4", 10).is_err());
    }
}
