//! Names of messages and places in Slack.

/// A message: its channel and its timestamp, which is an id and never a number. External ids are `{channel}:{timestamp}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageName {
    pub channel: String,
    /// A timestamp, or the id of a file (`F…`) whose message Slack had not named yet when we sent it.
    pub ts: String,
}
impl MessageName {
    pub fn parse(text: &str) -> Option<Self> {
        let (channel, ts) = text.split_once(':')?;
        (is_channel(channel) && (is_ts(ts) || is_file(ts))).then(|| Self { channel: channel.into(), ts: ts.into() })
    }
    pub fn text(&self) -> String {
        format!("{}:{}", self.channel, self.ts)
    }
    pub fn file(&self) -> Option<&str> {
        is_file(&self.ts).then_some(self.ts.as_str())
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    Channel {
        id: String,
        thread: Option<String>,
    },
    /// A direct message, whose channel has to be asked for.
    Person(String),
}
impl Spot {
    /// A thread key (`D…`, `C…:{timestamp}`) or a person's id.
    pub fn parse(key: &str) -> Option<Self> {
        match key.split_once(':') {
            Some((id, ts)) if is_channel(id) && is_ts(ts) => Some(Self::Channel { id: id.into(), thread: Some(ts.into()) }),
            None if is_channel(key) => Some(Self::Channel { id: key.into(), thread: None }),
            None if is_person(key) => Some(Self::Person(key.into())),
            _ => None,
        }
    }
}

fn is_id(text: &str, first: &[u8]) -> bool {
    let bytes = text.as_bytes();
    (2..=40).contains(&bytes.len()) && first.contains(&bytes[0]) && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
pub fn is_channel(text: &str) -> bool {
    is_id(text, b"CDG")
}
pub fn is_person(text: &str) -> bool {
    is_id(text, b"UW")
}
pub fn is_file(text: &str) -> bool {
    is_id(text, b"F")
}
pub fn is_ts(text: &str) -> bool {
    let digits = |t: &str| (1..=20).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(s, f)| digits(s) && digits(f))
}

/// The time in a timestamp, in milliseconds.
pub fn time(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').filter(|_| is_ts(ts))?;
    let millis: i64 = format!("{:0<3}", fraction.get(..3).unwrap_or(fraction)).parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(1_000)?.checked_add(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_stay_texts() {
        let name = MessageName::parse("C0123456789:1700000000.000100").unwrap();
        assert_eq!((name.channel.as_str(), name.ts.as_str(), name.file()), ("C0123456789", "1700000000.000100", None));
        assert_eq!(name.text(), "C0123456789:1700000000.000100");
        assert_eq!(time("1700000000.123456"), Some(1_700_000_000_123));
        assert_eq!(time("1700000000.1"), Some(1_700_000_000_100));
        for wrong in ["", ":", "C1", "action:C1:1.2", "C1:x", "C1:1.2.3", "C1/../x:1.2", "D1:", "U1:1.2"] {
            assert_eq!(MessageName::parse(wrong), None, "{wrong}");
        }
        assert_eq!(MessageName::parse("D1:F0123").unwrap().file(), Some("F0123"));
    }

    #[test]
    fn places_are_told_apart() {
        let channel = |id: &str, thread: Option<&str>| Some(Spot::Channel { id: id.into(), thread: thread.map(str::to_owned) });
        assert_eq!(Spot::parse("D01"), channel("D01", None));
        assert_eq!(Spot::parse("C01:1.2"), channel("C01", Some("1.2")));
        assert_eq!(Spot::parse("U01"), Some(Spot::Person("U01".into())));
        assert_eq!(Spot::parse("ann@customer.example"), None);
        assert_eq!(Spot::parse("C01:1"), None);
    }
}
