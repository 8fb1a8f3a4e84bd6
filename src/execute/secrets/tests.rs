//! Secrets do not come through, whatever form a target sends them back in, and nothing else is touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::*;

const SECRET: &str = "s3cr3t/t0ken+never\"seen";

fn of(headers: &[(&str, &str)]) -> Secrets {
    let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Secrets::of(&headers, &[], &Texts::new())
}

fn secrets() -> Secrets {
    of(&[("Authorization", &format!("Bearer {SECRET}"))])
}

#[test]
fn a_configured_secret_is_hidden_in_every_form() {
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let mild = SECRET.replace('/', "%2F").replace('+', "%2B").replace('"', "%22");
    let unicode: String = SECRET.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
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

#[test]
fn a_secret_that_is_part_of_the_mask_is_masked_once() {
    // base64 of `user:secret`.
    let secrets = of(&[("Authorization", "Basic dXNlcjpzZWNyZXQ=")]);
    let body = |bytes: &[u8]| match secrets.in_payload(Payload::Base64(STANDARD.encode(bytes))) {
        Payload::Base64(text) => STANDARD.decode(text).unwrap(),
        Payload::Empty | Payload::Text(_) => panic!(),
    };
    assert_eq!(body(b"\xff the secret is here"), b"\xff the [secret] is here");
    assert_eq!(body(b"\xff [secret]"), b"\xff [secret]");
    assert_eq!(secrets.mask("secret [secret] user:secret"), "[secret] [secret] [secret]");
    assert_eq!(secrets.nowhere(("a secret".to_owned(), "[secret]".to_owned())).0, "a [secret]");
}

#[test]
fn what_looks_like_a_credential_is_hidden_in_a_body_that_is_not_utf_8() {
    let bytes = b"\xff {\"access_token\":\"abc\"} Bearer abcdefghijklmnop123456 \xff https://a:b@h/";
    let Payload::Base64(masked) = Secrets::default().in_payload(Payload::Base64(STANDARD.encode(bytes))) else {
        panic!()
    };
    let expected = b"\xff {\"access_token\":\"[secret]\"} Bearer [secret] \xff https://[secret]@h/";
    assert_eq!(STANDARD.decode(masked).unwrap(), expected);
}

#[test]
fn a_credential_in_json_is_hidden_however_it_is_written() {
    let table = [
        (r#"{"access\u005ftoken": "ab\"cd", "n": 1.0}"#, r#"{"access\u005ftoken": "[secret]", "n": 1.0}"#),
        (r#"{"password" : 12, "n": 1}"#, r#"{"password" : "[secret]", "n": 1}"#),
        (r#"{"password":null}"#, r#"{"password":"[secret]"}"#),
        (r#"{"password":[{"a":"]"},"b"],"n":1}"#, r#"{"password":"[secret]","n":1}"#),
        (r#"{"a":"{\"password\":\"abc\"}"}"#, r#"{"a":"{\"password\":\"[secret]\"}"}"#),
        (r#"{"password":"cut off"#, r#"{"password":"[secret]"#),
        (r#"{"password":"[secret]"}"#, r#"{"password":"[secret]"}"#),
        (r#"{"code":"password"}"#, r#"{"code":"password"}"#),
    ];
    for (text, expected) in table {
        assert_eq!(Secrets::default().in_payload(Payload::Text(text.to_owned())), Payload::Text(expected.to_owned()));
    }
}

#[test]
fn a_secret_is_hidden_in_every_encoding_and_under_several() {
    let entities: String = SECRET.chars().map(|letter| format!("&#{};", u32::from(letter))).collect();
    let hexadecimal: String = SECRET.chars().map(|letter| format!("&#x{:X};", u32::from(letter))).collect();
    let named = SECRET.replace('"', "&quot;").replace('/', "&sol;").replace('+', "&plus;");
    let unicode: String = SECRET.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
    for text in [
        format!("<p>{entities}</p>"),
        format!("<p>{hexadecimal}</p>"),
        format!("<p>{named}</p>"),
        SECRET.to_uppercase(),
        SECRET.to_lowercase(),
        hex,
        percent.replace('%', "%25"),
        unicode.clone(),
        // Cut off, and no JSON at all.
        format!("{{\"a\":\"{unicode}"),
        format!("}}{unicode},"),
        // JSON in JSON, and in a page.
        unicode.replace('\\', "\\\\"),
        unicode.replace('\\', "&#92;"),
        percent.replace('%', "\\u0025"),
    ] {
        let Payload::Text(masked) = secrets().in_payload(Payload::Text(text.clone())) else { panic!("{text}") };
        assert!(masked.contains(MASK), "{text} became {masked}");
        let value = secrets().mask(&text);
        assert!(value.contains(MASK), "in a header: {text} became {value}");
    }
}

#[test]
fn the_parts_of_a_credential_are_secrets_too() {
    let secrets = of(&[
        ("Cookie", "sid=cookie-value-1; theme=\"cookie-value-2\"; n=1"),
        ("Authorization", "Basic bG9uZy11c2VyOmxvbmctcGFzc3dvcmQ="),
        ("X-Api-Key", "api-key-value"),
        ("x_session", "session-value"),
        ("Proxy-Authorization", "Bearer proxy-value"),
    ]);
    for part in [
        "cookie-value-1",
        "cookie-value-2",
        "long-user",
        "long-password",
        "api-key-value",
        "session-value",
        "proxy-value",
    ] {
        assert_eq!(secrets.mask(&format!("a {part} b")), format!("a {MASK} b"));
    }
    let signed = of(&[("Authorization", "Bearer eyJhbGciOiJub25lIn0.cGF5bG9hZA.c2lnbmF0dXJl")]);
    assert_eq!(signed.mask("only c2lnbmF0dXJl"), "only [secret]");
}

#[test]
fn a_cookie_that_is_set_is_hidden_in_the_same_response() {
    let received = Response {
        status: crate::words::fhir::StatusCode::new(200).unwrap(),
        version: String::new(),
        headers: vec![("set-cookie".to_owned(), "sid=from-the-target; Path=/r4/Appointment; HttpOnly".to_owned())],
        body: Payload::Text("sid is from-the-target at /r4/Appointment".to_owned()),
        cut: false,
        too_deep: false,
    };
    let Reply::Received(masked) = Secrets::default().in_reply(Reply::Received(received)) else { panic!() };
    assert_eq!(masked.body, Payload::Text("sid is [secret] at /r4/Appointment".to_owned()));
    assert_eq!(masked.headers[0].1, MASK);
}

#[test]
fn headers_that_carry_no_credential_are_no_secrets() {
    let headers = [
        ("Accept", "application/fhir+json"),
        ("X-Word", "status"),
        ("X-Tenant", "ec2458f2"),
        ("Prefer", "return=minimal"),
    ];
    let secrets = of(&headers);
    assert!(secrets.configured.is_none());
    let lines = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(secrets.in_headers(&lines, &lines), lines);
}

#[test]
fn words_of_the_contract_are_masked_nowhere_but_in_the_header_itself() {
    for word in
        ["booked", "status", "application/fhir+json", "/status", "Appointment", "checked-in", "conflict", "replace"]
    {
        let secrets = of(&[("Authorization", word), ("X-Token", word)]);
        let body = format!("{{\"a\":\"{word}\"}}");
        assert_eq!(secrets.in_payload(Payload::Text(body.clone())), Payload::Text(body));
        let lines = [("x-token".to_owned(), word.to_owned()), ("content-type".to_owned(), word.to_owned())];
        let configured = [("X-Token".to_owned(), word.to_owned())];
        let expected = [("x-token".to_owned(), MASK.to_owned()), lines[1].clone()];
        assert_eq!(secrets.in_headers(&lines, &configured), expected);
        assert_eq!(secrets.nowhere(word.to_owned()), word);
    }
    // A part of a word is a secret, and the word stays whole.
    let secrets = of(&[("X-Token", "ppointmen")]);
    assert_eq!(secrets.mask("GET /Appointment/ppointmen is ppointmen"), "GET /Appointment/[secret] is [secret]");
    assert_eq!(secrets.nowhere("Appointment ppointmen".to_owned()), "Appointment [secret]");
}

#[test]
fn what_came_from_the_environment_is_a_secret_in_any_header() {
    let header = ("X-Tenant".to_owned(), "tenant from-environment".to_owned());
    let secrets = Secrets::of(std::slice::from_ref(&header), &["from-environment".to_owned()], &Texts::new());
    assert_eq!(secrets.mask("a from-environment b"), "a [secret] b");
    let masked = secrets.in_headers(std::slice::from_ref(&header), std::slice::from_ref(&header));
    assert_eq!(masked, [("X-Tenant".to_owned(), MASK.to_owned())]);
}

#[test]
fn a_secret_is_hidden_in_pieces() {
    let secret = "pl4nted/s3cret+value-of-some-length";
    let secrets = of(&[("X-Api-Key", secret)]);
    for pieces in [2, 3] {
        let size = secret.len().div_ceil(pieces);
        for begin in (0..secret.len()).step_by(size) {
            let piece = &secret[begin..secret.len().min(begin + size)];
            if piece.len() >= 12 {
                assert_eq!(secrets.mask(&format!("a: {piece}; b")), format!("a: {MASK}; b"));
            }
            for offset in 0..3 {
                let encoded = STANDARD.encode(format!("{}{piece}", "x".repeat(offset)));
                let masked = secrets.mask(&encoded);
                let left = masked.replace(MASK, "");
                assert!(piece.len() < 17 || left.len() < 12, "{piece} at {offset}: {encoded} became {masked}");
            }
        }
    }
    // A name of one line and the value of the next.
    let lines = [("x-pl4nted".to_owned(), "a".to_owned()), (format!("x-{}", &secret[..14]), "b".to_owned())];
    assert_eq!(secrets.in_headers(&lines, &[])[1].0, "x-[secret]");
    assert_eq!(secrets.in_headers(&lines, &[])[0].0, "x-pl4nted");
}

#[test]
fn json_stays_json_whatever_the_secret_is() {
    for (secret, body, expected) in [
        (
            "1234567",
            r#"{"n":1234567,"m":[1234567.5,-91234567e2],"t":"1234567"}"#,
            Some(r#"{"n":"[secret]","m":["[secret]","[secret]"],"t":"[secret]"}"#),
        ),
        ("fals-e", r#"{"a":false,"b":"fals-e"}"#, Some(r#"{"a":false,"b":"[secret]"}"#)),
        (r#"a","b":"c"#, r#"{"x":"a","b":"c"}"#, None),
        (r#"{"x":"a""#, r#"{"x":"a"}"#, None),
    ] {
        let Payload::Text(masked) = of(&[("X-Token", secret)]).in_payload(Payload::Text(body.to_owned())) else {
            panic!()
        };
        assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{secret}: {masked}");
        expected.into_iter().for_each(|expected| assert_eq!(masked, expected, "{secret}"));
    }
}

#[test]
fn passwords_that_are_words_are_masked_in_their_header_only() {
    for pair in ["user:booked", "me:status", "a:3", "Appointment:x", "replace:/status"] {
        let secrets = of(&[("Authorization", &format!("Basic {}", STANDARD.encode(pair)))]);
        let text = "Appointment 3 booked status /status replace me user";
        assert_eq!(secrets.mask(text), text, "{pair}");
        assert_eq!(secrets.nowhere(text.to_owned()), text, "{pair}");
        if pair.len() >= 6 {
            assert_eq!(secrets.mask(&STANDARD.encode(pair)), MASK, "{pair}");
        }
    }
    let secrets = of(&[("Authorization", "Basic dXNlcjpzZWNyZXQ="), ("Cookie", "a=booked; b=3")]);
    assert_eq!(secrets.mask("booked 3 a secret"), "booked 3 a [secret]");
}

#[test]
fn cookies_of_a_run_are_hidden_in_all_of_it_and_ids_stay() {
    let exchange = |id: u32, set: &str, body: &str| Exchange {
        id,
        lane: 0,
        purpose: crate::execute::evidence::Purpose::Read,
        appointment: Some("appointment-1".to_owned()),
        at: String::new(),
        begin_us: 0,
        end_us: 0,
        attempt: 1,
        request: SentRequest {
            method: "GET".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: Payload::Empty,
        },
        bound: None,
        trace: None,
        reply: Reply::Received(Response {
            status: crate::words::fhir::StatusCode::new(200).unwrap(),
            version: String::new(),
            headers: vec![
                ("set-cookie".to_owned(), set.to_owned()),
                ("etag".to_owned(), "W/\"version-77\"".to_owned()),
            ],
            body: Payload::Text(body.to_owned()),
            cut: false,
            too_deep: false,
        }),
    };
    let body = "first-cookie appointment-1 version-77 booked";
    let evidence = Evidence {
        exchanges: ["first-cookie; Path=/", "a=appointment-1", "a=version-77", "a=booked", "a=\"first-cookie\""]
            .into_iter()
            .zip(0..)
            .map(|(set, id)| exchange(id, set, body))
            .collect(),
        ..Evidence::default()
    };
    let secrets = Secrets::default().with_cookies_of(&evidence);
    for exchange in evidence.exchanges {
        let masked = secrets.in_exchange(exchange, &[]);
        assert_eq!(masked.appointment.as_deref(), Some("appointment-1"));
        let received = masked.received().unwrap();
        assert_eq!(received.headers[0].1, MASK);
        let Payload::Text(text) = &received.body else { panic!() };
        assert!(text.starts_with(MASK) && text.ends_with("booked"), "{text}");
    }
}
