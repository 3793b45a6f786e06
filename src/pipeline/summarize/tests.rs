use std::sync::OnceLock;

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// One for all tests: a debug build reads the dictionary slowly.
fn shared() -> &'static Summarizer {
    static SHARED: OnceLock<Summarizer> = OnceLock::new();
    SHARED.get_or_init(Summarizer::new)
}

const CHINESE: &str = "文 | 张三\n\
    月之暗面今天发布了新的大模型 Kimi K2，参数规模达到一万亿。月之暗面表示，Kimi K2 在代码和智能体任务上超过了同类开源大模型。\
    公司成立于2023年，总部位于北京。分析师认为，开源大模型的竞争正在加剧，阿里巴巴和深度求索也在今年发布了新的开源大模型。\
    不过，算力成本仍然是月之暗面面临的最大挑战。\n欢迎关注我们的公众号。";

const ENGLISH: &str = "By Jane Doe\n\
    The Rust Foundation announced on Monday that it will fund a new garbage collector for embedded microcontrollers. \
    The collector, called Ferris Sweep, runs in constant memory and was written by three engineers from Ferrous Systems. \
    Embedded microcontrollers have long been a weak spot for garbage collectors, because memory is scarce. \
    It is nice. The Rust Foundation expects the first release of Ferris Sweep in October.\n\
    Subscribe to our newsletter for more stories like this one, every week in your inbox.";

#[test]
fn chinese_keywords_are_whole_names_and_terms() {
    let digest = shared().digest("月之暗面发布 Kimi K2 开源大模型", CHINESE);
    assert_eq!(digest.keywords.len(), KEYWORDS_MAX, "{digest:?}");
    for expected in ["月之暗面", "Kimi K2"] {
        assert!(digest.keywords.iter().any(|word| word == expected), "{digest:?}");
    }
    assert!(digest.keywords.iter().any(|word| word.contains("模型")), "{digest:?}");
}

#[test]
fn english_keywords_are_stemmed_together_and_names_are_kept_whole() {
    let digest = shared().digest("A garbage collector for microcontrollers", ENGLISH);
    assert_eq!(digest.keywords.len(), KEYWORDS_MAX, "{digest:?}");
    for expected in ["Rust Foundation", "Ferris Sweep", "collector"] {
        assert!(digest.keywords.iter().any(|word| word == expected), "{digest:?}");
    }
    assert!(!digest.keywords.iter().any(|word| word.contains("collectors")), "{digest:?}");
}

#[test]
fn bylines_calls_and_small_talk_stay_out_of_a_summary() {
    for (text, expected, kept_out) in
        [(CHINESE, "月之暗面", vec!["张三", "公众号"]), (ENGLISH, "Rust Foundation", vec!["Jane Doe", "newsletter", "It is nice."])]
    {
        let summary = shared().digest("", text).summary;
        assert!(summary.contains(expected), "{summary}");
        for out in kept_out {
            assert!(!summary.contains(out), "{summary}");
        }
    }
}

#[test]
fn other_languages_have_keywords_too() {
    for (text, expected) in [
        ("東京電力は原子炉の再稼働を発表した。原子炉の再稼働には県の同意が必要だ。", "原子炉"),
        ("삼성전자는 새로운 반도체를 발표했다. 반도체의 가격은 공개하지 않았다. 반도체가 부족하다.", "반도체"),
        ("Компания Яндекс представила новый процессор. Процессор быстрее прежнего, говорит Яндекс.", "Яндекс"),
        (
            "Die Bundesregierung beschließt ein neues Gesetz über Wasserstoff. Wasserstoff ist teuer und wird nicht überall gebraucht.",
            "Wasserstoff",
        ),
    ] {
        let keywords = shared().digest("", text).keywords;
        assert!(keywords.iter().any(|word| word == expected), "{expected}: {keywords:?}");
    }
}

#[test]
fn a_text_of_nothing_gives_nothing() {
    let summarizer = shared();
    for text in ["", " \n ", "123 456", "。。。", "the and of"] {
        assert_eq!(summarizer.digest("", text), Digest::default(), "{text:?}");
    }
    let long = format!("{} and no end", "word ".repeat(100));
    assert_eq!(summarizer.digest("", &long).summary, "", "never cut inside a sentence");
}

#[test]
fn a_publisher_s_own_block_is_seen() {
    for text in ["A、B、C 总结：文", "关键词: a, b\n文", "a, b\n\n总结: 文", "情况。总结: 文", "Summary: In this"] {
        assert!(has_block(text), "{text}");
    }
    for text in ["他在总结：会上", "文章", "In summary: no", &format!("{}\n总结：后来", "文".repeat(700))] {
        assert!(!has_block(text), "{text}");
    }
}

#[test]
fn the_dictionary_is_read_for_chinese_only() {
    let summarizer = Summarizer::new();
    let _ = summarizer.digest("Title", ENGLISH);
    assert!(!summarizer.dictionary.is_read());
    let _ = summarizer.digest("标题", CHINESE);
    assert!(summarizer.dictionary.is_read());
}

proptest! {
    #[test]
    fn a_summary_is_made_of_the_text_s_own_sentences_in_order(text in "([A-Z][a-z]{1,9} |[a-z]{1,9} |[.!?] |\n|[a-z]{2,8}ing |\"|é|文字。|10\\.5 ){0,80}") {
        let digest = shared().digest("", &text);
        prop_assert!(digest.summary.chars().count() <= SUMMARY_CHARS_MAX && digest.keywords.len() <= KEYWORDS_MAX);
        // What can be left of the summary after the sentences so far, each taken or not.
        let mut left = HashSet::from([digest.summary.as_str()]);
        for sentence in sentences::split(&text) {
            let taken: Vec<_> = left.iter().filter_map(|left| left.strip_prefix(sentence)).map(str::trim_start).collect();
            left.extend(taken);
        }
        prop_assert!(left.contains(""), "{}", digest.summary);
    }

    #[test]
    fn any_text_is_read_without_a_panic(title in any::<String>(), text in any::<String>()) {
        let _ = shared().digest(&title, &text);
    }
}
