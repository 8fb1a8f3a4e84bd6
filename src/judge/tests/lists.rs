//! Generated lists are judged step by step, and added up whatever order they come in.

use super::made::{Made, reply_of};
use crate::execute::evidence::{
    Block, ListStep, ListTrial, Lost, LostKind, Moving, NO_VERSION, Payload, Purpose, Reply, Side, StepResult,
    StepSeen, TagOrigin,
};
use crate::judge::Verdict::{Fail, NotApplicable, NotTested, Pass, Warn};
use crate::judge::{Aim, Deviation, DeviationKind, ListJudgement, Tally, Told, Undecided, Verdict, judge_list};
use crate::plan::{Bindings, DrawnStep, Head, Selection, expand};
use crate::suite::contract::{Edition, RequirementId, contract};

fn id(text: &str) -> RequirementId {
    text.parse().unwrap()
}

/// A list of one step: what was sent with which tag, the code, and the status and version read after it.
fn one(sent: &str, tag: Option<&str>, code: u16, after: (&str, u32)) -> ListJudgement {
    one_changed(sent, tag, code, after, Some(200), |_| {})
}

/// The same, of exchanges that were changed, and with the code of the control.
fn one_changed(
    sent: &str,
    tag: Option<&str>,
    code: u16,
    after: (&str, u32),
    control: Option<u16>,
    change: impl FnOnce(&mut Made),
) -> ListJudgement {
    let mut made = Made::rejection();
    let before = made.read("booked", 1);
    let patch = made.patch("arrived", code);
    let exchange = made.exchange(patch);
    exchange.request.body = Payload::Text(sent.to_owned());
    match tag {
        Some(tag) => exchange.request.headers[0].1 = tag.to_owned(),
        None => drop(exchange.request.headers.remove(0)),
    }
    let after = made.read(after.0, after.1);
    change(&mut made);
    let control = control.map(|code| made.patch("arrived", code));
    let seen = StepSeen {
        exchange: patch,
        before: Some(before),
        first_after: Some(after),
        after: Some(after),
        bindings: Bindings::default(),
        tag: TagOrigin::Read,
    };
    let list = ListTrial {
        number: 0,
        rerun: false,
        block: Block { first: 0, count: 3 + u32::from(control.is_some()) },
        appointment: Some("7".to_owned()),
        start: Some(0),
        steps: vec![ListStep { drawn: DrawnStep::Read, seen: StepResult::Sent(seen) }],
        control,
        bystander: None,
        halted: None,
    };
    judge_list(contract().unwrap(), Edition::May2019, (&made.evidence.exchanges, &Moving::default()), &list)
}

#[test]
fn each_side_of_an_answer_breaks_the_rule_that_speaks_of_it() {
    let arrived = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    let twice = r#"[{"op":"replace","path":"/status","value":"arrived"},{"op":"test","path":"/id","value":"7"}]"#;
    let current = Some("W/\"1\"");
    for (sent, tag, code, after, expected) in [
        (arrived, current, 200, ("arrived", 2), ""),
        (arrived, current, 200, ("booked", 1), "TRN-16 Warn"),
        (arrived, current, 200, ("cancelled", 2), "TRN-16 Warn"),
        (arrived, current, 200, ("arrived", 1), "VER-18 Warn"),
        (arrived, current, 422, ("booked", 1), "TRN-01 Fail"),
        (arrived, current, 409, ("booked", 1), "VER-15 Fail"),
        (arrived, current, 500, ("booked", 1), "TRN-01 Fail"),
        (arrived, None, 412, ("booked", 1), ""),
        (arrived, None, 412, ("booked", 2), "ATOM-03 Fail"),
        (arrived, None, 412, ("arrived", 1), "ATOM-01 Fail"),
        (twice, None, 412, ("arrived", 1), "ATOM-01 Fail, ATOM-02 Fail"),
        (arrived, None, 409, ("booked", 1), "VER-04 Fail"),
        (arrived, None, 500, ("booked", 1), "ERR-17 Fail"),
        (arrived, None, 200, ("arrived", 2), "VER-04 Fail"),
    ] {
        let judged = one(sent, tag, code, after);
        let told = |deviation: &Deviation| {
            format!("{} {:?}", deviation.requirement.as_str().replace("APPT-", ""), deviation.verdict)
        };
        let found: Vec<String> = judged.deviations.iter().map(told).collect();
        assert_eq!(found.join(", "), expected, "{sent} {tag:?} {code} {after:?}");
        assert_eq!(
            judged.deviations.iter().any(|deviation| judged.failure(&deviation.aim()).is_some()),
            expected.contains("Fail")
        );
        assert_eq!((judged.judged, judged.undecided), (1, None));
    }
}

#[test]
fn a_list_goes_on_from_what_a_read_shows_after_a_failure_of_the_server() {
    let arrived = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    let lost = || Reply::Lost(Lost { kind: LostKind::Broken, message: "closed".to_owned() });
    for (tag, after, expected) in [
        (Some("W/\"1\""), ("booked", 1), ""),
        (Some("W/\"1\""), ("arrived", 2), ""),
        (Some("W/\"1\""), ("booked", 2), "APPT-ATOM-07"),
        (Some("W/\"1\""), ("arrived", 1), "APPT-ATOM-07"),
        (None, ("booked", 1), ""),
        (None, ("arrived", 2), "APPT-ATOM-01"),
        (None, ("booked", 2), "APPT-ATOM-03"),
    ] {
        for is_lost in [true, false] {
            let judged = one_changed(arrived, tag, 500, after, Some(200), |made| {
                if is_lost {
                    made.exchange(1).reply = lost();
                }
            });
            let told: Vec<&str> = judged.deviations.iter().map(|one| one.requirement.as_str()).collect();
            // A 500 by itself has a rule of its own where nothing came of the request, or where it had to be rejected.
            let told: Vec<&str> = told.into_iter().filter(|id| !matches!(*id, "APPT-TRN-01" | "APPT-ERR-17")).collect();
            assert_eq!(told.join(", "), expected, "{tag:?} {after:?} {is_lost}");
            assert_eq!((judged.judged, &judged.undecided), (1, &None), "{tag:?} {after:?} {is_lost}");
        }
    }
    let unread = one_changed(arrived, Some("W/\"1\""), 500, ("booked", 1), None, |made| {
        made.exchange(1).reply = lost();
        made.exchange(2).reply = lost();
    });
    assert_eq!((unread.judged, unread.deviations.len(), unread.open_at), (0, 0, Some(1)));
    assert!(unread.undecided.is_some_and(|why| why.to_string().contains("not known")));
}

#[test]
fn a_wrong_rejection_counts_only_where_a_plain_request_after_it_was_accepted() {
    let arrived = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    for (tag, code) in [(Some("W/\"1\""), 422), (None, 409), (None, 415)] {
        for (control, counts) in [(Some(200), true), (Some(415), false), (None, false)] {
            let judged = one_changed(arrived, tag, code, ("booked", 1), control, |_| {});
            assert_eq!(!judged.deviations.is_empty(), counts, "{tag:?} {code} {control:?}");
            let told = judged.undecided.map(|why| why.to_string()).unwrap_or_default();
            assert_eq!(told.contains("no plain PATCH after it was accepted"), !counts, "{told}");
        }
    }
    // What was carried out, and what had an effect, needs no control.
    assert_eq!(one_changed(arrived, None, 200, ("arrived", 2), None, |_| {}).deviations.len(), 1);
    assert_eq!(one_changed(arrived, None, 412, ("arrived", 1), None, |_| {}).deviations.len(), 1);
}

#[test]
fn a_format_that_the_target_lists_is_not_unsupported() {
    let arrived = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    let labelled = |listed: Option<&str>| {
        one_changed(arrived, Some("W/\"1\""), 200, ("arrived", 2), None, |made| {
            made.exchange(1).request.headers[2].1 = "Application/XML-Patch+xml; charset=utf-8".to_owned();
            let Some(listed) = listed else { return };
            let read = made.read("booked", 1);
            let statement = serde_json::json!({ "patchFormat": [listed] }).to_string();
            made.exchange(read).purpose = Purpose::Preflight;
            made.exchange(read).reply = reply_of(200, Vec::new(), Payload::Text(statement));
        })
    };
    let broken = |judged: &ListJudgement| judged.deviations.iter().any(|one| one.requirement == id("APPT-HDR-07"));
    assert!(broken(&labelled(None)));
    assert!(broken(&labelled(Some("application/json-patch+json"))));
    assert!(!broken(&labelled(Some("application/xml-patch+xml"))));
}

#[test]
fn a_step_whose_credentials_are_no_longer_accepted_is_left_open() {
    let judged = one(r#"[{"op":"replace","path":"/status","value":"arrived"}]"#, Some("W/\"1\""), 401, ("booked", 1));
    assert!(judged.deviations.is_empty());
    assert!(judged.undecided.is_some_and(|why| why.to_string().contains("401")));
    assert_eq!(judged.judged, 0);
}

fn deviation(requirement: &str, kind: DeviationKind, verdict: Verdict, found: &str) -> Deviation {
    Deviation {
        step: 1,
        requirement: id(requirement),
        kind,
        verdict,
        expected: "kept".to_owned(),
        found: found.to_owned(),
        exchange: 0,
    }
}

fn judged(deviations: &[Deviation], kept: &[&str], undecided: bool) -> ListJudgement {
    ListJudgement {
        deviations: deviations.to_vec(),
        kept: kept.iter().map(|requirement| (id(requirement), 1)).collect(),
        judged: 1,
        undecided: undecided.then(|| Undecided::trouble("made up")),
        open_at: undecided.then_some(7),
    }
}

fn sequence() -> Head {
    let contract = contract().unwrap();
    let catalogue = crate::suite::check::shipped(contract).unwrap();
    let all = expand(&catalogue, contract, Edition::May2019, &Selection::default()).unwrap();
    let mut case = all.cases.into_iter().find(|case| case.lists().is_some()).unwrap().head;
    case.requirements = vec![id("APPT-ATOM-01"), id("APPT-ATOM-03")];
    case
}

#[test]
fn lists_add_up_to_the_same_in_any_order() {
    let fail = |found: &str| deviation("APPT-ATOM-01", DeviationKind::Effect, Fail, found);
    let warn = |found: &str| deviation("APPT-ATOM-03", DeviationKind::Effect, Warn, found);
    let lists = [
        judged(&[fail("third"), fail("again")], &[], false),
        judged(&[fail("second"), warn("second")], &[], true),
        judged(&[warn("first")], &["APPT-ATOM-01"], false),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let mut tally = Tally::default();
        for place in order {
            // The last of the table is the first of the lists.
            assert!(tally.add(3 - place, lists[place as usize].clone()), "each shows something");
        }
        assert!(!tally.add(9, judged(&[], &["APPT-ATOM-01"], false)), "nothing that was not known");
        assert_eq!(tally.undecided, 1);
        let failed: Vec<(u32, usize, &str)> = tally
            .failed
            .values()
            .map(|failure| (failure.number, failure.lists, failure.deviation.found.as_str()))
            .collect();
        assert_eq!(failed, [(2, 2, "second")], "{order:?}");
        let found = |told: &[Told]| {
            let findings = tally.result(&sequence(), told, (None, None)).findings;
            findings.into_iter().map(|finding| (finding.verdict, finding.found)).collect::<Vec<_>>()
        };
        let warned = (Warn, "first (list 1)".to_owned());
        assert_eq!(found(&[]), [(Fail, "second (list 2, step 2)".to_owned()), warned.clone()]);
        let told = |requirement: &str, number: u32| Told {
            requirement: id(requirement),
            number,
            file: "a.yaml".to_owned(),
            summary: "summed up".to_owned(),
            shown: Some((3, "kept".to_owned())),
        };
        assert_eq!(found(&[told("APPT-ATOM-01", 2)])[0].1, "summed up");
        assert_eq!(found(&[told("APPT-ATOM-03", 2)])[0].1, "second; see a.yaml");
        assert_eq!(found(&[told("APPT-ATOM-01", 1)])[0].1, "second (list 2, step 2)");
    }
}

#[test]
fn a_requirement_of_the_sequence_that_was_only_kept_passes() {
    let mut tally = Tally::default();
    let verdicts = |tally: &Tally| {
        let findings = tally.result(&sequence(), &[], (Some("cut short"), None)).findings;
        findings
            .into_iter()
            .map(|finding| (finding.requirement.as_str().to_owned(), finding.verdict, finding.found))
            .collect::<Vec<_>>()
    };
    let expected = |name: &str, verdict: Verdict, found: &str| (name.to_owned(), verdict, found.to_owned());
    let open = [expected("APPT-ATOM-01", NotTested, "cut short"), expected("APPT-ATOM-03", NotTested, "cut short")];
    assert_eq!(verdicts(&tally), open);
    assert!(!tally.add(0, judged(&[], &[], false)));
    // Steps of which none is of its kind say nothing of a requirement.
    assert_eq!(verdicts(&tally), open);
    assert!(Tally::default().result(&sequence(), &[], (None, None)).findings.len() == 2);
    let mut skipped = Tally::default();
    skipped.out_of_place = true;
    assert!(skipped.result(&sequence(), &[], (None, None)).findings.is_empty());
    let result = tally.result(&sequence(), &[], (None, None));
    assert!(result.findings.is_empty() && result.verdict == NotTested && result.reason.contains("no step"));
    assert!(tally.add(1, judged(&[], &["APPT-ATOM-01", "APPT-ATOM-03", "APPT-VER-04"], false)));
    assert!(tally.add(2, judged(&[deviation("APPT-ATOM-03", DeviationKind::Effect, Warn, "x")], &[], false)));
    assert!(tally.add(3, judged(&[], &[], true)));
    assert!(tally.add(4, judged(&[], &[], true)));
    assert_eq!(tally.undecided, 2);
    let held = "held; 2 lists were not judged to the end, such as list 3: made up";
    assert_eq!(verdicts(&tally), [expected("APPT-ATOM-03", Warn, "x (list 2)"), expected("APPT-ATOM-01", Pass, held)]);
    let findings = tally.result(&sequence(), &[], (None, None)).findings;
    assert_eq!(findings[0].exchange, Some(0), "a warning names its request");
}

#[test]
fn lists_of_which_none_came_to_an_end_say_why_and_where() {
    let mut tally = Tally::default();
    tally.add(5, judged(&[], &[], true));
    let findings = tally.result(&sequence(), &[], (None, None)).findings;
    let found: Vec<_> = findings.iter().map(|one| (one.verdict, one.found.as_str(), one.exchange)).collect();
    assert_eq!(found, [(Verdict::Inconclusive, "made up (list 5)", Some(7)); 2]);
}

#[test]
fn lists_of_which_nothing_could_name_a_version_do_not_apply_and_say_so() {
    for (without_version, verdict, reason) in
        [(true, NotApplicable, NO_VERSION), (false, NotTested, "no step could be judged")]
    {
        let mut tally = Tally::default();
        tally.without_version = without_version;
        let findings = tally.result(&sequence(), &[], (None, None)).findings;
        let found: Vec<_> = findings.iter().map(|finding| (finding.verdict, finding.found.as_str())).collect();
        assert_eq!(found, [(verdict, reason); 2]);
        // What was kept or broken all the same stands alone.
        tally.add(0, judged(&[], &["APPT-ATOM-01"], false));
        assert_eq!(tally.result(&sequence(), &[], (None, None)).findings.len(), 1);
    }
}

#[test]
fn a_failure_is_met_by_one_of_its_requirement_and_its_side_alone() {
    let aim = deviation("APPT-ATOM-01", DeviationKind::Effect, Fail, "one").aim();
    assert!(aim.meets(&deviation("APPT-ATOM-01", DeviationKind::Effect, Fail, "another")));
    assert!(!aim.meets(&deviation("APPT-ATOM-01", DeviationKind::Effect, Warn, "one")));
    assert!(!aim.meets(&deviation("APPT-ATOM-01", DeviationKind::Rejection, Fail, "one")));
    assert!(!aim.meets(&deviation("APPT-ATOM-02", DeviationKind::Effect, Fail, "one")));
    let other = Aim { side: Side::Bystander, requirement: id("APPT-ATOM-01") };
    assert!(other < aim);
    assert_eq!(aim.partial_cmp(&aim), Some(std::cmp::Ordering::Equal));
}

#[test]
fn a_body_that_met_a_limit_leaves_the_rest_open_with_its_name() {
    let arrived = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    let judged = |place: u32, code: u16| {
        one_changed(arrived, Some("W/\"1\""), code, ("arrived", 2), None, |made| {
            let Reply::Received(received) = &mut made.exchange(place).reply else { panic!("no response") };
            received.cut = true;
        })
    };
    for place in 0..3 {
        let judged = judged(place, 200);
        assert!(judged.deviations.is_empty(), "{place}");
        let Some(Undecided::Limit(limit)) = &judged.undecided else { panic!("{place}: {:?}", judged.undecided) };
        assert!(limit.contains("longer than patchproof keeps"), "{place}: {limit}");
        let mut tally = Tally::default();
        assert!(tally.add(4, judged.clone()));
        let findings = tally.result(&sequence(), &[], (None, None)).findings;
        let open = findings.iter().filter(|finding| finding.verdict == Verdict::Inconclusive).count();
        assert!(open > 0 && findings.iter().all(|finding| finding.verdict != NotTested), "{findings:?}");
        assert!(findings[0].found.contains("(list 4)"), "{findings:?}");
    }
    // What the status alone shows is found all the same.
    let judged = one_changed(arrived, None, 200, ("arrived", 2), None, |made| {
        let Reply::Received(received) = &mut made.exchange(1).reply else { panic!("no response") };
        received.cut = true;
    });
    assert_eq!(judged.deviations.len(), 1, "{:?}", judged.deviations);
    assert!(matches!(judged.undecided, Some(Undecided::Limit(_))));
}
