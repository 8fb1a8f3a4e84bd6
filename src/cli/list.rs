//! `patchproof list`: the cases of an edition, one per line.

use std::fmt::Write as _;

use clap::Args;

use super::common;
use super::exit::Exit;
use super::options::SelectArgs;
use crate::plan::{Expanded, Selection, expand};

/// Options of `list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    select: SelectArgs,
}

/// Lists the selected cases and properties with their requirements.
pub(super) fn run(args: &ListArgs) -> Exit {
    match listing(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn listing(args: &ListArgs) -> Result<String, Exit> {
    let contract = common::the_contract()?;
    let catalogue = common::catalogue(contract, args.select.scenarios.as_deref())?;
    let edition = common::edition(args.select.edition, None);
    let selection = Selection {
        filters: args.select.filters.clone(),
        exact: false,
        requirements: args.select.requirements.clone(),
    };
    let Expanded { cases, .. } = expand(&catalogue, contract, edition, &selection)
        .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    let mut text = String::new();
    let mut count = 0;
    for head in cases.iter().map(|case| &case.head).filter(|head| head.selected) {
        let ids: Vec<&str> = head.requirements.iter().map(|id| id.as_str()).collect();
        let _ = writeln!(text, "{:<52} {}", head.id.0, ids.join(" "));
        count += 1;
    }
    let _ = writeln!(text, "{count} cases of edition {edition}");
    Ok(text)
}
