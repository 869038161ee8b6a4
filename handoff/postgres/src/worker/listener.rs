//! Listens to notifications, on a connection of its own.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};

use crate::Database;

/// How long to wait before connecting again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the worker at each notification, and whenever some may have been lost.
pub(super) async fn listen(database: Database, wake: Arc<Notify>) {
    loop {
        match database.listen(&wake).await {
            Ok((client, connection)) => {
                // What came before it listened was told to nobody.
                wake.notify_one();
                _ = connection.await;
                drop(client);
                tracing::debug!("the connection for notifications is lost");
            }
            Err(error) => tracing::warn!(%error, "notifications are not listened to"),
        }
        sleep(PAUSE).await;
    }
}
