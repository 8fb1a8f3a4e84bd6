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
    forms.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
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
