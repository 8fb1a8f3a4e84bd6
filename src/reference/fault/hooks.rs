//! Where each fault acts on the clean path, and what it does there.

use axum::http::HeaderValue;

use super::{aftermath, document, draft, judgement, lenient, operation, outcome, response, semantics};
use crate::reference::Fault;
use crate::reference::clause::{Clause, Issue, ValueClause};
use crate::reference::failure::{self, Breakdown};
use crate::reference::fault::request;
use crate::reference::gate::Gate;
use crate::reference::terms::{Hook, Interlude, Occasion};
use crate::suite::contract::Cell;
use crate::words::fhir::AppointmentStatus;

macro_rules! hooks {
    ($($fault:ident [$($hook:expr),* $(,)?])*) => {
        impl Fault {
            /// Where it acts, and what it does there.
            pub(in crate::reference) fn hooks(self) -> Vec<Hook> {
                match self {
                    $(Fault::$fault => vec![$($hook),*],)*
                    Fault::OpenCell(from, to) => vec![Hook::OpenCell(from, to)],
                }
            }
        }
    };
}

/// Passes over clauses of one or more shapes.
macro_rules! tolerate {
    ($($clause:tt)*) => { Hook::Tolerate(|clause| matches!(clause, $($clause)*)) };
}

/// Passes over clauses about the value of a command.
macro_rules! tolerate_value {
    ($($clause:ident)|*) => {
        Hook::Tolerate(|clause| matches!(clause, $(Clause::CommandValue(ValueClause::$clause))|*))
    };
}

/// Gives another status code for clauses of one or more shapes.
macro_rules! respond {
    ($status:literal for $($clause:tt)*) => {
        Hook::Rejection(|rejection| if matches!(rejection.clause, $($clause)*) { rejection.status = $status })
    };
}

/// A hook for requests of an occasion only.
macro_rules! during {
    ($occasion:ident, $hook:expr) => {
        Hook::During(Occasion::$occasion, const { &$hook })
    };
}

hooks! {
    IgnoreAccept [tolerate!(Clause::TakesJson)]
    AcceptXmlPatch [tolerate!(Clause::CarriesJsonPatch)]
    HideAcceptPatch [Hook::Headers(|headers| { headers.remove("accept-patch"); })]
    IgnoreMethodOverride [Hook::Call(request::without_method_override)]
    HideCors [Hook::Headers(response::without_cors)]
    SuccessIsCreated [Hook::Response(|response, _| response::change_success(response, 201))]
    SuccessIsLater [Hook::Response(|response, _| response::change_success(response, 202))]
    OutcomeOnSuccess [Hook::Response(|response, _| response::carry_outcome(response))]
    SuccessBodyIsStale [Hook::Response(|response, _| response::carry_stale_body(response))]
    CacheableAnswer [Hook::Headers(|headers| {
        headers.insert("cache-control", HeaderValue::from_static("max-age=3600"));
    })]
    DropRequestId [Hook::Headers(|headers| { headers.remove("x-request-id"); })]
    ForgetChange [Hook::Written(aftermath::note_patch), during!(NotFirst, Hook::Draft(draft::forget))]
    ForgetEveryChange [Hook::Draft(draft::forget)]
    RefuseEveryPatch [Hook::Deny(|clause| clause == Clause::CarriesJsonPatch)]
    RefuseLaterPatches [
        Hook::Written(aftermath::note_patch),
        during!(NotFirst, Hook::Deny(|clause| clause == Clause::CarriesJsonPatch)),
    ]
    RefuseLaterAccept [
        Hook::Written(aftermath::note_patch),
        during!(NotFirst, Hook::Deny(|clause| clause == Clause::TakesJson)),
    ]
    HangUpOnTest [Hook::Breakdown(|call, _| failure::over_operation(call, "test", Breakdown::HangsUp))]
    EndOnMove [Hook::Breakdown(|call, _| failure::over_operation(call, "move", Breakdown::Ends))]
    HangUpOnWords [Hook::Breakdown(|call, _| failure::over_words(call, Breakdown::HangsUp))]
    FailOnPrefer [Hook::Breakdown(|call, _| failure::over_header(call, "prefer", Breakdown::ServerError))]
    FailsHalfWay [
        Hook::Breakdown(|call, store| failure::over_several(call, store, Breakdown::FailsAfterwards)),
        Hook::Written(aftermath::keep_part),
        Hook::Rejected(aftermath::finish_rejected),
    ]
    HangsUpHalfWay [
        Hook::Breakdown(|call, store| failure::over_several(call, store, Breakdown::HangsUpAfterwards)),
        Hook::Written(aftermath::keep_part),
        Hook::Rejected(aftermath::finish_rejected),
    ]
    FailsWithVersion [
        Hook::Breakdown(|call, store| failure::now_and_then_unfinished(call, store, Breakdown::FailsAfterwards)),
        Hook::Written(aftermath::keep_version),
        Hook::Rejected(aftermath::finish_rejected),
    ]
    StaleRead [Hook::Written(aftermath::keep_echo), Hook::Read(aftermath::show_echo)]
    StaleReadForLong [Hook::Written(aftermath::fall_far_behind), Hook::Read(aftermath::show_replaced)]
    NoEtag [Hook::Response(|response, _| response::change_tag(response, |_| None))]
    RepeatedEtag [Hook::Response(|response, terms| {
        let first = terms.choices.style.tags.name(terms.promises.first_version);
        response::change_tag(response, |_| Some(format!("W/\"{first}\"")));
    })]
    EtagNotCurrent [Hook::Response(|response, _| {
        response::change_tag(response, |version| Some(format!("W/\"{version}-next\"")));
    })]
    StrongEtag [Hook::Response(|response, _| response::change_tag(response, |version| Some(format!("\"{version}\""))))]
    UnquotedEtag [Hook::Response(|response, _| response::change_tag(response, |version| Some(format!("W/{version}"))))]
    WeakTagsNeverMatch [
        Hook::Written(aftermath::note_patch),
        during!(NotFirst, Hook::Claim(|tags, _| tags.clear())),
    ]
    OnlyStrongTagsMatch [tolerate!(Clause::OneWeakTag), Hook::Claim(request::take_strong_form_alone)]
    NoVersionOnRead [Hook::Response(|response, _| response::hide_version_of_read(response))]
    IgnoreIfMatch [tolerate!(Clause::VersionCurrent)]
    AcceptMissingIfMatch [tolerate!(Clause::IfMatchPresent)]
    ThirdWriteIgnoresIfMatch [during!(ThirdWrite, tolerate!(Clause::VersionCurrent | Clause::OneWeakTag))]
    StaleAnswersBaseCode [Hook::Rejection(|rejection| {
        if rejection.clause == Clause::VersionCurrent {
            rejection.status = if rejection.status == 409 { 412 } else { 400 };
        }
    })]
    BodyBeforeIfMatch [Hook::Order(|gates, _| {
        let before = gates.iter().position(|gate| *gate == Gate::Precondition);
        gates.insert(before.unwrap_or_default(), Gate::Judgement);
    })]
    IfMatchBeforeAll [Hook::Order(|gates, _| gates.insert(0, Gate::Precondition))]
    IfMatchBeforeToken [Hook::Choice(|choices| choices.if_match_before_token = true)]
    VersionsComparedAsNumbers [Hook::Claim(request::take_later_for_current)]
    TagsReadAsNumbers [Hook::Claim(request::read_tags_as_numbers)]
    TagsComparedByBeginning [Hook::Claim(request::take_longer_for_current)]
    IgnoreIfNoneMatch [tolerate!(Clause::NoneMatches)]
    MissingAnswersBaseCode [respond!(400 for Clause::IfMatchPresent)]
    OpenTransitions [tolerate!(Clause::TransitionListed { cell: Cell::Omitted, .. })]
    ReopenAfterRead [
        Hook::Read(aftermath::count_read),
        Hook::Written(aftermath::forget_reads),
        during!(ReadTwice, tolerate!(Clause::TransitionListed {
            from: AppointmentStatus::Cancelled,
            to: AppointmentStatus::Booked,
            cell: Cell::Omitted | Cell::UnsupportedValue,
        })),
    ]
    UnsupportedStatusAccepted [tolerate!(Clause::TransitionListed { cell: Cell::UnsupportedValue, .. })]
    RefuseAllowedTransition [Hook::Deny(|clause| matches!(clause, Clause::TransitionListed {
        from: AppointmentStatus::Booked,
        to: AppointmentStatus::CheckedIn,
        cell: Cell::Allowed,
    }))]
    UnknownStatusAccepted [tolerate_value!(StatusKnown)]
    UnlistedPathAccepted [Hook::Judgement(judgement::apply_unlisted_paths)]
    UnlistedPathIgnored [Hook::Judgement(judgement::ignore_unlisted_paths)]
    OtherOperationsAccepted [Hook::Judgement(judgement::apply_other_operations)]
    TestIgnored [Hook::Judgement(judgement::ignore_tests)]
    SwapVideoLinks [Hook::Effect(operation::swap_links)]
    VirtualPathStored [Hook::Effect(operation::store_virtual_path)]
    MissingAccompanimentsAccepted [tolerate!(Clause::CompanyKept(_))]
    MixedVideoOperations [Hook::Tolerate(judgement::is_about_mixing_links)]
    CommandsInAnyState [tolerate!(Clause::Offered { .. })]
    ExtraValuesAccepted [tolerate_value!(NoExtraEntries)]
    ReasonWithoutText [tolerate_value!(ReasonHasText)]
    CancelationWithoutCoding [tolerate_value!(HasCoding)]
    AnyCodeSystem [tolerate_value!(CodingKnown)]
    KeepIgnoredParts [Hook::Effect(operation::keep_ignored_parts)]
    UrlLengthOffByOne [Hook::Table(|command| request::change_link_length(command, 1))]
    UrlLengthTooStrict [Hook::Table(|command| request::change_link_length(command, -1))]
    AnyPeriod [tolerate_value!(IsDateTime | PeriodForwards)]
    PeriodBackwards [tolerate_value!(PeriodForwards)]
    TypesUnchecked [Hook::Document(document::unwrap_values)]
    DoubleBooking [tolerate!(Clause::SlotFree)]
    AnyPatientStatus [tolerate_value!(ParticipationListed)]
    MalformedOutcome [Hook::Response(|response, _| outcome::without_issues(response))]
    OutcomeCutOff [Hook::Response(|response, _| outcome::cut_off(response))]
    OutcomeWithoutType [Hook::Response(|response, _| outcome::without_type(response))]
    OutcomeTextAsDetails [Hook::Response(|response, _| outcome::text_as_details(response))]
    OutcomeEmptyText [Hook::Response(|response, _| outcome::set_in_issue(response, "diagnostics", ""))]
    OutcomeOnlyWarns [Hook::Response(|response, _| outcome::set_in_issue(response, "severity", "warning"))]
    OutcomeUnknownCode [Hook::Response(|response, _| outcome::set_in_issue(response, "code", "bad-request"))]
    OutcomeUnknownSeverity [Hook::Response(|response, _| outcome::set_in_issue(response, "severity", "critical"))]
    OutcomeWithoutCode [Hook::Response(|response, _| outcome::drop_from_issue(response, "code"))]
    OutcomeWithoutSeverity [Hook::Response(|response, _| outcome::drop_from_issue(response, "severity"))]
    OutcomeIssueNoList [Hook::Response(|response, _| outcome::issue_without_list(response))]
    OutcomeEmptyIssueList [Hook::Response(|response, _| outcome::empty_issue_list(response))]
    SuccessWrongMediaType [Hook::Response(|response, _| response::label_success(response, "application/json"))]
    OutcomeWrongMediaType [Hook::Response(|response, _| outcome::label(response, "application/json"))]
    NoOutcome [Hook::Response(|response, _| outcome::leave_out(response))]
    ServerErrorOnBadPatch [respond!(500 for Clause::PatchDocument)]
    BadPatchIsUnprocessable [respond!(422 for Clause::PatchDocument)]
    BrokenRuleIsNotFound [Hook::Rejection(|rejection| if rejection.status == 422 { rejection.status = 404 })]
    UnknownIdAnswersConflict [respond!(409 for Clause::Exists)]
    DeletedIsPatched [tolerate!(Clause::NotDeleted)]
    IgnoreLock [tolerate!(Clause::Unlocked)]
    LockAnswersConflict [Hook::Rejection(|rejection| {
        if rejection.clause == Clause::Unlocked {
            (rejection.status, rejection.issue) = (409, Issue::Conflict);
            "Someone else is busy with the appointment.".clone_into(&mut rejection.message);
        }
    })]
    FailedDependencyLeavesChange [tolerate!(Clause::DependencyWorks), Hook::Written(aftermath::fail_dependency)]
    DependencyAnswersBusinessRule [Hook::Rejection(|rejection| {
        if rejection.clause == Clause::DependencyWorks {
            (rejection.status, rejection.issue) = (422, Issue::BusinessRule);
            "The appointment's encounter could not be updated.".clone_into(&mut rejection.message);
        }
    })]
    HideAllow [Hook::Response(|response, _| response::hide_allow_of_rejection(response))]
    AnyCaseInPaths [Hook::Call(request::with_usual_case)]
    WriteAfterCheck [
        Hook::Before(Interlude::CheckAlone),
        during!(AlreadyChecked, Hook::Order(|gates, _| gates.retain(|gate| *gate != Gate::Precondition))),
    ]
    TwoWinners [
        Hook::Before(Interlude::Linger),
        Hook::Written(aftermath::remember),
        during!(Met, Hook::Rejected(aftermath::win_late)),
    ]
    LostUpdateUnderLoad [
        Hook::Before(Interlude::Linger),
        Hook::Written(aftermath::remember),
        during!(Met, Hook::Rejected(aftermath::overwrite_late)),
    ]
    StaleReadUnderLoad [
        Hook::Before(Interlude::Linger),
        during!(Met, Hook::Written(aftermath::fall_behind)),
        Hook::Read(aftermath::show_replaced),
    ]
    TagReused [Hook::Before(Interlude::Linger), during!(Met, Hook::Written(aftermath::take_version_back))]
    LockedForNoReason [
        Hook::Before(Interlude::Linger),
        Hook::Written(aftermath::mark_contest),
        during!(JustContested, Hook::Deny(|clause| clause == Clause::Unlocked)),
    ]
    RefusedWriteTakesEffect [
        Hook::Before(Interlude::Linger),
        Hook::Written(aftermath::remember),
        during!(Met, Hook::Rejected(aftermath::write_and_reject)),
    ]
    HalfPatchRead [
        Hook::Before(Interlude::ShowHalf),
        Hook::Before(Interlude::Linger),
        Hook::Read(aftermath::show_half),
        Hook::Written(aftermath::hide_half),
        Hook::Rejected(aftermath::hide_half_of_rejected),
    ]
    RefusalMovesVersion [Hook::Rejected(aftermath::move_version)]
    RefusalChangesContent [Hook::Rejected(aftermath::leave_comment)]
    RefusalTouchesTime [Hook::Rejected(aftermath::touch_time)]
    FirstOperationLeaks [Hook::Rejected(aftermath::leak_first)]
    StaleMultiOperationLeaks [Hook::Rejected(aftermath::leak_first_of_outdated)]
    TouchOtherMembers [Hook::Draft(|draft, _| draft.resource["description"] = "Edited".into())]
    TurnParticipantsRound [Hook::Draft(draft::turn_participants_round)]
    ReadStampsTime [Hook::Response(|response, _| response::stamp_read(response))]
    TimeStandsStill [Hook::Written(aftermath::keep_time)]
    TimeRunsBackwards [Hook::Written(aftermath::turn_time_back)]
    IdentityUnchecked [tolerate!(Clause::IdentityKept)]
    FollowTheId [Hook::Call(request::follow_id)]
    ReadShowsOtherId [Hook::Response(|response, _| response::show_other_id(response))]
    TouchOtherAppointment [Hook::Written(aftermath::touch_others)]
    RefuseUnknownMembers [Hook::Document(document::reject_unknown_members)]
    TextsAreTrimmed [Hook::Document(lenient::trim_texts)]
    LetterCaseIsIgnored [Hook::Document(lenient::ignore_case)]
    SeparatorsAreAlike [Hook::Document(lenient::liken_separators)]
    WidthIsIgnored [Hook::Document(lenient::ignore_width)]
    EscapesAreUndone [Hook::Document(lenient::undo_escapes)]
    WordsAreCompleted [Hook::Document(lenient::complete_words)]
    FirstWordIsTaken [Hook::Document(lenient::take_first_word)]
    JsonIsMended [Hook::Call(lenient::mend_json)]
    TypeByBeginning [Hook::Call(lenient::take_type_by_beginning)]
    IdReadAsNumber [Hook::Call(lenient::read_id_as_number)]
    TagsComparedByEnd [Hook::Claim(lenient::take_tag_by_end)]
    StalePreferPasses [during!(Prefers, tolerate!(Clause::VersionCurrent))]
    StaleCharsetPasses [during!(TypeHasParameter, tolerate!(Clause::VersionCurrent))]
    StaleQueryPasses [during!(HasQuery, tolerate!(Clause::VersionCurrent))]
    StaleAcceptPasses [during!(AcceptsOtherwise, tolerate!(Clause::VersionCurrent))]
    StaleTimePasses [during!(HasTimeCondition, tolerate!(Clause::VersionCurrent))]
    UntaggedPreferPasses [during!(Prefers, tolerate!(Clause::IfMatchPresent))]
    UntaggedCharsetPasses [during!(TypeHasParameter, tolerate!(Clause::IfMatchPresent))]
    UntaggedQueryPasses [during!(HasQuery, tolerate!(Clause::IfMatchPresent))]
    UntaggedTimePasses [during!(HasTimeCondition, tolerate!(Clause::IfMatchPresent))]
    StaleCompanyPasses [during!(SeveralOperations, tolerate!(Clause::VersionCurrent))]
    IgnoreTest [Hook::PassOver(operation::is_test_of_something)]
    MissingParentsPassedOver [Hook::PassOver(operation::adds_below_nothing)]
    MissingTargetsPassedOver [Hook::PassOver(operation::replaces_nothing)]
    TestsCompareText [Hook::PassOver(semantics::looks_as_tested)]
    TestsIgnoreCase [Hook::PassOver(semantics::sounds_as_tested)]
    TestsIgnoreOrder [Hook::PassOver(semantics::has_what_is_tested)]
    MissingIsNull [Hook::PassOver(semantics::tests_nothing)]
    IndexesReadAsNumbers [Hook::Document(semantics::read_indexes_as_numbers)]
    AppendBeyondTheEnd [Hook::Judgement(semantics::append_beyond_the_end)]
    AddAtTheEnd [Hook::Document(semantics::add_at_the_end)]
    MoveLeavesACopy [Hook::Document(semantics::copy_instead_of_move)]
    MovesAreNotUndone [Hook::Rejected(semantics::leak_moves)]
    RemovalsAreNotUndone [Hook::Rejected(semantics::leak_removals)]
    UncheckedResult [tolerate!(Clause::ResultValid(_))]
    MembersUnchecked [tolerate!(Clause::ResultValid(Issue::Value))]
    InvariantsUnchecked [tolerate!(Clause::ResultValid(Issue::Invariant))]
    LastModifiedInFuture [Hook::Response(|response, _| response::put_last_modified_ahead(response))]
    UnreadableDate [Hook::Headers(|headers| { headers.insert("date", HeaderValue::from_static("yesterday")); })]
    ByteOrderMark [Hook::Response(|response, _| response::put_mark(response))]
    RepeatedMemberName [Hook::Response(|response, _| response::repeat_member(response))]
    NoLastModified [Hook::Response(|response, _| response::hide_last_modified(response))]
    IgnorePrefer [Hook::Call(|call| { call.headers.remove("prefer"); })]
    DropEnd [Hook::Draft(draft::drop_end)]
    BareParticipant [Hook::Draft(draft::bare_participant)]
    KeepNarrative [Hook::Draft(draft::keep_narrative)]
    HidePatchCapability [Hook::Response(|response, _| response::hide_patch_capability(response))]
    AuthenticationNotChecked [tolerate!(Clause::TokenShown | Clause::TokenKnown)]
    AnyTokenPasses [tolerate!(Clause::TokenKnown)]
    UnauthenticatedIsForbidden [respond!(403 for Clause::TokenShown | Clause::TokenKnown)]
    NoChallenge [Hook::Headers(|headers| { headers.remove("www-authenticate"); })]
}
