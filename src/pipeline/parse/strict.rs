//! feed-rs, which does the reading: well-formed text in, what it made of it out.
//!
//! It is known to panic (an author `张三（a@b.com）`, an absurd `itunes:duration`), so it runs inside `catch_unwind`; to make up ids, so it is
//! given a generator that makes none; and to lose the text of dates, so it reads none: that is ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What feed-rs made of a document, or why it could not, in words.
pub(super) fn read(text: &str, url: &str) -> Result<feed_rs::model::Feed, String> {
    let parse = || {
        let base = url::Url::parse(url).ok();
        let parser = feed_rs::parser::Builder::new()
            .base_uri(base.as_ref().map(url::Url::as_str))
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|_| None)
            .sanitize_content(false)
            .build();
        parser.parse(text.as_bytes())
    };
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the parser gave up in the middle (a panic, caught)".to_owned()),
    }
}
