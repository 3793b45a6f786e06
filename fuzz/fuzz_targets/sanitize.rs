//! Any text: sanitizing once is sanitizing twice.
#![no_main]

use feedmill::pipeline::sanitize::{self, SanitizeOptions};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let options = SanitizeOptions::default();
    let once = sanitize::sanitize(&text, &options);
    let twice = sanitize::sanitize(once.as_str(), &options);
    assert_eq!(once, twice);
});
