//! What the daemon says about a source, in Chinese: its sentences are written in English, for logs and commands, and have fixed forms.

use std::borrow::Cow;

use crate::web::language::Language;

/// Forms and what they mean; `{}` stands for what changes, `{0}` for the first of them.
const FORMS: &[(&str, &str)] = &[
    (
        "{} answered {}; the publisher wants to know who asks: see auth_env and headers, or the publisher does not want to be polled",
        "{0} 返回 {1}；对方要求表明身份（见 auth_env 和 headers），或者不允许抓取",
    ),
    (
        "{} answered {}; if the feed has moved, put its new address into feeds.toml",
        "{0} 返回 {1}；如果订阅源换了地址，请在 feeds.toml 中改成新地址",
    ),
    ("{} answered {}; the publisher says that the feed is gone for good", "{0} 返回 {1}；对方表示这个订阅源已永久停用"),
    ("{} answered {}; the publisher asks for fewer requests", "{0} 返回 {1}；对方要求减少请求"),
    ("{} answered {}; the publisher's server has trouble, it is tried again later", "{0} 返回 {1}；对方服务器有故障，稍后再试"),
    ("{} answered {}", "{0} 返回 {1}"),
    ("the name {} is not known ({}); check its spelling, or the network's DNS", "找不到主机 {0}（{1}）；请检查拼写或 DNS"),
    ("{} refuses the connection{}; is the port right and the server running?", "{0} 拒绝连接；端口是否正确、服务器是否在运行？"),
    ("{} cut the connection{} before answering", "{0} 在应答之前断开了连接"),
    ("{} closed the connection{} before answering", "{0} 在应答之前关闭了连接"),
    ("{} did not take the connection in time{}", "{0} 没有及时接受连接"),
    ("there is no way to {}; check the network", "无法到达 {0}；请检查网络"),
    ("{} cannot be reached{}: {}", "无法连接 {0}：{2}"),
    ("the certificate of {} is not accepted: {}", "{0} 的证书不被接受：{1}"),
    ("no secure connection to {}: {}", "无法与 {0} 建立安全连接：{1}"),
    ("the host asked not to be polled before {}", "主机要求在 {0} 之前不要抓取"),
    (
        "not asked, since its secret is missing: set the environment variable {}, or pass a systemd credential of that name",
        "没有抓取：缺少密钥，请设置环境变量 {0} 或同名的 systemd 凭据",
    ),
    ("gone (410 twice, a day apart): not polled any more", "已停用（相隔一天两次 410）：不再抓取"),
    ("new: polled at once", "新来源：立即抓取"),
    ("new, with {} others: the first polls are spread over {}", "新来源，另有 {0} 个：首次抓取分散在 {1} 内"),
    ("never polled yet", "还没有抓取过"),
    ("once a day, since the publisher sends neither ETag nor Last-Modified", "每天一次：对方既不发 ETag 也不发 Last-Modified"),
    ("the host asked for silence, for {} more (Retry-After)", "主机要求暂停，还剩 {0}（Retry-After）"),
    ("the publisher asks to wait {} (Retry-After)", "对方要求等待 {0}（Retry-After）"),
    ("too many requests (429): next try in {}", "请求过多（429）：{0} 后再试"),
    ("the publisher says gone (410): one more try a day later", "对方表示已停用（410）：一天后再试一次"),
    ("{} failures in a row: next try in {}", "连续失败 {0} 次：{1} 后再试"),
    ("failed: next try in {}", "失败：{0} 后再试"),
    ("publisher asks for {} ({})", "对方要求每 {0} 一次（{1}）"),
    ("every {} (interval)", "每 {0} 一次（interval）"),
    ("every {} (its own rhythm: an article in {})", "每 {0} 一次（按它的节奏：{1} 一篇）"),
    ("at {} (schedule)", "按时间表 {0}"),
];

/// What is said, in the reader's language where it is known how; the second value is the language of the text.
#[must_use]
pub fn say(text: &str, language: Language) -> (Cow<'_, str>, &'static str) {
    if language == Language::Chinese
        && let Some(chinese) = FORMS.iter().find_map(|(form, meaning)| Some(fill(meaning, &parts(form, text)?)))
    {
        return (chinese.into(), language.tag());
    }
    (text.into(), Language::English.tag())
}

/// What stands where a form has `{}`.
fn parts<'a>(form: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut fixed = form.split("{}");
    let mut rest = text.strip_prefix(fixed.next()?)?;
    let mut fixed = fixed.peekable();
    let mut found = Vec::new();
    while let Some(piece) = fixed.next() {
        let is_last = fixed.peek().is_none();
        let at = if is_last { rest.len().checked_sub(piece.len()).filter(|_| rest.ends_with(piece))? } else { rest.find(piece)? };
        found.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(found)
}

fn fill(meaning: &str, parts: &[&str]) -> String {
    let mut out = String::with_capacity(meaning.len());
    let mut rest = meaning;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let (number, behind) = rest[at + 1..].split_once('}').unwrap_or(("", ""));
        out.push_str(number.parse().ok().and_then(|number: usize| parts.get(number).copied()).unwrap_or_default());
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said_in_chinese_and_the_rest_as_it_is() {
        let chinese = |text: &str| say(text, Language::Chinese).0.into_owned();
        assert_eq!(
            chinese("https://a.org/f answered 404; if the feed has moved, put its new address into feeds.toml"),
            "https://a.org/f 返回 404；如果订阅源换了地址，请在 feeds.toml 中改成新地址"
        );
        assert_eq!(chinese("every 1h (interval)"), "每 1h 一次（interval）");
        assert_eq!(chinese("3 failures in a row: next try in 40m"), "连续失败 3 次：40m 后再试");
        assert_eq!(
            chinese("a.org refuses the connection (through the proxy); is the port right and the server running?"),
            "a.org 拒绝连接；端口是否正确、服务器是否在运行？"
        );
        assert_eq!(say("nothing known {0}", Language::Chinese), ("nothing known {0}".into(), "en"));
        assert_eq!(say("new: polled at once", Language::English), ("new: polled at once".into(), "en"));
    }

    #[test]
    fn every_form_can_be_filled() {
        for (form, meaning) in FORMS {
            let text = form.replace("{}", "x");
            let parts = parts(form, &text).unwrap();
            assert!(!fill(meaning, &parts).contains(['{', '}']), "{form}");
        }
    }
}
