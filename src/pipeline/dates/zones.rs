//! Names of zones, as RFC 822, mail programs and content systems write them.

use chrono_tz::Tz;

/// A zone found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Minutes east of Greenwich.
    Minutes(i32),
    /// A place.
    Place(Tz),
}

/// Abbreviations and their minutes east of Greenwich. Where an abbreviation means several zones, the one most feeds mean.
const NAMES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("met", 60),
    ("mez", 60),
    ("mest", 120),
    ("mesz", 120),
    ("cet", 60),
    ("cest", 120),
    ("sast", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("ist", 330),
    ("npt", 345),
    ("ict", 420),
    ("wib", 420),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("acdt", 630),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("art", -180),
    ("nst", -210),
    ("ndt", -150),
    ("adt", -180),
    ("ast", -240),
    ("at", -240),
    ("edt", -240),
    ("est", -300),
    ("et", -300),
    ("cdt", -300),
    ("cst", -360),
    ("ct", -360),
    ("mdt", -360),
    ("mst", -420),
    ("mt", -420),
    ("pdt", -420),
    ("pst", -480),
    ("pt", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
    // The military letters that RFC 822 lists (with the signs it lists them with).
    ("a", -60),
    ("m", -720),
    ("n", 60),
    ("y", 720),
];

/// The zone that `word` (lower case) names. `home` tells China's CST from America's.
pub(super) fn named(word: &str, home: Option<Tz>) -> Option<Zone> {
    if word == "cst" && home.is_some_and(is_chinese) {
        return Some(Zone::Minutes(480));
    }
    NAMES.iter().find(|(name, _)| *name == word).map(|(_, minutes)| Zone::Minutes(*minutes))
}

/// `asia/shanghai`, `etc/gmt`: a place of the time zone database, lower case.
pub(super) fn place(area: &str, city: &str) -> Option<Zone> {
    let name = format!("{area}/{city}");
    chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&name)).copied().map(Zone::Place)
}

fn is_chinese(zone: Tz) -> bool {
    matches!(
        zone,
        Tz::Asia__Shanghai | Tz::Asia__Chongqing | Tz::Asia__Chungking | Tz::Asia__Harbin | Tz::Asia__Urumqi | Tz::Asia__Kashgar | Tz::PRC
    ) || matches!(zone, Tz::Asia__Taipei | Tz::ROC | Tz::Asia__Macau | Tz::Asia__Macao | Tz::Asia__Hong_Kong | Tz::Hongkong)
}
