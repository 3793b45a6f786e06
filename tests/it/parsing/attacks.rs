//! Documents made to cost much: what they take is counted in tests, and in the benchmark that shares this file.

/// About so large is each of them.
const BYTES: usize = 4 << 20;

/// `inside` as often as it takes.
fn many(inside: &str) -> String {
    inside.repeat(BYTES / inside.len())
}

fn rss(inside: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>t</title>{inside}</channel></rss>")
}

fn description(inside: &str) -> String {
    rss(&format!("<item><title>x</title><description>{inside}</description></item>"))
}

fn json(inside: &str) -> String {
    format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{inside}]}}")
}

/// Each with a name. They are feeds, most of them broken.
pub fn attacks() -> Vec<(String, Vec<u8>)> {
    let mut made: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, document: String| made.push((name.to_owned(), document));
    add("500,000 JSON entries", json(&"{\"id\":1},".repeat(500_000).trim_end_matches(',')));
    add("empty JSON objects", json(many("{},").trim_end_matches(',')));
    add("JSON numbers for entries", json(many("0,").trim_end_matches(',')));
    add("JSON lists in a tag list", json(&format!("{{\"id\":\"1\",\"tags\":[{}0]}}", many("[],"))));
    add("JSON keys nobody knows", json(&format!("{{\"id\":\"1\",\"x\":[{}0]}}", many("{\"a\":0},"))));
    add(
        "JSON numbers at the top",
        format!("{{\"x\":[{}0],\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{{\"id\":\"1\"}}]}}", many("0,")),
    );
    add("JSON cut in the middle of a list", json(&many("{\"id\":1},")).trim_end_matches(['}', ']', ',']).to_owned());
    add("JSON nested lists", format!("{{\"items\":{}", "[".repeat(BYTES)));
    for inside in [
        "<item/>",
        "<item></item>",
        "<item><title>x</title></item>",
        "<item><link>a</link></item>",
        "<x/>",
        "<x>",
        "<title/>",
        "<a:b/>",
        "<category>a</category>",
    ] {
        add(&format!("{inside} in a channel"), rss(&many(inside)));
    }
    add("<entry/> in a feed", format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{}</feed>", many("<entry/>")));
    for inside in [
        "<a/>",
        "<link/>",
        "<title>x</title>",
        "<category>a</category>",
        "<media:group>",
        "<media:content url=\"u\"/>",
        "<author>",
        "<dc:subject>a</dc:subject>",
        "<enclosure url=\"http://a/b\"/>",
        "<guid>1</guid>",
        "<pubDate>x</pubDate>",
        "<author>a@b.c</author>",
    ] {
        add(&format!("{inside} in an entry"), rss(&format!("<item>{}</item>", many(inside))));
    }
    for inside in [
        "&",
        "<",
        "&lt;",
        "&amp;",
        "&amp;lt;",
        "&#60;",
        "&nbsp;",
        "&x;",
        "&lt;b&gt;",
        "&lt;p&gt;a",
        "&lt;a href=x&gt;",
        "&lt;img src=a&gt;",
        "<b>",
        "</b>",
        "<br>",
        "<![CDATA[",
        "<![CDATA[x]]>",
        "<!--",
        "<!---->",
        "<?a ",
        "<a b=\"",
        "<a b='\" c=\"'",
        "]]>",
        "a ",
        "\r",
        "\r\n",
        "\u{92}",
        "\u{c2}\u{a3}",
        "1 ",
        "1阅读",
        "中 ",
        "\u{feff}",
        "&lt;table&gt;",
        "&lt;svg&gt;",
        "&lt;p style=\"color:red;a:b\"&gt;",
        "&lt;a b c d e f g h&gt;",
        "&lt;!--x--&gt;",
        "&lt;script&gt;",
        "a@",
        "a@b.c ",
    ] {
        add(&format!("{inside:?} in a description"), description(&many(inside)));
    }
    for inside in ["a ", "&amp;", "<b>", "1 ", "a@", "/", "?a=b&amp;", "%20"] {
        add(
            &format!("{inside:?} in a title, link, guid and author"),
            rss(&format!(
                "<item><title>{0}</title><link>https://example.org/{0}</link><guid>{0}</guid><author>{0}</author><pubDate>{0}</pubDate></item>",
                inside.repeat(BYTES / inside.len() / 5)
            )),
        );
    }
    for inside in [
        "<rss ",
        "<!DOCTYPE [",
        "<?a ",
        "<!ENTITY a \"b\">",
        "<item>",
        "<x:y>",
        "</x>",
        "<html>",
        "<",
        "<!--",
        "\u{1}<a>",
        "<rss version=\"2.0\"><channel>",
    ] {
        add(&format!("{inside:?} and nothing else"), many(inside));
    }
    add(
        "attributes",
        rss(&format!("<item {}><title>x</title></item>", (0..BYTES / 12).map(|number| format!("a{number}='' ")).collect::<String>())),
    );
    add("attributes of one name", rss(&format!("<item {}><title>x</title></item>", many("a='' "))));
    add("declared prefixes", rss(&(0..BYTES / 24).map(|number| format!("<x xmlns:a{number}=\"b\"/>")).collect::<String>()));
    add("used prefixes", rss(&(0..BYTES / 12).map(|number| format!("<a{number}:b/>")).collect::<String>()));
    add("different names", rss(&(0..BYTES / 12).map(|number| format!("<n{number}>")).collect::<String>()));
    let xhtml = |inside: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>x</title><content type=\"xhtml\"><div>{inside}</div></content></entry></feed>"
        )
    };
    for inside in ["<b/>", "<b>", "<b>x</b>", "<div>", "&amp;", "<x:y/>", "<![CDATA[<]]>"] {
        add(&format!("{inside:?} in XHTML"), xhtml(&many(inside)));
    }
    let mut made: Vec<(String, Vec<u8>)> = made.into_iter().map(|(name, document)| (name, document.into_bytes())).collect();
    // Encodings: bytes that become more when they are decoded.
    let wide = description(&many("\u{20ac}"));
    made.push(("a UTF-16 document".to_owned(), [0xff, 0xfe].into_iter().chain(wide.encode_utf16().flat_map(u16::to_le_bytes)).collect()));
    let high: Vec<u8> = description(&many("x")).bytes().map(|byte| if byte == b'x' { 0xa4 } else { byte }).collect();
    made.push(("a document without an encoding".to_owned(), high.clone()));
    made.push(("declared windows-1252".to_owned(), [b"<?xml version='1.0' encoding='windows-1252'?>".as_slice(), &high].concat()));
    made.push(("damaged UTF-8".to_owned(), [description(&many("é")).as_bytes(), &[0xff]].concat()));
    made
}
