//! What has the form of a credential, configured or not: bearer tokens, signed tokens, parameters and members of OAuth,
//! names and passwords in URLs.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex_lite::Regex;

use super::decoded::Decoded;
use super::spans::{Spans, text_length};

/// Members of JSON and parameters of forms and queries whose values are credentials (RFC 6749, RFC 7521, RFC 7009).
const CREDENTIALS: [&str; 9] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    "code_verifier",
    "subject_token",
];

/// The forms of credentials in running text. The group `secret` is what is masked.
struct Forms {
    bearer: Regex,
    signed: Regex,
    parameter: Regex,
    user: Regex,
}

fn forms() -> Option<&'static Forms> {
    static FORMS: OnceLock<Option<Forms>> = OnceLock::new();
    let compiled = || {
        let names = CREDENTIALS.join("|");
        let parameter = format!(r"(?:^|[?&#;\s\x22'])(?:{names})=(?P<secret>[^&\s\x22'<>#;]+)");
        Some(Forms {
            bearer: Regex::new(
                r"(?i)bearer(?:\s|%20|\+)+(?P<secret>[a-z0-9\-._~+/]{16,})(?:(?:==)?\x22|=*(?:\s|$|[,;<&'\\]))",
            )
            .ok()?,
            signed: Regex::new(r"(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)").ok()?,
            parameter: Regex::new(&parameter).ok()?,
            user: Regex::new(r"(?i)https?://(?P<secret>[^/\s\x22'<>@?#]+)@").ok()?,
        })
    };
    FORMS.get_or_init(compiled).as_ref()
}

/// Adds what looks like a credential in a text that stands at `place`.
pub(super) fn look_alikes(text: &str, place: usize, spans: &mut Spans) {
    let Some(forms) = forms() else { return };
    // Bodies are long and seldom hold any of these: a look for a fixed text is cheap.
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let wanted = [
        (&forms.bearer, has(&["earer", "EARER"])),
        (&forms.signed, has(&["eyJ"])),
        (&forms.parameter, has(&["="]) && has(&CREDENTIALS)),
        (&forms.user, has(&["://"]) && has(&["@"])),
    ];
    for (form, _) in wanted.into_iter().filter(|(_, wanted)| *wanted) {
        let found = form.captures_iter(text).filter_map(|captures| captures.name("secret"));
        found.for_each(|secret| spans.add(place + secret.start(), place + secret.end()));
    }
}

/// Adds the values of members of JSON that are credentials: the content of a string, and any other value as a whole.
/// A name may be written with escapes, too.
pub(super) fn members(bytes: &[u8], spans: &mut Spans) {
    static NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let compiled = || {
        let names = CREDENTIALS.map(|name| format!("\"{name}\""));
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok()
    };
    let Some(names) = NAMES.get_or_init(compiled) else { return };
    let view = Decoded::of_json(bytes);
    for name in names.find_iter(view.as_ref().map_or(bytes, |view| view.bytes.as_slice())) {
        let behind = view.as_ref().map_or(name.end(), |view| view.source(name.end()));
        match value_at(bytes, behind) {
            Some(Found::Text(begin, end)) => spans.add(begin, end),
            Some(Found::Other(begin, end)) => spans.add_value(begin, end),
            None => {}
        }
    }
}

/// The value of a member, as a half-open range.
enum Found {
    /// What stands between the quotation marks.
    Text(usize, usize),
    Other(usize, usize),
}

/// The value behind a name that ends at `place`; `None` where no value follows.
fn value_at(bytes: &[u8], place: usize) -> Option<Found> {
    let begin = blank(bytes, place);
    let begin = (bytes.get(begin) == Some(&b':')).then(|| blank(bytes, begin + 1))?;
    let rest = bytes.get(begin..)?;
    match rest.first()? {
        b'"' => Some(Found::Text(begin + 1, begin + 1 + text_length(rest.get(1..)?))),
        // JSON inside a string of JSON: the quotation marks themselves are escaped.
        b'\\' if rest.get(1) == Some(&b'"') => {
            let inner = rest.get(2..)?;
            let length = inner.windows(2).position(|pair| pair == b"\\\"").unwrap_or(inner.len());
            Some(Found::Text(begin + 2, begin + 2 + length.min(text_length(inner))))
        }
        b'{' | b'[' => Some(Found::Other(begin, begin + nested_length(rest))),
        _ => {
            let ends = |byte: &u8| b",}] \t\r\n".contains(byte);
            Some(Found::Other(begin, begin + rest.iter().position(ends).unwrap_or(rest.len())))
        }
    }
}

fn blank(bytes: &[u8], place: usize) -> usize {
    let rest = bytes.get(place..).unwrap_or_default();
    place + rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

/// How long an object or an array is, with its brackets; all that is left where it does not end.
fn nested_length(bytes: &[u8]) -> usize {
    let (mut place, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(place) {
        place += 1;
        match byte {
            b'"' => place += text_length(bytes.get(place..).unwrap_or_default()) + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    place.min(bytes.len())
}
