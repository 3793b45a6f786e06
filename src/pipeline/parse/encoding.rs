//! Bytes to text: which encoding a document is really in.
//!
//! In order: byte order mark; the zero bytes that give UTF-16 and UTF-32 away; UTF-8, if the bytes are valid UTF-8 (whatever was declared: other
//! encodings are valid UTF-8 by accident only when they are ASCII); the charset of the media type (RFC 7303); the declaration; a guess from the
//! bytes. Of declaration and guess the one wins that leaves fewer bytes undecodable; those become U+FFFD.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// As much is looked at for a guess.
const GUESS_BYTES_MAX: usize = 64 << 10;
/// The declaration stands this early.
const DECLARATION_BYTES_MAX: usize = 1 << 10;

/// One undecodable character among so many others is damage, not another encoding.
const DAMAGE_RATIO: usize = 8;
/// What is said of damage.
const DAMAGED: &str = "bytes that could not be decoded";

/// A document as text.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// What a person should know: a wrong declaration, bytes that could not be decoded.
    pub(super) note: Option<String>,
}

/// Code pages of DOS that the web's encodings leave out: the characters 128 to 255.
const CODE_PAGES: &[(&[&str], &str)] = &[
    (
        &["ibm437", "cp437", "437"],
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    ),
    (
        &["ibm850", "cp850", "850"],
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    ),
    (
        &["ibm852", "cp852", "852"],
        "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
    ),
    (
        &["ibm855", "cp855", "855"],
        "ђЂѓЃёЁєЄѕЅіІїЇјЈљЉњЊћЋќЌўЎџЏюЮъЪаАбБцЦдДеЕфФгГ«»░▒▓│┤хХиИ╣║╗╝йЙ┐└┴┬├─┼кК╚╔╩╦╠═╬¤лЛмМнНоОп┘┌█▄Пя▀ЯрРсСтТуУжЖвВьЬ№\u{ad}ыЫзЗшШэЭщЩчЧ§■\u{a0}",
    ),
];

/// How a document may be decoded.
#[derive(Clone, Copy)]
enum Method {
    Web(&'static Encoding),
    CodePage(&'static str),
}

/// Decodes a document that was served as `content_type`.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some(text) = unicode(bytes) {
        return Decoded { text, note: None };
    }
    let declared = declaration(bytes);
    let charset = content_type.and_then(charset);
    if let Ok(text) = simdutf8::basic::from_utf8(bytes)
        && !(text.is_ascii()
            && [&charset, &declared].into_iter().flatten().any(|label| label.to_ascii_lowercase().starts_with("iso-2022-jp")))
    {
        let wrong = declared.as_deref().filter(|label| {
            !text.is_ascii() && method(label).is_none_or(|method| !matches!(method, Method::Web(encoding) if encoding == UTF_8))
        });
        return Decoded { text: Cow::Borrowed(text), note: wrong.map(|label| format!("declared as {label}, but it is UTF-8")) };
    }
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let mut best: Option<(usize, Cow<'a, str>, Option<String>)> = None;
    let mut consider = |(errors, text): (usize, Cow<'a, str>), note: Option<String>| {
        if best.as_ref().is_none_or(|(fewest, ..)| errors < *fewest) {
            best = Some((errors, text, note));
        }
    };
    for label in [&charset, &declared].into_iter().flatten() {
        match method(label) {
            // Declared as UTF-8 and invalid: still UTF-8 if most of what is not ASCII is.
            Some(Method::Web(encoding)) if encoding == UTF_8 => {}
            Some(method) => {
                let attempt = with(method, bytes);
                // A damaged character here and there does not make the declaration wrong.
                if attempt.0 * DAMAGE_RATIO <= high {
                    return Decoded { text: attempt.1, note: (attempt.0 > 0).then(|| DAMAGED.to_owned()) };
                }
                consider(attempt, None);
            }
            None => {}
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let errors = text.matches('\u{fffd}').count();
    let sound = bytes.iter().filter(|byte| (0xc2..0xf5).contains(*byte)).count().saturating_sub(errors);
    // An undecodable byte among sound sequences is damage; without any sound sequence the encoding is another one.
    if errors * DAMAGE_RATIO <= sound {
        return Decoded { text, note: Some(DAMAGED.to_owned()) };
    }
    consider((if sound > errors { errors } else { usize::MAX / 2 }, text), None);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(GUESS_BYTES_MAX)], bytes.len() <= GUESS_BYTES_MAX);
    let guess = detector.guess(None, Utf8Detection::Allow);
    let said = declared.or(charset).map_or_else(|| "it declares no encoding".to_owned(), |label| format!("declared as {label}"));
    consider(with(Method::Web(guess), bytes), Some(format!("{said}, read as {}", guess.name())));
    let (errors, text, note) = best.unwrap_or_default();
    let note =
        if errors == 0 || errors >= usize::MAX / 2 { note } else { Some(note.map_or_else(String::new, |note| note + "; ") + DAMAGED) };
    Decoded { text, note }
}

/// Byte order marks, and text of two or four bytes a character without one.
fn unicode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let start = bytes.get(..4).unwrap_or(bytes);
    Some(match start {
        [0xff, 0xfe, 0, 0] => utf32(&bytes[4..], u32::from_le_bytes),
        [0, 0, 0xfe, 0xff] => utf32(&bytes[4..], u32::from_be_bytes),
        [b'<' | b'{', 0, 0, 0] => utf32(bytes, u32::from_le_bytes),
        [0, 0, 0, b'<' | b'{'] => utf32(bytes, u32::from_be_bytes),
        [0xff, 0xfe, ..] => UTF_16LE.decode_without_bom_handling(&bytes[2..]).0,
        [0xfe, 0xff, ..] => UTF_16BE.decode_without_bom_handling(&bytes[2..]).0,
        [b'<' | b'{' | b'\n' | b'\r' | b' ', 0, _, 0] => UTF_16LE.decode_without_bom_handling(bytes).0,
        [0, b'<' | b'{' | b'\n' | b'\r' | b' ', 0, _] => UTF_16BE.decode_without_bom_handling(bytes).0,
        [0xef, 0xbb, 0xbf, ..] => String::from_utf8_lossy(&bytes[3..]),
        _ => return None,
    })
}

fn utf32(bytes: &[u8], read: fn([u8; 4]) -> u32) -> Cow<'_, str> {
    let one = |unit: &[u8]| unit.try_into().ok().and_then(|unit| char::from_u32(read(unit))).unwrap_or('\u{fffd}');
    Cow::Owned(bytes.chunks_exact(4).map(one).collect())
}

/// The text, and how many characters could not be decoded.
fn with(method: Method, bytes: &[u8]) -> (usize, Cow<'_, str>) {
    match method {
        Method::Web(encoding) => {
            let (text, bad) = encoding.decode_without_bom_handling(bytes);
            let errors = if bad { text.matches('\u{fffd}').count().max(1) } else { 0 };
            (errors, text)
        }
        Method::CodePage(high) => {
            let table: Vec<char> = high.chars().collect();
            let one = |byte: &u8| {
                if *byte < 128 { char::from(*byte) } else { table.get(usize::from(*byte) - 128).copied().unwrap_or('\u{fffd}') }
            };
            (0, Cow::Owned(bytes.iter().map(one).collect()))
        }
    }
}

/// What an encoding's name means, its usual misspellings included.
fn method(label: &str) -> Option<Method> {
    let label = label.trim().to_ascii_lowercase().replace('_', "-");
    if let Some((_, high)) = CODE_PAGES.iter().find(|(names, _)| names.contains(&label.as_str())) {
        return Some(Method::CodePage(high));
    }
    let name = match label.as_str() {
        "utf8mb4" | "utf-8mb4" | "utf8-unicode-ci" | "unicode" | "utf" => "utf-8",
        "cp936" | "gb-2312" | "gb-18030" | "euc-cn" | "euccn" | "x-gbk" => "gb18030",
        "cp950" | "big-5" | "x-x-big5" | "big5hkscs" => "big5",
        "cp932" | "shiftjis" | "shift-jis" => "shift_jis",
        "cp949" | "uhc" | "ks-c-5601" | "x-windows-949" => "euc-kr",
        "eucjp" | "x-euc-jp" => "euc-jp",
        "maccyrillic" | "mac-cyrillic" => "x-mac-cyrillic",
        "macroman" | "mac-roman" | "x-mac-roman" => "macintosh",
        "tis620" | "cp874" => "windows-874",
        "win-1251" | "win1251" | "windows1251" | "cp-1251" => "windows-1251",
        "win-1252" | "win1252" | "windows1252" => "windows-1252",
        other => other,
    };
    let encoding = Encoding::for_label(name.as_bytes()).or_else(|| Encoding::for_label(name.replace('-', "_").as_bytes()))?;
    // HZ, ISO-2022-CN and the like are no text to browsers. UTF-16 was ruled out by looking at the bytes.
    (encoding != encoding_rs::REPLACEMENT && encoding != UTF_16LE && encoding != UTF_16BE).then_some(Method::Web(encoding))
}

/// `charset=` of a media type.
fn charset(content_type: &str) -> Option<String> {
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })?;
    if value.is_empty() { None } else { Some(value) }
}

/// `encoding=` of the XML declaration, which text may stand before.
fn declaration(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES_MAX)]);
    let declaration = head.split_once("<?xml")?.1.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests;
