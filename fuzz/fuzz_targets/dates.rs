//! Any text: a date or none, never a panic.
#![no_main]

use feedmill::pipeline::dates;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for zone in [None, Some(chrono_tz::Asia::Shanghai)] {
        let _ = dates::parse(&text, zone);
    }
    let _ = (dates::is_rfc822(&text), dates::is_rfc3339(&text));
});
