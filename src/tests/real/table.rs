//! What a run against a server that is not ours must find, as a table, and where a run and the server part from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;

use patchproof::suite::contract::{Edition, Level, contract};
use patchproof::words::yaml;
use serde::Deserialize;
use serde_json::Value;

use super::hand::{Fixture, Hand};

/// What a run must find of one server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// Its name and release.
    server: String,
    rows: Vec<Row>,
}

/// What must come of one requirement. A requirement without a row is kept, observed or not applicable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    requirement: String,
    /// The variants of the server that it is about; all of them where none is named.
    #[serde(default)]
    on: Vec<String>,
    verdict: Verdicts,
    /// What of the server makes it so.
    why: String,
    /// The requests that prove it, on a fresh appointment: `$id`, with the tag `$etag` and the version `$version`, beside
    /// another one, `$other`.
    #[serde(default)]
    shown: Vec<Hand>,
    /// The requests show a breach that the run does not find, of a rule that the catalogue may not even have.
    #[serde(default)]
    missed: bool,
}

/// One verdict, or several where chance decides.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Verdicts {
    One(String),
    Any(Vec<String>),
}

impl Verdicts {
    fn all(&self) -> &[String] {
        match self {
            Verdicts::One(verdict) => std::slice::from_ref(verdict),
            Verdicts::Any(verdicts) => verdicts,
        }
    }

    fn have(&self, verdict: &str) -> bool {
        self.all().iter().any(|one| one == verdict)
    }
}

impl Table {
    /// Reads the table of one variant of a server.
    pub(super) fn read(file: &str, text: &str, variant: &str) -> Table {
        let node = yaml::parse(file, text).unwrap_or_else(|problem| panic!("{problem:?}"));
        let mut table: Table = yaml::read(file, &node).unwrap_or_else(|problems| panic!("{problems:#?}"));
        table.rows.retain(|row| row.on.is_empty() || row.on.iter().any(|on| on == variant));
        table.server = format!("{} {variant}", table.server);
        table
    }

    /// What is wrong with the table itself.
    pub(super) fn faults(&self) -> Vec<String> {
        let contract = contract().unwrap();
        let mut faults = Vec::new();
        let mut seen = Vec::new();
        for row in &self.rows {
            let id = &row.requirement;
            let known = contract.requirements.iter().find(|requirement| requirement.id.as_str() == id);
            let Some(known) = known.filter(|known| known.standing(Edition::FhirR4).is_some()) else {
                if row.missed && !row.shown.is_empty() {
                    continue;
                }
                faults.push(format!("{}: {id} is no requirement of fhir-r4", self.server));
                continue;
            };
            if seen.contains(&id) {
                faults.push(format!("{}: {id} stands twice", self.server));
            }
            seen.push(id);
            let broken = row.missed || (row.verdict.have("fail") && known.level == Level::Must);
            if broken && row.shown.is_empty() && row.verdict.all().len() == 1 {
                faults.push(format!("{}: {id} is said to be broken, and no request shows it", self.server));
            }
            if row.why.is_empty() {
                faults.push(format!("{}: {id} has no reason", self.server));
            }
        }
        faults
    }

    /// Where the verdicts of a run part from the table.
    pub(super) fn differences(&self, verdicts: &BTreeMap<String, (String, String)>) -> Vec<String> {
        /// What needs no row.
        const QUIET: [&str; 3] = ["pass", "observed", "not-applicable"];
        let contract = contract().unwrap();
        let asks_nothing = |id: &str| {
            let known = contract.requirements.iter().find(|requirement| requirement.id.as_str() == id);
            known.is_some_and(|known| known.not_tested.is_some())
        };
        let mut wrong = Vec::new();
        for (id, (verdict, reason)) in verdicts {
            let row = self.rows.iter().find(|row| row.requirement == *id);
            match row {
                Some(row) if row.verdict.have(verdict) => {}
                Some(Row { verdict: expected, why, .. }) => {
                    let expected = expected.all().join(" or ");
                    wrong.push(format!("{id}: expected {expected} ({why}), found {verdict} ({reason})"));
                }
                None if QUIET.contains(&verdict.as_str()) || asks_nothing(id) => {}
                None => wrong.push(format!("{id}: expected nothing, found {verdict} ({reason})")),
            }
        }
        let missing = self.rows.iter().filter(|row| !verdicts.contains_key(&row.requirement) && !row.missed);
        wrong.extend(missing.map(|row| format!("{}: expected {}, found no result", row.requirement, row.why)));
        wrong.into_iter().map(|what| format!("{}: {what}", self.server)).collect()
    }

    /// Where the server responds to the requests of the table in another way.
    pub(super) fn shown(&self, base_url: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        for row in self.rows.iter().filter(|row| !row.shown.is_empty()) {
            let fixture = Fixture::make(base_url);
            let found = row.shown.iter().flat_map(|hand| fixture.differences(hand));
            wrong.extend(found.map(|what| format!("{}: {}: {what}", self.server, row.requirement)));
        }
        wrong
    }
}

/// The verdict of every requirement in a record, with its reason.
pub(super) fn verdicts(record: &Value) -> BTreeMap<String, (String, String)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = record["requirements"].as_array().unwrap().iter();
    entries.map(|entry| (text(entry, "id"), (text(entry, "verdict"), text(entry, "reason")))).collect()
}
