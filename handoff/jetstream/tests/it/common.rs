use async_nats::{Client, connection::State, jetstream};
use tower_tencent_webhook::{App, CloudEvent, Webhook, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Event, Server, eventually};
use tower_tencent_webhook_jetstream::{StreamConfig, ensure_stream};

/// A server with the streams of events and of dead letters, and a client.
pub(crate) async fn streams() -> (Server, Client) {
    let server = Server::nats().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let context = jetstream::new(client.clone());
    ensure_stream(&context, &events()).await.unwrap();
    ensure_stream(&context, &StreamConfig::new("DEAD").prefix("dead.tencent")).await.unwrap();
    (server, client)
}

pub(crate) fn events() -> StreamConfig {
    StreamConfig::new("EVENTS")
}

pub(crate) fn app() -> App {
    App::signed(1_400_000_000, "secret").unwrap()
}

/// A private message that was sent. Two numbers make two events.
pub(crate) fn message(number: usize) -> Webhook {
    let event = Event::message(number);
    Signer::new(&app()).any_webhook(event.command, event.body).unwrap()
}

/// Each message of a stream, in order: its subject, and the CloudEvent that it is.
pub(crate) async fn stored(client: &Client, stream: &str) -> Vec<(String, CloudEvent)> {
    let mut stream = jetstream::new(client.clone()).get_stream(stream).await.unwrap();
    let state = stream.info().await.unwrap().state.clone();
    let mut events = Vec::new();
    // The first number of an empty stream is 0.
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let headers: Vec<_> =
            message.headers.iter().map(|(name, values)| (name.to_string(), values[0].to_string())).collect();
        let headers = headers.iter().map(|(name, value)| (&**name, &**value));
        events.push((message.subject.to_string(), CloudEvent::from_headers(headers, message.payload).unwrap()));
    }
    events
}

/// Kills the server, and waits until the client has noticed.
pub(crate) async fn kill(server: &mut Server, client: &Client) {
    server.kill();
    eventually("the client has noticed", async || client.connection_state() != State::Connected).await;
}
