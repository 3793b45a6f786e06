use super::*;

fn new(name: &str) -> NewSource {
    NewSource {
        name: SourceName::new(name).unwrap(),
        url: format!("https://{name}.example/feed").parse().unwrap(),
        category: Some("科技".into()),
        tags: Vec::new(),
    }
}

fn removed(text: &str, name: &str) -> String {
    remove(text, &parse(text, "f").unwrap(), &[name]).unwrap()
}

const FILE: &str = "# 我的订阅\n\n[site]   # what readers see\ntitle = \"x\"\n\n# ---- 中文 ----\n\n# 36kr first\n[[source]]\nname = \"36kr\" # the one\nurl = \"https://36kr.com/feed\"\n\n# ---- English ----\n\n# slow\n[[source]]\nname     = \"hn\"\nurl      = \"https://news.example/rss\"\ncategory = \"en\"\n\n# views follow\n[[view]]\nname = \"ai\"\nfilter = 'title ~ \"AI\"'\n\n# the end\n";

#[test]
fn a_source_is_added_after_the_last_one_in_the_style_of_its_neighbour() {
    let after = add(FILE, &[new("b"), new("c")]).unwrap();
    let added = "\n[[source]]\nname     = \"b\"\nurl      = \"https://b.example/feed\"\ncategory = \"科技\"\n\n[[source]]\nname     = \"c\"\nurl      = \"https://c.example/feed\"\ncategory = \"科技\"\n";
    let place = FILE.find("\n# views follow").unwrap();
    assert_eq!(after, format!("{}{added}{}", &FILE[..place], &FILE[place..]));
}

#[test]
fn what_was_added_and_removed_again_leaves_the_file_as_it_was() {
    for text in [FILE, "", "# nothing yet\n", "[site]\ntitle = \"x\"\n"] {
        let after = removed(&add(text, &[new("b")]).unwrap(), "b");
        assert_eq!(after, text);
    }
}

#[test]
fn a_heading_over_a_group_outlives_its_first_source() {
    let after = removed(FILE, "hn");
    assert!(after.contains("# ---- English ----\n"), "{after}");
    assert!(!after.contains("# slow"), "{after}");
    let after = removed(FILE, "36kr");
    assert!(after.contains("# ---- 中文 ----\n") && !after.contains("# 36kr first") && !after.contains("the one"), "{after}");
    assert_eq!(parse(&after, "f").unwrap().sources.len(), 1);
}

#[test]
fn sources_written_as_an_inline_list_are_edited_too() {
    let text = "source = [{ name = \"a\", url = \"https://a.example/\" }]\n";
    let after = add(text, &[new("b")]).unwrap();
    assert_eq!(parse(&after, "f").unwrap().sources.len(), 2);
    assert_eq!(parse(&removed(&after, "a"), "f").unwrap().sources[0].name.as_str(), "b");
}

#[test]
fn many_that_are_removed_at_once_leave_what_they_leave_one_after_the_other() {
    let more = add(FILE, &[new("b"), new("c"), new("d")]).unwrap();
    let inline = add("source = [{ name = \"36kr\", url = \"https://a.example/\" }]\n", &[new("hn"), new("b"), new("c"), new("d")]).unwrap();
    for text in [more, inline] {
        for names in [&["36kr", "hn"][..], &["d", "36kr", "c"], &["hn", "b", "hn"], &["c", "hn", "36kr", "d", "b"]] {
            let config = parse(&text, "f").unwrap();
            let mut one_by_one = text.clone();
            for name in config.sources.iter().map(|source| source.name.as_str()).filter(|name| names.contains(name)) {
                one_by_one = removed(&one_by_one, name);
            }
            assert_eq!(remove(&text, &config, names).unwrap(), one_by_one, "{names:?}");
        }
    }
}

#[test]
fn line_ends_of_windows_stay() {
    let text = FILE.replace('\n', "\r\n");
    let after = add(&text, &[new("b")]).unwrap();
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert!(after.contains("name     = \"b\"\r\n"));
}

#[test]
fn a_name_that_is_not_there_is_told_with_the_nearest() {
    let config = parse(FILE, "f").unwrap();
    let told = remove(FILE, &config, &["hn", "36rk"]).unwrap_err().to_string();
    assert_eq!(told, "there is no source named \"36rk\"; did you mean \"36kr\"?");
}

#[test]
fn the_file_is_replaced_whole_with_its_permissions_and_behind_its_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real.toml"), folder.path().join("feeds.toml"));
    std::fs::write(&file, FILE).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let config = edit_file(&link, |text, _| add(text, &[new("b")])).unwrap();
    assert_eq!(config.sources.len(), 3);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(std::fs::read_to_string(&file).unwrap().contains("b.example"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside the file");
}

#[test]
fn an_edit_that_would_be_wrong_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.toml");
    std::fs::write(&path, FILE).unwrap();
    assert!(matches!(edit_file(&path, |text, _| add(text, &[new("36kr")])), Err(EditError::Wrong(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE);
    std::fs::write(&path, "nonsense").unwrap();
    assert!(matches!(edit_file(&path, |text, _| add(text, &[new("b")])), Err(EditError::Wrong(_))));
}

#[test]
fn an_edit_made_meanwhile_by_somebody_else_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.toml");
    std::fs::write(&path, FILE).unwrap();
    let mut times = 0;
    let config = edit_file(&path, |text, _| {
        times += 1;
        if times == 1 {
            std::fs::write(&path, add(FILE, &[new("theirs")]).unwrap()).unwrap();
        }
        add(text, &[new("ours")])
    })
    .unwrap();
    assert_eq!(times, 2);
    assert_eq!(config.sources.len(), 4);
    let always = edit_file(&path, |text, _| {
        std::fs::write(&path, format!("{text}# more\n")).unwrap();
        add(text, &[new("never")])
    });
    assert!(matches!(always, Err(EditError::Busy(_))));
}

#[test]
fn many_edits_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.toml");
    std::fs::write(&path, FILE).unwrap();
    let handles: Vec<_> = (0..4)
        .map(|at| {
            let path = path.clone();
            std::thread::spawn(move || {
                let name = format!("t{at}");
                // Busy is an honest answer; a lost edit is not.
                edit_file(&path, |text, _| add(text, &[new(&name)])).is_ok()
            })
        })
        .collect();
    let done = handles.into_iter().map(|handle| handle.join().unwrap()).filter(|done| *done).count();
    let config = parse(&std::fs::read_to_string(&path).unwrap(), "f").unwrap();
    assert_eq!(config.sources.len(), 2 + done);
    assert!(done > 0);
}
