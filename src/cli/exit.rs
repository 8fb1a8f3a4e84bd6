//! The exit codes of the program (design section 4).

use crate::execute::StopSignal;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Conformant,
    NotConformant,
    /// The command line or a file is wrong.
    Usage,
    /// The target cannot be reached, is not a FHIR server, or rejects the credentials.
    Unreachable,
    Incomplete,
    /// Trouble of the harness itself.
    Harness,
    /// The guard refused to write.
    Guard,
    /// A case that was sent again is judged differently than in the record.
    Different,
    Interrupted,
    Terminated,
    HungUp,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Conformant => 0,
            Exit::NotConformant => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::Incomplete => 4,
            Exit::Harness => 5,
            Exit::Guard => 6,
            Exit::Different => 8,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
            Exit::HungUp => 129,
        }
    }
}

impl From<crate::judge::RunVerdict> for Exit {
    fn from(verdict: crate::judge::RunVerdict) -> Exit {
        use crate::judge::RunVerdict;
        match verdict {
            RunVerdict::Conformant | RunVerdict::SelectionPassed => Exit::Conformant,
            RunVerdict::NotConformant | RunVerdict::SelectionFailed => Exit::NotConformant,
            RunVerdict::Incomplete => Exit::Incomplete,
            RunVerdict::Error => Exit::Harness,
        }
    }
}

impl From<crate::record::Ending> for Exit {
    fn from(ending: crate::record::Ending) -> Exit {
        use crate::record::Ending;
        match ending {
            Ending::Stopped(signal) => Exit::from(signal),
            Ending::CredentialsRejected => Exit::Unreachable,
            Ending::Drifted => Exit::NotConformant,
            Ending::Verdict(verdict) => Exit::from(verdict),
        }
    }
}

impl From<StopSignal> for Exit {
    fn from(signal: StopSignal) -> Exit {
        match signal {
            StopSignal::Interrupt => Exit::Interrupted,
            StopSignal::Terminate => Exit::Terminated,
            StopSignal::HangUp => Exit::HungUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use crate::execute::StopSignal;
    use crate::judge::RunVerdict;
    use crate::record::Ending;

    #[test]
    fn the_process_ends_with_the_code_in_the_record() {
        use RunVerdict::{Conformant, Error, Incomplete, NotConformant};
        let verdicts = [Conformant, NotConformant, Incomplete, Error].map(Ending::Verdict);
        let signals = [StopSignal::Interrupt, StopSignal::Terminate, StopSignal::HangUp].map(Ending::Stopped);
        let others = [Ending::CredentialsRejected, Ending::Drifted];
        for ending in others.into_iter().chain(signals).chain(verdicts) {
            assert_eq!(Exit::from(ending).code(), ending.code(), "{ending:?}");
        }
    }

    #[test]
    fn every_way_to_end_has_the_documented_code() {
        let table = [
            (Exit::Conformant, 0),
            (Exit::NotConformant, 1),
            (Exit::Usage, 2),
            (Exit::Unreachable, 3),
            (Exit::Incomplete, 4),
            (Exit::Harness, 5),
            (Exit::Guard, 6),
            (Exit::Different, 8),
            (Exit::Interrupted, 130),
            (Exit::Terminated, 143),
            (Exit::HungUp, 129),
        ];
        for (exit, code) in table {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }

    #[test]
    fn the_verdict_of_a_run_and_its_exit_code_agree() {
        let table = [
            (RunVerdict::Conformant, 0),
            (RunVerdict::NotConformant, 1),
            (RunVerdict::Incomplete, 4),
            (RunVerdict::Error, 5),
            (RunVerdict::SelectionFailed, 1),
            (RunVerdict::SelectionPassed, 0),
        ];
        for (verdict, code) in table {
            assert_eq!((Exit::from(verdict).code(), verdict.exit_code()), (code, code), "{verdict:?}");
        }
    }
}
