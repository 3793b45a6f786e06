//! Start and end tags put into the order that HTML wants, so that strict readers see no stray ones: what a browser would repair in silence
//! (a list inside a paragraph, `</p>` after it) is repaired here, and nothing else is changed.

use super::super::text::is_xml_char;

/// Elements open at once; deeper ones are left out, their text staying.
const DEPTH_MAX: usize = 256;

/// Elements that have no content.
const VOID: &[&str] = &["br", "col", "hr", "img", "source", "track", "wbr"];

/// Elements before which an open paragraph ends (HTML, 13.2.6.4.7).
const ENDS_PARAGRAPH: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dir",
    "div",
    "dl",
    "dd",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "header",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
];

/// Elements past which an end tag does not reach.
const WALLS: &[&str] = &["table", "td", "th", "caption"];

/// Output, with the elements that are open in it.
pub struct Nesting {
    out: String,
    open: Vec<String>,
}

impl Nesting {
    /// Nothing yet; about so many bytes to come.
    pub fn new(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes + bytes / 8), open: Vec::new() }
    }

    /// Text, and markup that is whole in itself.
    pub fn text(&mut self, text: &str) {
        self.out.extend(text.chars().filter(|c| is_xml_char(*c)));
    }

    /// A start tag, as it is to be printed.
    pub fn start(&mut self, name: &str, printed: &str) {
        if ENDS_PARAGRAPH.contains(&name) {
            self.close_through("p", &["table", "td", "th", "caption"]);
        }
        match name {
            "li" => self.close_through("li", &["ul", "ol", "menu", "dir", "table", "td", "th", "blockquote", "div"]),
            "dt" | "dd" => {
                self.close_through("dt", &["dl", "table", "td", "th", "div"]);
                self.close_through("dd", &["dl", "table", "td", "th", "div"]);
            }
            "td" | "th" => {
                self.close_through("td", &["tr", "table"]);
                self.close_through("th", &["tr", "table"]);
            }
            "tr" => self.close_through("tr", &["table"]),
            "tbody" | "thead" | "tfoot" => ["tbody", "thead", "tfoot"].iter().for_each(|part| self.close_through(part, &["table"])),
            // A link in a link, a heading right inside a heading: the first one ends.
            "a" => self.close_through("a", &["table", "td", "th", "caption"]),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                if let Some(heading) = self.open.last().filter(|last| is_heading(last)).cloned() {
                    self.close_through(&heading, &[]);
                }
            }
            _ => {}
        }
        if VOID.contains(&name) {
            self.out.push_str(printed);
        } else if self.open.len() < DEPTH_MAX {
            match printed.strip_suffix("/>") {
                // HTML knows no `<p/>`: it would open one.
                Some(open) => self.out.push_str(&format!("{open}></{name}>")),
                None => {
                    self.out.push_str(printed);
                    self.open.push(name.to_owned());
                }
            }
        }
    }

    /// An end tag; a stray one is left out.
    pub fn end(&mut self, name: &str) {
        let walls: &[&str] =
            if matches!(name, "table" | "tr" | "td" | "th" | "caption" | "tbody" | "thead" | "tfoot") { &[] } else { WALLS };
        self.close_through(name, walls);
    }

    /// All that was written, everything closed.
    pub fn finish(mut self) -> String {
        while let Some(name) = self.open.pop() {
            self.out.push_str(&format!("</{name}>"));
        }
        self.out
    }

    /// Closes the innermost `name` and all in it, if it is open and none of `walls` stands between.
    fn close_through(&mut self, name: &str, walls: &[&str]) {
        let place = self.open.iter().rposition(|open| open == name || walls.contains(&open.as_str()));
        let Some(place) = place.filter(|place| self.open[*place] == name) else { return };
        while self.open.len() > place {
            if let Some(name) = self.open.pop() {
                self.out.push_str(&format!("</{name}>"));
            }
        }
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
