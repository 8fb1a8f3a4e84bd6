//! `patchproof run --snapshots`: which snapshots a run is compared with, and what is written.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::Exit;
use super::{common, progress};
use crate::after::drift::{self, Accepted};
use crate::record::{DriftKind, RunRecord};
use crate::suite::contract::Edition;
use crate::sut::{Profile, file_of};

/// What a run does with snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// Neither read nor written
    Off,
    /// Compare and report drift
    Check,
    /// Compare and accept the current responses
    Accept,
}

/// Options of `run` about snapshots.
#[derive(Debug, clap::Args)]
pub(super) struct SnapshotArgs {
    /// Compare responses with accepted ones, or accept them [default: off; check with --snapshot-dir or --fail-on-drift]
    #[arg(long, value_name = "MODE", value_enum)]
    snapshots: Option<Mode>,
    /// The folder of accepted responses, one folder per target and edition [default: snapshots]
    #[arg(long, value_name = "DIR")]
    snapshot_dir: Option<PathBuf>,
    /// Exit with 1 if responses differ from the accepted ones, even if the target is conformant or the run incomplete
    #[arg(long)]
    fail_on_drift: bool,
}

/// The snapshots of a run, read before anything is sent.
pub(super) struct SnapshotCheck {
    mode: Mode,
    fail_on_drift: bool,
    target: String,
    accepted: Accepted,
}

/// Reads the snapshots, where the run is to have any.
pub(super) fn load(
    args: &SnapshotArgs,
    target: Option<&str>,
    profile: Option<&Profile>,
    edition: Edition,
) -> Result<Option<SnapshotCheck>, Exit> {
    let implied = if args.snapshot_dir.is_some() || args.fail_on_drift { Mode::Check } else { Mode::Off };
    let mode = args.snapshots.unwrap_or(implied);
    if mode == Mode::Off {
        if args.fail_on_drift {
            return Err(common::fail(Exit::Usage, "--fail-on-drift needs snapshots: use --snapshots check or accept"));
        }
        return Ok(None);
    }
    let folder = args.snapshot_dir.clone().unwrap_or_else(|| PathBuf::from("snapshots"));
    let target = name(target, profile);
    let accepted =
        drift::load(&folder, &target, edition).map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    if mode == Mode::Check && accepted.cases.is_empty() {
        let message = format!(
            "no snapshots in `{}` to compare with (use --snapshots accept to create them)",
            accepted.folder().display()
        );
        return Err(common::fail(Exit::Usage, &message));
    }
    Ok(Some(SnapshotCheck { mode, fail_on_drift: args.fail_on_drift, target, accepted }))
}

impl SnapshotCheck {
    /// Compares a run with the snapshots; `whole` says that every case was asked for.
    pub fn compare(&self, record: &mut RunRecord, whole: bool) {
        let mut drift = drift::compare(record, whole, &self.target, &self.accepted.cases);
        drift.decides = self.fail_on_drift && self.mode == Mode::Check;
        record.add_drift(drift);
    }

    /// Writes what the mode asks for.
    pub fn write(&self, record: &RunRecord) -> Result<(), Exit> {
        let Some(drift) = &record.drift else { return Ok(()) };
        let failed = |error: drift::StoreError| common::fail(Exit::Harness, &error.to_string());
        let folder = self.accepted.folder().display();
        if record.signal.is_some() {
            progress::note("the run was interrupted: no snapshot was written");
            return Ok(());
        }
        match self.mode {
            Mode::Off => {}
            Mode::Accept => {
                drift::accept(&self.accepted, record, drift).map_err(failed)?;
                let count = |kind| drift.of(kind).count();
                progress::note(&format!(
                    "accepted in {folder}: {} new, {} changed, {} with a different request, {} removed",
                    count(DriftKind::New),
                    count(DriftKind::Changed),
                    count(DriftKind::AskedDifferently),
                    count(DriftKind::Vanished)
                ));
            }
            Mode::Check if writes_pending() => {
                let pending = drift::write_pending(&self.accepted, record, drift).map_err(failed)?;
                if pending > 0 {
                    progress::note(&format!(
                        "{pending} pending .snap.new in {folder} (use --snapshots accept to accept them)"
                    ));
                }
            }
            Mode::Check => {}
        }
        Ok(())
    }
}

/// Whether pending files are written, by insta's rule: not in CI, unless `INSTA_UPDATE` says otherwise.
fn writes_pending() -> bool {
    let of = |name: &str| std::env::var(name).ok();
    match of("INSTA_UPDATE").as_deref() {
        Some("no") => false,
        Some("new" | "always") => true,
        _ => match of("CI").as_deref() {
            Some("" | "0" | "false") => true,
            Some(_) => false,
            None => of("TF_BUILD").is_none(),
        },
    }
}

/// The name of a target: `reference` for the embedded server, the file name of a target file, else host, port and path.
fn name(target: Option<&str>, profile: Option<&Profile>) -> String {
    let (Some(target), Some(profile)) = (target, profile) else { return REFERENCE.to_owned() };
    let file = !target.starts_with("http://") && !target.starts_with("https://");
    let path = file_of(target);
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).filter(|_| file);
    let place = profile.base_url.split_once("://").map_or("", |(_, place)| place);
    // One of several targets in a file has its name behind that of the file.
    let rest = target[path.len()..].replace(['#', '/', ':', '\\'], "-");
    let name = stem.map_or_else(|| place.replace(['/', ':'], "-"), |stem| format!("{stem}{rest}"));
    if name == REFERENCE { format!("{REFERENCE}-target") } else { name }
}

const REFERENCE: &str = "reference";
