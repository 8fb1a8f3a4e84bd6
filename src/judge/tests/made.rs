//! A plan of one case, and evidence made up for it exchange by exchange.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::execute::evidence::{
    ControlSeen, Evidence, Exchange, ExchangeId, Lost, LostKind, Payload, Purpose, Reply, Response, SentRequest,
    StepSeen, StepsTrial, TagOrigin, Trial, TrialKind,
};
use crate::judge::index::Index;
use crate::judge::{CaseResult, Finding, Verdict, exchange, property};
use crate::plan::{Bindings, CaseKind, CheckRule, Plan, PropertyRule, Selection, StepCase, Supply, arrange, expand};
use crate::suite::check::shipped;
use crate::suite::contract::{Breach, Edition, contract};
use crate::suite::scenario::Check;
use crate::words::fhir::StatusCode;

const HEADERS: [(&str, &str); 3] =
    [("if-match", "W/\"1\""), ("accept", "application/fhir+json"), ("content-type", "application/json-patch+json")];

/// The one case, and what was seen.
pub(super) struct Made {
    pub plan: Plan,
    pub evidence: Evidence,
}

impl Made {
    /// A PATCH without If-Match, which 2019-05 refuses with 412 (APPT-VER-04).
    pub fn rejection() -> Made {
        static PLAN: OnceLock<Plan> = OnceLock::new();
        let plan = PLAN.get_or_init(|| {
            let contract = contract().unwrap();
            let catalogue = shipped(contract).unwrap();
            let all = expand(&catalogue, contract, Edition::May2019, &Selection::default()).unwrap();
            let cases = all.cases.into_iter().filter(|case| case.head.id.0 == "if-match/missing").collect();
            let mut plan = arrange(Edition::May2019, cases, all.routes, &Supply::default());
            plan.unplanned.clear();
            plan
        });
        assert_eq!(plan.cases.len(), 1);
        Made { plan: plan.clone(), evidence: Evidence::default() }
    }

    fn push(&mut self, method: &str, sent: Value, reply: Reply) -> ExchangeId {
        let id = ExchangeId::try_from(self.evidence.exchanges.len()).unwrap();
        let read = method == "GET";
        self.evidence.exchanges.push(Exchange {
            id,
            lane: 1,
            purpose: if read { Purpose::Read } else { Purpose::Try },
            appointment: Some("7".to_owned()),
            at: String::new(),
            begin_us: u64::from(id) * 10,
            end_us: u64::from(id) * 10 + 5,
            attempt: 1,
            bound: None,
            trace: None,
            request: SentRequest {
                method: method.to_owned(),
                url: "http://localhost/Appointment/7".to_owned(),
                headers: HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                body: if read { Payload::Empty } else { Payload::Text(sent.to_string()) },
            },
            reply,
        });
        id
    }

    /// A read that shows a status and a version.
    pub fn read(&mut self, status: &str, version: u32) -> ExchangeId {
        let body = json!({
            "resourceType": "Appointment", "id": "7", "meta": { "versionId": version.to_string() }, "status": status
        });
        let tag = ("etag".to_owned(), format!("W/\"{version}\""));
        self.push("GET", Value::Null, reply_of(200, vec![tag], Payload::Text(body.to_string())))
    }

    /// A PATCH of the status, answered with a code.
    pub fn patch(&mut self, to: &str, code: u16) -> ExchangeId {
        let document = json!([{ "op": "replace", "path": "/status", "value": to }]);
        self.push("PATCH", document, reply_of(code, Vec::new(), Payload::Empty))
    }

    /// A PATCH whose response was lost.
    pub fn lost(&mut self, kind: LostKind) -> ExchangeId {
        self.push("PATCH", json!([]), Reply::Lost(Lost { kind, message: "made up".to_owned() }))
    }

    /// The case, to be changed.
    pub fn case(&mut self) -> &mut StepCase {
        match &mut self.plan.cases[0].kind {
            CaseKind::Exchange(body) => body,
            CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_) => panic!("not a case of steps"),
        }
    }

    pub fn exchange(&mut self, id: ExchangeId) -> &mut Exchange {
        &mut self.evidence.exchanges[id as usize]
    }

    /// Notes one execution of the case; each step is an exchange with the reads before and after it.
    pub fn attempt(&mut self, steps: &[(ExchangeId, Option<ExchangeId>, Option<ExchangeId>)], control: ControlSeen) {
        let seen = |(exchange, before, after): &(ExchangeId, Option<ExchangeId>, Option<ExchangeId>)| StepSeen {
            exchange: *exchange,
            before: *before,
            first_after: *after,
            after: *after,
            bindings: Bindings::default(),
            tag: TagOrigin::Read,
        };
        let seen = StepsTrial {
            appointment: Some("7".to_owned()),
            state: self.plan.stepwise(0).unwrap().fixture,
            alone: false,
            again: false,
            steps: steps.iter().map(seen).collect(),
            control,
            bystander: None,
            halted: None,
        };
        let case = self.plan.cases[0].head.id.clone();
        self.evidence.trials.push(Trial { case, lane: 1, kind: TrialKind::Steps(seen) });
    }

    /// What the case comes to.
    pub fn judged(&self) -> CaseResult {
        let index = Index::new(&self.plan, &self.evidence);
        exchange::judge(contract().unwrap(), &self.plan, &index, 0, self.plan.stepwise(0).unwrap())
    }

    /// What a property over all exchanges comes to, as verdict and what was found.
    pub fn property(&self, written: &Value, breach: Breach) -> Vec<(Verdict, String)> {
        let findings = self.property_findings(written, breach).into_iter();
        findings.map(|finding| (finding.verdict, finding.found)).collect()
    }

    /// The exchanges that the findings of a property name.
    pub fn charged_of(&self, written: &Value) -> Vec<Option<ExchangeId>> {
        self.property_findings(written, Breach::Fail).into_iter().map(|finding| finding.exchange).collect()
    }

    fn property_findings(&self, written: &Value, breach: Breach) -> Vec<Finding> {
        let member = |name: &str| written.get(name).cloned().unwrap_or_default();
        let check: Check = serde_json::from_value(member("check")).unwrap();
        let when = if member("when").is_null() { json!({}) } else { member("when") };
        let id = "APPT-VER-04".parse().unwrap();
        let rule = PropertyRule {
            on: serde_json::from_value(member("on")).unwrap(),
            when: serde_json::from_value(when).unwrap(),
            rule: CheckRule { requirements: vec![(id, breach)], check },
        };
        let index = Index::new(&self.plan, &self.evidence);
        property::judge(&index, &self.plan.cases[0].head, &rule).findings
    }
}

/// A response.
pub(super) fn reply_of(code: u16, headers: Vec<(String, String)>, body: Payload) -> Reply {
    let status = StatusCode::new(code).unwrap();
    Reply::Received(Response { status, version: "HTTP/1.1".to_owned(), headers, body, cut: false, too_deep: false })
}

/// The verdict and what was found, of each finding.
pub(super) fn found(result: &CaseResult) -> Vec<(Verdict, &str)> {
    result.findings.iter().map(|finding| (finding.verdict, finding.found.as_str())).collect()
}
