use super::*;
use crate::model::Enclosure;
use crate::publish::testing::{article, body};

fn written(title: &str, html: &str) -> Article {
    Article { title: title.into(), body: body(html), summary: String::new(), language: None, ..article("a", "1", 0) }
}

fn shown(text: &str, to: Chinese) -> String {
    let (converter, article) = (Converter::new(), written("", text));
    converter.article(&article, to).body.as_str().to_owned()
}

#[test]
fn phrases_are_written_as_each_place_writes_them() {
    let text = "理发店剪头发后，皇后在公里之外的房子里面用软件打印信息，发现鼠标坏了，只好发短信说：台湾的干面很干净";
    for (to, expected) in [
        (Chinese::Traditional, "理髮店剪頭髮後，皇后在公里之外的房子裏面用軟件打印信息，發現鼠標壞了，只好發短信說：臺灣的乾麪很乾淨"),
        (Chinese::Taiwan, "理髮店剪頭髮後，皇后在公里之外的房子裡面用軟體列印資訊，發現滑鼠壞了，只好發簡訊說：臺灣的乾麵很乾淨"),
        (Chinese::HongKong, "理髮店剪頭髮後，皇后在公里之外的房子裏面用軟件打印信息，發現鼠標壞了，只好發短信説：台灣的乾麪很乾淨"),
        (Chinese::Simplified, text),
        (Chinese::Mainland, text),
    ] {
        assert_eq!(shown(text, to), expected, "{to:?}");
    }
    let text = "他看著頭髮，後來在臺灣用軟體與印表機，透過網際網路下載程式；乾隆皇帝的著作";
    for (to, expected) in [
        (Chinese::Simplified, "他看着头发，后来在台湾用软体与印表机，透过网际网路下载程式；乾隆皇帝的著作"),
        (Chinese::Mainland, "他看着头发，后来在台湾用软件与打印机，通过互联网下载程序；乾隆皇帝的著作"),
        (Chinese::Traditional, text),
        (Chinese::Taiwan, text),
        (Chinese::HongKong, "他看著頭髮，後來在台灣用軟體與印表機，透過網際網路下載程式；乾隆皇帝的著作"),
    ] {
        assert_eq!(shown(text, to), expected, "{to:?}");
    }
}

#[test]
fn only_what_is_read_is_converted() {
    let html = "<p title=\"头发\"><a href=\"https://zh.wikipedia.org/wiki/头发\" class=\"头发\">头发</a> 见 https://a.org/头发 的头发</p>\n\
                <pre>头发 <b>头发</b></pre><code>头发</code><!-- 头发 --><p lang=\"ja\">頭髪の話</p><span translate=\"no\">头发<span>头发</span></span>\
                <img alt='头\"发' src=\"https://i.org/头发.png\"/>头发 &lt;头发&gt;";
    let expected = "<p title=\"頭髮\"><a href=\"https://zh.wikipedia.org/wiki/头发\" class=\"头发\">頭髮</a> 見 https://a.org/头发 的頭髮</p>\n\
                    <pre>头发 <b>头发</b></pre><code>头发</code><!-- 头发 --><p lang=\"ja\">頭髪の話</p><span translate=\"no\">头发<span>头发</span></span>\
                    <img alt='頭\"發' src=\"https://i.org/头发.png\"/>頭髮 &lt;頭髮&gt;";
    assert_eq!(shown(html, Chinese::Traditional), expected);
}

#[test]
fn everything_that_is_read_is_converted_and_nothing_that_names_a_thing() {
    let mut one = written("头发", "<p>头发</p>");
    one.summary = "头发的总结".into();
    one.keywords = vec!["头发".into()];
    one.categories = vec!["头发".into()];
    one.authors = vec![crate::model::Person { name: "范后".into(), ..Default::default() }];
    one.feed_title = Some("头发报".into());
    one.enclosures = vec![Enclosure {
        url: "https://a.org/头发.mp3".into(),
        media_type: None,
        length_bytes: None,
        duration_seconds: None,
        title: Some("头发".into()),
    }];
    let converter = Converter::new();
    for _ in 0..2 {
        let shown = converter.article(&one, Chinese::Taiwan).into_owned();
        assert_eq!((shown.title.as_str(), shown.summary.as_str()), ("頭髮", "頭髮的總結"));
        assert_eq!(
            (&shown.keywords[0], &shown.categories[0], shown.enclosures[0].title.as_deref()),
            (&"頭髮".into(), &"頭髮".into(), Some("頭髮"))
        );
        assert_eq!(shown.language.as_deref(), Some("zh-TW"));
        let same = Article {
            title: one.title.clone(),
            summary: one.summary.clone(),
            keywords: one.keywords.clone(),
            categories: one.categories.clone(),
            enclosures: one.enclosures.clone(),
            body: one.body.clone(),
            language: None,
            ..shown
        };
        assert_eq!(same, one, "ids, dates, addresses, people and the feed's name");
    }
}

#[test]
fn what_is_no_chinese_stays_as_it_is() {
    let converter = Converter::new();
    for (title, html, language) in [
        ("日本語の記事", "<p>国会で予算案が可決された。来年度の関税について発表する。</p>", None),
        ("国会予算案可決", "<p>関税発表</p>", Some("ja-JP")),
        ("한국어 기사 大韓民國", "<p>이것은 한국어 문장입니다. 國會에서</p>", None),
        ("English", "<p>Only words.</p>", Some("en")),
    ] {
        let one = Article { language: language.map(str::to_owned), ..written(title, html) };
        for to in Chinese::ALL {
            assert!(matches!(converter.article(&one, to), Cow::Borrowed(_)), "{title} {to:?}");
        }
    }
    assert!(converter.characters.get().is_some(), "the Japanese text was looked at");
    // A Chinese article that says to be in English, with a quotation in Japanese.
    let one = Article {
        language: Some("en-US".into()),
        ..written("头发", "<p>他说了很长的话，大家都听见了，后来没有人记得</p><p>国会で予算案が可決された</p><p>关于头发</p>")
    };
    assert_eq!(
        converter.article(&one, Chinese::Traditional).body.as_str(),
        "<p>他說了很長的話，大家都聽見了，後來沒有人記得</p><p>国会で予算案が可決された</p><p>關於頭髮</p>"
    );
}

#[test]
fn a_text_in_english_reads_no_dictionary() {
    let converter = Converter::new();
    let _ = converter.article(&written("English", "<p>Only words.</p>"), Chinese::Taiwan);
    assert!(converter.characters.get().is_none() && converter.chains.iter().all(|chain| chain.get().is_none()));
}

#[test]
fn every_way_has_its_dictionaries() {
    let converter = Converter::new();
    for (from, language) in [(Script::Simplified, "zh-CN"), (Script::Traditional, "zh-TW"), (Script::Traditional, "zh-HK")] {
        for to in Chinese::ALL {
            let Some(way) = way(from, Some(language), to) else { continue };
            let chain = converter.chain(way);
            assert!(chain.map(OpenCC::name).is_some(), "{way:?}");
        }
    }
    assert!(converter.chains.iter().all(|chain| chain.get().is_some()), "each has a place of its own");
}

#[test]
fn any_markup_is_converted_without_panic_and_stays_the_same_markup() {
    let converter = Converter::new();
    let parts = "(<p>|</p>|<a href=\"|\"|'|>|/>|<img alt='头| |&amp;|<pre>|</pre>|<!--|-->|https://|头发|の|\\PC){0,40}";
    let tried = proptest::test_runner::TestRunner::default().run(&parts, |html| {
        let one = written("头发", &html);
        let shown = converter.article(&one, Chinese::Taiwan).into_owned();
        proptest::prop_assert!(one.body.rewritten(shown.body.as_str().to_owned()).is_some());
        Ok(())
    });
    tried.unwrap();
}
