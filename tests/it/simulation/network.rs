//! The network in the test's hand: publishers that publish, edit, delete, fail, hang, move and go, each as its dice say, and a log of
//! every request.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use feedmill::clock::{Clock, ManualClock};
use feedmill::fetch::{Answer, Fetch, FetchError, FetchRequest, Fetched, host_of};
use feedmill::model::{Instant, Validators};
use futures_util::future::BoxFuture;
use url::Url;

/// Entries that a feed lists, the newest.
const LISTED: usize = 6;
/// Hours that a trouble lasts at the most.
const TROUBLE_HOURS_MAX: i64 = 96;

/// How a publisher is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// 404, 500 …
    Status(u16),
    /// 503 or 429 that asks for so many minutes of silence.
    Silence(u16, i64),
    Unreachable,
    /// Takes the request and never answers: the client's patience ends.
    Hanging,
    /// A page in the place of the feed.
    Page,
    /// The document breaks off after one of its entries.
    Cut,
    Gone,
}

#[derive(Clone, Debug)]
struct Listed {
    number: u32,
    text: u32,
    published: Instant,
}

/// One publisher.
struct Site {
    host: String,
    /// Where the feed is; the addresses before it lead there.
    path: u32,
    listed: Vec<Listed>,
    next: u32,
    version: u32,
    has_validators: bool,
    articles_a_day: f64,
    mood: Mood,
    /// Of the true time.
    mood_until: Instant,
    /// How guids are written: what changes nothing about them.
    spelling: u8,
    /// New guids for everything, as after a move to another program.
    edition: u32,
}

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub host: String,
    /// Of the true time, which the program does not know.
    pub at: Instant,
    /// What the publisher asked for in answer to it, or proved by it.
    pub mood: Mood,
    pub is_conditional: bool,
    /// The entries that were in the answer, where it was a whole feed: their links.
    pub links: Vec<String>,
}

pub struct Network {
    inner: Mutex<Inner>,
    clock: ManualClock,
}

struct Inner {
    sites: BTreeMap<String, Site>,
    sent: Vec<Sent>,
    held: HashMap<String, Instant>,
    now: Instant,
    /// The program is about to be killed: nothing is answered any more.
    is_silent: bool,
}

impl Network {
    pub fn new(hosts: impl Iterator<Item = String>, dice: &mut Rng, clock: &ManualClock, now: Instant) -> Self {
        let site = |host: String| Site {
            host,
            path: 0,
            listed: Vec::new(),
            next: 0,
            version: 0,
            has_validators: dice.u8(..4) > 0,
            articles_a_day: [0.05, 0.3, 1.0, 2.0][dice.usize(..4)],
            mood: Mood::Well,
            mood_until: now,
            spelling: 0,
            edition: 0,
        };
        let mut sites: BTreeMap<_, _> = hosts.map(site).map(|site| (site.host.clone(), site)).collect();
        sites.values_mut().for_each(|site| (0..LISTED).for_each(|_| site.publish(now)));
        let inner = Inner { sites, sent: Vec::new(), held: HashMap::new(), now, is_silent: false };
        Self { inner: Mutex::new(inner), clock: clock.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time passes for the publishers, up to `now`.
    pub fn live(&self, dice: &mut Rng, now: Instant) {
        let mut inner = self.lock();
        let passed = now - std::mem::replace(&mut inner.now, now);
        let days = passed.num_minutes() as f64 / 1440.0;
        inner.sites.values_mut().for_each(|site| site.live(dice, now, days));
    }

    /// From now on nothing is answered, or everything again.
    pub fn be_silent(&self, is_silent: bool) {
        self.lock().is_silent = is_silent;
    }

    /// What was asked of the client by hosts is forgotten with the process.
    pub fn forget_holds(&self) {
        self.lock().held.clear();
    }

    /// What was sent since the last look.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.lock().sent)
    }

    /// How many requests were sent since then.
    pub fn asked(&self) -> usize {
        self.lock().sent.len()
    }

    /// How many kinds of guids this publisher has given its entries so far.
    pub fn editions(&self, host: &str) -> u32 {
        self.lock().sites[host].edition + 1
    }

    /// How this publisher is.
    pub fn mood(&self, host: &str) -> Mood {
        self.lock().sites[host].mood
    }

    fn answer(&self, request: &FetchRequest) -> (Result<Answer, FetchError>, Vec<(u16, Url)>) {
        let (mut inner, shown) = (self.lock(), self.clock.now());
        let inner = &mut *inner;
        let host = host_of(&request.url);
        if let Some(until) = inner.held.get(&host).copied().filter(|until| *until > shown && *until - shown <= TimeDelta::days(2)) {
            return (Err(FetchError::HeldBack(until)), Vec::new());
        }
        let (at, site) = (inner.now, &inner.sites[&host]);
        let own = site.url();
        let redirects = if own == request.url { Vec::new() } else { vec![(301, own.clone())] };
        let known = |text: &str| request.validators.etag.as_deref() == Some(text.as_bytes());
        let mut sent =
            Sent { host: host.clone(), at, mood: site.mood, is_conditional: request.validators.etag.is_some(), links: Vec::new() };
        let answer = |status: u16, body: String| Answer {
            status,
            url: own.clone(),
            validators: Validators::default(),
            content_type: Some("application/rss+xml".into()),
            body: body.into(),
            fresh_for: None,
            retry_after: None,
            notes: Vec::new(),
        };
        let etag = format!("\"{}\"", site.version);
        let validators = || Validators { etag: site.has_validators.then(|| etag.clone().into_bytes()), last_modified: None };
        let result = match site.mood {
            Mood::Unreachable => Err(FetchError::Unreachable(format!("{host} refuses the connection"))),
            Mood::Hanging => Err(FetchError::Limit(format!("{host} took too long"))),
            Mood::Status(status) => Ok(answer(status, String::new())),
            Mood::Gone => Ok(answer(410, String::new())),
            Mood::Silence(status, minutes) => {
                let until = shown + TimeDelta::minutes(minutes);
                inner.held.insert(host.clone(), until);
                Ok(Answer { retry_after: Some(until), ..answer(status, String::new()) })
            }
            Mood::Page => Ok(Answer { content_type: Some("text/html".into()), ..answer(200, "<html><body>Soon.</body></html>".into()) }),
            Mood::Cut => {
                let whole = site.document();
                let end = whole[..whole.len() * 2 / 3].rfind("</item>").map_or(0, |end| end + "</item>".len());
                Ok(answer(200, whole[..end].to_owned()))
            }
            Mood::Well if site.has_validators && known(&etag) => Ok(Answer { validators: validators(), ..answer(304, String::new()) }),
            Mood::Well => {
                sent.links = site.listed.iter().map(|entry| site.link(entry)).collect();
                Ok(Answer { validators: validators(), ..answer(200, site.document()) })
            }
        };
        inner.sent.push(sent);
        (result, redirects)
    }
}

impl Fetch for Network {
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Fetched> {
        let is_silent = self.lock().is_silent;
        let (result, redirects) = self.answer(&request);
        Box::pin(async move {
            if is_silent {
                std::future::pending::<()>().await;
            }
            Fetched { result, redirects, wire_bytes: 0, took: Duration::ZERO, place: None }
        })
    }

    fn hold(&self, host: &str, until: Instant) {
        self.lock().held.insert(host.to_owned(), until);
    }
}

impl Site {
    fn url(&self) -> Url {
        Url::parse(&address(&self.host, self.path)).unwrap()
    }

    fn link(&self, entry: &Listed) -> String {
        format!("https://{}/{}", self.host, entry.number)
    }

    fn publish(&mut self, now: Instant) {
        self.listed.push(Listed { number: self.next, text: self.next, published: now - TimeDelta::minutes(7) });
        self.next += 1;
        self.version += 1;
        if self.listed.len() > LISTED {
            self.listed.remove(0);
        }
    }

    fn live(&mut self, dice: &mut Rng, now: Instant, days: f64) {
        let mut happens = |times_a_day: f64| dice.f64() < times_a_day * days;
        let (publishes, edits, deletes) = (happens(self.articles_a_day), happens(0.05), happens(0.02));
        let (moves, respells, renames, ails) = (happens(1.0 / 180.0), happens(1.0 / 60.0), happens(1.0 / 400.0), happens(0.05));
        if publishes {
            self.publish(now);
        }
        if edits && !self.listed.is_empty() {
            let which = dice.usize(..self.listed.len());
            self.listed[which].text = dice.u32(1_000_000..);
            self.version += 1;
        }
        if deletes && self.listed.len() > 1 {
            self.listed.remove(dice.usize(..self.listed.len()));
            self.version += 1;
        }
        if moves {
            self.path += 1;
        }
        if respells {
            self.spelling = dice.u8(..4);
            self.version += 1;
        }
        if renames {
            self.edition += 1;
            self.version += 1;
        }
        if self.mood != Mood::Gone && now >= self.mood_until {
            self.mood = if ails { random_trouble(dice) } else { Mood::Well };
            self.mood_until = now + TimeDelta::hours(dice.i64(1..TROUBLE_HOURS_MAX));
            if self.mood == Mood::Well {
                self.mood_until = now;
            }
        }
    }

    fn guid(&self, entry: &Listed) -> String {
        let (host, number) = (&self.host, entry.number);
        if self.edition > 0 {
            return format!("tag:{host},2026:{}/{number}", self.edition);
        }
        match self.spelling {
            0 => format!("https://{host}/{number}"),
            1 => format!("http://{host}/{number}"),
            2 => format!("https://www.{host}/{number}"),
            _ => format!("https://{host}/{number}?utm_source=rss"),
        }
    }

    fn document(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{0}</title><link>https://{0}/</link><description>d</description>",
            self.host
        );
        for entry in self.listed.iter().rev() {
            write!(
                text,
                "<item><title>{} {}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate>\
                 <description>&lt;p&gt;Words of number {}.&lt;/p&gt;</description></item>",
                self.host,
                entry.number,
                self.link(entry),
                self.guid(entry),
                entry.published.to_rfc2822(),
                entry.text,
            )
            .unwrap();
        }
        text + "</channel></rss>"
    }
}

/// Where the feed of a host is, or was.
pub fn address(host: &str, path: u32) -> String {
    format!("https://{host}/feed/{path}")
}

fn random_trouble(dice: &mut Rng) -> Mood {
    match dice.u8(..80) {
        0..16 => Mood::Status([404, 500, 403][dice.usize(..3)]),
        16..28 => Mood::Silence(503, dice.i64(30..40 * 60)),
        28..36 => Mood::Silence(429, dice.i64(30..40 * 60)),
        36..48 => Mood::Unreachable,
        48..60 => Mood::Hanging,
        60..68 => Mood::Page,
        68..78 => Mood::Cut,
        _ => Mood::Gone,
    }
}
