//! `patchproof explain`: what a requirement asks and what a case sends.

use std::fmt::Write as _;

use super::{Exit, ExplainArgs, common};
use crate::plan::{Case, Expanded, PropertyCase, Race, Racer, Selection, SequenceCase, expand};
use crate::suite::contract::{Contract, Edition, Requirement, RequirementId, Standing};
use crate::suite::scenario::{Catalogue, Patch};

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
            None => Err(common::fail(Exit::Usage, &format!("the contract has no requirement `{id}`"))),
        };
    }
    let mut text = String::new();
    for edition in editions {
        let Ok(Expanded { cases, properties, races, sequences, .. }) =
            expand(&catalogue, contract, edition, &Selection::default())
        else {
            continue;
        };
        for case in cases.iter().filter(|case| case.id.0 == args.what) {
            about_case(contract, edition, case, &mut text);
        }
        for property in properties.iter().filter(|property| property.id.0 == args.what) {
            about_property(edition, property, &mut text);
        }
        for race in races.iter().filter(|race| race.id.0 == args.what) {
            about_race(edition, race, &mut text);
        }
        for sequence in sequences.iter().filter(|sequence| sequence.id.0 == args.what) {
            about_sequence(contract, edition, sequence, &mut text);
        }
    }
    if text.is_empty() {
        let message = format!("`{}` is neither a requirement nor a case; `patchproof list` shows the cases", args.what);
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
    for edition in editions {
        let Some(standing) = requirement.standing(*edition) else { continue };
        let standing = match standing {
            Standing::Native => "",
            Standing::Inherited => " (inherited)",
        };
        let expected = match requirement.expectation(*edition, None) {
            Some(expect) => format!("expects {expect}"),
            None => "expects no status of its own".to_owned(),
        };
        let _ = writeln!(text, "in {edition}{standing}: {expected}; a breach is a {:?}", requirement.breach(*edition));
        for (name, expect) in &requirement.cases {
            let expect = requirement.expectation(*edition, Some(name)).unwrap_or(expect);
            let _ = writeln!(text, "    {name}: {expect}");
        }
        if let Ok(Expanded { cases, properties, races, sequences, .. }) =
            expand(catalogue, contract, *edition, &Selection::default())
        {
            let mut ids: Vec<String> = cases
                .iter()
                .filter(|case| case.judged_for().contains(&&requirement.id))
                .map(|case| case.id.0.clone())
                .collect();
            ids.extend(
                properties
                    .iter()
                    .filter(|own| own.rule.requirements.iter().any(|(id, _)| *id == requirement.id))
                    .map(|own| own.id.0.clone()),
            );
            let judged = races.iter().filter(|own| own.requirements.contains(&requirement.id));
            ids.extend(judged.map(|own| own.id.0.clone()));
            let drawn = sequences.iter().filter(|own| own.requirements.contains(&requirement.id));
            ids.extend(drawn.map(|own| own.id.0.clone()));
            let _ = writeln!(text, "    cases: {}", if ids.is_empty() { "none".to_owned() } else { ids.join(", ") });
        }
    }
    let source = |source: &crate::suite::contract::Source| {
        let title = contract.sources.get(&source.doc).map_or(source.doc.as_str(), |document| document.title.as_str());
        format!("{title}, {}", source.section)
    };
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

fn about_case(contract: &Contract, edition: Edition, case: &Case, text: &mut String) {
    let _ = writeln!(text, "{} in {edition} ({}:{})", case.id, case.origin.file, case.origin.line);
    let _ = writeln!(text, "{}", case.title);
    let _ = writeln!(text, "fixture: {}", case.fixture);
    for (number, step) in case.steps.iter().enumerate() {
        let body = match (&step.patch, &step.body) {
            (Some(Patch::Advance), _) => "the plain status change that is due".to_owned(),
            (Some(Patch::Previous), _) => "the last accepted document again".to_owned(),
            (Some(Patch::Document(document)), _) => document.to_string(),
            (None, Some(body)) => format!("{body:?}"),
            (None, None) => "no body".to_owned(),
        };
        let _ = writeln!(text, "step {}: {body}", number + 1);
        let _ = writeln!(text, "    If-Match: {:?}; expects the request to be {:?}", step.if_match, step.outcome);
        for rule in &step.status {
            let title = contract.requirement(&rule.requirement).map_or("", |own| own.title.as_str());
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

fn about_property(edition: Edition, property: &PropertyCase, text: &mut String) {
    let ids: Vec<&str> = property.rule.requirements.iter().map(|(id, _)| id.as_str()).collect();
    let _ = writeln!(text, "{} in {edition} ({}:{})", property.id, property.origin.file, property.origin.line);
    let _ = writeln!(text, "{}", property.title);
    let _ = writeln!(
        text,
        "{} checks {}\n",
        ids.join(" "),
        serde_json::to_string(&property.rule.check).unwrap_or_default()
    );
}

fn about_race(edition: Edition, race: &Race, text: &mut String) {
    let ids: Vec<&str> = race.requirements.iter().map(|id| id.as_str()).collect();
    let _ = writeln!(text, "{} in {edition} ({}:{})", race.id, race.origin.file, race.origin.line);
    let _ = writeln!(
        text,
        "{}\nfixture: {}; rounds: {}; verifies {}",
        race.title,
        race.fixture,
        race.rounds,
        ids.join(" ")
    );
    for (number, racer) in race.clients.iter().enumerate() {
        let _ = match racer {
            Racer::Writer { document, if_match } => {
                writeln!(text, "client {}: PATCH {document} with If-Match: {if_match:?}", number + 1)
            }
            Racer::Reader { times } => writeln!(text, "client {}: {times} times GET", number + 1),
        };
    }
    if let Some(then) = &race.then {
        let _ = writeln!(text, "afterwards: PATCH {then} with the version last read");
    }
    text.push('\n');
}

fn about_sequence(contract: &Contract, edition: Edition, sequence: &SequenceCase, text: &mut String) {
    let _ = writeln!(text, "{} in {edition} ({}:{})", sequence.id, sequence.origin.file, sequence.origin.line);
    let _ = writeln!(text, "{}", sequence.title);
    let _ = writeln!(
        text,
        "draws {} lists of 1 to {} steps, each on a fresh appointment in state {}",
        sequence.cases, sequence.length, sequence.fixture
    );
    let all: u32 = sequence.weights.iter().map(|(_, weight)| weight).sum();
    for (generator, weight) in &sequence.weights {
        let _ = writeln!(text, "    {:>3} % {}", weight * 100 / all.max(1), generator.name());
    }
    for id in &sequence.requirements {
        let title = contract.requirement(id).map_or("", |own| own.title.as_str());
        let _ = writeln!(text, "    {id} {title}");
    }
    text.push('\n');
}
