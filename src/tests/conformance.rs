//! Every case of an edition as a test of its own, so that `cargo test` and nextest run, filter and list them by id.
//!
//! `PATCHPROOF_TARGET` is a base URL or a target file (the embedded reference server where absent), `PATCHPROOF_EDITION`
//! one edition or several with commas between them (the target file's, else 2019-05, where absent).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use patchproof::campaign::{self, Campaign};
use patchproof::execute::{Options, ProgressListener};
use patchproof::plan::{Inputs, Selection, decide, expand};
use patchproof::record::{CaseRecord, RunRecord, Verdict};
use patchproof::reference::{self, SeedFixtures};
use patchproof::suite::check::shipped;
use patchproof::suite::contract::{Edition, contract};
use patchproof::suite::scenario::{Catalogue, Fixture, LoadError};
use patchproof::sut::{self, Profile, ProfileError};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let profile = match std::env::var("PATCHPROOF_TARGET") {
        Ok(target) => match sut::load(&target) {
            Ok(profile) => Some(profile),
            Err(ProfileError::Problems { problems, files }) => {
                return refuse(&format!(
                    "PATCHPROOF_TARGET\n{}",
                    patchproof::words::yaml::render(&problems, &files, false)
                ));
            }
            Err(error) => return refuse(&format!("PATCHPROOF_TARGET: {error}")),
        },
        Err(_) => None,
    };
    let editions = match editions(profile.as_ref()) {
        Ok(editions) => editions,
        Err(message) => return refuse(&format!("PATCHPROOF_EDITION: {message}")),
    };
    let contract = contract().unwrap_or_else(|problems| panic!("{problems}"));
    let catalogue = Arc::new(shipped(contract).unwrap_or_else(|error| panic!("{}", load_error(&error))));
    let mut trials = Vec::new();
    for edition in &editions {
        let ids = match ids(&catalogue, *edition) {
            Ok(ids) if ids.is_empty() => return refuse(&format!("edition {edition} has no case: nothing was tested")),
            Ok(ids) => ids,
            Err(message) => return refuse(&message),
        };
        // With one edition the id alone is the name; with several, ids repeat.
        let kind = if editions.len() > 1 { edition.id() } else { "" };
        let asked: Vec<String> = ids.iter().filter(|id| is_asked(&arguments, kind, id)).cloned().collect();
        let run = Arc::new(Run {
            edition: *edition,
            everything: asked.len() == ids.len(),
            asked,
            profile: profile.clone(),
            catalogue: catalogue.clone(),
            results: OnceLock::new(),
        });
        trials.extend(ids.into_iter().map(|id| {
            let run = run.clone();
            Trial::ignorable_test(id.clone(), move || run.verdict(&id)).with_kind(kind)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A run that cannot begin has not passed.
fn refuse(message: &str) -> ExitCode {
    eprintln!("conformance: {message}");
    ExitCode::from(101)
}

fn editions(profile: Option<&Profile>) -> Result<Vec<Edition>, String> {
    let Ok(listed) = std::env::var("PATCHPROOF_EDITION") else {
        return Ok(vec![profile.and_then(|profile| profile.edition).unwrap_or(Edition::May2019)]);
    };
    let mut editions = Vec::new();
    for text in listed.split(',') {
        let edition: Edition = text.trim().parse()?;
        if !editions.contains(&edition) {
            editions.push(edition);
        }
    }
    Ok(editions)
}

/// Every case and property of an edition. Nothing is planned for a target, started or sent.
fn ids(catalogue: &Catalogue, edition: Edition) -> Result<Vec<String>, String> {
    let contract = contract().map_err(str::to_owned)?;
    let all = expand(catalogue, contract, edition, &Selection::default()).map_err(|error| error.to_string())?;
    Ok(all.cases.into_iter().map(|case| case.head.id.0).collect())
}

/// Whether libtest-mimic will run the trial: only what is run may be sent.
fn is_asked(arguments: &Arguments, kind: &str, id: &str) -> bool {
    !arguments.is_filtered_out(&Trial::test(id, || Ok(())).with_kind(kind))
}

fn load_error(error: &LoadError) -> String {
    match error {
        LoadError::Problems { problems, files } => patchproof::words::yaml::render(problems, files, false),
        LoadError::Unreadable { .. } | LoadError::Empty { .. } => format!("{error:?}"),
    }
}

/// The one run of an edition in this process: the first trial that needs it makes it, the others look their case up.
struct Run {
    edition: Edition,
    asked: Vec<String>,
    /// Everything is asked for, so that properties see every exchange.
    everything: bool,
    profile: Option<Profile>,
    catalogue: Arc<Catalogue>,
    results: OnceLock<Result<Results, String>>,
}

struct Results {
    cases: BTreeMap<String, CaseRecord>,
    record: RunRecord,
}

impl Run {
    fn verdict(&self, id: &str) -> Result<Completion, Failed> {
        let results = self.results.get_or_init(|| self.run()).as_ref().map_err(Failed::from)?;
        let Some(case) = results.cases.get(id) else {
            return Err(Failed::from("the run has no verdict for this case"));
        };
        match case.verdict {
            Verdict::Pass | Verdict::Warn | Verdict::Observed => Ok(Completion::Completed),
            Verdict::NotApplicable | Verdict::NotTested => {
                Ok(Completion::ignored_with(format!("{}: {}", case.verdict.name(), case.reason)))
            }
            Verdict::Fail | Verdict::Error | Verdict::Inconclusive => Err(Failed::from(told(case, &results.record))),
        }
    }

    fn run(&self) -> Result<Results, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(patchproof::words::json::STACK)
            .enable_all()
            .build()
            .map_err(|cause| format!("cannot start the runtime: {cause}"))?;
        let record = runtime.block_on(self.campaign())?;
        let cases = record.cases.iter().map(|case| (case.id.0.clone(), case.clone())).collect();
        Ok(Results { cases, record })
    }

    async fn campaign(&self) -> Result<RunRecord, String> {
        let contract = contract().map_err(str::to_owned)?;
        let (profile, _server) = match &self.profile {
            Some(profile) => {
                sut::guard(profile).map_err(|error| error.to_string())?;
                (profile.clone(), None)
            }
            None => {
                let config = reference::Config { edition: self.edition, ..reference::Config::default() };
                let server =
                    reference::start(config).await.map_err(|cause| format!("the reference server: {cause}"))?;
                (reference(&server.base_url(), self.edition, server.fixtures()), Some(server))
            }
        };
        let filters = if self.everything { Vec::new() } else { self.asked.clone() };
        let selection = Selection { filters, exact: true, requirements: Vec::new() };
        let inputs = Inputs { selection, supply: profile.supply(self.edition), ..Inputs::default() };
        let plan = decide(contract, &self.catalogue, self.edition, &inputs).map_err(|error| error.to_string())?;
        let campaign = Campaign {
            contract,
            edition: self.edition,
            inputs,
            embedded: self.profile.is_none(),
            profile,
            strict_base: false,
            options: Options::default(),
            seed: 0,
        };
        let (_stop, interrupted) = tokio::sync::watch::channel(None);
        campaign::run(campaign, plan, Arc::new(Silent), interrupted).await.map_err(|error| error.to_string())
    }
}

/// What the trial shows: why, each finding with its exchange, and where the case is written.
fn told(case: &CaseRecord, record: &RunRecord) -> String {
    let mut text = format!("{}: {}\n", case.verdict.name(), case.reason);
    let shown = [Verdict::Error, Verdict::Fail, Verdict::Inconclusive];
    for finding in case.findings.iter().filter(|finding| shown.contains(&finding.verdict)) {
        let _ = writeln!(text, "  {} {}", finding.requirement, finding.verdict.name());
        if !finding.expected.is_empty() {
            let _ = writeln!(text, "    expected {}", finding.expected);
        }
        let _ = writeln!(text, "    found    {}", finding.found);
        if let Some(exchange) = finding.exchange.and_then(|id| record.exchange(id)) {
            let status = exchange.status().map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let _ = writeln!(text, "    in       {} {} → {status}", exchange.request.method, exchange.request.url);
        }
    }
    let _ = write!(text, "  written at {}", case.origin);
    text
}

/// The profile of a reference server: a seeded appointment bears the name of the fixture it is.
fn reference(base_url: &str, edition: Edition, seed: &SeedFixtures) -> Profile {
    let mut fixtures: BTreeMap<Fixture, Vec<String>> = BTreeMap::new();
    for appointment in &seed.appointments {
        let fixture = serde_json::from_value(appointment.kind.name().into()).expect("a seed is a fixture");
        fixtures.entry(fixture).or_default().push(appointment.id.clone());
    }
    Profile {
        edition: Some(edition),
        fixtures,
        slots: seed.slots.clone(),
        create: true,
        ..Profile::of_url(base_url.to_owned())
    }
}

/// Trials have their own display.
struct Silent;

impl ProgressListener for Silent {
    fn request_done(&self) {}
    fn case_done(&self) {}
}
