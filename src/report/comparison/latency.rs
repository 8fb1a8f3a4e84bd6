//! Latencies of two runs as a table; they never decide.

use crate::after::compare::{Latency, Spread};
use crate::report::page::paper::{Page, Paint};

/// The heading, in both formats.
pub(super) const TITLE: &str = "Latency before and after (for information only)";

/// The head of the table.
pub(super) const HEAD: [&str; 5] = ["", "responses", "p50", "p95", "p50 ratio"];

/// The cells of a row.
pub(super) fn cells(latency: &Latency) -> [String; 5] {
    let pair = |show: &dyn Fn(&Spread) -> String| {
        let side = |spread: &Option<Spread>| spread.as_ref().map_or("–".to_owned(), show);
        format!("{} -> {}", side(&latency.before), side(&latency.after))
    };
    [
        latency.operation.name().to_owned(),
        pair(&|spread| spread.count.to_string()),
        pair(&|spread| time(spread.p50_us)),
        pair(&|spread| time(spread.p95_us)),
        latency.ratio.map_or("–".to_owned(), |ratio| format!("x{ratio:.2}")),
    ]
}

pub(super) fn text(page: &mut Page, latencies: &[Latency]) {
    if latencies.is_empty() {
        return;
    }
    page.line(&[(Paint::Strong, TITLE)]);
    let rows: Vec<[String; 5]> = std::iter::once(HEAD.map(str::to_owned)).chain(latencies.iter().map(cells)).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(place, (cell, width))| match place {
                0 => format!("  {cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            })
            .collect();
        page.line(&[(Paint::Plain, &cells.concat())]);
    }
    page.blank();
}

/// Microseconds in a unit that reads well.
fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}
