//! feeds.toml as the built program takes it: what it says about a wrong one, and what it takes from where.

use crate::support::program::{Home, printed};

/// What `check` prints and how it ends.
fn checked(feeds_toml: &str) -> (String, i32) {
    let output = Home::new(feeds_toml).run(&["check"]);
    (printed(&output), output.status.code().unwrap())
}

#[test]
fn r9_all_problems_of_a_wrong_file_are_printed_with_line_column_and_advice() {
    let (said, code) = checked(
        "[site]\ntitel = \"科技\"\n\n[[source]]\nname = \"科技/1\"\nurl = \"36kr.com/feed\"\nintervall = \"1h\"\n\n[[view]]\nname = \"ai\"\nfilter = 'title ~ \"AI\" and categroy = \"x\"'\n",
    );
    assert_eq!(code, 3, "{said}");
    for part in [
        "feeds.toml:2:1: unknown key \"titel\" in [site]; did you mean \"title\"?",
        "feeds.toml:5:8: name: a name cannot hold the character '/'; write for example \"科技-1\"",
        "feeds.toml:6:7: url: \"36kr.com/feed\" has no scheme; write \"https://36kr.com/feed\"",
        "feeds.toml:7:1: unknown key \"intervall\" in [[source]]; did you mean \"interval\"?",
        "feeds.toml:11:28: filter: unknown field \"categroy\"; did you mean \"category\"?",
        "  11 | filter = 'title ~ \"AI\" and categroy = \"x\"'\n     |                            ^^^^^^^^",
        "5 problems",
    ] {
        assert!(said.contains(part), "missing {part:?} in\n{said}");
    }
}

#[test]
fn a_wrong_file_keeps_every_command_from_running_with_the_same_exit_code() {
    let home = Home::new("[server]\nlisten = 8080\n");
    for arguments in [&["run"][..], &["poll"], &["list"], &["check", "--live"], &["status"], &["remove", "x"], &["export", "opml"]] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", printed(&output));
        assert!(printed(&output).contains("feeds.toml:2:10: listen must be text in quotes"), "{}", printed(&output));
    }
    assert!(!home.data().exists(), "nothing is written before the configuration is right");
}

#[test]
fn an_empty_file_is_fine_but_for_a_hint() {
    let (said, code) = checked("# nothing yet\n");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("there is no [[source]]") && said.contains("feedmill add URL"), "{said}");
}

#[test]
fn the_shipped_file_is_fine_and_every_key_can_be_looked_up() {
    let (said, code) = checked(include_str!("../../feeds.toml"));
    assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    let output = Home::new("").run(&["check", "--keys"]);
    let keys = printed(&output);
    for part in ["[[source]]", "full_text = ", "[[view]]", "filter = ", "allow_private = "] {
        assert!(keys.contains(part), "{part}");
    }
}

#[test]
fn the_places_can_come_from_the_environment() {
    let home = Home::new("");
    let other = home.path().join("other.toml");
    std::fs::write(&other, "[site]\nlimit = 0\n").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_feedmill"));
    let output = command.current_dir(home.path()).env("FEEDMILL_CONFIG", &other).arg("check").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(printed(&output).contains("other.toml:2:9: limit must lie between 1 and"), "{}", printed(&output));
}

#[test]
fn a_secret_that_is_not_there_is_told_and_one_from_a_credential_is_found() {
    let home = Home::new("[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\nauth_env = \"FEEDMILL_TEST_SECRET\"\n");
    let said = printed(&home.run(&["check"]));
    assert!(said.contains("feeds.toml:4:12: there is no variable and no systemd credential named FEEDMILL_TEST_SECRET"), "{said}");
    // As systemd hands over one file, and as it names the files of a folder that our unit loads.
    for file in ["FEEDMILL_TEST_SECRET", "feedmill_FEEDMILL_TEST_SECRET"] {
        std::fs::write(home.path().join(file), "hunter2\n").unwrap();
        let output = home.command(&["check"]).env("CREDENTIALS_DIRECTORY", home.path()).output().unwrap();
        assert!(!printed(&output).contains("warning"), "{}", printed(&output));
        std::fs::remove_file(home.path().join(file)).unwrap();
    }
}

#[test]
fn a_password_in_the_file_is_refused_and_not_printed() {
    let (said, code) = checked("[[source]]\nname = \"a\"\nurl = \"https://anna:hunter2@a.example/feed\"\n");
    assert_eq!(code, 3);
    assert!(said.contains("auth_env") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_told_in_one_line() {
    let home = Home::new("");
    let missing = home.path().join("none.toml");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_feedmill"));
    let output = command.current_dir(home.path()).args(["--config", missing.to_str().unwrap(), "run"]).output().unwrap();
    assert_eq!((output.status.code(), printed(&output).lines().count()), (Some(3), 1), "{}", printed(&output));
    std::fs::write(home.config(), b"[site]\ntitle = \"\xbf\xc6\"\n").unwrap();
    let output = home.run(&["check"]);
    assert!(printed(&output).contains("feeds.toml:2:10: this byte is not UTF-8"), "{}", printed(&output));
}

#[test]
fn the_manual_of_the_configuration_and_of_the_commands_is_complete() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let configuration = std::fs::read_to_string(docs.join("CONFIGURATION.md")).unwrap();
    for table in feedmill::config::TABLES {
        for key in table.keys {
            assert!(
                configuration.contains(&format!("| `{}` |", key.name)),
                "docs/CONFIGURATION.md lacks {} of {}",
                key.name,
                table.header()
            );
        }
    }
    let commands = std::fs::read_to_string(docs.join("COMMANDS.md")).unwrap();
    let help = printed(&Home::new("").run(&["--help"]));
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        assert!(commands.contains(&format!("`{name}")), "docs/COMMANDS.md lacks {name}");
    }
    let codes = help.lines().skip_while(|line| *line != "Exit codes:").skip(1).filter_map(|line| line.trim().split_once("  "));
    let mut count = 0;
    for (code, meaning) in codes {
        assert!(commands.contains(&format!("| {code} | {} |", meaning.trim())), "docs/COMMANDS.md lacks exit code {code}");
        count += 1;
    }
    assert_eq!(count, 7);
}
