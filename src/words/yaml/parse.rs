//! YAML text to a tree, with the first syntax error as a problem that can be shown.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::node::{MOST_LEVELS, from_yaml};
use super::{Files, Node, Problem, Span};

/// Files larger than this are refused: a scenario file is written by hand.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Parses one document.
///
/// # Errors
/// The first syntax error (a broken document has no second one that means anything): not YAML, a key given twice, nested
/// too deep, an alias bomb, more than 4 MiB.
pub fn parse(file: &str, text: &str) -> Result<Node, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(file, Span::default(), format!("the file has {} bytes", text.len()))
            .accepted(format!("at most {MAX_BYTES} bytes")));
    }
    from_yaml(text).map_err(|error| {
        let plain = error.without_snippet();
        let span = plain.location().map(|place| span_at(text, &place)).unwrap_or_default();
        let message = plain.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        // Too deep for the reader, and for the parser before it.
        if message.starts_with("budget breached: Depth") || message == "recursion limit exceeded" {
            return Problem::new(file, span, "nested too deep").accepted(format!("at most {MOST_LEVELS} levels"));
        }
        Problem::new(file, span, message)
    })
}

/// Parses many documents on all cores: reading the shipped files is most of what happens before the first request.
pub fn parse_all(files: &Files) -> BTreeMap<String, Result<Node, Problem>> {
    let queue: Mutex<Vec<(&String, &String)>> = Mutex::new(files.iter().collect());
    // The largest first, so that the cores end together.
    queue.lock().unwrap_or_else(PoisonError::into_inner).sort_by_key(|(_, text)| text.len());
    let done = Mutex::new(BTreeMap::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(files.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some((file, text)) = next else { return };
                    let node = parse(file, text);
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(file.clone(), node);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn span_at(text: &str, place: &serde_saphyr::Location) -> Span {
    let length = text.len();
    let start = place.span().byte_offset().map_or(length, |offset| (offset as usize).min(length));
    let end = start + place.span().byte_len().map_or(0, |bytes| bytes as usize);
    Span { start, end: end.min(length) }
}
