//! What reqwest, hyper, rustls and the system say when something fails, in one sentence that a person can act on.

use std::error::Error;
use std::io::ErrorKind;

use url::Url;

use super::FetchError;
use super::guard::NoName;

/// The sentence for a request that got no answer.
pub(super) fn of_request(error: &reqwest::Error, url: &Url, through_proxy: bool) -> FetchError {
    let host = url.host_str().unwrap_or_default();
    if let Some(refused) = find::<FetchError>(error) {
        return refused.clone();
    }
    if let Some(NoName(why)) = find::<NoName>(error) {
        return FetchError::Unreachable(format!("the name {host} is not known ({why}); check its spelling, or the network's DNS"));
    }
    if let Some(tls) = find_inside_io::<rustls::Error>(error) {
        return FetchError::Unreachable(tls_sentence(tls, host));
    }
    if let Some(hyper) = text_of(error, "message head is too large") {
        return FetchError::Limit(format!("{host} sent too many or too long response headers ({hyper})"));
    }
    let via = if through_proxy { " (through the proxy)" } else { "" };
    let words = match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => format!("{host} refuses the connection{via}; is the port right and the server running?"),
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted) => {
            format!("{host} cut the connection{via} before answering")
        }
        Some(ErrorKind::TimedOut) => format!("{host} did not take the connection in time{via}"),
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => {
            format!("there is no way to {host}{via}; check the network")
        }
        Some(ErrorKind::UnexpectedEof) => format!("{host} closed the connection{via} before answering"),
        _ if error.is_timeout() => format!("{host} did not take the connection in time{via}"),
        _ if text_of(error, "connection closed before message completed").is_some() => {
            format!("{host} closed the connection{via} before answering")
        }
        _ => format!("{host} cannot be reached{via}: {}", innermost(error)),
    };
    FetchError::Unreachable(words)
}

/// Whether the connection ended before a byte of the answer came.
pub(super) fn is_cut(error: &reqwest::Error) -> bool {
    let kinds = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe, ErrorKind::ConnectionAborted];
    !error.is_connect()
        && (find::<std::io::Error>(error).is_some_and(|io| kinds.contains(&io.kind()))
            || text_of(error, "connection closed before message completed").is_some())
}

/// Why a body ended early.
pub(super) fn of_body(error: &reqwest::Error) -> String {
    if text_of(error, "end of file before message length reached").is_some() {
        return "the connection was closed before the announced length".into();
    }
    match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionReset) => "the connection was reset".into(),
        Some(ErrorKind::UnexpectedEof) => "the connection was closed in the middle".into(),
        _ => innermost(error),
    }
}

fn tls_sentence(error: &rustls::Error, host: &str) -> String {
    use rustls::CertificateError as Bad;
    let why = match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "it has expired".into(),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "it is not valid yet; is this machine's clock right?".into(),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "it is for another name".into(),
            Bad::UnknownIssuer => "nobody that this system trusts has signed it (are ca-certificates installed?)".into(),
            Bad::Revoked => "it has been revoked".into(),
            other => format!("{other:?}"),
        },
        other => return format!("no secure connection to {host}: {other}"),
    };
    format!("the certificate of {host} is not accepted: {why}")
}

/// The chain of causes, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The first cause of this type. An `io::Error` that wraps another error does not name it as its source, so it is opened.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

fn find_inside_io<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    find::<T>(error).or_else(|| {
        causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).find_map(|io| {
            let mut inner: &(dyn Error + 'static) = io.get_ref()?;
            loop {
                if let Some(found) = inner.downcast_ref::<T>() {
                    return Some(found);
                }
                inner = match inner.downcast_ref::<std::io::Error>() {
                    Some(io) => io.get_ref()?,
                    None => inner.source()?,
                };
            }
        })
    })
}

fn text_of(error: &(dyn Error + 'static), part: &str) -> Option<String> {
    causes(error).map(ToString::to_string).find(|text| text.contains(part))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
