//! The stream is created, or fits.

use std::{error::Error, time::Duration};

use async_nats::jetstream::{
    self,
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use tower_tencent_webhook_handoff_testing::Server;
use tower_tencent_webhook_jetstream::{Setting, StreamConfig, StreamError, ensure_stream};

use crate::common::events;

async fn context(server: &Server) -> jetstream::Context {
    jetstream::new(async_nats::connect(server.url()).await.unwrap())
}

#[tokio::test]
async fn it_is_created_once_and_found_again() {
    let server = Server::nats().await;
    let context = context(&server).await;
    let wanted = events().duplicate_window(Duration::from_secs(300)).max_age(Duration::from_secs(3600));
    for _ in 0..2 {
        let stream = ensure_stream(&context, &wanted).await.unwrap();
        let config = &stream.cached_info().config;
        assert_eq!(config.subjects, ["tencent.>"]);
        assert_eq!((config.duplicate_window.as_secs(), config.max_age.as_secs()), (300, 3600));
        assert_eq!((config.storage, config.discard, config.num_replicas), (StorageType::File, DiscardPolicy::New, 1));
    }
    // Less is asked for than there is.
    ensure_stream(&context, &events().duplicate_window(Duration::from_secs(60)).max_age(Duration::from_secs(60)))
        .await
        .unwrap();
}

#[tokio::test]
async fn two_instances_may_create_it_at_the_same_time() {
    let server = Server::nats().await;
    let (a, b) = (context(&server).await, context(&server).await);
    let (config, same) = (events(), events());
    let (a, b) = tokio::join!(ensure_stream(&a, &config), ensure_stream(&b, &same));
    assert!(a.is_ok() && b.is_ok());
}

#[tokio::test]
async fn a_setting_that_loses_events_is_named() {
    let server = Server::nats().await;
    let context = context(&server).await;
    let config = || Config {
        name: "EVENTS".to_owned(),
        subjects: vec!["tencent.>".to_owned()],
        num_replicas: 1,
        duplicate_window: Duration::from_secs(600),
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        ..Config::default()
    };
    #[rustfmt::skip]
    let cases = [
        (Config { subjects: vec!["tencent.1.>".to_owned()], ..config() }, Setting::Subjects),
        (Config { duplicate_window: Duration::from_secs(100), ..config() }, Setting::DuplicateWindow),
        (Config { storage: StorageType::Memory, ..config() }, Setting::Storage),
        (Config { no_ack: true, ..config() }, Setting::NoAck),
        (Config { retention: RetentionPolicy::Interest, ..config() }, Setting::Retention),
        (Config { max_age: Duration::from_secs(3600), ..config() }, Setting::MaxAge),
        (Config { max_messages: 1000, ..config() }, Setting::Discard),
        (Config { max_messages_per_subject: 9, discard: DiscardPolicy::New, ..config() }, Setting::MaxMessagesPerSubject),
    ];
    for (config, expected) in cases {
        context.create_stream(config).await.unwrap();
        let error = ensure_stream(&context, &events()).await.unwrap_err();
        let StreamError::Incompatible { setting, .. } = &error else { panic!("{expected}: {error}") };
        assert_eq!(*setting, expected);
        assert!(error.to_string().starts_with(&format!("stream EVENTS: `{expected}` is ")), "{error}");
        context.delete_stream("EVENTS").await.unwrap();
    }
    context.create_stream(config()).await.unwrap();
    ensure_stream(&context, &events()).await.unwrap();
    let error = ensure_stream(&context, &events().replicas(3)).await.unwrap_err();
    assert!(matches!(error, StreamError::Incompatible { setting: Setting::Replicas, .. }), "{error}");
    let mut sealed = config();
    sealed.sealed = true;
    context.update_stream(sealed).await.unwrap();
    let error = ensure_stream(&context, &events()).await.unwrap_err();
    assert!(matches!(error, StreamError::Incompatible { setting: Setting::Sealed, .. }), "{error}");
}

#[tokio::test]
async fn what_the_server_does_not_create_is_refused() {
    let server = Server::nats().await;
    let context = context(&server).await;
    ensure_stream(&context, &events()).await.unwrap();
    for config in [
        StreamConfig::new("OTHER"),
        StreamConfig::new("ALONE").prefix("alone").replicas(3),
        StreamConfig::new("no.name").prefix("alone"),
        StreamConfig::new("").prefix("alone"),
    ] {
        let error = ensure_stream(&context, &config).await.unwrap_err();
        assert!(matches!(error, StreamError::Refused { .. }), "{error:?}");
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_may_later() {
    let mut server = Server::nats().await;
    let mut context = context(&server).await;
    context.set_timeout(Duration::from_millis(100));
    server.kill();
    let error = ensure_stream(&context, &events()).await.unwrap_err();
    assert!(matches!(error, StreamError::Unavailable { .. }), "{error:?}");
}
