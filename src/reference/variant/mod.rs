//! Conforming variants: servers that keep the contract in another way than the clean one, each with the reading that allows it.

mod dress;
mod hooks;
mod outcome;
mod stranger;

use std::fmt;
use std::str::FromStr;

use crate::suite::contract::{Edition, roles};
use crate::words::yaml::nearest;

const ALL: &[Edition] = &Edition::ALL;
const VENDOR: &[Edition] = &[Edition::May2019, Edition::March2024];
const NEWEST: &[Edition] = &[Edition::March2024];
const BASE: &[Edition] = &[Edition::FhirR4];

macro_rules! variants {
    ($($variant:ident $name:literal $editions:ident $sentence:literal $reading:literal)*) => {
        /// One way to keep the contract that documents leave open.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Variant {
            $(#[doc = $sentence] $variant,)*
        }

        impl Variant {
            /// All variants: tags first, then bodies, the wire, and what is left open.
            pub const ALL: &'static [Variant] = &[$(Variant::$variant,)*];

            /// The name used on the command line and in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Variant::$variant => $name,)* }
            }

            /// What the server does, in one sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(Variant::$variant => $sentence,)* }
            }

            /// Why the contract allows it: the requirement, reading or document.
            pub const fn reading(self) -> &'static str {
                match self { $(Variant::$variant => $reading,)* }
            }

            /// The editions whose contract allows it.
            pub const fn editions(self) -> &'static [Edition] {
                match self { $(Variant::$variant => $editions,)* }
            }
        }
    };
}

variants! {
    OpaqueTags "opaque-tags" ALL
        "Versions are twenty hexadecimal digits without any order."
        "VER-16: a tag holds a FHIR id; nothing says that it is a number, or that one follows from another."
    LongTags "long-tags" ALL
        "Versions have 64 characters, the most a FHIR id may have."
        "VER-16: 1 to 64 characters."
    JumpingTags "jumping-tags" ALL
        "The number of the next version is never the next number, and sometimes smaller."
        "VER-18, BASE-02: each version differs from all others; no document orders them."
    DottedTags "dotted-tags" ALL
        "Versions have a suffix behind a hyphen and a dot."
        "VER-17: an example shows a suffix; tags are compared for equality only."
    StrongTags "strong-tags" BASE
        "Every entity tag is strong and If-Match is compared strongly, so that a weak tag never matches."
        "RFC 9110 sections 8.8.3.2 and 13.1.1; the weak form is recommended (VER-16), and VER-15 is about weak tags."
    BodyOnSuccess "body-on-success" VENDOR
        "A success carries the changed appointment."
        "RSP-04: a body warns and never fails; FHIR allows the appointment."
    EmptySuccess "empty-success" BASE
        "A success without Prefer has no body."
        "BASE-03, BASE-04: an empty body or the appointment."
    NoContent "no-content" BASE
        "A success without a body is answered with 204."
        "BASE-01 tolerates 204."
    RefusalsWithoutBody "refusals-without-body" ALL
        "A refusal has no body."
        "ERR-01, C-22: an OperationOutcome may come with an error; FHIR recommends one, and its absence warns."
    RefusalsInText "refusals-in-text" VENDOR
        "A refusal has a line of plain text."
        "C-19: the published error samples show text; media types are asserted of FHIR bodies only."
    SparseOutcomes "sparse-outcomes" ALL
        "An issue of an OperationOutcome has a severity and a code, and nothing else."
        "ERR-02: only these two are required in R4."
    RichOutcomes "rich-outcomes" ALL
        "An OperationOutcome has a narrative, several issues, expressions and an extension."
        "ERR-02, ERR-05: at least one issue is an error; everything else R4 allows."
    LegacyMediaType "legacy-media-type" VENDOR
        "Errors are labelled application/json+fhir."
        "C-36: the legacy type is tolerated on reads and errors with a warning."
    Charset "charset" ALL
        "Media types say charset=UTF-8."
        "RFC 9110 section 8.3.1: parameters of a media type are free."
    NoNarrative "no-narrative" ALL
        "Appointments have no narrative."
        "FHIR R4 Narrative: text is optional."
    ReversedMembers "reversed-members" ALL
        "Members of objects come in reversed order."
        "RFC 8259 section 4: an object is unordered."
    ExtraMembers "extra-members" ALL
        "Appointments have an identifier, a language, a profile and a security label more."
        "FHIR R4 Resource and DomainResource: optional members, which no patch of the contract names."
    MovingExtension "moving-extension" ALL
        "Each read says in an extension when it was made."
        "FHIR R4 Extensibility: extensions are free; what moves between two reads with no write in between is no effect."
    IndentedJson "indented-json" ALL
        "JSON is indented, with other line ends and escaped characters."
        "RFC 8259 sections 2 and 7."
    OtherHeaders "other-headers" ALL
        "Answers carry many more headers, some of them twice."
        "RFC 9110 section 5.1: unknown headers are ignored; RSP-06 to RSP-11 are observed only."
    FewHeaders "few-headers" ALL
        "Answers carry none of the headers that only examples show."
        "RSP-06 to RSP-11 and HDR-14, HDR-15 are observed only; BASE-16 warns."
    CapitalHeaders "capital-headers" ALL
        "Header names begin with capitals."
        "RFC 9110 section 5.1: names are case-insensitive."
    Slow "slow" ALL
        "Each answer takes some milliseconds, never the same number."
        "No document bounds the time."
    Chunked "chunked" ALL
        "Bodies are sent in chunks, without a length."
        "RFC 9112 section 7.1."
    ByteByByte "byte-by-byte" ALL
        "Answers are written one byte at a time, and what is long then in small pieces."
        "A message does not end where a segment does."
    HintsFirst "hints-first" ALL
        "A 103 comes before each response."
        "RFC 9110 section 15.2: a client has to be able to read interim responses before the final one."
    ClosesConnections "closes-connections" ALL
        "Each connection serves one request."
        "RFC 9112 section 9.6."
    ClosesSilently "closes-silently" ALL
        "Each connection serves one request, and no response says so; the next request over it gets none."
        "RFC 9112 section 9.5: a connection may close at any time, whether it was kept or not."
    FailsNowAndThen "fails-now-and-then" ALL
        "Now and then a PATCH gets 500 and is not carried out; sent again it is as it has to be."
        "C-45: a passing failure is one warning, and no rule about the request."
    FailsAfterwards "fails-afterwards" ALL
        "Now and then a PATCH gets 500, although it was carried out."
        "C-45: on another appointment the same request is as it has to be."
    HangsUpNowAndThen "hangs-up-now-and-then" ALL
        "Now and then a PATCH gets no response and is not carried out; sent again it is as it has to be."
        "C-45: a passing failure is one warning, and no rule about the request."
    LosesResponses "loses-responses" ALL
        "Now and then a PATCH gets no response, although it was carried out."
        "C-45: on another appointment the same request is as it has to be."
    DeniesNowAndThen "denies-now-and-then" ALL
        "Now and then a request with the right token gets 401; sent again it is as it has to be."
        "RFC 9110 section 15.5.2: a 401 says nothing of the request itself, and one may pass; a run asks once more."
    SomeoneElseWrites "someone-else-writes" ALL
        "Now and then someone else changes an appointment of the run, one in ten of them."
        "Design section 4.6: what other clients do is not the server's fault."
    SettlesLate "settles-late" ALL
        "For some milliseconds after an accepted PATCH, reads still show the state before it."
        "BASE-28, RSP-13: what settles within two seconds is one warning."
    Gzip "gzip" ALL
        "Bodies are compressed, although nobody asked."
        "RFC 9110 section 12.5.3: without Accept-Encoding any content coding is acceptable."
    Deflate "deflate" ALL
        "Bodies are compressed with deflate in the zlib format, although nobody asked."
        "RFC 9110 sections 8.4.1.2 and 12.5.3."
    BareDeflate "bare-deflate" ALL
        "Bodies are compressed with deflate without the zlib format, as some servers send it."
        "RFC 9110 section 8.4.1.2 notes that such servers exist; what their bodies hold breaks no rule of the contract."
    Zstd "zstd" ALL
        "Bodies are compressed with zstd, although nobody asked."
        "RFC 9110 section 12.5.3, RFC 8878 section 4.1."
    TwoCodings "two-codings" ALL
        "Bodies are compressed twice, with deflate and then with gzip."
        "RFC 9110 section 8.4: codings are listed in the order in which they were applied."
    OffersHttp2 "offers-http2" ALL
        "Answers offer HTTP/2, which a client of HTTP/1.1 may leave aside."
        "RFC 9110 section 7.8, RFC 7838: an offer does not bind."
    LockedLoser "locked-loser" VENDOR
        "A PATCH that loses against one under way is refused with 423."
        "CONC-03, ERR-10, C-23: 409 and 423 are both right for a loser."
    StaleAnswers409 "stale-answers-409" BASE
        "An outdated If-Match is refused with 409."
        "VER-08 tolerates 409."
    InferredCodes400 "inferred-codes-400" VENDOR
        "Where a document gives no code for a broken rule, it is 400 instead of 422."
        "C-25, ERR-07: 422 is inferred, 400 is tolerated."
    IfMatchFirst "if-match-first" VENDOR
        "If-Match is judged before Accept and Content-Type."
        "C-32, VER-21: the vendor gives no order of checks; 409 and 412 are tolerated."
    BodyFirst "body-first" VENDOR
        "The body is read before If-Match, and refused there if it is no document or has a value no request may have."
        "C-32, VER-22: the vendor gives no order of checks; the other order warns."
    LenientIfMatch "lenient-if-match" VENDOR
        "An asterisk, a strong tag and a list with the current tag pass as If-Match."
        "VER-12, VER-13, VER-14: no vendor document decides."
    StrictIfMatch "strict-if-match" BASE
        "If-Match is required, and must be one weak tag."
        "VER-05, VER-12 to VER-14: 400 for a missing header is allowed, the other forms are open."
    SameStatusAccepted "same-status-accepted" VENDOR
        "The status already held may be sent again, which makes a version."
        "TRN-14: no document decides."
    EmptyDocumentAccepted "empty-document-accepted" VENDOR
        "An empty patch document is accepted and changes nothing."
        "OPS-24: no document decides."
    AddStatusAccepted "add-status-accepted" VENDOR
        "Adding /status does what replacing it does."
        "C-28, OPS-21: tolerated as an alias."
    DeletedIsUnknown "deleted-is-unknown" ALL
        "A deleted appointment is answered with 404."
        "ERR-16: 410 or 404."
    AnyLink "any-link" NEWEST
        "A video link may be any text within the limit."
        "VAL-17: no document asks for a URL."
}

impl Variant {
    /// Whether it shows only where the server asks for a token.
    pub fn needs_token(self) -> bool {
        self == Variant::DeniesNowAndThen
    }

    /// Recommendations that it does not follow: they fail beside a conformant run.
    pub fn departs_from(self) -> &'static [&'static str] {
        if self == Variant::StrongTags { &[roles::TAG_IS_WEAK] } else { &[] }
    }
}

impl FromStr for Variant {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Variant::ALL.iter().copied().find(|variant| variant.name() == text).ok_or_else(|| {
            let names: Vec<_> = Variant::ALL.iter().map(|variant| variant.name()).collect();
            match nearest(text, names.iter().copied()) {
                Some(near) => format!("invalid variant `{text}`: did you mean `{near}`?"),
                None => format!("invalid variant `{text}`: expected one of {}", names.join(", ")),
            }
        })
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
