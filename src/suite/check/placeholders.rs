//! Placeholders: each names a value that exists, and one that is bound where it stands.

use crate::suite::scenario::{Placeholder, mentions};
use crate::words::yaml::{Node, Span};

use super::page::CheckedFile;

/// Checks every text of a tree, keys included.
pub(super) fn check(page: &mut CheckedFile<'_>, node: &Node, bound: &[Placeholder]) {
    if let Some(text) = node.text() {
        in_text(page, node.span, text, bound);
    }
    for item in node.items() {
        check(page, item, bound);
    }
    for (key, span, value) in node.entries() {
        in_text(page, *span, key, bound);
        check(page, value, bound);
    }
}

fn in_text(page: &mut CheckedFile<'_>, span: Span, text: &str, bound: &[Placeholder]) {
    let mut seen: Vec<&str> = Vec::new();
    for mention in mentions(text) {
        let number = seen.iter().filter(|name| name.starts_with(mention.name)).count();
        seen.push(mention.name);
        let found = Placeholder::of(mention.name);
        if found.is_some_and(|placeholder| bound.contains(&placeholder)) {
            continue;
        }
        let written = format!("${}", mention.name);
        let place = page.fragment(span, &written, number);
        let names = bound.iter().map(|placeholder| format!("${}", placeholder.name())).collect::<Vec<_>>();
        let expected = if names.is_empty() { "no placeholder here".to_owned() } else { names.join(", ") };
        match found {
            Some(_) => page.wrong(place, format!("`{written}` is not bound here"), expected),
            None => {
                let all = Placeholder::ALL.map(|placeholder| format!("${}", placeholder.name()));
                let near = names.iter().chain(&all).map(String::as_str);
                page.unknown(place, "placeholder", &written, near, expected);
            }
        }
    }
}

/// Whether some text of a tree mentions a placeholder.
pub(super) fn mentioned(node: &Node, placeholder: Placeholder) -> bool {
    let in_text = |text: &str| mentions(text).any(|mention| mention.name == placeholder.name());
    node.text().is_some_and(in_text)
        || node.items().iter().any(|item| mentioned(item, placeholder))
        || node.entries().iter().any(|(key, _, value)| in_text(key) || mentioned(value, placeholder))
}
