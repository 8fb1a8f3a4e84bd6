//! What the contract leaves open and this server has to decide; variants decide otherwise.

use std::time::Duration;

use super::promise::Promises;
use super::tag::TagShape;

/// The open points of the contract, as this server decides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choices {
    /// How appointments look.
    pub(super) style: Style,
    /// A PATCH without If-Match is rejected (VER-05).
    pub(super) needs_if_match: bool,
    /// Which forms of If-Match are taken (VER-12 to VER-14).
    pub(super) if_match_forms: IfMatchForms,
    /// If-Match is judged before the token of the client, which no document allows (VER-21).
    pub(super) if_match_before_token: bool,
    /// A success carries the appointment unless Prefer says otherwise (RSP-04, BASE-03, BASE-04).
    pub(super) returns_appointment: bool,
    /// How bodies are written.
    pub(super) body: BodyStyle,
    /// How bytes are written to a connection.
    pub(super) wire: WireStyle,
    /// How much the time of a response varies, where not as configured.
    pub(super) jitter: Option<Duration>,
}

/// How the appointments of a store look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// What versions are called (VER-16 to VER-18).
    pub(super) tags: TagShape,
    /// Appointments have a narrative that names their status (BASE-13).
    pub(super) narrative: bool,
    /// Appointments have optional members that no patch names.
    pub(super) extra_members: bool,
}

/// Which forms of If-Match are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfMatchForms {
    /// One weak entity tag and nothing else.
    OneWeakTag,
    /// All that HTTP knows; a strong tag stays a claim of byte equality that no version of ours can meet (VER-13).
    AllWeak,
    /// All that HTTP knows, and a strong tag counts as much as a weak one.
    All,
}

/// Forms of JSON and codings of bodies that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct BodyStyle {
    /// The members of objects come in reversed order.
    pub(super) reversed: bool,
    /// JSON is indented, with other line ends and escaped characters.
    pub(super) indented: bool,
    /// Bodies are compressed.
    pub(super) compressed: Option<Compressed>,
    /// Bodies have no length.
    pub(super) chunked: bool,
}

/// A way to compress bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compressed {
    Gzip,
    /// The zlib format, as RFC 9110 section 8.4.1.2 has it.
    Deflate,
    /// The bare stream that some servers send under the same name.
    BareDeflate,
    Zstd,
    /// Twice, one coding after the other.
    DeflateThenGzip,
}

impl Compressed {
    /// The value of Content-Encoding.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Compressed::Gzip => "gzip",
            Compressed::Deflate | Compressed::BareDeflate => "deflate",
            Compressed::Zstd => "zstd",
            Compressed::DeflateThenGzip => "deflate, gzip",
        }
    }
}

/// Manners of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct WireStyle {
    /// Header names begin with capitals.
    pub(super) capitals: bool,
    /// Responses are written one byte at a time.
    pub(super) byte_by_byte: bool,
    /// An interim response comes before each response.
    pub(super) hints: bool,
    /// A connection serves one request, and closes when the next comes.
    pub(super) one_request: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style { tags: TagShape::default(), narrative: true, extra_members: false }
    }
}

impl Choices {
    /// What the clean server decides.
    pub(super) fn of(promises: &Promises) -> Choices {
        Choices {
            style: Style::default(),
            needs_if_match: promises.needs_if_match,
            if_match_before_token: false,
            if_match_forms: if promises.one_weak_tag { IfMatchForms::OneWeakTag } else { IfMatchForms::AllWeak },
            returns_appointment: promises.returns_appointment,
            body: BodyStyle::default(),
            wire: WireStyle::default(),
            jitter: None,
        }
    }
}
