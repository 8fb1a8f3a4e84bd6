//! What the server remembers of an appointment for deviations alone; the clean path never asks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

/// A version of a resource that a read may still show.
pub(super) type Version = (Value, u64);

/// What deviations remember, by appointment.
#[derive(Debug, Default)]
pub(super) struct DeviationMemory {
    /// A PATCH of some appointment was carried out.
    pub(super) patched: bool,
    /// How many PATCH requests came.
    pub(super) patches: u32,
    /// How many requests showed a token.
    pub(super) shown: u32,
    /// The bodies over which the server has failed.
    pub(super) failed_over: std::collections::BTreeSet<Vec<u8>>,
    traces: BTreeMap<String, Trace>,
}

/// What deviations remember of one appointment.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace {
    /// What the next read shows once more.
    pub(super) echo: Option<Version>,
    /// What the last change replaced.
    pub(super) replaced: Option<Version>,
    /// Until when reads show what was replaced.
    pub(super) behind_until: Option<Timestamp>,
    /// How often it was read since the last change.
    pub(super) reads: u32,
    /// How often it was read at all.
    pub(super) reads_ever: u32,
    /// When it was last changed by a request that met another one.
    pub(super) contested: Option<Timestamp>,
    /// The server fails over the PATCH that comes next before its change is whole.
    pub(super) unfinished: bool,
    /// What reads show while a PATCH is under way.
    pub(super) half: Option<Version>,
}

impl DeviationMemory {
    /// What is remembered of an appointment.
    pub(super) fn trace(&self, id: &str) -> Option<&Trace> {
        self.traces.get(id)
    }

    /// What is remembered of an appointment, to change it.
    pub(super) fn trace_mut(&mut self, id: &str) -> &mut Trace {
        self.traces.entry(id.to_owned()).or_default()
    }
}
