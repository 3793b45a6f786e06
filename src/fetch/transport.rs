//! The reqwest clients: one for direct requests and one a proxy, each with our TLS, our resolver and nothing automatic.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Proxy};
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::FetchError;
use super::guard::{Guard, GuardedResolver};

/// Clients kept at once; a file with more different proxies than that builds them anew now and then.
const CLIENTS_MAX: usize = 32;

/// What a proxy's address may begin with.
const PROXY_SCHEMES: &[&str] = &["http", "https", "socks5", "socks5h"];

/// Time for name, connection and TLS, within the whole time of a fetch.
const CONNECT_SECONDS_MAX: u64 = 20;

/// An idle connection waits so long for the next source of the same host: above the pause between two starts, and short, because
/// each one costs 17 KB.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(5);

/// Header bytes of one answer (S6).
pub(super) const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// Hands out clients.
pub(super) struct Transport {
    guard: Guard,
    tls: ClientConfig,
    /// Idle connections kept a host: as many as may be in use at once, or each request would open one anew.
    idle_max: usize,
    clients: Mutex<Vec<(Option<Url>, Client)>>,
}

impl Transport {
    pub(super) fn new(guard: Guard, roots: RootCertStore, idle_max: usize) -> Result<Self, FetchError> {
        Ok(Self { guard, tls: tls(roots)?, idle_max, clients: Mutex::default() })
    }

    /// The client for requests through this proxy, or for direct ones.
    pub(super) fn client(&self, proxy: Option<&Url>) -> Result<Client, FetchError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| known.as_ref() == proxy) {
            return Ok(client.clone());
        }
        let client = self.build(proxy)?;
        if clients.len() >= CLIENTS_MAX {
            clients.remove(0);
        }
        clients.push((proxy.cloned(), client.clone()));
        Ok(client)
    }

    fn build(&self, proxy: Option<&Url>) -> Result<Client, FetchError> {
        let trusted_name = proxy.and_then(Url::host_str).map(str::to_owned);
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(GuardedResolver::new(self.guard.clone(), trusted_name))
            // Never from the environment (S2).
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .pool_max_idle_per_host(self.idle_max)
            .pool_idle_timeout(IDLE_MAX)
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            // What real servers send and browsers take.
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true);
        let builder = match proxy {
            // reqwest passes over a scheme that it does not know and sends without the proxy.
            Some(url) if PROXY_SCHEMES.contains(&url.scheme()) => builder.proxy(Proxy::all(url.as_str()).map_err(|_| bad_proxy(url))?),
            Some(url) => return Err(bad_proxy(url)),
            None => builder,
        };
        builder.build().map_err(|error| match proxy {
            Some(url) => bad_proxy(url),
            None => FetchError::Unreachable(format!("the HTTP client cannot be set up: {error}")),
        })
    }
}

fn bad_proxy(url: &Url) -> FetchError {
    let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
    FetchError::Refused(format!(
        "the proxy {scheme}://{host} cannot be used; a proxy is http://, https://, socks5:// or socks5h:// and a host"
    ))
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, FetchError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Unreachable(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// TLS with the system's certificates, for a client that talks to what the user configured and not to publishers.
///
/// # Errors
/// Where TLS cannot be set up at all.
pub fn tls_settings() -> Result<ClientConfig, FetchError> {
    tls(system_roots())
}

/// The root certificates of the system, and how many there are: without any, no https source can be read.
pub(super) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a root certificate of the system cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("the system has no root certificates, so no https source can be read; install the package ca-certificates");
    }
    roots
}
