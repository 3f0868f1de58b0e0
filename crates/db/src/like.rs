//! Texts within `LIKE`.

/// What somebody typed, standing for itself within `LIKE … ESCAPE '!'`.
pub fn like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_means_something_to_like_means_itself() {
        assert_eq!(super::like("100%_sure!"), "100!%!_sure!!");
    }
}
