//! Any bytes: a feed or a reason, never a panic; and identities as many as entries.
#![no_main]

use feedmill::pipeline::{identify, parse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(feed) = parse::parse(bytes, None, "https://feeds.example.org/feed", &parse::ParseLimits::default()) {
        assert_eq!(identify::keys(&feed).len(), feed.entries.len());
    }
});
