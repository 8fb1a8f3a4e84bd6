//! Tokens over real sockets: got, renewed, rejected, and seen nowhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;

use serde_json::{Value, json};

use super::credentials::relay_by_head;
use super::program::{Out, Program, Ran, Served};
use super::relay::Relay;

const SECRET: &str = "s3cr3t+of/the client";
/// So late is each response that a whole run outlives several tokens of two seconds on the quickest machine.
const SLOW: &str = "40ms";
const RSA: &str = include_str!("../words/jws/tests/rsa.pem");
const EC: &str = include_str!("../words/jws/tests/ec.pem");

/// The JWK Set that a vendor has of the keys of these tests.
fn jwks() -> String {
    let public = |text: &str, kid: &str| {
        let mut jwk: Value = serde_json::from_str(text).unwrap();
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            jwk.as_object_mut().unwrap().remove(name);
        }
        jwk["kid"] = Value::from(kid);
        jwk
    };
    let rsa = public(include_str!("../words/jws/tests/rsa.jwk"), "rs");
    let ec = public(include_str!("../words/jws/tests/ec.jwk"), "es");
    json!({ "keys": [rsa, ec] }).to_string()
}

/// Runs against a target file, with these secrets in the environment.
fn run(out: &Out, target: &str, arguments: &[&str], key: &str) -> Ran {
    let set = out.0.join("set").display().to_string();
    let fixed = ["run", "--target", target, "--out", &set, "--cases", "4", "--rounds", "1"];
    let mut program = Program::new(&[&fixed, arguments].concat());
    program.0.env("PATCHPROOF_CLIENT_SECRET", SECRET).env("PATCHPROOF_CLIENT_KEY", key);
    program.run()
}

fn record(out: &Out) -> Value {
    serde_json::from_slice(&fs::read(out.0.join("set/run.json")).unwrap()).unwrap()
}

fn tokens(record: &Value) -> Vec<&Value> {
    record["exchanges"].as_array().unwrap().iter().filter(|exchange| exchange["purpose"] == "token").collect()
}

/// A server that gives tokens, and its target file.
fn served(out: &Out, arguments: &[&str]) -> (Served, String) {
    let file = out.0.join("target.yaml").display().to_string();
    let server = Served::start(&[&["--target-file", &file], arguments].concat());
    (server, file)
}

/// Nothing that was written or printed has the secret, a key, or a token in it.
fn assert_kept(out: &Out, ran: &Ran) {
    let lines = [RSA, EC].into_iter().flat_map(str::lines).filter(|line| line.len() > 40 && !line.starts_with('-'));
    let secrets: Vec<&str> = lines.chain([SECRET, "s3cr3t%2Bof%2Fthe+client"]).collect();
    let mut texts = vec![ran.stdout.clone(), ran.stderr.clone()];
    for entry in fs::read_dir(out.0.join("set")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        texts.push(fs::read_to_string(entry.path()).unwrap());
    }
    for text in texts {
        assert!(secrets.iter().all(|secret| !text.contains(secret)));
        assert!(!text.contains("eyJ"), "an assertion");
    }
    for exchange in tokens(&record(out)) {
        let body = exchange["response"]["received"]["body"]["text"].as_str().unwrap_or_default();
        let members: Value = serde_json::from_str(body).unwrap_or_default();
        let token = members.get("access_token").unwrap_or(&Value::Null);
        assert!(token.is_null() || token == "[secret]", "{token}");
    }
}

#[test]
fn client_credentials_are_fetched_renewed_and_answer_every_rule_about_tokens() {
    for edition in ["2019-05", "2024-03"] {
        let out = Out::new(&format!("tokens-{edition}"));
        let life = ["--auth", "oauth", "--client-secret", SECRET, "--token-life", "2s", "--latency", SLOW];
        let (_server, file) = served(&out, &[&["--edition", edition, "--tenant", "t1"], &life[..]].concat());
        let ran = run(&out, &file, &[], "");
        ran.ends_with(0);
        let record = record(&out);
        assert!(tokens(&record).len() > 5, "{}", tokens(&record).len());
        for id in ["APPT-AUTH-04", "APPT-AUTH-05", "APPT-AUTH-06"] {
            let rule = record["requirements"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap();
            assert_eq!(rule["verdict"], "pass", "{edition} {rule}");
        }
        let exchanges = record["exchanges"].as_array().unwrap();
        let races = exchanges.iter().filter(|exchange| exchange["purpose"] == "race");
        let end = races.map(|exchange| exchange["end_us"].as_u64().unwrap()).max().unwrap();
        let cases = record["cases"].as_array().unwrap().iter();
        for case in cases.filter(|case| {
            ["authentication/invalid-token", "authentication/patient-token"].iter().any(|id| case["id"] == *id)
        }) {
            let sent = case["exchanges"].as_array().unwrap().iter().map(|id| &exchanges[id.as_u64().unwrap() as usize]);
            let sent: Vec<&Value> = sent.filter(|exchange| exchange["request"]["method"] == "PATCH").collect();
            assert!(!sent.is_empty());
            assert!(sent.iter().all(|exchange| exchange["begin_us"].as_u64().unwrap() >= end), "before a race: {case}");
        }
        assert_kept(&out, &ran);
        let set = out.0.join("set/run.json").display().to_string();
        Program::new(&["verify", &set]).run().ends_with(0);
    }
}

#[test]
fn a_secret_in_the_body_is_taken_too() {
    let out = Out::new("tokens-post");
    let (_server, file) = served(&out, &["--edition", "2019-05", "--auth", "oauth", "--client-secret", SECRET]);
    let text = fs::read_to_string(&file).unwrap().replace(", scope:", ", method: client-secret-post, scope:");
    fs::write(&file, text).unwrap();
    let ran = run(&out, &file, &["authentication/"], "");
    let record = record(&out);
    let failed = record["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "fail").count();
    assert!(failed == 0 && tokens(&record).len() > 1, "{}", ran.stdout);
    assert_kept(&out, &ran);
}

#[test]
fn backend_services_sign_with_either_algorithm() {
    for (kid, key) in [("rs", RSA), ("es", EC)] {
        let out = Out::new(&format!("tokens-{kid}"));
        out.write("jwks.json", &jwks());
        let set = out.0.join("jwks.json").display().to_string();
        let (_server, file) = served(&out, &["--edition", "2024-03", "--auth", "smart", "--jwks", &set]);
        let text = fs::read_to_string(&file).unwrap().replace("kid: \"rs\"", &format!("kid: {kid}"));
        fs::write(&file, text).unwrap();
        let ran = run(&out, &file, &[], key);
        ran.ends_with(0);
        assert_kept(&out, &ran);
    }
}

#[test]
fn what_keeps_a_token_away_ends_the_run_with_3_and_its_cause() {
    let out = Out::new("tokens-none");
    out.write("jwks.json", &jwks());
    let set = out.0.join("jwks.json").display().to_string();
    let (_server, file) = served(&out, &["--edition", "2024-03", "--auth", "smart", "--jwks", &set]);
    let whole = fs::read_to_string(&file).unwrap();
    for (from, to, key, said) in [
        ("kid: \"rs\"", "kid: other", RSA, "unknown kid"),
        ("kid: \"rs\"", "kid: rs", EC, "does not verify"),
        ("id: patchproof", "id: somebody", RSA, "iss and sub"),
        ("scope: ", "audience: http://elsewhere.test/token, scope: ", RSA, "aud must be"),
        ("kid: \"rs\"", "kid: rs", "no key at all", "neither PEM nor JWK"),
        ("kid: \"rs\"", "alg: ES384", RSA, "the key is one for RS384"),
    ] {
        fs::write(&file, whole.replace(from, to)).unwrap();
        let ran = run(&out, &file, &["authentication/"], key);
        ran.ends_with(3).says("authentication failed").says(said);
        let record = record(&out);
        assert!(record["summary"]["reason"].as_str().unwrap().contains(said), "{}", record["summary"]);
        assert_kept(&out, &ran);
        let path = out.0.join("set/run.json").display().to_string();
        Program::new(&["verify", &path]).run().ends_with(0);
    }
}

#[test]
fn a_search_follows_its_pages_and_asks_for_what_the_target_file_says() {
    let unanswered = |name: &str, arguments: &[&str], file: bool| {
        let out = Out::new(name);
        let (server, target) = served(&out, &[&["--edition", "2024-03"], arguments].concat());
        let target = if file { target } else { server.url.clone() };
        if file {
            // Slots are searched for, and not those that are listed.
            let text = fs::read_to_string(&target).unwrap();
            let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("slots:")).collect();
            fs::write(&target, kept.join("\n")).unwrap();
        }
        let ran = run(&out, &target, &["--edition", "2024-03"], "");
        let rules = record(&out)["requirements"].as_array().unwrap().clone();
        let open = |rule: &&Value| {
            rule["level"] == "MUST" && ["not-tested", "inconclusive"].contains(&rule["verdict"].as_str().unwrap())
        };
        (rules.iter().filter(open).count(), ran)
    };
    let (plain, _) = unanswered("pages-none", &[], false);
    let (paged, _) = unanswered("pages-five", &["--page", "5"], false);
    assert_eq!(plain, paged);
    let (refused, ran) = unanswered("slots-strict", &["--strict-slots"], false);
    assert!(
        refused > plain && ran.stdout.contains("service-type") && ran.stdout.contains("slot-search"),
        "{}",
        ran.stdout
    );
    let (found, ran) = unanswered("slots-found", &["--strict-slots"], true);
    assert!(found <= plain, "{found}: {}", ran.stdout);
}

/// A target file whose target and token endpoint are behind a relay.
fn behind(file: &str, server: &Served, relay: &str) {
    let text = fs::read_to_string(file).unwrap().replace(&server.url, relay);
    let token = relay.replace("/r4", "/token");
    fs::write(file, text.replace("id: patchproof,", &format!("id: patchproof, token-url: {token},"))).unwrap();
}

/// Whether a response is one that gives a token.
fn gives_token(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("access_token")
}

#[test]
fn a_token_that_dies_before_its_time_is_replaced_once_a_request_is_rejected() {
    /// So many requests may carry one token.
    const MOST: usize = 60;
    let out = Out::new("tokens-early");
    let (server, file) = served(&out, &["--edition", "2019-05", "--auth", "oauth", "--client-secret", SECRET]);
    let shown: std::sync::Mutex<std::collections::BTreeMap<String, usize>> = std::sync::Mutex::default();
    let port = relay_by_head(server.port(), move |head| {
        let token = head.lines().find_map(|line| line.split_once("Bearer ")).map(|(_, token)| token.to_owned());
        // One that nobody issued is no token of the run.
        let Some(token) = token.filter(|token| token.len() == 32) else { return false };
        let mut shown = shown.lock().unwrap();
        let count = shown.entry(token).or_default();
        *count += 1;
        *count > MOST
    });
    behind(&file, &server, &format!("http://127.0.0.1:{port}/r4"));
    let ran = run(&out, &file, &["transitions/", "if-match/"], "");
    let record = record(&out);
    let exchanges = record["exchanges"].as_array().unwrap();
    let denied = exchanges.iter().filter(|exchange| exchange["response"]["received"]["status"] == 401).count();
    assert!(denied > 0 && tokens(&record).len() > 1, "{denied}, {}", tokens(&record).len());
    let failed = record["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "fail").count();
    assert!(failed == 0 && matches!(ran.code, Some(0 | 4)), "{:?}\n{}", ran.code, ran.stdout);
    assert_kept(&out, &ran);
    let path = out.0.join("set/run.json").display().to_string();
    Program::new(&["verify", &path]).run().ends_with(0);
}

#[test]
fn credentials_that_cannot_be_renewed_end_the_run_with_3_and_when_and_why() {
    let out = Out::new("tokens-end");
    let life = ["--auth", "oauth", "--client-secret", SECRET, "--token-life", "2s", "--latency", SLOW];
    let (server, file) = served(&out, &[&["--edition", "2019-05"], &life[..]].concat());
    let given = std::sync::atomic::AtomicUsize::new(0);
    let relay = Relay::changing(
        server.port(),
        |_| {},
        move |(head, body)| {
            if !gives_token(&body) || given.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
                return (head, body);
            }
            let refusal = r#"{"error":"invalid_client","error_description":"the client was disabled"}"#;
            (head.replacen("200 OK", "401 Unauthorized", 1), refusal.as_bytes().to_vec())
        },
    );
    behind(&file, &server, &relay.url());
    let ran = run(&out, &file, &[], "");
    ran.ends_with(3).says("could not be renewed").says("the client was disabled").says("the token of ");
    let record = record(&out);
    assert_ne!(record["summary"]["verdict"], "not-conformant");
    let late = record["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|exchange| exchange["response"]["received"]["status"] == 401);
    assert!(late.count() <= 40);
    assert_kept(&out, &ran);
    let path = out.0.join("set/run.json").display().to_string();
    Program::new(&["verify", &path]).run().ends_with(0);
}
