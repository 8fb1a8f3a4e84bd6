//! Reads Rust text as far as the rules need it: code without comments, tests and literals, words, and literals alone.

/// The text with comment lines and the inline tests at its end left blank, so that line numbers stay.
pub fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let opens_tests = |at: usize| {
        let after = lines[at + 1..].iter().find(|line| !line.starts_with("#["));
        lines[at].trim() == "#[cfg(test)]" && after.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    let tests = (0..lines.len()).find(|at| opens_tests(*at)).unwrap_or(lines.len());
    let kept = lines.iter().take(tests).map(|line| {
        let line = if line.trim_start().starts_with("//") { "" } else { line };
        // A comment behind code has a space before it; `https://` has none.
        line.split_once(" // ").map_or(line, |(code, _)| code)
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// What a character of a text belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Literal,
}

/// The text with all but its code left blank.
pub fn bare(text: &str) -> String {
    only(text, Part::Code)
}

/// The text with all but the contents of its string literals left blank.
pub fn literals(text: &str) -> String {
    only(text, Part::Literal)
}

fn only(text: &str, wanted: Part) -> String {
    let parts = parts(text);
    let kept = text.chars().zip(parts);
    kept.map(|(character, part)| if part == wanted || character == '\n' { character } else { ' ' }).collect()
}

/// The part of each character. Raw strings, escapes, character literals and nested comments are known.
fn parts(text: &str) -> Vec<Part> {
    let characters: Vec<char> = text.chars().collect();
    let mut parts = Vec::with_capacity(characters.len());
    while parts.len() < characters.len() {
        let (part, length) = token(&characters, parts.len());
        parts.extend(std::iter::repeat_n(part, length));
    }
    parts.truncate(characters.len());
    parts
}

/// The part that begins at a place, and its length.
fn token(text: &[char], at: usize) -> (Part, usize) {
    let rest = &text[at..];
    let starts = |prefix: &str| prefix.chars().enumerate().all(|(index, letter)| rest.get(index) == Some(&letter));
    if starts("//") {
        return (Part::Comment, rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len()));
    }
    if starts("/*") {
        return (Part::Comment, find(rest, &['*', '/']));
    }
    let after_name = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    if !after_name && let Some(length) = raw_string(rest) {
        return (Part::Literal, length);
    }
    match rest {
        ['"', ..] => (Part::Literal, quoted(rest, '"')),
        ['\'', '\\', ..] => (Part::Literal, quoted(rest, '\'')),
        ['\'', _, '\'', ..] => (Part::Literal, 3),
        _ => (Part::Code, 1),
    }
}

/// The length up to and with the closing quote.
fn quoted(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while let Some(letter) = text.get(at) {
        match letter {
            '\\' => at += 2,
            letter if *letter == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of a raw string, where one begins here.
fn raw_string(text: &[char]) -> Option<usize> {
    let start = usize::from(text.first() == Some(&'b'));
    let hashes = text.get(start + 1..)?.iter().take_while(|letter| **letter == '#').count();
    if text.get(start) != Some(&'r') || text.get(start + 1 + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let opened = start + 2 + hashes;
    Some(opened + find(&text[opened..], &end))
}

/// The length up to and with a sequence of characters.
fn find(text: &[char], end: &[char]) -> usize {
    text.windows(end.len()).position(|window| window == end).map_or(text.len(), |at| at + end.len())
}

/// Every line with its number.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Whether a line has the term with no letter, digit or `_` before it, nor behind it where the term ends in one.
pub fn has_word(line: &str, term: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(term).any(|(start, _)| {
        let before = line[..start].chars().next_back().is_some_and(part);
        let after = line[start + term.len()..].chars().next().is_some_and(part);
        (!before || !term.starts_with(part)) && (!after || !term.ends_with(part))
    })
}

/// The identifier a text begins with; empty where there is none.
pub fn first_name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// A path, or each path of a group in braces.
pub fn first_paths(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![rest.to_owned()] };
    let mut paths = Vec::new();
    let mut depth = 0_usize;
    let mut item = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                paths.push(group[item..at].trim_start().to_owned());
                break;
            }
            ',' if depth == 0 => {
                paths.push(group[item..at].trim_start().to_owned());
                item = at + 1;
            }
            _ => {}
        }
    }
    paths
}

#[test]
fn code_comments_and_literals_are_told_apart() {
    let text = "let a = \"own // x\"; // own\nlet b = 'x'; /* own */ let c: &'a str = r#\"o\"n\"#; own();\n";
    assert_eq!(bare(text).matches("own").count(), 1);
    assert_eq!(literals(text).matches("own").count(), 1);
    assert!(bare(text).contains("let c: &'a str =") && literals(text).contains("o\"n"));
    assert_eq!(bare(text).lines().count(), 2);
    assert_eq!(bare("'\\'' own \"\\\"\" own").matches("own").count(), 2);
}
