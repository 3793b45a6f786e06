//! The fields of a filter, and how dates are written in it.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use super::condition::{DateField, TextField, Thing, WholeField};

/// What a field holds, and so which values it is compared with.
#[derive(Clone, Copy)]
pub enum Field {
    Text(TextField),
    Whole(WholeField),
    Date(DateField),
    Age,
}

/// Every field by its names.
pub const FIELDS: &[(&str, Field)] = &[
    ("title", Field::Text(TextField::Title)),
    ("text", Field::Text(TextField::Text)),
    ("summary", Field::Text(TextField::Summary)),
    ("link", Field::Text(TextField::Link)),
    ("source", Field::Text(TextField::Source)),
    ("category", Field::Text(TextField::Category)),
    ("language", Field::Text(TextField::Language)),
    ("tags", Field::Text(TextField::Tags)),
    ("tag", Field::Text(TextField::Tags)),
    ("keywords", Field::Text(TextField::Keywords)),
    ("keyword", Field::Text(TextField::Keywords)),
    ("author", Field::Text(TextField::Author)),
    ("length", Field::Whole(WholeField::Length)),
    ("revision", Field::Whole(WholeField::Revision)),
    ("date", Field::Date(DateField::Published)),
    ("updated", Field::Date(DateField::Updated)),
    ("seen", Field::Date(DateField::Seen)),
    ("age", Field::Age),
];

/// What can come after `has`.
pub const THINGS: &[(&str, Thing)] = &[
    ("enclosure", Thing::Enclosure),
    ("image", Thing::Image),
    ("link", Thing::Link),
    ("author", Thing::Author),
    ("summary", Thing::Summary),
    ("category", Thing::Category),
    ("tags", Thing::Tags),
    ("keywords", Thing::Keywords),
];

/// The fields, for messages.
pub fn field_names() -> String {
    let names = FIELDS.iter().map(|(name, _)| *name).filter(|name| !matches!(*name, "tag" | "keyword"));
    names.chain(["has"]).collect::<Vec<_>>().join(", ")
}

/// How a field is compared, for messages.
pub fn operators_of(field: Field) -> &'static str {
    if matches!(field, Field::Text(_)) { "=, !=, ~, !~, in" } else { "=, !=, <, <=, >, >=" }
}

/// The first moment of a date as written (`2024`, `2024-02`, `2024-02-01` of UTC, or a moment of RFC 3339), and the first one after it.
#[must_use]
pub fn date_span(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        let moment = moment.to_utc();
        return Some((moment, moment.checked_add_signed(chrono::Duration::seconds(1))?));
    }
    let mut parts = text.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let (month, day) = (parts.next(), parts.next());
    let number = |part: Option<&str>| part.map_or(Some(1), |part| part.parse::<u32>().ok());
    let first = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?).filter(|_| parts.next().is_none())?;
    let after = match (month, day) {
        (None, _) => first.checked_add_months(Months::new(12)),
        (_, None) => first.checked_add_months(Months::new(1)),
        _ => first.checked_add_days(Days::new(1)),
    }?;
    let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    Some((midnight(first)?, midnight(after)?))
}
