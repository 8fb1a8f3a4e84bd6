//! `patchproof explain`: what a requirement asks and what a case sends.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::plan::{
    BodyTemplate, Case, CaseKind, Expanded, GeneratedLists, Head, KnownTag, NEVER_EXISTED, Precondition, PropertyRule,
    Race, Racer, Selection, StepCase, expand,
};
use crate::suite::contract::{Breach, Contract, Edition, Requirement, RequirementId, Standing};
use crate::suite::scenario::{Catalogue, Outcome};
use crate::words::yaml::nearest;

/// Options of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The id of a requirement (APPT-VER-04) or of a case (if-match/missing)
    what: String,
    /// The edition of the contract [default: all]
    #[arg(long, value_name = "EDITION")]
    edition: Option<Edition>,
    /// A folder (or file) of scenarios to add
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// Explains a requirement or a case.
pub(super) fn run(args: &ExplainArgs) -> Exit {
    match explained(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn explained(args: &ExplainArgs) -> Result<String, Exit> {
    let contract = common::the_contract()?;
    let catalogue = common::catalogue(contract, args.scenarios.as_deref())?;
    let editions: Vec<Edition> = args.edition.map_or(Edition::ALL.to_vec(), |edition| vec![edition]);
    if let Ok(id) = args.what.parse::<RequirementId>() {
        return match contract.requirement(&id) {
            Some(requirement) => Ok(about_requirement(contract, &catalogue, requirement, &editions)),
            None => Err(common::fail(
                Exit::Usage,
                &format!(
                    "the contract has no requirement `{id}`; `patchproof list` shows cases with their requirements"
                ),
            )),
        };
    }
    let mut text = String::new();
    let mut ids: Vec<String> = Vec::new();
    for edition in editions {
        let Ok(Expanded { cases, .. }) = expand(&catalogue, contract, edition, &Selection::default()) else {
            continue;
        };
        ids.extend(cases.iter().map(|case| case.head.id.0.clone()));
        for Case { head, kind } in cases.iter().filter(|case| case.head.id.0 == args.what) {
            match kind {
                CaseKind::Exchange(case) => about_case(contract, edition, head, case, &mut text),
                CaseKind::Property(property) => about_property(edition, head, property, &mut text),
                CaseKind::Race(race) => about_race(edition, head, race, &mut text),
                CaseKind::Lists(lists) => about_lists(contract, edition, head, lists, &mut text),
            }
        }
    }
    if text.is_empty() {
        let near = nearest(&args.what, ids.iter().map(String::as_str));
        let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        let message = format!(
            "`{}` is neither a requirement nor a case{near}; `patchproof list` shows cases with their requirements",
            args.what
        );
        return Err(common::fail(Exit::Usage, &message));
    }
    Ok(text)
}

fn about_requirement(
    contract: &Contract,
    catalogue: &Catalogue,
    requirement: &Requirement,
    editions: &[Edition],
) -> String {
    let mut text = format!(
        "{} {}: {}\n\n{}\n\n",
        requirement.id,
        requirement.level.name(),
        requirement.title,
        requirement.statement.trim_end()
    );
    let source = |source: &crate::suite::contract::Source| {
        let title = contract.sources.get(&source.doc).map_or(source.doc.as_str(), |document| document.title.as_str());
        format!("{title}, {}", source.section)
    };
    for edition in editions {
        let Some(standing) = requirement.standing(*edition) else { continue };
        let standing = match standing {
            Standing::Native => "",
            Standing::Inherited => " (inherited)",
        };
        let expected = match requirement.expectation(*edition, None) {
            Some(expect) => format!("expects {expect}"),
            None => "expects no particular status".to_owned(),
        };
        let _ = writeln!(text, "in {edition}{standing}: {expected}; {}", breach(requirement.breach(*edition)));
        let words = (requirement.title(*edition), requirement.statement(*edition));
        if words != (requirement.title.as_str(), requirement.statement.as_str()) {
            let _ = writeln!(text, "    {}: {}", words.0, words.1.trim_end());
        }
        if *requirement.source(*edition) != requirement.source {
            let _ = writeln!(text, "    source: {}", source(requirement.source(*edition)));
        }
        for (name, expect) in &requirement.cases {
            let expect = requirement.expectation(*edition, Some(name)).unwrap_or(expect);
            let _ = writeln!(text, "    {name}: {expect}");
        }
        if let Ok(Expanded { cases, .. }) = expand(catalogue, contract, *edition, &Selection::default()) {
            let heads = cases.iter().map(|case| &case.head);
            let judged = heads.filter(|head| head.requirements.contains(&requirement.id));
            let ids: Vec<&str> = judged.map(|head| head.id.0.as_str()).collect();
            let _ = writeln!(text, "    cases: {}", if ids.is_empty() { "none".to_owned() } else { ids.join(", ") });
        }
    }
    let _ = writeln!(text, "\nsource: {}", source(&requirement.source));
    for also in &requirement.also {
        let _ = writeln!(text, "also: {}", source(also));
    }
    if let Some(reading) = &requirement.reading {
        let _ = writeln!(text, "reading: {}", reading.trim_end());
    }
    if let Some(reason) = &requirement.not_tested {
        let _ = writeln!(text, "not tested: {}", reason.trim_end());
    }
    text
}

fn about_case(contract: &Contract, edition: Edition, head: &Head, case: &StepCase, text: &mut String) {
    let _ = writeln!(text, "{} in {edition} ({}:{})", head.id, head.origin.file, head.origin.line);
    let _ = writeln!(text, "{}", head.title);
    let _ = writeln!(text, "fixture: {}", case.fixture);
    for (number, step) in case.steps.iter().enumerate() {
        let (body, tag) = (body_text(&step.request.body), tag(&step.request.if_match));
        let _ = writeln!(text, "step {}: {body}", number + 1);
        let _ = writeln!(text, "    If-Match: {tag}; the request must be {}", outcome(step.outcome));
        for rule in &step.status {
            let title = contract.requirement(&rule.requirement).map_or("", |requirement| requirement.title(edition));
            let _ = writeln!(text, "    {} {title}: {}", rule.requirement, rule.expect);
        }
        for rule in &step.checks {
            let ids: Vec<&str> = rule.requirements.iter().map(|(id, _)| id.as_str()).collect();
            let _ = writeln!(
                text,
                "    {} checks {}",
                ids.join(" "),
                serde_json::to_string(&rule.check).unwrap_or_default()
            );
        }
    }
    text.push('\n');
}

fn about_property(edition: Edition, head: &Head, property: &PropertyRule, text: &mut String) {
    let ids: Vec<&str> = property.rule.requirements.iter().map(|(id, _)| id.as_str()).collect();
    let _ = writeln!(text, "{} in {edition} ({}:{})", head.id, head.origin.file, head.origin.line);
    let _ = writeln!(text, "{}", head.title);
    let _ = writeln!(
        text,
        "{} checks {}\n",
        ids.join(" "),
        serde_json::to_string(&property.rule.check).unwrap_or_default()
    );
}

fn about_race(edition: Edition, head: &Head, race: &Race, text: &mut String) {
    let ids: Vec<&str> = head.requirements.iter().map(|id| id.as_str()).collect();
    let _ = writeln!(text, "{} in {edition} ({}:{})", head.id, head.origin.file, head.origin.line);
    let _ = writeln!(
        text,
        "{}\nfixture: {}; rounds: {}; verifies {}",
        head.title,
        race.fixture,
        race.rounds,
        ids.join(" ")
    );
    for (number, racer) in race.clients.iter().enumerate() {
        let _ = match racer {
            Racer::Writer { request } => {
                let (body, tag) = (body_text(&request.body), tag(&request.if_match));
                writeln!(text, "client {}: PATCH {body} with If-Match: {tag}", number + 1)
            }
            Racer::Reader { times } => writeln!(text, "client {}: {times} times GET", number + 1),
        };
    }
    if let Some(then) = &race.then {
        let _ = writeln!(text, "afterwards: PATCH {} with the version last read", body_text(&then.body));
    }
    text.push('\n');
}

fn about_lists(contract: &Contract, edition: Edition, head: &Head, sequence: &GeneratedLists, text: &mut String) {
    let _ = writeln!(text, "{} in {edition} ({}:{})", head.id, head.origin.file, head.origin.line);
    let _ = writeln!(text, "{}", head.title);
    let _ = writeln!(
        text,
        "draws {} lists of 1 to {} steps, each on a fresh appointment in state {}",
        sequence.cases, sequence.length, sequence.fixture
    );
    let all: u32 = sequence.weights.iter().map(|(_, weight)| weight).sum();
    for (generator, weight) in &sequence.weights {
        let _ = writeln!(text, "    {:>3} % {}", weight * 100 / all.max(1), generator.name());
    }
    for id in &head.requirements {
        let title = contract.requirement(id).map_or("", |requirement| requirement.title(edition));
        let _ = writeln!(text, "    {id} {title}");
    }
    text.push('\n');
}

/// What breaking a rule earns.
const fn breach(breach: Breach) -> &'static str {
    match breach {
        Breach::Fail => "breaking it fails",
        Breach::Warn => "breaking it is a warning",
        Breach::Observe => "what happens is only recorded",
    }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Refused => "rejected",
        Outcome::RejectedOrValid => "rejected without effect, or accepted and valid afterwards",
        Outcome::Either => "accepted, or rejected without effect",
    }
}

fn tag(precondition: &Precondition) -> String {
    match precondition {
        Precondition::Absent => "absent".to_owned(),
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown) => "the current version".to_owned(),
        Precondition::Tag(KnownTag::LastEtag) => "the ETag of the last PATCH, verbatim".to_owned(),
        Precondition::Tag(KnownTag::Stale) => "the version before the current one".to_owned(),
        Precondition::Tag(KnownTag::Strong) => "the current version as a strong tag".to_owned(),
        Precondition::Lines(lines) => match lines.as_slice() {
            [line] if line == NEVER_EXISTED => "a version that never existed".to_owned(),
            lines => lines.join(", "),
        },
    }
}

fn body_text(body: &BodyTemplate) -> String {
    match body {
        BodyTemplate::Empty => "no body".to_owned(),
        BodyTemplate::Document(document) => document.to_string(),
        BodyTemplate::Text(text) => text.clone(),
        BodyTemplate::Base64(text) => format!("base64 {text}"),
        BodyTemplate::Previous => "the last accepted document again".to_owned(),
        BodyTemplate::Advance => "the plain status change that is due".to_owned(),
    }
}
