//! The requirements that the program itself names, each by the part it plays; no other code spells an id.

/// A PATCH that is rejected changes nothing.
pub const REJECTED_WITHOUT_EFFECT: &str = "APPT-ATOM-01";
/// A document is carried out whole or not at all.
pub const ALL_OR_NOTHING: &str = "APPT-ATOM-02";
/// A PATCH that is rejected makes no version.
pub const REJECTED_WITHOUT_VERSION: &str = "APPT-ATOM-03";
/// A PATCH that ends in a server error is carried out whole or not at all.
pub const ERROR_LEAVES_OLD_OR_NEW: &str = "APPT-ATOM-07";
/// What the document does not name stays as it is.
pub const ONLY_WHAT_IS_NAMED: &str = "APPT-ATOM-06";
/// What was accepted was done.
pub const ACCEPTED_HAS_EFFECT: &str = "APPT-BASE-32";
/// What a request does not address stays as it is.
pub const NO_OTHER_RESOURCE: &str = "APPT-BASE-22";
/// An OperationOutcome has the right form.
pub const OUTCOME_WELL_FORMED: &str = "APPT-ERR-02";
/// Every patch document gets a response, and no request ends the server.
pub const GETS_RESPONSE: &str = "APPT-BASE-23";
/// A mistake of the client is not the server's error.
pub const NO_SERVER_ERROR: &str = "APPT-ERR-17";
/// What was accepted is seen by the next read.
pub const EFFECT_IS_READ: &str = "APPT-RSP-13";
/// What a read shows after an arrival.
pub const ARRIVAL_IS_READ: &str = "APPT-TRN-16";
/// The documented change of status is accepted.
pub const STATUS_IS_REPLACED: &str = "APPT-OPS-02";
/// The entity tag is weak.
pub const TAG_IS_WEAK: &str = "APPT-VER-16";
/// What the CapabilityStatement declares works.
pub const WORKS_AS_DECLARED: &str = "APPT-BASE-34";
/// The documented form of the entity tag is accepted.
pub const DOCUMENTED_TAG: &str = "APPT-VER-15";
/// What is wrong with a request whatever its If-Match says is looked at first.
pub const ORDINARY_CHECKS_FIRST: &str = "APPT-VER-21";
/// A patch format that the server does not support is rejected.
pub const UNSUPPORTED_FORMAT: &str = "APPT-HDR-07";
/// A change makes a version.
pub const CHANGE_MAKES_VERSION: &str = "APPT-VER-18";
/// A comment has a greatest length.
pub const LENGTH_LIMIT: &str = "APPT-VAL-13";
/// Of the writers that name one version, at most one succeeds.
pub const ONE_WINNER: &str = "APPT-CONC-02";
/// The others are rejected with the documented codes.
pub const LOSER_CODES: &str = "APPT-CONC-03";
/// Some writer succeeds.
pub const SOME_WINNER: &str = "APPT-CONC-04";
/// What is read is what the winner wrote.
pub const FINAL_STATE: &str = "APPT-CONC-05";
/// No read shows a part of a change.
pub const WHOLE_PATCHES: &str = "APPT-CONC-06";
/// The version read after a race is accepted.
pub const PATCHED_AGAIN: &str = "APPT-CONC-07";
/// A writer that was rejected as locked tries again.
pub const RETRY_AFTER_LOCK: &str = "APPT-CONC-08";
/// Appointments do not disturb each other.
pub const INDEPENDENT: &str = "APPT-CONC-10";
/// A lock is reported only where another request was in progress.
pub const LOCK_HAS_REASON: &str = "APPT-ERR-10";

/// What is served has a status of the value set.
pub const STATUS_IN_VALUE_SET: &str = "APPT-BASE-06";
/// What is served has participants with a status of the value set.
pub const PARTICIPANT_STATUS_IN_VALUE_SET: &str = "APPT-BASE-07";
/// What is served has participants with a type or an actor.
pub const PARTICIPANT_HAS_TYPE_OR_ACTOR: &str = "APPT-BASE-08";
/// What is served has start and end, or neither.
pub const START_AND_END_TOGETHER: &str = "APPT-BASE-09";
/// What is served lacks its times in some states only.
pub const START_UNLESS_OPEN: &str = "APPT-BASE-10";
/// What is served has a cancellation reason in some states only.
pub const REASON_ONLY_WHEN_CANCELLED: &str = "APPT-BASE-11";
/// What is served has the structure of an Appointment.
pub const SERVED_STRUCTURE: &str = "APPT-BASE-19";
/// What is served has no period that ends before it starts.
pub const PERIODS_RUN_FORWARDS: &str = "APPT-VAL-16";

/// All of them; loading the contract checks that each exists.
pub const ALL: [&str; 36] = [
    GETS_RESPONSE,
    TAG_IS_WEAK,
    STATUS_IS_REPLACED,
    WORKS_AS_DECLARED,
    REJECTED_WITHOUT_EFFECT,
    ALL_OR_NOTHING,
    REJECTED_WITHOUT_VERSION,
    ONLY_WHAT_IS_NAMED,
    ACCEPTED_HAS_EFFECT,
    NO_OTHER_RESOURCE,
    OUTCOME_WELL_FORMED,
    NO_SERVER_ERROR,
    EFFECT_IS_READ,
    ARRIVAL_IS_READ,
    DOCUMENTED_TAG,
    ORDINARY_CHECKS_FIRST,
    UNSUPPORTED_FORMAT,
    CHANGE_MAKES_VERSION,
    LENGTH_LIMIT,
    ONE_WINNER,
    LOSER_CODES,
    SOME_WINNER,
    FINAL_STATE,
    WHOLE_PATCHES,
    PATCHED_AGAIN,
    RETRY_AFTER_LOCK,
    INDEPENDENT,
    LOCK_HAS_REASON,
    STATUS_IN_VALUE_SET,
    PARTICIPANT_STATUS_IN_VALUE_SET,
    PARTICIPANT_HAS_TYPE_OR_ACTOR,
    START_AND_END_TOGETHER,
    START_UNLESS_OPEN,
    REASON_ONLY_WHEN_CANCELLED,
    SERVED_STRUCTURE,
    PERIODS_RUN_FORWARDS,
];

/// The situation of [`ONE_WINNER`] that the writers of a race are judged by.
pub const LOSERS: &str = "losers";

/// The situation of [`LENGTH_LIMIT`] beyond the limit.
pub const TOO_LONG: &str = "256-characters";

/// Situations that the program names, with their requirement; loading the contract checks that each exists.
pub const SITUATIONS: [(&str, &str); 2] = [(ONE_WINNER, LOSERS), (LENGTH_LIMIT, TOO_LONG)];
