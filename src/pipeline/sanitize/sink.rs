//! Takes tokens in, keeps the stack of open elements, prints what may stay.

use std::borrow::Cow;
use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};

use super::blanks;
use super::elements::{Action, element};
use super::print::{push_text, tidy};
use super::tag::{self, Read, StartTag};
use super::{DEPTH_MAX, OUTPUT_BYTES_MAX, SanitizeOptions, Sanitized};
use crate::model::SafeHtml;

/// How an open element is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Printed,
    Unwrapped,
    Dropped,
}

/// The name of an element, in lower case.
#[derive(Clone)]
pub(super) enum Name<'a> {
    /// As it stands in the markup.
    Read(Cow<'a, str>),
    /// As the tokenizer gives it.
    Token(LocalName),
}

impl Name<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Read(name) => name,
            Self::Token(name) => name,
        }
    }
}

struct Open<'a> {
    name: Name<'a>,
    how: How,
    is_block: bool,
}

/// The tokenizer hands out shared references only, hence the cell.
pub(super) struct Sink<'a> {
    state: RefCell<State<'a>>,
    /// Stop behind a tag.
    until_tag: bool,
}

pub(super) struct State<'a> {
    options: &'a SanitizeOptions<'a>,
    out: String,
    /// Text since the last thing printed: whether it is blank is known when it ends.
    pending: Cow<'a, str>,
    stack: Vec<Open<'a>>,
    /// Start tags beyond [`DEPTH_MAX`] that still wait for their end tags.
    too_deep: usize,
    /// Open elements that are dropped with what is inside.
    dropped: usize,
    /// Open `pre` elements: blanks count inside.
    pre: usize,
    /// Open `noscript` elements: their inside is text to some browsers and markup to others.
    noscript: usize,
    /// The element whose raw text is being skipped.
    skipping: Option<Name<'a>>,
    cover: Option<String>,
    text: String,
}

impl<'a> Sink<'a> {
    /// Goes on from `state`; with `until_tag`, the tokenizer stops behind the first tag that no raw text follows.
    pub(super) fn of(state: State<'a>, until_tag: bool) -> Self {
        Self { state: RefCell::new(state), until_tag }
    }

    pub(super) fn into_state(self) -> State<'a> {
        self.state.into_inner()
    }
}

impl<'a> State<'a> {
    pub(super) fn new(options: &'a SanitizeOptions<'a>, expected_bytes: usize) -> Self {
        Self {
            options,
            out: String::with_capacity(expected_bytes + expected_bytes / 8),
            pending: Cow::Borrowed(""),
            stack: Vec::new(),
            too_deep: 0,
            dropped: 0,
            pre: 0,
            noscript: 0,
            skipping: None,
            cover: None,
            text: String::with_capacity(expected_bytes),
        }
    }

    /// Closes what is open and hands over the result.
    pub(super) fn finish(mut self) -> Sanitized {
        self.flush();
        while !self.stack.is_empty() {
            self.pop();
        }
        Sanitized { html: SafeHtml::from_sanitizer(self.out), cover: self.cover, text: self.text }
    }
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.characters(&text),
            Token::CommentToken(text) => state.comment(&text),
            Token::TagToken(tag) => {
                let raw = match tag.kind {
                    TagKind::StartTag => start(&mut state, &tag),
                    TagKind::EndTag => {
                        state.end(&tag.name);
                        None
                    }
                };
                return match raw {
                    Some(raw) => TokenSinkResult::RawData(raw),
                    // What browsers use to run a script before they go on reading.
                    None if self.until_tag && state.skipping.is_none() => TokenSinkResult::Script(()),
                    None => TokenSinkResult::Continue,
                };
            }
            Token::DoctypeToken(_) | Token::NullCharacterToken | Token::EOFToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

fn start(state: &mut State<'_>, tag: &Tag) -> Option<RawKind> {
    let attributes =
        tag.attrs.iter().map(|attribute| Read { name: Cow::Borrowed(&attribute.name.local), value: Cow::Borrowed(&attribute.value) });
    let name = Name::Token(tag.name.clone());
    let tag = StartTag { element: element(&tag.name), name, attributes: attributes.collect(), self_closing: tag.self_closing };
    state.start(&tag)
}

impl<'a> State<'a> {
    fn is_silent(&self) -> bool {
        self.dropped > 0 || self.skipping.is_some() || self.out.len() > OUTPUT_BYTES_MAX
    }

    /// Text that stands in the markup as it is.
    pub(super) fn run(&mut self, text: &'a str) {
        if self.pending.is_empty() && !self.is_silent() {
            self.pending = Cow::Borrowed(text);
        } else {
            self.characters(text);
        }
    }

    /// Text.
    pub(super) fn characters(&mut self, text: &str) {
        if !self.is_silent() {
            self.pending.to_mut().push_str(text);
        }
    }

    /// Prints the text since the last thing printed; blank text shrinks to one line feed or one blank, as the seed's parser had it.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let text = tidy(&pending);
        if self.pre == 0 && text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            if !text.is_empty() {
                self.out.push(if text.contains('\n') { '\n' } else { ' ' });
            }
        } else {
            push_text(&mut self.out, &text);
        }
        if self.noscript == 0 {
            blanks::push(&mut self.text, &text);
        }
    }

    fn break_plain(&mut self) {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Keeps comments that end in the same place for every reader, Markdown's included: there a comment that holds `--` is none, and one
    /// in a paragraph ends with the paragraph. Bogus comments (`<?php`, `<![CDATA[`) and old Internet Explorer's conditions are no comments.
    pub(super) fn comment(&mut self, text: &str) {
        let odd = ["?", "[", ">", "->"].iter().any(|start| text.starts_with(start));
        let safe = !odd
            && !text.is_empty()
            && !text.contains(['<', '\0', '\r'])
            && !text.contains("--")
            && !text.ends_with('-')
            && tidy(text) == text;
        if safe && !self.is_silent() && self.noscript == 0 {
            self.flush();
            self.out.push_str("<!--");
            self.out.push_str(text);
            self.out.push_str("-->");
        }
    }

    /// A start tag; whether what follows it is raw text.
    pub(super) fn start(&mut self, tag: &StartTag<'a, '_>) -> Option<RawKind> {
        let (name, mut action) = (tag.name.as_str(), tag.element.action);
        // A page inside of which scripts run would end the outer one with the inner one's end tag.
        if action == Action::Keep && name == "noscript" && self.noscript > 0 {
            action = Action::Unwrap;
        }
        if tag.element.is_block && !self.is_silent() && self.noscript == 0 {
            self.flush_plain_break(action);
        }
        match action {
            Action::DropVoid => {}
            Action::KeepVoid => {
                self.print_tag(tag, true);
            }
            Action::DropScript | Action::DropRawText | Action::DropReferenceText if !tag.self_closing => {
                self.skipping = Some(tag.name.clone());
                return Some(match action {
                    Action::DropScript => RawKind::ScriptData,
                    Action::DropRawText => RawKind::Rawtext,
                    _ => RawKind::Rcdata,
                });
            }
            Action::DropScript | Action::DropRawText | Action::DropReferenceText => {}
            Action::Frame => {
                if self.print_tag(tag, false) {
                    self.out.push_str("</iframe>");
                }
                self.push(tag, How::Dropped);
            }
            Action::Drop => self.push(tag, How::Dropped),
            Action::Unwrap => self.push(tag, How::Unwrapped),
            Action::Keep if self.stack.len() >= DEPTH_MAX => self.push(tag, How::Unwrapped),
            Action::Keep => {
                let how = if self.print_tag(tag, false) { How::Printed } else { How::Unwrapped };
                self.push(tag, how);
            }
        }
        None
    }

    /// A block begins: the text before it belongs to a line of its own.
    fn flush_plain_break(&mut self, action: Action) {
        // What is not printed must not split blank text in two, or a second reading would join it.
        if matches!(action, Action::Keep | Action::KeepVoid) {
            self.flush();
        }
        self.break_plain();
    }

    /// Prints a start tag; false where it may not stand.
    fn print_tag(&mut self, tag: &StartTag<'a, '_>, void: bool) -> bool {
        if self.is_silent() {
            return false;
        }
        let Some(attributes) = tag::attributes(tag, self.options) else { return false };
        self.flush();
        self.out.push('<');
        self.out.push_str(tag.name.as_str());
        for attribute in &attributes {
            attribute.print(&mut self.out);
        }
        self.out.push_str(if void { "/>" } else { ">" });
        if self.cover.is_none() && tag.name.as_str() == "img" {
            self.cover = tag::cover(&attributes);
        }
        true
    }

    fn push(&mut self, tag: &StartTag<'a, '_>, how: How) {
        if tag.self_closing {
            if how == How::Printed {
                self.print_end(tag.name.as_str());
            }
            return;
        }
        if self.stack.len() >= DEPTH_MAX {
            self.too_deep += 1;
            return;
        }
        match (how, tag.name.as_str()) {
            (How::Dropped, _) => self.dropped += 1,
            (How::Printed, "pre") => self.pre += 1,
            (How::Printed, "noscript") => self.noscript += 1,
            _ => {}
        }
        self.stack.push(Open { name: tag.name.clone(), how, is_block: tag.element.is_block });
    }

    /// An end tag.
    pub(super) fn end(&mut self, name: &str) {
        if let Some(skipped) = &self.skipping {
            if skipped.as_str() == name {
                self.skipping = None;
            }
            return;
        }
        if self.too_deep > 0 && element(name).action != Action::KeepVoid {
            self.too_deep -= 1;
            return;
        }
        // The stack is at most DEPTH_MAX deep.
        let Some(depth) = self.stack.iter().rposition(|open| open.name.as_str() == name) else { return };
        while self.stack.len() > depth {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        match open.how {
            How::Dropped => self.dropped -= 1,
            How::Unwrapped => {}
            How::Printed => {
                self.flush();
                match open.name.as_str() {
                    "pre" => self.pre -= 1,
                    "noscript" => self.noscript -= 1,
                    _ => {}
                }
                self.print_end(open.name.as_str());
            }
        }
        if open.is_block && self.dropped == 0 && self.noscript == 0 {
            self.break_plain();
        }
    }

    fn print_end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
