//! The digests of a record: over its evidence, and over the whole of it.

use std::io::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{DriftRecord, RunRecord, SequenceRecord};

/// SHA-256 in hexadecimal. The form that is hashed is compact JSON in the order of the schema, so white space does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// Over the shipped scenario files.
    pub scenarios: String,
    /// Over the plan.
    pub plan: String,
    /// Over everything that was seen: exchanges, trials, batches, histories, sequences, appointments, cases not run.
    pub evidence: String,
    /// Over the whole record: the digest of the evidence and everything else but this.
    pub record: String,
}

impl RunRecord {
    /// The digest of what was seen.
    pub fn evidence_digest(&self) -> String {
        hex(&(
            &self.exchanges,
            &self.trials,
            &self.batches,
            &self.histories,
            &self.sequences,
            &self.fixtures,
            &self.not_run,
        ))
    }

    /// The digest of the whole record, given that of its evidence.
    pub fn record_digest(&self, evidence: &str) -> String {
        // Naming every field makes whoever adds one decide whether it is evidence.
        let RunRecord {
            schema,
            tool,
            edition,
            strict_base,
            target,
            started,
            finished,
            seed,
            cut_short,
            contract,
            inputs,
            digests: Digests { scenarios, plan: plan_digest, evidence: _, record: _ },
            plan,
            summary,
            requirements,
            cases,
            fixtures: _,
            trials: _,
            batches: _,
            not_run: _,
            histories: _,
            exchanges: _,
            sequences: _,
            drift,
            suite,
        } = self;
        let head = (schema, tool, edition, strict_base, target, started, finished, seed, cut_short);
        hex(&(
            head,
            contract,
            inputs,
            scenarios,
            plan_digest,
            plan,
            summary,
            requirements,
            cases,
            (drift, suite),
            evidence,
        ))
    }

    /// Sets the digests of the evidence and of the record.
    pub(super) fn seal(&mut self) {
        self.digests.evidence = self.evidence_digest();
        self.digests.record = self.record_digest(&self.digests.evidence);
    }

    /// Adds what a comparison with accepted snapshots showed; it may decide how the run ends.
    pub fn add_drift(&mut self, drift: DriftRecord) {
        self.drift = Some(drift);
        self.summary.exit_code = self.ending().code();
        self.digests.record = self.record_digest(&self.digests.evidence);
    }

    /// The record without what was seen: what is computed from it, and what was told about the run.
    pub fn outline(&self) -> RunRecord {
        RunRecord {
            exchanges: Vec::new(),
            trials: Vec::new(),
            batches: Vec::new(),
            fixtures: Vec::new(),
            not_run: Vec::new(),
            histories: Vec::new(),
            sequences: self.sequences.iter().map(SequenceRecord::outline).collect(),
            schema: self.schema.clone(),
            tool: self.tool.clone(),
            target: self.target.clone(),
            started: self.started.clone(),
            finished: self.finished.clone(),
            cut_short: self.cut_short.clone(),
            contract: self.contract.clone(),
            inputs: self.inputs.clone(),
            digests: self.digests.clone(),
            plan: self.plan.clone(),
            summary: self.summary.clone(),
            requirements: self.requirements.clone(),
            cases: self.cases.clone(),
            drift: self.drift.clone(),
            suite: self.suite.clone(),
            ..*self
        }
    }
}

fn hex(value: &impl Serialize) -> String {
    struct Feed(Sha256);
    impl Write for Feed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut feed = std::io::BufWriter::with_capacity(1 << 16, Feed(Sha256::new()));
    // Neither the hash nor the types of a record can fail.
    let _ = serde_json::to_writer(&mut feed, value);
    let Ok(feed) = feed.into_inner() else { return String::new() };
    feed.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
