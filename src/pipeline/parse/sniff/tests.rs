use super::*;

#[test]
fn a_document_is_what_it_looks_like() {
    let cases = [
        ("{\"version\":1}", Kind::Json),
        ("\u{feff} [1]", Kind::Json),
        ("<rss><item/></rss>", Kind::Feed(0)),
        ("<?xml version='1.0'?>\n<!-- <html> -->\n<feed/>", Kind::Feed(38)),
        ("<!DOCTYPE rss [<!ENTITY a '>'>]><RSS/>", Kind::Feed(32)),
        ("<br />\n<b>Warning</b>: x<?xml version='1.0'?><rss><item/></rss>", Kind::Feed(45)),
        ("<!DOCTYPE html><html><body>&lt;rss&gt;</body></html>", Kind::Html),
        ("<html><body><rss><item/></rss></body></html>", Kind::Feed(12)),
        ("<opml><body/></opml>", Kind::Html),
        ("<note>x</note>", Kind::Xml(0)),
        ("<foo><item><title/></item></foo>", Kind::Feed(0)),
        ("just text", Kind::Text),
        ("", Kind::Text),
        ("<!-- never closed", Kind::Text),
    ];
    for (text, want) in cases {
        assert_eq!(look(text), want, "{text}");
    }
}
