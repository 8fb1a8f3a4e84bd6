//! Who the requests of a run come from: where each token is had, by the kind of caller it is for.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::WebOrigin;
use crate::suite::scenario::Feature;
use crate::words::jws::Algorithm;
use crate::words::yaml::{Located, Problem, Span};

/// A caller of the target, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// The run itself: every request that says nothing else.
    Run,
    /// A user with write scope.
    User,
    /// A system with write scope.
    System,
    /// A patient.
    Patient,
    /// A caller without write scope.
    ReadOnly,
    /// A caller with the write scope alone.
    WriteOnly,
}

impl Identity {
    /// Every kind.
    pub const ALL: [Identity; 6] =
        [Identity::Run, Identity::User, Identity::System, Identity::Patient, Identity::ReadOnly, Identity::WriteOnly];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Identity::Run => "run",
            Identity::User => "user",
            Identity::System => "system",
            Identity::Patient => "patient",
            Identity::ReadOnly => "read-only",
            Identity::WriteOnly => "write-only",
        }
    }

    /// What a target has that can supply the kind.
    pub const fn feature(self) -> Feature {
        match self {
            Identity::Run => Feature::Authentication,
            Identity::User => Feature::UserToken,
            Identity::System => Feature::SystemToken,
            Identity::Patient => Feature::PatientToken,
            Identity::ReadOnly => Feature::ReadOnlyToken,
            Identity::WriteOnly => Feature::WriteOnlyToken,
        }
    }

    /// What stands for the token in a request until it is sent. The real one is put in its place at the door, so that
    /// nothing but the wire ever holds it.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Identity::Run => "Bearer [token:run]",
            Identity::User => "Bearer [token:user]",
            Identity::System => "Bearer [token:system]",
            Identity::Patient => "Bearer [token:patient]",
            Identity::ReadOnly => "Bearer [token:read-only]",
            Identity::WriteOnly => "Bearer [token:write-only]",
        }
    }

    /// The kind that a header value stands for, where it stands for one.
    pub fn of_placeholder(value: &str) -> Option<Identity> {
        Identity::ALL.into_iter().find(|identity| identity.placeholder() == value)
    }
}

/// How an identity gets its token.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenSource {
    /// A token that somebody else fetched.
    Bearer(SecretSource),
    /// OAuth 2 client credentials, SMART Backend Services among them.
    Client(ClientCredentials),
}

/// A client that asks a token endpoint for tokens (RFC 6749 section 4.4).
#[derive(Debug, Clone, PartialEq)]
pub struct ClientCredentials {
    pub id: String,
    pub proof: ClientProof,
    /// The token endpoint, where the target file names it; else it is discovered.
    pub token_url: Option<String>,
    /// The host, and the port where it is not the usual one, of a discovered token endpoint that is not at the target.
    pub token_host: Option<String>,
    pub scope: Option<String>,
    /// The audience of an assertion; without it, the token endpoint.
    pub audience: Option<String>,
}

/// How a client proves that it is the one it says.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientProof {
    /// `client_secret_basic`.
    Basic(SecretSource),
    /// `client_secret_post`.
    Post(SecretSource),
    /// `private_key_jwt`.
    Key { key: SecretSource, kid: Option<String>, algorithm: Option<Algorithm> },
}

/// Where a secret comes from; it is never written in the target file itself.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretSource {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file, from the folder of the target file.
    File(PathBuf),
    /// A program and its arguments, which prints the secret.
    Command(Vec<String>),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(formatter, "the environment variable {name}"),
            SecretSource::File(path) => write!(formatter, "the file {}", path.display()),
            SecretSource::Command(words) => {
                write!(formatter, "the command {}", words.first().map_or("", String::as_str))
            }
        }
    }
}

/// How an identity gets its token, as it is written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Credentials")]
pub(super) enum CredentialsFile {
    /// The credentials of the run itself are of this kind too.
    Run,
    /// A bearer token from the environment, a file or a command; it is read again when it is rejected.
    Bearer(SecretSource),
    /// OAuth 2 client credentials, or SMART Backend Services.
    Client(Box<ClientFile>),
}

/// A client, as it is written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Client")]
pub(super) struct ClientFile {
    /// The client id.
    id: Located<String>,
    /// The client secret; either this or `key`.
    secret: Option<SecretSource>,
    /// How the secret is sent; client-secret-basic where it is not said.
    method: Option<Located<SecretMethod>>,
    /// The private key of SMART Backend Services, as PEM or as JWK; either this or `secret`.
    key: Option<SecretSource>,
    /// The id of the key in the JWK Set that the vendor has; a JWK may have it itself.
    kid: Option<Located<String>>,
    /// The signature algorithm; the one that fits the key where it is not said.
    alg: Option<Located<Algorithm>>,
    /// The token endpoint; without it, the one in `.well-known/smart-configuration` under the base URL.
    token_url: Option<Located<String>>,
    /// The host (with its port, where that is not the usual one) that a discovered token endpoint may be at, besides the
    /// target itself.
    token_host: Option<Located<String>>,
    /// The scopes to ask for, separated by spaces.
    scope: Option<String>,
    /// The audience of the assertion; without it, the token endpoint.
    audience: Option<String>,
}

/// How a client secret is sent (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SecretMethod {
    /// In a Basic Authorization header.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

/// What the credentials of a target file come to.
#[derive(Debug, Default)]
pub(super) struct ReadCredentials {
    pub by_identity: BTreeMap<Identity, TokenSource>,
    /// The kinds that the credentials of the run are of.
    pub same_as_run: Vec<Identity>,
}

/// Reads credentials, and adds what is wrong with them.
pub(super) fn credentials(
    target: &str,
    written: &BTreeMap<Identity, Located<CredentialsFile>>,
    is_secure: bool,
    problems: &mut Vec<Problem>,
) -> ReadCredentials {
    let folder = Path::new(target).parent().map(Path::to_owned).unwrap_or_default();
    let mut found = ReadCredentials::default();
    for (identity, entry) in written {
        let wrong = |message: &str, accepted: &str| Problem::new(target, entry.span, message).accepted(accepted);
        match &entry.value {
            CredentialsFile::Run if *identity == Identity::Run => {
                problems.push(wrong("`run` cannot stand for itself", "bearer or client"));
            }
            CredentialsFile::Run if !written.contains_key(&Identity::Run) => {
                problems
                    .push(wrong("`run` stands for credentials that the file does not have", "a key `run` beside it"));
            }
            CredentialsFile::Run => found.same_as_run.push(*identity),
            CredentialsFile::Bearer(source) => {
                let source = in_folder(&folder, source);
                problems.extend(available(&source).err().map(|(message, accepted)| wrong(&message, accepted)));
                found.by_identity.insert(*identity, TokenSource::Bearer(source));
            }
            CredentialsFile::Client(file) => match client(target, &folder, file, entry.span, is_secure) {
                Ok(client) => _ = found.by_identity.insert(*identity, TokenSource::Client(client)),
                Err(more) => problems.extend(more),
            },
        }
    }
    // Whoever gets a token with client credentials is a system.
    let is_client = matches!(found.by_identity.get(&Identity::Run), Some(TokenSource::Client(_)));
    if is_client && !written.contains_key(&Identity::System) {
        found.same_as_run.push(Identity::System);
    }
    found
}

/// What is wrong in a target file, as it is found.
struct Wrongs<'t> {
    target: &'t str,
    problems: Vec<Problem>,
}

impl Wrongs<'_> {
    fn add(&mut self, span: Span, message: impl Into<String>, accepted: &str) {
        self.problems.push(Problem::new(self.target, span, message).accepted(accepted));
    }
}

fn client(
    target: &str,
    folder: &Path,
    file: &ClientFile,
    span: Span,
    is_secure: bool,
) -> Result<ClientCredentials, Vec<Problem>> {
    let mut wrongs = Wrongs { target, problems: Vec::new() };
    if file.id.value.trim().is_empty() {
        wrongs.add(file.id.span, "the client id is empty", "the id that the vendor gave");
    }
    check_token_place(file, is_secure, &mut wrongs);
    let proof = proof(folder, file, span, &mut wrongs);
    let source = proof.as_ref().map(|proof| match proof {
        ClientProof::Basic(source) | ClientProof::Post(source) | ClientProof::Key { key: source, .. } => source,
    });
    if let Some(Err((message, accepted))) = source.map(available) {
        wrongs.add(span, message, accepted);
    }
    match proof {
        Some(proof) if wrongs.problems.is_empty() => Ok(ClientCredentials {
            id: file.id.value.clone(),
            proof,
            token_url: file.token_url.as_ref().map(|url| url.value.clone()),
            token_host: file.token_host.as_ref().map(|host| host.value.to_ascii_lowercase()),
            scope: file.scope.clone(),
            audience: file.audience.clone(),
        }),
        Some(_) | None => Err(wrongs.problems),
    }
}

/// Where tokens may be asked for.
fn check_token_place(file: &ClientFile, is_secure: bool, wrongs: &mut Wrongs<'_>) {
    if let Some(url) = &file.token_url {
        match WebOrigin::of(&url.value) {
            None => wrongs.add(url.span, "invalid token endpoint", "http://host/path or https://host/path"),
            Some(_) if is_secure && !url.value.starts_with("https://") => {
                wrongs.add(url.span, "the target is https, and its token endpoint is not", "an https URL");
            }
            Some(_) => {}
        }
        if let Some(host) = &file.token_host {
            wrongs.add(host.span, "`token-url` names the host already", "either token-url or token-host");
        }
    }
    if let Some(host) = &file.token_host
        && (WebOrigin::of(&format!("https://{}", host.value)).is_none() || host.value.contains(['/', '?', '#']))
    {
        wrongs.add(host.span, "invalid host", "a host as in a URL, such as auth.example.org or auth.example.org:8443");
    }
}

/// How the client proves that it is the one it says: by a secret or by a key.
fn proof(folder: &Path, file: &ClientFile, span: Span, wrongs: &mut Wrongs<'_>) -> Option<ClientProof> {
    match (&file.secret, &file.key) {
        (Some(secret), None) => {
            let of_key = [file.kid.as_ref().map(|kid| kid.span), file.alg.as_ref().map(|alg| alg.span)];
            for (span, name) in of_key.into_iter().zip(["kid", "alg"]).filter_map(|(span, name)| Some((span?, name))) {
                let message = format!("`{name}` belongs to a key, and this client has a secret");
                wrongs.add(span, message, "a key, or no such line");
            }
            let secret = in_folder(folder, secret);
            Some(match file.method.as_ref().map(|method| method.value) {
                Some(SecretMethod::ClientSecretPost) => ClientProof::Post(secret),
                Some(SecretMethod::ClientSecretBasic) | None => ClientProof::Basic(secret),
            })
        }
        (None, Some(key)) => {
            if let Some(method) = &file.method {
                let message = "`method` belongs to a secret, and this client has a key";
                wrongs.add(method.span, message, "a secret, or no such line");
            }
            let kid = file.kid.as_ref().map(|kid| kid.value.clone());
            let algorithm = file.alg.as_ref().map(|alg| alg.value);
            Some(ClientProof::Key { key: in_folder(folder, key), kid, algorithm })
        }
        (Some(_), Some(_)) => {
            wrongs.add(span, "the client has a secret and a key", "one of them");
            None
        }
        (None, None) => {
            wrongs.add(span, "the client has neither a secret nor a key", "one of them");
            None
        }
    }
}

/// A source with its path from the folder of the target file.
fn in_folder(folder: &Path, source: &SecretSource) -> SecretSource {
    match source {
        SecretSource::File(path) => SecretSource::File(folder.join(path)),
        SecretSource::Env(_) | SecretSource::Command(_) => source.clone(),
    }
}

/// Whether a secret can be had at all, as far as that is seen without fetching it; else what is wrong and what is expected.
/// No message repeats more than a name: whoever writes the secret in its place must not find it on the screen.
fn available(source: &SecretSource) -> Result<(), (String, &'static str)> {
    match source {
        SecretSource::Env(name) => {
            let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            let shown = if name.len() <= 40 && name.bytes().all(is_name) { name.as_str() } else { "of this name" };
            let set = std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
            if set {
                return Ok(());
            }
            Err((
                format!("the environment variable {shown} is not set, or empty"),
                "the name of a variable that holds the secret",
            ))
        }
        SecretSource::File(path) => match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(()),
            Ok(_) => Err(("the secret is no file".to_owned(), "the path of a file that holds the secret")),
            Err(cause) => Err((
                format!("the file of the secret cannot be read ({})", cause.kind()),
                "the path of a file, from the folder of the target file",
            )),
        },
        SecretSource::Command(words) if words.first().is_none_or(String::is_empty) => {
            Err(("the command is empty".to_owned(), "a program and its arguments"))
        }
        SecretSource::Command(_) => Ok(()),
    }
}
