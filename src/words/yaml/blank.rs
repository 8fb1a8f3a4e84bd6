//! What a skeleton leaves for a person to fill in, as problems of the file it stands in.

use super::{Node, Problem, Span};

/// The mark of a blank.
pub const BLANK: &str = "FILL-IN";

/// Every text of a tree that is still blank.
pub fn blanks(file: &str, node: &Node) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(node, &mut |span, text| {
        if let Some((_, rest)) = text.split_once(BLANK) {
            let what = rest.trim_start_matches(':').trim();
            let expected = if what.is_empty() { "what belongs here" } else { what };
            found.push(Problem::new(file, span, format!("still blank: {expected}")).accepted(expected));
        }
    });
    found
}

fn walk(node: &Node, see: &mut impl FnMut(Span, &str)) {
    if let Some(text) = node.text() {
        see(node.span, text);
    }
    node.items().iter().for_each(|item| walk(item, see));
    node.entries().iter().for_each(|(_, _, value)| walk(value, see));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::words::yaml::parse;

    #[test]
    fn blanks_say_what_belongs_there() {
        let node = parse("f", "title: 'FILL-IN: a phrase'\nids: [APPT-FILL-IN]\nother: full\n").unwrap();
        let found: Vec<(usize, String)> =
            blanks("f", &node).into_iter().map(|problem| (problem.span.start, problem.message)).collect();
        assert_eq!(found, [(7, "still blank: a phrase".to_owned()), (33, "still blank: what belongs here".to_owned())]);
    }
}
