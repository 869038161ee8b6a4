use rocket::{
    Build, Data, Rocket, State,
    data::ToByteUnit,
    http::{ContentType, Status, uri::Origin},
    local::asynchronous::Client,
};
use tower_tencent_webhook::{FailurePolicy, Receiver, WebhookRouter};

use crate::checks::{
    Ask, LIMIT, assert_shown_in_the_docs, check,
    receive::receive,
    {receiver, webhooks},
};

// Shown in the docs.
struct Webhooks {
    receiver: Receiver,
    policy: FailurePolicy,
    router: WebhookRouter,
}

#[rocket::post("/im", data = "<body>")]
async fn im(
    webhooks: &State<Webhooks>,
    uri: &Origin<'_>,
    body: Data<'_>,
) -> Result<(Status, (ContentType, Vec<u8>)), Status> {
    let body = body.open(LIMIT.bytes()).into_bytes().await.map_err(|_| Status::BadRequest)?;
    let body = if body.is_complete() { body.into_inner() } else { return Err(Status::PayloadTooLarge) };
    let query = uri.query().map_or("", |query| query.as_str());
    let Webhooks { receiver, policy, router } = &**webhooks;
    let (status, answer) = receive(receiver, policy, router, query, body.into()).await;
    Ok((Status::new(status), (ContentType::JSON, answer.into())))
}
// To here.

#[rocket::get("/hello")]
fn hello() -> &'static str {
    "hello"
}

fn app() -> Rocket<Build> {
    let webhooks = Webhooks { receiver: receiver(), policy: FailurePolicy::new(), router: webhooks() };
    let quiet = rocket::Config { log_level: rocket::config::LogLevel::Off, ..rocket::Config::debug_default() };
    rocket::custom(quiet).manage(webhooks).mount("/", rocket::routes![im, hello])
}

#[tokio::test]
async fn rocket_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("rocket.rs"));
    let client = Client::untracked(app()).await.unwrap();
    check(async |ask: Ask| {
        let request = match ask.method {
            "GET" => client.get(ask.uri()),
            _ => client.post(ask.uri()).body(&ask.body),
        };
        let answer = request.dispatch().await;
        (answer.status().code, answer.into_string().await.unwrap_or_default())
    })
    .await;
}
