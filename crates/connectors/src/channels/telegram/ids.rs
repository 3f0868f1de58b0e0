//! Ids: what a message is called, and where a conversation takes place.

/// Where messages go: a chat, perhaps one topic of it, perhaps in the name of a business account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub chat: i64,
    pub topic: Option<i64>,
    /// Id of the business connection.
    pub business: Option<String>,
}
impl Spot {
    /// `{chat}`, `{chat}/{topic}`, `{chat}@{business connection}`.
    pub fn key(&self) -> String {
        match (&self.business, self.topic) {
            (Some(business), _) => format!("{}@{business}", self.chat),
            (None, Some(topic)) => format!("{}/{topic}", self.chat),
            (None, None) => self.chat.to_string(),
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        let key = key.trim();
        if let Some((chat, business)) = key.split_once('@') {
            let business = Some(business.to_owned()).filter(|b| !b.is_empty());
            return Some(Self { chat: chat.parse().ok()?, topic: None, business });
        }
        let (chat, topic) = match key.split_once('/') {
            Some((chat, topic)) => (chat, Some(topic.parse().ok()?)),
            None => (key, None),
        };
        Some(Self { chat: chat.parse().ok()?, topic, business: None })
    }
}

/// A message's name: its number counts within a chat only, and in a business account's chats apart from the bot's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageName {
    pub chat: i64,
    pub number: i64,
    pub business: Option<String>,
}
impl MessageName {
    /// `{chat}:{message}`, with `:{business connection}` behind where there is one.
    pub fn text(&self) -> String {
        match &self.business {
            Some(business) => format!("{}:{}:{business}", self.chat, self.number),
            None => format!("{}:{}", self.chat, self.number),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (chat, number) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { chat, number, business: parts.next().filter(|b| !b.is_empty()).map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_went() {
        for key in ["987654321", "-1001234567890", "-1001234567890/17", "987654321@bc-1"] {
            assert_eq!(Spot::parse(key).unwrap().key(), key);
        }
        for text in ["987654321:42", "-1001234567890:9007199254740993", "987654321:42:bc-1"] {
            assert_eq!(MessageName::parse(text).unwrap().text(), text);
        }
        assert_eq!(Spot::parse("ada@"), None);
        assert_eq!(Spot::parse("1/x"), None);
        assert_eq!(MessageName::parse("018f0000"), None);
        assert_eq!(MessageName::parse("1:x"), None);
    }
}
