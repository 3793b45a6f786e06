//! The built program in a folder of its own, with its output read as it comes.
#![expect(clippy::disallowed_methods, reason = "tests wait for another process, by the machine's own clock")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Longest wait for anything the program is to do; far beyond what it takes, so that a slow machine does not fail a test.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a feeds.toml, and the program that runs on it.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// A new folder holding this feeds.toml.
    pub fn new(feeds_toml: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.write(feeds_toml);
        home
    }

    /// Replaces feeds.toml, the way an editor does: a new file renamed over the old one.
    pub fn write(&self, feeds_toml: &str) {
        let new = self.folder.path().join("feeds.toml.new");
        std::fs::write(&new, feeds_toml).unwrap();
        std::fs::rename(new, self.config()).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("feeds.toml")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with `--config` and `--data` of this home, working in its folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command.current_dir(self.path()).arg("--config").arg(self.config()).arg("--data").arg(self.data()).args(arguments);
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "RUST_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Starts the daemon and waits until it listens.
    pub fn start(&self) -> Running {
        Running::start(self.command(&["run"]))
    }
}

/// What a finished program printed, as text.
pub fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A daemon under way. Dropping it kills it.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Everything it said so far.
    pub log: String,
    /// `http://127.0.0.1:PORT`, as it said itself.
    pub address: String,
}

impl Running {
    /// Starts `command` and waits until it says where it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        for stream in [Box::new(out) as Box<dyn Read + Send>, Box::new(err)] {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines() {
                    let Ok(line) = line else { break };
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let mut running = Self { child, lines, log: String::new(), address: String::new() };
        let line = running.wait_for("listening on http://");
        let at = line.find("http://").unwrap();
        running.address = line[at..].split_whitespace().next().unwrap().trim_end_matches(['/', '"', ',']).to_owned();
        running
    }

    /// Waits for a line of output that holds `text`, and returns it.
    pub fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.log.push_str(&line);
                    self.log.push('\n');
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("the program never said {text:?} ({error}); it said:\n{}", self.log),
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name: TERM, HUP, KILL.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end, and returns how it ended and how long that took.
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the program did not end; it said:\n{}", self.log);
    }

    /// The body at a path, when the server answers 200.
    pub fn get(&self, path: &str) -> Option<String> {
        let (status, body) = get(&format!("{}{path}", self.address))?;
        (status == 200).then_some(body)
    }

    /// Waits until the document at `path` passes `test`, and returns it.
    pub fn wait_until(&self, path: &str, test: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut last = String::new();
        while Instant::now() < until {
            if let Some(body) = self.get(path) {
                if test(&body) {
                    return body;
                }
                last = body;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{path} never became what was expected; last seen:\n{last}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body, or nothing when nobody answers.
pub fn get(url: &str) -> Option<(u16, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = plain_client();
        let answer = client.get(url).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.text().await.ok()?))
    })
}

/// A client without TLS: tests talk to loopback only.
pub fn plain_client() -> reqwest::Client {
    use std::sync::Once;
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap()
}
