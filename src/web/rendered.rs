//! The views as files: what readers get, kept in memory whole and swapped all at once.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::http::HeaderValue;
use bytes::Bytes;

use super::encoding::{Encoding, compress};
use crate::model::Instant;
use crate::publish::text::rfc822;

/// Smaller files are kept as they are, in bytes.
const PACKED_BYTES_MIN: usize = 16 * 1024;

/// How hard files are packed that wait for somebody to ask: a hundred KB take a fifth of a millisecond.
const PACKED_LEVEL: i32 = 1;

/// One file, with its compressed forms made when first asked for.
#[derive(Clone, Debug)]
pub struct RenderedFile {
    /// Bytes of the plain form.
    len: usize,
    /// The plain form; of a packed file once somebody has asked for it.
    plain: OnceLock<Bytes>,
    /// The plain form packed: most feeds are asked for by nobody, or in one compressed form.
    packed: Option<Bytes>,
    /// `Content-Type`, charset included.
    pub content_type: &'static str,
    /// Hash of the bytes in hexadecimal: the ETag of the plain form is this in quotes, that of a compressed one has its name behind it.
    pub hash: String,
    /// When the newest thing in it last changed. `None` where nothing in it has a date.
    pub last_modified: Option<Instant>,
    compressed: [OnceLock<Bytes>; 3],
    /// `last_modified` and the ETags as headers say them, once somebody has asked for them: writing them takes longer than all the rest of
    /// a 304.
    last_modified_header: OnceLock<Option<HeaderValue>>,
    etags: OnceLock<[HeaderValue; 4]>,
    /// The same bytes under another media type, once somebody has asked for them.
    other: OnceLock<Arc<RenderedFile>>,
}

impl RenderedFile {
    /// A file of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>, content_type: &'static str, last_modified: Option<Instant>) -> Self {
        let bytes = bytes.into();
        let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
        Self {
            len: bytes.len(),
            plain: bytes.into(),
            packed: None,
            content_type,
            hash,
            last_modified,
            compressed: Default::default(),
            last_modified_header: OnceLock::new(),
            etags: OnceLock::new(),
            other: OnceLock::new(),
        }
    }

    /// The same, packed where that is worth while: for files that are kept whether somebody asks for them or not.
    #[must_use]
    pub fn pack(mut self) -> Self {
        if self.packed.is_none() && self.len >= PACKED_BYTES_MIN {
            // The compressor takes room for the worst case.
            self.packed = zstd::bulk::compress(&self.plain(), PACKED_LEVEL).ok().map(|packed| packed.into_boxed_slice().into());
        }
        if self.packed.is_some() {
            self.plain = OnceLock::new();
        }
        self
    }

    /// Bytes of the plain form.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The plain form; unpacking it takes a millisecond a megabyte, and is not kept ([`RenderedFile::form`] keeps it).
    #[must_use]
    pub fn plain(&self) -> Bytes {
        self.plain.get().cloned().unwrap_or_else(|| {
            let packed = self.packed.as_deref().unwrap_or_default();
            // We packed it ourselves, and it never left memory.
            zstd::bulk::decompress(packed, self.len).map(Bytes::from).unwrap_or_default()
        })
    }

    /// When the newest thing in it last changed, as a header says it; none where nothing in it has a date.
    #[must_use]
    pub fn last_modified_header(&self) -> Option<HeaderValue> {
        let written = || HeaderValue::try_from(rfc822(self.last_modified?)).ok();
        self.last_modified_header.get_or_init(written).clone()
    }

    /// The same bytes under another media type, with ETags of its own. There is one such type a file.
    #[must_use]
    pub fn as_type(&self, content_type: &'static str) -> Arc<Self> {
        let other = || {
            let (len, plain, packed) = (self.len, self.plain.clone(), self.packed.clone());
            let hash = format!("{}-page", self.hash);
            let file = Self::new(Bytes::new(), content_type, self.last_modified);
            Arc::new(Self { len, plain, packed, hash, ..file })
        };
        Arc::clone(self.other.get_or_init(other))
    }

    /// The strong ETag of one form (P11: each form has its own).
    #[must_use]
    pub fn etag(&self, encoding: Encoding) -> &HeaderValue {
        let etags = self.etags.get_or_init(|| {
            Encoding::ALL.map(|encoding| {
                let text = match encoding {
                    Encoding::Identity => format!("\"{}\"", self.hash),
                    other => format!("\"{}-{}\"", self.hash, other.name()),
                };
                // Hexadecimal digits and our own words are a header value; an empty ETag matches nothing.
                HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
            })
        });
        let [brotli, zstd, gzip, identity] = etags;
        match encoding {
            Encoding::Brotli => brotli,
            Encoding::Zstd => zstd,
            Encoding::Gzip => gzip,
            Encoding::Identity => identity,
        }
    }

    /// The bytes of one form, if they are there already.
    #[must_use]
    pub fn ready(&self, encoding: Encoding) -> Option<Bytes> {
        match self.slot(encoding) {
            None => self.plain.get().cloned(),
            Some(slot) => slot.get().cloned(),
        }
    }

    /// The bytes of one form; compresses where nobody has asked for it yet, which takes milliseconds: not on an async thread.
    #[must_use]
    pub fn form(&self, encoding: Encoding) -> Bytes {
        match self.slot(encoding) {
            None => self.plain.get_or_init(|| self.plain()).clone(),
            Some(slot) => slot
                .get_or_init(|| {
                    let plain = self.plain();
                    compress(&plain, encoding).unwrap_or(plain)
                })
                .clone(),
        }
    }

    fn slot(&self, encoding: Encoding) -> Option<&OnceLock<Bytes>> {
        match encoding {
            Encoding::Identity => None,
            Encoding::Brotli => Some(&self.compressed[0]),
            Encoding::Zstd => Some(&self.compressed[1]),
            Encoding::Gzip => Some(&self.compressed[2]),
        }
    }
}

/// All files that are rendered ahead: the merged feed, categories and named views in three formats each.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// By path, percent-encoded: `/feed.xml`, `/category/%E6%8A%80/atom.xml`.
    pub files: BTreeMap<String, Arc<RenderedFile>>,
    /// Grows with every rendering; what is kept of an older one is stale.
    pub generation: u64,
    /// Made from an open store in this process, not read from the folder of an earlier one.
    pub from_store: bool,
    /// Tells what it was made of ([`super::render::stamp`]); none where it depends on the time too.
    pub stamp: Option<String>,
    /// Whether the folder of rendered feeds has these files: on a full disk it has older ones.
    pub is_saved: bool,
}

impl Rendered {
    /// The file at this path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&Arc<RenderedFile>> {
        self.files.get(path)
    }

    /// The same files, which are known to be what the open store says: packed as after a rendering.
    #[must_use]
    pub fn confirmed(&self) -> Self {
        let packed = |(path, file): (&String, &Arc<RenderedFile>)| (path.clone(), Arc::new(RenderedFile::clone(file).pack()));
        let files = self.files.iter().map(packed).collect();
        Self { files, generation: self.generation + 1, from_store: true, stamp: self.stamp.clone(), is_saved: self.is_saved }
    }

    /// Adds a file; where `previous` has the same bytes at the same path, that one with its compressed forms and date is kept.
    pub fn insert(&mut self, path: String, file: RenderedFile, previous: &Self) {
        let same = |old: &&Arc<RenderedFile>| {
            (&old.hash, old.content_type, old.last_modified) == (&file.hash, file.content_type, file.last_modified)
        };
        let file = match previous.files.get(&path).filter(same) {
            Some(old) if old.packed.is_some() || old.len < PACKED_BYTES_MIN => Arc::clone(old),
            // Read from a file at start, when there is no time for packing.
            Some(old) => Arc::new(RenderedFile { compressed: old.compressed.clone(), ..file.pack() }),
            None => Arc::new(file.pack()),
        };
        self.files.insert(path, file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p11_each_form_has_its_own_strong_etag() {
        let file = RenderedFile::new("x".repeat(5000), "text/plain", None);
        let tags: std::collections::BTreeSet<&str> = Encoding::ALL.iter().map(|encoding| file.etag(*encoding).to_str().unwrap()).collect();
        assert_eq!(tags.len(), Encoding::ALL.len());
        assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')));
    }

    #[test]
    fn a_packed_file_answers_with_the_same_bytes_in_every_form() {
        let text: String = (0..20_000).map(|number| format!("{number} ")).collect();
        let file = || RenderedFile::new(text.clone(), "application/rss+xml", None);
        let packed = file().pack();
        assert_eq!((packed.len(), packed.etag(Encoding::Identity)), (text.len(), file().etag(Encoding::Identity)));
        assert!(packed.packed.as_ref().is_some_and(|packed| packed.len() < text.len() / 2));
        assert!(packed.ready(Encoding::Identity).is_none(), "making it is no work for those who serve");
        for encoding in [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip] {
            assert_eq!(packed.form(encoding), file().form(encoding));
        }
        assert!(packed.plain.get().is_none(), "nobody asked for the plain form");
        assert_eq!(packed.as_type("text/xml").form(Encoding::Identity), text);
        assert_eq!(packed.form(Encoding::Identity), text);
        assert_eq!(packed.ready(Encoding::Identity).unwrap(), text);
        assert_eq!(packed.pack().plain(), text);
        let mut read = Rendered::default();
        read.files.insert("/a".into(), Arc::new(file()));
        let gzip = read.files["/a"].form(Encoding::Gzip);
        let mut next = Rendered::default();
        next.insert("/a".into(), file(), &read);
        assert!(next.files["/a"].ready(Encoding::Identity).is_none(), "what was read at start is packed at the first rendering");
        assert_eq!(next.files["/a"].ready(Encoding::Gzip), Some(gzip));
        let confirmed = Rendered { stamp: Some("of this".into()), ..read }.confirmed();
        assert!(confirmed.from_store && confirmed.generation == 1 && confirmed.stamp.as_deref() == Some("of this"));
        assert!(confirmed.files["/a"].ready(Encoding::Identity).is_none() && confirmed.files["/a"].ready(Encoding::Gzip).is_some());
        assert_eq!(confirmed.files["/a"].plain(), text);
        let small = RenderedFile::new("x", "text/plain", None).pack();
        assert!(small.packed.is_none() && small.ready(Encoding::Identity).is_some());
    }

    #[test]
    fn p7_a_file_that_did_not_change_is_the_same_file_with_its_compressed_forms() {
        let mut first = Rendered::default();
        first.insert("/a".into(), RenderedFile::new("x", "text/plain", None), &Rendered::default());
        let mut second = Rendered::default();
        second.insert("/a".into(), RenderedFile::new("x", "text/plain", None), &first);
        second.insert("/b".into(), RenderedFile::new("x", "text/plain", None), &first);
        assert!(Arc::ptr_eq(&first.files["/a"], &second.files["/a"]));
    }
}
