//! Reads `--target`: a URL, or a target file with one target or several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::address::{WrongUrl, base_url, shown, starred};
use super::credentials::credentials;
use super::declared::{HadFixtures, undeclarable, undeclarable_features};
use super::file::{LimitsFile, ProfileFile, TlsFile};
use super::guarded::guarded;
use super::profile::{Profile, TargetLimits, TlsFiles};
use super::rate::RequestRate;
use crate::words::fhir::FhirId;
use crate::words::file;
use crate::words::yaml::{Files, Located, Node, Problem, parse, read};

/// The greatest number of step lists of a generated sequence.
pub const MOST_LISTS: u32 = 1_000_000;

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
    #[error("{path} has several targets ({names}): expected --target {path}#NAME")]
    Several { path: String, names: String },
    #[error("{path} has no target `{name}`: expected {names}")]
    NoSuchName { path: String, name: String, names: String },
    #[error("the target file has mistakes")]
    Problems { problems: Vec<Problem>, files: Files },
}

/// The file in a `--target`, without the name behind it.
pub fn file_of(target: &str) -> &str {
    parts(target).0
}

/// The file in a `--target`, and the name of the target in it.
fn parts(target: &str) -> (&str, Option<&str>) {
    match target.rsplit_once('#') {
        Some((file, name)) if !Path::new(target).exists() => (file, Some(name)),
        Some(_) | None => (target, None),
    }
}

/// Reads `--target`: a URL, or the path of a target file, with `#NAME` behind it where it has several.
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
    let (path, name) = parts(target);
    if !Path::new(path).exists() {
        return Err(match target.contains("://") {
            true => not_a_target(WrongUrl::Scheme.text()),
            false => ProfileError::NoFile { path: shown(target) },
        });
    }
    let text = file::text(Path::new(path), file::MOST_WRITTEN)
        .map_err(|cause| ProfileError::Unreadable { path: path.to_owned(), cause })?;
    load_named(path, &text, name)
}

/// Reads the text of a target file; `target` is its name in messages.
///
/// # Errors
/// Every mistake in the text.
pub fn load_text(target: &str, text: &str) -> Result<Profile, ProfileError> {
    load_named(target, text, None)
}

/// As [`load_text`], for the target of a name where there are several. The form of all of them is checked.
fn load_named(target: &str, text: &str, name: Option<&str>) -> Result<Profile, ProfileError> {
    let node = parse(target, text).map_err(|problem| with_text(vec![problem], target, text))?;
    let Some(targets) = node.get("targets") else {
        return match name {
            None => profile(target, text, &node),
            Some(name) => Err(ProfileError::NoSuchName {
                path: target.to_owned(),
                name: name.to_owned(),
                names: "no name, as it has one target".to_owned(),
            }),
        };
    };
    let mut problems = Vec::new();
    for (key, span, _) in node.entries().iter().filter(|(key, _, _)| key != "targets") {
        let problem = Problem::new(target, *span, format!("unknown key `{key}` beside `targets`"));
        problems.push(problem.accepted("targets alone, and this key in each of them"));
    }
    if targets.entries().is_empty() {
        let problem = Problem::new(target, targets.span, "there is no target in it");
        problems.push(problem.accepted("names, each with the keys of a target"));
    }
    for (_, _, entry) in targets.entries() {
        problems.extend(read::<ProfileFile>(target, entry).err().unwrap_or_default());
    }
    if !problems.is_empty() {
        return Err(with_text(problems, target, text));
    }
    let names = || targets.entries().iter().map(|(name, _, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, targets.entries()) {
        (None, [(_, _, only)]) => profile(target, text, only),
        (None, _) => Err(ProfileError::Several { path: target.to_owned(), names: names() }),
        (Some(name), entries) => match entries.iter().find(|(key, _, _)| key == name) {
            Some((_, _, entry)) => profile(target, text, entry),
            None => Err(ProfileError::NoSuchName { path: target.to_owned(), name: name.to_owned(), names: names() }),
        },
    }
}

/// One target of a file.
fn profile(target: &str, text: &str, node: &Node) -> Result<Profile, ProfileError> {
    let file: ProfileFile = read(target, node).map_err(|problems| with_text(problems, target, text))?;
    let mut problems = Vec::new();
    let base_url = checked_url(target, text, &file.base_url)?;
    check_ids(target, &file, &mut problems);
    let creates = file.create.unwrap_or(file.fixtures.is_empty());
    let had = HadFixtures { listed: &file.fixtures, creates, edition: file.edition };
    problems.extend(undeclarable(target, &file.without.fixtures, &had));
    let open_endpoint = match &file.provides.open_endpoint {
        Some(url) => Some(checked_url(target, text, url)?),
        None => None,
    };
    let tenant = file.provides.tenant.as_ref();
    if let Some(tenant) = tenant.filter(|tenant| base_url.rsplit('/').next() != Some(&tenant.value)) {
        let problem = Problem::new(target, tenant.span, "the base URL does not end with this tenant");
        problems.push(problem.accepted("the last segment of the base URL"));
    }
    let is_secure = base_url.starts_with("https://");
    let credentials = credentials(target, &file.credentials, is_secure, &mut problems);
    check_authorization(target, &file, &mut problems);
    let (headers, from_environment) = headers(target, file.headers, &mut problems);
    let limits = limits(target, &file.limits, &mut problems);
    let tls = tls(target, &file.tls, is_secure, &mut problems);
    let slot_search = slot_search(target, file.slot_search, &mut problems);
    let profile = Profile {
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
        limits,
        credentials: credentials.by_identity,
        same_as_run: credentials.same_as_run,
        tenant: file.provides.tenant.is_some(),
        open_endpoint,
        without_features: BTreeMap::new(),
        slot_search,
        tls,
        about: file.about,
    };
    problems.extend(undeclarable_features(target, &file.without.features, &profile));
    if !problems.is_empty() {
        return Err(with_text(problems, target, text));
    }
    let declared = file.without.features.into_iter().map(|(feature, reason)| (feature, reason.value));
    Ok(Profile { without_features: declared.collect(), ..profile })
}

/// A base URL of a target file, clean.
fn checked_url(target: &str, text: &str, url: &Located<String>) -> Result<String, ProfileError> {
    base_url(&url.value).map_err(|wrong| {
        let written = &url.value;
        let message = format!("invalid base URL `{}`: {}", shown(written), wrong.text());
        let problem = Problem::new(target, url.span, message).accepted("http://host/path or https://host/path");
        // The line is printed beneath the message.
        with_text(vec![problem], target, &text.replace(written.as_str(), &starred(written)))
    })
}

/// Ids stand in URLs and in documents as they are.
fn check_ids(target: &str, file: &ProfileFile, problems: &mut Vec<Problem>) {
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
}

/// The run has one identity.
fn check_authorization(target: &str, file: &ProfileFile, problems: &mut Vec<Problem>) {
    use super::credentials::Identity;
    let header = file.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if let (Some((_, line)), true) = (header, file.credentials.contains_key(&Identity::Run)) {
        let problem = Problem::new(target, line.span, "the file has credentials and an Authorization header");
        problems.push(problem.accepted("one of them"));
    }
}

/// Limits within their bounds.
fn limits(target: &str, file: &LimitsFile, problems: &mut Vec<Problem>) -> TargetLimits {
    let mut wrong = |span, message: String, accepted: &str| {
        problems.push(Problem::new(target, span, message).accepted(accepted));
    };
    if let Some(cases) = file.cases.as_ref().filter(|cases| cases.value > MOST_LISTS) {
        wrong(cases.span, format!("invalid number of step lists {}", cases.value), "0 to 1000000");
    }
    if let Some(jobs) = file.jobs.as_ref().filter(|jobs| !(1..=256).contains(&jobs.value)) {
        wrong(jobs.span, format!("invalid number of appointments {}", jobs.value), "1 to 256");
    }
    if let Some(most) = file.in_flight.as_ref().filter(|most| !(1..=256).contains(&most.value)) {
        wrong(most.span, format!("invalid number of requests {}", most.value), "1 to 256");
    }
    let rate = file.rate.as_ref().and_then(|rate| {
        let read = rate.value.parse().ok();
        if read.is_none() {
            wrong(rate.span, format!("invalid rate `{}`", rate.value), RequestRate::FORM);
        }
        read
    });
    let mut seconds = |located: &Option<Located<f64>>| {
        let located = located.as_ref()?;
        if located.value > 0.0 && located.value <= 1e6 {
            return Some(Duration::from_secs_f64(located.value));
        }
        wrong(located.span, format!("invalid number of seconds {}", located.value), "more than 0, and at most 1000000");
        None
    };
    TargetLimits {
        timeout: seconds(&file.timeout),
        deadline: seconds(&file.deadline),
        cases: file.cases.as_ref().map(|cases| cases.value),
        jobs: file.jobs.as_ref().map(|jobs| jobs.value),
        max_requests: file.max_requests,
        rate,
        in_flight: file.in_flight.as_ref().map(|most| most.value),
    }
}

/// Certificates, each in a file that is there.
fn tls(target: &str, file: &TlsFile, is_secure: bool, problems: &mut Vec<Problem>) -> TlsFiles {
    let folder = Path::new(target).parent().map(Path::to_owned).unwrap_or_default();
    let mut wrong = |span, message: String, accepted: &str| {
        problems.push(Problem::new(target, span, message).accepted(accepted));
    };
    let mut path = |located: &Option<Located<PathBuf>>| {
        let located = located.as_ref()?;
        let path = folder.join(&located.value);
        if !is_secure {
            wrong(located.span, "the base URL is not https".to_owned(), "no certificates, or an https base URL");
        } else if let Err(cause) = std::fs::File::open(&path) {
            wrong(located.span, format!("the file cannot be read ({})", cause.kind()), "a file in PEM");
        }
        Some(path)
    };
    let (ca, certificate, key) = (path(&file.ca), path(&file.certificate), path(&file.key));
    let one = file.certificate.as_ref().xor(file.key.as_ref());
    if let Some(alone) = one {
        wrong(alone.span, "a client certificate takes a certificate and a key".to_owned(), "both");
    }
    TlsFiles { ca, client: certificate.zip(key) }
}

/// Parameters as they may stand in a query.
fn slot_search(
    target: &str,
    written: BTreeMap<String, Located<String>>,
    problems: &mut Vec<Problem>,
) -> Vec<(String, String)> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    for (name, value) in &written {
        if !is_name(name) {
            let problem = Problem::new(target, value.span, format!("invalid search parameter `{name}`"));
            problems.push(problem.accepted("a name such as service-type or schedule.actor"));
        }
        if value.value.is_empty() || value.value.chars().any(char::is_control) {
            let problem = Problem::new(target, value.span, format!("invalid value of the search parameter `{name}`"));
            problems.push(problem.accepted("text as it stands in the query, not yet encoded"));
        }
    }
    written.into_iter().map(|(name, value)| (name, value.value)).collect()
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
