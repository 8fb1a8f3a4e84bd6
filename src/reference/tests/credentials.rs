//! Who may do what on a server that asks for a token.

use super::*;

const TOKEN: &str = "right-token";

/// A patch with the line given as Authorization: status, challenge, and the status held afterwards.
async fn patched(faults: &[Fault], authorization: Option<&str>) -> (u16, Option<String>, String) {
    let token = Some(TOKEN.to_owned());
    let config = Config { edition: Edition::May2019, faults: faults.to_vec(), token, ..Config::default() };
    let bench = Bench::of(config).await;
    let id = bench.take(BOOKED);
    let path = format!("/Appointment/{id}");
    let right = format!("Bearer {TOKEN}");
    let read = bench.send("GET", &path, &[("authorization", &right)], "").await;
    let mut headers = vec![("content-type", "application/json-patch+json"), ("if-match", read.etag())];
    headers.extend(authorization.map(|line| ("authorization", line)));
    let body = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
    let reply = bench.send("PATCH", &path, &headers, body).await;
    let after = bench.send("GET", &path, &[("authorization", &right)], "").await.json();
    let held = after["status"].as_str().unwrap().to_owned();
    (reply.status, reply.header("www-authenticate").map(str::to_owned), held)
}

#[tokio::test]
async fn only_the_token_that_was_issued_opens_the_server() {
    for (line, status, challenge, held) in [
        (None, 401, Some(r#"Bearer realm="reference""#), "booked"),
        (Some("Bearer wrong"), 401, Some(r#"Bearer realm="reference", error="invalid_token""#), "booked"),
        (Some("Basic right-token"), 401, Some(r#"Bearer realm="reference""#), "booked"),
        (Some("Bearer right-token"), 200, None, "arrived"),
        (Some("bearer  right-token"), 200, None, "arrived"),
    ] {
        let expected = (status, challenge.map(str::to_owned), held.to_owned());
        assert_eq!(patched(&[], line).await, expected, "Authorization: {line:?}");
    }
}

#[tokio::test]
async fn each_fault_of_authentication_shows_in_one_response() {
    for (fault, line, status, challenged, held) in [
        (Fault::AuthenticationNotChecked, None, 200, false, "arrived"),
        (Fault::AnyTokenPasses, Some("Bearer wrong"), 200, false, "arrived"),
        (Fault::AnyTokenPasses, None, 401, true, "booked"),
        (Fault::UnauthenticatedIsForbidden, None, 403, true, "booked"),
        (Fault::NoChallenge, Some("Bearer wrong"), 401, false, "booked"),
    ] {
        let (seen, challenge, after) = patched(&[fault], line).await;
        assert_eq!((seen, challenge.is_some(), after.as_str()), (status, challenged, held), "{fault}, {line:?}");
    }
}

#[tokio::test]
async fn what_a_server_offers_may_be_asked_by_everyone() {
    let bench = Bench::of(Config { token: Some(TOKEN.to_owned()), ..Config::default() }).await;
    assert_eq!(bench.send("GET", "/metadata", &[], "").await.status, 200);
    assert_eq!(bench.send("OPTIONS", "/Appointment", &[], "").await.status, 200);
    for path in ["/Appointment", "/Slot", "/Appointment/1"] {
        assert_eq!(bench.send("GET", path, &[], "").await.status, 401, "{path}");
    }
}
