//! Which addresses of the outside may be reached. A name is resolved here, every address of it is judged, and the caller
//! connects to exactly the judged addresses, so that an answer that changes between the look and the call gains nothing.

use ipnet::IpNet;
use kernel::BoxFuture;
use kernel::http::HttpError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use url::{Host, Url};

/// An exception the administrator made for his own network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// Every address in a network, at any port: `10.0.0.0/8`, `127.0.0.1`.
    Net(IpNet),
    /// One host by the name or address it is asked for, and one port, or any: `mail.internal`, `127.0.0.1:9000`.
    Host { host: String, port: Option<u16> },
}

impl FromStr for Allow {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Self::Net(net));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Net(ip.into()));
        }
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(Self::Host { host: plain(&addr.ip().to_string()), port: Some(addr.port()) });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| format!("{text}: {port} is not a port"))?)),
            None => (text, None),
        };
        if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
            return Err(format!("{text} is not a network (10.0.0.0/8), an address, a host, or host:port"));
        }
        Ok(Self::Host { host: plain(host), port })
    }
}

/// How a name becomes addresses; the system's way in the product, a table in tests.
pub trait Resolver: Send + Sync {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemResolver;
impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// Why there is no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAddress {
    /// The rules say no.
    Refused(String),
    /// The name does not resolve.
    Unknown(String),
}
impl From<NoAddress> for HttpError {
    fn from(reason: NoAddress) -> Self {
        match reason {
            NoAddress::Refused(why) => Self::Refused(why),
            NoAddress::Unknown(why) => Self::Connect(why),
        }
    }
}

/// The rules. Cheap to clone; one for the whole product.
#[derive(Clone)]
pub struct NetGuard {
    allow: Arc<[Allow]>,
    resolver: Arc<dyn Resolver>,
}

impl NetGuard {
    pub fn new(allow: Vec<Allow>) -> Self {
        Self { allow: allow.into(), resolver: Arc::new(SystemResolver) }
    }
    /// From the words of the configuration.
    pub fn from_words(allow: &[String]) -> kernel::Result<Self> {
        let rules: Result<Vec<Allow>, String> = allow.iter().map(|word| word.parse()).collect();
        rules.map(Self::new).map_err(|why| kernel::Error::bad_request("net.allow", why))
    }
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Judges what can be seen without asking anybody: the scheme, the form, and an address written in place of a name.
    pub fn check_url(&self, text: &str) -> Result<Url, HttpError> {
        let url = Url::parse(text).map_err(|e| HttpError::Refused(format!("not a web address: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Refused(format!("only http and https are fetched, not {}", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::Refused("a name or password in the address is not sent".into()));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(HttpError::Refused("the address has no host".into()));
        };
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        };
        if let Some(ip) = literal {
            self.check_addr(&ip.to_string(), SocketAddr::new(ip, port)).map_err(HttpError::Refused)?;
        }
        Ok(url)
    }

    /// Judges one address, reached under the name `host`.
    pub fn check_addr(&self, host: &str, addr: SocketAddr) -> Result<(), String> {
        if self.is_allowed(host, addr) || is_public(addr.ip()) {
            return Ok(());
        }
        Err(format!("{host} is at {}, which is not a public address", addr.ip()))
    }

    /// True if the administrator made an exception for it.
    pub fn is_allowed(&self, host: &str, addr: SocketAddr) -> bool {
        let (host, ip) = (plain(host), unmapped(addr.ip()));
        self.allow.iter().any(|rule| match rule {
            Allow::Net(net) => net.contains(&ip),
            Allow::Host { host: name, port } => *name == host && port.is_none_or(|p| p == addr.port()),
        })
    }

    /// Resolves and judges; connect to these and to nothing else. One bad address among good ones refuses them all.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ips = match host.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => self.resolver.resolve(host).await.map_err(|e| NoAddress::Unknown(format!("{host} does not resolve: {e}")))?,
        };
        let mut found: Vec<SocketAddr> = Vec::new();
        for ip in ips {
            let addr = SocketAddr::new(ip, port);
            self.check_addr(host, addr).map_err(NoAddress::Refused)?;
            if !found.contains(&addr) {
                found.push(addr);
            }
        }
        if found.is_empty() { Err(NoAddress::Unknown(format!("{host} has no address"))) } else { Ok(found) }
    }
}

/// Names are compared without case, brackets and the root's dot.
fn plain(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

/// `::ffff:10.0.0.1` is 10.0.0.1.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Whether an address belongs to the internet at large (IANA special-purpose registries say which do not).
pub fn is_public(ip: IpAddr) -> bool {
    match unmapped(ip) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        // NAT64: the IPv4 address in the last 32 bits is what is reached.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        // 6to4: the IPv4 address follows the prefix.
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Protocol assignments (Teredo, ORCHID, benchmarking), then documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only 2000::/3 is global unicast; loopback, local, multicast, IPv4-compatible and the rest lie outside.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001:db8::1",
            "2001::1",
            "2001:10::1",
            "3fff::1",
            "100::1",
            "fd00:ec2::254",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_that_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2620:fe::fe",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn forms_of_an_address_that_mean_the_same() {
        let guard = NetGuard::new(vec![]);
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://017700000001/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://１２７.0.0.1/",
            "http://127。0。0。1/",
            "http://169.254.169.254/latest/meta-data/",
            "https://[fd00:ec2::254]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://0x7f000001:80/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "javascript:alert(1)",
            "data:text/plain,x",
            "//example.com",
            "http://",
            "not an address",
            "http://user:pass@example.com/",
            "http://example.com@127.0.0.1/",
        ] {
            assert!(matches!(guard.check_url(url), Err(HttpError::Refused(_))), "{url}");
        }
        for url in ["https://example.com/a?b=c", "http://example.com:8080/", "https://1.1.1.1/", "https://[2606:4700::1111]/"] {
            assert!(guard.check_url(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn exceptions_are_as_narrow_as_they_are_written() {
        let guard = |text: &str| NetGuard::new(vec![text.parse().unwrap()]);
        assert!(guard("127.0.0.1:9000").check_url("http://127.0.0.1:9000/").is_ok());
        assert!(guard("127.0.0.1:9000").check_url("http://127.0.0.1:9001/").is_err());
        assert!(guard("127.0.0.0/8").check_url("http://[::ffff:127.0.0.1]:1/").is_ok());
        assert!(guard("10.0.0.0/8").check_url("http://11.0.0.1/").is_ok());
        assert!(guard("10.0.0.0/8").check_url("http://127.0.0.1/").is_err());
        assert!(guard("[::1]:25").is_allowed("::1", "[::1]:25".parse().unwrap()));
        assert!(guard("Mail.Internal.").is_allowed("mail.internal", "10.0.0.1:25".parse().unwrap()));
        assert!(!guard("mail.internal:587").is_allowed("mail.internal", "10.0.0.1:25".parse().unwrap()));
        for wrong in ["", "http://x", "a b", "host:port", "10.0.0.0/99", "host:99999"] {
            assert!(wrong.parse::<Allow>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_configuration_takes_what_the_guard_understands() {
        let dir = tempfile::tempdir().unwrap();
        let configured = |text: &str| config::Config::load(&config::Flags::default().set("net-allow", text), [], dir.path());
        for text in ["10.0.0.0/8", "fd00::/8", "127.0.0.1", "::1", "127.0.0.1:25", "[::1]:25", "mail.internal", "mail_1.internal:587"] {
            assert!(NetGuard::from_words(&configured(text).unwrap().net.allow).is_ok(), "{text}");
        }
        for text in ["http://x", "host:port", "10.0.0.0/99", "host:99999", "a/b"] {
            assert!(configured(text).is_err() && NetGuard::from_words(&[text.to_owned()]).is_err(), "{text}");
        }
    }

    struct Table(Vec<IpAddr>);
    impl Resolver for Table {
        fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    #[tokio::test]
    async fn one_private_address_among_public_ones_refuses_the_name() {
        let named = |ips: &[&str]| {
            let ips = ips.iter().map(|i| i.parse().unwrap()).collect();
            NetGuard::new(vec![]).with_resolver(Arc::new(Table(ips)))
        };
        let both = named(&["8.8.8.8", "10.0.0.1"]).addresses("example.com", 443).await;
        assert!(matches!(both, Err(NoAddress::Refused(_))));
        assert_eq!(named(&["8.8.8.8", "8.8.8.8"]).addresses("example.com", 443).await.unwrap(), vec!["8.8.8.8:443".parse().unwrap()]);
        assert!(matches!(named(&[]).addresses("example.com", 443).await, Err(NoAddress::Unknown(_))));
    }
}
