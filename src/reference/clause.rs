//! The clauses of the contract that a request can break, each with the stage it is judged at and the code of a rejection.

use super::promise::Promises;
use crate::suite::contract::{Cell, CommandName};
use crate::words::fhir::AppointmentStatus;

/// One rule that a request has to keep. Each names the requirements it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// Something is served at the path (ERR-08, ERR-19).
    PathServed,
    /// The method is offered at the path (ERR-15).
    MethodOffered,
    /// A PATCH names the appointment by its id.
    IdNamed,
    /// There is such a slot.
    SlotKnown,
    /// The request shows a bearer token (AUTH-01).
    TokenShown,
    /// The token is the one that was issued (AUTH-02).
    TokenKnown,
    /// The appointment exists (ERR-08).
    Exists,
    /// The appointment was not deleted (ERR-16).
    NotDeleted,
    /// The client takes JSON (HDR-02 to HDR-06).
    TakesJson,
    /// The body of a PATCH is a JSON Patch document by its label (HDR-07 to HDR-10).
    CarriesJsonPatch,
    /// The body of a create is FHIR JSON by its label.
    CarriesFhirJson,
    /// If-Match is there (VER-04).
    IfMatchPresent,
    /// If-Match can be read (VER-10).
    IfMatchReadable,
    /// If-Match is no asterisk (VER-12).
    NoAsterisk,
    /// If-Match is one weak entity tag (VER-13, VER-14).
    OneWeakTag,
    /// If-Match names the current version (VER-06 to VER-08, VER-11).
    VersionCurrent,
    /// If-None-Match does not name the current version (BASE-31).
    NoneMatches,
    /// Nobody else is modifying the appointment (ERR-10).
    Unlocked,
    /// The operation that every change depends on succeeds (ERR-11).
    DependencyWorks,
    /// The body is not larger than the server takes.
    BodySize,
    /// The body is a patch document (ERR-12, ERR-13, RFC-01 to RFC-05).
    PatchDocument,
    /// The document asks for something (OPS-24).
    DocumentNotEmpty,
    /// The edition lists the operation for the path (OPS-03, OPS-04, OPS-21, OPS-23, C-28).
    CommandListed,
    /// No command is given twice (TRN-20).
    CommandOnce,
    /// The value of a command has the shape that the table asks for.
    CommandValue(ValueClause),
    /// The commands that must come along are there (COMB-01 to COMB-06, COMB-12 to COMB-16).
    CompanyKept(CommandName),
    /// The commands that must stay out are not there (COMB-07).
    ApartKept(CommandName),
    /// The appointment is in a state in which the command is offered (COMB-08, COMB-10, COMB-18, COMB-19, VAL-24).
    Offered {
        /// The code that the table has for it.
        code: u16,
        /// The status held and the status asked for, where the command sets the status.
        step: Option<(AppointmentStatus, AppointmentStatus)>,
        /// The condition is that a video visit has links.
        on_links: bool,
    },
    /// The table of the edition lists the transition (TRN-01 to TRN-14).
    TransitionListed {
        /// The status held.
        from: AppointmentStatus,
        /// The status asked for.
        to: AppointmentStatus,
        /// What the table says of the two.
        cell: Cell,
    },
    /// The slot to book is there and free (VAL-04).
    SlotFree,
    /// The operation can be applied as RFC 6902 says (RFC-07, RFC-08).
    OperationApplies(Issue),
    /// A `test` operation holds (RFC-16).
    TestHolds,
    /// The result of a patch is a resource at all.
    ResultIsResource,
    /// A patch leaves type, id and meta as they are (BASE-17).
    IdentityKept,
    /// The result of a patch is a valid Appointment (BASE-06 to BASE-11, BASE-19, VAL-16).
    ResultValid(Issue),
    /// The body of a create is a resource.
    BodyIsResource,
    /// The edition creates such an appointment.
    Creatable,
    /// A patient takes part in what is created.
    PatientTakesPart,
    /// What is created is a valid Appointment.
    CreatedValid(Issue),
    /// A search is narrowed by a parameter (ERR-14).
    SearchNarrowed,
    /// The date of a search can be read (ERR-14).
    SearchDate,
}

/// What can be wrong with the value of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueClause {
    /// The JSON type (VAL-23, VAL-25).
    JsonType,
    /// A status is a string (TRN-15).
    StatusIsText,
    /// A status is in the value set (TRN-15).
    StatusKnown,
    /// A participation is a string (VAL-18).
    ParticipationIsText,
    /// A participation is one of those the table lists (VAL-18).
    ParticipationListed,
    /// A list has as many entries as needed (VAL-01, VAL-19, VAL-21).
    EnoughEntries,
    /// A list has no more entries than allowed (VAL-01, VAL-02, VAL-05, VAL-09, VAL-19, VAL-21).
    NoExtraEntries,
    /// Each entry refers to a slot (VAL-03).
    RefersToSlot,
    /// A booking reason has a text (VAL-06).
    ReasonHasText,
    /// A cancelation reason has a coding (VAL-11).
    HasCoding,
    /// A coding has system and code (VAL-09).
    CodingComplete,
    /// A coding is of a system the table knows (VAL-10).
    CodingKnown,
    /// A link is not longer than allowed (VAL-13).
    LinkLength,
    /// A link has at least one character.
    LinkNotEmpty,
    /// A link is a URL (VAL-17).
    LinkIsUrl,
    /// A dateTime can be read (VAL-15).
    IsDateTime,
    /// A period does not end before it starts (VAL-16).
    PeriodForwards,
    /// An extension has the URL of the table (VAL-20, VAL-22).
    ExtensionUrl,
    /// An extension holds the kind of value of the table (VAL-20, VAL-22).
    ExtensionValue,
    /// A text has at least one character.
    TextNotEmpty,
}

/// The stages of a request, in their order (RFC 9110 section 13.2.1; VER-21, VER-22, C-32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Routing,
    Authentication,
    Existence,
    Negotiation,
    Precondition,
    State,
    Document,
    Judgement,
}

/// The issue types this server uses, following the suggestions of ERR-21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issue {
    Structure,
    Required,
    Value,
    Invariant,
    NotSupported,
    NotFound,
    Deleted,
    TooLong,
    CodeInvalid,
    TooCostly,
    BusinessRule,
    Conflict,
    Transient,
    LockError,
    Informational,
    Login,
}

impl Clause {
    /// The stage at which it is judged.
    pub(super) const fn stage(self) -> Stage {
        match self {
            Clause::PathServed | Clause::MethodOffered | Clause::IdNamed => Stage::Routing,
            Clause::TokenShown | Clause::TokenKnown => Stage::Authentication,
            Clause::Exists | Clause::NotDeleted | Clause::SlotKnown => Stage::Existence,
            Clause::TakesJson | Clause::CarriesJsonPatch | Clause::CarriesFhirJson => Stage::Negotiation,
            Clause::IfMatchPresent
            | Clause::IfMatchReadable
            | Clause::NoAsterisk
            | Clause::OneWeakTag
            | Clause::NoneMatches
            | Clause::VersionCurrent => Stage::Precondition,
            Clause::Unlocked | Clause::DependencyWorks => Stage::State,
            Clause::BodySize | Clause::PatchDocument | Clause::BodyIsResource => Stage::Document,
            Clause::DocumentNotEmpty
            | Clause::CommandListed
            | Clause::CommandOnce
            | Clause::CommandValue(_)
            | Clause::CompanyKept(_)
            | Clause::ApartKept(_)
            | Clause::Offered { .. }
            | Clause::TransitionListed { .. }
            | Clause::SlotFree
            | Clause::OperationApplies(_)
            | Clause::TestHolds
            | Clause::ResultIsResource
            | Clause::IdentityKept
            | Clause::ResultValid(_)
            | Clause::Creatable
            | Clause::PatientTakesPart
            | Clause::CreatedValid(_)
            | Clause::SearchNarrowed
            | Clause::SearchDate => Stage::Judgement,
        }
    }

    /// The status code of a rejection. A broken rule of the scheduling business is 422 (ERR-07, C-25).
    pub(super) const fn status(self, promises: &Promises) -> u16 {
        match self {
            Clause::IdNamed
            | Clause::PatchDocument
            | Clause::BodyIsResource
            | Clause::SearchNarrowed
            | Clause::SearchDate => 400,
            Clause::TokenShown | Clause::TokenKnown => 401,
            Clause::PathServed | Clause::SlotKnown | Clause::Exists => 404,
            Clause::MethodOffered => 405,
            Clause::TakesJson => 406,
            Clause::NotDeleted => 410,
            Clause::IfMatchPresent => promises.missing_if_match,
            Clause::IfMatchReadable | Clause::NoAsterisk | Clause::OneWeakTag | Clause::NoneMatches => 412,
            Clause::VersionCurrent => promises.stale_if_match,
            Clause::BodySize => 413,
            Clause::CarriesJsonPatch | Clause::CarriesFhirJson => 415,
            Clause::Unlocked => 423,
            Clause::DependencyWorks => 424,
            Clause::Offered { code, .. } => code,
            Clause::DocumentNotEmpty
            | Clause::CommandListed
            | Clause::CommandOnce
            | Clause::CommandValue(_)
            | Clause::CompanyKept(_)
            | Clause::ApartKept(_)
            | Clause::TransitionListed { .. }
            | Clause::SlotFree
            | Clause::OperationApplies(_)
            | Clause::TestHolds
            | Clause::ResultIsResource
            | Clause::IdentityKept
            | Clause::ResultValid(_)
            | Clause::Creatable
            | Clause::PatientTakesPart
            | Clause::CreatedValid(_) => 422,
        }
    }

    /// The type of the issue in the OperationOutcome (ERR-21).
    pub(super) const fn issue(self) -> Issue {
        match self {
            Clause::PathServed | Clause::SlotKnown | Clause::Exists => Issue::NotFound,
            Clause::MethodOffered | Clause::TakesJson | Clause::CarriesJsonPatch | Clause::CarriesFhirJson => {
                Issue::NotSupported
            }
            Clause::IdNamed | Clause::IfMatchPresent | Clause::SearchNarrowed => Issue::Required,
            Clause::TokenShown | Clause::TokenKnown => Issue::Login,
            Clause::NotDeleted => Issue::Deleted,
            Clause::IfMatchReadable
            | Clause::NoAsterisk
            | Clause::OneWeakTag
            | Clause::NoneMatches
            | Clause::VersionCurrent => Issue::Conflict,
            Clause::Unlocked => Issue::LockError,
            Clause::DependencyWorks => Issue::Transient,
            Clause::BodySize => Issue::TooLong,
            Clause::PatchDocument | Clause::BodyIsResource => Issue::Structure,
            Clause::CommandValue(value) => value.issue(),
            Clause::Offered { code: 409, .. } => Issue::Conflict,
            Clause::ResultIsResource | Clause::SearchDate => Issue::Value,
            Clause::OperationApplies(issue) | Clause::ResultValid(issue) | Clause::CreatedValid(issue) => issue,
            Clause::DocumentNotEmpty
            | Clause::CommandListed
            | Clause::CommandOnce
            | Clause::CompanyKept(_)
            | Clause::ApartKept(_)
            | Clause::Offered { .. }
            | Clause::TransitionListed { .. }
            | Clause::SlotFree
            | Clause::TestHolds
            | Clause::IdentityKept
            | Clause::Creatable
            | Clause::PatientTakesPart => Issue::BusinessRule,
        }
    }

    /// Whether a document gives the code for this very case; elsewhere 422 is inferred (C-25). The vendor's page says it
    /// for links that lack company or exclude each other (COMB-05 to COMB-07) and for a patient's participation (VAL-18).
    pub(super) const fn is_stated(self) -> bool {
        matches!(self, Clause::CommandValue(ValueClause::ParticipationIsText | ValueClause::ParticipationListed))
            || matches!(self, Clause::CompanyKept(name) | Clause::ApartKept(name) if is_link(name))
    }
}

impl ValueClause {
    const fn issue(self) -> Issue {
        match self {
            ValueClause::StatusIsText
            | ValueClause::StatusKnown
            | ValueClause::ParticipationIsText
            | ValueClause::ParticipationListed
            | ValueClause::CodingKnown => Issue::CodeInvalid,
            ValueClause::JsonType
            | ValueClause::EnoughEntries
            | ValueClause::NoExtraEntries
            | ValueClause::RefersToSlot
            | ValueClause::ReasonHasText
            | ValueClause::HasCoding
            | ValueClause::CodingComplete
            | ValueClause::LinkLength
            | ValueClause::LinkNotEmpty
            | ValueClause::LinkIsUrl
            | ValueClause::IsDateTime
            | ValueClause::PeriodForwards
            | ValueClause::ExtensionUrl
            | ValueClause::ExtensionValue
            | ValueClause::TextNotEmpty => Issue::Value,
        }
    }
}

impl Issue {
    /// The code of the value set issue-type.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Issue::Structure => "structure",
            Issue::Required => "required",
            Issue::Value => "value",
            Issue::Invariant => "invariant",
            Issue::NotSupported => "not-supported",
            Issue::NotFound => "not-found",
            Issue::Deleted => "deleted",
            Issue::TooLong => "too-long",
            Issue::CodeInvalid => "code-invalid",
            Issue::TooCostly => "too-costly",
            Issue::BusinessRule => "business-rule",
            Issue::Conflict => "conflict",
            Issue::Transient => "transient",
            Issue::LockError => "lock-error",
            Issue::Informational => "informational",
            Issue::Login => "login",
        }
    }
}

/// Whether a command is about the links of a video visit.
pub(super) const fn is_link(name: CommandName) -> bool {
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
