//! A scenario file: every mistake has a place in the text, and what is right can be planned in every edition.

use super::record::calm;
use crate::plan::{Selection, Supply, arrange, expand, price};
use crate::suite::check::load_text;
use crate::suite::contract::{Edition, contract};
use crate::suite::scenario::LoadError;
use crate::words::yaml::{Files, Problem, render};

/// Any text is a scenario file or a list of mistakes, each with its place.
pub fn scenario(data: &[u8]) {
    let (Ok(text), Ok(contract)) = (std::str::from_utf8(data), contract()) else { return };
    let catalogue = match load_text(FILE, text, contract) {
        Ok(catalogue) => catalogue,
        Err(LoadError::Problems { problems, files }) => return placed(&problems, &files),
        Err(other) => unreachable!("a text is neither unreadable nor a folder: {other:?}"),
    };
    for edition in Edition::ALL {
        // A small file may have no case for an edition, which `expand` takes for an empty list.
        let Ok(found) = expand(&catalogue, contract, edition, &Selection::default()) else { continue };
        let cases = found.cases.len();
        let plan = arrange(edition, found.cases, found.routes, &Supply::default());
        assert_eq!(plan.cases.len(), cases, "planning loses no case");
        price(&plan, crate::plan::USUAL_JOBS);
    }
}

/// The name of the file in messages.
pub(super) const FILE: &str = "written.yaml";

/// Each problem stands in the text, says something, and can be shown.
pub(super) fn placed(problems: &[Problem], files: &Files) {
    assert!(!problems.is_empty(), "a file that is refused has a mistake");
    let text = &files[FILE];
    for problem in problems {
        assert!(!problem.message.is_empty(), "{problem:?} says nothing");
        assert!(problem.span.start <= problem.span.end, "{problem:?} ends before it begins");
        assert!(problem.span.end <= text.len(), "{problem:?} stands outside the {} bytes", text.len());
        assert!(problem.place(files).starts_with("written.yaml:"), "{problem:?} has no place");
    }
    render(problems, files, true);
    let shown = render(problems, files, false);
    assert!(shown.matches(FILE).count() >= problems.len(), "a mistake is not shown:\n{shown}");
    calm(&shown);
}
