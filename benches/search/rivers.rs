//! Pages of a server over the same store and index, asked over a socket; none of them was made before.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use arc_swap::ArcSwap;
use feedmill::clock::SystemClock;
use feedmill::config::{self, Config};
use feedmill::model::Article;
use feedmill::search::Search;
use feedmill::store::{Place, SledStore, Store};
use feedmill::web::{self, Rendered, WebState};

use crate::{Failure, SOURCES, TAGS, say, spread, timed};

/// Pages of each kind.
const PAGES: u64 = 60;
const CATEGORIES: u32 = 10;

/// Asks for pages of every kind, and says how long they took and what they weigh.
pub fn ask(store: &Arc<SledStore>, search: &Arc<Search>, count: u64) -> Result<(), Failure> {
    let state = WebState::new(Arc::new(ArcSwap::from_pointee(config()?)), Arc::new(SystemClock), Arc::default());
    state.open(Arc::clone(store) as Arc<dyn Store>);
    state.open_search(Arc::clone(search));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let serving = runtime.spawn(web::serve(listener, state.clone(), std::future::pending()));
    let some = |number: u64| -> Result<Option<Article>, Failure> {
        let at = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count;
        Ok(store.arrived(None, at..at + 1)?.pop().map(|(_, article)| article))
    };
    let before = |article: &Article| Place::of(article).to_string();
    type Path<'a> = &'a dyn Fn(u64, &Article) -> String;
    let kinds: [(&str, Path<'_>); 10] = [
        ("/", &|_, _| "/".into()),
        ("/?before=, anywhere", &|_, article| format!("/?before={}", before(article))),
        ("/category/…/", &|number, _| format!("/category/c{}/", number % u64::from(CATEGORIES))),
        ("/category/…/?before=", &|number, article| format!("/category/c{}/?before={}", number % u64::from(CATEGORIES), before(article))),
        ("/source/…/", &|number, _| format!("/source/source%20{}/", number % u64::from(SOURCES))),
        ("/?language=en&before=", &|_, article| format!("/?language=en&before={}", before(article))),
        ("/?tag=, one article in 200", &|number, article| format!("/?tag=tag{}&before={}", number % u64::from(TAGS), before(article))),
        ("/?tag=, no article", &|number, _| format!("/?tag=none{number}")),
        ("/article/ID", &|_, article| format!("/article/{}", article.id)),
        ("/search?q=", &|number, article| {
            format!("/search?q=source%3A%22{}%22&page={}", article.source.as_str().replace(' ', "%20"), 1 + number % 5)
        }),
    ];
    for (name, path) in kinds {
        let (mut took, mut largest) = (Vec::new(), 0);
        for number in 0..PAGES {
            let Some(article) = some(number)? else { continue };
            // As after a poll that brought something: nothing that was made before is used again.
            state.publish(Rendered { generation: number + 1 + state.rendered().generation, from_store: true, ..Rendered::default() });
            let (answer, time) = timed(|| get(address, &path(number, &article)));
            let answer = answer?;
            if !answer.starts_with("HTTP/1.1 200") {
                return Err(format!("{}: {}", path(number, &article), answer.lines().next().unwrap_or_default()).into());
            }
            largest = largest.max(answer.split_once("\r\n\r\n").map_or(0, |(_, page)| page.len()));
            took.push(time);
        }
        say(name, format!("{}, {largest} bytes at most", spread(&mut took)));
    }
    serving.abort();
    Ok(())
}

fn config() -> Result<Config, Failure> {
    let mut toml = "[site]\ntitle = \"Bench\"\nurl = \"https://feeds.example.org\"\n".to_owned();
    for number in 0..SOURCES {
        toml.push_str(&format!(
            "[[source]]\nname = \"source {number}\"\nurl = \"https://s{number}.example.org/feed\"\ncategory = \"c{}\"\n",
            number % CATEGORIES
        ));
    }
    config::parse(&toml, "feeds.toml").map_err(|problems| problems.to_string().into())
}

fn get(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8(answer)?)
}
