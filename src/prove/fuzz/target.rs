//! A target file: every mistake has a place in the text, and what is right can be supplied from and written again.

use super::written::{FILE, placed};
use crate::suite::contract::Edition;
use crate::sut::{Profile, ProfileError, TargetText, load_text, write_profile};

/// Any text is a target or a list of mistakes; the fixtures of a target survive being written and read again.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let profile = match load_text(FILE, text) {
        Ok(profile) => profile,
        Err(ProfileError::Problems { problems, files }) => return placed(&problems, &files),
        Err(other) => unreachable!("a text is neither unreadable nor a URL: {other}"),
    };
    assert!(!profile.base_url.ends_with('/'), "{}", profile.base_url);
    assert!(profile.base_url.contains(profile.host()), "{}", profile.base_url);
    for edition in Edition::ALL {
        profile.supply(edition);
    }
    let edition = profile.edition.unwrap_or(Edition::May2019);
    let rest =
        TargetText { fixtures: Some(&profile.fixtures), slots: &profile.slots, create: true, ..TargetText::default() };
    let again = write_profile(&profile.base_url, edition, &rest);
    match load_text(FILE, &again) {
        Ok(again) => assert_eq!(facts(&profile), facts(&again)),
        Err(error) => unreachable!("what was written cannot be read: {error:?}\n{again}"),
    }
}

/// What a written target file has to keep.
fn facts(profile: &Profile) -> impl PartialEq + std::fmt::Debug {
    // A state without appointments is as good as one that is not there.
    let fixtures: Vec<_> = profile.fixtures.iter().filter(|(_, ids)| !ids.is_empty()).collect();
    format!("{} {:?} {:?}", profile.base_url, fixtures, profile.slots)
}
