//! How many files and connections the system lets the program have open.

/// Sees to it that so many files and connections can be open at once, as far as the system lets the program raise its limit.
///
/// # Errors
/// The most that the system allows, where that is less.
pub fn ensure_open(needed: u64) -> Result<(), u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        let is_enough = |most: Option<u64>| most.is_none_or(|most| most >= needed);
        if is_enough(limit.current) {
            return Ok(());
        }
        let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
        if is_enough(limit.maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
            return Ok(());
        }
        Err(limit.current.unwrap_or(u64::MAX))
    }
    #[cfg(not(unix))]
    {
        let _ = needed;
        Ok(())
    }
}
