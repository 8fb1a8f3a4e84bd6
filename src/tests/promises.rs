//! What the README and the guides promise about secrets, people, the guard, evidence, bounds, files and signals: each
//! sentence stands in its document, and has a test that tries to break it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::path::Path;

use super::{cut, files, forged, gate, hostile, kills, out_folder, secrets, security, signals, small};

/// A document, a promise in its words, and the test that tries to break it.
type Promise = (&'static str, &'static str, fn());

const EVIDENCE: &str = ".github/docs/evidence.md";
const SIGNING: &str = ".github/docs/signing.md";
const TARGETS: &str = ".github/docs/targets.md";
const REPORTS: &str = ".github/docs/reports.md";
const SECURITY: &str = ".github/SECURITY.md";
const VERDICTS: &str = ".github/docs/verdicts.md";

const PROMISES: &[Promise] = &[
    // The guard, and what leaves the machine.
    (
        "README.md",
        "A host that is not loopback is never written to unless its target file says `writes: allow`.",
        security::a_host_that_is_not_this_machine_is_refused_with_6_and_nothing_is_sent,
    ),
    (
        SECURITY,
        "No host but loopback is written to without `writes: allow` in its target file.",
        security::a_target_file_without_writes_is_refused_like_a_url,
    ),
    (SECURITY, "Loopback is never reached through a proxy.", security::loopback_is_never_reached_through_a_proxy),
    (
        SECURITY,
        "A request goes to the scheme, host and port of the target or is not sent.",
        gate::no_scenario_sends_a_request_elsewhere,
    ),
    (
        SECURITY,
        "An id that a target chose is a FHIR id or is not used.",
        gate::an_id_that_a_target_chose_leads_nowhere_else,
    ),
    (
        SECURITY,
        "They are recorded and never followed, so credentials go nowhere else.",
        security::a_redirect_is_recorded_and_not_followed,
    ),
    // Secrets.
    (
        SECURITY,
        "Credentials are never printed, recorded or snapshotted, in any form in which a target may send them back.",
        security::a_secret_that_the_target_sends_back_is_shown_and_recorded_nowhere,
    ),
    (
        EVIDENCE,
        "JSON escapes, percent-encoding, entities of HTML, Base64, hexadecimal, and several of these at once",
        secrets::a_secret_comes_back_in_no_encoding_and_in_no_place,
    ),
    (
        EVIDENCE,
        "Words of the contract are never masked",
        secrets::a_header_that_is_a_word_of_the_contract_changes_no_verdict,
    ),
    (
        EVIDENCE,
        "A case on which the two differ is an `error` that names the requirement",
        secrets::a_mask_that_would_change_a_verdict_is_an_error_that_is_named,
    ),
    (
        EVIDENCE,
        "Protected health information** is taken out of requests and responses before anything is recorded",
        security::what_a_host_that_is_not_loopback_says_of_people_is_recorded_only_where_the_target_file_says_so,
    ),
    (
        TARGETS,
        "no message repeats a line of the file that may hold a secret",
        secrets::a_message_about_a_target_file_shows_no_secret,
    ),
    (TARGETS, "A password in a URL is never printed", secrets::a_password_in_a_url_is_printed_nowhere),
    // Signals.
    (
        VERDICTS,
        "requests under way are dropped, a partial record is written, and what the run made is cancelled",
        signals::a_signal_drops_what_is_under_way_and_leaves_a_partial_record,
    ),
    (VERDICTS, "a second signal ends the program at once", signals::a_second_signal_ends_the_program_at_once),
    // Evidence.
    (
        EVIDENCE,
        "Every request is made again",
        forged::evidence_that_was_rearranged_is_refused_although_every_verdict_follows_from_it,
    ),
    (
        EVIDENCE,
        "Every exchange has one owner",
        forged::evidence_that_was_rearranged_is_refused_although_every_verdict_follows_from_it,
    ),
    (EVIDENCE, "Order is that of the monotonic clock.", forged::honest::no_honest_record_is_called_different),
    (
        EVIDENCE,
        "computes every verdict from the recorded exchanges with no network",
        forged::a_result_that_does_not_follow_from_the_evidence_is_refused,
    ),
    (
        EVIDENCE,
        "without one, `verify` says `unsigned: origin not proved`",
        forged::what_was_rewritten_as_a_whole_is_said_to_be_unproved,
    ),
    (
        SIGNING,
        "checks the signature, that the statement says what the record says",
        forged::signed::a_signature_holds_over_no_changed_record_and_in_no_changed_envelope,
    ),
    (VERDICTS, "A run that was cut certifies nothing", cut::a_run_that_was_cut_certifies_nothing),
    // Files.
    (
        REPORTS,
        "A run that ends early or is killed leaves no torn or mixed set",
        kills::a_run_that_is_killed_between_requests_shows_no_verdict,
    ),
    (
        REPORTS,
        "At every moment it shows a whole set or none.",
        kills::a_run_that_is_killed_while_files_move_shows_a_whole_set_or_none,
    ),
    (
        REPORTS,
        "whatever becomes of the run",
        out_folder::what_an_earlier_run_left_is_not_shown_as_the_result_of_this_one,
    ),
    (REPORTS, "No link in the folder is followed", out_folder::no_link_in_the_out_folder_is_followed),
    (REPORTS, "two runs do not write into one folder", out_folder::two_runs_do_not_write_into_one_folder),
    (
        REPORTS,
        "devices and pipes are written through",
        out_folder::devices_and_pipes_are_written_through_and_stay_what_they_are,
    ),
    (
        REPORTS,
        "Standard output that cannot be written is an error",
        out_folder::output_that_cannot_be_written_is_an_error_and_a_closed_pipe_is_not,
    ),
    // Bounds.
    (
        SECURITY,
        "Scenario files, target files and records are bounded in size and depth.",
        security::a_file_beyond_every_bound_is_rejected_before_it_is_in_memory,
    ),
    (
        SECURITY,
        "a device, a pipe, a folder or a file that is too large is one sentence, at once",
        files::what_is_no_regular_file_of_bounded_size_is_one_sentence_at_once,
    ),
    (
        SECURITY,
        "It ends within five seconds of its deadline, whatever the target sends.",
        small::a_run_against_a_hostile_target_is_small_and_ends_in_time,
    ),
    (
        SECURITY,
        "Endless responses and oversized heads leave a run within 300 MiB of memory.",
        small::a_run_against_a_heavy_target_is_small_and_its_record_can_be_read,
    ),
    (
        EVIDENCE,
        "Past 128 MiB of requests and responses in a run nothing more is sent",
        small::a_run_against_a_heavy_target_is_small_and_its_record_can_be_read,
    ),
    (
        VERDICTS,
        "A run that may open too few files and connections does not begin and says how many it needs",
        files::a_run_that_may_open_too_few_files_says_how_many_it_needs,
    ),
    (
        SECURITY,
        "Endless, slow, compressed, deeply nested or malformed responses are bounded in size and time.",
        hostile::hostile_targets_are_survived_and_named,
    ),
];

#[test]
fn promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let broken: Vec<String> = PROMISES
        .iter()
        .filter(|(document, sentence, _)| {
            let text = words(&fs::read_to_string(root.join(document)).unwrap());
            !text.contains(&words(sentence))
        })
        .map(|(document, sentence, _)| format!("{document} no longer says: {sentence}"))
        .collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
