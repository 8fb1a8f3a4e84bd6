//! `patchproof check-history`: is there an order that explains what several clients saw of one appointment?

use std::fmt::Write as _;

use super::{CheckHistoryArgs, Exit, common};
use crate::judge::history::Rules;
use crate::judge::lines::{Before, Checked, Line, check, tell};
use crate::words::yaml::on_one_line;

/// Reads, checks and tells; exit 0 holds, 1 violated, 4 undecided, 2 for a file that cannot be read.
pub(super) fn run(args: &CheckHistoryArgs) -> Exit {
    match checked(args) {
        Ok((text, exit)) => {
            common::out(&text);
            exit
        }
        Err(message) => common::fail(Exit::Usage, &message),
    }
}

fn checked(args: &CheckHistoryArgs) -> Result<(String, Exit), String> {
    let path = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|cause| format!("cannot read `{path}`: {cause}; accepted: a file with one JSON object a line"))?;
    let (lines, numbers) = read(&path, &text)?;
    let before = Before { etag: args.initial.clone(), value: args.initial_value.clone() };
    let rules = Rules { versions_are_unique: !args.versions_may_repeat, steps: args.steps };
    let mut text = String::new();
    let count = lines.len();
    let exit = match check(&lines, &before, rules) {
        Checked::Holds => {
            let _ = writeln!(text, "holds: an order of the {count} requests explains every answer");
            Exit::Conformant
        }
        Checked::Undecided(why) => {
            let _ = writeln!(text, "undecided: {why}");
            Exit::Incomplete
        }
        Checked::Violated(witness) => {
            let _ = writeln!(text, "violated: {}\n", witness.anomaly.name());
            for place in &witness.operations {
                let _ = writeln!(text, "  line {:<6} {}", numbers[*place], on_one_line(&tell(&lines[*place])));
            }
            let _ = writeln!(text, "\n{}", sentence(witness.anomaly.why()));
            Exit::NotConformant
        }
    };
    Ok((text, exit))
}

/// The requests of a text and the numbers of their lines; blank lines do not count. `file` is its name in messages.
///
/// # Errors
/// What is wrong, line by line.
pub(crate) fn read(file: &str, text: &str) -> Result<(Vec<Line>, Vec<usize>), String> {
    let (mut lines, mut numbers, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    // Some editors write a byte order mark; RFC 8259 section 8.1 lets a reader ignore it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Line>(text).map_err(|error| (error.column(), plain(&error))) {
            Ok(line) => match trouble(&line) {
                None => {
                    lines.push(line);
                    numbers.push(number);
                }
                Some(why) => problems.push(format!("{file}:{number}: {why}")),
            },
            Err((column, why)) => problems.push(format!("{file}:{number}:{column}: {why}")),
        }
    }
    const SHOWN: usize = 20;
    match problems.len() {
        0 => Ok((lines, numbers)),
        count => {
            let more = if count > SHOWN { format!("\nand {} more", count - SHOWN) } else { String::new() };
            problems.truncate(SHOWN);
            Err(format!("the history cannot be read\n{}{more}", problems.join("\n")))
        }
    }
}

/// What is wrong with a line that is JSON of the right form.
fn trouble(line: &Line) -> Option<String> {
    if line.ret.is_some_and(|ret| ret < line.call) {
        return Some(
            "`ret` is before `call`; accepted: instants of one clock, the answer after the request".to_owned(),
        );
    }
    if line.ret.is_some() != line.status.is_some() {
        return Some("`ret` and `status` go together; leave out both where no answer came".to_owned());
    }
    if line.status.is_some_and(|status| !(100..=599).contains(&status)) {
        return Some("`status` is no HTTP status; accepted: 100 to 599".to_owned());
    }
    None
}

/// The message without its place, which stands before it.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    on_one_line(text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_byte_order_mark_before_a_history_is_ignored() {
        let line = r#"{"client":1,"op":"read","call":0,"ret":1,"status":200}"#;
        assert_eq!(read("h", &format!("\u{feff}{line}")), read("h", line));
    }
}
