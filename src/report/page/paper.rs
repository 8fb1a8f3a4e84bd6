//! A page of terminal text: every line is cleaned, wrapped and, if asked for, coloured here and nowhere else.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::clean::clean;

/// What a piece of text is, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Paint {
    Plain,
    Strong,
    Frame,
    Dim,
    Bad,
    Doubt,
    Care,
    Good,
}

impl Paint {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
        match self {
            Paint::Plain => Style::new(),
            Paint::Strong => Style::new().bold(),
            Paint::Frame => colour(AnsiColor::BrightBlue),
            Paint::Dim => Style::new().dimmed(),
            Paint::Bad => colour(AnsiColor::BrightRed),
            Paint::Doubt => colour(AnsiColor::BrightMagenta),
            Paint::Care => colour(AnsiColor::BrightYellow),
            Paint::Good => colour(AnsiColor::BrightGreen),
        }
    }
}

/// A piece of text and its look.
pub(in crate::report) type TextSpan<'a> = (Paint, &'a str);

/// The text that grows.
pub(in crate::report) struct Page {
    text: String,
    color: bool,
    width: usize,
}

impl Page {
    /// A page of a width; below the width of a table of totals nothing is gained.
    pub(in crate::report) fn new(color: bool, width: usize) -> Page {
        const NARROWEST: usize = 72;
        Page { text: String::new(), color, width: width.max(NARROWEST) }
    }

    pub(in crate::report) fn width(&self) -> usize {
        self.width
    }

    pub(in crate::report) fn finish(self) -> String {
        self.text
    }

    pub(in crate::report) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One line as it is, however long.
    pub(in crate::report) fn line(&mut self, spans: &[TextSpan<'_>]) {
        self.emit(&painted(spans));
    }

    /// A paragraph: the first line begins with `lead`, the others with `hang`.
    pub(in crate::report) fn para(&mut self, lead: TextSpan<'_>, hang: TextSpan<'_>, spans: &[TextSpan<'_>]) {
        let text = painted(spans);
        let mut rest = text.as_slice();
        let mut start = painted(&[lead]);
        loop {
            let room = self.width.saturating_sub(start.len()).max(20);
            let end = break_at(rest, room);
            start.extend_from_slice(&rest[..end]);
            self.emit(&start);
            rest = &rest[end..];
            while let Some((_, ' ')) = rest.first() {
                rest = &rest[1..];
            }
            if rest.is_empty() {
                return;
            }
            start = painted(&[hang]);
        }
    }

    fn emit(&mut self, line: &[(Paint, char)]) {
        let end = line.iter().rposition(|(_, character)| *character != ' ').map_or(0, |last| last + 1);
        for run in line[..end].chunk_by(|one, other| one.0 == other.0) {
            let text = run.iter().map(|(_, character)| *character);
            let Some((paint, _)) = run.first() else { continue };
            if self.color && *paint != Paint::Plain {
                let style = paint.style();
                let _ = write!(self.text, "{style}{}{style:#}", text.collect::<String>());
            } else {
                self.text.extend(text);
            }
        }
        self.text.push('\n');
    }
}

fn painted(spans: &[TextSpan<'_>]) -> Vec<(Paint, char)> {
    spans
        .iter()
        .flat_map(|(paint, text)| clean(text).chars().map(|character| (*paint, character)).collect::<Vec<_>>())
        .collect()
}

/// Where a line of `room` characters ends: at a space, within a word that is longer than a line, never within a URL.
fn break_at(text: &[(Paint, char)], room: usize) -> usize {
    if text.len() <= room {
        return text.len();
    }
    let space = |(_, character): &(Paint, char)| *character == ' ';
    if let Some(at) = text[..=room].iter().rposition(space)
        && text[..at].iter().any(|piece| !space(piece))
    {
        return at;
    }
    let begins = |start: &str| start.chars().zip(text).all(|(one, (_, other))| one == *other);
    match begins("http://") || begins("https://") {
        true => text.iter().position(space).unwrap_or(text.len()),
        false => room,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut page = Page::new(false, 72);
        page.para((Paint::Frame, "  = "), (Paint::Plain, "    "), &[(Paint::Plain, text)]);
        assert_eq!(page.finish().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_break_at_spaces_and_hang() {
        let (one, two) = ("word ".repeat(13), "word ".repeat(3));
        check(&format!("{one}{two}"), &[&format!("  = {}", one.trim_end()), &format!("    {}", two.trim_end())]);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken_and_a_url_is_not() {
        let (long, url) = ("x".repeat(80), format!("https://host/{}", "y".repeat(80)));
        check(&long, &[&format!("  = {}", "x".repeat(68)), &format!("    {}", "x".repeat(12))]);
        check(&url, &[&format!("  = {url}")]);
    }

    #[test]
    fn colours_end_where_their_text_ends() {
        let mut page = Page::new(true, 72);
        page.line(&[(Paint::Strong, "a"), (Paint::Plain, "b")]);
        assert_eq!(page.finish(), "\u{1b}[1ma\u{1b}[0mb\n");
    }
}
