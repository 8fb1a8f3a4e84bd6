//! The integration tests: the program as a user starts it, against real servers on loopback.

mod causes;
mod cli;
mod compare_and_sign;
mod docs;
mod evidence;
mod exit_codes;
mod faults;
mod gate;
mod har;
mod hostile;
mod medplum;
mod out_folder;
mod program;
mod promises;
mod races;
mod replay;
mod report;
mod schemas;
mod secrets;
mod security;
mod signals;
mod snapshots;
mod stub;
mod tidy;
mod wire;
