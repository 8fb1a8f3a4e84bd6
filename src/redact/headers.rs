//! Header lines of responses: names that are known, and of their values what has the form that is known.

use super::table::{self, KeptForm};
use super::{Inner, known};

impl Inner {
    /// The name of a header, where it is known.
    pub(super) fn header_name(&self, name: &str) -> String {
        let is_known = table::is_header(name) || self.memory().authored.names_header(name);
        // The mask of a secret stays.
        if is_known || name.contains("[secret]") { name.to_owned() } else { self.placeholder("header-name", name) }
    }

    /// The value of a header without what is not known to be harmless; `asked` is the X-Request-Id of the request.
    pub(super) fn header(&self, name: &str, value: &str, asked: Option<&str>) -> String {
        if value.trim().is_empty() || asked == Some(value) || value == "[secret]" {
            return value.to_owned();
        }
        let form = match table::header(name) {
            Some(form) => form,
            None if self.memory().authored.names_header(name) => KeptForm::Words,
            None => return self.placeholder("header", value),
        };
        match form {
            KeptForm::Url => self.url(&self.memory().authored, value),
            KeptForm::Tag if is_tag(value) => value.to_owned(),
            KeptForm::Date if is_date(value) => value.to_owned(),
            KeptForm::Number if value.bytes().all(|byte| b"0123456789.-/ bytesmunit".contains(&byte)) => {
                value.to_owned()
            }
            KeptForm::Tag | KeptForm::Date | KeptForm::Number => self.placeholder("header", value),
            KeptForm::Words => self.words(value),
        }
    }

    /// The words of a header, of which those that are not known are replaced, and quoted texts as a whole. Marks between
    /// them stay.
    fn words(&self, value: &str) -> String {
        let mut kept = String::new();
        let mut rest = value;
        while let Some(first) = rest.chars().next() {
            let (part, behind) = match first {
                '"' => split(rest, quoted(rest)),
                _ if is_part(first) => split(rest, rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())),
                _ => split(rest, first.len_utf8()),
            };
            kept.push_str(&match first {
                '"' => self.quoted_words(part),
                _ if is_part(first) => self.word(part),
                _ if first.is_ascii() => part.to_owned(),
                _ => self.placeholder("header", part),
            });
            rest = behind;
        }
        kept
    }

    fn quoted_words(&self, part: &str) -> String {
        let inner = part.trim_matches('"');
        match inner.is_empty() || inner.split([' ', ',']).all(|word| self.is_known_word(word)) {
            true => part.to_owned(),
            false => format!("\"{}\"", self.placeholder("header", inner)),
        }
    }

    fn word(&self, word: &str) -> String {
        if self.is_known_word(word) { word.to_owned() } else { self.placeholder("header", word) }
    }

    fn is_known_word(&self, word: &str) -> bool {
        let lower = word.to_ascii_lowercase();
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && word.len() <= 10;
        is_number || known::is_word(&lower) || table::is_header(&lower) || self.memory().authored.has(word)
    }
}

/// How long the quoted text is with which another begins.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !is_escaped => return place + 1,
            '\\' if !is_escaped => is_escaped = true,
            _ => is_escaped = false,
        }
    }
    text.len()
}

fn split(text: &str, place: usize) -> (&str, &str) {
    text.split_at_checked(place).unwrap_or((text, ""))
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_./+*".contains(letter)
}

/// Whether a text is a date, an instant or a number of seconds, as far as words and marks go.
fn is_date(text: &str) -> bool {
    const WORDS: &str = "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may \
                         jun jul aug sep oct nov dec gmt utc t z";
    let is_known = |word: &str| {
        let letters = word.trim_matches(|letter: char| letter.is_ascii_digit());
        letters.is_empty()
            || WORDS.split_whitespace().any(|known| known.eq_ignore_ascii_case(letters))
            || is_instant(letters)
    };
    let is_mark = |letter: char| " ,:-+.".contains(letter);
    text.len() <= 64 && text.is_ascii() && text.split(is_mark).all(is_known)
}

/// What is left of an instant between its digits: `02T08`.
fn is_instant(letters: &str) -> bool {
    letters.split(|letter: char| letter.is_ascii_digit()).all(|letter| matches!(letter, "" | "T" | "Z"))
}

/// Whether a text is an entity tag, or would be one with quotes around it: no blanks in it.
fn is_tag(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_graphic())
}
