//! The `style` attribute: as written where every declaration is harmless, otherwise only the harmless ones.

use std::borrow::Cow;

use memchr::memmem;
use url::Url;

use super::address::{Use, resolve};

/// Longest value, in bytes; longer ones are dropped.
const STYLE_BYTES_MAX: usize = 4 * 1024;

/// What a `style` attribute may keep, or `None` where nothing is left.
pub(super) fn filter(value: &str, base: Option<&Url>) -> Option<String> {
    // A backslash hides letters, a comment splits words, a brace or an at-rule leaves the attribute's own grammar.
    if value.len() > STYLE_BYTES_MAX || value.contains(['\\', '{', '}', '<', '@']) || value.contains("/*") || value.contains('\0') {
        return None;
    }
    let mut kept = Vec::new();
    let mut changed = false;
    for declaration in split(value, ';') {
        if declaration.trim().is_empty() {
            continue;
        }
        match harmless(declaration, base) {
            Some(text) => {
                changed |= text != declaration.trim();
                kept.push(text);
            }
            None => changed = true,
        }
    }
    match (kept.is_empty(), changed) {
        (true, true) => None,
        (_, false) => Some(value.to_owned()),
        (false, true) => Some(kept.join("; ")),
    }
}

/// The declaration, trimmed, its addresses absolute; `None` where it may not stand.
fn harmless(declaration: &str, base: Option<&Url>) -> Option<String> {
    let (name, value) = declaration.split_once(':')?;
    let (name, value) = (lower(name.trim()), value.trim());
    let plain = lower(value);
    let has = |word: &str| memmem::find(plain.as_bytes(), word.as_bytes()).is_some();
    if !is_property(&name) || has("expression") || has("script:") || has("-binding") || has("image-set(") {
        return None;
    }
    // Text that leaves its place covers what it does not own.
    if name == "position" && !matches!(plain.trim_end_matches("!important").trim(), "static" | "relative") {
        return None;
    }
    if !plain.contains("url") {
        return Some(declaration.trim().to_owned());
    }
    rewrite_urls(declaration.trim(), base)
}

/// In lower case, as nearly all are written.
fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() }
}

/// Every `url(…)` absolute and allowed; `None` where one is not, or cannot be read.
fn rewrite_urls(declaration: &str, base: Option<&Url>) -> Option<String> {
    let mut out = String::with_capacity(declaration.len());
    let mut rest = declaration;
    while let Some(at) = rest.to_ascii_lowercase().find("url") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inside = from[3..].strip_prefix('(')?;
        let end = inside.find(')')?;
        let text = inside[..end].trim();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        let bare = quote.map_or(Some(text), |q| text.strip_prefix(q).and_then(|text| text.strip_suffix(q)))?;
        if bare.contains(['"', '\'', '(', ' ', '\n', '\t']) {
            return None;
        }
        let address = resolve(bare, base, Use::Picture)?;
        if address == bare {
            out.push_str(&from[..3 + 1 + end + 1]);
        } else {
            out.push_str("url(");
            out.push_str(&address.replace('(', "%28").replace(')', "%29").replace('\'', "%27"));
            out.push(')');
        }
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// Splits outside of quotes and round brackets.
fn split(value: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quote, mut depth) = (Vec::new(), 0, None, 0_usize);
    for (at, c) in value.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if c == separator && depth == 0 => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

/// Properties that change how the text itself looks. Not among them: what moves text over other things, runs, or reads.
fn is_property(name: &str) -> bool {
    let name = ["-webkit-", "-moz-", "-ms-", "-o-"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return false;
    }
    let family = name.split('-').next().unwrap_or_default();
    matches!(
        family,
        "align" | "aspect" | "background" | "border" | "box" | "break" | "caption" | "color" | "column" | "columns" | "flex" | "float"
            | "font" | "gap" | "grid" | "height" | "hyphens" | "justify" | "letter" | "line" | "list" | "margin" | "max" | "min" | "object"
            | "opacity" | "order" | "orphans" | "outline" | "overflow" | "padding" | "page" | "place" | "position" | "quotes" | "row"
            | "ruby" | "tab" | "table" | "text" | "unicode" | "vertical" | "visibility" | "white" | "widows" | "width" | "word" | "writing"
    )
        || matches!(name, "clear" | "direction" | "display" | "empty-cells" | "zoom" | "cursor" | "user-select" | "tap-highlight-color")
        // What word processors leave behind; no browser knows it.
        || family == "mso"
        || matches!(name, "fill" | "fill-opacity" | "fill-rule" | "stroke" | "stroke-width" | "stroke-linecap" | "stroke-linejoin" | "stop-color" | "stop-opacity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmless_style_stays_as_it_was_written() {
        for same in [
            "margin: 40px 0;",
            "text-align:center",
            "FONT-SIZE: 12pt;color:rgb(1, 2, 3) ; ",
            "",
            "width:100% !important",
            "font-family:\"a;b\",'c'",
        ] {
            assert_eq!(filter(same, None).as_deref(), Some(same));
        }
    }

    #[test]
    fn s8_a_style_loses_what_could_run_or_cover() {
        for bad in [
            "width: expression(alert(1))",
            "background:url(javascript:alert(1))",
            "background:url('javascript:x')",
            "behavior:url(x.htc)",
            "-moz-binding:url(http://e.org/x.xml#y)",
            "position:fixed",
            "position:absolute !important",
            "@import 'x'",
            "w\\69 dth:1px",
            "wid/**/th:1px",
            "background:url(data:text/html,x)",
            "background:url(\"a\" b)",
            "color",
            "content:'x'",
            "z-index:9",
            "animation:x 1s",
            "background:image-set('x' 1x)",
        ] {
            assert_eq!(filter(bad, None), None, "{bad}");
        }
        assert_eq!(filter("color:red;position:fixed;margin:0", None).as_deref(), Some("color:red; margin:0"));
    }

    #[test]
    fn addresses_in_a_style_become_absolute() {
        let base = Url::parse("https://e.org/a/").unwrap();
        assert_eq!(
            filter("background:url(/x.png) no-repeat", Some(&base)).as_deref(),
            Some("background:url(https://e.org/x.png) no-repeat")
        );
        assert_eq!(filter("background: url('https://e.org/x.png')", None).as_deref(), Some("background: url('https://e.org/x.png')"));
    }
}
