//! Ten thousand sources: a publisher of generated feeds, and the bare loop that feedmill is compared with.
//!
//! `benches/scale/run.py` starts both, and feedmill itself, each in a process of its own, and prints the ratios; this program is its two
//! tools, and can be used alone:
//!
//! - `scale publisher FEEDS [key=value …]`: serves `/K.xml` for K below FEEDS on a free port and prints it. Orders: `seed=7`, `latency=50`
//!   (milliseconds before each answer), `failing=0.1` (the share of feeds that answer 500), `hanging=0.33` (the share that never answer),
//!   `length=2` (how many times as long as a teaser the entries are).
//! - `scale bare FEEDS PORT HOSTS [conditional]`: asks for all of them with reqwest, 64 at a time, and reads them with feed-rs, nothing else.
//!   `conditional` sends the ETags that the publisher gave, so that each answer is a 304.

mod bare;
mod feeds;
mod publisher;

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One line for whoever runs it.
#[expect(clippy::print_stdout, reason = "it reports to whoever runs it")]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words[..] {
        ["publisher", feeds, ref orders @ ..] => runtime.block_on(publisher::serve(feeds.parse()?, publisher::Orders::of(orders)?)),
        ["bare", feeds, port, hosts] => runtime.block_on(bare::poll(feeds.parse()?, port.parse()?, hosts.parse()?, false)),
        ["bare", feeds, port, hosts, "conditional"] => runtime.block_on(bare::poll(feeds.parse()?, port.parse()?, hosts.parse()?, true)),
        _ => {
            say("run benches/scale/run.py; it uses this program");
            Ok(())
        }
    }
}
