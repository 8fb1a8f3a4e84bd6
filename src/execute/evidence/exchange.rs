//! One request and what came of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::bound::Bound;
use crate::words::coding::{Unread, beginning, limit};
use crate::words::fhir::StatusCode;
use crate::words::json;

/// The place of an exchange in [`Evidence::exchanges`].
pub type ExchangeId = u32;

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Its place in the list of exchanges.
    pub id: ExchangeId,
    /// The lane it belongs to; 0 stands for requests outside any lane.
    pub lane: u32,
    /// Why the request was sent.
    pub purpose: Purpose,
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
    pub request: SentRequest,
    /// The values of the moment in it, where it was made from a request of the plan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
    /// Its trace id: the second part of the traceparent that was sent with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<String>,
    /// What came back.
    pub reply: Reply,
}

/// Why a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Is this a FHIR server at all?
    Preflight,
    /// Asks for a token, or where tokens are to be had.
    Token,
    /// Looks for slots or appointments.
    Search,
    /// Makes an appointment.
    Create,
    /// Leads an appointment to the state a case needs.
    Walk,
    /// Reads the appointment.
    Read,
    /// The request of a case that expects a refusal or leaves it open.
    Try,
    /// The request of a case that must succeed; it may control refusals before it, too.
    Advance,
    /// A documented request that belongs to no case and must succeed, so that what was refused before it counts.
    Control,
    /// A request of a client in a race, the one that opens its connection included.
    Race,
    /// Cancels what the run made, at its end. No verdict rests on it.
    CleanUp,
}

/// Bytes that header lines take in memory.
pub fn size_of_lines(lines: &[(String, String)]) -> usize {
    lines.iter().map(|(name, value)| name.len() + value.len()).sum()
}

impl Exchange {
    /// Bytes that it takes in memory, but for a few that each takes.
    pub fn size(&self) -> usize {
        let SentRequest { url, headers, body, .. } = &self.request;
        url.len() + size_of_lines(headers) + body.len() + self.reply.size()
    }
}

impl Reply {
    /// Bytes that it takes in memory, but for a few that each takes.
    pub fn size(&self) -> usize {
        match self {
            Reply::Received(received) => size_of_lines(&received.headers) + received.body.len(),
            Reply::Lost(lost) => lost.message.len(),
        }
    }
}

/// A request as it went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentRequest {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// In the order handed to the client; values of secrets are replaced.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "Payload::is_empty", default)]
    pub body: Payload,
}

/// Bytes of a body.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// No byte.
    #[default]
    Empty,
    /// The text of a body in UTF-8.
    Text(String),
    /// Not UTF-8.
    Base64(String),
}

impl Payload {
    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        matches!(self, Payload::Empty)
    }

    /// Bytes that it takes in memory.
    pub fn len(&self) -> usize {
        match self {
            Payload::Empty => 0,
            Payload::Text(text) | Payload::Base64(text) => text.len(),
        }
    }

    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match self {
            Payload::Empty => Some(""),
            Payload::Text(text) => Some(text),
            Payload::Base64(_) => None,
        }
    }

    /// The JSON value, where it is one and not nested too deep. A byte order mark before it is passed over.
    pub fn json(&self) -> Option<serde_json::Value> {
        json::read(json::unmarked(self.text()?)).ok()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// A response came in.
    Received(Response),
    /// No response came in.
    Lost(Lost),
}

/// An answer as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: String,
    /// Names in lower case (the client does not keep their case), one entry a line.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "Payload::is_empty", default)]
    pub body: Payload,
    /// The body was longer than the limit and is cut.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub cut: bool,
    /// The body is JSON nested deeper than [`json::MAX_DEPTH`] levels or of more than [`json::MAX_VALUES`] values, and has no
    /// value for us.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub too_deep: bool,
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// How the response was lost.
    pub kind: LostKind,
    /// What went wrong, in words.
    pub message: String,
}

/// How an answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LostKind {
    /// Nothing was sent: the connection could not be made.
    NotConnected,
    /// No answer within the deadline; the request may have taken effect.
    TimedOut,
    /// The connection broke or the answer is not HTTP; the request may have taken effect.
    Broken,
    /// The run had to end, and nobody waited any longer; the request may have taken effect.
    Dropped,
}

impl Exchange {
    /// Whether nobody waited for the response, because the run had to end.
    pub fn is_dropped(&self) -> bool {
        matches!(&self.reply, Reply::Lost(lost) if lost.kind == LostKind::Dropped)
    }

    /// The answer, unless it was lost.
    pub fn received(&self) -> Option<&Response> {
        match &self.reply {
            Reply::Received(received) => Some(received),
            Reply::Lost(_) => None,
        }
    }

    /// The status code, unless the answer was lost.
    pub fn status(&self) -> Option<StatusCode> {
        self.received().map(|received| received.status)
    }

    /// Whether the answer is a success.
    pub fn succeeded(&self) -> bool {
        self.status().is_some_and(StatusCode::is_success)
    }

    /// Whether the server failed over the request in a way that may pass: it sent 500, or closed the connection without a
    /// response (reading C-45).
    pub fn failed_over(&self) -> bool {
        match &self.reply {
            Reply::Received(received) => received.status.get() == 500,
            Reply::Lost(lost) => lost.kind == LostKind::Broken,
        }
    }

    /// The status of the response, or that there is none.
    pub fn outcome_in_words(&self) -> String {
        self.status().map_or_else(|| "no response".to_owned(), |status| status.to_string())
    }

    /// The first value of a request header, by lower-case name.
    pub fn sent_header(&self, name: &str) -> Option<&str> {
        self.request
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the request may change an appointment that exists.
    pub fn is_write(&self) -> bool {
        !matches!(self.request.method.as_str(), "GET" | "HEAD" | "OPTIONS") && self.purpose != Purpose::Create
    }

    /// Whether the request acts as a PATCH: by its method, or as a POST that overrides it (APPT-HDR-11, APPT-HDR-12).
    pub fn is_patch(&self) -> bool {
        self.request.method.eq_ignore_ascii_case("PATCH")
            || (self.request.method == "POST"
                && (self.sent_header("x-http-method-override").is_some() || self.request.url.contains("_method=")))
    }
}

impl Response {
    /// The limit of patchproof that the body met, in words; what follows from the body is then not the target's doing.
    pub fn limit(&self) -> Option<Cow<'static, str>> {
        limit(self.cut, self.too_deep, self.unread())
    }

    /// What keeps a body that is not UTF-8 from being read.
    pub fn unread(&self) -> Option<Unread> {
        match &self.body {
            Payload::Base64(text) => Unread::of(&self.headers, &beginning(text)),
            Payload::Empty | Payload::Text(_) => None,
        }
    }

    /// The body as a noun with its media type, and what keeps it from being read.
    pub fn body_in_words(&self) -> String {
        if self.body.is_empty() {
            return "an empty body".to_owned();
        }
        let kind = self.header("content-type").unwrap_or("no media type");
        let unread = self.unread().map(|unread| format!(" {}", unread.in_words())).unwrap_or_default();
        format!("a body of {kind}{unread}")
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
