//! The digests of a record: over its evidence, and over the whole of it.

use serde::Serialize;

use super::{DriftRecord, RunRecord};
use crate::words::digest::canonical;

/// What the digest of the evidence is over: the digest of each part, so that no part is held in memory a second time.
#[derive(Serialize)]
struct PartDigests {
    exchanges: String,
    trials: String,
    batches: String,
    histories: String,
    lists: String,
    fixtures: String,
    not_run: String,
}

impl RunRecord {
    /// The digest of what was seen; empty where it cannot be computed, which no digest is equal to.
    pub fn evidence_digest(&self) -> String {
        self.part_digests().and_then(|parts| canonical(&parts)).unwrap_or_default()
    }

    fn part_digests(&self) -> serde_json::Result<PartDigests> {
        Ok(PartDigests {
            exchanges: canonical(&self.exchanges)?,
            trials: canonical(&self.trials)?,
            batches: canonical(&self.batches)?,
            histories: canonical(&self.histories)?,
            lists: canonical(&self.lists)?,
            fixtures: canonical(&self.fixtures)?,
            not_run: canonical(&self.not_run)?,
        })
    }

    /// The digest of the whole record, given that of its evidence: over its outline, without the digest of the record.
    pub fn record_digest(&self, evidence: &str) -> String {
        let mut outline = self.outline();
        evidence.clone_into(&mut outline.digests.evidence);
        outline.digests.record.clear();
        canonical(&outline).unwrap_or_default()
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
            lists: Vec::new(),
            sequences: self.sequences.clone(),
            schema: self.schema.clone(),
            tool: self.tool.clone(),
            target: self.target.clone(),
            started: self.started.clone(),
            finished: self.finished.clone(),
            pace: self.pace,
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
