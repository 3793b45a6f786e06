//! The HTML of every kind of page, as a browser's own parser and the rules of HTML and WCAG see it.

use std::collections::HashSet;
use std::sync::Arc;

use dom_query::Document;
use feedmill::model::{Outcome, SourceState};
use feedmill::search::Search;
use feedmill::store::Store;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::RcDom;

use super::kit::{CONFIG, Site, entry, now, plan_of};

/// What a page may weigh without its pictures.
const PAGE_BYTES_MAX: usize = 50_000;

/// Sources that are added to those of the kit, so that the status page has more than one page.
const SOURCES: usize = 60;

/// A site that has much of everything: long titles, summaries, keywords and reasons.
async fn site() -> (Site, tempfile::TempDir) {
    let many = (0..SOURCES).map(|number| {
        format!(
            "\n[[source]]\nname = \"第{number}个名字相当长的中文来源\"\nurl = \"https://s{number}.example.org/feed\"\ncategory = \"科技\"\n"
        )
    });
    let config = CONFIG.replace("[[view]]", &format!("{}\n[[view]]", many.collect::<String>()));
    let site = Site::unready(&config).await;
    site.open();
    site.fill();
    let entries = (0..90).map(|number| {
        let title = format!("第 {number} 次更新：国产大模型参数更多、价格更低，业内人士表示训练成本正在下降，应用也越来越多");
        let text = "近日，多家公司发布了新的大模型，参数规模继续增长；业内人士表示，训练成本正在下降，应用也越来越多，不过能耗与版权仍然是悬而未决的问题。".repeat(8);
        let html = format!("<h2>小标题</h2><p><img src='/i.png'>{text}</p><table><tr><td>1<td>2</table><pre>a\n b</pre>");
        let mut one = entry(&title, &format!("https://36kr.com/m/{number}"), &html, &format!("2024-02-{:02}T{:02}:00:00Z", 1 + number / 4, number % 24));
        one.language = Some("zh-CN".into());
        one.categories = ["人工智能", "大模型", "训练成本", "版权问题", "能源消耗", "国产芯片"].map(str::to_owned).to_vec();
        one
    });
    site.add("36kr", entries.collect(), "2024-02-26T00:00:00Z");
    for source in &site.state.config().sources {
        let mut state = SourceState::fresh(source.name.clone(), source.url.to_string(), now());
        let why = format!(
            "{} answered 401; the publisher wants to know who asks: see auth_env and headers, or the publisher does not want to be polled",
            source.url
        );
        (state.outcome, state.failures) = (Some(Outcome::Failed(why.clone())), 7);
        state.next_why = "7 failures in a row: next try in 6h".into();
        let hour = feedmill::model::HourOfPolls::of(now());
        state.history.hours = (0..24)
            .map(|ago| feedmill::model::HourOfPolls { hour: hour - 23 + ago, changed: 1, unchanged: 2, failed: 3, timed: 6, millis: 1_000 })
            .collect();
        let run = feedmill::model::FailureRun { first: now(), last: now(), times: 7, why };
        state.history.failures = vec![run; 5];
        let plan = plan_of(state, now());
        site.store.apply(&[plan]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let search = Arc::new(Search::new(folder.path(), Arc::default()));
    site.state.open_search(Arc::clone(&search));
    search.follow(&*site.store, &mut |_| true).unwrap();
    (site, folder)
}

/// Every kind of page, with the status it answers.
fn paths(site: &Site) -> Vec<(String, u16)> {
    let id = |title: &str| format!("/article/{}?", site.store_id(title));
    let mut paths: Vec<String> = [
        "/?",
        "/?tag=%E5%A4%A7%E6%A8%A1%E5%9E%8B&",
        "/?tag=none&",
        "/source/36kr/?",
        "/source/byte/?",
        "/source/%E7%AC%AC1%E4%B8%AA%E5%90%8D%E5%AD%97%E7%9B%B8%E5%BD%93%E9%95%BF%E7%9A%84%E4%B8%AD%E6%96%87%E6%9D%A5%E6%BA%90/?",
        "/category/%E7%A7%91%E6%8A%80/?",
        "/view/ai/?",
        "/search?",
        "/search?q=%E5%A4%A7%E6%A8%A1%E5%9E%8B&",
        "/search?q=nothinglikethis&",
        "/search?q=(a&",
        "/status?",
        "/status?page=2&",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend([id("Second"), id("Byte"), id("大模型 & AI")]);
    let mut paths: Vec<_> = paths.into_iter().map(|path| (path, 200)).collect();
    paths.extend([
        ("/nothing/here?".to_owned(), 404),
        ("/source/nobody/?".into(), 404),
        ("/article/00000000000000000000000000000000?".into(), 404),
    ]);
    let both = |(path, status): (String, u16)| ["zh", "en"].map(|language| (format!("{path}lang={language}"), status));
    paths.into_iter().flat_map(both).collect()
}

/// What is wrong with a page.
fn faults(page: &str, language: &str) -> Vec<String> {
    let options = html5ever::ParseOpts {
        tokenizer: html5ever::tokenizer::TokenizerOpts { exact_errors: true, ..Default::default() },
        tree_builder: html5ever::tree_builder::TreeBuilderOpts { exact_errors: true, ..Default::default() },
    };
    let parsed = html5ever::parse_document(RcDom::default(), options).one(page);
    let mut faults: Vec<String> = parsed.errors.borrow().iter().map(|error| format!("parse error: {error}")).collect();
    let tree = Document::from(page);
    let all = |css: &str| tree.select(css).iter().map(|found| found.html().chars().take(120).collect::<String>()).collect::<Vec<_>>();
    for (what, css) in [
        ("a picture without alt", "img:not([alt])"),
        ("an obsolete or styled element", "font, center, marquee, [style], [onclick]"),
        ("a link in a link", "a a, a button, button a"),
        ("a link without address", "a:not([href])"),
        ("an element of a list outside of one", ":not(ul):not(ol) > li"),
        ("a block in a paragraph", "p div, p ul, p h2, p table, span div, span ul, span table"),
        ("a picture of numbers without words", "svg:not([role=img] svg), [role=img]:not([aria-label])"),
        ("a part that scrolls out of the keyboard's reach", ".scroll:not([tabindex])"),
        ("a navigation without a name", "nav:not([aria-label])"),
        ("a header of a table without scope", "main > :not(article) th:not([scope])"),
    ] {
        faults.extend(all(css).into_iter().map(|html| format!("{what}: {html}")));
    }
    for (what, css, count) in [
        ("language", format!("html[lang={language}]"), 1),
        ("title", "head > title".into(), 1),
        ("main", "main".into(), 1),
        ("first heading", "h1".into(), 1),
        ("way past the head", "body > a.skip:first-child[href='#main']".into(), 1),
    ] {
        if tree.select(&css).length() != count {
            faults.push(format!("not {count} {what}"));
        }
    }
    let mut ids = HashSet::new();
    for id in tree.select("[id]").iter().filter_map(|found| found.attr("id")) {
        if !ids.insert(id.to_string()) {
            faults.push(format!("the id {id} twice"));
        }
    }
    for input in tree.select("input:not([type=hidden]), select, textarea").iter() {
        let by_id = input.attr("id").is_some_and(|id| tree.select(&format!("label[for='{id}']")).exists());
        if !by_id && input.attr("aria-label").is_none() && !input.ancestors(None).iter().any(|around| around.is("label")) {
            faults.push(format!("no label: {}", input.html()));
        }
    }
    for target in tree.select("label[for]").iter().filter_map(|label| label.attr("for")) {
        if !ids.contains(target.as_ref()) {
            faults.push(format!("a label for {target}, which is not there"));
        }
    }
    for link in tree.select("a, button:not([hidden])").iter() {
        if link.text().trim().is_empty() && link.attr("aria-label").is_none() && !link.select("img[alt]:not([alt=''])").exists() {
            faults.push(format!("without words: {}", link.html()));
        }
    }
    let mut level = 0;
    for heading in tree.select("h1, h2, h3, h4, h5, h6").iter() {
        let name = heading.nodes()[0].node_name().unwrap_or_default();
        let next: usize = name[1..].parse().unwrap();
        if next > level + 1 {
            faults.push(format!("from level {level} to {name}: {}", heading.text()));
        }
        level = next;
    }
    if page.len() > PAGE_BYTES_MAX {
        faults.push(format!("{} bytes", page.len()));
    }
    faults
}

#[tokio::test]
async fn every_kind_of_page_is_valid_accessible_and_small_in_both_languages() {
    let (site, _folder) = site().await;
    let mut wrong = Vec::new();
    let paths = paths(&site);
    assert_eq!(paths.len(), 40);
    for (path, status) in paths {
        let language = if path.ends_with("zh") { "zh-CN" } else { "en" };
        let answer = site.get_with(&path, &[("accept-language", language)]).await;
        assert_eq!(answer.status(), status, "{path}");
        let found = faults(&answer.text().await.unwrap(), language);
        wrong.extend(found.into_iter().map(|fault| format!("{path}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_checks_find_what_is_wrong() {
    let good = "<!DOCTYPE html><html lang=\"en\"><head><title>t</title></head><body><a class=\"skip\" href=\"#main\">s</a><main id=\"main\"><h1>t</h1></main></body></html>";
    assert_eq!(faults(good, "en"), Vec::<String>::new());
    assert_eq!(faults(good, "zh-CN"), ["not 1 language"]);
    for (body, fault) in [
        ("<img src=x>", "a picture without alt"),
        ("<p><b>x</p>", "parse error"),
        ("<div></p></div>", "parse error"),
        ("<b id=main>x</b>", "the id main twice"),
        ("<input name=q>", "no label"),
        ("<h3>x</h3>", "from level 1 to h3"),
        ("<a href=x></a>", "without words"),
        ("<nav>x</nav>", "a navigation without a name"),
        ("<svg></svg>", "a picture of numbers without words"),
        ("<p style='color:red'>x</p>", "an obsolete or styled element"),
    ] {
        let page = good.replace("</main>", &format!("{body}</main>"));
        let found = faults(&page, "en");
        assert!(found.iter().any(|found| found.starts_with(fault)), "{body}: {found:?}");
    }
    assert!(faults(&good.replace("</main>", &format!("{}</main>", "x".repeat(PAGE_BYTES_MAX))), "en")[0].ends_with("bytes"));
}
