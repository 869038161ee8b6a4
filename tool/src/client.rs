//! Connections to a server, as Tencent's servers use them: HTTP/1.1, kept open, without redirects, and given up when the
//! sender would have hung up.

use std::{
    error::Error,
    fmt,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header::HOST, uri::Scheme};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::timeout;
use tower::ServiceExt;

/// How much of an answer is read.
const MOST: usize = 1 << 20;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) enum Reception {
    Answer {
        status: u16,
        /// About how many bytes its head had.
        head: usize,
        body: Bytes,
    },
    /// Nothing, until the sender hung up.
    Late { after: Duration },
    /// The connection ended without an answer, or with half of one.
    Closed(String),
    /// There was no connection.
    Unreachable(String),
}

/// Where a server is.
#[derive(Clone)]
pub(crate) struct Target {
    uri: Uri,
    host: HeaderValue,
    connector: Connector,
}

#[derive(Clone)]
enum Connector {
    Plain(HttpConnector),
    Tls(HttpsConnector<HttpConnector>),
}

impl Target {
    /// Scheme and host.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.uri.scheme_str().unwrap_or("http"), self.host.to_str().unwrap_or_default())
    }

    /// The path and query of the URL, to which a request's parameters are added.
    pub(crate) fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// Whether it is on this machine, by its address or as `localhost`.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        host.eq_ignore_ascii_case("localhost")
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = url.parse().map_err(|error| format!("not a URL: {error}"))?;
        let authority = uri.authority().ok_or("the URL has no host")?;
        if authority.as_str().contains('@') {
            return Err("the URL has a password: Tencent's servers would not use it".to_owned());
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|error| error.to_string())?;
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = if uri.scheme() == Some(&Scheme::HTTPS) {
            let tls = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| format!("no certificates of authorities on this machine: {error}"))?;
            Connector::Tls(tls.https_only().enable_http1().wrap_connector(http))
        } else if uri.scheme() == Some(&Scheme::HTTP) {
            Connector::Plain(http)
        } else {
            return Err("the URL is neither http nor https".to_owned());
        };
        Ok(Self { uri, host, connector })
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.host.to_str().unwrap_or_default())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the query, which may have parameters that are nobody's business.
        write!(f, "{}{}", self.origin(), self.uri.path())
    }
}

/// One connection, made when it is needed, with one request at a time.
#[derive(Debug)]
pub(crate) struct Connection {
    target: Arc<Target>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(target: Arc<Target>) -> Self {
        Self { target, sender: None }
    }

    /// Sends a request with a path and no host, and waits for the answer, at most this long. Also says how long it took.
    pub(crate) async fn send(
        &mut self,
        mut request: Request<Full<Bytes>>,
        patience: Duration,
    ) -> (Reception, Duration) {
        request.headers_mut().insert(HOST, self.target.host.clone());
        let begin = Instant::now();
        let reception = match timeout(patience, self.exchange(request)).await {
            Ok(reception) => reception,
            Err(_) => Reception::Late { after: patience },
        };
        if !matches!(reception, Reception::Answer { .. }) {
            self.sender = None;
        }
        (reception, begin.elapsed())
    }

    async fn exchange(&mut self, mut request: Request<Full<Bytes>>) -> Reception {
        loop {
            let mut sender = match self.sender.take() {
                Some(open) if !open.is_closed() => open,
                _ => match self.connect().await {
                    Ok(sender) => sender,
                    Err(reason) => return Reception::Unreachable(reason),
                },
            };
            if sender.ready().await.is_err() {
                continue;
            }
            let response = match sender.try_send_request(request).await {
                Ok(response) => response,
                Err(mut error) => match error.take_message() {
                    // The server closed the connection while it was idle, and has seen nothing of the request.
                    Some(unsent) => {
                        request = unsent;
                        continue;
                    }
                    None => return Reception::Closed(cause(error.error())),
                },
            };
            let (head, body) = response.into_parts();
            let size =
                head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + 19;
            return match Limited::new(body, MOST).collect().await {
                Ok(body) => {
                    self.sender = Some(sender);
                    Reception::Answer { status: head.status.as_u16(), head: size, body: body.to_bytes() }
                }
                Err(error) => Reception::Closed(cause(&*error)),
            };
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        // Neither task outlives its connection.
        match &self.target.connector {
            Connector::Plain(http) => {
                let stream = http.clone().oneshot(self.target.uri.clone()).await.map_err(|error| cause(&error))?;
                let (sender, connection) = http1::handshake(stream).await.map_err(|error| cause(&error))?;
                tokio::spawn(connection);
                Ok(sender)
            }
            Connector::Tls(https) => {
                let stream = https.clone().oneshot(self.target.uri.clone()).await.map_err(|error| cause(&*error))?;
                let (sender, connection) = http1::handshake(stream).await.map_err(|error| cause(&error))?;
                tokio::spawn(connection);
                Ok(sender)
            }
        }
    }
}

/// The last cause of an error, which says most.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_url_whose_host_may_stand_alone() {
        let shown = |url: &str| url.parse::<Target>().map(|target| (target.to_string(), target.path().to_owned()));
        assert_eq!(
            shown("127.0.0.1:3000/im?a=b").unwrap(),
            ("http://127.0.0.1:3000/im".to_owned(), "/im?a=b".to_owned())
        );
        assert_eq!(shown("http://[::1]:3000").unwrap(), ("http://[::1]:3000/".to_owned(), "/".to_owned()));
        let is_loopback = |url: &str| url.parse::<Target>().unwrap().is_loopback();
        assert!(["127.0.0.1:1/x", "http://[::1]:3000", "http://LOCALHOST/", "127.8.9.1"].into_iter().all(is_loopback));
        assert!(!["10.0.0.1", "http://localhost.example/", "http://[::2]/", "0.0.0.0:1"].into_iter().any(is_loopback));
        for wrong in ["ftp://host/", "http://", "http://ada:secret@host/", "http://host name/"] {
            let error = shown(wrong).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
