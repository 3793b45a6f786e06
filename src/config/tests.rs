//! feeds.toml as a whole: what is taken, and what is said about the rest.

use std::time::Duration;

use super::*;
use crate::model::{Chinese, Schedule};

fn good(text: &str) -> Config {
    parse(text, "feeds.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

fn bad(text: &str) -> String {
    match parse(text, "feeds.toml") {
        Ok(_) => panic!("this was taken:\n{text}"),
        Err(problems) => problems.to_string(),
    }
}

/// One source with these lines in it.
fn source(lines: &str) -> String {
    format!("[[source]]\nname = \"a\"\nurl = \"https://a.example/feed\"\n{lines}\n")
}

const DESIGN: &str = r#"
[site]                      # what readers see
title = "科技合流"
url   = "https://feeds.example.org"   # public address; ids and self links are built on it
[server]
listen = "127.0.0.1:8080"
[defaults]                  # any of these may stand in a source too
interval = "1h"
full_text = false
[[source]]
name = "36kr"
url  = "https://36kr.com/feed"
category = "tech"
[[source]]
name    = "36krai"
url     = "https://36kr.com/feed"
include = "OpenAI|ChatGPT"  # regular expression on the title; exclude likewise
[[view]]                    # a named output feed
name = "ai"
filter = 'category = "tech" and text ~ "大模型|LLM"'
"#;

#[test]
fn the_example_of_the_design_is_taken_without_a_warning() {
    let config = good(DESIGN);
    assert_eq!(config.warnings, []);
    assert_eq!(config.site.title, "科技合流");
    assert_eq!(config.site.url, "https://feeds.example.org");
    let names: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["36kr", "36krai"]);
    assert_eq!(config.sources[0].category.as_deref(), Some("tech"));
    assert!(config.sources[1].include.as_ref().unwrap().is_match("ChatGPT 来了"));
    assert_eq!(config.sources[0].schedule, Schedule::Interval(Duration::from_secs(3_600)));
    assert!(!config.sources[0].interval_is_own);
    assert_eq!((config.views[0].name.as_str(), config.views[0].limit), ("ai", 100));
}

#[test]
fn an_empty_file_is_taken_with_a_warning_and_every_default() {
    for text in ["", "# nothing\n", "\u{feff}"] {
        let config = good(text);
        assert_eq!(config.sources.len(), 0);
        assert_eq!(config.site.url, "http://127.0.0.1:8080");
        assert_eq!(config.site.limit, 100);
        assert_eq!(config.fetch.max_body_bytes, 20_000_000);
        assert_eq!(config.store.snapshots, 7);
        assert_eq!(config.warnings.len(), 1);
        assert!(config.warnings[0].to_string().contains("feedmill add"));
    }
}

#[test]
fn all_problems_are_told_at_once_each_with_its_place() {
    let text = "[site]\nlimt = 3\n[[source]]\nname = \"a/b\"\nurl = \"36kr.com/feed\"\nintervall = \"1h\"\n[[source]]\nname = \"x\"\nurl = \"https://x.example/\"\ninterval = 60\ninclude = \"(\"\n";
    let told = bad(text);
    for place in [
        "feeds.toml:2:1: unknown key \"limt\" in [site]; did you mean \"limit\"?",
        "feeds.toml:4:8: name: a name cannot hold the character '/'",
        "feeds.toml:5:7: url: \"36kr.com/feed\" has no scheme; write \"https://36kr.com/feed\"",
        "feeds.toml:6:1: unknown key \"intervall\" in [[source]]; did you mean \"interval\"?",
        "feeds.toml:10:12: interval is a bare number; write a duration with its unit in quotes: \"60s\", \"60m\" or \"60h\"",
        "feeds.toml:11:11: include: not a regular expression: unclosed group",
    ] {
        assert!(told.contains(place), "missing {place:?} in\n{told}");
    }
    assert!(told.contains("  6 | intervall = \"1h\"\n    | ^^^^^^^^^"), "{told}");
}

#[test]
fn each_mistake_gets_its_own_advice() {
    for (lines, says) in [
        ("refresh = \"1h\"", "did you mean \"interval\"?"),
        ("timeout = \"1m\"", "it belongs in [fetch]"),
        ("\"科技\" = 1", "known are name, url"),
        ("full_text = \"true\"", "full_text must be true without quotes"),
        ("tags = \"ai\"", "write tags = [\"ai\"]"),
        ("tags = [\"ai\", 3]", "every entry of the list must be text in quotes, not a number"),
        ("category = 3", "category must be text in quotes, not a number"),
        ("interval = \"0s\"", "must lie between 1s and"),
        ("interval = \"1h\"\nschedule = \"0 0 8 * * *\"", "exclude each other"),
        ("schedule = \"8 o'clock\"", "a schedule has six fields, and this has 2"),
        ("schedule = \"0 0 8 30 2 *\"", "never comes"),
        ("schedule = \"0 0 25 * * *\"", "is not a schedule"),
        ("time_zone = \"Asia/Shangai\"", "did you mean \"Asia/Shanghai\"?"),
        ("time_zone = \"CST\"", "did you mean \"Asia/Shanghai\"?"),
        ("image_proxy = \"https://p.example/?u={ur}\"", "did you mean {url}?"),
        ("image_proxy = \"https://p.example/\"", "has no place for the image"),
        ("image_proxy = \"https://p.example/{url\"", "a brace stands alone"),
        ("summary = \"ofline\"", "did you mean \"offline\"?"),
        ("summary = \"llm\"", "needs an [llm] table"),
        ("headers = { Authorization = \"Bearer x\" }", "name that in auth_env"),
        ("headers = { Host = \"x\" }", "is set by feedmill itself"),
        ("headers = { X-A = \"a\\r\\nb\" }", "cannot hold the character '\\r'"),
        ("auth_env = \"Bearer abc def\"", "put the secret into the variable"),
        ("proxy = \"ftp://x\"", "http, https, socks5 or socks5h"),
        ("keep = \"1m\"", "must lie between 1h and"),
        ("mirrors = [\"nope\"]", "is not an absolute address"),
        ("category = \"../x\"", "cannot hold the character '/'"),
        ("include = \"a{1000}{1000}{1000}\"", "too large"),
        ("enabled = yes", "not TOML"),
    ] {
        let told = bad(&source(lines));
        assert!(told.contains(says), "{lines}: missing {says:?} in\n{told}");
    }
}

#[test]
fn mistakes_in_the_other_tables_get_theirs() {
    for (text, says) in [
        ("[server]\nlisten = \":8080\"", "write \"127.0.0.1:8080\""),
        ("[server]\nlisten = \"8080\"", "write \"127.0.0.1:8080\""),
        ("[server]\nlisten = \"::1\"", "write \"[::1]:8080\""),
        ("[site]\nurl = \"https://x.example/?a=b\"", "no query"),
        ("[site]\nlanguage = \"zh_CN\"", "write \"zh-CN\""),
        ("[site]\nlimit = 0", "must lie between 1 and"),
        ("[site]\nlimit = \"100\"", "limit must be 100 without quotes"),
        ("[fetch]\nallow_private = [\"10.1.2.3/8\"]", "write \"10.0.0.0/8\""),
        ("[fetch]\nallow_private = [\"10.0.0.0/33\"]", "is not a network"),
        ("[fetch]\nmax_body = \"20\"", "has no unit"),
        ("[fetch]\nmax_body = 20", "\"20MB\""),
        ("[llm]\nmodel = \"m\"", "[llm] has no url"),
        ("[article]\nhtml = { player = [] }", "did you mean \"players\"?"),
        ("[[site]]\ntitle = \"a\"", "single brackets"),
        ("[source]\nname = \"a\"", "write [[source]] with double brackets"),
        ("[[sources]]\nname = \"a\"", "did you mean [[source]]?"),
        ("[[feed]]\nname = \"a\"", "did you mean [[source]]?"),
        ("listen = \"127.0.0.1:1\"", "it belongs in [server]"),
        ("[[source]]\nurl = \"https://x.example/\"", "[[source]] has no name"),
        ("[[source]]\nname = \"x\"", "[[source]] has no url"),
        ("[defaults]\nname = \"x\"", "it belongs in [[source]]"),
        ("[[view]]\nname = \"x\"", "[[view]] has no filter"),
        ("[site]\ntitle = \"a\"\ntitle = \"b\"", "duplicate key"),
        ("[site]\ntitle = \"a\n[server]\nlistn = \"x\"", "feeds.toml:2:"),
    ] {
        let told = bad(text);
        assert!(told.contains(says), "{text}: missing {says:?} in\n{told}");
    }
}

#[test]
fn several_syntax_errors_are_told_together_and_guesses_after_them_are_not() {
    let told = bad("[site]\ntitle = 科技\n[server]\nlisten = 127.0.0.1:8080\n[[source]]\nnam = \"x\"\n");
    assert!(told.contains("feeds.toml:2:9: not TOML"), "{told}");
    assert!(told.contains("feeds.toml:4:"), "{told}");
    assert!(!told.contains("\"nam\""), "{told}");
}

#[test]
fn names_must_differ_by_more_than_case() {
    let two = |second: &str| format!("{}[[source]]\nname = \"{second}\"\nurl = \"https://b.example/\"\n", source(""));
    assert!(bad(&two("a")).contains("feeds.toml:6:8: another source is named \"a\""));
    assert!(bad(&two("A")).contains("differ only in case"));
    let device = bad("[[source]]\nname = \"con\"\nurl = \"https://b.example/\"\n");
    assert!(device.contains("reserved"), "{device}");
}

#[test]
fn a_source_takes_what_it_leaves_open_from_defaults_and_then_from_article() {
    let config = good(&format!(
        "[article]\ndefault_cover = \"https://c.example/a.png\"\nimage_proxy = \"p.example/?r={{origin}}&url={{url}}\"\n\
         [store]\nkeep = \"1 year\"\n\
         [defaults]\ncategory = \"tech\"\ninterval = \"2h\"\nheaders = {{ A = \"1\", B = \"2\" }}\n{}\
         [[source]]\nname = \"b\"\nurl = \"https://b.example/\"\ncategory = \"\"\nimage_proxy = \"\"\ninterval = \"3h\"\nkeep = \"forever\"\nheaders = {{ b = \"3\" }}\n",
        source("")
    ));
    let [a, b] = &*config.sources else { panic!("two sources") };
    assert_eq!((a.category.as_deref(), b.category.as_deref()), (Some("tech"), None));
    assert_eq!((&a.schedule, a.interval_is_own), (&Schedule::Interval(Duration::from_secs(7_200)), false));
    assert_eq!((&b.schedule, b.interval_is_own), (&Schedule::Interval(Duration::from_secs(10_800)), true));
    assert!(a.image_template.is_some() && b.image_template.is_none());
    assert_eq!(b.default_cover.as_deref(), Some("https://c.example/a.png"));
    assert_eq!((a.keep, b.keep), (Some(Duration::from_secs(31_536_000)), None));
    assert_eq!(b.headers, [("b".to_owned(), "3".to_owned()), ("A".to_owned(), "1".to_owned())]);
}

#[test]
fn a_schedule_of_five_fields_gets_second_zero_and_the_zone_of_the_source() {
    let config = good(&source("schedule = \"30 8 * * 1-5\"\ntime_zone = \"Asia/Shanghai\""));
    let expected = Schedule::Cron { expression: "0 30 8 * * 1-5".into(), time_zone: chrono_tz::Asia::Shanghai };
    assert_eq!(config.sources[0].schedule, expected);
}

#[test]
fn what_works_but_should_be_known_is_a_warning() {
    let warned = |text: &str, says: &str| {
        let config = good(text);
        let told = config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(told.contains(says), "{text}: missing {says:?} in\n{told}");
    };
    warned(&source("interval = \"5s\""), "most block");
    warned(&source("schedule = \"* * * * * *\""), "most block");
    warned(&format!("{}[[source]]\nname = \"b\"\nurl = \"https://a.example/feed\"\n", source("")), "every article comes twice");
    warned(&format!("[server]\nlisten = \"0.0.0.0:80\"\n{}", source("")), "readers elsewhere cannot follow http://localhost:80");
    let config = parse_with(&source("auth_env = \"NOT_THERE\""), "feeds.toml", &|_| false).unwrap();
    assert!(config.warnings[0].to_string().contains("feeds.toml:4:12: there is no variable"), "{:?}", config.warnings);
}

#[test]
fn the_example_of_every_key_is_taken() {
    let mut text = String::new();
    for table in TABLES.iter().filter(|table| table.name != "defaults") {
        text.push_str(&format!("{}\n", table.header()));
        for key in table.keys.iter().filter(|key| !matches!(key.name, "schedule" | "html")) {
            text.push_str(&format!("{} = {}\n", key.name, key.example));
        }
    }
    let config = good(&text);
    assert_eq!((config.sources.len(), config.views.len()), (1, 1));
    assert_eq!(config.article.players, ["player.bilibili.com"]);
    assert_eq!(config.llm.unwrap().model, "qwen3:8b");
}

#[test]
fn f30_the_user_agent_names_program_version_and_address() {
    let config = good(DESIGN);
    assert_eq!(config.fetch.user_agent, format!("feedmill/{} (+https://feeds.example.org)", env!("CARGO_PKG_VERSION")));
    assert!(good("").fetch.user_agent.starts_with("feedmill/"));
}

#[test]
fn a_file_of_ten_thousand_sources_is_read() {
    let text: String = (0..10_000)
        .map(|at| format!("[[source]]\nname = \"s{at}\"\nurl = \"https://s{at}.example/feed\"\ncategory = \"科技\"\n"))
        .collect();
    assert_eq!(good(&text).sources.len(), 10_000);
}

#[test]
fn the_shipped_file_is_taken_without_a_warning_and_shows_every_key() {
    let text = include_str!("../../feeds.toml");
    let config = good(text);
    assert_eq!(config.warnings, []);
    assert_eq!(config.sources[0].url.as_str(), "https://36kr.com/feed");
    assert!(config.sources.len() > 13);
    assert!(config.sources.iter().all(|source| source.category.is_some()));
    for table in TABLES.iter().filter(|table| !matches!(table.name, "defaults" | "article.html")) {
        for key in table.keys {
            let shown = text.lines().any(|line| line.trim_start_matches(['#', ' ']).starts_with(&format!("{} = ", key.name)));
            assert!(shown, "{} of {} is not shown", key.name, table.header());
        }
    }
    // What is commented out must be right too, since people take the sign away and save.
    let uncommented: String = text
        .lines()
        .filter(|line| !line.starts_with("# schedule"))
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[')
                    || rest.split_once(" = ").is_some_and(|(key, _)| TABLES.iter().any(|table| table.key(key).is_some())) =>
            {
                rest
            }
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let config = good(&uncommented);
    assert_eq!((config.views.len(), config.llm.is_some()), (2, true));
}

#[test]
fn thousands_of_mistakes_are_counted_without_looking_each_up() {
    let text: String = (0..10_000).map(|at| format!("[[source]]\nname = \"s{at}\"\nfeed_url = \"https://s{at}.example/feed\"\n")).collect();
    let Err(problems) = parse(&text, "feeds.toml") else { panic!("taken") };
    // An unknown key and a missing one in each.
    assert_eq!((problems.count(), problems.list().len()), (20_000, 1_000));
    assert!(problems.to_string().ends_with("and 19950 more"));
}

mod whatever_is_written {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reading_never_panics(text in "(\\[\\[?[a-z]{0,6}\\]?\\]\n|[a-z_]{1,8} ?= ?(\"[^\n]{0,12}\"|[0-9]{1,3}|\\[\"?|\\{[^\n]{0,5}\\}?)\n|\\PC{0,20}\n){0,12}") {
            if let Err(problems) = super::parse(&text, "f") {
                prop_assert!(!problems.list().is_empty());
                prop_assert!(!problems.to_string().is_empty());
            }
        }
    }
}

#[test]
fn chinese_and_image_referrer_hold_for_sources_and_views_and_can_be_switched_off() {
    let text = "[defaults]\nchinese = \"taiwan\"\nimage_referrer = \"none\"\n\
                [[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n\
                [[source]]\nname = \"b\"\nurl = \"https://b.example/\"\nchinese = \"\"\nimage_referrer = \"\"\n\
                [[view]]\nname = \"v\"\nfilter = \"all\"\n\
                [[view]]\nname = \"w\"\nfilter = \"all\"\nchinese = \"\"\n\
                [[view]]\nname = \"x\"\nfilter = \"all\"\nchinese = \"hongkong\"\n";
    let config = parse(text, "feeds.toml").unwrap();
    let of_sources: Vec<_> = config.sources.iter().map(|source| (source.chinese, source.no_referrer)).collect();
    assert_eq!(of_sources, [(Some(Chinese::Taiwan), true), (None, false)]);
    let of_views: Vec<_> = config.views.iter().map(|view| view.chinese).collect();
    assert_eq!(of_views, [None, Some(None), Some(Some(Chinese::HongKong))]);
    let wrong =
        parse("[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\nchinese = \"taiwann\"\nimage_referrer = \"no\"\n", "feeds.toml");
    let wrong = wrong.unwrap_err().to_string();
    assert!(
        wrong.contains("is not one of \"simplified\", \"traditional\", \"mainland\", \"taiwan\", \"hongkong\"; did you mean \"taiwan\"?"),
        "{wrong}"
    );
    assert!(wrong.contains("\"no\" is not one of \"none\", \"\""), "{wrong}");
}
