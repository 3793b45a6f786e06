//! What differs between two readings of feeds.toml.

use super::Config;
use crate::model::{Source, SourceName};

/// What differs between two readings of feeds.toml: what the daemon has to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sources that were not there.
    pub added: Vec<SourceName>,
    /// Sources that are no longer there.
    pub removed: Vec<SourceName>,
    /// Sources of the same name of which something differs.
    pub changed: Vec<SourceName>,
    /// Something that readers see differs: `[site]`, a view, a category, a filter. The feeds must be made again.
    pub output: bool,
    /// `[fetch]` differs: a new HTTP client is needed.
    pub fetch: bool,
    /// `listen` differs, which is taken up by a restart only.
    pub listen: bool,
}

impl Changes {
    /// What differs between `old` and `new`.
    #[must_use]
    pub fn between(old: &Config, new: &Config) -> Self {
        let mut changes = Self {
            removed: old
                .sources
                .iter()
                .map(|source| &source.name)
                .filter(|name| new.sources.named(name.as_str()).is_none())
                .cloned()
                .collect(),
            output: old.site != new.site || old.views != new.views || old.keep_apart != new.keep_apart,
            fetch: old.fetch != new.fetch,
            listen: old.server.listen != new.server.listen,
            ..Self::default()
        };
        for source in &new.sources {
            match old.sources.named(source.name.as_str()) {
                None => changes.added.push(source.name.clone()),
                Some(before) if !same(before, source) => {
                    changes.output |= shown(before) != shown(source);
                    changes.changed.push(source.name.clone());
                }
                Some(_) => {}
            }
        }
        changes.output |= !changes.removed.is_empty();
        changes
    }

    /// Whether anything differs that this type knows of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        for (what, names) in [("added", &self.added), ("removed", &self.removed), ("changed", &self.changed)] {
            match names.as_slice() {
                [] => {}
                [name] => parts.push(format!("{name} {what}")),
                names => parts.push(format!("{} sources {what}", names.len())),
            }
        }
        for (differs, what) in
            [(self.output, "feeds made again"), (self.fetch, "[fetch] taken up"), (self.listen, "listen differs: restart feedmill to move")]
        {
            if differs {
                parts.push(what.to_owned());
            }
        }
        f.write_str(&if parts.is_empty() { "nothing differs".to_owned() } else { parts.join(", ") })
    }
}

/// What readers see of a source's settings without any poll.
fn shown(source: &Source) -> impl PartialEq + use<'_> {
    (&source.category, &source.tags, source.chinese, source.no_referrer, source.priority)
}

/// Whether two sources of one name are polled and treated the same. Taken apart so that a new field cannot be forgotten.
fn same(a: &Source, b: &Source) -> bool {
    let Source {
        name,
        url,
        mirrors,
        category,
        tags,
        schedule,
        interval_is_own,
        include,
        exclude,
        full_text,
        selector,
        archives,
        image_template,
        default_cover,
        no_referrer,
        chinese,
        summary,
        headers,
        auth_env,
        proxy,
        keep,
        enabled,
        priority,
        burst,
        time_zone,
    } = a;
    let text = |regex: &Option<Box<regex::Regex>>| regex.as_ref().map(|regex| regex.as_str().to_owned());
    (name, url, mirrors, category, tags) == (&b.name, &b.url, &b.mirrors, &b.category, &b.tags)
        && (schedule, interval_is_own, full_text, selector, archives, time_zone)
            == (&b.schedule, &b.interval_is_own, &b.full_text, &b.selector, &b.archives, &b.time_zone)
        && (text(include), text(exclude)) == (text(&b.include), text(&b.exclude))
        && (image_template, default_cover, summary) == (&b.image_template, &b.default_cover, &b.summary)
        && (no_referrer, chinese) == (&b.no_referrer, &b.chinese)
        && (headers, auth_env, proxy, keep, enabled) == (&b.headers, &b.auth_env, &b.proxy, &b.keep, &b.enabled)
        && (priority, burst) == (&b.priority, &b.burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn config(text: &str) -> Config {
        parse(text, "f").unwrap()
    }

    fn source(name: &str, lines: &str) -> String {
        format!("[[source]]\nname = \"{name}\"\nurl = \"https://{name}.example/\"\n{lines}\n")
    }

    #[test]
    fn added_removed_and_changed_sources_are_told_apart() {
        let old = config(&format!("{}{}{}", source("a", ""), source("b", "include = \"x\""), source("c", "")));
        let new = config(&format!("{}{}{}", source("c", ""), source("b", "include = \"y\""), source("d", "")));
        let changes = Changes::between(&old, &new);
        let names = |list: &[SourceName]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!((names(&changes.added), names(&changes.removed), names(&changes.changed)), ("d".into(), "a".into(), "b".into()));
        assert_eq!(changes.to_string(), "d added, a removed, b changed, feeds made again");
        assert!(Changes::between(&new, &new.clone()).is_empty());
    }

    #[test]
    fn changes_of_a_table_are_told_by_what_they_need() {
        let old = config("");
        assert!(Changes::between(&old, &config("[site]\ntitle = \"x\"")).output);
        assert!(Changes::between(&old, &config("[fetch]\ntimeout = \"5s\"")).fetch);
        assert!(Changes::between(&old, &config("[server]\nlisten = \"127.0.0.1:1\"")).listen);
        assert!(Changes::between(&old, &config("[[view]]\nname = \"a\"\nfilter = \"all\"")).output);
        assert!(Changes::between(&config(&source("a", "")), &config(&source("a", "category = \"x\""))).output);
        assert!(Changes::between(&config(&source("a", "")), &config(&source("a", "chinese = \"taiwan\""))).output);
        assert!(Changes::between(&config(&source("a", "")), &config(&source("a", "image_referrer = \"none\""))).output);
        assert!(!Changes::between(&config(&source("a", "")), &config(&source("a", "interval = \"3h\""))).output);
    }
}
