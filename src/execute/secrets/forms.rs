//! The forms in which a configured secret may come back.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

/// A shorter text stands in too many places by chance; what is so short is no secret.
const SHORTEST: usize = 6;

/// The secrets of configured header lines, as they are: each value, the credentials after a scheme, what is behind the
/// Base64 of `Basic`, the value of each cookie, and the parts of a signed token.
pub(super) fn configured<'v>(values: impl Iterator<Item = &'v str>) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    for value in values {
        plain.push(value.to_owned());
        plain.extend(cookies(value));
        let Some((scheme, credentials)) = value.split_once(' ') else { continue };
        plain.push(credentials.trim().to_owned());
        if credentials.trim().starts_with("eyJ") {
            plain.extend(credentials.trim().split('.').map(str::to_owned));
        }
        if scheme.eq_ignore_ascii_case("basic")
            && let Some(pair) = STANDARD.decode(credentials.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        {
            plain.extend(
                pair.split_once(':').into_iter().flat_map(|(user, password)| [user, password]).map(str::to_owned),
            );
            plain.push(pair);
        }
    }
    plain.retain(|secret| is_long_enough(secret));
    plain
}

/// Whether a text is long enough to be a secret.
pub(super) fn is_long_enough(text: &str) -> bool {
    text.len() >= SHORTEST
}

/// The values in a line of cookies, of which only the first of Set-Cookie is one (RFC 6265 section 4).
pub(super) fn cookies(line: &str) -> impl Iterator<Item = String> + '_ {
    /// Attributes of Set-Cookie, whose values say nothing secret.
    const ATTRIBUTES: [&str; 7] = ["expires", "max-age", "domain", "path", "secure", "httponly", "samesite"];
    let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
    let secret = pairs.filter(|(name, _)| !ATTRIBUTES.iter().any(|attribute| attribute.eq_ignore_ascii_case(name)));
    secret.map(|(_, value)| value.trim_matches('"').to_owned()).filter(|value| value.len() >= SHORTEST)
}

/// A secret as it is, percent-encoded, escaped in JSON, and as Base64 encodes it at any offset.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    for (upper, whole) in [(true, false), (false, false), (true, true), (false, true)] {
        let encoded = |byte: u8| match (kept(byte) && !whole, upper) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        let all: String = secret.bytes().map(encoded).collect();
        forms.push(all.replace("%20", "+"));
        forms.push(all);
    }
    let quoted = Value::from(secret).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted);
    forms.push(inner.to_owned());
    forms.push(inner.replace('/', "\\/"));
    forms.push(secret.replace(' ', "+"));
    forms.push(hexadecimal(secret));
    forms.extend(base64(secret));
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn hexadecimal(secret: &str) -> String {
    secret.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// As Base64 has a secret, in either alphabet, at each of the three places at which it may begin in a group of bytes.
fn base64(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for offset in 0..3usize {
        let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(secret.bytes()).collect();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        // The first and last digits depend on what stands around the secret.
        let front = (offset * 8).div_ceil(6);
        let back = usize::from(!padded.len().is_multiple_of(3));
        let inner = encoded.get(front..encoded.len().saturating_sub(back)).unwrap_or_default();
        if inner.len() >= 8 {
            forms.push(inner.replace('+', "-").replace('/', "_"));
            forms.push(inner.to_owned());
        }
    }
    forms
}

/// The pieces of a secret of which each is enough of it to be one: a target may send it back in halves, or cut.
pub(super) fn pieces(secret: &str) -> Vec<String> {
    /// Of a shorter secret a piece is too short.
    const SHORTEST_IN_PIECES: usize = 12;
    /// Digits, of which many stand in every response.
    const SHORTEST_OF_DIGITS: usize = 12;
    // What has several parts has each of them as a secret beside it.
    if secret.len() < SHORTEST_IN_PIECES || secret.contains([' ', ';']) {
        return Vec::new();
    }
    let shortest = match secret.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        true => SHORTEST_OF_DIGITS,
        false => (secret.len() / 2).clamp(8, SHORTEST_OF_DIGITS),
    };
    let mut pieces = windows(secret, shortest);
    pieces.extend(base64(secret).iter().flat_map(|form| windows(form, 12)));
    pieces.extend(windows(&hexadecimal(secret), 16));
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// Every part of a text that has so many bytes, but for those that would begin or end within a character.
fn windows(text: &str, length: usize) -> Vec<String> {
    let begins = 0..(text.len() + 1).saturating_sub(length);
    begins.filter_map(|begin| text.get(begin..begin + length)).map(str::to_owned).collect()
}
