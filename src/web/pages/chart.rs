//! Pictures of numbers: SVG made on the server by plotters, inside the page, and under each the same numbers as a table.
//!
//! plotters works out scales and axes and writes colours as attributes. The stylesheet takes them as names and puts its own in their place,
//! light or dark: there is no style in the picture, so the Content-Security-Policy needs no exception, and without a stylesheet it is
//! still coloured.

use maud::{Markup, PreEscaped, html};
use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;

use crate::web::language::Language;

/// Units of the picture for one unit of what is spoken of below: plotters rounds to whole units, and narrow columns are to be equally wide.
const FINE: u32 = 4;

/// Width and height. On a phone a picture is about as wide, so that its text has the size that is meant.
const SIZE: (u32, u32) = (360 * FINE, 150 * FINE);

/// Size of the text.
const TEXT: u32 = 14 * FINE;

/// Places for the words left of and below the picture.
const LEFT: u32 = 50 * FINE;
const BELOW: u32 = 23 * FINE;

/// The smallest part of the height that something takes: it is never drawn as nothing.
const PART_MIN: u64 = 40;

/// Width of a place on the scale, and what stays free on either side of its column.
const PLACE: i32 = 10;
const GAP: i32 = 1;

/// Lines across, without that at nothing.
const LINES: usize = 3;

/// The text of the axes, and the lines across.
const SOFT: RGBColor = RGBColor(0x57, 0x5d, 0x66);
const LINE: RGBColor = RGBColor(0xe2, 0xdd, 0xd0);

/// What a series is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// What is looked for.
    Main,
    /// What stands behind it.
    Quiet,
    /// What is not well.
    Bad,
}

impl Ink {
    /// The light theme's colour, by which the stylesheet knows it.
    fn color(self) -> RGBColor {
        match self {
            Self::Main => RGBColor(0x0b, 0x5c, 0xad),
            Self::Quiet => SOFT,
            Self::Bad => RGBColor(0xa6, 0x3d, 0x1a),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Main => "key main",
            Self::Quiet => "key quiet",
            Self::Bad => "key bad",
        }
    }
}

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Columns, those of one place on top of each other.
    Columns,
    /// Lines from place to place, broken where there is no number.
    Lines,
}

/// A place on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its words, for the table.
    pub words: String,
    /// What stands below the axis, where something does.
    pub mark: Option<String>,
}

/// Numbers of one kind, one for each place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series<'a> {
    /// What they are.
    pub name: &'a str,
    /// How they are drawn.
    pub ink: Ink,
    /// The numbers, where there are any.
    pub values: Vec<Option<u64>>,
}

/// A picture.
pub struct Chart<'a> {
    /// What it shows, in words.
    pub title: &'a str,
    /// What the places are: hours, days.
    pub place: &'a str,
    /// From left to right.
    pub places: &'a [Place],
    /// From below.
    pub series: &'a [Series<'a>],
    /// Columns or lines.
    pub shape: Shape,
    /// A number in words.
    pub say: fn(u64) -> String,
}

impl Chart<'_> {
    /// The picture with its title, and the table under it.
    #[must_use]
    pub fn figure(&self, language: Language) -> Markup {
        html! {
            figure.chart {
                figcaption {
                    h2 { (self.title) }
                    @if self.series.len() > 1 {
                        p { @for series in self.series { span class=(series.ink.class()) { (series.name) } " " } }
                    }
                }
                // Without a picture the table is left: it says the same.
                @if let Some(svg) = self.svg() {
                    div role="img" aria-label=(self.words(language)) { (PreEscaped(svg)) }
                }
                (self.table(language))
            }
        }
    }

    /// The picture for who does not see it.
    fn words(&self, language: Language) -> String {
        let most = self.series.iter().map(|series| {
            let most = series.values.iter().flatten().max().copied().unwrap_or_default();
            format!("{} {}", series.name, (self.say)(most))
        });
        let most = most.collect::<Vec<_>>().join(language.pick("，", ", "));
        match language {
            Language::Chinese => format!("{}。最大值：{most}。数字见下表。", self.title),
            Language::English => format!("{}. At most: {most}. The numbers are in the table below.", self.title),
        }
    }

    fn table(&self, language: Language) -> Markup {
        html! {
            details {
                summary { (language.pick("数字", "Numbers")) }
                table {
                    thead { tr {
                        th scope="col" { (self.place) }
                        @for series in self.series { th scope="col" { (series.name) } }
                    } }
                    tbody {
                        @for (at, place) in self.places.iter().enumerate() {
                            tr {
                                th scope="row" { (place.words) }
                                @for series in self.series {
                                    td { (series.values.get(at).copied().flatten().map_or_else(|| "–".to_owned(), self.say)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// `None` where plotters cannot draw it, for which no numbers are known.
    fn svg(&self) -> Option<String> {
        let mut svg = String::new();
        self.draw(&mut svg).inspect_err(|error| tracing::error!(%error, chart = self.title, "a chart cannot be drawn")).ok()?;
        Some(svg)
    }

    fn draw(&self, svg: &mut String) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let from = |at: usize| i32::try_from(at).unwrap_or(i32::MAX).saturating_mul(PLACE);
        let middle = |at: usize| from(at).saturating_add(PLACE / 2);
        let marks: Vec<i32> = self.places.iter().enumerate().filter(|(_, place)| place.mark.is_some()).map(|(at, _)| middle(at)).collect();
        let top = self.top();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(TEXT)
            .margin_right(TEXT)
            .x_label_area_size(BELOW)
            .y_label_area_size(LEFT)
            .build_cartesian_2d((0..from(self.places.len()).max(PLACE)).with_key_points(marks), 0..top)?;
        let mark = |at: &i32| self.places.get(usize::try_from(at / PLACE).ok()?)?.mark.clone();
        chart
            .configure_mesh()
            .disable_x_mesh()
            .y_labels(LINES + 1)
            // Lines between the lines, which are not seen: for none at all plotters would look for ever.
            .y_max_light_lines(1)
            .light_line_style(TRANSPARENT)
            .bold_line_style(LINE.stroke_width(FINE))
            .axis_style(LINE.stroke_width(FINE))
            .label_style(("sans-serif", TEXT).into_font().color(&SOFT))
            .x_label_formatter(&|at| mark(at).unwrap_or_default())
            .y_label_formatter(&|value| (self.say)(*value))
            .draw()?;
        match self.shape {
            Shape::Columns => {
                let mut below = vec![0; self.places.len()];
                for series in self.series {
                    let columns = series.values.iter().zip(&mut below).enumerate().filter_map(|(at, (value, below))| {
                        let height = value.filter(|value| *value > 0)?.max(top / PART_MIN);
                        let bottom = *below;
                        *below += height;
                        Some(Rectangle::new([(from(at) + GAP, bottom), (from(at) + PLACE - GAP, *below)], series.ink.color().filled()))
                    });
                    chart.draw_series(columns)?;
                }
            }
            Shape::Lines => {
                for series in self.series {
                    let numbered: Vec<_> =
                        series.values.iter().enumerate().map(|(at, value)| value.map(|value| (middle(at), value))).collect();
                    for line in numbered.split(Option::is_none) {
                        let points: Vec<_> = line.iter().copied().flatten().collect();
                        // A point with nothing on either side makes no line.
                        chart.draw_series(points.iter().map(|point| Circle::new(*point, 2 * FINE, series.ink.color().filled())))?;
                        if points.len() > 1 {
                            chart.draw_series([PathElement::new(points, series.ink.color().stroke_width(2 * FINE))])?;
                        }
                    }
                }
            }
        }
        drop(chart);
        root.present()
    }

    /// The upper end of the scale.
    fn top(&self) -> u64 {
        let at = |at: usize| self.series.iter().filter_map(move |series| series.values.get(at).copied().flatten());
        let heights = (0..self.places.len()).map(|place| match self.shape {
            Shape::Columns => at(place).sum(),
            Shape::Lines => at(place).max().unwrap_or_default(),
        });
        let most: u64 = heights.max().unwrap_or_default();
        // What is drawn taller than it is may stand on top of the tallest.
        if most < PART_MIN { most.max(1) } else { most + self.series.len() as u64 * (most / PART_MIN) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::style;

    fn places(count: usize) -> Vec<Place> {
        (0..count).map(|at| Place { words: format!("hour <{at}>"), mark: (at % 6 == 0).then(|| format!("{at}:00")) }).collect()
    }

    fn figure(shape: Shape, series: &[Series<'_>]) -> String {
        let places = places(series[0].values.len());
        let chart = Chart { title: "Polls & hours", place: "Hour", places: &places, series, shape, say: |value| value.to_string() };
        chart.figure(Language::English).into_string()
    }

    fn series(name: &'static str, ink: Ink, values: &[u64]) -> Series<'static> {
        Series { name, ink, values: values.iter().copied().map(Some).collect() }
    }

    #[test]
    fn a_column_stands_for_each_number_and_what_is_little_is_seen() {
        let page = figure(Shape::Columns, &[series("new", Ink::Main, &[0, 1, 1_000])]);
        let tall = regex::Regex::new(r##"<rect [^>]*height="(\d+)"[^>]*fill="#0B5CAD""##).unwrap();
        let heights: Vec<u32> = tall.captures_iter(&page).map(|found| found[1].parse().unwrap()).collect();
        assert!(matches!(heights[..], [small, tall] if small >= 2 * FINE && tall > SIZE.1 / 2), "{heights:?} in {page}");
    }

    #[test]
    fn columns_of_one_place_stand_on_each_other_inside_of_the_picture() {
        let page = figure(Shape::Columns, &[series("a", Ink::Quiet, &[5_000]), series("b", Ink::Main, &[1]), series("c", Ink::Bad, &[1])]);
        let rect = regex::Regex::new(r##"<rect x="\d+" y="(-?\d+)" width="\d+" height="(\d+)""##).unwrap();
        let found: Vec<(i32, i32)> =
            rect.captures_iter(&page).map(|found| (found[1].parse().unwrap(), found[2].parse().unwrap())).collect();
        assert_eq!(found.len(), 3, "{page}");
        assert!(found.windows(2).all(|pair| pair[1].0 + pair[1].1 <= pair[0].0 + 1) && found.iter().all(|(y, _)| *y >= 0), "{found:?}");
    }

    #[test]
    fn a_line_is_broken_where_there_is_no_number() {
        let values = vec![Some(1), Some(2), None, Some(3), None, Some(2), Some(1)];
        let page = figure(Shape::Lines, &[Series { name: "median", ink: Ink::Main, values }]);
        assert_eq!(page.matches("stroke=\"#0B5CAD\" stroke-width=\"8\" points").count(), 2, "{page}");
        assert_eq!(page.matches("<circle").count(), 5);
    }

    #[test]
    fn p15_a_chart_needs_no_exception_and_who_does_not_see_it_is_told_the_same() {
        let page = figure(Shape::Columns, &[series("changed", Ink::Main, &[3; 24]), series("failed", Ink::Bad, &[1; 24])]);
        for bad in ["style", "<script", "href", "<image", "<?xml"] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
        assert!(page.contains("role=\"img\" aria-label=\"Polls &amp; hours. At most: changed 3, failed 1."), "{page}");
        assert!(page.contains("<th scope=\"row\">hour &lt;23&gt;</th><td>3</td><td>1</td>"), "{page}");
        assert!(page.contains("18:00") && page.len() < 10_000, "{} bytes", page.len());
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        for shape in [Shape::Columns, Shape::Lines] {
            assert!(figure(shape, &[series("none", Ink::Main, &[])]).contains("</svg>"));
            assert!(figure(shape, &[series("none", Ink::Main, &[0; 24])]).contains("</svg>"));
        }
        assert!(figure(Shape::Columns, &[series("many", Ink::Main, &[u64::from(u32::MAX); 3])]).contains("</svg>"));
    }

    #[test]
    fn every_colour_of_a_chart_is_one_that_the_stylesheet_knows() {
        let light = style::PAGES.lines().next().unwrap();
        for (RGBColor(red, green, blue), variable) in
            [(Ink::Main.color(), "--link"), (Ink::Quiet.color(), "--soft"), (Ink::Bad.color(), "--mark"), (LINE, "--line")]
        {
            let color = format!("#{red:02X}{green:02X}{blue:02X}");
            assert!(light.contains(&format!("{variable}: {}", color.to_lowercase())), "{variable} is {color} in the light theme");
            for attribute in ["fill", "stroke"] {
                let rule = format!(".chart [{attribute}=\"{color}\"] {{ {attribute}: var({variable}); }}");
                assert!(style::PAGES.contains(&rule), "{rule} is not in style.css");
            }
        }
    }
}
