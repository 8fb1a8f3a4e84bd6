//! A vendor's patch document, judged command by command against the table of the edition.

use serde_json::Value;

use super::appointment::{has_links, is_flagged_false, is_video_visit, patients, status};
use super::clause::Clause;
use super::given::{GivenCommand, title};
use super::operation::DocumentOperation;
use super::rejection::{Rejection, shorten};
use super::store::{Draft, Store};
use super::terms::Terms;
use super::{effect, value};
use crate::suite::contract::{Accompaniment, Cell, CommandName, Companion, Condition, PatchCommand};

/// What the document would make of the appointment.
///
/// # Errors
/// 422 where a command is not offered, carries a wrong value, lacks company or meets a state in which it has no place;
/// where the table has another code for that state, that code.
pub(super) fn judge(
    terms: &Terms,
    store: &Store,
    before: &Value,
    operations: &[DocumentOperation],
) -> Result<Draft, Rejection> {
    let commands = recognise(terms, operations)?;
    for (index, given) in commands.iter().enumerate() {
        is_given_once(terms, *given, &commands[..index])?;
        value::check(terms, *given, &commands)?;
    }
    for given in &commands {
        keeps_apart(terms, *given, &commands)?;
        keeps_company(terms, *given, &commands)?;
    }
    for given in &commands {
        is_offered(terms, *given, before)?;
    }
    for given in commands.iter().filter(|given| given.command.name == CommandName::SetStatus) {
        may_follow(terms, *given, before)?;
    }
    effect::of(terms, store, before, &commands)
}

/// Checks what can be checked without the appointment: that each command is offered, with a value of the right shape.
///
/// # Errors
/// As [`judge`].
pub(super) fn check_values(terms: &Terms, operations: &[DocumentOperation]) -> Result<(), Rejection> {
    let commands = recognise(terms, operations)?;
    commands.iter().try_for_each(|given| value::check(terms, *given, &commands))
}

/// Whether the edition lists the operation for the path.
pub(super) fn is_listed(terms: &Terms, operation: &DocumentOperation) -> bool {
    listed(terms, operation).is_some()
}

fn listed<'a>(terms: &'a Terms, operation: &DocumentOperation) -> Option<&'a PatchCommand> {
    terms.commands.iter().find(|command| command.op == operation.op && command.path == operation.path)
}

/// Finds each operation in the table, by operation and path (reading C-28); a document asks for something (OPS-24).
fn recognise<'a>(terms: &'a Terms, operations: &'a [DocumentOperation]) -> Result<Vec<GivenCommand<'a>>, Rejection> {
    terms.require(Clause::DocumentNotEmpty, !operations.is_empty(), || {
        "The patch document asks for nothing.".to_owned()
    })?;
    // No edition has more commands than its table, so of so many one is there twice; the rest need not be looked at.
    let enough = operations.iter().take(terms.commands.len() + 1);
    let recognised = enough.map(|operation| match listed(terms, operation) {
        Some(command) => Ok(GivenCommand { command, value: &operation.value }),
        None => {
            let message = format!("`{} {}` is not supported.", operation.op, shorten(&operation.path));
            Err(terms.reject(Clause::CommandListed, message))
        }
    });
    recognised.collect()
}

/// A command given twice would have two outcomes to choose from (TRN-20).
fn is_given_once(terms: &Terms, given: GivenCommand<'_>, earlier: &[GivenCommand<'_>]) -> Result<(), Rejection> {
    let is_once = earlier.iter().all(|other| other.command.name != given.command.name);
    terms.require(Clause::CommandOnce, is_once, || format!("{} is asked for twice.", given.title()))
}

/// Checks what must not be in the same document (COMB-07).
fn keeps_apart(terms: &Terms, given: GivenCommand<'_>, all: &[GivenCommand<'_>]) -> Result<(), Rejection> {
    let name = given.command.name;
    let strangers = given.command.apart.iter().flat_map(|rule| &rule.from);
    let met = all.iter().find(|other| strangers.clone().any(|stranger| *stranger == other.command.name));
    terms.require(Clause::ApartKept(name), met.is_none(), || {
        let stranger = met.map(GivenCommand::title).unwrap_or_default();
        format!("{} and {stranger} exclude each other.", given.title())
    })
}

/// Checks what must be in the same document (COMB-01 to COMB-06, COMB-12 to COMB-16).
fn keeps_company(terms: &Terms, given: GivenCommand<'_>, all: &[GivenCommand<'_>]) -> Result<(), Rejection> {
    for need in &given.command.needs {
        let applies = need.when.is_none_or(|when| given.status() == Some(when));
        let is_there = |companion: &Companion| {
            all.iter().any(|other| {
                other.command.name == companion.command
                    && companion.value.is_none_or(|value| other.status() == Some(value))
            })
        };
        let is_met = need.one_of.iter().any(|set| set.iter().all(is_there));
        terms.require(Clause::CompanyKept(given.command.name), !applies || is_met, || missing(terms, given, need))?;
    }
    Ok(())
}

/// Names the company that would do, as operations and paths.
fn missing(terms: &Terms, given: GivenCommand<'_>, need: &Accompaniment) -> String {
    let companion = |companion: &Companion| {
        let command = terms.commands.iter().find(|command| command.name == companion.command);
        let title = command.map(title).unwrap_or_default();
        companion.value.map_or(title.clone(), |value| format!("{title} with `{value}`"))
    };
    let sets: Vec<_> =
        need.one_of.iter().map(|set| set.iter().map(companion).collect::<Vec<_>>().join(" and ")).collect();
    format!("{} must come together with {}.", given.title(), sets.join(", or with "))
}

/// Checks the appointment as it is before the patch (COMB-08, COMB-10, COMB-18, COMB-19, VAL-24).
fn is_offered(terms: &Terms, given: GivenCommand<'_>, before: &Value) -> Result<(), Rejection> {
    let sets_status = given.command.name == CommandName::SetStatus;
    let step = if sets_status { status(before).zip(given.status()) } else { None };
    for offer in &given.command.offered {
        let applies = offer.when.is_none_or(|when| given.status() == Some(when));
        let reason = if applies { fails(&offer.condition, before) } else { None };
        let on_links = offer.condition == Condition::LinksPresent;
        terms.require(Clause::Offered { code: offer.code.get(), step, on_links }, reason.is_none(), || {
            format!("{} is not possible: {}.", given.title(), reason.unwrap_or_default())
        })?;
    }
    Ok(())
}

/// Why a condition does not hold, where it does not.
fn fails(condition: &Condition, appointment: &Value) -> Option<&'static str> {
    let (holds, otherwise) = match condition {
        Condition::Status(among) => {
            (status(appointment).is_some_and(|status| among.contains(&status)), "the status does not allow it")
        }
        Condition::PatientTentative => (
            patients(appointment).any(|patient| patient.get("status").and_then(Value::as_str) == Some("tentative")),
            "no patient takes part tentatively",
        ),
        Condition::VideoVisit => (is_video_visit(appointment), "the appointment is not a video visit"),
        Condition::LinksAbsent => (!has_links(appointment), "the video visit has its links already"),
        Condition::LinksPresent => (has_links(appointment), "the video visit has no links to replace"),
        Condition::NotFlaggedFalse(flag) => {
            (!is_flagged_false(appointment, *flag), "an extension of the appointment says so")
        }
    };
    (!holds).then_some(otherwise)
}

/// Asks the transition table. The status already held is rejected like any other sequence that is not listed (TRN-14
/// leaves it open).
fn may_follow(terms: &Terms, given: GivenCommand<'_>, before: &Value) -> Result<(), Rejection> {
    let Some((from, to)) = status(before).zip(given.status()) else { return Ok(()) };
    let cell = terms.transitions.cell(from, to);
    let is_listed = match cell {
        Cell::Allowed | Cell::Open => true,
        Cell::UnsupportedValue | Cell::Omitted | Cell::SelfTransition => false,
    };
    terms.require(Clause::TransitionListed { from, to, cell }, is_listed, || {
        format!("The status cannot change from `{from}` to `{to}`.")
    })
}
