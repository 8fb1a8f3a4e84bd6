//! `diff`, `matrix`, `sign`, `verify --key` and `keygen` from outside, on records of the embedded reference server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

// Comparing.

#[test]
fn a_rule_that_was_kept_and_is_broken_is_the_first_thing_said() {
    let (clean, broken) = (&runs().clean, &runs().broken);
    let ran = patchproof(&["diff", text(clean), text(broken)]);
    ran.ends_with(1);
    let first = ran.out.lines().find(|line| line.contains(" -> ")).unwrap();
    assert!(first.starts_with("pass -> fail[APPT-VER-04] MUST: "), "{}", ran.out);
    assert!(ran.out.contains("(no If-Match)") && ran.out.contains("received  200 OK"), "{}", ran.out);
    let ran = patchproof(&["diff", text(broken), text(clean), "--quiet"]);
    ran.ends_with(0);
    assert!(ran.out.contains("nothing got worse; 1 requirement and 1 case got better"), "{}", ran.out);
    let ran = patchproof(&["diff", text(clean), text(clean)]);
    ran.ends_with(0);
    assert!(ran.out.ends_with("no verdict changed\n"), "{}", ran.out);
}

#[test]
fn a_comparison_comes_as_json_and_markdown_too() {
    let (clean, broken) = (&runs().clean, &runs().broken);
    let ran = patchproof(&["diff", text(clean), text(broken), "--format", "json"]);
    ran.ends_with(1);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["schema"], "patchproof/diff/1");
    assert_eq!(json["regressions"][0]["requirement"], "APPT-VER-04");
    assert_eq!(json["same_target"], true, "the embedded server is one target, whatever its port");
    let ran = patchproof(&["diff", text(clean), text(broken), "--format", "markdown"]);
    ran.ends_with(1);
    assert!(ran.out.contains("- **APPT-VER-04** MUST pass → **fail**"), "{}", ran.out);
}

#[test]
fn a_matrix_names_its_columns_and_can_leave_out_what_agrees() {
    let (clean, broken) = (&runs().clean, &runs().broken);
    let named = format!("broken server={}", text(broken));
    let ran = patchproof(&["matrix", text(clean), &named, "--differences", "--format", "csv"]);
    ran.ends_with(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "requirement,level,title,reference server 2019-05,broken server");
    assert!(
        lines.len() == 2 && lines[1].starts_with("APPT-VER-04,MUST,") && lines[1].ends_with(",pass,fail"),
        "{lines:?}"
    );
    let ran = patchproof(&["matrix", text(clean), text(clean), "--format", "json"]);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["columns"][1]["name"], "reference server 2019-05 #2");
    for format in ["text", "markdown"] {
        let ran = patchproof(&["matrix", text(clean), &named, "--format", format]);
        ran.ends_with(0);
        assert!(ran.out.contains("APPT-VER-04") && ran.out.contains("broken server"), "{}", ran.out);
    }
}

#[test]
fn runs_without_a_common_case_are_not_found_equal() {
    let folder = scratch("apart");
    let [one, other] = ["one", "other"].map(|name| folder.join(name));
    patchproof(&["run", "if-match/missing", "--quiet", "--out", text(&one)]);
    patchproof(&["run", "if-match/stale", "--quiet", "--out", text(&other)]);
    let ran = patchproof(&["diff", text(&one), text(&other)]);
    ran.ends_with(2);
    assert!(ran.err.contains("no case in common") && ran.out.is_empty(), "{}", ran.err);
    patchproof(&["diff", text(&one), text(&one)]).ends_with(0);
}

#[test]
fn what_is_no_record_is_named_and_ends_with_2() {
    let good = &runs().clean;
    let record = fs::read_to_string(good.join("run.json")).unwrap();
    let folder = scratch("no-record");
    let file = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let bad = [
        (folder.join("missing.json"), "cannot read"),
        (file("cut.json", &record[..record.len() / 2]), "is cut short"),
        (file("empty.json", ""), "is empty"),
        (file("text.json", "verdict: pass"), "is not JSON"),
        (file("foreign.json", r#"{"resourceType":"Bundle"}"#), "is not a record of a run"),
        (file("list.json", "[]"), "is not a record of a run"),
        (file("newer.json", &record.replacen("patchproof/run/4", "patchproof/run/9", 1)), "`patchproof/run/9`"),
        (file("newer-form.json", r#"{"schema":"patchproof/run/9","x":1}"#), "`patchproof/run/9`"),
        (file("hostile.json", "{\"schema\":\"patchproof/run/\\u001b[2J\"}"), "`patchproof/run/\\u{1b}[2J`"),
        (file("damaged.json", r#"{"schema":"patchproof/run/4","tool":3}"#), "is not a valid record: at tool"),
    ];
    let key = folder.join("key");
    patchproof(&["keygen", "--out", text(&key)]).ends_with(0);
    let (private, public) = (folder.join("key.key"), folder.join("key.pub"));
    for (path, said) in &bad {
        for arguments in [
            &["diff", text(good), text(path)][..],
            &["diff", text(path), text(good), "--format", "json"],
            &["matrix", text(good), text(path)],
            &["sign", text(path), "--key", text(&private)],
            &["verify", text(path), "--key", text(&public)],
        ] {
            let ran = patchproof(arguments);
            ran.ends_with(2);
            assert!(ran.err.contains(said) && ran.err.contains(text(path)), "{arguments:?}: {}", ran.err);
            assert_eq!(ran.out, "", "{arguments:?}");
            assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
        }
    }
    let left: Vec<_> =
        names(&folder).into_iter().filter(|name| name.contains("dsse") || name.contains("partial")).collect();
    assert_eq!(left, [""; 0], "nothing is written for bad input");
}

// Signing.

/// Checks an envelope with the cryptography of Node, which is OpenSSL's and knows nothing of ours.
const INDEPENDENT: &str = r#"
const fs = require('fs'), crypto = require('crypto');
const envelope = JSON.parse(fs.readFileSync(process.argv[1]));
const key = crypto.createPublicKey(fs.readFileSync(process.argv[2]));
const payload = Buffer.from(envelope.payload, 'base64');
const type = Buffer.from(envelope.payloadType);
const pae = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
const [{ keyid, sig }] = envelope.signatures;
const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
const id = crypto.createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex');
const holds = crypto.verify(algorithm, pae, key, Buffer.from(sig, 'base64'));
const digest = crypto.createHash('sha256').update(fs.readFileSync(process.argv[3])).digest('hex');
const statement = JSON.parse(payload);
console.log(JSON.stringify({ holds, named: keyid === id, same: statement.subject[0].digest.sha256 === digest, statement }));
"#;

/// A run with a signature on it.
struct Signed {
    folder: PathBuf,
    run: PathBuf,
    public: PathBuf,
    envelope: PathBuf,
}

impl Signed {
    fn new(name: &str, kind: &str) -> Signed {
        let folder = scratch(&format!("{name}-{kind}"));
        let run = folder.join("run.json");
        fs::copy(runs().clean.join("run.json"), &run).unwrap();
        patchproof(&["keygen", "--out", text(&folder), "--type", kind]).ends_with(0);
        let (private, public) = (folder.join("patchproof.key"), folder.join("patchproof.pub"));
        patchproof(&["sign", text(&folder), "--key", text(&private), "--url", "https://ci.example/7"]).ends_with(0);
        Signed { envelope: folder.join("run.json.dsse"), folder, run, public }
    }

    fn verify(&self) -> Ran {
        patchproof(&["verify", text(&self.folder), "--key", text(&self.public)])
    }

    fn statement(&self) -> Value {
        let envelope: Value = serde_json::from_slice(&fs::read(&self.envelope).unwrap()).unwrap();
        serde_json::from_slice(&STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap()).unwrap()
    }

    /// What a verifier that is not ours says of the envelope.
    fn independent(&self) -> Value {
        let ran =
            Command::new("node").args(["-e", INDEPENDENT]).args([&self.envelope, &self.public, &self.run]).output();
        let ran = ran.unwrap_or_else(|error| panic!("cannot start `node`: {error}"));
        serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ran.stderr)))
    }

    /// Changes the record after it was signed.
    fn change_record(&self) {
        let record = fs::read_to_string(&self.run).unwrap();
        let changed = record.replacen("\"verdict\":\"pass\"", "\"verdict\":\"warn\"", 1);
        assert_ne!(record, changed);
        fs::write(&self.run, changed).unwrap();
    }
}

const KINDS: [&str; 2] = ["ed25519", "p256"];

#[test]
fn a_signed_run_verifies_and_its_statement_says_what_was_signed() {
    for kind in KINDS {
        let signed = Signed::new("signed", kind);
        signed.verify().ends_with(0);
        let statement = signed.statement();
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(statement["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
        assert_eq!(statement["predicate"]["url"], "https://ci.example/7");
    }
}

#[test]
#[ignore = "needs Node 20"]
fn a_signature_is_checked_by_a_verifier_that_is_not_ours() {
    for kind in KINDS {
        let signed = Signed::new("independent", kind);
        let result = signed.independent();
        let yes = Value::from(true);
        assert_eq!((&result["holds"], &result["named"], &result["same"]), (&yes, &yes, &yes), "{kind}");
        assert_eq!(result["statement"], signed.statement());
        signed.change_record();
        assert_eq!(signed.independent()["same"], false);
    }
}

#[test]
fn a_changed_payload_signature_or_record_does_not_verify() {
    let flipped = |value: &Value| {
        let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
        let place = bytes.len() / 2;
        bytes[place] ^= 1;
        Value::from(STANDARD.encode(bytes))
    };
    for kind in KINDS {
        let signed = Signed::new("changed", kind);
        let whole: Value = serde_json::from_slice(&fs::read(&signed.envelope).unwrap()).unwrap();
        for pointer in ["/payload", "/signatures/0/sig"] {
            let mut envelope = whole.clone();
            let changed = flipped(&envelope.pointer(pointer).unwrap().clone());
            *envelope.pointer_mut(pointer).unwrap() = changed;
            fs::write(&signed.envelope, envelope.to_string()).unwrap();
            let ran = signed.verify();
            ran.ends_with(1);
            assert!(ran.err.contains("invalid signature"), "{kind} {pointer}: {}", ran.err);
        }
        fs::write(&signed.envelope, whole.to_string()).unwrap();
        signed.verify().ends_with(0);
        signed.change_record();
        let ran = signed.verify();
        ran.ends_with(1);
        assert!(ran.err.contains("is not the signed one"), "{}", ran.err);
    }
}

#[test]
fn another_public_key_does_not_verify() {
    for kind in KINDS {
        let signed = Signed::new("other-key", kind);
        let key = fs::read_to_string(&signed.public).unwrap();
        let mut lines: Vec<String> = key.lines().map(str::to_owned).collect();
        // The last base64 characters of the key: another point of the curve, or none.
        let last = lines.len() - 2;
        let place = lines[last].trim_end_matches('=').len() - 4;
        let letter = if lines[last].as_bytes()[place] == b'A' { "B" } else { "A" };
        lines[last].replace_range(place..=place, letter);
        fs::write(&signed.public, lines.join("\n")).unwrap();
        let ran = signed.verify();
        ran.ends_with(2);
        assert!(ran.err.contains("is damaged") || ran.err.contains("signed with another key"), "{}", ran.err);
    }
}

#[test]
fn a_key_of_the_wrong_half_is_named_and_nothing_of_it_is_printed() {
    let folder = scratch("halves");
    patchproof(&["keygen", "--out", text(&folder)]).ends_with(0);
    let (private, public) = (folder.join("patchproof.key"), folder.join("patchproof.pub"));
    let run = text(&runs().clean);
    let envelope = folder.join("x.dsse");
    let secret = fs::read_to_string(&private).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    for (arguments, said) in [
        (&["sign", run, "--key", text(&public), "-o", text(&envelope)][..], "is a public key"),
        (&["verify", run, "--key", text(&private), "--signature", text(&envelope)], "is a private key"),
        (&["verify", run, "--key", text(&public), "--signature", text(&envelope)], "cannot read the signature"),
        (&["sign", run, "--key", run, "-o", text(&envelope)], "cannot be read"),
        (&["keygen", "--out", text(&folder)], "never overwritten"),
    ] {
        let ran = patchproof(arguments);
        ran.ends_with(2);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{arguments:?}");
    }
    assert_eq!(names(&folder), ["patchproof.key", "patchproof.pub"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

// Running.

/// Two runs of the same cases: against the reference server as it is, and with a fault.
struct Runs {
    clean: PathBuf,
    broken: PathBuf,
}

fn runs() -> &'static Runs {
    static RUNS: OnceLock<Runs> = OnceLock::new();
    RUNS.get_or_init(|| {
        let run = |name: &str, more: &[&str]| {
            let folder = scratch(name);
            let arguments = ["run", "if-match/", "--edition", "2019-05", "--quiet", "--out", text(&folder)];
            patchproof(&[&arguments, more].concat());
            folder
        };
        Runs { clean: run("clean", &[]), broken: run("broken", &["--fault", "accept-missing-if-match"]) }
    })
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn ends_with(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
    }
}

fn patchproof(arguments: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: ran.status.code(), out: text(&ran.stdout), err: text(&ran.stderr) }
}

/// An empty folder. nextest gives each test a process of its own, and each of those makes its runs.
fn scratch(name: &str) -> PathBuf {
    let process = std::env::var("NEXTEST_RUN_ID").map_or_else(|_| String::new(), |_| std::process::id().to_string());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare-and-sign").join(process).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
