//! Paths of URLs: whether a request for one stays below the base it is appended to.

/// Why a path may lead elsewhere than it says, in words that follow "the path"; `None` for one that begins with a slash
/// and stays below it, however often a server decodes it.
pub fn path_problem(path: &str) -> Option<&'static str> {
    /// Nobody decodes more often, and a text that still changes then is made to deceive.
    const MOST_DECODED: usize = 5;
    if !path.starts_with('/') {
        return Some("does not begin with a slash");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("has a space, a control character or a letter that is not ASCII in it");
    }
    if path.contains(['?', '#']) {
        return Some("has a query or a fragment in it");
    }
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..MOST_DECODED {
        if bytes.contains(&b'\\') {
            return Some("has a backslash in it");
        }
        if bytes.iter().any(u8::is_ascii_control) {
            return Some("has a control character in it");
        }
        if bytes.split(|byte| *byte == b'/').any(|segment| matches!(segment, b"." | b"..")) {
            return Some("has a segment `.` or `..` in it");
        }
        let decoded = decoded(&bytes);
        if decoded == bytes {
            return None;
        }
        bytes = decoded;
    }
    Some("is percent-encoded over and over")
}

/// Bytes with each `%xx` replaced once.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let pair = (*byte == b'%').then(|| Some(digit(bytes.get(place + 1))? * 16 + digit(bytes.get(place + 2))?));
        match pair.flatten().and_then(|value| u8::try_from(value).ok()) {
            Some(value) => {
                out.push(value);
                place += 3;
            }
            None => {
                out.push(*byte);
                place += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_known_in_every_form() {
        for sound in [
            "/",
            "/Appointment/1",
            "/Appointment/1/_history/2",
            "/Appointment/a..b",
            "/Appointment/$validate",
            "/appointment/%41",
            "/Appointment/%2Fx",
            "/Appointment/100%",
            "//x",
        ] {
            assert_eq!(path_problem(sound), None, "{sound}");
        }
        for wrong in [
            "",
            "Appointment/1",
            "@other.test/x",
            ".other.test/x",
            ":8080/x",
            "/..",
            "/Appointment/../admin",
            "/Appointment/.",
            "/Appointment/%2e%2e/admin",
            "/Appointment/.%2E/admin",
            "/Appointment/%252e%252e/admin",
            "/Appointment/1%2f..%2fadmin",
            "/Appointment/..\\admin",
            "/Appointment/%5c..%5cadmin",
            "/Appointment/1\r\nX: y",
            "/Appointment/1%0d%0aX:%20y",
            "/Appointment/1%250a",
            "/Appointment/1%00",
            "/Appointment/1 2",
            "/Appointment/é",
            "/Appointment/1?x",
            "/Appointment/1#x",
            "/%25252525252525",
        ] {
            assert!(path_problem(wrong).is_some(), "{wrong}");
        }
    }
}
