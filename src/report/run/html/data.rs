//! The exchanges as data for the script: each text once, whatever hides or turns text written out, long bodies cut.

use std::collections::{BTreeSet, HashMap};

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::sheet::Sheet;
use crate::record::{BodyRecord, Counterexample, ExchangeRecord, LossRecord, PurposeRecord, ResponseRecord, RunRecord};
use crate::report::page::clean::{clean_lines, cut};
use crate::report::page::curl::curl;
use crate::report::page::exchange::phrase;

/// All distinct bodies together; beyond it each is shown in a smaller part.
const BODIES: usize = 1_500_000;
/// The longest part of a body that is shown, in characters, and what it falls back to.
const PARTS: [usize; 4] = [16_384, 4_096, 1_024, 256];
/// A longer curl line is left out.
const CURL: usize = 6_000;

/// Counterexamples that are shown; a broken server can yield hundreds.
const COUNTEREXAMPLES: usize = 20;

/// The counterexamples that are shown, of all sequences.
pub(super) fn counterexamples(record: &RunRecord) -> impl Iterator<Item = &Counterexample> {
    record.sequences.iter().flat_map(|sequence| &sequence.counterexamples).take(COUNTEREXAMPLES)
}

/// The places where the requests of each counterexample begin, after those of no list; lists are the last of a run.
pub(super) fn counterexample_starts(record: &RunRecord) -> Vec<usize> {
    let mut start = record.exchanges_without_lists().count();
    let place = |counterexample: &Counterexample| {
        let place = start;
        start += record.requests_of(counterexample).len();
        place
    };
    counterexamples(record).map(place).collect()
}

/// A list of exchanges by place, each with its role; the script reads it and puts the exchanges in its place.
pub(super) fn list(places: &[(usize, &str)], label: &str) -> Markup {
    let all: Vec<String> = places
        .iter()
        .map(|(place, role)| if role.is_empty() { place.to_string() } else { format!("{place} {role}") })
        .collect();
    html! {
        p .exchanges { span { (label) } " " span { (all.join(", ")) } }
    }
}

/// The data as JSON that cannot end the element it stands in.
pub(super) fn json(sheet: &Sheet<'_>) -> String {
    let record = sheet.record;
    let found = counterexamples(record).flat_map(|counterexample| record.requests_of(counterexample));
    let all: Vec<&ExchangeRecord> = record.exchanges_without_lists().chain(found).collect();
    let mut texts =
        TextPool { limit: limit(&all), base: record.target.base_url.trim_end_matches('/'), ..TextPool::default() };
    let exchanges: Vec<Value> = all.iter().map(|exchange| texts.exchange(exchange)).collect();
    let data = json!({ "base": clean_lines(texts.base), "texts": texts.all, "exchanges": exchanges });
    data.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// How much of a body is shown so that all stay within bounds.
fn limit(all: &[&ExchangeRecord]) -> usize {
    let texts = all
        .iter()
        .flat_map(|exchange| [Some(&exchange.request.body), exchange.received().map(|response| &response.body)]);
    let bodies: BTreeSet<&str> = texts.flatten().map(text).collect();
    let fits = |part: &usize| bodies.iter().map(|body| body.len().min(*part)).sum::<usize>() <= BODIES;
    PARTS.into_iter().find(fits).unwrap_or(PARTS[PARTS.len() - 1])
}

fn text(payload: &BodyRecord) -> &str {
    match payload {
        BodyRecord::Empty => "",
        BodyRecord::Text(text) | BodyRecord::Base64(text) => text,
    }
}

/// Texts that many exchanges share, by place.
#[derive(Default)]
struct TextPool<'a> {
    limit: usize,
    base: &'a str,
    all: Vec<String>,
    places: HashMap<String, usize>,
}

impl TextPool<'_> {
    fn place(&mut self, text: String) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.all.push(text.clone());
        self.places.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }

    /// Short names: they stand a thousand times in the file. The script says what each is.
    fn exchange(&mut self, exchange: &ExchangeRecord) -> Value {
        let mut entry = Map::new();
        let mut put = |name: &str, value: Value| drop(entry.insert(name.to_owned(), value));
        put("n", exchange.id.into());
        put("p", purpose(exchange.purpose).into());
        put("at", exchange.at.as_str().into());
        put("d", exchange.end_us.saturating_sub(exchange.begin_us).into());
        if let Some(trace) = &exchange.trace {
            put("tr", clean_lines(trace).into());
        }
        if exchange.attempt > 1 {
            put("t", exchange.attempt.into());
        }
        put("m", clean_lines(&exchange.request.method).into());
        let url = exchange.request.url.strip_prefix(self.base).unwrap_or(&exchange.request.url);
        put("u", self.place(clean_lines(&cut(url, self.limit))).into());
        put("h", self.headers(&exchange.request.headers));
        if let Some(place) = self.body(&exchange.request.body) {
            put("b", place.into());
        }
        match &exchange.response {
            ResponseRecord::Received(received) => {
                let status = received.status.get();
                put("s", status.into());
                put("w", phrase(status).into());
                put("v", clean_lines(&received.version).into());
                put("rh", self.headers(&received.headers));
                if let Some(place) = self.body(&received.body) {
                    put("rb", place.into());
                }
                if received.cut {
                    put("cut", true.into());
                }
            }
            ResponseRecord::Lost(lost) => {
                put("l", clean_lines(&format!("{}: {}", kind(lost.kind), lost.message)).into())
            }
        }
        let line = curl(exchange);
        if line.len() <= CURL {
            // In pieces, as most of its lines stand in many others.
            let pieces = line.split(" \\\n  ").map(|piece| self.place(clean_lines(piece)));
            put("c", pieces.collect::<Vec<_>>().into());
        }
        Value::Object(entry)
    }

    fn headers(&mut self, headers: &[(String, String)]) -> Value {
        let limit = self.limit;
        let line = |(name, value): &(String, String)| clean_lines(&cut(&format!("{name}: {value}"), limit));
        headers.iter().map(|header| self.place(line(header))).collect::<Vec<_>>().into()
    }

    fn body(&mut self, payload: &BodyRecord) -> Option<usize> {
        let shown = clean_lines(&cut(text(payload), self.limit));
        match payload {
            BodyRecord::Empty => None,
            BodyRecord::Text(_) => Some(self.place(shown)),
            BodyRecord::Base64(_) => Some(self.place(format!("(not UTF-8, in base64) {shown}"))),
        }
    }
}

const fn purpose(purpose: PurposeRecord) -> &'static str {
    match purpose {
        PurposeRecord::Preflight => "metadata",
        PurposeRecord::Token => "token",
        PurposeRecord::Search => "search",
        PurposeRecord::Create => "create",
        PurposeRecord::Walk => "setup step",
        PurposeRecord::Read => "read",
        PurposeRecord::Try => "try",
        PurposeRecord::Advance => "advance",
        PurposeRecord::Control => "control",
        PurposeRecord::Race => "race",
        PurposeRecord::CleanUp => "clean-up",
    }
}

const fn kind(kind: LossRecord) -> &'static str {
    match kind {
        LossRecord::NotConnected => "could not connect",
        LossRecord::TimedOut => "timed out",
        LossRecord::Broken => "connection broken",
        LossRecord::Dropped => "dropped at the end of the run",
    }
}
