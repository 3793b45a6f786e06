//! The yardstick: what asking and reading cost by themselves. Nothing is repaired, kept, paced or stored.

use futures_util::StreamExt;

use super::{Failure, feeds, say};

/// Requests under way at once.
const AT_ONCE: usize = 64;
/// The publisher's own seed; the ETags follow from it.
const SEED: u64 = 7;

/// Where feed `number` is: the hosts are addresses of the loopback network.
fn address(number: u32, port: u16, hosts: u32) -> String {
    let host = number % hosts.max(1);
    format!("http://127.{}.{}.{}:{port}/{number}.xml", 1 + host / 62_500, host / 250 % 250, 1 + host % 250)
}

/// Polls all feeds once and says what came.
pub async fn poll(count: u32, port: u16, hosts: u32, is_conditional: bool) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let fetches = futures_util::stream::iter(0..count).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut request = client.get(address(number, port, hosts));
            if is_conditional {
                request = request.header("if-none-match", feeds::etag(SEED, number));
            }
            let answer = request.send().await?;
            if answer.status().as_u16() == 304 {
                return Ok::<_, Failure>((1, 0, 0));
            }
            let body = answer.bytes().await?;
            let feed = feed_rs::parser::parse(&body[..])?;
            Ok((0, feed.entries.len(), body.len()))
        })
    });
    let mut fetches = fetches.buffer_unordered(AT_ONCE);
    let (mut unchanged, mut entries, mut bytes, mut failed) = (0, 0, 0, 0);
    while let Some(done) = fetches.next().await {
        match done? {
            Ok(got) => (unchanged, entries, bytes) = (unchanged + got.0, entries + got.1, bytes + got.2),
            Err(_) => failed += 1,
        }
    }
    say(format_args!("feeds {count} unchanged {unchanged} entries {entries} bytes {bytes} failed {failed}"));
    Ok(())
}
