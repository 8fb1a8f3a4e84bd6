//! The file that is being checked, and the problems found in it.

use crate::suite::scenario::ScenarioFile;
use crate::words::yaml::{Node, Problem, Span, did_you_mean, slip_of};

/// One file under check.
pub(super) struct CheckedFile<'a> {
    pub file: &'a ScenarioFile,
    pub problems: &'a mut Vec<Problem>,
}

impl CheckedFile<'_> {
    /// Adds a problem.
    pub fn wrong(&mut self, span: Span, message: impl Into<String>, expected: impl Into<String>) {
        self.problems.push(Problem::new(&self.file.path, span, message).accepted(expected));
    }

    /// Adds that a name exists nowhere, with the nearest one that does.
    pub fn unknown<'n>(
        &mut self,
        span: Span,
        what: &str,
        found: &str,
        names: impl IntoIterator<Item = &'n str>,
        expected: impl Into<String>,
    ) {
        let near = did_you_mean(found, names);
        self.wrong(span, format!("unknown {what} `{found}`{near}"), expected);
    }

    /// Adds that a name of an open vocabulary is a slip of the pen for one that is in common use, if it is.
    pub fn slip<'n>(&mut self, span: Span, what: &str, found: &str, names: impl IntoIterator<Item = &'n str>) {
        if let Some(near) = slip_of(found, names) {
            self.wrong(span, format!("unknown {what} `{found}`: did you mean `{near}`?"), format!("`{near}`"));
        }
    }

    /// The place of the `number`-th occurrence of a fragment in a text; the whole text where it cannot be told.
    pub fn fragment(&self, whole: Span, fragment: &str, number: usize) -> Span {
        let written = self.file.text.get(whole.start..whole.end).unwrap_or_default();
        match written.match_indices(fragment).nth(number) {
            Some((at, _)) => Span { start: whole.start + at, end: whole.start + at + fragment.len() },
            None => whole,
        }
    }
}

/// The value under a key, or the node itself where the key is absent.
pub(super) fn under<'n>(node: &'n Node, key: &str) -> &'n Node {
    node.get(key).unwrap_or(node)
}
