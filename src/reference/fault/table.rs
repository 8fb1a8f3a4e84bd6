//! All faults: what the server does, what that breaks, and what else may be seen broken because cases build on it.

use crate::words::fhir::AppointmentStatus;

/// What the name of a fault that opens one cell of the transition table begins with.
pub(super) const OPEN_CELL: &str = "open-cell";

/// What every fault of the transition table breaks.
const OPEN_CELL_BREAKS: &[&str] = &["APPT-TRN-10", "APPT-TRN-11", "APPT-TRN-12", "APPT-TRN-13"];

/// What may be seen broken with it.
const OPEN_CELL_FOLLOWS: &[&str] = &["APPT-BASE-10"];

faults! {
    IgnoreAccept "ignore-accept"
        "An Accept header that rules out JSON is not rejected with 406." ["APPT-HDR-04"]
    AcceptXmlPatch "accept-xml-patch"
        "The Content-Type of a PATCH is not looked at, so no other patch format is rejected with 415."
        ["APPT-HDR-07"] => ["APPT-CONC-09"]
    HideAcceptPatch "hide-accept-patch"
        "Neither a 415 nor OPTIONS names the accepted patch format." ["APPT-HDR-08" "APPT-RFC-13"]
    IgnoreMethodOverride "ignore-method-override"
        "A POST that asks to be read as a PATCH is rejected with 405." ["APPT-HDR-11" "APPT-HDR-12"]
    HideCors "hide-cors"
        "No response carries the headers of cross-origin resource sharing." ["APPT-HDR-14" "APPT-HDR-15"]
    SuccessIsCreated "success-is-created"
        "An accepted PATCH gets the status 201." ["APPT-RSP-01" "APPT-BASE-01"]
        => ["APPT-HDR-03" "APPT-HDR-05" "APPT-HDR-16" "APPT-OPS-26" "APPT-RFC-06" "APPT-RFC-09" "APPT-TRN-21"
              "APPT-VER-05" "APPT-VER-15"]
    SuccessIsLater "success-is-later"
        "An accepted PATCH gets the status 202." ["APPT-RSP-01" "APPT-BASE-01"]
        => ["APPT-HDR-03" "APPT-HDR-05" "APPT-HDR-16" "APPT-OPS-26" "APPT-RFC-06" "APPT-RFC-09" "APPT-TRN-21"
              "APPT-VER-05" "APPT-VER-15"]
    OutcomeOnSuccess "outcome-on-success"
        "The response to an accepted PATCH holds an OperationOutcome that nobody asked for."
        ["APPT-BASE-04" "APPT-RSP-04"]
    SuccessBodyIsStale "success-body-is-stale"
        "The appointment that a PATCH returns is the one before it." ["APPT-BASE-05"] => ["APPT-BASE-03"]
    CacheableAnswer "cacheable-answer"
        "Responses may be cached for an hour." ["APPT-RSP-06"]
    DropRequestId "drop-request-id"
        "No response carries X-Request-Id." ["APPT-RSP-09" "APPT-BASE-16"]
    ForgetChange "forget-change"
        "An accepted PATCH, after the first one of all, makes a new version in which nothing has changed."
        ["APPT-RSP-13" "APPT-TRN-01" "APPT-TRN-02" "APPT-TRN-03" "APPT-TRN-04" "APPT-TRN-05" "APPT-TRN-06"
         "APPT-TRN-07" "APPT-TRN-08" "APPT-TRN-09" "APPT-TRN-16" "APPT-TRN-17" "APPT-OPS-05" "APPT-OPS-06"
         "APPT-OPS-07" "APPT-OPS-08" "APPT-OPS-17" "APPT-OPS-18" "APPT-OPS-19" "APPT-OPS-20" "APPT-OPS-27"
         "APPT-CONC-05" "APPT-OPS-02" "APPT-OPS-09" "APPT-OPS-10" "APPT-OPS-11" "APPT-OPS-12" "APPT-OPS-13"
         "APPT-OPS-14" "APPT-OPS-15" "APPT-OPS-16" "APPT-BASE-32"]
        => ["APPT-ATOM-02" "APPT-ATOM-05" "APPT-COMB-08" "APPT-COMB-11" "APPT-COMB-13" "APPT-COMB-19"
              "APPT-CONC-10" "APPT-HDR-11" "APPT-HDR-12" "APPT-OPS-26" "APPT-RFC-09" "APPT-TRN-20"
              "APPT-VAL-07" "APPT-VAL-08" "APPT-VAL-12" "APPT-VAL-13" "APPT-VAL-14"]
    ForgetEveryChange "forget-every-change"
        "Every accepted PATCH, the first one too, makes a new version in which nothing has changed."
        ["APPT-OPS-02" "APPT-BASE-34"] => ["*"]
    RefuseEveryPatch "refuse-every-patch"
        "Every PATCH is rejected with 415, whatever its media type." ["APPT-OPS-02" "APPT-BASE-34"] => ["*"]
    RefuseLaterPatches "refuse-later-patches"
        "Every PATCH after the first one that was accepted is rejected with 415."
        ["APPT-HDR-01" "APPT-RSP-01" "APPT-BASE-01"] => ["*"]
    RefuseLaterAccept "refuse-later-accept"
        "Every PATCH after the first one that was accepted is rejected with 406." ["APPT-HDR-02"] => ["*"]
    HangUpOnTest "hang-up-on-test"
        "A PATCH whose document holds a test gets no response."
        ["APPT-BASE-23"] => ["APPT-RFC-16" "APPT-ERR-15" "APPT-ERR-17"]
    EndOnMove "end-on-move"
        "After a PATCH whose document holds a move the server no longer listens." ["APPT-BASE-23"]
    HangUpOnWords "hang-up-on-words"
        "A PATCH whose body is no JSON gets no response."
        ["APPT-ERR-17"] => ["APPT-ERR-12" "APPT-RFC-01" "APPT-VER-22"]
    FailOnPrefer "fail-on-prefer"
        "A PATCH that says with Prefer what it wants back gets 500."
        ["APPT-BASE-30"] => ["APPT-BASE-03" "APPT-RSP-04" "APPT-ERR-17" "APPT-TRN-01"]
    FailsHalfWay "fails-half-way"
        "The first time a document of several operations is sent, a part of it is carried out, and the response is 500."
        ["APPT-ATOM-07"] => ["APPT-BASE-10" "APPT-BASE-30" "APPT-CONC-05"]
    HangsUpHalfWay "hangs-up-half-way"
        "The first time a document of several operations is sent, a part of it is carried out, and no response comes."
        ["APPT-ATOM-07"] => ["APPT-BASE-10" "APPT-BASE-30" "APPT-CONC-05"]
    FailsWithVersion "fails-with-version"
        "Now and then a PATCH gets 500 and makes a new version in which nothing has changed."
        ["APPT-ATOM-07"] => ["APPT-BASE-30" "APPT-CONC-05"]
    StaleRead "stale-read"
        "The first read after an accepted PATCH still shows the state before it."
        ["APPT-BASE-28" "APPT-RSP-13"] => ["APPT-CONC-07"]
    StaleReadForLong "stale-read-for-long"
        "For three seconds after an accepted PATCH, reads still show the state before it."
        ["APPT-BASE-28" "APPT-RSP-13"] => ["*"]
    NoEtag "no-etag" "The response to an accepted PATCH has no ETag."
        ["APPT-VER-01" "APPT-VER-02" "APPT-RSP-02" "APPT-BASE-01"]
    RepeatedEtag "repeated-etag"
        "The response to every accepted PATCH has the entity tag of the first version."
        ["APPT-VER-01" "APPT-VER-02" "APPT-VER-18" "APPT-VER-19" "APPT-TRN-19" "APPT-BASE-02" "APPT-CONC-05"
         "APPT-BASE-05" "APPT-VER-15"]
        => ["APPT-BASE-03" "APPT-TRN-16"]
    EtagNotCurrent "etag-not-current"
        "The entity tag of an accepted PATCH is not the one the next read shows."
        ["APPT-VER-01" "APPT-VER-02" "APPT-VER-19" "APPT-TRN-19" "APPT-CONC-05" "APPT-BASE-05" "APPT-VER-15"]
        => ["APPT-BASE-03"]
    StrongEtag "strong-etag"
        "The entity tag of an accepted PATCH is strong, a form that If-Match does not take back."
        ["APPT-VER-01" "APPT-VER-02" "APPT-VER-16" "APPT-RSP-02" "APPT-TRN-19"]
    UnquotedEtag "unquoted-etag"
        "The entity tag of an accepted PATCH has no quotes."
        ["APPT-VER-01" "APPT-VER-16"] => ["APPT-BASE-*" "APPT-TRN-19" "APPT-VER-02" "APPT-VER-15"]
    WeakTagsNeverMatch "weak-tags-never-match"
        "After the first PATCH, If-Match is compared as RFC 9110 has it, so that a weak tag never matches."
        ["APPT-VER-02" "APPT-VER-15" "APPT-RSP-01"] => ["*"]
    OnlyStrongTagsMatch "only-strong-tags-match"
        "If-Match takes the strong form of a tag that is given as a weak one, and no weak tag."
        ["APPT-VER-15"] => ["*"]
    NoVersionOnRead "no-version-on-read"
        "A read shows neither ETag nor meta.versionId." ["APPT-VER-20"]
    IgnoreIfMatch "ignore-if-match"
        "A well-formed If-Match passes whatever version it names."
        ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09" "APPT-VER-11" "APPT-HDR-13" "APPT-CONC-01"
         "APPT-CONC-03" "APPT-CONC-09" "APPT-CONC-02" "APPT-CONC-05" "APPT-VER-22"]
    AcceptMissingIfMatch "accept-missing-if-match"
        "A PATCH without If-Match is carried out by a vendor's server." ["APPT-VER-04" "APPT-HDR-13" "APPT-VER-22"]
    ThirdWriteIgnoresIfMatch "third-write-ignores-if-match"
        "The third write in a row on an appointment passes whatever version its If-Match names."
        ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09" "APPT-VER-11" "APPT-CONC-01" "APPT-CONC-03" "APPT-CONC-09"]
        => ["APPT-CONC-02" "APPT-CONC-05" "APPT-HDR-13"]
    StaleAnswersBaseCode "stale-answers-412"
        "A stale If-Match is rejected with 412 by a vendor's server, and with 400 by a plain FHIR server."
        ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-HDR-13" "APPT-CONC-01" "APPT-CONC-03" "APPT-CONC-09"
         "APPT-VER-22"]
        => ["APPT-CONC-02" "APPT-VER-11"]
    BodyBeforeIfMatch "body-before-if-match"
        "The body is judged before If-Match." ["APPT-VER-22"] => ["APPT-CONC-03" "APPT-CONC-09"]
    IfMatchBeforeAll "if-match-before-all"
        "If-Match is judged before the path, Accept and Content-Type."
        ["APPT-VER-21"] => ["APPT-ERR-08" "APPT-ERR-16"]
    IfMatchBeforeToken "if-match-before-token"
        "If-Match is judged before the token of the client." ["APPT-VER-21"]
    VersionsComparedAsNumbers "later-versions-match"
        "An If-Match that names a later version than the current one passes."
        ["APPT-VER-09" "APPT-VER-11" "APPT-VER-08"] => ["APPT-CONC-*"]
    TagsReadAsNumbers "tags-read-as-numbers"
        "Entity tags are compared as numbers: zeros and a sign before one make no difference."
        ["APPT-VER-09" "APPT-VER-11" "APPT-VER-08"]
    TagsComparedByBeginning "tags-compared-by-beginning"
        "An If-Match that begins with the current version passes." ["APPT-VER-09" "APPT-VER-11" "APPT-VER-08"]
    IgnoreIfNoneMatch "ignore-if-none-match"
        "A plain FHIR server carries a PATCH out whatever its If-None-Match says." ["APPT-BASE-31"]
    MissingAnswersBaseCode "missing-answers-400"
        "A missing If-Match is rejected with 400 by a vendor's server." ["APPT-VER-04" "APPT-HDR-13" "APPT-VER-22"]
    OpenTransitions "open-transitions"
        "A supported status is accepted whatever status the appointment holds."
        ["APPT-TRN-12" "APPT-TRN-13"] => ["APPT-BASE-10"]
    ReopenAfterRead "reopen-after-read"
        "An appointment that was cancelled and read twice since can be booked again." ["APPT-TRN-10" "APPT-TRN-13"]
    UnsupportedStatusAccepted "unsupported-status-accepted"
        "A status of the value set that the edition does not support is accepted."
        ["APPT-TRN-10" "APPT-TRN-11"] => ["APPT-BASE-10"]
    RefuseAllowedTransition "refuse-allowed-transition"
        "A booked appointment cannot be checked in." ["APPT-TRN-02"] => ["APPT-CONC-03" "APPT-TRN-17"]
    UnknownStatusAccepted "unknown-status-accepted"
        "A status outside the value set is stored." ["APPT-TRN-15" "APPT-BASE-06" "APPT-ERR-07"] => ["APPT-BASE-10"]
    UnlistedPathAccepted "unlisted-path-accepted"
        "An operation on a path that the vendor does not list is carried out as RFC 6902 has it."
        ["APPT-OPS-03" "APPT-OPS-04" "APPT-OPS-23" "APPT-OPS-29" "APPT-ERR-06"] => ["APPT-ATOM-06" "APPT-BASE-11"]
    UnlistedPathIgnored "unlisted-path-ignored"
        "An operation on a path that the vendor does not list is passed over without a word."
        ["APPT-OPS-03" "APPT-OPS-04" "APPT-OPS-23" "APPT-OPS-29" "APPT-ERR-06" "APPT-ATOM-02" "APPT-ATOM-05" "APPT-RFC-04"]
    OtherOperationsAccepted "other-operations-accepted"
        "An operation that is not listed for a listed path is carried out as RFC 6902 has it."
        ["APPT-OPS-21" "APPT-BASE-06"] => ["APPT-OPS-*" "APPT-ATOM-06" "APPT-BASE-06" "APPT-BASE-11" "APPT-BASE-10"
              "APPT-COMB-19" "APPT-RFC-16"]
    TestIgnored "vendor-ignores-test"
        "A test operation is passed over by a vendor's server."
        ["APPT-RFC-16" "APPT-OPS-03" "APPT-OPS-04"] => ["APPT-OPS-*" "APPT-RFC-16" "APPT-ATOM-02"]
    SwapVideoLinks "swap-video-links"
        "The link sent for the provider's room is given to the patient's, and the reverse." ["APPT-OPS-27"]
    VirtualPathStored "virtual-path-stored"
        "The path of the patient's participation is taken literally and makes a new member."
        ["APPT-OPS-17"] => ["APPT-OPS-18" "APPT-ATOM-06" "APPT-COMB-19"]
    MissingAccompanimentsAccepted "missing-accompaniments-accepted"
        "A command is carried out although the ones that must come with it are missing."
        ["APPT-COMB-01" "APPT-COMB-02" "APPT-COMB-03" "APPT-COMB-04" "APPT-COMB-05" "APPT-COMB-06"
         "APPT-COMB-12" "APPT-COMB-13" "APPT-COMB-14" "APPT-COMB-15" "APPT-COMB-16" "APPT-ERR-07"]
        => ["APPT-BASE-10" "APPT-BASE-11"]
    MixedVideoOperations "mixed-video-operations"
        "Adding and replacing video links may be mixed in one document, in any number."
        ["APPT-COMB-05" "APPT-COMB-06" "APPT-COMB-07" "APPT-ERR-07"]
    CommandsInAnyState "commands-in-any-state"
        "Conditions on the appointment itself, such as being a video visit without links, are not checked."
        ["APPT-COMB-08" "APPT-COMB-10" "APPT-COMB-18" "APPT-COMB-19"]
    ExtraValuesAccepted "extra-values-accepted"
        "Of a list that must have one entry, the first is taken and the others are dropped."
        ["APPT-VAL-01" "APPT-VAL-02" "APPT-VAL-05" "APPT-VAL-09" "APPT-VAL-19" "APPT-VAL-21"]
    ReasonWithoutText "reason-without-text"
        "A booking reason may come without a text." ["APPT-VAL-06"] => ["APPT-ERR-07"]
    CancelationWithoutCoding "cancelation-without-coding"
        "A cancelation reason may come without a coding." ["APPT-VAL-11"] => ["APPT-ERR-07"]
    AnyCodeSystem "any-code-system"
        "A cancelation reason may come from any code system." ["APPT-VAL-10"] => ["APPT-VAL-09" "APPT-ERR-07"]
    KeepIgnoredParts "keep-ignored-parts"
        "The coding of a booking reason and the text of a cancelation reason are stored."
        ["APPT-VAL-07" "APPT-VAL-12"]
    UrlLengthOffByOne "url-length-off-by-one"
        "A video link may have one character more than the limit." ["APPT-VAL-13"]
    UrlLengthTooStrict "url-length-too-strict"
        "A video link of the greatest length allowed is rejected." ["APPT-VAL-13"]
    AnyPeriod "any-period"
        "The period of a video link may be any text." ["APPT-VAL-15"] => ["APPT-VAL-16" "APPT-ERR-07"]
    PeriodBackwards "period-backwards"
        "The period of a video link may end before it starts." ["APPT-VAL-16"] => ["APPT-ERR-07"]
    TypesUnchecked "types-unchecked"
        "A list or an object is taken for the one value in it."
        ["APPT-VAL-25" "APPT-VAL-23"] => ["APPT-TRN-15" "APPT-ERR-07" "APPT-VAL-*"]
    DoubleBooking "double-booking"
        "A slot that is taken can be booked again." ["APPT-CONC-10" "APPT-VAL-04"] => ["APPT-VAL-*"]
    AnyPatientStatus "any-patient-status"
        "A patient's participation may be set to any text." ["APPT-VAL-18" "APPT-BASE-07" "APPT-ERR-07"]
    MalformedOutcome "malformed-outcome" "An OperationOutcome has no issues."
        ["APPT-ERR-02" "APPT-ERR-05"] => ["APPT-ERR-06" "APPT-OPS-29"]
    OutcomeCutOff "outcome-cut-off" "An OperationOutcome lacks its last character."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeWithoutType "outcome-without-type" "An OperationOutcome does not say that it is one."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeTextAsDetails "outcome-text-as-details" "The details of an issue are a text."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeEmptyText "outcome-empty-text" "An issue of an OperationOutcome has empty diagnostics."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeOnlyWarns "outcome-only-warns" "An OperationOutcome with an error has an issue that is a warning only."
        ["APPT-ERR-05"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeUnknownCode "outcome-unknown-code" "An issue of an OperationOutcome has a code that R4 does not know."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeUnknownSeverity "outcome-unknown-severity"
        "An issue of an OperationOutcome has a severity that R4 does not know."
        ["APPT-ERR-02" "APPT-ERR-05"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeWithoutCode "outcome-without-code" "An issue of an OperationOutcome has no code."
        ["APPT-ERR-02"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeWithoutSeverity "outcome-without-severity" "An issue of an OperationOutcome has no severity."
        ["APPT-ERR-02" "APPT-ERR-05"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeIssueNoList "outcome-issue-no-list" "The issues of an OperationOutcome are one object."
        ["APPT-ERR-02" "APPT-ERR-05"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    OutcomeEmptyIssueList "outcome-empty-issue-list" "The list of issues of an OperationOutcome is empty."
        ["APPT-ERR-02" "APPT-ERR-05"] => ["APPT-ERR-03" "APPT-ERR-05" "APPT-ERR-06" "APPT-OPS-29"]
    SuccessWrongMediaType "success-wrong-media-type"
        "The appointment that a PATCH returns is sent as application/json." ["APPT-BASE-33" "APPT-RSP-15"]
    OutcomeWrongMediaType "outcome-wrong-media-type" "An OperationOutcome is sent as application/json."
        ["APPT-ERR-04" "APPT-RSP-15"]
    NoOutcome "no-outcome" "The response that rejects a PATCH has no body."
        ["APPT-ERR-03"]
    ServerErrorOnBadPatch "server-error-on-bad-patch"
        "A body that is no patch document gets the status 500."
        ["APPT-ERR-12" "APPT-ERR-13" "APPT-ERR-17" "APPT-RFC-01" "APPT-RFC-02" "APPT-RFC-03" "APPT-RFC-04"
         "APPT-RFC-05" "APPT-VAL-23"]
        => ["APPT-VER-22"]
    BadPatchIsUnprocessable "bad-patch-answers-422"
        "A body that is no patch document is rejected with 422."
        ["APPT-ERR-12" "APPT-ERR-13"] => ["APPT-RFC-*" "APPT-VAL-23" "APPT-VER-22"]
    BrokenRuleIsNotFound "broken-rule-answers-404"
        "A broken rule of the scheduling business is rejected with 404." ["APPT-ERR-07"]
        => ["APPT-TRN-*" "APPT-OPS-*" "APPT-COMB-*" "APPT-VAL-*" "APPT-ATOM-02" "APPT-RFC-*" "APPT-ERR-06"
         "APPT-CONC-*" "APPT-BASE-17" "APPT-BASE-21"]
    UnknownIdAnswersConflict "unknown-id-answers-409"
        "A PATCH of an unknown appointment is rejected with 409, whatever its If-Match; fhir-r4 fixes no code for it."
        ["APPT-ERR-08"] => ["APPT-VER-21"]
    DeletedIsPatched "deleted-is-patched"
        "A deleted appointment can be read and patched." ["APPT-ERR-16"]
    IgnoreLock "ignore-lock"
        "An appointment that someone else is modifying is changed." ["APPT-ERR-10"]
    LockAnswersConflict "lock-answers-409"
        "A PATCH of an appointment that someone else is modifying is rejected with 409." ["APPT-ERR-10"]
    FailedDependencyLeavesChange "failed-dependency-leaves-change"
        "Where a dependent operation fails, the status is 424 but the change stays." ["APPT-ATOM-08" "APPT-ATOM-01"]
    DependencyAnswersBusinessRule "dependency-answers-422"
        "A dependent operation that fails is rejected with 422." ["APPT-ERR-11"]
    HideAllow "hide-allow" "A 405 does not say which methods are allowed."
        ["APPT-ERR-15"]
    AnyCaseInPaths "any-case-in-paths"
        "The resource type in a path is read without regard to case." ["APPT-ERR-19"]
    WriteAfterCheck "write-after-check"
        "The version is checked, and only a moment later the change is written, without a second look."
        ["APPT-CONC-02" "APPT-CONC-03" "APPT-CONC-05"]
    TwoWinners "two-winners"
        "Of two PATCH requests under way at once that name one version, the second is carried out too."
        ["APPT-CONC-02" "APPT-CONC-05"]
    LostUpdateUnderLoad "lost-update-under-load"
        "Of two PATCH requests under way at once, the second overwrites the first within the same version."
        ["APPT-CONC-02" "APPT-CONC-05" "APPT-BASE-02"]
    StaleReadUnderLoad "stale-read-under-load"
        "For a moment after a PATCH that met another one, reads still show the state before it."
        ["APPT-BASE-28" "APPT-RSP-13"] => ["APPT-CONC-07"]
    TagReused "tag-reused"
        "A PATCH that met another one changes the appointment and leaves the version as it was."
        ["APPT-CONC-05" "APPT-BASE-02" "APPT-CONC-02" "APPT-CONC-03"]
    LockedForNoReason "locked-for-no-reason"
        "A PATCH that meets no other one is rejected as locked for a moment after a race."
        ["APPT-ERR-10" "APPT-CONC-07"]
    RefusedWriteTakesEffect "refused-write-takes-effect"
        "A PATCH that lost against another one under way is rejected, and is carried out all the same."
        ["APPT-CONC-05"]
    HalfPatchRead "half-patch-read"
        "While a PATCH is under way, reads show its status and not yet the rest." ["APPT-CONC-06"] => ["APPT-CONC-05"]
    RefusalMovesVersion "refusal-moves-version"
        "A rejected PATCH makes a new version all the same."
        ["APPT-ATOM-01" "APPT-ATOM-03" "APPT-ATOM-04" "APPT-ATOM-08" "APPT-VER-09"] => ["APPT-CONC-05" "APPT-CONC-09"]
    RefusalChangesContent "refusal-changes-content"
        "A rejected PATCH leaves a comment, under the same version."
        ["APPT-ATOM-01" "APPT-ATOM-02"] => ["APPT-ATOM-04" "APPT-VER-09" "APPT-CONC-05" "APPT-ATOM-08" "APPT-OPS-24"]
    RefusalTouchesTime "refusal-touches-time"
        "A rejected PATCH changes the time of the last change."
        ["APPT-ATOM-01"] => ["APPT-ATOM-02" "APPT-ATOM-03" "APPT-ATOM-04" "APPT-ATOM-08" "APPT-VER-09" "APPT-CONC-09"
         "APPT-BASE-25"]
    FirstOperationLeaks "first-operation-leaks"
        "Where a later operation is rejected, the first one stays in effect."
        ["APPT-ATOM-01" "APPT-ATOM-02" "APPT-ATOM-03" "APPT-ATOM-04"] => ["APPT-BASE-10" "APPT-CONC-09" "APPT-VER-09"]
    StaleMultiOperationLeaks "stale-multi-operation-leaks"
        "A document of several operations that is rejected for its If-Match leaves its first operation in effect."
        ["APPT-ATOM-01" "APPT-ATOM-02"] => ["APPT-ATOM-04" "APPT-CONC-05" "APPT-VER-09" "APPT-ATOM-03"]
    TouchOtherMembers "touch-other-members"
        "An accepted PATCH also rewrites the description." ["APPT-ATOM-06"] => ["APPT-OPS-24" "APPT-BASE-32"]
    TurnParticipantsRound "turn-participants-round"
        "An accepted PATCH lists the participants the other way round." ["APPT-ATOM-06"] => ["APPT-OPS-24"]
    ReadStampsTime "read-stamps-time"
        "A read shows its own time as that of the last change." ["APPT-BASE-24"]
    TimeStandsStill "time-stands-still"
        "A new version keeps the time of the one before." ["APPT-BASE-24"] => ["APPT-BASE-12"]
    TimeRunsBackwards "time-runs-backwards"
        "The time of a version lies before that of the one it replaces." ["APPT-BASE-25"] => ["APPT-BASE-12"]
    IdentityUnchecked "identity-unchecked"
        "A plain FHIR server takes a patch that changes id or meta, and goes on with its own."
        ["APPT-BASE-21"] => ["APPT-ATOM-02" "APPT-BASE-17" "APPT-RFC-*"]
    FollowTheId "patch-follows-the-id"
        "A PATCH that changes the id is carried out on the appointment which that id names."
        ["APPT-BASE-22" "APPT-BASE-29"] => ["APPT-BASE-05" "APPT-BASE-12" "APPT-BASE-21" "APPT-ERR-06" "APPT-ERR-15"
              "APPT-OPS-03" "APPT-OPS-04" "APPT-VER-19"]
    ReadShowsOtherId "read-shows-other-id"
        "A read shows the appointment under another id than that of its URL." ["APPT-BASE-29"] => ["APPT-BASE-05"]
    TouchOtherAppointment "touch-other-appointment"
        "An accepted PATCH also changes every other booked appointment." ["APPT-BASE-22"] => ["*"]
    RefuseUnknownMembers "refuse-unknown-members"
        "An operation with a member that RFC 6902 does not define is rejected." ["APPT-RFC-06"]
    IgnoreTest "ignore-test"
        "In a plain FHIR server, a test operation that fails does not stop the patch." ["APPT-RFC-16"]
    MissingParentsPassedOver "missing-parents-passed-over"
        "In a plain FHIR server, an operation below a member that is not there is passed over."
        ["APPT-RFC-08"] => ["APPT-ATOM-02" "APPT-RFC-*"]
    MissingTargetsPassedOver "missing-targets-passed-over"
        "In a plain FHIR server, replacing a member that is not there is passed over."
        ["APPT-RFC-07"] => ["APPT-RFC-04" "APPT-ATOM-*" "APPT-OPS-*"]
    UncheckedResult "unchecked-result"
        "A plain FHIR server stores what a patch makes of an appointment, valid or not."
        ["APPT-BASE-06" "APPT-BASE-07" "APPT-BASE-08" "APPT-BASE-09" "APPT-BASE-10" "APPT-BASE-11" "APPT-BASE-19"] => ["*"]
    MembersUnchecked "members-unchecked"
        "A plain FHIR server stores what a patch makes of the members of an appointment, whatever their types and codes."
        ["APPT-BASE-19"] => ["APPT-ATOM-06"]
    InvariantsUnchecked "invariants-unchecked"
        "A plain FHIR server stores appointments whose members do not go together."
        ["APPT-BASE-08" "APPT-BASE-09" "APPT-BASE-10" "APPT-BASE-11" "APPT-VAL-16"] => ["APPT-ATOM-06"]
    LastModifiedInFuture "last-modified-in-future"
        "Last-Modified lies an hour ahead." ["APPT-RFC-15" "APPT-RSP-12" "APPT-BASE-12"]
    UnreadableDate "unreadable-date"
        "The Date header is no date." ["APPT-RFC-14" "APPT-RSP-07"]
    ByteOrderMark "byte-order-mark"
        "JSON begins with a byte order mark." ["APPT-BASE-26"]
    RepeatedMemberName "repeated-member-name"
        "The first member of each resource is there twice." ["APPT-BASE-27"]
    NoLastModified "no-last-modified" "The response to an accepted PATCH has no Last-Modified."
        ["APPT-RSP-03" "APPT-BASE-01"]
    IgnorePrefer "ignore-prefer"
        "The Prefer header has no effect." ["APPT-BASE-03"]
    DropEnd "drop-end"
        "An accepted PATCH loses the end of the appointment." ["APPT-BASE-09" "APPT-BASE-10" "APPT-ATOM-06"]
        => ["APPT-BASE-01" "APPT-COMB-11" "APPT-CONC-02" "APPT-HDR-05" "APPT-HDR-16" "APPT-OPS-24" "APPT-RFC-06" "APPT-VER-05"]
    BareParticipant "bare-participant"
        "An accepted PATCH loses the actor of the last participant."
        ["APPT-BASE-08" "APPT-ATOM-06"] => ["APPT-OPS-24" "APPT-COMB-11" "*"]
    KeepNarrative "keep-narrative" "The narrative still names the status before the PATCH."
        ["APPT-BASE-13"]
    HidePatchCapability "hide-patch-capability"
        "The CapabilityStatement does not mention PATCH." ["APPT-BASE-14"]
    AuthenticationNotChecked "authentication-not-checked"
        "Nobody has to show a token, although the server asks for one; fhir-r4 leaves it open whether it does."
        ["APPT-AUTH-01" "APPT-AUTH-02"]
    AnyTokenPasses "any-token-passes"
        "Any token is as good as the one that was issued." ["APPT-AUTH-02"]
    UnauthenticatedIsForbidden "unauthenticated-is-forbidden"
        "A request without a valid token is rejected with 403 instead of 401, a code that fhir-r4 leaves open."
        ["APPT-AUTH-01" "APPT-AUTH-02"]
    NoChallenge "no-challenge"
        "A 401 does not say how to authenticate." ["APPT-AUTH-02" "APPT-AUTH-03"]
}
