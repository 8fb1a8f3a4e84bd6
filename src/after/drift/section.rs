//! The text of one case: the request, the response, and what it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::names::{Placeholders, VERSION};
use super::table::table;
use crate::record::{
    AttemptRecord, BodyRecord, ExchangeRecord, LossRecord, ReceivedRecord, ResponseRecord, RunRecord, StepRecord,
};
use crate::words::fhir::{FHIR_JSON, JSON_PATCH};

/// Members of one body beyond this many are counted, not shown.
const MOST_MEMBERS: usize = 200;
/// Characters of one value that are shown.
const LONGEST: usize = 400;
/// What the record has in the place of a secret.
const SECRET: &str = "[secret]";

/// What begins a line of the request, of the response, and of its effect.
pub(super) const ASKED: &str = "> ";
pub(super) const RESPONSE: &str = "< ";
pub(super) const CHANGED: &str = "= ";
/// How the first line begins where no response came.
pub(super) const NO_RESPONSE: &str = "< no response";

/// The text of an attempt, each line with its mark and a line end.
pub(super) fn text(record: &RunRecord, attempt: &AttemptRecord<'_>) -> String {
    let mut text = String::new();
    for step in &attempt.steps {
        let Some(exchange) = record.exchange(step.exchange) else { continue };
        // Each step has its names: `<version>` is always the one that was current when it was sent.
        let mut names = Placeholders::new(table());
        learn(&mut names, record, step, exchange);
        asked(&mut text, &mut names, record, attempt, exchange);
        match &exchange.response {
            ResponseRecord::Lost(lost) => line(&mut text, NO_RESPONSE, &format!(" ({})", lost_word(lost.kind))),
            ResponseRecord::Received(received) => response_of(&mut text, &mut names, received),
        }
        if exchange.succeeded() {
            changed(&mut text, &mut names, record, step);
        }
    }
    text
}

fn learn(names: &mut Placeholders<'_>, record: &RunRecord, step: &StepRecord, exchange: &ExchangeRecord) {
    names.know("base", &record.target.base_url, "base");
    for (binding, kind, name) in [
        ("id", "id", "id"),
        ("bystander", "id", "bystander"),
        ("version", VERSION, "version"),
        ("stale", VERSION, "stale-version"),
        ("slot", "slot", "slot"),
        ("slot-2", "slot", "slot-2"),
    ] {
        if let Some(value) = step.bindings.get(binding).and_then(Value::as_str) {
            names.know(kind, value.strip_prefix("Slot/").unwrap_or(value), name);
        }
    }
    for (name, value) in &exchange.request.headers {
        names.know_sent(&name.to_ascii_lowercase(), value);
        if name.eq_ignore_ascii_case("if-match") {
            names.know_sent_tags(value);
        }
    }
}

fn asked(
    text: &mut String,
    names: &mut Placeholders<'_>,
    record: &RunRecord,
    attempt: &AttemptRecord<'_>,
    exchange: &ExchangeRecord,
) {
    let sent = &exchange.request;
    let path = sent.url.strip_prefix(&record.target.base_url).unwrap_or(&sent.url);
    // Loose cases have no appointment, and no state.
    let state = match &attempt.appointment {
        Some(_) => format!("   ({})", attempt.state),
        None => String::new(),
    };
    line(text, ASKED, &format!("{} {}{state}", sent.method, names.text(path)));
    for (name, value) in &sent.headers {
        let usual = match name.as_str() {
            "accept" => value == FHIR_JSON,
            "content-type" => value == JSON_PATCH,
            _ => value == SECRET || name.eq_ignore_ascii_case("authorization"),
        };
        let tag = ["if-match", "if-none-match"].iter().any(|header| name.eq_ignore_ascii_case(header));
        if !usual {
            line(text, ASKED, &format!("{name}: {}", if tag { names.tags(value) } else { names.asked(value) }));
        }
    }
    match &sent.body {
        BodyRecord::Empty => {}
        BodyRecord::Text(body) => line(text, ASKED, &shortened(&names.asked(body))),
        BodyRecord::Base64(body) => line(text, ASKED, &format!("base64 {}", shortened(body))),
    }
}

fn response_of(text: &mut String, names: &mut Placeholders<'_>, received: &ReceivedRecord) {
    line(text, RESPONSE, &received.status.to_string());
    let mut headers: Vec<&(String, String)> = received.headers.iter().collect();
    // Lines of one name keep their order.
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, value) in headers {
        if let Some(value) = names.header(name, value) {
            line(text, RESPONSE, &format!("{name}: {}", shortened(&value)));
        }
    }
    let body = match (&received.body, received.body.json()) {
        (BodyRecord::Empty, _) => return,
        (_, Some(body @ (Value::Object(_) | Value::Array(_)))) => body,
        (BodyRecord::Text(body), _) => {
            return line(text, RESPONSE, &format!("not JSON: {}", shortened(&names.text(body))));
        }
        (BodyRecord::Base64(_), _) => return line(text, RESPONSE, "not text"),
    };
    let resource = body.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut members = Vec::new();
    leaves(&body, String::new(), &mut members);
    let kept = |pointer: &str| pointer == "/resourceType" || table().keeps(&resource, pointer);
    let members: Vec<_> = members.into_iter().filter(|(pointer, _)| kept(pointer)).collect();
    for (pointer, value) in members.iter().take(MOST_MEMBERS) {
        line(text, RESPONSE, &format!("{}: {}", shortened(pointer), shown(names, value)));
    }
    if let Some(more) = members.len().checked_sub(MOST_MEMBERS).filter(|more| *more > 0) {
        line(text, RESPONSE, &format!("and {more} more members"));
    }
}

/// Which members the step changed of the appointment, by the reads before and after it. Values only where they are plain:
/// what an extension held before depends on the life of the appointment, not on this request.
fn changed(text: &mut String, names: &mut Placeholders<'_>, record: &RunRecord, step: &StepRecord) {
    let read = |id: Option<u32>| {
        let body = record.exchange(id?)?.received().filter(|received| received.status.is_success())?.body.json()?;
        match body {
            Value::Object(members) => Some(members.into_iter().collect::<BTreeMap<_, _>>()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    };
    let (Some(before), Some(after)) = (read(step.before), read(step.first_after)) else { return };
    let members: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in members.into_iter().filter(|member| before.get(*member) != after.get(*member)) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        if !table().remarkable(&pointer) {
            continue;
        }
        let change = match after.get(name) {
            None => format!("{pointer}: absent"),
            Some(Value::Object(_) | Value::Array(_)) => format!("{pointer} is another"),
            Some(value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))) => {
                format!("{pointer}: {}", shown(names, value))
            }
        };
        line(text, CHANGED, &change);
    }
}

/// Every value of a document that has no members, by its JSON pointer, in the order of the document.
fn leaves<'v>(value: &'v Value, pointer: String, into: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                leaves(member, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), into);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                leaves(item, format!("{pointer}/{place}"), into);
            }
        }
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.push((pointer, value));
        }
    }
}

fn shown(names: &mut Placeholders<'_>, value: &Value) -> String {
    match value {
        Value::String(text) => shortened(&Value::String(names.text(text)).to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            shortened(&value.to_string())
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} … ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

const fn lost_word(kind: LossRecord) -> &'static str {
    match kind {
        LossRecord::NotConnected => "no connection",
        LossRecord::TimedOut => "timed out",
        LossRecord::Broken => "broken off",
        LossRecord::Dropped => "dropped",
    }
}

/// Adds one line; whatever could break it, or do something to a terminal, is escaped.
fn line(text: &mut String, mark: &str, content: &str) {
    text.push_str(mark);
    for character in content.chars() {
        let hidden = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        let _ = if hidden { write!(text, "{}", character.escape_unicode()) } else { text.write_char(character) };
    }
    // Files and editors drop blanks at the end of a line.
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}
