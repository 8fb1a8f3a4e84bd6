//! How the report for a terminal reads, and that nothing from a target does anything in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::record::{BodyRecord, Cause, Level, Standing};
use crate::report::samples;

fn shown(record: &RunRecord, verbosity: Verbosity) -> String {
    terminal(record, &TextView { color: false, verbosity, width: 100 })
}

fn order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let place = rest.find(part).unwrap_or_else(|| panic!("`{part}` is missing or out of place in\n{text}"));
        rest = &rest[place + part.len()..];
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
fn a_report_reads_like_a_compiler() {
    insta::assert_snapshot!(shown(&samples::full(), Verbosity::Normal), @r#"
    error[APPT-ERR-01] MUST: The rule of APPT-ERR-01 is kept.
      --> errors/one (scenarios/sample.yaml:12)
       |
       | found     the evidence lacks the exchange
       |
       = source: Seed document, Patch > Errors

    fail[APPT-VER-04] MUST: The rule of APPT-VER-04 is kept.
      --> if-match/missing-0 (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (no If-Match; no Authorization)
       |           [{"op":"replace","path":"/status","value":"arrived"}]
       | received  200 OK   ETag: W/"2"
       | expected  412
       | found     200: the request was carried out
       |
       = source: Seed document, Patch > Errors
       = try: curl -X PATCH http://localhost/r4/Appointment/1 \
              -H 'accept: application/fhir+json' \
              -H 'content-type: application/json-patch+json' \
              --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'
       = and 8 more cases: if-match/missing-1, if-match/missing-2, if-match/missing-3,
         if-match/missing-4, if-match/missing-5, if-match/missing-6, …

    fail[APPT-RSP-01] SHOULD: The rule of APPT-RSP-01 is kept.
      --> response/should (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (no If-Match; no Authorization)
       |           [{"op":"replace","path":"/status","value":"arrived"}]
       | received  200 OK   ETag: W/"2"
       | expected  an ETag or meta.versionId
       | found     neither
       |
       = source: Seed document, Patch > Errors
       = try: curl -X PATCH http://localhost/r4/Appointment/1 \
              -H 'accept: application/fhir+json' \
              -H 'content-type: application/json-patch+json' \
              --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'

    inconclusive[APPT-VER-06] MUST: The rule of APPT-VER-06 is kept.
      --> version/lost (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (If-Match: W/"1")
       |           [{"op":"replace","path":"/status","value":"arrived"}]
       | received  no response: timed out: no answer within 30s
       | found     no answer: no answer within 30s
       |
       = source: Seed document, Patch > Errors
       = try: curl -X PATCH http://localhost/r4/Appointment/1 \
              -H 'accept: application/fhir+json' \
              -H 'content-type: application/json-patch+json' \
              -H 'if-match: W/"1"' \
              -H "authorization: $AUTHORIZATION" \
              --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'

    warn[APPT-RSP-02] SHOULD: The rule of APPT-RSP-02 is kept.
      --> response/code (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (If-Match: W/"1")
       |           [{"op":"replace","path":"/status","value":"arrived"}]
       | received  409 Conflict
       |           OperationOutcome error/conflict: The version is stale.
       | expected  412
       | found     409
       |
       = source: Seed document, Patch > Errors
       = try: curl -X PATCH http://localhost/r4/Appointment/1 \
              -H 'accept: application/fhir+json' \
              -H 'content-type: application/json-patch+json' \
              -H 'if-match: W/"1"' \
              -H "authorization: $AUTHORIZATION" \
              --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'

    Inherited from fhir-r4: these do not decide whether 2019-05 is kept (with --strict-base they do)

    fail[APPT-BASE-01] MUST, inherited: The rule of APPT-BASE-01 is kept.
      --> base/one (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (no If-Match; no Authorization)
       |           [{"op":"replace","path":"/status","value":"arrived"}]
       | received  200 OK   ETag: W/"2"
       | expected  400
       | found     200: the request was carried out
       |
       = source: Seed document, Patch > Errors
       = try: curl -X PATCH http://localhost/r4/Appointment/1 \
              -H 'accept: application/fhir+json' \
              -H 'content-type: application/json-patch+json' \
              --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'

    Requirements of 2019-05
                error  fail  inconclusive  not-tested  warn  pass  observed  not-applicable  total
      MUST          1     1             1           1     -     1         -               -      5
      SHOULD        -     1             -           -     1     -         -               -      2
      MAY           -     -             -           1     -     -         -               1      2
      OBSERVED      -     -             -           -     -     -         1               -      1
      total         1     2             1           2     1     1         1               1     10

    Inherited from fhir-r4 (does not decide)
             fail  total
      MUST      1      1

    Not tested
      the target does not provide `locked`: APPT-RSP-03; 1 case
    Not tested by any scenario, for the reason in the contract
      A server error cannot be provoked: APPT-ATOM-09

    Not applicable
      the target declares no authentication: APPT-RSP-04; 1 case

    Cases      1 error, 11 fail, 1 inconclusive, 1 not-tested, 1 warn, 1 pass, 1 observed, 1
               not-applicable
    Target     http://localhost/r4 (the embedded reference server)
    Took       1 appointment (31 planned; 1 made, 0 listed), 212 requests (430 planned), 1 min 12 s
    Seed       7
    Cut short  the run was interrupted; the record is partial

    Broken
      APPT-VER-04 MUST: a title
      APPT-RSP-01 SHOULD: a title
      APPT-BASE-01 MUST, inherited: a title
    Mend first APPT-VER-04 in if-match/missing-0: expected 412; found 200: the request was carried out

    not conformant with 2019-05 (as first documented): 1 MUST requirement is broken; deviations (SHOULD
        not kept): APPT-RSP-01
    "#);
}

#[test]
fn a_quiet_report_has_failures_in_short_and_the_verdict() {
    insta::assert_snapshot!(shown(&samples::full(), Verbosity::Quiet), @r#"
    error[APPT-ERR-01] MUST: The rule of APPT-ERR-01 is kept.
      --> errors/one (scenarios/sample.yaml:12)
       | found     the evidence lacks the exchange

    fail[APPT-VER-04] MUST: The rule of APPT-VER-04 is kept.
      --> if-match/missing-0 (scenarios/sample.yaml:12), and 8 more cases
       | expected  412
       | found     200: the request was carried out

    fail[APPT-RSP-01] SHOULD: The rule of APPT-RSP-01 is kept.
      --> response/should (scenarios/sample.yaml:12)
       | expected  an ETag or meta.versionId
       | found     neither

    fail[APPT-BASE-01] MUST, inherited: The rule of APPT-BASE-01 is kept.
      --> base/one (scenarios/sample.yaml:12)
       | expected  400
       | found     200: the request was carried out

    not conformant with 2019-05 (as first documented): 1 MUST requirement is broken; deviations (SHOULD
        not kept): APPT-RSP-01
    "#);
}

#[test]
fn one_defect_in_many_cases_is_one_message() {
    let text = shown(&samples::full(), Verbosity::Normal);
    assert_eq!(text.matches("fail[APPT-VER-04]").count(), 1);
    assert!(text.contains("and 8 more cases: if-match/missing-1, "), "{text}");
    assert!(!text.contains("if-match/missing-8"), "{text}");
    assert!(shown(&samples::full(), Verbosity::Verbose).contains("if-match/missing-8"));
}

#[test]
fn different_responses_are_different_messages() {
    let mut record = samples::full();
    samples::case(&mut record, "x", "APPT-VER-04", Verdict::Fail, "412", "500", Some(0));
    assert_eq!(shown(&record, Verbosity::Normal).matches("fail[APPT-VER-04]").count(), 2);
}

#[test]
fn findings_that_are_only_counted_stay_with_their_message() {
    let mut record = samples::full();
    let more = samples::finding("response/should", "APPT-RSP-01", Verdict::Fail, "", "and 3 more exchanges", None);
    record.cases.iter_mut().find(|case| case.id.0 == "response/should").unwrap().findings.push(more);
    let text = shown(&record, Verbosity::Normal);
    assert_eq!(text.matches("fail[APPT-RSP-01]").count(), 1);
    assert!(text.contains("   = and 3 more exchanges\n"), "{text}");
}

#[test]
fn an_appointment_in_a_response_is_summed_up_unless_all_is_asked_for() {
    let mut record = samples::full();
    let appointment = r#"{"resourceType":"Appointment","status":"arrived","meta":{"versionId":"2"},"comment":"x"}"#;
    record.exchanges[0].response = samples::received(200, &[], appointment);
    let text = shown(&record, Verbosity::Normal);
    assert!(
        text.contains("   |           Appointment: status \"arrived\", meta.versionId \"2\" (88 bytes)\n"),
        "{text}"
    );
    assert!(!shown(&record, Verbosity::Verbose).contains("(88 bytes)"));
}

#[test]
fn the_weightiest_comes_first_and_the_inherited_last_unless_the_base_is_strict() {
    let mut record = samples::full();
    let native = ["error[APPT-ERR-01]", "fail[APPT-VER-04]", "fail[APPT-RSP-01]", "inconclusive[", "warn["];
    let heading = "Inherited from fhir-r4: these do not decide";
    order(
        &shown(&record, Verbosity::Normal),
        &[&native[..], &[heading, "fail[APPT-BASE-01] MUST, inherited"]].concat(),
    );
    record.strict_base = true;
    let strict = shown(&record, Verbosity::Normal);
    order(&strict, &["fail[APPT-VER-04]", "fail[APPT-BASE-01]", "fail[APPT-RSP-01]", "inconclusive["]);
    assert!(!strict.contains("do not decide"));
}

#[test]
fn nothing_from_a_target_reaches_the_terminal_as_a_command() {
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r\n\u{0}x";
    let mut record = samples::full();
    let outcome = serde_json::json!({ "resourceType": "OperationOutcome",
        "issue": [{ "severity": evil, "code": evil, "diagnostics": evil }] });
    let headers = [("accept", evil), ("if-match", evil)];
    let responses = [
        samples::received(200, &[("etag", evil)], evil),
        samples::received(400, &[("location", evil)], &outcome.to_string()),
        samples::lost(evil),
    ];
    for (number, response) in responses.into_iter().enumerate() {
        let body = BodyRecord::Text(evil.to_owned());
        let id = u32::try_from(record.exchanges.len()).unwrap();
        record.exchanges.push(samples::exchange(id, "PATCH", &headers, body, response));
        let found = format!("{evil} {}", "z".repeat(number));
        samples::case(&mut record, &format!("{evil}{number}"), "APPT-VER-04", Verdict::Fail, evil, &found, Some(id));
    }
    record.cut_short = Some(evil.to_owned());
    record.target.base_url = evil.to_owned();
    record.requirements[5].reason = evil.to_owned();
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        let text = shown(&record, verbosity);
        assert!(
            !text.chars().any(|character| character != '\n' && crate::report::page::clean::is_dangerous(character)),
            "{text:?}"
        );
        assert!(!text.lines().any(|line| line == "x"), "{text}");
    }
}

#[test]
fn every_verdict_is_rendered_where_it_belongs() {
    let (normal, verbose) = (shown(&samples::full(), Verbosity::Normal), shown(&samples::full(), Verbosity::Verbose));
    let table = normal.split_once("Requirements of 2019-05").unwrap().1;
    for verdict in Verdict::ALL {
        assert!(table.contains(verdict.name()), "{verdict:?} is in no table");
        let (in_normal, in_verbose) = match verdict {
            Verdict::Error => ("error[", "error["),
            Verdict::Fail => ("fail[", "fail["),
            Verdict::Inconclusive => ("inconclusive[", "inconclusive["),
            Verdict::Warn => ("warn[", "warn["),
            Verdict::NotTested => ("Not tested\n", "Not tested\n"),
            Verdict::NotApplicable => ("Not applicable\n", "Not applicable\n"),
            Verdict::Observed => ("1 observed", "observed[APPT-RSP-05]"),
            Verdict::Pass => ("1 pass", "1 pass"),
        };
        assert!(normal.contains(in_normal), "{verdict:?}\n{normal}");
        assert!(verbose.contains(in_verbose), "{verdict:?}\n{verbose}");
    }
    assert!(!normal.contains("observed["));
}

#[test]
fn readings_are_verbose_and_warnings_show_their_request() {
    let (normal, verbose) = (shown(&samples::full(), Verbosity::Normal), shown(&samples::full(), Verbosity::Verbose));
    assert!(!normal.contains("= reading") && verbose.contains("= reading"));
    let warning = |text: &str| text.split("warn[").nth(1).unwrap().split("\n\n").next().unwrap().lines().count();
    assert!(warning(&normal) > 8 && warning(&normal) < warning(&verbose));
    assert!(normal.split("warn[").nth(1).unwrap().contains("= try: curl -X PATCH"));
}

#[test]
fn only_curl_lines_and_urls_are_wider_than_the_terminal() {
    let mut record = samples::full();
    let long = BodyRecord::Text(format!("[{}]", "1,".repeat(400)));
    record.exchanges[0].request.body = long;
    record.requirements[0].statement = "word ".repeat(60);
    for width in [20, 72, 80, 133] {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            let text = terminal(&record, &TextView { color: false, verbosity, width });
            for line in text.lines().filter(|line| line.chars().count() > width.max(72)) {
                let curl = line.starts_with("   = try: ") || line.starts_with("          -");
                assert!(curl || line.contains("http"), "{width}: {line}");
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let record = samples::full();
    let plain = shown(&record, Verbosity::Verbose);
    let mut coloured = terminal(&record, &TextView { color: true, verbosity: Verbosity::Verbose, width: 100 });
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
    while let Some(start) = coloured.find('\u{1b}') {
        let end = coloured[start..].find('m').unwrap() + start;
        coloured.replace_range(start..=end, "");
    }
    assert_eq!(coloured, plain);
}

#[test]
fn a_run_without_problems_is_totals_and_a_verdict_with_deviations() {
    let mut record = samples::empty();
    samples::requirement(&mut record, "APPT-VER-05", Level::Must, Standing::Native, Verdict::Pass, "");
    samples::requirement(&mut record, "APPT-RSP-09", Level::Should, Standing::Native, Verdict::Fail, "");
    let text = terminal(&record, &TextView { color: false, verbosity: Verbosity::Quiet, width: 200 });
    assert_eq!(
        text,
        "conformant with 2019-05 (as first documented): all 40 MUST requirements that apply are kept; \
         deviations (SHOULD not kept): APPT-RSP-09\n"
    );
}

/// A hundred requirements that are open because one rule is broken, and one that is broken by itself.
fn one_cause() -> RunRecord {
    let mut record = samples::full();
    record.cases.clear();
    record.requirements.clear();
    let verdicts = [("APPT-VER-15", Verdict::Fail), ("APPT-RSP-09", Verdict::Fail)];
    for (id, verdict) in verdicts {
        samples::requirement(&mut record, id, Level::Must, Standing::Native, verdict, "");
    }
    samples::case(&mut record, "alone", "APPT-RSP-09", Verdict::Fail, "an ETag", "none", Some(0));
    samples::case(&mut record, "root", "APPT-VER-15", Verdict::Fail, "200", "412", Some(0));
    for number in 1..=100 {
        let id = if number == 100 { "APPT-OPS-01".to_owned() } else { format!("APPT-TRN-{number:02}") };
        samples::requirement(&mut record, &id, Level::Must, Standing::Native, Verdict::Inconclusive, "412");
        samples::case(&mut record, &format!("case/{number}"), &id, Verdict::Inconclusive, "200", "412", Some(0));
        let root = Some(Cause::Rule("APPT-VER-15".parse().unwrap()));
        record.requirements.last_mut().unwrap().cause = root.clone();
        record.cases.last_mut().unwrap().findings[0].cause = root;
    }
    record
}

#[test]
fn a_hundred_consequences_of_one_broken_rule_fit_on_one_screen() {
    let record = one_cause();
    let text = shown(&record, Verbosity::Normal);
    assert!(text.lines().count() <= 50, "{text}");
    order(&text, &["fail[APPT-VER-15]", "100 more follow; -v shows them", "fail[APPT-RSP-09]"]);
    order(&text, &["\nBroken\n  APPT-VER-15", "(100 more follow)", "APPT-RSP-09", "Mend first APPT-VER-15 in root"]);
    assert!(!text.contains("APPT-TRN-77"), "{text}");
    assert!(shown(&record, Verbosity::Verbose).contains("APPT-TRN-77"));
}

#[test]
fn every_format_shows_consequences_under_their_root() {
    use crate::report::run::{annotations::annotations, html::html, junit::junit, markdown::markdown};
    let record = one_cause();
    let markdown = markdown(&record);
    assert_eq!(markdown.matches("<details>").count(), 2, "{markdown}");
    assert!(markdown.contains("Mend **APPT-VER-15** first") && markdown.contains("(100 more follow)"), "{markdown}");
    let page = html(&record);
    assert_eq!(page.matches("<article").count(), 2, "articles");
    assert!(page.contains("100 more follow") && page.contains("Mend <a"), "the page");
    let junit = junit(&record).unwrap();
    assert_eq!((junit.matches("<failure").count(), junit.matches("<error").count()), (2, 0));
    assert_eq!(junit.matches("follows from APPT-VER-15: ").count(), 100);
    let annotations = annotations(&record);
    assert_eq!(annotations.lines().count(), 2, "{annotations}");
    assert!(annotations.lines().next().unwrap().contains("(100 more requirements follow)"), "{annotations}");
}

#[test]
fn what_is_open_for_one_reason_is_one_message_whatever_ids_the_reason_has() {
    let mut record = samples::full();
    for (number, id) in [(1, "APPT-TRN-01"), (2, "APPT-TRN-02"), (3, "APPT-TRN-03")] {
        let found = format!("Appointment/a{number}-5d2c-4f was not read: W/\"{number}\" came after {number}");
        samples::case(&mut record, id, id, Verdict::Inconclusive, "", &found, Some(0));
    }
    let text = shown(&record, Verbosity::Normal);
    assert_eq!(text.matches("was not read").count(), 1, "{text}");
    assert!(text.contains("and 2 more requirements for the same reason: APPT-TRN-02, APPT-TRN-03"), "{text}");
}
