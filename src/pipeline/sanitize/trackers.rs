//! Pictures that nobody is meant to see: they tell a third party who reads what.
//!
//! Only addresses that are known to be nothing else are on the list: an article in the store is what its publisher wrote, and a picture of
//! one pixel that is the publisher's own (as in the golden articles) is part of that. Feeds and pages leave out every picture of one pixel
//! (`publish/html`).

use url::Url;

use super::address::is_plain;

/// Hosts, with all below them, that serve such pictures and nothing that belongs in an article.
const HOSTS: &[&str] = &[
    // Sellers of advertisements and their counters.
    "2o7.net",
    "amazon-adsystem.com",
    "bat.bing.com",
    "counter.theconversation.com",
    "doubleclick.net",
    "feedsportal.com",
    "google-analytics.com",
    "googleadservices.com",
    "googlesyndication.com",
    "met.vgwort.de",
    "omtrdc.net",
    "pheedo.com",
    "pixel.quantserve.com",
    "pixel.wp.com",
    "px.ads.linkedin.com",
    "scorecardresearch.com",
    "statcounter.com",
    "stats.wordpress.com",
    "stats.wp.com",
    "track.hubspot.com",
    // 站长统计、百度统计。
    "cnzz.com",
    "hm.baidu.com",
    "tongji.baidu.com",
];

/// Beginnings of paths on one host (with all below it).
const PATHS: &[(&str, &str)] = &[
    ("blogger.googleusercontent.com", "/tracker/"),
    ("facebook.com", "/tr"),
    ("feedblitz.com", "/-/"),
    ("feedblitz.com", "/~/i/"),
    ("feeds.feedburner.com", "/~r/"),
    ("feeds.wordpress.com", "/1.0/"),
    ("list-manage.com", "/track/open.php"),
    ("medium.com", "/_/stat"),
    ("rss.cnn.com", "/~r/"),
];

/// Whether a picture at this address is known to be a tracker.
pub(super) fn is_tracker(address: &str) -> bool {
    // What nearly all addresses look like needs no parser to be cut.
    let parsed: Url;
    let (host, path) = if is_plain(address) {
        let rest = address.split_once("://").map_or("", |(_, rest)| rest);
        let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        rest.split_at(rest.find('/').unwrap_or(rest.len()))
    } else {
        let Ok(url) = Url::parse(address) else { return false };
        parsed = url;
        (parsed.host_str().unwrap_or_default(), parsed.path())
    };
    if host.is_empty() {
        return false;
    }
    let below = |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    HOSTS.iter().any(|known| below(known))
        || PATHS.iter().any(|(known, start)| below(known) && begins(path, start))
        // `pixel.` is what such hosts are called: pixel.newscred.com, pixel.mathtag.com.
        || (host.starts_with("pixel.") && host.matches('.').count() >= 2)
        // FeedBurner and Feedsportal under a publisher's own name: feeds.wired.com/~r/wired/index/~4/…, rss.nytimes.com/c/…/mf.gif.
        || (path.starts_with("/~r/") && path.contains("/~4/"))
        || (path.starts_with("/c/") && path.ends_with("/mf.gif"))
}

/// Whether a path begins with whole segments of `start`.
fn begins(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || start.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_trackers_are_told_from_pictures() {
        for tracker in [
            "http://feeds.feedburner.com/~r/PaulDix/~4/f3eR",
            "http://feeds.wired.com/~r/wired/index/~4/x1y2",
            "http://solidot.org.feedsportal.com/c/33236/f/556826/s/4672b4b1/sc/3/mf.gif",
            "http://rss.example.org/c/1/f/2/s/3/mf.gif",
            "https://ad.doubleclick.net/ad/x;sz=1x1",
            "http://stats.wordpress.com/b.gif?host=x.org&blog=1",
            "https://pixel.wp.com/b.gif?x=1",
            "https://pixel.newscred.com/px.gif",
            "https://www.facebook.com/tr?id=1",
            "http://feeds.wordpress.com/1.0/comments/x/1/",
            "https://s4.cnzz.com/z_stat.php?id=1",
        ] {
            assert!(is_tracker(tracker), "{tracker}");
        }
        for picture in [
            "https://brett.trpstra.net/link/535/16571361.gif",
            "https://feeds.feedburner.com/logo.png",
            "https://onefoottsunami.com/wordpress/wp-content/uploads/tubmanpixels.png",
            "https://img.iplaysoft.com/wp-content/uploads/2016/p/pixel-cup-soccer/1.jpg",
            "https://pixel.com/logo.png",
            "https://notdoubleclick.net/a.png",
            "https://www.facebook.com/photo.jpg",
            "https://www.facebook.com/travel.jpg",
            "https://example.org/c/1/photo.gif",
            "data:image/gif;base64,R0lGOD",
            "/relative.gif",
        ] {
            assert!(!is_tracker(picture), "{picture}");
        }
    }
}
