//! Room on the stack for values that are nested deep: to drop, clone, compare or write one recurses.

/// Bytes of stack that a thread needs which handles values of [`MAX_DEPTH`](super::MAX_DEPTH) levels. To clone one took
/// 12 MiB in a debug build, the costliest of these operations; the system hands out what is touched, not what is asked
/// for.
pub const STACK: usize = 16 * 1024 * 1024;

/// Runs a function on a thread with [`STACK`] bytes and gives what it gives; a panic goes on in the caller.
///
/// # Errors
/// The system gives no further thread.
pub fn on_deep_stack<T: Send>(run: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
