//! What moves by itself: the members in which two reads of one version differ although nothing was written in between.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::exchange::{Exchange, Purpose};
use crate::words::json::{differences, within};

/// What is never left out: what an appointment is, and its version.
const NEVER: [&str; 4] = ["/resourceType", "/id", "/meta/versionId", "/status"];

/// JSON pointers of the members that move by themselves, with `*` for places in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moving(BTreeSet<String>);

impl Moving {
    /// What moves in these exchanges, which are in the order of each lane: successive reads of one appointment that show one
    /// version, while no write of the run was under way.
    pub fn of<'e>(exchanges: impl Iterator<Item = &'e Exchange> + Clone) -> Moving {
        let writes = WriteSpans::of(exchanges.clone());
        let mut last: BTreeMap<(u32, &str), &Exchange> = BTreeMap::new();
        let mut moving = Moving::default();
        for exchange in exchanges {
            let Some(appointment) = exchange.appointment.as_deref() else { continue };
            let key = (exchange.lane, appointment);
            if exchange.purpose == Purpose::Read && exchange.request.method == "GET" {
                if let Some(before) = last.insert(key, exchange)
                    && !writes.any_within(before.begin_us, exchange.end_us)
                {
                    moving.add(before, exchange);
                }
            } else if writes_to(exchange) {
                last.remove(&key);
            }
        }
        moving
    }

    /// Adds what differs between two reads of one version with no write in between; gives whether that is anything new.
    pub fn add(&mut self, before: &Exchange, after: &Exchange) -> bool {
        let shown = |read: &Exchange| {
            let received = read.received().filter(|received| received.status.is_success())?;
            let body = received.body.json().filter(Value::is_object)?;
            Some((received.header("etag").map(str::to_owned), body))
        };
        if before.received().map(|received| &received.body) == after.received().map(|received| &received.body) {
            return false;
        }
        let (Some((old_tag, old)), Some((new_tag, new))) = (shown(before), shown(after)) else { return false };
        let found = differences(&old, &new);
        let keeps = |never: &str| !found.iter().any(|pointer| within(pointer, never) || within(never, pointer));
        if old_tag != new_tag || !NEVER.into_iter().all(keeps) {
            return false;
        }
        let known = self.0.len();
        self.0.extend(found.iter().map(|pointer| general(pointer)));
        self.0.len() > known
    }

    /// Whether a place is one that moves by itself, or lies below one.
    pub fn covers(&self, pointer: &str) -> bool {
        let pointer = general(pointer);
        self.0.iter().any(|moving| within(&pointer, moving))
    }

    /// Where two resources differ, apart from what moves by itself.
    pub fn differences(&self, before: &Value, after: &Value) -> Vec<String> {
        let mut found = differences(before, after);
        found.retain(|pointer| !self.covers(pointer));
        found
    }

    /// The members, for a message; `None` where nothing moves.
    pub fn listed(&self) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// A pointer with `*` for the places in lists: what moves in one appointment may stand at another place in the next.
fn general(pointer: &str) -> String {
    let is_place = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let tokens: Vec<&str> = pointer.split('/').map(|token| if is_place(token) { "*" } else { token }).collect();
    tokens.join("/")
}

fn writes_to(exchange: &Exchange) -> bool {
    !matches!(exchange.request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
}

/// The spans in which a write was under way.
struct WriteSpans {
    /// Sorted: the begin of a write, and the latest end of it and of those that began before it.
    spans: Vec<(u64, u64)>,
}

impl WriteSpans {
    fn of<'e>(exchanges: impl Iterator<Item = &'e Exchange>) -> WriteSpans {
        let writes = exchanges.filter(|exchange| writes_to(exchange));
        let mut spans: Vec<(u64, u64)> = writes.map(|exchange| (exchange.begin_us, exchange.end_us)).collect();
        spans.sort_unstable();
        let mut latest = 0;
        for (_, end) in &mut spans {
            latest = latest.max(*end);
            *end = latest;
        }
        WriteSpans { spans }
    }

    fn any_within(&self, begin: u64, end: u64) -> bool {
        let before_end = self.spans.partition_point(|(start, _)| *start < end);
        before_end.checked_sub(1).and_then(|last| self.spans.get(last)).is_some_and(|(_, latest)| *latest > begin)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::execute::evidence::{Payload, Reply, Response, SentRequest};
    use crate::words::fhir::StatusCode;

    fn exchange(method: &str, lane: u32, at: u64, tag: &str, body: &Value) -> Exchange {
        let received = Response {
            status: StatusCode::new(200).unwrap(),
            version: "HTTP/1.1".to_owned(),
            headers: vec![("etag".to_owned(), tag.to_owned())],
            body: Payload::Text(body.to_string()),
            cut: false,
            too_deep: false,
        };
        let request = SentRequest {
            method: method.to_owned(),
            url: "http://localhost/Appointment/a".to_owned(),
            headers: Vec::new(),
            body: Payload::Empty,
        };
        Exchange {
            id: 0,
            lane,
            purpose: if method == "GET" { Purpose::Read } else { Purpose::Try },
            appointment: Some("a".to_owned()),
            at: String::new(),
            begin_us: at,
            end_us: at + 10,
            attempt: 1,
            bound: None,
            trace: None,
            request,
            reply: Reply::Received(received),
        }
    }

    fn at(updated: &str, more: &str) -> Value {
        json!({
            "resourceType": "Appointment", "id": "a", "status": "booked",
            "meta": { "versionId": "1", "lastUpdated": updated },
            "extension": [{ "url": "u", "valueString": more }]
        })
    }

    #[test]
    fn what_differs_between_two_reads_of_one_version_moves_by_itself() {
        let read = |time: u64, body: &Value| exchange("GET", 1, time, "W/\"1\"", body);
        let (first, second) = (at("2030-01-01T00:00:00Z", "x"), at("2030-01-01T00:00:01Z", "y"));
        let quiet = [read(0, &first), read(20, &second)];
        let moving = Moving::of(quiet.iter());
        assert_eq!(moving.listed().as_deref(), Some("/extension/*/valueString, /meta/lastUpdated"));
        assert_eq!(moving.differences(&first, &second), [""; 0]);
        assert!(moving.covers("/meta/lastUpdated") && !moving.covers("/meta/versionId") && !moving.covers("/meta"));
        // The same instant in another form does not move.
        let forms = [read(0, &first), read(20, &at("2030-01-01T01:00:00.000+01:00", "x"))];
        assert_eq!(Moving::of(forms.iter()), Moving::default());
    }

    #[test]
    fn a_write_of_any_lane_between_the_reads_or_another_version_explains_the_difference() {
        let read = |time: u64, tag: &str, body: &Value| exchange("GET", 1, time, tag, body);
        let (first, second) = (at("2030-01-01T00:00:00Z", "x"), at("2030-01-01T00:00:01Z", "y"));
        for lane in [1, 2] {
            let patch = exchange("PATCH", lane, 15, "W/\"1\"", &first);
            let seen = [read(0, "W/\"1\"", &first), patch, read(30, "W/\"1\"", &second)];
            assert_eq!(Moving::of(seen.iter()), Moving::default(), "{lane}");
        }
        let tags = [read(0, "W/\"1\"", &first), read(20, "W/\"2\"", &second)];
        assert_eq!(Moving::of(tags.iter()), Moving::default());
        for never in ["/status", "/meta/versionId", "/id"] {
            let mut other = second.clone();
            *other.pointer_mut(never).unwrap() = json!("2");
            let seen = [read(0, "W/\"1\"", &first), read(20, "W/\"1\"", &other)];
            assert_eq!(Moving::of(seen.iter()), Moving::default(), "{never}");
        }
    }
}
