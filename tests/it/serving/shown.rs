//! What settings of a source or a view change about articles that are stored already: their Chinese, their pictures.

use feedmill::model::Entry;

use super::kit::{Site, entry};

fn config(source: &str) -> String {
    format!(
        "[site]\nurl = \"https://feeds.example.org\"\n\
         [[source]]\nname = \"a\"\nurl = \"https://a.example.org/feed\"\n{source}\n\
         [[source]]\nname = \"b\"\nurl = \"https://b.example.org/feed\"\ncategory = \"other\"\n\
         [[view]]\nname = \"same\"\nfilter = 'title ~ \"头发|皇后\"'\n\
         [[view]]\nname = \"written\"\nfilter = \"all\"\nchinese = \"\"\n\
         [[view]]\nname = \"hk\"\nfilter = \"all\"\nchinese = \"hongkong\"\n"
    )
}

async fn site(source: &str) -> Site {
    let site = Site::unready(&config(source)).await;
    site.open();
    let hair =
        "<p>用软件看<a href=\"https://a.example.org/头发\">头发</a>的照片。</p><pre>头发</pre><p><img src=\"/p.png\" alt=\"头发\"></p>";
    let pixel = "<p>皇后在里面。<img src=\"https://a.example.org/1.gif\" width=1 height=1></p>";
    site.add("a", vec![entry("头发", "https://a.example.org/1", hair, "2024-02-18T09:00:00Z")], "2024-02-20T00:00:00Z");
    site.add(
        "b",
        vec![Entry {
            image: Some("https://b.example.org/beside.jpg".into()),
            ..entry("皇后", "https://b.example.org/2", pixel, "2024-02-19T09:00:00Z")
        }],
        "2024-02-20T00:00:00Z",
    );
    let japanese = "<p>国会で予算案が可決された。来年度の関税について。</p>";
    site.add("a", vec![entry("国会の予算案", "https://a.example.org/3", japanese, "2024-02-17T09:00:00Z")], "2024-02-20T00:00:00Z");
    site
}

fn ids(feed: &str) -> Vec<String> {
    let mut ids: Vec<_> =
        feed.split("<guid").skip(1).map(|guid| guid.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn chinese_is_shown_as_the_source_asks_and_a_view_wins() {
    let (plain, site) = (site("").await, site("chinese = \"taiwan\"").await);
    for file in ["feed.xml", "atom.xml", "feed.json"] {
        let merged = site.text(&format!("/{file}")).await;
        assert!(merged.contains("頭髮") && merged.contains("軟體") && merged.contains("国会の予算案"), "{merged}");
        assert!(merged.contains("皇后在里面"), "the other source asks for nothing: {merged}");
        let written = site.text(&format!("/view/written/{file}")).await;
        assert!(written.contains("用软件看") && !written.contains("頭髮"), "{written}");
        let hong_kong = site.text(&format!("/view/hk/{file}")).await;
        assert!(hong_kong.contains("用軟件看") && hong_kong.contains("皇后在裏面") && hong_kong.contains("国会の予算案"), "{hong_kong}");
        // Filters look at what the publisher wrote.
        let same = site.text(&format!("/view/same/{file}")).await;
        assert!(same.contains("頭髮") && same.contains("皇后"), "{same}");
    }
    let merged = site.text("/feed.xml").await;
    assert!(merged.contains("&lt;pre>头发") || merged.contains("<pre>头发") || merged.contains("&lt;pre&gt;头发"), "code stays: {merged}");
    assert!(merged.contains("https://a.example.org/%E5%A4%B4%E5%8F%91"), "addresses stay: {merged}");
    for path in ["/feed.xml", "/view/hk/feed.xml", "/source/a/feed.xml"] {
        assert_eq!(ids(&site.text(path).await), ids(&plain.text(path).await), "{path}");
    }
    assert!(
        site.text("/").await.contains("頭髮")
            && site.text("/view/hk/").await.contains("用軟件看")
            && site.text("/view/written/").await.contains("用软件看")
    );
    let id = site.store_id("头发");
    let (page, file) = (site.text(&format!("/article/{id}")).await, site.text(&format!("/article/{id}.md")).await);
    assert!(page.contains("<h1>頭髮</h1>") && page.contains("lang=\"zh-TW\"") && page.contains("alt=\"頭髮\""), "{page}");
    assert!(file.contains("title: '頭髮'") && file.contains("用軟體看") && file.contains("<pre>头发</pre>"), "{file}");
    let stored = feedmill::store::Store::newest(&*site.store, None, None, 10).unwrap();
    assert!(stored.iter().any(|article| article.title == "头发" && article.body.as_str().contains("用软件看")), "{stored:?}");
}

#[tokio::test]
async fn p7_the_same_store_is_shown_in_the_same_bytes_however_often_it_is_rendered() {
    let site = site("chinese = \"traditional\"").await;
    let (first, rendered) = (site.text("/feed.xml").await, site.state.rendered());
    site.render();
    assert_eq!(site.text("/feed.xml").await, first);
    assert_eq!(site.state.rendered().files.len(), rendered.files.len());
    assert!(site.state.rendered().files.iter().all(|(path, file)| std::sync::Arc::ptr_eq(file, &rendered.files[path])));
}

#[tokio::test]
async fn pictures_are_asked_for_without_a_word_about_the_page_where_the_source_asks_for_it() {
    let (plain, site) = (site("").await, site("image_referrer = \"none\"").await);
    let quiet = "referrerpolicy=\"no-referrer\"";
    let id = site.store_id("头发");
    for path in [format!("/article/{id}.md"), format!("/article/{id}")] {
        let (page, before) = (site.text(&path).await, plain.text(&path).await);
        assert!(page.contains(&format!("<img alt=\"头发\" {quiet} src=\"https://a.example.org/p.png\"/>")), "{page}");
        assert_eq!(page.replace(&format!(" {quiet}"), ""), before.replace(&format!(" {quiet}"), ""), "nothing else differs");
        assert!(!before.contains(&format!("<img alt=\"头发\" {quiet}")), "{before}");
    }
    let json: serde_json::Value = serde_json::from_str(&site.text("/feed.json").await).unwrap();
    let bodies: Vec<&str> = json["items"].as_array().unwrap().iter().filter_map(|entry| entry["content_html"].as_str()).collect();
    assert_eq!(bodies.iter().filter(|body| body.contains(quiet)).count(), 1, "{bodies:?}");
    assert!(!plain.text("/feed.xml").await.contains("referrerpolicy"));
    // Our own pages say nothing of themselves to anybody, whatever a picture says.
    assert_eq!(super::kit::header(&plain.get("/").await, "referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn a_picture_of_one_pixel_is_in_the_markdown_file_and_nowhere_else() {
    let site = site("").await;
    let id = site.store_id("皇后");
    let markdown = site.text(&format!("/article/{id}.md")).await;
    assert!(markdown.contains("1.gif") && !markdown.contains("beside.jpg"), "{markdown}");
    for path in ["/feed.xml".to_owned(), "/atom.xml".to_owned(), "/feed.json".to_owned(), "/".to_owned(), format!("/article/{id}")] {
        let text = site.text(&path).await;
        // A text that shows no other picture leaves room for the one beside it.
        assert!(!text.contains("1.gif") && text.contains("https://b.example.org/beside.jpg"), "{path}");
    }
}
