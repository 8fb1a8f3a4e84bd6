//! Runs of the harness against reference servers in this process, several at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::campaign::{self, Campaign, Judged};
use crate::execute::{Options, ProgressListener};
use crate::plan::{Inputs, Selection, decide};
use crate::record::{RunVerdict, Verdict};
use crate::reference::{self, Config, Fault, Variant};
use crate::suite::contract::{Contract, Edition, RequirementId};
use crate::suite::scenario::Catalogue;
use crate::words::json::STACK;

use super::embedded::{reference_profile, reference_supply};

/// One run to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub edition: Edition,
    pub subject: Subject,
    /// What is run; the whole default run where absent.
    pub focus: Option<Focus>,
    pub pace: Pace,
}

/// The cases around one opened transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    /// The ids of the cases that are run.
    pub cases: Vec<String>,
    /// The id of the one that must fail, and no other.
    pub failing: String,
}

/// The server of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Clean,
    Variant(Variant),
    Fault(Fault),
}

/// How a run is hurried or held up, none of which may change what it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Number of appointments worked on concurrently.
    pub jobs: usize,
    /// The most that a response is held back.
    pub jitter: Duration,
    /// What the jitter and the order of lanes are drawn from; the planned order where absent.
    pub seed: Option<u64>,
}

impl Default for Pace {
    /// One appointment at a time, so that which one a repeated request gets is not left to chance.
    fn default() -> Self {
        Pace { jobs: 1, jitter: Duration::ZERO, seed: None }
    }
}

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub verdict: RunVerdict,
    pub reason: String,
    /// The verdict on each requirement, and what it rests on.
    pub requirements: BTreeMap<RequirementId, (Verdict, String)>,
    /// The verdict on each case.
    pub cases: BTreeMap<String, Verdict>,
}

/// What all runs share.
pub struct Bench<'a> {
    pub contract: &'a Contract,
    pub catalogue: &'a Catalogue,
    /// Faults that are left out of the servers, so that the check itself can be seen to fail.
    pub disabled: Vec<Fault>,
    /// Requirements whose verdicts are thrown away, for the same purpose.
    pub muted: Vec<RequirementId>,
}

struct Silent;

impl ProgressListener for Silent {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

impl Bench<'_> {
    /// Makes all runs, `workers` at a time, tells each that is done, and gives what they came to in the order asked.
    ///
    /// # Errors
    /// A run that could not be made, and why.
    pub fn all(&self, list: &[Job], workers: usize, done: &(dyn Fn(&Job) + Sync)) -> Result<Vec<Seen>, String> {
        let (late, prompt): (Vec<usize>, Vec<usize>) =
            (0..list.len()).partition(|number| list.get(*number).is_some_and(|job| job.subject.is_late()));
        // Every other worker begins with the runs that mostly wait and the others with those that do not, so that neither a
        // core nor, at the end, anybody waits for them.
        let queue: Mutex<VecDeque<usize>> = Mutex::new(late.into_iter().chain(prompt).collect());
        let seen: Mutex<Vec<Option<Result<Seen, String>>>> = Mutex::new(vec![None; list.len()]);
        std::thread::scope(|scope| {
            let (queue, seen) = (&queue, &seen);
            for worker in 0..workers.clamp(1, list.len().max(1)) {
                let work = move || {
                    loop {
                        let next = if worker % 2 == 0 { lock(queue).pop_front() } else { lock(queue).pop_back() };
                        let Some(number) = next else { return };
                        let Some(job) = list.get(number) else { return };
                        let run = self.one(job);
                        done(job);
                        if let Some(place) = lock(seen).get_mut(number) {
                            *place = Some(run);
                        }
                    }
                };
                // Bodies are nested as deep as a run sends them. A worker that the system does not give leaves its runs to
                // the others.
                let _ = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            }
        });
        let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        seen.into_iter().map(|run| run.unwrap_or_else(|| Err("a run was not made".to_owned()))).collect()
    }

    fn one(&self, job: &Job) -> Result<Seen, String> {
        let trouble = |cause: String| format!("{} in {}: {cause}", job.subject.name(), job.edition);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| trouble(format!("cannot start a runtime: {cause}")))?;
        let judgement = runtime.block_on(self.judged(job)).map_err(trouble)?.judgement;
        let heard = judgement.requirements.into_iter().filter(|requirement| !self.muted.contains(&requirement.id));
        Ok(Seen {
            verdict: judgement.verdict,
            reason: judgement.reason,
            requirements: heard
                .map(|requirement| (requirement.id, (requirement.verdict, requirement.reason)))
                .collect(),
            cases: judgement.cases.into_iter().map(|case| (case.id.0, case.verdict)).collect(),
        })
    }

    async fn judged(&self, job: &Job) -> Result<Judged, String> {
        let (faults, variants) = match job.subject {
            Subject::Clean => (Vec::new(), Vec::new()),
            Subject::Variant(variant) => (Vec::new(), vec![variant]),
            Subject::Fault(fault) if self.disabled.contains(&fault) => (Vec::new(), Vec::new()),
            Subject::Fault(fault) => (vec![fault], Vec::new()),
        };
        let seed = job.pace.seed.unwrap_or_default();
        let config =
            Config { edition: job.edition, faults, variants, jitter: job.pace.jitter, seed, ..Config::default() };
        // With a token, what is asked about authentication is asked too; a run with secrets takes twice as long.
        let config = match job.subject {
            Subject::Clean => config.with_token(),
            Subject::Variant(_) | Subject::Fault(_) => config.with_token_where_needed(),
        };
        let authorization = config.authorization();
        let server = reference::start(config).await.map_err(|cause| format!("cannot start a server: {cause}"))?;
        let mut profile = reference_profile(&server.base_url(), job.edition, server.fixtures());
        profile.headers.extend(authorization);
        let filters = job.focus.as_ref().map(|focus| focus.cases.clone()).unwrap_or_default();
        let inputs = Inputs {
            selection: Selection { filters, exact: true, ..Selection::default() },
            supply: reference_supply(&profile, job.edition),
            ..Inputs::default()
        };
        let plan = decide(self.contract, self.catalogue, job.edition, &inputs);
        let mut plan = plan.map_err(|error| error.to_string())?;
        if let Some(seed) = job.pace.seed {
            super::random::shuffle(&mut plan.lanes, seed);
        }
        let campaign = Campaign {
            contract: self.contract,
            edition: job.edition,
            inputs,
            profile,
            embedded: true,
            strict_base: false,
            options: Options { jobs: job.pace.jobs, ..Options::default() },
            seed: 0,
        };
        let (_stop, interrupted) = tokio::sync::watch::channel(None);
        let judged = campaign::judged(campaign, plan, Arc::new(Silent), interrupted).await;
        judged.map_err(|error| error.to_string())
    }
}

impl Subject {
    /// Whether its runs spend most of their time waiting: for responses, for reads that catch up, or for requests to meet.
    fn is_late(self) -> bool {
        match self {
            Subject::Clean => false,
            Subject::Variant(variant) => matches!(variant, Variant::Slow | Variant::ByteByByte | Variant::LockedLoser),
            Subject::Fault(fault) => {
                fault.is_chance()
                    || matches!(
                        fault,
                        Fault::StaleRead
                            | Fault::StaleReadForLong
                            | Fault::ForgetChange
                            | Fault::EtagNotCurrent
                            | Fault::RepeatedEtag
                    )
            }
        }
    }

    /// The name of the fault or the variant.
    pub fn name(self) -> String {
        match self {
            Subject::Clean => "the clean server".to_owned(),
            Subject::Variant(variant) => variant.to_string(),
            Subject::Fault(fault) => fault.to_string(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
