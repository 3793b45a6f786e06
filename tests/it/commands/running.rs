//! Commands beside a running daemon, the first run, and what a shell asks for.

use std::process::Command;

use super::{home_with_one, settings, written};
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

#[test]
fn commands_that_read_work_while_the_daemon_runs() {
    let (home, publisher) = home_with_one();
    let mut daemon = home.start();
    daemon.wait_until("/feed.xml", |feed| feed.contains("OpenAI 三"));
    let list: serde_json::Value = serde_json::from_slice(&home.run(&["list", "--json"]).stdout).unwrap();
    assert_eq!(list[0]["articles_new"].as_u64(), Some(3), "{list}");
    let status = printed(&home.run(&["status"]));
    assert!(status.contains("daemon    running") && status.contains("articles  3 "), "{status}");
    let explained = home.run(&["explain", "https://site.example/甲/0"]);
    assert!(explained.status.success(), "{}", printed(&explained));
    let tree = home.path().join("tree");
    let exported = home.run(&["export", "hugo", tree.to_str().unwrap()]);
    assert!(printed(&exported).starts_with("3 articles of 1 sources"), "{}", printed(&exported));
    assert_eq!(std::fs::read_dir(tree.join("a")).unwrap().count(), 3);
    let backup = home.path().join("b");
    assert!(home.run(&["backup", backup.to_str().unwrap()]).status.success());
    // Only the daemon writes.
    let restored = home.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(restored.status.code(), Some(4), "{}", printed(&restored));

    publisher.set("/new", Reply::feed(super::rss("新", &["新的"])));
    assert!(home.run(&["add", publisher.url("/new").as_str()]).status.success());
    daemon.wait_until("/feed.xml", |feed| feed.contains("新的"));
    assert!(home.run(&["remove", "新"]).status.success());
    daemon.signal("TERM");
    assert!(daemon.wait().0.success());
}

#[test]
fn the_exported_tree_is_the_same_each_time_and_only_new_files_are_written() {
    let (home, _publisher) = home_with_one();
    home.run(&["poll"]);
    let tree = home.path().join("tree");
    let export = || printed(&home.run(&["export", "hugo", tree.to_str().unwrap()]));
    assert!(export().contains("3 files written"));
    assert!(export().contains("0 files written"));
    // A link in the place of a file is replaced, not followed (S12).
    let (file, secret) = (tree.join("a/一.md"), home.path().join("secret"));
    std::fs::write(&secret, "mine").unwrap();
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&secret, &file).unwrap();
    assert!(export().contains("1 files written"));
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "mine");
    assert!(file.symlink_metadata().unwrap().is_file());
    std::fs::remove_dir_all(tree.join("a")).unwrap();
    std::os::unix::fs::symlink(home.path(), tree.join("a")).unwrap();
    assert!(export().contains("is a symbolic link"));
}

#[test]
fn the_first_run_writes_a_configuration_and_says_what_is_next() {
    let home = Home::new("");
    std::fs::remove_file(home.config()).unwrap();
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_feedmill")).current_dir(home.path()).args(arguments).output().unwrap();
    if std::path::Path::new("/etc/feedmill/feeds.toml").exists() {
        return;
    }
    let output = run(&[]);
    let said = printed(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.lines().filter(|line| line.starts_with("  1. ") || line.starts_with("  2. ") || line.starts_with("  3. ")).count(),
        3,
        "{said}"
    );
    assert_eq!(written(&home), include_str!("../../../feeds.toml"));
    assert!(run(&["check"]).status.success());
    assert!(!home.data().exists());
}

#[test]
fn mistakes_on_the_command_line_end_with_two_and_suggestions() {
    let home = Home::new("");
    for (arguments, says) in [
        (&["lst"][..], "'list'"),
        (&["list", "--jsn"], "--json"),
        (&["add"], "<URL>"),
        (&["poll", "--all", "a"], "cannot be used with"),
        (&["check", "--json"], "--live"),
    ] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(printed(&output).contains(says), "{arguments:?}: {}", printed(&output));
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::new("");
    let help = printed(&home.run(&["--help"]));
    assert!(help.contains("Exit codes:") && help.contains("Examples:"), "{help}");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        let output = home.run(&[command, "--help"]);
        assert!(output.status.success() && printed(&output).contains("Example"), "{command}: {}", printed(&output));
    }
}

#[test]
fn completions_and_the_manual_are_printed() {
    let home = Home::new("");
    for shell in ["bash", "zsh", "fish"] {
        let output = home.run(&["completions", shell]);
        assert!(printed(&output).contains("preview") && output.status.success(), "{shell}");
    }
    let man = printed(&home.run(&["man"]));
    assert!(man.contains(".TH feedmill") && man.contains("FEEDMILL ADD") && man.contains("Exit codes"), "{man}");
}

/// The package installs these files; they are what the program itself prints.
#[test]
fn the_manual_and_completions_in_the_tree_are_what_the_program_prints() {
    let tree = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/generated");
    let home = Home::new("");
    let printed_by: [(&str, &[&str]); 4] = [
        ("feedmill.1", &["man"]),
        ("feedmill.bash", &["completions", "bash"]),
        ("_feedmill", &["completions", "zsh"]),
        ("feedmill.fish", &["completions", "fish"]),
    ];
    for (file, arguments) in printed_by {
        let now = home.run(arguments).stdout;
        if std::env::var_os("FEEDMILL_WRITE_GENERATED").is_some() {
            std::fs::write(tree.join(file), &now).unwrap();
        }
        let kept = std::fs::read(tree.join(file)).unwrap();
        assert!(kept == now, "docs/generated/{file} is old; run the tests once with FEEDMILL_WRITE_GENERATED=1");
    }
}

#[test]
fn a_log_for_the_journal_goes_to_standard_error_where_there_is_no_journal_and_says_so_once() {
    let home = Home::new("[[source]]\nname = \"a\"\nurl = \"https://a.example/feed\"\n");
    let output = home.run(&["--log-format", "journald", "check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.contains("there is no journal to write to (--log-format journald)")).count();
    // A machine with a journal has the log there, and nothing here.
    assert_eq!(lines, usize::from(!std::path::Path::new("/run/systemd/journal/socket").exists()), "{said}");
}

#[test]
fn a_poll_without_a_daemon_keeps_no_longer_than_feeds_toml_says() {
    let publisher = Publisher::start();
    let item = |number: u32, year: u32| {
        format!(
            "<item><title>{number}</title><link>https://site.example/{number}</link><guid>{number}</guid><pubDate>Tue, 01 Jan {year} 08:00:00 GMT</pubDate></item>"
        )
    };
    let feed = |items: String| {
        format!("<rss version=\"2.0\"><channel><title>a</title><link>https://site.example/</link><description/>{items}</channel></rss>")
    };
    publisher.set("/a", Reply::feed(feed([item(1, 2008), item(2, 2013), item(3, 2019)].concat())));
    let source = format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n", publisher.url("/a"));
    let home = Home::new(&settings(&source));
    assert!(home.run(&["poll"]).status.success());
    assert!(printed(&home.run(&["verify"])).contains("3 articles, 3 sightings"), "without a limit nothing goes");
    home.write(&settings(&format!("[store]\nkeep_articles = 2\n{source}")));
    for _ in 0..2 {
        let polled = home.run(&["poll", "--all"]);
        assert!(polled.status.success(), "{}", printed(&polled));
        let whole = printed(&home.run(&["verify"]));
        assert!(whole.contains("2 articles, 3 sightings"), "the oldest went, and does not come back: {whole}");
        let public = std::fs::read_to_string(home.data().join("public/feed.xml")).unwrap();
        assert!(!public.contains("<title>1</title>") && public.contains("<title>2</title>"));
    }
    home.write(&settings(&format!("{source}keep = \"1 day\"\n")));
    assert!(home.run(&["poll", "--all"]).status.success());
    assert!(printed(&home.run(&["verify"])).contains("0 articles, 3 sightings"));
}
