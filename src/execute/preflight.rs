//! Whether a base URL leads to a FHIR server, by its /metadata and, where that leaves a doubt, by one read.

use serde_json::Value;

use super::courier::Courier;
use super::evidence::{Exchange, ExchangeId, LostKind, Purpose, Reply, Response};
use super::options::RunError;
use super::words::{brief, reason};
use crate::sut::{WebOrigin, base_before, without_credentials};

/// Asks a target for its /metadata, and where that is no CapabilityStatement for an appointment, that of `listed` if there
/// is one. Gives why nothing can be judged, where the target is one of FHIR and its bodies cannot be read.
///
/// # Errors
/// It cannot be reached, or what it sends is not from a FHIR server.
pub(super) async fn preflight(
    courier: &mut Courier,
    base_url: &str,
    listed: Option<String>,
) -> Result<Option<String>, RunError> {
    let outgoing = courier.outgoing("GET", "/metadata", &[], None);
    // A run that has to stop before its first request ends with the reason for that.
    let Ok(id) = courier.send(outgoing, Purpose::Preflight, None).await else { return Ok(None) };
    let url = base_url.to_owned();
    let quotes = courier.quotes();
    let not_fhir = |what: String| RunError::NotFhir { url: url.clone(), what, hint: hint(base_url) };
    match &courier.exchange(id).reply {
        Reply::Lost(lost) if lost.kind == LostKind::NotConnected => {
            return Err(RunError::Unreachable { url, cause: lost.message.clone() });
        }
        Reply::Lost(lost) => {
            return Err(not_fhir(format!("GET /metadata got no HTTP response ({})", lost.message)));
        }
        Reply::Received(received) => match look(received, quotes) {
            Metadata::Fhir => return Ok(None),
            Metadata::Unreadable(what) => return Ok(Some(what)),
            Metadata::Other(what) => return Err(not_fhir(what)),
            Metadata::Doubtful => {}
        },
    }
    let appointment = listed.unwrap_or_else(|| format!("patchproof-{}", uuid::Uuid::new_v4().simple()));
    let outgoing = courier.read_of(&appointment);
    let Ok(read) = courier.send(outgoing, Purpose::Read, Some(appointment)).await else { return Ok(None) };
    if shows_appointments(courier, read) {
        return Ok(None);
    }
    let Some(received) = courier.exchange(id).received() else { return Ok(None) };
    let what = format!("GET /metadata responds {}{}", received.status, carried(received, quotes));
    Err(match received.status.get() {
        400..=499 if !matches!(received.status.get(), 404 | 405 | 410) => RunError::Rejected { url, what },
        _ => not_fhir(what),
    })
}

/// Whether the CapabilityStatement in a response lists `delete` of appointments.
pub(super) fn lists_delete(exchange: &Exchange) -> bool {
    exchange.received().is_some_and(|received| lists(received, "delete"))
}

fn lists(received: &Response, interaction: &str) -> bool {
    let Some(statement) = received.body.json() else { return false };
    let members = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let has = |value: &Value, name: &str, text: &str| value.get(name).and_then(Value::as_str) == Some(text);
    let resources = members(&statement, "rest").into_iter().flat_map(|rest| members(&rest, "resource"));
    resources
        .filter(|resource| has(resource, "type", "Appointment"))
        .flat_map(|resource| members(&resource, "interaction"))
        .any(|listed| has(&listed, "code", interaction))
}

/// What a response to GET /metadata shows.
#[derive(Debug, PartialEq)]
enum Metadata {
    /// A FHIR server, or one that may be asked on.
    Fhir,
    /// Bytes with a reason why they cannot be read, in words.
    Unreadable(String),
    /// Something else, in words.
    Other(String),
    /// It is no CapabilityStatement.
    Doubtful,
}

/// `quotes` where what the target says may be repeated: it goes to standard error, and nothing is taken out of it there.
fn look(received: &Response, quotes: bool) -> Metadata {
    let status = received.status;
    if let Some(location) = received.header("location").filter(|_| status.get() / 100 == 3) {
        let location = match quotes {
            true => brief(&without_credentials(location)),
            false => elsewhere(location),
        };
        return Metadata::Other(format!(
            "GET /metadata responds {status} and points to {location}; redirects are not followed"
        ));
    }
    if status.get() == 426 || status.get() == 505 {
        let wanted =
            received.header("upgrade").filter(|_| quotes).map(|upgrade| format!(" and asks for {}", brief(upgrade)));
        let wanted = wanted.unwrap_or_default();
        return Metadata::Other(format!("GET /metadata responds {status}{wanted}; patchproof speaks HTTP/1.1"));
    }
    let html =
        received.header("content-type").is_some_and(|kind| kind.contains("text/html")) && !received.body.is_empty();
    let markup = received.body.text().is_some_and(|text| text.trim_start().starts_with('<'));
    if html || markup {
        return Metadata::Other(format!("GET /metadata responds {status} with a page of markup"));
    }
    if let Some(unread) = received.unread() {
        return Metadata::Unreadable(format!("GET /metadata responds {status} with a body {}", unread.in_words()));
    }
    if received.body.text().is_none() {
        return Metadata::Other(format!("GET /metadata responds {status} with a body that is not UTF-8"));
    }
    match status.get() {
        // Whether the credentials are good for appointments, and whether an outage passes, shows later.
        401 | 403 | 429 | 502 | 503 | 504 => Metadata::Fhir,
        200..=299 if is_statement(received) => Metadata::Fhir,
        _ => Metadata::Doubtful,
    }
}

fn is_statement(received: &Response) -> bool {
    const TYPE: &str = "CapabilityStatement";
    if received.limit().is_some() {
        return received.body.text().is_some_and(|text| text.contains(TYPE));
    }
    received.body.json().is_some_and(|body| body.get("resourceType").and_then(|kind| kind.as_str()) == Some(TYPE))
}

/// Whether a read came as far as appointments: it gave one, or asked for other credentials.
fn shows_appointments(courier: &Courier, read: ExchangeId) -> bool {
    let Some(received) = courier.exchange(read).received() else { return false };
    let kind = received.body.json().and_then(|body| body.get("resourceType")?.as_str().map(str::to_owned));
    match received.status.get() {
        401 | 403 => true,
        200..=299 => kind.as_deref() == Some("Appointment"),
        _ => false,
    }
}

/// What a response to GET /metadata carries instead of a CapabilityStatement.
fn carried(received: &Response, quotes: bool) -> String {
    if let Some(limit) = received.limit() {
        return format!(", and {limit}");
    }
    let kind = received.body.json().and_then(|body| body.get("resourceType")?.as_str().map(brief));
    if !quotes && (reason(received).is_some() || kind.is_some()) {
        return " and no CapabilityStatement (--redact none shows what the target says)".to_owned();
    }
    match (reason(received), kind) {
        (Some(reason), _) => format!(": {reason}"),
        (None, Some(kind)) => format!(" with a resource of type {kind}, and no CapabilityStatement"),
        (None, None) => format!(" with {}, and no CapabilityStatement", received.body_in_words()),
    }
}

/// Where a redirect leads, without what may name a person: its origin, and whether the path is that of the request.
fn elsewhere(location: &str) -> String {
    const SHOWN: &str = "--redact none shows where";
    match WebOrigin::of(location) {
        Some(origin) if origin.rest(location).0.ends_with("/metadata") => {
            format!("{}/…/metadata ({SHOWN})", origin.shown())
        }
        Some(origin) => format!("another place on {} ({SHOWN})", origin.shown()),
        None => format!("another place ({SHOWN})"),
    }
}

/// A sentence about a base URL that has too much or too little in it.
fn hint(base_url: &str) -> String {
    let without_path = base_url.split_once("://").is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains('/'));
    match base_before(base_url) {
        Some(base) => format!("; the base URL ends before the resource: try {base}"),
        None if without_path => {
            "; a host alone is seldom a base URL: add the path under which the server has FHIR R4, such as /fhir or /r4"
                .to_owned()
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::execute::evidence::Payload;
    use crate::words::fhir::StatusCode;

    fn received(code: u16, headers: &[(&str, &str)], body: Payload) -> Response {
        Response {
            status: StatusCode::new(code).unwrap(),
            version: "HTTP/1.1".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body,
            cut: false,
            too_deep: false,
        }
    }

    #[test]
    fn what_may_name_a_person_is_not_repeated() {
        let location = |location| received(308, &[("location", location)], Payload::Empty);
        for (response, shown) in [
            (location("https://user:Erika@h.test/r4/metadata?patient=Erika"), "another place"),
            (location("https://h.test:8443/r4/metadata?patient=Erika"), "https://h.test:8443/…/metadata"),
            (location("https://h.test/Patient/Erika"), "another place on https://h.test"),
            (location("/Patient/Erika"), "another place"),
            (received(426, &[("upgrade", "Erika/1")], Payload::Empty), "patchproof speaks"),
        ] {
            let Metadata::Other(what) = look(&response, false) else { panic!("{response:?}") };
            assert!(what.contains(shown) && !what.contains("Erika"), "{what}");
        }
        for body in ["Erika", r#"{"resourceType":"Erika"}"#, r#"{"issue":[{"diagnostics":"Erika"}]}"#] {
            let what = carried(&received(404, &[], Payload::Text(body.to_owned())), false);
            assert!(!what.contains("Erika") && what.contains("no CapabilityStatement"), "{what}");
        }
    }

    #[test]
    fn redirects_pages_and_bytes_are_not_from_a_fhir_server() {
        let text = |text: &str| Payload::Text(text.to_owned());
        let bytes = |text: &str| Payload::Base64(text.to_owned());
        type Row = (u16, &'static [(&'static str, &'static str)], Payload, &'static str);
        let table: [Row; 9] = [
            (200, &[("content-type", "text/html")], text("x"), "with a page of markup"),
            (200, &[], text(" <?xml?>"), "with a page of markup"),
            (200, &[], bytes("//4="), " in UTF-16"),
            (200, &[], bytes("wMA="), "that is not UTF-8"),
            (200, &[], bytes("H4sIAAAAAAAA"), "compressed with gzip, without a Content-Encoding"),
            (200, &[("content-encoding", "compress")], bytes("H50="), " in the content coding `compress`"),
            (
                302,
                &[("location", "http://me:s3cret@a/\u{7}b")],
                Payload::Empty,
                "points to http://***@a/b; redirects are not followed",
            ),
            (426, &[("upgrade", "h2c")], Payload::Empty, "asks for h2c; patchproof speaks HTTP/1.1"),
            (505, &[], Payload::Empty, "505; patchproof speaks HTTP/1.1"),
        ];
        for (code, headers, body, expected) in table {
            let is_unread = expected.contains(" in ") || expected.contains("compressed");
            let found = match look(&received(code, headers, body), true) {
                Metadata::Unreadable(found) if is_unread => found,
                Metadata::Other(found) if !is_unread => found,
                look => panic!("{expected}: {look:?}"),
            };
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn what_is_no_capability_statement_is_doubtful() {
        let statement = Payload::Text("\u{feff}{\"resourceType\":\"CapabilityStatement\"}".to_owned());
        for (code, body, expected) in [
            (200, statement.clone(), Metadata::Fhir),
            (200, Payload::Text("{}".to_owned()), Metadata::Doubtful),
            (200, Payload::Empty, Metadata::Doubtful),
            (404, statement, Metadata::Doubtful),
            (400, Payload::Empty, Metadata::Doubtful),
            (500, Payload::Empty, Metadata::Doubtful),
            (401, Payload::Empty, Metadata::Fhir),
            (403, Payload::Empty, Metadata::Fhir),
            (503, Payload::Empty, Metadata::Fhir),
        ] {
            assert_eq!(look(&received(code, &[], body), true), expected, "{code}");
        }
        let cut = Response {
            cut: true,
            ..received(200, &[], Payload::Text("{\"resourceType\":\"CapabilityStatement\",".to_owned()))
        };
        assert_eq!(look(&cut, true), Metadata::Fhir);
    }

    #[test]
    fn a_base_url_with_too_much_or_too_little_gets_a_hint() {
        for (url, expected) in [
            ("https://a.example/r4/Appointment", "try https://a.example/r4"),
            ("https://a.example/r4/Appointment/7", "try https://a.example/r4"),
            ("https://a.example/metadata", "try https://a.example"),
            ("https://a.example", "a host alone"),
            ("https://a.example/r4", ""),
        ] {
            let found = hint(url);
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{url}: {found}");
        }
    }

    #[test]
    fn whether_appointments_can_be_deleted_is_what_the_statement_lists() {
        for (kind, code, status, expected) in
            [("Appointment", "delete", 200, true), ("Appointment", "patch", 200, false), ("Slot", "delete", 200, false)]
        {
            let resource = serde_json::json!({ "type": kind, "interaction": [{ "code": "read" }, { "code": code }] });
            let statement = serde_json::json!({ "rest": [{}, { "resource": [resource] }] });
            assert_eq!(
                lists(&received(status, &[], Payload::Text(statement.to_string())), "delete"),
                expected,
                "{kind} {code}"
            );
        }
        assert!(!lists(&received(404, &[], Payload::Empty), "delete"));
    }
}
