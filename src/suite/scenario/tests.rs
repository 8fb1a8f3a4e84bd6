//! Tests of what is shipped beside the scenario files.
#![allow(clippy::unwrap_used)]

use super::schema;

#[test]
fn the_checked_in_schema_is_the_one_the_program_prints() {
    let file = crate::words::shipped::file("schema.json").unwrap();
    assert_eq!(file, schema(), "run `cargo run -- schema > scenarios/schema.json`");
}

#[test]
fn every_shipped_file_points_editors_to_the_schema() {
    for (path, text) in crate::words::shipped::yaml_files("") {
        assert!(text.starts_with("# yaml-language-server: $schema=schema.json\n"), "{path}");
    }
}
