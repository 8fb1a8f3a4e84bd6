//! Looks at a target step by step, and says of each step what is wrong and what to write. Nothing is changed there.

mod advice;
mod api;
mod diagnosis;

pub use diagnosis::{Diagnosis, StepState};

use std::sync::Arc;
use std::time::Duration;

use super::client::{Certificates, probe};
use super::courier::Courier;
use super::halt::Halt;
use super::options::{Options, ProgressListener, RunError, StopReceiver};
use super::session::Session;
use crate::plan::Plan;
use crate::sut::{Identity, Profile, TokenSource};

/// Counts nothing.
struct Unheard;

impl ProgressListener for Unheard {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

/// Looks at a target. `may_write` permits one PATCH of an appointment that does not exist.
///
/// # Errors
/// The client cannot be set up.
pub async fn examine(
    plan: Arc<Plan>,
    profile: &Profile,
    timeout: Duration,
    may_write: bool,
) -> Result<Vec<Diagnosis>, RunError> {
    let certificates = Certificates::read(&profile.tls).map_err(RunError::Client)?;
    let mut diagnoses = Vec::new();
    for (step, came) in probe(&profile.base_url, &certificates, timeout).await {
        diagnoses.push(match came {
            Ok(found) => Diagnosis::good(step, found),
            Err(why) => {
                let advice = advice::of_connection(step, &why);
                Diagnosis::wrong(step, why, advice)
            }
        });
    }
    if diagnoses.iter().any(|diagnosis| diagnosis.state == StepState::Wrong) {
        return Ok(diagnoses);
    }
    let (stop_sender, stop): (_, StopReceiver) = tokio::sync::watch::channel(None);
    let limits = super::client::Limits { timeout, ..super::client::Limits::default() };
    let options = Options { limits, ..Options::default() };
    let session = Session::new(plan, profile, &options, Arc::new(Unheard), stop)?;
    let mut look = api::ApiLook { courier: Courier::new(Arc::new(session), 0), profile, diagnoses };
    look.statement().await;
    look.discovery().await;
    tokens(&mut look).await;
    look.read().await;
    look.slots().await;
    look.fixtures().await;
    look.write(may_write).await;
    drop(stop_sender);
    let secrets = look.courier.session.secrets();
    let masked = look.diagnoses.into_iter().map(|diagnosis| Diagnosis {
        found: secrets.mask(&diagnosis.found),
        advice: diagnosis.advice.as_deref().map(|advice| secrets.mask(advice)),
        ..diagnosis
    });
    Ok(masked.collect())
}

/// Gets a token for each identity that has credentials.
async fn tokens(look: &mut api::ApiLook<'_>) {
    if look.profile.credentials.is_empty() {
        look.diagnoses.push(match look.profile.authenticates() {
            true => Diagnosis::good("token", "an Authorization header is configured as it is"),
            false => Diagnosis::skipped("token", "no credentials are configured"),
        });
        return;
    }
    for (identity, credentials) in look.profile.credentials.clone() {
        let diagnosis = match look.courier.fetch(identity).await {
            Ok(token) => {
                let life = token.life.map(|life| format!(", good for {} s", life.as_secs())).unwrap_or_default();
                let scope = token.scope.clone();
                look.courier.session.tokens.hold(identity, token);
                look.diagnoses.push(Diagnosis::good("token", format!("{}: there is one{life}", identity.name())));
                scopes(identity, &credentials, scope.as_deref())
            }
            Err(Halt::Cannot(why)) => {
                let advice = advice::of_token(&why);
                Some(Diagnosis::wrong("token", format!("{}: {why}", identity.name()), advice))
            }
            Err(Halt::Stopped) => Some(Diagnosis::skipped("token", "the look had to end")),
        };
        look.diagnoses.extend(diagnosis);
    }
}

/// Whether the scope that was granted is the one that was asked for.
fn scopes(identity: Identity, credentials: &TokenSource, granted: Option<&str>) -> Option<Diagnosis> {
    let TokenSource::Client(client) = credentials else { return None };
    let asked = client.scope.as_deref().unwrap_or_default();
    let granted = granted.unwrap_or(asked);
    let name = identity.name();
    let missing: Vec<&str> =
        asked.split(' ').filter(|scope| !scope.is_empty() && !granted.split(' ').any(|has| has == *scope)).collect();
    let writes = |scopes: &str| {
        scopes.split(' ').any(|scope| scope.contains("write") || scope.contains("*") || is_update(scope))
    };
    Some(if !missing.is_empty() {
        let advice = "have the vendor grant them to the client, or ask for less under `scope`";
        Diagnosis::limited("scopes", format!("{name}: not granted: {}", missing.join(" ")), advice)
    } else if matches!(identity, Identity::Run | Identity::User | Identity::System)
        && !asked.is_empty()
        && !writes(granted)
    {
        let advice = "a run changes appointments: ask for a write scope, such as `scope: system/Appointment.read system/Appointment.write`";
        Diagnosis::wrong("scopes", format!("{name}: {granted}, and none of them writes"), advice)
    } else {
        Diagnosis::good("scopes", format!("{name}: {}", if granted.is_empty() { "none is named" } else { granted }))
    })
}

/// Whether a SMART v2 scope has `u`, as in `system/Appointment.rus`.
fn is_update(scope: &str) -> bool {
    scope.rsplit_once('.').is_some_and(|(_, letters)| {
        letters.len() <= 5 && letters.contains('u') && letters.bytes().all(|letter| b"cruds".contains(&letter))
    })
}
