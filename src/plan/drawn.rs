//! A step of a generated list as data: what was drawn, whatever drew it, and the step that it stands for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BodyTemplate, Precondition, RequestTemplate, Step};
use crate::suite::contract::Edition;
use crate::suite::scenario::IfMatch;

/// What one step of a generated list sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DrawnStep {
    /// A GET of the appointment.
    Read,
    /// A PATCH of the appointment.
    Patch(DrawnPatch),
}

/// A PATCH that is as documented but for what is said here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnPatch {
    /// The body.
    pub body: DrawnBody,
    /// Headers that differ from the documented ones.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<DrawnHeader>,
    /// What If-Match carries.
    pub if_match: IfMatch,
}

/// The body of a drawn PATCH.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DrawnBody {
    /// A JSON value; `$names` in it stand for what only the run knows.
    Document(Value),
    /// These pieces of text, one after another.
    Text(Vec<Piece>),
}

/// A text, and how many times it stands there; a body of megabytes is drawn from a few such pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// How many times.
    pub times: u32,
}

/// A header that differs from the documented one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnHeader {
    /// Its name.
    pub name: String,
    /// One line for each value; absent where the header is left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lines: Option<Vec<String>>,
}

impl DrawnStep {
    /// A PATCH that is as documented but for its body.
    pub fn of(body: DrawnBody) -> DrawnStep {
        DrawnStep::Patch(DrawnPatch { body, headers: Vec::new(), if_match: IfMatch::Current })
    }

    /// The document of the step, where it sends one.
    pub fn document(&self) -> Option<&Value> {
        match self {
            DrawnStep::Patch(DrawnPatch { body: DrawnBody::Document(document), .. }) => Some(document),
            DrawnStep::Patch(DrawnPatch { body: DrawnBody::Text(_), .. }) | DrawnStep::Read => None,
        }
    }

    /// The operations of the document of the step, where it sends one that is a list.
    pub fn operations_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            DrawnStep::Patch(DrawnPatch { body: DrawnBody::Document(Value::Array(list)), .. }) => Some(list),
            DrawnStep::Patch(_) | DrawnStep::Read => None,
        }
    }

    /// The request that the step stands for, with If-Match as a vendor documents it.
    pub fn request(&self) -> RequestTemplate {
        match self {
            DrawnStep::Read => {
                RequestTemplate { method: "GET".to_owned(), ..RequestTemplate::patch(BodyTemplate::Empty) }
            }
            DrawnStep::Patch(DrawnPatch { body, headers, if_match }) => RequestTemplate {
                headers: headers.iter().map(DrawnHeader::values).collect(),
                if_match: Precondition::of(if_match),
                ..RequestTemplate::patch(match body {
                    DrawnBody::Document(document) => BodyTemplate::Document(document.clone()),
                    DrawnBody::Text(pieces) => BodyTemplate::Text(text(pieces)),
                })
            },
        }
    }

    /// The step in an edition. Nothing is expected of its response: what is right follows from the model.
    pub fn step(&self, edition: Edition) -> Step {
        let request = self.request();
        let if_match = request.if_match.clone().in_edition(edition);
        Step::unjudged(request.with_if_match(if_match))
    }
}

impl DrawnHeader {
    fn values(&self) -> (String, Vec<String>) {
        (self.name.clone(), self.lines.clone().unwrap_or_default())
    }
}

impl Piece {
    /// A text that stands there once.
    pub fn once(text: impl Into<String>) -> Piece {
        Piece { text: text.into(), times: 1 }
    }
}

/// The text that pieces make together.
pub fn text(pieces: &[Piece]) -> String {
    let repeated = |piece: &Piece| piece.text.repeat(usize::try_from(piece.times).unwrap_or(0));
    pieces.iter().map(repeated).collect()
}
