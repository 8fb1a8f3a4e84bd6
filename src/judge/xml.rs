//! Finds the kind of a resource in XML, without reading what it holds.

use crate::execute::evidence::Response;

/// The name of the root element of a body that is labelled XML; nothing where it is not, or is no element.
pub(super) fn root(received: &Response) -> Option<&str> {
    let label = received.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
    if !(label.ends_with("/xml") || label.ends_with("+xml")) {
        return None;
    }
    let mut text = received.body.text()?.trim_start_matches('\u{feff}').trim_start();
    // A declaration, comments and processing instructions may come before it.
    loop {
        let end = match text {
            text if text.starts_with("<?") => "?>",
            text if text.starts_with("<!--") => "-->",
            _ => break,
        };
        text = text.split_once(end)?.1.trim_start();
    }
    let name = text.strip_prefix('<')?.split(|sign: char| sign.is_whitespace() || matches!(sign, '>' | '/')).next()?;
    let local = name.rsplit(':').next()?;
    let named = local.chars().next().is_some_and(char::is_alphabetic);
    (named && local.chars().all(char::is_alphanumeric)).then_some(local)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::execute::evidence::Payload;
    use crate::words::fhir::StatusCode;

    #[test]
    fn the_root_of_a_resource_in_xml_is_found_behind_what_may_come_before_it() {
        let table = [
            ("application/fhir+xml;charset=utf-8", "<Appointment xmlns=\"http://hl7.org/fhir\"/>", Some("Appointment")),
            ("APPLICATION/XML", "<?xml version=\"1.0\"?>\n<!-- a > b -->\n<f:Appointment>", Some("Appointment")),
            ("text/xml", "\u{feff}<OperationOutcome>", Some("OperationOutcome")),
            ("application/fhir+xml", "", None),
            ("application/fhir+xml", "no element", None),
            ("application/fhir+xml", "<?xml", None),
            ("application/fhir+xml", "<", None),
            ("text/html", "<html>", None),
            ("application/fhir+json", "<Appointment/>", None),
        ];
        for (label, text, expected) in table {
            let received = Response {
                status: StatusCode::new(200).unwrap(),
                version: "HTTP/1.1".to_owned(),
                headers: vec![("content-type".to_owned(), label.to_owned())],
                body: Payload::Text(text.to_owned()),
                cut: false,
                too_deep: false,
            };
            assert_eq!(root(&received), expected, "{label} {text}");
        }
    }
}
