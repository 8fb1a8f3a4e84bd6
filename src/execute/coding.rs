//! Takes a content coding off a body, and never makes more of it than a body may have.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// A body without its coding, cut at `limit` bytes, and whether it was cut. What is not of the coding it names is left as
/// it came: that is what the server sent.
pub(super) fn plain(headers: &[(String, String)], body: Vec<u8>, limit: usize) -> (Vec<u8>, bool) {
    let gzip = |value: &str| value.eq_ignore_ascii_case("gzip") || value.eq_ignore_ascii_case("x-gzip");
    let coded = headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("content-encoding") && gzip(value.trim()));
    if !coded || body.is_empty() {
        return (body, false);
    }
    let mut plain = Vec::new();
    // One byte more than is kept tells a body that fits from one that does not.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(body.as_slice()).take(most).read_to_end(&mut plain) {
        Ok(_) => {
            let cut = plain.len() > limit;
            plain.truncate(limit);
            (plain, cut)
        }
        Err(_) => (body, false),
    }
}
