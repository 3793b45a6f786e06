//! WCAG 2.1, AA: text stands out from what is behind it (1.4.3), and so do signs that are not text (1.4.11). In both themes.

use std::collections::BTreeMap;

use super::{FEEDS, PAGES};

/// For text of any size, and for signs.
const TEXT_MIN: f64 = 4.5;
const SIGN_MIN: f64 = 3.0;

/// What is written with, and what is written on. `paper` on `ink` is `ink` on `paper`.
const INKS: [&str; 4] = ["--ink", "--soft", "--link", "--mark"];
const GROUNDS: [&str; 4] = ["--paper", "--card", "--tag", "--hit"];

type Colors = BTreeMap<String, String>;

/// The contrast of two colours `#rrggbb`: their relative luminances as WCAG 2 defines them.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |color: &str| {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        assert_eq!((&color[..1], color.len()), ("#", 7), "{color}");
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Selectors and declarations of a stylesheet without nesting.
fn rules(css: &str) -> Vec<(String, Colors)> {
    let declarations = |text: &str| {
        let pairs = text.split(';').filter_map(|one| one.split_once(':'));
        pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
    };
    css.split('}')
        .filter_map(|rule| rule.split_once('{'))
        .map(|(selector, rest)| (selector.trim().to_owned(), declarations(rest)))
        .collect()
}

/// The variables of the themes of the pages: light, dark as the system says, dark as the reader says.
fn themes() -> [Colors; 3] {
    let (light, rest) = PAGES.split_once("@media").unwrap();
    let (_, system) = rest.lines().next().unwrap().split_once('{').unwrap();
    let chosen = PAGES.lines().find(|line| line.starts_with(":root[data-theme=dark]")).unwrap();
    [light, system, chosen].map(|css| rules(css).remove(0).1)
}

#[test]
fn the_formula_is_that_of_wcag() {
    // Values that its authors publish.
    for (one, other, expected) in [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)] {
        assert!((contrast(one, other) - expected).abs() < 0.005, "{one} {other}: {}", contrast(one, other));
    }
}

#[test]
fn text_of_pages_stands_out_in_every_theme() {
    for theme in themes() {
        for ink in INKS {
            for ground in GROUNDS {
                let found = contrast(&theme[ink], &theme[ground]);
                assert!(found >= TEXT_MIN, "{ink} {} on {ground} {}: {found:.2}", theme[ink], theme[ground]);
            }
        }
    }
    let [_, system, chosen] = themes();
    let colors =
        |theme: &Colors| theme.iter().filter(|(name, _)| name.starts_with("--")).map(|(a, b)| (a.clone(), b.clone())).collect::<Vec<_>>();
    assert_eq!(colors(&system), colors(&chosen), "dark is dark, whoever asks for it");
}

#[test]
fn pages_use_no_colours_but_these() {
    let signs = ["#2e8b57", "#d0342c"];
    let after_themes = PAGES.split_once(":root[data-theme=light]").unwrap().1;
    for (selector, declared) in rules(after_themes) {
        let named = |value: &str| value.strip_prefix("var(").and_then(|name| name.strip_suffix(')')).map(str::to_owned);
        if let Some(color) = declared.get("color") {
            let reversed = color == "var(--paper)" && declared.get("background").map(String::as_str) == Some("var(--ink)");
            let is_known = color == "inherit" || reversed || named(color).is_some_and(|name| INKS.contains(&name.as_str()));
            assert!(is_known, "{selector}: {color}");
        }
        if let Some(color) = declared.get("background").filter(|color| *color != "none" && !selector.contains("::before")) {
            let is_known = named(color).is_some_and(|name| name == "--ink" || GROUNDS.contains(&name.as_str()));
            assert!(is_known, "{selector}: {color}");
        }
        for sign in declared.values().filter(|value| value.starts_with('#')) {
            assert!(signs.contains(&sign.as_str()), "{selector}: {sign}");
        }
    }
    for theme in themes() {
        for sign in signs.into_iter().chain(["--link", "--soft", "--mark"].map(|name| theme[name].as_str())) {
            for ground in ["--paper", "--card"] {
                let found = contrast(sign, &theme[ground]);
                assert!(found >= SIGN_MIN, "{sign} on {ground} {}: {found:.2}", theme[ground]);
            }
        }
    }
}

#[test]
fn text_of_feeds_in_a_browser_stands_out_in_both_themes() {
    // Behind the comment and the names of namespaces.
    let (_, rules_only) = FEEDS.split_once("content/\";").unwrap();
    let (light, dark) = rules_only.split_once("@media (prefers-color-scheme: dark) {").unwrap();
    let by_selector = |css: &str, of: &str| {
        let mut found = Colors::new();
        for (selectors, declared) in rules(css) {
            for selector in selectors.split(',').filter(|_| declared.contains_key(of)) {
                found.insert(selector.trim().to_owned(), declared[of].clone());
            }
        }
        found
    };
    let (mut colors, mut grounds) = (by_selector(light, "color"), by_selector(light, "background"));
    for theme in ["light", "dark"] {
        if theme == "dark" {
            colors.extend(by_selector(dark, "color"));
            grounds.extend(by_selector(dark, "background"));
        }
        assert!(colors.len() > 8 && grounds.len() == 4, "{colors:?} {grounds:?}");
        for (selector, color) in &colors {
            let found = contrast(color, &grounds["rss"]);
            assert!(found >= TEXT_MIN, "{theme}, {selector}: {found:.2}");
        }
        // What stands in the box inherits its colour.
        for root in ["rss", "feed"] {
            let found = contrast(&colors[root], &grounds[&format!("{root}::before")]);
            assert!(found >= TEXT_MIN, "{theme}, the box of {root}: {found:.2}");
        }
    }
}
