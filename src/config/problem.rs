//! What is wrong with a file that a person wrote: where, what, and what to write instead.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Problems printed in full; more are counted.
const PROBLEMS_SHOWN_MAX: usize = 50;
/// Widest part of a source line that is printed, in terminal cells.
const LINE_CELLS_MAX: usize = 120;
/// Cells kept before the place when a line is too wide.
const LINE_CELLS_BEFORE: usize = 40;

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user named it.
    pub file_name: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
    /// The offending text.
    pub text: String,
    /// The line it stands in, ready to print: no control characters, no passwords.
    shown_line: String,
    /// Cells before the offending text in `shown_line`, and its width.
    caret: (usize, usize),
}

impl Problem {
    /// A problem of the whole file: nothing to point at.
    #[must_use]
    pub fn of_file(file_name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { file_name: file_name.to_owned(), line: 1, column: 1, message, text: String::new(), shown_line: String::new(), caret: (0, 0) }
    }

    /// A problem at a range of bytes of `file_text`. The range may lie anywhere: it is cut to what is there.
    #[must_use]
    pub fn at(file_name: &str, file_text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor_boundary(file_text, span.start);
        let end = floor_boundary(file_text, span.end.max(start));
        let line_start = file_text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = file_text[start..].find('\n').map_or(file_text.len(), |at| start + at);
        let line_text = file_text[line_start..line_end].trim_end_matches('\r');
        let before = &file_text[line_start..start];
        let marked = &file_text[start..end.min(line_end)];
        let (shown_line, caret) = show(line_text, before, marked);
        Self {
            file_name: file_name.to_owned(),
            line: file_text[..line_start].matches('\n').count() + 1,
            column: before.chars().count() + 1,
            message: message.into(),
            text: hide_passwords(&file_text[start..end]),
            shown_line,
            caret,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shown_line.is_empty() {
            return write!(f, "{}: {}", self.file_name, self.message);
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}:{}:{}: {}", self.file_name, self.line, self.column, self.message)?;
        writeln!(f, "  {number} | {}", self.shown_line)?;
        write!(f, "  {margin} | {}{}", " ".repeat(self.caret.0), "^".repeat(self.caret.1))
    }
}

/// Everything that is wrong with a file, in the order of the file. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    /// How many there are beyond those in the list.
    more: usize,
}

impl Problems {
    /// Takes the problems, sorts them by place, and leaves out repeats; `more` were found beyond them.
    #[must_use]
    pub fn new(mut list: Vec<Problem>, more: usize) -> Self {
        list.sort_by(|a, b| (a.line, a.column, &a.message).cmp(&(b.line, b.column, &b.message)));
        list.dedup();
        Self { list, more }
    }

    /// The problems in the order of the file.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many there are, those that are not in the list included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { list: vec![problem], more: 0 }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.list.iter().take(PROBLEMS_SHOWN_MAX).enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.count().saturating_sub(PROBLEMS_SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A character as it is printed, so that nothing in a file can move the cursor or colour the terminal (S13).
fn printable(c: char) -> String {
    match c {
        '\t' => "    ".into(),
        c if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') => {
            c.escape_unicode().to_string()
        }
        c => c.to_string(),
    }
}

fn cells(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

fn show(line: &str, before: &str, marked: &str) -> (String, (usize, usize)) {
    let hidden = hide_passwords(line);
    if hidden != line {
        return (hidden, (0, 1));
    }
    let shown = |text: &str| text.chars().map(printable).collect::<String>();
    let (mut text, mut start) = (shown(line), cells(&shown(before)));
    if cells(&text) > LINE_CELLS_MAX && start > LINE_CELLS_BEFORE {
        let mut dropped = 0;
        let from = text.char_indices().find(|(_, c)| {
            let enough = start - dropped <= LINE_CELLS_BEFORE;
            dropped += if enough { 0 } else { c.width().unwrap_or(0) };
            enough
        });
        text = format!("…{}", from.map_or("", |(at, _)| &text[at..]));
        start = start - dropped + 1;
    }
    let mut room = LINE_CELLS_MAX;
    let cut = text.char_indices().find(|(_, c)| {
        let width = c.width().unwrap_or(0);
        let full = width > room;
        room = room.saturating_sub(width);
        full
    });
    if let Some((at, _)) = cut {
        text.truncate(at);
        text.push('…');
    }
    let most = (cells(&text) + 1).saturating_sub(start).max(1);
    (text, (start, cells(&shown(marked)).clamp(1, most)))
}

/// `https://anna:secret@host` becomes `https://…@host`: problems are printed and logged, and passwords are not.
#[must_use]
pub fn hide_passwords(text: &str) -> String {
    let Some(scheme) = text.find("://") else { return text.to_owned() };
    let after = scheme + 3;
    let end = text[after..].find(['/', '"', '\'', ' ', '?', '#', ',']).map_or(text.len(), |at| after + at);
    match text[after..end].rfind('@') {
        Some(at) => format!("{}…{}", &text[..after], hide_passwords(&text[after + at..])),
        None => format!("{}{}", &text[..end], hide_passwords(&text[end..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_text_after_chinese() {
        let text = "title = \"科技\" intervall = 1\n";
        let at = text.find("intervall").unwrap();
        let shown = Problem::at("feeds.toml", text, at..at + 9, "no").to_string();
        // 科技 are two characters and four cells.
        assert_eq!(shown, "feeds.toml:1:14: no\n  1 | title = \"科技\" intervall = 1\n    |                ^^^^^^^^^");
    }

    #[test]
    fn a_very_long_line_is_shown_around_the_place() {
        let text = format!("a = \"{}\" bad {}", "科".repeat(300), "x".repeat(300));
        let at = text.find("bad").unwrap();
        let shown = Problem::at("f", &text, at..at + 3, "no").to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(cells(lines[1]) < LINE_CELLS_MAX + 10, "{shown}");
        let caret = cells(&lines[2][..lines[2].find('^').unwrap()]);
        let place = lines[1].find("bad").unwrap();
        assert_eq!(caret, cells(&lines[1][..place]), "{shown}");
    }

    #[test]
    fn s13_a_file_cannot_colour_the_terminal() {
        let shown = Problem::at("f", "a = \u{1b}[31m\u{202e}", 4..5, "no").to_string();
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
    }

    #[test]
    fn a_password_is_not_printed() {
        let text = "url = \"https://anna:hunter2@example.org/feed\"";
        let problem = Problem::at("f", text, 6..text.len(), "no");
        assert!(!format!("{problem} {problem:?}").contains("hunter2"), "{problem:?}");
    }

    #[test]
    fn ranges_outside_the_text_are_cut() {
        let problem = Problem::at("f", "科", 1..99, "no");
        assert_eq!((problem.line, problem.column), (1, 1));
        let problem = Problem::at("f", "", 7..9, "no");
        assert_eq!((problem.line, problem.column), (1, 1));
    }

    #[test]
    fn more_than_fifty_are_counted() {
        let list = (0..60).map(|at| Problem::at("f", &"x\n".repeat(60), at * 2..at * 2 + 1, "no")).collect();
        let shown = Problems::new(list, 0).to_string();
        assert!(shown.ends_with("and 10 more"), "{shown}");
        assert_eq!(shown.matches('^').count(), 50);
    }
}
