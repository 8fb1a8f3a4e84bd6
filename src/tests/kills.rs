//! A run that is killed, at whatever moment: the folder it writes into shows a whole set or none.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, OnceLock};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::out_folder::{MARKER, SET};
use super::program::{Out, Program, Served, patchproof};
use super::relay::Relay;

/// The requests at which a run is killed.
const MOMENTS: usize = 50;

/// More events than a run gives rise to.
const MANY: usize = 300;

/// A folder `report` with the set of a run, which a run writes into again.
struct Night {
    room: Out,
    /// The set of the run before, as it was written.
    before: PathBuf,
}

impl Night {
    fn new(name: &str) -> Night {
        let room = Out::new(name);
        let night = Night { before: room.0.join("kept"), room };
        patchproof(&["run", "if-match/missing", "-q", "--seed", "1", "--out", night.before.to_str().unwrap()])
            .ends_with(0);
        night
    }

    fn report(&self) -> PathBuf {
        self.room.0.join("report")
    }

    /// The folder after the run before, with a file of somebody else where there is to be one.
    fn begin(&self, foreign: bool) {
        let _ = fs::remove_dir_all(self.report());
        fs::create_dir(self.report()).unwrap();
        SET.iter().for_each(|name| _ = fs::copy(self.before.join(name), self.report().join(name)).unwrap());
        if foreign {
            fs::write(self.report().join("mine.txt"), "mine").unwrap();
        }
    }

    /// Starts a run that writes into the folder.
    fn run(&self, arguments: &[&str]) -> Child {
        let report = self.report();
        let arguments = [&["run", "-q", "--seed", "2", "--out", report.to_str().unwrap()], arguments].concat();
        Program::new(&arguments).0.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Which run the set is of that a folder shows; none where it shows none, or says that what it shows is none.
    fn shown(&self, folder: &Path) -> Option<u64> {
        let there: Vec<&str> = SET.into_iter().filter(|name| folder.join(name).exists()).collect();
        if folder.join("mine.txt").exists() && folder.join(MARKER).exists() {
            return None;
        }
        if there.is_empty() {
            return None;
        }
        assert_eq!(there, SET, "a part of a set");
        assert!(!folder.join(MARKER).exists(), "a set, and {MARKER} beside it");
        let record = fs::read(folder.join("run.json")).unwrap();
        let seed = serde_json::from_slice::<Value>(&record).unwrap()["seed"].as_u64().unwrap();
        let again = if seed == 1 { self.before.clone() } else { self.rendered(folder) };
        for name in SET {
            assert!(fs::read(folder.join(name)).unwrap() == fs::read(again.join(name)).unwrap(), "mixed: {name}");
        }
        Some(seed)
    }

    /// The set that the record in a folder gives.
    fn rendered(&self, folder: &Path) -> PathBuf {
        let (again, record) = (self.room.0.join("again"), folder.join("run.json").display().to_string());
        let _ = fs::remove_dir_all(&again);
        patchproof(&["report", &record, "--out", again.to_str().unwrap()]).ends_with(0);
        let copy = again.join("run.json").display().to_string();
        patchproof(&["report", &record, "--format", "json", "-o", &copy]).ends_with(0);
        again
    }

    /// Holds what lies in the folder against what may: nothing else is lost, and the set before is whole.
    fn check(&self, foreign: bool) -> Option<u64> {
        let report = self.report();
        assert_eq!(report.join("mine.txt").exists(), foreign);
        if report.join(".previous").exists() {
            assert!(matches!(self.shown(&report.join(".previous")), Some(1 | 2)));
        }
        self.shown(&report)
    }

    /// The next run puts everything right.
    fn next(&self, foreign: bool) {
        let report = self.report();
        patchproof(&["run", "if-match/missing", "-q", "--seed", "3", "--out", report.to_str().unwrap()]).ends_with(0);
        let mut expected: Vec<&str> = [&[".previous"], &SET[..2], &SET[2..]].concat();
        if foreign {
            expected.push("mine.txt");
        }
        expected.sort_unstable();
        assert_eq!(names(&report), expected);
        assert!(matches!(self.shown(&report.join(".previous")), Some(1 | 2)), "the set before is lost");
        assert!(names(&self.room.0).iter().all(|name| !name.starts_with('.')), "{:?}", names(&self.room.0));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn kill(process: u32) {
    let process = Pid::from_raw(process.cast_signed()).unwrap();
    let _ = kill_process(process, Signal::KILL);
}

#[test]
pub(super) fn a_run_that_is_killed_between_requests_shows_no_verdict() {
    const FILTERS: [&str; 2] = ["if-match/", "transitions/"];
    let (night, server) = (Night::new("killed"), Served::start(&[]));
    let counted = Relay::start(server.port(), |_| {});
    night.begin(false);
    night.run(&[&FILTERS[..], &["--target", &counted.url()]].concat()).wait().unwrap();
    assert_eq!(night.check(false), Some(2));
    let all = counted.passed();
    assert!(all > MOMENTS, "{all} requests");
    for moment in 0..MOMENTS {
        let foreign = moment % 2 == 1;
        night.begin(foreign);
        let (last, running) = (1 + all * moment / (MOMENTS + 2), Arc::<OnceLock<u32>>::default());
        let process = running.clone();
        let relay = Relay::start(server.port(), move |request| {
            if request >= last {
                kill(*process.wait());
                // The request that was the last does not go on.
                std::thread::park();
            }
        });
        let mut run = night.run(&[&FILTERS[..], &["--target", &relay.url()]].concat());
        running.set(run.id()).unwrap();
        assert_eq!(run.wait().unwrap().code(), None, "request {last} of {all}: the run ended by itself");
        assert_eq!(night.check(foreign), None, "request {last} of {all}");
        assert!(
            night.report().join(MARKER).exists(),
            "request {last} of {all}: it is not said that there is no result"
        );
        assert_eq!(night.shown(&night.report().join(".previous")), Some(1), "request {last} of {all}");
    }
    night.next((MOMENTS - 1) % 2 == 1);
}

#[test]
pub(super) fn a_run_that_is_killed_while_files_move_shows_a_whole_set_or_none() {
    let night = Night::new("killed-writing");
    for foreign in [false, true] {
        let mut shown = Vec::new();
        for event in 1..MANY {
            night.begin(foreign);
            let watch = Watch::new(&night.room.0, &night.report());
            let mut run = night.run(&["if-match/missing"]);
            let process = run.id();
            let watching = std::thread::spawn(move || watch.wait_for(event, || kill(process)));
            let code = run.wait().unwrap().code();
            fs::write(night.room.0.join(END), "").unwrap();
            watching.join().unwrap();
            shown.push(night.check(foreign));
            if code.is_some() {
                assert_eq!(code, Some(0), "event {event}");
                break;
            }
            if event % 4 == 0 {
                night.next(foreign);
            }
        }
        assert!(shown.len() > 20, "{} events", shown.len());
        assert_eq!(shown.last(), Some(&Some(2)), "{shown:?}");
        // The marker, or a set of the night before that is not touched yet: once gone it does not come back.
        let old = shown.iter().rposition(|shown| *shown == Some(1)).map_or(0, |last| last + 1);
        assert!(old < shown.len() / 2, "{shown:?}");
    }
}

/// The file whose name ends a watch.
const END: &str = "end";

/// What the system says of the names in a folder, in the folder `report` in it, and in each folder that is made there.
struct Watch {
    system: OwnedFd,
    room: PathBuf,
    report: PathBuf,
}

impl Watch {
    fn new(room: &Path, report: &Path) -> Watch {
        let _ = fs::remove_file(room.join(END));
        let watch = Watch {
            system: inotify::init(CreateFlags::CLOEXEC).unwrap(),
            room: room.to_owned(),
            report: report.to_owned(),
        };
        watch.add(room);
        watch.add(report);
        watch
    }

    fn add(&self, folder: &Path) {
        let flags = WatchFlags::CREATE | WatchFlags::CLOSE_WRITE | WatchFlags::MOVE | WatchFlags::DELETE;
        // It may have gone already.
        let _ = inotify::add_watch(&self.system, folder, flags | WatchFlags::ONLYDIR);
    }

    /// Does something after so many events, or nothing where there are fewer until the end.
    fn wait_for(&self, events: usize, then: impl Fn()) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.system, &mut buffer);
        for event in 1.. {
            let name = reader.next().unwrap().file_name().map(|name| name.to_str().unwrap().to_owned());
            if event == events {
                then();
                return;
            }
            match name {
                Some(name) if name == END => return,
                Some(name) if name.starts_with(".patchproof-") => {
                    self.add(&self.room.join(&name));
                    self.add(&self.report.join(&name));
                }
                Some(_) | None => {}
            }
        }
    }
}
