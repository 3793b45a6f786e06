//! What stands above the articles of a source on its own page: how it is, its rhythm, its last errors.

use maud::{Markup, html};

use super::frame::{self, Frame};
use super::health::Known;
use super::tally::{Polls, Rhythm};
use crate::config::Config;
use crate::model::{Instant, Source, SourceState};
use crate::store::{Store, StoreError, scan};
use crate::web::language::Language;
use crate::web::render;

/// Days of the rhythm.
const DAYS: usize = 28;

/// Articles counted for it.
const COUNTED_ARTICLES_MAX: usize = 1_000;

/// What the store says of a source.
pub struct About {
    state: Option<SourceState>,
    rhythm: Rhythm,
}

impl About {
    /// Reads it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn read(store: &dyn Store, config: &Config, source: &Source, now: Instant) -> Result<Self, StoreError> {
        let state = store.source_state(&source.name)?;
        let mut rhythm = Rhythm::none(config, DAYS, now);
        let mut last = None;
        let is_whole = scan(store, Some(&source.name), None, COUNTED_ARTICLES_MAX, |article| {
            last = Some(article.published);
            rhythm.count(article.published)
        })?;
        if let Some(last) = last.filter(|_| !is_whole) {
            rhythm.ends(last);
        }
        Ok(Self { state, rhythm })
    }

    /// The section.
    #[must_use]
    pub fn section(self, frame: &Frame<'_>, source: &Source, now: Instant) -> Markup {
        let (config, language) = (frame.config, frame.language);
        let state = self.state.as_ref();
        let known = Known { source, state, is_public: render::public_feeds(config).contains_key(&source.name) };
        let counts = Polls::of(state.iter().map(|state| &state.history), now).counts();
        html! {
            section.about-source aria-label=(language.pick("来源的状态", "How this source is")) {
                dl.facts {
                    div { dt { (language.pick("状态", "Health")) } dd { (known.told(language)) } }
                    div { dt { (language.pick("下次抓取", "Next poll")) } dd { (known.next(frame)) } }
                    div {
                        dt { (language.pick("上次成功", "Last success")) }
                        dd {
                            @match state.and_then(|state| state.last_success) {
                                Some(at) => (frame::date_and_time(config, at)),
                                None => "–",
                            }
                            span.note { (polls(counts, language)) }
                        }
                    }
                }
                div.charts { @for chart in self.rhythm.charts(config, language) { (chart) } }
                (known.failures(frame))
            }
        }
    }
}

fn polls((changed, unchanged, failed): (u64, u64, u64), language: Language) -> String {
    match language {
        Language::Chinese => format!("最近一天：有更新 {changed} 次，无变化 {unchanged} 次，失败 {failed} 次"),
        Language::English => format!("the last day: {changed} changed, {unchanged} unchanged, {failed} failed"),
    }
}
