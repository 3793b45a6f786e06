//! The list of sources as OPML 2.0, for `/opml.xml` and `export opml`.

use std::collections::BTreeMap;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::WriteError;
use super::text::{line, uri};

/// Its media type.
pub const MEDIA_TYPE: &str = "text/x-opml";

/// One source of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name in feeds.toml.
    pub name: String,
    /// The publisher's title, where known.
    pub title: Option<String>,
    /// Its folder.
    pub category: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where it is polled.
    pub feed_url: String,
    /// The publisher's website, where known.
    pub site_url: Option<String>,
    /// BCP 47 tag, where known.
    pub language: Option<String>,
}

/// Writes the list: sources without a category first, then a folder a category, in the order given.
///
/// # Errors
/// [`WriteError`] when the writer refuses; writing to memory, it has no reason to.
pub fn write(title: &str, sources: &[Outline]) -> Result<Vec<u8>, WriteError> {
    written(title, sources).map_err(|error| WriteError::new("OPML", &error))
}

fn written(title: &str, sources: &[Outline]) -> Result<Vec<u8>, std::io::Error> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut opml = BytesStart::new("opml");
    opml.push_attribute(("version", "2.0"));
    writer.write_event(Event::Start(opml))?;
    writer.create_element("head").write_inner_content(|writer| {
        writer.create_element("title").write_text_content(BytesText::new(&line(title)))?;
        Ok(())
    })?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    let mut folders: BTreeMap<usize, (&str, Vec<&Outline>)> = BTreeMap::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        match &source.category {
            None => write_source(&mut writer, source)?,
            Some(category) => {
                let at = *place.entry(category).or_insert(at);
                folders.entry(at).or_insert((category, Vec::new())).1.push(source);
            }
        }
    }
    for (category, members) in folders.values() {
        let mut folder = BytesStart::new("outline");
        folder.push_attribute(("text", line(category).as_str()));
        folder.push_attribute(("title", line(category).as_str()));
        writer.write_event(Event::Start(folder))?;
        for source in members {
            write_source(&mut writer, source)?;
        }
        writer.write_event(Event::End(BytesEnd::new("outline")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("body")))?;
    writer.write_event(Event::End(BytesEnd::new("opml")))?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_source(writer: &mut Writer<Vec<u8>>, source: &Outline) -> Result<(), std::io::Error> {
    let text = line(&source.name);
    let title = source.title.as_deref().map(line).filter(|title| !title.is_empty()).unwrap_or_else(|| text.clone());
    let mut outline = BytesStart::new("outline");
    outline.push_attribute(("type", "rss"));
    outline.push_attribute(("text", text.as_str()));
    outline.push_attribute(("title", title.as_str()));
    outline.push_attribute(("xmlUrl", uri(&source.feed_url).unwrap_or_else(|| line(&source.feed_url)).as_str()));
    if let Some(page) = source.site_url.as_deref().and_then(uri) {
        outline.push_attribute(("htmlUrl", page.as_str()));
    }
    if let Some(tags) = tags(source) {
        outline.push_attribute(("category", tags.as_str()));
    }
    if let Some(language) = source.language.as_deref().and_then(super::text::language_tag) {
        outline.push_attribute(("language", language.as_str()));
    }
    writer.write_event(Event::Empty(outline))
}

/// The tags as OPML 2.0 writes them, with commas between. Where there is no folder they stand behind the root, `/`: many readers take the
/// first of a source without a folder for its folder.
fn tags(source: &Outline) -> Option<String> {
    // A comma would end the tag; the full-width one reads the same.
    let tags = source.tags.iter().map(|tag| line(tag).replace(',', "，")).filter(|tag| !tag.is_empty());
    let root = source.category.is_none().then(|| "/".to_owned());
    let all: Vec<String> = root.into_iter().chain(tags).collect();
    let is_any = all.iter().any(|tag| tag != "/");
    is_any.then(|| all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_the_list_is_escaped_and_keeps_categories_as_folders() {
        let source = |name: &str, category: Option<&str>| Outline {
            name: name.into(),
            title: Some("A \"b\" <c> & d\0\n".into()),
            category: category.map(str::to_owned),
            tags: if name == "y" || name == "z" { vec!["AI & b".into(), "a, b/c".into()] } else { Vec::new() },
            feed_url: "https://a.org/feed?a=1&b=2".into(),
            site_url: Some("javascript:x".into()),
            language: None,
        };
        let opml =
            String::from_utf8(write("我的 <feeds>", &[source("x", Some("技术")), source("y", None), source("z", Some("技术"))]).unwrap())
                .unwrap();
        assert_eq!(
            opml,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>我的 &lt;feeds&gt;</title>
  </head>
  <body>
    <outline type="rss" text="y" title="A &quot;b&quot; &lt;c&gt; &amp; d" xmlUrl="https://a.org/feed?a=1&amp;b=2" category="/,AI &amp; b,a， b/c"/>
    <outline text="技术" title="技术">
      <outline type="rss" text="x" title="A &quot;b&quot; &lt;c&gt; &amp; d" xmlUrl="https://a.org/feed?a=1&amp;b=2"/>
      <outline type="rss" text="z" title="A &quot;b&quot; &lt;c&gt; &amp; d" xmlUrl="https://a.org/feed?a=1&amp;b=2" category="AI &amp; b,a， b/c"/>
    </outline>
  </body>
</opml>
"#
        );
    }
}
