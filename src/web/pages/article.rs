//! `/article/ID`: one article, and `/article/ID.md`: the same as a Markdown file with front matter.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Response};
use maud::{Markup, html};

use super::frame::{self, Frame};
use super::river::{more_copies, title_of};
use super::weight;
use crate::config::Config;
use crate::model::{Article, ArticleId, Instant, View};
use crate::publish::chinese::Converter;
use crate::publish::markdown::{PageOptions, document as document_of};
use crate::publish::text::uri;
use crate::publish::{document, html as body};
use crate::store::{Place, Store, StoreError};
use crate::web::answer::{self, Kind};
use crate::web::explain::{Explained, explained};
use crate::web::feeds;
use crate::web::language::Language;
use crate::web::rendered::RenderedFile;
use crate::web::shown;
use crate::web::state::WebState;

/// Among so many of the newest articles the next newer one is looked for.
const NEWEST_ARTICLES: usize = 100;

/// Articles around the first of a story that are looked through for its copies.
const COPIES_ARTICLES_MAX: usize = 400;

/// Names of authors, keywords, files and copies that are shown. The text is as long as the article is; what is around it is small.
const AUTHORS_MAX: usize = 10;
const KEYWORDS_MAX: usize = 20;
const FILES_MAX: usize = 20;
const COPIES_MAX: usize = 8;

/// Characters of a name, a keyword, the title of another article.
const NAME_CHARS_MAX: usize = 60;

/// Characters of the window's title.
const TITLE_CHARS_MAX: usize = 200;

/// Answers for both addresses.
pub async fn answer(
    State(state): State<WebState>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let config = state.config();
    let Ok(Path(file)) = file else { return answer::not_found() };
    let (id, markdown) = file.strip_suffix(".md").map_or((file.as_str(), false), |id| (id, true));
    let Ok(id) = id.parse::<ArticleId>() else { return answer::not_found() };
    let language = Language::choose(query.as_deref(), &headers, &config.site.language);
    let key = format!("article {id} {markdown} {}", if markdown { "" } else { language.code() });
    let now = state.clock().now();
    let generation = state.rendered().generation;
    let settings = std::sync::Arc::clone(&config);
    let converter = state.converter();
    let made = feeds::made(&state, generation, key, move |store| {
        let Some(article) = store.article(id)? else { return Ok(None) };
        let updated = article.updated;
        let (text, content_type) = if markdown {
            (self::markdown(&settings, &converter, &article), "text/markdown; charset=utf-8")
        } else {
            let around = Around::of(store, &article)?;
            let explained = explained(store, &settings, article, COPIES_ARTICLES_MAX)?;
            (page(&settings, &converter, language, &explained, &around, now), frame::HTML)
        };
        // The page also names its neighbours, which come and go without a date; the file is the article alone.
        Ok(Some(RenderedFile::new(text, content_type, markdown.then_some(updated))))
    });
    let kind = if markdown { Kind::File } else { Kind::Page };
    match made.await {
        Ok(Some(file)) => answer::with_file(&headers, file, kind, now).await,
        Ok(None) => answer::not_found(),
        Err(response) => *response,
    }
}

/// The article as a Markdown file: what `/article/ID.md` serves and `export hugo` writes.
#[must_use]
pub fn markdown(config: &Config, converter: &Converter, article: &Article) -> String {
    let article = &*shown::alone(config, converter, article);
    let source = config.sources.named(article.source.as_str());
    let category = source.and_then(|source| source.category.clone());
    let categories: Vec<String> = category.into_iter().chain([article.source.to_string()]).collect();
    // An article can outlive its source in feeds.toml; then the defaults of all sources hold for it.
    let own = source.and_then(|source| source.default_cover.as_deref());
    let default_cover = own.or(config.article.default_cover.as_deref());
    let no_referrer = source.is_some_and(|source| source.no_referrer);
    document_of(article, &PageOptions { categories: &categories, default_cover, no_referrer })
}

/// The articles before and after one, of all sources.
struct Around {
    newer: Option<Article>,
    older: Option<Article>,
}

impl Around {
    /// The newer one is looked for among the newest only: the store reads backwards.
    fn of(store: &dyn Store, article: &Article) -> Result<Self, StoreError> {
        let mut newest = store.newest(None, None, NEWEST_ARTICLES)?;
        let at = newest.iter().position(|other| other.id == article.id);
        let newer = at.and_then(|at| at.checked_sub(1)).map(|at| newest.swap_remove(at));
        let older = store.newest(None, Some(Place::of(article)), 1)?.pop();
        Ok(Self { newer, older })
    }
}

fn page(config: &Config, converter: &Converter, language: Language, explained: &Explained, around: &Around, now: Instant) -> String {
    let article = &*shown::alone(config, converter, &explained.article);
    let [newer, older] = [&around.newer, &around.older].map(|near| near.as_ref().map(|near| shown::alone(config, converter, near)));
    let no_referrer = config.sources.named(article.source.as_str()).is_some_and(|source| source.no_referrer);
    let view = View::Source(article.source.clone());
    let path = format!("/article/{}", article.id);
    let source_path = document::path(&view);
    let window = weight::cut(&article.title, TITLE_CHARS_MAX);
    let frame = Frame { config, language, title: &window, view: None, feed_query: "", path: &path, query: "" };
    let link = article.link.as_deref().and_then(uri);
    let names = article.authors.iter().map(|person| weight::cut(&person.name, NAME_CHARS_MAX)).filter(|name| !name.is_empty());
    let names: Vec<String> = names.take(AUTHORS_MAX).collect();
    let base = article.link.as_deref().or(article.feed_link.as_deref());
    frame.page(&html! {
        article.whole lang=[article.language.as_deref()] {
            header {
                h1 { (article.title) }
                p.about {
                    a.source href=(format!("{}{source_path}/", frame.base())) { (document::source_title(article)) }
                    @if !names.is_empty() { " · " (names.join(language.pick("、", ", "))) }
                    " · "
                    (frame::date_and_time(config, article.published))
                }
                @if !article.keywords.is_empty() { ul.keywords { @for word in article.keywords.iter().take(KEYWORDS_MAX) { li { (weight::cut(word, NAME_CHARS_MAX)) } } } }
            }
            div.body.plain[!config.site.images] {
                @if let Some(picture) = frame.thumbnail(article) { p { img src=(picture) alt="" loading="lazy" referrerpolicy="no-referrer"; } }
                (frame::safe(body::for_output(article.body.as_str(), base, no_referrer)))
            }
            @if !article.enclosures.is_empty() {
                ul.files {
                    @for file in article.enclosures.iter().take(FILES_MAX) {
                        @if let Some(address) = weight::address(Some(&file.url)) {
                            li { a href=(address) rel="noopener" { (weight::cut(file.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&address), NAME_CHARS_MAX)) } }
                        }
                    }
                }
            }
        }
        (also_at(&frame, &explained.copies))
        nav.ends aria-label=(language.pick("这篇文章", "This article")) {
            @if let Some(link) = link { p { a.original href=(link) rel="noopener" { (language.pick("阅读原文", "Read the original")) } } }
            p { a href=(format!("{}{path}.md", frame.base())) { (language.pick("Markdown 与元数据", "Markdown with front matter")) } }
        }
        (super::why::why(&frame, explained, now))
        nav.around aria-label=(language.pick("前后文章", "Articles around it")) {
            @if let Some(newer) = &newer {
                a.newer rel="prev" href=(format!("{}/article/{}", frame.base(), newer.id)) { span { (language.pick("← 较新", "← Newer")) } (title_of(newer, language, NAME_CHARS_MAX)) }
            }
            @if let Some(older) = &older {
                a.older rel="next" href=(format!("{}/article/{}", frame.base(), older.id)) { span { (language.pick("较早 →", "Older →")) } (title_of(older, language, NAME_CHARS_MAX)) }
            }
        }
    })
}

/// The other copies of the same story: our page of each, and the publisher's.
fn also_at(frame: &Frame<'_>, copies: &[Article]) -> Markup {
    let language = frame.language;
    html! {
        @if !copies.is_empty() {
            p.also {
                (language.pick("另见：", "Also at: "))
                @for (at, copy) in copies.iter().take(COPIES_MAX).enumerate() {
                    @if at > 0 { (language.pick("、", ", ")) }
                    a href=(format!("{}/article/{}", frame.base(), copy.id)) title=(weight::cut(&copy.title, NAME_CHARS_MAX)) { (weight::cut(&document::source_title(copy), NAME_CHARS_MAX)) }
                    @if let Some(link) = weight::address(copy.link.as_deref()) {
                        " ("
                        a href=(link) rel="noopener" { (language.pick("原文", "Original")) }
                        ")"
                    }
                }
                @if copies.len() > COPIES_MAX { " " (more_copies(language, copies.len() - COPIES_MAX)) }
            }
        }
    }
}
