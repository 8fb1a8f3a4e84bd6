//! The result of a case that was sent again, for a terminal.

use crate::report::page::look::TextView;
use crate::report::page::paper::{Page, Paint};

/// The result. Texts may come from a target: they are cleaned here.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The outcome, in a few words.
    pub outcome: String,
    /// Whether nothing is wrong now.
    pub good: bool,
    pub case: String,
    /// What is broken, or what differs from before, one entry per line.
    pub lines: Vec<String>,
    /// What changed in the responses, as in the record of drift.
    pub diff: Vec<String>,
    /// A shell line that sends the request again.
    pub curl: Option<String>,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The text of it.
pub fn replayed(replay: &Replayed, view: &TextView) -> String {
    let mut page = Page::new(view.color, view.width);
    let look = if replay.good { Paint::Good } else { Paint::Bad };
    page.line(&[(look, &replay.outcome), (Paint::Plain, ": "), (Paint::Strong, &replay.case)]);
    for line in &replay.lines {
        page.para((Paint::Frame, "   | "), (Paint::Frame, "   |     "), &[(Paint::Plain, line)]);
    }
    if !replay.diff.is_empty() {
        page.line(&[(Paint::Frame, "   |"), (Paint::Dim, " the response changed:")]);
    }
    for line in &replay.diff {
        let look = match line.chars().next() {
            Some('-') => Paint::Bad,
            Some('+') => Paint::Good,
            _ => Paint::Dim,
        };
        page.line(&[(Paint::Frame, "   |"), (Paint::Plain, "   "), (look, line)]);
    }
    for note in &replay.notes {
        page.para((Paint::Frame, "   = "), (Paint::Plain, "     "), &[(Paint::Plain, note)]);
    }
    for (number, line) in replay.curl.iter().flat_map(|replay| replay.lines()).enumerate() {
        let lead = if number == 0 { "   = try: " } else { "          " };
        page.line(&[(Paint::Frame, lead), (Paint::Plain, line)]);
    }
    page.finish()
}
