//! End tags: those that are there, those that are missing, those that end nothing.

use memchr::memchr2;

use super::DEPTH_MAX;
use super::names::{self, Class};
use super::tags;
use super::walk::{Open, Walk};

impl<'a> Walk<'a> {
    pub(super) fn end_tag(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let Some(name) = tags::name_at(self.text, at + 2) else {
            // `</>`, `</ item>`: closes nothing by name.
            return match memchr2(b'>', b'<', &bytes[at + 1..]) {
                Some(length) if bytes[at + 1 + length] == b'>' => {
                    self.replace(at, at + length + 2, "");
                    at + length + 2
                }
                _ => self.stray(at),
            };
        };
        let name_end = at + 2 + name.len();
        let end = match memchr2(b'>', b'<', &bytes[name_end..]) {
            Some(length) if bytes[name_end + length] == b'>' => name_end + length + 1,
            Some(length) => name_end + length,
            None => bytes.len(),
        };
        let clean = bytes[end - 1] == b'>' && self.text[name_end..end - 1].trim_ascii().is_empty();
        if self.stack.last().is_some_and(|open| open.name == name) && clean {
            self.pop();
            return end;
        }
        match self.stack.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) {
            Some(depth) => {
                if depth + 1 < self.stack.len() {
                    self.note("elements that are not closed");
                }
                while self.stack.len() > depth + 1 {
                    self.close_top(at);
                }
                self.replace(at, end, "");
                self.close_top(end);
            }
            None => {
                self.note("end tags that end nothing");
                self.replace(at, end, "");
            }
        }
        end
    }

    /// An entry cannot stand inside another one.
    pub(super) fn close_entry(&mut self, at: usize) {
        if let Some(depth) = self.stack.iter().rposition(|open| open.class == Class::Entry) {
            self.note("an entry inside an entry");
            while self.stack.len() > depth {
                self.close_top(at);
            }
        }
        while self.stack.len() > DEPTH_MAX / 2 {
            self.close_top(at);
        }
        while self.stack.last().is_some_and(|open| open.class != Class::Other || !names::may_hold_entries(&open.name))
            && self.stack.len() > 1
        {
            self.note("elements that are not closed");
            self.close_top(at);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Open<'a>> {
        let open = self.stack.pop()?;
        if open.class == Class::Markup {
            self.markup_depth -= 1;
        }
        Some(open)
    }

    /// Writes the end tag of the innermost element at `at`.
    pub(super) fn close_top(&mut self, at: usize) {
        if let Some(open) = self.pop() {
            self.replace(at, at, "");
            self.out.push_str("</");
            self.out.push_str(&open.name);
            self.out.push('>');
        }
    }
}
