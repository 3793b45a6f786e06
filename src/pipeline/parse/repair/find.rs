//! Searching for the ends of comments, CDATA sections and instructions, each in vain once only.

use memchr::memmem;

use super::walk::Walk;

/// What a search looks for.
#[derive(Clone, Copy)]
pub(super) enum End {
    Comment,
    Cdata,
    Instruction,
    Angle,
}

impl End {
    fn text(self) -> &'static str {
        match self {
            Self::Comment => "-->",
            Self::Cdata => "]]>",
            Self::Instruction => "?>",
            Self::Angle => ">",
        }
    }
}

impl Walk<'_> {
    /// Behind the next `end` at or after `at`.
    pub(super) fn find(&self, at: usize, end: End) -> Option<usize> {
        let mut absent = self.absent.get();
        if absent[end as usize].is_some_and(|from| from <= at) {
            return None;
        }
        let found = memmem::find(&self.text.as_bytes()[at..], end.text().as_bytes()).map(|length| at + length + end.text().len());
        if found.is_none() {
            absent[end as usize] = Some(at);
            self.absent.set(absent);
        }
        found
    }

    /// Behind the CDATA section at `at`, and whether it is closed; if not, it goes to the end tag of `inside`, or of the document.
    pub(super) fn cdata_end(&self, at: usize, inside: Option<&str>) -> (usize, bool) {
        let start = at + 9;
        if let Some(end) = self.find(start, End::Cdata) {
            return (end, true);
        }
        let end = inside.and_then(|name| memmem::find(&self.text.as_bytes()[start..], format!("</{name}").as_bytes()));
        (end.map_or(self.text.len(), |length| start + length), false)
    }
}

/// Whether `rest`, behind a `<`, begins a CDATA section (in whichever case).
pub(super) fn is_cdata(rest: &[u8]) -> bool {
    rest.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"![CDATA["))
}
