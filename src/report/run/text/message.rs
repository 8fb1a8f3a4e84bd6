//! One group of findings as a message like a compiler's: in four lines, or with the exchange and a curl line.

use std::collections::BTreeSet;

use crate::record::{RequirementId, RunRecord, Standing};
use crate::report::page::curl::curl;
use crate::report::page::exchange::{request_lines, response_lines};
use crate::report::page::look::{BAR, HANG, labelled, note, paint};
use crate::report::page::paper::{Page, Paint};
use crate::report::page::words::counted;
use crate::report::run::findings::FindingGroup;
use crate::report::run::requirement::source;

/// Four lines: the rule, the case, what was expected and what was found.
pub(super) fn short(page: &mut Page, group: &FindingGroup<'_>) {
    head(page, group);
    let more = match group.cases.len() {
        1 => String::new(),
        count => format!(", and {}", counted(count - 1, "more case", "more cases")),
    };
    place(page, group, &more);
    if !group.first.expected.is_empty() {
        labelled(page, "expected", Paint::Good, std::slice::from_ref(&group.first.expected));
    }
    labelled(page, "found", Paint::Care, std::slice::from_ref(&group.first.found));
    related(page, group, false);
}

/// The whole message.
pub(super) fn full(page: &mut Page, record: &RunRecord, group: &FindingGroup<'_>, verbose: bool) {
    head(page, group);
    place(page, group, "");
    page.line(&[BAR]);
    let exchange = group.first.exchange.and_then(|id| record.exchange(id));
    if let Some(exchange) = exchange {
        labelled(page, "sent", Paint::Strong, &request_lines(record, exchange, verbose));
        labelled(page, "received", Paint::Strong, &response_lines(exchange, verbose));
    }
    if !group.first.expected.is_empty() {
        labelled(page, "expected", Paint::Good, std::slice::from_ref(&group.first.expected));
    }
    labelled(page, "found", paint(group.verdict), std::slice::from_ref(&group.first.found));
    page.line(&[BAR]);
    trailer(page, group, verbose);
    if let Some(exchange) = exchange {
        if verbose {
            let text = format!("exchange {} at {}, case `{}`", exchange.id, exchange.at, group.case.title);
            note(page, "seen", &text);
        }
        try_line(page, &curl(exchange), verbose);
    }
    others(page, group, verbose);
    related(page, group, verbose);
    for text in &group.notes {
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, text)]);
    }
}

fn head(page: &mut Page, group: &FindingGroup<'_>) {
    let id = format!("[{}]", group.id);
    let level = match group.requirement {
        None => String::new(),
        Some(requirement) => match requirement.standing {
            Standing::Inherited => format!(" {}, inherited", requirement.level.name()),
            Standing::Native => format!(" {}", requirement.level.name()),
        },
    };
    let statement = group.requirement.map_or("(a requirement that the record does not list)", |rule| &rule.statement);
    page.para(
        (paint(group.verdict), group.verdict.name()),
        (Paint::Plain, "    "),
        &[(paint(group.verdict), &id), (Paint::Plain, &level), (Paint::Plain, ": "), (Paint::Strong, statement)],
    );
}

fn place(page: &mut Page, group: &FindingGroup<'_>, more: &str) {
    let origin = format!(" ({})", group.case.origin);
    page.para(
        (Paint::Frame, "  --> "),
        HANG,
        &[(Paint::Plain, &group.case.id.0), (Paint::Dim, &origin), (Paint::Plain, more)],
    );
}

fn trailer(page: &mut Page, group: &FindingGroup<'_>, verbose: bool) {
    let Some(requirement) = group.requirement else { return };
    note(page, "source", &source(requirement));
    if let (true, Some(reading)) = (verbose, &requirement.reading) {
        note(page, "reading", reading);
    }
}

fn others(page: &mut Page, group: &FindingGroup<'_>, verbose: bool) {
    const SHOWN: usize = 6;
    let others = group.cases.get(1..).unwrap_or_default();
    let repeats = group.findings - group.cases.len();
    if repeats > 0 && others.is_empty() {
        let text = format!("and {} in this case", counted(repeats, "more finding", "more findings"));
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
    }
    if others.is_empty() {
        return;
    }
    let shown = if verbose { others.len() } else { SHOWN };
    let mut ids: Vec<&str> = others.iter().take(shown).map(|case| case.0.as_str()).collect();
    if others.len() > shown {
        ids.push("…");
    }
    let text = format!("and {}: {}", counted(others.len(), "more case", "more cases"), ids.join(", "));
    page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
}

/// What is open for the same reason, and what follows from it.
fn related(page: &mut Page, group: &FindingGroup<'_>, verbose: bool) {
    const SHOWN: usize = 6;
    if !group.alike.is_empty() {
        let more = counted(group.alike.len(), "more requirement", "more requirements");
        let mut named = names(&group.alike);
        if !verbose && named.len() > SHOWN {
            named.truncate(SHOWN);
            named.push("…");
        }
        let text = format!("and {more} for the same reason: {}", named.join(", "));
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
    }
    if let Some(more) = group.more() {
        let text = if verbose {
            format!("{more}: {}", names(&group.follows).join(", "))
        } else {
            format!("{more}; -v shows them")
        };
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Strong, &text)]);
    }
}

fn names<'a>(ids: &BTreeSet<&'a RequirementId>) -> Vec<&'a str> {
    ids.iter().map(|id| id.as_str()).collect()
}

/// The line to copy. It is never wrapped, and its continuations carry no frame, so that it can be copied whole.
fn try_line(page: &mut Page, line: &str, verbose: bool) {
    const LONGEST: usize = 2000;
    if !verbose && line.len() > LONGEST {
        note(page, "try", &format!("the curl line has {} bytes; --verbose prints it", line.len()));
        return;
    }
    for (number, part) in line.lines().enumerate() {
        match number {
            0 => page.line(&[
                (Paint::Frame, "   = "),
                (Paint::Strong, "try"),
                (Paint::Plain, ": "),
                (Paint::Plain, part),
            ]),
            1.. => page.line(&[(Paint::Plain, "        "), (Paint::Plain, part)]),
        }
    }
}
