//! A vendor's commands in the model: the table of the edition, its rules of company, and the status machine.

use serde_json::Value;

use super::document::Operation;
use super::state::AppointmentState;
use super::value::{self, ValueFinding};
use super::weighing::Weighing;
use crate::plan::last_status;
use crate::suite::contract::{
    Accompaniment, Cell, CommandName, Condition, Edition, Offer, PatchCommand, PatchOp, RequirementId, Transitions,
};
use crate::words::fhir::AppointmentStatus;

/// What an edition offers, and the appointment it is offered on.
pub(super) struct Vendor<'a> {
    pub edition: Edition,
    pub commands: &'a [PatchCommand],
    pub transitions: Option<&'a Transitions>,
    pub state: &'a AppointmentState,
}

/// A command of the table with its value.
#[derive(Clone, Copy)]
struct AskedCommand<'a> {
    command: &'a PatchCommand,
    value: &'a Value,
}

impl AskedCommand<'_> {
    fn status(&self) -> Option<AppointmentStatus> {
        self.value.as_str()?.parse().ok()
    }

    fn is_link(&self) -> bool {
        self.command.path.starts_with("/contained/")
    }
}

/// Rules of the table that the readings leave open: from which states an appointment can be rescheduled, and what becomes
/// of one that is marked (COMB-09, COMB-11, VAL-24).
const UNDECIDED: [&str; 3] = ["APPT-COMB-09", "APPT-COMB-11", "APPT-VAL-24"];

impl Vendor<'_> {
    /// Weighs the operations of a document against the table.
    pub fn weigh(&self, operations: &[Operation], weighing: &mut Weighing) {
        let mut asked: Vec<AskedCommand<'_>> = Vec::new();
        let mut sure = true;
        for operation in operations {
            match self.commands.iter().find(|command| command.op == operation.op && command.path == operation.path) {
                Some(command) => {
                    asked.push(AskedCommand { command, value: operation.value.as_ref().unwrap_or(&Value::Null) })
                }
                None => {
                    sure = false;
                    self.unlisted(operation, operations.len() > 1, weighing);
                }
            }
        }
        for (place, one) in asked.iter().enumerate() {
            if asked[..place].iter().any(|earlier| earlier.command.name == one.command.name) {
                sure = false;
                if one.command.name == CommandName::SetStatus {
                    weighing.doubt("APPT-TRN-20");
                } else {
                    weighing.open();
                }
            }
            self.value(*one, &asked, weighing);
            self.company(*one, &asked, weighing);
            for offer in &one.command.offered {
                self.offer(*one, offer, weighing);
            }
        }
        let links = asked.iter().filter(|one| one.is_link()).count();
        if links > 0 && links < asked.len() {
            weighing.doubt("APPT-COMB-22");
        }
        let has = |name: CommandName| asked.iter().any(|one| one.command.name == name);
        if has(CommandName::RescheduleReason) && has(CommandName::ActionComment) {
            weighing.doubt("APPT-COMB-17");
        }
        self.transition(&asked, sure, weighing);
        for one in &asked {
            if one.command.name != CommandName::SetStatus {
                weighing.by.extend(one.command.requirements.first().cloned());
            }
        }
        if sure {
            weighing.change.touches = Some(touches(&asked));
        }
    }

    fn unlisted(&self, operation: &Operation, beside: bool, weighing: &mut Weighing) {
        let listed = self.commands.iter().any(|command| command.path == operation.path);
        if listed && operation.op == PatchOp::Test {
            weighing.doubt("APPT-OPS-22");
            let held = self.state.resource.pointer(&operation.path);
            if held.is_some() && held != operation.value.as_ref() {
                weighing.against("APPT-RFC-16");
            }
        } else if listed {
            weighing.doubt("APPT-OPS-21");
        } else {
            weighing.against(match self.edition {
                Edition::May2019 => "APPT-OPS-03",
                Edition::March2024 | Edition::FhirR4 => "APPT-OPS-04",
            });
            if beside {
                weighing.also_against("APPT-OPS-23");
            }
        }
    }

    fn value(&self, one: AskedCommand<'_>, all: &[AskedCommand<'_>], weighing: &mut Weighing) {
        let end = one.command.value.not_after();
        let end = end.and_then(|name| all.iter().find(|other| other.command.name == name)).map(|other| other.value);
        match value::weigh(one.command, one.value, end) {
            ValueFinding::Right => {}
            ValueFinding::Wrong(requirement) => weighing.against(requirement),
            ValueFinding::Open(requirement) => weighing.doubt(requirement),
        }
        let slots = one.value.as_array().into_iter().flatten();
        let strange = slots
            .filter_map(|entry| entry.get("reference")?.as_str())
            .any(|reference| !self.state.free_slots.contains(reference));
        if one.command.path == "/slot" && strange {
            weighing.doubt("APPT-VAL-04");
        }
    }

    fn company(&self, one: AskedCommand<'_>, all: &[AskedCommand<'_>], weighing: &mut Weighing) {
        for rule in &one.command.apart {
            if all.iter().any(|other| rule.from.contains(&other.command.name)) {
                rule.requirements.iter().for_each(|id| rules_out(id, weighing));
            }
        }
        for need in &one.command.needs {
            let applies = need.when.is_none_or(|when| one.status() == Some(when));
            if applies && !is_met(need, all) {
                self.lacking(need, all, weighing);
            }
        }
    }

    /// Where several requirements share a rule, the first speaks of a set that is there in part, the last of a command
    /// that stands alone and only should be refused (COMB-12 and COMB-14, reading C-11).
    fn lacking(&self, need: &Accompaniment, all: &[AskedCommand<'_>], weighing: &mut Weighing) {
        let in_part = need.one_of.iter().flatten().any(|companion| {
            companion.value.is_some()
                && all.iter().any(|one| one.command.name == companion.command && one.status() == companion.value)
        });
        match need.requirements.as_slice() {
            [only] => weighing.against(only.as_str()),
            [first, ..] if in_part => weighing.against(first.as_str()),
            [.., last] => weighing.doubt(last.as_str()),
            [] => weighing.open(),
        }
    }

    fn offer(&self, one: AskedCommand<'_>, offer: &Offer, weighing: &mut Weighing) {
        let applies = offer.when.is_none_or(|when| one.status() == Some(when));
        if !applies || holds(&offer.condition, self.state) {
            return;
        }
        offer.requirements.iter().for_each(|id| rules_out(id, weighing));
    }

    fn transition(&self, asked: &[AskedCommand<'_>], sure: bool, weighing: &mut Weighing) {
        let changes: Vec<AppointmentStatus> = asked
            .iter()
            .filter(|one| one.command.name == CommandName::SetStatus)
            .filter_map(AskedCommand::status)
            .collect();
        let (Some(table), false) = (self.transitions, changes.is_empty()) else { return };
        let Some(mut from) = self.state.status() else { return weighing.open() };
        for to in &changes {
            let rule: Option<&RequirementId> = table.requirement(from, *to);
            let cell = table.cell(from, *to);
            match (cell, rule) {
                (Cell::Allowed, Some(rule)) if sure => weighing.by.push(rule.clone()),
                (Cell::Allowed, _) => {}
                (Cell::UnsupportedValue, Some(rule)) => weighing.against(rule.as_str()),
                // Of several changes only the first is sure to be judged from the status held (TRN-20).
                (Cell::Omitted, Some(rule)) if changes.len() == 1 => weighing.against(rule.as_str()),
                (Cell::SelfTransition, Some(rule)) => weighing.doubt(rule.as_str()),
                (Cell::Omitted | Cell::UnsupportedValue | Cell::SelfTransition | Cell::Open, _) => weighing.open(),
            }
            from = *to;
        }
        let sent = asked.iter().map(|one| (Some(one.command.path.as_str()), Some(one.value)));
        weighing.change.status = last_status(sent);
    }
}

/// A rule of the table speaks against the document, for sure or perhaps.
fn rules_out(requirement: &RequirementId, weighing: &mut Weighing) {
    if UNDECIDED.contains(&requirement.as_str()) {
        weighing.doubt(requirement.as_str());
    } else {
        weighing.against(requirement.as_str());
    }
}

fn is_met(need: &Accompaniment, all: &[AskedCommand<'_>]) -> bool {
    need.one_of.iter().any(|set| {
        set.iter().all(|companion| {
            all.iter().any(|one| {
                one.command.name == companion.command && companion.value.is_none_or(|value| one.status() == Some(value))
            })
        })
    })
}

/// Whether a condition holds of the appointment as it was read.
fn holds(condition: &Condition, state: &AppointmentState) -> bool {
    let list = |name: &str| state.resource.get(name).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let room = |value: &&Value| value.to_string().contains("Virtual Meeting Room");
    let linked = || list("contained").filter(room).any(|resource| resource.get("telecom").is_some());
    match condition {
        Condition::Status(among) => state.status().is_some_and(|status| among.contains(&status)),
        Condition::PatientTentative => list("participant").any(|participant| {
            text(participant, "/actor/reference").is_some_and(|actor| actor.contains("Patient/"))
                && text(participant, "/status").as_deref() == Some("tentative")
        }),
        Condition::VideoVisit => list("contained").any(|resource| room(&resource)),
        Condition::LinksAbsent => !linked(),
        Condition::LinksPresent => linked(),
        Condition::NotFlaggedFalse(flag) => !list("extension").any(|extension| {
            text(extension, "/url").as_deref() == Some(flag.url())
                && extension.get("valueBoolean") == Some(&Value::Bool(false))
        }),
    }
}

/// The members that the commands name, and those a server derives from them (ATOM-06).
fn touches(asked: &[AskedCommand<'_>]) -> Vec<String> {
    let mut members: Vec<&str> = vec!["/meta", "/text", "/extension"];
    for one in asked {
        members.extend(match one.command.name {
            CommandName::SetStatus => &["/status"][..],
            CommandName::BookSlot | CommandName::Reschedule => {
                &["/slot", "/start", "/end", "/minutesDuration", "/participant"]
            }
            CommandName::SetReason => &["/reasonCode"],
            CommandName::SetCancelationReason => &["/cancelationReason"],
            CommandName::AddProviderLink
            | CommandName::AddPatientLink
            | CommandName::AddLinkStart
            | CommandName::AddLinkEnd
            | CommandName::ReplaceProviderLink
            | CommandName::ReplacePatientLink
            | CommandName::ReplaceLinkStart
            | CommandName::ReplaceLinkEnd => &["/contained"],
            CommandName::SetPatientStatus => &["/participant"],
            CommandName::ActionComment | CommandName::RescheduleReason => &["/extension"],
            CommandName::SetComment => &["/comment"],
        });
    }
    members.sort_unstable();
    members.dedup();
    members.into_iter().map(str::to_owned).collect()
}
