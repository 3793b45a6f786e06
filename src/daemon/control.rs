//! The local socket over which commands talk to the running daemon (`data/control.sock`): what the store holds, polls on request, and orders that undo
//! what was decided.
//!
//! Who may connect: root and the user that the daemon runs as, checked on each connection, and by the file's permissions. Bounds:
//! [`CONNECTIONS_MAX`] at once, a question of limited length within [`QUESTION_WAIT`].

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};

use super::follower::FollowerHandle;
use super::orders::{self, Order};
use super::publisher::PublisherHandle;
use super::rebuild::STEP_ARTICLES;
use super::worker::Report;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::Outcome;
use crate::pipeline::summarize::Summarizer;
use crate::search::{AnswerLine, Query, SearchError, Wanted};
use crate::store::remote::{self, Question, SOCKET};
use crate::store::{RemoteStore, Store, StoreError};

/// Connections at once.
const CONNECTIONS_MAX: usize = 16;

/// How long a connection may take to ask.
const QUESTION_WAIT: Duration = Duration::from_secs(5);

/// Reports that may wait for a slow listener; later ones are left out.
const REPORTS_WAITING_MAX: usize = 10_000;

/// Poll requests that may wait.
const REQUESTS_WAITING_MAX: usize = 16;

/// A request to poll, from a command.
#[derive(Debug)]
pub struct PollRequest {
    /// Whatever their due time.
    pub all: bool,
    /// Only these; none and not all: those that are due.
    pub names: Vec<String>,
    /// Where each report goes; dropped when the last poll has ended.
    pub reports: mpsc::Sender<Report>,
}

/// A report as one line for programs: what `poll --json` prints, and what goes over the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Name of the source.
    pub source: String,
    /// `changed`, `unchanged`, `failed`, `gone`.
    pub result: String,
    /// Why it failed.
    pub error: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// New articles.
    pub new: u32,
    /// Revised articles.
    pub revised: u32,
    /// Entries seen before.
    pub unchanged: u32,
    /// Entries that stand twice in the document.
    pub duplicate: u32,
    /// Entries rejected or left out.
    pub rejected: u32,
    /// Bytes from the wire.
    pub bytes: u64,
    /// Time of the fetch.
    pub took_ms: u64,
    /// When it is polled next, RFC 3339.
    pub next_due: String,
    /// Why then.
    pub next_why: String,
}

impl From<&Report> for ReportLine {
    fn from(report: &Report) -> Self {
        let (result, error) = match &report.outcome {
            Outcome::Changed => ("changed", None),
            Outcome::Unchanged => ("unchanged", None),
            Outcome::Failed(why) => ("failed", Some(why.clone())),
            Outcome::Gone => ("gone", Some("the publisher says that this feed is gone for good".to_owned())),
        };
        Self {
            source: report.source.to_string(),
            result: result.to_owned(),
            error,
            status: report.status,
            new: report.counts.new,
            revised: report.counts.revised,
            unchanged: report.counts.unchanged,
            duplicate: report.counts.duplicate,
            rejected: report.counts.rejected,
            bytes: report.wire_bytes,
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            next_due: report.next_due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            next_why: report.next_why.clone(),
        }
    }
}

/// Where orders are done.
#[derive(Clone)]
pub struct Desk {
    /// The settings in force.
    pub config: Arc<ArcSwap<Config>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes keywords and summaries.
    pub summarizer: Arc<Summarizer>,
    /// Told when something changed that readers see.
    pub publisher: PublisherHandle,
    /// Finds articles, and is told likewise.
    pub follower: FollowerHandle,
}

impl Desk {
    async fn obey(&self, stream: &mut UnixStream, store: Arc<dyn Store>, order: Order) -> io::Result<()> {
        let remade = if let Order::Rebuild { from, .. } = &order { Some(*from..from.saturating_add(STEP_ARTICLES)) } else { None };
        let (config, summarizer, now) = (self.config.load_full(), Arc::clone(&self.summarizer), self.clock.now());
        let done = tokio::task::spawn_blocking(move || orders::obey(&*store, &config, &summarizer, &order, now)).await;
        let answer = match done.map_err(io::Error::other)? {
            Ok(said) => {
                self.publisher.changed();
                remade.into_iter().for_each(|arrivals| self.follower.search().doubt(arrivals));
                self.follower.changed();
                said.map_or_else(String::new, |said| format!("said\t{said}\n")) + "end\t\n"
            }
            Err(error) => format!("error\tunusable\t{error}\n"),
        };
        stream.write_all(answer.as_bytes()).await
    }

    async fn find(&self, stream: &mut UnixStream, store: Arc<dyn Store>, query: String, limit: usize) -> io::Result<()> {
        let (config, now, search) = (self.config.load_full(), self.clock.now(), Arc::clone(self.follower.search()));
        let found = tokio::task::spawn_blocking(move || -> Result<AnswerLine, SearchError> {
            if !config.search.enabled {
                return Err(SearchError::Off);
            }
            let query = Query::parse(&query, now, config.site.zone())?;
            let wanted = Wanted { query: &query, sources: &config.sources, sort: None, skip: 0, limit };
            search.answer(&*store, &wanted, &|article| article).map(|answer| AnswerLine::from(&answer))
        });
        let answer = match found.await.map_err(io::Error::other)? {
            Ok(found) => format!("found\t{}\nend\t\n", serde_json::to_string(&found).map_err(io::Error::other)?),
            Err(error) => format!("error\tunusable\t{}\n", error.to_string().replace('\n', " ")),
        };
        stream.write_all(answer.as_bytes()).await
    }
}

/// The socket's file; removed when this is dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Starts to listen in the data folder. Whoever calls this has the store open, so a socket that lies there is an old one.
///
/// # Errors
/// Those of the file system.
pub fn start(data: &Path, store: Arc<dyn Store>, desk: Desk) -> io::Result<(SocketFile, mpsc::Receiver<PollRequest>)> {
    let path = data.join(SOCKET);
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&path)?);
    let (sender, receiver) = mpsc::channel(REQUESTS_WAITING_MAX);
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else { continue };
            if !stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || peer.uid() == owner) {
                continue;
            }
            let (store, polls, desk) = (Arc::clone(&store), sender.clone(), desk.clone());
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = converse(stream, store, polls, desk).await {
                    tracing::debug!(%error, "a command went away before its answer was complete");
                }
            });
        }
    });
    Ok((SocketFile(path), receiver))
}

async fn converse(stream: UnixStream, store: Arc<dyn Store>, polls: mpsc::Sender<PollRequest>, desk: Desk) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let ask = (&mut stream).take(remote::QUESTION_BYTES_MAX);
    let mut ask = BufReader::new(ask);
    if tokio::time::timeout(QUESTION_WAIT, ask.read_line(&mut line)).await.is_err() || line.is_empty() {
        return Ok(());
    }
    let mut stream = stream.into_inner();
    if let Ok(order) = serde_json::from_str::<Order>(&line) {
        return desk.obey(&mut stream, store, order).await;
    }
    match serde_json::from_str(&line) {
        Ok(Question::Poll { all, names }) => poll(&mut stream, all, names, &polls).await,
        Ok(Question::Search { query, limit }) => desk.find(&mut stream, store, query, limit).await,
        Ok(question) => {
            // The store blocks, and so does writing its answer: both on a thread that may.
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            stream.set_write_timeout(Some(QUESTION_WAIT))?;
            let work = tokio::task::spawn_blocking(move || remote::answer(&*store, &question, &mut io::BufWriter::new(&stream)));
            work.await.unwrap_or_else(|_| Err(io::Error::other("the store failed while it answered")))
        }
        Err(error) => stream.write_all(format!("error\tunusable\tthe question is not understood: {error}\n").as_bytes()).await,
    }
}

async fn poll(stream: &mut UnixStream, all: bool, names: Vec<String>, polls: &mpsc::Sender<PollRequest>) -> io::Result<()> {
    let (reports, mut incoming) = mpsc::channel(REPORTS_WAITING_MAX);
    if polls.send(PollRequest { all, names, reports }).await.is_err() {
        return stream.write_all(b"error\tunusable\tthe daemon is stopping\n").await;
    }
    while let Some(report) = incoming.recv().await {
        let text = serde_json::to_string(&ReportLine::from(&report)).map_err(io::Error::other)?;
        stream.write_all(format!("report\t{text}\n").as_bytes()).await?;
    }
    stream.write_all(b"end\t\n").await
}

/// Gives a running daemon an order. Blocks.
///
/// # Errors
/// What the daemon said, or that it cannot be reached.
pub fn give_order(daemon: &RemoteStore, order: &Order) -> Result<Option<String>, StoreError> {
    let mut said = None;
    daemon.ask(order, |_, text| {
        said = Some(text.to_owned());
        Ok(())
    })?;
    Ok(said)
}

/// Asks a running daemon for articles. Blocks.
///
/// # Errors
/// What the daemon said, or that it cannot be reached.
pub fn ask_to_find(daemon: &RemoteStore, query: &str, limit: usize) -> Result<Option<AnswerLine>, StoreError> {
    let mut found = None;
    daemon.ask(&Question::Search { query: query.to_owned(), limit }, |_, text| {
        let line = serde_json::from_str(text).map_err(|error| StoreError::Unusable(format!("the daemon is another version: {error}")))?;
        found = Some(line);
        Ok(())
    })?;
    Ok(found)
}

/// Asks a running daemon to poll, and tells each report as it comes. Blocks.
///
/// # Errors
/// What the daemon said, or that it cannot be reached.
pub fn ask_to_poll(daemon: &RemoteStore, all: bool, names: &[String], mut tell: impl FnMut(ReportLine)) -> Result<(), StoreError> {
    daemon.ask(&Question::Poll { all, names: names.to_vec() }, |_, text| {
        let line = serde_json::from_str(text).map_err(|error| StoreError::Unusable(format!("the daemon is another version: {error}")))?;
        tell(line);
        Ok(())
    })
}
