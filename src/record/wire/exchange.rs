//! One request and what came back, as a record keeps them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::bound::BoundRecord;
use super::error::{Misfit, at};
use crate::execute::evidence::{
    Bound, Exchange, ExchangeId, Lost, LostKind, Payload, Purpose, Reply, Response, SentRequest,
};
use crate::words::coding::{Unread, beginning, limit};
use crate::words::fhir::StatusCode;
use crate::words::json;

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRecord {
    /// Its place in the list of exchanges.
    pub id: ExchangeId,
    /// The lane it belongs to; 0 stands for requests outside any lane.
    pub lane: u32,
    /// Why the request was sent.
    pub purpose: PurposeRecord,
    /// The appointment it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// When it began, RFC 3339 with milliseconds: the begin of the run, and the time since on the monotonic clock.
    pub at: String,
    /// Monotonic microseconds since the run began.
    pub begin_us: u64,
    /// Monotonic microseconds since the run began, when the response had been read or was lost.
    pub end_us: u64,
    /// 1 for the first time a request is sent.
    pub attempt: u32,
    /// The request as it went out.
    pub request: RequestRecord,
    /// The values of the moment in it, where it was made from a request of the plan: with them the plan gives it again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<BoundRecord>,
    /// Its trace id: 32 hexadecimal digits, the second part of the traceparent (W3C Trace Context) that was sent with it. Those
    /// of a run begin with the same 16.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<String>,
    /// What came back.
    pub response: ResponseRecord,
}

/// Why a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PurposeRecord {
    /// Checks that the target is a FHIR server.
    Preflight,
    /// Asks for a token, or for where tokens are to be had; it may go to another host than the target.
    Token,
    /// Looks for slots or appointments.
    Search,
    /// Makes an appointment.
    Create,
    /// Moves an appointment to the state a case needs.
    Walk,
    /// Reads the appointment.
    Read,
    /// The request of a case that expects a rejection or leaves it open.
    Try,
    /// The request of a case that must succeed; it may control rejections before it, too.
    Advance,
    /// A documented request that belongs to no case and must succeed, so that what was rejected before it counts.
    Control,
    /// A request of a client in a race, the one that opens its connection included.
    Race,
    /// Cancels what the run made, at its end. No verdict rests on it.
    CleanUp,
}

/// A request as it went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// In the order handed to the client; values of secrets are replaced.
    pub headers: Vec<(String, String)>,
    /// The body; absent where it has no byte.
    #[serde(skip_serializing_if = "BodyRecord::is_empty", default)]
    pub body: BodyRecord,
}

/// Bytes of a body.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyRecord {
    /// No byte.
    #[default]
    Empty,
    /// The text of a body in UTF-8.
    Text(String),
    /// The bytes of a body that is not UTF-8, in base64.
    Base64(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseRecord {
    /// A response came in.
    Received(ReceivedRecord),
    /// No response came in.
    Lost(LostRecord),
}

/// A response as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedRecord {
    /// The status code.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: String,
    /// Names in lower case (the client does not keep their case), one entry a line.
    pub headers: Vec<(String, String)>,
    /// The body; absent where it has no byte.
    #[serde(skip_serializing_if = "BodyRecord::is_empty", default)]
    pub body: BodyRecord,
    /// The body was longer than the limit and is cut.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub cut: bool,
    /// The body is JSON nested deeper or of more values than patchproof reads, and has no value for us.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub too_deep: bool,
}

/// A response that did not come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostRecord {
    /// How the response was lost.
    pub kind: LossRecord,
    /// What went wrong, in words.
    pub message: String,
}

/// How a response was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossRecord {
    /// Nothing was sent: the connection could not be made.
    NotConnected,
    /// No response within the deadline; the request may have taken effect.
    TimedOut,
    /// The connection broke or the response is not HTTP; the request may have taken effect.
    Broken,
    /// The run had to end, and nobody waited any longer; the request may have taken effect.
    Dropped,
}

impl ExchangeRecord {
    /// The response, unless it was lost.
    pub fn received(&self) -> Option<&ReceivedRecord> {
        match &self.response {
            ResponseRecord::Received(received) => Some(received),
            ResponseRecord::Lost(_) => None,
        }
    }

    /// The status code, unless the response was lost.
    pub fn status(&self) -> Option<StatusCode> {
        self.received().map(|received| received.status)
    }

    /// Whether the response is a success.
    pub fn succeeded(&self) -> bool {
        self.status().is_some_and(StatusCode::is_success)
    }

    /// The first value of a request header, by lower-case name.
    pub fn sent_header(&self, name: &str) -> Option<&str> {
        let found = self.request.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the request acts as a PATCH: by its method, or as a POST that overrides it.
    pub fn is_patch(&self) -> bool {
        self.request.method.eq_ignore_ascii_case("PATCH")
            || (self.request.method == "POST"
                && (self.sent_header("x-http-method-override").is_some() || self.request.url.contains("_method=")))
    }
}

impl ReceivedRecord {
    /// The limit of patchproof that the body met, in words; what follows from the body is then not the target's doing.
    pub fn limit(&self) -> Option<Cow<'static, str>> {
        limit(self.cut, self.too_deep, self.unread())
    }

    /// What keeps a body that is not UTF-8 from being read.
    pub fn unread(&self) -> Option<Unread> {
        match &self.body {
            BodyRecord::Base64(text) => Unread::of(&self.headers, &beginning(text)),
            BodyRecord::Empty | BodyRecord::Text(_) => None,
        }
    }

    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header.
    pub fn header_lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl BodyRecord {
    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        matches!(self, BodyRecord::Empty)
    }

    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match self {
            BodyRecord::Empty => Some(""),
            BodyRecord::Text(text) => Some(text),
            BodyRecord::Base64(_) => None,
        }
    }

    /// The JSON value, where it is one and not nested too deep. A byte order mark before it is passed over.
    pub fn json(&self) -> Option<serde_json::Value> {
        json::read(json::unmarked(self.text()?)).ok()
    }
}

impl From<Exchange> for ExchangeRecord {
    fn from(exchange: Exchange) -> ExchangeRecord {
        let Exchange { id, lane, purpose, appointment, at, begin_us, end_us, attempt, request, bound, trace, reply } =
            exchange;
        let response = match reply {
            Reply::Received(received) => ResponseRecord::Received(received.into()),
            Reply::Lost(Lost { kind, message }) => ResponseRecord::Lost(LostRecord { kind: kind.into(), message }),
        };
        let SentRequest { method, url, headers, body } = request;
        let request = RequestRecord { method, url, headers, body: body.into() };
        let (purpose, bound) = (purpose.into(), bound.map(BoundRecord::from));
        ExchangeRecord {
            id,
            lane,
            purpose,
            appointment,
            at,
            begin_us,
            end_us,
            attempt,
            request,
            bound,
            trace,
            response,
        }
    }
}

impl TryFrom<ExchangeRecord> for Exchange {
    type Error = Misfit;

    fn try_from(record: ExchangeRecord) -> Result<Exchange, Misfit> {
        let ExchangeRecord {
            id,
            lane,
            purpose,
            appointment,
            at: begun,
            begin_us,
            end_us,
            attempt,
            request,
            bound,
            trace,
            response,
        } = record;
        let reply = match response {
            ResponseRecord::Received(received) => Reply::Received(at("response.received", received.try_into())?),
            ResponseRecord::Lost(LostRecord { kind, message }) => Reply::Lost(Lost { kind: kind.into(), message }),
        };
        let RequestRecord { method, url, headers, body } = request;
        let request = SentRequest { method, url, headers, body: at("request.body", body.try_into())? };
        let (purpose, bound) = (purpose.into(), bound.map(Bound::from));
        Ok(Exchange {
            id,
            lane,
            purpose,
            appointment,
            at: begun,
            begin_us,
            end_us,
            attempt,
            request,
            bound,
            trace,
            reply,
        })
    }
}

impl From<Response> for ReceivedRecord {
    fn from(received: Response) -> ReceivedRecord {
        let Response { status, version, headers, body, cut, too_deep } = received;
        ReceivedRecord { status, version, headers, body: body.into(), cut, too_deep }
    }
}

impl TryFrom<ReceivedRecord> for Response {
    type Error = Misfit;

    fn try_from(record: ReceivedRecord) -> Result<Response, Misfit> {
        let ReceivedRecord { status, version, headers, body, cut, too_deep } = record;
        Ok(Response { status, version, headers, body: at("body", body.try_into())?, cut, too_deep })
    }
}

impl From<Payload> for BodyRecord {
    fn from(payload: Payload) -> BodyRecord {
        match payload {
            Payload::Empty => BodyRecord::Empty,
            Payload::Text(text) => BodyRecord::Text(text),
            Payload::Base64(text) => BodyRecord::Base64(text),
        }
    }
}

impl TryFrom<BodyRecord> for Payload {
    type Error = Misfit;

    fn try_from(body: BodyRecord) -> Result<Payload, Misfit> {
        match body {
            BodyRecord::Empty => Ok(Payload::Empty),
            BodyRecord::Text(text) => Ok(Payload::Text(text)),
            BodyRecord::Base64(text) => match STANDARD.decode(&text) {
                Ok(_) => Ok(Payload::Base64(text)),
                Err(error) => Err(Misfit::new("base64", "the bytes of a body in base64", error)),
            },
        }
    }
}

impl From<Purpose> for PurposeRecord {
    fn from(purpose: Purpose) -> PurposeRecord {
        match purpose {
            Purpose::Preflight => PurposeRecord::Preflight,
            Purpose::Token => PurposeRecord::Token,
            Purpose::Search => PurposeRecord::Search,
            Purpose::Create => PurposeRecord::Create,
            Purpose::Walk => PurposeRecord::Walk,
            Purpose::Read => PurposeRecord::Read,
            Purpose::Try => PurposeRecord::Try,
            Purpose::Advance => PurposeRecord::Advance,
            Purpose::Control => PurposeRecord::Control,
            Purpose::Race => PurposeRecord::Race,
            Purpose::CleanUp => PurposeRecord::CleanUp,
        }
    }
}

impl From<PurposeRecord> for Purpose {
    fn from(purpose: PurposeRecord) -> Purpose {
        match purpose {
            PurposeRecord::Preflight => Purpose::Preflight,
            PurposeRecord::Token => Purpose::Token,
            PurposeRecord::Search => Purpose::Search,
            PurposeRecord::Create => Purpose::Create,
            PurposeRecord::Walk => Purpose::Walk,
            PurposeRecord::Read => Purpose::Read,
            PurposeRecord::Try => Purpose::Try,
            PurposeRecord::Advance => Purpose::Advance,
            PurposeRecord::Control => Purpose::Control,
            PurposeRecord::Race => Purpose::Race,
            PurposeRecord::CleanUp => Purpose::CleanUp,
        }
    }
}

impl From<LostKind> for LossRecord {
    fn from(kind: LostKind) -> LossRecord {
        match kind {
            LostKind::NotConnected => LossRecord::NotConnected,
            LostKind::TimedOut => LossRecord::TimedOut,
            LostKind::Broken => LossRecord::Broken,
            LostKind::Dropped => LossRecord::Dropped,
        }
    }
}

impl From<LossRecord> for LostKind {
    fn from(kind: LossRecord) -> LostKind {
        match kind {
            LossRecord::NotConnected => LostKind::NotConnected,
            LossRecord::TimedOut => LostKind::TimedOut,
            LossRecord::Broken => LostKind::Broken,
            LossRecord::Dropped => LostKind::Dropped,
        }
    }
}
