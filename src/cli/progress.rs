//! The progress bar: requests answered of those planned, on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

use crate::execute::Progress;

/// A bar, or nothing where nobody looks.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar for so many requests.
    pub fn new(visible: bool, requests: usize) -> Bar {
        let bar = if visible { ProgressBar::new(requests as u64) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} requests · {msg} · {elapsed}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Bar { bar }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn request_done(&self) {
        self.bar.inc(1);
    }

    fn case_done(&self) {
        if !self.bar.is_hidden() {
            self.bar.set_message("running");
        }
    }
}
