//! A history of requests as lines of JSON: what was sent and answered, read for the history checker and told to people.
//!
//! One line is one request:
//!
//! ```json
//! {"client":1,"op":"patch","call":120,"ret":480,"if-match":"W/\"3\"","etag":"W/\"4\"","status":200,"value":"cancelled"}
//! {"client":2,"op":"get","call":130,"ret":300,"etag":"W/\"3\"","status":200,"value":"booked"}
//! {"client":3,"op":"patch","call":125,"if-match":"W/\"3\"","value":"arrived"}
//! ```
//!
//! `call` and `ret` are instants of one monotonic clock in any unit: before the first byte of the request was sent, and
//! after the last byte of the response was read. A line without `ret` or `status` is a request whose response was lost; it may
//! have taken effect. `if_match`, as in the histories of a record, is `if-match` too.

use serde::Deserialize;

use super::history::{self, Checked, History, HistoryOperation, HistoryRules, NEVER, Names, OperationKind};

/// One request and its response.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Line {
    /// Who sent it.
    pub client: u32,
    /// What the request does.
    pub op: Op,
    /// When it was sent.
    pub call: u64,
    /// When the response had been read; absent where none came.
    pub ret: Option<u64>,
    /// The If-Match sent.
    #[serde(alias = "if_match")]
    pub if_match: Option<String>,
    /// The ETag of the response.
    pub etag: Option<String>,
    /// The status code of the response.
    pub status: Option<u16>,
    /// The value written or read, in any words.
    pub value: Option<String>,
    /// The exchange of the run it stands for.
    pub exchange: Option<u32>,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    Get,
    Patch,
    Put,
}

/// What is known of the state before the first request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    pub etag: Option<String>,
    pub value: Option<String>,
}

/// Checks a history of one appointment. A witness holds places in the list of lines.
pub fn check(lines: &[Line], before: &Before, rules: HistoryRules) -> Checked {
    let (history, places) = read(lines, before, rules.settles);
    match history::check(&history, rules) {
        Checked::Holds => Checked::Holds,
        Checked::Undecided(why) => Checked::Undecided(why),
        Checked::Violated(mut witness) => {
            witness.operations.iter_mut().for_each(|place| *place = places[*place]);
            Checked::Violated(witness)
        }
    }
}

/// Who sent what, with which tag, when, and what was answered, as one line of text.
pub fn tell(line: &Line) -> String {
    let method = match line.op {
        Op::Get => "GET",
        Op::Patch => "PATCH",
        Op::Put => "PUT",
    };
    let mut text = format!("client {:<2} {:<5}", line.client, method);
    if line.op != Op::Get {
        text.push_str(&format!(" If-Match {}", line.if_match.as_deref().unwrap_or("absent")));
    }
    if let (Some(value), false) = (&line.value, line.op == Op::Get) {
        text.push_str(&format!(" to {value}"));
    }
    match line.status {
        Some(status) => text.push_str(&format!(" -> {status}")),
        None => text.push_str(" -> no answer"),
    }
    if let Some(etag) = &line.etag {
        text.push_str(&format!(" ETag {etag}"));
    }
    if let (Some(value), true) = (&line.value, line.op == Op::Get) {
        text.push_str(&format!(" showing {value}"));
    }
    let ret = line.ret.map_or("never".to_owned(), |ret| ret.to_string());
    text.push_str(&format!(", from {} to {ret}", line.call));
    text
}

/// The history, and the line that each operation stands for. Reads that were not answered with a state are left out.
/// A read that may lag behind saw the state at some instant since so long before it was sent.
fn read(lines: &[Line], before: &Before, settles: u64) -> (History, Vec<usize>) {
    let (mut tags, mut values) = (Names::default(), Names::default());
    let mut history = History {
        initial: before.etag.as_deref().map(|tag| tags.tag(opaque(tag))),
        initial_value: before.value.as_deref().map(|value| values.mark(value)),
        operations: Vec::with_capacity(lines.len()),
    };
    let mut places = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        let Some(kind) = kind(line) else { continue };
        // A list of tags demands none in particular, `*` any: such a write is put in order by what it made.
        let single = line.if_match.as_deref().filter(|tag| tag.trim() != "*" && !tag.contains("\","));
        let answered = matches!(kind, OperationKind::Read | OperationKind::Write);
        history.operations.push(HistoryOperation {
            call: if kind == OperationKind::Read { line.call.saturating_sub(settles) } else { line.call },
            ret: if kind == OperationKind::Unknown { NEVER } else { line.ret.unwrap_or(NEVER) },
            client: line.client,
            expected: single.filter(|_| kind != OperationKind::Read).map(|tag| tags.tag(opaque(tag))),
            version: line.etag.as_deref().filter(|_| answered).map(|tag| tags.tag(opaque(tag))),
            value: line.value.as_deref().map(|value| values.mark(value)),
            kind,
        });
        places.push(place);
    }
    (history, places)
}

/// What a response says about the order. A 422 says nothing: documents leave open whether the version is looked at first.
fn kind(line: &Line) -> Option<OperationKind> {
    let status = line.status.filter(|_| line.ret.is_some());
    if line.op == Op::Get {
        return matches!(status, Some(200 | 203)).then_some(OperationKind::Read);
    }
    Some(match status {
        None => OperationKind::Unknown,
        Some(200..=299) => OperationKind::Write,
        Some(409 | 412) => match line.if_match.as_deref() {
            Some(tag) if tag.trim() != "*" && !tag.contains("\",") => OperationKind::Conflict,
            Some(_) | None => OperationKind::Neutral,
        },
        Some(423) => OperationKind::Locked,
        Some(400..=499) => OperationKind::Neutral,
        Some(_) => OperationKind::Unknown,
    })
}

/// The opaque part of a tag, or the whole text where it is not a tag.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(tag)
}
