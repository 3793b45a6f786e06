use super::*;

fn page(body: &str) -> Vec<u8> {
    format!("<html><head><title>题</title></head><body>{body}</body></html>").into_bytes()
}

fn read(html: &[u8], content_type: Option<&str>, selector: Option<&str>) -> Result<Extracted, Unreadable> {
    extract(html, content_type, &Url::parse("https://e.example/a/b.html").unwrap(), selector)
}

fn paragraphs(text: &str, count: usize) -> String {
    (0..count).map(|n| format!("<p>{n}. {text}</p>")).collect()
}

#[test]
fn the_address_that_a_page_calls_its_own_is_found_in_its_head_only() {
    let text = paragraphs("A sentence, with a comma, that says what happened today and not yesterday.", 8);
    let html = |head: &str| format!("<html><head>{head}</head><body><article>{text}</article></body></html>").into_bytes();
    let canonical = |head: &str| read(&html(head), None, None).unwrap().canonical;
    assert_eq!(canonical("<link rel='canonical' href='/p/1'>").as_deref(), Some("https://e.example/p/1"));
    assert_eq!(canonical("<link rel='canonical' href='javascript:x'><link rel=icon href=/i>"), None);
    assert_eq!(canonical("<title>t</title></head><body><link rel=canonical href='https://evil.example/'>"), None);
}

#[test]
fn the_article_is_found_and_menus_and_lists_of_others_are_not_taken() {
    let menu = "<div class=a><ul><li><a href=/1>首页</a><li><a href=/2>资讯</a><li><a href=/3>游戏</a></ul></div>";
    let text = paragraphs("这是一篇文章的正文，里面有逗号，也有句号。它说的是今天发生的事情，而不是别的。", 8);
    let html = page(&format!("<header><nav>{menu}</nav></header><div class=x>{text}</div><div class=y>{menu}</div><footer>版权</footer>"));
    let found = read(&html, Some("text/html"), None).unwrap();
    assert!(found.text.html.contains("7. 这是一篇"), "{}", found.text.html);
    assert!(!found.text.html.contains("首页") && !found.text.html.contains("版权"), "{}", found.text.html);
}

#[test]
fn a_short_chinese_article_does_not_bring_the_rest_of_the_page_along() {
    let text = paragraphs("逆水寒每周的版本更新都安排在周四，玩家总是蹲守官方微博，期待能第一个挖到爆料。", 6);
    let around =
        "<div class='related sidebar'><p>相关内容，热门手游，更多精彩，热门推荐，独家探营，囧图欣赏，一览无余，尽在其中。</p></div>";
    let found = read(&page(&format!("<article>{text}</article>{around}")), None, None).unwrap();
    assert!(found.text.html.contains("5. 逆水寒") && !found.text.html.contains("热门手游"), "{}", found.text.html);
}

#[test]
fn the_pages_own_charset_counts() {
    let text = paragraphs("正文，正文，正文。这里是足够长的一段中文，用来识别。", 8);
    let html = format!("<html><head><meta http-equiv=Content-Type content='text/html; charset=gb2312'></head><body>{text}</body></html>");
    let (bytes, ..) = encoding_rs::GBK.encode(&html);
    for content_type in [None, Some("text/html"), Some("text/html; charset=GBK")] {
        assert!(read(&bytes, content_type, None).unwrap().text.html.contains("足够长的一段中文"), "{content_type:?}");
    }
}

#[test]
fn a_selector_takes_what_it_matches_once_and_in_order() {
    let html = page("<div class=c>A<div class=c>B</div></div><p>no</p><div class=c>C</div>");
    assert_eq!(
        read(&html, None, Some(".c")).unwrap().text.html,
        "<div class=\"c\">A<div class=\"c\">B</div></div><div class=\"c\">C</div>"
    );
    assert_eq!(read(&html, None, Some(".d")), Err(Unreadable::Unmatched));
    assert_eq!(read(&page("<div class=c> </div>"), None, Some(".c")), Err(Unreadable::Unmatched));
}

#[test]
fn relative_addresses_are_meant_against_the_pages_base() {
    let html = |head: &str| format!("<html><head>{head}</head><body><p class=c>x</p></body></html>").into_bytes();
    assert_eq!(read(&html(""), None, Some(".c")).unwrap().text.base, "https://e.example/a/b.html");
    assert_eq!(read(&html("<base href='/z/'>"), None, Some(".c")).unwrap().text.base, "https://e.example/z/");
    assert_eq!(read(&html("<base href='data:x'>"), None, Some(".c")).unwrap().text.base, "https://e.example/a/b.html");
}

#[test]
fn what_is_no_page_is_told_as_such() {
    assert_eq!(read(b"%PDF-1.7 <p>", Some("application/pdf"), None), Err(Unreadable::NotHtml));
    assert_eq!(read(b"{\"a\": \"<p>\"}", Some("application/json"), None), Err(Unreadable::NotHtml));
    assert_eq!(read(b"\x89PNG", None, None), Err(Unreadable::NotHtml));
    assert_eq!(read(b"", Some("text/html"), None), Err(Unreadable::NotHtml));
    assert_eq!(read(&page(""), Some("text/html"), None), Err(Unreadable::Empty));
}

#[test]
fn s4_a_hostile_page_is_refused_within_the_bounds() {
    let nested = ["<div>".repeat(100_000), "words, ".into(), "</div>".repeat(100_000)].concat();
    assert_eq!(read(&page(&nested), None, None), Err(Unreadable::Deep));
    assert_eq!(read(&page(&nested), None, Some("div")), Err(Unreadable::Deep));
    assert_eq!(read(&vec![b'<'; PAGE_BYTES_MAX + 1], None, None), Err(Unreadable::Large));
    // Decoding makes three bytes of two here.
    let grows = [b"<p>".as_slice(), &vec![0x81; PAGE_BYTES_MAX - 3]].concat();
    assert!(matches!(read(&grows, Some("text/html; charset=gbk"), None), Err(Unreadable::Large)));
    // As deep as is allowed, all of it goes through every stage.
    let deep = "<div>".repeat(DEPTH_MAX as usize - 10) + &"words, and more words ".repeat(50);
    assert!(read(&page(&deep), None, None).is_ok());
    // A hundred thousand attributes are compared with each other by the tokenizer, unless they are taken out.
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
    assert!(read(&page(&format!("<p{attributes}>x</p>{}", paragraphs("Words, and more words.", 30))), None, None).is_ok());
    // Readability compares the title with every heading.
    let headings = "<h2>word, words</h2><p>words, words, words and words words</p>".repeat(5_000);
    let titled = format!("<title>{0}</title><meta property='og:title' content='{0}'>{headings}", "word wurd ".repeat(50_000));
    assert!(read(titled.as_bytes(), None, None).is_ok());
}
