//! Which snapshots stay.

use jiff::{Timestamp, tz::TimeZone};
use kernel::time::{DAY, HOUR, Millis};

/// The newest of each of the last so many hours, days, weeks and months (UTC) that have one. The newest of all always stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    pub hours: u32,
    pub days: u32,
    pub weeks: u32,
    pub months: u32,
}

impl Keep {
    /// `24h,7d,4w,12m`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keep = Self::default();
        for word in text.split([',', ' ']).filter(|w| !w.is_empty()) {
            let number = word.get(..word.len() - 1).and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 0);
            match (word.chars().last(), number) {
                (Some('h'), Some(n)) => keep.hours = n,
                (Some('d'), Some(n)) => keep.days = n,
                (Some('w'), Some(n)) => keep.weeks = n,
                (Some('m'), Some(n)) => keep.months = n,
                _ => return Err(format!("{word} is none of these: 24h, 7d, 4w, 12m")),
            }
        }
        Ok(keep)
    }

    /// For each time, newest first, whether its snapshot stays.
    pub fn choose(&self, newest_first: &[Millis]) -> Vec<bool> {
        let mut stays: Vec<bool> = newest_first.iter().enumerate().map(|(i, _)| i == 0).collect();
        let month = |at: Millis| {
            let zoned = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(TimeZone::UTC);
            i64::from(zoned.year()) * 12 + i64::from(zoned.month())
        };
        let rules: [(u32, &dyn Fn(Millis) -> i64); 4] = [
            (self.hours, &|at| at.div_euclid(HOUR)),
            (self.days, &|at| at.div_euclid(DAY)),
            // The epoch was a Thursday: weeks begin on Monday.
            (self.weeks, &|at| (at.div_euclid(DAY) + 3).div_euclid(7)),
            (self.months, &month),
        ];
        for (most, period) in rules {
            let (mut last, mut taken) = (None, 0);
            for (stay, at) in stays.iter_mut().zip(newest_first) {
                if taken < most && last != Some(period(*at)) {
                    (*stay, last, taken) = (true, Some(period(*at)), taken + 1);
                }
            }
        }
        stays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_period_stays() {
        let keep = Keep::parse("2d,2w").unwrap();
        // A Wednesday; every six hours for twenty days.
        let now = 1_793_181_600_000;
        let times: Vec<Millis> = (0..80).map(|n| now - n * 6 * HOUR).collect();
        let stays = keep.choose(&times);
        let kept: Vec<i64> = times.iter().zip(&stays).filter(|(_, s)| **s).map(|(t, _)| (now - t) / HOUR).collect();
        // Today's, yesterday's last, and last Sunday's last.
        assert_eq!(kept, [0, 12, 60]);
        assert_eq!(Keep::default().choose(&times).iter().filter(|s| **s).count(), 1);
        assert_eq!(Keep::parse("24h,7d,4w,12m"), Ok(Keep { hours: 24, days: 7, weeks: 4, months: 12 }));
        for wrong in ["7", "d", "0d", "7y", "d7", "é"] {
            assert!(Keep::parse(wrong).is_err(), "{wrong}");
        }
    }
}
