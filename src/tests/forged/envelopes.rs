//! Forgeries of an envelope: subject, types, keys, algorithms, signatures, encodings, members.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use patchproof::after::attest::{Envelope, KeyType, PrivateKey, Signature, generate, pae};
use serde_json::{Value, json};

/// What an envelope is forged from: it, and a key that nobody trusts.
pub(super) struct Given {
    pub envelope: Envelope,
    pub trusted: PrivateKey,
    pub stranger: PrivateKey,
}

/// One way to change an envelope: its kind, what is changed, and the JSON that comes of it.
pub(super) type EnvelopeForgery = (&'static str, &'static str, fn(&Given) -> String);

pub(super) const FORGERIES: &[EnvelopeForgery] = &[
    ("subject", "another digest", |given| {
        payload(given, |statement| set(statement, "/subject/0/digest/sha256", json!("0".repeat(64))))
    }),
    ("subject", "another name", |given| {
        payload(given, |statement| set(statement, "/subject/0/name", json!("other.json")))
    }),
    ("subject", "none", |given| payload(given, |statement| set(statement, "/subject", json!([])))),
    ("subject", "another algorithm of digest", |given| {
        payload(given, |statement| set(statement, "/subject/0/digest", json!({ "md5": "0" })))
    }),
    ("subject", "one more", |given| {
        payload(given, |statement| {
            let other = json!({ "name": "other.json", "digest": { "sha256": "0".repeat(64) } });
            statement["subject"].as_array_mut().unwrap().push(other);
        })
    }),
    ("statement", "the result", |given| {
        payload(given, |statement| set(statement, "/predicate/result", json!("PASSED")))
    }),
    ("statement", "the tests passed", |given| {
        payload(given, |statement| set(statement, "/predicate/passedTests", json!(["APPT-VER-04"])))
    }),
    ("statement", "the tests failed", |given| {
        payload(given, |statement| set(statement, "/predicate/failedTests", json!([])))
    }),
    ("statement", "the tests with warnings", |given| {
        payload(given, |statement| set(statement, "/predicate/warnedTests", json!(["APPT-VER-99"])))
    }),
    ("statement", "the target", |given| {
        payload(given, |statement| {
            set(statement, "/predicate/configuration/2/uri", json!("https://fhir.example.org/r4"))
        })
    }),
    ("statement", "the contract", |given| {
        payload(given, |statement| set(statement, "/predicate/configuration/1/digest/sha256", json!("0")))
    }),
    ("statement", "the program", |given| {
        payload(given, |statement| set(statement, "/predicate/configuration/0/uri", json!("pkg:cargo/patchproof@9")))
    }),
    ("statement", "the configuration", |given| {
        payload(given, |statement| set(statement, "/predicate/configuration", json!([])))
    }),
    ("statement", "its type", |given| {
        payload(given, |statement| set(statement, "/_type", json!("https://in-toto.io/Statement/v0.1")))
    }),
    ("statement", "the type of its predicate", |given| {
        payload(given, |statement| set(statement, "/predicateType", json!("https://slsa.dev/provenance/v1")))
    }),
    ("statement", "a member left out", |given| {
        payload(given, |statement| drop(statement.as_object_mut().unwrap().remove("predicate")))
    }),
    ("statement", "one member more", |given| {
        payload(given, |statement| drop(statement.as_object_mut().unwrap().insert("note".to_owned(), json!(1))))
    }),
    ("statement", "blanks between its members", |given| {
        let statement = statement(given);
        whole(given, |envelope| envelope.payload = STANDARD.encode(format!("{statement:#}")))
    }),
    ("statement", "signed by a stranger under the name of the key", |given| {
        let mut statement = statement(given);
        set(&mut statement, "/predicate/result", json!("PASSED"));
        resigned(given, statement.to_string().as_bytes(), &given.trusted.public().id())
    }),
    ("payload type", "another one", |given| {
        whole(given, |envelope| envelope.payload_type = "application/json".to_owned())
    }),
    ("payload type", "none", |given| whole(given, |envelope| envelope.payload_type.clear())),
    ("payload type", "in capitals", |given| whole(given, |envelope| envelope.payload_type.make_ascii_uppercase())),
    ("payload type", "with a parameter", |given| whole(given, |envelope| envelope.payload_type.push_str("; v=1"))),
    ("payload", "none", |given| whole(given, |envelope| envelope.payload.clear())),
    ("payload", "cut", |given| whole(given, |envelope| envelope.payload.truncate(envelope.payload.len() / 8 * 4))),
    ("payload", "twice", |given| whole(given, |envelope| envelope.payload = envelope.payload.repeat(2))),
    ("base64", "without its padding or with too much of it", |given| {
        whole(given, |envelope| {
            envelope.payload = match envelope.payload.strip_suffix('=') {
                Some(rest) => rest.to_owned(),
                None => format!("{}=", envelope.payload),
            };
        })
    }),
    ("base64", "with a line end in it", |given| whole(given, |envelope| envelope.payload.insert(8, '\n'))),
    ("base64", "with a blank behind it", |given| whole(given, |envelope| envelope.payload.push(' '))),
    ("base64", "bits behind the end of the signature", |given| {
        whole(given, |envelope| {
            let sig = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
            let text = STANDARD_NO_PAD.encode(&sig);
            let (front, last) = text.split_at(text.len() - 1);
            // The last digit of what does not fill three bytes has bits to spare.
            let last = char::from(last.as_bytes()[0].wrapping_add(1));
            envelope.signatures[0].sig = format!("{front}{last}{}", "=".repeat((4 - text.len() % 4) % 4));
        })
    }),
    ("base64", "a signature without padding", |given| {
        whole(given, |envelope| {
            let sig = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
            envelope.signatures[0].sig = URL_SAFE_NO_PAD.encode(sig);
        })
    }),
    ("key id", "of a stranger", |given| {
        whole(given, |envelope| envelope.signatures[0].keyid = given.stranger.public().id())
    }),
    ("key id", "of nobody", |given| whole(given, |envelope| envelope.signatures[0].keyid = "0".repeat(64))),
    ("key id", "in capitals", |given| whole(given, |envelope| envelope.signatures[0].keyid.make_ascii_uppercase())),
    ("key id", "cut", |given| whole(given, |envelope| envelope.signatures[0].keyid.truncate(16))),
    ("signature", "none", |given| whole(given, |envelope| envelope.signatures.clear())),
    ("signature", "empty", |given| whole(given, |envelope| envelope.signatures[0].sig.clear())),
    ("signature", "one bit of it", |given| {
        whole(given, |envelope| {
            let mut sig = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
            sig[10] ^= 1;
            envelope.signatures[0].sig = STANDARD.encode(sig);
        })
    }),
    ("signature", "cut", |given| {
        whole(given, |envelope| {
            let sig = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
            envelope.signatures[0].sig = STANDARD.encode(&sig[..sig.len() - 1]);
        })
    }),
    ("signature", "with bytes behind it", |given| {
        whole(given, |envelope| {
            let mut sig = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
            sig.push(0);
            envelope.signatures[0].sig = STANDARD.encode(sig);
        })
    }),
    ("signature", "of the payload alone", |given| {
        let sig = given.trusted.sign(&STANDARD.decode(&given.envelope.payload).unwrap());
        whole(given, |envelope| envelope.signatures[0].sig = STANDARD.encode(sig))
    }),
    ("signature", "of another type of payload", |given| {
        let sig = given.trusted.sign(&pae("application/json", &STANDARD.decode(&given.envelope.payload).unwrap()));
        whole(given, |envelope| envelope.signatures[0].sig = STANDARD.encode(sig))
    }),
    ("signature", "of a stranger", |given| {
        resigned(given, &STANDARD.decode(&given.envelope.payload).unwrap(), &given.stranger.public().id())
    }),
    ("algorithm", "of a stranger's other kind of key under the name of this one", |given| {
        let other = generate(KeyType::P256).unwrap();
        let sig = other.sign(&pae(&given.envelope.payload_type, &STANDARD.decode(&given.envelope.payload).unwrap()));
        whole(given, |envelope| envelope.signatures[0].sig = STANDARD.encode(sig))
    }),
    ("several signatures", "the same one twice", |given| {
        whole(given, |envelope| {
            envelope.signatures.push(envelope.signatures[0].clone());
        })
    }),
    ("several signatures", "one that holds and one that claims the key", |given| {
        whole(given, |envelope| {
            let broken = Signature { sig: STANDARD.encode([0; 64]), ..envelope.signatures[0].clone() };
            envelope.signatures.insert(0, broken);
        })
    }),
    ("several signatures", "a stranger's over another statement", |given| {
        let mut statement = statement(given);
        set(&mut statement, "/predicate/result", json!("PASSED"));
        let payload = statement.to_string();
        let sig = given.stranger.sign(&pae(&given.envelope.payload_type, payload.as_bytes()));
        whole(given, |envelope| {
            envelope.payload = STANDARD.encode(&payload);
            let sig = STANDARD.encode(sig);
            envelope.signatures.push(Signature { keyid: given.stranger.public().id(), sig });
        })
    }),
    ("members", "the payload twice", |given| twice(given, "payload", "e30=")),
    ("members", "the type of the payload twice", |given| twice(given, "payloadType", "application/json")),
    ("members", "no payload", |given| without(given, "payload")),
    ("members", "no type", |given| without(given, "payloadType")),
    ("members", "no signatures", |given| without(given, "signatures")),
    ("form", "cut", |given| {
        let text = given.envelope.to_json();
        text[..text.len() / 2].to_owned()
    }),
    ("form", "something behind it", |given| given.envelope.to_json() + "{}"),
    ("form", "a list of envelopes", |given| format!("[{}]", given.envelope.to_json())),
];

fn statement(given: &Given) -> Value {
    serde_json::from_slice(&STANDARD.decode(&given.envelope.payload).unwrap()).unwrap()
}

/// Another statement under the old signature.
fn payload(given: &Given, change: fn(&mut Value)) -> String {
    let mut statement = statement(given);
    change(&mut statement);
    whole(given, |envelope| envelope.payload = STANDARD.encode(statement.to_string()))
}

fn whole(given: &Given, change: impl FnOnce(&mut Envelope)) -> String {
    let mut envelope = given.envelope.clone();
    change(&mut envelope);
    envelope.to_json()
}

/// Signed again by a stranger.
fn resigned(given: &Given, payload: &[u8], keyid: &str) -> String {
    let sig = given.stranger.sign(&pae(&given.envelope.payload_type, payload));
    whole(given, |envelope| {
        envelope.payload = STANDARD.encode(payload);
        envelope.signatures = vec![Signature { keyid: keyid.to_owned(), sig: STANDARD.encode(sig) }];
    })
}

fn set(statement: &mut Value, pointer: &str, value: Value) {
    *statement.pointer_mut(pointer).unwrap() = value;
}

fn twice(given: &Given, name: &str, value: &str) -> String {
    let text = given.envelope.to_json();
    format!("{{\"{name}\":\"{value}\",{}", &text[1..])
}

fn without(given: &Given, name: &str) -> String {
    let mut value = serde_json::to_value(&given.envelope).unwrap();
    value.as_object_mut().unwrap().remove(name);
    value.to_string()
}
