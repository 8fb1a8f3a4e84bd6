//! Words of HTTP and FHIR in a response: what was read is written the same, and looser readers take what strict ones take.

use crate::words::fhir::{AppointmentStatus, EntityTag};

/// Reads a text as every word it could be.
pub(super) fn words(text: &str) {
    if let Ok(tag) = text.parse::<EntityTag>() {
        assert_eq!(tag.to_string(), text, "an entity tag is written as it was read");
        assert_eq!(text.parse().as_ref(), Ok(&tag));
        assert!(tag.matches(&tag));
        let weak = EntityTag::weak(tag.opaque());
        assert!(weak.is_some_and(|weak| weak.is_weak() && weak.matches(&tag)), "{text}");
    }
    if let Ok(status) = text.parse::<AppointmentStatus>() {
        assert_eq!(status.code(), text);
    }
}
