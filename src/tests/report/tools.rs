//! The programs that read reports in tests: installed once below the target folder, then run.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// From npm: a driver for an installed browser, the accessibility checker, and an R4 validator.
const NPM: [&str; 3] = ["puppeteer-core@24.43.1", "axe-core@4.14.1", "@asymmetrik/fhir-json-schema-validator@0.9.8"];
/// From PyPI: a reader of JUnit files that CI tools use.
const PYPI: &str = "junitparser==4.0.2";

/// A program that has ended.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn ends_with(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    pub fn passes(&self) {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
    }

    pub fn fails_with(&self, complaint: &str) {
        let told = format!("{}\n{}", self.stdout, self.stderr);
        assert!(self.code == Some(1) && told.contains(complaint), "exit {:?}, no `{complaint}` in\n{told}", self.code);
    }
}

/// Runs a program to its end.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Opens a page in a headless browser and does there what the mode says.
pub fn browser(mode: &str, page: &Path, record: Option<&Path>) -> Ran {
    let mut command = node("page.mjs");
    command.arg(chromium()).arg(mode).arg(page).args(record);
    ran(&mut command)
}

/// Validates a resource against the R4 schema.
pub fn validate(resource: &Path) -> Ran {
    ran(node("validate.mjs").arg(resource))
}

/// Counts what a JUnit reader finds, as JSON.
pub fn junit(path: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/report/junit.py");
    let ran = ran(Command::new("python3").env("PYTHONPATH", python()).arg(script).arg(path));
    ran.passes();
    ran.stdout
}

fn node(script: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/report").join(script);
    let mut command = Command::new("node");
    command.arg(script).arg(npm());
    command
}

/// The browser that is installed: the one named by CHROMIUM, or the first of the usual names.
fn chromium() -> PathBuf {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let paths = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
    let mut found = names.iter().flat_map(|name| env::split_paths(&paths).map(move |folder| folder.join(name)));
    named.or_else(|| found.find(|path| path.is_file())).unwrap_or_else(|| {
        panic!("no browser: install Debian's package `chromium` (.ci/run does), or name one with CHROMIUM")
    })
}

fn npm() -> PathBuf {
    installed("browser", |folder| {
        // A package.json of its own keeps npm from looking for one further up.
        fs::write(folder.join("package.json"), "{ \"private\": true }\n").unwrap();
        let mut command = Command::new("npm");
        command.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).args(NPM).current_dir(folder);
        command
    })
}

fn python() -> PathBuf {
    installed("python", |folder| {
        let mut command = Command::new("python3");
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        command.arg(folder).arg(PYPI);
        command
    })
}

/// A folder below the target folder, filled by a command if it is not. Whoever comes second waits for the lock.
fn installed(name: &str, command: impl Fn(&Path) -> Command) -> PathBuf {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("readers");
    let folder = base.join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(base.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let done = folder.join("installed");
    // What is installed stands in it, so that a new version is installed.
    let wanted = format!("{NPM:?} {PYPI}");
    if fs::read_to_string(&done).ok().as_deref() != Some(&wanted) {
        let ran = ran(&mut command(&folder));
        assert_eq!(ran.code, Some(0), "cannot install what reads reports:\n{}\n{}", ran.stdout, ran.stderr);
        fs::write(&done, wanted).unwrap();
    }
    folder
}
