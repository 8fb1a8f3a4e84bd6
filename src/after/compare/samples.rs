//! Small run records for the tests of what stands right of the record.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::record::{
    CaseId, CaseRecord, Digests, Edition, ExchangeId, ExchangeRecord, FindingRecord, Inputs, Level, Redact,
    RequirementId, RequirementRecord, RunRecord, SCHEMA, Source, Standing, Verdict,
};

/// A record that grows.
pub(crate) struct Sample(RunRecord);

impl Default for Sample {
    fn default() -> Sample {
        let record = json!({
            "schema": SCHEMA,
            "tool": { "name": "patchproof", "version": "0.1.0" },
            "edition": Edition::FhirR4,
            "suite": { "version": 1, "kill_matrix": "00" },
            "strict_base": false,
            "target": { "base_url": "http://localhost/r4", "embedded": false, "redaction": Redact::None },
            "started": "2026-01-02T03:04:05.000Z",
            "finished": "2026-01-02T03:05:17.250Z",
            "seed": 7,
            "contract": { "title": "a contract", "digest": "00", "documents": {}, "transitions": [] },
            "inputs": Inputs::default(),
            "digests": Digests::default(),
            "plan": { "appointments": {}, "requests": 0, "appointments_used": 0, "requests_sent": 0,
                "decided": { "cases": [], "lanes": [], "loose": [] } },
            "summary": {
                "verdict": "not-conformant", "reason": "1 MUST requirement is broken", "exit_code": 1,
                "counts": {}, "inherited": {}, "cases": {}
            },
            "requirements": [], "cases": [], "fixtures": [], "trials": [], "batches": [], "not_run": [],
            "exchanges": [],
        });
        Sample(serde_json::from_value(record).unwrap())
    }
}

impl Sample {
    pub(crate) fn requirement(self, id: &str, level: Level, verdict: Verdict) -> Sample {
        self.standing(id, level, Standing::Native, verdict)
    }

    pub(crate) fn standing(mut self, id: &str, level: Level, standing: Standing, verdict: Verdict) -> Sample {
        self.0.requirements.push(RequirementRecord {
            id: id.parse().unwrap(),
            title: format!("title of {id}"),
            statement: format!("The rule of {id} is kept."),
            level,
            standing,
            verdict,
            reason: format!("why {id} is {}", verdict.name()),
            cause: None,
            source: Source { doc: "seed".to_owned(), section: "Patch > Errors".to_owned() },
            document: "Seed document".to_owned(),
            reading: None,
            beyond: false,
            cases: Vec::new(),
        });
        self
    }

    /// A case with a finding on one requirement; it is run as an attempt on an appointment.
    pub(crate) fn case(self, id: &str, requirement: &str, verdict: Verdict) -> Sample {
        let attempt = json!({
            "case": id, "lane": 1,
            "kind": { "steps": { "state": "booked", "alone": false, "steps": [], "control": "not-needed" } },
        });
        let mut sample = self.property(id, requirement, verdict, None);
        sample.0.trials.push(serde_json::from_value(attempt).unwrap());
        sample
    }

    /// A case that is no attempt, with a finding that may have an exchange.
    pub(crate) fn property(
        mut self,
        id: &str,
        requirement: &str,
        verdict: Verdict,
        exchange: Option<ExchangeId>,
    ) -> Sample {
        let requirement: RequirementId = requirement.parse().unwrap();
        let finding = FindingRecord {
            case: CaseId(id.to_owned()),
            requirement: requirement.clone(),
            verdict,
            expected: "412".to_owned(),
            found: format!("{} in {id}", verdict.name()),
            exchange,
            cause: None,
        };
        self.0.cases.push(CaseRecord {
            id: CaseId(id.to_owned()),
            title: "A title".to_owned(),
            requirements: vec![requirement],
            verdict,
            reason: finding.found.clone(),
            origin: "scenarios/sample.yaml:12".to_owned(),
            findings: vec![finding],
            exchanges: exchange.into_iter().collect(),
            transition: None,
        });
        self
    }

    pub(crate) fn exchange(mut self, exchange: ExchangeRecord) -> Sample {
        self.0.exchanges.push(exchange);
        self
    }

    pub(crate) fn conformant(mut self) -> RunRecord {
        self.0.summary.verdict = crate::record::RunVerdict::Conformant;
        self.0.summary.reason = "all MUST requirements that apply are kept".to_owned();
        self.0
    }

    pub(crate) fn record(self) -> RunRecord {
        self.0
    }
}

/// An exchange that took 1 ms.
pub(crate) fn exchange(
    id: ExchangeId,
    method: &str,
    tag: Option<&str>,
    status: u16,
    etag: Option<&str>,
) -> ExchangeRecord {
    let headers: Vec<(&str, &str)> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
    let back: Vec<(&str, &str)> = etag.map(|etag| ("etag", etag)).into_iter().collect();
    let exchange = json!({
        "id": id, "lane": 1, "purpose": "try", "at": "2026-01-02T03:04:05.000Z", "begin_us": 0, "end_us": 1000,
        "attempt": 1,
        "request": { "method": method, "url": "http://localhost/r4/Appointment/1", "headers": headers,
            "body": { "text": "[]" } },
        "response": { "received": { "status": status, "version": "HTTP/1.1", "headers": back } },
    });
    serde_json::from_value(exchange).unwrap()
}
