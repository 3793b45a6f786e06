//! A checked condition, and whether it holds.

use regex::Regex;

use super::FilterSubject;
use crate::model::Instant;

/// A condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Always.
    All,
    /// All of these.
    Every(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// The field (one of its texts) is one of these.
    Equal(TextField, Vec<String>),
    /// The expression is found in the field (in one of its texts).
    Found(TextField, Regex),
    /// A whole number.
    Whole(WholeField, Order, u64),
    /// A date: the first moment of what was written, and the first one after it.
    Date(DateField, Order, Instant, Instant),
    /// Time since publication.
    Age(Order, chrono::Duration),
    /// There is one.
    Has(Thing),
}

/// Fields that hold text, some of them several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Title,
    Text,
    Summary,
    Link,
    Source,
    Category,
    Language,
    Tags,
    Keywords,
    Author,
}

/// Fields that hold a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeField {
    Length,
    Revision,
}

/// Fields that hold a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateField {
    Published,
    Updated,
    Seen,
}

/// What an article may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Enclosure,
    Image,
    Link,
    Author,
    Summary,
    Category,
    Tags,
    Keywords,
}

/// How two values of an order are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// The order that a sign stands for.
    pub fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// Compares a value with a span: from its first value to the first one after it.
    fn holds<T: Ord>(self, value: &T, from: &T, to: &T) -> bool {
        match self {
            Self::Equal => from <= value && value < to,
            Self::Unequal => value < from || to <= value,
            Self::Less => value < from,
            Self::LessOrEqual => value < to,
            Self::Greater => to <= value,
            Self::GreaterOrEqual => from <= value,
        }
    }
}

impl Condition {
    /// Whether the condition holds for the article.
    pub fn holds(&self, subject: &FilterSubject<'_>, now: Instant) -> bool {
        match self {
            Self::All => true,
            Self::Every(tests) => tests.iter().all(|test| test.holds(subject, now)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(subject, now)),
            Self::Not(test) => !test.holds(subject, now),
            Self::Equal(field, wanted) => subject.any_text(*field, |text| wanted.iter().any(|wanted| wanted == text)),
            Self::Found(field, regex) => subject.any_text(*field, |text| regex.is_match(text)),
            Self::Whole(field, order, wanted) => order.holds(&subject.whole(*field), wanted, &wanted.saturating_add(1)),
            Self::Date(field, order, from, to) => order.holds(&subject.date(*field), from, to),
            // Ages are compared to the second.
            Self::Age(order, wanted) => {
                let age = now.signed_duration_since(subject.date(DateField::Published)).num_seconds();
                order.holds(&age, &wanted.num_seconds(), &wanted.num_seconds().saturating_add(1))
            }
            Self::Has(thing) => subject.has(*thing),
        }
    }

    /// Whether an `age` stands in it.
    pub fn depends_on_time(&self) -> bool {
        match self {
            Self::Every(tests) | Self::Any(tests) => tests.iter().any(Self::depends_on_time),
            Self::Not(test) => test.depends_on_time(),
            Self::Age(..) => true,
            _ => false,
        }
    }
}
