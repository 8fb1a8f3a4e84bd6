//! Secrets from the environment, a file or a command.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::sut::SecretSource;
use crate::words::file;

/// The longest secret that is taken.
const MOST: u64 = 64 * 1024;

/// Reads a secret; it may wait for a command.
///
/// # Errors
/// Why there is none, in words that repeat nothing of it.
pub(super) async fn read(source: &SecretSource) -> Result<String, String> {
    let owned = source.clone();
    let read = tokio::task::spawn_blocking(move || now(&owned)).await.map_err(|error| error.to_string())?;
    let text = read.map_err(|why| format!("{source} gives no secret: {why}"))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{source} gives an empty secret"));
    }
    Ok(text.to_owned())
}

fn now(source: &SecretSource) -> Result<String, String> {
    match source {
        SecretSource::Env(name) => std::env::var(name).map_err(|_| "it is not set, or not UTF-8".to_owned()),
        SecretSource::File(path) => file::text(path, MOST).map_err(|cause| cause.to_string()),
        SecretSource::Command(words) => printed(words),
    }
}

/// What a command prints.
fn printed(words: &[String]) -> Result<String, String> {
    const LONGEST: Duration = Duration::from_secs(60);
    const PAUSE: Duration = Duration::from_millis(10);
    let (program, arguments) = words.split_first().ok_or("it is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|cause| format!("it cannot be started: {cause}"))?;
    let stdout = child.stdout.take().ok_or("it has no output")?;
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.take(MOST).read_to_end(&mut bytes).map(|_| bytes)
    });
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|cause| cause.to_string())? {
            Some(status) => break status,
            None if begin.elapsed() > LONGEST => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", LONGEST.as_secs()));
            }
            None => std::thread::sleep(PAUSE),
        }
    };
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    let bytes = reader.join().map_err(|_| "its output cannot be read")?.map_err(|cause| cause.to_string())?;
    String::from_utf8(bytes).map_err(|_| "its output is not UTF-8".to_owned())
}
