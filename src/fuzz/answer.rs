//! An answer in place of one that a sound server gave: read, judged, recorded and reported, whatever it says.

use std::sync::{Arc, OnceLock};

use super::record::is_calm;
use super::words::words;
use crate::campaign;
use crate::contract::{Contract, Edition, contract};
use crate::execute::evidence::{Answer, Evidence, Purpose};
use crate::execute::{Options, Progress, parse_answer};
use crate::judge::{RunVerdict, judge};
use crate::plan::{Plan, Selection};
use crate::record::{Circumstances, Inputs, Redact, RunRecord};
use crate::report::Verbosity;
use crate::scenario::shipped;
use crate::server;

/// Bytes of a body that are kept.
const LIMIT: usize = 16 * 1024;

/// The cases that are judged: all kinds of checks in few requests.
const CASES: [&str; 6] =
    ["transitions/booked-", "if-match/", "document/", "lost-update/", "every/", "race/patched-again"];

/// A run that a sound server was given.
struct Scene {
    contract: &'static Contract,
    plan: Plan,
    evidence: Evidence,
    verdict: RunVerdict,
}

/// The first two bytes choose the exchange, the rest is its answer as it comes off the wire. No answer breaks the judge, and
/// a server that answers what must succeed with anything but a success is not conformant.
pub fn answer(data: &[u8]) {
    let (Some((choice, wire)), Some(scene)) = (data.split_first_chunk::<2>(), scene()) else { return };
    let Some(received) = parse_answer(wire, LIMIT) else { return };
    received.headers.iter().for_each(|(_, value)| words(value));
    let mut evidence = scene.evidence.clone();
    let count = evidence.exchanges.len();
    let Some(exchange) = evidence.exchanges.get_mut(usize::from(u16::from_le_bytes(*choice)) % count) else { return };
    let spoilt = exchange.purpose == Purpose::Advance && exchange.succeeded() && !received.status.is_success();
    exchange.answer = Answer::Received(received);
    let judgement = judge(scene.contract, &scene.plan, &evidence, Vec::new(), false);
    if spoilt && scene.verdict == RunVerdict::Conformant {
        assert_ne!(judgement.verdict, RunVerdict::Conformant, "what must succeed did not, and nobody minds");
    }
    let circumstances = Circumstances {
        base_url: "http://127.0.0.1:1".to_owned(),
        embedded: true,
        started: String::new(),
        finished: String::new(),
        seed: 0,
        strict_base: false,
        cut_short: None,
        redaction: Redact::None,
        inputs: Inputs::default(),
        sequences: Vec::new(),
    };
    is_calm(&RunRecord::new(scene.contract, &scene.plan, evidence, judgement, circumstances), Verbosity::Normal);
}

struct Quiet;

impl Progress for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

/// Run once a process; `None` where there is no port to be had.
fn scene() -> Option<&'static Scene> {
    static SCENE: OnceLock<Option<Scene>> = OnceLock::new();
    SCENE.get_or_init(run).as_ref()
}

fn run() -> Option<Scene> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().ok()?;
    let edition = Edition::May2019;
    let contract = contract().ok()?;
    let catalogue = shipped(contract).ok()?;
    let (plan, evidence) = runtime.block_on(async {
        let handle = server::start(server::Config { edition, ..server::Config::default() }).await.ok()?;
        let profile = crate::cli::reference_profile(&handle.base_url(), edition, handle.fixtures());
        let filters = CASES.map(str::to_owned).to_vec();
        let selection = Selection { filters, ..Selection::default() };
        let mut plan = campaign::plan(contract, &catalogue, edition, &selection, &profile.supply(edition)).ok()?;
        plan.sequences.clear();
        let (_stop, interrupted) = tokio::sync::watch::channel(false);
        let shared = Arc::new(plan.clone());
        let run = crate::execute::run(shared, &profile, &Options::default(), Arc::new(Quiet), interrupted).await;
        Some((plan, run.ok()?.0))
    })?;
    let verdict = judge(contract, &plan, &evidence, Vec::new(), false).verdict;
    Some(Scene { contract, plan, evidence, verdict })
}
