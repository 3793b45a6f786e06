use proptest::prelude::*;
use yaml_rust2::{Yaml, YamlLoader};

use super::*;
use crate::publish::testing::{article, body};

fn page(article: &Article) -> String {
    document(article, &PageOptions { categories: &["36kr".to_owned()], default_cover: Some("https://e.org/cover.jpg"), no_referrer: false })
}

fn titled(title: &str) -> Article {
    Article { title: title.into(), ..article("36kr", "1", 0) }
}

/// What two YAML parsers read in the front matter: title, alt, image and the keys; they must agree.
fn front_matter(page: &str) -> (String, String, String, Vec<String>) {
    let text = page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(front, _)| front).unwrap();
    let first = YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(first.len(), 1, "{text}");
    let first = &first[0];
    let string = |value: &Yaml| value.as_str().unwrap_or_else(|| panic!("{value:?} is no string: {text}")).to_owned();
    let keys = first.as_hash().unwrap().keys().map(string).collect();
    let cover = &first["cover"];
    let one = (string(&first["title"]), string(&cover["alt"]), string(&cover["image"]), keys);

    let second: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).unwrap();
    let string = |value: &serde_yaml_ng::Value| value.as_str().unwrap().to_owned();
    let keys = second.as_mapping().unwrap().keys().map(string).collect();
    let cover = &second["cover"];
    assert_eq!(one, (string(&second["title"]), string(&cover["alt"]), string(&cover["image"]), keys), "{text}");
    one
}

const KEYS: &[&str] = &[
    "title",
    "categories",
    "keywords",
    "date",
    "lastmod",
    "author",
    "tags",
    "draft",
    "comments",
    "reward",
    "mermaid",
    "showToc",
    "TocOpen",
    "hidemeta",
    "disableShare",
    "showbreadcrumbs",
    "cover",
];

fn expect_title(title: &str) {
    let (read, alt, _, keys) = front_matter(&page(&titled(title)));
    let as_written = without_braces(title);
    assert_eq!(read, as_written);
    assert!(alt == format!("'{as_written}'") || alt == format!("\"{as_written}\""), "{alt:?}");
    assert_eq!(keys, KEYS);
}

#[test]
fn s10_two_yaml_parsers_read_the_title_back_whatever_it_holds() {
    for title in [
        "---",
        "...",
        "a\n---\nb: c",
        "a\rb",
        "a\r\nb",
        "a\u{85}b",
        "a\u{2028}b\u{2029}c",
        "it's",
        "say \"x\"",
        "it's \"x\"",
        "C:\\dir\\n",
        "it's C:\\n",
        "yes",
        "no",
        "null",
        "~",
        "1.5",
        "2024-02-18",
        "!!tag x",
        "!x",
        "&a *a",
        "*a",
        "&a",
        "a # b",
        "#a",
        "a: b",
        "a:",
        "- a",
        "? a",
        "[a]",
        "{a: b}",
        "}",
        "%YAML 1.2",
        "@a",
        "`a`",
        "|",
        ">",
        "a\tb",
        "a\u{0}b\u{1}\u{7}\u{1b}\u{7f}",
        "\u{feff}a",
        "a\u{fffe}",
        "🦄 \u{1f468}\u{200d}\u{1f469}",
        "\u{202e}abc",
        "'",
        "''",
        "\"",
        "\"\"",
        "\\",
        "'\\",
        "a'b\nc",
        "{{< x >}}",
        "{{% x %}}",
        "文字",
        "é",
        "e\u{301}",
        "\u{10ffff}",
        " a",
        "a ",
    ] {
        expect_title(title);
    }
}

#[test]
fn an_ordinary_title_is_written_as_the_seed_did() {
    let lines = |title: &str| {
        let page = page(&titled(title));
        let find = |key: &str| page.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        (find("title:"), find("    alt:"))
    };
    assert_eq!(lines("标题：x"), ("title: '标题：x'".into(), "    alt: \"'标题：x'\"".into()));
    assert_eq!(lines("it's"), ("title: \"it's\"".into(), "    alt: \"\\\"it's\\\"\"".into()));
    assert_eq!(lines("say \"x\""), ("title: 'say \"x\"'".into(), "    alt: \"'say \\\"x\\\"'\"".into()));
}

#[test]
fn s10_the_picture_s_address_is_valid_whatever_it_holds() {
    for address in [
        "https://e.org/x.jpg?a=1&b=2",
        "cdn.g0f.cn/?r=https://e.org&url=https://e.org/x",
        "https://e.org/a #b",
        "https://e.org/a: b",
        "- x",
        "",
        "'x",
        "a\nb",
        "https://e.org/x:",
        "*x",
        "https://e.org/\u{2028}",
        "yes",
        "1e3",
    ] {
        let made = page(&Article { cover: Some(address.into()), ..titled("t") });
        assert_eq!(front_matter(&made).2, address);
    }
    let made = page(&Article { cover: Some("https://e.org/x?a=1&b".into()), ..titled("t") });
    assert!(made.contains("\n    image: https://e.org/x?a=1&b\n"));
}

#[test]
fn s11_no_shortcode_of_hugo_s_is_left_anywhere() {
    let mut article = titled("{{< a >}} {{% b %}} {% c %}");
    article.body = body("<p title=\"{{&lt; x &gt;}}\">{{% x %}} {% raw %} {{&lt; y &gt;}}</p>\n");
    article.link = Some("https://e.org/{{%3C x %}}".into());
    article.cover = Some("https://e.org/{{x}}".into());
    let made = page(&article);
    assert!(!made.contains(['{', '}']), "{made}");
    article.link = Some("https://e.org/{x}".into());
    assert!(page(&article).contains("[原文](https://e.org/{x})"));
}

#[test]
fn a_link_cannot_end_early() {
    for (link, expected) in [
        ("https://e.org/a_(b)", "[原文](https://e.org/a_(b))"),
        ("https://e.org/a)b", "[原文](https://e.org/a%29b)"),
        ("https://e.org/)(", "[原文](https://e.org/%29%28)"),
        ("https://e.org/?a=1&b=2", "[原文](https://e.org/?a=1&b=2)"),
    ] {
        let made = page(&Article { link: Some(link.into()), ..titled("t") });
        assert!(made.ends_with(&format!("\n<div>\n{expected}\n</div>\n\n")), "{made}");
    }
}

#[test]
fn s8_text_that_markdown_takes_for_a_link_cannot_run() {
    for bad in [
        "[x](javascript:alert(1))",
        "![x]( \n JavaScript:alert(1))",
        "[x]: javascript:alert(1)",
        "[x](javascript\\:alert(1))",
        "[x](vbscript:x)",
        "[x](data:text/html,x)",
        "[x](javascript&amp;colon;x)",
    ] {
        let made = page(&Article { body: body(&format!("\n\n{bad}\n\n")), ..titled("t") });
        assert!(!made.contains("](j") && !made.contains("]: ") && (made.contains("]&#40;") || made.contains("]&#58;")), "{made}");
    }
    for fine in ["[x](https://e.org/)", "[1]: text", "[javascript](x)", "javascript: a language", "a] (javascript: x)"] {
        let made = page(&Article { body: body(fine), ..titled("t") });
        assert!(made.contains(fine), "{made}");
    }
}

#[test]
fn an_article_without_a_page_leads_to_its_file_or_its_publisher() {
    let mut article = titled("t");
    article.link = None;
    assert!(page(&article).ends_with("\n[原文](https://publisher.example.org/)\n</div>\n\n"));
    article.feed_link = None;
    assert!(page(&article).ends_with("\n原文\n</div>\n\n"));
}

#[test]
fn categories_stand_in_every_list() {
    let made =
        document(&titled("t"), &PageOptions { categories: &["tech".into(), "36kr".into()], default_cover: None, no_referrer: false });
    for line in [
        "categories: ['tech', '36kr']",
        "keywords: ['tech', '36kr']",
        "author: [['tech', '36kr']]",
        "tags: ['tech', '36kr']",
        "    image: ''",
    ] {
        assert!(made.lines().any(|found| found == line), "{line}: {made}");
    }
}

proptest! {
    #[test]
    fn s10_any_title_is_read_back(title in any::<String>().prop_filter("an article has a title", |title| !title.is_empty())) {
        expect_title(&title);
    }

    #[test]
    fn s10_any_title_of_marks_is_read_back(title in "[-'\"\\\\#:&*!|>%@`{}\\[\\],?~ \n\r\ta\u{85}\u{2028}\u{feff}]{1,12}") {
        expect_title(&title);
    }

    #[test]
    fn s10_any_address_of_a_picture_is_read_back(address in "[a-z:/?#&'\"{}\\[\\] \n,*-]{0,20}") {
        let made = page(&Article { cover: Some(address.clone()), ..titled("t") });
        prop_assert_eq!(front_matter(&made).2, without_braces(&address));
    }
}
