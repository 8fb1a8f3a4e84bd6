//! How long responses took, by kind of operation; for information, never a verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::{ExchangeRecord, PurposeRecord, RunRecord};

/// A kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatencyGroup {
    PatchCarriedOut,
    PatchRefused,
    /// Requests of several clients at once, the reads among them.
    Race,
    Read,
    Search,
    Create,
}

impl LatencyGroup {
    /// The words in reports.
    pub const fn name(self) -> &'static str {
        match self {
            LatencyGroup::PatchCarriedOut => "PATCH accepted",
            LatencyGroup::PatchRefused => "PATCH rejected",
            LatencyGroup::Race => "in a race",
            LatencyGroup::Read => "read",
            LatencyGroup::Search => "search",
            LatencyGroup::Create => "create",
        }
    }

    fn of(exchange: &ExchangeRecord) -> Option<LatencyGroup> {
        match exchange.purpose {
            PurposeRecord::Preflight | PurposeRecord::Token | PurposeRecord::CleanUp => None,
            PurposeRecord::Race => Some(LatencyGroup::Race),
            PurposeRecord::Search => Some(LatencyGroup::Search),
            PurposeRecord::Create => Some(LatencyGroup::Create),
            PurposeRecord::Read => Some(LatencyGroup::Read),
            PurposeRecord::Walk | PurposeRecord::Try | PurposeRecord::Advance | PurposeRecord::Control
                if !exchange.is_patch() =>
            {
                None
            }
            PurposeRecord::Walk | PurposeRecord::Try | PurposeRecord::Advance | PurposeRecord::Control
                if exchange.succeeded() =>
            {
                Some(LatencyGroup::PatchCarriedOut)
            }
            PurposeRecord::Walk | PurposeRecord::Try | PurposeRecord::Advance | PurposeRecord::Control => {
                Some(LatencyGroup::PatchRefused)
            }
        }
    }
}

/// The latencies of one operation in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub operation: LatencyGroup,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Spread>,
    /// After over before, of the medians, to two digits behind the point.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ratio: Option<f64>,
}

/// How latencies are spread, in microseconds; percentiles by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    pub count: usize,
    pub p50_us: u64,
    pub p95_us: u64,
}

/// The latencies of each kind of operation that either run has responses of.
pub(super) fn latencies(before: &RunRecord, after: &RunRecord) -> Vec<Latency> {
    let (mut old, mut new) = (spreads(before), spreads(after));
    let kinds: std::collections::BTreeSet<LatencyGroup> = old.keys().chain(new.keys()).copied().collect();
    let latency = |operation| {
        let (before, after) = (old.remove(&operation), new.remove(&operation));
        let ratio = before.zip(after).filter(|(before, _)| before.p50_us > 0);
        let ratio = ratio.map(|(before, after)| (100.0 * after.p50_us as f64 / before.p50_us as f64).round() / 100.0);
        Latency { operation, before, after, ratio }
    };
    kinds.into_iter().map(latency).collect()
}

fn spreads(record: &RunRecord) -> BTreeMap<LatencyGroup, Spread> {
    let mut times: BTreeMap<LatencyGroup, Vec<u64>> = BTreeMap::new();
    for exchange in record.exchanges_without_lists().filter(|exchange| exchange.received().is_some()) {
        if let Some(operation) = LatencyGroup::of(exchange) {
            times.entry(operation).or_default().push(exchange.end_us.saturating_sub(exchange.begin_us));
        }
    }
    times.into_iter().map(|(operation, times)| (operation, spread(times))).collect()
}

fn spread(mut times: Vec<u64>) -> Spread {
    times.sort_unstable();
    let rank = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Spread { count: times.len(), p50_us: rank(50).unwrap_or_default(), p95_us: rank(95).unwrap_or_default() }
}
