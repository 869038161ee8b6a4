//! Ctrl-C, and the signal with which service managers ask for the same.

use std::process::exit;

use tokio::sync::watch;

/// The exit status of a process that SIGINT has ended, as shells say it.
const INTERRUPTED: i32 = 130;

/// Whether the process is asked to end. All clones know.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From this call on, the first signal does not end the process: it asks, so that there is a summary. The next one ends
    /// it at once.
    pub(crate) fn new() -> Self {
        let (ask, asked) = watch::channel(false);
        let mut signals = Signals::new();
        tokio::spawn(async move {
            signals.next().await;
            _ = ask.send(true);
            signals.next().await;
            exit(INTERRUPTED);
        });
        Self(asked)
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves once it is asked.
    pub(crate) async fn asked(&self) {
        _ = self.0.clone().wait_for(|is_asked| *is_asked).await;
    }
}

#[cfg(unix)]
struct Signals(Option<[tokio::signal::unix::Signal; 2]>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let both = signal(SignalKind::interrupt()).and_then(|one| Ok([one, signal(SignalKind::terminate())?]));
        Self(both.ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some([interrupt, terminate]) => tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            },
            None => _ = tokio::signal::ctrl_c().await,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        _ = tokio::signal::ctrl_c().await;
    }
}
