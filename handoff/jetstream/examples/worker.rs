//! Handles the webhooks that the receiver has handed to JetStream: each one's effect happens once, however often it is
//! delivered.
//!
//! ```sh
//! cargo run --example worker
//! ```
//!
//! | variable | default | |
//! |---|---|---|
//! | `NATS_URL` | `nats://127.0.0.1:4222` | |
//! | `JOURNAL` | `journal.txt` | the file that the events are written to |
//! | `ACK_WAIT` | `30` | after how many seconds an event of a worker that died is delivered again |
//!
//! The effect is a line in a file, for want of a database. What it shows holds for one: **the effect and the note that it
//! has happened are one write**, here a line that begins with the event's identity, there a row whose primary key is the
//! identity. Two writes could be torn apart by a death in between, whatever their order. As one process holds the file,
//! only one worker may run with it.

mod common;

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_nats::jetstream;
use tower_tencent_webhook::{Ack, Identity, Webhook, WebhookRouter};
use tower_tencent_webhook_jetstream::{StreamConfig, Worker};

use common::{BoxError, connect, drain, number, stop_signal, stream, text};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut stop = pin!(stop_signal()?);
    let journal = Arc::new(Mutex::new(Journal::open(text("JOURNAL", "journal.txt").as_ref())?));
    let client = connect().await?;
    let streams = async {
        stream(&client, StreamConfig::new("TENCENT")).await?;
        stream(&client, StreamConfig::new("TENCENT-DEAD").prefix("dead.tencent").max_age(Duration::ZERO)).await
    };
    tokio::select! {
        made = streams => made?,
        () = &mut stop => return Ok(()),
    }

    let router = WebhookRouter::new().fallback(move |hook: Webhook| {
        let journal = journal.clone();
        async move {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.write(hook.identity(), hook.context().command().as_str())?;
            Ok::<_, io::Error>(Ack::ok())
        }
    });
    let worker = Worker::new(jetstream::new(client.clone()), "TENCENT", "journal")
        .ack_wait(Duration::from_secs(number("ACK_WAIT", 30)?));
    println!("working");
    // The server may stop before the worker has begun. Once it has, it outlives that.
    while let Err(error) = worker.clone().run(router.clone(), stop.as_mut()).await {
        if !error.is_unavailable() {
            return Err(error.into());
        }
        eprintln!("{error}: waiting");
    }
    drain(&client).await;
    Ok(())
}

/// A file with one line for each event.
struct Journal {
    file: File,
    length: u64,
    written: HashSet<Identity>,
}

impl Journal {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let mut lines = String::new();
        file.read_to_string(&mut lines)?;
        // A line without an end is none.
        let length = lines.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(length as u64)?;
        let first_words = lines[..length].lines().filter_map(|line| line.split(' ').next());
        let written = first_words.filter_map(|identity| identity.parse().ok()).collect();
        Ok(Self { file, length: length as u64, written })
    }

    /// Writes an event, unless it is there already. One without identity is written each time.
    fn write(&mut self, identity: Option<Identity>, command: &str) -> io::Result<()> {
        if identity.is_some_and(|identity| self.written.contains(&identity)) {
            return Ok(());
        }
        let name = identity.map_or_else(|| "-".to_owned(), |identity| identity.to_string());
        let line = format!("{name} {command:?}\n");
        // To survive a power cut, it would take `sync_data` as well.
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        self.written.extend(identity);
        Ok(())
    }
}
