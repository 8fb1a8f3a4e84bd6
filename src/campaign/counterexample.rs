//! Writes a counterexample as a scenario of the same language, which runs alone with `patchproof run --scenarios FILE`.

use std::fmt::Write as _;

use serde_json::Value;

use super::sequences::Rules;
use super::shrink::Shrunk;
use crate::execute::evidence::StepSeen;
use crate::execute::trail::{Trail, Trod};
use crate::judge::{Deviation, Kind};
use crate::plan::{ANY_VERSION, BodyTemplate, CaseId, GeneratedLists, KnownTag, NEVER_EXISTED, Precondition, Step};
use crate::suite::contract::RequirementId;

/// The name of the file and of its case: sequence, requirement, seed and number.
pub(super) fn name(id: &CaseId, case: &GeneratedLists, requirement: &RequirementId, seed: u64, number: u32) -> String {
    let stem = id.0.rsplit('/').next().unwrap_or("sequence");
    let rule = requirement.as_str().trim_start_matches("APPT-").to_ascii_lowercase();
    format!("{stem}-{rule}-seed-{}-list-{number}", case.seed.unwrap_or(seed))
}

/// The id of the case in the file.
pub(super) fn case_id(name: &str) -> String {
    format!("counterexamples/{name}")
}

/// The file, from the last run that showed the failure.
pub(super) fn scenario(
    rules: Rules<'_>,
    id: &CaseId,
    case: &GeneratedLists,
    name: &str,
    seed: u64,
    number: u32,
    shrunk: &Shrunk,
) -> String {
    let (trail, deviation) = &shrunk.shown;
    let requirement = rules.contract.requirement(&deviation.requirement);
    let title = requirement.map_or("", |own| own.title.as_str());
    let mut text = format!(
        "# A counterexample that `patchproof run {} --edition {} --seed {}` found in list {number}.\n",
        id,
        rules.edition,
        case.seed.unwrap_or(seed)
    );
    let _ = writeln!(text, "# {} {title}", deviation.requirement);
    let _ = writeln!(text, "# expected: {}", comment(&deviation.expected));
    let _ = writeln!(text, "# found:    {}", comment(&deviation.found));
    let _ = writeln!(
        text,
        "# {} of {} steps are left after {} re-runs{}; they failed again {} of {} times.",
        shrunk.steps.len(),
        shrunk.drawn,
        shrunk.reruns,
        shrunk.end.as_ref().map(|why| format!(" ({})", comment(why))).unwrap_or_default(),
        shrunk.again.0,
        shrunk.again.1
    );
    let _ = writeln!(text, "kind: exchange");
    let _ = writeln!(text, "title: A counterexample of {}", id);
    let _ = writeln!(text, "cases:");
    let _ = writeln!(text, "  - id: {}", case_id(name));
    let _ = writeln!(text, "    title: {}", scalar(title));
    let _ = writeln!(text, "    verifies: [{}]", deviation.requirement);
    let _ = writeln!(text, "    editions: [{}]", rules.edition);
    let _ = writeln!(text, "    fixture: {}", case.fixture);
    let _ = writeln!(text, "    steps:");
    let last = shrunk.steps.len().saturating_sub(1);
    for (place, step) in shrunk.steps.iter().enumerate() {
        let seen = match trail.steps.get(place) {
            Some(Trod::Sent(seen)) => Some(seen),
            Some(Trod::Skipped(_)) | None => None,
        };
        let shows = if deviation.kind == Kind::Bystander { place == last } else { place == deviation.step };
        write_step(rules, step, trail, seen, shows.then_some(deviation), &mut text);
    }
    text
}

fn write_step(
    rules: Rules<'_>,
    step: &Step,
    trail: &Trail,
    seen: Option<&StepSeen>,
    deviation: Option<&Deviation>,
    text: &mut String,
) {
    let mut lines: Vec<String> = Vec::new();
    let request = &step.request;
    if request.method != "PATCH" {
        lines.push(format!("request: {{ method: {} }}", request.method));
    }
    match &request.body {
        BodyTemplate::Document(document) => lines.push(format!("patch: {}", flow(document))),
        BodyTemplate::Advance => lines.push("patch: advance".to_owned()),
        BodyTemplate::Previous => lines.push("patch: previous".to_owned()),
        BodyTemplate::Text(body) => lines.push(format!("body: {{ text: {} }}", scalar(body))),
        BodyTemplate::Base64(body) => lines.push(format!("body: {{ base64: {} }}", scalar(body))),
        BodyTemplate::Empty if request.writes() => lines.push("body: empty".to_owned()),
        BodyTemplate::Empty => {}
    }
    if !request.headers.is_empty() {
        lines.push("headers:".to_owned());
        for (name, values) in &request.headers {
            let values = if values.is_empty() { "null".to_owned() } else { listed(values) };
            lines.push(format!("  {}: {values}", scalar(name)));
        }
    }
    if let Some(tag) = if_match(&request.if_match) {
        lines.push(format!("if-match: {tag}"));
    }
    expectation(rules, trail, seen, deviation, &mut lines);
    for (place, line) in lines.iter().enumerate() {
        let mark = if place == 0 { "- " } else { "  " };
        let _ = writeln!(text, "      {mark}{line}");
    }
}

/// What is expected of the step: for the one that shows the deviation what would have been right, for the others what
/// they did, without a judgement.
fn expectation(
    rules: Rules<'_>,
    trail: &Trail,
    seen: Option<&StepSeen>,
    deviation: Option<&Deviation>,
    lines: &mut Vec<String>,
) {
    let exchange = seen.and_then(|seen| trail.exchange(seen.exchange));
    let carried_out = exchange.is_some_and(|own| own.succeeded() && own.is_patch());
    let led = seen.and_then(|seen| trail.exchange(seen.after?)).and_then(|own| own.received()?.body.json());
    let status = led.as_ref().and_then(|own| own.get("status")?.as_str()).filter(|_| carried_out).map(str::to_owned);
    let Some(deviation) = deviation else {
        lines.push(format!("expect: {}", if carried_out { "accepted" } else { "either" }));
        lines.push("verifies: []".to_owned());
        lines.extend(status.map(|status| format!("to: {status}")));
        return;
    };
    let id = &deviation.requirement;
    let check = |check: &str, more: &str| format!("checks: [{{ check: {check}, verifies: [{id}]{more} }}]");
    let wants_refusal = rules
        .contract
        .requirement(id)
        .and_then(|own| own.expectation(rules.edition, None))
        .is_some_and(|expect| expect.wants_refusal() && !expect.wants_success());
    let (outcome, checks) = match &deviation.kind {
        Kind::Refusal if wants_refusal => return lines.push("expect: refused".to_owned()),
        Kind::Refusal => {
            let narrow = "expect: { outcome: refused, status: { status: [4xx], forbid: [2xx] } }";
            return lines.push(narrow.to_owned());
        }
        Kind::Success => return lines.push("expect: accepted".to_owned()),
        Kind::ServerError => return lines.push("expect: either".to_owned()),
        Kind::Effect => ("refused", check("unchanged", "")),
        Kind::Result(pointer, Some(value)) => {
            ("accepted", check(&format!("{{ after: {{ {}: {} }} }}", scalar(pointer), flow(value)), ""))
        }
        Kind::Result(pointer, None) => ("accepted", check(&format!("{{ after-absent: [{}] }}", scalar(pointer)), "")),
        Kind::Beyond(touches) => {
            // What the patch names and no appointment has cannot change.
            let exists = |pointer: &&String| rules.contract.resources.follow(Some("Appointment"), pointer).is_ok();
            let list: Vec<String> =
                touches.iter().filter(exists).map(|pointer| format!("{}, ", scalar(pointer))).collect();
            ("accepted", check(&format!("{{ only-changed: [{}/meta, /text] }}", list.concat()), ""))
        }
        Kind::Version => ("accepted", check("new-version", "")),
        Kind::Outcome => ("either", check("{ outcome: { well-formed: true } }", "")),
        Kind::Bystander => ("either", check("bystander-unchanged", ", breach: fail")),
    };
    lines.push(format!("expect: {{ outcome: {outcome}, {checks} }}"));
    lines.push("verifies: []".to_owned());
    if outcome != "refused" {
        lines.extend(status.map(|status| format!("to: {status}")));
    }
}

fn if_match(precondition: &Precondition) -> Option<String> {
    Some(match precondition {
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown) => return None,
        Precondition::Tag(KnownTag::LastEtag) => "last-etag".to_owned(),
        Precondition::Tag(KnownTag::Stale) => "stale".to_owned(),
        Precondition::Tag(KnownTag::Strong) => "strong".to_owned(),
        Precondition::Absent => "absent".to_owned(),
        Precondition::Lines(lines) => match lines.as_slice() {
            [line] if line == NEVER_EXISTED => "never-existed".to_owned(),
            [line] if line == ANY_VERSION => "any".to_owned(),
            lines => format!("{{ raw: {} }}", listed(lines)),
        },
    })
}

/// Texts as a YAML flow sequence.
fn listed(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| scalar(text)).collect::<Vec<_>>().join(", "))
}

/// A JSON value as YAML flow, readable where it is short.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let parts: Vec<String> =
                members.iter().map(|(name, own)| format!("{}: {}", scalar(name), flow(own))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::String(text) => scalar(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A text as a YAML scalar: plain where nothing in it can be misread, else in double quotes and in ASCII.
fn scalar(text: &str) -> String {
    let plain = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase() || first == b'/')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_. ".contains(&byte))
        && !text.ends_with(' ')
        && !matches!(text, "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            ' '..='~' => quoted.push(character),
            _ if u32::from(character) < 0x1_0000 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A text that ends neither the comment nor the line.
fn comment(text: &str) -> String {
    text.chars().take(300).map(|own| if own.is_control() { ' ' } else { own }).collect()
}
