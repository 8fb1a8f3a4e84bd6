//! Re-judges a recorded run offline: makes its plan again, computes every verdict from the evidence, and tells what differs.

mod clean_up;
mod compare;
mod difference;
mod evidence;
mod filled;
mod lists;
mod order;
mod places;
mod reads;
mod requests;
#[cfg(test)]
mod tests;
mod told;
mod traces;
mod trials;

pub use difference::{Difference, DifferenceKind};

use serde::Serialize;

use difference::evidence_difference;
use places::Places;

use crate::judge::{RunVerdict, judge_beside_clean_up};
use crate::plan::decide;
use crate::record::{Circumstances, Misfit, PlannedRecord, Redact, RunRecord};
use crate::suite::check::with_texts;
use crate::suite::contract::Contract;
use crate::suite::scenario::{Catalogue, LoadError, shipped_digest};

/// What a record and its evidence come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// The verdict that follows from the evidence.
    pub verdict: RunVerdict,
    pub exchanges: usize,
    pub cases: usize,
    pub requirements: usize,
    pub differences: Vec<Difference>,
    /// What no look at a record can tell, in plain words.
    pub cannot_tell: Vec<String>,
}

/// Why a record cannot be judged again.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(
        "the run was judged by other {what} than this patchproof {here} has (the record says {recorded}, here they are \
         {computed}); verify it with the version that made it, patchproof {maker}"
    )]
    OtherTables { what: &'static str, here: &'static str, maker: String, recorded: String, computed: String },
    #[error(
        "the run was judged by version {recorded} of the suite, and this patchproof {here} has version {computed}; verify it \
         with the version that made it, patchproof {maker}"
    )]
    OtherSuite { here: &'static str, maker: String, recorded: u32, computed: u32 },
    #[error("the scenario files in the record cannot be read")]
    Scenarios(LoadError),
}

/// Judges a record again.
///
/// # Errors
/// It was judged by other tables or scenarios than this program has, or its own scenario files cannot be read.
pub fn verify(contract: &Contract, record: RunRecord) -> Result<Verification, Refusal> {
    same_suite(&record)?;
    same_tables(contract, &record)?;
    let catalogue = with_texts(&record.inputs.scenarios, contract).map_err(Refusal::Scenarios)?;
    Ok(with_catalogue(contract, &catalogue, record))
}

/// Judges a record again, by scenarios that are at hand.
pub(crate) fn with_catalogue(contract: &Contract, catalogue: &Catalogue, mut record: RunRecord) -> Verification {
    let plan = match decide(contract, catalogue, record.edition, &record.inputs) {
        Ok(plan) => plan,
        Err(error) => return no_plan(&record, &error.to_string()),
    };
    let digest = record.evidence_digest();
    let record_digest = record.record_digest(&digest);
    let outline = record.outline();
    let mut seen = match record.take_evidence() {
        Ok(seen) => seen,
        Err(misfit) => return no_evidence(&outline, misfit),
    };
    let mut differences = Vec::new();
    evidence::check(&record, &seen, &plan, &mut differences);
    lists::check(&record, &seen, &plan, &mut differences);
    let places = Places::of(&plan);
    requests::check(&record, &seen, &places, &mut differences);
    filled::check(&record, &seen, &mut differences);
    trials::check(&seen, &places, &mut differences);
    reads::check(&seen, &mut differences);
    clean_up::check(&seen, &mut differences);
    told::check(&record, &seen, &places, &mut differences);
    traces::check(&record, &seen, &mut differences);
    let exchanges = seen.exchanges.len();
    let judgement = judge_beside_clean_up(contract, &plan, &mut seen, record.strict_base);
    lists::shown(&judgement.lists, &mut differences);
    let verdict = judgement.verdict;
    let histories = std::mem::take(&mut record.histories);
    let mut again =
        RunRecord::assemble(contract, &plan, seen, judgement, circumstances(record, PlannedRecord::of(&plan)));
    // What cannot be computed is equal to nothing.
    for (place, digest) in [("digests.evidence", &digest), ("digests.record", &record_digest)] {
        if digest.is_empty() {
            differences.push(Difference {
                kind: DifferenceKind::Digest,
                place: place.to_owned(),
                recorded: "a digest".to_owned(),
                computed: "none: it cannot be computed".to_owned(),
            });
        }
    }
    again.digests.evidence = digest;
    again.digests.record = record_digest;
    if histories != again.histories {
        compare::values("histories", &histories, &again.histories, &mut differences);
    }
    // Names and numbers of the program that made it are no part of what can be computed.
    again.tool = outline.tool.clone();
    // Another version of the program has another proof of the same suite.
    if outline.tool.version != env!("CARGO_PKG_VERSION") {
        again.suite.kill_matrix.clone_from(&outline.suite.kill_matrix);
    }
    // So are the snapshots that the responses were compared with.
    again.drift = outline.drift.clone();
    again.summary.exit_code = again.ending().code();
    compare::values("", &outline, &again.outline(), &mut differences);
    differences.sort_by_key(|difference| difference.kind);
    Verification {
        verdict,
        exchanges,
        cases: again.cases.len(),
        requirements: again.requirements.len(),
        differences,
        cannot_tell: cannot_tell(&outline),
    }
}

fn same_suite(record: &RunRecord) -> Result<(), Refusal> {
    let (recorded, computed) = (record.suite.version, crate::suite::VERSION);
    if recorded == computed {
        return Ok(());
    }
    let maker = record.tool.version.chars().take(40).collect();
    Err(Refusal::OtherSuite { here: env!("CARGO_PKG_VERSION"), maker, recorded, computed })
}

fn same_tables(contract: &Contract, record: &RunRecord) -> Result<(), Refusal> {
    let scenarios = shipped_digest();
    let short = |text: &str| text.chars().take(12).collect::<String>();
    for (what, recorded, computed) in [
        ("tables of the contract", &record.contract.digest, &contract.digest),
        ("scenarios", &record.digests.scenarios, &scenarios),
    ] {
        if recorded != computed {
            return Err(Refusal::OtherTables {
                what,
                here: env!("CARGO_PKG_VERSION"),
                maker: record.tool.version.chars().take(40).collect(),
                recorded: short(recorded),
                computed: short(computed),
            });
        }
    }
    Ok(())
}

/// The selection in the record selects nothing: then nothing in it can be judged.
fn no_plan(record: &RunRecord, why: &str) -> Verification {
    let difference = Difference {
        kind: DifferenceKind::Judgement,
        place: "inputs.selection".to_owned(),
        recorded: format!("a run of edition {}", record.edition),
        computed: format!("no plan can be made from it: {why}"),
    };
    Verification {
        verdict: RunVerdict::Error,
        exchanges: record.exchanges.len(),
        cases: 0,
        requirements: 0,
        differences: vec![difference],
        cannot_tell: cannot_tell(record),
    }
}

/// Something in the evidence stands for nothing: then nothing can be judged by it.
fn no_evidence(outline: &RunRecord, misfit: Misfit) -> Verification {
    Verification {
        verdict: RunVerdict::Error,
        exchanges: 0,
        cases: 0,
        requirements: 0,
        differences: vec![evidence_difference(misfit.place, misfit.found, misfit.expected)],
        cannot_tell: cannot_tell(outline),
    }
}

/// What a record says of how it came about, for one that is judged again by its evidence.
pub fn circumstances(record: RunRecord, decided: PlannedRecord) -> Circumstances {
    Circumstances {
        base_url: record.target.base_url,
        embedded: record.target.embedded,
        headers: record.target.headers,
        about: record.target.about,
        redaction: record.target.redaction,
        started: record.started,
        finished: record.finished,
        seed: record.seed,
        strict_base: record.strict_base,
        cut_short: record.cut_short,
        signal: record.signal,
        pace: record.pace,
        inputs: record.inputs,
        decided,
    }
}

/// What follows where another version of the program made the record.
fn other_program(record: &RunRecord) -> Option<String> {
    let (maker, this) = (&record.tool.version, env!("CARGO_PKG_VERSION"));
    (maker != this).then(|| {
        let maker: String = maker.chars().take(40).collect();
        format!(
            "whether patchproof {maker}, which made the record, judges like patchproof {this}, which judged it now by the same \
             tables: verify a difference with {maker} too"
        )
    })
}

fn cannot_tell(record: &RunRecord) -> Vec<String> {
    let mut told: Vec<String> = other_program(record).into_iter().collect();
    told.extend([
        format!("that the exchanges were with the server at {}, and not with another one", record.target.base_url),
        "that whoever made the record left out no run and no exchange that they did not like, or made none up"
            .to_owned(),
        "who made the record: a digest is not a signature, and whoever changes a record can compute its digests anew"
            .to_owned(),
    ]);
    if record.target.redaction == Redact::Phi {
        told.push(
            "what stood in the place of redacted values, beyond which of them are equal; the run judged the redacted ones"
                .to_owned(),
        );
    }
    let not_kept: u32 = record.sequences.iter().map(|sequence| sequence.not_kept).fold(0, u32::saturating_add);
    if not_kept > 0 {
        told.push(format!("what became of {not_kept} generated lists that showed nothing new and are only counted"));
    }
    if let Some(why) = &record.cut_short {
        told.push(format!("what the rest of the run would have shown: {why}"));
    }
    told
}

impl Verification {
    /// Whether the record says what its evidence says.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}
