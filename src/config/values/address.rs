//! Addresses, proxies, networks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::Url;

use crate::config::Network;
use crate::config::section::Wrong;

/// Longest address.
pub const URL_BYTES_MAX: usize = 8 * 1024;

/// The address of a feed.
pub fn feed_url(text: &str) -> Result<Url, Wrong> {
    let url = http_url(text)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address in this file cannot hold a password; put the value of the Authorization header (\"Basic …\") into a variable and name it in auth_env".into());
    }
    Ok(url)
}

/// An absolute http or https address.
pub fn http_url(text: &str) -> Result<Url, Wrong> {
    let wrong = |why: &str| Wrong::from(format!("{text:?} {why}; write for example \"https://36kr.com/feed\""));
    if text.len() > URL_BYTES_MAX {
        return Err(format!("this address has {} bytes, and {URL_BYTES_MAX} is the most", text.len()).into());
    }
    if text.is_empty() {
        return Err("an address is missing; write for example \"https://36kr.com/feed\"".into());
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err(format!(
            "{text:?} has blanks around it or control characters in it; write {:?}",
            text.trim().replace(char::is_control, "")
        )
        .into());
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        Ok(url) if url.scheme() == "feed" => {
            let rest = text[5..].trim_start_matches('/');
            let rest = if rest.starts_with("http") { rest.to_owned() } else { format!("https://{rest}") };
            Err(format!("feed: is not a scheme that can be fetched; write {rest:?}").into())
        }
        // `example.org:8080/feed` parses as an address of the scheme `example.org`.
        Ok(url) if !text.contains("://") && url.scheme().contains('.') => {
            Err(format!("{text:?} has no scheme; write \"https://{text}\"").into())
        }
        Ok(url) => Err(format!("only http and https can be fetched, not {}:", url.scheme()).into()),
        Err(url::ParseError::RelativeUrlWithoutBase) if text.contains('.') && !text.starts_with(['/', '.']) => {
            Err(format!("{text:?} has no scheme; write \"https://{text}\"").into())
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(wrong("is not an absolute address")),
        Err(error) => Err(wrong(&format!("is not an address ({error})"))),
    }
}

/// The public address of the site: no query, no fragment, no slash at the end.
pub fn site_url(text: &str) -> Result<String, Wrong> {
    let url = http_url(text)?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("the public address has no query, fragment or password: paths are put behind it".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A proxy.
pub fn proxy(text: &str) -> Result<Url, Wrong> {
    let advice = "write for example \"http://127.0.0.1:3128\" or \"socks5h://127.0.0.1:1080\"";
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not an address ({error}); {advice}"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("a proxy is reached by http, https, socks5 or socks5h; {advice}").into());
    }
    Ok(url)
}

/// Where the server listens. `localhost` is the loopback address.
pub fn listen(text: &str) -> Result<SocketAddr, Wrong> {
    let plain = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    plain.parse().map_err(|_| {
        let advice = if let Some(port) = text.strip_prefix(':').or(Some(text)).filter(|port| port.parse::<u16>().is_ok()) {
            format!("write \"127.0.0.1:{port}\" for this machine only, or \"0.0.0.0:{port}\" for everyone")
        } else if text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) {
            format!("write \"{text}:8080\"")
        } else if text.parse::<IpAddr>().is_ok() {
            format!("write \"[{text}]:8080\"")
        } else {
            "write an IP address and a port, such as \"127.0.0.1:8080\"".to_owned()
        };
        Wrong::from(format!("{text:?} is not an address and port; {advice}"))
    })
}

/// A network such as `10.0.0.0/8`, or one address.
pub fn network(text: &str) -> Result<Network, Wrong> {
    let wrong = || Wrong::from(format!("{text:?} is not a network; write for example \"192.168.1.0/24\", \"127.0.0.1\" or \"fd00::/8\""));
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits_max: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix_bits = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= bits_max).ok_or_else(wrong)?,
        None => bits_max,
    };
    let begin = masked(address, prefix_bits);
    if begin != address {
        return Err(format!(
            "{text:?} has bits behind its prefix; write \"{begin}/{prefix_bits}\" for the network or \"{address}\" for the one address"
        )
        .into());
    }
    Ok(Network { address, prefix_bits })
}

fn masked(address: IpAddr, prefix_bits: u8) -> IpAddr {
    let prefix_bits = u32::from(prefix_bits);
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from(v4.to_bits() & u32::MAX.checked_shl(32 - prefix_bits).unwrap_or(0)).into(),
        IpAddr::V6(v6) => std::net::Ipv6Addr::from(v6.to_bits() & u128::MAX.checked_shl(128 - prefix_bits).unwrap_or(0)).into(),
    }
}

/// The address of a cover; an empty one is none.
pub fn cover(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    // A path on the site of the reader, such as the seed's `/img/cover.png`, is as good as an address.
    if text.starts_with('/') && !text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Ok(Some(text.to_owned()));
    }
    http_url(text).map(|_| Some(text.to_owned()))
}

/// A host name whose players may be framed.
pub fn host(text: &str) -> Result<String, Wrong> {
    match url::Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(format!("{text:?} is not a host name; write for example \"player.bilibili.com\"").into()),
    }
}
