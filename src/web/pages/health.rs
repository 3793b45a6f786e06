//! How a source is, in words: for the status page and for its own.

use maud::{Markup, html};

use super::frame::{self, Frame};
use super::reasons::say;
use crate::model::poll::Burst;
use crate::model::{FailureRun, Outcome, Source, SourceState};
use crate::publish::text::line;
use crate::web::language::Language;

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 200;

/// How a source is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Its publisher says that it is gone.
    Gone,
    /// The last poll failed.
    Failing,
    /// It was not polled yet.
    Waiting,
    /// The last poll did not fail.
    Well,
    /// feeds.toml switches it off.
    Off,
}

impl Health {
    /// All of them, the best first.
    pub const ALL: [Self; 5] = [Self::Well, Self::Waiting, Self::Failing, Self::Gone, Self::Off];

    /// That of a source with this state.
    #[must_use]
    pub fn of(source: &Source, state: Option<&SourceState>) -> Self {
        match state.map(|state| &state.outcome) {
            _ if !source.enabled => Self::Off,
            None | Some(None) => Self::Waiting,
            Some(Some(Outcome::Gone)) => Self::Gone,
            Some(Some(Outcome::Failed(_))) => Self::Failing,
            Some(Some(Outcome::Changed | Outcome::Unchanged)) => Self::Well,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Gone => "health gone",
            Self::Failing => "health failing",
            Self::Waiting => "health waiting",
            Self::Well => "health well",
            Self::Off => "health off",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Self::Gone => language.pick("已停更", "gone"),
            Self::Failing => language.pick("出错", "failing"),
            Self::Waiting => language.pick("未抓取", "waiting"),
            Self::Well => language.pick("正常", "well"),
            Self::Off => language.pick("已停用", "off"),
        }
    }
}

/// A source, what is known of it, and whether its address may be shown: a reason can hold the address that was asked.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Which.
    pub source: &'a Source,
    /// Its state, once it was polled.
    pub state: Option<&'a SourceState>,
    /// Neither its address nor what is sent with it is a secret.
    pub is_public: bool,
}

impl Known<'_> {
    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of(self.source, self.state)
    }

    /// How it is, and why where that is not well.
    #[must_use]
    pub fn told(&self, language: Language) -> Markup {
        html! {
            span class=(self.health().class()) { (self.health().words(language)) }
            @if let Some(state) = self.state {
                @if let Some(Outcome::Failed(why)) = &state.outcome { span.note { (in_a_row(state.failures, language)) (self.why(why, language)) } }
                @if let Some(burst) = state.burst { span.note { (held_back(burst, language)) } }
            }
        }
    }

    /// When it is polled next, and why then.
    #[must_use]
    pub fn next(&self, frame: &Frame<'_>) -> Markup {
        let next = self.state.filter(|_| !matches!(self.health(), Health::Off | Health::Gone));
        html! {
            @if let Some(state) = next {
                (frame::date_and_time(frame.config, state.next_due))
                @let (why, tag) = say(&state.next_why, frame.language);
                span.note lang=(tag) { (line(&why)) }
            } @else { "–" }
        }
    }

    /// Its last failures, the newest first.
    #[must_use]
    pub fn failures(&self, frame: &Frame<'_>) -> Markup {
        let runs: Vec<&FailureRun> = self.state.iter().flat_map(|state| state.history.failures.iter().rev()).collect();
        html! {
            @if !runs.is_empty() {
                h2 { (frame.language.pick("最近的错误", "Last errors")) }
                ul.errors {
                    @for run in runs {
                        li {
                            (frame::date_and_time(frame.config, run.first))
                            @if run.times > 1 {
                                " – " (frame::date_and_time(frame.config, run.last)) " · "
                                (match frame.language {
                                    Language::Chinese => format!("{} 次", run.times),
                                    Language::English => format!("{} times", run.times),
                                })
                            }
                            span.note { (self.why(&run.why, frame.language)) }
                        }
                    }
                }
            }
        }
    }

    /// A reason, where it may be shown: with another address in feeds.toml than the one that it speaks of, nobody knows whether that was a secret.
    fn why(&self, why: &str, language: Language) -> Markup {
        if !self.is_public || self.state.is_none_or(|state| state.url != self.source.url.as_str()) {
            return html! { (language.pick("原因见日志", "the log says why")) };
        }
        let (why, tag) = say(why, language);
        let why: String = line(&why).chars().take(REASON_CHARS_MAX).collect();
        html! { span lang=(tag) { (why) } }
    }
}

fn in_a_row(failures: u32, language: Language) -> String {
    match language {
        Language::Chinese => format!("连续 {failures} 次："),
        Language::English => format!("{failures} in a row: "),
    }
}

/// What the burst guard holds back.
fn held_back(burst: Burst, language: Language) -> String {
    match language {
        Language::Chinese => format!("暂扣 {} 篇一次涌入的旧文章", burst.entries),
        Language::English => format!("{} old entries that came at once are held back", burst.entries),
    }
}
