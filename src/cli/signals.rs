//! Signals: the first one ends a run in good order, the second one ends the program at once.

use tokio::sync::watch;

use super::exit::Exit;
use crate::execute::StopSignal;

/// Listens from now on; the receiver gets the first signal. It must be called within a runtime.
///
/// # Errors
/// The system lets nobody listen.
pub(super) fn listen() -> std::io::Result<watch::Receiver<Option<StopSignal>>> {
    let (stop, stopped) = watch::channel(None);
    let mut heard = system::listen()?;
    tokio::spawn(async move {
        let first = heard.next().await;
        let _ = stop.send(Some(first));
        let second = heard.next().await;
        std::process::exit(i32::from(Exit::from(second).code()));
    });
    Ok(stopped)
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::execute::StopSignal;

    pub(super) struct UnixSignals {
        interrupt: Signal,
        terminate: Signal,
        /// None where whoever started the program wants it to outlive the terminal, as nohup does.
        hang_up: Option<Signal>,
    }

    /// Listens to the three signals that end a run.
    pub(super) fn listen() -> std::io::Result<UnixSignals> {
        let is_ignored = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hang_up(&status));
        Ok(UnixSignals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if is_ignored { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    impl UnixSignals {
        pub(super) async fn next(&mut self) -> StopSignal {
            let UnixSignals { interrupt, terminate, hang_up } = self;
            let hang_up = async {
                match hang_up {
                    Some(hang_up) => hang_up.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = interrupt.recv() => StopSignal::Interrupt,
                _ = terminate.recv() => StopSignal::Terminate,
                _ = hang_up => StopSignal::HangUp,
            }
        }
    }

    /// Whether the status of a process, as Linux shows it, says that SIGHUP is ignored.
    fn ignores_hang_up(status: &str) -> bool {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }

    #[cfg(test)]
    #[test]
    fn a_program_that_is_to_outlive_its_terminal_is_known() {
        assert!(ignores_hang_up("Name:\tx\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hang_up("Name:\tx\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_hang_up(""));
    }
}

#[cfg(not(unix))]
mod system {
    use crate::execute::StopSignal;

    pub(super) struct CtrlC;

    /// Listens to the one signal that every system has.
    pub(super) fn listen() -> std::io::Result<CtrlC> {
        Ok(CtrlC)
    }

    impl CtrlC {
        pub(super) async fn next(&mut self) -> StopSignal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => StopSignal::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
