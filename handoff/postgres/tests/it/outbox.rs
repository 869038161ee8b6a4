//! Storing webhooks.

use std::time::{Duration, SystemTime};

use http_body_util::BodyExt;
use tokio::task::JoinSet;
use tower::{Layer, ServiceExt};
use tower_tencent_webhook::{Policy, WebhookLayer, WebhookRouter, WebhookService, signer::Signer};
use tower_tencent_webhook_handoff_testing::{PATIENCE, Postgres, eventually, soon};
use tower_tencent_webhook_postgres::{ConfigError, Database, ErrorKind, Outbox, Page, Stored};

use crate::common::{Setup, app, hook, id, message};

#[tokio::test]
async fn a_webhook_is_stored_once_and_a_repeat_is_told() {
    let setup = Setup::new().await;
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::New);
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::Repeat);
    assert_eq!(setup.store(message(2)).await.unwrap(), Stored::New);
    assert_eq!(setup.count("state = 'pending' AND attempts = 0 AND lease IS NULL").await, 2);
    let row = format!(
        "id = '{}' AND type = 'com.tencent.im.C2C.CallbackAfterSendMsg' AND partition_key IS NOT NULL
         AND headers ->> 'ce-source' = '/tencent/im/1400000000' AND convert_from(body, 'UTF8')::json ->> 'MsgSeq' = '1'",
        id(1)
    );
    assert_eq!(setup.count(&row).await, 1);
}

#[tokio::test]
async fn of_many_deliveries_at_once_to_two_receivers_one_is_new() {
    let setup = Setup::new().await;
    let other = Outbox::new(&setup.elsewhere()).deadline(PATIENCE);
    let mut deliveries = JoinSet::new();
    for delivery in 0..200 {
        let outbox = if delivery % 2 == 0 { &setup.outbox } else { &other };
        // Each event 20 times, and in another order to each.
        let number = if delivery % 4 < 2 { delivery % 10 } else { 9 - delivery % 10 };
        deliveries.spawn(outbox.clone().oneshot(message(number)));
    }
    let stored = soon(deliveries.join_all()).await;
    assert_eq!(stored.iter().filter(|stored| *stored.as_ref().unwrap() == Stored::New).count(), 10);
    assert_eq!(setup.count("true").await, 10);
}

#[tokio::test]
async fn events_without_an_identity_are_all_stored() {
    let setup = Setup::new().await;
    let befriended = r#"{"PairList":[{"From_Account":"a","To_Account":"b"}]}"#;
    for _ in 0..2 {
        assert_eq!(setup.store(hook("Sns.CallbackFriendAdd", befriended)).await.unwrap(), Stored::New);
    }
    assert_eq!(setup.count("id LIKE 'unique-%'").await, 2);
}

#[tokio::test]
async fn any_bytes_can_be_stored() {
    let setup = Setup::new().await;
    let mut bodies: Vec<&[u8]> = vec![
        b"{\"GroupId\":\"nul \0 and \\u0000\",\"EventTime\":1}",
        b"{\"GroupId\":\"no UTF-8: \xff\xfe\xc0\x80\",\"EventTime\":2}",
        "{\"GroupId\":\"群组 % \\\" 🎉\",\"EventTime\":3}".as_bytes(),
    ];
    for body in &bodies {
        let stored = setup.store(hook("Group.CallbackAfterGroupFull", body.to_vec())).await;
        assert_eq!(stored.unwrap(), Stored::New);
    }
    setup.execute("UPDATE tencent_webhook.outbox SET state = 'dead', finished = now()").await;
    let letters = setup.outbox.dead_letters(Page::default(), 10).await.unwrap();
    let mut read: Vec<_> =
        letters.letters.iter().map(|letter| letter.event.as_ref().unwrap().data().to_vec()).collect();
    read.sort();
    bodies.sort();
    assert_eq!(read, bodies);
    for (letter, body) in letters.letters.iter().zip(["nul", "no UTF-8", "群组"]) {
        assert!(letter.event.as_ref().unwrap().partition_key().unwrap().contains(body));
    }
}

#[tokio::test]
async fn webhooks_that_arrive_together_are_committed_together_in_their_order() {
    let setup = Setup::new().await;
    setup.store_messages([0]).await;
    let flushes = setup.outbox.flushes();
    let mut stores = JoinSet::new();
    for number in 1..=400 {
        stores.spawn(setup.outbox.clone().oneshot(message(number)));
    }
    assert!(soon(stores.join_all()).await.iter().all(|stored| *stored.as_ref().unwrap() == Stored::New));
    let flushes = setup.outbox.flushes() - flushes;
    assert!(flushes <= 40, "{flushes} statements for 400 webhooks");
    let transactions: i64 = setup.value("SELECT count(DISTINCT xmin::text) FROM tencent_webhook.outbox").await;
    assert_eq!(transactions as u64, flushes + 1);
    // A test has one thread, so that they arrived in this order. They are written in another.
    let in_order = "SELECT bool_and(ordered) FROM (SELECT (convert_from(body, 'UTF8')::json ->> 'MsgSeq')::int
        = row_number() OVER (ORDER BY seq) - 1 AS ordered FROM tencent_webhook.outbox) AS rows";
    assert!(setup.value::<bool>(in_order).await);
}

#[tokio::test]
async fn a_row_that_the_database_rejects_does_not_take_its_neighbours_with_it() {
    let setup = Setup::new().await;
    // As a body of 1 GB would, but sooner.
    setup.execute("ALTER TABLE tencent_webhook.outbox ADD CHECK (position('\"MsgSeq\":13,'::bytea IN body) = 0)").await;
    let mut stores = JoinSet::new();
    for number in 0..100 {
        let outbox = setup.outbox.clone();
        stores.spawn(async move { (number, outbox.oneshot(message(number)).await) });
    }
    for (number, stored) in soon(stores.join_all()).await {
        match stored {
            Ok(stored) => assert!(number != 13 && stored == Stored::New),
            Err(error) => {
                assert_eq!((number, error.kind()), (13, ErrorKind::Rejected));
                let words = error.to_string();
                assert!(words.contains("23514") && !words.contains("grace"), "{words}");
            }
        }
    }
    assert_eq!(setup.count("true").await, 99);
}

#[tokio::test]
async fn nothing_is_stored_while_the_server_is_down_and_all_is_well_when_it_is_back() {
    let mut setup = Setup::own().await;
    setup.store_messages([1]).await;
    setup.server.kill();
    let outbox = setup.outbox.clone().deadline(Duration::from_millis(300));
    let error = soon(outbox.oneshot(message(2))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout), "{error}");
    setup.server.start().await;
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::Repeat);
    assert_eq!(setup.store(message(2)).await.unwrap(), Stored::New);
}

#[tokio::test]
async fn a_short_failure_of_the_server_is_not_seen() {
    let mut setup = Setup::own().await;
    setup.store_messages([1]).await;
    setup.server.kill();
    let stored = tokio::spawn(setup.outbox.clone().deadline(Duration::from_secs(60)).oneshot(message(2)));
    eventually("it is tried", async || setup.outbox.flushes() > 2).await;
    setup.server.start().await;
    assert_eq!(soon(stored).await.unwrap().unwrap(), Stored::New);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_until_the_deadline() {
    let setup = Setup::own().await;
    setup.store_messages([1]).await;
    let outbox = setup.outbox.clone().deadline(Duration::from_millis(300)).capacity(3);
    setup.server.freeze(true);
    let mut stores = JoinSet::new();
    for number in 2..=5 {
        stores.spawn(outbox.clone().oneshot(message(number)));
    }
    let mut kinds: Vec<_> =
        soon(stores.join_all()).await.into_iter().map(|stored| stored.unwrap_err().kind().as_str()).collect();
    kinds.sort_unstable();
    // One is more than may wait.
    assert_eq!(kinds, ["overloaded", "timeout", "timeout", "timeout"]);
    setup.server.freeze(false);
    // The connection on which nothing was said is not used again. It may have been stored in the meantime.
    soon(setup.store(message(2))).await.unwrap();
    assert_eq!(setup.store(message(2)).await.unwrap(), Stored::Repeat);
}

#[tokio::test]
async fn the_tables_are_made_once_however_many_ask_and_in_any_schema() {
    let setup = Setup::new().await;
    // A key word of SQL.
    let database = setup.elsewhere().schema("user").unwrap();
    let mut migrations = JoinSet::new();
    for _ in 0..8 {
        let outbox = Outbox::new(&database);
        migrations.spawn(async move { outbox.migrate().await });
    }
    assert!(soon(migrations.join_all()).await.iter().all(Result::is_ok));
    let outbox = Outbox::new(&database).deadline(PATIENCE);
    assert_eq!(outbox.clone().oneshot(message(1)).await.unwrap(), Stored::New);
    outbox.migrate().await.unwrap();
    assert_eq!(outbox.oneshot(message(1)).await.unwrap(), Stored::Repeat);
    for name in ["", "1st", "Upper", "a b", "a\"b", "a.b", &"a".repeat(41)] {
        assert_eq!(database.clone().schema(name).unwrap_err(), ConfigError::Schema, "{name}");
    }
}

#[tokio::test]
async fn without_its_tables_it_says_so() {
    let setup = Setup::new().await;
    let outbox = Outbox::new(&setup.elsewhere().schema("empty").unwrap()).deadline(PATIENCE);
    let error = outbox.oneshot(message(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(error.to_string().contains("empty"), "{error}");
}

#[tokio::test]
async fn what_is_stored_is_on_the_disk_even_if_the_server_is_told_otherwise() {
    let mut server = Postgres::new();
    server.set("synchronous_commit=off");
    server.start().await;
    let database = Database::new(&server.url()).unwrap();
    let client = database.pool().get().await.unwrap();
    let setting: String = client.query_one("SHOW synchronous_commit", &[]).await.unwrap().get(0);
    assert_eq!(setting, "on");
}

#[tokio::test]
async fn what_is_pruned_is_new_again() {
    let setup = Setup::new().await;
    setup.store_messages([1, 2]).await;
    let done = "UPDATE tencent_webhook.outbox SET state = 'done', finished = now() - interval '1 hour'";
    setup.execute(&format!("{done} WHERE id = '{}'", id(1))).await;
    assert_eq!(setup.outbox.prune(Duration::from_secs(3601)).await.unwrap(), 0);
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::Repeat);
    assert_eq!(setup.outbox.prune(Duration::from_secs(3599)).await.unwrap(), 1);
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::New);
    assert_eq!(setup.store(message(2)).await.unwrap(), Stored::Repeat);
}

#[tokio::test]
async fn passwords_are_not_shown() {
    let mut server = Postgres::start_new().await;
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug| shown += &format!("{what:?}\n");
    let wrong = server.url().replace(Postgres::PASSWORD, "sesame-open");
    let wrong = Outbox::new(&Database::new(&wrong).unwrap()).deadline(PATIENCE);
    let error = wrong.clone().oneshot(message(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    show(&(&error, error.to_string(), &wrong));
    let database = Database::new(&server.url()).unwrap();
    server.kill();
    let outbox = Outbox::new(&database).deadline(Duration::from_millis(100));
    let error = outbox.clone().oneshot(message(1)).await.unwrap_err();
    show(&(&error, error.to_string(), &outbox, &database));
    for url in ["postgres://a:sesame@b:c/d", "postgres://a@b/d?sesame=1", "sesame", "host=a sesame"] {
        let error = Database::new(url).unwrap_err();
        show(&(error, error.to_string()));
    }
    assert!(!shown.contains("sesame"), "{shown}");
}

#[tokio::test]
async fn an_after_event_is_answered_200_once_it_is_in_the_table() {
    let mut setup = Setup::own().await;
    let layer = WebhookLayer::new(app()).on_malformed(Policy::Forward);
    let service = |outbox| layer.layer(WebhookRouter::new().hand_off(outbox));
    let (service, impatient) =
        (service(setup.outbox.clone()), service(setup.outbox.clone().deadline(Duration::from_millis(300))));
    let send_to = async |service: &_, command: &str, body: &'static str| {
        let request = Signer::new(&app()).request(command, body, SystemTime::now());
        let response = WebhookService::clone(service).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        response.into_body().collect().await.unwrap();
        status
    };
    let send = async |command, body| send_to(&service, command, body).await;
    let full = "Group.CallbackAfterGroupFull";
    assert_eq!(send(full, r#"{"GroupId":"a","EventTime":1}"#).await, 200);
    // A repeat.
    assert_eq!(send(full, r#"{"GroupId":"a","EventTime":1}"#).await, 200);
    assert_eq!(setup.count("true").await, 1);
    // One that its type cannot read, and one that has no type yet.
    assert_eq!(send(full, r#"{"EventTime":2}"#).await, 200);
    assert_eq!(send("Moon.CallbackAfterRise", r#"{"EventTime":3}"#).await, 200);
    assert_eq!(setup.count("true").await, 3);
    setup.server.kill();
    assert_eq!(soon(send_to(&impatient, full, r#"{"GroupId":"b","EventTime":4}"#)).await, 500);
    setup.server.start().await;
    assert_eq!(send(full, r#"{"GroupId":"b","EventTime":4}"#).await, 200);
    assert_eq!(setup.count("true").await, 4);
}
