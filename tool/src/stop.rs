//! Ctrl-C, and the signal with which service managers ask for the same.

/// Resolves when the process is asked to end. From the call on, not only once it is awaited, the process does not end by
/// itself.
pub(crate) fn signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let signals = signal(SignalKind::interrupt()).and_then(|one| Ok((one, signal(SignalKind::terminate())?)));
        async move {
            match signals {
                Ok((mut interrupt, mut terminate)) => tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                },
                Err(_) => _ = tokio::signal::ctrl_c().await,
            }
        }
    }
    #[cfg(not(unix))]
    async {
        _ = tokio::signal::ctrl_c().await;
    }
}
