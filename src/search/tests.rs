use chrono::{DateTime, FixedOffset};

use super::*;
use crate::model::{Article, Source};
use crate::pipeline::testing;
use crate::store::rows::sample;
use crate::store::{MemoryStore, Store};

struct World {
    folder: tempfile::TempDir,
    store: MemoryStore,
    search: Search,
    sources: Vec<Arc<Source>>,
}

fn article(source: &str, number: u32, title: &str, body: &str) -> Article {
    Article {
        title: title.to_owned(),
        body: crate::model::SafeHtml::for_tests(body),
        language: Some(if title.is_ascii() { "en" } else { "zh-CN" }.into()),
        ..sample::article(source, number)
    }
}

/// One for all tests: a debug build reads it slowly.
fn dictionary() -> Arc<Dictionary> {
    static SHARED: std::sync::OnceLock<Arc<Dictionary>> = std::sync::OnceLock::new();
    Arc::clone(SHARED.get_or_init(Arc::default))
}

impl World {
    fn new(articles: Vec<Article>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let search = Search::new(folder.path(), dictionary());
        let mut sources = vec![testing::source("36kr"), testing::source("Hacker News")];
        sources[0].category = Some("Tech".into());
        sources[1].tags = vec!["english".into()];
        let sources = sources.into_iter().map(Arc::new).collect();
        let world = Self { folder, store: MemoryStore::new(), search, sources };
        world.add(articles);
        world.follow();
        world
    }

    fn add(&self, articles: Vec<Article>) {
        for article in articles {
            let source = article.source.to_string();
            self.store.apply(&[sample::plan(&source, 0, vec![article])]).unwrap();
        }
    }

    fn follow(&self) {
        self.search.follow(&self.store, &mut |_| true).unwrap();
    }

    /// As after a restart.
    fn reopened(mut self) -> Self {
        self.search = Search::new(self.folder.path(), dictionary());
        self.follow();
        self
    }

    fn found(&self, query: &str) -> Vec<String> {
        let query = Query::parse(query, DateTime::UNIX_EPOCH, FixedOffset::east_opt(0).unwrap()).unwrap();
        let wanted = Wanted { query: &query, sources: &self.sources, sort: None, skip: 0, limit: 100 };
        let found = self.search.find(&wanted).unwrap();
        assert_eq!(found.total, found.ids.len());
        let title = |(id, _): &(ArticleId, _)| self.store.article(*id).unwrap().map(|article| article.title);
        found.ids.iter().filter_map(title).collect()
    }
}

fn news() -> World {
    let mut tagged = article("36kr", 4, "芯片周报", "<p>本周的<b>芯</b>片新闻。</p>");
    tagged.categories = vec!["Chips".into()];
    tagged.authors = vec![crate::model::Person { name: "张三丰".into(), email: None, url: None }];
    World::new(vec![
        article("36kr", 1, "国产大模型发布", "<p>今天发布了新的大模型，参数很多。</p>"),
        article("36kr", 2, "模型很大", "<p>这个模型真的很大，人工智能专家说。</p>"),
        article("Hacker News", 3, "OpenAI ships GPT-4o", "<p>New language models were shipped by OpenAI.</p>"),
        tagged,
        article("Hacker News", 5, "A model railway", "<p>Language is not a model of language.</p>"),
        article("36kr", 6, "蘋果發佈iPhone", "<p>繁體字的文章。</p>"),
    ])
}

#[test]
fn chinese_english_and_mixed_words_are_found() {
    let news = news();
    assert_eq!(news.found("大模型"), ["国产大模型发布"]);
    assert_eq!(news.found("模型 专家"), ["模型很大"]);
    assert_eq!(news.found("模型").len(), 2);
    assert_eq!(news.found("智能"), ["模型很大"]);
    assert_eq!(news.found("language model").len(), 2);
    assert_eq!(news.found("\"language models\""), ["OpenAI ships GPT-4o"]);
    assert_eq!(news.found("gpt4o"), ["OpenAI ships GPT-4o"]);
    assert_eq!(news.found("苹果发布"), ["蘋果發佈iPhone"]);
    assert_eq!(news.found("繁体字"), ["蘋果發佈iPhone"]);
    assert_eq!(news.found("芯片新闻"), ["芯片周报"], "markup inside of a word does not part it");
    assert!(news.found("不存在的东西").is_empty());
}

#[test]
fn a_character_and_a_part_of_a_word_are_found_inside_of_words() {
    let world = World::new(vec![
        article("36kr", 1, "国产大模型发布", "<p>参数很多。</p>"),
        article("36kr", 2, "半导体材料", "<p>英伟达到了新的高度，特斯拉也是。</p>"),
        article("36kr", 3, "半个月的天气", "<p>引导车辆。</p>"),
    ]);
    assert_eq!(world.found("模"), ["国产大模型发布"], "in the title, in 模型");
    assert_eq!(world.found("title:型"), ["国产大模型发布"]);
    assert_eq!(world.found("数"), ["国产大模型发布"], "in the text, in 参数");
    assert!(world.found("title:数").is_empty());
    assert_eq!(world.found("半导"), ["半导体材料"], "a part of a word that is no word");
    assert_eq!(world.found("半 -体"), ["半个月的天气"]);
    assert_eq!(world.found("斯拉"), ["半导体材料"]);
    assert_eq!(world.found("英伟达"), ["半导体材料"], "its last character went into 达到, where 伟达 is a word of the query");
    assert_eq!(world.found("英偉達"), ["半导体材料"]);
    assert!(world.found("伟达英").is_empty());
}

#[test]
fn filters_narrow_and_combine() {
    let news = news();
    assert_eq!(news.found("source:36KR").len(), 4);
    assert_eq!(news.found("category:tech -大模型").len(), 3);
    assert_eq!(news.found("tag:chips"), ["芯片周报"]);
    assert_eq!(news.found("tag:english model").len(), 2);
    assert_eq!(news.found("lang:en").len(), 2);
    assert_eq!(news.found("lang:zh 发布").len(), 2);
    assert_eq!(news.found("author:张三丰"), ["芯片周报"]);
    assert_eq!(news.found("title:model"), ["A model railway"]);
    assert_eq!(news.found("芯片 OR openai").len(), 2);
    assert_eq!(news.found("after:2024-02-18 before:2024-02-19").len(), 6);
    assert!(news.found("before:2024-02-18").is_empty());
    assert_eq!(news.found("").len(), 6);
}

#[test]
fn the_title_counts_more_and_among_equals_the_newer_comes_first() {
    let world = World::new(vec![
        article("a", 1, "Something else", "<p>word word word and others</p>"),
        article("a", 2, "The word", "<p>nothing of it here at all</p>"),
        article("a", 3, "Equal", "<p>zebra</p>"),
        article("a", 4, "Equal", "<p>zebra</p>"),
    ]);
    assert_eq!(world.found("word")[0], "The word");
    let query = Query::parse("zebra", DateTime::UNIX_EPOCH, FixedOffset::east_opt(0).unwrap()).unwrap();
    let found = world.search.find(&Wanted { query: &query, sources: &[], sort: None, skip: 0, limit: 10 }).unwrap();
    assert!(found.ids[0].1 > found.ids[1].1);
    assert_eq!(world.found("sort:date word"), ["The word", "Something else"]);
}

#[test]
fn what_arrives_is_revised_and_expires_is_followed() {
    let world = news();
    world.add(vec![article("36kr", 9, "新的文章", "<p>斑马。</p>")]);
    world.follow();
    assert_eq!(world.found("斑马"), ["新的文章"]);
    let revised = article("36kr", 9, "新的文章", "<p>长颈鹿。</p>");
    world.search.revised([revised.id]);
    world.add(vec![revised]);
    world.follow();
    assert!(world.found("斑马").is_empty());
    assert_eq!(world.found("长颈鹿"), ["新的文章"]);
    world.add(vec![article("36kr", 2, "模型很大", "<p>河马。</p>")]);
    world.search.doubt(0..100);
    world.follow();
    assert_eq!(world.found("河马"), ["模型很大"], "made again");
    world.store.expire(None, sample::at(3), 100).unwrap();
    world.follow();
    assert_eq!(world.search.progress().articles, 5);
    assert!(world.found("国产").is_empty());
}

#[test]
fn after_a_restart_it_goes_on_where_it_was_and_sees_what_it_missed() {
    let world = news();
    world.add(vec![article("36kr", 9, "新的文章", "<p>斑马。</p>"), article("36kr", 2, "模型很大", "<p>犀牛。</p>")]);
    world.store.expire(None, sample::at(2), 100).unwrap();
    let world = world.reopened();
    assert_eq!(world.found("斑马"), ["新的文章"]);
    assert_eq!(world.found("犀牛"), ["模型很大"], "a revision that came without us");
    assert!(world.found("国产").is_empty());
    let progress = world.search.progress();
    assert_eq!((progress.articles, progress.taken, progress.complete), (6, 7, true));
}

#[test]
fn it_is_made_anew_when_missing_damaged_or_ahead_of_the_store() {
    let world = news();
    let folder = world.folder.path().join(FOLDER);
    let damage: [fn(&std::path::Path); 5] = [
        |folder| std::fs::remove_dir_all(folder).unwrap(),
        |folder| std::fs::write(folder.join("meta.json"), "{}").unwrap(),
        |folder| each_file(folder, |bytes| bytes.truncate(bytes.len() / 2)),
        |folder| {
            each_file(folder, |bytes| {
                if let Some(byte) = bytes.first_mut() {
                    *byte ^= 0xff;
                }
            });
        },
        |folder| {
            std::fs::remove_dir_all(folder).unwrap();
            std::fs::write(folder, "a file").unwrap();
        },
    ];
    let mut world = world;
    for harm in damage {
        harm(&folder);
        world = world.reopened();
        assert_eq!(world.found("大模型"), ["国产大模型发布"]);
    }
    // A store that was restored from a snapshot knows less.
    world.store = MemoryStore::new();
    world.add(vec![article("36kr", 1, "国产大模型发布", "<p>大模型</p>")]);
    let world = world.reopened();
    assert_eq!((world.search.progress().articles, world.found("大模型").len()), (1, 1));
}

fn each_file(folder: &std::path::Path, change: impl Fn(&mut Vec<u8>)) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let is_data = path.extension().is_some_and(|ending| ending != "json" && ending != "lock");
        if is_data && !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            let mut bytes = std::fs::read(&path).unwrap();
            change(&mut bytes);
            std::fs::remove_file(&path).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[test]
fn work_that_is_broken_off_is_done_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let articles = (0..600).map(|number| sample::article("a", number)).collect();
    store.apply(&[sample::plan("a", 0, articles)]).unwrap();
    let search = Search::new(folder.path(), Arc::default());
    let mut steps = 0;
    search
        .follow(&store, &mut |_| {
            steps += 1;
            false
        })
        .unwrap();
    assert_eq!((steps, search.progress().complete), (1, false));
    search.follow(&store, &mut |_| true).unwrap();
    assert_eq!((search.progress().articles, search.progress().percent()), (600, 100));
}

#[test]
fn at_rest_it_is_opened_again_and_goes_on() {
    let world = news();
    let opened = || world.search.opened().unwrap();
    let before = opened();
    world.search.rest();
    assert!(Arc::ptr_eq(&before, &opened()), "it was read a moment ago");
    world.search.rest();
    let rested = opened();
    assert!(!Arc::ptr_eq(&before, &rested), "nobody has read it since");
    world.search.rest();
    world.search.rest();
    assert!(Arc::ptr_eq(&rested, &opened()), "there is nothing to give back");
    assert!(!world.found("人工智能").is_empty());
    world.search.rest();
    assert!(Arc::ptr_eq(&rested, &opened()));
    world.add(vec![article("36kr", 77, "休息之后", "<p>新的一天</p>")]);
    world.follow();
    world.search.rest();
    world.search.rest();
    assert!(!Arc::ptr_eq(&rested, &opened()));
    assert_eq!(world.found("休息之后").len(), 1);
}

#[test]
fn hostile_queries_cost_no_more_than_others() {
    let world = news();
    let zone = FixedOffset::east_opt(0).unwrap();
    let long = "人工智能发展".repeat(50);
    let query = Query::parse(&long, DateTime::UNIX_EPOCH, zone).unwrap();
    let wanted = Wanted { query: &query, sources: &[], sort: None, skip: usize::MAX, limit: usize::MAX };
    assert!(matches!(world.search.find(&wanted), Err(SearchError::Query(QueryError { what: Mistake::TooMany, .. }))));
    let query = Query::parse("的", DateTime::UNIX_EPOCH, zone).unwrap();
    let found = world.search.find(&Wanted { query: &query, ..wanted }).unwrap();
    assert!(found.ids.is_empty());
}

#[test]
fn what_was_looked_for_is_marked_in_title_and_text() {
    let splitter = Splitter::new(dictionary());
    let shown = |query: &str, text: &str, title: bool| {
        let query = Query::parse(query, DateTime::UNIX_EPOCH, FixedOffset::east_opt(0).unwrap()).unwrap();
        let marker = Marker::new(&splitter, &query);
        let pieces = if title { marker.title(text) } else { marker.extract(text, 30) };
        pieces.into_iter().map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text }).collect::<String>()
    };
    assert_eq!(shown("大模型", "国产大模型发布", true), "国产[大模型]发布");
    assert_eq!(shown("发布 -模型", "國產大模型發佈", true), "國產大模型[發佈]");
    assert_eq!(shown("\"language model\"", "Language, and Language Models.", true), "Language, and [Language Models].");
    assert_eq!(shown("title:a b", "a b", false), "a [b]");
    let text = format!("{}。这里说到了大模型，然后{}", "无关的话".repeat(50), "又是无关".repeat(50));
    let extract = shown("大模型", &text, false);
    assert!(extract.starts_with("… 这里说到了[大模型]") && extract.ends_with(" …"), "{extract}");
    assert_eq!(shown("斑马", "没有它", false), "没有它");
    assert_eq!(shown("人民银行", "中国人民银行", true), "中国[人民银行]");
    assert_eq!(shown("模", "國產大模型發佈", true), "國產大[模]型發佈");
    assert_eq!(shown("英伟达", "英偉達到了", true), "[英偉達]到了");
    assert_eq!(shown("半导", "半导体", true), "[半导]体");
}
