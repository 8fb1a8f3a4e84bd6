//! The order of the writes, from the version each replaced and the version each made.

use super::operation::{History, HistoryOperation, Mark, OperationKind, Survey, Tag};
use super::rules::HistoryRules;
use super::witness::{Anomaly, Witness};

/// No operation, no gap.
pub(super) const NONE: u32 = u32::MAX;

/// The versions in order. Gap i is the time between write i and write i+1, with the version that write i made.
pub(super) struct Chain {
    /// Write i stands at i-1.
    pub writes: Vec<u32>,
    /// The version of each gap; one more than there are writes. `None` where nobody can name it.
    pub versions: Vec<Option<Tag>>,
    /// The gap of each version, or [`NONE`].
    pub gap_of: Vec<u32>,
    /// A lost write that may have replaced the last version, the one sent first.
    pub tail: Option<u32>,
    /// How many of the writes were answered.
    answered: usize,
}

/// Why there is no chain.
pub(super) enum Stop {
    Violated(Witness),
    /// More than one chain is possible, and why.
    Search(&'static str),
}

/// Follows the versions from the first to the last, through every successful write.
pub(super) fn follow(history: &History, rules: HistoryRules, survey: &Survey) -> Result<Chain, Stop> {
    let links = Links::new(history, rules, survey.tags)?;
    let orphans = Orphans::new(history, &links);
    let first = links.first(history, &orphans)?;
    let chain = walk(history, &links, orphans, first)?;
    if chain.answered < links.writes {
        return Err(unused_write(history, &chain));
    }
    Ok(chain)
}

/// Who replaced and who made each version.
struct Links {
    /// By version: the successful write that replaced it, or [`NONE`].
    next: Vec<u32>,
    /// By version: the successful write that made it, or [`NONE`].
    maker: Vec<u32>,
    /// By version: the first lost write that demanded it; further ones by `also`. Empty where no response was lost.
    lost: Vec<u32>,
    also: Vec<u32>,
    /// Some write does not say what it made: a lost one, or a success without a version.
    open: bool,
    /// How many writes succeeded.
    writes: usize,
}

impl Links {
    fn new(history: &History, rules: HistoryRules, tags: usize) -> Result<Links, Stop> {
        let (next, maker) = (vec![NONE; tags], vec![NONE; tags]);
        let mut links = Links { next, maker, lost: Vec::new(), also: Vec::new(), open: false, writes: 0 };
        let mut search = None;
        let reused = |one: u32, other: u32| {
            if rules.versions_are_unique {
                Err(Stop::Violated(Witness::new(Anomaly::VersionReused, [one, other])))
            } else {
                Err(Stop::Search("a version stands for more than one state"))
            }
        };
        for (place, operation) in (0u32..).zip(&history.operations) {
            match operation.kind {
                OperationKind::Write => links.writes += 1,
                OperationKind::Unknown => {
                    links.open = true;
                    match operation.expected {
                        Some(expected) => links.lose(place, expected, tags, history.operations.len()),
                        None => search = Some("a lost write demanded no version"),
                    }
                    continue;
                }
                OperationKind::Read if operation.version.is_none() && operation.value.is_some() => {
                    search = Some("a read shows a value and no version");
                    continue;
                }
                OperationKind::Read
                | OperationKind::Conflict
                | OperationKind::Rejected
                | OperationKind::Locked
                | OperationKind::Neutral => continue,
            }
            links.open |= operation.version.is_none();
            if let Some(version) = operation.version {
                if operation.expected == Some(version) || history.initial == Some(version) {
                    reused(place, place)?;
                }
                let maker = &mut links.maker[version.index()];
                if *maker != NONE {
                    reused(*maker, place)?;
                }
                *maker = place;
            }
            let Some(expected) = operation.expected else {
                search = Some("a successful write demanded no version");
                continue;
            };
            let next = &mut links.next[expected.index()];
            if *next != NONE && !rules.versions_are_unique {
                // Whether the version came back in between is for the search to tell.
                search = Some("a version was replaced more than once");
            } else if *next != NONE {
                return Err(Stop::Violated(two_writes(history, *next, place)));
            }
            *next = place;
        }
        search.map_or(Ok(links), |reason| Err(Stop::Search(reason)))
    }

    fn lose(&mut self, place: u32, expected: Tag, tags: usize, operations: usize) {
        if self.lost.is_empty() {
            self.lost = vec![NONE; tags];
            self.also = vec![NONE; operations];
        }
        self.also[place as usize] = self.lost[expected.index()];
        self.lost[expected.index()] = place;
    }

    /// The lost writes that demanded a version.
    fn lost(&self, version: Tag) -> impl Iterator<Item = u32> + '_ {
        let mut next = self.lost.get(version.index()).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let place = next;
            next = *self.also.get(place as usize)?;
            Some(place)
        })
    }

    /// The version before any operation.
    fn first(&self, history: &History, orphans: &Orphans) -> Result<Option<Tag>, Stop> {
        if history.initial.is_some() {
            return Ok(history.initial);
        }
        match (orphans.seen.as_slice(), orphans.demanded, self.open) {
            ([], _, true) => Err(Stop::Search("the first version is not known and answers were lost")),
            ([], _, false) => Ok(None),
            ([only], 0, _) => Ok(Some(*only)),
            (_, _, true) => Err(Stop::Search("several versions could be the first")),
            ([one, ..], _, false) => Ok(Some(*one)),
        }
    }
}

fn two_writes(history: &History, one: u32, other: u32) -> Witness {
    let (first, second) = (history.at(one), history.at(other));
    let apart = first.ret < second.call || second.ret < first.call;
    Witness::new(if apart { Anomaly::LostUpdate } else { Anomaly::TwoWinners }, [one, other])
}

/// Versions that no successful write says it made.
struct Orphans {
    /// Those that a response shows to have been current, in order of their calls as recorded.
    seen: Vec<Tag>,
    /// The value each was read with, in the same order.
    values: Vec<Option<Mark>>,
    used: Vec<bool>,
    left: usize,
    /// How many more are only demanded by lost writes.
    demanded: usize,
}

impl Orphans {
    fn new(history: &History, links: &Links) -> Orphans {
        let mut orphans = Orphans { seen: Vec::new(), values: Vec::new(), used: Vec::new(), left: 0, demanded: 0 };
        if history.initial.is_some() && !links.open {
            // Each write says what it made, so nobody will ask.
            return orphans;
        }
        let mut number = vec![NONE; links.maker.len()];
        for operation in &history.operations {
            let Some(tag) = shown(operation) else { continue };
            if links.maker[tag.index()] != NONE || history.initial == Some(tag) {
                continue;
            }
            let orphan = &mut number[tag.index()];
            if *orphan == NONE {
                *orphan = u32::try_from(orphans.seen.len()).unwrap_or(NONE - 1);
                orphans.seen.push(tag);
                orphans.values.push(None);
            }
            if operation.kind == OperationKind::Read && operation.value.is_some() {
                let value = &mut orphans.values[*orphan as usize];
                *value = value.or(operation.value);
            }
        }
        if links.open {
            let is_new = |tag: usize| links.maker[tag] == NONE && number[tag] == NONE;
            let known = history.initial.map(Tag::index);
            let demanded = links.lost.iter().enumerate().filter(|(_, place)| **place != NONE);
            orphans.demanded = demanded.filter(|(tag, _)| is_new(*tag) && known != Some(*tag)).count();
        }
        orphans.left = orphans.seen.len();
        orphans.used = vec![false; orphans.seen.len()];
        orphans
    }

    /// The first version is not an orphan.
    fn take(&mut self, tag: Tag) {
        if let Some(number) = self.seen.iter().position(|seen| *seen == tag) {
            self.used[number] = true;
            self.left -= 1;
        }
    }

    /// Those that a write of this value may have made, up to two.
    fn fitting(&self, value: Option<Mark>) -> Vec<usize> {
        let fits = |number: &usize| match (self.values[*number], value) {
            (Some(read), Some(written)) => read == written,
            (None, _) | (_, None) => true,
        };
        (0..self.seen.len()).filter(|number| !self.used[*number]).filter(fits).take(2).collect()
    }
}

/// The version that a response shows to have been current at some time of the request.
pub(super) fn shown(operation: &HistoryOperation) -> Option<Tag> {
    match operation.kind {
        OperationKind::Read | OperationKind::Conflict => operation.version,
        OperationKind::Write | OperationKind::Rejected => operation.expected,
        OperationKind::Locked | OperationKind::Neutral | OperationKind::Unknown => None,
    }
}

fn walk(history: &History, links: &Links, mut orphans: Orphans, first: Option<Tag>) -> Result<Chain, Stop> {
    let mut chain = Chain {
        writes: Vec::new(),
        versions: vec![first],
        gap_of: vec![NONE; links.maker.len()],
        tail: None,
        answered: 0,
    };
    let mut here = first;
    if let Some(first) = first {
        orphans.take(first);
        chain.gap_of[first.index()] = 0;
    }
    while let Some(version) = here {
        let next = links.next[version.index()];
        here = match next {
            NONE => match follow_lost(history, links, &mut orphans, version)? {
                Followed::By(place, made) => chain.add(place, Some(made)),
                Followed::Perhaps(place) => {
                    chain.tail = place;
                    break;
                }
            },
            place => {
                chain.answered += 1;
                let made = match history.at(place).version {
                    Some(made) => Some(made),
                    None => {
                        one_of(&mut orphans, std::iter::once((place, history.at(place).value)))?.map(|(_, made)| made)
                    }
                };
                chain.add(place, made)
            }
        };
    }
    Ok(chain)
}

impl Chain {
    fn add(&mut self, place: u32, made: Option<Tag>) -> Option<Tag> {
        self.writes.push(place);
        if let Some(made) = made {
            self.gap_of[made.index()] = u32::try_from(self.versions.len()).unwrap_or(NONE);
        }
        self.versions.push(made);
        made
    }
}

/// What came after a version that no answered write replaced.
enum Followed {
    /// This lost write took effect and made this version.
    By(u32, Tag),
    /// Nothing that anyone saw; at most this lost write.
    Perhaps(Option<u32>),
}

fn follow_lost(history: &History, links: &Links, orphans: &mut Orphans, version: Tag) -> Result<Followed, Stop> {
    let earliest = links.lost(version).min_by_key(|place| (history.at(*place).call, *place));
    if earliest.is_none() || orphans.left == 0 {
        return Ok(Followed::Perhaps(earliest));
    }
    let mut candidates: Vec<(u32, Option<Mark>)> =
        links.lost(version).map(|place| (place, history.at(place).value)).collect();
    // Of several that fit, the one sent first constrains the least: the others may as well have been refused.
    candidates.sort_by_key(|(place, _)| (history.at(*place).call, *place));
    Ok(match one_of(orphans, candidates.into_iter())? {
        Some((place, made)) => Followed::By(place, made),
        None => Followed::Perhaps(earliest),
    })
}

/// The one version that one of these writes must have made; it is used up.
fn one_of(
    orphans: &mut Orphans,
    writes: impl Iterator<Item = (u32, Option<Mark>)>,
) -> Result<Option<(u32, Tag)>, Stop> {
    if orphans.left > 0 && orphans.demanded > 0 {
        return Err(Stop::Search("a lost write demanded a version that nobody was seen to make"));
    }
    let mut found: Option<(u32, usize)> = None;
    for (place, value) in writes {
        for number in orphans.fitting(value) {
            match found {
                None => found = Some((place, number)),
                Some((_, other)) if other == number => {}
                Some(_) => return Err(Stop::Search("several lost writes could have made several versions")),
            }
        }
    }
    let Some((place, number)) = found else { return Ok(None) };
    orphans.used[number] = true;
    orphans.left -= 1;
    Ok(Some((place, orphans.seen[number])))
}

/// A successful write has no place in the chain.
fn unused_write(history: &History, chain: &Chain) -> Stop {
    let mut is_used = vec![false; history.operations.len()];
    chain.writes.iter().for_each(|place| is_used[*place as usize] = true);
    let left = || {
        (0u32..)
            .zip(&history.operations)
            .filter(|(place, operation)| operation.kind == OperationKind::Write && !is_used[*place as usize])
    };
    let mut made = vec![false; chain.gap_of.len()];
    left().filter_map(|(_, operation)| operation.version).for_each(|tag| made[tag.index()] = true);
    // The first write of a piece that hangs in the air; a ring of writes has none.
    let head = left().find(|(_, operation)| operation.expected.is_some_and(|tag| !made[tag.index()]));
    let Some((place, operation)) = head.or_else(|| left().next()) else {
        return Stop::Search("a successful write has no place among the versions");
    };
    let seen = operation.expected.and_then(|tag| valued_read(history, tag));
    let others = shown_first(history, chain).into_iter().chain(seen).chain(chain.writes.last().copied());
    Stop::Violated(Witness::new(Anomaly::FracturedChain, std::iter::once(place).chain(others)))
}

/// A response shows a version that no write made.
pub(super) fn phantom(history: &History, chain: &Chain, place: u32, tag: Tag) -> Witness {
    let author = history.at(place).value.and_then(|value| refused_author(history, value));
    let others = shown_first(history, chain).into_iter().chain(author).chain(valued_read(history, tag));
    Witness::new(Anomaly::PhantomVersion, std::iter::once(place).chain(others))
}

/// Where the first version was not known beforehand: a response that shows it.
pub(super) fn shown_first(history: &History, chain: &Chain) -> Option<u32> {
    let first = chain.versions.first().copied().flatten().filter(|_| history.initial.is_none());
    let shows = |(_, operation): &(u32, &HistoryOperation)| first.is_some() && shown(operation) == first;
    (0u32..).zip(&history.operations).find(shows).map(|(place, _)| place)
}

/// A read that shows the value of a version: it may be why no lost write fits.
fn valued_read(history: &History, tag: Tag) -> Option<u32> {
    let reads = |operation: &HistoryOperation| {
        operation.kind == OperationKind::Read && operation.version == Some(tag) && operation.value.is_some()
    };
    (0u32..).zip(&history.operations).find(|(_, operation)| reads(operation)).map(|(place, _)| place)
}

/// A refused write that wanted to set a value: who saw the value saw a refusal that took effect.
pub(super) fn refused_author(history: &History, value: Mark) -> Option<u32> {
    let refused = |operation: &HistoryOperation| match operation.kind {
        OperationKind::Conflict | OperationKind::Rejected | OperationKind::Locked | OperationKind::Neutral => true,
        OperationKind::Read | OperationKind::Write | OperationKind::Unknown => false,
    };
    let author = |(_, operation): &(u32, &HistoryOperation)| operation.value == Some(value) && refused(operation);
    (0u32..).zip(&history.operations).find(author).map(|(place, _)| place)
}
