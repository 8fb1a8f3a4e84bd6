//! Secrets do not come through, whatever form a target sends them back in, and nothing else is touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const SECRET: &str = "s3cr3t/t0ken+never\"seen";

fn secrets() -> Secrets {
    Secrets::of(&[("Authorization".to_owned(), format!("Bearer {SECRET}"))])
}

#[test]
fn a_configured_secret_is_hidden_in_every_form() {
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let mild = SECRET.replace('/', "%2F").replace('+', "%2B").replace('"', "%22");
    let unicode: String = SECRET.chars().map(|own| format!("\\u{:04x}", u32::from(own))).collect();
    let texts = [
        format!("you sent {SECRET}!"),
        format!("https://example.org/?q={mild}"),
        format!("https://example.org/?q={percent}"),
        format!("{{\"echo\":\"{}\"}}", SECRET.replace('"', "\\\"")),
        format!("{{\"echo\":\"{}\"}}", SECRET.replace('"', "\\\"").replace('/', "\\/")),
        format!("{{\"echo\":\"{unicode}\"}}"),
        format!("basic {}", STANDARD.encode(format!("user:{SECRET}"))),
        format!("basic {}", STANDARD.encode(format!("a:{SECRET}:b"))),
        format!("x={}", URL_SAFE_NO_PAD.encode(format!("ab:{SECRET}"))),
    ];
    for text in texts {
        let Payload::Text(masked) = secrets().in_payload(Payload::Text(text.clone())) else { panic!("{text}") };
        assert!(masked.contains(MASK), "{text} became {masked}");
        assert!(!masked.contains("t0ken"), "{text} became {masked}");
        assert!(!masked.contains(&percent), "{masked}");
        assert_eq!(text.starts_with('{'), serde_json::from_str::<Value>(&masked).is_ok(), "{masked}");
    }
    let bytes = [b"\xff\xfe", SECRET.as_bytes(), b"\xff"].concat();
    let Payload::Base64(masked) = secrets().in_payload(Payload::Base64(STANDARD.encode(bytes))) else { panic!() };
    assert_eq!(STANDARD.decode(masked).unwrap(), b"\xff\xfe[secret]\xff");
}

#[test]
fn what_looks_like_a_credential_is_hidden_though_nobody_configured_it() {
    let table = [
        ("error for Bearer abcdefghijklmnop123456 here", "error for Bearer [secret] here"),
        ("Bearer error_description=\"no such token\"", "Bearer error_description=\"no such token\""),
        ("Bearer realm=\"x\"", "Bearer realm=\"x\""),
        ("a eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl b", "a [secret] b"),
        ("grant_type=x&client_secret=hush&scope=y", "grant_type=x&client_secret=[secret]&scope=y"),
        ("https://h/cb?access_token=abc#z", "https://h/cb?access_token=[secret]#z"),
        ("https://peter:pass@example.org/x", "https://[secret]@example.org/x"),
        (
            r#"{"access_token":"abc","n":1,"deep":[{"refresh_token":{"a":"b"}}]}"#,
            r#"{"access_token":"[secret]","n":1,"deep":[{"refresh_token":"[secret]"}]}"#,
        ),
        (r#"{"id":"1", "n": 1.0}"#, r#"{"id":"1", "n": 1.0}"#),
    ];
    for (text, expected) in table {
        assert_eq!(Secrets::default().in_payload(Payload::Text(text.to_owned())), Payload::Text(expected.to_owned()));
    }
}

#[test]
fn credentials_in_headers_are_hidden_whole() {
    let line = |name: &str| (name.to_owned(), "some value".to_owned());
    let lines = ["Proxy-Authorization", "set-cookie", "Cookie", "authorization"].map(line);
    for (_, value) in Secrets::default().in_headers(&lines, &[]) {
        assert_eq!(value, MASK);
    }
    assert_eq!(Secrets::default().in_headers(&[line("etag")], &[]), [line("etag")]);
}

#[test]
fn the_net_catches_a_secret_in_any_field() {
    let value = (format!("x {SECRET}"), vec![Some(SECRET.to_owned())], "harmless".to_owned());
    let masked = secrets().nowhere(value);
    assert_eq!(masked, ("x [secret]".to_owned(), vec![Some(MASK.to_owned())], "harmless".to_owned()));
}
