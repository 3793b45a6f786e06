//! A publisher on loopback: raw HTTP/1.1 over TCP that logs every request byte for byte and answers as it is told.
//!
//! It runs on a thread of its own, so it serves async tests, plain tests and the built program alike, and ends when it is dropped.
//!
//! ```ignore
//! let publisher = Publisher::start();
//! publisher.set("/feed", Reply::feed(RSS).header("ETag", "\"1\"").conditional());     // 304 when the validators come back
//! publisher.script("/flaky", vec![Reply::status(500), Reply::feed(RSS)]);              // one after the other; the last one stays
//! publisher.folder("/corpus", corpus().join("feeds"));                                 // files with ETag, Last-Modified and 304
//! fetch(publisher.url("/feed"));                                                       // http://127.0.0.1:PORT/feed
//! publisher.set("http://made.up.example/feed", Reply::feed(RSS));                      // through publisher.proxy() only
//! assert_eq!(publisher.requests_to("/feed").len(), 1);
//! ```
//!
//! As a forward proxy (`[fetch] proxy = publisher.proxy()`) it answers absolute-form targets itself: first what was set for the whole
//! address, then what was set for the path alone. It never passes anything on.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

mod reply;
pub use reply::Reply;
use reply::{file_reply, send};

/// A request's head is at most this long.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// A running publisher.
pub struct Publisher {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Dropped, it ends the thread.
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Shared {
    replies: Mutex<HashMap<String, Vec<Reply>>>,
    folders: Mutex<Vec<(String, PathBuf)>>,
    log: Mutex<Vec<Logged>>,
    connections: Mutex<Connections>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Connections {
    opened: usize,
    answering: usize,
    answering_most: usize,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Logged {
    /// From the request line to the empty line.
    pub head: Vec<u8>,
    /// What followed it, by its `Content-Length`.
    pub body: Vec<u8>,
    /// `/feed`, or `http://made.up.example/feed` from a client that uses this publisher as its proxy.
    pub target: String,
}

impl Logged {
    /// The value of a header, byte for byte; the name in any case. Panics when it stands there twice.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        let mut found = None;
        for line in self.head.split(|byte| *byte == b'\n').skip(1) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            if line[..colon].eq_ignore_ascii_case(name.as_bytes()) {
                assert!(found.is_none(), "{name} stands twice in {}", self.text());
                found = Some(line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]).to_vec());
            }
        }
        found
    }

    /// The same as text, "" where there is none.
    pub fn text_of(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.header(name).unwrap_or_default()).into_owned()
    }

    /// Whether it asks "only if changed".
    pub fn is_conditional(&self) -> bool {
        self.header("If-None-Match").is_some() || self.header("If-Modified-Since").is_some()
    }

    /// The whole head as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.head).into_owned()
    }
}

impl Publisher {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let serve = async {
                    loop {
                        if let Ok((stream, _)) = listener.accept().await {
                            lock(&for_thread.connections).opened += 1;
                            let shared = Arc::clone(&for_thread);
                            tokio::spawn(async move { drop(serve_connection(stream, &shared).await) });
                        }
                    }
                };
                tokio::select! { () = serve => {}, _ = stopped => {} }
            });
        });
        Self { address, shared, _stop: stop }
    }

    /// `http://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a proxy.
    pub fn proxy(&self) -> Url {
        self.url("")
    }

    /// Answers a path (`/feed?x=1`), or a whole address asked through it as a proxy, with this from now on.
    pub fn set(&self, target: &str, reply: Reply) {
        self.script(target, vec![reply]);
    }

    /// Answers with these one after the other; the last one stays.
    pub fn script(&self, target: &str, replies: Vec<Reply>) {
        assert!(!replies.is_empty());
        lock(&self.shared.replies).insert(target.into(), replies);
    }

    /// Serves the files of a folder below a path, with ETag, Last-Modified and 304.
    pub fn folder(&self, path: &str, folder: impl Into<PathBuf>) {
        lock(&self.shared.folders).push((path.trim_end_matches('/').into(), folder.into()));
    }

    /// Every request so far, in order.
    pub fn requests(&self) -> Vec<Logged> {
        lock(&self.shared.log).clone()
    }

    /// The requests for this target.
    pub fn requests_to(&self, target: &str) -> Vec<Logged> {
        lock(&self.shared.log).iter().filter(|logged| logged.target == target).cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// Connections opened so far.
    pub fn connections_opened(&self) -> usize {
        lock(&self.shared.connections).opened
    }

    /// The most requests that were being answered at the same time.
    pub fn answering_most(&self) -> usize {
        lock(&self.shared.connections).answering_most
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn serve_connection(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        lock(&shared.log).push(request.clone());
        let reply = shared.reply(&request);
        let _answering = Answering::start(&shared.connections);
        tokio::time::sleep(reply.wait).await;
        if !send(&mut stream, &reply, &request).await? {
            break;
        }
    }
    stream.shutdown().await
}

/// Counts what is being answered, also when the client goes away in the middle.
struct Answering<'a>(&'a Mutex<Connections>);

impl<'a> Answering<'a> {
    fn start(connections: &'a Mutex<Connections>) -> Self {
        let mut counts = lock(connections);
        counts.answering += 1;
        counts.answering_most = counts.answering_most.max(counts.answering);
        Self(connections)
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        lock(self.0).answering -= 1;
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Logged>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let mut request = Logged { head, body: Vec::new(), target };
            let length = request.text_of("Content-Length").parse().unwrap_or(0);
            assert!(length <= HEAD_BYTES_MAX, "a request body too long for a test");
            while buffer.len() < length {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            request.body = buffer.drain(..length).collect();
            return Ok(Some(request));
        }
        assert!(buffer.len() < HEAD_BYTES_MAX, "a request head without an end");
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

impl Shared {
    fn reply(&self, request: &Logged) -> Reply {
        // "http://made.up.example/feed" as it is, then "/feed".
        let path = Url::parse(&request.target).map_or_else(|_| request.target.clone(), |url| url[url::Position::BeforePath..].to_owned());
        let mut replies = lock(&self.replies);
        for target in [&request.target, &path] {
            if let Some(script) = replies.get_mut(target) {
                return if script.len() > 1 { script.remove(0) } else { script[0].clone() };
            }
        }
        let folders = lock(&self.folders);
        folders
            .iter()
            .find_map(|(prefix, folder)| file_reply(folder, path.strip_prefix(prefix.as_str())?.strip_prefix('/')?))
            .unwrap_or_else(|| Reply::status(404).body("no such page\n"))
    }
}
