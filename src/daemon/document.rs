//! From what was fetched to a document: unchanged, read, or why it cannot be read.

use std::sync::Arc;

use super::parsers::at_work;
use super::request;
use super::units::Unit;
use super::worker::Tools;
use crate::fetch::{Answer, FetchError, Fetched};
use crate::model::{Feed, Instant, SourceState};
use crate::pipeline::parse;
use crate::pipeline::poll::{self, Answered};

/// What the fetch brought, before it is looked at source by source.
pub(super) enum Document {
    Unchanged(Answered),
    Read(Answered, Arc<Feed>),
    Refused(Answered, String),
    Crashed(Answered),
    HeldBack(Instant),
    NoAnswer(String),
}

impl Document {
    /// What the publisher answered; nothing where there was no answer.
    pub(super) fn answered(&self) -> Answered {
        match self {
            Self::Read(answered, _) | Self::Unchanged(answered) | Self::Refused(answered, _) | Self::Crashed(answered) => answered.clone(),
            Self::HeldBack(_) | Self::NoAnswer(_) => Answered::default(),
        }
    }
}

/// What there is to look at of what was fetched; parses it where it is new to any of the unit's sources.
pub(super) async fn read(
    tools: &Arc<Tools>,
    unit: &Unit,
    states: &[Box<SourceState>],
    fetched: Fetched,
    from_own_address: bool,
) -> Document {
    let redirects = fetched.redirects.iter().map(|(status, url)| (*status, url.to_string())).collect();
    let answer = match fetched.result {
        Ok(answer) => answer,
        Err(FetchError::HeldBack(until)) => return Document::HeldBack(until),
        Err(error) => return Document::NoAnswer(error.to_string()),
    };
    let mut answered = Answered {
        status: answer.status,
        validators: answer.validators.clone(),
        redirects,
        fresh_for: answer.fresh_for,
        retry_after: answer.retry_after,
        body_hash: None,
        from_own_address,
    };
    if answer.status == 304 {
        return Document::Unchanged(answered);
    }
    if !matches!(answer.status, 200 | 226) {
        let why = request::refusal(&answer);
        return Document::Refused(answered, why);
    }
    let hash = blake3::hash(&answer.body);
    let hash = hash.as_bytes().first_chunk::<16>().copied();
    answered.body_hash = hash;
    if hash.is_some() && states.iter().all(|state| state.body_hash == hash && state.crashes == 0) {
        return Document::Unchanged(answered);
    }
    parse_document(tools, unit, states, answer, answered).await
}

async fn parse_document(tools: &Arc<Tools>, unit: &Unit, states: &[Box<SourceState>], answer: Answer, answered: Answered) -> Document {
    if states.iter().any(|state| state.crashes >= poll::CRASHES_MAX && state.body_hash == answered.body_hash) {
        return Document::Crashed(answered);
    }
    // The fetcher bounds the body already, by a setting; sources that share a document share its zone.
    let limits = parse::ParseLimits {
        document_bytes_max: answer.body.len().max(1),
        time_zone: unit.sources.iter().find_map(|source| source.time_zone),
        ..parse::ParseLimits::default()
    };
    let parse = move || parse::parse(&answer.body, answer.content_type.as_deref(), answer.url.as_str(), &limits);
    match at_work(&tools.parsers, parse).await {
        Some(Ok(feed)) => Document::Read(answered, Arc::new(feed)),
        Some(Err(error)) => Document::Refused(answered, error.to_string()),
        None => Document::Crashed(answered),
    }
}
