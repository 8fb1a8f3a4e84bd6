//! Forgeries that rewrite everything which speaks against them. Only a signature refuses these.

use patchproof::record::{BodyRecord, NotRunKindRecord, ResponseRecord};

use super::Forgery;
use super::exchanges::{delete, not_run};

const HIDDEN: &str = "if-match/missing";

pub(super) const FORGERIES: &[Forgery] = &[
    ("deletion", "a case with all that was sent for it: there was no appointment for it", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::Unavailable);
    }),
    ("deletion", "a case with all that was sent for it: the harness failed", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::HarnessFailed);
    }),
    ("body", "a member that no rule looks at, in every response", |record| {
        for exchange in &mut record.exchanges {
            if let ResponseRecord::Received(received) = &mut exchange.response
                && let BodyRecord::Text(text) = &mut received.body
            {
                *text = text.replacen("{\"resourceType\"", "{\"language\":\"en\",\"resourceType\"", 1);
            }
        }
    }),
    ("header", "a line that no rule looks at, in every response", |record| {
        for exchange in &mut record.exchanges {
            if let ResponseRecord::Received(received) = &mut exchange.response {
                received.headers.push(("x-powered-by".to_owned(), "nobody".to_owned()));
            }
        }
    }),
    ("target", "its address, in every request", |record| {
        let base = record.target.base_url.clone();
        let other = "https://fhir.example.org/r4";
        other.clone_into(&mut record.target.base_url);
        for exchange in &mut record.exchanges {
            exchange.request.url = exchange.request.url.replacen(&base, other, 1);
        }
    }),
    ("target", "that it is no embedded server", |record| record.target.embedded = !record.target.embedded),
    ("limits", "that the run was cut short", |record| {
        record.cut_short = Some("the request budget (--max-requests) was spent".to_owned());
    }),
    ("limits", "that inherited requirements decide", |record| record.strict_base = !record.strict_base),
];
