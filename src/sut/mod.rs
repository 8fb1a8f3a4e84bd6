//! Where requests go: the target's base URL, its fixtures, its limits, and the guard in front of it.

mod address;
mod credentials;
mod declared;
mod file;
mod guard;
mod guarded;
mod ledger;
mod load;
mod profile;
mod rate;
#[cfg(test)]
mod tests;
mod without;
mod write;

pub use address::{WebOrigin, base_before, is_base_url, is_loopback, without_credentials};
pub use credentials::{ClientCredentials, ClientProof, Identity, SecretSource, TokenSource};
pub use file::schema;
pub use guard::{GuardError, check as guard};
pub use ledger::{FixtureEnd, Ledger, LedgerContents, LedgerError, LostAsk, open_ledger};
pub use load::{MOST_LISTS, ProfileError, file_of, load, load_text};
pub use profile::{Profile, Redact, TargetAbout, TargetLimits, TlsFiles, Writes};
pub use rate::RequestRate;
pub use write::{AuthDraft, TargetDraft, TargetText, commented, write_profile};
