//! The search for free slots: once a run, page by page, by the parameters that the target asks for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Holder;
use crate::execute::evidence::{Purpose, Response};
use crate::execute::halt::Halt;
use crate::execute::pool::Pool;
use crate::execute::words::brief;
use crate::sut::WebOrigin;
use crate::words::fhir::FhirId;

/// Pages and slots beyond these are not asked for: no run uses up so many.
const MOST_PAGES: usize = 100;
const MOST_SLOTS: usize = 2000;

impl Holder {
    /// Finds free slots by search, where none are listed.
    pub(super) async fn search_slots(&mut self) -> Result<(), Halt> {
        let session = self.session.clone();
        if !session.pool.needs_slot_search() || session.pool.search_slots.initialized() {
            return Ok(());
        }
        let mut outcome = Ok(());
        let holder = self;
        session
            .pool
            .search_slots
            .get_or_init(|| async {
                outcome = holder.search_pages().await;
            })
            .await;
        outcome
    }

    /// Asks for one page after another. Where the pages start over, or end before the total that they name, the search goes
    /// on from the start of the latest slot that was seen.
    async fn search_pages(&mut self) -> Result<(), Halt> {
        let mut seen = SeenSlots::default();
        let mut from = None;
        while seen.pages < MOST_PAGES && seen.free < MOST_SLOTS {
            let before = seen.ids.len();
            let query = slot_query(&self.session.pool, from.as_deref());
            let goes_on = self.search_from(&query, &mut seen).await?;
            let given = self.session.pool.slot_search();
            let is_fixed = given.iter().any(|(name, _)| matches!(name.as_str(), "start" | "_id"));
            if !goes_on || is_fixed || seen.ids.len() == before || from == seen.latest {
                break;
            }
            from.clone_from(&seen.latest);
        }
        if seen.free == 0 {
            let shown = brief(&slot_query(&self.session.pool, None));
            self.session.pool.note_slot_trouble(format!("GET {shown} found none"));
        }
        Ok(())
    }

    /// The pages of one search; whether there is more than they show.
    async fn search_from(&mut self, query: &str, seen: &mut SeenSlots) -> Result<bool, Halt> {
        let mut next = Some(self.courier.outgoing("GET", query, &[], None));
        let mut shown = 0;
        while let Some(outgoing) = next.take() {
            let path = outgoing.url.strip_prefix(&self.session.base_url).unwrap_or(&outgoing.url).to_owned();
            let id = self.courier.send(outgoing, Purpose::Search, None).await?;
            seen.pages += 1;
            let received = self.exchange(id).received();
            let Some(bundle) = received.filter(|received| received.status.is_success()).and_then(bundle) else {
                let what = self.session.status_and_reason(received);
                self.session.pool.note_slot_trouble(format!(
                    "GET {} gave {what}; the parameters that the target demands belong under `slot-search` in the target \
                     file",
                    brief(&path)
                ));
                return Ok(false);
            };
            let new = seen.take(&bundle);
            shown += bundle.get("entry").and_then(Value::as_array).map_or(0, Vec::len);
            self.session.pool.add_slots(new.free.into_iter());
            let total = bundle.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
            match next_page(&bundle) {
                None => return Ok(total.is_some_and(|total| total > shown)),
                // The pages go round.
                Some(_) if new.known => return Ok(true),
                Some(_) if seen.pages >= MOST_PAGES => return Ok(false),
                Some(url) if WebOrigin::of(&url) != WebOrigin::of(&self.session.base_url) => {
                    let why = format!("the next page, {}, is at another host and was not asked for", brief(&url));
                    self.session.pool.note_slot_trouble(why);
                    return Ok(false);
                }
                Some(url) => next = Some(self.courier.outgoing_to(url)),
            }
        }
        Ok(false)
    }
}

/// The slots that a search has shown so far.
#[derive(Debug, Default)]
struct SeenSlots {
    ids: BTreeSet<FhirId>,
    /// How many of them are free.
    free: usize,
    /// The latest start of any, as it is written.
    latest: Option<String>,
    pages: usize,
}

/// What a page adds.
#[derive(Debug)]
struct NewSlots {
    free: Vec<FhirId>,
    /// Every slot on it was seen before.
    known: bool,
}

impl SeenSlots {
    fn take(&mut self, bundle: &Value) -> NewSlots {
        let mut new = NewSlots { free: Vec::new(), known: true };
        for entry in bundle.get("entry").and_then(Value::as_array).into_iter().flatten() {
            let Some(slot) = entry.get("resource") else { continue };
            let text = |name: &str| slot.get(name).and_then(Value::as_str);
            let Some(id) = text("id").and_then(|id| id.parse::<FhirId>().ok()) else { continue };
            let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
            if let Some(start) = text("start").filter(|start| instant(start) > self.latest.as_deref().and_then(instant))
            {
                self.latest = Some(start.to_owned());
            }
            if self.ids.insert(id.clone()) {
                new.known = false;
                new.free.extend((text("status") == Some("free")).then_some(id));
            }
        }
        self.free += new.free.len();
        new
    }
}

/// The search for slots, as it stands behind the base URL.
fn slot_query(pool: &Pool, from: Option<&str>) -> String {
    let from = from.and_then(|from| from.parse::<jiff::Timestamp>().ok()).unwrap_or_else(jiff::Timestamp::now);
    let from = format!("ge{}", from.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let given = pool.slot_search();
    let has = |name: &str| given.iter().any(|(given, _)| given.split(':').next() == Some(name));
    let usual = [("start", from), ("_count", "200".to_owned())];
    // One that names its slots says which; nothing narrows them further.
    let usual = usual.into_iter().filter(|(name, _)| !(has(name) || (*name == "start" && has("_id"))));
    let given = given.iter().map(|(name, value)| format!("{name}={}", in_query(value)));
    let parameters: Vec<String> = given.chain(usual.map(|(name, value)| format!("{name}={value}"))).collect();
    format!("/Slot?{}", parameters.join("&"))
}

/// A value as it stands in a query.
fn in_query(value: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte);
    value.bytes().fold(String::new(), |text, byte| match kept(byte) {
        true => text + char::from(byte).encode_utf8(&mut [0; 4]),
        false => text + &format!("%{byte:02X}"),
    })
}

fn bundle(received: &Response) -> Option<Value> {
    received.body.json().filter(|body| body.get("resourceType").and_then(Value::as_str) == Some("Bundle"))
}

/// The URL of the page behind a page of results (FHIR R4, 3.1.1.3 Paging).
pub fn next_page(bundle: &Value) -> Option<String> {
    let links = bundle.get("link").and_then(Value::as_array).into_iter().flatten();
    let mut next = links.filter(|link| link.get("relation").and_then(Value::as_str) == Some("next"));
    next.find_map(|link| link.get("url")?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sut::Profile;

    fn query(parameters: &[(&str, &str)]) -> String {
        let slot_search = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let profile = Profile { slot_search, ..Profile::of_url("http://a.test/r4".to_owned()) };
        slot_query(&Pool::new(&profile, crate::suite::contract::Edition::March2024), None)
    }

    #[test]
    fn a_search_asks_for_what_the_target_file_says_from_now_on() {
        let plain = query(&[]);
        assert!(plain.starts_with("/Slot?start=ge20") && plain.ends_with("Z&_count=200"), "{plain}");
        assert!(!plain.contains('.'), "seconds: {plain}");
        let typed = query(&[("schedule.actor", "Location/2 1"), ("service-type", "http://a|4")]);
        assert!(
            typed.starts_with("/Slot?schedule.actor=Location/2%201&service-type=http://a%7C4&start=ge20"),
            "{typed}"
        );
        assert_eq!(query(&[("_id", "1,2"), ("_count", "5")]), "/Slot?_id=1,2&_count=5");
        assert_eq!(query(&[("start", "2030-01-01"), ("_count", "5")]), "/Slot?start=2030-01-01&_count=5");
    }

    #[test]
    fn each_slot_is_taken_once_and_the_latest_start_is_kept() {
        let slot = |id: &str, status: &str, start: &str| json!({ "resource": { "resourceType": "Slot", "id": id, "status": status, "start": start } });
        let (early, late) = ("2030-01-01T09:00:00Z", "2030-01-01T12:00:00+02:00");
        let page = json!({ "entry": [slot("1", "free", early), slot("2", "busy", late)] });
        let mut seen = SeenSlots::default();
        let first = seen.take(&page);
        assert_eq!((first.free.len(), first.known, seen.latest.as_deref()), (1, false, Some(late)));
        let again = seen.take(&page);
        assert_eq!((again.free.len(), again.known, seen.free), (0, true, 1));
        let entries = [slot("1", "free", ""), slot("3", "free", "2029-01-01T09:00:00Z"), slot("../4", "free", "")];
        let other = json!({ "entry": entries });
        assert_eq!(seen.take(&other).free.iter().map(FhirId::as_str).collect::<Vec<_>>(), ["3"]);
        assert_eq!(seen.latest.as_deref(), Some(late));
    }

    #[test]
    fn the_next_page_is_the_link_of_that_relation() {
        let link = |relation: &str| json!({ "link": [{ "relation": "self", "url": "a" }, { "relation": relation, "url": "b" }] });
        assert_eq!(next_page(&link("next")), Some("b".to_owned()));
        assert_eq!(next_page(&link("previous")), None);
        assert_eq!(next_page(&json!({ "link": [{ "relation": "next" }] })), None);
        assert_eq!(next_page(&json!({ "link": "next" })), None);
    }
}
