//! A request that is not carried out: the clause it breaks, and what the response says of it.

use super::clause::{Clause, Issue};
use super::promise::Promises;

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rejection {
    /// The clause that the request breaks.
    pub(super) clause: Clause,
    /// The status code of the response.
    pub(super) status: u16,
    /// The type of the issue in the OperationOutcome.
    pub(super) issue: Issue,
    /// One sentence about what was wrong.
    pub(super) message: String,
    /// Headers that the response has besides those of every response.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Whether the response has a body.
    pub(super) has_body: bool,
}

impl Rejection {
    /// The rejection that the contract has for a clause.
    pub(super) fn new(clause: Clause, promises: &Promises, message: String) -> Rejection {
        let (status, issue) = (clause.status(promises), clause.issue());
        Rejection { clause, status, issue, message, headers: Vec::new(), has_body: true }
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Rejection {
        self.headers.push((name, value.into()));
        self
    }

    /// Leaves the body empty.
    pub(super) fn without_body(mut self) -> Rejection {
        self.has_body = false;
        self
    }
}

/// The first characters of a client's text, for a message.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(MOST).collect();
    if text.chars().count() > MOST {
        short.push('…');
    }
    short
}
