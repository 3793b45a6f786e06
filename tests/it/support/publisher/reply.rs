//! What a publisher answers, and how it sends it.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Logged;

/// An answer to give.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    conditional: bool,
    way: Way,
    pub(super) wait: Duration,
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

/// The file below the folder that a path means.
pub(super) fn file_reply(folder: &Path, inside: &str) -> Option<Reply> {
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
pub(super) async fn send(stream: &mut TcpStream, reply: &Reply, request: &Logged) -> std::io::Result<bool> {
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
