//! The target file: one YAML document that says where a server is and what may be used there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::{WrongUrl, base_url, shown, starred};
use super::declared::{HadFixtures, undeclarable};
use super::guarded::guarded;
use super::without::Without;
use crate::plan::Supply;
use crate::suite::contract::Edition;
use crate::suite::scenario::{Feature, Fixture};
use crate::words::fhir::FhirId;
use crate::words::file;
use crate::words::schema::{document, generator};
use crate::words::yaml::{Files, Located, Problem, parse, read};

/// A server under test.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Without a slash at the end.
    pub base_url: String,
    /// The edition the target file names.
    pub edition: Option<Edition>,
    pub writes: Writes,
    /// Header lines for every request, as (name, value). The values of credentials never reach the record.
    pub headers: Vec<(String, String)>,
    /// What the environment put into them: none of it reaches the record.
    pub from_environment: Vec<String>,
    /// Listed appointments by state.
    pub fixtures: BTreeMap<Fixture, Vec<String>>,
    /// Ids of free slots; found by search where empty.
    pub slots: Vec<String>,
    /// Whether appointments may be made with POST.
    pub create: bool,
    /// Fixtures the target declares it cannot have, with its words.
    pub without: BTreeMap<Fixture, String>,
    /// The target declares that it takes no JSON Patch, with its words; then FHIR R4 asks nothing of its PATCH.
    pub without_json_patch: Option<String>,
    /// What is taken out of the evidence, where it is said; see [`Profile::redaction`].
    pub redact: Option<Redact>,
    /// Step lists of each generated sequence, where it is said; 0 leaves them out.
    pub cases: Option<u32>,
}

/// The greatest number of step lists of a generated sequence.
pub const MOST_LISTS: u32 = 1_000_000;

/// What is taken out of the evidence before it is judged and recorded. Secrets always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Redact {
    /// Nothing more.
    None,
    /// Protected health information: names, narratives, addresses, identifiers, free text, references to people.
    Phi,
}

impl std::str::FromStr for Redact {
    type Err = String;
    fn from_str(text: &str) -> Result<Redact, String> {
        match text {
            "none" => Ok(Redact::None),
            "phi" => Ok(Redact::Phi),
            _ => Err("expected none or phi".to_owned()),
        }
    }
}

/// Whether a host that is not this machine may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Writes {
    /// Only where the host is this machine.
    #[default]
    Refuse,
    /// It is a sandbox.
    Allow,
}

/// Why there is no target.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("invalid target `{text}`: {why}; expected http://host/path, https://host/path or a target file")]
    NotATarget { text: String, why: &'static str },
    #[error(
        "there is no target file `{path}`: expected the path of a target file, or a URL (http://host/path or https://host/path)"
    )]
    NoFile { path: String },
    #[error("cannot read the target file `{path}`: {cause}")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("the target file has mistakes")]
    Problems { problems: Vec<Problem>, files: Files },
}

/// A target file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Target")]
struct ProfileFile {
    /// Where the server is: http://host/path or https://host/path, without a query, a fragment or credentials.
    base_url: Located<String>,
    /// The edition of the contract to hold it against; --edition takes its place.
    edition: Option<Edition>,
    /// Whether a host that is not this machine may be written to.
    #[serde(default)]
    writes: Writes,
    /// Headers for every request, by name. `${NAME}` stands for the value of an environment variable.
    #[serde(default)]
    headers: BTreeMap<String, Located<String>>,
    /// Ids of appointments, by the state they are in.
    #[serde(default)]
    fixtures: BTreeMap<Fixture, Vec<Located<String>>>,
    /// Ids of free slots; found by search where there are none.
    #[serde(default)]
    slots: Vec<Located<String>>,
    /// Whether appointments may be created with POST; without it, yes where none are listed.
    create: Option<bool>,
    /// Fixtures the target cannot have, with the reason for each; `json-patch` where it takes no JSON Patch at all.
    #[serde(default)]
    without: Without,
    /// What is removed from the evidence besides secrets; without it, phi where the host is not this machine.
    redact: Option<Redact>,
    /// What a run against this target may use up; --cases and PATCHPROOF_CASES take its place.
    #[serde(default)]
    limits: LimitsFile,
}

/// Limits as they are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Limits")]
struct LimitsFile {
    /// Step lists of each generated sequence, up to 1000000; 0 leaves generated sequences out.
    cases: Option<Located<u32>>,
}

/// The JSON Schema of target files, as pretty JSON text that ends with a line feed.
pub fn schema() -> String {
    let mut generator = generator();
    let body = generator.root_schema_for::<ProfileFile>().to_value();
    document("patchproof target file", body, generator)
}

/// Reads `--target`: a URL, or the path of a target file.
///
/// # Errors
/// Neither a URL nor a readable file, or every mistake in the file.
pub fn load(target: &str) -> Result<Profile, ProfileError> {
    let not_a_target = |why| ProfileError::NotATarget { text: shown(target), why };
    match base_url(target) {
        Ok(base_url) => return Ok(Profile::of_url(base_url)),
        Err(WrongUrl::Scheme) => {}
        Err(wrong) => return Err(not_a_target(wrong.text())),
    }
    let path = Path::new(target);
    if !path.exists() {
        return Err(match target.contains("://") {
            true => not_a_target(WrongUrl::Scheme.text()),
            false => ProfileError::NoFile { path: shown(target) },
        });
    }
    let text = file::text(path, file::MOST_WRITTEN)
        .map_err(|cause| ProfileError::Unreadable { path: target.to_owned(), cause })?;
    load_text(target, &text)
}

/// Reads the text of a target file; `target` is its name in messages.
///
/// # Errors
/// Every mistake in the text.
pub fn load_text(target: &str, text: &str) -> Result<Profile, ProfileError> {
    let node = parse(target, text).map_err(|problem| with_text(vec![problem], target, text))?;
    let file: ProfileFile = read(target, &node).map_err(|problems| with_text(problems, target, text))?;
    let mut problems = Vec::new();
    let base_url = match base_url(&file.base_url.value) {
        Ok(base_url) => base_url,
        Err(wrong) => {
            let written = &file.base_url.value;
            let message = format!("invalid base URL `{}`: {}", shown(written), wrong.text());
            problems.push(
                Problem::new(target, file.base_url.span, message).accepted("http://host/path or https://host/path"),
            );
            // The line is printed beneath the message.
            return Err(with_text(problems, target, &text.replace(written.as_str(), &starred(written))));
        }
    };
    // Ids stand in URLs and in documents as they are.
    for id in file.fixtures.values().flatten().chain(&file.slots).filter(|id| id.value.parse::<FhirId>().is_err()) {
        let message = format!("invalid FHIR id `{}`", id.value);
        problems.push(Problem::new(target, id.span, message).accepted(FhirId::FORM));
    }
    let mut seen = BTreeSet::new();
    for id in file.fixtures.values().flatten() {
        if !seen.insert(&id.value) {
            problems.push(Problem::new(target, id.span, format!("the appointment `{}` is listed twice", id.value)));
        }
    }
    let creates = file.create.unwrap_or(file.fixtures.is_empty());
    let had = HadFixtures { listed: &file.fixtures, creates, edition: file.edition };
    problems.extend(undeclarable(target, &file.without.fixtures, &had));
    let (headers, from_environment) = headers(target, file.headers, &mut problems);
    let cases = file.limits.cases;
    problems.extend(cases.as_ref().and_then(|cases| too_many(target, cases)));
    if !problems.is_empty() {
        return Err(with_text(problems, target, text));
    }
    Ok(Profile {
        cases: cases.map(|cases| cases.value),
        base_url,
        edition: file.edition,
        writes: file.writes,
        headers,
        from_environment,
        create: creates,
        fixtures: file
            .fixtures
            .into_iter()
            .map(|(state, ids)| (state, ids.into_iter().map(|id| id.value).collect()))
            .collect(),
        slots: file.slots.into_iter().map(|id| id.value).collect(),
        without: file.without.fixtures.into_iter().map(|(fixture, reason)| (fixture, reason.value)).collect(),
        without_json_patch: file.without.json_patch,
        redact: file.redact,
    })
}

/// What is wrong with a number of step lists.
fn too_many(target: &str, cases: &Located<u32>) -> Option<Problem> {
    let message = format!("invalid number of step lists {}", cases.value);
    (cases.value > MOST_LISTS).then(|| Problem::new(target, cases.span, message).accepted("0 to 1000000"))
}

/// The header lines of a target file, and what the environment put into them.
fn headers(
    target: &str,
    written: BTreeMap<String, Located<String>>,
    problems: &mut Vec<Problem>,
) -> (Vec<(String, String)>, Vec<String>) {
    let from_environment = std::cell::RefCell::new(Vec::new());
    let environment = |name: &str| {
        let value = std::env::var(name).ok()?;
        from_environment.borrow_mut().push(value.trim_end().to_owned());
        Some(value)
    };
    let mut headers = Vec::new();
    for (name, value) in written {
        match expand(&value.value, &environment) {
            Ok(text) => headers.push((name, text)),
            Err(message) => {
                let accepted = "text, with `${NAME}` where the value of an environment variable belongs";
                problems.push(Problem::new(target, value.span, message).accepted(accepted));
            }
        }
    }
    (headers, from_environment.into_inner().into_iter().filter(|value| !value.is_empty()).collect())
}

fn with_text(problems: Vec<Problem>, path: &str, text: &str) -> ProfileError {
    let (problems, files) = guarded(problems, path, text);
    ProfileError::Problems { problems, files }
}

/// The value of a header line, with each `${NAME}` replaced by what `environment` has. A message never repeats a value: it
/// may be a secret.
fn expand(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            return Err("a `${` has no `}` behind it".to_owned());
        };
        let found = environment(name).filter(|found| !found.is_empty());
        let found = found.ok_or_else(|| format!("the environment variable `{name}` is not set, or empty"))?;
        value.push_str(before);
        value.push_str(found.trim_end());
        rest = behind;
    }
    value.push_str(rest);
    if value.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err("the value of a header has a control character in it".to_owned());
    }
    Ok(value)
}

impl Profile {
    /// A target of which only the URL is known: no authentication, appointments are made with POST.
    pub fn of_url(base_url: String) -> Profile {
        Profile {
            base_url: base_url.trim_end_matches('/').to_owned(),
            edition: None,
            writes: Writes::Refuse,
            headers: Vec::new(),
            from_environment: Vec::new(),
            fixtures: BTreeMap::new(),
            slots: Vec::new(),
            create: true,
            without: BTreeMap::new(),
            without_json_patch: None,
            redact: None,
            cases: None,
        }
    }

    /// What is taken out of the evidence: as said, else protected information wherever the target is another machine.
    pub fn redaction(&self) -> Redact {
        self.redact.unwrap_or(if self.is_loopback() { Redact::None } else { Redact::Phi })
    }

    /// The host of the base URL, without the port.
    pub fn host(&self) -> &str {
        super::address::host(&self.base_url)
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        super::address::is_loopback(&self.base_url)
    }

    /// Whether requests carry credentials.
    pub fn authenticates(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    }

    /// What the target can supply to a run of an edition.
    pub fn supply(&self, edition: Edition) -> Supply {
        let mut creatable = BTreeSet::new();
        if self.create {
            creatable.insert(Fixture::Booked);
            if edition == Edition::March2024 {
                creatable.insert(Fixture::Proposed);
            }
            // The vendor's pages have no delete of appointments.
            if edition == Edition::FhirR4 {
                creatable.insert(Fixture::Deleted);
            }
        }
        let mut features = BTreeSet::new();
        let mut lacks = BTreeMap::new();
        let mut feature = |feature: Feature, has: bool, declared: &str| {
            if has {
                features.insert(feature);
            } else {
                lacks.insert(feature, declared.to_owned());
            }
        };
        feature(
            Feature::Authentication,
            self.authenticates(),
            "the target declares no authentication (no Authorization header is configured)",
        );
        feature(Feature::Https, self.base_url.starts_with("https://"), "the base URL is not https");
        if !self.authenticates() {
            for token in [
                Feature::UserToken,
                Feature::SystemToken,
                Feature::ReadOnlyToken,
                Feature::PatientToken,
                Feature::WriteOnlyToken,
            ] {
                lacks.insert(token, "the target declares no authentication, so no kind of token matters".to_owned());
            }
            lacks.insert(Feature::OpenEndpoint, "the target declares no separate open endpoint".to_owned());
            lacks.insert(Feature::Tenant, "the target declares no tenant segment in its base URL".to_owned());
        }
        Supply {
            provided: self.fixtures.iter().map(|(state, ids)| (*state, ids.len())).collect(),
            creatable,
            slots: (!self.slots.is_empty()).then_some(self.slots.len()),
            features,
            lacks,
            without: self.without.clone(),
            without_json_patch: self.without_json_patch.clone(),
        }
    }
}

/// The text of a target file, as `patchproof serve --target-file` writes it.
pub fn write_profile(
    base_url: &str,
    edition: Edition,
    fixtures: &BTreeMap<Fixture, Vec<String>>,
    slots: &[String],
) -> String {
    // A JSON string is a YAML string, whatever is in it.
    let base_url = serde_json::Value::from(base_url);
    let mut text = format!(
        "# A target for patchproof run --target THIS-FILE\nbase-url: {base_url}\nedition: {edition}\ncreate: true\n"
    );
    if !fixtures.is_empty() {
        text.push_str("fixtures:\n");
    }
    for (state, ids) in fixtures {
        let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        let _ = writeln!(text, "  {state}: [{}]", ids.join(", "));
    }
    let slots: Vec<String> = slots.iter().map(|id| format!("'{id}'")).collect();
    let _ = writeln!(text, "slots: [{}]", slots.join(", "));
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("s3cret-value\n".to_owned()),
            "SPLIT" => Some("s3cret\r\nX-Evil: 1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn a_secret_in_the_base_url_of_a_target_file_is_not_repeated() {
        let text = "base-url: 'http://me:s3cret@a.example/r4'\n";
        let ProfileError::Problems { problems, files } = load_text("t.yaml", text).unwrap_err() else { unreachable!() };
        let listed = crate::words::yaml::render(&problems, &files, false);
        assert!(!listed.contains("s3cret") && listed.contains("credentials"), "{listed}");
    }

    #[test]
    fn a_header_takes_its_secret_from_the_environment() {
        assert_eq!(expand("Bearer ${TOKEN}", &environment), Ok("Bearer s3cret-value".to_owned()));
        assert_eq!(expand("plain $5 {x}", &environment), Ok("plain $5 {x}".to_owned()));
    }

    #[test]
    fn a_header_without_its_secret_is_a_mistake_that_names_the_variable() {
        for (text, named) in [("${NONE}", "`NONE`"), ("a ${EMPTY}", "`EMPTY`"), ("${TOKEN", "`}`")] {
            let message = expand(text, &environment).unwrap_err();
            assert!(message.contains(named), "{message}");
        }
    }

    #[test]
    fn a_secret_cannot_add_a_header_line_and_is_not_repeated() {
        let message = expand("Bearer ${SPLIT}", &environment).unwrap_err();
        assert!(message.contains("control character") && !message.contains("s3cret"), "{message}");
    }
}
