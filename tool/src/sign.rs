//! `sign`: a genuine URL, or a line for a shell that sends it.

use clap::Args;
use http::Request;
use http_body_util::BodyExt;

use crate::{
    catalog,
    cli::Ended,
    client::Target,
    output::say_raw,
    request::{Maker, RequestArgs},
};

/// Prints a signed URL, or a `curl` line that sends a genuine webhook
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook sign State.StateChange --url http://127.0.0.1:3000/im --app 1400000000 --token secret
  tencent-webhook sign C2C.CallbackBeforeSendMsg --set From_Account=ada --curl …
  tencent-webhook sign 103 --rtc-key K --curl …

A URL of Chat's is accepted for a minute. A signature of the RTC Engine's is a header, and holds for exactly the printed body.")]
pub(crate) struct SignArgs {
    /// The command, such as C2C.CallbackBeforeSendMsg, PrevFriendAdd or 103
    #[arg(value_name = "COMMAND")]
    command: String,
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:3000/")]
    url: Target,
    #[command(flatten)]
    request: RequestArgs,
    /// A `curl` line, with the body
    #[arg(long)]
    curl: bool,
}

impl SignArgs {
    pub(crate) async fn run(self) -> Result<Ended, String> {
        let command = catalog::find(&self.command)?;
        let app = self.request.apps.first();
        app.check(&command)?;
        let bodies = match self.request.body.bodies(&command) {
            Ok(bodies) => bodies,
            // The signature of Chat's does not cover it.
            Err(_) if !self.curl && !command.is_rtc() && self.request.body.body.is_none() => vec!["{}".into()],
            Err(error) => return Err(error),
        };
        let body = bodies.first().ok_or("there is no body")?;
        let request = Maker::new(app, self.url.path()).at(self.request.at).request(&command, body);
        let url = format!("{}{}", self.url.origin(), request.uri());
        let header = |request: &Request<_>, name: &str| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let headers: Vec<String> = [("SdkAppId", "sdkappid"), ("Sign", "sign")]
            .into_iter()
            .filter_map(|(shown, name)| Some(format!("{shown}: {}", header(&request, name)?)))
            .collect();
        let body = request.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        let body =
            str::from_utf8(&body).map_err(|_| "the body is not UTF-8, so it does not fit into a line".to_owned())?;
        if self.curl {
            let headers: String = headers.iter().map(|header| format!(" -H {}", quoted(header))).collect();
            say_raw!(
                "curl -sS {} -H 'Content-Type: application/json'{headers} --data-binary {}",
                quoted(&url),
                quoted(body)
            );
        } else if command.is_rtc() {
            say_raw!("POST {url}");
            headers.iter().for_each(|header| say_raw!("{header}"));
            say_raw!("\n{body}");
        } else {
            say_raw!("{url}");
        }
        Ok(Ended::Well)
    }
}

/// A text as a shell takes it: as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
