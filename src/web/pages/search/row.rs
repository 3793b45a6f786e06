//! One article on the page of what was found.

use maud::{Markup, html};

use crate::model::View;
use crate::publish::document;
use crate::search::Hit;
use crate::search::marks::Piece;
use crate::web::language::Language;
use crate::web::pages::frame::{self, Frame};
use crate::web::pages::{river, weight};

/// Characters of the title of an article that is found, and of a source.
const FOUND_CHARS_MAX: usize = 200;
const SOURCE_CHARS_MAX: usize = 60;

/// Characters of both in a row that is shown short.
const SHORT_CHARS_MAX: usize = 40;

/// Copies of a story that are named.
const COPIES_MAX: usize = 8;

/// An article that was found, with what was looked for marked, and the copies that were found too.
pub(super) fn whole(frame: &Frame<'_>, hit: &Hit, others: &[&Hit]) -> Markup {
    let (article, language) = (&hit.article, frame.language);
    let source = document::path(&View::Source(article.source.clone()));
    let (named, more) = others.split_at(others.len().min(COPIES_MAX));
    html! {
        article.row {
            @if let Some(picture) = frame.picture(article) {
                img.cover src=(picture) alt="" loading="lazy" referrerpolicy="no-referrer" width="160" height="100";
            }
            div.words {
                h2.title lang=[article.language.as_deref()] { a href=(format!("{}/article/{}", frame.base(), article.id)) { (marked_title(hit, language)) } }
                p.about {
                    a.source href=(format!("{}{source}/", frame.base())) { (weight::cut(&document::source_title(article), SOURCE_CHARS_MAX)) }
                    " · "
                    (frame::date_and_time(frame.config, article.published))
                    @if let Some(link) = weight::address(article.link.as_deref()) {
                        " · "
                        a href=(link) rel="noopener" { (language.pick("原文", "Original")) }
                    }
                }
                @if !hit.extract.is_empty() { p.summary lang=[article.language.as_deref()] { (marked(&hit.extract)) } }
                @if !named.is_empty() {
                    p.also {
                        (language.pick("另见：", "Also at: "))
                        @for (at, other) in named.iter().enumerate() {
                            @if at > 0 { (language.pick("、", ", ")) }
                            a href=(format!("{}/article/{}", frame.base(), other.article.id)) { (weight::cut(&document::source_title(&other.article), SOURCE_CHARS_MAX)) }
                        }
                        @if !more.is_empty() { " " (river::and_more(frame, article, more.len())) }
                    }
                }
            }
        }
    }
}

/// A row where there is room for little more than its title.
pub(super) fn short(frame: &Frame<'_>, hit: &Hit) -> Markup {
    let article = &hit.article;
    html! {
        article.row {
            div.words {
                h2.title { a href=(format!("{}/article/{}", frame.base(), article.id)) { (river::title_of(article, frame.language, SHORT_CHARS_MAX)) } }
                p.about { (weight::cut(article.source.as_str(), SHORT_CHARS_MAX)) " · " (frame::date_and_time(frame.config, article.published)) }
            }
        }
    }
}

/// The title with what was looked for marked; a long one to its end or to the mark that would stand behind that.
fn marked_title(hit: &Hit, language: Language) -> Markup {
    if hit.article.title.trim().is_empty() {
        return html! { (river::title_of(&hit.article, language, FOUND_CHARS_MAX)) };
    }
    let mut room = FOUND_CHARS_MAX;
    let mut shown: Vec<Piece> = Vec::new();
    for piece in &hit.title {
        let text = weight::beginning(&piece.text, room);
        let is_whole = text.len() == piece.text.len();
        room -= text.chars().count();
        shown.push(Piece { text: text.to_owned(), marked: piece.marked });
        if !is_whole || room == 0 {
            break;
        }
    }
    let length: usize = shown.iter().map(|piece| piece.text.len()).sum();
    html! { (marked(&shown)) @if length < hit.article.title.len() { "…" } }
}

fn marked(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @if piece.marked { mark { (piece.text) } } @else { (piece.text) } } }
}
