//! A command of the edition's table as a patch document gives it.

use serde_json::Value;

use crate::suite::contract::PatchCommand;
use crate::words::fhir::AppointmentStatus;

/// A command of the table and the value it is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenCommand<'a> {
    pub(super) command: &'a PatchCommand,
    pub(super) value: &'a Value,
}

impl GivenCommand<'_> {
    /// The status the value names, where it is one of the ten codes.
    pub(super) fn status(&self) -> Option<AppointmentStatus> {
        self.value.as_str()?.parse().ok()
    }

    /// The operation and path, for a message.
    pub(super) fn title(&self) -> String {
        title(self.command)
    }
}

/// The operation and path of a command, for a message.
pub(super) fn title(command: &PatchCommand) -> String {
    format!("`{} {}`", command.op, command.path)
}
