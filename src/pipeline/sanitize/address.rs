//! Addresses in attributes: which may stay, and how relative ones become absolute.

use std::borrow::Cow;

use url::Url;

/// Schemes that a link may have: they name a place or start a program of the reader's own choice, and none of them runs text.
const LINK_SCHEMES: &[&str] = &[
    "http", "https", "mailto", "tel", "sms", "ftp", "ftps", "magnet", "geo", "irc", "ircs", "xmpp", "matrix", "news", "nntp", "gemini",
    "gopher",
];

/// Schemes that something shown in the article may be loaded by.
const MEDIA_SCHEMES: &[&str] = &["http", "https"];

/// Media types that a `data:` picture may have. No SVG: it is a document.
const DATA_PICTURES: &[&str] =
    &["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/x-icon"];

/// Longest `data:` picture, in bytes of text. Larger ones belong into files.
const DATA_BYTES_MAX: usize = 256 * 1024;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Followed when somebody asks for it.
    Link,
    /// Loaded when the article is shown.
    Media,
    /// A picture, which may also stand in the article itself as `data:`.
    Picture,
}

/// The address as it is printed: as written where it is absolute, joined with the base where it is relative. `None` where it may not stand.
pub(crate) fn resolve<'v>(value: &'v str, base: Option<&Url>, purpose: Use) -> Option<Cow<'v, str>> {
    let clean = strip(value);
    if is_plain(&clean) {
        return Some(clean);
    }
    if let Some(scheme) = scheme(&clean) {
        let allowed = if purpose == Use::Link { LINK_SCHEMES } else { MEDIA_SCHEMES };
        if scheme == "data" {
            return (purpose == Use::Picture && is_data_picture(&clean)).then_some(clean);
        }
        if !allowed.contains(&scheme.as_str()) || Url::parse(&clean).is_err() {
            return None;
        }
        return Some(clean);
    }
    let joined = base?.join(&clean).ok()?;
    matches!(joined.scheme(), "http" | "https").then(|| Cow::Owned(joined.into()))
}

/// Whether this is beyond doubt a valid http or https address: what nearly all of them look like, told without parsing.
pub(crate) fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) else { return false };
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let host = &rest[..end];
    // What begins with a digit at the end may be an IPv4 address, what holds two dashes may be Punycode.
    host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
        && host.rsplit('.').next().is_some_and(|last| last.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase()))
        && !host.contains("--")
        && !host.contains("..")
        && !host.starts_with(['.', '-'])
}

/// What a browser removes before it looks at an address: blanks and control characters around it, tabs and line ends anywhere.
fn strip(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim_matches(|c: char| c <= ' ');
    if trimmed.contains(['\t', '\n', '\r']) { Cow::Owned(trimmed.replace(['\t', '\n', '\r'], "")) } else { Cow::Borrowed(trimmed) }
}

/// The scheme in lower case, as the WHATWG URL standard finds it.
fn scheme(clean: &str) -> Option<String> {
    let (scheme, _) = clean.split_once(':')?;
    let first = scheme.bytes().next()?;
    let valid =
        first.is_ascii_alphabetic() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    valid.then(|| scheme.to_ascii_lowercase())
}

/// Whether a `data:` address is a picture made of points, of bearable size.
fn is_data_picture(clean: &str) -> bool {
    let head = clean.get(5..).unwrap_or_default();
    let media_type = head.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase();
    clean.len() <= DATA_BYTES_MAX && DATA_PICTURES.contains(&media_type.as_str())
}

/// `srcset`: every candidate by the same rule; as written where none had to change, `None` where none may stay.
pub(crate) fn resolve_srcset(value: &str, base: Option<&Url>) -> Option<String> {
    let mut rest = value;
    let (mut kept, mut changed) = (Vec::new(), false);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (mut address, mut descriptor) = (&rest[..end], "");
        rest = &rest[end..];
        if address.ends_with(',') {
            address = address.trim_end_matches(',');
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            descriptor = rest[..end].trim();
            rest = &rest[end..];
        }
        match resolve(address, base, Use::Picture) {
            Some(resolved) if is_descriptor(descriptor) => {
                changed |= resolved != address;
                // A blank or a comma at the edge would be read as the end of the address.
                let resolved = resolved.replace(' ', "%20");
                kept.push(if descriptor.is_empty() { resolved } else { format!("{resolved} {descriptor}") });
            }
            _ => changed = true,
        }
    }
    match (kept.is_empty(), changed) {
        (true, _) => None,
        (false, true) => Some(kept.join(", ")),
        (false, false) => Some(value.to_owned()),
    }
}

/// `2x`, `640w`, `100w 50h` or nothing.
fn is_descriptor(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b' ' | b'+' | b'-'))
}

/// Whether the host of an absolute address is one of these hosts or below one of them.
pub(crate) fn is_on_hosts(address: &str, hosts: &[String]) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let Some(host) = url.host_str() else { return false };
    let below = |known: &String| host.strip_suffix(known.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('.'));
    matches!(url.scheme(), "http" | "https") && hosts.iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://example.org/a/b.html").unwrap()
    }

    #[test]
    fn absolute_addresses_stay_as_they_were_written() {
        for same in ["https://example.org/p?a=1&b=2#c", "HTTP://example.org/(x)", "https://例子.cn/路", "mailto:a@b.c", "http://e.org/a b"]
        {
            assert_eq!(resolve(same, Some(&base()), Use::Link).as_deref(), Some(same));
        }
    }

    #[test]
    fn relative_addresses_are_joined_with_the_base() {
        for (from, to) in [
            ("/x", "https://example.org/x"),
            ("//cdn.org/x", "https://cdn.org/x"),
            ("c.html", "https://example.org/a/c.html"),
            ("#fn:1", "https://example.org/a/b.html#fn:1"),
            ("?q", "https://example.org/a/b.html?q"),
        ] {
            assert_eq!(resolve(from, Some(&base()), Use::Link).as_deref(), Some(to));
            assert_eq!(resolve(from, None, Use::Link), None);
        }
    }

    #[test]
    fn s8_schemes_that_run_text_are_seen_through_every_disguise() {
        for bad in [
            "javascript:alert(1)",
            " javascript:x",
            "JaVaScRiPt:x",
            "java\tscript:x",
            "java\nscript:x",
            "\u{1}javascript:x",
            "vbscript:x",
            "data:text/html,x",
            "data:image/svg+xml,<svg onload=x>",
            "blob:x",
            "file:///etc/passwd",
            "view-source:x",
            "jar:x",
            "livescript:x",
            "mhtml:x",
            "ms-settings:x",
            "intent://x",
            "feed:javascript:x",
            "about:blank",
            "C:\\x",
        ] {
            assert_eq!(resolve(bad, Some(&base()), Use::Link), None, "{bad:?}");
            assert_eq!(resolve(bad, Some(&base()), Use::Picture), None, "{bad:?}");
        }
        assert!(resolve("data:image/png;base64,AAAA", None, Use::Picture).is_some());
        assert!(resolve("data:image/png;base64,AAAA", None, Use::Link).is_none());
        assert!(resolve("mailto:a@b.c", None, Use::Picture).is_none());
    }

    #[test]
    fn a_srcset_keeps_its_good_candidates() {
        assert_eq!(
            resolve_srcset("https://a.b/c,d.png 1x, https://a.b/e 2x", None).as_deref(),
            Some("https://a.b/c,d.png 1x, https://a.b/e 2x")
        );
        assert_eq!(resolve_srcset("/a.png 1x, javascript:x 2x", Some(&base())).as_deref(), Some("https://example.org/a.png 1x"));
        assert_eq!(resolve_srcset("javascript:x 2x", Some(&base())), None);
        assert_eq!(
            resolve_srcset("a.png, b.png 2x", Some(&base())).as_deref(),
            Some("https://example.org/a/a.png, https://example.org/a/b.png 2x")
        );
    }

    #[test]
    fn hosts_match_whole_labels_only() {
        let hosts = ["youtube.com".to_owned()];
        assert!(is_on_hosts("https://www.youtube.com/embed/x", &hosts));
        assert!(is_on_hosts("https://youtube.com/embed/x", &hosts));
        for bad in [
            "https://notyoutube.com/",
            "https://youtube.com.evil.org/",
            "https://evil.org/youtube.com",
            "https://youtube.com@evil.org/",
            "javascript://youtube.com/",
        ] {
            assert!(!is_on_hosts(bad, &hosts), "{bad}");
        }
    }
}
