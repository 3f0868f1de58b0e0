//! The words by which a person is found: name, company, addresses, and the ends of numbers. Kept beside the person, folded as
//! everything that is searched.

use db::{Tx, Value, params};
use kernel::fold::tokens;
use kernel::{ContactId, Result};
use std::collections::BTreeSet;

/// Fewer digits than this say nothing.
const LEAST_DIGITS: usize = 4;
/// Words of one person: of fifty addresses and fifty numbers, and their name.
const MOST: usize = 1_200;

/// All words of a person.
fn of(name: &str, company: Option<&str>, handles: &[(String, String)]) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = tokens(name).into_iter().chain(tokens(company.unwrap_or_default())).collect();
    for (kind, value) in handles {
        all.extend(tokens(value));
        if kind == "phone" {
            // A number is known by its end: nobody types the country.
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            all.extend((LEAST_DIGITS..=digits.len()).filter_map(|n| digits.get(digits.len() - n..).map(str::to_owned)));
        }
    }
    all.into_iter().take(MOST).collect()
}

/// Brings the words in line with the person; of one who is gone none stay.
pub fn refresh(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    let person = tx.opt("SELECT name, company_name FROM contacts WHERE id = $1 AND deleted_at IS NULL", params![id], |r| {
        Ok((r.next::<String>()?, r.next::<Option<String>>()?))
    })?;
    let wanted = match person {
        None => BTreeSet::new(),
        Some((name, company)) => {
            let handles =
                tx.query("SELECT kind, value FROM contact_handles WHERE owner_id = $1", params![id], |r| Ok((r.next()?, r.next()?)))?;
            of(&name, company.as_deref(), &handles)
        }
    };
    let there: BTreeSet<String> =
        tx.query("SELECT word FROM contact_words WHERE contact_id = $1", params![id], |r| r.get(0))?.into_iter().collect();
    for word in there.difference(&wanted) {
        tx.exec("DELETE FROM contact_words WHERE word = $1 AND contact_id = $2", params![word, id])?;
    }
    for word in wanted.difference(&there) {
        tx.exec("INSERT INTO contact_words (word, contact_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", params![word, id])?;
    }
    Ok(())
}

/// For people from before there were words: the next few after `after`; gives the last one done.
pub fn refill(tx: &mut Tx<'_>, after: &[u8], limit: i64) -> Result<Option<Vec<u8>>> {
    let ids: Vec<ContactId> =
        tx.query("SELECT id FROM contacts WHERE id > $1 ORDER BY id LIMIT $2", params![after.to_vec(), limit], |r| r.get(0))?;
    for id in &ids {
        refresh(tx, *id)?;
    }
    Ok(ids.last().map(|id| id.as_bytes().to_vec()))
}

/// Rows of one word; a word of more people is common.
const COMMON: i64 = 2_000;

/// The condition on people called `c` that each word asked for is the beginning of one of theirs; none where no word is asked for.
pub fn condition(tx: &mut Tx<'_>, text: &str, args: &mut Vec<Value<'static>>) -> Result<Option<String>> {
    let mut parts = Vec::new();
    let mut asked = tokens(text);
    // A number is typed with blanks and signs, and may begin with a zero that is not part of it.
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= LEAST_DIGITS && !text.chars().any(char::is_alphabetic) {
        asked = vec![digits.trim_start_matches('0').to_owned()];
    }
    for word in asked.into_iter().filter(|w| !w.is_empty()).take(8) {
        let end = format!("{word}\u{10FFFF}");
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM contact_words WHERE word >= $1 AND word < $2 LIMIT $3) few";
        let common = tx.number(sql, params![&word, &end, COMMON + 1])? > COMMON;
        args.push(word.into());
        args.push(end.into());
        let (from, to) = (args.len() - 1, args.len());
        // Few people are looked up by the word; among many, each person in turn is asked for it until the page is full.
        parts.push(match common {
            false => format!("c.id IN (SELECT w.contact_id FROM contact_words w WHERE w.word >= ${from} AND w.word < ${to})"),
            true => format!("EXISTS (SELECT 1 FROM contact_words w WHERE w.contact_id = c.id AND w.word >= ${from} AND w.word < ${to})"),
        });
    }
    Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_every_word_and_by_the_end_of_a_number() {
        let handles = [("email".to_owned(), "j.mueller@example.com".to_owned()), ("phone".to_owned(), "+4915112345".to_owned())];
        let all = of("Jörg Müller", Some("Øre & Søn"), &handles);
        for word in ["jorg", "muller", "ore", "son", "mueller", "example", "4915112345", "15112345", "2345"] {
            assert!(all.contains(word), "{word} {all:?}");
        }
        assert!(!all.contains("345"));
    }
}
