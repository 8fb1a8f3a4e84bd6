//! The program as the tests start it, what it did, and the folder it writes into.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::stub::Stub;

/// What the program did.
pub(super) struct Ran {
    arguments: String,
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ran {
    /// Fails unless this is the exit code.
    pub(super) fn ends_with(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "patchproof {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has this text.
    pub(super) fn says(&self, word: &str) -> &Ran {
        assert!(self.stderr.contains(word), "patchproof {}: no `{word}` in\n{}", self.arguments, self.stderr);
        self
    }
}

/// Runs the program to its end.
pub(super) fn patchproof(arguments: &[&str]) -> Ran {
    Program::new(arguments).run()
}

/// The program before it starts.
pub(super) struct Program(pub(super) Command);

impl Program {
    pub(super) fn new(arguments: &[&str]) -> Program {
        let mut program = Program(Command::new(env!("CARGO_BIN_EXE_patchproof")));
        program.0.args(arguments);
        program.clean()
    }

    /// With nothing to read, and without what the environment of the tests says.
    fn clean(mut self) -> Program {
        self.0.stdin(Stdio::null());
        for name in ["PATCHPROOF_TARGET", "PATCHPROOF_EDITION", "PATCHPROOF_CASES", "CLICOLOR_FORCE"] {
            self.0.env_remove(name);
        }
        // What runs of tests leave is nothing to the user who runs them.
        self.0.env("XDG_STATE_HOME", scratch("state"));
        self
    }

    /// With at most so many KiB of memory.
    pub(super) fn small(arguments: &[&str], kibibytes: u32) -> Program {
        let limited = format!("ulimit -d {kibibytes} && exec \"$0\" \"$@\"");
        let mut program = Program(Command::new("/bin/sh"));
        program.0.args(["-c", &limited, env!("CARGO_BIN_EXE_patchproof")]).args(arguments);
        program.clean()
    }

    /// With this stub as the proxy for everything.
    pub(super) fn through(mut self, proxy: &Stub) -> Program {
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            self.0.env(name, proxy.url());
        }
        self.0.env_remove("no_proxy").env_remove("NO_PROXY");
        self
    }

    pub(super) fn run(mut self) -> Ran {
        let output = self.0.output().unwrap();
        let arguments: Vec<_> = self.0.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        Ran {
            arguments: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// `patchproof serve` in a process of its own.
pub(super) struct Served {
    child: Child,
    pub(super) url: String,
}

impl Served {
    pub(super) fn start(arguments: &[&str]) -> Served {
        let mut program = Program::new(&[&["serve"], arguments].concat());
        let mut child = program.0.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Served { child, url: url.trim().to_owned() }
    }

    pub(super) fn port(&self) -> u16 {
        self.url.trim_start_matches("http://127.0.0.1:").split('/').next().unwrap().parse().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of one test, empty at first.
pub(super) struct Out(pub(super) PathBuf);

impl Out {
    pub(super) fn new(name: &str) -> Out {
        let path = scratch(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Out(path)
    }

    pub(super) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    pub(super) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The exit code in the record.
    pub(super) fn ends_with(&self) -> i32 {
        i32::try_from(self.record()["summary"]["exit_code"].as_i64().unwrap()).unwrap()
    }

    pub(super) fn record(&self) -> Value {
        let bytes = fs::read(self.0.join("run.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

pub(super) fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name)
}

/// A port on which nobody listens. It stays taken by a connection of this process, so that no other program gets it.
pub(super) fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let port = client.local_addr().unwrap().port();
    // Both ends stay open as long as the tests run.
    std::mem::forget((client, listener.accept().unwrap()));
    port
}
