//! The ledger of a target: what a run writes to, on disk before it is written to, so that a killed run can be cleaned up.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::suite::contract::Edition;

pub use file::{Ledger, LedgerError, open_ledger};

/// The version of this form. A reader rejects every other one.
const LEDGER: &str = "patchproof/ledger/1";

/// What became of an appointment that a run made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixtureEnd {
    /// It was cancelled.
    Cancelled,
    /// It is in a status that nothing follows, such as fulfilled.
    Final,
    /// It is left as it is: the contract has no request that cancels it.
    Kept,
    /// It is no longer there.
    Gone,
    /// It could not be cancelled: the target rejected it, did not respond, or there was no time left.
    Failed,
}

impl FixtureEnd {
    /// Whether nothing is left to be done.
    pub const fn is_done(self) -> bool {
        match self {
            FixtureEnd::Cancelled | FixtureEnd::Final | FixtureEnd::Gone => true,
            FixtureEnd::Kept | FixtureEnd::Failed => false,
        }
    }
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LedgerEntry {
    /// A run begins.
    #[serde(rename_all = "kebab-case")]
    Run { schema: String, base_url: String, edition: Edition, process: u32, at: String },
    /// A POST that makes an appointment is about to be sent.
    Asked {
        ask: u64,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        status: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        slot: Option<String>,
        at: String,
    },
    /// It made nothing.
    Rejected { ask: u64 },
    /// It made this appointment.
    Made { ask: u64, id: String },
    /// A listed appointment is about to be written to.
    Written { id: String },
    /// What became of an appointment that was made.
    Done {
        id: String,
        end: FixtureEnd,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        status: Option<String>,
    },
}

/// A POST after which nobody knows whether it made an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostAsk {
    /// The status that the appointment would have.
    pub status: Option<String>,
    /// The slot that it would take.
    pub slot: Option<String>,
    /// When it was sent, RFC 3339.
    pub at: String,
}

/// What a ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerContents {
    pub base_url: String,
    /// Of the last run.
    pub edition: Edition,
    /// What was made, and what became of it last.
    pub made: Vec<(String, Option<FixtureEnd>)>,
    pub lost: Vec<LostAsk>,
    /// Listed appointments that were written to.
    pub written: BTreeSet<String>,
}

impl LedgerContents {
    /// Reads a ledger. A line that a killed run did not finish says nothing; what it was about was not sent.
    ///
    /// # Errors
    /// It is no ledger, or one of another version, or its runs are of different targets; in words.
    pub fn read(text: &str) -> Result<LedgerContents, String> {
        let entries = text.lines().filter_map(|line| serde_json::from_str::<LedgerEntry>(line).ok());
        let mut target: Option<(String, Edition)> = None;
        let mut made: Vec<(String, Option<FixtureEnd>)> = Vec::new();
        let mut asked: BTreeMap<(usize, u64), LostAsk> = BTreeMap::new();
        let mut written = BTreeSet::new();
        let mut run = 0;
        for entry in entries {
            match entry {
                LedgerEntry::Run { schema, base_url, edition, .. } => {
                    if schema != LEDGER {
                        return Err(format!("expected a ledger of the form {LEDGER}, found {schema}"));
                    }
                    if let Some((before, _)) = target.as_ref().filter(|(before, _)| *before != base_url) {
                        return Err(format!("expected one target, found {before} and {base_url}"));
                    }
                    target = Some((base_url, edition));
                    run += 1;
                }
                LedgerEntry::Asked { ask, status, slot, at } => {
                    asked.insert((run, ask), LostAsk { status, slot, at });
                }
                LedgerEntry::Rejected { ask } => _ = asked.remove(&(run, ask)),
                LedgerEntry::Made { ask, id } => {
                    asked.remove(&(run, ask));
                    if !made.iter().any(|(known, _)| *known == id) {
                        made.push((id, None));
                    }
                }
                LedgerEntry::Written { id } => _ = written.insert(id),
                LedgerEntry::Done { id, end, .. } => {
                    made.iter_mut().filter(|(known, _)| *known == id).for_each(|(_, last)| *last = Some(end));
                }
            }
        }
        let Some((base_url, edition)) = target else {
            return Err("expected a ledger, whose lines are JSON and begin with that of a run".to_owned());
        };
        Ok(LedgerContents { base_url, edition, made, lost: asked.into_values().collect(), written })
    }

    /// The appointments that are still to be cancelled.
    pub fn due(&self) -> Vec<String> {
        let due = self.made.iter().filter(|(_, end)| !end.is_some_and(FixtureEnd::is_done));
        due.map(|(id, _)| id.clone()).collect()
    }

    /// Whether nothing is left that anybody has to look at.
    pub fn is_settled(&self) -> bool {
        self.lost.is_empty() && self.due().is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const RUN: &str = r#"{"entry":"run","schema":"patchproof/ledger/1","base-url":"http://a/r4","edition":"2024-03","process":1,"at":"t"}"#;

    #[test]
    fn what_was_made_is_due_until_it_is_done() {
        let text = [
            RUN,
            r#"{"entry":"asked","ask":0,"status":"booked","slot":"Slot/3","at":"t1"}"#,
            r#"{"entry":"made","ask":0,"id":"a"}"#,
            r#"{"entry":"asked","ask":1,"at":"t2"}"#,
            r#"{"entry":"rejected","ask":1}"#,
            r#"{"entry":"asked","ask":2,"status":"proposed","at":"t3"}"#,
            r#"{"entry":"written","id":"listed"}"#,
            RUN,
            r#"{"entry":"asked","ask":0,"at":"t4"}"#,
            r#"{"entry":"made","ask":0,"id":"b"}"#,
            r#"{"entry":"done","id":"a","end":"cancelled"}"#,
            r#"{"entry":"done","id":"b","end":"failed"}"#,
            r#"{"entry":"ma"#,
        ];
        let contents = LedgerContents::read(&text.join("\n")).unwrap();
        assert_eq!(contents.due(), ["b"]);
        assert_eq!(contents.lost.iter().map(|lost| lost.at.as_str()).collect::<Vec<_>>(), ["t3"]);
        assert_eq!(contents.written.len(), 1);
        assert!(!contents.is_settled());
    }

    #[test]
    fn what_is_no_ledger_is_rejected() {
        let other = RUN.replace("http://a", "http://b");
        for text in [String::new(), "hello".to_owned(), RUN.replace("ledger/1", "ledger/9"), format!("{RUN}\n{other}")]
        {
            assert!(LedgerContents::read(&text).is_err(), "{text}");
        }
    }
}
