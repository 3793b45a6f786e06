//! The built program as a daemon: signals, notify, reload, bad surroundings.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use feedmill::clock::{Clock, SystemClock};
use feedmill::store::told::nobody;
use feedmill::store::{SledOptions, SledStore, snapshot};

use crate::support::program::{Home, PATIENCE, Running, get, printed};
use crate::support::publisher::{Publisher, Reply};

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>T</title><link>https://example.org/</link><description>d</description>
<item><title>TITLE</title><link>https://example.org/NAME</link><guid>NAME</guid><description>&lt;p&gt;text&lt;/p&gt;</description></item>
</channel></rss>"#;

fn rss(name: &str) -> String {
    RSS.replace("TITLE", &format!("文章 {name}")).replace("NAME", name)
}

/// A feeds.toml with these sources, all on loopback.
fn feeds_toml(sources: &[(&str, url::Url)]) -> String {
    let mut text =
        String::from("[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\nper_host_delay = \"0s\"\n");
    for (name, url) in sources {
        text.push_str(&format!("\n[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    }
    text
}

/// Each with one article, at `/NAME.xml`.
fn publisher_of(names: &[&str]) -> Publisher {
    let publisher = Publisher::start();
    for name in names {
        publisher.set(&format!("/{name}.xml"), Reply::feed(rss(name)).header("ETag", "\"1\"").conditional());
    }
    publisher
}

#[test]
fn a_source_added_while_it_runs_makes_its_articles_appear() {
    let publisher = publisher_of(&["a", "b"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    let daemon = home.start();
    let first = daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    assert!(!first.contains("文章 b"));
    home.write(&feeds_toml(&[("a", publisher.url("/a.xml")), ("b", publisher.url("/b.xml"))]));
    for path in ["/feed.xml", "/atom.xml", "/feed.json"] {
        daemon.wait_until(path, |body| body.contains("文章 a") && body.contains("文章 b"));
    }
}

#[test]
fn sighup_takes_the_file_up_too() {
    let publisher = publisher_of(&["a", "b"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    let mut daemon = home.start();
    daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    home.write(&feeds_toml(&[("b", publisher.url("/b.xml"))]));
    daemon.signal("HUP");
    daemon.wait_for("feeds.toml was taken up");
    daemon.wait_until("/feed.xml", |body| body.contains("文章 b"));
}

#[test]
fn r9_a_wrong_configuration_leaves_the_last_good_one_in_force_and_says_where() {
    let publisher = publisher_of(&["a"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    let mut daemon = home.start();
    daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    home.write("[server]\nlisten = \"127.0.0.1:0\"\n\n[[source]]\nname = \"a\"\nurll = \"http://x/\"\n");
    let line = daemon.wait_for("feeds.toml:6:1");
    assert!(line.contains("urll") && daemon.log.contains("stays in force") || line.contains("stays in force"), "{}", daemon.log);
    assert!(daemon.get("/feed.xml").unwrap().contains("文章 a"));
}

#[test]
fn r14_sigterm_ends_it_within_five_seconds_with_success_while_fetches_hang() {
    let publisher = publisher_of(&["a"]);
    let slow: Vec<_> = (0..200).map(|number| format!("slow{number}")).collect();
    let mut sources = vec![("a".to_owned(), publisher.url("/a.xml"))];
    for name in slow {
        let path = format!("/{name}.xml");
        publisher.set(&path, Reply::hang());
        sources.push((name, publisher.url(&path)));
    }
    let named: Vec<_> = sources.iter().map(|(name, url)| (name.as_str(), url.clone())).collect();
    let text = feeds_toml(&named).replace("per_host_delay", "max_in_flight = 300\nper_host_connections = 300\nper_host_delay");
    let home = Home::new(&text);
    let mut daemon = home.start();
    daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    for _ in 0..PATIENCE.as_millis() / 20 {
        if publisher.requests().len() < 201 {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert_eq!(publisher.requests().len(), 201, "all are under way");
    daemon.signal("TERM");
    let (status, took) = daemon.wait();
    assert!(status.success(), "{status}: {}", daemon.log);
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert!(!daemon.log.contains("not stored in time"), "nothing waited to be stored: {}", daemon.log);
    let again = home.start();
    again.wait_until("/feed.xml", |body| body.contains("文章 a"));
}

#[test]
fn r15_systemd_hears_ready_reloading_alive_and_stopping() {
    let publisher = publisher_of(&["a"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = |wanted: &str| {
        let mut heard = String::new();
        loop {
            let mut buffer = [0; 4096];
            let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{wanted} was never said ({error}); heard:\n{heard}"));
            let said = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if said.lines().any(|line| line.starts_with(wanted)) {
                return said;
            }
            heard.push_str(&said);
        }
    };
    let mut command = home.command(&["run"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "2000000");
    let daemon = Running::start(command);
    hear("READY=1");
    assert!(daemon.get("/readyz").is_some(), "ready was said before the store was open and the socket listened");
    hear("WATCHDOG=1");
    daemon.signal("HUP");
    hear("RELOADING=1");
    hear("READY=1");
    daemon.signal("TERM");
    hear("STOPPING=1");
}

#[test]
fn r10_a_second_instance_on_the_same_data_says_so_and_ends() {
    let home = Home::new(&feeds_toml(&[]));
    let _first = home.start();
    let second = home.run(&["run"]);
    let said = printed(&second);
    assert_eq!(second.status.code(), Some(4), "{said}");
    assert!(said.contains(&*home.data().to_string_lossy()) && said.contains("another feedmill"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new(&format!("[server]\nlisten = \"{address}\"\n"));
    let output = home.run(&["run"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains(&address) && said.contains("listen"), "{said}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let home = Home::new(&feeds_toml(&[]));
    std::fs::write(home.data(), "a file where the folder should be").unwrap();
    let output = home.run(&["run"]);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains(&*home.data().to_string_lossy()), "{said}");
}

#[test]
fn an_empty_configuration_runs_and_says_how_to_add_a_source() {
    for text in ["", "[server]\nlisten = \"127.0.0.1:0\"\n"] {
        let home = Home::new(&format!("{text}{}", if text.is_empty() { "\n[server]\nlisten = \"127.0.0.1:0\"\n" } else { "" }));
        let mut daemon = home.start();
        daemon.wait_for("nothing is polled");
        let feed = daemon.wait_until("/feed.xml", |_| true);
        assert!(feed.contains("<rss"), "{feed}");
    }
}

#[test]
fn r8_with_no_publisher_in_reach_it_starts_serves_and_says_per_source_what_is_wrong() {
    let shipped = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml")).unwrap();
    // The shipped sources, asked through a proxy that nobody runs: as on a machine without a network, and no packet leaves this one.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = regex::Regex::new(r#"(?m)^listen *=.*$"#).unwrap().replace(&shipped, "listen = \"127.0.0.1:0\"").into_owned();
    let fetch = format!("[fetch]\nproxy = \"http://{nobody}\"\nper_host_delay = \"0s\"\n");
    let text = regex::Regex::new(r"(?m)^\[fetch\]\n").unwrap().replace(&listen, fetch.as_str()).into_owned();
    let text = if text.contains(&fetch) { text } else { format!("{listen}\n{fetch}") };
    let home = Home::new(&text);
    let mut daemon = home.start();
    assert!(daemon.get("/feed.xml").unwrap().contains("<rss"));
    let line = daemon.wait_for("36kr");
    assert!(line.contains("poll failed") || daemon.log.contains("poll failed"), "{}", daemon.log);
    assert_eq!(daemon.get("/healthz").as_deref().map(str::trim), Some("alive"));
}

#[test]
fn f16_a_restart_asks_for_nothing_that_is_not_due() {
    let publisher = publisher_of(&["a"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    for _ in 0..5 {
        let mut daemon = home.start();
        daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
        daemon.signal("TERM");
        assert!(daemon.wait().0.success());
    }
    assert_eq!(publisher.requests_to("/a.xml").len(), 1);
}

#[test]
fn r5_a_damaged_store_is_set_aside_restored_from_the_last_snapshot_and_health_is_red() {
    let publisher = publisher_of(&["a"]);
    let home = Home::new(&feeds_toml(&[("a", publisher.url("/a.xml"))]));
    assert!(home.run(&["poll"]).status.success());
    {
        let store = SledStore::open(&home.data().join("store"), SledOptions::default()).unwrap();
        snapshot::write(&store, &home.data().join("snapshots"), SystemClock.now(), &mut nobody).unwrap();
    }
    let db = home.data().join("store/db");
    // What a disk that lost a block leaves: zeroes where the rows were. The file of a small store is mostly air, so the rows are looked for.
    let mut bytes = std::fs::read(&db).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last / 2..=last].fill(0);
    std::fs::write(&db, bytes).unwrap();
    let daemon = home.start();
    assert!(daemon.log.contains("snapshot"), "{}", daemon.log);
    daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    let (status, said) = get(&format!("{}/healthz", daemon.address)).unwrap();
    assert_eq!(status, 500, "{said}");
    let aside = std::fs::read_dir(home.data()).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().contains("damaged"));
    assert!(aside, "the damaged store is kept for those who want to look at it");
    assert_eq!(publisher.requests_to("/a.xml").len(), 1, "what the snapshot knows is not asked for again before it is due");
}

/// The unit as it would be installed, but with the program where it was built.
fn unit(folder: &Path) -> std::path::PathBuf {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/feedmill.service")).unwrap();
    let path = folder.join("feedmill.service");
    std::fs::write(&path, text.replace("/usr/bin/feedmill", env!("CARGO_BIN_EXE_feedmill"))).unwrap();
    path
}

#[test]
fn the_unit_has_an_exposure_of_at_most_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("systemd-analyze").args(["security", "--offline=true", "--threshold=10"]).arg(unit(folder.path())).output();
    let output = output.expect("systemd-analyze is there (Debian package systemd)");
    assert!(output.status.success(), "{}", printed(&output));
}

#[test]
fn systemd_has_nothing_to_say_about_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("systemd-analyze").arg("verify").arg(unit(folder.path())).output();
    let output = output.expect("systemd-analyze is there (Debian package systemd)");
    assert_eq!((output.status.success(), printed(&output).as_str()), (true, ""));
}

#[test]
fn what_an_exclude_left_out_comes_when_the_exclude_goes_although_the_feed_did_not_change() {
    let publisher = publisher_of(&["a"]);
    let url = publisher.url("/a.xml");
    let plain = feeds_toml(&[("a", url)]);
    let home = Home::new(&format!("{plain}exclude = \"文章\"\n"));
    assert!(printed(&home.run(&["poll", "--all"])).contains("1 rejected"));
    assert!(printed(&home.run(&["poll", "--all"])).contains("unchanged"));
    home.write(&plain);
    assert!(printed(&home.run(&["poll", "--all"])).contains("a: 1 new"));
    assert!(printed(&home.run(&["poll", "--all"])).contains("unchanged"));
    let conditional: Vec<_> = publisher.requests_to("/a.xml").iter().map(crate::support::publisher::Logged::is_conditional).collect();
    assert_eq!(conditional, [false, true, false, true]);
}

#[test]
fn a_source_with_a_cron_schedule_is_polled_at_its_times() {
    let publisher = publisher_of(&["a"]);
    let plain = feeds_toml(&[("a", publisher.url("/a.xml"))]);
    let home = Home::new(&format!("{plain}schedule = \"* * * * * *\"\ntime_zone = \"Asia/Shanghai\"\n"));
    let daemon = home.start();
    daemon.wait_until("/feed.xml", |body| body.contains("文章 a"));
    for _ in 0..PATIENCE.as_millis() / 50 {
        if publisher.requests_to("/a.xml").len() < 3 {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let asked = publisher.requests_to("/a.xml");
    assert!(asked.len() >= 3, "every second, and it was asked {} times", asked.len());
    assert!(asked[1..].iter().all(crate::support::publisher::Logged::is_conditional));
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn what_polls_runs_with_one_heap_or_as_many_as_were_asked_for() {
    let home = Home::new(&feeds_toml(&[]));
    let unit = std::fs::read_to_string("systemd/feedmill.service").unwrap();
    let of_unit = unit.lines().find_map(|line| line.strip_prefix("Environment=_RJEM_MALLOC_CONF=")).unwrap();
    for (asked, has) in [(None, of_unit), (Some("narenas:5"), "narenas:5")] {
        let mut command = home.command(&["run"]);
        command.env_remove("_RJEM_MALLOC_CONF");
        command.envs(asked.map(|asked| ("_RJEM_MALLOC_CONF", asked)));
        // Ready, so it has begun once more: in the same process, with the same arguments.
        let daemon = Running::start(command);
        let environment = std::fs::read_to_string(format!("/proc/{}/environ", daemon.id())).unwrap();
        assert!(environment.split('\0').any(|variable| variable == format!("_RJEM_MALLOC_CONF={has}")), "{environment}");
    }
}
