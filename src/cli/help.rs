//! `patchproof help`: the help of a command, or a guide.

use std::fmt::Write as _;

use clap::{Args, Command};

use super::common;
use super::exit::Exit;
use crate::report::guide;
use crate::words::shipped;

/// The arguments of `patchproof help`.
#[derive(Debug, Args)]
pub(super) struct HelpArgs {
    /// The name of a command or of a guide; the list of both where absent
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// The guides by name, each with its subject and its text.
const GUIDES: &[(&str, &str, Text)] = &[
    ("verdicts", "Verdicts, and the exit codes", Text::Here(include_str!("../../.github/docs/verdicts.md"))),
    (
        "targets",
        "The target file, credentials, fixtures, the guard",
        Text::Here(include_str!("../../.github/docs/targets.md")),
    ),
    (
        "sandbox",
        "A vendor's sandbox: credentials, doctor, init",
        Text::Here(include_str!("../../.github/docs/sandbox.md")),
    ),
    ("reports", "The formats of reports", Text::Here(include_str!("../../.github/docs/reports.md"))),
    (
        "evidence",
        "What run.json holds, and how to verify it",
        Text::Here(include_str!("../../.github/docs/evidence.md")),
    ),
    ("comparing", "Comparing runs and implementations", Text::Here(include_str!("../../.github/docs/comparing.md"))),
    ("snapshots", "What changed since last night", Text::Here(include_str!("../../.github/docs/snapshots.md"))),
    (
        "races-and-sequences",
        "Concurrent clients and generated step lists",
        Text::Here(include_str!("../../.github/docs/races-and-sequences.md")),
    ),
    ("signing", "Signing a run", Text::Here(include_str!("../../.github/docs/signing.md"))),
    ("certifying", "How to certify an implementation", Text::Here(include_str!("../../.github/docs/certifying.md"))),
    ("selftest", "How the suite proves itself", Text::Here(include_str!("../../.github/docs/selftest.md"))),
    ("scenarios", "The scenario language", Text::Shipped("README.md")),
    ("contract", "Requirements, editions, levels and readings", Text::Shipped("contract/README.md")),
];

/// Where the text of a guide is.
enum Text {
    Here(&'static str),
    /// Among the shipped scenarios, by its path below `scenarios/`.
    Shipped(&'static str),
}

impl Text {
    fn text(&self) -> &'static str {
        match self {
            Text::Here(text) => text,
            // A test shows every guide, so the file is there in a build whose tests pass.
            Text::Shipped(path) => shipped::file(path).unwrap_or_default(),
        }
    }
}

/// The list of guides, as it stands below the list of commands.
pub(super) fn list() -> String {
    let widest = GUIDES.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let mut text = "Guides (patchproof help TOPIC):\n".to_owned();
    for (name, subject, _) in GUIDES {
        let _ = writeln!(text, "  {name:widest$}  {subject}");
    }
    text
}

/// Shows the help of a command below `root`, or a guide; of a name that both have, both. Exit 2 where neither has it.
pub(super) fn run(args: &HelpArgs, root: &Command) -> Exit {
    let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    match shown(&args.topic, root, color) {
        Ok(text) => common::out(&text),
        Err(message) => common::fail(Exit::Usage, &message),
    }
}

/// The text for a topic, or why there is none.
fn shown(topic: &[String], root: &Command, color: bool) -> Result<String, String> {
    const WIDTH: usize = 100;
    let help = command_help(topic, root, color);
    let text = match topic {
        [name] => GUIDES.iter().find(|(guide, ..)| guide == name).map(|(.., text)| guide(text.text(), color, WIDTH)),
        [] | [_, _, ..] => None,
    };
    match (help, text) {
        (Some(help), Some(text)) => Ok(format!("{help}\n{text}")),
        (Some(text), None) | (None, Some(text)) => Ok(text),
        (None, None) => Err(unknown(topic, root)),
    }
}

/// The help of the program, of a command or of a command of a command.
fn command_help(path: &[String], root: &Command, color: bool) -> Option<String> {
    let mut root = root.clone();
    // Gives the commands below their full names.
    root.build();
    let mut found = &mut root;
    for name in path {
        found = found.find_subcommand_mut(name)?;
    }
    let help = found.render_long_help();
    Some(if color { help.ansi().to_string() } else { help.to_string() })
}

fn unknown(topic: &[String], root: &Command) -> String {
    let name = topic.join(" ");
    let names: Vec<String> = root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let names = names.iter().map(String::as_str).chain(GUIDES.iter().map(|(name, ..)| *name));
    let mut near: Vec<(usize, &str)> = names.map(|known| (distance(&name, known), known)).collect();
    near.sort_unstable();
    near.dedup();
    let near: Vec<String> = near
        .iter()
        .filter(|(distance, known)| *distance <= known.len() / 2)
        .take(3)
        .map(|(_, known)| format!("`{known}`"))
        .collect();
    let hint = if near.is_empty() { "run `patchproof help` for the list".to_owned() } else { near.join(", ") };
    let hint = if near.is_empty() { hint } else { format!("did you mean {hint}?") };
    format!("no command or guide is called `{}`; {hint}", common::one_line(&name))
}

/// How many letters have to be put in, taken out or exchanged to make one word the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, against) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *against);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::command;

    fn help(topic: &[&str]) -> Result<String, String> {
        shown(&topic.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &command(), false)
    }

    #[test]
    fn every_guide_is_shown_and_listed() {
        let listed = help(&[]).unwrap();
        for (name, subject, text) in GUIDES {
            let title = text.text().lines().next().unwrap().trim_start_matches("# ");
            assert!(help(&[name]).unwrap().contains(title), "{name}");
            assert!(listed.contains(name) && listed.contains(subject), "{name}");
        }
    }

    #[test]
    fn every_command_has_its_help() {
        for known in command().get_subcommands() {
            let text = help(&[known.get_name()]).unwrap();
            assert!(text.contains(&format!("Usage: patchproof {}", known.get_name())), "{text}");
        }
        assert_eq!(help(&["run"]).unwrap(), command_help(&["run".to_owned()], &command(), false).unwrap());
    }

    #[test]
    fn a_name_that_a_command_and_a_guide_have_shows_both() {
        let text = help(&["selftest"]).unwrap();
        assert!(text.contains("Usage: patchproof selftest") && text.contains("the suite proves itself"));
    }

    #[test]
    fn an_unknown_topic_is_met_with_the_nearest_names() {
        let message = help(&["evidense"]).unwrap_err();
        assert_eq!(message, "no command or guide is called `evidense`; did you mean `evidence`?");
        let message = help(&["qqqqqqqqqq"]).unwrap_err();
        assert_eq!(message, "no command or guide is called `qqqqqqqqqq`; run `patchproof help` for the list");
        assert!(help(&["run", "evidence"]).is_err());
    }

    #[test]
    fn letters_put_in_taken_out_and_exchanged_are_counted() {
        for (one, other, expected) in [("run", "run", 0), ("", "run", 3), ("rn", "run", 1), ("sing", "sign", 2)] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
