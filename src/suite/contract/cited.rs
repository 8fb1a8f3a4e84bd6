//! The requirement ids that any text of a document cites, in whatever position.

use crate::words::yaml::{Node, Span};

/// What every id begins with.
const START: &str = "APPT-";

/// Every id in a tree, in keys, values and prose, with its place. Where a text is written with escapes or over several
/// lines, the place is that of the whole text.
pub fn cited(node: &Node) -> Vec<(Span, &str)> {
    let mut found = Vec::new();
    walk(node, &mut found);
    found
}

fn walk<'n>(node: &'n Node, found: &mut Vec<(Span, &'n str)>) {
    if let Some(text) = node.text() {
        in_text(node.span, text, found);
    }
    for item in node.items() {
        walk(item, found);
    }
    for (key, span, value) in node.entries() {
        in_text(*span, key, found);
        walk(value, found);
    }
}

fn in_text<'n>(span: Span, text: &'n str, found: &mut Vec<(Span, &'n str)>) {
    for (at, _) in text.match_indices(START) {
        let rest = &text[at..];
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-').count();
        let id = rest[..length].trim_end_matches('-');
        let begins_a_word = !text[..at].ends_with(|before: char| before.is_alphanumeric());
        if begins_a_word && id.len() > START.len() {
            // A plain text that has the length of its place is written as it is read.
            let verbatim = span.end - span.start == text.len();
            let place = Span { start: span.start + at, end: span.start + at + id.len() };
            found.push((if verbatim { place } else { span }, id));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::words::yaml::parse;

    #[test]
    fn ids_are_found_in_keys_values_and_prose_with_their_places() {
        let text = "APPT-VER-04: see APPT-VER-05, not XAPPT-VER-06\nlist: [APPT-HDR-7, 'APPT-']\n";
        let node = parse("f", text).unwrap();
        let found: Vec<(usize, &str)> = cited(&node).into_iter().map(|(span, id)| (span.start, id)).collect();
        assert_eq!(found, [(0, "APPT-VER-04"), (17, "APPT-VER-05"), (54, "APPT-HDR-7")]);
    }
}
