//! What a version is called: a number by itself, or one of the other shapes that the contract leaves open.

use sha2::{Digest as _, Sha256};

/// The shape of version ids (VER-16 to VER-18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum TagShape {
    #[default]
    Number,
    Opaque,
    Long,
    Jumping,
    Dotted,
}

impl TagShape {
    /// The id of a version. No two versions have the same one.
    pub(super) fn name(self, version: u64) -> String {
        match self {
            TagShape::Number => version.to_string(),
            TagShape::Opaque => digest(version).get(..20).unwrap_or_default().to_owned(),
            TagShape::Long => digest(version),
            // Odd factors permute the numbers below a power of two.
            TagShape::Jumping => (version.wrapping_mul(40_503) % 65_536 + version / 65_536 * 65_536).to_string(),
            TagShape::Dotted => format!("{version}-1.0"),
        }
    }
}

fn digest(version: u64) -> String {
    Sha256::digest(version.to_be_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
