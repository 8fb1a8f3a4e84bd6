//! One typing error in each position where a name can stand, in files of every kind.

use super::problems;

/// A case of each kind that has no problem, as (name, text).
const SOUND: [(&str, &str); 5] =
    [("exchange", EXCHANGE), ("matrix", MATRIX), ("property", PROPERTY), ("race", RACE), ("sequence", SEQUENCE)];

const EXCHANGE: &str = "kind: exchange
title: Sound, as APPT-VER-03 says
cases:
  - id: sound/{name}
    title: One
    verifies: [APPT-VER-03, APPT-VER-15, APPT-COMB-13]
    editions: [2024-03]
    fixture: booked
    control: cancel/standard-reason
    needs: [https]
    each: { one: cancelled }
    steps:
      - patch:
          - { op: replace, path: /status, value: $each }
          - { op: replace, path: /slot, value: [{ reference: $slot }] }
        request: { method: PATCH, path: /Appointment/$id, query: _id=$id }
        headers: { Prefer: return=minimal, X-Trace: $status }
        if-match: { raw: ['W/\"$version\"'] }
        credentials: own
        endpoint: base
        verifies: [APPT-VER-03, APPT-COMB-13]
        to: cancelled
        expect:
          outcome: accepted
          case: with-slot-replacement
          checks:
            - check: { after: { /slot/0/reference: $slot } }
              verifies: [APPT-VER-15]
              editions: [2024-03]
            - check: { after-absent: [/comment] }
            - check: { after-contains: { valueString: x } }
            - check: { after-lacks: { system: x } }
            - check: { body-has: { /issue/0/code: conflict } }
            - check: { outcome: { code: [conflict] } }
            - check: { header: { name: etag, form: entity-tag } }
            - check: { not-later: { earlier: last-modified, later: date, slack: 1 } }
            - check: { tag-accepted: version-id }
      - body: { text: '$id' }
        expect: either
      - body: { base64: AAEC }
        expect: either
      - patch: advance
        expect: accepted
";

const MATRIX: &str = "kind: matrix
title: Sound
id: sound/{from}-to-{to}
editions: [2019-05, 2024-03]
cells:
  - editions: [2019-05]
    from: [booked]
    to: [arrived]
    patch: [{ op: replace, path: /status, value: $to }]
    verifies: [APPT-TRN-16]
    checks: [{ check: { after: { /status: $to } }, verifies: [APPT-TRN-16] }]
";

const PROPERTY: &str = "kind: property
title: Sound
properties:
  - id: every/sound
    title: One
    verifies: [APPT-RFC-14]
    editions: [fhir-r4]
    on: success
    when: { status: [2xx], without-header: Prefer, with-header: Accept, to: [booked], not-to: [arrived] }
    check: { changed: [/start] }
";

const RACE: &str = "kind: race
title: Sound
races:
  - id: race/sound
    title: One
    verifies: [APPT-CONC-02]
    editions: [2019-05]
    fixture: booked
    contest: version
    release: barrier
    clients:
      - count: 4
        patch: [{ op: replace, path: /status, value: $each }]
        each: [cancelled]
        if-match: { raw: ['W/\"$version\"'] }
      - { count: 2, reads: 3 }
    shows: [/status]
    then: [{ op: replace, path: /status, value: checked-in }]
";

const SEQUENCE: &str = "kind: sequence
title: Sound
sequences:
  - id: sequences/sound
    title: One
    verifies: [APPT-ATOM-01]
    editions: [2019-05]
    fixture: booked
    cases: 1
    length: 2
    weights: { status: 1 }
";

#[test]
fn what_is_right_has_no_problem() {
    for (name, text) in SOUND {
        assert_eq!(problems(&[("sound.yaml", text)]), "", "{name}");
    }
}

/// One typing error in every position where a name can stand: the kind of file, what is right, what stands there, and
/// what is said. The place is that of the error in the text.
const TYPOS: &[(&str, &str, &str, &str)] = &[
    (
        "exchange",
        "as APPT-VER-03 says",
        "as APPT-VER-33 says",
        "unknown requirement `APPT-VER-33`: did you mean `APPT-VER-03`?",
    ),
    ("exchange", "sound/{name}", "sound/{nmae}", "`each` and `{name}` go together"),
    ("exchange", "APPT-VER-15, APPT-COMB-13]", "APPT-VER-51, APPT-COMB-13]", "did you mean `APPT-VER-15`?"),
    (
        "exchange",
        "APPT-VER-15, APPT-COMB-13]",
        "APPT-VER-05, APPT-COMB-13]",
        "`APPT-VER-05` stands in none of these editions",
    ),
    ("exchange", "editions: [2024-03]\n    f", "editions: [2024-30]\n    f", "unknown value `2024-30`"),
    ("exchange", "editions: [2024-03]\n    f", "editions: [2024-03, fhir-r4]\n    f", "is not accepted in fhir-r4"),
    ("exchange", "fixture: booked", "fixture: boked", "unknown value `boked`"),
    ("exchange", "fixture: booked", "fixture: arrived", "`cancel/standard-reason` has another fixture"),
    ("exchange", "cancel/standard-reason", "cancel/standart-reason", "did you mean `cancel/standard-reason`?"),
    ("exchange", "cancel/standard-reason", "transitions/booked-to-waitlist", "is not accepted in 2024-03"),
    ("exchange", "needs: [https]", "needs: [htps]", "unknown value `htps`"),
    ("exchange", "{ one: cancelled }", "{ one: $statsu }", "unknown placeholder `$statsu`: did you mean `$status`?"),
    (
        "exchange",
        "path: /status, value: $each",
        "path: /statsu, value: $each",
        "unknown command of 2024-03: replace `/statsu`: did you mean `/status`?",
    ),
    (
        "exchange",
        "op: replace, path: /status",
        "op: replcae, path: /status",
        "unknown operation `replcae`: did you mean `replace`?",
    ),
    ("exchange", "value: $each", "value: canceled", "no step mentions `$each`"),
    ("exchange", "reference: $slot }", "reference: $slots }", "unknown placeholder `$slots`: did you mean `$slot`?"),
    ("exchange", "method: PATCH", "method: PACTH", "unknown method `PACTH`: did you mean `PATCH`?"),
    ("exchange", "/Appointment/$id", "/Apointment/$id", "unknown path `Apointment`: did you mean `Appointment`?"),
    ("exchange", "/Appointment/$id", "/Appointment/$idd", "unknown placeholder `$idd`: did you mean `$id`?"),
    ("exchange", "query: _id=$id", "query: _id=$iid", "unknown placeholder `$iid`: did you mean `$id`?"),
    ("exchange", "query: _id=$id", "query: _fromat=$id", "unknown query parameter `_fromat`: did you mean `_format`?"),
    ("exchange", "Prefer: return", "Perfer: return", "unknown header `Perfer`: did you mean `prefer`?"),
    ("exchange", "X-Trace: $status", "X-Trace: $staus", "unknown placeholder `$staus`: did you mean `$status`?"),
    ("exchange", "$version", "$verison", "unknown placeholder `$verison`: did you mean `$version`?"),
    ("exchange", "$version", "$stlae", "unknown placeholder `$stlae`: did you mean `$stale`?"),
    ("exchange", "credentials: own", "credentials: onw", "unknown value `onw`"),
    ("exchange", "endpoint: base", "endpoint: bse", "unknown value `bse`"),
    ("exchange", "verifies: [APPT-VER-03, APPT-COMB-13]", "verifies: [APPT-VER-04]", "its case does not verify"),
    ("exchange", "to: cancelled", "to: canceled", "unknown value `canceled`"),
    ("exchange", "outcome: accepted", "outcome: acepted", "unknown value `acepted`"),
    (
        "exchange",
        "case: with-slot-replacement",
        "case: with-slot-replacment",
        "unknown situation `with-slot-replacment`: did you mean `with-slot-replacement`?",
    ),
    (
        "exchange",
        "/slot/0/reference: $slot",
        "/slot/0/refernce: $slot",
        "`refernce` in `/slot/0/refernce` is not a member of Reference: did you mean `reference`?",
    ),
    (
        "exchange",
        "/slot/0/reference: $slot",
        "/slot/0/reference: $slot-1",
        "unknown placeholder `$slot-1`: did you mean `$slot-2`?",
    ),
    (
        "exchange",
        "verifies: [APPT-VER-15]",
        "verifies: [APPT-VER-55]",
        "unknown requirement `APPT-VER-55`: did you mean `APPT-VER-05`?",
    ),
    (
        "exchange",
        "verifies: [APPT-VER-15]",
        "verifies: [APPT-VER-05]",
        "stands in no edition in which the check is used",
    ),
    (
        "exchange",
        "              editions: [2024-03]",
        "              editions: [2019-05]",
        "the check is never used in 2019-05",
    ),
    (
        "exchange",
        "after-absent: [/comment]",
        "after-absent: [comment]",
        "invalid pointer `comment`: it does not begin with a slash",
    ),
    (
        "exchange",
        "after-absent: [/comment]",
        "after-absent: [/coment]",
        "`coment` in `/coment` is not a member of Appointment: did you mean `comment`?",
    ),
    (
        "exchange",
        "after-contains: { valueString",
        "after-contains: { valeuString",
        "unknown member `valeuString`: did you mean `valueString`?",
    ),
    ("exchange", "after-lacks: { system", "after-lacks: { sytem", "unknown member `sytem`: did you mean `system`?"),
    (
        "exchange",
        "/issue/0/code",
        "/isue/0/code",
        "`isue` in `/isue/0/code` is not a member of any type: did you mean `issue`?",
    ),
    (
        "exchange",
        "outcome: { code: [conflict]",
        "outcome: { code: [conflct]",
        "unknown issue code `conflct`: did you mean `conflict`?",
    ),
    ("exchange", "name: etag", "name: etga", "unknown header `etga`: did you mean `etag`?"),
    ("exchange", "name: etag", "name: ETag", "the header name `ETag` is not in lower case"),
    ("exchange", "form: entity-tag", "form: entity-tga", "unknown value `entity-tga`"),
    (
        "exchange",
        "earlier: last-modified",
        "earlier: last-modifed",
        "unknown header `last-modifed`: did you mean `last-modified`?",
    ),
    ("exchange", "later: date", "later: dtae", "unknown header `dtae`: did you mean `date`?"),
    ("exchange", "tag-accepted: version-id", "tag-accepted: versoin-id", "unknown value `versoin-id`"),
    ("exchange", "text: '$id'", "text: '$di'", "unknown placeholder `$di`"),
    ("exchange", "base64: AAEC", "base64: AAE", "invalid base64"),
    ("exchange", "patch: advance", "patch: advnace", "unknown patch `advnace`: did you mean `advance`?"),
    ("matrix", "{from}-to-{to}", "{form}-to-{to}", "the id is the same for several cells"),
    ("matrix", "editions: [2019-05, 2024-03]", "editions: [2019-05, 2024-3]", "unknown value `2024-3`"),
    ("matrix", "  - editions: [2019-05]", "  - editions: [fhir-r4]", "the matrix is not expanded in fhir-r4"),
    ("matrix", "from: [booked]", "from: [boked]", "unknown value `boked`"),
    ("matrix", "to: [arrived]", "to: [arived]", "unknown value `arived`"),
    (
        "matrix",
        "path: /status",
        "path: /staus",
        "unknown command of 2019-05: replace `/staus`: did you mean `/status`?",
    ),
    ("matrix", "value: $to }]", "value: $too }]", "unknown placeholder `$too`: did you mean `$to`?"),
    ("matrix", "verifies: [APPT-TRN-16]\n", "verifies: [APPT-TRN-61]\n", "did you mean `APPT-TRN-16`?"),
    (
        "matrix",
        "verifies: [APPT-TRN-16]\n",
        "verifies: [APPT-TRN-11]\n",
        "`APPT-TRN-11` stands in none of these editions",
    ),
    ("matrix", "after: { /status: $to", "after: { /status: $ot", "unknown placeholder `$ot`"),
    ("matrix", "after: { /status", "after: { /sttaus", "did you mean `status`?"),
    ("matrix", "verifies: [APPT-TRN-16] }]", "verifies: [APPT-TRN-61] }]", "did you mean `APPT-TRN-16`?"),
    ("property", "[APPT-RFC-14]", "[APPT-RFC-41]", "did you mean `APPT-RFC-14`?"),
    ("property", "[APPT-RFC-14]", "[APPT-RSP-01]", "`APPT-RSP-01` stands in none of these editions"),
    ("property", "editions: [fhir-r4]", "editions: [fhir-4]", "unknown value `fhir-4`"),
    ("property", "on: success", "on: sucess", "unknown value `sucess`"),
    ("property", "2xx", "2xy", "2xy"),
    ("property", "without-header: Prefer", "without-header: Prefre", "unknown header `Prefre`: did you mean `prefer`?"),
    ("property", "with-header: Accept", "with-header: Acept", "unknown header `Acept`: did you mean `accept`?"),
    ("property", " to: [booked]", " to: [boked]", "unknown value `boked`"),
    ("property", "not-to: [arrived]", "not-to: [arived]", "unknown value `arived`"),
    ("property", "changed: [/start]", "changed: [/strat]", "did you mean `start`?"),
    ("property", "changed: [/start]", "chnaged: [/start]", "unknown value `chnaged`"),
    ("race", "[APPT-CONC-02]", "[APPT-CONC-20]", "did you mean `APPT-CONC-02`?"),
    ("race", "[APPT-CONC-02]", "[APPT-VER-03]", "a race shows nothing about `APPT-VER-03`"),
    ("race", "editions: [2019-05]", "editions: [2019-50]", "unknown value `2019-50`"),
    ("race", "fixture: booked", "fixture: bookd", "unknown value `bookd`"),
    ("race", "contest: version", "contest: verison", "unknown value `verison`"),
    ("race", "release: barrier", "release: barier", "unknown value `barier`"),
    ("race", "path: /status, value: $each", "path: /staus, value: $each", "did you mean `/status`?"),
    ("race", "value: $each", "value: $eahc", "unknown placeholder `$eahc`: did you mean `$each`?"),
    ("race", "each: [cancelled]", "each: [$statsu]", "unknown placeholder `$statsu`: did you mean `$status`?"),
    ("race", "$version", "$versoin", "unknown placeholder `$versoin`: did you mean `$version`?"),
    ("race", "shows: [/status]", "shows: [status]", "it does not begin with a slash"),
    ("race", "shows: [/status]", "shows: [/statsu]", "did you mean `status`?"),
    ("race", "value: checked-in", "value: cheked-in", "unknown status `cheked-in`: did you mean `checked-in`?"),
    ("race", "value: checked-in", "value: $each", "`$each` is not bound here"),
    ("sequence", "[APPT-ATOM-01]", "[APPT-ATOM-10]", "did you mean `APPT-ATOM-01`?"),
    ("sequence", "editions: [2019-05]", "editions: [2019-5]", "unknown value `2019-5`"),
    ("sequence", "fixture: booked", "fixture: bokked", "unknown value `bokked`"),
    ("sequence", "{ status: 1 }", "{ status: 1, heder: 1 }", "unknown generator `heder`: did you mean `header`?"),
];

#[test]
fn a_typing_error_in_any_position_is_found_at_its_place() {
    // What concerns a whole case or matrix is reported at its id, or where the other half of it stands.
    let elsewhere = ["go together", "no step mentions", "is not accepted in", "has another fixture", "several cells"];
    let mut missed = Vec::new();
    for (kind, right, wrong, message) in TYPOS {
        let (_, sound) = SOUND.iter().find(|(name, _)| name == kind).unwrap();
        let Some(at) = sound.find(right) else { panic!("{right} is not in the {kind}") };
        let found = problems(&[("typo.yaml", &sound.replacen(right, wrong, 1))]);
        let place = format!("typo.yaml:{}:", sound[..at].matches('\n').count() + 1);
        let anywhere = elsewhere.iter().any(|part| message.contains(part));
        let said = |line: &str| line.contains(message) && (anywhere || line.contains(&place));
        if !found.lines().any(said) {
            missed.push(format!("{wrong}: {place} `{message}` is not in\n{found}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
