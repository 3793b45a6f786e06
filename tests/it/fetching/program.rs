//! The built program: what its surroundings must not change (S2), and what its log must not tell (S13).

use super::world::feed_of;
use crate::support::program::{Home, printed};
use crate::support::publisher::{Publisher, Reply};

#[test]
fn s2_a_proxy_in_the_environment_is_not_used() {
    let (publisher, stranger) = (Publisher::start(), Publisher::start());
    publisher.set("/feed", Reply::feed(feed_of(1..4)));
    let url = publisher.url("/feed");
    let home = Home::new(&format!("[fetch]\nallow_private = [\"127.0.0.0/8\"]\n\n[[source]]\nname = \"a\"\nurl = \"{url}\"\n"));
    let mut command = home.command(&["poll"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, stranger.proxy().as_str());
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", printed(&output));
    assert_eq!((publisher.requests().len(), stranger.connections_opened()), (1, 0));
}

#[test]
fn s1_a_private_address_in_feeds_toml_is_refused_with_the_way_to_allow_it() {
    let publisher = Publisher::start();
    publisher.set("/feed", Reply::feed(feed_of(1..4)));
    let home = Home::new(&format!("[[source]]\nname = \"a\"\nurl = \"{}\"\n", publisher.url("/feed")));
    let output = home.run(&["poll"]);
    assert!(printed(&output).contains("allow_private"), "{}", printed(&output));
    assert!(!output.status.success());
    assert_eq!(publisher.connections_opened(), 0);
}

#[test]
fn s13_secrets_are_sent_and_never_told() {
    let publisher = Publisher::start();
    publisher.script("/feed", vec![Reply::feed(feed_of(1..4)), Reply::status(401), Reply::close()]);
    let url = publisher.url("/feed");
    let home = Home::new(&format!(
        "[fetch]\nallow_private = [\"127.0.0.0/8\"]\n\n[[source]]\nname = \"a\"\nurl = \"{url}\"\nauth_env = \"FEED_TOKEN\"\nheaders = {{ Cookie = \"sid=hush-cookie\" }}\n"
    ));
    for _ in 0..3 {
        let output = home.command(&["poll", "a"]).env("FEED_TOKEN", "Bearer hush-token").env("RUST_LOG", "trace").output().unwrap();
        assert!(!printed(&output).contains("hush"), "{}", printed(&output));
    }
    let requests = publisher.requests();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.text_of("Authorization") == "Bearer hush-token" && request.text_of("Cookie") == "sid=hush-cookie")
    );
}
