//! A history of requests: what was read is written the same, and the result of the checker points into it.

use crate::cli::read_history;
use crate::judge::history::{Checked, HistoryRules, Witness};
use crate::judge::lines::{Before, Line, check, tell};
use crate::record::LineRecord;

/// Steps of the general search: a few milliseconds.
const STEPS: u64 = 2_000;

/// Any text is a history or a list of mistakes, each with its line; a violated history has a witness.
pub fn history(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (lines, numbers) = match read_history("h.jsonl", text) {
        Ok(read) => read,
        Err(message) => return assert!(message.lines().skip(1).all(is_placed), "{message}"),
    };
    assert_eq!(lines.len(), numbers.len());
    let written: Vec<String> = lines.iter().map(written).collect();
    let again = read_history("h.jsonl", &written.join("\n")).map(|(again, _)| again);
    assert_eq!(again.as_ref(), Ok(&lines), "written and read again");
    lines.iter().for_each(|line| assert!(tell(line).starts_with("client ")));
    let first = lines.iter().find_map(|line| line.etag.clone());
    for (etag, versions_are_unique) in [(None, true), (first.clone(), true), (first, false)] {
        let rules = HistoryRules { versions_are_unique, settles: 0, steps: STEPS };
        let before = Before { etag, value: None };
        let found = check(&lines, &before, rules);
        if let Checked::Violated(witness) = &found {
            assert!(witness.operations.iter().all(|place| *place < lines.len()), "{witness:?}");
            assert!((1..=Witness::MOST).contains(&witness.operations.len()), "{witness:?}");
        }
        assert_eq!(found, check(&lines, &before, rules), "the result is the same each time");
    }
}

fn is_placed(line: &str) -> bool {
    let more = line.strip_prefix("and ").is_some_and(|rest| rest.ends_with(" more"));
    more || line.strip_prefix("h.jsonl:").is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
}

/// The line as a record keeps it.
fn written(line: &Line) -> String {
    serde_json::to_string(&LineRecord::from(line.clone())).unwrap_or_default()
}
