//! The target file: what each key means, and where each mistake is.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::{Identity, Profile, ProfileError, TokenSource, file_of, load, load_text};
use crate::suite::contract::Edition;
use crate::suite::scenario::Feature;
use crate::words::yaml::render;

const BASE: &str = "base-url: https://a.example/r4/t1\n";

fn messages(text: &str) -> String {
    match load_text("t.yaml", text) {
        Ok(_) => String::new(),
        Err(ProfileError::Problems { problems, files }) => render(&problems, &files, false),
        Err(other) => other.to_string(),
    }
}

fn profile(more: &str) -> Profile {
    load_text("t.yaml", &format!("{BASE}{more}"))
        .unwrap_or_else(|_| unreachable!("{}", messages(&format!("{BASE}{more}"))))
}

#[test]
fn every_mistake_has_its_line_and_what_is_expected() {
    for (more, place, said) in [
        ("limits: { jobs: 0 }\n", "t.yaml:2:17", "1 to 256"),
        ("limits:\n  timeout: -1\n", "t.yaml:3:12", "more than 0"),
        ("limits:\n  deadline: 1e9\n", "t.yaml:3:13", "at most 1000000"),
        ("limits:\n  cases: 1000001\n", "t.yaml:3:10", "0 to 1000000"),
        ("provides:\n  tenant: t2\n", "t.yaml:3:11", "last segment"),
        ("provides:\n  tennant: t1\n", "t.yaml:3:3", "did you mean `tenant`"),
        ("provides:\n  open-endpoint: ftp://a.example\n", "t.yaml:3:18", "http://host/path"),
        ("slot-search:\n  'a b': c\n", "t.yaml:3:10", "service-type"),
        ("tls:\n  ca: /no/such/file.pem\n", "t.yaml:3:7", "a file in PEM"),
        ("tls:\n  certificate: /dev/null\n", "t.yaml:3:16", "both"),
        ("without:\n  https: we have none\n", "t.yaml:3:10", "provides it"),
        ("without:\n  usr-token: we have none\n", "t.yaml:3:3", "unknown"),
        ("about:\n  vendr: x\n", "t.yaml:3:3", "did you mean `vendor`"),
        ("credentials:\n  run: run\n", "t.yaml:3:8", "bearer or client"),
        ("credentials:\n  user: run\n", "t.yaml:3:9", "a key `run`"),
        ("credentials:\n  owner: run\n", "t.yaml:3:3", "expected run"),
        (
            "credentials:\n  run:\n    bearer: { env: NO_SUCH_VARIABLE_AT_ALL }\n",
            "t.yaml:4:5",
            "NO_SUCH_VARIABLE_AT_ALL",
        ),
        ("credentials:\n  run:\n    bearer: { file: /no/such/file }\n", "t.yaml:4:5", "cannot be read"),
        ("credentials:\n  run:\n    bearer: { command: [] }\n", "t.yaml:4:5", "a program"),
        ("credentials:\n  run:\n    client: { id: a }\n", "t.yaml:4:5", "neither a secret nor a key"),
        ("credentials:\n  run:\n    client: { secret: { env: PATH } }\n", "t.yaml:4:13", "`id` is missing"),
        (
            "credentials:\n  run:\n    client:\n      id: a\n      secret: { env: PATH }\n      kid: k\n",
            "t.yaml:7:12",
            "no such line",
        ),
        (
            "credentials:\n  run:\n    client:\n      id: a\n      secret: { env: PATH }\n      token-url: http://a.example/t\n",
            "t.yaml:7:18",
            "an https URL",
        ),
        (
            "credentials:\n  run:\n    client:\n      id: a\n      secret: { env: PATH }\n      token-host: https://b\n",
            "t.yaml:7:19",
            "a host as in a URL",
        ),
        (
            "headers:\n  Authorization: x\ncredentials:\n  run:\n    bearer: { env: PATH }\n",
            "t.yaml:3:18",
            "one of them",
        ),
    ] {
        let listed = messages(&format!("{BASE}{more}"));
        assert!(listed.contains(place) && listed.contains(said), "{place} {said}\n{more}\n{listed}");
    }
}

#[test]
fn what_a_target_file_says_is_what_a_run_gets() {
    let limits = profile("limits: { jobs: 2, timeout: 2.5, deadline: 60, max-requests: 100, cases: 3 }\n").limits;
    assert_eq!((limits.jobs, limits.cases, limits.max_requests), (Some(2), Some(3), Some(100)));
    assert_eq!((limits.timeout, limits.deadline), (Some(Duration::from_millis(2500)), Some(Duration::from_secs(60))));
    let searching = profile("slot-search: { service-type: 'http://a|1', _count: '50' }\n");
    let parameters = [("_count", "50"), ("service-type", "http://a|1")];
    assert_eq!(searching.slot_search, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let about = profile("about: { vendor: Acme, version: '7' }\n").about.unwrap();
    assert_eq!((about.vendor.as_deref(), about.version.as_deref()), (Some("Acme"), Some("7")));
    let open = profile("provides: { tenant: t1, open-endpoint: https://open.example/r4/ }\n");
    assert_eq!(open.open_endpoint.as_deref(), Some("https://open.example/r4"));
    let supply = open.supply(Edition::March2024);
    assert!(supply.features.contains(&Feature::Tenant) && supply.features.contains(&Feature::OpenEndpoint));
}

#[test]
fn the_kinds_of_tokens_are_those_that_can_be_had_or_are_declared_away() {
    let client = "credentials:\n  run:\n    client: { id: a, secret: { env: PATH } }\n";
    let given = profile(&format!(
        "{client}  read-only:\n    bearer: {{ env: PATH }}\n  user: run\nwithout:\n  patient-token: none here\n"
    ));
    assert!(matches!(given.credentials.get(&Identity::Run), Some(TokenSource::Client(_))));
    let supply = given.supply(Edition::March2024);
    // A client that gets a token itself is a system.
    for feature in [Feature::Authentication, Feature::UserToken, Feature::SystemToken, Feature::ReadOnlyToken] {
        assert!(supply.features.contains(&feature), "{}", feature.name());
    }
    assert_eq!(supply.lacks.get(&Feature::PatientToken).map(String::as_str), Some("none here"));
    assert!(
        !supply.lacks.contains_key(&Feature::WriteOnlyToken) && !supply.features.contains(&Feature::WriteOnlyToken)
    );
    assert_eq!(given.lines(), [("authorization".to_owned(), "Bearer [token:run]".to_owned())]);
    // An Authorization header on the command line takes the place of the credentials of the run.
    let line = ("Authorization".to_owned(), "Bearer x".to_owned());
    assert_eq!(Profile { headers: vec![line.clone()], ..given }.lines(), [line]);
    for declared in ["user-token", "system-token", "authentication"] {
        let listed = messages(&format!("{BASE}{client}  user: run\nwithout:\n  {declared}: none\n"));
        assert!(listed.contains("the same file provides it"), "{declared}: {listed}");
    }
}

#[test]
fn of_several_targets_one_is_chosen_by_its_name() {
    let folder = std::env::temp_dir().join(format!("patchproof-targets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("targets.yaml");
    let text = "targets:\n  night: { base-url: http://n.example/r4 }\n  desk: { base-url: http://d.example/r4 }\n";
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    assert_eq!(load(&format!("{path}#desk")).unwrap().base_url, "http://d.example/r4");
    assert_eq!(file_of(&format!("{path}#desk")), path);
    let said = |target: &str| load(target).unwrap_err().to_string();
    assert!(said(&path).contains("night, desk") && said(&path).contains("#NAME"), "{}", said(&path));
    assert!(said(&format!("{path}#noon")).contains("no target `noon`"));
    for (text, said) in [
        (format!("{text}edition: 2024-03\n"), "unknown key `edition` beside `targets`"),
        ("targets: {}\n".to_owned(), "no target in it"),
        ("targets:\n  a: { base-url: http://a.example }\n  b: { base-ulr: x }\n".to_owned(), "did you mean `base-url`"),
    ] {
        assert!(messages(&text).contains(said), "{}", messages(&text));
    }
    assert_eq!(
        load_text("t.yaml", "targets: { a: { base-url: http://a.example } }").unwrap().base_url,
        "http://a.example"
    );
    let one = load(&format!("{path}x"));
    assert!(matches!(one, Err(ProfileError::NoFile { .. })));
    let _ = std::fs::remove_dir_all(&folder);
}
