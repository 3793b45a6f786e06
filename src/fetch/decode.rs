//! Content codings undone with a cap (F32, S5): gzip of several members, br, zstd, deflate with and without its zlib frame, and chains of them.
//!
//! A label that lies is not the reader's fault: a body that is plainly not what its header says is used as it came, with a note.

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::FetchError;

/// Codings that may be stacked upon each other. Real publishers use one; two are a proxy's mistake; more are an attack.
const CODINGS_MAX: usize = 4;

/// Decoded at a time. A decoder that meets damage gives back nothing of the piece at hand, so this is what is lost of a cut body.
const PIECE_BYTES: usize = 512;

/// Other tasks get their turn after so many pieces.
const PIECES_PER_TURN: usize = 128;

/// What became of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) body: Bytes,
    pub(super) notes: Vec<String>,
    /// The end is missing.
    pub(super) cut: bool,
}

/// Undoes the codings of `Content-Encoding` (in the order of the header), never holding more than `cap_bytes` decoded bytes.
pub(super) async fn decode(raw: Bytes, content_encoding: &str, cap_bytes: u64) -> Result<Decoded, FetchError> {
    let labels: Vec<String> =
        content_encoding.split(',').map(|label| label.trim().to_ascii_lowercase()).filter(|label| !label.is_empty()).collect();
    if labels.len() > CODINGS_MAX {
        return Err(FetchError::Limit(format!("the body is packed {} times over; {CODINGS_MAX} are undone at most", labels.len())));
    }
    let mut decoded = Decoded { body: raw, notes: Vec::new(), cut: false };
    for label in labels.iter().rev() {
        decoded = one(decoded, label, cap_bytes).await?;
    }
    // A file feed.xml.gz served as it lies there, without a label.
    if labels.is_empty() && is_gzip(&decoded.body) {
        decoded = one(decoded, "gzip", cap_bytes).await?;
        decoded.notes.push("the body was gzip although no header said so".into());
    }
    Ok(decoded)
}

async fn one(mut input: Decoded, label: &str, cap_bytes: u64) -> Result<Decoded, FetchError> {
    let raw = input.body.clone();
    if raw.is_empty() {
        return Ok(input);
    }
    let reader: &[u8] = &raw;
    let (plausible, out) = match label {
        "identity" => return Ok(input),
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(reader);
            decoder.multiple_members(true);
            (is_gzip(&raw), read(decoder, cap_bytes).await)
        }
        "br" => (!looks_plain(&raw), read(BrotliDecoder::new(reader), cap_bytes).await),
        "zstd" => {
            let mut decoder = ZstdDecoder::new(reader);
            decoder.multiple_members(true);
            (raw.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]), read(decoder, cap_bytes).await)
        }
        // RFC 9110 means the zlib frame; some servers send the bare stream.
        "deflate" if is_zlib(&raw) => (true, read(ZlibDecoder::new(reader), cap_bytes).await),
        "deflate" => (!looks_plain(&raw), read(DeflateDecoder::new(reader), cap_bytes).await),
        other => {
            input.notes.push(format!("the body is labelled \"{}\", which is no coding; it was used as it came", other.escape_debug()));
            return Ok(input);
        }
    };
    match out {
        Out::Whole(body) => Ok(Decoded { body, ..input }),
        Out::TooLong => Err(too_long(cap_bytes)),
        Out::Broken(_, _) if !plausible => {
            input.notes.push(format!("the body is labelled {label} but is not; it was used as it came"));
            Ok(input)
        }
        Out::Broken(body, why) if body.is_empty() => {
            Err(FetchError::Body(format!("the {label} body is damaged from its beginning ({why}); the publisher has to mend it")))
        }
        Out::Broken(body, why) => {
            input.notes.push(format!("the {label} body breaks off after {} bytes ({why}); it was read as far as it goes", body.len()));
            Ok(Decoded { body, cut: true, ..input })
        }
    }
}

/// The sentence for a body over the cap.
pub(super) fn too_long(cap_bytes: u64) -> FetchError {
    FetchError::Limit(format!("the body is longer than {cap_bytes} bytes; max_body of [fetch] sets the limit"))
}

enum Out {
    Whole(Bytes),
    /// What could be read before it broke, and why it broke.
    Broken(Bytes, std::io::Error),
    TooLong,
}

async fn read(mut decoder: impl AsyncRead + Unpin, cap_bytes: u64) -> Out {
    let mut out = Vec::new();
    let mut piece = [0; PIECE_BYTES];
    loop {
        for _ in 0..PIECES_PER_TURN {
            match decoder.read(&mut piece).await {
                Ok(0) => return Out::Whole(out.into()),
                Ok(count) if (out.len() + count) as u64 > cap_bytes => return Out::TooLong,
                Ok(count) => out.extend_from_slice(&piece[..count]),
                Err(why) => return Out::Broken(out.into(), why),
            }
        }
        tokio::task::yield_now().await;
    }
}

fn is_gzip(raw: &[u8]) -> bool {
    raw.starts_with(&[0x1f, 0x8b])
}

fn is_zlib(raw: &[u8]) -> bool {
    raw.len() >= 2 && raw[0] & 0x0f == 8 && (u16::from(raw[0]) << 8 | u16::from(raw[1])).is_multiple_of(31)
}

/// Begins like a text document: what a feed looks like when it is not packed.
fn looks_plain(raw: &[u8]) -> bool {
    let text = raw.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(raw);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'<' | b'{' | b'[')) || raw.starts_with(&[0xff, 0xfe]) || raw.starts_with(&[0xfe, 0xff])
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
    use tokio::io::AsyncWriteExt;

    use super::*;

    const CAP: u64 = 1_000_000;

    macro_rules! packed {
        ($encoder:ident, $plain:expr) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all($plain).await.unwrap();
            encoder.shutdown().await.unwrap();
            Bytes::from(encoder.into_inner())
        }};
    }

    fn feed() -> Vec<u8> {
        let mut text = b"<rss><channel>".to_vec();
        for number in 0..500_u32 {
            text.extend_from_slice(format!("<item><title>{}</title></item>", number.wrapping_mul(2_654_435_761)).as_bytes());
        }
        text
    }

    async fn body(raw: Bytes, label: &str) -> Vec<u8> {
        decode(raw, label, CAP).await.unwrap().body.to_vec()
    }

    #[tokio::test]
    async fn f32_every_coding_is_undone() {
        let plain = feed();
        assert_eq!(body(packed!(GzipEncoder, &plain), "gzip").await, plain);
        assert_eq!(body(packed!(GzipEncoder, &plain), " X-GZIP ").await, plain);
        assert_eq!(body(packed!(BrotliEncoder, &plain), "br").await, plain);
        assert_eq!(body(packed!(ZstdEncoder, &plain), "zstd").await, plain);
        assert_eq!(body(packed!(ZlibEncoder, &plain), "deflate").await, plain);
        assert_eq!(body(packed!(DeflateEncoder, &plain), "deflate").await, plain);
        assert_eq!(body(plain.clone().into(), "identity").await, plain);
        assert_eq!(body(plain.clone().into(), "").await, plain);
    }

    #[tokio::test]
    async fn codings_upon_codings_and_several_members_are_undone() {
        let plain = feed();
        let twice = packed!(GzipEncoder, &packed!(GzipEncoder, &plain));
        assert_eq!(body(twice, "gzip, gzip").await, plain);
        let mixed = packed!(BrotliEncoder, &packed!(GzipEncoder, &plain));
        assert_eq!(body(mixed, "gzip, br").await, plain);
        let members = [packed!(GzipEncoder, &plain), packed!(GzipEncoder, &plain)].concat();
        assert_eq!(body(members.into(), "gzip").await, [plain.clone(), plain.clone()].concat());
        let unlabelled = decode(packed!(GzipEncoder, &plain), "", CAP).await.unwrap();
        assert_eq!((unlabelled.body.to_vec(), unlabelled.notes.len()), (plain, 1));
        assert!(matches!(decode(Bytes::from_static(b"x"), "gzip,gzip,gzip,gzip,gzip", CAP).await, Err(FetchError::Limit(_))));
    }

    #[tokio::test]
    async fn a_plain_body_with_a_lying_label_is_used_as_it_came_and_noted() {
        let plain = feed();
        for label in ["gzip", "br", "zstd", "deflate", "utf-8", "gzip, gzip"] {
            let decoded = decode(plain.clone().into(), label, CAP).await.unwrap();
            assert_eq!(decoded.body, plain, "{label}");
            assert!(!decoded.notes.is_empty() && !decoded.cut, "{label}");
        }
        // Packed once, labelled twice.
        assert_eq!(body(packed!(GzipEncoder, &plain), "gzip, gzip").await, plain);
    }

    #[tokio::test]
    async fn a_cut_body_is_read_as_far_as_it_goes_and_a_damaged_one_is_an_error() {
        let plain = feed();
        for (label, whole) in [
            ("gzip", packed!(GzipEncoder, &plain)),
            ("br", packed!(BrotliEncoder, &plain)),
            ("zstd", packed!(ZstdEncoder, &plain)),
            ("deflate", packed!(ZlibEncoder, &plain)),
        ] {
            // Long enough that every coding has given out a block before the cut.
            let cut = decode(whole.slice(..whole.len() - 20), label, CAP).await;
            match cut {
                Ok(decoded) => {
                    assert!(decoded.cut && decoded.notes.len() == 1, "{label}: {:?}", decoded.notes);
                    assert!(plain.starts_with(&decoded.body) && !decoded.body.is_empty(), "{label}");
                }
                // A coding whose only block is cut has nothing to give.
                Err(FetchError::Body(_)) => assert_eq!(label, "zstd"),
                Err(other) => panic!("{label}: {other}"),
            }
        }
        let damaged = decode(Bytes::from_static(b"\x1f\x8b\x08\0\0\0\0\0\0\xffnothing that inflates"), "gzip", CAP).await;
        assert!(matches!(damaged, Err(FetchError::Body(_))), "{damaged:?}");
    }

    #[tokio::test]
    async fn s5_a_bomb_stops_at_the_cap_in_every_coding() {
        let zeros = vec![0; 4_000_000];
        for (label, bomb) in [
            ("gzip", packed!(GzipEncoder, &zeros)),
            ("br", packed!(BrotliEncoder, &zeros)),
            ("zstd", packed!(ZstdEncoder, &zeros)),
            ("deflate", packed!(ZlibEncoder, &zeros)),
            ("gzip, gzip", packed!(GzipEncoder, &packed!(GzipEncoder, &zeros))),
        ] {
            assert!(bomb.len() < 20_000, "{label} is no bomb: {}", bomb.len());
            assert_eq!(decode(bomb, label, CAP).await, Err(too_long(CAP)), "{label}");
        }
        let members = packed!(GzipEncoder, &zeros[..400_000]).repeat(3);
        assert_eq!(decode(members.into(), "gzip", CAP).await, Err(too_long(CAP)));
    }
}
