//! The bystander of the run: one appointment to which nothing is sent, read at the begin and the end of every lane.

use crate::execute::evidence::FixtureUse;
use crate::suite::scenario::Fixture;

use super::{Driver, Halt};

impl Driver {
    /// Reads the bystander of the run, where the target makes appointments; the first lane has it made.
    ///
    /// # Errors
    /// The run has to stop.
    pub(super) async fn look_beside(&mut self) -> Result<(), Halt> {
        let session = self.session.clone();
        if session.plan.edition.is_vendor() || !session.pool.makes(Fixture::Booked) {
            return Ok(());
        }
        let mut stopped = false;
        let driver = &mut *self;
        let made = session.bystander.get_or_init(|| async {
            match driver.make(Fixture::Booked).await {
                Ok(id) => {
                    let (start, left) = (Fixture::Booked, Some("booked".to_owned()));
                    driver.fixtures.push(FixtureUse { id: id.to_string(), start, made: true, left, end: None });
                    Some(id.to_string())
                }
                Err(Halt::Cannot(_)) => None,
                Err(Halt::Stopped) => {
                    stopped = true;
                    None
                }
            }
        });
        let Some(id) = made.await.clone() else { return if stopped { Err(Halt::Stopped) } else { Ok(()) } };
        match self.read_other(&id).await {
            Ok(_) | Err(Halt::Cannot(_)) => Ok(()),
            Err(Halt::Stopped) => Err(Halt::Stopped),
        }
    }
}
