//! `patchproof verify`: judges a recorded run again, offline, and reports what differs.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::common;
use super::exit::Exit;
use super::signature::{SignatureArgs, check_signature};
use crate::after::verify::{Difference, DifferenceKind, Refusal, Verification, verify};
use crate::record::RunRecord;
use crate::report::clean;

/// Options of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The record: run.json, or the folder `patchproof run --out` wrote it to
    run: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    format: VerifyFormat,
    #[command(flatten)]
    signature: SignatureArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum VerifyFormat {
    Text,
    Json,
}

pub(super) const ABOUT: &str = "Judge a recorded run again, offline, and report what differs from the record

The plan is made again from the recorded inputs. Every verdict is computed again from the recorded exchanges by the same
rules: cases, properties, races, generated sequences, requirements, totals and the exit code. The evidence is checked for
consistency (places, times, references), and every digest is computed again.

It needs the tables and scenarios that the run used. If this program has different ones, it names the version to use.

Exit codes: 0 the record agrees with its evidence · 1 it differs · 2 it cannot be read, or it was judged with other tables";

/// Reads, judges again, reports: 0 where the record agrees with its evidence, 1 where it differs.
pub(super) fn run(args: &VerifyArgs) -> Exit {
    match verified(args) {
        Ok((text, exit)) => {
            common::out(&text);
            exit
        }
        Err(exit) => exit,
    }
}

fn verified(args: &VerifyArgs) -> Result<(String, Exit), Exit> {
    let contract = common::the_contract()?;
    let (path, bytes) = common::record_file(&args.run)?;
    let record = common::parse_record(&path, &bytes)?;
    let signature = check_signature(&args.signature, &path, &bytes, &record)?;
    drop(bytes);
    let about = About::of(&record);
    let verification = verify(contract, record).map_err(|refusal| {
        let text = match &refusal {
            Refusal::Scenarios(error) => format!("{refusal}\n{}", common::load_error(error)),
            Refusal::OtherTables { .. } | Refusal::OtherSuite { .. } => refusal.to_string(),
        };
        common::fail(Exit::Usage, &text)
    })?;
    let exit = if verification.agrees() { Exit::Conformant } else { Exit::NotConformant };
    let text = match args.format {
        VerifyFormat::Text => text(&about, signature.as_deref(), &verification),
        VerifyFormat::Json => as_json(&about, signature.is_some(), &verification),
    };
    Ok((text, exit))
}

/// What is said of a record without a signature: whoever rewrote all of it wrote one that agrees with itself.
const UNSIGNED: &str = "unsigned: origin not proved";

/// What a record says about itself.
struct About {
    tool: String,
    edition: String,
    target: String,
    started: String,
    verdict: &'static str,
}

impl About {
    fn of(record: &RunRecord) -> About {
        About {
            tool: clean(&format!("{} {}", record.tool.name, record.tool.version)),
            edition: record.edition.to_string(),
            target: clean(&record.target.base_url),
            started: clean(&record.started),
            verdict: record.summary.verdict.name(),
        }
    }
}

fn text(about: &About, signature: Option<&str>, verification: &Verification) -> String {
    let mut text = String::new();
    let Verification { exchanges, cases, requirements, differences, .. } = verification;
    let _ = writeln!(text, "run     {} of {}, {}, by {}", about.edition, about.target, about.started, about.tool);
    let _ = writeln!(text, "record  {}", about.verdict);
    if verification.agrees() {
        let _ = writeln!(
            text,
            "agrees  every verdict follows from the evidence ({exchanges} exchanges, {cases} cases, {requirements} \
             requirements), and every digest matches"
        );
    } else {
        let count = differences.len();
        let places = if count == 1 { "place" } else { "places" };
        let _ = writeln!(
            text,
            "DIFFERS in {count} {places}; verdict computed from the evidence: {}",
            verification.verdict.name()
        );
        list(differences, &mut text);
    }
    match signature {
        Some(signature) => drop(write!(text, "{signature}")),
        None => drop(writeln!(text, "origin  {UNSIGNED}")),
    }
    let _ = writeln!(text, "\nWhat a record cannot prove");
    for line in &verification.cannot_tell {
        let _ = writeln!(text, "  - {}", clean(line));
    }
    text
}

fn list(differences: &[Difference], text: &mut String) {
    const SHOWN: usize = 60;
    let mut last = None;
    for difference in differences.iter().take(SHOWN) {
        if last != Some(difference.kind) {
            let title = match difference.kind {
                DifferenceKind::Judgement => "Recorded results that differ from those computed from the evidence",
                DifferenceKind::Evidence => "Evidence that contradicts itself or the plan",
                DifferenceKind::Digest => "Digests that do not match: changed after the record was written",
            };
            let _ = writeln!(text, "\n{title}");
            last = Some(difference.kind);
        }
        let [place, recorded, computed] =
            [&difference.place, &difference.recorded, &difference.computed].map(|text| clean(text));
        let _ = writeln!(text, "  {place}\n    recorded  {recorded}\n    computed  {computed}");
    }
    if differences.len() > SHOWN {
        let _ = writeln!(text, "  and {} more; --format json lists them all", differences.len() - SHOWN);
    }
}

fn as_json(about: &About, signed: bool, verification: &Verification) -> String {
    let value = json!({
        "schema": "patchproof/verification/1",
        "run": { "edition": about.edition, "target": about.target, "started": about.started, "tool": about.tool },
        "agrees": verification.agrees(),
        "signature_holds": signed.then_some(true),
        "origin": if signed { "signed" } else { UNSIGNED },
        "recorded_verdict": about.verdict,
        "computed_verdict": verification.verdict.name(),
        "exchanges": verification.exchanges,
        "cases": verification.cases,
        "requirements": verification.requirements,
        "differences": verification.differences,
        "cannot_tell": verification.cannot_tell,
    });
    format!("{value:#}\n")
}
