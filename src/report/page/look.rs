//! How pieces of a report look on a terminal: verbosity, the colour of a verdict, labelled lines and notes.

use super::paper::{Page, Paint, TextSpan};
use crate::record::Verdict;

/// How a report for a terminal looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextView {
    pub color: bool,
    pub verbosity: Verbosity,
    /// Columns; only curl lines and URLs are longer. Less than 72 counts as 72.
    pub width: usize,
}

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Failures and errors in short, and the verdict.
    Quiet,
    Normal,
    /// Every message in full, every case by name, and what was only observed.
    Verbose,
}

/// The look of a verdict.
pub(in crate::report) fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Error | Verdict::Fail => Paint::Bad,
        Verdict::Inconclusive => Paint::Doubt,
        Verdict::Warn | Verdict::NotTested => Paint::Care,
        Verdict::Pass => Paint::Good,
        Verdict::Observed | Verdict::NotApplicable => Paint::Dim,
    }
}

pub(in crate::report) const BAR: TextSpan<'static> = (Paint::Frame, "   |");
pub(in crate::report) const HANG: TextSpan<'static> = (Paint::Plain, "     ");

pub(in crate::report) fn labelled(page: &mut Page, label: &str, look: Paint, lines: &[String]) {
    for (number, text) in lines.iter().enumerate() {
        let lead = format!("   | {:<10}", if number == 0 { label } else { "" });
        let look = if number == 0 { look } else { Paint::Plain };
        page.para((Paint::Frame, &lead), (Paint::Frame, "   |           "), &[(look, text)]);
    }
}

pub(in crate::report) fn note(page: &mut Page, label: &str, text: &str) {
    let text = format!(": {text}");
    page.para((Paint::Frame, "   = "), HANG, &[(Paint::Strong, label), (Paint::Plain, &text)]);
}
