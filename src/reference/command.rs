//! A vendor's patch document, judged command by command against the table of the edition.

use serde_json::Value;

use super::Rules;
use super::appointment::{has_links, is_flagged_false, is_video_visit, patients, status};
use super::document::Operation;
use super::fault::Fault;
use super::respond::{Issue, Refusal, shorten};
use super::store::{Change, Store};
use super::variant::Variant;
use super::{effect, rfc6902, value};
use crate::suite::contract::{Cell, CommandName, Condition, PatchCommand, PatchOp};
use crate::words::fhir::AppointmentStatus;

/// A command of the table and the value it is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) command: &'a PatchCommand,
    pub(super) value: &'a Value,
}

impl Asked<'_> {
    /// The status the value names.
    fn status(&self) -> Option<AppointmentStatus> {
        self.value.as_str()?.parse().ok()
    }
}

/// What the document would make of the appointment.
///
/// # Errors
/// 422 where a command is not offered, carries a wrong value, lacks company or meets a state in which it has no place;
/// where the table has another code for that state, that code.
pub(super) fn judge(rules: &Rules, store: &Store, before: &Value, operations: &[Operation]) -> Result<Change, Refusal> {
    let (asked, others) = recognise(rules, operations)?;
    for (index, one) in asked.iter().enumerate() {
        // A command given twice would have two outcomes to choose from (TRN-20, OPS-24 for none at all).
        if asked[..index].iter().any(|earlier| earlier.command.name == one.command.name) {
            return Err(Refusal::business_rule(format!("{} is asked for twice.", title(one.command))));
        }
        value::check(rules, one.command, one.value, &asked)?;
    }
    for one in &asked {
        keeps_company(rules, *one, &asked)?;
    }
    for one in &asked {
        is_offered(rules, *one, before)?;
    }
    for one in asked.iter().filter(|one| one.command.name == CommandName::SetStatus) {
        may_follow(rules, before, one.status())?;
    }
    let mut change = effect::of(rules, store, before, &asked)?;
    if !others.is_empty() {
        change.resource = rfc6902::apply(rules, &change.resource, &others)?;
    }
    Ok(change)
}

/// Checks what can be checked without the appointment: that each command is offered, with a value of the right shape.
///
/// # Errors
/// As [`judge`].
pub(super) fn check_values(rules: &Rules, operations: &[Operation]) -> Result<(), Refusal> {
    let (asked, _) = recognise(rules, operations)?;
    asked.iter().try_for_each(|one| value::check(rules, one.command, one.value, &asked))
}

/// Finds each operation in the table, by operation and path (reading C-28).
fn recognise<'a>(rules: &Rules, operations: &'a [Operation]) -> Result<(Vec<Asked<'a>>, Vec<Operation>), Refusal> {
    if operations.is_empty() && !rules.is(Variant::EmptyDocumentAccepted) {
        return Err(Refusal::business_rule("The patch document asks for nothing.".to_owned()));
    }
    let (mut asked, mut others) = (Vec::new(), Vec::new());
    for operation in operations {
        let alias = rules.is(Variant::AddStatusAccepted) && operation.op == PatchOp::Add && operation.path == "/status";
        let op = if alias { PatchOp::Replace } else { operation.op };
        let command = rules.commands.iter().find(|own| own.op == op && own.path == operation.path);
        let unlisted = rules.commands.iter().all(|own| own.path != operation.path);
        match command {
            Some(command) => asked.push(Asked { command, value: &operation.value }),
            None if unlisted && rules.has(Fault::UnlistedPathAccepted) => others.push(operation.clone()),
            None if unlisted && rules.has(Fault::UnlistedPathIgnored) => {}
            None if operation.op == PatchOp::Test && rules.has(Fault::TestIgnored) => {}
            None if !unlisted && rules.has(Fault::OtherOperationsAccepted) => others.push(operation.clone()),
            None => {
                let message = format!("`{} {}` is not supported.", operation.op, shorten(&operation.path));
                return Err(Refusal::business_rule(message));
            }
        }
        // No edition has this many commands, so one of them is there twice; the rest need not be looked at.
        if asked.len() > rules.commands.len() {
            break;
        }
    }
    Ok((asked, others))
}

/// Checks what must and what must not be in the same document.
fn keeps_company(rules: &Rules, one: Asked<'_>, all: &[Asked<'_>]) -> Result<(), Refusal> {
    let mixing = rules.has(Fault::MixedVideoOperations) && is_link(one.command.name);
    let strangers = one.command.apart.iter().flat_map(|rule| &rule.from);
    if let Some(stranger) = all.iter().find(|other| strangers.clone().any(|name| *name == other.command.name))
        && !mixing
    {
        let message = format!("{} and {} exclude each other.", title(one.command), title(stranger.command));
        return Err(of_links(one.command.name, Refusal::business_rule(message)));
    }
    for need in &one.command.needs {
        let applies = need.when.is_none_or(|when| one.status() == Some(when));
        let is_met = need.one_of.iter().any(|set| {
            set.iter().all(|companion| {
                all.iter().any(|other| {
                    other.command.name == companion.command
                        && companion.value.is_none_or(|value| other.status() == Some(value))
                })
            })
        });
        if applies && !is_met && !mixing && !rules.has(Fault::MissingAccompanimentsAccepted) {
            return Err(of_links(one.command.name, Refusal::business_rule(missing(rules, one.command, need))));
        }
    }
    Ok(())
}

/// Names the company that would do, as operations and paths.
fn missing(rules: &Rules, command: &PatchCommand, need: &crate::suite::contract::Accompaniment) -> String {
    let companion = |companion: &crate::suite::contract::Companion| {
        let title = rules.commands.iter().find(|own| own.name == companion.command).map(title).unwrap_or_default();
        companion.value.map_or(title.clone(), |value| format!("{title} with `{value}`"))
    };
    let sets: Vec<_> =
        need.one_of.iter().map(|set| set.iter().map(companion).collect::<Vec<_>>().join(" and ")).collect();
    format!("{} must come together with {}.", title(command), sets.join(", or with "))
}

/// Checks the appointment as it is before the patch.
fn is_offered(rules: &Rules, one: Asked<'_>, before: &Value) -> Result<(), Refusal> {
    let opened = status(before).zip(one.status()).is_some_and(|(from, to)| rules.has(Fault::OpenCell(from, to)));
    if rules.has(Fault::CommandsInAnyState) || (opened && one.command.name == CommandName::SetStatus) {
        return Ok(());
    }
    for offer in &one.command.offered {
        let mixing = rules.has(Fault::MixedVideoOperations) && offer.condition == Condition::LinksPresent;
        let applies = offer.when.is_none_or(|when| one.status() == Some(when)) && !mixing;
        if applies && let Some(reason) = fails(&offer.condition, before) {
            let issue = if offer.code.get() == 409 { Issue::Conflict } else { Issue::BusinessRule };
            let message = format!("{} is not possible: {reason}.", title(one.command));
            return Err(Refusal::new(offer.code.get(), issue, message));
        }
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

/// Asks the transition table. The status already held is refused like any other sequence that is not listed (TRN-14
/// leaves it open).
fn may_follow(rules: &Rules, before: &Value, to: Option<AppointmentStatus>) -> Result<(), Refusal> {
    let (Some(from), Some(to)) = (status(before), to) else { return Ok(()) };
    let reopens =
        rules.has(Fault::ReopenAfterRead) && (from, to) == (AppointmentStatus::Cancelled, AppointmentStatus::Booked);
    let allowed = match rules.transitions.cell(from, to) {
        Cell::UnsupportedValue | Cell::Omitted if rules.has(Fault::OpenCell(from, to)) => true,
        Cell::UnsupportedValue | Cell::Omitted if reopens => true,
        Cell::Allowed => {
            !(rules.has(Fault::RefuseAllowedTransition)
                && (from, to) == (AppointmentStatus::Booked, AppointmentStatus::CheckedIn))
        }
        Cell::UnsupportedValue => rules.has(Fault::UnsupportedStatusAccepted),
        Cell::Omitted => rules.has(Fault::OpenTransitions),
        Cell::SelfTransition => rules.is(Variant::SameStatusAccepted),
        Cell::Open => true,
    };
    if allowed {
        return Ok(());
    }
    Err(Refusal::business_rule(format!("The status cannot change from `{from}` to `{to}`.")))
}

/// For operations on links that lack company or exclude each other the page itself says 422 (COMB-05 to COMB-07).
fn of_links(name: CommandName, refusal: Refusal) -> Refusal {
    if is_link(name) { refusal.stated() } else { refusal }
}

fn is_link(name: CommandName) -> bool {
    matches!(
        name,
        CommandName::AddProviderLink
            | CommandName::AddPatientLink
            | CommandName::AddLinkStart
            | CommandName::AddLinkEnd
            | CommandName::ReplaceProviderLink
            | CommandName::ReplacePatientLink
            | CommandName::ReplaceLinkStart
            | CommandName::ReplaceLinkEnd
    )
}

fn title(command: &PatchCommand) -> String {
    format!("`{} {}`", command.op, command.path)
}
