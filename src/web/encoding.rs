//! Content codings: which one a reader wants, and how it is made.

use std::io::Write;

use bytes::Bytes;

/// Below this many bytes compression saves nothing worth an own ETag.
pub const COMPRESSED_BYTES_MIN: usize = 512;

/// Brotli's level: 5 is about as fast as gzip -6 and a fifth smaller. A feed is compressed once and sent often, but polls never stop either.
const BROTLI_LEVEL: u32 = 5;

/// Brotli's window, as a power of two.
const BROTLI_WINDOW_BITS: u32 = 22;

/// zstd's level.
const ZSTD_LEVEL: i32 = 9;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
    /// RFC 1952.
    Gzip,
    /// Plain.
    Identity,
}

impl Encoding {
    /// All, best first: where a reader likes several equally, the first of them is sent.
    pub const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// Its name in headers and ETags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The one that `Accept-Encoding` likes best (RFC 9110, 12.5.3). No header means plain: the robots that send none often cannot decode.
    #[must_use]
    pub fn choose(accept: Option<&str>) -> Self {
        let Some(accept) = accept else { return Self::Identity };
        let mut named: [Option<u16>; 4] = [None; 4];
        let mut others: Option<u16> = None;
        for part in accept.split(',') {
            let mut words = part.split(';').map(str::trim);
            let name = words.next().unwrap_or_default();
            let weight = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q="))).map_or(Some(1000), weight);
            let Some(weight) = weight else { continue };
            if name == "*" {
                others = Some(weight);
            } else if let Some(at) = Self::ALL.iter().position(|encoding| {
                name.eq_ignore_ascii_case(encoding.name()) || (*encoding == Self::Gzip && name.eq_ignore_ascii_case("x-gzip"))
            }) {
                named[at] = Some(weight);
            }
        }
        let weight_of = |at: usize| match named[at].or(others) {
            Some(weight) => weight,
            // Plain is always welcome unless refused, but less than anything asked for.
            None => u16::from(Self::ALL[at] == Self::Identity),
        };
        let mut best = (Self::Identity, 0);
        for (at, encoding) in Self::ALL.iter().enumerate() {
            if weight_of(at) > best.1 {
                best = (*encoding, weight_of(at));
            }
        }
        best.0
    }
}

/// `0.8` in thousandths; nothing for what is no weight.
fn weight(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = part.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The compressed form, the same bytes every time. `None` where the coder refuses, which writing to memory it does not.
#[must_use]
pub fn compress(bytes: &[u8], encoding: Encoding) -> Option<Bytes> {
    let out = match encoding {
        Encoding::Identity => return Some(Bytes::copy_from_slice(bytes)),
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).and_then(|()| writer.finish()).ok()?
        }
        Encoding::Brotli => {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_LEVEL, BROTLI_WINDOW_BITS);
            writer.write_all(bytes).ok()?;
            writer.into_inner()
        }
        Encoding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL).ok()?,
    };
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(accept: &str) -> &'static str {
        Encoding::choose(Some(accept)).name()
    }

    #[test]
    fn p11_the_coding_is_chosen_by_weight() {
        assert_eq!(Encoding::choose(None), Encoding::Identity);
        assert_eq!(choose(""), "identity");
        assert_eq!(choose("gzip, deflate, br, zstd"), "br");
        assert_eq!(choose("gzip;q=1.0, br;q=0.5"), "gzip");
        assert_eq!(choose("br;q=0, *"), "zstd");
        assert_eq!(choose("gzip;q=0"), "identity");
        assert_eq!(choose("identity;q=0, gzip;q=0.001"), "gzip");
        assert_eq!(choose("identity, gzip;q=0.5"), "identity");
        assert_eq!(choose("X-GZIP"), "gzip");
        assert_eq!(choose("gzip;q=nonsense, zstd; q=0.1"), "zstd");
        assert_eq!(choose("deflate"), "identity");
        assert_eq!(choose("*;q=0"), "identity");
    }

    #[test]
    fn every_form_holds_the_same_text() {
        use std::io::Read;
        let text = "一段文字 some text ".repeat(500);
        let mut read = String::new();
        flate2::read::GzDecoder::new(&*compress(text.as_bytes(), Encoding::Gzip).unwrap()).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        read.clear();
        brotli::Decompressor::new(&*compress(text.as_bytes(), Encoding::Brotli).unwrap(), 4096).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        let zstd = zstd::decode_all(&*compress(text.as_bytes(), Encoding::Zstd).unwrap()).unwrap();
        assert_eq!(zstd, text.as_bytes());
    }
}
