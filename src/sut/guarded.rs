//! Messages about a target file: they show a line only where nothing in it can be a secret.

use crate::words::yaml::{Files, Problem};

/// The keys of a target file whose values are no secrets.
const SHOWN: [&str; 14] = [
    "base-url",
    "edition",
    "writes",
    "fixtures",
    "slots",
    "create",
    "without",
    "redact",
    "limits",
    "waivers",
    "about",
    "provides",
    "slot-search",
    "tls",
];

/// What a line with a secret may have in it, whatever its key.
const SUSPECT: [&str; 14] = [
    "auth",
    "token",
    "secret",
    "passw",
    "pwd",
    "bearer",
    "basic ",
    "cookie",
    "credential",
    "header",
    "apikey",
    "api-key",
    "eyj",
    "@",
];

/// Problems and the text they point into, without what may be a secret.
pub(super) fn guarded(problems: Vec<Problem>, path: &str, text: &str) -> (Vec<Problem>, Files) {
    let (starred, hidden) = starred(text);
    let is_hidden = |place: usize| hidden.iter().any(|(begin, end)| (*begin..=*end).contains(&place));
    let problems = problems.into_iter().map(|problem| {
        // A value may go on over several lines, and a mistake in what is around it may quote it.
        let message =
            match is_hidden(problem.span.start) || hidden.iter().any(|(begin, _)| problem.span.start <= *begin) {
                true => without_quoted(&problem.message),
                false => problem.message,
            };
        Problem { message, ..problem }
    });
    (problems.collect(), Files::from([(path.to_owned(), starred)]))
}

/// The text with stars, byte for byte, in the place of values that may be secrets, and the lines that have such.
fn starred(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut out = String::with_capacity(text.len());
    let mut hidden = Vec::new();
    let (mut is_shown, mut suspect) = (false, None);
    for line in text.split_inclusive('\n') {
        let begin = out.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start().len();
        let key = key(content);
        if indent == 0 && !content.is_empty() && !content.starts_with(['#', '-']) {
            is_shown = key.is_some_and(|key| SHOWN.contains(&key));
        }
        let lower = content.to_ascii_lowercase();
        if suspect.is_some_and(|deeper| indent <= deeper) && !content.trim().is_empty() {
            suspect = None;
        }
        let continues = suspect.is_some();
        if SUSPECT.iter().any(|word| lower.contains(word)) {
            suspect = suspect.or(Some(indent));
        }
        if is_shown && suspect.is_none() {
            out.push_str(line);
            continue;
        }
        // The key may stay, where the line has one.
        let from = match key {
            Some(key) if !continues || is_shown => content.find(key).map_or(0, |place| place + key.len() + 1),
            Some(_) | None => indent,
        };
        out.push_str(&line[..from.min(content.len())]);
        for letter in content[from.min(content.len())..].chars() {
            out.push_str(&if letter == ' ' { " ".to_owned() } else { "*".repeat(letter.len_utf8()) });
        }
        out.push_str(&line[content.len()..]);
        hidden.push((begin, out.len()));
    }
    (out, hidden)
}

/// The key that a line begins with.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let key = key.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!key.is_empty() && key.len() <= 40 && key.bytes().all(is_name)).then_some(key)
}

/// A message with stars in the place of what it quotes, but for names.
fn without_quoted(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some(place) = rest.find(['"', '`']) {
        let mark = &rest[place..=place];
        let (before, after) = (&rest[..place], &rest[place + 1..]);
        // What is quoted last may have quotation marks in it.
        let end = if mark == "\"" { after.rfind('"') } else { after.find('`') };
        let end = end.unwrap_or(after.len());
        let quoted = &after[..end];
        let is_name = quoted.len() <= 40
            && mark == "`"
            && quoted.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        out.push_str(before);
        out.push_str(mark);
        out.push_str(if is_name || quoted.contains("***") { quoted } else { "***" });
        out.push_str(mark);
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::sut::{ProfileError, load_text};
    use crate::words::yaml::render;

    const SECRET: &str = "s3cr3t-t0ken";

    fn messages(text: &str) -> String {
        match load_text("t.yaml", text).unwrap_err() {
            ProfileError::Problems { problems, files } => render(&problems, &files, false),
            other => other.to_string(),
        }
    }

    #[test]
    fn no_message_about_a_target_file_repeats_a_secret() {
        let base = "base-url: http://a.example/r4\n";
        for text in [
            format!("{base}headers: 'Authorization: Bearer {SECRET}'\n"),
            format!("{base}headers:\n  authorization: [Bearer {SECRET}]\n"),
            format!("{base}headers:\n  - 'authorization: Bearer {SECRET}'\n"),
            format!("{base}headers:\n  x-any: '{SECRET}\n"),
            format!("{base}headers:\n  x-any: \"{SECRET}\\q\"\n"),
            format!("{base}headers: {{x-any: {{a: {SECRET}}}}}\n"),
            format!("{base}headers:\n  x-any: |\n    {SECRET}\n   {SECRET}\n"),
            format!("{base}headers:\n  x-any: {SECRET} ${{NO_SUCH_VARIABLE_AT_ALL}}\n"),
            format!("{base}headers:\n  x-any: {SECRET}\n  x-any: {SECRET}\n"),
            format!("{base}haeders:\n  x-any: {SECRET}\n"),
            format!("{base}haeders: {{x-any: {SECRET}}}\n"),
            format!("{base}token: {SECRET}\n"),
            format!("{base}Authorization: Bearer {SECRET}\n"),
            format!("{base}Authorization Bearer {SECRET}\n"),
            format!("{base}writes: Bearer {SECRET}\n"),
            format!("{base}fixtures:\n  token: ['{SECRET}']\n  booked: [!]\n"),
            format!("{{base-url: 'http://a.example/r4', headers: {{a: '{SECRET}'}}, nosuch: 1}}"),
            format!("{{\"base-url\":\"http://a.example/r4\",\"headers\":{{\"a\":[\"{SECRET}\"]}}}}"),
            format!("base-url: ['http://me:{SECRET}@a.example/r4']\n"),
            format!("base-url: http://me:{SECRET}@a.example/r4\n"),
            format!("base-url: http://a.example/r4?token={SECRET}\n"),
            format!("- Bearer {SECRET}\n"),
            format!("Bearer {SECRET}"),
        ] {
            let messages = messages(&text);
            assert!(!messages.contains(SECRET), "{text}\n{messages}");
            assert!(messages.contains("t.yaml"), "{messages}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown_with_its_mistake() {
        let text = "base-url: http://a.example/r4\nedition: 2019-06\nheaders:\n  x-any: y\nfixtures:\n  boked: ['1']\n";
        let messages = messages(text);
        for shown in ["edition: 2019-06", "boked: ['1']", "t.yaml:2:10"] {
            assert!(messages.contains(shown), "{messages}");
        }
    }
}
