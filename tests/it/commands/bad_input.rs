//! Publishers that answer something else than a feed: each gets one clear line (what, where, what to do), and the others go on.

use std::io::Write as _;

use super::{rss, settings};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The line that `poll` prints about a source, and only one.
fn line_of<'a>(said: &'a str, source: &str) -> &'a str {
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with(&format!("{source}:"))).collect();
    assert_eq!(lines.len(), 1, "{source}: {said}");
    lines[0]
}

#[test]
fn every_kind_of_bad_answer_gets_one_clear_line_and_the_good_source_is_read() {
    let publisher = Publisher::start();
    let good = rss("Good", &["one", "two"]);
    let page = "<!doctype html><html><head><title>Blog</title><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/real.xml\">\
                </head><body>hello</body></html>";
    let packed = gzip(good.repeat(50).as_bytes());
    publisher.set("/good.xml", Reply::feed(good));
    publisher.set("/page", Reply::status(200).header("Content-Type", "text/html").body(page));
    publisher.set("/empty", Reply::feed(""));
    publisher.set("/cut", Reply::feed(packed[..20].to_vec()).header("Content-Encoding", "gzip"));
    publisher.set("/missing", Reply::status(404));
    publisher.set("/closed", Reply::close());
    publisher.set("/picture", Reply::feed(vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]));
    let names = ["good.xml", "page", "empty", "cut", "missing", "closed", "picture"];
    let source = |name: &&str| {
        let url = publisher.url(&format!("/{name}"));
        format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n")
    };
    let home = Home::new(&settings(&names.iter().map(source).collect::<String>()));
    let output = home.run(&["poll"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(line_of(&said, "good.xml").contains("2 new"), "{said}");
    assert!(line_of(&said, "page").contains("/real.xml"), "a page is told with the address of its feed: {said}");
    assert!(line_of(&said, "empty").contains("empty"), "{said}");
    assert!(line_of(&said, "missing").contains("404"), "{said}");
    for name in &names[1..] {
        let line = line_of(&said, name);
        assert!(line.contains("failed:") && line.len() > 40, "{line}");
        assert!(!line.contains("panic") && !line.contains("Err("), "{line}");
    }
}
