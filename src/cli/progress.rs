//! Progress: a bar on a terminal, plain lines elsewhere, nothing where it is not wanted.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::execute::Progress;

/// How the progress of a run is shown.
pub(super) struct Bar {
    bar: ProgressBar,
    /// Requests planned, where progress is shown in lines.
    lines: Option<usize>,
    done: AtomicUsize,
}

impl Bar {
    /// Shows nothing.
    pub fn silent() -> Bar {
        Bar { bar: ProgressBar::hidden(), lines: None, done: AtomicUsize::new(0) }
    }

    /// A bar for so many requests.
    pub fn drawn(requests: usize) -> Bar {
        let bar = ProgressBar::new(requests as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} requests · {elapsed}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Bar { bar, ..Bar::silent() }
    }

    /// A line at the beginning and at each quarter.
    pub fn lines(requests: usize, target: &str) -> Bar {
        note(&format!("running about {requests} requests against {target}"));
        Bar { lines: Some(requests), ..Bar::silent() }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn request_done(&self) {
        self.bar.inc(1);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(planned) = self.lines else { return };
        let quarter = planned.div_ceil(4).max(1);
        if done.is_multiple_of(quarter) && done < planned {
            note(&format!("{done} of about {planned} requests done"));
        }
    }

    fn case_done(&self) {}
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    let mut stream = anstream::stderr().lock();
    let _ = writeln!(stream, "patchproof: {text}");
}
