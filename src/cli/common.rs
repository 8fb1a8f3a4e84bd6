//! What subcommands share: printing, the contract and the catalogue, and the profile of the embedded server.

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use super::exit::Exit;
use super::options::TargetArgs;
pub(super) use super::output::{beside, fail, out, write_whole};
use crate::execute::RunError;
pub(crate) use crate::prove::selftest::{fixtures, reference_profile};
use crate::record::{self, RunRecord};
use crate::reference;
use crate::report::{TextView, Verbosity, clean, cut};
use crate::suite::check::{load_folder, shipped, with_texts};
use crate::suite::contract::{Contract, Edition, contract};
use crate::suite::scenario::{Catalogue, LoadError, Texts, texts};
use crate::sut::{Profile, ProfileError, load};

/// Whether standard error takes colours.
pub(super) fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// The threads that requests are sent from.
pub(super) fn runtime() -> Result<Runtime, Exit> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(crate::words::json::STACK)
        .enable_all()
        .build();
    built.map_err(|cause| fail(Exit::Harness, &format!("cannot start the runtime: {cause}")))
}

/// Starts the embedded server; it stops when the handle is dropped.
pub(super) async fn embedded(
    config: reference::Config,
    target: &TargetArgs,
) -> Result<(Profile, reference::Handle), Exit> {
    let config = config.with_token_where_needed();
    let (edition, authorization) = (config.edition, config.authorization());
    let handle = reference::start(config)
        .await
        .map_err(|cause| fail(Exit::Harness, &format!("cannot start the reference server: {cause}")))?;
    let mut profile = reference_profile(&handle.base_url(), edition, handle.fixtures());
    profile.headers.extend(authorization);
    profile.headers.extend(headers(target)?);
    Ok((profile, handle))
}

/// Prints why a run could not begin, and gives the exit code.
pub(super) fn not_begun(error: &RunError) -> Exit {
    let exit = match error {
        RunError::Unreachable { .. } | RunError::NotFhir { .. } | RunError::Rejected { .. } => Exit::Unreachable,
        RunError::Client(_) => Exit::Harness,
    };
    fail(exit, &error.to_string())
}

/// The shipped contract.
pub(super) fn the_contract() -> Result<&'static Contract, Exit> {
    contract().map_err(|problems| fail(Exit::Harness, &format!("the shipped contract is broken\n{problems}")))
}

/// The shipped scenarios, with those of a folder.
pub(super) fn catalogue(contract: &Contract, folder: Option<&Path>) -> Result<Catalogue, Exit> {
    let loaded = match folder {
        Some(folder) => load_folder(folder, contract),
        None => shipped(contract),
    };
    loaded.map_err(|error| fail(Exit::Usage, &load_error(&error)))
}

/// The text of the scenario files of a folder; none where there is no folder.
pub(super) fn scenario_texts(folder: Option<&Path>) -> Result<Texts, Exit> {
    let read = folder.map_or_else(|| Ok(Texts::new()), texts);
    read.map_err(|error| fail(Exit::Usage, &load_error(&error)))
}

/// The shipped scenarios, with those of these texts.
pub(super) fn catalogue_of(contract: &Contract, texts: &Texts) -> Result<Catalogue, Exit> {
    let loaded = if texts.is_empty() { shipped(contract) } else { with_texts(texts, contract) };
    loaded.map_err(|error| fail(Exit::Usage, &load_error(&error)))
}

/// A load error as text.
pub(super) fn load_error(error: &LoadError) -> String {
    match error {
        LoadError::Unreadable { path, cause } => {
            format!(
                "cannot read scenarios from `{path}`: {cause}; expected a folder with .yaml files, or one such file"
            )
        }
        LoadError::Empty { path } => {
            format!("`{path}` has no scenario file: expected at least one .yaml file")
        }
        LoadError::Problems { problems, files } => {
            let listed = crate::words::yaml::render(problems, files, colours());
            let count = problems.len();
            format!("the scenarios have {count} problem{}\n{listed}", if count == 1 { "" } else { "s" })
        }
    }
}

/// The profile that `--target` and `--header` describe; `None` for the embedded server.
pub(super) fn profile(args: &TargetArgs) -> Result<Option<Profile>, Exit> {
    let Some(target) = &args.target else { return Ok(None) };
    let mut profile = load(target).map_err(|error| match &error {
        ProfileError::Problems { problems, files } => {
            let listed = crate::words::yaml::render(problems, files, colours());
            fail(Exit::Usage, &format!("the target file has problems\n{listed}"))
        }
        ProfileError::NotATarget { .. }
        | ProfileError::NoFile { .. }
        | ProfileError::Unreadable { .. }
        | ProfileError::Several { .. }
        | ProfileError::NoSuchName { .. } => fail(Exit::Usage, &error.to_string()),
    })?;
    profile.headers.extend(headers(args)?);
    Ok(Some(profile))
}

/// The header lines of `--header`. A message about a wrong one never repeats its value: it may be a secret.
pub(super) fn headers(args: &TargetArgs) -> Result<Vec<(String, String)>, Exit> {
    let wrong = |number: usize, what: &str| {
        let message = format!("invalid --header number {number}: it {what}; expected 'Name: value'");
        fail(Exit::Usage, &message)
    };
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut headers = Vec::new();
    for (number, text) in (1..).zip(&args.headers) {
        let Some((name, value)) = text.split_once(':') else { return Err(wrong(number, "has no colon")) };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !name.bytes().all(token) {
            return Err(wrong(number, "does not start with a header name"));
        }
        if value.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err(wrong(number, "has a control character in its value"));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    Ok(headers)
}

/// The edition asked for: the option, else the target file's, else the first.
pub(super) fn edition(asked: Option<Edition>, profile: Option<&Profile>) -> Edition {
    asked.or(profile.and_then(|profile| profile.edition)).unwrap_or(Edition::May2019)
}

/// The record of a run, from its file or from the folder that `run --out` wrote.
pub(super) fn read_record(path: &Path) -> Result<RunRecord, Exit> {
    let (path, bytes) = record_file(path)?;
    parse_record(&path, &bytes)
}

/// The file of a run record, and its bytes. A folder stands for the `run.json` in it.
pub(super) fn record_file(path: &Path) -> Result<(PathBuf, Vec<u8>), Exit> {
    let path = if path.is_dir() { path.join("run.json") } else { path.to_owned() };
    match record::bytes(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) => Err(fail(Exit::Usage, &one_line(&error.to_string()))),
    }
}

/// The record that bytes hold. `path` is for the message.
pub(super) fn parse_record(path: &Path, bytes: &[u8]) -> Result<RunRecord, Exit> {
    record::parse(&path.display().to_string(), bytes).map_err(|error| fail(Exit::Usage, &one_line(&error.to_string())))
}

/// A message that may quote a file, made safe for a terminal and of bounded length.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 1000;
    clean(&cut(text, LONGEST))
}

/// How a report for the terminal is to look.
pub(super) fn view(verbosity: Verbosity) -> TextView {
    let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    TextView { color, verbosity, width: 100 }
}

/// A JSON file that the user names.
pub(super) fn json_file(path: &Path) -> Result<serde_json::Value, Exit> {
    let text = crate::words::file::text(path, crate::words::file::MOST_WRITTEN);
    let text = text.map_err(|cause| fail(Exit::Usage, &format!("cannot read {}: {cause}", path.display())))?;
    serde_json::from_str(&text).map_err(|cause| fail(Exit::Usage, &format!("{} is not JSON: {cause}", path.display())))
}

/// A value as JSON to print.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, Exit> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => Err(fail(Exit::Harness, &format!("cannot write JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_header_that_cannot_be_sent_is_a_usage_error() {
        let headers_of = |text: &str| headers(&TargetArgs { target: None, headers: vec![text.to_owned()] });
        assert_eq!(headers_of("X-One:  two "), Ok(vec![("X-One".to_owned(), "two".to_owned())]));
        for text in ["no colon", ": value", "a b: value", "X: a\u{7}b"] {
            assert_eq!(headers_of(text), Err(Exit::Usage), "{text}");
        }
    }
}
