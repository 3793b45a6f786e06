//! Which encoding a page says it is in: the media type first, then `<meta charset>` or `<meta http-equiv>`.

/// A page's `<meta>` stands this early (HTML says 1,024, and not everybody keeps to it).
const META_BYTES_MAX: usize = 4 << 10;

/// The media type with the page's own charset, where the server gave none.
pub(super) fn content_type(html: &[u8], served_as: Option<&str>) -> String {
    let served_as = served_as.unwrap_or("text/html");
    if served_as.to_ascii_lowercase().contains("charset=") {
        return served_as.to_owned();
    }
    match meta(html) {
        Some(charset) => format!("{served_as}; charset={charset}"),
        None => served_as.to_owned(),
    }
}

fn meta(html: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&html[..html.len().min(META_BYTES_MAX)]).to_ascii_lowercase();
    head.split("<meta").skip(1).find_map(|tag| {
        let tag = tag.split('>').next()?;
        let value = tag.split_once("charset")?.1.trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let name: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')).collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_believed_first_and_the_page_where_it_says_nothing() {
        for (html, served_as, means) in [
            ("<meta charset=\"GBK\">", Some("text/html"), "text/html; charset=gbk"),
            ("<meta charset=gb2312 />", None, "text/html; charset=gb2312"),
            ("<META http-equiv='Content-Type' content='text/html; charset=Big5'>", Some("text/html"), "text/html; charset=big5"),
            ("<meta charset=gbk>", Some("text/html; Charset=utf-8"), "text/html; Charset=utf-8"),
            ("<meta name=a content=b><p>charset=gbk", Some("text/html"), "text/html"),
        ] {
            assert_eq!(content_type(html.as_bytes(), served_as), means, "{html}");
        }
    }
}
