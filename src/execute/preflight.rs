//! Whether a target is a FHIR server at all, by its /metadata.

use super::courier::Courier;
use super::evidence::{LostKind, Purpose, Reply, Response};
use super::options::RunError;

/// Asks a target for its /metadata.
///
/// # Errors
/// It cannot be reached, or what it sends is not from a FHIR server.
pub(super) async fn preflight(courier: &mut Courier, base_url: &str) -> Result<(), RunError> {
    let outgoing = courier.outgoing("GET", "/metadata", &[], None);
    // A run that has to stop before its first request ends with the reason for that.
    let Ok(id) = courier.send(outgoing, Purpose::Preflight, None).await else { return Ok(()) };
    let url = base_url.to_owned();
    match &courier.exchange(id).reply {
        Reply::Lost(lost) if lost.kind == LostKind::NotConnected => {
            Err(RunError::Unreachable { url, cause: lost.message.clone() })
        }
        Reply::Lost(lost) => {
            Err(RunError::NotFhir { url, what: format!("GET /metadata got no HTTP response ({})", lost.message) })
        }
        Reply::Received(received) => not_fhir(received).map_or(Ok(()), |what| Err(RunError::NotFhir { url, what })),
    }
}

/// What shows that a response to GET /metadata is not from a FHIR server; nothing where it may be.
fn not_fhir(received: &Response) -> Option<String> {
    /// Characters of a Location that are printed.
    const MOST: usize = 200;
    let status = received.status;
    if let Some(location) = received.header("location").filter(|_| status.get() / 100 == 3) {
        let location: String = location.chars().filter(|letter| !letter.is_control()).take(MOST).collect();
        return Some(format!("GET /metadata responds {status} and points to {location}; redirects are not followed"));
    }
    let html =
        received.header("content-type").is_some_and(|kind| kind.contains("text/html")) && !received.body.is_empty();
    let markup = received.body.text().is_some_and(|text| text.trim_start().starts_with('<'));
    if html || markup {
        return Some(format!("GET /metadata responds {status} with a page of markup"));
    }
    let text = received.body.text().is_some();
    (!text).then(|| format!("GET /metadata responds {status} with a body that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::execute::evidence::Payload;
    use crate::words::fhir::StatusCode;

    #[test]
    fn redirects_pages_and_bytes_are_not_from_a_fhir_server() {
        let text = |text: &str| Payload::Text(text.to_owned());
        type Row = (u16, &'static [(&'static str, &'static str)], Payload, &'static str);
        let table: [Row; 8] = [
            (200, &[], text("{}"), ""),
            (401, &[], Payload::Empty, ""),
            (404, &[("content-type", "text/html")], Payload::Empty, ""),
            (200, &[("content-type", "text/html")], text("x"), "with a page of markup"),
            (200, &[], text(" <?xml?>"), "with a page of markup"),
            (200, &[], Payload::Base64("//4=".to_owned()), "not UTF-8"),
            (
                302,
                &[("location", "http://a/\u{7}b")],
                Payload::Empty,
                "points to http://a/b; redirects are not followed",
            ),
            (200, &[("location", "http://a/")], text("{}"), ""),
        ];
        for (code, headers, body, expected) in table {
            let received = Response {
                status: StatusCode::new(code).unwrap(),
                version: "HTTP/1.1".to_owned(),
                headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
                body,
                cut: false,
                too_deep: false,
            };
            let found = not_fhir(&received);
            assert_eq!(found.is_none(), expected.is_empty(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected), "{expected}");
        }
    }
}
