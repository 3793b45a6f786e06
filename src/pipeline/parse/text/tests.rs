use super::*;

#[test]
fn references_and_cdata_are_opened_and_nothing_else_is_touched() {
    assert_eq!(xml_decoded("a &amp; b &#x4e2d;&#20013; &lt;p&gt;"), "a & b 中中 <p>");
    assert_eq!(xml_decoded(" <![CDATA[<p>a &amp; b</p>]]>\n"), "<p>a &amp; b</p>");
    assert_eq!(xml_decoded("Link: <![CDATA[A &amp; B]]> &amp; C"), "Link: A &amp; B & C");
    assert_eq!(xml_decoded("<![CDATA[a]]>]]&gt;<![CDATA[b]]>"), "a]]>b");
    assert_eq!(xml_decoded("a\r\nb\rc"), "a\nb\nc");
    assert_eq!(xml_decoded("a<!-- x -->b"), "ab");
    assert_eq!(xml_decoded("it&#146;s"), "it’s", "a Windows-1252 number");
    assert!(matches!(xml_decoded("<![CDATA[whole]]>"), Cow::Borrowed("whole")));
}

#[test]
fn titles_that_are_html_lose_their_tags_and_others_keep_their_angles() {
    let shown = |text: &str| plain(text, false, 1000).unwrap_or_default();
    assert_eq!(shown("<b>Bold</b> &amp; plain"), "Bold & plain");
    assert_eq!(shown("a<br>b"), "a b");
    assert_eq!(shown("Vec<T> and <template> in C++"), "Vec<T> and <template> in C++");
    assert_eq!(shown("1 < 2 && 3 > 2"), "1 < 2 && 3 > 2");
    assert_eq!(shown("AT&T"), "AT&T");
    assert_eq!(shown("AT&amp;T &mdash; &nonsense;"), "AT&amp;T &mdash; &nonsense;", "an entity that HTML does not know");
    assert_eq!(shown("two\n   lines\tand a tab"), "two lines and a tab");
    assert_eq!(shown("<p>x</p><script>alert(1)</script>"), "x");
    assert_eq!(title("<b>as it stands</b>", true, false, 1000).as_deref(), Some("<b>as it stands</b>"), "Atom's plain text");
    assert_eq!(plain("   ", false, 1000), None);
    assert_eq!(plain("科技", false, 4).as_deref(), Some("科"), "cut between characters");
}

#[test]
fn utf_8_that_was_encoded_twice_is_put_right() {
    assert_eq!(twice_encoded("Â£30 million").as_deref(), Some("£30 million"));
    assert_eq!(twice_encoded("itâ€™s").as_deref(), Some("it’s"));
    // Characters of which Windows-1252 knows nothing are in it too.
    assert_eq!(twice_encoded("BeÄ\u{8d}, Ã–konom, â€œsÃ£oâ€\u{9d}").as_deref(), Some("Beč, Ökonom, “são”"));
    for atom in [true, false] {
        assert_eq!(title("  BeÄ\u{8d}, das Herz\n", atom, false, 100).as_deref(), Some("Beč, das Herz"));
        assert_eq!(title("don\u{92}t\u{81}", atom, false, 100).as_deref(), Some("don’t"));
    }
    for fine in ["plain", "café", "£30", "科技", "Ã"] {
        assert_eq!(twice_encoded(fine), None, "{fine}");
    }
}

#[test]
fn the_names_of_html_are_in_order_for_the_search() {
    for name in ["a", "wbr", "b", "ul", "summary", "h1"] {
        assert!(is_html(name), "{name}");
    }
    assert!(!is_html("template") && !is_html("t"));
}
