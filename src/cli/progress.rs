//! Progress: a bar on a terminal, plain lines elsewhere, nothing where it is not wanted.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::common;
use crate::execute::ProgressListener;
use crate::report::events;

/// How the progress of a run is shown.
pub(super) struct Bar {
    bar: ProgressBar,
    shown: ProgressOutput,
    done: AtomicUsize,
    cases: AtomicUsize,
}

/// What is written besides the bar.
#[derive(Clone, Copy)]
enum ProgressOutput {
    Nothing,
    /// A line at each quarter of so many requests.
    Lines(usize),
    /// An event at each twentieth of so many requests.
    Events(usize),
}

impl Bar {
    /// Shows nothing.
    pub fn silent() -> Bar {
        Bar {
            bar: ProgressBar::hidden(),
            shown: ProgressOutput::Nothing,
            done: AtomicUsize::new(0),
            cases: AtomicUsize::new(0),
        }
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
        Bar { shown: ProgressOutput::Lines(requests), ..Bar::silent() }
    }

    /// Events on standard output.
    pub fn events(requests: usize) -> Bar {
        Bar { shown: ProgressOutput::Events(requests), ..Bar::silent() }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl ProgressListener for Bar {
    fn request_done(&self) {
        self.bar.inc(1);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match self.shown {
            ProgressOutput::Nothing => {}
            ProgressOutput::Lines(planned) => {
                let quarter = planned.div_ceil(4).max(1);
                if done.is_multiple_of(quarter) && done < planned {
                    note(&format!("{done} of about {planned} requests done"));
                }
            }
            ProgressOutput::Events(planned) => {
                if done.is_multiple_of(planned.div_ceil(20).max(1)) {
                    common::out(&events::progress(done, planned, self.cases.load(Ordering::Relaxed)));
                }
            }
        }
    }

    fn case_done(&self) {
        self.cases.fetch_add(1, Ordering::Relaxed);
    }
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    let mut stream = anstream::stderr().lock();
    let _ = writeln!(stream, "patchproof: {text}");
}
