//! Small pictures of numbers: SVG made on the server, inside the page, coloured by the stylesheet.

use maud::{Markup, html};

/// Height of the tallest bar, in the picture's own units.
const HEIGHT: u64 = 60;

/// Width of a bar and the gap beside it.
const STEP: usize = 8;

/// Bars from left to right, each with its words. `label` says in words what the whole shows.
#[must_use]
pub fn bars(label: &str, bars: &[(String, u64)]) -> Markup {
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    html! {
        svg.chart role="img" aria-label=(label) viewBox=(format!("0 0 {} {}", bars.len() * STEP, HEIGHT + 2)) preserveAspectRatio="none" {
            @for (at, (words, count)) in bars.iter().enumerate() {
                // Something is never drawn as nothing.
                @let height = if *count == 0 { 0 } else { (count * HEIGHT / most).max(2) };
                rect x=(at * STEP) y=(HEIGHT + 1 - height) width=(STEP - 2) height=(height + 1) { title { (words) ": " (count) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_bar_for_each_number_and_words_for_those_who_do_not_see_it() {
        let svg = bars("Articles & hours", &[("a".into(), 0), ("b".into(), 1), ("c".into(), 1000)]).into_string();
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(
            svg.contains("aria-label=\"Articles &amp; hours\"") && svg.contains("height=\"61\"") && svg.contains("height=\"3\""),
            "{svg}"
        );
        assert!(!svg.contains("style="));
    }
}
