//! What the report was made from, and how to check it: seed, versions, digests.

use maud::{Markup, html};

use super::sheet::{Section, Sheet};
use crate::record::Redact;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let body = html! {
        dl .evidence .provenance { @for (name, value) in facts(sheet) { dt { (name) } dd { code { (value) } } } }
        h3 { "To check it" }
        (checks())
        p .note { "A record cannot prove that its exchanges really were with the server that it names. Secrets never enter a "
            "record: [secret] stands for one that was sent." }
        @if !record.contract.documents.is_empty() {
            h3 { "Documents" }
            ul .plain { @for document in record.contract.documents.values() { li { (document.title) ": " span .muted { (document.location) } } } }
        }
    };
    Some(Section { id: "provenance", title: "Provenance", body })
}

/// Names and values.
fn facts(sheet: &Sheet<'_>) -> Vec<(&'static str, String)> {
    let record = sheet.record;
    let digests = &record.digests;
    let mut facts = vec![
        ("edition", format!("{} ({})", record.edition, record.contract.title)),
        ("target", record.target.base_url.clone()),
        ("started", record.started.clone()),
        ("finished", record.finished.clone()),
        ("seed", record.seed.to_string()),
        ("tool", format!("{} {}", record.tool.name, record.tool.version)),
        ("record format", record.schema.clone()),
        ("contract, SHA-256", record.contract.digest.clone()),
        (
            "planned",
            format!(
                "{} requests, {} appointments",
                record.plan.requests,
                record.plan.appointments.values().sum::<usize>()
            ),
        ),
        ("used", format!("{} requests, {} appointments", record.plan.requests_sent, record.plan.appointments_used)),
        ("scenarios, SHA-256", digests.scenarios.clone()),
        ("plan, SHA-256", digests.plan.clone()),
        ("evidence, SHA-256", digests.evidence.clone()),
        ("record, SHA-256", digests.record.clone()),
        ("kill matrix of the suite, SHA-256", record.suite.kill_matrix.clone()),
    ];
    facts.push((
        "redaction",
        match record.target.redaction {
            Redact::None => "secrets only",
            Redact::Phi => "secrets, and protected health information before judging",
        }
        .to_owned(),
    ));
    facts
}

fn checks() -> Markup {
    html! {
        ul .plain {
            li { code { "patchproof verify run.json" } " judges the recorded exchanges again, offline, and checks every digest." }
            li { code { "patchproof report run.json --format html" } " renders this page again." }
            li { code { "patchproof explain APPT-VER-04" } " explains what a requirement asks and which cases verify it." }
            li { "Each finding has a curl line that sends its request again." }
        }
    }
}
