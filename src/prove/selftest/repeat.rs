//! The same run again and again, hurried and held up at random: what it comes to must be one and the same.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::{Bench, Job, Pace, Seen, Subject};
use super::random::Random;
use crate::record::Verdict;
use crate::suite::contract::Edition;

/// The most that a response is held back.
const JITTER: Duration = Duration::from_millis(2);

/// What the repetitions of one edition came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    pub edition: Edition,
    pub runs: u32,
    /// Runs that came to something else than the first: the seed of each, and where it differs.
    pub different: Vec<(u64, String)>,
    /// What the first came to.
    pub first: String,
}

/// Runs the clean server of each edition so often, each time with another latency, order and number of jobs.
///
/// # Errors
/// A run that could not be made.
pub fn repeat(
    bench: &Bench<'_>,
    editions: &[Edition],
    times: u32,
    seed: u64,
    workers: usize,
    done: &(dyn Fn(&Job) + Sync),
) -> Result<Vec<Repeated>, String> {
    let mut list = Vec::new();
    for edition in editions {
        list.extend((0..u64::from(times)).map(|turn| job(*edition, seed.wrapping_add(turn))));
    }
    let all = bench.all(&list, workers, done)?;
    let of = |edition: &Edition| {
        let mut runs = list.iter().zip(&all).filter(|(job, _)| job.edition == *edition);
        let Some((_, first)) = runs.next() else {
            return Repeated { edition: *edition, runs: 0, different: Vec::new(), first: String::new() };
        };
        let different = runs.filter_map(|(job, seen)| Some((job.pace.seed?, difference(first, seen)?))).collect();
        Repeated { edition: *edition, runs: times, different, first: first.verdict.name().to_owned() }
    };
    Ok(editions.iter().map(of).collect())
}

fn job(edition: Edition, seed: u64) -> Job {
    let mut random = Random(seed);
    let jobs = [1, 2, 3, 4, 8, 16, 32][random.below(7)];
    let jitter = JITTER.mul_f64(random.below(101) as f64 / 100.0);
    Job { edition, subject: Subject::Clean, focus: None, pace: Pace { jobs, jitter, seed: Some(seed) } }
}

/// Where two runs differ: in the verdict of the run or of a requirement.
fn difference(first: &Seen, other: &Seen) -> Option<String> {
    if first.verdict != other.verdict {
        return Some(format!("{} instead of {}: {}", other.verdict.name(), first.verdict.name(), other.reason));
    }
    let verdicts = |seen: &Seen| -> BTreeMap<String, Verdict> {
        seen.requirements.iter().map(|(id, (verdict, _))| (id.to_string(), *verdict)).collect()
    };
    let (before, after) = (verdicts(first), verdicts(other));
    let differs = before.iter().find(|(id, verdict)| after.get(*id) != Some(*verdict));
    differs.map(|(id, verdict)| {
        let found = after.get(id).map_or("none", |verdict| verdict.name());
        let reason = other.requirements.iter().find(|(requirement, _)| requirement.to_string() == *id);
        let reason = reason.map(|(_, (_, reason))| reason.as_str()).unwrap_or_default();
        format!("{id} is {found} instead of {}: {reason}", verdict.name())
    })
}
