//! Sound at another rate: a windowed sinc, as the samples come.

const PHASES: usize = 256;
/// Zero crossings on each side.
const CROSSINGS: f64 = 16.0;

pub struct Resampler {
    /// Samples in for one sample out.
    step: f64,
    half: usize,
    table: Vec<f32>,
    held: Vec<f32>,
    at: f64,
}

impl Resampler {
    pub fn new(from: u32, to: u32) -> Self {
        let step = f64::from(from) / f64::from(to);
        // Going down, what the new rate cannot hold is taken out.
        let cutoff = (1.0 / step).min(1.0) * 0.96;
        let half = (CROSSINGS / cutoff).ceil() as usize;
        let mut table = Vec::with_capacity((PHASES + 1) * 2 * half);
        for phase in 0..=PHASES {
            let shift = phase as f64 / PHASES as f64;
            for tap in 0..2 * half {
                let x = tap as f64 - (half as f64 - 1.0) - shift;
                let sinc = if x.abs() < 1e-9 { cutoff } else { (std::f64::consts::PI * cutoff * x).sin() / (std::f64::consts::PI * x) };
                let window = 0.5 + 0.5 * (std::f64::consts::PI * x / half as f64).clamp(-std::f64::consts::PI, std::f64::consts::PI).cos();
                table.push((sinc * window) as f32);
            }
        }
        // Silence before the first sample, so that nothing of it is lost.
        Self { step, half, table, held: vec![0.0; half], at: half as f64 }
    }

    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.held.extend_from_slice(samples);
        let width = 2 * self.half;
        while (self.at as usize) + self.half < self.held.len() {
            let base = self.at as usize;
            let phase = ((self.at - base as f64) * PHASES as f64).round() as usize;
            let taps = &self.table[phase * width..(phase + 1) * width];
            let around = &self.held[base + 1 - self.half..=base + self.half];
            out.push(taps.iter().zip(around).map(|(t, s)| t * s).sum());
            self.at += self.step;
        }
        let done = (self.at as usize).saturating_sub(self.half).min(self.held.len());
        self.held.drain(..done);
        self.at -= done as f64;
    }

    /// The last samples.
    pub fn end(&mut self, out: &mut Vec<f32>) {
        let rest = vec![0.0; self.half];
        self.push(&rest, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        (0..(f64::from(rate) * seconds) as usize)
            .map(|n| (n as f64 * hertz * std::f64::consts::TAU / f64::from(rate)).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for from in [8_000, 22_050, 44_100, 48_000, 96_000] {
            let mut resampler = Resampler::new(from, 48_000);
            let (mut out, expected) = (Vec::new(), tone(48_000, 440.0, 0.5));
            for piece in tone(from, 440.0, 0.5).chunks(777) {
                resampler.push(piece, &mut out);
            }
            resampler.end(&mut out);
            assert!(out.len().abs_diff(expected.len()) <= 2, "{from}: {} of {}", out.len(), expected.len());
            let worst = out.iter().zip(&expected).skip(500).take(20_000).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 0.02, "{from}: {worst}");
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        let mut resampler = Resampler::new(96_000, 48_000);
        let mut out = Vec::new();
        resampler.push(&tone(96_000, 40_000.0, 0.2), &mut out);
        assert!(out.iter().skip(200).take(8_000).all(|s| s.abs() < 0.02));
    }
}
