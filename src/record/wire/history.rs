//! What the clients of one race saw of one appointment, request by request.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::ExchangeId;
use crate::judge::lines::{Line, Op};
use crate::judge::{RaceHistory, RaceWitness};
use crate::plan::CaseId;

/// The history of one appointment in one round of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryRecord {
    /// The case.
    pub case: CaseId,
    /// The round, counted from 1.
    pub round: u32,
    /// The appointment contended for.
    pub appointment: String,
    /// The version before the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// The value before the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// The requests of all clients on it.
    pub lines: Vec<LineRecord>,
    /// Why no order of the requests explains the responses, where none does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witness: Option<WitnessRecord>,
}

/// The few requests of a history that no order explains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessRecord {
    /// The name of what went wrong.
    pub anomaly: String,
    /// Why no order explains it, in one sentence without a full stop.
    pub why: String,
    /// Places in the lines of the history, in order of the calls.
    pub lines: Vec<usize>,
}

/// One request of a history and its response, as `patchproof check-history` reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRecord {
    /// Who sent it.
    pub client: u32,
    /// What the request does.
    pub op: OpRecord,
    /// When it was sent.
    pub call: u64,
    /// When the response had been read; absent where none came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ret: Option<u64>,
    /// The If-Match sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub if_match: Option<String>,
    /// The ETag of the response.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// The status code of the response.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The value written or read, in any words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// The exchange of the run it stands for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<ExchangeId>,
}

/// What a request of a history does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpRecord {
    /// Reads.
    Get,
    /// Changes.
    Patch,
    /// Replaces.
    Put,
}

impl From<RaceHistory> for HistoryRecord {
    fn from(history: RaceHistory) -> HistoryRecord {
        let RaceHistory { case, round, appointment, etag, value, lines, witness } = history;
        HistoryRecord {
            case,
            round,
            appointment,
            etag,
            value,
            lines: lines.into_iter().map(LineRecord::from).collect(),
            witness: witness.map(WitnessRecord::from),
        }
    }
}

impl From<RaceWitness> for WitnessRecord {
    fn from(witness: RaceWitness) -> WitnessRecord {
        let RaceWitness { anomaly, why, lines } = witness;
        WitnessRecord { anomaly, why, lines }
    }
}

impl From<Line> for LineRecord {
    fn from(line: Line) -> LineRecord {
        let Line { client, op, call, ret, if_match, etag, status, value, exchange } = line;
        LineRecord { client, op: op.into(), call, ret, if_match, etag, status, value, exchange }
    }
}

impl From<Op> for OpRecord {
    fn from(op: Op) -> OpRecord {
        match op {
            Op::Get => OpRecord::Get,
            Op::Patch => OpRecord::Patch,
            Op::Put => OpRecord::Put,
        }
    }
}
