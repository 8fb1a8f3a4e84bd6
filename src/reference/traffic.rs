//! Knows which appointments several PATCH requests are under way for; only faults that show under load ask for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a request lingers, so that those sent together meet: responses in microseconds would pass each other by.
const LINGER: Duration = Duration::from_millis(3);

/// The PATCH requests under way, by appointment.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    under_way: Mutex<BTreeMap<String, usize>>,
}

impl Traffic {
    /// Lets a request linger; `true` where another one on the same appointment was under way meanwhile.
    pub(super) async fn meets_another(&self, id: &str) -> UnderWay<'_> {
        let mut entry = UnderWay { traffic: self, id: id.to_owned(), met: self.change(id, 1) > 1 };
        tokio::time::sleep(LINGER).await;
        entry.met |= self.change(id, 0) > 1;
        entry
    }

    fn change(&self, id: &str, by: isize) -> usize {
        let mut under_way = self.lock();
        let count = under_way.entry(id.to_owned()).or_default();
        *count = count.saturating_add_signed(by);
        let now = *count;
        if now == 0 {
            under_way.remove(id);
        }
        now
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is under way until this is dropped.
pub(super) struct UnderWay<'a> {
    traffic: &'a Traffic,
    id: String,
    met: bool,
}

impl UnderWay<'_> {
    /// Whether it met another.
    pub(super) fn met(&self) -> bool {
        self.met
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.traffic.change(&self.id, -1);
    }
}
