//! Why no response came, in words.

use crate::execute::evidence::{Lost, LostKind};

/// Why there is no https.
#[cfg(not(feature = "tls"))]
pub(super) const NO_TLS: &str = "this build has no TLS: expected an http URL, or a build with the feature `tls`";

/// What kind of loss an error of the client is.
pub(super) fn lost(error: &reqwest::Error) -> Lost {
    let kind = if error.is_timeout() {
        LostKind::TimedOut
    } else if error.is_connect() || error.is_builder() {
        LostKind::NotConnected
    } else {
        LostKind::Broken
    };
    Lost { kind, message: chain(error) }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
