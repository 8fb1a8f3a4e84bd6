//! A response in place of one that a sound server gave: read, judged, recorded and reported, whatever it says.

use super::record::is_calm;
use super::scene::{Scene, scenes};
use super::words::words;
use crate::execute::evidence::{Evidence, Reply};
use crate::execute::read_response;
use crate::judge::{Judgement, judge};
use crate::record::{Circumstances, PlannedRecord, Redact, RunRecord};
use crate::report::Verbosity;

/// Bytes of a body that are kept.
const LIMIT: usize = 16 * 1024;
/// One input of so many is recorded and reported, which takes longer than all before it.
const REPORTED: u64 = 8;

/// The first two bytes choose the exchange, the rest is its response as it comes off the wire. No response breaks the judge, and
/// a server that refuses what must succeed, or carries out what it must refuse, does not keep what it kept.
pub fn response(data: &[u8]) {
    let Some((choice, wire)) = data.split_first_chunk::<2>() else { return };
    let Some((scene, place)) = chosen(u16::from_le_bytes(*choice)) else { return };
    let Some(received) = read_response(wire, LIMIT) else { return };
    received.headers.iter().for_each(|(_, value)| words(value));
    let mut evidence = scene.evidence.clone();
    let Some(exchange) = evidence.exchanges.get_mut(place) else { return };
    let success = received.status.is_success();
    let spoilt = !success && scene.required.contains(&exchange.id);
    let forbidden = success && scene.forbidden.contains(&exchange.id);
    exchange.reply = Reply::Received(received);
    let judgement = judge(scene.contract, &scene.plan, &evidence, false);
    let seen = || evidence.exchanges.get(place);
    assert!(!spoilt || !scene.is_kept(&judgement), "this must succeed, did not, and nobody minds: {:?}", seen());
    assert!(!forbidden || !scene.is_kept(&judgement), "this must be refused, was not, and nobody minds: {:?}", seen());
    if super::digest(data).is_multiple_of(REPORTED) {
        is_calm(&recorded(scene, evidence, judgement), Verbosity::Normal);
    }
}

/// An exchange of any scene.
fn chosen(number: u16) -> Option<(&'static Scene, usize)> {
    let count: usize = scenes().iter().map(|scene| scene.evidence.exchanges.len()).sum();
    let mut place = usize::from(number).checked_rem(count)?;
    for scene in scenes() {
        match place.checked_sub(scene.evidence.exchanges.len()) {
            Some(rest) => place = rest,
            None => return Some((scene, place)),
        }
    }
    None
}

fn recorded(scene: &Scene, evidence: Evidence, judgement: Judgement) -> RunRecord {
    let circumstances = Circumstances {
        headers: Vec::new(),
        about: None,
        base_url: "http://127.0.0.1:1".to_owned(),
        embedded: true,
        started: String::new(),
        finished: String::new(),
        seed: 0,
        strict_base: false,
        cut_short: None,
        signal: None,
        pace: None,
        redaction: Redact::None,
        inputs: scene.inputs.clone(),
        decided: PlannedRecord::default(),
    };
    RunRecord::new(scene.contract, &scene.plan, evidence, judgement, circumstances)
}
