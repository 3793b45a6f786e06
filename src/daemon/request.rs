//! What a publisher is asked on behalf of a source: its own address, and on failure its mirrors.
//!
//! In: a unit and what is known of its sources. Out: one answer. Secrets go to the origin that feeds.toml names and to no other.

use std::time::Duration;

use super::units::Unit;
use super::worker::Tools;
use crate::config;
use crate::fetch::{Answer, FetchError, FetchRequest, Fetched, Secret, is_same_home, may_travel};
use crate::model::{Source, SourceState, Validators};

/// Asks the source's own address, and on failure its mirrors in turn. The flag says whether the own address answered.
pub async fn fetch(tools: &Tools, unit: &Unit, states: &[Box<SourceState>]) -> (Fetched, bool) {
    let first = &unit.sources[0];
    let authorization = match authorization(first) {
        Ok(authorization) => authorization,
        Err(why) => return (nothing(why), true),
    };
    let adopted = states[0].adopted_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let own = adopted.unwrap_or_else(|| first.url.clone());
    // Sources that share an address may be conditional only if they all stand at the same version of it.
    let validators = &states[0].validators;
    let validators = if states.iter().all(|state| state.validators == *validators) { validators.clone() } else { Validators::default() };
    let mut fetched = tools.fetch.fetch(request(first, own, validators, authorization.clone())).await;
    if first.mirrors.is_empty() || usable(&fetched) {
        return (fetched, true);
    }
    // Each mirror waits for a place of its own.
    fetched.place = None;
    for mirror in &first.mirrors {
        // A mirror is another publisher's server: it gets neither the validators nor (by `request`) the secrets of the first.
        let answer = tools.fetch.fetch(request(first, mirror.clone(), Validators::default(), authorization.clone())).await;
        if usable(&answer) {
            return (answer, false);
        }
    }
    (fetched, true)
}

/// Headers and secrets are for the origin that feeds.toml names: an adopted address or a mirror elsewhere does not get them.
pub fn request(source: &Source, url: url::Url, validators: Validators, authorization: Option<Secret>) -> FetchRequest {
    let at_home = is_same_home(&source.url, &url);
    FetchRequest {
        source: Some(source.name.clone()),
        url,
        validators,
        headers: source.headers.iter().filter(|(name, _)| at_home || may_travel(name)).cloned().collect(),
        authorization: authorization.filter(|_| at_home),
        proxy: source.proxy.as_deref().cloned(),
        has_place: false,
    }
}

/// The value of `Authorization` for this source, from the environment or a credential.
pub fn authorization(source: &Source) -> Result<Option<Secret>, FetchError> {
    let Some(name) = source.auth_env.as_deref() else { return Ok(None) };
    config::secret(name).map(|secret| Some(Secret(secret))).ok_or_else(|| FetchError::Refused(missing_secret(name)))
}

fn missing_secret(name: &str) -> String {
    format!("not asked, since its secret is missing: set the environment variable {name}, or pass a systemd credential of that name")
}

fn nothing(error: FetchError) -> Fetched {
    Fetched { result: Err(error), redirects: Vec::new(), wire_bytes: 0, took: Duration::ZERO, place: None }
}

fn usable(fetched: &Fetched) -> bool {
    matches!(&fetched.result, Ok(answer) if matches!(answer.status, 200 | 226 | 304))
}

/// A status that is not a document, in words that say what to do.
pub fn refusal(answer: &Answer) -> String {
    let advice = match answer.status {
        401 | 403 => "; the publisher wants to know who asks: see auth_env and headers, or the publisher does not want to be polled",
        404 => "; if the feed has moved, put its new address into feeds.toml",
        410 => "; the publisher says that the feed is gone for good",
        429 => "; the publisher asks for fewer requests",
        500..=599 => "; the publisher's server has trouble, it is tried again later",
        _ => "",
    };
    format!("{} answered {}{advice}", answer.url, answer.status)
}
