//! The page: for the browser of this machine, and driven by nothing but itself.
//!
//! Whatever other page the browser has open can send requests here, by this address or by a name of its own that it lets
//! point here. So each request must name a loopback address as its host, and what comes from a page must come from this
//! one. Nothing of the page is loaded from elsewhere, and it runs no script but its own file.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, Request, State},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tower::ServiceExt;
use tower_tencent_webhook::{Command, Platform, SdkAppId, signer::Signer};

use super::{Listener, entry::Kind, forward::Outgoing, rules::Plan, server};
use crate::{
    answer::{Judge, patience},
    client::{Connection, Reception, Target},
    facts::friends_of,
};

/// How many changes go into one message.
const CHANGES: usize = 500;
/// How long at least lies between two messages, so that many webhooks are few messages.
const PAUSE: Duration = Duration::from_millis(40);
/// After what time a page comes back whose connection has ended.
const RETRY: Duration = Duration::from_secs(1);
/// The largest request: a body of 1 MiB, each letter of which may be written as six.
const REQUEST: usize = 8 << 20;
/// How long somebody waits who wants to answer by hand.
const PATIENT: Duration = Duration::from_secs(300);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Page {
    listener: Arc<Listener>,
    address: SocketAddr,
    /// What tells this process from the one before it.
    session: u64,
}

pub(super) async fn serve(
    socket: TcpListener,
    address: SocketAddr,
    listener: Arc<Listener>,
    stop: watch::Receiver<bool>,
) {
    let session = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_millis() as u64);
    let page = Arc::new(Page { listener, address, session });
    let file =
        |kind: &'static str, text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
    let router = Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("page.html")))
        .route("/page.css", file("text/css; charset=utf-8", include_str!("page.css")))
        .route("/page.js", file("text/javascript; charset=utf-8", include_str!("page.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("icon.svg")))
        .route("/api/about", get(about))
        .route("/api/events", get(events))
        .route("/api/entries/{id}", get(entry))
        .route("/api/send", post(send))
        .route("/api/hold", post(hold))
        .route("/api/answer", post(answer))
        .layer(DefaultBodyLimit::max(REQUEST))
        .layer(middleware::from_fn_with_state(page.clone(), guard))
        .with_state(page);
    let service = move |_, request: Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            Ok(response)
        }
    };
    server::serve(socket, service, stop).await;
}

/// Lets only this page in, and says to the browser what it may do.
async fn guard(State(page): State<Arc<Page>>, request: Request, next: Next) -> Response {
    let mut response = match check(page.address, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(reason) => refusal(StatusCode::FORBIDDEN, reason),
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(status: StatusCode, reason: impl std::fmt::Display) -> Response {
    (status, Json(json!({ "error": reason.to_string() }))).into_response()
}

/// Whether a request comes from the page at this address, or from a browser that opens it.
fn check(address: SocketAddr, method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap_or_default());
        if values.next().is_some() { Some("") } else { first }
    };
    let host = only(header::HOST).filter(|host| is_own(address, host));
    let host = host.ok_or("the host is not this page's address")?;
    let is_read = method == Method::GET || method == Method::HEAD;
    match only(header::ORIGIN) {
        None if is_read => {}
        Some(origin) if origin.strip_prefix("http://").is_some_and(|own| own.eq_ignore_ascii_case(host)) => {}
        _ => return Err("the request does not come from this page"),
    }
    // A link may lead here, and nothing else.
    let site = only(HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
    let is_link = only(HeaderName::from_static("sec-fetch-mode")) == Some("navigate") && is_read;
    if !(is_link || ["same-origin", "none"].contains(&site)) {
        return Err("the request does not come from this page");
    }
    let kind = only(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if is_read || kind.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err("the content is not JSON") }
}

/// Whether a host is a name of this page: a loopback address or `localhost`, with the port.
fn is_own(address: SocketAddr, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().ok()),
        _ => (host, Some(80)),
    };
    let names = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), format!("[{}]", Ipv6Addr::LOCALHOST)];
    let own = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    port == Some(address.port())
        && (names.iter().any(|known| name.eq_ignore_ascii_case(known)) || name.eq_ignore_ascii_case(&own))
}

/// What the page must know once.
async fn about(State(page): State<Arc<Page>>) -> Json<Value> {
    let listener = &page.listener;
    let apps: Vec<_> = listener
        .apps
        .0
        .iter()
        .map(
            |app| json!({ "id": app.id.get(), "chat": app.has_chat(), "rtc": app.has_rtc(), "unsigned": app.unsigned }),
        )
        .collect();
    let forwards: Vec<_> = listener.forwards.iter().map(|forward| forward.name()).collect();
    Json(json!({ "address": listener.address.to_string(), "apps": apps, "forwards": forwards }))
}

/// All requests that are kept, and each change from then on. A page that comes back gets what it has missed.
async fn events(State(page): State<Arc<Page>>, headers: HeaderMap) -> impl IntoResponse {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = seen.and_then(|id| id.split_once('-')).filter(|(session, _)| *session == page.session.to_string());
    let seen = seen.and_then(|(_, seen)| seen.parse().ok()).unwrap_or(0);
    let changed = page.listener.store.watch();
    let stream = stream::unfold((page, seen, changed, true), |(page, seen, mut changed, is_first)| async move {
        if !is_first {
            tokio::select! {
                changed = changed.changed() => changed.ok()?,
                () = page.listener.stopped() => return None,
            }
            sleep(PAUSE).await;
        }
        changed.mark_unchanged();
        let changes = page.listener.store.after(seen, CHANGES);
        if !changes.is_all {
            changed.mark_changed();
        }
        let data = json!({
            "session": page.session,
            "first": changes.first,
            "entries": changes.entries,
            "hold": page.listener.hold.value(),
        });
        let id = format!("{}-{}", page.session, changes.last);
        let event = Event::default().id(id).retry(RETRY).data(data.to_string());
        Some((Ok::<_, Infallible>(event), (page, changes.last, changed, false)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn entry(State(page): State<Arc<Page>>, Path(id): Path<u64>) -> Response {
    match page.listener.store.get(id) {
        Some(entry) => Json(entry.details()).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "it is not kept any more: only the last 10,000 are"),
    }
}

/// A webhook to send.
#[derive(Deserialize)]
struct Again {
    /// `listener`, the place of a `--forward`, or a URL.
    to: To,
    app: u64,
    command: String,
    client_ip: Option<IpAddr>,
    platform: Option<String>,
    body: String,
    /// Longer than its sender would wait.
    patient: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum To {
    Listener,
    Forward(usize),
    Url(String),
}

async fn send(State(page): State<Arc<Page>>, Json(again): Json<Again>) -> Result<Json<Value>, Response> {
    let wrong = |reason: String| refusal(StatusCode::BAD_REQUEST, reason);
    let listener = &page.listener;
    let command = match again.command.trim() {
        "" => return Err(wrong("there is no command".to_owned())),
        word => Command::from(word),
    };
    let id = SdkAppId::new(again.app);
    let app = listener.apps.0.iter().find(|app| app.id == id);
    let app = app.ok_or_else(|| wrong(format!("the app {id} is not one of this listener")))?;
    app.check(&command).map_err(wrong)?;
    let outgoing = Outgoing {
        app: id,
        word: again.command.trim().to_owned(),
        is_rtc: command.is_rtc(),
        client_ip: again.client_ip,
        platform: again.platform.as_deref().filter(|platform| !platform.is_empty()).map(Platform::from),
        body: again.body.into(),
    };
    let judge = listener.judges.of(&command);
    let friends = friends_of(&command, &outgoing.body);
    let told = |url: &str, reception: &Reception, took| told(url, &judge, reception, friends.as_deref(), took);
    let patience = if again.patient { PATIENT } else { patience(&command) };
    let is_own = matches!(again.to, To::Listener);
    let url = match again.to {
        To::Forward(place) => {
            let forward = listener.forwards.get(place).ok_or_else(|| wrong("there is no such --forward".to_owned()))?;
            let request = forward.request(&outgoing).ok_or_else(|| wrong("it does not get this app".to_owned()))?;
            let (reception, took) = forward.send(request, patience).await;
            return Ok(Json(told(forward.name(), &reception, took)));
        }
        To::Listener => {
            let mut own = listener.address;
            if own.ip().is_unspecified() {
                own.set_ip(if own.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
            }
            format!("http://{own}/")
        }
        To::Url(url) => url,
    };
    let target: Target = url.trim().parse().map_err(wrong)?;
    if !is_own && !target.is_loopback() {
        return Err(wrong(
            "only servers of this machine and those of --forward get webhooks from this page: start the listener with \
             --forward for it"
                .to_owned(),
        ));
    }
    let request = outgoing.request(&Signer::new(&app.app).url(target.path()));
    let name = target.to_string();
    let (reception, took) = Connection::new(Arc::new(target)).send(request, patience).await;
    Ok(Json(told(&name, &reception, took)))
}

/// What a server said to a webhook of the page.
fn told(url: &str, judge: &Judge, reception: &Reception, friends: Option<&[String]>, took: Duration) -> Value {
    let verdict = judge.judge(reception, friends);
    let (status, body) = match reception {
        Reception::Answer { status, body, .. } => (Some(*status), Some(String::from_utf8_lossy(body))),
        _ => (None, None),
    };
    json!({
        "url": url,
        "kind": Kind::of(&verdict).as_str(),
        "words": verdict.words(judge.command()),
        "status": status,
        "body": body,
        "took_ms": took.as_micros() as f64 / 1000.0,
    })
}

/// Which before-events are held from now on. `null`: none.
#[derive(Deserialize)]
struct Filter {
    filter: Option<String>,
}

async fn hold(State(page): State<Arc<Page>>, Json(wanted): Json<Filter>) -> Result<Json<Value>, Response> {
    let set = page.listener.hold.set(wanted.filter.as_deref());
    set.map_err(|reason| refusal(StatusCode::BAD_REQUEST, reason))?;
    page.listener.store.tell();
    Ok(Json(json!({ "hold": page.listener.hold.value() })))
}

/// The decision on a webhook that is held, as in a rule.
#[derive(Deserialize)]
struct Decision {
    id: u64,
    answer: String,
}

async fn answer(State(page): State<Arc<Page>>, Json(decision): Json<Decision>) -> Result<Json<Value>, Response> {
    let wrong = |reason: String| refusal(StatusCode::BAD_REQUEST, reason);
    let gone =
        || refusal(StatusCode::CONFLICT, "it does not wait any more: its sender has hung up, or it was answered");
    let entry = page.listener.store.get(decision.id).ok_or_else(gone)?;
    let plan = Plan::parse(&decision.answer).map_err(wrong)?;
    if let (Some(answer), Some(command)) = (&plan.answer, &entry.received.command) {
        answer.check(&page.listener.judges.of(command)).map_err(wrong)?;
    }
    match page.listener.hold.decide(decision.id, plan) {
        true => Ok(Json(json!({}))),
        false => Err(gone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, headers: &[(&str, &str)]) -> bool {
        is_let_in("127.0.0.1:8081", method, headers)
    }

    fn is_let_in(address: &str, method: Method, pairs: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        super::check(address.parse().unwrap(), &method, &headers).is_ok()
    }

    #[test]
    fn only_this_page_is_let_in() {
        let own = ("host", "127.0.0.1:8081");
        let json = ("content-type", "application/json; charset=utf-8");
        let origin = ("origin", "http://127.0.0.1:8081");
        for headers in [
            &[own][..],
            &[("host", "localhost:8081")],
            &[("host", "[::1]:8081")],
            &[own, origin],
            &[own, ("sec-fetch-site", "same-origin")],
            &[own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        ] {
            assert!(check(Method::GET, headers), "{headers:?}");
        }
        for headers in [
            &[][..],
            &[("host", "evil.example:8081")],
            &[("host", "127.0.0.1")],
            &[("host", "127.0.0.1:8082")],
            &[("host", "127.0.0.1.evil.example:8081")],
            &[own, own],
            &[own, ("origin", "http://evil.example")],
            &[own, ("origin", "https://127.0.0.1:8081")],
            &[own, ("origin", "null")],
            &[own, ("sec-fetch-site", "cross-site")],
            &[own, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")],
        ] {
            assert!(!check(Method::GET, headers), "{headers:?}");
        }
        assert!(check(Method::POST, &[own, origin, json]));
        assert!(is_let_in("127.0.0.1:80", Method::GET, &[("host", "localhost")]));
        for headers in [
            &[own, json][..],
            &[own, origin],
            &[own, origin, ("content-type", "text/plain")],
            &[own, json, ("origin", "http://localhost:8081")],
            &[own, json, origin, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        ] {
            assert!(!check(Method::POST, headers), "{headers:?}");
        }
    }
}
