//! What is known of an appointment: a value that every response moves on.

use serde_json::Value;

use super::evidence::{Exchange, ExchangeId, Response, TagOrigin};
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, EntityTag};

/// What is known of an appointment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Appointment {
    pub id: String,
    /// The state it is in as a fixture.
    pub state: Fixture,
    /// The status that the last successful read showed.
    pub status: Option<AppointmentStatus>,
    /// The last read.
    pub read: ExchangeId,
    /// The current version's tag as it goes into If-Match, and where it came from.
    pub tag: Option<(String, TagOrigin)>,
    /// The tag of the version before.
    pub stale: Option<String>,
    /// The ETag of the response to the last accepted PATCH, as it came.
    pub last_etag: Option<String>,
    /// The document of the last accepted PATCH.
    pub previous: Option<Value>,
}

impl Appointment {
    /// An appointment of which nothing was read yet.
    pub fn new(id: impl Into<String>, state: Fixture) -> Appointment {
        Appointment {
            id: id.into(),
            state,
            status: None,
            read: 0,
            tag: None,
            stale: None,
            last_etag: None,
            previous: None,
        }
    }

    /// Takes over what a read shows of the status; the tag in use stays, so that a control uses the one from before the
    /// rejections.
    pub fn see(&mut self, read: &Exchange) {
        self.read = read.id;
        let Some(received) = success(read) else { return };
        self.status = received.body.json().and_then(|body| body.get("status")?.as_str()?.parse().ok());
        if let (Some(_), Some(status)) = (self.state.status(), self.status) {
            self.state = Fixture::of(status);
        }
    }

    /// Takes over the version that a read shows. The tag of a PATCH stays in use as long as the read does not contradict it:
    /// by another version, or by an ETag in another form.
    pub fn see_version(&mut self, read: &Exchange) {
        let Some((tag, origin)) = version(read) else { return };
        let current = self.tag.as_ref().map(|(tag, _)| tag.as_str());
        let as_text = read.received().is_some_and(|received| received.header("etag").is_some());
        let is_known = current.is_some_and(|known| if as_text { known == tag } else { opaque(known) == opaque(&tag) });
        if !is_known {
            self.retire(&tag);
            self.tag = Some((tag, origin));
        }
    }

    /// Takes over what an accepted PATCH says. Its tag, weak or strong, goes into the next If-Match as it came; what is not
    /// an entity tag is left, and the next read names the version.
    pub fn accept(&mut self, patch: &Exchange) {
        self.last_etag = patch.received().and_then(|received| received.header("etag")).map(str::to_owned);
        self.previous = patch.request.body.json();
        let is_tag = |tag: &&String| tag.parse::<EntityTag>().is_ok();
        if let Some(tag) = self.last_etag.as_ref().filter(is_tag).cloned() {
            self.retire(&tag);
            self.tag = Some((tag, TagOrigin::PreviousPatch));
        }
    }

    /// The state after success: what was read, or the special fixture that a step leads to.
    pub fn settle(&mut self, to: Fixture) {
        self.state = match (to.status(), self.status) {
            (Some(_), Some(status)) => Fixture::of(status),
            _ if to == Fixture::Any => self.state,
            _ => to,
        };
    }

    /// The tag in use becomes the stale one, unless the new one names the same version.
    fn retire(&mut self, new: &str) {
        if let Some((old, _)) = self.tag.take()
            && opaque(&old) != opaque(new)
        {
            self.stale = Some(old);
        }
    }
}

/// The version that a read shows: its ETag as it came, without one W/"meta.versionId" (APPT-VER-20). A tag that equals the
/// latter comes from both.
pub fn version(read: &Exchange) -> Option<(String, TagOrigin)> {
    let received = success(read)?;
    let id = || Some(format!("W/\"{}\"", received.body.json()?.get("meta")?.get("versionId")?.as_str()?));
    match (received.header("etag"), id()) {
        (Some(tag), Some(id)) if tag == id => Some((id, TagOrigin::VersionId)),
        (Some(tag), _) => Some((tag.to_owned(), TagOrigin::Read)),
        (None, id) => id.map(|id| (id, TagOrigin::VersionId)),
    }
}

/// The opaque part of a tag, or the whole text where it is not a tag.
pub fn opaque(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(tag)
}

fn success(exchange: &Exchange) -> Option<&Response> {
    exchange.received().filter(|received| received.status.is_success())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::execute::evidence::{Payload, Purpose, Reply, SentRequest};
    use crate::words::fhir::StatusCode;

    fn exchange(id: ExchangeId, code: u16, etag: Option<&str>, body: &str) -> Exchange {
        let headers = etag.into_iter().map(|tag| ("etag".to_owned(), tag.to_owned())).collect();
        let sent = SentRequest {
            method: "PATCH".to_owned(),
            url: "http://localhost/Appointment/a".to_owned(),
            headers: Vec::new(),
            body: Payload::Text("[1]".to_owned()),
        };
        let received = Response {
            status: StatusCode::new(code).unwrap(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: Payload::Text(body.to_owned()),
            cut: false,
            too_deep: false,
        };
        Exchange {
            id,
            lane: 1,
            purpose: Purpose::Read,
            appointment: None,
            at: String::new(),
            begin_us: 0,
            end_us: 0,
            attempt: 1,
            bound: None,
            trace: None,
            request: sent,
            reply: Reply::Received(received),
        }
    }

    fn resource(status: &str, version: &str) -> String {
        format!(r#"{{"status":"{status}","meta":{{"versionId":"{version}"}}}}"#)
    }

    fn booked() -> Appointment {
        let mut appointment = Appointment::new("a", Fixture::Booked);
        let read = exchange(1, 200, Some("W/\"1\""), &resource("booked", "1"));
        appointment.see(&read);
        appointment.see_version(&read);
        appointment
    }

    #[test]
    fn a_read_shows_status_and_version() {
        let appointment = booked();
        assert_eq!((appointment.read, appointment.status), (1, Some(AppointmentStatus::Booked)));
        assert_eq!(appointment.tag, Some(("W/\"1\"".to_owned(), TagOrigin::VersionId)));
        assert_eq!(appointment.stale, None);
    }

    #[test]
    fn a_read_that_fails_changes_only_which_read_was_last() {
        let mut appointment = booked();
        let read = exchange(2, 503, Some("W/\"9\""), &resource("arrived", "9"));
        appointment.see(&read);
        appointment.see_version(&read);
        assert_eq!(appointment, Appointment { read: 2, ..booked() });
    }

    #[test]
    fn the_tag_of_a_patch_is_current_until_a_read_contradicts_it() {
        let mut appointment = booked();
        appointment.accept(&exchange(2, 200, Some("W/\"2\""), ""));
        assert_eq!(appointment.tag, Some(("W/\"2\"".to_owned(), TagOrigin::PreviousPatch)));
        assert_eq!(appointment.stale.as_deref(), Some("W/\"1\""));
        assert_eq!(appointment.previous, Some(serde_json::json!([1])));
        appointment.see_version(&exchange(3, 200, Some("W/\"2\""), &resource("arrived", "2")));
        assert_eq!(appointment.tag, Some(("W/\"2\"".to_owned(), TagOrigin::PreviousPatch)));
        appointment.see_version(&exchange(4, 200, Some("W/\"3\""), &resource("arrived", "3")));
        assert_eq!(appointment.tag, Some(("W/\"3\"".to_owned(), TagOrigin::VersionId)));
        assert_eq!(appointment.stale.as_deref(), Some("W/\"2\""));
    }

    #[test]
    fn tags_go_back_in_the_form_in_which_they_came() {
        let mut appointment = booked();
        appointment.accept(&exchange(2, 200, Some("\"2\""), ""));
        assert_eq!(appointment.tag, Some(("\"2\"".to_owned(), TagOrigin::PreviousPatch)));
        appointment.see_version(&exchange(3, 200, None, &resource("arrived", "2")));
        assert_eq!(appointment.tag, Some(("\"2\"".to_owned(), TagOrigin::PreviousPatch)));
        appointment.see_version(&exchange(3, 200, Some("W/\"2\""), &resource("arrived", "2")));
        assert_eq!(appointment.tag, Some(("W/\"2\"".to_owned(), TagOrigin::VersionId)));
        assert_eq!(appointment.stale.as_deref(), Some("W/\"1\""));
        appointment.accept(&exchange(4, 200, Some("3"), ""));
        assert_eq!(appointment.tag, Some(("W/\"2\"".to_owned(), TagOrigin::VersionId)));
        assert_eq!(appointment.last_etag.as_deref(), Some("3"));
        for tag in ["\"5\"", "w/\"5\"", "W/W/\"5\"", "5"] {
            appointment.see_version(&exchange(5, 200, Some(tag), &resource("arrived", "5")));
            assert_eq!(appointment.tag, Some((tag.to_owned(), TagOrigin::Read)));
        }
    }

    #[test]
    fn an_etag_that_is_not_the_version_id_is_taken_as_it_came() {
        let read = exchange(2, 200, Some("\"abc\""), &resource("booked", "1"));
        assert_eq!(version(&read), Some(("\"abc\"".to_owned(), TagOrigin::Read)));
        assert_eq!(version(&exchange(2, 200, None, "{}")), None);
        assert_eq!(version(&exchange(2, 404, Some("\"abc\""), "{}")), None);
    }

    #[test]
    fn a_special_fixture_keeps_its_state_whatever_status_is_read() {
        let mut appointment = Appointment::new("a", Fixture::Locked);
        appointment.see(&exchange(1, 200, None, &resource("booked", "1")));
        assert_eq!(appointment.state, Fixture::Locked);
        appointment.settle(Fixture::Any);
        assert_eq!(appointment.state, Fixture::Locked);
        appointment.settle(Fixture::Arrived);
        assert_eq!(appointment.state, Fixture::Booked);
        appointment.settle(Fixture::Deleted);
        assert_eq!(appointment.state, Fixture::Deleted);
    }
}
