//! Keeps a panic of the harness from taking with it what was seen until then.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a future to its end, or to its panic, of which the message is given. What the future borrows is left as it was
/// at the panic: the caller must only read from it what is whole after every step.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("the harness failed: {}", text.unwrap_or_else(|| "a panic without a message".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "what is tested is a panic")]

    use super::caught;

    #[tokio::test]
    async fn a_panic_is_its_message() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        let word = "boom";
        let literal: Result<(), String> = caught(async { panic!("boom") }).await;
        let formatted: Result<(), String> = caught(async { panic!("{word}") }).await;
        assert_eq!((literal.clone(), literal), (formatted, Err("the harness failed: boom".to_owned())));
    }
}
