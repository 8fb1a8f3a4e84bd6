//! HAR 1.2: every exchange of a run in the form that browsers, proxies and load tools read.
//!
//! What HAR has no place for stands in members whose names begin with an underscore, as its specification asks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::{
    AttemptRecord, BodyRecord, CaseId, CaseRecord, Counterexample, Edition, ExchangeId, ExchangeRecord, FindingRecord,
    PurposeRecord, ReceivedRecord, RequestRecord, RequirementId, ResponseRecord, RunRecord, RunVerdict, Verdict,
};

/// The run as a HAR file (JSON, UTF-8), in the order in which exchanges began. Of generated lists it has those that show a
/// counterexample; the others are most of a large run, and no finding names them.
pub fn har(record: &RunRecord) -> Vec<u8> {
    let mut entries: Vec<(&ExchangeRecord, Ours<'_>)> = Vec::new();
    let index = ExchangeUses::new(record);
    entries.extend(record.exchanges_without_lists().map(|exchange| (exchange, index.about(exchange))));
    let shown = record.exchanges.iter().filter(|exchange| index.counterexamples.contains_key(&exchange.id));
    entries.extend(shown.map(|exchange| (exchange, index.about(exchange))));
    // Instants of one form sort as text; the sort is stable, so what began in one millisecond keeps its order.
    entries.sort_by(|(one, _), (other, _)| one.at.cmp(&other.at));
    let har = Har {
        log: Log {
            version: "1.2",
            creator: Creator { name: &record.tool.name, version: &record.tool.version },
            entries: entries.into_iter().map(|(exchange, ours)| entry(exchange, ours)).collect(),
            ours: OurRun {
                schema: &record.schema,
                target: &record.target.base_url,
                edition: record.edition,
                verdict: record.summary.verdict,
                seed: record.seed,
            },
        },
    };
    // Every key is a text and every value has a form in JSON, so there is nothing that could fail.
    serde_json::to_vec_pretty(&har).unwrap_or_default()
}

/// Which cases and findings an exchange serves.
struct ExchangeUses<'r> {
    cases: BTreeMap<ExchangeId, Vec<&'r CaseRecord>>,
    findings: BTreeMap<ExchangeId, Vec<&'r FindingRecord>>,
    states: BTreeMap<ExchangeId, AttemptRecord<'r>>,
    /// Of lists that show a counterexample, with the case that drew them.
    counterexamples: BTreeMap<ExchangeId, Vec<(&'r CaseId, &'r Counterexample)>>,
}

impl<'r> ExchangeUses<'r> {
    fn new(record: &'r RunRecord) -> ExchangeUses<'r> {
        let mut index = ExchangeUses {
            cases: BTreeMap::new(),
            findings: BTreeMap::new(),
            states: BTreeMap::new(),
            counterexamples: BTreeMap::new(),
        };
        for case in &record.cases {
            for id in &case.exchanges {
                index.cases.entry(*id).or_default().push(case);
            }
            for finding in &case.findings {
                // What merely holds would name nearly every exchange many times.
                if let Some(id) = finding.exchange.filter(|_| finding.verdict != Verdict::Pass) {
                    index.findings.entry(id).or_default().push(finding);
                }
            }
        }
        for attempt in record.attempts() {
            index.states.extend(attempt.seen.steps.iter().map(|step| (step.exchange, attempt)));
        }
        for sequence in &record.sequences {
            for found in &sequence.counterexamples {
                for exchange in record.requests_of(found) {
                    index.counterexamples.entry(exchange.id).or_default().push((&sequence.id, found));
                }
            }
        }
        index
    }

    fn about(&self, exchange: &'r ExchangeRecord) -> Ours<'r> {
        let cases = self.cases.get(&exchange.id).into_iter().flatten();
        let findings = self.findings.get(&exchange.id).into_iter().flatten();
        let found = self.counterexamples.get(&exchange.id).map(Vec::as_slice).unwrap_or_default();
        Ours {
            exchange: exchange.id,
            purpose: exchange.purpose,
            lane: exchange.lane,
            attempt: exchange.attempt,
            appointment: exchange.appointment.as_deref(),
            state: self.states.get(&exchange.id).map(|attempt| attempt.state.to_string()),
            cases: cases.map(|case| OurCase { id: &case.id, verdict: case.verdict }).collect(),
            findings: findings
                .map(|finding| OurFinding {
                    requirement: &finding.requirement,
                    verdict: finding.verdict,
                    found: &finding.found,
                })
                .chain(found.iter().map(|(_, found)| OurFinding {
                    requirement: &found.requirement,
                    verdict: Verdict::Fail,
                    found: &found.found,
                }))
                .collect(),
            sequence: found.first().map(|(id, found)| OurSequence { id, counterexample: &found.case }),
        }
    }
}

fn entry<'r>(exchange: &'r ExchangeRecord, ours: Ours<'r>) -> HarEntry<'r> {
    let time = exchange.end_us.saturating_sub(exchange.begin_us) as f64 / 1000.0;
    let (response, error) = match &exchange.response {
        ResponseRecord::Received(received) => (response(received), None),
        ResponseRecord::Lost(lost) => (no_response(), Some(lost.message.as_str())),
    };
    HarEntry {
        started: &exchange.at,
        time,
        request: request(&exchange.request),
        response,
        cache: Cache {},
        // The client records when a request started and when the response had been read; all in between is waiting.
        timings: Timings { send: 0.0, wait: time, receive: 0.0 },
        error,
        ours,
    }
}

fn request(sent: &RequestRecord) -> HarRequest<'_> {
    let (text, encoding, size) = body(&sent.body);
    let of_type = sent.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    HarRequest {
        method: &sent.method,
        url: &sent.url,
        version: "HTTP/1.1",
        cookies: [],
        headers: headers(&sent.headers),
        query: query(&sent.url),
        post_data: text.map(|text| PostData {
            mime_type: of_type.map_or("", |(_, value)| value),
            params: [],
            text,
            encoding,
        }),
        headers_size: -1,
        body_size: size,
    }
}

fn response(received: &ReceivedRecord) -> HarResponse<'_> {
    let (text, encoding, size) = body(&received.body);
    HarResponse {
        status: received.status.get(),
        // The record does not keep the words after the code, and no rule rests on them.
        status_text: "",
        version: &received.version,
        cookies: [],
        headers: headers(&received.headers),
        content: HarContent {
            size,
            mime_type: received.header("content-type").unwrap_or_default(),
            text,
            encoding,
            comment: received.limit(),
        },
        redirect_url: received.header("location").unwrap_or_default(),
        headers_size: -1,
        body_size: size,
    }
}

/// What browsers write if there was no response.
fn no_response<'r>() -> HarResponse<'r> {
    HarResponse {
        status: 0,
        status_text: "",
        version: "",
        cookies: [],
        headers: Vec::new(),
        content: HarContent { size: 0, mime_type: "x-unknown", text: None, encoding: None, comment: None },
        redirect_url: "",
        headers_size: -1,
        body_size: -1,
    }
}

/// The text of a body, how it is encoded, and how many bytes it had.
fn body(payload: &BodyRecord) -> (Option<&str>, Option<&'static str>, i64) {
    match payload {
        BodyRecord::Empty => (None, None, 0),
        BodyRecord::Text(text) => (Some(text), None, size(text.len())),
        BodyRecord::Base64(text) => {
            let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
            (Some(text), Some("base64"), size((text.len() / 4 * 3).saturating_sub(padding)))
        }
    }
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(-1)
}

fn headers(lines: &[(String, String)]) -> Vec<Pair<'_>> {
    lines.iter().map(|(name, value)| Pair { name, value }).collect()
}

/// The parameters of a URL, encoded as they were sent.
fn query(url: &str) -> Vec<Pair<'_>> {
    let Some((_, query)) = url.split('#').next().and_then(|address| address.split_once('?')) else { return Vec::new() };
    let pair = |part| {
        let (name, value) = str::split_once(part, '=').unwrap_or((part, ""));
        Pair { name, value }
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

#[derive(Serialize)]
struct Har<'r> {
    log: Log<'r>,
}

#[derive(Serialize)]
struct Log<'r> {
    version: &'static str,
    creator: Creator<'r>,
    entries: Vec<HarEntry<'r>>,
    #[serde(rename = "_patchproof")]
    ours: OurRun<'r>,
}

#[derive(Serialize)]
struct Creator<'r> {
    name: &'r str,
    version: &'r str,
}

#[derive(Serialize)]
struct OurRun<'r> {
    schema: &'r str,
    target: &'r str,
    edition: Edition,
    verdict: RunVerdict,
    seed: u64,
}

#[derive(Serialize)]
struct HarEntry<'r> {
    #[serde(rename = "startedDateTime")]
    started: &'r str,
    /// Milliseconds.
    time: f64,
    request: HarRequest<'r>,
    response: HarResponse<'r>,
    cache: Cache,
    timings: Timings,
    /// Why there was no response, in the place where Chromium has it.
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    #[serde(rename = "_patchproof")]
    ours: Ours<'r>,
}

#[derive(Serialize)]
struct HarRequest<'r> {
    method: &'r str,
    url: &'r str,
    #[serde(rename = "httpVersion")]
    version: &'static str,
    /// Cookies are secrets and never reach a record.
    cookies: [(); 0],
    headers: Vec<Pair<'r>>,
    #[serde(rename = "queryString")]
    query: Vec<Pair<'r>>,
    #[serde(rename = "postData", skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'r>>,
    #[serde(rename = "headersSize")]
    headers_size: i64,
    #[serde(rename = "bodySize")]
    body_size: i64,
}

#[derive(Serialize)]
struct PostData<'r> {
    #[serde(rename = "mimeType")]
    mime_type: &'r str,
    params: [(); 0],
    text: &'r str,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
struct HarResponse<'r> {
    status: u16,
    #[serde(rename = "statusText")]
    status_text: &'static str,
    #[serde(rename = "httpVersion")]
    version: &'r str,
    cookies: [(); 0],
    headers: Vec<Pair<'r>>,
    content: HarContent<'r>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'r str,
    #[serde(rename = "headersSize")]
    headers_size: i64,
    #[serde(rename = "bodySize")]
    body_size: i64,
}

#[derive(Serialize)]
struct HarContent<'r> {
    size: i64,
    #[serde(rename = "mimeType")]
    mime_type: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<Cow<'static, str>>,
}

#[derive(Serialize)]
struct Pair<'r> {
    name: &'r str,
    value: &'r str,
}

#[derive(Serialize)]
struct Cache {}

/// Milliseconds.
#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize)]
struct Ours<'r> {
    exchange: ExchangeId,
    purpose: PurposeRecord,
    lane: u32,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    appointment: Option<&'r str>,
    /// The state the appointment was in when the request of a case was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<OurCase<'r>>,
    /// What was found in this exchange, other than that a rule is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<OurFinding<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<OurSequence<'r>>,
}

#[derive(Serialize)]
struct OurCase<'r> {
    id: &'r CaseId,
    verdict: Verdict,
}

#[derive(Serialize)]
struct OurFinding<'r> {
    requirement: &'r RequirementId,
    verdict: Verdict,
    found: &'r str,
}

#[derive(Serialize)]
struct OurSequence<'r> {
    id: &'r CaseId,
    counterexample: &'r str,
}
