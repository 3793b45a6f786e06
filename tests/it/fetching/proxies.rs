//! Proxies: from the configuration only (S2), HTTP and SOCKS5, for all sources or one.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::kit::{RSS, kit, kit_with, request};
use crate::support::publisher::{Publisher, Reply};
use feedmill::fetch::{Fetch, FetchError, FetchRequest};

const MADE_UP: &str = "http://no-such-name.invalid/feed";

#[tokio::test]
async fn names_are_the_proxys_to_find() {
    let publisher = Publisher::start();
    publisher.set(MADE_UP, Reply::feed(RSS).header("ETag", "\"1\"").conditional());
    let kit = kit_with(|config| {
        config.proxy = Some(publisher.proxy());
        // The proxy itself is from the configuration, so it may be in a private network.
        config.allow_private.clear();
    });
    let url = Url::parse(MADE_UP).unwrap();
    let first = kit.answer(&url).await;
    assert_eq!(first.body, RSS);
    assert_eq!(kit.again(&url, first.validators).await.status, 304);
    assert!(publisher.requests()[0].text().starts_with("GET http://no-such-name.invalid/feed HTTP/1.1\r\n"));
    // A private address is refused through a proxy too.
    for private in ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"] {
        assert!(matches!(kit.error(&private.parse().unwrap()).await, FetchError::Refused(_)), "{private}");
    }
    assert_eq!(publisher.requests().len(), 2);
}

#[tokio::test]
async fn a_sources_own_proxy_comes_before_the_one_for_all() {
    let (for_all, own) = (Publisher::start(), Publisher::start());
    own.set(MADE_UP, Reply::feed(RSS));
    let kit = kit_with(|config| config.proxy = Some(for_all.proxy()));
    let request = FetchRequest { proxy: Some(own.proxy()), ..request(&MADE_UP.parse().unwrap()) };
    assert_eq!(kit.client.fetch(request).await.result.unwrap().status, 200);
    assert_eq!((for_all.connections_opened(), own.requests().len()), (0, 1));
}

#[tokio::test]
async fn a_proxy_that_is_found_by_a_private_name_works() {
    let publisher = Publisher::start();
    publisher.set(MADE_UP, Reply::feed(RSS));
    let mut proxy = publisher.proxy();
    proxy.set_host(Some("localhost")).unwrap();
    let kit = kit_with(|config| {
        config.proxy = Some(proxy);
        config.allow_private.clear();
    });
    assert_eq!(kit.answer(&MADE_UP.parse().unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_proxy_that_is_down_or_no_proxy_is_told() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let through = |proxy: &str| FetchRequest { proxy: Some(proxy.parse().unwrap()), ..request(&MADE_UP.parse().unwrap()) };
    let kit = kit();
    let down = kit.client.fetch(through(&format!("http://{nobody}"))).await.result;
    let Err(FetchError::Unreachable(why)) = down else { panic!("{down:?}") };
    assert!(why.contains("through the proxy"), "{why}");
    let wrong = kit.client.fetch(through("ftp://me:secret@127.0.0.1:21")).await.result;
    let Err(FetchError::Refused(why)) = wrong else { panic!("{wrong:?}") };
    assert!(why.contains("socks5h://") && !why.contains("secret"), "{why}");
}

/// A SOCKS5 proxy that takes every target to one address, and tells which target was asked for.
async fn socks(to: std::net::SocketAddr) -> (u16, tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, targets) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).await.unwrap();
            let mut methods = vec![0; greeting[1].into()];
            client.read_exact(&mut methods).await.unwrap();
            client.write_all(&[5, 0]).await.unwrap();
            let mut head = [0; 4];
            client.read_exact(&mut head).await.unwrap();
            let address_bytes = match head[3] {
                1 => 4,
                4 => 16,
                _ => usize::from(client.read_u8().await.unwrap()),
            };
            let mut address = vec![0; address_bytes + 2];
            client.read_exact(&mut address).await.unwrap();
            asked.send(address[..address_bytes].to_vec()).unwrap();
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            let mut server = TcpStream::connect(to).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    });
    (port, targets)
}

#[tokio::test]
async fn socks5_finds_names_here_and_socks5h_there() {
    let publisher = Publisher::start();
    publisher.set("/feed", Reply::feed(RSS));
    let (port, mut targets) = socks(publisher.address()).await;
    let through = |scheme: &str, url: &str| FetchRequest {
        proxy: Some(format!("{scheme}://127.0.0.1:{port}").parse().unwrap()),
        ..request(&url.parse().unwrap())
    };
    let kit = kit();
    assert_eq!(kit.client.fetch(through("socks5h", MADE_UP)).await.result.unwrap().body, RSS);
    assert_eq!(targets.recv().await.unwrap(), b"no-such-name.invalid");
    assert_eq!(kit.client.fetch(through("socks5", "http://localhost/feed")).await.result.unwrap().body, RSS);
    assert_eq!(targets.recv().await.unwrap(), [127, 0, 0, 1]);
    // A name that is found here passes the guard here.
    let strict = kit_with(|config| config.allow_private.clear());
    let refused = strict.client.fetch(through("socks5", "http://localhost/feed")).await.result;
    assert!(matches!(refused, Err(FetchError::Refused(_))), "{refused:?}");
}
