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

/// The causes of an error in one line. Layers that only say that a request failed, or repeat its URL, are left out unless
/// nothing else is there.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for layer in std::iter::successors(Some(error), |layer| layer.source()) {
        let text = layer.to_string();
        let says_nothing = text.starts_with("error sending request") || text.starts_with("client error (");
        let is_repeated = texts.iter().any(|earlier| earlier.contains(&text));
        if !is_repeated && (!says_nothing || layer.source().is_none()) {
            texts.push(text);
        }
    }
    explained(texts.join(": "))
}

/// What a library names in its jargon, in words that say what is missing.
fn explained(text: String) -> String {
    /// The alert of a server that knows none of the protocols that the client offers (RFC 7301 section 3.2).
    const NO_PROTOCOL: &str = "NoApplicationProtocol";
    if text.contains(NO_PROTOCOL) || text.contains("no_application_protocol") {
        return format!(
            "the server speaks no HTTP/1.1 over TLS, most likely HTTP/2 only; patchproof speaks HTTP/1.1 ({text})"
        );
    }
    text
}
