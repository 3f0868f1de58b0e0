//! Sites that may use what an account puts on them, by its setting `allowed_domains`.

use kernel::channel::Account;

/// May a page of this origin (`https://shop.example`), or with this address, speak for the account? Without a list every page may.
/// A domain in the list covers itself and what lies under it.
pub fn is_allowed(account: &Account, origin: &str) -> bool {
    let domains = account.settings.words("allowed_domains");
    if domains.is_empty() {
        return true;
    }
    let host = origin.split("://").nth(1).unwrap_or(origin).split(['/', '?', '#']).next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() }.to_ascii_lowercase();
    domains.iter().any(|d| {
        let d = d.trim().to_ascii_lowercase();
        let d = d.split("://").nth(1).unwrap_or(&d).trim_start_matches("*.").trim_end_matches('/');
        let d = d.split(':').next().unwrap_or_default();
        !d.is_empty() && (host == d || host.strip_suffix(d).is_some_and(|rest| rest.ends_with('.')))
    })
}
