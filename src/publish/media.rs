//! Names of Media RSS (the vocabulary of `search.yahoo.com/mrss`): a picture that stands beside the text of an entry, as in YouTube's feeds.

/// Its namespace.
pub const MEDIA_NAMESPACE: &str = "http://search.yahoo.com/mrss/";

/// The prefix it gets.
pub const MEDIA_PREFIX: &str = "media";

/// The element that names a picture by its attribute `url`.
pub const THUMBNAIL_ELEMENT: &str = "thumbnail";
