//! Puts operations in the order of their calls and of their returns, with nothing moved but numbers.

use super::operation::NEVER;

/// Places of operations, ordered by an instant, equal ones by place.
pub(super) struct Order(Keys);

/// Instant and place are packed into one word where they fit, which sorts several times faster than an indirect
/// comparison; a run of an hour in nanoseconds leaves room for two million operations.
enum Keys {
    Packed { keys: Vec<u64>, low: u64, bits: u32 },
    Pairs(Vec<(u64, u32)>),
}

/// Calls and returns, gathered while the operations are read: a long history does not fit into the caches, so each
/// reading of it counts.
pub(super) struct Instants {
    calls: Vec<u64>,
    returns: Vec<u64>,
}

impl Instants {
    /// None yet, with room for this many operations.
    pub fn with_capacity(operations: usize) -> Instants {
        Instants { calls: Vec::with_capacity(operations), returns: Vec::with_capacity(operations) }
    }

    /// Those of the next operation; [`NEVER`] keeps it out of an order.
    pub fn push(&mut self, call: u64, ret: u64) {
        self.calls.push(call);
        self.returns.push(ret);
    }

    /// The order of the calls, and that of the returns.
    pub fn orders(self) -> (Order, Order) {
        (Order::new(self.calls), Order::new(self.returns))
    }
}

impl Order {
    /// Orders `0..instants.len()` by instant; [`NEVER`] is left out.
    fn new(mut instants: Vec<u64>) -> Order {
        let come = |instant: &&u64| **instant != NEVER;
        let low = instants.iter().min().copied().unwrap_or(0);
        let high = instants.iter().filter(come).max().copied().unwrap_or(low);
        let bits = usize::BITS - instants.len().leading_zeros();
        if (high - low.min(high)).leading_zeros() > bits {
            let mut kept = 0;
            for place in 0..instants.len() {
                if instants[place] != NEVER {
                    instants[kept] = ((instants[place] - low) << bits) | place as u64;
                    kept += 1;
                }
            }
            instants.truncate(kept);
            sort(&mut instants);
            return Order(Keys::Packed { keys: instants, low, bits });
        }
        let mut pairs: Vec<(u64, u32)> =
            instants.into_iter().zip(0u32..).filter(|(instant, _)| *instant != NEVER).collect();
        pairs.sort_unstable();
        Order(Keys::Pairs(pairs))
    }

    /// Instants and places in order.
    pub fn entries(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let count = match &self.0 {
            Keys::Packed { keys, .. } => keys.len(),
            Keys::Pairs(pairs) => pairs.len(),
        };
        (0..count).map(|index| match &self.0 {
            // A place was a number of 32 bits before it was packed.
            Keys::Packed { keys, low, bits } => (low + (keys[index] >> bits), (keys[index] & ((1 << bits) - 1)) as u32),
            Keys::Pairs(pairs) => pairs[index],
        })
    }
}

/// Sorts keys that are mostly a few places from where they belong, as they are when operations were recorded as they
/// happened: moving each back costs less than a general sort, and as much for each key of a long history as of a short one.
/// The general sort takes over as soon as that turns out to be wrong.
fn sort(keys: &mut [u64]) {
    const MOVES: usize = 16;
    let mut left = MOVES * keys.len();
    for end in 1..keys.len() {
        let key = keys[end];
        let mut place = end;
        while place > 0 && keys[place - 1] > key && left > 0 {
            keys[place] = keys[place - 1];
            place -= 1;
            left -= 1;
        }
        keys[place] = key;
        if left == 0 {
            return keys.sort_unstable();
        }
    }
}
