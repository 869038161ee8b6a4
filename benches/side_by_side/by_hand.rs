//! The practical limit: what an expert who needs no middleware would write in hyper's service function.
//!
//! It makes the same checks as the layer, in the same order, and parses a struct of its own by plain serde. It ignores the parameters that
//! nobody asks for (the client's address and platform), rejects with a status and no text, and knows one app with one
//! token.

use std::{
    borrow::Cow,
    convert::Infallible,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use constant_time_eq::constant_time_eq_n;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use memchr::{memchr_iter, memchr2};
use sha2::{Digest, Sha256};

use super::{
    common::{APP, TOKEN, UNFOLLOW, plain},
    receivers::{PATH, acknowledged, unfollowed},
};

const MAX_BODY: usize = 256 * 1024;
const MAX_AGE: u64 = 60;

pub async fn receive<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible>
where
    B: Body<Data = Bytes> + Unpin,
{
    Ok(handle(request).await.unwrap_or_else(rejected))
}

fn rejected(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

async fn handle<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, StatusCode>
where
    B: Body<Data = Bytes> + Unpin,
{
    let (head, body) = request.into_parts();
    if head.method != Method::POST || head.uri.path() != PATH {
        return Err(StatusCode::NOT_FOUND);
    }
    let command = check(head.uri.query().unwrap_or_default())?;
    let body = collect(body).await?;
    match &*command {
        UNFOLLOW => {
            let event: plain::Unfollow = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
            unfollowed(&event.from_account, &event.to_account);
        }
        _ => return Err(StatusCode::NOT_IMPLEMENTED),
    }
    Ok(acknowledged())
}

/// Checks that the URL is for this app, genuine and fresh, and returns its command.
fn check(query: &str) -> Result<Cow<'_, str>, StatusCode> {
    let (mut app, mut command, mut time, mut sign) = (None, None, None, None);
    let mut put = |name: &str, value| {
        let (ours, slot) = match name.len() {
            4 => ("Sign", &mut sign),
            8 => ("SdkAppid", &mut app),
            11 => ("RequestTime", &mut time),
            15 => ("CallbackCommand", &mut command),
            _ => return Ok(()),
        };
        if name != ours && !name.eq_ignore_ascii_case(ours) {
            return Ok(());
        }
        match slot {
            Some(first) if *first != value => return Err(StatusCode::BAD_REQUEST),
            _ => *slot = Some(value),
        }
        Ok(())
    };
    if memchr2(b'%', b'+', query.as_bytes()).is_some() {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            put(&name, value)?;
        }
    } else {
        let mut start = 0;
        for end in memchr_iter(b'&', query.as_bytes()).chain([query.len()]) {
            let pair = &query[start..end];
            let equals = pair.bytes().position(|byte| byte == b'=').unwrap_or(pair.len());
            put(&pair[..equals], Cow::Borrowed(pair.get(equals + 1..).unwrap_or_default()))?;
            start = end + 1;
        }
    }

    let app: u64 = app.and_then(|app| app.parse().ok()).ok_or(StatusCode::BAD_REQUEST)?;
    let command = command.filter(|command| !command.is_empty()).ok_or(StatusCode::BAD_REQUEST)?;
    if app != APP {
        return Err(StatusCode::FORBIDDEN);
    }

    let (Some(time), Some(sign)) = (time, sign) else { return Err(StatusCode::UNAUTHORIZED) };
    let claimed: [u8; 64] = sign.as_bytes().try_into().map_err(|_| StatusCode::UNAUTHORIZED)?;
    let mut genuine = [0; 64];
    let hash = Sha256::new().chain_update(TOKEN).chain_update(time.as_bytes()).finalize();
    hex::encode_to_slice(hash, &mut genuine).expect("32 bytes are 64 digits");
    if !constant_time_eq_n(&genuine, &claimed.map(|digit| digit.to_ascii_lowercase())) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let time: u64 = time.parse().map_err(|_| StatusCode::UNAUTHORIZED)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| StatusCode::UNAUTHORIZED)?;
    if now.as_secs().abs_diff(time) > MAX_AGE {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(command)
}

/// The body, up to the limit. A single frame is not copied.
async fn collect(mut body: impl Body<Data = Bytes> + Unpin) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if data.len() > MAX_BODY - first.len() - all.len() {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// A callback of the RTC Engine: its app, the HMAC of its body, and a struct of one's own.
#[cfg(feature = "rtc")]
pub async fn receive_callback<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible>
where
    B: Body<Data = Bytes> + Unpin,
{
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::common::callback::{mac, parse};

    async fn handle<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, StatusCode>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (head, body) = request.into_parts();
        if head.method != Method::POST || head.uri.path() != PATH {
            return Err(StatusCode::NOT_FOUND);
        }
        let header = |name: &str| head.headers.get(name).map(http::HeaderValue::as_bytes);
        let app: Option<u64> = header("sdkappid").and_then(|app| str::from_utf8(app).ok()?.parse().ok());
        if app.ok_or(StatusCode::BAD_REQUEST)? != APP {
            return Err(StatusCode::FORBIDDEN);
        }
        let mut claimed = [0; 32];
        let length = STANDARD.decode_slice(header("sign").unwrap_or_default(), &mut claimed);
        let body = collect(body).await?;
        if length != Ok(32) || !constant_time_eq_n(&mac(&body), &claimed) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        std::hint::black_box(parse(&body));
        Ok(acknowledged())
    }

    Ok(handle(request).await.unwrap_or_else(rejected))
}
