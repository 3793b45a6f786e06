//! One table of feeds.toml being read: every value asked for by name and kind, every mistake reported with its place.

use std::cell::{Cell, RefCell};
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::schema::{Kind, OTHER_WORDS, TABLES, Table};
use crate::model::words::nearest;

/// Longest text taken as a value, in bytes; a prompt is the longest that makes sense.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Problems that are kept with their places; the rest is counted, since each place is looked up in the whole file.
const PROBLEMS_KEPT_MAX: usize = 1_000;
/// Longest list taken as a value.
const LIST_MAX: usize = 1_000;

/// A value that is not what it should be: why, and where in it if not all of it.
#[derive(Debug)]
pub struct Wrong {
    /// What is wrong, and what to write instead.
    pub message: String,
    /// The bytes of the text that it is about.
    pub at: Option<Range<usize>>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self { message, at: None }
    }
}

impl From<&str> for Wrong {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// The file, and what has been found wrong with it.
pub struct Report<'f> {
    /// The name of the file.
    pub file_name: &'f str,
    /// All of it.
    pub file_text: &'f str,
    errors: RefCell<Vec<Problem>>,
    more: Cell<usize>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'f> Report<'f> {
    /// Nothing wrong yet.
    pub fn new(file_name: &'f str, file_text: &'f str) -> Self {
        Self { file_name, file_text, errors: RefCell::default(), more: Cell::default(), warnings: RefCell::default() }
    }

    /// This cannot be used.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < PROBLEMS_KEPT_MAX {
            errors.push(Problem::at(self.file_name, self.file_text, span, message));
        } else {
            self.more.set(self.more.get() + 1);
        }
    }

    /// This can be used, but a person should know.
    pub fn warn(&self, span: Range<usize>, message: impl Into<String>) {
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < PROBLEMS_KEPT_MAX {
            warnings.push(Problem::at(self.file_name, self.file_text, span, message));
        }
    }

    /// The same, about the file as a whole.
    pub fn warn_of_file(&self, message: impl Into<String>) {
        self.warnings.borrow_mut().push(Problem::of_file(self.file_name, message));
    }

    /// Errors, how many more there are, and warnings.
    pub fn into_parts(self) -> (Vec<Problem>, usize, Vec<Problem>) {
        (self.errors.into_inner(), self.more.get(), self.warnings.into_inner())
    }
}

/// A key and its value.
type Entry<'t> = (&'t str, &'t Spanned<DeValue<'t>>);

fn entries<'t>(table: &'t DeTable<'t>) -> Rc<[Entry<'t>]> {
    table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)).collect()
}

/// One table being read.
#[derive(Clone)]
pub struct Section<'t> {
    /// What stands in the table; `None`: it is not there. Twenty keys are looked for in each of thousands of sources that have three, and going
    /// through the tree of a [`DeTable`] takes ten times as long.
    values: Option<Rc<[Entry<'t>]>>,
    schema: &'static Table,
    report: &'t Report<'t>,
    span: Range<usize>,
}

impl<'t> Section<'t> {
    /// A table that is not in the file: everything has its default.
    pub fn absent(schema: &'static Table, report: &'t Report<'t>) -> Self {
        Self { values: None, schema, report, span: 0..0 }
    }

    /// The table in `value`. Reports every key that the schema does not know.
    pub fn open(value: &'t Spanned<DeValue<'t>>, schema: &'static Table, report: &'t Report<'t>) -> Self {
        let span = value.span();
        let DeValue::Table(table) = value.get_ref() else {
            let advice =
                if matches!(value.get_ref(), DeValue::Array(_)) { "single brackets: it stands once" } else { "a header of its own line" };
            report.error(span, format!("{} is a table; write {} with {advice}", schema.name, schema.header()));
            return Self::absent(schema, report);
        };
        for key in table.keys() {
            if schema.key(key.get_ref()).is_none() {
                report.error(key.span(), unknown_key(key.get_ref(), schema));
            }
        }
        Self { values: Some(entries(table)), schema, report, span }
    }

    /// A table that has been opened before: its unknown keys are reported already.
    pub fn reopen(value: &'t Spanned<DeValue<'t>>, schema: &'static Table, report: &'t Report<'t>) -> Self {
        Self { values: value.get_ref().as_table().map(entries), schema, report, span: value.span() }
    }

    /// Whether the key stands in the table.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Where the key's value stands, or the table's header.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// Reports a mistake at the key's value.
    pub fn error(&self, key: &str, message: impl Into<String>) {
        self.report.error(self.place(key), message);
    }

    /// Reports something worth knowing at the key's value.
    pub fn warn(&self, key: &str, message: impl Into<String>) {
        self.report.warn(self.place(key), message);
    }

    /// A key that must be there. Reports where it is not.
    pub fn need(&self, key: &str) {
        if self.values.is_some() && !self.has(key) {
            let example = self.schema.key(key).map_or("", |key| key.example);
            self.report.error(self.span.clone(), format!("{} has no {key}; add a line such as {key} = {example}", self.schema.header()));
        }
    }

    /// A text that `read` understands. Reports what it does not.
    pub fn parse<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let value = self.value(key)?;
        self.read_text(key, key, value, &read)
    }

    /// A text as it stands, without control characters; empty counts as not there.
    pub fn text(&self, key: &str) -> Option<String> {
        self.parse(key, |text| Ok(text.to_owned())).filter(|text| !text.is_empty())
    }

    /// A list of texts, each of which `read` understands. Reports those that it does not.
    pub fn list<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let value = self.value(key)?;
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_kind(key, value);
            return None;
        };
        if array.len() > LIST_MAX {
            self.error(key, format!("{key} has {} entries, and {LIST_MAX} is the most", array.len()));
            return None;
        }
        Some(array.iter().filter_map(|value| self.read_text(key, &format!("{key}: every entry of the list"), value, &read)).collect())
    }

    /// A table of texts, in the order of the file.
    pub fn pairs(&self, key: &str, read: impl Fn(&str, &str) -> Result<(), Wrong>) -> Option<Vec<(String, String)>> {
        let value = self.value(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_kind(key, value);
            return None;
        };
        if table.len() > LIST_MAX {
            self.error(key, format!("{key} has {} entries, and {LIST_MAX} is the most", table.len()));
            return None;
        }
        let mut found: Vec<(usize, (String, String))> = Vec::new();
        for (name, value) in table.iter() {
            let check = |text: &str| read(name.get_ref(), text).map(|()| text.to_owned());
            if let Some(text) = self.read_text(key, &format!("{key}: {}", name.get_ref()), value, &check) {
                found.push((name.span().start, (name.get_ref().to_string(), text)));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        Some(found.into_iter().map(|(_, pair)| pair).collect())
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let DeValue::Boolean(flag) = value.get_ref() else {
            self.wrong_kind(key, value);
            return None;
        };
        Some(*flag)
    }

    /// A whole number within `range`.
    pub fn count(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_kind(key, value);
            return None;
        };
        let read = u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
        let read = read.filter(|number| range.contains(number));
        if read.is_none() {
            self.error(key, format!("{key} must lie between {} and {}", range.start(), range.end()));
        }
        read
    }

    /// The table below this one, where it is there.
    pub fn table(&self, key: &str, schema: &'static Table) -> Section<'t> {
        match self.value(key) {
            Some(value) => Section::open(value, schema, self.report),
            None => Section::absent(schema, self.report),
        }
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        debug_assert!(self.schema.key(key).is_some(), "{key} is not in the schema of {}", self.schema.name);
        self.values.as_ref()?.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn read_text<T>(&self, key: &str, label: &str, value: &'t Spanned<DeValue<'t>>, read: &impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let DeValue::String(text) = value.get_ref() else {
            if label == key {
                self.wrong_kind(key, value);
            } else {
                self.report.error(value.span(), format!("{label} must be text in quotes, not {}", kind_word(value.get_ref())));
            }
            return None;
        };
        if text.len() > TEXT_BYTES_MAX {
            self.report.error(value.span(), format!("{label} has {} bytes, and {TEXT_BYTES_MAX} is the most", text.len()));
            return None;
        }
        match read(text) {
            Ok(read) => Some(read),
            Err(Wrong { message, at }) => {
                let span = at.map_or_else(|| value.span(), |at| self.inside(&value.span(), text, at));
                self.report.error(span, format!("{label}: {message}"));
                None
            }
        }
    }

    /// The place in the file of a range of a decoded text: exact unless the text is written with escapes.
    fn inside(&self, span: &Range<usize>, text: &str, at: Range<usize>) -> Range<usize> {
        let raw = self.report.file_text.get(span.clone()).unwrap_or_default();
        match raw.find(text) {
            Some(begin) => span.start + begin + at.start..span.start + begin + at.end.max(at.start + 1),
            None => span.clone(),
        }
    }

    fn wrong_kind(&self, key: &str, value: &Spanned<DeValue<'_>>) {
        let Some(known) = self.schema.key(key) else { return };
        let here = value.get_ref();
        let message = match (known.kind, here) {
            (Kind::Duration, DeValue::Integer(number)) => {
                let number = number.as_str();
                format!("{key} is a bare number; write a duration with its unit in quotes: \"{number}s\", \"{number}m\" or \"{number}h\"")
            }
            (Kind::Size, DeValue::Integer(number)) => {
                let number = number.as_str();
                format!("{key} is a bare number; write a size with its unit in quotes: \"{number}B\", \"{number}KB\" or \"{number}MB\"")
            }
            (Kind::Flag, DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
                format!("{key} must be {text} without quotes")
            }
            (Kind::Count, DeValue::String(text)) if text.parse::<u64>().is_ok() => format!("{key} must be {text} without quotes"),
            (Kind::Texts, DeValue::String(text)) => format!("{key} must be a list; write {key} = [{text:?}]"),
            (kind, here) => format!("{key} must be {}, not {}; write for example {key} = {}", kind.words(), kind_word(here), known.example),
        };
        self.report.error(value.span(), message);
    }
}

/// The kind of a value as a person says it.
fn kind_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The message for a key that `schema` does not know.
fn unknown_key(typed: &str, schema: &Table) -> String {
    let here = || schema.keys.iter().map(|key| key.name);
    let start = format!("unknown key \"{}\" in {}", typed.escape_debug(), schema.header());
    let lower = typed.to_lowercase();
    let other = OTHER_WORDS.iter().find(|(theirs, ours)| *theirs == lower && schema.key(ours).is_some()).map(|(_, ours)| *ours);
    if let Some(near) = nearest(typed, here()).or(other) {
        return format!("{start}; did you mean \"{near}\"?");
    }
    if let Some(table) = TABLES.iter().find(|table| table.key(typed).is_some()) {
        return format!("{start}; it belongs in {}", table.header());
    }
    format!("{start}; known are {}", here().collect::<Vec<_>>().join(", "))
}
