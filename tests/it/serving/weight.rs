//! Every page below 50 KB, whatever publishers and those who ask write.

use std::sync::Arc;

use feedmill::model::story::Story;
use feedmill::model::{Article, Outcome, Person, PollPlan, SourceState};
use feedmill::search::Search;
use feedmill::store::Store;
use feedmill::web::pages::weight::PAGE_BYTES_MAX;

use super::kit::{Site, articles, config, entry, feed_of, now, plan_of};

/// Sources that carry the same story.
const COPIES: usize = 60;

/// feeds.toml with many sources and categories of the longest names.
fn toml(sources: usize) -> String {
    let mut text = "[site]\ntitle = \"科技合流\"\nurl = \"https://feeds.example.org\"\nlanguage = \"zh-CN\"\n".to_owned();
    for number in 0..sources {
        text.push_str(&format!(
            "[[source]]\nname = \"{number} {}\"\nurl = \"https://s{number}.example.org/feed\"\ncategory = \"{} {}\"\n",
            "名字很长的中文来源".repeat(3),
            "分类&名".repeat(8),
            number % 300,
        ));
    }
    text
}

fn name(number: usize) -> String {
    format!("{number} {}", "名字很长的中文来源".repeat(3))
}

/// An article with as much of everything as can be stored, of characters that are long in HTML and in addresses.
fn heavy(number: usize, source: &str, site: &Site) -> Article {
    let published = format!("2024-02-{:02}T{:02}:{:02}:00Z", 1 + number % 20, number % 24, number % 60);
    let link = format!("https://publisher.example.org/{number}");
    let feed = feed_of(vec![entry("heavy", &link, "<p>x</p>", &published)]);
    let mut article = articles(&site.state.config(), source, &feed, now()).remove(0);
    article.title = format!("{number} {}", "\"&'<模>".repeat(160));
    article.summary = "\"&'<模>".repeat(50);
    article.body = feedmill::pipeline::sanitize::sanitize(&format!("<p>{}</p>", "模 型 \" & ".repeat(400)), &Default::default());
    article.keywords = (0..64).map(|word| format!("{word} {}", "关键词&\"".repeat(6))).collect();
    article.categories = (0..64).map(|word| format!("{word} {}", "标签&\"".repeat(3))).collect();
    article.language = Some(format!("zh{}", "x".repeat(number % 30)));
    article.feed_title = Some("\"源\"".repeat(60));
    article.link = Some(format!("{link}?{}", "模".repeat(300)));
    article.cover = Some(format!("https://publisher.example.org/{}.jpg", "图".repeat(300)));
    article.authors = (0..32).map(|_| Person { name: "作者&\"".repeat(50), email: None, url: None }).collect();
    article
}

async fn pages_are_light(site: &Site, paths: &[String]) {
    let mut heavy = Vec::new();
    for path in paths {
        for language in ["zh", "en"] {
            let answer = site.get_with(path, &[("accept-language", language), ("accept", "text/html")]).await;
            let page = answer.text().await.unwrap();
            if page.len() > PAGE_BYTES_MAX {
                heavy.push(format!("{} bytes: {}", page.len(), path.chars().take(80).collect::<String>()));
            }
        }
    }
    assert!(heavy.is_empty(), "{heavy:#?}");
}

#[tokio::test]
async fn pages_of_hostile_articles_stay_light_and_show_every_article_once() {
    let site = Site::unready(&toml(COPIES)).await;
    site.open();
    for number in 0..75 {
        let source = name(number % COPIES);
        let article = heavy(number, &source, &site);
        site.keep_articles(&source, vec![article], now());
    }
    // One story of all sources: more articles than one page has.
    let copies: Vec<Article> = (0..COPIES).map(|number| heavy(1_000, &name(number), &site)).collect();
    let first = copies[0].clone();
    for (number, mut copy) in copies.into_iter().enumerate() {
        copy.published = "2024-02-28T00:00:00Z".parse().unwrap();
        copy.title = "One story".into();
        copy.keywords.clear();
        copy.story = Some(Story { id: first.id, published: copy.published, merge: None, kept_apart: false });
        site.keep_articles(&name(number), vec![copy], now());
    }
    site.render();
    let folder = tempfile::tempdir().unwrap();
    let search = Arc::new(Search::new(folder.path(), Arc::default()));
    site.state.open_search(Arc::clone(&search));
    search.follow(&*site.store as &dyn Store, &mut |_| true).unwrap();

    let first = site.text("/?lang=en").await;
    let story = first.split("One story").nth(1).unwrap_or_default().split("</article>").next().unwrap_or_default();
    assert!(story.contains("and 51 more"), "60 copies: one leads, eight are named: {story}");
    let categories = first.split("</nav>").nth(1).unwrap_or_default();
    assert!(categories.ends_with(" more</a></li></ul>"), "not all categories find room: {categories}");
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let category = encoded(&format!("{} 0", "分类&名".repeat(8)));
    let source = encoded(&name(3)).replace('+', "%20");
    let long = encoded(&"模型\"".repeat(15));
    let lead = site.store.newest(None, None, 1).unwrap().remove(0).id;
    let mut paths = vec![
        "/".to_owned(),
        format!("/category/{}/", category.replace('+', "%20")),
        format!("/source/{source}/"),
        format!("/?tag={long}&category={long}&source={long}&language=zhxxxxxxxxxxxxxxxxxxxxxxxxx"),
        format!("/?tag={}", encoded("0 标签&\"标签&\"标签&\"")),
        "/search".into(),
        "/search?q=%E6%A8%A1".into(),
        "/search?q=%E6%A8%A1&page=2&sort=date".into(),
        format!("/search?q={}", encoded(&"模型 ".repeat(38))),
        format!("/search?q={}", encoded(&format!("\"{}\"", "模".repeat(300)))),
        format!("/search?q={}", encoded(&format!("source:{}", "\"\"".repeat(300)))),
        format!("/search?q={}", encoded(&(0..38).map(|number| format!("source:s{number}{} ", "x".repeat(15))).collect::<String>())),
        format!("/search?q={}", encoded(&"<".repeat(2_000))),
        format!("/nothing/{}?{long}", "\"".repeat(400)),
        format!("/source/{}/", encoded(&"\"".repeat(400))),
        "/status".into(),
        "/status?page=2".into(),
    ];
    // Where one page leads to the next: all articles, each once.
    let mut next = Some("/?lang=en".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next.take() {
        let page = site.text(&path).await;
        let tree = dom_query::Document::from(page.as_str());
        seen.extend(tree.select("article.row h3 a").iter().filter_map(|link| link.attr("href")).map(|link| link.to_string()));
        next = tree.select("nav.pages a[rel=next]").iter().next().and_then(|link| link.attr("href")).map(|link| link.to_string());
        paths.push(path);
        assert!(paths.len() < 40, "the pages end");
    }
    assert_eq!(seen.len(), 76, "75 articles and one story");
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 76, "none is there twice");
    pages_are_light(&site, &paths).await;

    // An article's own page is as long as the article; what is around it is small.
    let page = site.text(&format!("/article/{lead}")).await;
    let body = dom_query::Document::from(page.as_str()).select("div.body").html().len();
    assert!(page.len() - body <= PAGE_BYTES_MAX, "{} bytes of {} around the text", page.len() - body, page.len());
}

#[tokio::test]
async fn the_status_of_ten_thousand_sources_is_paged_and_light() {
    const SOURCES: usize = 10_000;
    let text = toml(SOURCES);
    assert_eq!(config(&text).sources.len(), SOURCES);
    let site = Site::unready(&text).await;
    site.open();
    let plans: Vec<PollPlan> = site
        .state
        .config()
        .sources
        .iter()
        .map(|source| {
            let mut state = SourceState::fresh(source.name.clone(), source.url.to_string(), now());
            state.outcome = Some(Outcome::Failed("\"<&>\"".repeat(500)));
            state.next_why = "\"<&>\"".repeat(500);
            plan_of(state, now())
        })
        .collect();
    site.store.apply(&plans).unwrap();
    let paths = ["/status", "/status?page=200", "/status?page=400", "/", "/search"].map(str::to_owned);
    pages_are_light(&site, &paths).await;
    let last = site.text("/status?page=400&lang=en").await;
    assert!(last.contains("400 of 400") && last.matches("<th scope=\"row\"").count() >= 25, "{last}");
}
