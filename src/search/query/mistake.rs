//! What can be wrong with a query, in words that say where and what to write instead.

use std::fmt;
use std::ops::Range;

use super::{DEPTH_MAX, PARTS_MAX, QUERY_BYTES_MAX};

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct QueryError {
    /// What is wrong.
    pub what: Mistake,
    /// The bytes of the text that it is about.
    pub at: Range<usize>,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Over [`QUERY_BYTES_MAX`].
    TooLong,
    /// Over [`PARTS_MAX`], or too many words in all.
    TooMany,
    /// Over [`DEPTH_MAX`].
    TooDeep,
    /// A quote that nothing closes.
    OpenQuote,
    /// A parenthesis that nothing closes.
    OpenGroup,
    /// A parenthesis that nothing opens.
    CloseGroup,
    /// Parentheses with nothing between.
    EmptyGroup,
    /// `OR` or `-` without what it is about.
    Dangling(String),
    /// Signs only.
    NoWord(String),
    /// A filter without a value.
    NoValue(&'static str),
    /// A filter that does not exist, and the one that is meant.
    NoFilter(String, &'static str),
    /// Neither a date nor an age.
    NoDate(String),
    /// No order.
    NoSort(String),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl Mistake {
    /// In English.
    #[must_use]
    pub fn english(&self) -> String {
        match self {
            Self::TooLong => format!("a query has at most {QUERY_BYTES_MAX} bytes"),
            Self::TooMany => format!("a query has at most {PARTS_MAX} words, phrases and filters"),
            Self::TooDeep => format!("parentheses stand at most {DEPTH_MAX} deep"),
            Self::OpenQuote => "this quote is never closed; write one more \"".into(),
            Self::OpenGroup => "this parenthesis is never closed; write one more )".into(),
            Self::CloseGroup => "this parenthesis closes nothing; leave it out, or put it in quotes".into(),
            Self::EmptyGroup => "there is nothing between these parentheses".into(),
            Self::Dangling(word) => format!("{word} needs something to look for beside it; in quotes it is a word: \"{word}\""),
            Self::NoWord(text) => format!("{text} has no letters or digits to look for"),
            Self::NoValue(name) => format!("{name}: needs a value right behind it, such as {}", example(name)),
            Self::NoFilter(name, meant) => {
                format!("there is no filter {name}:, did you mean {meant}:? To look for the words, put them in quotes")
            }
            Self::NoDate(text) => format!("{text} is no date; write 2024, 2024-02, 2024-02-01, or an age such as 7d"),
            Self::NoSort(text) => format!("{text} is no order; write sort:date or sort:relevance"),
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::TooLong => format!("查询最长 {QUERY_BYTES_MAX} 字节"),
            Self::TooMany => format!("一次查询最多 {PARTS_MAX} 个词、短语和条件"),
            Self::TooDeep => format!("括号最多嵌套 {DEPTH_MAX} 层"),
            Self::OpenQuote => "这个引号没有闭合，请再写一个 \"".into(),
            Self::OpenGroup => "这个括号没有闭合，请再写一个 )".into(),
            Self::CloseGroup => "这个括号没有对应的左括号，请删去，或放进引号里".into(),
            Self::EmptyGroup => "括号里没有内容".into(),
            Self::Dangling(word) => format!("{word} 旁边缺少要查找的内容；要查找这个词本身，请加引号：\"{word}\""),
            Self::NoWord(text) => format!("{text} 里没有可查找的文字或数字"),
            Self::NoValue(name) => format!("{name}: 后面要紧跟一个值，例如 {}", example(name)),
            Self::NoFilter(name, meant) => format!("没有 {name}: 这个条件，是不是 {meant}:？要查找这些词本身，请加引号"),
            Self::NoDate(text) => format!("{text} 不是日期；请写 2024、2024-02、2024-02-01，或 7d 这样的时长"),
            Self::NoSort(text) => format!("{text} 不是排序方式；请写 sort:date 或 sort:relevance"),
        }
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "source" => "source:36kr",
        "category" => "category:tech",
        "tag" => "tag:AI",
        "lang" => "lang:zh",
        "after" => "after:2024-02-01",
        "before" => "before:2024-03",
        "author" => "author:张三",
        "sort" => "sort:date",
        _ => "title:发布",
    }
}
