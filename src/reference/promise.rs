//! What sets the editions apart, property by property: a further edition is one more row, and no other file asks for a name.

use crate::suite::contract::Edition;

/// What one edition promises where editions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promises {
    /// A patch document is a list of commands (OPS-01 to OPS-24); otherwise it is applied as RFC 6902 says (C-08).
    pub(super) takes_commands: bool,
    /// A PATCH without If-Match is rejected (VER-04); otherwise it may come without (VER-05).
    pub(super) needs_if_match: bool,
    /// The status code for a missing If-Match (VER-04, VER-05).
    pub(super) missing_if_match: u16,
    /// The status code for an If-Match that names no current version (VER-06 to VER-08, VER-11).
    pub(super) stale_if_match: u16,
    /// If-Match is one weak entity tag and nothing else (VER-12 to VER-14).
    pub(super) one_weak_tag: bool,
    /// A POST may ask to be read as a PATCH (HDR-11, HDR-12).
    pub(super) method_override: bool,
    /// If-None-Match is evaluated beside If-Match (BASE-31).
    pub(super) if_none_match: bool,
    /// Cross-origin requests are allowed (HDR-14, HDR-15).
    pub(super) cross_origin: bool,
    /// A 406 has an empty body (HDR-04); FHIR wants an OperationOutcome with every failure (ERR-03).
    pub(super) empty_406: bool,
    /// A success without a body says that it is HTML, as the documented example does.
    pub(super) empty_is_html: bool,
    /// A success carries the appointment unless Prefer says otherwise (RSP-04, BASE-04).
    pub(super) returns_appointment: bool,
    /// Appointments say whether they can be cancelled and rescheduled (VAL-24).
    pub(super) flags: bool,
    /// What the first version of an appointment is numbered.
    pub(super) first_version: u64,
    /// How request ids are written: 32 hexadecimal digits in 2019, UUIDs since 2023 (RSP-09).
    pub(super) hyphenated_request_ids: bool,
    /// Which further headers every response has (RSP-06 to RSP-11).
    pub(super) headers: HeaderSet,
    /// How an appointment is created.
    pub(super) creation: Creation,
    /// A search has to be narrowed by a parameter (ERR-14).
    pub(super) narrow_searches: bool,
    /// The version of FHIR that the CapabilityStatement names.
    pub(super) fhir_version: &'static str,
}

/// Headers that only the examples of an edition show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderSet {
    /// Status and run times (2019-05).
    RunTimes,
    /// The id of a request through the vendor's cloud (2024-03).
    CloudRequestId,
    /// None.
    Plain,
}

/// How an appointment is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Creation {
    /// It is booked, in the slot it names, at the time it names, or in a free slot.
    Booked,
    /// It is booked in the slot it names, or proposed.
    BookedOrProposed,
    /// Every valid appointment is taken as it is.
    Any,
}

impl Promises {
    /// The properties of an edition.
    pub(super) const fn of(edition: Edition) -> Promises {
        match edition {
            Edition::May2019 => VENDOR,
            Edition::March2024 => Promises {
                method_override: true,
                cross_origin: true,
                flags: true,
                hyphenated_request_ids: true,
                headers: HeaderSet::CloudRequestId,
                creation: Creation::BookedOrProposed,
                fhir_version: "4.0.1",
                ..VENDOR
            },
            Edition::FhirR4 => BASE,
        }
    }
}

/// The vendor's first page; later pages add to it.
const VENDOR: Promises = Promises {
    takes_commands: true,
    needs_if_match: true,
    missing_if_match: 412,
    stale_if_match: 409,
    one_weak_tag: true,
    if_none_match: false,
    method_override: false,
    cross_origin: false,
    empty_406: true,
    empty_is_html: true,
    returns_appointment: false,
    flags: false,
    // The vendor's examples start at W/"0"; plain FHIR servers start at 1.
    first_version: 0,
    hyphenated_request_ids: false,
    headers: HeaderSet::RunTimes,
    creation: Creation::Booked,
    narrow_searches: true,
    fhir_version: "4.0.0",
};

/// The base specification.
const BASE: Promises = Promises {
    takes_commands: false,
    needs_if_match: false,
    missing_if_match: 400,
    stale_if_match: 412,
    one_weak_tag: false,
    if_none_match: true,
    method_override: false,
    cross_origin: false,
    empty_406: false,
    empty_is_html: false,
    returns_appointment: true,
    flags: false,
    first_version: 1,
    hyphenated_request_ids: true,
    headers: HeaderSet::Plain,
    creation: Creation::Any,
    narrow_searches: false,
    fhir_version: "4.0.1",
};
