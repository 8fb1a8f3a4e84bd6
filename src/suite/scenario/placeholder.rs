//! The names that stand for values of the moment: `$id`, `$slot-2` and so on.

/// A value that is filled in when a request is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// The value of the family member, or of the client of a race.
    Each,
    /// The id of the appointment.
    Id,
    /// The status that the appointment has.
    Status,
    /// The status that the plan needs next.
    To,
    /// The opaque part of the current version's entity tag.
    Version,
    /// What stands before the quotes in the tags of the target: `W/` where they are weak, nothing where they are strong.
    Weak,
    /// The opaque part of the entity tag of the version before.
    Stale,
    /// What If-Match would carry, for a header of another name.
    IfMatch,
    /// The reference of a free slot.
    Slot,
    /// The reference of another free slot.
    SecondSlot,
    /// The id of an appointment that no step addresses.
    Bystander,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Placeholder; 11] = [
        Placeholder::Each,
        Placeholder::Id,
        Placeholder::Status,
        Placeholder::To,
        Placeholder::Version,
        Placeholder::Weak,
        Placeholder::Stale,
        Placeholder::IfMatch,
        Placeholder::Slot,
        Placeholder::SecondSlot,
        Placeholder::Bystander,
    ];

    /// The name without the dollar sign.
    pub const fn name(self) -> &'static str {
        match self {
            Placeholder::Each => "each",
            Placeholder::Id => "id",
            Placeholder::Status => "status",
            Placeholder::To => "to",
            Placeholder::Version => "version",
            Placeholder::Weak => "weak",
            Placeholder::Stale => "stale",
            Placeholder::IfMatch => "if-match",
            Placeholder::Slot => "slot",
            Placeholder::SecondSlot => "slot-2",
            Placeholder::Bystander => "bystander",
        }
    }

    /// The placeholder of this name.
    pub fn of(name: &str) -> Option<Placeholder> {
        Placeholder::ALL.into_iter().find(|placeholder| placeholder.name() == name)
    }
}

/// A name behind a dollar sign in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention<'t> {
    /// The offset of the dollar sign, in bytes.
    pub at: usize,
    /// The name without it.
    pub name: &'t str,
}

impl Mention<'_> {
    /// The offset of the first byte behind the name.
    pub fn end(&self) -> usize {
        self.at + 1 + self.name.len()
    }
}

/// Every name behind a dollar sign, in the order of the text. A name begins with a letter and is as long as it can be:
/// letters, digits and `_`, and `-` where one of these follows. A dollar sign without a name is itself.
pub fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    text.match_indices('$').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let length = name_length(rest);
        (length > 0).then(|| Mention { at, name: &rest[..length] })
    })
}

fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let word = |place: usize| bytes.get(place).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut length = 1;
    while word(length) || (bytes.get(length) == Some(&b'-') && word(length + 1)) {
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        mentions(text).map(|mention| mention.name).collect()
    }

    #[test]
    fn a_name_is_as_long_as_it_can_be() {
        assert_eq!(names("appointment-$idd-$statsu"), ["idd", "statsu"]);
        assert_eq!(names("$slot-2, $slot-two, $slot-, $slot_2"), ["slot-2", "slot-two", "slot", "slot_2"]);
        assert_eq!(names("W/\"$version\" $.status $ $5 a$"), ["version"]);
        assert_eq!(names("/../$bystander/status$id"), ["bystander", "id"]);
    }

    #[test]
    fn every_placeholder_is_found_by_its_name() {
        for placeholder in Placeholder::ALL {
            assert_eq!(Placeholder::of(placeholder.name()), Some(placeholder));
            assert_eq!(names(&format!("${}", placeholder.name())), [placeholder.name()]);
        }
        assert_eq!(Placeholder::of("idd"), None);
    }
}
