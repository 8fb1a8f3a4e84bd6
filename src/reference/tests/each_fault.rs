//! Every fault makes a difference: what shows it, sent to a server with the fault and to the clean one.
//!
//! Which requirement notices is shown by `patchproof selftest`; here it is only seen that each fault acts at all.

use std::collections::BTreeSet;

use super::*;

/// A request in which `{id}`, `{other}`, `{tag}`, `{slot}` and `{busy}` are filled in: method, path, headers, body.
type Probe = (&'static str, String, Vec<(&'static str, &'static str)>, String);

const VENDOR: Edition = Edition::March2024;
const BASE: Edition = Edition::FhirR4;
const JSON_PATCH: (&str, &str) = ("content-type", "application/json-patch+json");
const CURRENT: (&str, &str) = ("if-match", "{tag}");
const STALE: (&str, &str) = ("if-match", "W/\"999\"");
const STANDARD: &str = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason";

fn request(method: &'static str, path: &str, headers: &[(&'static str, &'static str)], body: impl ToString) -> Probe {
    (method, path.to_owned(), headers.to_vec(), body.to_string())
}

fn read() -> Probe {
    request("GET", "/Appointment/{id}", &[], "")
}

fn patch_with(headers: &[(&'static str, &'static str)], body: impl ToString) -> Probe {
    let headers = [&[JSON_PATCH], headers].concat();
    request("PATCH", "/Appointment/{id}", &headers, body)
}

fn patch(body: impl ToString) -> Probe {
    patch_with(&[CURRENT], body)
}

fn arrive() -> Probe {
    patch(json!([set_status("arrived")]))
}

fn operation(op: &str, path: &str, value: Value) -> Value {
    json!({ "op": op, "path": path, "value": value })
}

fn base(op: &str, path: &str, value: Value) -> (Edition, SeedKind, Vec<Probe>) {
    (BASE, BOOKED, vec![patch(json!([operation(op, path, value)]))])
}

/// A request with a version that is none, but for one thing as documented.
fn stale_with(headers: &[(&'static str, &'static str)], query: &str) -> (Edition, SeedKind, Vec<Probe>) {
    carried(&[&[STALE], headers].concat(), query)
}

/// The same without If-Match.
fn untagged_with(headers: &[(&'static str, &'static str)], query: &str) -> (Edition, SeedKind, Vec<Probe>) {
    carried(headers, query)
}

fn carried(headers: &[(&'static str, &'static str)], query: &str) -> (Edition, SeedKind, Vec<Probe>) {
    let kind = headers.iter().any(|(name, _)| *name == "content-type");
    let headers = if kind { headers.to_vec() } else { [&[JSON_PATCH], headers].concat() };
    let document = json!([set_status("arrived")]);
    (VENDOR, BOOKED, vec![request("PATCH", &format!("/Appointment/{{id}}{query}"), &headers, document)])
}

fn status_of(value: &str) -> (Edition, SeedKind, Vec<Probe>) {
    base("replace", "/status", json!(value))
}

fn cancel_because(reason: Value) -> (Edition, SeedKind, Vec<Probe>) {
    let document = json!([set_status("cancelled"), operation("add", "/cancelationReason", reason)]);
    (VENDOR, BOOKED, vec![patch(document)])
}

fn book_because(reason: Value) -> (Edition, SeedKind, Vec<Probe>) {
    let slot = operation("add", "/slot", json!([{ "reference": "Slot/{slot}" }]));
    let document = json!([slot, set_status("booked"), operation("add", "/reasonCode", reason)]);
    (VENDOR, PROPOSED, vec![patch(document)])
}

fn link(characters: usize) -> (Edition, SeedKind, Vec<Probe>) {
    let link = format!("https://v.example/{}", "a".repeat(characters - "https://v.example/".len()));
    let document = quartet("add", &link, "https://v.example/pat", "2030-01-01T10:00:00Z", "2030-01-01T11:00:00Z");
    (VENDOR, SeedKind::VideoUnlinked, vec![patch(json!(document))])
}

fn period(start: &str, end: &str) -> (Edition, SeedKind, Vec<Probe>) {
    let document = quartet("add", "https://v.example/pro", "https://v.example/pat", start, end);
    (VENDOR, SeedKind::VideoUnlinked, vec![patch(json!(document))])
}

/// What shows a fault: in an edition, on a fixture, by some requests. Nothing where it shows only when requests meet,
/// or in instants, which are left out here.
#[expect(clippy::too_many_lines, reason = "one arm for each fault, so that the compiler asks for a new one")]
fn shown_by(fault: Fault) -> Option<(Edition, SeedKind, Vec<Probe>)> {
    let vendor = |probes: Vec<Probe>| (VENDOR, BOOKED, probes);
    let origin = [("origin", "http://example.org")];
    Some(match fault {
        Fault::IgnoreAccept => vendor(vec![request("GET", "/Appointment/{id}", &[("accept", "text/html")], "")]),
        Fault::AcceptXmlPatch => {
            vendor(vec![request("PATCH", "/Appointment/{id}", &[("content-type", "text/xml"), CURRENT], "[]")])
        }
        Fault::HideAcceptPatch => vendor(vec![request("OPTIONS", "/Appointment/{id}", &[], "")]),
        Fault::IgnoreMethodOverride => {
            vendor(vec![request("POST", "/Appointment/{id}?_method=patch", &[JSON_PATCH, CURRENT], "[]")])
        }
        Fault::HideCors => vendor(vec![request("GET", "/Appointment/{id}", &origin, "")]),
        Fault::SuccessIsCreated
        | Fault::SuccessIsLater
        | Fault::OutcomeOnSuccess
        | Fault::CacheableAnswer
        | Fault::DropRequestId
        | Fault::ForgetEveryChange
        | Fault::RefuseEveryPatch
        | Fault::NoEtag
        | Fault::RepeatedEtag
        | Fault::EtagNotCurrent
        | Fault::StrongEtag
        | Fault::UnquotedEtag
        | Fault::OnlyStrongTagsMatch
        | Fault::TouchOtherMembers
        | Fault::UnreadableDate
        | Fault::NoLastModified
        | Fault::DropEnd
        | Fault::BareParticipant
        | Fault::TurnParticipantsRound
        | Fault::KeepNarrative
        | Fault::LastModifiedInFuture => vendor(vec![arrive(), read()]),
        Fault::ForgetChange | Fault::RefuseLaterPatches | Fault::RefuseLaterAccept | Fault::WeakTagsNeverMatch => {
            vendor(vec![arrive(), patch(json!([set_status("cancelled")])), read()])
        }
        Fault::SuccessBodyIsStale | Fault::SuccessWrongMediaType => (BASE, BOOKED, vec![arrive()]),
        Fault::StaleRead | Fault::StaleReadForLong => vendor(vec![arrive(), read()]),
        Fault::NoVersionOnRead | Fault::ReadStampsTime | Fault::ReadShowsOtherId => vendor(vec![read()]),
        Fault::IgnoreIfMatch | Fault::StaleAnswersBaseCode => {
            vendor(vec![patch_with(&[STALE], json!([set_status("arrived")]))])
        }
        Fault::VersionsComparedAsNumbers => vendor(vec![patch_with(&[STALE], json!([set_status("arrived")]))]),
        Fault::AcceptMissingIfMatch | Fault::MissingAnswersBaseCode => {
            vendor(vec![patch_with(&[], json!([set_status("arrived")]))])
        }
        Fault::ThirdWriteIgnoresIfMatch => {
            let checked_in = patch(json!([set_status("checked-in")]));
            vendor(vec![arrive(), checked_in, patch_with(&[STALE], json!([set_status("cancelled")]))])
        }
        Fault::BodyBeforeIfMatch => vendor(vec![patch_with(&[STALE], "no document")]),
        Fault::IfMatchBeforeAll => vendor(vec![request("PATCH", "/Appointment/1", &[JSON_PATCH, STALE], "[]")]),
        Fault::OpenTransitions | Fault::OpenCell(..) => {
            (Edition::May2019, SeedKind::Status(AppointmentStatus::Cancelled), vec![arrive()])
        }
        Fault::ReopenAfterRead => {
            let kind = SeedKind::Status(AppointmentStatus::Cancelled);
            (Edition::May2019, kind, vec![read(), read(), patch(json!([set_status("booked")]))])
        }
        Fault::UnsupportedStatusAccepted => vendor(vec![patch(json!([set_status("waitlist")]))]),
        Fault::RefuseAllowedTransition => vendor(vec![patch(json!([set_status("checked-in")]))]),
        Fault::UnknownStatusAccepted => (Edition::May2019, BOOKED, vec![patch(json!([set_status("gone")])), read()]),
        Fault::UnlistedPathAccepted => vendor(vec![patch(json!([operation("replace", "/description", json!("x"))]))]),
        Fault::UnlistedPathIgnored => vendor(vec![patch(json!([operation("replace", "/description", json!("x"))]))]),
        Fault::OtherOperationsAccepted => vendor(vec![patch(json!([operation("add", "/comment", json!("x"))]))]),
        Fault::TestIgnored => vendor(vec![patch(json!([operation("test", "/status", json!("x"))]))]),
        Fault::SwapVideoLinks => (VENDOR, SeedKind::VideoUnlinked, vec![patch(json!(usual_quartet("add"))), read()]),
        Fault::VirtualPathStored => {
            let accept = operation("replace", "/patient-status", json!("accepted"));
            (VENDOR, SeedKind::Tentative, vec![patch(json!([accept])), read()])
        }
        Fault::MissingAccompanimentsAccepted => {
            (VENDOR, SeedKind::VideoUnlinked, vec![patch(json!(usual_quartet("add")[..2]))])
        }
        Fault::MixedVideoOperations => {
            let mixed = [&usual_quartet("add")[..2], &usual_quartet("replace")[2..]].concat();
            (VENDOR, SeedKind::VideoUnlinked, vec![patch(json!(mixed))])
        }
        Fault::CommandsInAnyState => (VENDOR, SeedKind::VideoLinked, vec![patch(json!(usual_quartet("add")))]),
        Fault::ExtraValuesAccepted => book_because(json!([{ "text": "x" }, { "text": "y" }])),
        Fault::ReasonWithoutText => book_because(json!([{ "coding": [{ "code": "x" }] }])),
        Fault::CancelationWithoutCoding => cancel_because(json!({ "text": "x" })),
        Fault::AnyCodeSystem => cancel_because(json!({ "coding": [{ "system": "urn:x", "code": "y" }] })),
        Fault::KeepIgnoredParts => {
            let (edition, kind, mut probes) =
                cancel_because(json!({ "coding": [{ "system": STANDARD, "code": "oth-err" }], "text": "x" }));
            probes.push(read());
            (edition, kind, probes)
        }
        Fault::UrlLengthOffByOne => link(256),
        Fault::UrlLengthTooStrict => link(255),
        Fault::AnyPeriod => period("soon", "2030-01-01T11:00:00Z"),
        Fault::PeriodBackwards => period("2031-01-01T10:00:00Z", "2030-01-01T11:00:00Z"),
        Fault::TypesUnchecked => vendor(vec![patch(json!([operation("replace", "/status", json!(["arrived"]))]))]),
        Fault::DoubleBooking => {
            let slot = operation("add", "/slot", json!([{ "reference": "Slot/{busy}" }]));
            (VENDOR, PROPOSED, vec![patch(json!([slot, set_status("booked")]))])
        }
        Fault::AnyPatientStatus => {
            let odd = operation("replace", "/patient-status", json!("odd"));
            (VENDOR, SeedKind::Tentative, vec![patch(json!([odd]))])
        }
        Fault::MalformedOutcome
        | Fault::OutcomeCutOff
        | Fault::OutcomeWithoutType
        | Fault::OutcomeTextAsDetails
        | Fault::OutcomeEmptyText
        | Fault::OutcomeOnlyWarns
        | Fault::OutcomeUnknownCode
        | Fault::OutcomeUnknownSeverity
        | Fault::OutcomeWithoutCode
        | Fault::OutcomeWithoutSeverity
        | Fault::OutcomeIssueNoList
        | Fault::OutcomeEmptyIssueList
        | Fault::OutcomeWrongMediaType
        | Fault::NoOutcome
        | Fault::BrokenRuleIsNotFound
        | Fault::RefusalMovesVersion
        | Fault::RefusalChangesContent
        | Fault::RefusalTouchesTime => vendor(vec![patch("[]"), read()]),
        Fault::ServerErrorOnBadPatch | Fault::BadPatchIsUnprocessable => vendor(vec![patch("no document")]),
        Fault::UnknownIdAnswersConflict => vendor(vec![request("GET", "/Appointment/1", &[], "")]),
        Fault::DeletedIsPatched => (VENDOR, SeedKind::Deleted, vec![read()]),
        Fault::IgnoreLock | Fault::LockAnswersConflict => (VENDOR, SeedKind::Locked, vec![arrive()]),
        Fault::FailedDependencyLeavesChange | Fault::DependencyAnswersBusinessRule => {
            (VENDOR, SeedKind::FailingDependency, vec![arrive(), read()])
        }
        Fault::ByteOrderMark | Fault::RepeatedMemberName => vendor(vec![read()]),
        Fault::HideAllow => vendor(vec![request("PUT", "/Appointment/{id}", &[], "")]),
        Fault::AnyCaseInPaths => vendor(vec![request("GET", "/appointment/{id}", &[], "")]),
        Fault::FirstOperationLeaks => {
            vendor(vec![patch(json!([set_status("arrived"), operation("replace", "/id", json!("x"))])), read()])
        }
        Fault::StaleMultiOperationLeaks => {
            let document = json!([set_status("checked-in"), set_status("cancelled")]);
            vendor(vec![arrive(), patch_with(&[("if-match", "W/\"0\"")], document), read()])
        }
        Fault::TouchOtherAppointment => vendor(vec![arrive(), request("GET", "/Appointment/{other}", &[], "")]),
        Fault::RefuseUnknownMembers => {
            let odd = json!({ "op": "replace", "path": "/status", "value": "arrived", "odd": 1 });
            vendor(vec![patch(json!([odd]))])
        }
        Fault::IdentityUnchecked => base("replace", "/id", json!("x")),
        Fault::IgnoreTest => base("test", "/status", json!("cancelled")),
        Fault::MissingParentsPassedOver => base("add", "/comment/x", json!("y")),
        Fault::MissingTargetsPassedOver => base("replace", "/comment", json!("x")),
        Fault::TextsAreTrimmed => status_of("arrived "),
        Fault::LetterCaseIsIgnored => status_of("Arrived"),
        Fault::SeparatorsAreAlike => status_of("checked_in"),
        Fault::WidthIsIgnored => status_of("\u{ff41}rrived"),
        Fault::EscapesAreUndone => status_of("%61rrived"),
        Fault::WordsAreCompleted => status_of("arrive"),
        Fault::FirstWordIsTaken => status_of("arrived;x"),
        Fault::JsonIsMended => vendor(vec![patch(r#"[{"op":"replace","path":"/status","value":"arrived"},]"#)]),
        Fault::TypeByBeginning => {
            let kind = ("content-type", "application/json-patch");
            vendor(vec![patch_with(&[CURRENT, kind], json!([set_status("arrived")]))])
        }
        Fault::IdReadAsNumber => vendor(vec![request("GET", "/Appointment/0{id}", &[], "")]),
        Fault::TagsComparedByEnd => {
            (BASE, BOOKED, vec![patch_with(&[("if-match", "W/\"-1\"")], json!([set_status("arrived")]))])
        }
        Fault::StalePreferPasses => stale_with(&[("prefer", "return=minimal")], ""),
        Fault::StaleCharsetPasses => stale_with(&[("content-type", "application/json-patch+json; charset=utf-8")], ""),
        Fault::StaleQueryPasses => stale_with(&[], "?_pretty=true"),
        Fault::StaleAcceptPasses => stale_with(&[("accept", "*/*")], ""),
        Fault::StaleTimePasses => stale_with(&[("if-unmodified-since", "Mon, 01 Jan 2024 00:00:00 GMT")], ""),
        Fault::UntaggedPreferPasses => untagged_with(&[("prefer", "return=minimal")], ""),
        Fault::UntaggedCharsetPasses => {
            untagged_with(&[("content-type", "application/json-patch+json; charset=utf-8")], "")
        }
        Fault::UntaggedQueryPasses => untagged_with(&[], "?_pretty=true"),
        Fault::UntaggedTimePasses => untagged_with(&[("if-unmodified-since", "Tue, 01 Jan 2030 00:00:00 GMT")], ""),
        Fault::StaleCompanyPasses => {
            let document = json!([operation("test", "/resourceType", json!("Appointment")), set_status("arrived")]);
            (BASE, BOOKED, vec![arrive(), patch_with(&[STALE], document)])
        }
        Fault::TestsCompareText => {
            let add = operation("add", "/priority", json!(7));
            (BASE, BOOKED, vec![patch(json!([add, operation("test", "/priority", json!("7"))]))])
        }
        Fault::TestsIgnoreCase => base("test", "/status", json!("Booked")),
        Fault::TestsIgnoreOrder => {
            let list = |first: &str, second: &str| json!([{ "text": first }, { "text": second }]);
            let add = operation("add", "/reasonCode", list("a", "b"));
            (BASE, BOOKED, vec![patch(json!([add, operation("test", "/reasonCode", list("b", "a"))]))])
        }
        Fault::MissingIsNull => base("test", "/comment", Value::Null),
        Fault::IndexesReadAsNumbers => base("replace", "/participant/+0/status", json!("declined")),
        Fault::AppendBeyondTheEnd => {
            base("add", "/participant/9", json!({ "actor": { "display": "x" }, "status": "accepted" }))
        }
        Fault::AddAtTheEnd => {
            base("add", "/participant/0", json!({ "actor": { "display": "x" }, "status": "accepted" }))
        }
        Fault::MoveLeavesACopy => {
            let there = operation("add", "/comment", json!("x"));
            let away = json!({ "op": "move", "from": "/comment", "path": "/description" });
            (BASE, BOOKED, vec![patch(json!([there, away])), read()])
        }
        Fault::MovesAreNotUndone | Fault::RemovalsAreNotUndone => {
            let away = if fault == Fault::MovesAreNotUndone {
                json!({ "op": "move", "from": "/comment", "path": "/description" })
            } else {
                json!({ "op": "remove", "path": "/comment" })
            };
            let lost = operation("replace", "/noSuchElement", json!("x"));
            let there = patch(json!([operation("add", "/comment", json!("x"))]));
            (BASE, BOOKED, vec![there, patch(json!([away, lost])), read()])
        }
        Fault::TagsReadAsNumbers => {
            (BASE, BOOKED, vec![patch_with(&[("if-match", "W/\"01\"")], json!([set_status("arrived")]))])
        }
        Fault::TagsComparedByBeginning => {
            (BASE, BOOKED, vec![patch_with(&[("if-match", "W/\"1-\"")], json!([set_status("arrived")]))])
        }
        Fault::IgnoreIfNoneMatch => {
            let none = ("if-none-match", "*");
            (BASE, BOOKED, vec![patch_with(&[CURRENT, none], json!([set_status("arrived")]))])
        }
        Fault::MembersUnchecked => base("add", "/minutesDuration", json!(-5)),
        Fault::InvariantsUnchecked => base("add", "/cancelationReason", json!({ "text": "x" })),
        Fault::UncheckedResult => base("add", "/odd", json!("x")),
        Fault::IgnorePrefer | Fault::FailOnPrefer => {
            let prefer = ("prefer", "return=representation");
            vendor(vec![patch_with(&[CURRENT, prefer], json!([set_status("arrived")]))])
        }
        Fault::HidePatchCapability => vendor(vec![request("GET", "/metadata", &[], "")]),
        Fault::AuthenticationNotChecked | Fault::UnauthenticatedIsForbidden | Fault::NoChallenge => {
            vendor(vec![read()])
        }
        Fault::IfMatchBeforeToken => vendor(vec![patch_with(&[STALE], json!([set_status("arrived")]))]),
        Fault::AnyTokenPasses => {
            vendor(vec![request("GET", "/Appointment/{id}", &[("authorization", "Bearer wrong")], "")])
        }
        Fault::WriteAfterCheck
        | Fault::TwoWinners
        | Fault::LostUpdateUnderLoad
        | Fault::StaleReadUnderLoad
        | Fault::TagReused
        | Fault::LockedForNoReason
        | Fault::RefusedWriteTakesEffect
        | Fault::HalfPatchRead
        | Fault::HangUpOnTest
        | Fault::HangUpOnWords
        | Fault::EndOnMove
        | Fault::FollowTheId
        | Fault::FailsHalfWay
        | Fault::HangsUpHalfWay
        | Fault::FailsWithVersion
        | Fault::TimeStandsStill
        | Fault::TimeRunsBackwards => return None,
    })
}

/// A server with or without a fault.
async fn bench(fault: Option<Fault>, edition: Edition, asks_for_token: bool) -> Bench {
    let config = Config { edition, faults: fault.into_iter().collect(), ..Config::default() };
    Bench::of(if asks_for_token { config.with_token() } else { config }).await
}

/// What a server gives for the requests, sent to fresh fixtures, without what differs from one time to the next.
async fn seen(bench: &Bench, kind: SeedKind, probes: &[Probe]) -> Vec<String> {
    let (id, slot) = (bench.take(kind), bench.slot());
    let asks_for_other = probes.iter().any(|(_, path, _, _)| path.contains("{other}"));
    let other = if asks_for_other { bench.take(BOOKED) } else { String::new() };
    let slot = slot[0]["reference"].as_str().unwrap().trim_start_matches("Slot/").to_owned();
    let mut seen = Vec::new();
    for (method, path, headers, body) in probes {
        let before = bench.get(&id).await;
        let tag = before.header("etag").unwrap_or("W/\"0\"").to_owned();
        let fill = |text: &str| {
            let text = text.replace("{id}", &id).replace("{other}", &other).replace("{tag}", &tag);
            text.replace("{slot}", &slot).replace("{busy}", "51601-21304876-62852027-0")
        };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, fill(value))).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = bench.send(method, &fill(path), &headers, fill(body)).await;
        let moved = bench.get(&id).await.text != before.text;
        seen.push(format!("{} moved: {moved}", essence(&reply)));
    }
    seen
}

/// A reply without what differs from one time to the next.
fn essence(reply: &Reply) -> String {
    let date = |name: &str| reply.header(name).map(|date| httpdate::parse_http_date(date).ok());
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(1800);
    let ahead = date("last-modified").map(|date| date > Some(now));
    let headers = ["etag", "allow", "accept-patch", "content-type", "cache-control", "www-authenticate"]
        .map(|name| reply.header(name).unwrap_or("-"));
    let presence: BTreeSet<&str> = reply.headers.keys().map(|name| name.as_str()).collect();
    let dated = date("date").is_some_and(|date| date.is_some());
    // Ports, instants and ids.
    let text = regex_lite::Regex::new(r"(127\.0\.0\.1:|\d{4}-\d\d-\d\dT|\d{5})[-0-9:.Z]*").unwrap();
    let text = text.replace_all(&reply.text, "#");
    format!("{} {headers:?} {presence:?} {dated} {ahead:?} {text}", reply.status)
}

#[tokio::test]
async fn each_fault_that_needs_no_company_makes_a_difference() {
    let mut clean: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let sound =
        [bench(None, VENDOR, false).await, bench(None, Edition::May2019, false).await, bench(None, BASE, false).await];
    let guarded = bench(None, VENDOR, true).await;
    let mut silent = Vec::new();
    for fault in Fault::ALL {
        let Some((edition, kind, probes)) = shown_by(*fault) else { continue };
        let faulty = seen(&bench(Some(*fault), edition, fault.needs_token()).await, kind, &probes).await;
        let sound = match edition {
            Edition::March2024 if fault.needs_token() => &guarded,
            Edition::March2024 => &sound[0],
            Edition::May2019 => &sound[1],
            Edition::FhirR4 => &sound[2],
        };
        let key = format!("{edition} {} {kind:?} {probes:?}", fault.needs_token());
        if !clean.contains_key(&key) {
            let twice = (seen(sound, kind, &probes).await, seen(sound, kind, &probes).await);
            assert_eq!(twice.0, twice.1, "{fault}: the clean server does not do the same twice");
            clean.insert(key.clone(), twice.0);
        }
        let expected = &clean[&key];
        if faulty == *expected {
            silent.push(fault.name());
        }
    }
    assert_eq!(silent, Vec::<&str>::new());
}
