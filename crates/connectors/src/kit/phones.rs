//! Phone numbers as people and gateways write them.

/// `+27821234567` out of `+27 82 123-4567`, `0027…`, `27…` with its country code, and `082…` where the country is known. `None` for short
/// codes and names.
pub fn international(number: &str, country: Option<&str>) -> Option<String> {
    let written = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}');
    let plain: String = number.trim().chars().filter(|c| !written(*c)).collect();
    let country: String = country.unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let digits = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(rest) => rest.to_owned(),
        None => match plain.strip_prefix('0') {
            Some(rest) if !country.is_empty() => format!("{country}{rest}"),
            Some(_) => return None,
            // Shorter ones are short codes.
            None if plain.len() < 9 => return None,
            None => plain,
        },
    };
    let ok = (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    ok.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let said = |number: &str| international(number, Some("+27"));
        for same in ["+27 82 123-4567", "0027821234567", "27821234567", "082 123 4567", " +27(82)1234567"] {
            assert_eq!(said(same).as_deref(), Some("+27821234567"), "{same}");
        }
        for other in ["43210", "ParcelCo", "", "+27x", "+0821234567", "ann@customer.example"] {
            assert_eq!(said(other), None, "{other}");
        }
        assert_eq!(international("0821234567", None), None);
    }
}
