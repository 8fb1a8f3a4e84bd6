//! Small run records for the tests of reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::record::{
    BodyRecord, CaseId, CaseRecord, ContractRecord, Edition, ExchangeId, ExchangeRecord, FindingRecord, Level,
    LossRecord, LostRecord, PlanRecord, PurposeRecord, ReceivedRecord, Redact, RequestRecord, RequirementRecord,
    ResponseRecord, RunRecord, RunVerdict, SCHEMA, Source, Standing, Suite, Summary, TargetRecord, Tool, Verdict,
};

/// A run in which nothing happened.
pub(crate) fn empty() -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "patchproof".to_owned(), version: "0.1.0".to_owned() },
        suite: Suite { version: 1, kill_matrix: String::new() },
        edition: Edition::May2019,
        strict_base: false,
        target: TargetRecord {
            base_url: "http://localhost/r4".to_owned(),
            embedded: true,
            redaction: Redact::None,
            headers: Vec::new(),
            about: None,
        },
        started: "2026-01-02T03:04:05.000Z".to_owned(),
        finished: "2026-01-02T03:05:17.250Z".to_owned(),
        seed: 7,
        cut_short: None,
        pace: None,
        signal: None,
        contract: ContractRecord {
            title: "as first documented".to_owned(),
            digest: "0".to_owned(),
            documents: Default::default(),
            transitions: Vec::new(),
        },
        inputs: Default::default(),
        digests: Default::default(),
        plan: PlanRecord {
            appointments: [("booked".to_owned(), 31)].into(),
            requests: 430,
            appointments_used: 1,
            requests_sent: 212,
            ..PlanRecord::default()
        },
        summary: Summary {
            verdict: RunVerdict::Conformant,
            reason: "all 40 MUST requirements that apply are kept".to_owned(),
            exit_code: 0,
            counts: Default::default(),
            inherited: Default::default(),
            cases: Default::default(),
        },
        requirements: Vec::new(),
        cases: Vec::new(),
        fixtures: serde_json::from_value(json!([{ "id": "1", "start": "booked", "made": true }])).unwrap(),
        trials: Vec::new(),
        lists: Vec::new(),
        batches: Vec::new(),
        not_run: Vec::new(),
        exchanges: Vec::new(),
        histories: Vec::new(),
        sequences: Vec::new(),
        drift: None,
    }
}

/// A requirement of the run; it counts in the totals.
pub(in crate::report) fn requirement(
    record: &mut RunRecord,
    id: &str,
    level: Level,
    standing: Standing,
    verdict: Verdict,
    reason: &str,
) {
    let totals = match standing {
        Standing::Native => &mut record.summary.counts,
        Standing::Inherited => &mut record.summary.inherited,
    };
    *totals.entry(level).or_default().entry(verdict).or_default() += 1;
    record.requirements.push(RequirementRecord {
        id: id.parse().unwrap(),
        title: "a title".to_owned(),
        statement: format!("The rule of {id} is kept."),
        level,
        standing,
        verdict,
        reason: reason.to_owned(),
        cause: None,
        source: Source { doc: "seed".to_owned(), section: "Patch > Errors".to_owned() },
        document: "Seed document".to_owned(),
        reading: Some("What the documents leave open is read so.".to_owned()),
        beyond: false,
        cases: Vec::new(),
    });
}

/// A case with one finding.
pub(in crate::report) fn case(
    record: &mut RunRecord,
    id: &str,
    requirement: &str,
    verdict: Verdict,
    expected: &str,
    found: &str,
    exchange: Option<ExchangeId>,
) {
    *record.summary.cases.entry(verdict).or_default() += 1;
    record.cases.push(CaseRecord {
        id: CaseId(id.to_owned()),
        title: "A title".to_owned(),
        requirements: vec![requirement.parse().unwrap()],
        verdict,
        reason: found.to_owned(),
        origin: "scenarios/sample.yaml:12".to_owned(),
        findings: vec![finding(id, requirement, verdict, expected, found, exchange)],
        exchanges: exchange.into_iter().collect(),
        transition: None,
    });
}

pub(in crate::report) fn finding(
    case: &str,
    requirement: &str,
    verdict: Verdict,
    expected: &str,
    found: &str,
    exchange: Option<ExchangeId>,
) -> FindingRecord {
    FindingRecord {
        case: CaseId(case.to_owned()),
        requirement: requirement.parse().unwrap(),
        verdict,
        expected: expected.to_owned(),
        found: found.to_owned(),
        exchange,
        cause: None,
    }
}

pub(in crate::report) fn exchange(
    id: ExchangeId,
    method: &str,
    headers: &[(&str, &str)],
    body: BodyRecord,
    response: ResponseRecord,
) -> ExchangeRecord {
    ExchangeRecord {
        id,
        lane: 1,
        purpose: PurposeRecord::Try,
        appointment: Some("1".to_owned()),
        at: "2026-01-02T03:04:05.678Z".to_owned(),
        begin_us: 0,
        end_us: 1,
        attempt: 1,
        bound: None,
        trace: None,
        request: RequestRecord {
            method: method.to_owned(),
            url: "http://localhost/r4/Appointment/1".to_owned(),
            headers: owned(headers),
            body,
        },
        response,
    }
}

pub(in crate::report) fn received(status: u16, headers: &[(&str, &str)], body: &str) -> ResponseRecord {
    ResponseRecord::Received(ReceivedRecord {
        status: status.try_into().unwrap(),
        version: "HTTP/1.1".to_owned(),
        headers: owned(headers),
        body: if body.is_empty() { BodyRecord::Empty } else { BodyRecord::Text(body.to_owned()) },
        cut: false,
        too_deep: false,
    })
}

pub(in crate::report) fn lost(message: &str) -> ResponseRecord {
    ResponseRecord::Lost(LostRecord { kind: LossRecord::TimedOut, message: message.to_owned() })
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A run with a bit of everything.
pub(in crate::report) fn full() -> RunRecord {
    use Level::{May, Must, Observed, Should};
    use Standing::{Inherited, Native};
    let mut record = empty();
    let usual = [("accept", "application/fhir+json"), ("content-type", "application/json-patch+json")];
    let tagged = [usual[0], usual[1], ("if-match", "W/\"1\""), ("authorization", "[secret]")];
    let body = || BodyRecord::Text(r#"[{"op":"replace","path":"/status","value":"arrived"}]"#.to_owned());
    let refusal = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict","diagnostics":"The version is stale."}]}"#;
    record.exchanges = vec![
        exchange(0, "PATCH", &usual, body(), received(200, &[("etag", "W/\"2\"")], "")),
        exchange(1, "PATCH", &tagged, body(), received(409, &[], refusal)),
        exchange(2, "PATCH", &tagged, body(), lost("no answer within 30s")),
    ];
    let all = &mut record;
    requirement(all, "APPT-VER-04", Must, Native, Verdict::Fail, "");
    requirement(all, "APPT-VER-05", Must, Native, Verdict::Pass, "");
    requirement(all, "APPT-VER-06", Must, Native, Verdict::Inconclusive, "");
    requirement(all, "APPT-RSP-01", Should, Native, Verdict::Fail, "");
    requirement(all, "APPT-RSP-02", Should, Native, Verdict::Warn, "");
    requirement(all, "APPT-RSP-03", May, Native, Verdict::NotTested, "the target does not provide `locked`");
    requirement(all, "APPT-RSP-04", May, Native, Verdict::NotApplicable, "the target declares no authentication");
    requirement(all, "APPT-RSP-05", Observed, Native, Verdict::Observed, "");
    requirement(all, "APPT-ERR-01", Must, Native, Verdict::Error, "");
    requirement(all, "APPT-ATOM-09", Must, Native, Verdict::NotTested, "A server error cannot be provoked.");
    all.requirements.last_mut().unwrap().beyond = true;
    requirement(all, "APPT-BASE-01", Must, Inherited, Verdict::Fail, "");
    let carried = "200: the request was carried out";
    case(all, "version/ok", "APPT-VER-05", Verdict::Pass, "", "", Some(1));
    case(all, "response/code", "APPT-RSP-02", Verdict::Warn, "412", "409", Some(1));
    case(all, "base/one", "APPT-BASE-01", Verdict::Fail, "400", carried, Some(0));
    case(all, "response/should", "APPT-RSP-01", Verdict::Fail, "an ETag or meta.versionId", "neither", Some(0));
    case(all, "version/lost", "APPT-VER-06", Verdict::Inconclusive, "", "no answer: no answer within 30s", Some(2));
    for number in 0..9 {
        let id = format!("if-match/missing-{number}");
        case(all, &id, "APPT-VER-04", Verdict::Fail, "412", carried, Some(0));
    }
    case(all, "errors/one", "APPT-ERR-01", Verdict::Error, "", "the evidence lacks the exchange", None);
    let locked = "the target does not provide `locked`";
    case(all, "locked/patch", "APPT-RSP-03", Verdict::NotTested, "", locked, None);
    let declared = "the target declares no authentication";
    case(all, "auth/none", "APPT-RSP-04", Verdict::NotApplicable, "", declared, None);
    case(all, "probe/seen", "APPT-RSP-05", Verdict::Observed, "", "as described", Some(1));
    all.summary.verdict = RunVerdict::NotConformant;
    all.summary.reason = "1 MUST requirement is broken".to_owned();
    all.cut_short = Some("the run was interrupted".to_owned());
    record
}
