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
    for (number, column) in (1..).zip(&matrix.columns) {
        let look = match column.verdict {
            RunVerdict::Conformant => Paint::Good,
            RunVerdict::Incomplete | RunVerdict::SelectionPassed => Paint::Doubt,
            RunVerdict::Error | RunVerdict::NotConformant | RunVerdict::SelectionFailed => Paint::Bad,
        };
        let (lead, name) = (format!("{number:>3}  "), format!("{} ", column.name));
        let reason = format!(" with {}: {} ({})", column.edition, column.reason, column.target);
        let spans = [(Paint::Strong, name.as_str()), (look, column.verdict.name()), (Paint::Plain, &reason)];
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
                (cell.map_or(Paint::Dim, |cell| paint(cell.verdict)), format!("  {:<width$}", word(*cell)))
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
        if !matrix.columns.iter().any(|column| column.totals.contains_key(&verdict)) {
            continue;
        }
        let mut line = format!("{:<25}", verdict.name());
        for (column, width) in matrix.columns.iter().zip(&widths) {
            let _ = write!(line, "  {:<width$}", column.totals.get(&verdict).copied().unwrap_or_default());
        }
        page.line(&[(paint(verdict), &line)]);
    }
    if matrix.columns.iter().any(|column| column.edition.base().is_some()) {
        page.blank();
        page.line(&[(Paint::Dim, "in brackets: inherited from the base specification")]);
    }
    page.finish()
}

/// The matrix in GitHub's Markdown.
pub fn matrix_markdown(matrix: &RunMatrix) -> String {
    let mut text = String::new();
    for column in &matrix.columns {
        let line = format!("{} with {}: {} ({})", column.verdict.name(), column.edition, column.reason, column.target);
        let _ = writeln!(text, "- **{}**: {}", escape(&column.name), escape(&line));
    }
    for caution in cautions(matrix) {
        let _ = writeln!(text, "\n> **Warning:** {}", escape(&caution));
    }
    let names: Vec<String> = matrix.columns.iter().map(|column| escape(&column.name)).collect();
    let _ = writeln!(text, "\n| requirement | level | {} | rule |", names.join(" | "));
    let _ = writeln!(text, "| --- | --- |{} --- |", " --- |".repeat(names.len()));
    for row in &matrix.rows {
        let cells: Vec<String> = row.cells.iter().map(|cell| marked(word(*cell))).collect();
        let (id, level) = (&row.requirement, row.level.name());
        let _ = writeln!(text, "| {id} | {level} | {} | {} |", cells.join(" | "), escape(&row.title));
    }
    for verdict in Verdict::ALL {
        let count = |column: &MatrixColumn| column.totals.get(&verdict).copied().unwrap_or_default();
        if matrix.columns.iter().any(|column| count(column) > 0) {
            let counts: Vec<String> = matrix.columns.iter().map(|column| count(column).to_string()).collect();
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
        vec![heads.into_iter().chain(matrix.columns.iter().map(|column| column.name.clone())).collect::<Vec<_>>()];
    lines.extend(matrix.rows.iter().map(|row| {
        let start = [row.requirement.as_str().to_owned(), row.level.name().to_owned(), row.title.clone()];
        let cells = row.cells.iter().map(|cell| cell.map_or(String::new(), |cell| cell.verdict.name().to_owned()));
        start.into_iter().chain(cells).collect()
    }));
    for line in &lines {
        // A spreadsheet takes a text that begins like a formula for one.
        let safe = line.iter().map(|field| match field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            true => format!("'{field}"),
            false => field.clone(),
        });
        // Memory takes every byte, and all lines have the same length.
        let _ = writer.write_record(safe);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn word(cell: Option<crate::after::compare::ComparedCell>) -> String {
    match cell {
        None => NONE.to_owned(),
        Some(cell) => match cell.standing {
            Standing::Native => cell.verdict.name().to_owned(),
            Standing::Inherited => format!("({})", cell.verdict.name()),
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
    let cell = |row: &MatrixRow| row.cells.get(place).map_or(0, |cell| word(*cell).chars().count());
    matrix.rows.iter().map(cell).chain([4]).max().unwrap_or(4)
}

/// What makes columns hard to compare.
fn cautions(matrix: &RunMatrix) -> Vec<String> {
    let first = matrix.columns.first();
    let other = |column: &&MatrixColumn| first.is_some_and(|first| column.contract != first.contract);
    let different: Vec<&str> = matrix.columns.iter().filter(other).map(|column| column.name.as_str()).collect();
    match different.as_slice() {
        [] => Vec::new(),
        names => vec![format!(
            "the requirement table differs from that of `{}`: {}; a verdict may differ because its rule does",
            first.map(|column| column.name.as_str()).unwrap_or_default(),
            names.join(", ")
        )],
    }
}
