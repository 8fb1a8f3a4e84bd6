//! `patchproof check-history`: does an order of the requests explain what several clients saw of one appointment?

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::judge::history::{Checked, HistoryRules};
use crate::judge::lines::{Before, Line, check, tell};
use crate::words::file;
use crate::words::yaml::on_one_line;

/// A history beyond this is not read.
const MOST_BYTES: u64 = 256 << 20;

/// Options of `check-history`.
#[derive(Debug, Args)]
pub(super) struct CheckHistoryArgs {
    /// The history, one JSON object per line
    file: PathBuf,
    /// The entity tag before the first request, if known
    #[arg(long, value_name = "TAG")]
    initial: Option<String>,
    /// The value before the first request, if known
    #[arg(long, value_name = "TEXT")]
    initial_value: Option<String>,
    /// Allow an entity tag to stand for more than one state
    #[arg(long)]
    versions_may_repeat: bool,
    /// Let a read show what was current so long before it was sent, in the unit of the clock
    #[arg(long, value_name = "TIME", default_value_t = 0)]
    reads_settle: u64,
    /// Steps of the general search before it gives up; used only if tags repeat or are missing
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    steps: u64,
}

pub(super) const ABOUT: &str = r#"Check what several clients saw of one appointment: does an order of their requests, consistent with
real time, explain every response?

The file has one JSON object per line, one line per request, in any order:

  {"client":1,"op":"patch","call":120,"ret":480,"if-match":"W/\"3\"","etag":"W/\"4\"","status":200,"value":"cancelled"}
  {"client":2,"op":"get","call":130,"ret":300,"etag":"W/\"3\"","status":200,"value":"booked"}
  {"client":3,"op":"patch","call":125,"if-match":"W/\"3\"","value":"arrived"}

  client    a number of your choice
  op        get, patch or put
  call      when the request was sent, in any unit of one monotonic clock, stamped before the first byte
  ret       when the response had been read, stamped after the last byte; absent if none came
  if-match  the If-Match sent; absent if there was none
  etag      the ETag of the response; weak and strong tags are compared by their opaque part
  status    the status of the response; absent if none came
  value     what was written or read, any text; optional
  exchange  the id of the recorded exchange; optional

A 2xx to patch or put is a write that replaced the version in if-match. 409 and 412 mean that this version was not the
current one, 423 that another write was under way. Other 4xx, including 422, mean nothing for the order. After a 5xx or
without a response a write may or may not have taken effect. A read counts if its response is 200.

To extract a history from run.json: jq -c '.histories[0].lines[]' run.json
In a run, reads may settle within two seconds, and its clock counts microseconds: --reads-settle 2000000

Exit codes: 0 holds · 1 violated · 2 the file cannot be read · 4 undecided"#;

/// Reads, checks and reports; exit 0 holds, 1 violated, 4 undecided, 2 for a file that cannot be read.
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
    let text = file::text(&args.file, MOST_BYTES)
        .map_err(|cause| format!("cannot read `{path}`: {cause}; expected a file with one JSON object per line"))?;
    let (lines, numbers) = read(&path, &text)?;
    let before = Before { etag: args.initial.clone(), value: args.initial_value.clone() };
    let rules =
        HistoryRules { versions_are_unique: !args.versions_may_repeat, settles: args.reads_settle, steps: args.steps };
    let mut text = String::new();
    let count = lines.len();
    let exit = match check(&lines, &before, rules) {
        Checked::Holds => {
            let _ = writeln!(text, "holds: an order of the {count} requests explains every response");
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
            "`ret` is before `call`: expected instants of one clock, the response after the request".to_owned(),
        );
    }
    if line.ret.is_some() != line.status.is_some() {
        return Some("`ret` and `status` go together: leave out both if no response came".to_owned());
    }
    if line.status.is_some_and(|status| !(100..=599).contains(&status)) {
        return Some("invalid `status`: expected 100 to 599".to_owned());
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
