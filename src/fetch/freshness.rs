//! What the headers of an answer ask of those who poll: how long it is fresh, and how long to keep silent (F17 to F22).
//!
//! Only arithmetic on headers and `now`; nothing here waits. RFC 9111 (5.2.2.1, 5.3) and RFC 9110 (5.6.7, 10.2.3).

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use reqwest::header::{CACHE_CONTROL, DATE, EXPIRES, HeaderMap, RETRY_AFTER};

use crate::model::Instant;

/// A publisher's wish for freshness counts up to here; the schedule has a limit of its own below it.
const FRESH_SECONDS_MAX: u64 = 366 * 24 * 3600;

/// A `Retry-After` counts up to here (F22): a mistake of the publisher must not silence a source for years.
pub const RETRY_AFTER_SECONDS_MAX: u64 = 2 * 24 * 3600;

/// How long the answer is fresh: `max-age`, otherwise `Expires` less `Date`. `s-maxage` is for shared caches and is not looked at.
pub(super) fn fresh_for(headers: &HeaderMap, now: Instant) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(','));
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.trim().eq_ignore_ascii_case("max-age") {
            let digits = value.trim().trim_matches('"');
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // More digits than a number holds is a very long time, by RFC 9111 1.2.2.
            return plain.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX).min(FRESH_SECONDS_MAX)));
        }
    }
    let expires = http_date(headers.get(EXPIRES)?.to_str().ok()?)?;
    let fresh = expires - date_of(headers).unwrap_or(now);
    Some(fresh.to_std().unwrap_or_default().min(Duration::from_secs(FRESH_SECONDS_MAX)))
}

/// When the publisher wants to be asked again: seconds or a date, at most two days away; `None` where it says nothing that makes sense.
pub(super) fn retry_after(headers: &HeaderMap, now: Instant) -> Option<Instant> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let most = TimeDelta::seconds(RETRY_AFTER_SECONDS_MAX.cast_signed());
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        TimeDelta::seconds(text.parse::<u64>().unwrap_or(u64::MAX).min(RETRY_AFTER_SECONDS_MAX).cast_signed())
    } else {
        // By the publisher's own clock where it tells it, so that a clock that is wrong on either side does no harm.
        http_date(text)? - date_of(headers).unwrap_or(now)
    };
    (wait > TimeDelta::zero()).then(|| now + wait.min(most))
}

fn date_of(headers: &HeaderMap) -> Option<Instant> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// The three forms of RFC 9110 5.6.7, and zones other than GMT as far as they are unmistakable. The weekday is not looked at: it is
/// wrong more often than the date.
fn http_date(text: &str) -> Option<Instant> {
    let day = text.split_once(',').map_or(text, |(_weekday, day)| day).trim();
    if let Ok(date) = chrono::DateTime::parse_from_rfc2822(day) {
        return Some(date.to_utc());
    }
    let naive =
        NaiveDateTime::parse_from_str(day, "%d-%b-%y %H:%M:%S GMT").or_else(|_| NaiveDateTime::parse_from_str(day, "%a %b %e %H:%M:%S %Y"));
    naive.ok().map(|naive| naive.and_utc())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())).collect()
    }

    fn now() -> Instant {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn f17_max_age_wins_over_expires_and_s_maxage_is_not_ours() {
        let fresh = |list: &[(&str, &str)]| fresh_for(&headers(list), now()).map(|fresh| fresh.as_secs());
        assert_eq!(fresh(&[("cache-control", "public, max-age=1800, s-maxage=99999")]), Some(1800));
        assert_eq!(fresh(&[("cache-control", "public"), ("cache-control", "Max-Age=\"60\"")]), Some(60));
        assert_eq!(fresh(&[("cache-control", "max-age=5"), ("expires", "Sun, 01 Mar 2026 13:00:00 GMT")]), Some(5));
        assert_eq!(fresh(&[("expires", "Sun, 01 Mar 2026 13:00:00 GMT")]), Some(3600));
        assert_eq!(fresh(&[("expires", "Sun, 01 Mar 2026 13:00:00 GMT"), ("date", "Sun, 01 Mar 2026 12:59:00 GMT")]), Some(60));
        assert_eq!(fresh(&[("expires", "Sunday, 01-Mar-26 13:00:00 GMT")]), Some(3600));
        assert_eq!(fresh(&[("expires", "Sun Mar  1 13:00:00 2026")]), Some(3600));
        assert_eq!(fresh(&[("expires", "Thu, 01 Jan 1970 00:00:00 GMT")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "max-age=99999999999999999999999")]), Some(FRESH_SECONDS_MAX));
        for nonsense in [
            &[("expires", "0")][..],
            &[("cache-control", "max-age=-5")],
            &[("cache-control", "max-age=soon")],
            &[("cache-control", "s-maxage=60")],
        ] {
            assert_eq!(fresh(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn f19_f20_retry_after_in_both_forms() {
        let until = |list: &[(&str, &str)]| retry_after(&headers(list), now()).map(|until| (until - now()).num_seconds());
        assert_eq!(until(&[("retry-after", "120")]), Some(120));
        assert_eq!(until(&[("retry-after", "Sun, 01 Mar 2026 12:10:00 GMT")]), Some(600));
        assert_eq!(until(&[("retry-after", "Sun, 01 Mar 2026 12:10:00 GMT"), ("date", "Sun, 01 Mar 2026 12:09:00 GMT")]), Some(60));
    }

    #[test]
    fn f22_a_retry_after_without_sense_counts_as_none_and_years_as_two_days() {
        let until = |text: &str| retry_after(&headers(&[("retry-after", text)]), now()).map(|until| (until - now()).num_seconds());
        for nonsense in ["", "soon", "-5", "0", "1e3", "Thu, 01 Jan 1970 00:00:00 GMT", "120 seconds"] {
            assert_eq!(until(nonsense), None, "{nonsense:?}");
        }
        for far in ["999999999", "99999999999999999999999999", "Fri, 01 Mar 2099 12:00:00 GMT"] {
            assert_eq!(until(far), Some(RETRY_AFTER_SECONDS_MAX.cast_signed()), "{far:?}");
        }
    }
}
