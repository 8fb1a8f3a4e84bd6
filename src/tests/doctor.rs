//! `doctor` on set-ups that are broken in one way each: it names the cause; and `init`, whose file it reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;

use serde_json::{Value, json};

use super::program::{Out, Program, Ran, Served, closed_port};
use super::stub::{JSON, Stub};

const RSA: &str = include_str!("../words/jws/tests/rsa.pem");
const EC: &str = include_str!("../words/jws/tests/ec.pem");

fn doctor(target: &str, key: &str) -> Ran {
    let mut program = Program::new(&["doctor", target, "--edition", "2024-03"]);
    program.0.env("PATCHPROOF_CLIENT_KEY", key).env("PATCHPROOF_CLIENT_SECRET", "the-secret");
    program.run()
}

/// The line of a step, and the advice beneath it.
fn line<'r>(ran: &'r Ran, step: &str) -> &'r str {
    let place = ran.stdout.find(&format!("WRONG  {step}")).or_else(|| ran.stdout.find(&format!("note   {step}")));
    let rest = &ran.stdout[place.unwrap_or_else(|| panic!("nothing about {step}:\n{}", ran.stdout))..];
    let end = rest.match_indices('\n').nth(1).map_or(rest.len(), |(place, _)| place);
    &rest[..end]
}

#[test]
fn a_sound_set_up_has_nothing_wrong() {
    let out = Out::new("doctor-sound");
    let file = out.0.join("target.yaml").display().to_string();
    let _server = Served::start(&[
        "--edition",
        "2024-03",
        "--auth",
        "oauth",
        "--client-secret",
        "the-secret",
        "--target-file",
        &file,
    ]);
    let ran = doctor(&file, "");
    ran.ends_with(0);
    for shown in [
        "ok     name",
        "ok     TCP",
        "ok     /metadata",
        "ok     token",
        "ok     scopes",
        "ok     read",
        "ok     slots",
        "ok     fixtures",
        "ok     clock",
        "ok     write",
        "not applicable",
    ] {
        assert!(ran.stdout.contains(shown), "{shown}\n{}", ran.stdout);
    }
}

/// The public part of the key.
fn jwks() -> String {
    let mut key: Value = serde_json::from_str(include_str!("../words/jws/tests/rsa.jwk")).unwrap();
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(name);
    }
    json!({ "keys": [key] }).to_string()
}

/// A target file without a key.
fn without(whole: &str, key: &str) -> String {
    let mut is_in = false;
    let kept = whole.lines().filter(|line| {
        is_in = line.starts_with(key) || (is_in && line.starts_with(' '));
        !is_in
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_broken_set_up_is_named_with_what_to_write() {
    let out = Out::new("doctor-broken");
    out.write("jwks.json", &jwks());
    let (jwks, file) = (out.0.join("jwks.json"), out.0.join("target.yaml"));
    let (jwks, file) = (jwks.display().to_string(), file.display().to_string());
    let arguments = [
        "--edition",
        "2024-03",
        "--auth",
        "smart",
        "--jwks",
        &jwks,
        "--tenant",
        "t1",
        "--require-header",
        "X-Api-Version: 7",
        "--strict-slots",
    ];
    let _server = Served::start(&[&arguments[..], &["--target-file", &file]].concat());
    let whole = fs::read_to_string(&file).unwrap();
    doctor(&file, RSA).ends_with(0);
    let unlisted: String = without(&whole, "slots")
        .lines()
        .filter(|line| !line.starts_with("slot-search") && !line.contains("service-type"))
        .collect::<Vec<_>>()
        .join("\n");
    for (name, text, key, step, said) in [
        ("wrong key", whole.clone(), EC, "token", "another public key"),
        ("unknown kid", whole.replace("kid: \"rs\"", "kid: gone"), RSA, "token", "JWK Set"),
        ("missing header", without(&whole, "headers"), RSA, "read", "headers: { x-api-version: VALUE }"),
        (
            "wrong tenant",
            whole.replace("/r4/t1", "/r4/t2").replace("tenant: \"t1\"", "tenant: t2"),
            RSA,
            "/metadata",
            "tenant",
        ),
        ("missing search parameter", unlisted, RSA, "slots", "slot-search: { service-type"),
        (
            "read-only token",
            whole.replace("system/Appointment.read system/Appointment.write", "system/Appointment.read"),
            RSA,
            "write",
            "may not write",
        ),
        ("no key", whole.clone(), "nothing", "token", "neither PEM nor JWK"),
    ] {
        fs::write(&file, &text).unwrap();
        let ran = doctor(&file, key);
        assert!(line(&ran, step).contains(said), "{name}: {}\n{}", line(&ran, step), ran.stdout);
        let expected = if step == "slots" { 0 } else { 3 };
        assert_eq!(ran.code, Some(expected), "{name}: {}", ran.stdout);
    }
}

#[test]
fn a_clock_that_is_ten_minutes_off_is_told() {
    let late = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_secs(600)).unwrap();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&late).unwrap();
    let kind = format!("{JSON}\r\nDate: {date}");
    let stub = Stub::constant(
        200,
        Box::leak(kind.into_boxed_str()),
        r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}"#,
    );
    let ran = doctor(&stub.url(), "");
    assert!(line(&ran, "clock").contains("ahead of this one"), "{}", ran.stdout);
    ran.ends_with(3);
}

#[test]
fn where_nobody_listens_the_step_is_the_connection() {
    let ran = doctor(&format!("http://127.0.0.1:{}/r4", closed_port()), "");
    ran.ends_with(3);
    assert!(line(&ran, "TCP").contains("nothing listens there"), "{}", ran.stdout);
}

#[test]
fn init_writes_a_file_that_is_read() {
    let out = Out::new("init");
    let file = out.0.join("target.yaml").display().to_string();
    let init = |more: &[&str]| {
        let fixed = ["init", "https://fhir.example.org/r4/t1", "-o", &file, "--force", "--edition", "2024-03"];
        Program::new(&[&fixed, more].concat()).run()
    };
    let key = out.0.join("key.pem");
    fs::write(&key, RSA).unwrap();
    let key = key.display().to_string();
    for (more, needs) in [
        (&["--auth", "none"][..], "base-url"),
        (&["--auth", "bearer", "--secret-env", "PATCHPROOF_CLIENT_SECRET"], "bearer:"),
        (&["--auth", "secret", "--client-id", "me", "--secret-env", "PATCHPROOF_CLIENT_SECRET"], "secret:"),
        (&["--auth", "key", "--client-id", "me", "--key", &key, "--kid", "k1"], "kid: \"k1\""),
    ] {
        init(more).ends_with(0);
        assert!(fs::read_to_string(&file).unwrap().contains(needs), "{more:?}");
        let mut plan = Program::new(&["plan", "--target", &file]);
        plan.0.env("PATCHPROOF_CLIENT_SECRET", "x");
        plan.run().ends_with(0);
    }
    let again = Program::new(&["init", "https://fhir.example.org/r4", "-o", &file]).run();
    again.ends_with(2).says("--force");
    Program::new(&["init", "-o", "/dev/null/x"]).run().ends_with(2).says("URL is missing");
    Program::new(&["init", "ftp://a", "-o", "/dev/null/x"]).run().ends_with(2).says("invalid base URL");
}

/// A server that speaks TLS with a certificate, in front of another; `asks` for a client certificate where it is set.
fn over_tls(certificate: &str, upstream: u16, asks: bool) -> u16 {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls;

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/certificates");
    let certificates = |name: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(format!("{folder}/{name}")).unwrap().map(Result::unwrap).collect()
    };
    let key = PrivateKeyDer::from_pem_file(format!("{folder}/server.key")).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        rustls::ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if asks {
        let mut roots = rustls::RootCertStore::empty();
        certificates("ca.pem").into_iter().for_each(|root| roots.add(root).unwrap());
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let config = std::sync::Arc::new(builder.with_single_cert(certificates(certificate), key).unwrap());
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let acceptor = tokio_rustls::TlsAcceptor::from(config);
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let Ok(mut behind) = tokio::net::TcpStream::connect(("127.0.0.1", upstream)).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
                });
            }
        });
    });
    port
}

#[test]
fn certificates_that_are_not_good_are_named_and_those_of_the_target_file_are_used() {
    let out = Out::new("doctor-tls");
    let file = out.0.join("target.yaml").display().to_string();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/certificates");
    let ca = format!("tls:\n  ca: {folder}/ca.pem\n");
    let client = format!("{ca}  certificate: {folder}/client.pem\n  key: {folder}/client.key\n");
    let server = Served::start(&["--edition", "2024-03"]);
    for (certificate, asks, tls, said) in [
        ("good.pem", false, ca.as_str(), ""),
        ("good.pem", true, &client, ""),
        ("good.pem", false, "", "tls: { ca: FILE.pem }"),
        ("expired.pem", false, &ca, "has expired"),
        ("other-name.pem", false, &ca, "another name"),
    ] {
        let port = over_tls(certificate, server.port(), asks);
        fs::write(&file, format!("base-url: https://127.0.0.1:{port}/r4\nedition: 2024-03\n{tls}")).unwrap();
        let ran = doctor(&file, "");
        if said.is_empty() {
            ran.ends_with(0);
        } else {
            ran.ends_with(3);
            assert!(line(&ran, "TLS").contains(said), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_plain_port_that_drops_connections_is_no_server_that_gives_no_response() {
    let out = Out::new("plain-port");
    let file = out.0.join("target.yaml").display().to_string();
    let set = out.0.join("set").display().to_string();
    let server = Served::start(&["--edition", "2024-03"]);
    let port = over_tls("good.pem", server.port(), false);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/certificates");
    let text = format!("base-url: https://127.0.0.1:{port}/r4\nedition: 2024-03\ntls:\n  ca: {folder}/ca.pem\n");
    fs::write(&file, text).unwrap();
    let filters = ["authentication/plain-http", "every/document-gets-a-response"];
    let fixed = ["run", "--target", &file, "--out", &set, "--strict-base"];
    let ran = Program::new(&[&fixed[..], &filters].concat()).run();
    let record: Value = serde_json::from_slice(&fs::read(out.0.join("set/run.json")).unwrap()).unwrap();
    for case in record["cases"].as_array().unwrap().iter().filter(|case| filters.iter().any(|id| case["id"] == *id)) {
        assert_ne!(case["verdict"], "fail", "{case}\n{}", ran.stdout);
    }
    let plain = record["exchanges"].as_array().unwrap().iter();
    let plain = plain.filter(|exchange| exchange["request"]["url"].as_str().unwrap().starts_with("http://"));
    assert!(plain.count() > 0);
}
