//! `/` and the pages of categories, sources and views: a river of news, grouped by day, newest first.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response};
use maud::{Markup, html};

use super::facets::Facets;
use super::frame::{self, Frame};
use super::source::About;
use super::status::FRESH_SECONDS;
use super::weight;
use crate::config::Config;
use crate::model::{Article, Instant, Source, View};
use crate::publish::chinese::Converter;
use crate::publish::document;
use crate::publish::merge::Merged;
use crate::store::{Place, StoreError};
use crate::web::answer::{self, Kind};
use crate::web::feeds;
use crate::web::language::Language;
use crate::web::narrow::Narrow;
use crate::web::part::{self, Part};
use crate::web::render::{self, Format};
use crate::web::rendered::RenderedFile;
use crate::web::select::{self, SCAN_ARTICLES_MAX, Scope};
use crate::web::shown::Shown;
use crate::web::state::WebState;

/// Articles on one page: with long Chinese titles, summaries and keywords all of them are shown whole.
const PAGE_ARTICLES: usize = 30;

/// … and on the first page of a source, which begins with how the source is.
const SOURCE_ARTICLES: usize = 20;

/// Characters of a title; its own page has all of it.
const TITLE_CHARS_MAX: usize = 200;

/// Characters of a summary.
const SUMMARY_CHARS_MAX: usize = 220;

/// Characters of the title of a source.
const SOURCE_CHARS_MAX: usize = 60;

/// Characters of the titles of articles and sources in a row that is shown short.
const SHORT_CHARS_MAX: usize = 40;

/// Longest keyword that is shown, in characters.
const KEYWORD_CHARS_MAX: usize = 40;

/// Copies of a story that are named.
const COPIES_MAX: usize = 8;

/// Ways to other views, in bytes; the status page has the others.
const VIEWS_BYTES_MAX: usize = 6_000;

/// Longest query that goes along with the way to another view, in bytes.
const QUERY_BYTES_MAX: usize = 300;

/// Of so many of the newest articles the languages and tags are offered.
const FACET_ARTICLES: usize = 100;

/// Keywords of one article that are shown.
const KEYWORDS_MAX: usize = 5;

/// Articles read for one page.
const ARTICLES_MAX: usize = 480;

/// The page of a view, after the place that `?before=` names.
pub async fn answer(state: &WebState, request: &HeaderMap, view: View, query: Option<&str>) -> Response<Body> {
    let config = state.config();
    let now = state.clock().now();
    if !Scope::new(&config, now).knows(&view) {
        return answer::not_found();
    }
    let language = Language::choose(query, request, &config.site.language);
    let before = before(query);
    let narrow = Narrow::read(query);
    let generation = state.rendered().generation;
    // The first page of a source says how it is, which changes without a new rendering.
    let source = source_of(&config, &view).filter(|_| before.is_none() && narrow.is_whole()).cloned();
    let count = if source.is_some() { SOURCE_ARTICLES } else { PAGE_ARTICLES };
    let fresh = source.as_ref().map(|_| now.timestamp() / FRESH_SECONDS);
    let key = format!("river {} {} {before:?} {narrow:?} {fresh:?} {}", document::path(&view), language.code(), state.can_find());
    let (converter, asked) = (state.converter(), state.clone());
    let made = feeds::made(state, generation, key, move |store| {
        let scope = Scope::new(&config, now);
        let keep = |article: &Article| narrow.keeps(&scope, article);
        let search = asked.search();
        let path = document::path(&view);
        // One reading serves the first page and its facets.
        let mut newest = Vec::new();
        let facets = match asked.cache().facets(generation, &path) {
            Some(facets) => facets,
            None => {
                newest = select::newest(SCAN_ARTICLES_MAX, store, &scope, &view, None, FACET_ARTICLES, &|_| true)?;
                let facets = Arc::new(Facets::of(&scope, &newest));
                asked.cache().put_facets(generation, &path, &facets);
                facets
            }
        };
        // All there are, or as many as are wanted at first.
        let serves = before.is_none() && narrow.is_whole() && (newest.len() >= count || newest.len() < FACET_ARTICLES);
        let mut read = Some(newest).filter(|newest| serves && !newest.is_empty());
        // Where many articles are copies of few stories, more of them fill the page.
        let (mut wanted, mut articles, mut last);
        wanted = count;
        let stories = loop {
            articles = match read.take() {
                Some(mut newest) => {
                    newest.truncate(wanted);
                    newest
                }
                None => {
                    let part = Part { view: &view, narrow: &narrow, before, wanted, keep: &|_| true };
                    part::newest(store, &scope, search.as_deref(), part)?
                }
            };
            last = articles.last().filter(|_| articles.len() == wanted).map(Place::of);
            articles = select::with_first_copies(store, &scope, &view, articles, &keep)?;
            let stories = on_page(select::stories(&scope, &view, &articles), before, last);
            if stories.len() >= count / 2 || last.is_none() || wanted >= ARTICLES_MAX {
                break stories;
            }
            wanted = (wanted * 4).min(ARTICLES_MAX);
        };
        let (stories, last) = first_of(stories, count, last);
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

/// The stories of one page: each stands on the page of its first copy.
fn on_page<'a>(mut stories: Vec<Merged<'a>>, before: Option<Place>, last: Option<Place>) -> Vec<Merged<'a>> {
    stories.retain(|story| last.is_none_or(|last| place_of(story) >= last) && before.is_none_or(|before| place_of(story) < before));
    stories
}

/// At most so many of them, and where the next page goes on.
fn first_of(mut stories: Vec<Merged<'_>>, count: usize, last: Option<Place>) -> (Vec<Merged<'_>>, Option<Place>) {
    let is_cut = stories.len() > count;
    stories.truncate(count);
    let last = if is_cut { stories.last().map(place_of) } else { last };
    (stories, last)
}

fn place_of(story: &Merged<'_>) -> Place {
    Place { published: story.published, id: story.id }
}

/// The source whose page this is.
fn source_of<'a>(config: &'a Config, view: &View) -> Option<&'a Source> {
    let View::Source(name) = view else { return None };
    config.sources.named(name.as_str()).map(|source| &**source)
}

/// What stands on one page.
struct OnePage<'a> {
    view: &'a View,
    narrow: &'a Narrow,
    facets: Arc<Facets>,
    before: Option<Place>,
    last: Option<Place>,
    stories: Vec<Merged<'a>>,
    about: Option<(About, Source)>,
    now: Instant,
}

fn page(scope: &Scope<'_>, converter: &Converter, language: Language, mut found: OnePage<'_>) -> String {
    let (view, narrow, before) = (found.view, found.narrow, found.before);
    let (about, now) = (found.about.take(), found.now);
    let config = scope.config;
    let shown = Shown::of(scope, converter, view, &found.stories);
    let merged = shown.show(found.stories.clone());
    let title = match view {
        View::Merged => String::new(),
        _ => render::words(config, view, merged.first().map(|story| story.lead)).0.split(" · ").next().unwrap_or_default().to_owned(),
    };
    let path = format!("{}/", document::path(view));
    let place = before.map(|place| format!("&before={place}")).unwrap_or_default();
    let (feed_query, query) = (narrow.query('?'), narrow.query('&') + &place);
    let window = [title.as_str(), &narrow.words()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let window = weight::cut(&window, TITLE_CHARS_MAX);
    let frame = Frame { config, language, title: &window, view: Some(view), feed_query: &feed_query, path: &path, query: &query };
    let about = about.map(|(about, source)| about.section(&frame, &source, now));
    let page = |rows: &[Markup]| whole(&frame, &found, &merged, (&title, &path), about.as_ref(), rows);
    weight::page(&merged, |story| row(&frame, story), |story| short_row(&frame, story), page)
}

/// All of it around the rows.
fn whole(
    frame: &Frame<'_>,
    found: &OnePage<'_>,
    merged: &[Merged<'_>],
    (title, path): (&str, &str),
    about: Option<&Markup>,
    rows: &[Markup],
) -> String {
    let (config, language) = (frame.config, frame.language);
    let OnePage { view, narrow, facets, before, last, .. } = found;
    let feed_query = frame.feed_query;
    let mut rows = rows.iter();
    frame.page(&html! {
        h1 { (if title.is_empty() { language.pick("最新文章", "Newest articles") } else { title }) }
        (views(frame, view, narrow))
        (facets.links(frame, path, narrow))
        (addresses(frame, view, feed_query))
        @if let Some(about) = about { (about) }
        @if merged.is_empty() && !narrow.is_whole() {
            p.empty { (language.pick("最近的文章里没有这样的。", "There are no such articles among the newest.")) }
        } @else if merged.is_empty() {
            p.empty { (language.pick("还没有文章。第一次抓取完成后，它们会出现在这里。", "No articles yet. They appear here after the first poll.")) }
        }
        @for day in days(config, merged) {
            section.day {
                h2 { (frame::day(config, language, day[0].published)) }
                @for row in rows.by_ref().take(day.len()) { (row) }
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
    let picture = frame.picture(article);
    let summary = weight::cut(&article.summary, SUMMARY_CHARS_MAX);
    let (named, more) = merged.others.split_at(merged.others.len().min(COPIES_MAX));
    let source = document::path(&View::Source(article.source.clone()));
    html! {
        article.row {
            @if let Some(picture) = picture {
                img.cover src=(picture) alt="" loading="lazy" referrerpolicy="no-referrer" width="160" height="100";
            }
            div.words {
                h3 lang=[article.language.as_deref()] { a href=(format!("{}/article/{}", frame.base(), article.id)) { (title_of(article, language, TITLE_CHARS_MAX)) } }
                p.about {
                    a.source href=(format!("{}{source}/", frame.base())) { (weight::cut(&document::source_title(article), SOURCE_CHARS_MAX)) }
                    " · "
                    (frame::time(frame.config, merged.published))
                    @if let Some(link) = weight::address(article.link.as_deref()) {
                        " · "
                        a href=(link) rel="noopener" { (language.pick("原文", "Original")) }
                    }
                }
                @if !summary.is_empty() { p.summary lang=[article.language.as_deref()] { (summary) } }
                @let keywords: Vec<&String> = article.keywords.iter().filter(|word| word.chars().nth(KEYWORD_CHARS_MAX).is_none()).take(KEYWORDS_MAX).collect();
                @if !keywords.is_empty() { ul.keywords { @for word in keywords { li { (keyword(frame, word)) } } } }
                @if !named.is_empty() {
                    p.also {
                        (language.pick("另见：", "Also at: "))
                        @for (at, other) in named.iter().enumerate() {
                            @if at > 0 { (language.pick("、", ", ")) }
                            a href=(format!("{}/article/{}", frame.base(), other.id)) { (weight::cut(&document::source_title(other), SOURCE_CHARS_MAX)) }
                        }
                        @if !more.is_empty() { " " (and_more(frame, article, more.len())) }
                    }
                }
            }
        }
    }
}

/// A row where there is room for little more than its title.
fn short_row(frame: &Frame<'_>, merged: &Merged<'_>) -> Markup {
    let article = merged.lead;
    html! {
        article.row {
            div.words {
                h3 { a href=(format!("{}/article/{}", frame.base(), article.id)) { (title_of(article, frame.language, SHORT_CHARS_MAX)) } }
                p.about { (weight::cut(article.source.as_str(), SHORT_CHARS_MAX)) " · " (frame::time(frame.config, merged.published)) }
            }
        }
    }
}

/// A title of at most so many characters, which always has words to click on.
pub(super) fn title_of(article: &Article, language: Language, chars: usize) -> String {
    let title = weight::cut(&article.title, chars);
    if title.is_empty() { language.pick("（无标题）", "(untitled)").to_owned() } else { title }
}

/// The way to the copies that are not named.
pub(super) fn and_more(frame: &Frame<'_>, article: &Article, more: usize) -> Markup {
    html! {
        a href=(format!("{}/article/{}", frame.base(), article.id)) { (more_copies(frame.language, more)) }
    }
}

/// So many copies that are not named, in words.
pub(super) fn more_copies(language: Language, more: usize) -> String {
    match language {
        Language::Chinese => format!("等另外 {more} 处"),
        Language::English => format!("and {more} more"),
    }
}

/// A keyword, and the way to the articles that have it too.
fn keyword(frame: &Frame<'_>, word: &str) -> Markup {
    let narrow = Narrow { tag: Some(word.to_owned()), ..Narrow::default() };
    html! { a href=(format!("{}/{}", frame.base(), narrow.query('?'))) rel="nofollow" { (word) } }
}

/// The way to the other views; what they are narrowed to stays.
fn views(frame: &Frame<'_>, view: &View, narrow: &Narrow) -> Markup {
    let language = frame.language;
    let config = frame.config;
    let mut views: Vec<(View, &str)> = vec![(View::Merged, language.pick("全部", "Everything"))];
    views.extend(select::categories(config).into_iter().map(|name| (View::Category(name.to_owned()), name)));
    let query = Some(narrow.query('?')).filter(|query| query.len() <= QUERY_BYTES_MAX).unwrap_or_default();
    views.extend(config.views.iter().map(|view| (View::Named(view.name.to_string()), view.title.as_str())));
    let (mut ways, mut bytes, mut left_out) = (Vec::new(), 0, 0_usize);
    for (other, name) in &views {
        let way = html! {
            li { a href=(format!("{}{}/{query}", frame.base(), document::path(other))) aria-current=[(other == view).then_some("page")] { (weight::cut(name, SOURCE_CHARS_MAX)) } }
        };
        bytes += way.0.len();
        if bytes <= VIEWS_BYTES_MAX || other == view { ways.push(way) } else { left_out += 1 }
    }
    html! {
        nav.views aria-label=(language.pick("分类", "Categories")) {
            ul {
                @for way in &ways { (way) }
                @if left_out > 0 {
                    li { a href=(format!("{}/status", frame.base())) {
                        @match language {
                            Language::Chinese => { "另外 " (left_out) " 个" },
                            Language::English => { (left_out) " more" },
                        }
                    } }
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
                @for format in frame::formats(query).iter().copied() {
                    li {
                        a href=(address(format)) type=(frame::media_type(format)) { (frame::format_name(format)) }
                        " "
                        code { (address(format)) }
                        " "
                        button.copy type="button" hidden data-done=(language.pick("已复制", "Copied")) data-failed=(language.pick("请手动复制", "Copy it by hand")) {
                            (language.pick("复制", "Copy"))
                        }
                    }
                }
            }
        }
    }
}
