//! Records of honest runs, of every kind: none of them is called different.

use std::sync::Mutex;

use patchproof::record::Redact;
use patchproof::reference::{Fault, Variant};
use patchproof::suite::contract::Edition;

use super::bases::{WantedRun, ran};
use super::is_taken;

/// What a short run of all kinds of case is made of.
const FILTERS: [&str; 4] = ["if-match/", "transitions/booked-to-", "race/", "sequences/walk"];

fn ask(edition: Edition) -> WantedRun {
    WantedRun { edition: Some(edition), filters: FILTERS.to_vec(), lists: 1, short: true, ..WantedRun::default() }
}

/// A run of each fault and each variant, in one edition after another; and runs of every kind in each edition.
fn asks() -> Vec<(String, WantedRun)> {
    let editions = Edition::ALL.into_iter().cycle();
    let faults = Fault::ALL.iter().zip(editions.clone());
    let mut asks: Vec<(String, WantedRun)> = faults
        .map(|(fault, edition)| (fault.name().to_owned(), WantedRun { faults: vec![*fault], ..ask(edition) }))
        .collect();
    for variant in Variant::ALL {
        let edition = variant.editions()[0];
        asks.push((variant.name().to_owned(), WantedRun { variants: vec![*variant], ..ask(edition) }));
    }
    for edition in Edition::ALL {
        let mut add = |what: &str, ask: WantedRun| asks.push((format!("{what} in {edition}"), ask));
        add("everything", WantedRun { filters: Vec::new(), short: false, ..ask(edition) });
        add("redacted", WantedRun { redact: Some(Redact::Phi), ..ask(edition) });
        let secret = vec![
            ("Authorization".to_owned(), "Bearer abc-def-ghi".to_owned()),
            ("Accept".to_owned(), "*/*".to_owned()),
        ];
        add("with headers", WantedRun { headers: secret, ..ask(edition) });
        for most in [0, 1, 3] {
            add("scarce", WantedRun { scarce: Some(most), ..ask(edition) });
        }
        for most in [1, 5, 20, 60, 120] {
            add("cut", WantedRun { max_requests: Some(most), ..ask(edition) });
            add("interrupted", WantedRun { interrupted_at: Some(most), ..ask(edition) });
        }
    }
    asks
}

#[test]
pub(crate) fn no_honest_record_is_called_different() {
    let asks = asks();
    assert!(asks.len() >= 200, "{} records", asks.len());
    let (asks, wrong) = (Mutex::new(asks), Mutex::new(Vec::new()));
    let next = || asks.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
                while let Some((what, ask)) = next() {
                    if let Err(why) = is_taken(&runtime.block_on(ran(ask))) {
                        wrong.lock().unwrap().push(format!("{what}: {why}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} are called different:\n{}\n", wrong.len(), wrong.join("\n"));
}
