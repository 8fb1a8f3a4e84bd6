//! Where requests go: the target's base URL, its fixtures, its limits, and the guard in front of it.

mod address;
mod declared;
mod guard;
mod guarded;
mod profile;
mod without;

pub use address::{WebOrigin, base_before, is_loopback, without_credentials};
pub use guard::{GuardError, check as guard};
pub use profile::{MOST_LISTS, Profile, ProfileError, Redact, Writes, load, load_text, schema, write_profile};
