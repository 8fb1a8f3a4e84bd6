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
    for (run, only) in [(&comparison.before, &comparison.only_before), (&comparison.after, &comparison.only_after)] {
        if !only.is_empty() {
            let requirements = only.requirements.iter().map(|requirement| requirement.as_str());
            let names: Vec<String> =
                requirements.chain(only.cases.iter().map(|case| case.0.as_str())).map(escape).collect();
            let _ = writeln!(text, "Only in {}: {}\n", escape(&run.name), names.join(", "));
        }
    }
    text
}

fn regressions(text: &mut String, changes: &[RequirementChange]) {
    if changes.is_empty() {
        return;
    }
    text.push_str("### Worse\n\n");
    for change in changes {
        let _ = writeln!(
            text,
            "- **{}** {} {} → **{}**: {}",
            change.requirement,
            standing(change),
            change.before.name(),
            change.after.name(),
            escape(&change.statement)
        );
        match &change.witness {
            None => {
                let _ = writeln!(text, "  - now: {}", escape(&change.reason_after));
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
        let _ = writeln!(text, "  - source: {}", escape(&change.source));
    }
    text.push('\n');
}

fn exchange(glance: &Glance) -> String {
    let tag = glance.if_match.as_ref().map(|tag| format!(", If-Match {tag}")).unwrap_or_default();
    let status = glance.status.map_or("no response".to_owned(), |status| status.to_string());
    let etag = glance.etag.as_ref().map(|tag| format!(", ETag {tag}")).unwrap_or_default();
    let line =
        format!("{} {}{tag}: received {status}{etag} (exchange {})", glance.method, glance.path, glance.exchange);
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
    for change in changes {
        let (before, after) = (change.before.name(), change.after.name());
        let _ = writeln!(
            text,
            "| {} | {} | {before} | {after} | {} |",
            change.requirement,
            standing(change),
            escape(&change.title)
        );
    }
    text.push('\n');
}

fn cases(text: &mut String, title: &str, comparison: &Comparison, direction: Direction) {
    let mut list =
        comparison.cases.iter().filter(|change| change.direction == direction && !change.explained).peekable();
    if list.peek().is_none() {
        return;
    }
    let _ = write!(text, "### {title}\n\n| case | before | after | now |\n| --- | --- | --- | --- |\n");
    for change in list {
        let reason = escape(&cut(&change.reason_after, 300));
        let (before, after) = (change.before.name(), change.after.name());
        let _ = writeln!(text, "| {} | {before} | {after} | {reason} |", escape(&change.case.0));
    }
    text.push('\n');
}

fn drift(text: &mut String, comparison: &Comparison) {
    if comparison.drift.is_empty() {
        return;
    }
    text.push_str("### Responses that changed (this affects no verdict)\n\n");
    for snapshot in &comparison.drift {
        let how = match snapshot.kind {
            SnapshotDiffKind::Changed => "",
            SnapshotDiffKind::New => " (new)",
            SnapshotDiffKind::Vanished => " (vanished)",
        };
        let _ = writeln!(text, "{}{how}\n", escape(&snapshot.case.0));
        // Indented, for no text of a target can end such a block.
        for line in snapshot.diff.lines().filter(|line| !line.starts_with("@@")) {
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
    for latency in &comparison.latencies {
        let _ = writeln!(text, "| {} |", latency::cells(latency).join(" | "));
    }
    text.push('\n');
}
