//! The patch commands of one edition: which operations it offers, what each must carry, and what must come with it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::RequirementId;
use crate::words::fhir::{AppointmentStatus, StatusCode};

/// One (operation, path) pair that an edition offers.
///
/// It has the syntax of a JSON Patch operation but is an order to the scheduling system: `/patient-status` is no member
/// of an Appointment, and `replace /extension` does not replace the list (reading C-08).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatchCommand {
    pub name: CommandName,
    pub op: PatchOp,
    /// The path as it is sent, a JSON Pointer.
    pub path: String,
    pub value: ValueShape,
    /// The requirements that bound the value.
    #[serde(default)]
    pub bounded_by: Vec<RequirementId>,
    /// The requirements that offer the command.
    pub requirements: Vec<RequirementId>,
    /// What must be in the same document.
    #[serde(default)]
    pub needs: Vec<Accompaniment>,
    /// What must not be in the same document.
    #[serde(default)]
    pub apart: Vec<Separation>,
    /// What must hold of the appointment before the patch.
    #[serde(default)]
    pub offered: Vec<Offer>,
}

/// The commands by a name of our own; the documents name them only by operation and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandName {
    SetStatus,
    BookSlot,
    Reschedule,
    SetReason,
    SetCancelationReason,
    AddProviderLink,
    AddPatientLink,
    AddLinkStart,
    AddLinkEnd,
    ReplaceProviderLink,
    ReplacePatientLink,
    ReplaceLinkStart,
    ReplaceLinkEnd,
    SetPatientStatus,
    ActionComment,
    RescheduleReason,
    SetComment,
}

/// The six operations of JSON Patch (RFC 6902 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchOp {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// What the `value` of a command must be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ValueShape {
    /// A code of Appointment.status that the edition's transition table supports.
    AppointmentStatus,
    /// A code of Appointment.participant.status, one of these.
    ParticipantStatus { among: Vec<String> },
    /// A list of exactly this many references to a Slot.
    SlotReferences { exactly: usize },
    /// A list of CodeableConcept: `text` required and not empty, `coding` ignored; the empty list removes what is there.
    TextConcepts { at_most: usize },
    /// One CodeableConcept with exactly one coding of a known system; its `text` is ignored.
    CodedConcept {
        standard_system: String,
        standard_codes: Vec<String>,
        /// The proprietary system is this, an EHR source id, and the suffix; the table does not know its codes.
        proprietary_prefix: String,
        proprietary_suffix: String,
    },
    /// An absolute URL of at most this many characters.
    Link { at_most: usize },
    /// A FHIR dateTime; `not-after` names the command that carries the end of the same period (per-1).
    DateTime {
        #[serde(default)]
        not_after: Option<CommandName>,
    },
    /// A list of exactly one Extension with this URL and this kind of value.
    Extension { url: String, holds: Held },
    /// A string that is not empty.
    Text,
}

/// The kind of value in an Extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    String,
    CodeableConcept,
}

impl Held {
    /// The member of the Extension that holds it.
    pub const fn member(self) -> &'static str {
        match self {
            Held::String => "valueString",
            Held::CodeableConcept => "valueCodeableConcept",
        }
    }
}

/// Commands that must come along.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accompaniment {
    /// The rule applies only where the command's own value is this status.
    pub when: Option<AppointmentStatus>,
    /// Alternatives: one of these sets must be in the document in full.
    pub one_of: Vec<Vec<Companion>>,
    pub requirements: Vec<RequirementId>,
}

/// A command that comes along, where it matters with the status it carries.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    pub command: CommandName,
    pub value: Option<AppointmentStatus>,
}

/// Commands that must stay out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    pub from: Vec<CommandName>,
    pub requirements: Vec<RequirementId>,
}

/// A condition on the appointment as it is before the patch, and the code of a refusal where it does not hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The rule applies only where the command's own value is this status.
    pub when: Option<AppointmentStatus>,
    pub condition: Condition,
    pub code: StatusCode,
    pub requirements: Vec<RequirementId>,
}

/// What can be asked of an appointment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// It holds one of these statuses.
    Status(Vec<AppointmentStatus>),
    /// A Patient takes part whose participation is tentative.
    PatientTentative,
    /// It is a video visit: it has virtual meeting rooms.
    VideoVisit,
    /// Its meeting rooms have no links yet.
    LinksAbsent,
    /// Its meeting rooms have links.
    LinksPresent,
    /// Its extension of this name is not `false`.
    NotFlaggedFalse(Flag),
}

/// The vendor's extensions that say what an appointment's owner may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    IsCancelable,
    IsReschedulable,
}

impl Flag {
    /// The URL of the extension (appointment page 2024-03, Custom Extensions).
    pub const fn url(self) -> &'static str {
        match self {
            Flag::IsCancelable => "https://fhir-ehr.cerner.com/r4/StructureDefinition/is-cancelable",
            Flag::IsReschedulable => "https://fhir-ehr.cerner.com/r4/StructureDefinition/is-reschedulable",
        }
    }
}

impl CommandName {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            CommandName::SetStatus => "set-status",
            CommandName::BookSlot => "book-slot",
            CommandName::Reschedule => "reschedule",
            CommandName::SetReason => "set-reason",
            CommandName::SetCancelationReason => "set-cancelation-reason",
            CommandName::AddProviderLink => "add-provider-link",
            CommandName::AddPatientLink => "add-patient-link",
            CommandName::AddLinkStart => "add-link-start",
            CommandName::AddLinkEnd => "add-link-end",
            CommandName::ReplaceProviderLink => "replace-provider-link",
            CommandName::ReplacePatientLink => "replace-patient-link",
            CommandName::ReplaceLinkStart => "replace-link-start",
            CommandName::ReplaceLinkEnd => "replace-link-end",
            CommandName::SetPatientStatus => "set-patient-status",
            CommandName::ActionComment => "action-comment",
            CommandName::RescheduleReason => "reschedule-reason",
            CommandName::SetComment => "set-comment",
        }
    }
}

impl PatchCommand {
    /// Every requirement the command or one of its rules cites.
    pub fn cited(&self) -> impl Iterator<Item = &RequirementId> {
        let needs = self.needs.iter().flat_map(|rule| &rule.requirements);
        let apart = self.apart.iter().flat_map(|rule| &rule.requirements);
        let offered = self.offered.iter().flat_map(|rule| &rule.requirements);
        self.requirements.iter().chain(&self.bounded_by).chain(needs).chain(apart).chain(offered)
    }

    /// Every other command its rules name.
    pub fn named(&self) -> impl Iterator<Item = CommandName> + '_ {
        let needs = self.needs.iter().flat_map(|rule| rule.one_of.iter().flatten()).map(|companion| companion.command);
        let apart = self.apart.iter().flat_map(|rule| rule.from.iter().copied());
        needs.chain(apart).chain(self.value.not_after())
    }
}

impl ValueShape {
    /// The command whose time this one, a time too, must not be after.
    pub fn not_after(&self) -> Option<CommandName> {
        if let ValueShape::DateTime { not_after } = self { *not_after } else { None }
    }
}

impl PatchOp {
    /// All six.
    pub const ALL: [PatchOp; 6] =
        [PatchOp::Add, PatchOp::Remove, PatchOp::Replace, PatchOp::Move, PatchOp::Copy, PatchOp::Test];

    /// The operation as it stands in a document.
    pub const fn name(self) -> &'static str {
        match self {
            PatchOp::Add => "add",
            PatchOp::Remove => "remove",
            PatchOp::Replace => "replace",
            PatchOp::Move => "move",
            PatchOp::Copy => "copy",
            PatchOp::Test => "test",
        }
    }

    /// Whether the operation must carry `value`.
    pub const fn has_value(self) -> bool {
        matches!(self, PatchOp::Add | PatchOp::Replace | PatchOp::Test)
    }

    /// Whether the operation must carry `from`.
    pub const fn has_from(self) -> bool {
        matches!(self, PatchOp::Move | PatchOp::Copy)
    }
}

impl FromStr for PatchOp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        PatchOp::ALL.into_iter().find(|op| op.name() == text).ok_or_else(|| {
            format!("invalid operation `{text}`: expected {}", PatchOp::ALL.map(PatchOp::name).join(", "))
        })
    }
}

impl fmt::Display for PatchOp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{Edition, contract, load};
    use super::*;
    use crate::words::shipped;
    use crate::words::yaml::Files;

    /// The problems of the shipped contract after one change to the table.
    fn problems_after(from: &str, to: &str) -> Vec<String> {
        let mut files = Files::new();
        for (path, text) in ["contract", "contract/requirements"].into_iter().flat_map(shipped::yaml_files) {
            files.insert(path.to_owned(), text.to_owned());
        }
        let table = files.get_mut("contract/commands.yaml").unwrap();
        assert!(table.contains(from));
        *table = table.replacen(from, to, 1);
        load(&files).err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn the_shipped_table_has_the_operations_of_each_edition() {
        let commands = &contract().unwrap().tables.commands;
        assert_eq!((commands[&Edition::May2019].len(), commands[&Edition::March2024].len()), (1, 17));
        assert!(!commands.contains_key(&Edition::FhirR4));
        let cancel = commands[&Edition::March2024].iter().find(|command| command.path == "/cancelationReason").unwrap();
        assert_eq!(cancel.needs[0].one_of[0][0].value, Some(AppointmentStatus::Cancelled));
    }

    #[test]
    fn a_table_that_contradicts_itself_is_reported() {
        let pair = problems_after("path: /comment", "path: /extension");
        assert_eq!(pair, ["2024-03 has `replace /extension` twice"]);
        let id = problems_after("[APPT-COMB-15]", "[APPT-COMB-99]");
        assert_eq!(id, ["unknown requirement `APPT-COMB-99`: did you mean `APPT-COMB-09`?"]);
        let command = problems_after("from: [set-status, book-slot]", "from: [set-status, add-link-end]");
        assert_eq!(command, [""; 0], "each edition has it");
        assert!(problems_after("value: text", "value: txt")[0].contains("unknown value `txt`"));
    }
}
