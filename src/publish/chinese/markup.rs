//! The text in markup: converted, while everything else stays as it is.

use ferrous_opencc::OpenCC;

use super::script;
use crate::publish::html::comment_bytes;
use crate::publish::html::tag::Tag;

/// Elements whose text is no prose.
const VERBATIM: &[&str] = &["code", "pre", "kbd", "samp", "var", "tt", "math", "svg"];

/// Attributes that are read by people.
const READ: &[&str] = &["alt", "title", "aria-label", "summary"];

/// A body with its text converted. Tags, addresses, code, and what says to be in another language stay as they are.
pub(super) fn body(html: &str, chain: &OpenCC) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    // The element whose inside stays as it is, and how many of its name are open.
    let mut verbatim: Option<(String, usize)> = None;
    while let Some(start) = rest.find('<') {
        push_text(&mut out, &rest[..start], verbatim.is_none(), chain);
        rest = &rest[start..];
        if let Some(bytes) = comment_bytes(rest) {
            out.push_str(&rest[..bytes]);
            rest = &rest[bytes..];
            continue;
        }
        let Some(tag) = Tag::read(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        match &mut verbatim {
            Some((name, open)) if *name == tag.name && !tag.is_void() => {
                *open = if tag.closing { open.saturating_sub(1) } else { *open + 1 };
                if *open == 0 {
                    verbatim = None;
                }
                out.push_str(&rest[..tag.bytes]);
            }
            Some(_) => out.push_str(&rest[..tag.bytes]),
            None => {
                let stays = !tag.closing && is_verbatim(&tag);
                if stays && !tag.is_void() {
                    verbatim = Some((tag.name.clone(), 1));
                }
                let read = |(name, value): &(&str, &str)| READ.contains(name) && value.contains(script::is_han);
                if !stays && tag.attributes().iter().any(read) {
                    out.push_str(&tag.printed(|name, value| READ.contains(&name).then(|| plain(value, chain))));
                } else {
                    out.push_str(&rest[..tag.bytes]);
                }
            }
        }
        rest = &rest[tag.bytes..];
    }
    push_text(&mut out, rest, verbatim.is_none(), chain);
    out
}

/// A text without markup; the addresses in it stay as they are.
pub(super) fn plain(text: &str, chain: &OpenCC) -> String {
    let mut out = String::with_capacity(text.len());
    push_text(&mut out, text, true, chain);
    out
}

/// Whether the inside of an element stays as it is: code and formulas, and what says that it must not be translated or is no Chinese.
fn is_verbatim(tag: &Tag<'_>) -> bool {
    let said = |(name, value): &(&str, &str)| match *name {
        "translate" => value.eq_ignore_ascii_case("no"),
        "lang" | "xml:lang" => !value.is_empty() && !value.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")),
        _ => false,
    };
    VERBATIM.contains(&tag.name.as_str()) || tag.attributes().iter().any(said)
}

fn push_text(out: &mut String, text: &str, converts: bool, chain: &OpenCC) {
    if !converts || !text.contains(script::is_han) || script::is_other(text) {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(start) = address(rest) {
        out.push_str(&chain.convert(&rest[..start]));
        let end = rest[start..].find(ends_address).map_or(rest.len(), |end| start + end);
        out.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    out.push_str(&chain.convert(rest));
}

/// Where the next address that is written out in a text begins.
fn address(text: &str) -> Option<usize> {
    ["http://", "https://"].iter().filter_map(|scheme| text.find(scheme)).min()
}

fn ends_address(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '」' | '』' | '】' | '”' | '（' | '《' | '「')
}
