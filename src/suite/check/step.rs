//! One step of a case: what it sends, what it expects, and what is checked of the response.

use crate::suite::contract::RequirementId;
use crate::suite::scenario::{Body, Expect, Fixture, HeaderValues, IfMatch, Outcome, Patch, Placeholder, ScenarioStep};
use crate::words::path::path_problem;
use crate::words::yaml::{Located, Node};

use super::around::Around;
use super::known::KnownNames;
use super::observed::{self, Surroundings, header_name};
use super::page::{CheckedFile, under};
use super::placeholders;

/// Methods that requests are sent with.
const METHODS: [&str; 9] = ["GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];

/// Query parameters that FHIR servers know.
const PARAMETERS: [&str; 8] =
    ["_format", "_id", "_method", "_pretty", "_summary", "_elements", "_lastUpdated", "_count"];

/// Adds the problems of one step.
pub(super) fn check(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    around: &Around<'_>,
    entry: &Located<ScenarioStep>,
    node: &Node,
) {
    let step = &entry.value;
    sense(page, around, entry);
    request(page, known, around, step, node);
    body(page, known, around, step, node);
    headers(page, around, step, node);
    for id in step.verifies.iter().flatten() {
        if known.has_requirement(id.value.as_str())
            && !around.case.verifies.iter().any(|verified| verified.value == id.value)
        {
            let expected = around.case.verifies.iter().map(|id| id.value.as_str()).collect::<Vec<_>>().join(", ");
            page.wrong(id.span, "the step names a requirement that its case does not verify", expected);
        }
    }
    expectation(page, known, around, step, under(node, "expect"));
}

/// Combinations that mean nothing.
fn sense(page: &mut CheckedFile<'_>, around: &Around<'_>, Located { value: step, span }: &Located<ScenarioStep>) {
    if step.expect.outcome.is_of_mistake() && step.to.is_some() {
        page.wrong(*span, "a rejected request moves nothing", "no key `to`");
    }
    if step.patch.is_some() && step.body.is_some() {
        page.wrong(*span, "a step has one body", "`patch` or `body`");
    }
    if matches!(step.patch, Some(Patch::Advance)) && around.case.fixture == Fixture::None {
        page.wrong(*span, "`advance` needs an appointment", "another fixture than none");
    }
    if matches!(step.to, Some(Fixture::None | Fixture::Unknown)) {
        page.wrong(*span, "`to` names no state of an appointment", "the state after success");
    }
}

fn request(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, around: &Around<'_>, step: &ScenarioStep, node: &Node) {
    let (Some(request), Some(node)) = (&step.request, node.get("request")) else { return };
    // A path that names the version before has the case put where there is one.
    let bound: Vec<Placeholder> = around.bound.iter().copied().chain([Placeholder::Stale]).collect();
    placeholders::check(page, node, &bound);
    let plain = |text: &str| !text.contains('$');
    if let Some(method) = request.method.as_deref().filter(|method| plain(method) && !METHODS.contains(method)) {
        page.slip(under(node, "method").span, "method", method, METHODS);
    }
    if let Some(path) = &request.path {
        let place = under(node, "path").span;
        if let Some(problem) = path_problem(path) {
            page.wrong(place, format!("the path `{path}` {problem}"), "a path below the base URL");
        }
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let names: Vec<&str> =
            known.contract.tables.resources.types().chain(["Slot", "metadata", "_history"]).collect();
        // Another case is a defect that cases are made of, not a slip.
        if plain(first) && !names.iter().any(|name| name.eq_ignore_ascii_case(first)) {
            page.slip(page.fragment(place, first, 0), "path", first, names);
        }
    }
    for pair in request.query.iter().flat_map(|query| query.split('&')) {
        let name = pair.split('=').next().unwrap_or_default();
        if plain(name) && !PARAMETERS.contains(&name) {
            let place = page.fragment(under(node, "query").span, name, 0);
            page.slip(place, "query parameter", name, PARAMETERS);
        }
    }
}

fn body(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, around: &Around<'_>, step: &ScenarioStep, node: &Node) {
    if let (Some(patch), Some(node)) = (&step.patch, node.get("patch")) {
        placeholders::check(page, node, &around.bound_in_patch());
        match patch {
            Patch::Advance | Patch::Previous => {}
            Patch::Document(document) => {
                if let Some(word) = document.as_str().filter(|word| !word.contains('$')) {
                    page.slip(node.span, "patch", word, ["advance", "previous"]);
                } else if step.expect.outcome == Outcome::Accepted && is_patch(step) {
                    around.documents(node).check(page, known, &around.editions);
                }
            }
        }
    }
    if let (Some(body), Some(node)) = (&step.body, node.get("body")) {
        match body {
            Body::Text(_) => placeholders::check(page, node, &around.bound),
            Body::Base64(text) => {
                let each = around.bound.iter().copied().filter(|bound| *bound == Placeholder::Each);
                placeholders::check(page, node, &each.collect::<Vec<_>>());
                let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
                if !text.contains('$') && (text.len() % 4 != 0 || !text.bytes().all(letters)) {
                    page.wrong(
                        under(node, "base64").span,
                        "invalid base64",
                        "letters, digits, `+`, `/`, padded with `=`",
                    );
                }
            }
            Body::Empty => {}
        }
    }
}

/// Whether the document is sent as the documented request sends it, and not as another media type or method would.
fn is_patch(step: &ScenarioStep) -> bool {
    let method = step.request.as_ref().and_then(|request| request.method.as_deref());
    matches!(method, None | Some("PATCH"))
}

fn headers(page: &mut CheckedFile<'_>, around: &Around<'_>, step: &ScenarioStep, node: &Node) {
    let mut bound = around.bound.clone();
    bound.extend([Placeholder::Stale, Placeholder::IfMatch]);
    let written = node.get("headers").map(Node::entries).unwrap_or_default();
    for ((name, values), (_, span, value)) in step.headers.0.iter().zip(written) {
        header_name(page, *span, name);
        match values {
            HeaderValues::Absent => {}
            HeaderValues::Lines(_) => placeholders::check(page, value, &bound),
        }
    }
    match &step.if_match {
        IfMatch::Raw(_) => {
            let bound: Vec<Placeholder> = bound.into_iter().filter(|bound| *bound != Placeholder::IfMatch).collect();
            placeholders::check(page, under(node, "if-match"), &bound);
        }
        IfMatch::Current
        | IfMatch::LastEtag
        | IfMatch::Absent
        | IfMatch::Stale
        | IfMatch::NeverExisted
        | IfMatch::Any
        | IfMatch::Strong => {}
    }
}

fn expectation(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    around: &Around<'_>,
    step: &ScenarioStep,
    node: &Node,
) {
    let Expect { case, status, checks, .. } = &step.expect;
    if let Some(situation) = case {
        let judged: Vec<&RequirementId> = match &step.verifies {
            Some(named) => named.iter().map(|id| &id.value).collect(),
            None => around.case.verifies.iter().map(|id| &id.value).collect(),
        };
        let names = known.situations(judged.into_iter());
        let place = under(node, "case").span;
        if !names.contains(situation.as_str()) {
            let expected = match names.is_empty() {
                true => "no key `case`: the requirements of this step name no situation".to_owned(),
                false => names.iter().copied().collect::<Vec<_>>().join(", "),
            };
            page.unknown(place, "situation", situation, names, expected);
        } else if status.is_some() {
            page.wrong(place, "`case` and `status` both say what is expected", "one of the two");
        }
    }
    let surroundings = Surroundings { bound: &around.bound, each: around.case.each.as_ref() };
    for (check, node) in checks.iter().zip(under(node, "checks").items()) {
        observed::step_check(page, known, (&check.value, node), &around.editions, &surroundings);
    }
}
