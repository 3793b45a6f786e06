//! Commands that take long: a bar on a terminal, and Ctrl-C that loses nothing.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::settings;
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

/// Entries of the feed: more than are told of in one go, and as a snapshot more than a pipe holds.
const ENTRIES: usize = 1_500;

/// A home whose store has many articles, of letters that do not compress.
fn home_with_many() -> (Home, Publisher) {
    let publisher = Publisher::start();
    let mut random = fastrand::Rng::with_seed(7);
    let items: String = (0..ENTRIES)
        .map(|at| {
            let text: String = (0..60).map(|_| (0..7).map(|_| random.alphabetic()).chain([' ']).collect::<String>()).collect();
            format!(
                "<item><title>{at}</title><link>https://site.example/{at}</link><guid>{at}</guid><description>{text}</description></item>"
            )
        })
        .collect();
    publisher.set(
        "/a",
        Reply::feed(format!(
            "<rss version=\"2.0\"><channel><title>甲</title><link>https://site.example/</link><description/>{items}</channel></rss>"
        )),
    );
    let home = Home::new(&settings(&format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n", publisher.url("/a"))));
    let polled = home.run(&["poll"]);
    assert!(polled.status.success(), "{}", printed(&polled));
    (home, publisher)
}

/// Runs the program on a terminal of its own, to its end; gives what it drew.
fn on_a_terminal(home: &Home, arguments: &[&str]) -> String {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    tcsetwinsize(&controller, Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    let mut command = home.command(arguments);
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let mut child = command.spawn().unwrap();
    // With it go our ends of the terminal, so that reading ends when the program does.
    drop(command);
    let mut drawn = Vec::new();
    // Linux ends a terminal that nobody writes to any more with an error.
    let _ = File::from(controller).read_to_end(&mut drawn);
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&drawn));
    String::from_utf8(drawn).unwrap()
}

#[test]
fn backup_restore_and_verify_show_how_far_they_are() {
    let (home, _publisher) = home_with_many();
    let file = home.path().join("b");
    let file = file.to_str().unwrap();
    let drawn = on_a_terminal(&home, &["backup", file]);
    assert!(drawn.contains("writing the snapshot") && drawn.contains("%, ") && drawn.contains(" left"), "{drawn}");
    let drawn = on_a_terminal(&home, &["verify"]);
    assert!(drawn.contains("reading the store"), "{drawn}");
    let drawn = on_a_terminal(&home, &["restore", file]);
    for work in ["checking the snapshot", "filling the store", "reading the store"] {
        assert!(drawn.contains(work), "{work}: {drawn}");
    }
    // Over the socket as well.
    let daemon = home.start();
    let drawn = on_a_terminal(&home, &["verify"]);
    assert!(drawn.contains("reading the store") && drawn.contains("The store is whole"), "{drawn}");
    drop(daemon);
    // Where nobody looks there is no bar.
    assert!(!printed(&home.run(&["verify"])).contains("left"));
}

/// Interrupts the program.
fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupted_backup_says_so_and_leaves_nothing() {
    let (home, _publisher) = home_with_many();
    // What is being written goes through a pipe, so that it waits where we want it.
    let pipe = home.path().join("b.half");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let file = home.path().join("b");
    let child =
        home.command(&["backup", file.to_str().unwrap()]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    let mut reader = File::open(&pipe).unwrap();
    reader.read_exact(&mut [0; 4]).unwrap();
    interrupt(&child);
    // It hears of it at its next telling, and what it writes until then finds room.
    let draining = std::thread::spawn(move || reader.read_to_end(&mut Vec::new()));
    let output = child.wait_with_output().unwrap();
    draining.join().unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    assert!(printed(&output).contains("interrupted; no backup was written"), "{}", printed(&output));
    assert!(!file.exists() && !pipe.exists());
    assert!(printed(&home.run(&["verify"])).contains(&format!("{ENTRIES} articles")));
}
