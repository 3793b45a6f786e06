//! Text that may stand in a feed: without what XML forbids, addresses that are URIs, dates as the formats want them.

use crate::model::Instant;

/// The text without the characters that XML 1.0 forbids even as references (P19), and without the non-characters `U+FFFE` and `U+FFFF`.
#[must_use]
pub fn xml_clean(text: &str) -> String {
    text.chars().filter(|c| is_xml_char(*c)).collect()
}

/// XML 1.0, production 2 (`Char`), less the C1 controls and the replacement character, which the W3C validator warns of (`BadCharacters`):
/// they stand for nothing that a publisher wrote.
#[must_use]
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffc}' | '\u{10000}'..) && !matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

/// One line: forbidden characters removed, runs of white space made one blank, trimmed. Also without the characters that turn the
/// direction of text around, which in a title would turn what follows it in a reader's list.
#[must_use]
pub fn line(text: &str) -> String {
    let direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| is_xml_char(*c) && !direction(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `&`, `<`, `>` and `"` written as references: plain text as HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

/// An http or https address as RFC 3986 wants it: what may not stand in a URI percent-encoded, a host of other scripts in its ASCII form.
/// An address that is fine already is returned unchanged. `None` for what is no such address.
#[must_use]
pub fn uri(text: &str) -> Option<String> {
    let text = text.trim();
    let parsed = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let begins_whole = text.starts_with("http://") || text.starts_with("https://");
    // `http:///a.org` and `http://@a.org` are read, but they are nothing to write.
    let plain = begins_whole && !text.contains(":///") && text.is_ascii() && !text.contains(['\t', '\n', '\r', '\\', '@']);
    let base = if plain { text.to_owned() } else { parsed.to_string() };
    let (before, fragment) = base.split_once('#').map_or((base.as_str(), None), |(before, after)| (before, Some(after)));
    // Brackets belong around an IPv6 address and nowhere else.
    let path = before.char_indices().filter(|(_, c)| matches!(c, '/' | '?')).map(|(at, _)| at).nth(2).unwrap_or(before.len());
    let (host, rest) = before.split_at(path);
    let mut out = encode(host) + &encode(&rest.replace('[', "%5B").replace(']', "%5D"));
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(&encode(&fragment.replace('#', "%23").replace('[', "%5B").replace(']', "%5D")));
    }
    Some(out)
}

fn encode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let fine = match byte {
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)),
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'[' | b']' | b'@' => true,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if fine {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A name as one segment of a path: everything but unreserved characters percent-encoded.
#[must_use]
pub fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// `Sun, 18 Feb 2024 09:11:59 GMT`: RSS dates with four-digit years and `Last-Modified` alike.
#[must_use]
pub fn rfc822(at: Instant) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2024-02-18T09:11:59Z`.
#[must_use]
pub fn rfc3339(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The languages of ISO 639-1: those that the tags of feeds begin with. `cn` and `euc-kr`, which real feeds have, are none.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo \
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko \
    kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps \
    pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo \
    wa wo xh yi yo za zh zu";

/// A BCP 47 tag in its usual shape, or nothing where it cannot be one (`zh_CN` becomes `zh-CN`, `Chinese` nothing).
#[must_use]
pub fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let mut parts = text.split('-');
    let first = parts.next()?.to_ascii_lowercase();
    let known = first.len() == 2 && LANGUAGES.split_ascii_whitespace().any(|code| code == first);
    let rest = parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (known && rest).then_some(text)
}

/// A title of plain text that shows the end of a tag, with a word joiner (U+2060, which nobody sees) inside it: readers take `</b>` in a title
/// of RSS for markup, and validators warn of it.
#[must_use]
pub fn plain_title(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for (at, part) in title.split("</").enumerate() {
        if at > 0 {
            let name = part.split('>').next().unwrap_or_default();
            let is_tag = part.contains('>') && !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            out.push_str(if is_tag { "<\u{2060}/" } else { "</" });
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p19_characters_that_xml_forbids_are_removed() {
        assert_eq!(xml_clean("\u{fffd}\u{92}\u{85}a\0b\u{b}c\u{1b}[31m\u{fffe}\u{ffff}\u{1ffff}d\r\te\n你😀"), "abc[31md\te\n你😀");
        assert_eq!(line(" a\r\n\tb\u{2028}c \u{202e}d\u{85} "), "a b c d");
    }

    #[test]
    fn an_address_becomes_a_uri_and_a_fine_one_stays_as_it_is() {
        for fine in [
            "https://a.org/p?a=1&b=%E4#x",
            "http://a.org",
            "https://cdn.g0f.cn/?r=https://36kr.com&url=https://i.org/a.png",
            "https://[::1]:8080/",
        ] {
            assert_eq!(uri(fine).as_deref(), Some(fine));
        }
        assert_eq!(uri("https://a.org/你 好|x").unwrap(), "https://a.org/%E4%BD%A0%20%E5%A5%BD%7Cx");
        assert_eq!(uri("https://例子.cn/a").unwrap(), "https://xn--fsqu00a.cn/a");
        assert_eq!(uri("https://a.org/100%?x={y}#a#b").unwrap(), "https://a.org/100%25?x=%7By%7D#a%23b");
        assert_eq!(uri("https://[::1]/a[1]?b[]=2#[3]").unwrap(), "https://[::1]/a%5B1%5D?b%5B%5D=2#%5B3%5D");
        assert_eq!(uri("http:///a.org/x").unwrap(), "http://a.org/x");
        assert_eq!(uri("javascript:alert(1)"), None);
        assert_eq!(uri("/relative"), None);
    }

    #[test]
    fn dates_have_four_digit_years_and_two_digit_days() {
        let at: Instant = "2024-02-08T09:01:59.75Z".parse().unwrap();
        assert_eq!(rfc822(at), "Thu, 08 Feb 2024 09:01:59 GMT");
        assert_eq!(rfc3339(at), "2024-02-08T09:01:59Z");
    }

    #[test]
    fn a_language_that_is_no_tag_is_left_out() {
        assert_eq!(language_tag("zh_CN").as_deref(), Some("zh-CN"));
        assert_eq!(language_tag("en-us").as_deref(), Some("en-us"));
        assert_eq!(language_tag("Chinese"), None);
        assert_eq!(language_tag("euc-kr"), None);
        assert_eq!(language_tag(""), None);
    }

    #[test]
    fn p1_a_title_that_shows_markup_is_not_taken_for_markup() {
        assert_eq!(plain_title("How <b>bold</b> works"), "How <b>bold<\u{2060}/b> works");
        for plain in ["a </ b>", "1 </> 2", "</", "x</y", "</a b>", ""] {
            assert_eq!(plain_title(plain), plain);
        }
    }
}
