//! The laws of the design that a machine can check.

use std::path::{Path, PathBuf};

/// Which rooms a room may use. `model` and `clock` are for everyone; `config`'s types too, but for the pure rooms.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("config", &["model"]),
    ("pipeline", &["model"]),
    ("publish", &["model"]),
    ("store", &["model"]),
    ("search", &["model", "store", "pipeline"]),
    ("fetch", &["model", "clock", "config"]),
    ("web", &["model", "clock", "config", "store", "publish", "search"]),
    ("daemon", &["model", "clock", "config", "store", "publish", "pipeline", "search", "fetch", "web"]),
    ("cli", &["model", "clock", "config", "store", "publish", "pipeline", "search", "fetch", "web", "daemon"]),
];

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_below(&src, &mut files);
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let room = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (room, inside, std::fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

#[test]
fn dependencies_between_rooms_run_downward_only() {
    let word = regex::Regex::new(r"\bcrate::(?:\{([^}]*)\}|(\w+))").unwrap();
    let mut wrong = Vec::new();
    for (room, file, text) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else { continue };
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for found in word.captures_iter(line) {
                let names = found.get(1).or(found.get(2)).unwrap().as_str();
                for name in names.split(',').map(|name| name.trim().split("::").next().unwrap_or_default()) {
                    let known = MAY_USE.iter().any(|(known, _)| *known == name);
                    if known && name != room && !allowed.contains(&name) {
                        wrong.push(format!("src/{file}: {room} uses {name}: {}", line.trim()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    for (room, file, _) in sources() {
        let known = MAY_USE.iter().any(|(name, _)| *name == room) || matches!(room.as_str(), "main" | "lib");
        assert!(known, "src/{file} is in no room of DESIGN");
    }
}

/// Law 1: the pure rooms do no I/O and know neither clock nor randomness.
#[test]
fn the_pure_rooms_do_no_input_or_output() {
    for (room, file, text) in sources() {
        if !matches!(room.as_str(), "model" | "pipeline" | "publish") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for banned in
            ["std::fs", "std::net::Tcp", "std::env", "tokio::", "reqwest::", "sled::", "Utc::now", "SystemTime", "rand::", "std::thread"]
        {
            assert!(!code.contains(banned), "src/{file} uses {banned}");
        }
    }
}

/// Law 5: a body is made by the sanitizer only (and read back from the rows that it once made).
#[test]
fn safe_html_is_made_by_the_sanitizer_only() {
    for (_, file, text) in sources() {
        let may = file.starts_with("pipeline/sanitize") || file.starts_with("store/rows") || file == "model/article.rs";
        let only_tests = file.ends_with("_tests.rs") || file.ends_with("testing.rs");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(may || only_tests || !text.contains("SafeHtml::from_sanitizer"), "src/{file} makes SafeHtml without the sanitizer");
    }
}

/// Law 10.
#[test]
fn nobody_below_main_ends_the_process() {
    for (_, file, text) in sources() {
        assert!(file == "main.rs" || !text.contains("process::exit"), "src/{file} ends the process");
    }
}
