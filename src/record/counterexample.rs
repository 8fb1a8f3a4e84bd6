//! Writes a counterexample as a scenario of the same language, which runs alone with `patchproof run --scenarios FILE`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::execute::evidence::{Exchange, ListStep, ListTrial, Shrunk, Side};
use crate::judge::{Deviation, DeviationKind, ShrunkFailure};
use crate::plan::{CaseId, DrawnBody, DrawnHeader, DrawnPatch, DrawnStep, drawn_text};
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::{Fixture, IfMatch};

/// What a counterexample is written from.
#[derive(Clone, Copy)]
pub(super) struct CounterexampleSource<'r> {
    pub contract: &'r Contract,
    pub edition: Edition,
    pub exchanges: &'r [Exchange],
    /// The case that drew the list.
    pub case: &'r CaseId,
    pub fixture: Fixture,
    pub seed: u64,
    pub shrunk: &'r Shrunk,
    pub found: &'r ShrunkFailure,
    /// The last list that showed the failure.
    pub list: &'r ListTrial,
}

/// The id of the case in the file.
pub(super) fn case_id(name: &str) -> String {
    format!("counterexamples/{name}")
}

/// The file; nothing where the requests show no failure.
pub(super) fn scenario(written: CounterexampleSource<'_>) -> String {
    let Some(deviation) = &written.found.deviation else { return String::new() };
    let requirement = written.contract.requirement(&deviation.requirement);
    let title = requirement.map_or("", |requirement| requirement.title(written.edition));
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let CounterexampleSource { edition, case, seed, shrunk, found, .. } = written;
    line(&format!(
        "# A counterexample that `patchproof run {case} --edition {edition} --seed {seed}` found in list {}.",
        shrunk.number
    ));
    line(&format!("# {} {title}", deviation.requirement));
    line(&format!("# expected: {}", comment(&deviation.expected)));
    line(&format!("# found:    {}", comment(&deviation.found)));
    line(&format!(
        "# {} of {} steps are left after {} re-runs{}; they failed again {} of {} times.",
        found.steps.len(),
        shrunk.drawn,
        shrunk.reruns,
        shrunk.end.as_ref().map(|why| format!(" ({})", comment(why))).unwrap_or_default(),
        shrunk.failed,
        shrunk.tried
    ));
    line("kind: exchange");
    line(&format!("title: A counterexample of {case}"));
    line("cases:");
    line(&format!("  - id: {}", case_id(&found.name)));
    line(&format!("    title: {}", scalar(title)));
    line(&format!("    verifies: [{}]", deviation.requirement));
    line(&format!("    editions: [{edition}]"));
    line(&format!("    fixture: {}", written.fixture));
    line("    steps:");
    for place in &found.steps {
        let Some(step) = written.list.steps.get(*place) else { continue };
        let shows = match deviation.kind.side() {
            Side::Bystander => found.steps.last() == Some(place),
            Side::Effect
            | Side::Rejection
            | Side::Success
            | Side::Result
            | Side::Beyond
            | Side::Version
            | Side::Outcome
            | Side::ServerError => *place == deviation.step,
        };
        let lines = request(&step.drawn).into_iter().chain(expectation(written, step, shows.then_some(deviation)));
        for (place, text) in lines.enumerate() {
            line(&format!("      {}{text}", if place == 0 { "- " } else { "  " }));
        }
    }
    text
}

/// What differs from the documented request, line by line.
fn request(drawn: &DrawnStep) -> Vec<String> {
    let DrawnPatch { body, headers, if_match } = match drawn {
        DrawnStep::Read => return vec!["request: { method: GET }".to_owned()],
        DrawnStep::Patch(patch) => patch,
    };
    let mut lines = vec![match body {
        DrawnBody::Document(document) => format!("patch: {}", flow(document)),
        DrawnBody::Text(pieces) => format!("body: {{ text: {} }}", scalar(&drawn_text(pieces))),
    }];
    if !headers.is_empty() {
        lines.push("headers:".to_owned());
    }
    lines.extend(headers.iter().map(|DrawnHeader { name, lines }| {
        let values = lines.as_ref().map_or_else(|| "null".to_owned(), |lines| list_of(lines));
        format!("  {}: {values}", scalar(name))
    }));
    lines.extend(tag(if_match).map(|tag| format!("if-match: {tag}")));
    lines
}

/// What is expected of the step: for the one that shows the deviation what would have been right, for the others what
/// they did, without a judgement.
fn expectation(written: CounterexampleSource<'_>, step: &ListStep, deviation: Option<&Deviation>) -> Vec<String> {
    let seen = step.seen.sent();
    let exchange = |id: u32| written.exchanges.get(id as usize);
    let carried_out =
        seen.and_then(|seen| exchange(seen.exchange)).is_some_and(|sent| sent.succeeded() && sent.is_patch());
    let led = seen.and_then(|seen| exchange(seen.after?)).and_then(|read| read.received()?.body.json());
    let status = led.as_ref().and_then(|body| body.get("status")?.as_str()).filter(|_| carried_out);
    let to = status.map(|status| format!("to: {status}"));
    let Some(deviation) = deviation else {
        let expect = format!("expect: {}", if carried_out { "accepted" } else { "either" });
        return [expect, "verifies: []".to_owned()].into_iter().chain(to).collect();
    };
    let (outcome, checks) = match right(written, deviation) {
        Right::Outcome(expect) => return vec![format!("expect: {expect}")],
        Right::Check(outcome, checks) => (outcome, checks),
    };
    let expect = format!("expect: {{ outcome: {outcome}, {checks} }}");
    [expect, "verifies: []".to_owned()].into_iter().chain(to.filter(|_| outcome != "refused")).collect()
}

/// What would have been right.
enum Right {
    /// This outcome.
    Outcome(&'static str),
    /// This outcome, and what a check looks at.
    Check(&'static str, String),
}

fn right(written: CounterexampleSource<'_>, deviation: &Deviation) -> Right {
    let id = &deviation.requirement;
    let check = |check: &str, more: &str| format!("checks: [{{ check: {check}, verifies: [{id}]{more} }}]");
    let wants_rejection = || {
        let requirement = written.contract.requirement(id);
        let expect = requirement.and_then(|requirement| requirement.expectation(written.edition, None));
        expect.is_some_and(|expect| expect.wants_refusal() && !expect.wants_success())
    };
    match &deviation.kind {
        DeviationKind::Rejection if wants_rejection() => Right::Outcome("refused"),
        DeviationKind::Rejection => Right::Outcome("{ outcome: refused, status: { status: [4xx], forbid: [2xx] } }"),
        DeviationKind::Success | DeviationKind::Half => Right::Outcome("accepted"),
        DeviationKind::ServerError => Right::Outcome("either"),
        DeviationKind::Effect => Right::Check("refused", check("unchanged", "")),
        DeviationKind::Result(pointer, Some(value)) => {
            Right::Check("accepted", check(&format!("{{ after: {{ {}: {} }} }}", scalar(pointer), flow(value)), ""))
        }
        DeviationKind::Result(pointer, None) => {
            Right::Check("accepted", check(&format!("{{ after-absent: [{}] }}", scalar(pointer)), ""))
        }
        DeviationKind::Served(rule) => {
            let name = serde_json::to_value(rule).ok().and_then(|name| name.as_str().map(str::to_owned));
            Right::Check("rejected-or-valid", check(&format!("{{ served: {} }}", name.unwrap_or_default()), ""))
        }
        DeviationKind::Beyond(touches) => {
            // What the patch names and no appointment has cannot change.
            let resources = &written.contract.tables.resources;
            let exists = |pointer: &&String| resources.follow(Some("Appointment"), pointer).is_ok();
            let list: Vec<String> =
                touches.iter().filter(exists).map(|pointer| format!("{}, ", scalar(pointer))).collect();
            Right::Check("accepted", check(&format!("{{ only-changed: [{}/meta, /text] }}", list.concat()), ""))
        }
        DeviationKind::Version => Right::Check("accepted", check("new-version", "")),
        DeviationKind::Outcome => Right::Check("either", check("{ outcome: { well-formed: true } }", "")),
        DeviationKind::Bystander => Right::Check("either", check("bystander-unchanged", ", breach: fail")),
    }
}

fn tag(if_match: &IfMatch) -> Option<String> {
    Some(match if_match {
        IfMatch::Current => return None,
        IfMatch::LastEtag => "last-etag".to_owned(),
        IfMatch::Absent => "absent".to_owned(),
        IfMatch::Stale => "stale".to_owned(),
        IfMatch::NeverExisted => "never-existed".to_owned(),
        IfMatch::Any => "any".to_owned(),
        IfMatch::Strong => "strong".to_owned(),
        IfMatch::Raw(lines) => format!("{{ raw: {} }}", list_of(lines)),
    })
}

fn list_of(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| scalar(text)).collect::<Vec<_>>().join(", "))
}

/// A JSON value as YAML flow, readable where it is short.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let parts: Vec<String> =
                members.iter().map(|(name, value)| format!("{}: {}", scalar(name), flow(value))).collect();
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
    text.chars().take(300).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
