//! Addresses of pages: when two of them mean the same page.

use url::Url;

/// Longest address that is looked at, in bytes; a longer one is its own canonical form.
const ADDRESS_BYTES_MAX: usize = 4096;

/// Most redirectors that are looked through (`link.zhihu.com` around `google.com/url` around …).
const REDIRECTORS_MAX: usize = 3;

/// Query parameters that say where a reader came from, never which page is meant. Exact names; [`TRACKING_PREFIXES`] holds families.
const TRACKING_NAMES: &[&str] = &[
    "_hsenc",
    "_hsmi",
    "_openstat",
    "amp",
    "amp_js_v",
    "at_campaign",
    "at_medium",
    "campaign_id",
    "cmpid",
    "dclid",
    "ef_id",
    "fbclid",
    "from",
    "from_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ncid",
    "nsukey",
    "outputtype",
    "ref",
    "ref_src",
    "ref_url",
    "referer",
    "referrer",
    "rss",
    "s_cid",
    "scm",
    "share_from",
    "share_medium",
    "share_source",
    "share_token",
    "sharer",
    "smid",
    "spm",
    "spm_id_from",
    "sr_share",
    "tdsourcetag",
    "trk",
    "twclid",
    "vd_source",
    "wbraid",
    "weibo_id",
    "wt_mc",
    "xtor",
    "yclid",
];

/// Families of such parameters.
const TRACKING_PREFIXES: &[&str] = &["utm_", "mtm_", "pk_", "matomo_", "piwik_", "hsa_", "oly_", "vero_", "__s", "stm_"];

/// Parameters that track only with one of these values: 36kr's and iplaysoft's `?f=rss`, BBC's `?at=rss`.
const TRACKING_VALUES: &[(&str, &[&str])] =
    &[("f", &["rss", "feed", "atom"]), ("at", &["rss"]), ("feed", &["rss", "rss2", "atom"]), ("type", &["rss"]), ("mode", &["amp"])];

/// Pages whose only work is to send the reader on: host, beginning of the path, parameter that holds the target.
const REDIRECTORS: &[(&str, &str, &str)] = &[
    ("link.zhihu.com", "/", "target"),
    ("google.com", "/url", "url"),
    ("google.com", "/url", "q"),
    ("l.facebook.com", "/l.php", "u"),
    ("t.umblr.com", "/redirect", "z"),
    ("out.reddit.com", "/", "url"),
    ("oschina.net", "/action/GoToLink", "url"),
    ("jianshu.com", "/go-wild", "url"),
    ("link.juejin.cn", "/", "target"),
    ("sspai.com", "/link", "target"),
    ("link.csdn.net", "/", "target"),
    ("gitee.com", "/link", "target"),
    ("infoq.cn", "/link", "target"),
    ("news.url.google.com", "/url", "url"),
];

/// Second-level labels under which names are registered: `m.com.cn` is a name of its own, not the mobile host of `com.cn`.
const REGISTRY_LABELS: &[&str] = &["ac", "co", "com", "edu", "gov", "mil", "ne", "net", "or", "org"];

/// The form that two addresses share when they mean the same page: without scheme, `www.`, mobile and AMP hosts, default port, trailing
/// slash, fragment, tracking parameters; with its query in order. Known redirectors are looked through. For comparing only: it is not an
/// address to open, and what is no http address is returned as it stands, trimmed.
#[must_use]
pub fn canonical_link(text: &str) -> String {
    let text = text.trim();
    if text.len() > ADDRESS_BYTES_MAX {
        return text.to_owned();
    }
    let Some(mut url) = http_url(text) else { return text.to_owned() };
    for _ in 0..REDIRECTORS_MAX {
        match target_of_redirector(&url) {
            Some(target) => url = target,
            None => break,
        }
    }
    let host = plain_host(url.host_str().unwrap_or_default());
    let port = url.port().filter(|port| !matches!(port, 80 | 443)).map(|port| format!(":{port}")).unwrap_or_default();
    let path = plain_path(url.path());
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, value)| !is_tracking(name, value)).collect();
    pairs.sort_unstable();
    let query = if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    };
    // `#!/p/1` and `#/p/1` are pages of applications that live in one document; every other fragment is a place on the same page.
    let fragment = url.fragment().filter(|text| text.starts_with('!') || text.starts_with('/')).map(|text| format!("#{text}"));
    format!("//{host}{port}{path}{query}{}", fragment.unwrap_or_default())
}

/// Whether a canonical link is the front page of a site: it names no single article.
#[must_use]
pub fn is_front_page(canonical: &str) -> bool {
    canonical.strip_prefix("//").is_some_and(|rest| !rest.contains(['/', '?', '#']))
}

fn http_url(text: &str) -> Option<Url> {
    let absolute = if text.starts_with("//") { format!("https:{text}") } else { text.to_owned() };
    Url::parse(&absolute).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn target_of_redirector(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    // AMP caches carry the address in their path: `/amp/s/HOST/PATH` and `/c/s/HOST/PATH`.
    if let Some(rest) = url.path().strip_prefix("/amp/s/").filter(|_| host == "google.com") {
        return http_url(&format!("https://{rest}"));
    }
    if let Some(rest) = url.path().strip_prefix("/c/s/").filter(|_| host.ends_with(".cdn.ampproject.org")) {
        return http_url(&format!("https://{rest}"));
    }
    let (.., parameter) = REDIRECTORS.iter().find(|(known, path, parameter)| {
        *known == host && url.path().starts_with(path) && url.query_pairs().any(|(name, _)| name == *parameter)
    })?;
    let target = url.query_pairs().find(|(name, _)| name == *parameter)?.1;
    http_url(&target)
}

/// The host without what only says how the page is shown. `url` has made it lower case and ASCII already.
fn plain_host(host: &str) -> &str {
    let mut host = host.trim_end_matches('.');
    while let Some(rest) = ["www.", "m.", "mobile.", "wap.", "amp.", "3g."].iter().find_map(|prefix| host.strip_prefix(prefix)) {
        if !is_whole_name(rest) {
            break;
        }
        host = rest;
    }
    host
}

/// Whether something is left that a site can stand under: at least two labels, and not a registry such as `com.cn`.
fn is_whole_name(host: &str) -> bool {
    let mut labels = host.split('.');
    let (Some(first), Some(second)) = (labels.next(), labels.next()) else { return false };
    !first.is_empty() && !second.is_empty() && (labels.next().is_some() || second.len() != 2 || !REGISTRY_LABELS.contains(&first))
}

/// The path without trailing slashes and the AMP ending, percent-encoding in one spelling.
fn plain_path(path: &str) -> String {
    let path = one_spelling(path);
    let mut plain = path.trim_end_matches('/');
    while let Some(rest) = ["/amp", "/amp.html"].iter().find_map(|ending| plain.strip_suffix(ending)) {
        plain = rest.trim_end_matches('/');
    }
    plain.to_owned()
}

/// `%7E` and `~` are the same, and so are `%e4` and `%E4` (RFC 3986, 6.2.2).
fn one_spelling(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let code = escaped.and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match code {
            Some(code) if code.is_ascii_alphanumeric() || matches!(code, b'-' | b'.' | b'_' | b'~') => out.push(char::from(code)),
            Some(code) => out.push_str(&format!("%{code:02X}")),
            // `url` leaves ASCII only in a path.
            None => out.push(char::from(bytes[at])),
        }
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

fn is_tracking(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING_NAMES.contains(&name.as_str())
        || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || TRACKING_VALUES.iter().any(|(known, values)| *known == name && values.contains(&value.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(canonical_link(a), canonical_link(b), "{a} and {b} mean one page");
    }

    fn different(a: &str, b: &str) {
        assert_ne!(canonical_link(a), canonical_link(b), "{a} and {b} are two pages");
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        same("http://Example.org:80/a/", "https://example.org/a");
        same("https://example.org:443/a", "https://www.example.org/a#comments");
        same("https://example.org/%7Ejo/%e4%bd%a0", "https://example.org/~jo/%E4%BD%A0");
        same("https://example.org/你", "https://example.org/%E4%BD%A0");
        same("https://example.org/?b=2&a=1", "https://example.org?a=1&b=2");
        same("//example.org/a", " https://example.org/a\n");
    }

    #[test]
    fn tracking_parameters_are_not_part_of_an_address() {
        same("https://36kr.com/p/2653?f=rss", "https://36kr.com/p/2653");
        same("https://a.org/x?utm_source=rss&id=7&utm_medium=feed", "https://a.org/x?id=7");
        same("https://a.org/x?spm=1.2.3&from=timeline", "https://a.org/x");
        different("https://a.org/x?f=2", "https://a.org/x");
        different("https://a.org/x?id=7", "https://a.org/x?id=8");
        different("https://a.org/?p=7", "https://a.org/");
    }

    #[test]
    fn mobile_and_amp_pages_are_the_page() {
        same("https://m.36kr.com/p/2653", "https://36kr.com/p/2653");
        same("https://amp.theguardian.com/a/b", "https://www.theguardian.com/a/b");
        same("https://a.org/story/amp/", "https://a.org/story");
        same("https://a.org/story?amp=1", "https://a.org/story");
        same("https://www.google.com/amp/s/a.org/story", "https://a.org/story");
        different("https://m.com.cn/a", "https://com.cn/a");
        different("https://m.cn/a", "https://cn/a");
        different("https://blog.a.org/1", "https://a.org/1");
    }

    #[test]
    fn redirectors_are_looked_through_and_a_ring_of_them_ends() {
        same("https://link.zhihu.com/?target=https%3A//a.org/x%3Futm_source%3Dzhihu", "https://a.org/x");
        same("https://www.google.com/url?sa=t&url=https%3A%2F%2Fa.org%2Fx", "https://a.org/x");
        let mut ring = "https://a.org/x".to_owned();
        for _ in 0..10 {
            ring = Url::parse_with_params("https://link.zhihu.com/", &[("target", ring)]).unwrap().to_string();
        }
        assert!(canonical_link(&ring).starts_with("//link.zhihu.com"), "bounded");
    }

    #[test]
    fn pages_of_one_document_applications_stay_apart() {
        different("https://a.org/#/p/1", "https://a.org/#/p/2");
        different("https://a.org/#!p1", "https://a.org/#!p2");
    }

    #[test]
    fn what_is_no_web_address_stays_as_it_is() {
        assert_eq!(canonical_link(" tag:a.org,2024:1 "), "tag:a.org,2024:1");
        assert_eq!(canonical_link("mailto:a@b.c"), "mailto:a@b.c");
        assert_eq!(canonical_link(""), "");
    }

    #[test]
    fn a_front_page_is_known_as_one() {
        assert!(is_front_page(&canonical_link("https://www.a.org/?utm_source=rss")));
        assert!(!is_front_page(&canonical_link("https://www.a.org/?p=1")));
        assert!(!is_front_page(&canonical_link("https://www.a.org/p")));
    }

    proptest::proptest! {
        #[test]
        fn the_canonical_form_is_its_own_canonical_form(
            host in "(www\\.|m\\.|amp\\.){0,3}[a-z]{1,5}\\.(org|com\\.cn|cn)",
            rest in "(/amp|/%[0-9a-f]{2}|/[a-z你%~]{0,3}){0,4}(\\?[a-c]=\\PC{0,3}(&utm_x=1)?)?(#!?\\PC{0,4})?",
        ) {
            let once = canonical_link(&format!("https://{host}{rest}"));
            proptest::prop_assert_eq!(canonical_link(&once), once);
        }
    }
}
