//! Who a note names: `@Full Name` as the composer writes it, or `@First` typed by hand where only one member is called so.

use crate::people::Member;
use kernel::MemberId;

/// The members named, each once. Of two with the very same name, both are meant.
pub fn in_text(text: &str, members: &[Member]) -> Vec<MemberId> {
    let text = fold(text);
    let names: Vec<(MemberId, Vec<char>)> = members.iter().map(|m| (m.id, fold(m.name.trim()))).filter(|(_, n)| !n.is_empty()).collect();
    let mut found = Vec::new();
    for (at, _) in text.iter().enumerate().filter(|(_, c)| **c == '@') {
        let begins = at == 0 || text[at - 1].is_whitespace() || matches!(text[at - 1], '(' | '[' | ',' | ';' | ':' | '/');
        if begins {
            found.extend(named(&text[at + 1..], &names));
        }
    }
    let mut once: Vec<MemberId> = Vec::new();
    for id in found {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}

/// Whoever the text begins with: the longest whole name, else a first name that is one member's alone.
fn named(text: &[char], names: &[(MemberId, Vec<char>)]) -> Vec<MemberId> {
    let begins_with = |name: &[char]| text.starts_with(name) && !text.get(name.len()).is_some_and(|c| c.is_alphanumeric());
    let longest = names.iter().filter(|(_, n)| begins_with(n)).map(|(_, n)| n.len()).max();
    if let Some(length) = longest {
        return names.iter().filter(|(_, n)| n.len() == length && begins_with(n)).map(|(id, _)| *id).collect();
    }
    let first = |name: &[char]| name.iter().take_while(|c| !c.is_whitespace()).count();
    let called: Vec<MemberId> = names.iter().filter(|(_, n)| begins_with(&n[..first(n)])).map(|(id, _)| *id).collect();
    if called.len() == 1 { called } else { Vec::new() }
}

/// Without case and accents, so that `@tomas` is Tomás.
fn fold(text: &str) -> Vec<char> {
    kernel::fold::fold(text).chars().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Role, SystemIds, id::new_id};

    fn team(names: &[&str]) -> Vec<Member> {
        let member = |name: &&str| Member {
            id: new_id(&SystemIds, 1),
            name: (*name).to_owned(),
            email: "a@b.c".into(),
            role: Role::Agent,
            active: true,
            created_at: 0,
            online: false,
            visibility: None,
            channel_ids: Vec::new(),
            capacity: None,
        };
        names.iter().map(member).collect()
    }

    #[test]
    fn whole_names_and_first_names_that_are_one_members_alone() {
        let team = team(&["Mara Lind", "Mara Lindqvist", "Tomás Ferreira", "Jonas"]);
        let ids = |text: &str| in_text(text, &team).iter().map(|id| team.iter().position(|m| m.id == *id).unwrap()).collect::<Vec<_>>();
        assert_eq!(ids("@Mara Lind can you look?"), [0]);
        assert_eq!(ids("@Mara Lindqvist, please"), [1]);
        assert_eq!(ids("ask @tomas and @JONAS."), [2, 3]);
        assert_eq!(ids("(@Tomás Ferreira) twice @tomás ferreira"), [2]);
        // Two are called Mara: nobody is guessed.
        assert!(ids("@mara knows").is_empty());
        for nobody in ["mail jonas@example.com", "@jonasson", "@", "@ Jonas", "Jonas", "x@Jonas"] {
            assert!(ids(nobody).is_empty(), "{nobody}");
        }
    }

    #[test]
    fn members_with_the_same_name_are_both_meant() {
        let team = team(&["Ada Obi", "Ada Obi"]);
        assert_eq!(in_text("@Ada Obi", &team).len(), 2);
    }
}
