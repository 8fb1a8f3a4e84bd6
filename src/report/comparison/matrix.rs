//! A matrix of implementations × requirements: for a terminal, in Markdown and as comma-separated values.

use std::fmt::Write as _;

use crate::after::compare::{MatrixColumn, MatrixRow, RunMatrix};
use crate::record::{RunVerdict, Standing, Verdict};
use crate::report::page::escape::escape;
use crate::report::page::look::{TextView, paint};
use crate::report::page::paper::{Page, Paint};

/// Where a requirement does not stand.
const NONE: &str = "–";

/// The matrix as text; columns are numbered, and the numbers explained above.
pub fn matrix_text(matrix: &RunMatrix, view: &TextView) -> String {
    let mut page = Page::new(view.color, view.width);
    for (number, own) in (1..).zip(&matrix.columns) {
        let look = match own.verdict {
            RunVerdict::Conformant => Paint::Good,
            RunVerdict::Incomplete => Paint::Doubt,
            RunVerdict::Error | RunVerdict::NotConformant => Paint::Bad,
        };
        let (lead, name) = (format!("{number:>3}  "), format!("{} ", own.name));
        let reason = format!(" with {}: {} ({})", own.edition, own.reason, own.target);
        let spans = [(Paint::Strong, name.as_str()), (look, own.verdict.name()), (Paint::Plain, &reason)];
        page.para((Paint::Strong, &lead), (Paint::Plain, "     "), &spans);
    }
    for text in cautions(matrix) {
        page.para((Paint::Care, "warning: "), (Paint::Plain, "  "), &[(Paint::Plain, &text)]);
    }
    page.blank();
    let widths: Vec<usize> = (0..matrix.columns.len()).map(|place| column_width(matrix, place)).collect();
    let mut heads = format!("{:<13} {:<11}", "", "");
    for (number, width) in (1..).zip(&widths) {
        let _ = write!(heads, "  {number:<width$}");
    }
    page.line(&[(Paint::Strong, &heads)]);
    for row in &matrix.rows {
        let lead = format!("{:<13} {:<11}", row.requirement.as_str(), row.level.name());
        let cells: Vec<(Paint, String)> = row
            .cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                (cell.map_or(Paint::Dim, |own| paint(own.verdict)), format!("  {:<width$}", word(*cell)))
            })
            .collect();
        let title = format!("  {}", row.title);
        let mut spans = vec![(Paint::Plain, lead.as_str())];
        spans.extend(cells.iter().map(|(look, text)| (*look, text.as_str())));
        spans.push((Paint::Dim, &title));
        page.line(&spans);
    }
    page.blank();
    for verdict in Verdict::ALL {
        if !matrix.columns.iter().any(|own| own.totals.contains_key(&verdict)) {
            continue;
        }
        let mut line = format!("{:<25}", verdict.name());
        for (column, width) in matrix.columns.iter().zip(&widths) {
            let _ = write!(line, "  {:<width$}", column.totals.get(&verdict).copied().unwrap_or_default());
        }
        page.line(&[(paint(verdict), &line)]);
    }
    if matrix.columns.iter().any(|own| own.edition.base().is_some()) {
        page.blank();
        page.line(&[(Paint::Dim, "in brackets: inherited from the base specification")]);
    }
    page.finish()
}

/// The matrix in GitHub's Markdown.
pub fn matrix_markdown(matrix: &RunMatrix) -> String {
    let mut text = String::new();
    for own in &matrix.columns {
        let line = format!("{} with {}: {} ({})", own.verdict.name(), own.edition, own.reason, own.target);
        let _ = writeln!(text, "- **{}**: {}", escape(&own.name), escape(&line));
    }
    for caution in cautions(matrix) {
        let _ = writeln!(text, "\n> **Warning:** {}", escape(&caution));
    }
    let names: Vec<String> = matrix.columns.iter().map(|own| escape(&own.name)).collect();
    let _ = writeln!(text, "\n| requirement | level | {} | rule |", names.join(" | "));
    let _ = writeln!(text, "| --- | --- |{} --- |", " --- |".repeat(names.len()));
    for row in &matrix.rows {
        let cells: Vec<String> = row.cells.iter().map(|own| marked(word(*own))).collect();
        let (id, level) = (&row.requirement, row.level.name());
        let _ = writeln!(text, "| {id} | {level} | {} | {} |", cells.join(" | "), escape(&row.title));
    }
    for verdict in Verdict::ALL {
        let count = |own: &MatrixColumn| own.totals.get(&verdict).copied().unwrap_or_default();
        if matrix.columns.iter().any(|own| count(own) > 0) {
            let counts: Vec<String> = matrix.columns.iter().map(|own| count(own).to_string()).collect();
            let _ = writeln!(text, "| *total* | {} | {} | |", verdict.name(), counts.join(" | "));
        }
    }
    text
}

/// The matrix as comma-separated values (RFC 4180), with a header line.
pub fn matrix_csv(matrix: &RunMatrix) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads = ["requirement", "level", "title"].map(str::to_owned);
    let mut lines =
        vec![heads.into_iter().chain(matrix.columns.iter().map(|own| own.name.clone())).collect::<Vec<_>>()];
    lines.extend(matrix.rows.iter().map(|row| {
        let start = [row.requirement.as_str().to_owned(), row.level.name().to_owned(), row.title.clone()];
        let cells = row.cells.iter().map(|own| own.map_or(String::new(), |own| own.verdict.name().to_owned()));
        start.into_iter().chain(cells).collect()
    }));
    for line in &lines {
        // A spreadsheet takes a text that begins like a formula for one.
        let safe = line.iter().map(|own| match own.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            true => format!("'{own}"),
            false => own.clone(),
        });
        // Memory takes every byte, and all lines have the same length.
        let _ = writer.write_record(safe);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn word(cell: Option<crate::after::compare::MatrixCell>) -> String {
    match cell {
        None => NONE.to_owned(),
        Some(own) => match own.standing {
            Standing::Native => own.verdict.name().to_owned(),
            Standing::Inherited => format!("({})", own.verdict.name()),
        },
    }
}

/// Failures stand out in a table without colours.
fn marked(word: String) -> String {
    match word.trim_matches(['(', ')']) {
        "fail" | "error" => format!("**{word}**"),
        _ => word,
    }
}

fn column_width(matrix: &RunMatrix, place: usize) -> usize {
    let cell = |row: &MatrixRow| row.cells.get(place).map_or(0, |own| word(*own).chars().count());
    matrix.rows.iter().map(cell).chain([4]).max().unwrap_or(4)
}

/// What makes columns hard to compare.
fn cautions(matrix: &RunMatrix) -> Vec<String> {
    let first = matrix.columns.first();
    let other = |own: &&MatrixColumn| first.is_some_and(|first| own.contract != first.contract);
    let different: Vec<&str> = matrix.columns.iter().filter(other).map(|own| own.name.as_str()).collect();
    match different.as_slice() {
        [] => Vec::new(),
        names => vec![format!(
            "the requirement table differs from that of `{}`: {}; a verdict may differ because its rule does",
            first.map(|own| own.name.as_str()).unwrap_or_default(),
            names.join(", ")
        )],
    }
}
