//! A place as a text: `geo:` and the coordinates (RFC 5870), with its name and address on the lines below.

/// A point with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    pub latitude: f64,
    pub longitude: f64,
    pub name: Option<String>,
    pub address: Option<String>,
}

/// The place, when the text is nothing else.
pub fn read(text: &str) -> Option<Spot> {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let point = lines.next()?.strip_prefix("geo:")?.split([';', '?']).next()?;
    let mut parts = point.split(',').map(|p| p.trim().parse::<f64>());
    let (Some(Ok(latitude)), Some(Ok(longitude))) = (parts.next(), parts.next()) else { return None };
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return None;
    }
    Some(Spot { latitude, longitude, name: lines.next().map(str::to_owned), address: lines.next().map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_is_a_place() {
        let spot = read("geo:-33.92,18.42;u=35\nHarbour\n 1 Dock Road \n").unwrap();
        assert_eq!((spot.latitude, spot.longitude), (-33.92, 18.42));
        assert_eq!((spot.name.as_deref(), spot.address.as_deref()), (Some("Harbour"), Some("1 Dock Road")));
        assert!([read("geo:91,0"), read("geo:1"), read("Meet at geo:1,2"), read("")].iter().all(Option::is_none));
    }
}
