//! Makes text from a target safe to print: nothing in it can move a cursor, hide, or turn the reading order.

/// The text with every dangerous character written out, on one line.
pub(crate) fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            other if is_dangerous(other) => safe.extend(other.escape_unicode()),
            other => safe.push(other),
        }
    }
    safe
}

/// The text with every dangerous character written out and its line ends kept.
pub(in crate::report) fn clean_lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => safe.push(character),
            '\r' => safe.push_str("\\r"),
            other if is_dangerous(other) => safe.extend(other.escape_unicode()),
            other => safe.push(other),
        }
    }
    safe
}

/// Whether a character can do something to a terminal, or makes text read as what it is not: control characters (C0 and
/// C1, so that no escape sequence survives), the marks that turn the reading order, characters without a width, and those
/// that look like a space and are none.
pub(in crate::report) fn is_dangerous(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` characters of a text, with the number of those left out.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} more characters)", &text[..end], text[end..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_reading_order_marks_are_written_out() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}2J\u{202e}c\r\n\u{7}é"), "a\\u{1b}[31mb\\u{9b}2J\\u{202e}c\\r\\n\\u{7}é");
    }

    #[test]
    fn lines_stay_lines_where_they_are_asked_for() {
        assert_eq!(clean_lines("a\r\n\tb\u{202e}\u{1b}[2J"), "a\\r\n\tb\\u{202e}\\u{1b}[2J");
    }

    #[test]
    fn a_long_text_says_how_much_is_left_out() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüx", 3), "äöü… (1 more characters)");
    }
}
