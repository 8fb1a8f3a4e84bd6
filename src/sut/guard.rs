//! The guard: writes leave the machine only where the target file says so (design section 8).

use super::{Profile, Writes};

/// Why the guard refuses a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "refusing to write to `{host}`, which is not this machine: a run changes and uses up appointments; \
     if it is a sandbox, write a target file with `writes: allow` and give it with --target"
)]
pub struct GuardError {
    host: String,
}

/// Lets loopback pass, and any other host only with `writes: allow`.
///
/// # Errors
/// The host that is not allowed.
pub fn check(profile: &Profile) -> Result<(), GuardError> {
    let host = profile.host();
    if profile.is_loopback() || profile.writes == Writes::Allow {
        Ok(())
    } else {
        Err(GuardError { host: host.to_owned() })
    }
}
