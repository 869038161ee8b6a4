//! `replay`: recordings, sent again.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use tower_tencent_webhook::{
    App, Command, Reply, Webhook, WebhookRouter,
    rtc::EventType,
    signer::{Signer, sample},
};

use crate::common::{APP, KEY, Ran, TOKEN, app, run, serve};

/// All commands and types.
fn commands() -> impl Iterator<Item = Command> {
    let rtc = EventType::ALL.iter().map(|known| Command::from(format!("EVENT_TYPE_{}", known.get())));
    Command::ALL.iter().cloned().chain(rtc)
}

/// A recording as `listen` and the hand-off write it, in which the webhooks are a second apart.
pub(crate) fn recording(
    app: &App,
    commands: impl IntoIterator<Item = Command>,
    first: SystemTime,
) -> tempfile::NamedTempFile {
    let signer = Signer::new(app);
    let line = |(second, command): (u64, Command)| {
        let hook = signer.any_webhook(&command, sample(&command)).unwrap();
        let received = humantime::format_rfc3339_millis(first + Duration::from_secs(second)).to_string();
        hook.cloud_event().with_attribute("received", received).unwrap().to_json()
    };
    let lines: Vec<String> = (0..).zip(commands).map(line).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    file
}

async fn replay(file: &tempfile::NamedTempFile, url: &str, args: &[&str]) -> Ran {
    run(&[&["replay", file.path().to_str().unwrap(), "--url", url, "--app", APP], args].concat()).await
}

/// A server that keeps what it gets.
async fn keeper() -> (String, Arc<Mutex<Vec<Webhook>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let router = WebhookRouter::new().fallback(move |hook: Webhook| {
        keep.lock().unwrap().push(hook);
        async { Reply::allow() }
    });
    (serve(router).await, kept)
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_a_day_ago_is_taken_with_fresh_signatures() {
    let file = recording(&app(), commands(), SystemTime::now() - DAY);
    let url = serve(WebhookRouter::new()).await;
    replay(&file, &url, &["--speed", "max"]).await.expect(0, &["139 sent", "all with an answer that can be used"]);
    replay(&file, &url, &["--speed", "1000", "--concurrency", "8"]).await.expect(0, &["139 sent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_what_was_recorded() {
    let file = recording(&app(), Command::ALL.iter().cloned(), SystemTime::now() - DAY);
    let (url, kept) = keeper().await;
    // Friend events are not answered friend by friend here.
    replay(&file, &url, &["--speed", "max"]).await;
    let kept = kept.lock().unwrap();
    assert_eq!(kept.len(), Command::ALL.len());
    for (hook, command) in kept.iter().zip(Command::ALL) {
        assert_eq!(hook.context().command(), command);
        assert_eq!(hook.body(), sample(command));
        let client = hook.context().client_ip().map(|ip| ip.to_string());
        assert_eq!(client.as_deref(), Some("127.0.0.1"));
        assert!(hook.context().is_verified());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spacing_is_kept_and_divided_by_the_speed() {
    let file = recording(&app(), vec![Command::from("State.StateChange"); 5], SystemTime::now() - DAY);
    let url = serve(WebhookRouter::new()).await;
    let begin = Instant::now();
    replay(&file, &url, &["--speed", "4"]).await.expect(0, &["5 sent"]);
    // A lower bound, which no machine is too slow for.
    assert!(begin.elapsed() >= Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_wanted_is_sent() {
    let file = recording(&app(), commands(), SystemTime::now() - DAY);
    let (url, kept) = keeper().await;
    replay(&file, &url, &["--speed", "max", "--only", "follow.", "--only", "103"]).await.expect(0, &[]);
    let kept: Vec<String> = kept.lock().unwrap().iter().map(|hook| hook.context().command().to_string()).collect();
    assert!(kept.len() > 1 && kept.contains(&"EVENT_TYPE_ENTER_ROOM".to_owned()), "{kept:?}");
    assert!(
        kept.iter().all(|command| command.starts_with("Follow.") || command == "EVENT_TYPE_ENTER_ROOM"),
        "{kept:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_apps_recording_is_sent_as_the_only_app_or_by_its_own() {
    let other = App::signed(1_400_000_001, "other").unwrap();
    let file = recording(&other, [Command::from("State.StateChange")], SystemTime::now() - DAY);
    let (url, kept) = keeper().await;
    replay(&file, &url, &[]).await.expect(0, &["1 sent"]);
    assert_eq!(kept.lock().unwrap()[0].context().app(), 1_400_000_000);
    replay(&file, &url, &["--token", TOKEN, "--app", "1400000001", "--token", "other"]).await.expect(1, &["HTTP 403"]);
    replay(&file, &url, &["--app", "1400000002"]).await.expect(2, &["app 1400000001: add it with --app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_read_is_told_and_ends_badly() {
    let file = recording(&app(), [Command::from("State.StateChange")], SystemTime::now() - DAY);
    let good = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), format!("{good}\nnonsense\n{good}\n")).unwrap();
    let url = serve(WebhookRouter::new()).await;
    replay(&file, &url, &["--speed", "max"]).await.expect(1, &["line 2: not a JSON object", "2 sent"]);
    run(&["replay", "/nowhere", "--url", &url, "--app", APP]).await.expect(2, &["cannot open /nowhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_send_nothing_is_not_well() {
    let file = recording(&app(), commands(), SystemTime::now());
    let url = serve(WebhookRouter::new()).await;
    replay(&file, &url, &["--only", "Folow."]).await.expect(1, &["nothing was sent: --only wants none of the 139"]);
    std::fs::write(file.path(), "").unwrap();
    replay(&file, &url, &["--format", "json"]).await.expect(1, &["\"sent\":0", "the recording has no webhooks"]);
    run(&["send", "103", "--url", &url, "--app", APP, "--for", "0s"]).await.expect(1, &["nothing was sent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for args in [&["replay", folder, "--url"][..], &["diff", folder, "--right"]] {
        let args = [args, &["http://127.0.0.1:1/", "--app", APP]].concat();
        let ran = tokio::time::timeout(Duration::from_secs(60), run(&args)).await.expect("it ends");
        ran.expect(2, &[if cfg!(windows) { "cannot open " } else { "cannot read " }, folder]);
    }
}

/// A dead letter of the hand-off has attributes of its own, and no time at which it was received.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_hand_off_writes_is_replayed() {
    let hook =
        Signer::new(&app()).any_webhook("Moon.CallbackAfterRise", Bytes::from_static(b"{\"Phase\":\n1}")).unwrap();
    let letter = hook.cloud_event().with_attribute("deadletterreason", "too many attempts").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), letter.to_json()).unwrap();
    let (url, kept) = keeper().await;
    replay(&file, &url, &[]).await.expect(0, &["1 sent", "acknowledged"]);
    assert_eq!(kept.lock().unwrap()[0].body(), "{\"Phase\":\n1}");
    assert!(!std::fs::read_to_string(file.path()).unwrap().contains(KEY));
}
