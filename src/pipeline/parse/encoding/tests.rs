use super::*;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

const CHINESE: &str = "科技公司发布了新的人工智能模型，行业内的讨论非常热烈，分析师认为这将改变市场格局";

fn document(encoding: Option<&str>, text: &str) -> String {
    let declared = encoding.map(|name| format!(" encoding=\"{name}\"")).unwrap_or_default();
    format!("<?xml version=\"1.0\"{declared}?><rss><channel><title>{text}</title></channel></rss>")
}

fn read(bytes: &[u8], content_type: Option<&str>) -> String {
    let decoded = decode(bytes, content_type);
    decoded.text.split("<title>").nth(1).unwrap_or_default().split("</title>").next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_declared_is_believed() {
    for (name, encoding, text) in [
        ("GBK", GB18030, CHINESE),
        ("gb2312", GB18030, CHINESE),
        ("GB18030", GB18030, "𠮷野家"),
        ("Big5", BIG5, "繁體中文的新聞"),
        ("Shift_JIS", SHIFT_JIS, "日本語のニュース"),
        ("euc-jp", EUC_JP, "日本語のニュース"),
        ("EUC-KR", EUC_KR, "한국어 뉴스"),
        ("koi8-r", KOI8_R, "Новости"),
        ("windows-1251", WINDOWS_1251, "Новости"),
        ("ISO-8859-1", WINDOWS_1252, "café"),
    ] {
        let document = document(Some(name), text);
        assert_eq!(read(&encoding.encode(&document).0, None), text, "{name}");
    }
}

#[test]
fn the_charset_of_the_media_type_comes_before_the_declaration() {
    let bytes = GB18030.encode(&document(Some("windows-1252"), CHINESE)).0.into_owned();
    assert_eq!(read(&bytes, Some("application/xml; charset=\"gbk\"")), CHINESE);
}

#[test]
fn a_wrong_declaration_over_utf_8_is_not_believed() {
    let text = document(Some("gb2312"), CHINESE);
    let decoded = decode(text.as_bytes(), Some("text/xml; charset=iso-8859-1"));
    assert!(decoded.text.contains(CHINESE));
    assert_eq!(decoded.note.as_deref(), Some("declared as gb2312, but it is UTF-8"));
}

#[test]
fn missing_and_nonsense_declarations_are_made_up_for_by_a_guess() {
    for name in [None, Some("nonsense"), Some("utf-8")] {
        let bytes = GB18030.encode(&document(name, CHINESE)).0.into_owned();
        assert_eq!(read(&bytes, None), CHINESE, "{name:?}");
    }
}

#[test]
fn one_bad_byte_costs_one_character() {
    let mut bytes = document(Some("utf-8"), CHINESE).into_bytes();
    let place = bytes.iter().rposition(|byte| *byte == b'<').unwrap();
    let place = bytes[..place].iter().rposition(|byte| *byte == b'<').unwrap();
    let place = bytes[..place].iter().rposition(|byte| *byte == b'<').unwrap();
    bytes.insert(place, 0xff);
    assert_eq!(read(&bytes, None), format!("{CHINESE}\u{fffd}"));
    let mut bytes = GB18030.encode(&document(Some("gbk"), CHINESE)).0.into_owned();
    let place = bytes.windows(8).position(|window| window == b"</title>").unwrap();
    bytes.insert(place, 0xff);
    assert!(read(&bytes, None).starts_with(CHINESE));
}

#[test]
fn utf_16_and_utf_32_are_read_with_and_without_a_mark() {
    let text = document(Some("utf-16"), CHINESE);
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let wider = |order: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| order(u32::from(c))).collect::<Vec<u8>>();
    let cases = [
        (vec![0xff, 0xfe], wide(u16::to_le_bytes)),
        (vec![0xfe, 0xff], wide(u16::to_be_bytes)),
        (vec![0xff, 0xfe, 0, 0], wider(u32::to_le_bytes)),
        (vec![0, 0, 0xfe, 0xff], wider(u32::to_be_bytes)),
    ];
    for (mark, bytes) in cases {
        assert_eq!(read(&bytes, None), CHINESE);
        assert_eq!(read(&[mark, bytes].concat(), None), CHINESE);
    }
    assert_eq!(
        read(&[b"\xef\xbb\xbf", document(None, CHINESE).as_bytes()].concat(), Some("text/xml; charset=gbk")),
        CHINESE,
        "the mark wins"
    );
}

#[test]
fn code_pages_that_the_web_left_out_are_read() {
    // `Привет` in IBM855.
    let bytes = [
        document(Some("IBM855"), "").replace("</title></channel></rss>", "").into_bytes(),
        vec![0xdd, 0xe1, 0xb7, 0xeb, 0xa8, 0xe5],
        b"</title>".to_vec(),
    ]
    .concat();
    assert_eq!(read(&bytes, None), "Привет");
}
