//! One hop of a fetch: which headers go to which address, and where a redirect leads (F30, F31, F34 to F38).

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LOCATION, USER_AGENT,
};
use url::Url;

use super::{FetchError, FetchRequest};

/// Redirects followed; one request more than this is sent (F38).
pub(super) const REDIRECTS_MAX: usize = 5;

/// Feeds first, pages too: `add` and `full_text` ask for those.
const ACCEPTED: HeaderValue = HeaderValue::from_static(
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.5, */*;q=0.4",
);
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, br, zstd, deflate");
/// RFC 3229 for feeds: the publisher may answer with what is new only (F41).
const DELTA: (HeaderName, HeaderValue) = (HeaderName::from_static("a-im"), HeaderValue::from_static("feed"));

/// See [`may_travel`].
const TRAVELLING: &[HeaderName] = &[USER_AGENT, ACCEPT, ACCEPT_LANGUAGE];

/// Where a fetch has got to.
pub(super) struct Hop {
    /// Without fragment, user and password.
    pub(super) url: Url,
    /// What the source's address had before its `@`; goes to its own origin only.
    credentials: Option<(String, String)>,
    /// Still at the origin that the source names, so its secrets may be sent.
    at_home: bool,
    seen: Vec<Url>,
}

impl Hop {
    pub(super) fn first(url: &Url) -> Self {
        let user = (url.username().to_owned(), url.password().unwrap_or_default().to_owned());
        let bare = without_secrets(url.clone());
        Self { seen: vec![bare.clone()], url: bare, credentials: (user != Default::default()).then_some(user), at_home: true }
    }

    /// The address to send to: with user and password where they may go, since reqwest makes the header of them.
    pub(super) fn address(&self, request: &FetchRequest) -> Url {
        let mut url = self.url.clone();
        if let (true, None, Some((user, password))) = (self.at_home, &request.authorization, &self.credentials) {
            // Both fail only for addresses without a host, which the guard has refused.
            let _ = url.set_username(user);
            let _ = url.set_password((!password.is_empty()).then_some(password));
        }
        url
    }

    /// The headers for this hop.
    ///
    /// # Errors
    /// [`FetchError::Refused`] where a header of the source's own cannot be sent.
    pub(super) fn headers(&self, request: &FetchRequest, user_agent: &HeaderValue) -> Result<HeaderMap, FetchError> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(USER_AGENT, user_agent.clone());
        headers.insert(ACCEPT, ACCEPTED);
        headers.insert(ACCEPT_ENCODING, CODINGS);
        let validators = &request.validators;
        if let Some(value) = validators.etag.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(IF_NONE_MATCH, value);
            headers.insert(DELTA.0, DELTA.1);
        }
        if let Some(value) = validators.last_modified.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(IF_MODIFIED_SINCE, value);
        }
        for (name, value) in &request.headers {
            let bad = |what: &str| {
                FetchError::Refused(format!("the header {name:?} of this source cannot be sent: its {what} has forbidden characters"))
            };
            let key = HeaderName::try_from(name).map_err(|_| bad("name"))?;
            if self.at_home || may_travel(name) {
                headers.insert(key, HeaderValue::try_from(value).map_err(|_| bad("value"))?);
            }
        }
        if let (true, Some(secret)) = (self.at_home, &request.authorization) {
            let mut value = HeaderValue::try_from(&secret.0).map_err(|_| {
                FetchError::Refused("the secret of this source cannot be sent: it has a line break or another control character".into())
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    /// Goes where the redirect leads.
    ///
    /// # Errors
    /// [`FetchError::Redirects`]: no or a wrong address, a loop, too many, https to http.
    pub(super) fn follow(&mut self, status: u16, headers: &HeaderMap, downgrade: bool) -> Result<(), FetchError> {
        let from = &self.url;
        let wrong = |what: &str| FetchError::Redirects(format!("{from} answers {status} {what}"));
        let location = headers.get(LOCATION).ok_or_else(|| wrong("but names no address to go to"))?;
        // Raw UTF-8 is common in it; whatever else it holds is percent-encoded by the URL parser.
        let location = String::from_utf8_lossy(location.as_bytes());
        let to = from.join(location.trim()).map_err(|_| wrong("with an address that is none"))?;
        let to = without_secrets(to);
        if from.scheme() == "https" && to.scheme() == "http" && !downgrade {
            return Err(wrong(&format!("to {to}, which is not encrypted; allow_downgrade of [fetch] would follow it")));
        }
        if self.seen.contains(&to) {
            return Err(wrong(&format!("to {to}, where it was before: a loop")));
        }
        if self.seen.len() > REDIRECTS_MAX {
            return Err(wrong(&format!("to {to}: more than {REDIRECTS_MAX} redirects in a row")));
        }
        self.at_home &= is_same_home(from, &to);
        self.seen.push(to.clone());
        self.url = to;
        Ok(())
    }
}

/// Statuses that are redirects to a GET.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The address without fragment, user and password.
pub(super) fn without_secrets(mut url: Url) -> Url {
    url.set_fragment(None);
    // Both fail only for addresses without a host, which have no user either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Whether a header of the user's own describes this client rather than the user, so that another origin may see it.
#[must_use]
pub fn may_travel(name: &str) -> bool {
    TRAVELLING.iter().any(|known| known.as_str().eq_ignore_ascii_case(name))
}

/// Whether what is secret at `from` may be sent to `to`: the same origin, or the usual step from http to https at the same host.
#[must_use]
pub fn is_same_home(from: &Url, to: &Url) -> bool {
    let upgraded =
        from.scheme() == "http" && to.scheme() == "https" && from.port().is_none() && to.port().is_none() && from.host() == to.host();
    from.origin() == to.origin() || upgraded
}
