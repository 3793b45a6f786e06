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
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

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
    /// `/feed`, or `http://made.up.example/feed` from a client that uses this publisher as its proxy.
    pub target: String,
    /// When it came, since the publisher's machine started: for distances only.
    pub at: std::time::Instant,
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

/// An answer to give.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    conditional: bool,
    way: Way,
    wait: Duration,
}

#[derive(Clone, Debug)]
enum Way {
    Whole,
    /// The length is announced, and the connection closed after so many bytes of the body.
    CutAfter(usize),
    /// So many bytes at a time, with a pause after each piece.
    Drip(usize, Duration),
    /// The body again and again, without an end.
    Endless,
    /// Nothing at all, and the connection stays open.
    Hang,
    /// The connection is closed before a byte is sent.
    Close,
    /// These bytes instead of head and body, then the connection is closed.
    Raw(Vec<u8>),
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), conditional: false, way: Way::Whole, wait: Duration::ZERO }
    }

    /// 200 with a feed.
    pub fn feed(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(200) }.header("Content-Type", "application/rss+xml; charset=utf-8")
    }

    /// A redirect.
    pub fn redirect(status: u16, to: impl AsRef<[u8]>) -> Self {
        Self::status(status).header("Location", to)
    }

    /// These bytes exactly, then the connection is closed.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { way: Way::Raw(bytes.into()), ..Self::status(200) }
    }

    /// Takes the request and never answers.
    pub fn hang() -> Self {
        Self { way: Way::Hang, ..Self::status(200) }
    }

    /// Takes the request and closes the connection.
    pub fn close() -> Self {
        Self { way: Way::Close, ..Self::status(200) }
    }

    /// Adds a header, byte for byte.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Another body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// 304 without a body when `If-None-Match` is this reply's `ETag`, or (without one in the request) `If-Modified-Since` its `Last-Modified`.
    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Announces the whole length and closes after so many bytes.
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.way = Way::CutAfter(bytes);
        self
    }

    /// Sends so many bytes at a time with a pause after each.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Self {
        self.way = Way::Drip(bytes, pause);
        self
    }

    /// Sends the body again and again, without an end.
    pub fn endless(mut self) -> Self {
        self.way = Way::Endless;
        self
    }

    /// Waits before answering.
    pub fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    fn header_value(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }

    fn is_known_to(&self, request: &Logged) -> bool {
        match (request.header("If-None-Match"), request.header("If-Modified-Since")) {
            (Some(etag), _) => self.header_value("ETag") == Some(&etag),
            (None, Some(date)) => self.header_value("Last-Modified") == Some(&date),
            (None, None) => false,
        }
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
    while let Some(request) = read_head(&mut stream, &mut buffer).await? {
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

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Logged>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            #[expect(clippy::disallowed_methods, reason = "distances between real requests")]
            return Ok(Some(Logged { head, target, at: std::time::Instant::now() }));
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

fn file_reply(folder: &std::path::Path, inside: &str) -> Option<Reply> {
    let inside = percent_decoded(inside.split('?').next()?);
    if inside.split('/').any(|part| part == "..") {
        return None;
    }
    let body = std::fs::read(folder.join(&inside)).ok()?;
    let media_type = match inside.rsplit('.').next() {
        Some("json") => "application/feed+json",
        Some("atom") => "application/atom+xml",
        Some("html") => "text/html",
        _ => "text/xml",
    };
    let etag = format!("\"{}\"", blake3::hash(&body).to_hex());
    Some(
        Reply { body, ..Reply::status(200) }
            .header("Content-Type", media_type)
            .header("ETag", etag)
            .header("Last-Modified", "Thu, 01 Oct 2026 08:00:00 GMT")
            .conditional(),
    )
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let pair = if byte == b'%' { bytes.as_slice_pair() } else { None };
        out.push(pair.map_or(byte, |value| {
            bytes.next();
            bytes.next();
            value
        }));
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The two hexadecimal digits that come next.
trait Pair {
    fn as_slice_pair(&self) -> Option<u8>;
}

impl Pair for std::str::Bytes<'_> {
    fn as_slice_pair(&self) -> Option<u8> {
        let mut ahead = self.clone();
        let digits = [ahead.next()?, ahead.next()?];
        u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
    }
}

/// Sends the reply; whether the connection goes on.
async fn send(stream: &mut TcpStream, reply: &Reply, request: &Logged) -> std::io::Result<bool> {
    let unchanged = reply.conditional && reply.is_known_to(request);
    let status = if unchanged { 304 } else { reply.status };
    let body = if unchanged { &[][..] } else { &reply.body };
    let mut head = format!("HTTP/1.1 {status} Whatever\r\n").into_bytes();
    for (name, value) in &reply.headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    let chunked = matches!(reply.way, Way::Endless);
    if chunked {
        head.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    } else if status != 304 && reply.header_value("Content-Length").is_none() {
        head.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    match &reply.way {
        Way::Whole => {
            head.extend_from_slice(body);
            stream.write_all(&head).await?;
            Ok(true)
        }
        Way::CutAfter(bytes) => {
            head.extend_from_slice(&body[..(*bytes).min(body.len())]);
            stream.write_all(&head).await?;
            Ok(false)
        }
        Way::Drip(bytes, pause) => {
            stream.write_all(&head).await?;
            for piece in body.chunks((*bytes).max(1)) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                tokio::time::sleep(*pause).await;
            }
            Ok(true)
        }
        Way::Endless => {
            stream.write_all(&head).await?;
            loop {
                stream.write_all(format!("{:x}\r\n", body.len()).as_bytes()).await?;
                stream.write_all(body).await?;
                stream.write_all(b"\r\n").await?;
            }
        }
        Way::Hang => {
            // Until the client gives up.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            Ok(false)
        }
        Way::Close => Ok(false),
        Way::Raw(bytes) => {
            stream.write_all(bytes).await?;
            Ok(false)
        }
    }
}
