//! Checklist S3, S4, S7: what an attacker's document costs. Time is bounded by counting, not by clocks: sizes are such that anything worse than
//! linear would not end.

use feedmill::pipeline::parse::{self, ParseError, ParseLimits};
use std::io::Write;

use super::{attacks, read};

#[test]
fn s3_entities_are_never_expanded_and_never_fetched() {
    let mut types = String::from("<!ENTITY a \"ha\">");
    for (name, inner) in ('b'..='z').zip('a'..='y') {
        types.push_str(&format!("<!ENTITY {name} \"{}\">", format!("&{inner};").repeat(10)));
    }
    let feed = read(&format!("<!DOCTYPE rss [{types}]><rss><channel><item><title>&z;&a;</title></item></channel></rss>"));
    assert_eq!(feed.entries[0].title.as_deref(), Some("&z;ha"));
    let value = "v".repeat(200);
    let inside = "&a;".repeat(50_000);
    let many = read(&format!(
        "<!DOCTYPE rss [<!ENTITY a \"{value}\">]><rss><channel><item><description>{inside}</description></item></channel></rss>"
    ));
    assert!(many.entries[0].bodies[0].text.len() < 300_000, "quadratic growth");
    let feed = read(
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/hostname\"><!ENTITY % p SYSTEM \"http://127.0.0.1/\">%p;]><rss><channel><item><title>&x;</title></item></channel></rss>",
    );
    assert_eq!(feed.entries[0].title.as_deref(), Some("&x;"));
}

#[test]
fn s4_depth_and_attributes_are_bounded() {
    const MANY: usize = 100_000;
    for (open, close) in [("<a>", "</a>"), ("<a>", ""), ("<media:group>", "</media:group>")] {
        let feed = read(&format!("<rss><channel>{}{}<item><title>x</title></item></channel></rss>", open.repeat(MANY), close.repeat(MANY)));
        assert_eq!(feed.entries.len(), 1);
    }
    let deep = read(&format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>x</title><content type='xhtml'>{}y</content></entry></feed>",
        "<div>".repeat(MANY)
    ));
    assert_eq!(deep.entries[0].title.as_deref(), Some("x"));
    let attributes: String = (0..MANY).map(|number| format!("a{number}='' ")).collect();
    let wide = read(&format!("<rss><channel><item {attributes}><title {attributes}>x</title></item></channel></rss>"));
    assert_eq!(wide.entries[0].title.as_deref(), Some("x"));
}

#[test]
fn s7_entries_and_texts_are_cut_at_their_limits_and_the_feed_says_so() {
    let limits = ParseLimits { entries_max: 3, body_bytes_max: 10, text_bytes_max: 5, ..ParseLimits::default() };
    let document = format!(
        "<rss version='2.0'><channel>{}</channel></rss>",
        "<item><title>1234567</title><description>科技科技科技</description></item>".repeat(10)
    );
    let feed = parse::parse(document.as_bytes(), None, "", &limits).unwrap();
    assert_eq!((feed.entries.len(), feed.rejects.len()), (3, 1));
    assert_eq!((feed.entries[0].title.as_deref(), feed.entries[0].bodies[0].text.as_str()), (Some("12345"), "科技科"));
    assert_eq!(feed.rejects[0].why, "at most 3 entries of a document are read");
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"t\",\"items\":[{}{{\"id\":\"x\"}}]}}",
        "{\"id\":\"1\"},".repeat(9)
    );
    let feed = parse::parse(json.as_bytes(), None, "", &limits).unwrap();
    assert_eq!((feed.entries.len(), feed.rejects[0].what.as_str()), (3, "the 7 entries after entry 3"));
}

#[test]
fn s7_a_document_over_the_limit_is_refused_compressed_or_not() {
    let limits = ParseLimits { document_bytes_max: 1000, ..ParseLimits::default() };
    let refused = Err(ParseError::TooLarge { limit_bytes: 1000 });
    assert_eq!(parse::parse(&[b' '; 1001], None, "", &limits), refused);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&[b' '; 1 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() > 1000 || parse::parse(&bomb, None, "", &limits) == refused);
    let roomy = ParseLimits { document_bytes_max: 1 << 19, ..ParseLimits::default() };
    assert_eq!(parse::parse(&bomb, None, "", &roomy), Err(ParseError::TooLarge { limit_bytes: 1 << 19 }));
}

#[test]
fn s5_a_gzip_body_without_a_header_is_read_even_if_it_is_cut() {
    let document = format!(
        "<rss version='2.0'><channel>{}</channel></rss>",
        (0..200).map(|number| format!("<item><title>{number}</title></item>")).collect::<String>()
    );
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(document.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    assert_eq!(parse::parse(&packed, None, "", &ParseLimits::default()).unwrap().entries.len(), 200);
    let cut = parse::parse(&packed[..packed.len() - 12], None, "", &ParseLimits::default()).unwrap();
    assert!(cut.entries.len() > 50, "{}", cut.entries.len());
}

#[test]
fn nothing_takes_more_than_linear_time() {
    const MANY: usize = 50_000;
    let around = |inside: String| format!("<rss><channel><item><title>x</title><description>{inside}</description></item></channel></rss>");
    for piece in ["&", "<", "<![CDATA[", "<!--", "<b>", "</b>", "<a b=\"", "<a b='\" c=\"'", "<description>", "&lt;a&gt;&amp;"] {
        let feed = read(&around(piece.repeat(MANY)));
        assert_eq!(feed.entries[0].title.as_deref(), Some("x"), "{piece}");
    }
    for piece in ["<rss ", "<!DOCTYPE [", "<?a ", "<title>", "<item>", "<x:y>", "<link>", "</x>", "a@"] {
        let document = format!("<rss><channel><item><author>{}", piece.repeat(MANY));
        assert!(!read(&document).entries.is_empty(), "{piece}");
        // As the document itself: whatever it is, it ends.
        let _ = parse::parse(piece.repeat(MANY).as_bytes(), None, "", &ParseLimits::default());
    }
}

/// So large are the attacks, and as much counts for a document that is smaller.
const ATTACK_BYTES: usize = 256 << 10;

#[test]
fn s4_s7_no_document_takes_more_than_16_times_its_size_in_memory_or_allocates_without_end() {
    // Entries have a price of their own, however little is in them: as many fewer are read as the attack is smaller than the largest document.
    let limits = ParseLimits { entries_max: 500, ..ParseLimits::default() };
    let mut wrong = Vec::new();
    for (name, bytes) in attacks::attacks(ATTACK_BYTES) {
        let counted = allocation_counter::measure(|| drop(parse::parse(&bytes, None, "https://example.org/feed.xml", &limits)));
        let size = bytes.len().max(ATTACK_BYTES) as u64;
        // Linear: neither the bytes asked for in all, nor how often, outgrow the document.
        if counted.bytes_max > 16 * size || counted.bytes_total > 100 * size || counted.count_total > 4 * size {
            wrong.push(format!("{name}: {} bytes, {counted:?}", bytes.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
