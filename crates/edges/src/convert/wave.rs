//! Sound as WAV, which everything plays: for providers that take no voice message in Opus. It is large: the rate is the best that fits.

use super::Unconvertible;
use super::pcm::{self, Source};

/// From what voice needs to what is still understood.
const RATES: [u32; 3] = [24_000, 16_000, 8_000];
const HEADER: usize = 44;

pub fn wav(bytes: &[u8], most: usize) -> Result<Vec<u8>, Unconvertible> {
    for rate in RATES {
        if let Some(made) = at(bytes, rate, most)? {
            return Ok(made);
        }
    }
    Err(Unconvertible(format!("The sound is too long: as WAV it is larger than {} kB.", most / 1_000)))
}

/// Samples as they come, until they are too many.
struct Taken {
    out: Vec<u8>,
    most: usize,
    fits: bool,
}
impl Taken {
    fn new(most: usize) -> Self {
        Self { out: vec![0; HEADER], most, fits: true }
    }

    /// Refuses what does not fit, so that nobody goes on decoding.
    fn take(&mut self, ready: &mut Vec<f32>) -> Result<(), Unconvertible> {
        if self.out.len() + 2 * ready.len() > self.most {
            self.fits = false;
            return Err(Unconvertible("The sound is too long.".into()));
        }
        self.out.extend(ready.drain(..).flat_map(|s| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()));
        Ok(())
    }
}

/// `None` when it does not fit.
fn at(bytes: &[u8], rate: u32, most: usize) -> Result<Option<Vec<u8>>, Unconvertible> {
    let mut taken = Taken::new(most);
    let decoded = pcm::decode(&mut Source::open(bytes)?, rate, &mut |ready, _| taken.take(ready));
    let Taken { mut out, fits, .. } = taken;
    if !fits {
        return Ok(None);
    }
    decoded?;
    if out.len() == HEADER {
        return Err(Unconvertible("There is no sound in this file.".into()));
    }
    let data = (out.len() - HEADER) as u32;
    let mut header = b"RIFF".to_vec();
    header.extend_from_slice(&(36 + data).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    header.extend_from_slice(&rate.to_le_bytes());
    header.extend_from_slice(&(rate * 2).to_le_bytes());
    header.extend_from_slice(b"\x02\0\x10\0data");
    header.extend_from_slice(&data.to_le_bytes());
    out[..HEADER].copy_from_slice(&header);
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::super::sound::ogg_opus;
    use super::*;

    /// One second of a tone.
    fn tone(rate: u32) -> Vec<u8> {
        let mut out = vec![0; HEADER];
        let wave = |n: u32| ((f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() * 12_000.0) as i16;
        out.extend((0..rate).flat_map(|n| wave(n).to_le_bytes()));
        let data = (out.len() - HEADER) as u32;
        out[..4].copy_from_slice(b"RIFF");
        out[4..8].copy_from_slice(&(36 + data).to_le_bytes());
        out[8..24].copy_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        out[24..28].copy_from_slice(&rate.to_le_bytes());
        out[28..32].copy_from_slice(&(rate * 2).to_le_bytes());
        out[32..40].copy_from_slice(b"\x02\0\x10\0data");
        out[40..44].copy_from_slice(&data.to_le_bytes());
        out
    }
    fn heard(wav: &[u8]) -> (u32, Vec<i16>) {
        let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
        (rate, wav[HEADER..].chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect())
    }

    #[test]
    fn a_voice_message_comes_back_as_it_was_said() {
        let voice = ogg_opus(&tone(16_000)).unwrap();
        for (most, expected) in [(1 << 20, 24_000), (40_000, 16_000), (20_000, 8_000)] {
            let made = wav(&voice, most).unwrap();
            assert!(made.len() <= most);
            let (rate, samples) = heard(&made);
            assert_eq!(rate, expected);
            // A frame more or less than a second, in which the tone goes up through nothing 440 times.
            assert!(samples.len().abs_diff(rate as usize) < rate as usize / 20, "{rate}: {}", samples.len());
            let middle = &samples[rate as usize / 4..rate as usize * 3 / 4];
            let crossings = middle.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
            assert!(crossings.abs_diff(220) <= 3, "{rate}: {crossings}");
        }
        assert!(wav(&voice, 10_000).unwrap_err().0.contains("too long"));
    }

    #[test]
    fn nothing_is_decoded_behind_what_fits() {
        let voice = ogg_opus(&tone(16_000)).unwrap();
        let (mut taken, mut pieces) = (Taken::new(HEADER + 10_000), 0);
        let ended = pcm::decode(&mut Source::open(&voice).unwrap(), 24_000, &mut |ready, _| {
            pieces += 1;
            taken.take(ready)
        });
        // 20 ms a piece of a second: the eleventh is one too many.
        assert!(ended.is_err() && !taken.fits && taken.out.len() <= HEADER + 10_000 && pieces < 15, "{pieces}");
    }

    #[test]
    fn other_sound_is_made_smaller_and_what_is_none_says_so() {
        let (rate, samples) = heard(&wav(&tone(44_100), 60_000).unwrap());
        assert_eq!((rate, samples.len().abs_diff(24_000) < 100), (24_000, true));
        assert!(wav(b"no sound", 1_000).unwrap_err().0.contains("cannot be read"));
    }
}
