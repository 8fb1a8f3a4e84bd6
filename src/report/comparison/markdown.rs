//! A comparison in Markdown, for a step summary or an issue.

use std::fmt::Write as _;

use super::latency;
use super::sentence::{heading, side, standing, summary};
use crate::after::compare::{Comparison, Direction, Glance, RequirementChange, SnapshotDiffKind};
use crate::report::page::clean::{clean, cut};
use crate::report::page::escape::escape;

/// The comparison in GitHub's Markdown. Everything from a target is escape.
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let mut text = format!("## {}: {}\n\n", heading(comparison), escape(&summary(comparison)));
    let _ = writeln!(text, "- before: **{}**, {}", escape(&comparison.before.name), escape(&side(&comparison.before)));
    let _ = writeln!(text, "- after: **{}**, {}\n", escape(&comparison.after.name), escape(&side(&comparison.after)));
    for warning in &comparison.warnings {
        let _ = writeln!(text, "> **Warning:** {}\n", escape(warning));
    }
    regressions(&mut text, &comparison.regressions);
    cases(&mut text, "Cases that got worse", comparison, Direction::Worse);
    table(&mut text, "Better", &comparison.improvements);
    table(&mut text, "Changed, neither better nor worse", &comparison.shifts);
    cases(&mut text, "Cases that got better", comparison, Direction::Better);
    cases(&mut text, "Cases that changed in another way", comparison, Direction::Aside);
    drift(&mut text, comparison);
    latencies(&mut text, comparison);
    for (own, only) in [(&comparison.before, &comparison.only_before), (&comparison.after, &comparison.only_after)] {
        if !only.is_empty() {
            let requirements = only.requirements.iter().map(|own| own.as_str());
            let names: Vec<String> =
                requirements.chain(only.cases.iter().map(|own| own.0.as_str())).map(escape).collect();
            let _ = writeln!(text, "Only in {}: {}\n", escape(&own.name), names.join(", "));
        }
    }
    text
}

fn regressions(text: &mut String, changes: &[RequirementChange]) {
    if changes.is_empty() {
        return;
    }
    text.push_str("### Worse\n\n");
    for own in changes {
        let _ = writeln!(
            text,
            "- **{}** {} {} → **{}**: {}",
            own.requirement,
            standing(own),
            own.before.name(),
            own.after.name(),
            escape(&own.statement)
        );
        match &own.witness {
            None => {
                let _ = writeln!(text, "  - now: {}", escape(&own.reason_after));
            }
            Some(witness) => {
                let _ = writeln!(text, "  - case {} ({})", escape(&witness.case.0), escape(&witness.origin));
                if let Some(glance) = &witness.glance {
                    let _ = writeln!(text, "  - {}", exchange(glance));
                }
                let expected = if witness.expected.is_empty() { "–" } else { &witness.expected };
                let _ = writeln!(text, "  - expected {}; found {}", escape(expected), escape(&witness.found));
            }
        }
        let _ = writeln!(text, "  - source: {}", escape(&own.source));
    }
    text.push('\n');
}

fn exchange(own: &Glance) -> String {
    let tag = own.if_match.as_ref().map(|tag| format!(", If-Match {tag}")).unwrap_or_default();
    let status = own.status.map_or("no response".to_owned(), |status| status.to_string());
    let etag = own.etag.as_ref().map(|tag| format!(", ETag {tag}")).unwrap_or_default();
    let line = format!("{} {}{tag}: received {status}{etag} (exchange {})", own.method, own.path, own.exchange);
    escape(&line)
}

fn table(text: &mut String, title: &str, changes: &[RequirementChange]) {
    if changes.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "### {title}\n\n| requirement | level | before | after | rule |\n| --- | --- | --- | --- | --- |\n"
    );
    for own in changes {
        let (before, after) = (own.before.name(), own.after.name());
        let _ =
            writeln!(text, "| {} | {} | {before} | {after} | {} |", own.requirement, standing(own), escape(&own.title));
    }
    text.push('\n');
}

fn cases(text: &mut String, title: &str, comparison: &Comparison, direction: Direction) {
    let mut list = comparison.cases.iter().filter(|own| own.direction == direction && !own.told).peekable();
    if list.peek().is_none() {
        return;
    }
    let _ = write!(text, "### {title}\n\n| case | before | after | now |\n| --- | --- | --- | --- |\n");
    for own in list {
        let reason = escape(&cut(&own.reason_after, 300));
        let (before, after) = (own.before.name(), own.after.name());
        let _ = writeln!(text, "| {} | {before} | {after} | {reason} |", escape(&own.case.0));
    }
    text.push('\n');
}

fn drift(text: &mut String, comparison: &Comparison) {
    if comparison.drift.is_empty() {
        return;
    }
    text.push_str("### Responses that changed (this affects no verdict)\n\n");
    for own in &comparison.drift {
        let how = match own.kind {
            SnapshotDiffKind::Changed => "",
            SnapshotDiffKind::New => " (new)",
            SnapshotDiffKind::Vanished => " (vanished)",
        };
        let _ = writeln!(text, "{}{how}\n", escape(&own.case.0));
        // Indented, for no text of a target can end such a block.
        for line in own.diff.lines().filter(|own| !own.starts_with("@@")) {
            let _ = writeln!(text, "    {}", clean(line));
        }
        text.push('\n');
    }
}

fn latencies(text: &mut String, comparison: &Comparison) {
    if comparison.latencies.is_empty() {
        return;
    }
    let _ = writeln!(text, "### {}\n", latency::TITLE);
    let _ = writeln!(text, "| {} |\n| --- | ---: | ---: | ---: | ---: |", latency::HEAD.join(" | "));
    for own in &comparison.latencies {
        let _ = writeln!(text, "| {} |", latency::cells(own).join(" | "));
    }
    text.push('\n');
}
