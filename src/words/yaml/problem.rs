//! A mistake in a file a person wrote: where it is, what was found, what was expected.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Span;

/// The texts problems point into, by file name.
pub type Files = BTreeMap<String, String>;

/// One mistake.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub file: String,
    pub span: Span,
    pub message: String,
    /// What would be accepted instead, where that can be said.
    pub accepted: Option<String>,
}

impl Problem {
    /// A mistake at a place; the message is a lower-case fragment.
    pub fn new(file: &str, span: Span, message: impl Into<String>) -> Self {
        Problem { file: file.to_owned(), span, message: message.into(), accepted: None }
    }

    /// Adds what would be accepted.
    #[must_use]
    pub fn accepted(mut self, what: impl Into<String>) -> Self {
        self.accepted = Some(what.into());
        self
    }

    /// `file:line:column`, both counted from 1, the column in characters.
    pub fn place(&self, files: &Files) -> String {
        let Some(text) = files.get(&self.file) else { return self.file.clone() };
        let (line, column) = line_and_column(text, self.span.start);
        format!("{}:{line}:{column}", self.file)
    }
}

/// All problems as text for a terminal: each with its place, the offending text underlined, and what was expected.
pub fn render(problems: &[Problem], files: &Files, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for problem in problems {
        let title = on_one_line(&format!("{}: {}", problem.place(files), problem.message));
        let Some(text) = files.get(&problem.file) else {
            let _ = writeln!(out, "error: {title}");
            continue;
        };
        let span = clip(text, problem.span);
        let label =
            problem.accepted.as_deref().map(|what| format!("expected {}", on_one_line(what))).unwrap_or_default();
        let snippet = Snippet::source(visible(text))
            .path(problem.file.as_str())
            .annotation(AnnotationKind::Primary.span(span.start..span.end).label(label));
        let group = Level::ERROR.primary_title(title.as_str()).element(snippet);
        let _ = writeln!(out, "{}\n", renderer.render(&[group]));
    }
    out
}

/// A text from a file with the characters written out that could steer a terminal.
pub fn on_one_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) { plain.extend(letter.escape_default()) } else { plain.push(letter) }
    }
    plain
}

/// Whether a character moves the cursor, turns the reading order or has no width; reports are held to the same list.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text of a file with a mark of the same length in bytes for each character that could steer a terminal, so that
/// places stay what they are. Those of one byte get a mark from the library, which knows no others of the control characters.
fn visible(text: &str) -> Cow<'_, str> {
    let mark = |letter: char| match letter.len_utf8() {
        2 if steers(letter) => '\u{b7}',
        3 if steers(letter) => char::REPLACEMENT_CHARACTER,
        4 if steers(letter) => '\u{1f6c7}',
        _ => letter,
    };
    if text.chars().any(|letter| mark(letter) != letter) {
        Cow::Owned(text.chars().map(mark).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Keeps the underline on one line, on character boundaries, and at least one character long.
fn clip(text: &str, span: Span) -> Span {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_end = text[start..].find('\n').map_or(text.len(), |offset| start + offset);
    let mut end = span.end.clamp(start, line_end.max(start));
    while !text.is_char_boundary(end) {
        end += 1;
    }
    if end == start && end < text.len() {
        end += text[start..].chars().next().map_or(0, char::len_utf8);
    }
    Span { start, end }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}
