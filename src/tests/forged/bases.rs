//! The records that are forged: of a clean run, and of one with something to hide.

use std::sync::{Arc, OnceLock};

use patchproof::after::verify::circumstances;
use patchproof::campaign::{self, Campaign};
use patchproof::execute::evidence::Evidence;
use patchproof::execute::{Options, ProgressListener};
use patchproof::judge::judge;
use patchproof::plan::{Inputs, Selection, Sizes, decide};
use patchproof::prove::selftest::reference_profile;
use patchproof::record::{PlannedRecord, Redact, RunRecord};
use patchproof::reference::{self, Fault, Variant};
use patchproof::suite::check::shipped;
use patchproof::suite::contract::{Edition, contract};
use patchproof::suite::scenario::Catalogue;

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

/// What is to be run.
#[derive(Default)]
pub(super) struct WantedRun {
    pub edition: Option<Edition>,
    pub faults: Vec<Fault>,
    pub variants: Vec<Variant>,
    pub filters: Vec<&'static str>,
    pub lists: u32,
    pub max_requests: Option<u64>,
    pub redact: Option<Redact>,
    pub headers: Vec<(String, String)>,
    /// Of each kind of appointment, so many are listed and none is made.
    pub scarce: Option<usize>,
    /// The run is interrupted before this request.
    pub interrupted_at: Option<u64>,
    /// Races are of few clients and one round.
    pub short: bool,
}

pub(super) fn catalogue() -> &'static Catalogue {
    static SHIPPED: OnceLock<Catalogue> = OnceLock::new();
    SHIPPED.get_or_init(|| shipped(contract().unwrap()).unwrap())
}

/// Counts requests, and interrupts the run at one of them.
struct Stopper(std::sync::atomic::AtomicU64, u64, tokio::sync::watch::Sender<Option<patchproof::execute::StopSignal>>);

impl ProgressListener for Stopper {
    fn request_done(&self) {
        if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == self.1 {
            self.2.send_replace(Some(patchproof::execute::StopSignal::Interrupt));
        }
    }
    fn case_done(&self) {}
}

/// The record of a run against the reference server.
pub(super) async fn ran(ask: WantedRun) -> RunRecord {
    let (contract, edition) = (contract().unwrap(), ask.edition.unwrap_or(Edition::May2019));
    let config = reference::Config { edition, faults: ask.faults, variants: ask.variants, ..Default::default() };
    let handle = reference::start(config).await.unwrap();
    let mut profile = reference_profile(&handle.base_url(), edition, handle.fixtures());
    profile.redact = ask.redact;
    profile.headers = ask.headers;
    if let Some(most) = ask.scarce {
        profile.create = false;
        profile.fixtures.values_mut().for_each(|ids| ids.truncate(most));
    }
    let selection = Selection { filters: ask.filters.into_iter().map(str::to_owned).collect(), ..Default::default() };
    let few = Sizes { clients: Some(3), rounds: Some(1) };
    let sizes = if ask.short { few } else { Sizes::default() };
    let inputs =
        Inputs { selection, supply: profile.supply(edition), cases: Some(ask.lists), sizes, ..Default::default() };
    let plan = decide(contract, catalogue(), edition, &inputs).unwrap();
    let (stop, interrupted) = tokio::sync::watch::channel(None);
    let options = Options { max_requests: ask.max_requests, ..Options::default() };
    let progress: Arc<dyn ProgressListener> = match ask.interrupted_at {
        Some(at) => Arc::new(Stopper(Default::default(), at, stop)),
        None => Arc::new(Quiet),
    };
    let campaign =
        Campaign { contract, edition, inputs, profile, embedded: true, strict_base: false, options, seed: 0 };
    campaign::run(campaign, plan, progress, interrupted).await.unwrap()
}

const FILTERS: [&str; 4] = ["if-match/", "transitions/booked-to-", "race/", "sequences/walk"];

fn made(faults: &[&str]) -> RunRecord {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(ran(WantedRun {
        faults,
        filters: FILTERS.to_vec(),
        lists: 6,
        short: true,
        ..WantedRun::default()
    }))
}

/// A run in which something is to be hidden.
pub(super) fn faulty() -> &'static RunRecord {
    static FAULTY: OnceLock<RunRecord> = OnceLock::new();
    FAULTY.get_or_init(|| made(&["accept-missing-if-match", "reopen-after-read"]))
}

/// A run in which nothing is broken.
pub(super) fn clean() -> &'static RunRecord {
    static CLEAN: OnceLock<RunRecord> = OnceLock::new();
    CLEAN.get_or_init(|| made(&[]))
}

/// Both, with a word for each.
pub(super) fn all() -> [(&'static str, &'static RunRecord); 2] {
    [("with faults", faulty()), ("clean", clean())]
}

/// Computes the digests of a record again.
pub(super) fn seal(record: &mut RunRecord) {
    record.digests.evidence = record.evidence_digest();
    record.digests.record = record.record_digest(&record.digests.evidence);
}

/// The record that follows from the evidence in another one, as whoever forged it would make it; `None` where no plan can
/// be made or the evidence cannot be read, so that nothing can be judged.
pub(super) fn judged_again(mut record: RunRecord) -> Option<RunRecord> {
    let contract = contract().unwrap();
    let plan = decide(contract, catalogue(), record.edition, &record.inputs).ok()?;
    let evidence: Evidence = record.take_evidence().ok()?;
    let judgement = judge(contract, &plan, &evidence, record.strict_base);
    let circumstances = circumstances(record, PlannedRecord::of(&plan));
    Some(RunRecord::new(contract, &plan, evidence, judgement, circumstances))
}
