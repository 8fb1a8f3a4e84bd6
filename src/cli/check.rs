//! `patchproof check`: loads scenario files and reports every problem in them.

use std::path::PathBuf;

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::suite::check::{load_folder, shipped};

/// Options of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// A folder or file of scenarios [default: the shipped ones]
    path: Option<PathBuf>,
}

/// Loads and reports; exit 2 on any problem.
pub(super) fn run(args: &CheckArgs) -> Exit {
    let contract = match common::the_contract() {
        Ok(contract) => contract,
        Err(exit) => return exit,
    };
    let loaded = match &args.path {
        Some(path) => load_folder(path, contract),
        None => shipped(contract),
    };
    match loaded {
        Ok(catalogue) => common::out(&format!(
            "ok: {} cases and families, {} matrices, {} properties, {} races\n",
            catalogue.exchanges.len(),
            catalogue.matrices.len(),
            catalogue.properties.len(),
            catalogue.races.len()
        )),
        Err(error) => common::fail(Exit::Usage, &common::load_error(&error)),
    }
}
