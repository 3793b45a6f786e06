//! The address guard: which hosts this program talks to (S1, S2). It stands before the connector twice: [`Guard::check`] sees every
//! URL, each redirect's too, because a resolver never sees an IP literal; [`GuardedResolver`] sees every answer of the DNS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{FetchError, ranges};
use crate::config::Network;

/// Knows the networks that may be polled although they are private.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Arc<[Network]>,
}

impl Guard {
    /// A guard that lets through what is public, and these networks.
    #[must_use]
    pub fn new(allowed: &[Network]) -> Self {
        Self { allowed: allowed.into() }
    }

    /// Whether a request may go to this address.
    ///
    /// # Errors
    /// [`FetchError::Refused`], saying what the address is and how to allow it.
    pub fn check_address(&self, address: IpAddr) -> Result<(), FetchError> {
        self.refusal(address).map_or(Ok(()), |words| Err(FetchError::Refused(refusal_sentence(&address.to_string(), address, words))))
    }

    /// Whether a request may go to this URL, as far as the URL itself tells: its scheme, and its host where that is an address.
    ///
    /// # Errors
    /// [`FetchError::Refused`].
    pub fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            return Err(FetchError::Refused(format!("{scheme}: addresses are not polled; only http and https are")));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(address.into()),
            Some(Host::Ipv6(address)) => self.check_address(address.into()),
            Some(Host::Domain(name)) => {
                // The URL standard turns every spelling of an IPv4 address into Host::Ipv4; this is for what it may leave over.
                let bare = name.trim_end_matches('.').trim_start_matches('[').trim_end_matches(']');
                if bare.is_empty() {
                    return Err(FetchError::Refused(format!("{url} names no host")));
                }
                bare.parse::<IpAddr>().map_or(Ok(()), |address| self.check_address(address))
            }
            None => Err(FetchError::Refused(format!("{url} names no host"))),
        }
    }

    fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        ranges::refused(address).filter(|_| !self.allowed.iter().any(|network| ranges::contains(network, address)))
    }
}

fn refusal_sentence(what: &str, address: IpAddr, words: &str) -> String {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    format!("{what} is {words} and is not polled; if it should be, put \"{address}/{bits}\" into allow_private of [fetch]")
}

/// Asks the system's resolver and hands on only the addresses that the guard allows.
pub(super) struct GuardedResolver {
    guard: Guard,
    /// The proxy's own name: it is from the configuration, and a proxy usually is in a private network.
    trusted_name: Option<String>,
}

impl GuardedResolver {
    pub(super) fn new(guard: Guard, trusted_name: Option<String>) -> Self {
        Self { guard, trusted_name }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, name) = (self.guard.clone(), name.as_str().to_owned());
        let trusted = self.trusted_name.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|error| NoName(error.to_string()))?.collect();
            let allowed = if trusted { found } else { allowed_of(&guard, &name, found)? };
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be talked to; a name whose answers are mixed is talked to at its public ones only.
fn allowed_of(guard: &Guard, name: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, FetchError> {
    let first = found.first().copied();
    let allowed: Vec<_> = found.into_iter().filter(|address| guard.refusal(address.ip()).is_none()).collect();
    if let (true, Some(address)) = (allowed.is_empty(), first.map(|address| address.ip())) {
        let words = guard.refusal(address).unwrap_or("not a public address");
        return Err(FetchError::Refused(refusal_sentence(&format!("{name} is at {address}, which"), address, words)));
    }
    Ok(allowed)
}

/// The DNS knows no such name, or there is no DNS.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoName(pub(super) String);

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(guard: &Guard, text: &str) -> bool {
        match Url::parse(text) {
            // What is no URL is not polled either.
            Err(_) => true,
            Ok(url) => matches!(guard.check(&url), Err(FetchError::Refused(_))),
        }
    }

    #[test]
    fn s1_every_spelling_of_a_private_address_is_refused() {
        let guard = Guard::default();
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "127.0.0.1.",
            "１２７.0.0.1",
            "127。0。0。1",
            "①②⑦.0.0.1",
            "%31%32%37.0.0.1",
            "user:password@127.0.0.1",
            "example.org@10.0.0.1",
            "0",
            "0.0.0.0",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:7f00:0001]",
            "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fd00:ec2::254]",
            "[2001:db8::1]",
            "192.168.1.1:8080",
            "100.100.100.200",
        ] {
            for scheme in ["http", "https"] {
                assert!(refused(&guard, &format!("{scheme}://{host}/feed")), "{scheme}://{host}/ is not refused");
            }
        }
    }

    #[test]
    fn s1_a_name_and_a_public_address_pass() {
        let guard = Guard::default();
        for url in [
            "https://36kr.com/feed",
            "http://1.1.1.1/",
            "http://[2606:4700::1111]/",
            "http://xn--fiqs8s./",
            "http://127.0.0.1.example.org/",
        ] {
            assert!(!refused(&guard, url), "{url}");
        }
    }

    #[test]
    fn s2_only_http_and_https() {
        let guard = Guard::default();
        for url in ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "data:text/xml,x", "unix:/run/x", "javascript:1"] {
            assert!(refused(&guard, url), "{url}");
        }
    }

    #[test]
    fn s1_a_network_that_is_allowed_is_allowed_and_its_neighbour_is_not() {
        let guard = Guard::new(&[Network { address: "127.0.0.0".parse().unwrap(), prefix_bits: 8 }]);
        assert!(!refused(&guard, "http://127.0.0.1:8080/"));
        assert!(!refused(&guard, "http://[::ffff:127.0.0.1]/"));
        assert!(refused(&guard, "http://10.0.0.1/"));
        assert!(refused(&guard, "http://[::1]/"));
    }

    #[test]
    fn s1_of_mixed_dns_answers_only_the_public_ones_are_used() {
        let at = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let guard = Guard::default();
        let mixed = allowed_of(&guard, "mixed.example", vec![at("10.0.0.1"), at("1.1.1.1"), at("::1")]);
        assert_eq!(mixed, Ok(vec![at("1.1.1.1")]));
        let Err(FetchError::Refused(why)) = allowed_of(&guard, "inside.example", vec![at("192.168.1.5")]) else { panic!("not refused") };
        assert_eq!(
            why,
            "inside.example is at 192.168.1.5, which is a private address and is not polled; if it should be, put \"192.168.1.5/32\" into allow_private of [fetch]"
        );
    }
}
