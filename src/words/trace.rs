//! Trace ids by which a server's traces of the requests of a run are found (W3C Trace Context, level 1).
//!
//! Every request is a trace by itself. The first half of the ids of a run follows from what its record says of it, so that a
//! record with ids of another run does not verify; the second half numbers the requests.

use super::digest::of_bytes;

/// The characters of each half.
const HALF: usize = 16;

/// The first half of the trace ids of a run: 16 hexadecimal digits. `started` and `base_url` are as the record has them.
pub fn prefix(started: &str, base_url: &str) -> String {
    half(&format!("patchproof trace\n{started}\n{base_url}"))
}

/// The trace id of a request of a run, by its number: 32 hexadecimal digits.
pub fn id(prefix: &str, number: u64) -> String {
    format!("{prefix}{}", half(&format!("{prefix}\n{number}")))
}

/// The value of `traceparent` for a trace id: one span, sampled.
pub fn parent(id: &str) -> String {
    format!("00-{id}-{}-01", half(id))
}

/// Whether a text is a trace id of a run.
pub fn is_of(id: &str, prefix: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    id.len() == 2 * HALF && id.starts_with(prefix) && id.bytes().all(is_digit)
}

fn half(text: &str) -> String {
    let mut digest = of_bytes(text.as_bytes());
    digest.truncate(HALF);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_run_have_its_prefix_and_are_told_apart() {
        let prefix = prefix("2026-01-01T00:00:00.000Z", "http://127.0.0.1:1/r4");
        let (first, second) = (id(&prefix, 1), id(&prefix, 2));
        assert_ne!(first, second);
        assert!(is_of(&first, &prefix) && is_of(&second, &prefix));
        let other = super::prefix("2026-01-01T00:00:00.001Z", "http://127.0.0.1:1/r4");
        for wrong in [first.to_uppercase(), first[1..].to_owned(), format!("{first}0"), id(&other, 1), String::new()] {
            assert!(!is_of(&wrong, &prefix), "{wrong}");
        }
    }

    #[test]
    fn the_header_has_the_form_that_w3c_trace_context_gives_it() {
        let value = parent(&id(&prefix("", ""), 0));
        let parts: Vec<&str> = value.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        assert_eq!((parts[0], parts[3]), ("00", "01"));
        assert!(parts[1..3].iter().all(|part| part.bytes().any(|byte| byte != b'0')));
    }
}
