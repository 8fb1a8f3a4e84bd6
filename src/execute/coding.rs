//! Takes content codings off a body, and never makes more of it than a body may have.

use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use crate::words::coding::{Coding, applied};

/// A body without its codings, cut at `limit` bytes, and whether it was cut. A body that does not decode as its
/// Content-Encoding says, or has a coding that is not known, is kept as received: that is what the server sent.
pub(super) fn plain(headers: &[(String, String)], body: Vec<u8>, limit: usize) -> (Vec<u8>, bool) {
    if body.is_empty() {
        return (body, false);
    }
    let Some(codings) = applied(headers) else { return (body, false) };
    let mut inner: Option<Vec<u8>> = None;
    // The last coding applied is the first to be undone.
    for coding in codings.iter().rev() {
        let coded = inner.as_deref().unwrap_or(&body);
        match undone(*coding, coded, limit) {
            Some(decoded) if decoded.len() > limit => {
                let mut decoded = decoded;
                decoded.truncate(limit);
                return (decoded, true);
            }
            Some(decoded) => inner = Some(decoded),
            None => return (body, false),
        }
    }
    (inner.unwrap_or(body), false)
}

/// At most one byte more than `limit` of what a coding holds; `None` where the bytes are not of the coding.
fn undone(coding: Coding, coded: &[u8], limit: usize) -> Option<Vec<u8>> {
    match coding {
        Coding::Identity => read(coded, limit),
        Coding::Gzip => read(MultiGzDecoder::new(coded), limit),
        // RFC 9110 means the zlib format; some servers send the bare deflate stream instead.
        Coding::Deflate => read(ZlibDecoder::new(coded), limit).or_else(|| read(DeflateDecoder::new(coded), limit)),
        Coding::Brotli => read(Decompressor::new(coded, BUFFER), limit),
        Coding::Zstd => zstd(coded, limit),
    }
}

/// Bytes that the Brotli decoder reads at a time.
const BUFFER: usize = 4096;

/// A body may have several frames (RFC 8878 section 3.1).
fn zstd(mut coded: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    while !coded.is_empty() && decoded.len() <= limit {
        let frame = StreamingDecoder::new(&mut coded).ok()?;
        decoded.extend(read(frame, limit - decoded.len())?);
    }
    Some(decoded)
}

/// At most one byte more than `limit`: it tells a body that fits from one that does not.
fn read(from: impl Read, limit: usize) -> Option<Vec<u8>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoded = Vec::new();
    from.take(most).read_to_end(&mut decoded).ok()?;
    Some(decoded)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = br#"{"resourceType":"Appointment"}"#;
    /// TEXT as the `brotli` and `zstd` commands write it.
    const BROTLI: &[u8] = &[
        0x1b, 0x1d, 0x00, 0xf8, 0xa5, 0x45, 0x74, 0xf6, 0xfa, 0xf4, 0x20, 0x8a, 0x58, 0x02, 0x8d, 0xfc, 0x85, 0x99,
        0x9f, 0x0a, 0x49, 0xf1, 0x32, 0x46, 0x38,
    ];
    const ZSTD: &[u8] = &[
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0xf1, 0x00, 0x00, 0x7b, 0x22, 0x72, 0x65, 0x73, 0x6f, 0x75, 0x72, 0x63,
        0x65, 0x54, 0x79, 0x70, 0x65, 0x22, 0x3a, 0x22, 0x41, 0x70, 0x70, 0x6f, 0x69, 0x6e, 0x74, 0x6d, 0x65, 0x6e,
        0x74, 0x22, 0x7d, 0xc9, 0x4a, 0x6a, 0xe9,
    ];

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(lines: &[&str], body: Vec<u8>, limit: usize) -> (Vec<u8>, bool) {
        let headers: Vec<(String, String)> =
            lines.iter().map(|line| ("content-encoding".to_owned(), (*line).to_owned())).collect();
        plain(&headers, body, limit)
    }

    #[test]
    fn each_coding_is_undone() {
        let table: [(&[&str], Vec<u8>); 13] = [
            (&[], TEXT.to_vec()),
            (&[""], TEXT.to_vec()),
            (&["identity"], TEXT.to_vec()),
            (&["gzip"], gzip(TEXT)),
            (&["X-GZip"], gzip(TEXT)),
            (&["deflate"], zlib(TEXT)),
            (&["deflate"], deflate(TEXT)),
            (&["br"], BROTLI.to_vec()),
            (&["zstd"], ZSTD.to_vec()),
            (&["zstd"], [ZSTD, ZSTD].concat()),
            (&["deflate, gzip"], gzip(&zlib(TEXT))),
            (&["br", " gzip , identity"], gzip(BROTLI)),
            (&["GZIP"], [gzip(&TEXT[..9]), gzip(&TEXT[9..])].concat()),
        ];
        for (lines, body) in table {
            let (found, cut) = decoded(lines, body, 1000);
            let expected = if found.len() > TEXT.len() { [TEXT, TEXT].concat() } else { TEXT.to_vec() };
            assert_eq!((found, cut), (expected, false), "{lines:?}");
        }
    }

    #[test]
    fn what_does_not_decode_is_kept_as_received() {
        for lines in [["gzip"], ["deflate"], ["br"], ["zstd"], ["compress"], ["utf-8"], ["gzip, compress"]] {
            assert_eq!(decoded(&lines, TEXT.to_vec(), 1000), (TEXT.to_vec(), false), "{lines:?}");
        }
        for (line, whole) in
            [("gzip", gzip(TEXT)), ("deflate", zlib(TEXT)), ("br", BROTLI.to_vec()), ("zstd", ZSTD.to_vec())]
        {
            let half = whole[..whole.len() - 6].to_vec();
            assert_eq!(decoded(&[line], half.clone(), 1000), (half, false), "{line}");
        }
        assert_eq!(decoded(&["gzip"], Vec::new(), 1000), (Vec::new(), false));
    }

    #[test]
    fn a_bomb_is_bounded_by_the_limit() {
        let zeros = vec![b'0'; 10_000_000];
        for (line, bomb) in [("gzip", gzip(&zeros)), ("deflate", deflate(&zeros)), ("gzip, gzip", gzip(&gzip(&zeros)))]
        {
            let (found, cut) = decoded(&[line], bomb, 50_000);
            assert_eq!((found.len(), cut), (50_000, true), "{line}");
        }
        let (found, cut) = decoded(&["br"], BROTLI.to_vec(), 5);
        assert_eq!((found.as_slice(), cut), (&TEXT[..5], true));
        let (found, cut) = decoded(&["zstd"], [ZSTD, ZSTD].concat(), TEXT.len());
        assert_eq!((found.as_slice(), cut), (TEXT, true));
    }
}
