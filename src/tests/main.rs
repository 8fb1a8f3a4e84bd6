//! The integration tests: the program as a user starts it, against real servers on loopback.

mod cli;
mod compare_and_sign;
mod docs;
mod evidence;
mod faults;
mod har;
mod hostile;
mod medplum;
mod races;
mod replay;
mod report;
mod schemas;
mod snapshots;
mod tidy;
