//! JSON as it comes, cut up without a tree: an object is the places of the values whose names somebody may ask for, everything else is passed
//! over. What stands in a value is read when it is asked for, so that a document takes no more memory than its texts.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The names of JSON Feed that are read.
const NAMES: &[&str] = &[
    "attachments",
    "author",
    "authors",
    "banner_image",
    "content_html",
    "content_text",
    "date_modified",
    "date_published",
    "description",
    "duration_in_seconds",
    "external_url",
    "feed_url",
    "home_page_url",
    "hubs",
    "id",
    "image",
    "items",
    "language",
    "mime_type",
    "name",
    "next_url",
    "size_in_bytes",
    "summary",
    "tags",
    "title",
    "url",
    "version",
];

/// The place in [`NAMES`] of a name, if somebody reads it.
struct Name(Option<usize>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl Visitor<'_> for Names {
            type Value = Name;
            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a name")
            }
            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(NAMES.binary_search(&name).ok()))
            }
        }
        deserializer.deserialize_str(Names)
    }
}

/// An object: the values of known names, as they stand. Of several with one name the last one counts.
#[derive(Debug, Default)]
pub(super) struct Object<'a>(Vec<(usize, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The value of `name`, which is one of [`NAMES`].
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        debug_assert!(NAMES.contains(&name));
        self.0.iter().find(|(known, _)| NAMES[*known] == name).map(|(_, value)| *value)
    }

    fn put(&mut self, name: usize, value: &'a RawValue) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) => *before = value,
            None => self.0.push((name, value)),
        }
    }
}

/// A value as somebody may need it: an object cut up, a list, or something else, as it stands.
pub(super) enum Shape<'a> {
    /// `{…}`
    Object(Object<'a>),
    /// What else it is, in words.
    Other(&'static str),
}

/// What `raw` begins with.
fn first(raw: &RawValue) -> u8 {
    raw.get().bytes().next().unwrap_or_default()
}

/// `raw` as an object, if it is one.
pub(super) fn object(raw: &RawValue) -> Option<Object<'_>> {
    if first(raw) != b'{' {
        return None;
    }
    match serde_json::from_str(raw.get()) {
        Ok(Shape::Object(object)) => Some(object),
        _ => None,
    }
}

/// The first `values_max` values of a list, as they stand; none where it is no list.
pub(super) fn list(raw: Option<&RawValue>, values_max: usize) -> Vec<&RawValue> {
    let mut list = List { values: Vec::new(), values_max };
    if let Some(raw) = raw.filter(|raw| first(raw) == b'[') {
        // It was read once already, as a whole: it has no errors.
        let _ = list.deserialize(&mut serde_json::Deserializer::from_str(raw.get()));
    }
    list.values
}

/// A text, or a number where a text should be.
pub(super) fn scalar(raw: Option<&RawValue>) -> Option<String> {
    let raw = raw?;
    match first(raw) {
        b'"' => serde_json::from_str(raw.get()).ok(),
        b'-' | b'0'..=b'9' => serde_json::from_str::<serde_json::Number>(raw.get()).ok().map(|number| number.to_string()),
        _ => None,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Shape<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shapes;
        impl<'de> Visitor<'de> for Shapes {
            type Value = Shape<'de>;
            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("any value")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape<'de>, A::Error> {
                let mut object = Object::default();
                while let Some(Name(name)) = map.next_key()? {
                    match name {
                        Some(name) => object.put(name, map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Shape::Object(object))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Shape::Other("a list"))
            }
            fn visit_unit<E>(self) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("null"))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("true or false"))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("a number"))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("a number"))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("a number"))
            }
            fn visit_str<E>(self, _: &str) -> Result<Shape<'de>, E> {
                Ok(Shape::Other("a text"))
            }
        }
        deserializer.deserialize_any(Shapes)
    }
}

/// Takes the beginning of a list.
struct List<'a> {
    values: Vec<&'a RawValue>,
    values_max: usize,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for &mut List<'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for &mut List<'a> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.values.len() < self.values_max {
            match list.next_element()? {
                Some(value) => self.values.push(value),
                None => return Ok(()),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A document, cut up as far as it goes: what was read before an error stays.
#[derive(Default)]
pub(super) struct Document<'a> {
    /// What it says about itself.
    pub(super) top: Object<'a>,
    /// Its entries, as many as are read.
    pub(super) items: Vec<Shape<'a>>,
    /// How many there are, whether read or not.
    pub(super) total: usize,
    /// Whether there is a list of entries at all.
    pub(super) has_items: bool,
    items_max: usize,
}

impl<'a> Document<'a> {
    pub(super) fn new(items_max: usize) -> Self {
        Self { items_max, ..Self::default() }
    }

    /// Reads the whole document.
    pub(super) fn read(&mut self, text: &'a str) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_map(Whole(self))?;
        deserializer.end()
    }

    /// Reads a list of entries as far as it goes.
    pub(super) fn read_items(&mut self, text: &'a str) -> Result<(), serde_json::Error> {
        serde_json::Deserializer::from_str(text).deserialize_seq(Items(self))
    }
}

struct Whole<'d, 'a>(&'d mut Document<'a>);

impl<'de: 'a, 'a> Visitor<'de> for Whole<'_, 'a> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            match name {
                Some(name) if NAMES[name] == "items" => map.next_value_seed(Items(self.0))?,
                Some(name) => self.0.top.put(name, map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Items<'d, 'a>(&'d mut Document<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Items<'_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Items<'_, 'a> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a list of entries")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let document = self.0;
        (document.has_items, document.total) = (true, 0);
        document.items.clear();
        while document.items.len() < document.items_max {
            let Some(item) = list.next_element()? else { return Ok(()) };
            document.items.push(item);
            document.total += 1;
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            document.total += 1;
        }
        Ok(())
    }
    // `"items": null` and the like: as if there were none.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
