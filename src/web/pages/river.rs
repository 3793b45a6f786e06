//! `/` and the pages of categories, sources and views: a river of news, grouped by day, newest first.

use axum::body::Body;
use axum::http::{HeaderMap, Response};
use maud::{Markup, html};

use super::facets::Facets;
use super::frame::{self, Frame};
use super::source::About;
use super::status::FRESH_SECONDS;
use crate::config::Config;
use crate::model::{Article, Instant, Source, View};
use crate::publish::chinese::Converter;
use crate::publish::document;
use crate::publish::merge::Merged;
use crate::publish::text::uri;
use crate::store::{Place, StoreError};
use crate::web::answer::{self, Kind};
use crate::web::feeds;
use crate::web::language::Language;
use crate::web::narrow::Narrow;
use crate::web::render::{self, Format};
use crate::web::rendered::RenderedFile;
use crate::web::select::{self, Scope};
use crate::web::shown::Shown;
use crate::web::state::WebState;

/// Articles on one page: with long Chinese titles, summaries and keywords it stays below 50 KB.
const PAGE_ARTICLES: usize = 30;

/// … and on the first page of a source, which begins with how the source is.
const SOURCE_ARTICLES: usize = 20;

/// Characters of a summary.
const SUMMARY_CHARS_MAX: usize = 220;

/// Of so many of the newest articles the languages and tags are offered.
const FACET_ARTICLES: usize = 200;

/// Keywords of one article that are shown.
const KEYWORDS_MAX: usize = 5;

/// The page of a view, after the place that `?before=` names.
pub async fn answer(state: &WebState, request: &HeaderMap, view: View, query: Option<&str>) -> Response<Body> {
    let config = state.config();
    let now = state.clock().now();
    if !Scope::new(&config, now).knows(&view) {
        return super::error::not_found(&config, request);
    }
    let language = Language::choose(query, request, &config.site.language);
    let before = before(query);
    let narrow = Narrow::read(query);
    let generation = state.rendered().generation;
    // The first page of a source says how it is, which changes without a new rendering.
    let source = source_of(&config, &view).filter(|_| before.is_none() && narrow.is_whole()).cloned();
    let count = if source.is_some() { SOURCE_ARTICLES } else { PAGE_ARTICLES };
    let fresh = source.as_ref().map(|_| now.timestamp() / FRESH_SECONDS);
    let key = format!("river {} {} {before:?} {narrow:?} {fresh:?}", document::path(&view), language.code());
    let converter = state.converter();
    let made = feeds::made(state, generation, key, move |store| {
        let scope = Scope::new(&config, now);
        let keep = |article: &Article| narrow.keeps(&scope, article);
        let articles = select::newest(store, &scope, &view, before, count, &keep)?;
        let last = articles.last().filter(|_| articles.len() == count).map(Place::of);
        let articles = select::with_first_copies(store, &scope, &view, articles, &keep)?;
        let mut stories = select::stories(&scope, &view, &articles);
        // A story stands on the page of its first copy.
        stories.retain(|story| {
            last.is_none_or(|last| story.published >= last.published) && before.is_none_or(|before| story.published <= before.published)
        });
        let facets = Facets::of(&scope, &select::newest(store, &scope, &view, None, FACET_ARTICLES, &|_| true)?);
        let about = source.map(|source| Ok::<_, StoreError>((About::read(store, &config, &source, now)?, source))).transpose()?;
        let page = page(&scope, &converter, language, OnePage { view: &view, narrow: &narrow, facets, before, last, stories, about, now });
        Ok(Some(RenderedFile::new(page, frame::HTML, None)))
    });
    match made.await {
        Ok(Some(file)) => answer::with_file(request, file, Kind::Page, now).await,
        Ok(None) => answer::not_ready(),
        Err(response) => *response,
    }
}

/// `?before=PLACE`.
fn before(query: Option<&str>) -> Option<Place> {
    let (_, value) = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "before")?;
    value.parse().ok()
}

/// The source whose page this is.
fn source_of<'a>(config: &'a Config, view: &View) -> Option<&'a Source> {
    let View::Source(name) = view else { return None };
    config.sources.iter().find(|source| source.name == *name)
}

/// What stands on one page.
struct OnePage<'a> {
    view: &'a View,
    narrow: &'a Narrow,
    facets: Facets,
    before: Option<Place>,
    last: Option<Place>,
    stories: Vec<Merged<'a>>,
    about: Option<(About, Source)>,
    now: Instant,
}

fn page(scope: &Scope<'_>, converter: &Converter, language: Language, found: OnePage<'_>) -> String {
    let OnePage { view, narrow, facets, before, last, stories: merged, about, now } = found;
    let config = scope.config;
    let shown = Shown::of(scope, converter, view, &merged);
    let merged = shown.show(merged.clone());
    let title = match view {
        View::Merged => String::new(),
        _ => render::words(config, view, merged.first().map(|story| story.lead)).0.split(" · ").next().unwrap_or_default().to_owned(),
    };
    let path = format!("{}/", document::path(view));
    let place = before.map(|place| format!("&before={place}")).unwrap_or_default();
    let (feed_query, query) = (narrow.query('?'), narrow.query('&') + &place);
    let window = [title.as_str(), &narrow.words()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let frame = Frame { config, language, title: &window, view: Some(view), feed_query: &feed_query, path: &path, query: &query };
    frame.page(&html! {
        h1 { (if title.is_empty() { language.pick("最新文章", "Newest articles") } else { &title }) }
        (views(&frame, view, narrow))
        (facets.links(&frame, &path, narrow))
        (addresses(&frame, view, &feed_query))
        @if let Some((about, source)) = about { (about.section(&frame, &source, now)) }
        @if merged.is_empty() && !narrow.is_whole() {
            p.empty { (language.pick("最近的文章里没有这样的。", "There are no such articles among the newest.")) }
        } @else if merged.is_empty() {
            p.empty { (language.pick("还没有文章。第一次抓取完成后，它们会出现在这里。", "No articles yet. They appear here after the first poll.")) }
        }
        @for day in days(config, &merged) {
            section.day {
                h2 { (frame::day(config, language, day[0].published)) }
                @for article in day { (row(&frame, article)) }
            }
        }
        @if last.is_some() || before.is_some() {
            nav.pages aria-label=(language.pick("分页", "Pages")) {
                @if before.is_some() {
                    a href=(format!("{}{path}{feed_query}", frame.base())) { (language.pick("最新文章", "Newest articles")) }
                    " "
                }
                @if let Some(place) = last {
                a rel="next" href=(format!("{}{path}?before={}{}&lang={}", frame.base(), place, narrow.query('&'), language.code())) {
                    (language.pick("更早的文章", "Older articles"))
                }
                }
            }
        }
    })
}

/// Articles of one day stand together; the order is by date already.
fn days<'a, 'b>(config: &Config, merged: &'a [Merged<'b>]) -> Vec<&'a [Merged<'b>]> {
    let day = |at: Instant| frame::day(config, Language::English, at);
    merged.chunk_by(|a, b| day(a.published) == day(b.published)).collect()
}

fn row(frame: &Frame<'_>, merged: &Merged<'_>) -> Markup {
    let article = merged.lead;
    let language = frame.language;
    let picture = document::picture(article);
    let summary = summary(article);
    let source = document::path(&View::Source(article.source.clone()));
    html! {
        article.row {
            @if let Some(picture) = picture {
                img.cover src=(picture) alt="" loading="lazy" referrerpolicy="no-referrer" width="160" height="100";
            }
            div.words {
                h3 lang=[article.language.as_deref()] { a href=(format!("{}/article/{}", frame.base(), article.id)) { (article.title) } }
                p.about {
                    a.source href=(format!("{}{source}/", frame.base())) { (document::source_title(article)) }
                    " · "
                    (frame::time(frame.config, merged.published))
                    @if let Some(link) = article.link.as_deref().and_then(uri) {
                        " · "
                        a href=(link) rel="noopener" { (language.pick("原文", "Original")) }
                    }
                }
                @if !summary.is_empty() { p.summary lang=[article.language.as_deref()] { (summary) } }
                @if !article.keywords.is_empty() {
                    ul.keywords { @for word in article.keywords.iter().take(KEYWORDS_MAX) { li { (keyword(frame, word)) } } }
                }
                @if !merged.others.is_empty() {
                    p.also {
                        (language.pick("另见：", "Also at: "))
                        @for (at, other) in merged.others.iter().enumerate() {
                            @if at > 0 { (language.pick("、", ", ")) }
                            a href=(format!("{}/article/{}", frame.base(), other.id)) { (document::source_title(other)) }
                        }
                    }
                }
            }
        }
    }
}

/// A keyword, and the way to the articles that have it too.
fn keyword(frame: &Frame<'_>, word: &str) -> Markup {
    let narrow = Narrow { tag: Some(word.to_owned()), ..Narrow::default() };
    html! { a href=(format!("{}/{}", frame.base(), narrow.query('?'))) rel="nofollow" { (word) } }
}

fn summary(article: &Article) -> String {
    let text = article.summary.trim();
    let mut cut: String = text.chars().take(SUMMARY_CHARS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The way to the other views; what they are narrowed to stays.
fn views(frame: &Frame<'_>, view: &View, narrow: &Narrow) -> Markup {
    let language = frame.language;
    let config = frame.config;
    let mut views: Vec<(View, &str)> = vec![(View::Merged, language.pick("全部", "Everything"))];
    views.extend(select::categories(config).into_iter().map(|name| (View::Category(name.to_owned()), name)));
    let query = narrow.query('?');
    views.extend(config.views.iter().map(|view| (View::Named(view.name.to_string()), view.title.as_str())));
    html! {
        nav.views aria-label=(language.pick("分类", "Categories")) {
            ul {
                @for (other, name) in &views {
                    li { a href=(format!("{}{}/{query}", frame.base(), document::path(other))) aria-current=[(other == view).then_some("page")] { (name) } }
                }
            }
        }
    }
}

/// The addresses of exactly what is shown, and what to do with them.
pub(super) fn addresses(frame: &Frame<'_>, view: &View, query: &str) -> Markup {
    let language = frame.language;
    let address = |format: Format| format!("{}{}/{}{query}", frame.config.site.url, document::path(view), format.file());
    html! {
        details.subscribe {
            summary { (language.pick("订阅", "Subscribe")) }
            p {
                (language.pick(
                    "这是本页所列内容的订阅地址。复制其中一个，粘贴到任何阅读器（如 NetNewsWire、Reeder、Miniflux、FreshRSS、Inoreader）的“添加订阅”里。不确定选哪个，就用 RSS。",
                    "These are the feeds of exactly what this page shows. Copy one and paste it where any reader (NetNewsWire, Reeder, Miniflux, FreshRSS, Inoreader …) adds a subscription. If in doubt, take RSS."
                ))
            }
            ul {
                @for format in Format::ALL {
                    li {
                        a href=(address(format)) type=(frame::media_type(format)) { (frame::format_name(format)) }
                        " "
                        code { (address(format)) }
                        " "
                        button.copy type="button" hidden data-copy=(address(format)) data-done=(language.pick("已复制", "Copied")) data-failed=(language.pick("请手动复制", "Copy it by hand")) {
                            (language.pick("复制", "Copy"))
                        }
                    }
                }
            }
        }
    }
}
