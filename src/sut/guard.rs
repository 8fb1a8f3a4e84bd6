//! The guard: writes leave the machine only where the target file says so (design section 8).

use super::address::{host, is_loopback};
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
    // The open endpoint gets a PATCH too: whether it rejects it is what is asked.
    let urls = [Some(profile.base_url.as_str()), profile.open_endpoint.as_deref()].into_iter().flatten();
    match urls.into_iter().find(|url| !is_loopback(url)) {
        Some(elsewhere) if profile.writes != Writes::Allow => Err(GuardError { host: host(elsewhere).to_owned() }),
        Some(_) | None => Ok(()),
    }
}
