//! Checks of how the JSON of a response is written.

use crate::execute::evidence::{Payload, Response};
use crate::judge::bodies::Bodies;
use crate::judge::verdict::CheckResult;
use crate::suite::scenario::JsonForm;
use crate::words::coding::Unread;
use crate::words::json::{BYTE_ORDER_MARK, repeated_name, unmarked};

/// How the JSON in a body is written; a body that neither is JSON nor says so is no matter of the rule.
pub(super) fn json<'a>(form: JsonForm, received: &'a Response, bodies: &Bodies<'a>) -> CheckResult {
    let is_json = bodies.json(&received.body).is_some();
    match form {
        JsonForm::NoByteOrderMark => {
            if received.body.is_empty() || !(is_json || is_labelled(received)) {
                return CheckResult::Void;
            }
            let found = match (&received.body, received.unread()) {
                (Payload::Text(text), _) if text.starts_with(BYTE_ORDER_MARK) => {
                    "U+FEFF, a byte order mark, before the JSON".to_owned()
                }
                (_, Some(unread @ Unread::OtherUnicode(_))) => format!("a body {}", unread.in_words()),
                (Payload::Empty | Payload::Text(_) | Payload::Base64(_), _) => return held(is_json),
            };
            CheckResult::of(false, "JSON without a byte order mark (RFC 8259 section 8.1)", found)
        }
        JsonForm::UniqueNames => {
            let Some(text) = received.body.text().filter(|_| is_json) else { return CheckResult::Void };
            let found = repeated_name(unmarked(text)).map(|name| format!("`{}` twice in one object", short(&name)));
            CheckResult::of(
                found.is_none(),
                "objects whose member names are unique (RFC 8259 section 4)",
                found.unwrap_or_default(),
            )
        }
    }
}

/// A body that has no mark and is not JSON either shows nothing.
fn held(is_json: bool) -> CheckResult {
    if is_json { CheckResult::Holds } else { CheckResult::Void }
}

/// Whether the media type is JSON or has JSON as its syntax.
fn is_labelled(received: &Response) -> bool {
    let kind = received.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.ends_with("/json") || essence.ends_with("+json") || essence.starts_with("application/json")
}

/// A name that a server chose, not too long for a message.
fn short(name: &str) -> String {
    const MOST: usize = 60;
    name.chars().filter(|letter| !letter.is_control()).take(MOST).collect()
}
