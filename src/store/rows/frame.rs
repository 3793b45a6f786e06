//! The frame around a row: version, checksum, compression, chunks.
//!
//! sled 0.34 moves a page that outgrows half a segment into a file of its own, and no flush of it makes that file durable. With values
//! of at most [`CHUNK_BYTES_MAX`] no such file arises (measured), so a long row is cut into chunks under consecutive keys.

use super::{RowError, keys};

/// Longest value handed to the storage engine.
pub const CHUNK_BYTES_MAX: usize = 7_000;
/// Longest row before compression. A publisher's document is bounded below that (`[fetch] max_body`).
pub const ROW_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The version of rows that this program writes.
pub const VERSION: u8 = 1;

const CHECKSUM_BYTES: usize = 8;
/// Version, checksum, number of chunks of the row.
const HEADER_BYTES: usize = 1 + CHECKSUM_BYTES + 2;
const PAYLOAD_BYTES_MAX: usize = CHUNK_BYTES_MAX - HEADER_BYTES;
/// What stands before the content: its length before compression.
const LENGTH_BYTES: usize = 4;
/// Longest content that is not compressed: it fits into one chunk.
pub const PLAIN_BYTES_MAX: usize = PAYLOAD_BYTES_MAX - LENGTH_BYTES;
/// Against level 3: a twentieth larger, for half the time, which was an eighth of a cold cycle (measured).
const ZSTD_LEVEL: i32 = 1;
/// For rows that are written once and read for long: an eighth smaller than at level 1, at a quarter of the speed (measured); levels beyond give
/// little more.
const ZSTD_LEVEL_HARD: i32 = 6;

/// The checksum of these parts, cut to the length wanted.
#[must_use]
pub fn checksum<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut out = [0; N];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..N]);
    out
}

/// The chunks of a row: keys and values.
pub type Chunks = Vec<(Vec<u8>, Vec<u8>)>;

/// What rows of version 1 are compressed with: pieces that many articles have, found by zstd in the corpus
/// (`cargo bench --bench store -- --train FILE`). It makes short rows a third smaller. Never to be changed: nothing of version 1 could be read.
const DICTIONARY: &[u8] = include_bytes!("dictionary-1.zdict");

/// Rows from this length on are compressed without the dictionary, where no time is to be taken: it makes packs of articles of 2 KB a hundredth
/// smaller, and takes twice as long to find what a row has of it (measured). A frame says by itself whether it needs it, so one unpacker reads both.
const LONG_BYTES_MIN: usize = 16 * 1024;

/// Compresses rows; keeps its working memory between them.
pub struct Packer {
    /// With the dictionary.
    inner: zstd::bulk::Compressor<'static>,
    /// For rows from [`LONG_BYTES_MIN`] on, where they go without it.
    for_long: Option<zstd::bulk::Compressor<'static>>,
}

impl Packer {
    /// A packer.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> Result<Self, RowError> {
        Ok(Self { inner: compressor(ZSTD_LEVEL, DICTIONARY)?, for_long: Some(compressor(ZSTD_LEVEL, &[])?) })
    }

    /// A packer that takes its time.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn hard() -> Result<Self, RowError> {
        Ok(Self { inner: compressor(ZSTD_LEVEL_HARD, DICTIONARY)?, for_long: None })
    }

    /// The chunks of the row `key` with the content `plain`: keys and values to write.
    ///
    /// # Errors
    /// When the row is too long to be stored.
    pub fn pack(&mut self, key: &[u8], plain: &[u8]) -> Result<Chunks, RowError> {
        self.compress(plain)?.cut(key, 1)
    }

    /// The content `plain`, ready to be cut into chunks.
    ///
    /// # Errors
    /// When the row is too long to be stored.
    pub fn compress(&mut self, plain: &[u8]) -> Result<Payload, RowError> {
        if plain.len() > ROW_BYTES_MAX {
            return Err(RowError::Broken(format!("a row of {} bytes is longer than {ROW_BYTES_MAX}", plain.len())));
        }
        let length = u32::try_from(plain.len()).map_err(|why| failed("measure", &why))?;
        let mut payload = length.to_be_bytes().to_vec();
        let compressor = self.for_long.as_mut().filter(|_| plain.len() >= LONG_BYTES_MIN).unwrap_or(&mut self.inner);
        payload.extend(compressor.compress(plain).map_err(|why| failed("compress", &why))?);
        Ok(Payload(payload))
    }
}

fn compressor(level: i32, dictionary: &'static [u8]) -> Result<zstd::bulk::Compressor<'static>, RowError> {
    let mut one = zstd::bulk::Compressor::with_dictionary(level, dictionary).map_err(|why| failed("prepare", &why))?;
    // Ties the chunks of a row together: each has a checksum of its own, but only this one sees chunks of two revisions mixed.
    one.include_checksum(true).map_err(|why| failed("prepare", &why))?;
    Ok(one)
}

/// Set in the length of a row that is not compressed.
const IS_PLAIN: u32 = 1 << 31;

/// The content of a row, compressed or not.
#[derive(Clone, Debug)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// Content as it is. It must fit into one chunk: chunks of two revisions are told apart by what compressing adds.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn plain(plain: &[u8]) -> Result<Self, RowError> {
        let length = u32::try_from(plain.len()).ok().filter(|_| plain.len() <= PLAIN_BYTES_MAX);
        let length = length.ok_or_else(|| RowError::Broken(format!("a row of {} bytes is too long to stay as it is", plain.len())))?;
        Ok(Self([&(length | IS_PLAIN).to_be_bytes(), plain].concat()))
    }

    /// Its length in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// The fewest chunks that it fits into.
    #[must_use]
    pub fn chunks_min(&self) -> usize {
        self.0.len().div_ceil(PAYLOAD_BYTES_MAX)
    }

    /// The chunks of the row `key`: `count` of them, or as many as it needs, none longer than the others by more than a byte.
    ///
    /// # Errors
    /// When the row is too long to be stored.
    pub fn cut(&self, key: &[u8], count: usize) -> Result<Chunks, RowError> {
        let count = count.max(self.chunks_min()).min(self.0.len());
        let number = u16::try_from(count).map_err(|why| failed("cut", &why))?;
        let end = |part: usize| part * self.0.len() / count.max(1);
        let pieces = (0..count).filter_map(|part| self.0.get(end(part)..end(part + 1)));
        Ok(pieces.zip(0..).map(|(piece, at)| seal(keys::chunk(key, at), number, piece)).collect())
    }
}

fn seal(key: Vec<u8>, count: u16, piece: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let sum: [u8; CHECKSUM_BYTES] = checksum(&[&key, &[VERSION], &count.to_be_bytes(), piece]);
    let mut value = Vec::with_capacity(HEADER_BYTES + piece.len());
    value.push(VERSION);
    value.extend_from_slice(&sum);
    value.extend_from_slice(&count.to_be_bytes());
    value.extend_from_slice(piece);
    (key, value)
}

/// One chunk, checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// How many chunks its row has.
    pub count: u16,
    /// Its part of the compressed content.
    pub piece: &'a [u8],
}

/// Checks the chunk `value` that stands under `key` (the whole key, with the number).
///
/// # Errors
/// When it is not what was written there, or a newer program wrote it.
pub fn open<'a>(key: &[u8], value: &'a [u8]) -> Result<Chunk<'a>, RowError> {
    let Some((header, piece)) = value.split_at_checked(HEADER_BYTES) else {
        return Err(RowError::Broken(format!("a row of {} bytes is cut short", value.len())));
    };
    let (version, count) = (header[0], [header[1 + CHECKSUM_BYTES], header[2 + CHECKSUM_BYTES]]);
    let sum: [u8; CHECKSUM_BYTES] = checksum(&[key, &[version], &count, piece]);
    if header[1..=CHECKSUM_BYTES] != sum {
        return Err(RowError::Broken("a row does not match its checksum".into()));
    }
    if version > VERSION {
        return Err(RowError::Newer(version));
    }
    Ok(Chunk { count: u16::from_be_bytes(count), piece })
}

/// Decompresses rows; keeps its working memory between them.
pub struct Unpacker(zstd::bulk::Decompressor<'static>);

impl Unpacker {
    /// An unpacker.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> Result<Self, RowError> {
        Ok(Self(zstd::bulk::Decompressor::with_dictionary(DICTIONARY).map_err(|why| failed("prepare", &why))?))
    }

    /// The content of a row from the pieces of its chunks, joined in order.
    ///
    /// # Errors
    /// When it is not what was packed.
    pub fn unpack(&mut self, joined: &[u8]) -> Result<Vec<u8>, RowError> {
        let Some((length, packed)) = joined.split_first_chunk::<LENGTH_BYTES>() else {
            return Err(RowError::Broken("a row is empty".into()));
        };
        let length = u32::from_be_bytes(*length);
        if length & IS_PLAIN != 0 {
            let is_whole = packed.len() == (length & !IS_PLAIN) as usize;
            return if is_whole { Ok(packed.to_vec()) } else { Err(RowError::Broken("a row is not as long as it says".into())) };
        }
        let length = length as usize;
        if length > ROW_BYTES_MAX {
            return Err(RowError::Broken(format!("a row claims {length} bytes")));
        }
        let plain = self.0.decompress(packed, length).map_err(|why| failed("decompress", &why))?;
        if plain.len() == length { Ok(plain) } else { Err(RowError::Broken("a row is shorter than it says".into())) }
    }
}

fn failed(what: &str, why: &dyn std::fmt::Display) -> RowError {
    RowError::Broken(format!("could not {what} a row: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(chunks: &[(Vec<u8>, Vec<u8>)]) -> Result<Vec<u8>, RowError> {
        let mut joined = Vec::new();
        for (key, value) in chunks {
            joined.extend_from_slice(open(key, value)?.piece);
        }
        Unpacker::new()?.unpack(&joined)
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        blake3::Hasher::new().finalize_xof().fill(&mut out);
        out
    }

    #[test]
    fn a_long_row_is_cut_into_values_that_make_no_blob_file() {
        let plain = noise(100_000);
        let chunks = Packer::new().unwrap().pack(b"key", &plain).unwrap();
        assert_eq!(chunks.len(), 15);
        assert!(chunks.iter().all(|(_, value)| value.len() <= CHUNK_BYTES_MAX));
        assert_eq!(read(&chunks).unwrap(), plain);
    }

    #[test]
    fn a_row_is_cut_into_as_many_chunks_as_are_asked_for_but_none_too_long_or_empty() {
        let packed = Packer::new().unwrap().compress(&noise(20_000)).unwrap();
        for (asked, given) in [(0, 3), (1, 3), (3, 3), (4, 4), (27, 27), (60_000, packed.bytes())] {
            let chunks = packed.cut(b"key", asked).unwrap();
            assert_eq!(chunks.len(), given);
            let lengths: Vec<usize> = chunks.iter().map(|(_, value)| value.len()).collect();
            let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
            assert!(*most <= CHUNK_BYTES_MAX && most - least <= 1 && *least > HEADER_BYTES, "{least} to {most}");
            assert_eq!(read(&chunks).unwrap(), noise(20_000));
        }
    }

    #[test]
    fn a_row_that_is_not_compressed_is_read_back_and_fits_into_one_chunk() {
        for plain in [&b""[..], b"a", &noise(PAYLOAD_BYTES_MAX - LENGTH_BYTES)] {
            let chunks = Payload::plain(plain).unwrap().cut(b"key", 1).unwrap();
            assert_eq!((chunks.len(), read(&chunks).unwrap()), (1, plain.to_vec()));
        }
        assert!(Payload::plain(&noise(PAYLOAD_BYTES_MAX)).is_err());
        assert!(Unpacker::new().unwrap().unpack(&Payload::plain(b"abc").unwrap().0[..6]).is_err());
    }

    #[test]
    fn r11_the_dictionary_of_version_1_is_what_it_always_was() {
        assert_eq!(blake3::hash(DICTIONARY).to_hex().as_str(), "f9d570b6178f0c4336477afde3548d4b8040544cac76d75602ee9b00bfbd21cd");
    }

    #[test]
    fn r5_a_flipped_bit_anywhere_in_a_row_is_noticed() {
        let chunks = Packer::new().unwrap().pack(b"key", "文字 and text".repeat(20).as_bytes()).unwrap();
        let (key, value) = &chunks[0];
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(key, &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn r5_a_row_under_another_key_and_chunks_of_two_revisions_are_noticed() {
        let mut packer = Packer::new().unwrap();
        let old = packer.pack(b"key", &noise(20_000)).unwrap();
        let mut text = noise(20_000);
        text[0] ^= 1;
        text[19_999] ^= 1;
        let new = packer.pack(b"key", &text).unwrap();
        assert!(open(b"other\0\0", &old[0].1).is_err());
        assert!(read(&[new[0].clone(), new[1].clone(), old[2].clone()]).is_err());
    }

    #[test]
    fn r11_a_row_of_a_newer_version_is_refused_as_newer() {
        let (key, mut value) = Packer::new().unwrap().pack(b"key", b"text").unwrap().remove(0);
        value[0] = VERSION + 1;
        let sum: [u8; CHECKSUM_BYTES] = checksum(&[&key, &[VERSION + 1], &1u16.to_be_bytes(), &value[HEADER_BYTES..]]);
        value[1..=CHECKSUM_BYTES].copy_from_slice(&sum);
        assert_eq!(open(&key, &value), Err(RowError::Newer(VERSION + 1)));
    }

    proptest! {
        #[test]
        fn whatever_is_packed_is_read_back(plain in proptest::collection::vec(any::<u8>(), 0..20_000)) {
            prop_assert_eq!(read(&Packer::new().unwrap().pack(b"k", &plain).unwrap()).unwrap(), plain);
        }

        #[test]
        fn reading_garbage_never_panics(value in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(open(b"k", &value).is_err());
            let _ = Unpacker::new().unwrap().unpack(&value);
        }
    }
}
