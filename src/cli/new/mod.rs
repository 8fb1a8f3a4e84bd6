//! `patchproof new`: writes the skeleton of a rule, a case or a fault in the right places of a checkout.

mod skeleton;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::common;
use super::exit::Exit;
use crate::suite::contract::RequirementId;

/// Options of `new`.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    #[command(subcommand)]
    what: NewKind,
}

#[derive(Debug, Subcommand)]
enum NewKind {
    /// A requirement of the contract
    Rule {
        /// Its new id: APPT-, an area, two digits
        id: RequirementId,
    },
    /// A case of the kind exchange, or a property where the area's file holds properties (every/)
    Case {
        /// Its new id: area/name, such as if-match/quoted-twice
        id: String,
        /// The requirement that it verifies; repeat for several
        #[arg(long = "verifies", value_name = "ID")]
        verifies: Vec<RequirementId>,
    },
    /// A fault of the reference server
    Fault {
        /// Its new name, such as ignore-prefer
        name: String,
        /// The requirement that it breaks; repeat for several
        #[arg(long = "breaks", value_name = "ID")]
        breaks: Vec<RequirementId>,
    },
}

/// Writes the skeleton below the checkout that the current folder is in.
pub(super) fn run(args: &NewArgs) -> Exit {
    let here = match std::env::current_dir() {
        Ok(here) => here,
        Err(cause) => return common::fail(Exit::Usage, &format!("cannot find the current folder: {cause}")),
    };
    match checkout(&here).and_then(|root| write(&root, &args.what)) {
        Ok(text) => common::out(&text),
        Err(message) => common::fail(Exit::Usage, &message),
    }
}

/// The root of the checkout that a folder is in.
fn checkout(here: &Path) -> Result<PathBuf, String> {
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.contains("name = \"patchproof\"") && folder.join("scenarios/contract").is_dir()
    };
    here.ancestors().find(is_root).map(Path::to_path_buf).ok_or_else(|| {
        format!(
            "`{}` is not in a checkout of patchproof: `new` writes into its sources (to try a scenario without them, write a \
             file and use `patchproof run --scenarios FILE`)",
            here.display()
        )
    })
}

/// Makes the skeleton and writes it; gives what to print.
fn write(root: &Path, what: &NewKind) -> Result<String, String> {
    let read = |path: &str| match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(format!("cannot read `{path}`: {cause}")),
    };
    let made = match what {
        NewKind::Rule { id } => skeleton::rule(id, &read)?,
        NewKind::Case { id, verifies } => {
            let mut names: Vec<String> = std::fs::read_dir(root.join("scenarios"))
                .map_err(|cause| format!("cannot read `scenarios`: {cause}"))?
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .filter(|name| name.ends_with(".yaml"))
                .collect();
            names.sort();
            skeleton::case(id, verifies, &names, &read)?
        }
        NewKind::Fault { name, breaks } => skeleton::fault(name, breaks, &read)?,
    };
    let mut said = String::new();
    for file in &made.files {
        std::fs::write(root.join(&file.path), &file.text)
            .map_err(|cause| format!("cannot write `{}`: {cause}", file.path))?;
        said.push_str(&format!("wrote {}\n", file.path));
    }
    Ok(said + "\n" + &made.next)
}
