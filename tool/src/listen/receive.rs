//! The way of one request: is it genuine, what is it about, and what is it answered.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::json;
use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{sleep, timeout_at},
};
use tower_tencent_webhook::{
    CloudEvent, Command, Platform, Rejection, RejectionKind, SdkAppId, Webhook, WebhookContext, rtc::Claim,
};

use super::{
    Listener,
    entry::{By, Entry, Forwarded, Kind, Outcome, Received, State, Trouble, headers, parameter, parameters, path},
    forward::Outgoing,
    lock,
    rules::{Answer, Given, Plan},
    server::BoxError,
};
use crate::{
    answer::{Fault, Judge, Verdict, patience},
    apps::Apps,
    client::Reception,
    facts::{Facts, cut},
    recording::Recorded,
};

/// The largest body of a webhook, and how much is kept of one that is not genuine.
const BODY: usize = 1 << 20;
const REJECTED_BODY: usize = 64 << 10;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How long nothing is said to a sender that does not hang up.
const SILENCE: Duration = Duration::from_secs(120);
/// How long a webhook waits for the user of the page.
const HELD: Duration = Duration::from_secs(600);
/// By how much sooner than the sender a forward is given up.
const SOONER: Duration = Duration::from_millis(100);
/// How long the name of a command may be that a rejected request claims.
const COMMAND: usize = 100;

type Answered = Result<Response<Full<Bytes>>, BoxError>;

/// A request that has been read.
struct Arrived {
    begin: Instant,
    time: SystemTime,
    peer: SocketAddr,
    head: Parts,
    parameters: Vec<(String, String)>,
    body: Bytes,
    is_whole: bool,
    is_rtc: bool,
}

/// What the head of a request proves or claims.
enum Proof {
    Chat(WebhookContext),
    Rtc(Claim),
}

/// A webhook that is genuine.
struct Genuine {
    app: SdkAppId,
    command: Command,
    is_signed: bool,
    context: Option<WebhookContext>,
    event: Result<CloudEvent, String>,
    facts: Facts,
    drift: Vec<(String, String)>,
    /// Why its body is not one of its command.
    unread: Option<Rejection>,
}

/// A request that is not genuine, or no webhook at all.
struct Refused {
    kind: Kind,
    trouble: Trouble,
    response: Response<Full<Bytes>>,
}

/// The answer to a request. An error ends its connection.
pub(super) async fn receive(listener: Arc<Listener>, peer: SocketAddr, request: Request<Incoming>) -> Answered {
    let (begin, time) = (Instant::now(), SystemTime::now());
    let (head, body) = request.into_parts();
    let is_rtc = listener.receiver.is_rtc(&head);
    let parameters = parameters(&head.uri, &listener.apps);
    let proof = match head.method {
        Method::POST if is_rtc => listener.receiver.verify_rtc(&head).map(Proof::Rtc),
        Method::POST => listener.receiver.verify(&head, time).map(Proof::Chat),
        _ => {
            let arrived =
                Arrived { begin, time, peer, head, parameters, body: Bytes::new(), is_whole: true, is_rtc: false };
            return Ok(listener.refuse(arrived, Refused::not_a_post()));
        }
    };
    let (body, read) = collect(body, if proof.is_ok() { BODY } else { REJECTED_BODY }).await;
    let arrived = Arrived { begin, time, peer, head, parameters, body, is_whole: read.is_ok(), is_rtc };
    let genuine = match (proof, read) {
        (Err(rejection), _) => Err(Box::new(Refused::rejected(&rejection, &arrived))),
        (Ok(_), Err(fault)) => Err(Box::new(fault.refused())),
        (Ok(proof), Ok(())) => listener.parse(proof, &arrived),
    };
    match genuine {
        Ok(genuine) => listener.answer(arrived, genuine).await,
        Err(refused) => Ok(listener.refuse(arrived, *refused)),
    }
}

/// Why a body could not be read to its end.
enum BodyFault {
    TooLarge,
    Slow,
    Failed,
}

/// A body, or its beginning and why there is no more of it. It takes the memory that it needs, whatever its length claims.
async fn collect(mut body: Incoming, most: usize) -> (Bytes, Result<(), BodyFault>) {
    let end = tokio::time::Instant::now() + BODY_TIME;
    let mut all = Vec::new();
    loop {
        let frame = match timeout_at(end, body.frame()).await {
            Ok(None) => return (all.into(), Ok(())),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return (all.into(), Err(BodyFault::Failed)),
            Err(_) => return (all.into(), Err(BodyFault::Slow)),
        };
        let Ok(data) = frame.into_data() else { continue };
        let room = most - all.len();
        all.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return (all.into(), Err(BodyFault::TooLarge));
        }
    }
}

impl BodyFault {
    fn refused(self) -> Refused {
        let (status, kind, reason) = match self {
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the body is larger than {} MiB", BODY >> 20))
            }
            Self::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "body_slow",
                format!("the body took longer than {} s", BODY_TIME.as_secs()),
            ),
            Self::Failed => {
                (StatusCode::BAD_REQUEST, "body_failed", "the body could not be read to its end".to_owned())
            }
        };
        let response = failure(status, &reason);
        Refused { kind: Kind::Rejected, trouble: Trouble { kind, reason }, response }
    }
}

impl Refused {
    fn not_a_post() -> Self {
        let reason = "a webhook is a POST request";
        let mut response = failure(StatusCode::METHOD_NOT_ALLOWED, reason);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        Self { kind: Kind::Rejected, trouble: Trouble { kind: "not_a_post", reason: reason.to_owned() }, response }
    }

    fn rejected(rejection: &Rejection, arrived: &Arrived) -> Self {
        let mut reason = rejection.to_string();
        if rejection.kind() == RejectionKind::Stale
            && let Some(distance) = distance(arrived)
        {
            reason += &format!(": {distance}");
        }
        let kind = if rejection.kind() == RejectionKind::UrlCheck { Kind::Checked } else { Kind::Rejected };
        let trouble = Trouble { kind: rejection.kind().as_str(), reason };
        Self { kind, trouble, response: json_response(rejection.status(), rejection.body()) }
    }
}

/// By how much the time of a request is not that of the clock.
fn distance(arrived: &Arrived) -> Option<String> {
    let sent = parameter(&arrived.parameters, "RequestTime")?.parse::<u64>().ok()?;
    let now = arrived.time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(match now.checked_sub(sent) {
        Some(ago) => format!("it was signed {ago} s ago"),
        None => format!("it was signed {} s in the future", sent - now),
    })
}

fn failure(status: StatusCode, reason: &str) -> Response<Full<Bytes>> {
    let body = json!({ "ActionStatus": "FAIL", "ErrorCode": status.as_u16(), "ErrorInfo": reason });
    json_response(status, body.to_string().into())
}

fn json_response(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The command that a URL names.
fn command_word(parameters: &[(String, String)]) -> Option<&str> {
    let named = ["CallbackCommand", "WebhookCommand"];
    named.iter().find_map(|name| parameter(parameters, name).filter(|word| !word.is_empty()))
}

impl Arrived {
    /// What is kept of it.
    fn received(&self, id: u64, apps: &Apps) -> Received {
        let app = parameter(&self.parameters, "SdkAppid")
            .or_else(|| self.head.headers.get("sdkappid").and_then(|id| id.to_str().ok()))
            .and_then(|id| id.parse().ok());
        let word = command_word(&self.parameters);
        Received {
            id,
            time: self.time,
            peer: self.peer,
            method: self.head.method.clone(),
            path: path(&self.head.uri, apps),
            parameters: self.parameters.clone(),
            headers: headers(&self.head.headers, apps),
            body: self.body.clone(),
            is_whole: self.is_whole,
            is_rtc: self.is_rtc,
            app: app.map(SdkAppId::new),
            command: word.map(|word| Command::from(cut(word, COMMAND))),
            client_ip: parameter(&self.parameters, "ClientIP").and_then(|ip| ip.parse().ok()),
            platform: parameter(&self.parameters, "OptPlatform").filter(|word| !word.is_empty()).map(Platform::from),
            is_signed: false,
            trouble: None,
            facts: Facts::default(),
            drift: Vec::new(),
        }
    }
}

impl Genuine {
    fn event(hook: &Webhook, context: Option<WebhookContext>) -> Self {
        let event = hook.cloud_event();
        Self {
            app: hook.context().app(),
            command: hook.context().command().clone(),
            is_signed: hook.context().is_verified(),
            facts: Facts::of(hook, event.subject()),
            drift: hook.drift().iter().map(|drift| (drift.path().to_owned(), drift.to_string())).collect(),
            event: Ok(event),
            context,
            unread: None,
        }
    }

    fn unread(
        rejection: Rejection,
        app: SdkAppId,
        is_signed: bool,
        context: Option<WebhookContext>,
        body: &Bytes,
    ) -> Self {
        let command = rejection.command().cloned().unwrap_or_else(|| Command::from(""));
        let event = unread_event(&command, app, is_signed, context.as_ref(), body);
        let unread = Some(rejection);
        Self { app, command, is_signed, context, event, facts: Facts::default(), drift: Vec::new(), unread }
    }
}

/// The CloudEvent of a webhook whose body is not one of its command.
fn unread_event(
    command: &Command,
    app: SdkAppId,
    is_signed: bool,
    context: Option<&WebhookContext>,
    body: &Bytes,
) -> Result<CloudEvent, String> {
    let product = if command.is_rtc() { "rtc" } else { "im" };
    let mut headers = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", format!("unique-{:032x}", unique())),
        ("ce-source", format!("/tencent/{product}/{app}")),
        ("ce-type", format!("com.tencent.{product}.{}", command.as_str().replace('%', "%25"))),
        ("content-type", "application/json".to_owned()),
        ("ce-sdkappid", app.to_string()),
        ("ce-verified", is_signed.to_string()),
    ];
    if let Some(context) = context {
        headers.extend(context.client_ip().map(|ip| ("ce-clientip", ip.to_string())));
        let platform = context.platform().map(|platform| platform.as_str().replace('%', "%25"));
        headers.extend(platform.map(|platform| ("ce-optplatform", platform)));
        headers.extend(context.request_time().map(|time| ("ce-requesttime", time.0.to_string())));
    }
    let headers = headers.iter().map(|(name, value)| (*name, &**value));
    CloudEvent::from_headers(headers, body.clone()).map_err(|error| error.to_string())
}

/// A number that no other event has.
fn unique() -> u128 {
    use std::hash::{BuildHasher, RandomState};

    // Each `RandomState` has other random keys.
    let half = || u128::from(RandomState::new().hash_one(0));
    half() << 64 | half()
}

impl Listener {
    /// What a request is whose head proves or claims this.
    fn parse(&self, proof: Proof, arrived: &Arrived) -> Result<Genuine, Box<Refused>> {
        let body = arrived.body.clone();
        let (parsed, app, is_signed, context) = match proof {
            Proof::Chat(context) => {
                let parsed = self.receiver.parse(context.clone(), body);
                (parsed, context.app(), context.is_verified(), Some(context))
            }
            Proof::Rtc(claim) => {
                let (app, is_signed) = (claim.app(), claim.is_signed());
                (self.receiver.parse_rtc(claim, body, arrived.time), app, is_signed, None)
            }
        };
        match parsed {
            Ok(hook) => Ok(Genuine::event(&hook, context)),
            Err(rejection) if matches!(rejection.kind(), RejectionKind::Malformed | RejectionKind::CommandMismatch) => {
                Ok(Genuine::unread(rejection, app, is_signed, context, &arrived.body))
            }
            Err(rejection) => Err(Box::new(Refused::rejected(&rejection, arrived))),
        }
    }

    fn next_id(&self) -> u64 {
        self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }

    fn refuse(&self, arrived: Arrived, refused: Refused) -> Response<Full<Bytes>> {
        let Refused { kind, trouble, response } = refused;
        let id = self.next_id();
        let mut received = arrived.received(id, &self.apps);
        // Only a signed request is a check: one without a signature is rejected.
        received.is_signed = kind == Kind::Checked;
        let words = match kind {
            Kind::Checked => "the console's check of the URL: it is right".to_owned(),
            _ => format!("rejected: {}", trouble.reason),
        };
        received.trouble = Some(trouble);
        let outcome = Outcome {
            kind,
            verdict: None,
            words,
            // What was answered is what was said.
            answer: Some((response.status().as_u16(), Bytes::new())),
            by: By::Default,
            took: arrived.begin.elapsed(),
        };
        let entry = Entry { received: Arc::new(received), state: State::Done(outcome), forwards: Vec::new() };
        self.done(&entry);
        self.store.put(id, entry);
        response
    }

    async fn answer(self: Arc<Self>, arrived: Arrived, genuine: Genuine) -> Answered {
        let id = self.next_id();
        let mut received = arrived.received(id, &self.apps);
        // As the URL has it: the docs have other names for some, and another server may know only these.
        let word = match genuine.context {
            Some(_) => command_word(&arrived.parameters).unwrap_or_default().to_owned(),
            None => String::new(),
        };
        received.app = Some(genuine.app);
        received.command = Some(genuine.command.clone());
        received.is_signed = genuine.is_signed;
        received.trouble = genuine
            .unread
            .as_ref()
            .map(|rejection| Trouble { kind: rejection.kind().as_str(), reason: rejection.to_string() });
        received.facts = genuine.facts;
        received.drift = genuine.drift;
        let outgoing = Outgoing {
            app: genuine.app,
            word,
            is_rtc: arrived.is_rtc,
            client_ip: received.client_ip,
            platform: received.platform.clone(),
            body: received.body.clone(),
        };
        let received = Arc::new(received);
        self.store.put(id, Entry { received: received.clone(), state: State::Open, forwards: Vec::new() });

        let judge = self.judges.of(&genuine.command);
        let (first, first_answer) = oneshot::channel();
        // Of a body that cannot be read they are not known.
        let friends = genuine.unread.is_none().then(|| received.facts.friends.clone());
        let friends: Option<Arc<[String]>> = friends.map(Arc::from);
        let forwards = self.forward(&outgoing, &judge, &friends, first);
        let (outcome, told) = oneshot::channel();
        let alive = lock(&self.alive).clone();
        let finish = finish(self.clone(), received.clone(), genuine.event, forwards, told);
        tokio::spawn(async move {
            finish.await;
            drop(alive);
        });
        let open = Open { begin: arrived.begin, judge: judge.clone(), friends, outcome: Some(outcome) };
        let webhook = Pending { id, received: &received, app: genuine.app, judge: &judge, unread: genuine.unread };
        let (given, by) = self.decide(webhook, first_answer).await;
        open.end(&self, given, by).await
    }

    /// Sends a webhook to all other servers. The first one's answer is also told at once.
    fn forward(
        &self,
        outgoing: &Outgoing,
        judge: &Arc<Judge>,
        friends: &Option<Arc<[String]>>,
        first: oneshot::Sender<(String, Reception)>,
    ) -> JoinSet<(usize, Forwarded)> {
        let mut all = JoinSet::new();
        let mut first = Some(first);
        for (place, forward) in self.forwards.iter().enumerate() {
            let Some(request) = forward.request(outgoing) else { continue };
            let (forward, judge, friends, first) = (forward.clone(), judge.clone(), friends.clone(), first.take());
            all.spawn(async move {
                let patience = patience(judge.command()).saturating_sub(SOONER);
                let (reception, took) = forward.send(request, patience).await;
                let verdict = judge.judge(&reception, friends.as_deref());
                let answer = match &reception {
                    Reception::Answer { status, body, .. } => Some((*status, body.clone())),
                    _ => None,
                };
                let url = forward.name().to_owned();
                if let Some(first) = first {
                    _ = first.send((url.clone(), reception));
                }
                let words = verdict.words(judge.command());
                (place, Forwarded { url, verdict, words, answer, took })
            });
        }
        all
    }

    /// What a webhook is answered, and who says so.
    async fn decide(
        &self,
        webhook: Pending<'_>,
        first_forward: oneshot::Receiver<(String, Reception)>,
    ) -> (Ending, By) {
        if let Some(plan) = self.by_hand(&webhook).await
            && let Some(given) = self.carry_out(&plan, &webhook).await
        {
            return (given, By::Hand);
        }
        let Pending { received, app, judge, unread, .. } = &webhook;
        if let Some((rule, plan)) = self.rules.find(*app, judge, &received.facts)
            && let Some(given) = self.carry_out(plan, &webhook).await
        {
            return (given, By::Rule(rule.to_owned()));
        }
        if let Ok((url, reception)) = first_forward.await {
            let given = match reception {
                Reception::Answer { status, body, .. } => Ending::Given(Given::Reply { status, body }),
                Reception::Late { .. } => Ending::Given(Given::Silence),
                Reception::Closed(reason) => Ending::Closed(reason),
                Reception::Unreachable(reason) => Ending::Given(Given::Reply {
                    status: 502,
                    body: json!({ "ActionStatus": "FAIL", "ErrorCode": 502, "ErrorInfo": reason }).to_string().into(),
                }),
            };
            return (given, By::Forward(url));
        }
        let given = match unread {
            Some(rejection) => Given::Reply { status: rejection.status().as_u16(), body: rejection.body() },
            None => Answer::Allow.give(judge, &received.facts.friends),
        };
        (Ending::Given(given), By::Default)
    }

    /// What the user of the page says about a before-event, if it is to wait for that.
    async fn by_hand(&self, webhook: &Pending<'_>) -> Option<Plan> {
        let Pending { id, received, app, judge, .. } = webhook;
        let mut held = self.hold.hold(*id, *app, judge.command(), &received.facts)?;
        self.store.update(*id, |entry| entry.state = State::Held(SystemTime::now()));
        let plan = tokio::select! {
            plan = &mut held.decision => plan.ok(),
            () = sleep(HELD) => None,
            () = self.stopped() => None,
        };
        self.store.update(*id, |entry| entry.state = State::Open);
        plan
    }

    /// Waits as long as it says. `None` if it leaves the answer to others.
    async fn carry_out(&self, plan: &Plan, webhook: &Pending<'_>) -> Option<Ending> {
        if !plan.wait.is_zero() {
            tokio::select! {
                () = sleep(plan.wait) => {}
                () = self.stopped() => {}
            }
        }
        let answer = plan.answer.as_ref()?;
        Some(Ending::Given(answer.give(webhook.judge, &webhook.received.facts.friends)))
    }
}

/// A webhook that has no answer yet.
struct Pending<'a> {
    id: u64,
    received: &'a Received,
    app: SdkAppId,
    judge: &'a Judge,
    unread: Option<Rejection>,
}

/// How a request ends.
enum Ending {
    Given(Given),
    /// The connection is closed without an answer.
    Closed(String),
}

/// A request whose end has not been told yet. It is told that its sender has hung up, if it is dropped.
struct Open {
    begin: Instant,
    judge: Arc<Judge>,
    friends: Option<Arc<[String]>>,
    outcome: Option<oneshot::Sender<Outcome>>,
}

impl Open {
    async fn end(mut self, listener: &Listener, ending: Ending, by: By) -> Answered {
        match ending {
            Ending::Given(Given::Reply { status, body }) => {
                let reception = Reception::Answer { status, head: 150, body: body.clone() };
                self.tell(self.judge.judge(&reception, self.friends.as_deref()), Some((status, body.clone())), by);
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                Ok(json_response(status, body))
            }
            Ending::Given(Given::Silence) => {
                // Dropped meanwhile, it is told by whose will.
                let mut silent = Silent(&mut self, by);
                tokio::select! {
                    () = sleep(SILENCE) => {}
                    () = listener.stopped() => {}
                }
                silent.tell();
                Err("no answer, on purpose".into())
            }
            Ending::Closed(reason) => {
                self.tell(Verdict::Fault { fault: Fault::Closed { reason } }, None, by);
                Err("no answer, as the server behind gave none".into())
            }
        }
    }

    fn tell(&mut self, verdict: Verdict, answer: Option<(u16, Bytes)>, by: By) {
        let Some(outcome) = self.outcome.take() else { return };
        let words = verdict.words(self.judge.command());
        let took = self.begin.elapsed();
        _ = outcome.send(Outcome { kind: Kind::of(&verdict), verdict: Some(verdict), words, answer, by, took });
    }

    fn late(&mut self, by: By) {
        let after_ms = self.begin.elapsed().as_millis() as u64;
        self.tell(Verdict::Fault { fault: Fault::Late { after_ms } }, None, by);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.late(By::Default);
    }
}

/// Silence, and who wants it.
struct Silent<'a>(&'a mut Open, By);

impl Silent<'_> {
    fn tell(&mut self) {
        self.0.late(self.1.clone());
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

/// Shows, records and counts a webhook, as soon as it is known what became of it, here and elsewhere.
async fn finish(
    listener: Arc<Listener>,
    received: Arc<Received>,
    event: Result<CloudEvent, String>,
    mut forwards: JoinSet<(usize, Forwarded)>,
    mut told: oneshot::Receiver<Outcome>,
) {
    let id = received.id;
    let mut entry = Entry { received, state: State::Open, forwards: Vec::new() };
    let mut places = Vec::new();
    let mut is_open = true;
    loop {
        tokio::select! {
            outcome = &mut told, if is_open => {
                is_open = false;
                // Whoever tells it does so even if it is dropped.
                let Ok(outcome) = outcome else { continue };
                entry.state = State::Done(outcome.clone());
                listener.store.update(id, |kept| kept.state = State::Done(outcome));
            }
            Some(forwarded) = forwards.join_next() => {
                let Ok((place, forwarded)) = forwarded else { continue };
                let at = places.partition_point(|before| *before < place);
                places.insert(at, place);
                entry.forwards.insert(at, forwarded);
                let forwards = entry.forwards.clone();
                listener.store.update(id, |kept| kept.forwards = forwards);
            }
            else => break,
        }
    }
    if let Some(recorder) = &listener.recorder {
        let answer = entry.outcome().and_then(|outcome| outcome.answer.as_ref());
        let recorded = event.and_then(|event| Recorded::new(event, entry.received.time));
        recorder.add(recorded.map(|recorded| match answer {
            Some((status, body)) => recorded.answered(*status, body),
            None => recorded,
        }));
    }
    listener.done(&entry);
}
