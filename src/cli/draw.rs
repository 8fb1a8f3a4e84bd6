//! How much of a plan is drawn and raced, and what `run` and `plan` make a plan from.

use clap::Args;

use super::common;
use super::exit::Exit;
use super::options::SelectArgs;
use super::progress;
use crate::plan::{Inputs, Selection, Sizes};
use crate::suite::contract::Edition;
use crate::suite::scenario::Texts;
use crate::sut::{MOST_LISTS, Profile};

/// How generated sequences are drawn and races are sized: shared by `run` and `plan`.
#[derive(Debug, Args)]
pub(super) struct DrawArgs {
    /// Step lists per generated sequence; 0 leaves generated sequences out, and the run is then one of selected cases
    /// [default: as the target file or the scenario says]
    #[arg(long, env = "PATCHPROOF_CASES", value_name = "N", value_parser = clap::value_parser!(u32).range(..=i64::from(MOST_LISTS)))]
    pub(super) cases: Option<u32>,
    /// Clients per race, 2 to 256; on other machines only if the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=256))]
    pub(super) clients: Option<u16>,
    /// Rounds per race, 1 to 1000; on other machines only if the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) rounds: Option<u16>,
}

/// What the plan is made from: the same for `run` and `plan`, so that one says what the other costs. A declaration that no
/// server of the edition can make is a usage error.
pub(super) fn inputs(
    select: &SelectArgs,
    draw: &DrawArgs,
    profile: &Profile,
    edition: Edition,
    scenarios: Texts,
) -> Result<Inputs, Exit> {
    if edition.is_vendor() && profile.without_json_patch.is_some() {
        let message = format!(
            "the target file declares `without: json-patch`, and no server of edition {edition} can: its PATCH is JSON Patch; \
             expected edition fhir-r4, or no such declaration"
        );
        return Err(common::fail(Exit::Usage, &message));
    }
    let cases = draw.cases.or(profile.limits.cases);
    // Each list uses up an appointment: a sandbox gives them only where they were asked for.
    let asked = cases.is_some() || !select.filters.is_empty() || !select.requirements.is_empty();
    let without_sequences = !profile.is_loopback() && !asked;
    if without_sequences {
        progress::note("skipping generated sequences: the target is not loopback (use --cases N to run them)");
    }
    Ok(Inputs {
        selection: Selection {
            filters: select.filters.clone(),
            exact: false,
            requirements: select.requirements.clone(),
        },
        supply: profile.supply(edition),
        sizes: Sizes { clients: draw.clients, rounds: draw.rounds },
        without_sequences,
        cases,
        scenarios,
    })
}
