//! Sound taken apart: the packets of a file, and its samples, on one channel and at one rate.

use super::Unconvertible;
use super::resample::Resampler;
use ropus::{Channels, DecodeMode, Decoder};
use std::io::Cursor;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Opus counts at this rate, whatever it carries.
pub const RATE: u32 = 48_000;
/// The longest packet of Opus, 120 ms.
const LONGEST_PACKET: usize = RATE as usize * 120 / 1_000;

pub fn unreadable(e: &dyn std::fmt::Display) -> Unconvertible {
    Unconvertible(format!("The sound cannot be read: {e}."))
}

/// The first track with sound of a file.
pub struct Source {
    format: Box<dyn FormatReader>,
    track: u32,
    pub parameters: AudioCodecParameters,
}
impl Source {
    pub fn open(bytes: &[u8]) -> Result<Self, Unconvertible> {
        let source = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), Default::default());
        let probe = symphonia::default::get_probe();
        let format = probe.probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default()).map_err(|e| unreadable(&e))?;
        let track = format.default_track(TrackType::Audio).ok_or_else(|| Unconvertible("There is no sound in this file.".into()))?;
        let id = track.id;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).cloned();
        let parameters = parameters.ok_or_else(|| Unconvertible("The file does not say how its sound is encoded.".into()))?;
        Ok(Self { format, track: id, parameters })
    }

    pub fn is_opus(&self) -> bool {
        self.parameters.codec == CODEC_ID_OPUS
    }

    /// The next packet; `None` at the end, also where the file was cut off.
    pub fn next(&mut self) -> Result<Option<Box<[u8]>>, Unconvertible> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet.data)),
                Ok(Some(_)) => {}
                Ok(None) | Err(Error::IoError(_)) | Err(Error::ResetRequired) => return Ok(None),
                Err(e) => return Err(unreadable(&e)),
            }
        }
    }
}

/// Takes what is there of the sound, and at the end (`true`) all of it.
pub type Sink<'a> = dyn FnMut(&mut Vec<f32>, bool) -> Result<(), Unconvertible> + 'a;

/// The samples on one channel, at this rate.
pub fn decode(source: &mut Source, rate: u32, sink: &mut Sink<'_>) -> Result<(), Unconvertible> {
    if source.is_opus() { opus(source, rate, sink) } else { others(source, rate, sink) }
}

fn opus(source: &mut Source, rate: u32, sink: &mut Sink<'_>) -> Result<(), Unconvertible> {
    let mut decoder = Decoder::new(RATE, Channels::Mono).map_err(|e| unreadable(&e))?;
    // The first samples only warm the decoder up (RFC 7845 §4.2).
    let head = source.parameters.extra_data.as_deref().filter(|h| h.starts_with(b"OpusHead") && h.len() >= 12);
    let mut skip = head.map_or(312, |h| usize::from(u16::from_le_bytes([h[10], h[11]])));
    let (mut pcm, mut ready) = (vec![0f32; LONGEST_PACKET], Vec::new());
    let mut resampler = (rate != RATE).then(|| Resampler::new(RATE, rate));
    while let Some(packet) = source.next()? {
        // A broken piece is skipped, as players do.
        let Ok(n) = decoder.decode_float(&packet, &mut pcm, DecodeMode::Normal) else { continue };
        let heard = &pcm[skip.min(n)..n];
        skip -= skip.min(n);
        match &mut resampler {
            Some(resampler) => resampler.push(heard, &mut ready),
            None => ready.extend_from_slice(heard),
        }
        sink(&mut ready, false)?;
    }
    if let Some(resampler) = &mut resampler {
        resampler.end(&mut ready);
    }
    sink(&mut ready, true)
}

fn others(source: &mut Source, wanted: u32, sink: &mut Sink<'_>) -> Result<(), Unconvertible> {
    let codecs = symphonia::default::get_codecs();
    let mut decoder = codecs.make_audio_decoder(&source.parameters, &AudioDecoderOptions::default()).map_err(|e| unreadable(&e))?;
    let mut resampler: Option<(u32, Resampler)> = None;
    let (mut samples, mut mono, mut ready): (Vec<f32>, Vec<f32>, Vec<f32>) = Default::default();
    loop {
        let read = match source.format.next_packet() {
            Ok(Some(p)) if p.track_id == source.track => p,
            Ok(Some(_)) => continue,
            Ok(None) | Err(Error::IoError(_)) | Err(Error::ResetRequired) => break,
            Err(e) => return Err(unreadable(&e)),
        };
        let decoded = match decoder.decode(&read) {
            Ok(decoded) => decoded,
            Err(Error::DecodeError(_)) => continue,
            Err(e) => return Err(unreadable(&e)),
        };
        let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count().max(1));
        if !(1_000..=400_000).contains(&rate) {
            return Err(Unconvertible("The sound has no rate that can be played.".into()));
        }
        samples.resize(decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(&mut samples);
        mono.clear();
        mono.extend(samples.chunks(channels).map(|all| all.iter().sum::<f32>() / channels as f32));
        if resampler.as_ref().is_none_or(|(r, _)| *r != rate) {
            resampler = Some((rate, Resampler::new(rate, wanted)));
        }
        if let Some((_, resampler)) = &mut resampler {
            resampler.push(&mono, &mut ready);
        }
        sink(&mut ready, false)?;
    }
    if let Some((_, resampler)) = &mut resampler {
        resampler.end(&mut ready);
    }
    sink(&mut ready, true)
}

/// How long a packet is at 48 kHz, by its first byte (RFC 6716 §3.1).
pub fn samples(packet: &[u8]) -> u64 {
    let Some(toc) = packet.first() else { return 0 };
    let config = toc >> 3;
    let one: u64 = match config {
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        12..=15 => [480, 960][usize::from(config % 2)],
        _ => [120, 240, 480, 960][usize::from(config % 4)],
    };
    one * match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1).map_or(0, |b| b & 0x3f)),
    }
}
