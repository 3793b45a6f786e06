//! Pages that say what went wrong and where to go on, in the reader's language.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use maud::{Markup, html};

use super::frame::{Frame, HTML};
use crate::config::Config;
use crate::model::View;
use crate::model::words::nearest;
use crate::publish::document;
use crate::web::answer::{Problem, is_browser};
use crate::web::folder::percent_decoded;
use crate::web::language::Language;
use crate::web::select;

/// Longest address that the page repeats, in bytes.
const ADDRESS_BYTES_MAX: usize = 500;

/// Longest name that the page repeats, in characters.
const NAME_CHARS_MAX: usize = 60;

/// Whether an error is read by a person: a browser says so. Who says nothing gets the page of what is not there, as a person with a plain client would.
pub fn is_for_eyes(request: &HeaderMap, status: StatusCode) -> bool {
    let accept = request.get(header::ACCEPT).map(HeaderValue::as_bytes);
    is_browser(request) || (status == StatusCode::NOT_FOUND && accept.is_none_or(|accept| accept == b"*/*"))
}

/// Makes an answer that says what is wrong into a page.
pub fn show(config: &Config, uri: &Uri, request: &HeaderMap, problem: &Problem, response: &mut Response<Body>) {
    let status = response.status();
    *response.body_mut() = Body::from(page(config, uri, Language::choose(uri.query(), request, &config.site.language), status, problem));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language, Cookie"));
}

fn page(config: &Config, uri: &Uri, language: Language, status: StatusCode, problem: &Problem) -> String {
    let is_short = uri.path().len() + uri.query().map_or(0, str::len) <= ADDRESS_BYTES_MAX;
    let path = if is_short { uri.path() } else { "/" };
    let rest =
        uri.query().filter(|_| is_short).unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let query: String = rest.map(|pair| format!("&{pair}")).collect();
    let title = title(status, language);
    let frame = Frame { config, language, title, view: None, feed_query: "", path, query: &query };
    frame.page(&html! {
        h1 { (title) }
        p.problem { (language.pick(&problem.chinese, &problem.english)) }
        @if status == StatusCode::NOT_FOUND { (not_known(&frame, uri.path())) }
        ul.ways {
            @if status == StatusCode::SERVICE_UNAVAILABLE && is_short {
                li { a href=(format!("{}{path}?lang={}{query}", frame.base(), language.code())) { (language.pick("再试一次", "Try again")) } }
            }
            li { a href=(format!("{}/", frame.base())) { (language.pick("最新文章", "The newest articles")) } }
            @if config.search.enabled {
                li { a href=(format!("{}/search", frame.base())) { (language.pick("在全部文章中搜索", "Search all articles")) } }
            }
        }
    })
}

fn title(status: StatusCode, language: Language) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => language.pick("没有这个页面", "There is no such page"),
        StatusCode::SERVICE_UNAVAILABLE => language.pick("请稍候", "Not ready yet"),
        StatusCode::URI_TOO_LONG => language.pick("地址太长", "Too long an address"),
        StatusCode::UNAUTHORIZED => language.pick("需要凭据", "Credentials are needed"),
        StatusCode::METHOD_NOT_ALLOWED => language.pick("不能这样访问", "This cannot be done here"),
        _ => language.pick("请求有误", "This cannot be answered"),
    }
}

/// The name in the address that feeds.toml does not have, and the nearest that it has.
fn not_known(frame: &Frame<'_>, path: &str) -> Markup {
    let (config, language) = (frame.config, frame.language);
    let mut parts = path.split('/').skip(1);
    let (kind, name) = (parts.next().unwrap_or_default(), parts.next().and_then(percent_decoded).unwrap_or_default());
    let (what, known): (_, Vec<&str>) = match kind {
        "source" => (language.pick("来源", "source"), config.sources.iter().map(|source| source.name.as_str()).collect()),
        "category" => (language.pick("分类", "category"), select::categories(config)),
        "view" => (language.pick("视图", "view"), config.views.iter().map(|view| view.name.as_str()).collect()),
        _ => return html! {},
    };
    if name.is_empty() || known.contains(&name.as_str()) || name.chars().count() > NAME_CHARS_MAX {
        return html! {};
    }
    let near = nearest(&name, known).map(|near| {
        let view = match kind {
            "category" => View::Category(near.to_owned()),
            "view" => View::Named(near.to_owned()),
            _ => View::Search(String::new()),
        };
        let source = config.sources.named(near).filter(|_| kind == "source");
        (near, source.map_or(view, |source| View::Source(source.name.clone())))
    });
    html! {
        p {
            @match language {
                Language::Chinese => { "feeds.toml 中没有名为 " code { (name) } " 的" (what) },
                Language::English => { "feeds.toml has no " (what) " " code { (name) } },
            }
            @if let Some((near, view)) = &near {
                (language.pick("，是不是 ", "; did you mean "))
                a href=(format!("{}{}/", frame.base(), document::path(view))) { (near) }
                (language.pick("？", "?"))
            } @else { (language.pick("。", ".")) }
        }
    }
}
