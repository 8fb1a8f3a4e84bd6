//! The table of what changes with every run: header names, resource types and pointers that it names.

use crate::suite::contract::Contract;
use crate::words::yaml::{Node, Problem, did_you_mean, slip_of};

use super::observed::HEADERS;

/// The type whose changes between two reads are weighed.
const WATCHED: &str = "Appointment";

/// Every name in the table that does not resolve, with its place and the nearest name that does.
pub fn volatile_names(path: &str, node: &Node, contract: &Contract) -> Vec<Problem> {
    let mut problems = Vec::new();
    let items = |node: &'_ Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
    for name in items(node, "headers").iter().flat_map(|entry| items(entry, "names")) {
        let Some(text) = name.text() else { continue };
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let message = format!("the header name `{text}` is not in lower case");
            problems.push(Problem::new(path, name.span, message).accepted(format!("`{}`", text.to_ascii_lowercase())));
        } else if !text.contains('*')
            && !HEADERS.contains(&text)
            && let Some(near) = slip_of(text, HEADERS)
        {
            let message = format!("unknown header `{text}`: did you mean `{near}`?");
            problems.push(Problem::new(path, name.span, message).accepted(format!("`{near}`")));
        }
    }
    for body in items(node, "bodies") {
        let Some((place, kind)) = body.get("type").and_then(|node| Some((node.span, node.text()?))) else { continue };
        if !contract.tables.resources.types().any(|known| known == kind) {
            let near = did_you_mean(kind, contract.tables.resources.types());
            let message = format!("unknown resource type `{kind}`{near}");
            problems.push(Problem::new(path, place, message).accepted("a type of scenarios/contract/resources.yaml"));
            continue;
        }
        problems.extend(items(&body, "keep").iter().filter_map(|pointer| astray(path, pointer, kind, contract)));
    }
    problems.extend(items(node, "unremarkable").iter().filter_map(|pointer| astray(path, pointer, WATCHED, contract)));
    problems
}

/// A pointer that leads nowhere in a resource of this type.
fn astray(path: &str, pointer: &Node, kind: &str, contract: &Contract) -> Option<Problem> {
    let astray = contract.tables.resources.follow(Some(kind), pointer.text()?).err()?;
    Some(Problem::new(path, pointer.span, astray.message).accepted(astray.expected))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::suite::contract::contract;
    use crate::words::shipped;
    use crate::words::yaml::{Files, parse};

    const PATH: &str = "snapshots/volatile.yaml";

    fn problems(text: &str) -> Vec<String> {
        let files = Files::from([(PATH.to_owned(), text.to_owned())]);
        let found = volatile_names(PATH, &parse(PATH, text).unwrap(), contract().unwrap());
        found.iter().map(|problem| format!("{}: {}", problem.place(&files), problem.message)).collect()
    }

    #[test]
    fn every_name_of_the_shipped_table_resolves() {
        assert_eq!(problems(shipped::file(PATH).unwrap()), [""; 0]);
    }

    #[test]
    fn a_name_that_dangles_has_its_place_and_the_nearest_one() {
        let headers = "headers:\n  - names: [dat, ETag, last-modifed, '*request-id', cf-ray]\n    ignored: true\n";
        assert_eq!(
            problems(headers),
            [
                "snapshots/volatile.yaml:2:13: unknown header `dat`: did you mean `date`?",
                "snapshots/volatile.yaml:2:18: the header name `ETag` is not in lower case",
                "snapshots/volatile.yaml:2:24: unknown header `last-modifed`: did you mean `last-modified`?",
            ]
        );
        let bodies = "bodies:\n  - type: Apointment\n    keep: [/status]\n  - type: Appointment\n    keep: [/statu]\n";
        let found = problems(&format!("{bodies}unremarkable: [/meta, /txt]\n"));
        assert_eq!(found.len(), 3, "{found:?}");
        for (line, place, near) in [(0, "2:11", "Appointment"), (1, "5:12", "status"), (2, "6:23", "text")] {
            assert!(found[line].starts_with(&format!("snapshots/volatile.yaml:{place}: ")), "{found:?}");
            assert!(found[line].contains(near), "{found:?}");
        }
    }
}
