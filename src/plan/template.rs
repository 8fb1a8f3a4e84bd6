//! The request of a step as the plan decides it: all of it but the values that only the run knows.
//!
//! Texts and documents name these values as [`Placeholder`]s; a tag that is sent as a whole is a [`KnownTag`]. The runner
//! fills them in and decides nothing.

use serde_json::Value;

use super::status::status_set;
use super::substitute::{Bindings, substitute, substitute_text};
use crate::suite::contract::Edition;
use crate::suite::scenario::{Body, Credentials, Endpoint, HeaderValues, IfMatch, Patch, Placeholder, mentions};
use crate::words::fhir::AppointmentStatus;

/// A request that is decided but for named values.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestTemplate {
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The query without the question mark.
    pub query: Option<String>,
    pub endpoint: Endpoint,
    pub credentials: Credentials,
    pub if_match: Precondition,
    /// Headers that differ from the documented ones, each with its lines; one without lines is left out.
    pub headers: Vec<(String, Vec<String>)>,
    pub body: BodyTemplate,
}

/// What If-Match carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// The header is left out.
    Absent,
    /// One tag that only the run knows.
    Tag(KnownTag),
    /// These lines, which may name `$version` and `$stale`.
    Lines(Vec<String>),
}

/// An entity tag that only the run knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownTag {
    /// That of the current version, as the contract documents it.
    Current,
    /// The same; the header is left out where the server shows no version.
    CurrentWhereShown,
    /// That of the current version without `W/`.
    Strong,
    /// That of the version before the current one.
    Stale,
    /// The ETag of the response to the last PATCH, verbatim.
    LastEtag,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyTemplate {
    Empty,
    Document(Value),
    Text(String),
    /// These bytes, in Base64.
    Base64(String),
    /// The last accepted document of the appointment, again.
    Previous,
    /// The plain step that leads on from where the plan puts the case. [`super::arrange()`] puts the document in its place;
    /// where it leaves the word, no documented step leads on.
    Advance,
}

/// A well-formed tag of a version that never existed; it is sent without `W/` to a server that gives strong tags.
pub const NEVER_EXISTED: &str = "W/\"999999\"";

/// The If-Match that matches any version.
pub const ANY_VERSION: &str = "*";

impl RequestTemplate {
    /// The documented PATCH with this body.
    pub fn patch(body: BodyTemplate) -> RequestTemplate {
        RequestTemplate {
            method: "PATCH".to_owned(),
            path: "/Appointment/$id".to_owned(),
            query: None,
            endpoint: Endpoint::Base,
            credentials: Credentials::Own,
            if_match: Precondition::Tag(KnownTag::Current),
            headers: Vec::new(),
            body,
        }
    }

    /// The documented PATCH with this document.
    pub fn document(document: Value) -> RequestTemplate {
        RequestTemplate::patch(BodyTemplate::Document(document))
    }

    /// The request of a written step in an edition.
    pub fn written(step: &crate::suite::scenario::ScenarioStep, edition: Edition) -> RequestTemplate {
        let documented = RequestTemplate::patch(BodyTemplate::of(step.patch.as_ref(), step.body.as_ref()));
        let line = step.request.as_ref();
        RequestTemplate {
            method: line.and_then(|line| line.method.clone()).unwrap_or(documented.method),
            path: line.and_then(|line| line.path.clone()).unwrap_or(documented.path),
            query: line.and_then(|line| line.query.clone()),
            endpoint: step.endpoint,
            credentials: step.credentials,
            if_match: Precondition::of(&step.if_match).in_edition(edition),
            headers: Vec::new(),
            body: documented.body,
        }
        .with_headers(&step.headers.0)
    }

    /// The same request with other headers than documented.
    pub fn with_headers(self, headers: &[(String, HeaderValues)]) -> RequestTemplate {
        let lines = |values: &HeaderValues| match values {
            HeaderValues::Absent => Vec::new(),
            HeaderValues::Lines(lines) => lines.clone(),
        };
        let headers = headers.iter().map(|(name, values)| (name.clone(), lines(values))).collect();
        RequestTemplate { headers, ..self }
    }

    /// The same request with another If-Match.
    pub fn with_if_match(self, if_match: Precondition) -> RequestTemplate {
        RequestTemplate { if_match, ..self }
    }

    /// Whether the method carries a body and a precondition.
    pub fn writes(&self) -> bool {
        matches!(self.method.as_str(), "PATCH" | "POST")
    }

    /// Whether the method only reads.
    pub fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether the request is about the version before the current one, or about the last write: then it needs one.
    pub fn needs_earlier_version(&self) -> bool {
        let stale = match &self.if_match {
            Precondition::Tag(tag) => match tag {
                KnownTag::Stale | KnownTag::LastEtag => true,
                KnownTag::Current | KnownTag::CurrentWhereShown | KnownTag::Strong => false,
            },
            Precondition::Lines(lines) => lines.iter().any(|line| names(line, Placeholder::Stale)),
            Precondition::Absent => false,
        };
        stale || names(&self.path, Placeholder::Stale) || self.body == BodyTemplate::Previous
    }

    /// How many free slots the body names.
    pub fn slots(&self) -> usize {
        if self.body.names(Placeholder::SecondSlot) { 2 } else { usize::from(self.body.names(Placeholder::Slot)) }
    }

    /// The status that the document of the request sets, where it has one that does.
    pub fn status_set(&self) -> Option<AppointmentStatus> {
        status_set(self.body.document()?)
    }

    /// Fills in the values that are known so far; other names stay.
    pub(super) fn bind(&mut self, bindings: &Bindings) {
        let texts = [Some(&mut self.method), Some(&mut self.path), self.query.as_mut()];
        let headers = self.headers.iter_mut().flat_map(|(_, lines)| lines);
        let tags = match &mut self.if_match {
            Precondition::Lines(lines) => lines.as_mut_slice(),
            Precondition::Absent | Precondition::Tag(_) => &mut [],
        };
        for text in texts.into_iter().flatten().chain(headers).chain(tags) {
            *text = substitute_text(text, bindings);
        }
        match &mut self.body {
            BodyTemplate::Document(document) => *document = substitute(document, bindings),
            BodyTemplate::Text(text) | BodyTemplate::Base64(text) => *text = substitute_text(text, bindings),
            BodyTemplate::Empty | BodyTemplate::Previous | BodyTemplate::Advance => {}
        }
    }
}

impl Precondition {
    /// The current version, as the contract documents it.
    pub const CURRENT: Precondition = Precondition::Tag(KnownTag::Current);

    /// What a form of the scenario language stands for.
    pub fn of(form: &IfMatch) -> Precondition {
        match form {
            IfMatch::Current => Precondition::CURRENT,
            IfMatch::LastEtag => Precondition::Tag(KnownTag::LastEtag),
            IfMatch::Absent => Precondition::Absent,
            IfMatch::Stale => Precondition::Tag(KnownTag::Stale),
            IfMatch::NeverExisted => Precondition::Lines(vec![NEVER_EXISTED.to_owned()]),
            IfMatch::Any => Precondition::Lines(vec![ANY_VERSION.to_owned()]),
            IfMatch::Strong => Precondition::Tag(KnownTag::Strong),
            IfMatch::Raw(lines) => Precondition::Lines(lines.clone()),
        }
    }

    /// The same in an edition: where a vendor demands If-Match, the base specification lets it be left out if the server
    /// shows no version (APPT-VER-05).
    pub fn in_edition(self, edition: Edition) -> Precondition {
        match self {
            Precondition::Tag(KnownTag::Current) if !edition.is_vendor() => {
                Precondition::Tag(KnownTag::CurrentWhereShown)
            }
            Precondition::Absent | Precondition::Tag(_) | Precondition::Lines(_) => self,
        }
    }

    /// Whether it is the current version in the documented form.
    pub fn is_current(&self) -> bool {
        matches!(self, Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown))
    }
}

impl BodyTemplate {
    /// The document, where the body is one.
    pub fn document(&self) -> Option<&Value> {
        match self {
            BodyTemplate::Document(document) => Some(document),
            BodyTemplate::Empty
            | BodyTemplate::Text(_)
            | BodyTemplate::Base64(_)
            | BodyTemplate::Previous
            | BodyTemplate::Advance => None,
        }
    }

    /// The operations of the document, where the body is a list of them.
    pub fn operations_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            BodyTemplate::Document(document) => document.as_array_mut(),
            BodyTemplate::Empty
            | BodyTemplate::Text(_)
            | BodyTemplate::Base64(_)
            | BodyTemplate::Previous
            | BodyTemplate::Advance => None,
        }
    }

    /// Whether a value of the moment is named in it.
    pub fn names(&self, placeholder: Placeholder) -> bool {
        match self {
            BodyTemplate::Document(document) => names(&document.to_string(), placeholder),
            BodyTemplate::Text(text) => names(text, placeholder),
            BodyTemplate::Empty | BodyTemplate::Base64(_) | BodyTemplate::Previous | BodyTemplate::Advance => false,
        }
    }

    fn of(patch: Option<&Patch>, body: Option<&Body>) -> BodyTemplate {
        match (body, patch) {
            (Some(Body::Text(text)), _) => BodyTemplate::Text(text.clone()),
            (Some(Body::Base64(text)), _) => BodyTemplate::Base64(text.clone()),
            (None, Some(Patch::Document(document))) => BodyTemplate::Document(document.clone()),
            (None, Some(Patch::Advance)) => BodyTemplate::Advance,
            (None, Some(Patch::Previous)) => BodyTemplate::Previous,
            (Some(Body::Empty), _) | (None, None) => BodyTemplate::Empty,
        }
    }
}

fn names(text: &str, placeholder: Placeholder) -> bool {
    mentions(text).any(|mention| mention.name == placeholder.name())
}
