//! Which sources are fetched together: those with the same address and the same request, once for all of them (F26).
//!
//! 36kr and a filtered 36krai share `https://36kr.com/feed`: one request, two sources.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Source;

/// Sources that one fetch serves. Never empty.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What makes them one: the same in every run for the same configuration. Shared, since queues and maps of all units hold it too.
    pub key: Arc<str>,
    /// In file order.
    pub sources: Vec<Arc<Source>>,
}

impl Unit {
    /// Those whose name is in `names` are meant when a person asks for one of them by name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.name.as_str() == name)
    }
}

/// Groups the enabled sources, in file order.
#[must_use]
pub fn group(sources: &[Arc<Source>]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut at: HashMap<Arc<str>, usize> = HashMap::with_capacity(sources.len());
    for source in sources.iter().filter(|source| source.enabled) {
        let (key, source) = (Arc::<str>::from(key_of(source)), Arc::clone(source));
        if let Some(&index) = at.get(&key) {
            units[index].sources.push(source);
        } else {
            at.insert(Arc::clone(&key), units.len());
            units.push(Unit { key, sources: vec![source] });
        }
    }
    units
}

/// Everything that the publisher could tell apart; a fragment is not sent, so it does not count.
fn key_of(source: &Source) -> String {
    let url = &source.url[..url::Position::AfterQuery];
    if source.headers.is_empty() && source.auth_env.is_none() && source.proxy.is_none() {
        return url.to_owned();
    }
    let proxy = source.proxy.as_ref().map(|proxy| proxy.as_str());
    format!("{url}\n{:?}\n{:?}\n{proxy:?}", source.headers, source.auth_env)
}
