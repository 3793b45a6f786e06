//! The pages in a real browser: Debian's Chromium, driven through its WebDriver. What it saw lies in `target/tmp/screens` for people to look at.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use feedmill::search::Search;
use serde_json::json;

use crate::serving::kit::{Site, entry};

/// A browser with its driver; both end when it is dropped.
struct Browser {
    driver: Child,
    client: Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    async fn start(language: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver; on Debian: sudo apt-get install chromium-driver");
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok())
            .expect("chromedriver says its port");
        let arguments = [
            "--headless=new".to_owned(),
            // Tests run as root in containers, where Chromium's own sandbox cannot be set up.
            "--no-sandbox".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-gpu".into(),
            "--window-size=1200,900".into(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": language } });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { driver, client, _profile: profile }
    }

    async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    async fn click(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}")).click().await.unwrap();
    }

    async fn text(&self, css: &str) -> String {
        self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}")).text().await.unwrap()
    }

    async fn run(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Keeps a picture for people, and sees that nothing stands beyond the window's edge.
    async fn look(&self, name: &str) {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await.unwrap()).unwrap();
        let beyond = self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(beyond, 0, "{name} is wider than the window");
    }

    async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A site with articles in two languages, which can be searched, at the address that its server has.
async fn site() -> (Site, tempfile::TempDir) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = crate::serving::kit::CONFIG.replace("https://feeds.example.org", &format!("http://{address}"));
    let site = Site::unready_at(&config, &address.to_string()).await;
    site.open();
    site.fill();
    let mut english: Vec<_> = (0..12)
        .map(|number| {
            let title = format!("Language models, part {number}: what they read and what they write");
            let html = format!("<p>The {number}th part of a long story about <b>language models</b> and the people who train them, with a word on zebras.</p>");
            let mut one = entry(&title, &format!("https://byte.example.org/p/{number}"), &html, &format!("2024-02-2{}T09:{number:02}:00Z", number % 5));
            (one.language, one.categories) = (Some("en".into()), vec!["AI".into(), "Research".into()]);
            one
        })
        .collect();
    let hostile = "<p>Read on</p><script>window.harmed = 1</script><img src=x onerror='window.harmed = 2'><svg onload='window.harmed = 3'></svg>\
                   <a href='javascript:window.harmed = 4'>click</a><iframe srcdoc='<script>top.harmed = 5</script>'></iframe><p style='position:fixed;top:0'>x</p>";
    english.push(entry("Hostile <script>window.harmed = 6</script>", "https://byte.example.org/hostile", hostile, "2024-02-16T09:00:00Z"));
    site.add("byte", english, "2024-02-26T00:00:00Z");
    let mut chinese: Vec<_> = (0..8)
        .map(|number| {
            let html = "<p>近日，多家公司发布了新的大模型，参数规模继续增长。业内人士表示，训练成本正在下降，应用也越来越多。</p>";
            let mut one = entry(
                &format!("国产大模型第 {number} 次更新：参数更多，价格更低"),
                &format!("https://36kr.com/m/{number}"),
                html,
                &format!("2024-02-2{}T10:00:00Z", number % 5),
            );
            (one.language, one.categories) = (Some("zh-CN".into()), vec!["AI".into(), "大模型".into()]);
            one
        })
        .collect();
    chinese.truncate(8);
    site.add("36kr", chinese, "2024-02-26T00:00:00Z");
    crate::serving::status::live(&site);
    let folder = tempfile::tempdir().unwrap();
    let search = Arc::new(Search::new(folder.path(), Arc::default()));
    site.state.open_search(Arc::clone(&search));
    search.follow(&*site.store, &mut |_| true).unwrap();
    (site, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_filter_search_switch_and_copy_in_a_real_browser() {
    let (site, _folder) = site().await;
    let browser = Browser::start("en").await;
    browser.open(&site.url).await;
    assert_eq!(browser.text("h1").await, "Newest articles");
    browser.look("river-wide-light-en").await;

    // How things are, as pictures.
    for (path, name) in [("/status", "status"), ("/source/36kr/", "source")] {
        browser.open(&format!("{}{path}", site.url)).await;
        let bar = "return getComputedStyle(document.querySelector('.chart [fill=\"#0B5CAD\"]')).fill";
        assert_eq!(browser.run(bar).await, "rgb(11, 92, 173)");
        browser.look(&format!("{name}-wide-light-en")).await;
    }
    browser.open(&site.url).await;

    // Reading: an article, and why it is here.
    browser.click("article.row h3 a").await;
    assert!(browser.text("article.whole h1").await.contains("国产大模型第 4 次更新"));
    browser.click("details.why summary").await;
    assert!(browser.text("details.why dl").await.contains("its guid"));
    browser.look("article-wide-light-en").await;

    // Filtering, and the feed of exactly what is shown.
    browser.open(&site.url).await;
    browser.client.find(Locator::LinkText("Chinese")).await.unwrap().click().await.unwrap();
    assert!(browser.text("main").await.contains("国产大模型") && !browser.text("main").await.contains("Language models"));
    browser.client.find(Locator::LinkText("大模型")).await.unwrap().click().await.unwrap();
    let address = browser.client.current_url().await.unwrap();
    assert_eq!(address.query(), Some("language=zh&tag=%E5%A4%A7%E6%A8%A1%E5%9E%8B"));
    browser.click("details.subscribe summary").await;
    browser.click("button.copy").await;
    browser.client.wait().for_element(Locator::XPath("//button[text()='Copied']")).await.unwrap();
    browser.look("subscribe-wide-light-en").await;

    // What was copied is what a reader gets: pasted into the search box.
    browser.open(&format!("{}/search", site.url)).await;
    let field = browser.client.find(Locator::Css("input[type=search]")).await.unwrap();
    field.send_keys(&format!("{}v", char::from(Key::Control))).await.unwrap();
    let pasted = field.prop("value").await.unwrap().unwrap();
    assert_eq!(pasted, format!("{}/feed.xml?language=zh&tag=%E5%A4%A7%E6%A8%A1%E5%9E%8B", site.url));

    // Searching by keyboard.
    field.clear().await.unwrap();
    field.send_keys(&format!("\"language models\" -大模型{}", char::from(Key::Enter))).await.unwrap();
    browser.client.wait().for_element(Locator::Css("p.found")).await.unwrap();
    assert_eq!(browser.text("p.found").await, "12 articles · best first · newest first");
    assert_eq!(browser.text("mark").await, "Language models");
    browser.look("search-wide-light-en").await;

    // Language and theme, which stays.
    browser.client.find(Locator::LinkText("中文")).await.unwrap().click().await.unwrap();
    assert!(browser.text("p.found").await.starts_with("找到 12 篇文章"));
    // What the switch says holds for the pages behind the links, and for those that are not there.
    browser.client.find(Locator::Css("article.row h2 a")).await.unwrap().click().await.unwrap();
    browser.client.wait().for_element(Locator::LinkText("阅读原文")).await.unwrap();
    browser.open(&format!("{}/source/36kt/", site.url)).await;
    assert_eq!(browser.text("h1").await, "没有这个页面");
    assert!(browser.text("main").await.contains("是不是 36kr？"));
    browser.look("missing-wide-light-zh").await;
    browser.client.find(Locator::LinkText("English")).await.unwrap().click().await.unwrap();
    assert_eq!(browser.text("h1").await, "There is no such page");
    browser.client.find(Locator::LinkText("36kr")).await.unwrap().click().await.unwrap();
    browser.client.wait().for_element(Locator::Css("section.about-source")).await.unwrap();
    browser.open(&format!("{}/search?q=%22language%20models%22%20-%E5%A4%A7%E6%A8%A1%E5%9E%8B&lang=zh", site.url)).await;
    let paper = "return getComputedStyle(document.documentElement).backgroundColor";
    let light = browser.run(paper).await;
    browser.click("button.theme").await;
    let dark = browser.run(paper).await;
    assert_ne!(light, dark);
    browser.look("search-wide-dark-zh").await;
    browser.client.set_window_size(390, 844).await.unwrap();
    for (path, name) in [
        ("/", "river"),
        ("/search?q=大模型", "search"),
        ("/search?q=(a", "mistake"),
        ("/status", "status"),
        ("/source/36kr/", "source"),
        ("/nothing", "missing"),
    ] {
        browser.open(&format!("{}{path}", site.url)).await;
        assert_eq!(browser.run(paper).await, dark, "the theme stays");
        browser.look(&format!("{name}-narrow-dark")).await;
    }
    browser.click("button.theme").await;
    browser.open(&format!("{}/article/{}?lang=zh", site.url, site.store_id("大模型 & AI"))).await;
    assert_eq!(browser.run(paper).await, light);
    browser.click("details.why summary").await;
    browser.look("article-narrow-light-zh").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_a_hostile_article_runs_no_script_in_a_real_browser() {
    let (site, _folder) = site().await;
    let browser = Browser::start("en").await;
    let id = site.store.as_ref();
    let hostile = feedmill::store::Store::newest(id, None, None, 1000)
        .unwrap()
        .into_iter()
        .find(|article| article.title.starts_with("Hostile"))
        .unwrap();
    for path in [
        format!("/article/{}", hostile.id),
        "/source/byte/".into(),
        "/search?q=hostile".into(),
        "/search?q=%3Cimg%20src=x%20onerror=harmed=7%3E".into(),
    ] {
        browser.open(&format!("{}{path}", site.url)).await;
        for link in browser.client.find_all(Locator::XPath("//a[text()='click']")).await.unwrap() {
            link.click().await.unwrap();
        }
        assert_eq!(browser.run("return window.harmed === undefined").await, true, "{path}");
        assert_eq!(browser.run("return document.querySelectorAll('main script, main iframe, main [style]').length").await, 0, "{path}");
    }
    // Our own script runs; one that stands in a page would not.
    assert_eq!(browser.run("return document.querySelector('button.theme').hidden").await, false);
    let blocked = "const s = document.createElement('script'); s.textContent = 'window.harmed = 8'; document.body.append(s); return window.harmed === undefined";
    assert_eq!(browser.run(blocked).await, true, "the Content-Security-Policy keeps it from running");
    browser.close().await;
}
