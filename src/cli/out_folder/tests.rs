//! Every state in which a kill can leave the folder is put right by the next run, and nothing of other people is touched.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::names::{MARKER, RECORD, names, set};
use super::{OutFolder, Staged};

const BESIDE: &str = ".patchproof-out-0123456789abcdef0123456789abcdef";
const INSIDE: &str = "out/.patchproof-0123456789abcdef0123456789abcdef";
const INSIDE_TOO: &str = "out/.patchproof-00000000000000000000000000000000";

/// A folder with the folder `out` in it.
struct Room(PathBuf);

impl Room {
    fn new() -> Room {
        let room = Room(std::env::temp_dir().join(format!("patchproof-room-{}", uuid::Uuid::new_v4())));
        fs::create_dir_all(room.out()).unwrap();
        room
    }

    fn out(&self) -> PathBuf {
        self.0.join("out")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes the parts of the set of a run into a folder.
    fn parts(&self, folder: &str, run: &str, parts: &[&str]) {
        parts.iter().for_each(|part| self.write(&format!("{folder}/{}", file(part)), run));
    }

    fn names(&self, folder: &str) -> Vec<String> {
        names(&self.0.join(folder)).unwrap()
    }

    fn begin(&self) -> OutFolder {
        OutFolder::begin(&self.out()).unwrap()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The file that a part of a set is, or that lies in it.
fn file(part: &str) -> String {
    if part == "counterexamples" { "counterexamples/1.yaml".to_owned() } else { part.to_owned() }
}

/// The run whose whole set lies in a folder.
fn run_of(folder: &Path) -> String {
    let texts: Vec<String> = set().map(|part| fs::read_to_string(folder.join(file(part))).unwrap()).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "mixed: {texts:?}");
    texts[0].clone()
}

fn add(staged: &Staged, run: &str) {
    set().filter(|part| *part != RECORD).for_each(|part| staged.add(&file(part), run.as_bytes()).unwrap());
    staged.add_record(|record| record.write_all(run.as_bytes())).unwrap();
}

/// What a kill left, and the run whose set is the one before it.
type State = (&'static str, fn(&Room, &[&str]), &'static str);

const STATES: &[State] = &[
    (
        "the folders changed places at the start",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts(BESIDE, "1", all);
            room.parts(&format!("{BESIDE}/.previous"), "0", all);
        },
        "1",
    ),
    (
        "the folders changed places at the start, and there was no set",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.write(&format!("{BESIDE}/{MARKER}"), "");
            room.parts(&format!("{BESIDE}/.previous"), "0", all);
        },
        "0",
    ),
    (
        "the new set was being written beside",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "1", all);
            room.parts(BESIDE, "2", &all[..3]);
        },
        "1",
    ),
    (
        "the new set was written beside",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "1", all);
            room.parts(BESIDE, "2", all);
        },
        "2",
    ),
    (
        "the folders changed places at the end",
        |room, all| {
            room.parts("out", "2", all);
            room.write(&format!("{BESIDE}/{MARKER}"), "");
            room.parts(&format!("{BESIDE}/.previous"), "1", all);
        },
        "2",
    ),
    (
        "a half of the set was moved aside",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "0", all);
            room.parts("out", "1", &all[3..]);
            room.parts(INSIDE, "1", &all[..3]);
        },
        "1",
    ),
    (
        "all of the set was moved aside",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "0", all);
            room.parts(INSIDE, "1", all);
        },
        "1",
    ),
    (
        "the set before the one before made room",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts(INSIDE, "1", all);
            room.parts(&format!("{INSIDE_TOO}/.previous"), "0", all);
        },
        "1",
    ),
    (
        "a half of the new set was in its place",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "1", all);
            room.parts("out", "2", &all[..3]);
            room.parts(INSIDE, "2", &all[3..]);
        },
        "2",
    ),
    (
        "a half of the new set was in its place, from beside",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "1", all);
            room.parts("out", "2", &all[..3]);
            room.parts(BESIDE, "2", &all[3..]);
        },
        "2",
    ),
    (
        "the new set was in its place, and the marker was there",
        |room, all| {
            room.write(&format!("out/{MARKER}"), "");
            room.parts("out/.previous", "1", all);
            room.parts("out", "2", all);
        },
        "2",
    ),
];

#[test]
fn whatever_a_kill_leaves_is_put_right() {
    let all: Vec<&str> = set().collect();
    for (name, state, before) in STATES {
        for foreign in [false, true] {
            let room = Room::new();
            if foreign {
                room.write("out/mine.txt", "mine");
            }
            state(&room, &all);
            let place = room.begin();
            let expected: &[&str] = if foreign { &[".previous", MARKER, "mine.txt"] } else { &[".previous", MARKER] };
            assert_eq!(room.names("out"), expected, "{name}");
            assert_eq!(room.names(""), ["out"], "{name}");
            assert_eq!(run_of(&room.out().join(".previous")), *before, "{name}");
            let staged = place.stage().unwrap();
            add(&staged, "3");
            staged.commit().unwrap();
            assert_eq!(run_of(&room.out()), "3", "{name}");
            assert_eq!(run_of(&room.out().join(".previous")), *before, "{name}");
            assert_eq!(room.names(""), ["out"], "{name}");
            assert!(!room.out().join(MARKER).exists(), "{name}");
            assert_eq!(room.out().join("mine.txt").exists(), foreign, "{name}");
        }
    }
}

#[test]
fn what_somebody_puts_into_the_folder_meanwhile_stays_there() {
    let room = Room::new();
    room.parts("out", "1", &set().collect::<Vec<_>>());
    let staged = room.begin().stage().unwrap();
    add(&staged, "2");
    room.write("out/server.log", "log");
    room.write(&format!("{BESIDE}/late.txt"), "late");
    staged.commit().unwrap();
    assert_eq!(run_of(&room.out()), "2");
    assert_eq!(fs::read_to_string(room.out().join("server.log")).unwrap(), "log");
    drop(room.begin());
    assert_eq!(room.names("out"), [".previous", MARKER, "late.txt", "server.log"]);
    assert_eq!(room.names(""), ["out"]);
}

#[test]
fn a_set_that_is_not_committed_leaves_nothing_but_the_marker() {
    for foreign in [false, true] {
        let room = Room::new();
        if foreign {
            room.write("out/mine.txt", "mine");
        }
        let staged = room.begin().stage().unwrap();
        add(&staged, "1");
        drop(staged);
        assert_eq!(room.names("out"), if foreign { vec![MARKER, "mine.txt"] } else { vec![MARKER] });
        assert_eq!(room.names(""), ["out"]);
    }
}

#[test]
fn the_folder_keeps_its_permissions_and_other_folders_stay() {
    use std::os::unix::fs::PermissionsExt as _;

    let room = Room::new();
    fs::set_permissions(room.out(), fs::Permissions::from_mode(0o750)).unwrap();
    // A folder of another name, and one that only looks like ours.
    let others = [BESIDE.replace("-out-", "-out-2-"), ".patchproof-out-mine".to_owned()];
    others.iter().for_each(|other| room.write(&format!("{other}/x"), "x"));
    let staged = room.begin().stage().unwrap();
    add(&staged, "1");
    staged.commit().unwrap();
    assert_eq!(room.out().metadata().unwrap().permissions().mode() & 0o777, 0o750);
    others.iter().for_each(|other| assert!(room.0.join(other).join("x").exists(), "{other}"));
}

#[test]
fn a_folder_that_another_run_holds_is_not_touched() {
    let room = Room::new();
    room.parts("out", "1", &set().collect::<Vec<_>>());
    let place = room.begin();
    assert!(OutFolder::begin(&room.out()).is_err());
    let staged = place.stage().unwrap();
    add(&staged, "2");
    assert!(OutFolder::begin(&room.out()).is_err());
    staged.commit().unwrap();
    assert_eq!(run_of(&room.out()), "2");
    assert!(OutFolder::begin(&room.out()).is_ok());
}
