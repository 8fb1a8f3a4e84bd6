//! What a violated history is violated by: a kind of anomaly and the few operations that no order explains.

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// Two writes that were under way together both replaced one version.
    TwoWinners,
    /// A write replaced a version that an earlier write had replaced already.
    LostUpdate,
    /// One version was handed out twice.
    VersionReused,
    /// A write replaced a version that nobody made.
    FracturedChain,
    /// A response shows a version that nobody made.
    PhantomVersion,
    /// A response shows a version that had been replaced before the request was sent.
    StaleRead,
    /// A response shows a version before the write that makes it was sent.
    FutureRead,
    /// A write followed one that was only sent after it was answered.
    WriteOrder,
    /// A version was read with another value than its write set.
    WrongValue,
    /// A write was refused as outdated although its version was current throughout.
    FalseConflict,
    /// A write was refused as locked although no other was under way.
    LockedForNoReason,
    /// The general search tried every order, and none explains the responses.
    NoOrder,
}

/// Why no order explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    pub anomaly: Anomaly,
    /// Places in the list of operations, at most [`Witness::MOST`], in order of their calls.
    pub operations: Vec<usize>,
}

impl Anomaly {
    /// All of them.
    pub const ALL: [Anomaly; 12] = [
        Anomaly::TwoWinners,
        Anomaly::LostUpdate,
        Anomaly::VersionReused,
        Anomaly::FracturedChain,
        Anomaly::PhantomVersion,
        Anomaly::StaleRead,
        Anomaly::FutureRead,
        Anomaly::WriteOrder,
        Anomaly::WrongValue,
        Anomaly::FalseConflict,
        Anomaly::LockedForNoReason,
        Anomaly::NoOrder,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Anomaly::TwoWinners => "two winners",
            Anomaly::LostUpdate => "lost update",
            Anomaly::VersionReused => "version handed out twice",
            Anomaly::FracturedChain => "fractured chain",
            Anomaly::PhantomVersion => "phantom version",
            Anomaly::StaleRead => "stale read",
            Anomaly::FutureRead => "future read",
            Anomaly::WriteOrder => "writes against time",
            Anomaly::WrongValue => "wrong value",
            Anomaly::FalseConflict => "conflict that was none",
            Anomaly::LockedForNoReason => "lock that was none",
            Anomaly::NoOrder => "no order",
        }
    }

    /// Why no order of the operations explains it, in one sentence.
    pub const fn why(self) -> &'static str {
        match self {
            Anomaly::TwoWinners => {
                "each of these writes replaced the same version, and a version can be replaced only once: whichever came \
                 second should have been refused"
            }
            Anomaly::LostUpdate => {
                "the second write demanded a version that the first had replaced before the second was sent, and it should \
                 have been refused: the first change is lost"
            }
            Anomaly::VersionReused => {
                "two states of the register carry one version, so a client that demands it cannot know which one it changes"
            }
            Anomaly::FracturedChain => {
                "the write replaced a version that is not the first one and that no write made, so it fits nowhere in the \
                 order of versions"
            }
            Anomaly::PhantomVersion => {
                "the answer shows a version that is not the first one and that no successful write made"
            }
            Anomaly::StaleRead => {
                "the answer shows a version that had been replaced, and seen to be replaced, before the request was sent"
            }
            Anomaly::FutureRead => "the answer shows a version before the write that made it was sent",
            Anomaly::WriteOrder => {
                "by the versions they name, the write that was sent later comes first, though the other had been answered \
                 by then"
            }
            Anomaly::WrongValue => {
                "one version is seen with two values, so one of the two changes is not what it seems"
            }
            Anomaly::FalseConflict => {
                "the write was refused as outdated, but the version it demanded was the current one during the whole request"
            }
            Anomaly::LockedForNoReason => {
                "the write was refused because of another modification, but no other was under way at any time of the request"
            }
            Anomaly::NoOrder => "every order of these operations was tried, and none gives the answers that were seen",
        }
    }
}

impl Witness {
    /// The most operations a witness names.
    pub const MOST: usize = 4;

    /// A witness of these operations; those given twice count once.
    pub(super) fn new(anomaly: Anomaly, operations: impl IntoIterator<Item = u32>) -> Witness {
        let mut places: Vec<usize> = Vec::new();
        for operation in operations {
            if !places.contains(&(operation as usize)) && places.len() < Witness::MOST {
                places.push(operation as usize);
            }
        }
        Witness { anomaly, operations: places }
    }
}
