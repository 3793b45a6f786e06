//! What a command prints on, and how: plain lines to a pipe, colours and tables on a terminal.

use std::io::{IsTerminal as _, Read as _, Write};

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};

/// Longest answer read from a person, in bytes.
const ANSWER_BYTES_MAX: u64 = 1_000;

/// Where a command prints.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// A person sits in front of the output.
    pub interactive: bool,
    colour: bool,
    /// Whoever read our output has gone (`feedmill list | head`): say no more, and it is no error.
    closed: bool,
}

impl Terminal {
    /// The process's own output.
    #[must_use]
    pub fn of_process() -> Self {
        let interactive = std::io::stdout().is_terminal();
        // https://no-color.org
        let wanted =
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            interactive,
            colour: interactive && wanted,
            closed: false,
        }
    }

    /// An output of the caller's own, for tests: nobody sits in front of it.
    #[must_use]
    pub fn into(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { out, err, interactive: false, colour: false, closed: false }
    }

    /// A line of what was asked for.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.bytes(format!("{}\n", text.as_ref()).as_bytes());
    }

    /// What was asked for, as it is.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if !self.closed && (self.out.write_all(bytes).is_err() || self.out.flush().is_err()) {
            self.closed = true;
        }
    }

    /// A line about the work, beside what was asked for.
    pub fn note(&mut self, text: impl AsRef<str>) {
        // Where the error output is closed there is nobody to tell.
        let _ = writeln!(self.err, "{}", text.as_ref());
    }

    /// The text in a colour, where colours are shown.
    #[must_use]
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        if self.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8) } else { text.to_owned() }
    }

    /// A table: aligned by display width, so that Chinese fits; wrapped and coloured on a terminal only.
    pub fn table(&mut self, header: &[&str], rows: Vec<Vec<Painted>>) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let arrangement = if self.interactive { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
        table.set_content_arrangement(arrangement);
        if !self.colour {
            table.force_no_tty();
        }
        table.set_header(header.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
        for row in rows {
            table.add_row(row.into_iter().map(|(text, colour)| match colour {
                Some(colour) => Cell::new(text).fg(colour.of_table()),
                None => Cell::new(text),
            }));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let shown: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        self.line(shown.join("\n"));
    }

    /// Asks a person for a line. `None` where nobody can answer.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        if !self.interactive || !std::io::stdin().is_terminal() {
            return None;
        }
        self.bytes(question.as_bytes());
        let mut answer = Vec::new();
        for byte in std::io::stdin().lock().take(ANSWER_BYTES_MAX).bytes() {
            match byte {
                Ok(b'\n') => break,
                Ok(byte) => answer.push(byte),
                Err(_) => return None,
            }
        }
        Some(String::from_utf8_lossy(&answer).trim().to_owned())
    }
}

/// The few colours that are used, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Something is wrong.
    Red = 31,
    /// All is well.
    Green = 32,
    /// Something should be known.
    Yellow = 33,
}

impl Colour {
    fn of_table(self) -> comfy_table::Color {
        match self {
            Self::Red => comfy_table::Color::Red,
            Self::Green => comfy_table::Color::Green,
            Self::Yellow => comfy_table::Color::Yellow,
        }
    }
}

/// A text of a table, and its colour.
pub type Painted = (String, Option<Colour>);

/// A publisher's text as one line that cannot move the cursor, colour the terminal or turn the direction of reading (S13).
#[must_use]
pub fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c };
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let text: String = text.chars().filter(|c| !turns(c)).map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, cut to a number of characters.
#[must_use]
pub fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// How long ago, or in how long, in one unit: `2h`, `3 days`.
#[must_use]
pub fn roughly(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    match seconds {
        0..=89 => format!("{seconds}s"),
        90..=5_399 => format!("{}m", seconds.div_euclid(60)),
        5_400..=172_799 => format!("{}h", seconds.div_euclid(3_600)),
        _ => format!("{} days", seconds.div_euclid(86_400)),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::{Arc, Mutex};

    /// What was printed, for tests.
    #[derive(Clone, Default)]
    pub struct Printed(Arc<Mutex<Vec<u8>>>);

    impl Printed {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl std::io::Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Printed;
    use super::*;

    #[test]
    fn columns_stand_under_each_other_with_chinese_names() {
        let out = Printed::default();
        let mut terminal = Terminal::into(Box::new(out.clone()), Box::new(Printed::default()));
        let row = |name: &str| vec![(name.to_owned(), None), ("x".to_owned(), Some(Colour::Red))];
        terminal.table(&["Name", "State"], vec![row("阮一峰的网络日志"), row("36kr")]);
        assert_eq!(out.text(), "Name              State\n阮一峰的网络日志  x\n36kr              x\n");
    }

    #[test]
    fn s13_a_publishers_text_cannot_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[31m\nb\u{202e}c\u{2028} d"), "a [31m bc d");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("大模型来了", 3), "大模型…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!((roughly(60), roughly(-7_200), roughly(864_000)), ("60s".into(), "2h".into(), "10 days".into()));
    }
}
