//! What is known of languages: words that say nothing, and how the others are stemmed.

use std::collections::HashSet;

use waken_snowball::Algorithm;

/// A language, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    Japanese,
    Korean,
    English,
    German,
    French,
    Spanish,
    Portuguese,
    Italian,
    Dutch,
    Russian,
    /// Any other: words are words, the short ones are skipped.
    Other,
}

/// Words that say nothing, by language. Lower case, without stemming.
const STOP_WORDS: &[(Language, &str)] = &[
    (
        Language::English,
        "a about above after again against all also although am among an and another any are aren't around as at away back be because been \
         before being below between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down \
         during each either else enough even ever every few first for from further get gets getting go goes going gone good got had hadn't has \
         hasn't have haven't having he he's her here hers herself him himself his how however i i'd i'll i'm i've if in instead into is isn't it \
         it's its itself just know last least less let let's like likely little long look lot made make makes making many may maybe me might mine \
         more most much must my myself need needs never new next no nor not nothing now of off often on once one ones only onto or other others our \
         ours ourselves out over own people per perhaps put quite rather really right said same say says see seem seems seen several shall she \
         should shouldn't since so some someone something still such sure take takes than that that's the their theirs them themselves then \
         there there's these they they're they've thing things think this those though three through time times to together too took toward two \
         under until up upon us use used using very via want wants was wasn't way ways we we'll we're we've well went were weren't what what's \
         when where whether which while who whole whom whose why will with within without won't would wouldn't year years yes yet you you'll \
         you're you've your yours yourself today yesterday tomorrow week month day days according including already around big small best better \
         great keep kind part point read more post article comments comment click please via http https www com html",
    ),
    (
        Language::German,
        "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei damit dann das dass dazu dein \
         dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwa \
         etwas euch für gegen gibt hab habe haben hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja \
         jede jeden jeder jedes jetzt kann kein keine können könnte machen man mehr mein mich mir mit muss nach neue neuen nicht nichts noch nun nur \
         ob oder ohne schon sehr sein seine seinen seiner seit selbst sich sie sind so soll sollen sondern sonst über um und uns unser unter viel \
         viele vom von vor war waren was weil weiter welche wenn wer werden wie wieder will wir wird wo worden wurde wurden zu zum zur zwar zwei zwischen",
    ),
    (
        Language::French,
        "ai alors après au aucun aussi autre autres aux avait avant avec avoir bien ce cela celle celui ces cette ceux chaque chez comme comment \
         contre dans de depuis des deux donc dont du elle elles en encore entre est et étaient était été être eu fait faire faut ici il ils je jusqu \
         la le les leur leurs lors lui ma mais me même mes moi moins mon ne nos notre nous on ont ou où par parce pas pendant peu peut plus plusieurs \
         pour pourquoi qu quand que quel quelle qui sa sans se sera ses si son sont sous sur ta tes toi ton tous tout toute toutes très trop tu un une vos votre vous y",
    ),
    (
        Language::Spanish,
        "a al algo algunos ante antes años como con contra cual cuando de del desde después donde dos durante e el él ella ellos en entre era eran es esa ese \
         eso esta está están estar estas este esto estos fue fueron ha había hace hacer han hasta hay la las le les lo los más me mi mientras mismo mucho muy \
         nada ni no nos nosotros o os otra otras otro otros para parte pero poco por porque puede que qué quien se sea según ser si sí sido sin sobre solo son \
         su sus también tan tanto te tiene tienen todo todos tras tu un una uno unos ya y yo",
    ),
    (
        Language::Portuguese,
        "a ao aos aquela aquele as às até com como da das de dela dele deles depois do dos e é ela elas ele eles em entre era eram essa esse esta está estão \
         este eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito na não nas nem no nos nós num numa o os ou para pela pelas pelo pelos por \
         porque pode qual quando que quem se sem ser seu seus só sobre sua suas também te tem têm tinha todo todos tu um uma você vocês",
    ),
    (
        Language::Italian,
        "a ad agli ai al alla alle anche ancora avere aveva c che chi ci come con contro cosa così cui da dagli dai dal dalla dalle degli dei del della delle \
         dello di dopo dove due e è ed era erano essere fa gli ha hanno ho i il in io la le lei lo loro lui ma me mi molto nei nel nella nelle nello no noi non \
         o ogni per perché più poi prima può quale quando quanto quella quelle quelli quello questa queste questi questo sarà se sempre si sia sono su sua sue sul sulla suo tra tutti tutto un una uno voi",
    ),
    (
        Language::Dutch,
        "aan al alle als alleen ander andere bij dan dat de deze die dit doen door dus een eens en er ge geen had heb hebben heeft hem het hier hij hoe hun ik in \
         is ja je kan kunnen maar me meer men met mijn moet na naar niet niets nog nu of om omdat ons ook op over te tegen toch toen tot u uit uw van veel voor \
         waar want waren was wat we wel werd wie wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou",
    ),
    (
        Language::Russian,
        "а без более больше будет будто бы был была были было быть в вам вас вдруг ведь во вот впрочем все всегда всего всех всё вы где да даже два для до другой \
         его ее ей если есть еще ещё ж же за зачем здесь и из или им иногда их к как какая какой когда конечно который которые которая кто куда ли лучше между меня \
         мне много может можно мой моя мы на над надо наконец нас не него нее ней нельзя нет ни нибудь никогда ним них ничего но ну о об один он она они опять от \
         перед по под после потом потому почти при про раз разве с сам свою себе себя сейчас со совсем так также такой там тебя тем теперь то тогда того тоже только \
         том тот три тут ты у уж уже хорошо хоть чего чем через что чтоб чтобы чуть эти этих это этого этой этом этот эту я года году лет",
    ),
];

/// Chinese words of the kinds that are looked at, which still say nothing about one article.
const CHINESE_STOP_WORDS: &str = "公司 时间 问题 时候 方面 情况 东西 内容 方式 过程 部分 结果 原因 关系 条件 程度 作用 意义 目的 方法 办法 机会 特点 现在 今天 昨天 明天 \
    今年 去年 明年 目前 当时 以后 以前 之后 之前 未来 过去 最近 近日 近期 世界 国家 社会 人们 大家 自己 我们 你们 他们 朋友 先生 女士 记者 编辑 作者 文章 来源 图片 图源 题图 视频 链接 原文 \
    人士 人员 人民 个人 一个 一种 一些 一下 一次 事情 事件 事实 样子 地方 地区 中心 领域 行业 市场 产品 用户 企业 工作 活动 生活 信息 数据 系统 服务 技术 项目 发展 进行 提供 表示 认为 \
    使用 成为 实现 增长 影响 需求 能力 水平 价值 业务 平台 模式 阶段 趋势 整体 本文 介绍 氪 元 亿元 万元 美元 亿美元 万美元 左右 以上 以下 同比 环比 年度 季度 月份 其中 第一 第二 消息 报道 报导 网友 官方 \
    本次 此次 版本 小编 微信 公众号";

/// The words that say nothing in a text of one language.
pub(super) struct StopWords(HashSet<&'static str>);

impl StopWords {
    pub(super) fn of(language: Language) -> Self {
        // English words stand in texts of every language.
        let lists = STOP_WORDS.iter().filter(|(of, _)| *of == language || *of == Language::English).map(|(_, words)| *words);
        let chinese = (language == Language::Chinese).then_some(CHINESE_STOP_WORDS);
        Self(lists.chain(chinese).flat_map(str::split_ascii_whitespace).collect())
    }

    /// Whether a word (in lower case) says nothing.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

/// The stemmer of a language.
pub(super) fn stemmer(language: Language) -> Option<Algorithm> {
    match language {
        Language::English | Language::Chinese | Language::Japanese | Language::Korean => Some(Algorithm::English),
        Language::German => Some(Algorithm::German),
        Language::French => Some(Algorithm::French),
        Language::Spanish => Some(Algorithm::Spanish),
        Language::Portuguese => Some(Algorithm::Portuguese),
        Language::Italian => Some(Algorithm::Italian),
        Language::Dutch => Some(Algorithm::Dutch),
        Language::Russian => Some(Algorithm::Russian),
        Language::Other => None,
    }
}

/// The language by its script, and among those of one script by the words that say nothing.
pub(super) fn guess(text: &str) -> Language {
    /// Enough to know, in characters.
    const LOOK_CHARS: usize = 3_000;
    let (mut han, mut kana, mut hangul, mut cyrillic, mut latin) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for c in text.chars().take(LOOK_CHARS) {
        match c {
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => han += 1,
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{ac00}'..='\u{d7af}' => hangul += 1,
            '\u{400}'..='\u{4ff}' => cyrillic += 1,
            c if c.is_alphabetic() && c < '\u{250}' => latin += 1,
            _ => {}
        }
    }
    // One character of Chinese says as much as a word of others.
    if kana * 10 > han + kana && kana > 5 {
        return Language::Japanese;
    }
    if hangul * 2 > latin.max(han) && hangul > 5 {
        return Language::Korean;
    }
    if han * 4 > latin.max(cyrillic) && han > 0 {
        return Language::Chinese;
    }
    let candidates: &[Language] = if cyrillic > latin {
        &[Language::Russian]
    } else {
        &[
            Language::English,
            Language::German,
            Language::French,
            Language::Spanish,
            Language::Portuguese,
            Language::Italian,
            Language::Dutch,
        ]
    };
    let end = text.char_indices().nth(LOOK_CHARS).map_or(text.len(), |(at, _)| at);
    let words: Vec<String> =
        text[..end].split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(400).map(str::to_lowercase).collect();
    let hits = |language: &Language| {
        let own = STOP_WORDS.iter().find(|(of, _)| of == language).map_or("", |(_, words)| words);
        let own: HashSet<_> = own.split_ascii_whitespace().collect();
        words.iter().filter(|word| own.contains(word.as_str())).count()
    };
    let best = candidates
        .iter()
        .map(|language| (hits(language), language))
        .fold((0, &Language::Other), |best, next| if next.0 > best.0 { next } else { best });
    // A language that we know has one such word in three; a few hits are chance.
    if best.0 * 8 >= words.len() { *best.1 } else { Language::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_script_and_by_small_words() {
        for (text, language) in [
            ("The quick brown fox jumps over the lazy dog and it is not the first one.", Language::English),
            ("Der schnelle braune Fuchs springt über den faulen Hund und das ist nicht alles.", Language::German),
            ("Le chat est sur la table et il ne veut pas descendre avec nous.", Language::French),
            ("El gato está en la mesa y no quiere bajar con nosotros.", Language::Spanish),
            ("Кошка сидит на столе и не хочет идти с нами.", Language::Russian),
            ("2024年,OpenAI 发布了 Sora 模型,ChatGPT 的用户继续增长。", Language::Chinese),
            ("これは日本語の文章です。漢字もあります。", Language::Japanese),
            ("이것은 한국어 문장입니다. 여기 있습니다.", Language::Korean),
            ("Gyors barna róka", Language::Other),
            ("", Language::Other),
        ] {
            assert_eq!(guess(text), language, "{text}");
        }
    }
}
