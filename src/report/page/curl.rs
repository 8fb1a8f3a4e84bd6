//! A shell line that sends a recorded request again.

use crate::record::{BodyRecord, ExchangeRecord};
use crate::report::page::clean::is_dangerous;

/// Lines up to this length stay in one piece.
const LONG: usize = 100;
/// Linux takes 128 KiB for one argument; a longer body goes through a pipe, where nothing bounds it.
const LONGEST_ARGUMENT: usize = 100_000;
/// What stands in the record where a secret was sent.
const SECRET: &str = "[secret]";

/// The request of an exchange as a line for a POSIX shell, with continuations where it is long. A secret is a shell
/// variable named after its header: `$AUTHORIZATION`. What curl would add by itself is taken away.
pub fn curl(exchange: &ExchangeRecord) -> String {
    let sent = &exchange.request;
    let (source, body) = payload(&sent.body);
    let mut words = vec![format!("{source}curl")];
    match (sent.method.as_str(), &body) {
        ("GET", None) => {}
        ("HEAD", None) => words.push("--head".to_owned()),
        (method, _) => words.push(format!("-X {}", word(method))),
    }
    if sent.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    words.push(word(&sent.url));
    words.extend(sent.headers.iter().map(|(name, value)| header(name, value)));
    let lacks = |name: &str| exchange.sent_header(name).is_none();
    if lacks("accept") {
        words.push("-H 'Accept:'".to_owned());
    }
    if body.is_some() && lacks("content-type") {
        words.push("-H 'Content-Type:'".to_owned());
    }
    words.extend(body);
    let line = words.join(" ");
    if line.chars().count() <= LONG {
        return line;
    }
    // The method and the URL stay beside `curl`; every header and the body have a line each.
    let separate_line = |word: &String| word.starts_with("-H ") || word.starts_with("--data-");
    let mut text = String::new();
    for word in &words {
        if !text.is_empty() {
            text.push_str(if separate_line(word) { " \\\n  " } else { " " });
        }
        text.push_str(word);
    }
    text
}

/// What stands before `curl` to make the body, and the option that takes it.
fn payload(body: &BodyRecord) -> (String, Option<String>) {
    let piped = || Some("--data-binary @-".to_owned());
    match body {
        BodyRecord::Empty => (String::new(), None),
        BodyRecord::Base64(text) => (format!("printf '%s' {} | base64 -d | ", word(text)), piped()),
        BodyRecord::Text(text) if text.chars().any(is_dangerous) || text.len() > LONGEST_ARGUMENT => {
            (format!("printf '{}' | ", format_string(text)), piped())
        }
        // To `--data-binary` it would be the name of a file.
        BodyRecord::Text(text) if text.starts_with('@') => (String::new(), Some(format!("--data-raw {}", word(text)))),
        BodyRecord::Text(text) => (String::new(), Some(format!("--data-binary {}", word(text)))),
    }
}

fn header(name: &str, value: &str) -> String {
    match value {
        "" => format!("-H {}", word(&format!("{name};"))),
        SECRET if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
            format!("-H \"{name}: ${}\"", variable(name))
        }
        SECRET => format!("-H {}\"${}\"", word(&format!("{name}: ")), variable(name)),
        value => format!("-H {}", word(&format!("{name}: {value}"))),
    }
}

fn variable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("SECRET_{name}") }
}

/// A text as one word of the shell.
fn word(text: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || "-_./:,%+=".contains(character);
    if text.chars().any(is_dangerous) {
        format!("\"$(printf '{}')\"", format_string(text))
    } else if !text.is_empty() && text.chars().all(bare) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A text as the format of `printf`, between single quotes: no character in it can do anything to a terminal.
fn format_string(text: &str) -> String {
    let mut format = String::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        match character {
            '\n' => format.push_str("\\n"),
            '\r' => format.push_str("\\r"),
            '\t' => format.push_str("\\t"),
            '\\' => format.push_str("\\\\"),
            '%' => format.push_str("%%"),
            '\'' => format.push_str("\\047"),
            // `printf` would take it for an option.
            '-' if place == 0 => format.push_str("\\055"),
            other if is_dangerous(other) => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    format.push_str(&format!("\\{byte:03o}"));
                }
            }
            other => format.push(other),
        }
    }
    format
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::report::samples;

    fn exchange(headers: &[(&str, &str)], body: BodyRecord) -> ExchangeRecord {
        samples::exchange(0, "PATCH", headers, body, samples::lost("no matter"))
    }

    /// What a shell hands to curl, and what curl could read from its input.
    fn run(line: &str) -> (Vec<String>, Vec<u8>) {
        let script = format!(
            "curl() {{ for a in \"$@\"; do printf '%s\\0' \"$a\"; done; printf '\\1'; \
             case \" $* \" in *' @- '*) cat;; esac; }}\n{line}"
        );
        // Through standard input: the whole script would be too long for an argument.
        let mut shell = Command::new("/bin/sh")
            .env("AUTHORIZATION", "Bearer t$(x)\"")
            // Where there is this shell, there are `cat` and `base64`, whatever the path of the tests is.
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = shell.stdin.take().unwrap();
        let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
        let output = shell.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "{line}");
        let end = output.stdout.iter().position(|byte| *byte == 1).unwrap();
        let arguments =
            output.stdout[..end].split(|byte| *byte == 0).map(|argument| String::from_utf8(argument.into()).unwrap());
        let mut arguments: Vec<String> = arguments.collect();
        arguments.pop();
        (arguments, output.stdout[end + 1..].to_vec())
    }

    fn check_body(text: &str) {
        let line = curl(&exchange(&[("accept", "a"), ("content-type", "b")], BodyRecord::Text(text.to_owned())));
        assert!(!line.chars().any(|character| character != '\n' && is_dangerous(character)), "{line:?}");
        let (arguments, input) = run(&line);
        let given = arguments.last().unwrap();
        let body = if given == "@-" { input } else { given.clone().into_bytes() };
        assert_eq!(String::from_utf8(body).unwrap(), text, "{line}");
        assert_eq!(arguments.iter().filter(|argument| argument.starts_with("--data-")).count(), 1);
    }

    #[test]
    fn a_short_request_is_one_line() {
        let exchange = exchange(&[("accept", "a"), ("if-match", "W/\"1\"")], BodyRecord::Empty);
        assert_eq!(
            curl(&exchange),
            "curl -X PATCH http://localhost/r4/Appointment/1 -H 'accept: a' -H 'if-match: W/\"1\"'"
        );
    }

    #[test]
    fn a_body_reaches_curl_as_it_was_sent() {
        for body in [
            r#"[{"op":"replace","path":"/status","value":"it's"}]"#,
            "two\nlines\n",
            "$HOME `id` $(id) \\ \\n \"!\" %s %% *",
            "ünï — 預約 🙂",
            "@/etc/passwd",
            "-n\u{1b}[31m'\u{0}\u{202e}\r\t%d\\",
        ] {
            check_body(body);
        }
        check_body(&"'long %".repeat(40_000));
    }

    #[test]
    fn every_header_reaches_curl_in_order_and_a_secret_comes_from_the_environment() {
        let headers = [("X-A", "it's $HOME"), ("authorization", "[secret]"), ("X-A", "two"), ("X-Empty", "")];
        let (arguments, _) = run(&curl(&exchange(&headers, BodyRecord::Text("{}".to_owned()))));
        let expected = [
            "-X",
            "PATCH",
            "http://localhost/r4/Appointment/1",
            "-H",
            "X-A: it's $HOME",
            "-H",
            "authorization: Bearer t$(x)\"",
            "-H",
            "X-A: two",
            "-H",
            "X-Empty;",
            "-H",
            "Accept:",
            "-H",
            "Content-Type:",
            "--data-binary",
            "{}",
        ];
        assert_eq!(arguments, expected);
    }

    #[test]
    fn bytes_that_are_no_text_go_through_base64() {
        let (arguments, input) = run(&curl(&exchange(&[("accept", "a")], BodyRecord::Base64("/wD+".to_owned()))));
        assert_eq!(input, [0xff, 0x00, 0xfe]);
        assert_eq!(arguments[arguments.len() - 2..], ["--data-binary", "@-"]);
    }

    #[test]
    fn a_hostile_url_and_header_stay_words() {
        let mut exchange = exchange(&[("accept", "\u{1b}]0;x\u{7}'$(id)'")], BodyRecord::Empty);
        exchange.request.url = "http://localhost/'; id #\u{9b}?a[0]={b}".to_owned();
        let line = curl(&exchange);
        assert!(!line.chars().any(|character| character != '\n' && is_dangerous(character)), "{line:?}");
        let (arguments, _) = run(&line);
        assert_eq!(
            arguments,
            ["-X", "PATCH", "--globoff", &exchange.request.url, "-H", "accept: \u{1b}]0;x\u{7}'$(id)'"]
        );
    }

    #[test]
    fn a_read_needs_no_method() {
        let mut exchange = exchange(&[("accept", "a")], BodyRecord::Empty);
        exchange.request.method = "GET".to_owned();
        assert_eq!(curl(&exchange), "curl http://localhost/r4/Appointment/1 -H 'accept: a'");
    }
}
