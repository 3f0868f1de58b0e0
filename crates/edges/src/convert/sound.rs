//! Sound as Ogg Opus (RFC 7845): Opus that lies in another container is only put into this one, everything else is encoded anew.

use super::Unconvertible;
use super::pcm::{self, RATE, Source, samples, unreadable};
use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use ropus::{Application, Channels, Encoder};
use symphonia::core::codecs::audio::AudioCodecParameters;

/// 20 ms.
const FRAME: usize = 960;
/// Two hours; a voice message is far shorter.
const LONGEST: u64 = 2 * 3_600 * RATE as u64;
/// One stream in the file: any number does.
const SERIAL: u32 = 0x5157_4244;
const LARGEST_PACKET: usize = 4_000;

pub fn ogg_opus(bytes: &[u8]) -> Result<Vec<u8>, Unconvertible> {
    let mut source = Source::open(bytes)?;
    if source.is_opus() { repack(&mut source) } else { encode(&mut source) }
}

fn repack(source: &mut Source) -> Result<Vec<u8>, Unconvertible> {
    let head = opus_head_of(&source.parameters);
    let mut out = Writer::begin(head)?;
    while let Some(packet) = source.next()? {
        let long = samples(&packet);
        out.packet(packet.into_vec(), long)?;
    }
    out.end()
}

fn opus_head_of(parameters: &AudioCodecParameters) -> Vec<u8> {
    match &parameters.extra_data {
        Some(head) if head.starts_with(b"OpusHead") => head.to_vec(),
        _ => opus_head(parameters.channels.as_ref().map_or(1, |c| c.count()).clamp(1, 2) as u8, 312),
    }
}

fn encode(source: &mut Source) -> Result<Vec<u8>, Unconvertible> {
    let failed = |e: &dyn std::fmt::Display| Unconvertible(format!("The sound cannot be encoded: {e}."));
    let mut encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip).build().map_err(|e| failed(&e))?;
    encoder.set_bitrate(ropus::Bitrate::try_bits(32_000).map_err(|e| failed(&e))?).map_err(|e| failed(&e))?;
    let mut out = Writer::begin(opus_head(1, encoder.lookahead() as u16))?;
    let mut packet = vec![0u8; LARGEST_PACKET];
    pcm::decode(source, RATE, &mut |ready, last| {
        if last && !ready.len().is_multiple_of(FRAME) {
            ready.resize(ready.len().next_multiple_of(FRAME), 0.0);
        }
        let whole = ready.len() / FRAME * FRAME;
        for frame in ready[..whole].chunks(FRAME) {
            let n = encoder.encode_float(frame, &mut packet).map_err(|e| failed(&e))?;
            out.packet(packet[..n].to_vec(), FRAME as u64)?;
        }
        ready.drain(..whole);
        Ok(())
    })?;
    out.end()
}

/// RFC 7845 §5.1.
fn opus_head(channels: u8, skip: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend_from_slice(&skip.to_le_bytes());
    head.extend_from_slice(&RATE.to_le_bytes());
    head.extend_from_slice(&[0, 0, 0]);
    head
}

/// Packets into pages; each is held back until it is known whether it is the last.
struct Writer {
    pages: PacketWriter<'static, Vec<u8>>,
    held: Option<(Vec<u8>, u64)>,
    at: u64,
    on_page: u64,
}
impl Writer {
    fn begin(head: Vec<u8>) -> Result<Self, Unconvertible> {
        let mut pages = PacketWriter::new(Vec::new());
        let mut tags = b"OpusTags".to_vec();
        let name = b"switchboard";
        tags.extend_from_slice(&(name.len() as u32).to_le_bytes());
        tags.extend_from_slice(name);
        tags.extend_from_slice(&0u32.to_le_bytes());
        for packet in [head, tags] {
            pages.write_packet(packet, SERIAL, PacketWriteEndInfo::EndPage, 0).map_err(|e| unreadable(&e))?;
        }
        Ok(Self { pages, held: None, at: 0, on_page: 0 })
    }

    fn packet(&mut self, packet: Vec<u8>, long: u64) -> Result<(), Unconvertible> {
        if packet.is_empty() || long == 0 {
            return Ok(());
        }
        self.at += long;
        if self.at > LONGEST {
            return Err(Unconvertible("The sound is longer than two hours.".into()));
        }
        if let Some((before, at)) = self.held.replace((packet, self.at)) {
            // A page a second, so that players can begin and jump.
            self.on_page += long;
            let info = if self.on_page >= u64::from(RATE) { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            if self.on_page >= u64::from(RATE) {
                self.on_page = 0;
            }
            self.pages.write_packet(before, SERIAL, info, at).map_err(|e| unreadable(&e))?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<Vec<u8>, Unconvertible> {
        let (last, at) = self.held.take().ok_or_else(|| Unconvertible("There is no sound in this file.".into()))?;
        self.pages.write_packet(last, SERIAL, PacketWriteEndInfo::EndStream, at).map_err(|e| unreadable(&e))?;
        Ok(self.pages.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A second and a half of a tone, as telephones and recorders write it.
    pub(super) fn wav(rate: u32, channels: u16) -> Vec<u8> {
        let count = rate * 3 / 2;
        let mut data = Vec::new();
        for n in 0..count {
            let value = ((f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() * 12_000.0) as i16;
            (0..channels).for_each(|_| data.extend_from_slice(&value.to_le_bytes()));
        }
        let mut out = b"RIFF".to_vec();
        out.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
        out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
        out.extend_from_slice(&channels.to_le_bytes());
        out.extend_from_slice(&rate.to_le_bytes());
        out.extend_from_slice(&(rate * u32::from(channels) * 2).to_le_bytes());
        out.extend_from_slice(&(channels * 2).to_le_bytes());
        out.extend_from_slice(b"\x10\0data");
        out.extend_from_slice(&(data.len() as u32).to_le_bytes());
        out.extend_from_slice(&data);
        out
    }

    fn packets(ogg: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = ogg::PacketReader::new(Cursor::new(ogg));
        std::iter::from_fn(|| reader.read_packet().unwrap().map(|p| p.data)).collect()
    }

    #[test]
    fn a_recording_becomes_opus_and_sounds_the_same() {
        for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 1)] {
            let made = ogg_opus(&wav(rate, channels)).unwrap();
            assert!(made.starts_with(b"OggS"));
            let all = packets(&made);
            assert!(all[0].starts_with(b"OpusHead\x01\x01") && all[1].starts_with(b"OpusTags"));
            let long: u64 = all[2..].iter().map(|p| samples(p)).sum();
            assert!(long.abs_diff(72_000) <= 2 * FRAME as u64, "{rate}: {long}");
            let mut decoder = ropus::Decoder::new(RATE, Channels::Mono).unwrap();
            let (mut heard, mut pcm) = (Vec::new(), [0i16; FRAME]);
            for packet in &all[2..] {
                let n = decoder.decode(packet, &mut pcm, ropus::DecodeMode::Normal).unwrap();
                heard.extend_from_slice(&pcm[..n]);
            }
            // 440 times a second the tone goes up through nothing.
            let crossings = heard[9_600..57_600].windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
            assert!(crossings.abs_diff(440) <= 4, "{rate}: {crossings}");
        }
    }

    /// The least that is a WebM file with an Opus track (RFC 9559).
    fn webm(head: &[u8], frames: &[Vec<u8>]) -> Vec<u8> {
        fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
            let mut out = id.to_vec();
            out.extend_from_slice(&(0x0100_0000_0000_0000u64 | body.len() as u64).to_be_bytes());
            out.extend_from_slice(body);
            out
        }
        let ebml = element(
            &[0x1a, 0x45, 0xdf, 0xa3],
            &[element(&[0x42, 0x82], b"webm"), element(&[0x42, 0x87], &[4]), element(&[0x42, 0x85], &[2])].concat(),
        );
        let facts = [
            element(&[0x2a, 0xd7, 0xb1], &1_000_000u32.to_be_bytes()),
            element(&[0x4d, 0x80], b"a browser"),
            element(&[0x57, 0x41], b"a browser"),
        ];
        let info = element(&[0x15, 0x49, 0xa9, 0x66], &facts.concat());
        let audio = element(&[0xe1], &[element(&[0xb5], &48_000f64.to_be_bytes()), element(&[0x9f], &[1])].concat());
        let entry = [
            element(&[0xd7], &[1]),
            element(&[0x73, 0xc5], &[1]),
            element(&[0x83], &[2]),
            element(&[0x86], b"A_OPUS"),
            element(&[0x63, 0xa2], head),
            audio,
        ];
        let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &entry.concat()));
        let mut cluster = element(&[0xe7], &[0]);
        for (n, frame) in frames.iter().enumerate() {
            let at = (n as u16 * 20).to_be_bytes();
            cluster.extend(element(&[0xa3], &[&[0x81, at[0], at[1], 0x80], &frame[..]].concat()));
        }
        let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &cluster);
        [ebml, element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks, cluster].concat())].concat()
    }

    #[test]
    fn opus_in_webm_is_only_put_into_another_container() {
        let frames: Vec<Vec<u8>> = packets(&ogg_opus(&wav(48_000, 1)).unwrap()).split_off(2);
        let made = ogg_opus(&webm(&opus_head(1, 312), &frames)).unwrap();
        let all = packets(&made);
        assert_eq!(all[0], opus_head(1, 312));
        assert_eq!(all[2..], frames[..], "not a byte of the sound has changed");
    }

    #[test]
    fn what_is_no_sound_says_so() {
        assert!(ogg_opus(b"not sound").is_err());
        assert!(ogg_opus(&wav(48_000, 1)[..44]).is_err(), "a recording of nothing");
        let mut cut = wav(48_000, 1);
        cut.truncate(60_000);
        assert!(ogg_opus(&cut).is_ok(), "what was cut off is sent as far as it goes");
    }
}
