//! TLS: what is accepted, what is not and in which words, and https to http (F38).

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::kit::{Kit, kit_trusting};
use feedmill::fetch::FetchError;

/// Serves one answer over TLS with a certificate for `name`, valid until the end of the year `until`.
async fn publisher(name: &str, until: i32, answer: String) -> (Url, RootCertStore) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (Url::parse(&format!("https://{address}/feed")).unwrap(), roots)
}

async fn why_not(kit: &Kit, url: &Url) -> String {
    let FetchError::Unreachable(why) = kit.error(url).await else { panic!("not unreachable") };
    why
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

#[tokio::test]
async fn a_good_certificate_is_accepted() {
    let (url, roots) = publisher("127.0.0.1", 2100, OK.into()).await;
    assert_eq!(kit_trusting(roots, |_| {}).answer(&url).await.body, "hi");
}

#[tokio::test]
async fn a_bad_certificate_is_refused_with_the_reason() {
    let (url, roots) = publisher("127.0.0.1", 2021, OK.into()).await;
    assert_eq!(why_not(&kit_trusting(roots, |_| {}), &url).await, "the certificate of 127.0.0.1 is not accepted: it has expired");
    let (url, roots) = publisher("wrong.example", 2100, OK.into()).await;
    assert_eq!(why_not(&kit_trusting(roots, |_| {}), &url).await, "the certificate of 127.0.0.1 is not accepted: it is for another name");
    let (url, _) = publisher("127.0.0.1", 2100, OK.into()).await;
    let why = why_not(&kit_trusting(RootCertStore::empty(), |_| {}), &url).await;
    assert!(why.contains("nobody that this system trusts"), "{why}");
}

#[tokio::test]
async fn plain_http_where_tls_was_expected_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let why = why_not(&kit_trusting(RootCertStore::empty(), |_| {}), &url).await;
    assert!(why.starts_with("no secure connection to 127.0.0.1"), "{why}");
}

#[tokio::test]
async fn f38_https_to_http_is_refused_unless_configured() {
    let plain = crate::support::publisher::Publisher::start();
    plain.set("/feed", crate::support::publisher::Reply::feed("plain"));
    let answer = format!("HTTP/1.1 301 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", plain.url("/feed"));
    let (url, roots) = publisher("127.0.0.1", 2100, answer).await;
    let FetchError::Redirects(why) = kit_trusting(roots.clone(), |_| {}).error(&url).await else { panic!() };
    assert!(why.contains("allow_downgrade"), "{why}");
    assert_eq!(plain.connections_opened(), 0);
    assert_eq!(kit_trusting(roots, |config| config.allow_downgrade = true).answer(&url).await.body, "plain");
}
