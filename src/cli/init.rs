//! `patchproof init`: writes a commented target file, from options or by asking.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::suite::contract::Edition;
use crate::sut::{AuthDraft, TargetDraft, commented, is_base_url, is_loopback};

/// Options of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The base URL of the server [default: it is asked for]
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// The file to write
    #[arg(long, short, value_name = "FILE", default_value = "target.yaml")]
    output: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// The edition of the contract
    #[arg(long, value_name = "EDITION")]
    edition: Option<Edition>,
    /// How requests show who they are: nothing, a bearer token, a client secret (OAuth 2), or a private key (SMART)
    #[arg(long, value_name = "none|bearer|secret|key")]
    auth: Option<AuthChoice>,
    /// The client id (with --auth secret or key)
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The environment variable of the token or secret
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// The file of the private key (with --auth key)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The id of that key in the vendor's JWK Set
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// The scopes to ask for
    #[arg(long, value_name = "SCOPES", default_value = "system/Appointment.read system/Appointment.write")]
    scope: String,
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AuthChoice {
    /// No credentials.
    None,
    /// A bearer token.
    Bearer,
    /// OAuth 2 client credentials.
    Secret,
    /// SMART Backend Services.
    Key,
}

/// Writes the file, and says what comes next.
pub(super) fn run(args: &InitArgs) -> Exit {
    match try_run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &InitArgs) -> Result<Exit, Exit> {
    if args.output.exists() && !args.force {
        let message = format!("{} is there already: expected another --output, or --force", args.output.display());
        return Err(common::fail(Exit::Usage, &message));
    }
    let draft = draft(args)?;
    common::write_whole(&args.output, commented(&draft).as_bytes())?;
    let path = args.output.display();
    let mut next = format!("wrote {path}\n");
    let variable = match &draft.auth {
        AuthDraft::Bearer { env } | AuthDraft::Secret { env, .. } => Some(env),
        AuthDraft::None | AuthDraft::Key { .. } => None,
    };
    if let Some(name) = variable {
        next.push_str(&format!("set {name} to the secret; then\n"));
    }
    next.push_str(&format!("  patchproof doctor {path}\n  patchproof run --target {path} --out report\n"));
    Ok(common::out(&next))
}

fn draft(args: &InitArgs) -> Result<TargetDraft, Exit> {
    let url = match &args.url {
        Some(url) => url.clone(),
        None => asked("The base URL of the server (https://host/path)", "URL")?,
    };
    if !is_base_url(&url) {
        let message = "invalid base URL: expected http://host/path or https://host/path, without credentials and query";
        return Err(common::fail(Exit::Usage, message));
    }
    let edition = match args.edition {
        Some(edition) => edition,
        None if args.url.is_some() => Edition::May2019,
        None => {
            let text = asked("The edition: 2019-05, 2024-03 or fhir-r4", "--edition")?;
            text.parse().map_err(|_| common::fail(Exit::Usage, "expected 2019-05, 2024-03 or fhir-r4"))?
        }
    };
    let choice = match args.auth {
        Some(choice) => choice,
        None if args.url.is_some() => AuthChoice::None,
        None => match asked("Credentials: none, bearer, secret or key", "--auth")?.as_str() {
            "none" => AuthChoice::None,
            "bearer" => AuthChoice::Bearer,
            "secret" => AuthChoice::Secret,
            "key" => AuthChoice::Key,
            _ => return Err(common::fail(Exit::Usage, "expected none, bearer, secret or key")),
        },
    };
    let given = |option: &Option<String>, question: &str, name: &str| match option {
        Some(value) => Ok(value.clone()),
        None => asked(question, name),
    };
    let variable = |usual: &str| args.secret_env.clone().unwrap_or_else(|| usual.to_owned());
    let auth = match choice {
        AuthChoice::None => AuthDraft::None,
        AuthChoice::Bearer => AuthDraft::Bearer { env: variable("SANDBOX_TOKEN") },
        AuthChoice::Secret => AuthDraft::Secret {
            id: given(&args.client_id, "The client id", "--client-id")?,
            env: variable("SANDBOX_CLIENT_SECRET"),
            scope: args.scope.clone(),
        },
        AuthChoice::Key => AuthDraft::Key {
            id: given(&args.client_id, "The client id", "--client-id")?,
            file: match &args.key {
                Some(path) => from_folder_of(&args.output, path),
                None => PathBuf::from(asked("The file of the private key (PEM or JWK)", "--key")?),
            },
            kid: args.kid.clone(),
            scope: args.scope.clone(),
        },
    };
    let is_here = is_loopback(&url);
    Ok(TargetDraft { base_url: url, edition, auth, is_here })
}

/// A path as the target file has it: from its folder.
fn from_folder_of(output: &Path, path: &Path) -> PathBuf {
    match output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(_) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => path.to_owned(),
    }
}

/// What the person at the terminal says.
fn asked(question: &str, option: &str) -> Result<String, Exit> {
    if !std::io::stdin().is_terminal() {
        let message = format!("{option} is missing: expected it on the command line, or a terminal to ask at");
        return Err(common::fail(Exit::Usage, &message));
    }
    common::beside(&format!("{question}: "));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let text = line.trim().to_owned();
    match read {
        Ok(_) if !text.is_empty() => Ok(text),
        Ok(_) | Err(_) => Err(common::fail(Exit::Usage, &format!("expected {option}"))),
    }
}
