//! Servers that are not ours: installed below the target folder, started, and gone when they are dropped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take until it listens, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running server; dropping it kills it. It also ends by itself when this process does, for its stdin closes.
pub(super) struct Server {
    child: Child,
    pub(super) base_url: String,
}

impl Server {
    /// Starts a program that prints `ready URL` when it listens.
    pub(super) fn start(command: &mut Command) -> Server {
        let named = format!("{command:?}");
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {named}: {error}"));
        let mut server = Server { child, base_url: String::new() };
        let mut complaints = server.child.stderr.take().unwrap();
        // Read to the end, or the server stops when the pipe is full.
        let (teller, complained) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = complaints.read_to_end(&mut bytes);
            let _ = teller.send(String::from_utf8_lossy(&bytes).into_owned());
        });
        let stdout = server.child.stdout.take().unwrap();
        let (sender, line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout);
            let mut text = String::new();
            let _ = lines.read_line(&mut text);
            let _ = sender.send(text);
            let _ = std::io::copy(&mut lines, &mut std::io::sink());
        });
        let line = line.recv_timeout(PATIENCE).unwrap_or_default();
        match line.trim().strip_prefix("ready ") {
            Some(base_url) => base_url.clone_into(&mut server.base_url),
            None => {
                let _ = server.child.kill();
                let complaints = complained.recv_timeout(PATIENCE).unwrap_or_default();
                panic!("{named} did not start: it printed `{}`\n{complaints}", line.trim());
            }
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file of these tests.
pub(super) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name)
}

/// The folder of a release, installed if it is not. Whoever comes second waits for the lock and finds it done.
///
/// # Errors
/// What `install` gives.
pub(super) fn installed(name: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let releases = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("real");
    let folder = releases.join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(releases.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let done = folder.join("installed");
    if !done.exists() {
        install(&folder)?;
        // Written last: an install that was cut short is done again.
        fs::write(&done, "").unwrap();
    }
    Ok(folder)
}

/// Runs a command of an install to its end.
///
/// # Errors
/// What it printed.
pub(super) fn done(command: &mut Command) -> Result<(), String> {
    let named = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("cannot start {named}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{named} failed:\n{printed}")) }
}

/// The folder of Python packages at these releases.
pub(super) fn with_pip(name: &str, packages: &[&str]) -> PathBuf {
    let install = |folder: &Path| {
        done(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        done(Command::new(folder.join("bin/python")).args(["-m", "pip", "install", "--quiet"]).args(packages))
    };
    installed(name, install).unwrap_or_else(|why| panic!("{why}\nthese tests need Python 3 with venv and pip"))
}
