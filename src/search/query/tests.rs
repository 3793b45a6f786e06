use proptest::prelude::*;

use super::*;

const NOW: &str = "2024-03-10T12:00:00Z";

fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap()
}

fn read(text: &str) -> Result<Query, QueryError> {
    Query::parse(text, NOW.parse().unwrap(), zone())
}

fn node(text: &str) -> Node {
    read(text).unwrap_or_else(|error| panic!("{text}: {error}")).root
}

fn words(text: &str) -> Node {
    Node::Words(Words { place: Place::Anywhere, text: text.into(), phrase: false })
}

fn is(name: Name, values: &[&str]) -> Node {
    Node::Is(name, values.iter().map(|value| (*value).to_owned()).collect())
}

#[test]
fn words_are_all_wanted_and_or_binds_looser() {
    assert_eq!(node("大模型 openai"), Node::All(vec![words("大模型"), words("openai")]));
    assert_eq!(node("a b OR c"), Node::Any(vec![Node::All(vec![words("a"), words("b")]), words("c")]));
    assert_eq!(node("a (b | c)"), Node::All(vec![words("a"), Node::Any(vec![words("b"), words("c")])]));
    assert_eq!(node("a AND -b"), Node::All(vec![words("a"), Node::Not(Box::new(words("b")))]));
    assert_eq!(node("state-of-the-art"), words("state-of-the-art"));
}

#[test]
fn phrases_stand_in_any_quotes() {
    for text in ["\"large model\"", "“large model”", "「large model」", "＂large model＂"] {
        assert_eq!(node(text), Node::Words(Words { place: Place::Anywhere, text: "large model".into(), phrase: true }), "{text}");
    }
}

#[test]
fn filters_have_words_in_both_languages() {
    assert_eq!(node("source:36kr"), is(Name::Source, &["36kr"]));
    assert_eq!(node("来源：36Kr，ifanr"), is(Name::Source, &["36kr", "ifanr"]));
    assert_eq!(node("source:\"hacker news\" source:36kr"), is(Name::Source, &["hacker news", "36kr"]));
    assert_eq!(node("tag:AI tag:go"), Node::All(vec![is(Name::Tag, &["ai"]), is(Name::Tag, &["go"])]));
    let title = |text: &str| Node::Words(Words { place: Place::Title, text: text.into(), phrase: false });
    assert_eq!(node("title:(a OR b)"), Node::Any(vec![title("a"), title("b")]));
    let all = read("author:张三 lang:zh-CN category:tech sort:date").unwrap();
    assert_eq!(all.sort, Some(Sort::Date));
    assert!(all.has_words() && !read("-a lang:zh").unwrap().has_words());
    assert!(read("  ").unwrap().is_empty() && read("sort:date").unwrap().is_empty());
}

#[test]
fn days_are_those_of_the_zone_and_ages_count_back() {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    assert_eq!(node("after:2024-02-01"), Node::After(at("2024-01-31T16:00:00Z")));
    assert_eq!(node("before:2024/03"), Node::Before(at("2024-02-29T16:00:00Z")));
    assert_eq!(node("after:2024-02-01T00:00:00Z"), Node::After(at("2024-02-01T00:00:00Z")));
    assert_eq!(node("after:7d"), Node::After(at("2024-03-03T12:00:00Z")));
    assert_eq!(node("晚于:\"3 days\""), Node::After(at("2024-03-07T12:00:00Z")));
}

#[test]
fn a_word_with_a_colon_that_is_no_filter_is_a_word() {
    for text in ["https://a.org/x", "Re:Zero", "12:30", "重磅:发布"] {
        assert_eq!(node(text), words(text));
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        ("大 \"open", Mistake::OpenQuote, 4..5),
        ("(a b", Mistake::OpenGroup, 0..1),
        ("a b)", Mistake::CloseGroup, 3..4),
        ("a ()", Mistake::EmptyGroup, 2..4),
        ("a OR", Mistake::Dangling("OR".into()), 2..4),
        ("OR a", Mistake::Dangling("OR".into()), 0..2),
        ("a NOT", Mistake::Dangling("NOT".into()), 2..5),
        ("a ---", Mistake::NoWord("--".into()), 3..5),
        ("a ???", Mistake::NoWord("???".into()), 2..5),
        ("source: 36kr", Mistake::NoValue("source"), 0..7),
        ("souce:36kr", Mistake::NoFilter("souce".into(), "source"), 0..6),
        ("after:yesterday", Mistake::NoDate("yesterday".into()), 6..15),
        ("sort:size", Mistake::NoSort("size".into()), 0..9),
    ];
    for (text, what, at) in cases {
        let error = read(text).unwrap_err();
        assert_eq!((&error.what, &error.at), (&what, &at), "{text}");
        assert!(!what.english().is_empty() && what.chinese() != what.english());
    }
}

#[test]
fn size_depth_and_parts_have_bounds() {
    assert_eq!(read(&"a".repeat(QUERY_BYTES_MAX + 1)).unwrap_err().what, Mistake::TooLong);
    assert_eq!(read(&"a ".repeat(PARTS_MAX + 1)).unwrap_err().what, Mistake::TooMany);
    assert_eq!(read(&format!("source:{}", "a,".repeat(PARTS_MAX + 1))).unwrap_err().what, Mistake::TooMany);
    assert_eq!(read(&"(".repeat(DEPTH_MAX + 1)).unwrap_err().what, Mistake::TooDeep);
    assert!(read(&format!("{}a{}", "(".repeat(DEPTH_MAX), ")".repeat(DEPTH_MAX))).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn no_text_makes_it_stumble(text in "\\PC{0,40}|([a-c大模型]{1,3}|[-(): \"“”|]|OR |NOT |source:|after:|title:|sort:|，){0,20}") {
        if let Err(error) = read(&text) {
            prop_assert!(error.at.start <= error.at.end && error.at.end <= text.len(), "{text:?} {error:?}");
            let shown = shown_range(&text, &error.at);
            prop_assert!(text.get(shown).is_some());
        }
    }
}
