//! What a response says about a rejection, short enough for a sentence of ours.

use serde_json::Value;

use super::evidence::Response;

/// A text that the target chose: one line of at most 200 characters.
pub(super) fn brief(text: &str) -> String {
    const MOST: usize = 200;
    let text = text.trim();
    let line: String = text.chars().map(|letter| if letter == '\n' { ' ' } else { letter }).collect();
    let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Why the target rejected a request, as its OperationOutcome or its line of text says.
pub(super) fn reason(received: &Response) -> Option<String> {
    let text = received.body.text()?;
    let said = match received.body.json() {
        Some(body) => {
            let issues = body.get("issue").and_then(Value::as_array).into_iter().flatten();
            let mut said = issues.filter_map(|issue| {
                let text = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str);
                text("/diagnostics").or_else(|| text("/details/text")).map(str::to_owned)
            });
            said.next()
        }
        None if text.trim_start().starts_with('<') => None,
        None => Some(text.to_owned()),
    };
    said.map(|said| brief(&said)).filter(|said| !said.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::execute::evidence::Payload;
    use crate::words::fhir::StatusCode;

    #[test]
    fn a_rejection_is_given_in_the_words_of_the_target() {
        let rows = [
            (r#"{"issue":[{"diagnostics":"no\n such"},{"diagnostics":"b"}]}"#, Some("no  such")),
            (r#"{"issue":[{"code":"x"},{"details":{"text":"why"}}]}"#, Some("why")),
            (r#"{"issue":[{"diagnostics":" "}]}"#, None),
            ("{}", None),
            ("plain\u{1b} text", Some("plain text")),
            ("<html>", None),
            ("", None),
        ];
        for (body, expected) in rows {
            let received = Response {
                status: StatusCode::new(422).unwrap(),
                version: "HTTP/1.1".to_owned(),
                headers: Vec::new(),
                body: Payload::Text(body.to_owned()),
                cut: false,
                too_deep: false,
            };
            assert_eq!(reason(&received).as_deref(), expected, "{body}");
        }
        assert_eq!(brief(&"é".repeat(300)).chars().count(), 201);
    }
}
