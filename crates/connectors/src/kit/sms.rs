//! Text messages in parts: GSM 03.38 where every letter is in its alphabet, UCS-2 otherwise (3GPP TS 23.038, TS 23.040).

const BASIC: &str =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// These take two places.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// Does the text need UCS-2?
pub fn is_unicode(text: &str) -> bool {
    !text.chars().all(|c| BASIC.contains(c) || EXTENSION.contains(c))
}

/// In how many parts it is sent: 160 places in one or 153 in each of several; 70 and 67 in UCS-2.
pub fn parts(text: &str) -> usize {
    let unicode = is_unicode(text);
    let (one, several) = if unicode { (70, 67) } else { (160, 153) };
    let place = |c: char| if unicode { c.len_utf16() } else { 1 + usize::from(EXTENSION.contains(c)) };
    if text.chars().map(place).sum::<usize>() <= one {
        return 1;
    }
    // What takes two places is not torn apart.
    let (mut parts, mut used) = (1, 0);
    for c in text.chars() {
        if used + place(c) > several {
            (parts, used) = (parts + 1, 0);
        }
        used += place(c);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_as_they_are_paid_for() {
        assert_eq!((parts(""), parts(&"a".repeat(160)), parts(&"a".repeat(161)), parts(&"a".repeat(307))), (1, 1, 2, 3));
        assert_eq!((parts(&"€".repeat(80)), parts(&"€".repeat(81))), (1, 2));
        assert!(!is_unicode("Grüße, {x} €") && is_unicode("Привет") && is_unicode("👍"));
        assert_eq!((parts(&"п".repeat(70)), parts(&"п".repeat(71)), parts(&"👍".repeat(35)), parts(&"👍".repeat(36))), (1, 2, 1, 2));
        // 33 pairs fit into 67 units: one unit stays empty.
        assert_eq!(parts(&"👍".repeat(67)), 3);
    }
}
