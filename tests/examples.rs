//! The examples, started as their comments say, and talked to over TCP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

const APP: &str = "SdkAppid=1400000000";

/// An example at work, ended with the test.
struct Example {
    process: Child,
    address: SocketAddr,
}

impl Drop for Example {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Cargo builds the examples before it runs the tests, beside them; it is asked to where one test alone is run.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !path.exists() {
        let built = Command::new(env!("CARGO")).args(["build", "--example", name]).status().unwrap();
        assert!(built.success(), "{name} cannot be built");
    }
    path
}

fn start(name: &str) -> Example {
    let mut process = Command::new(binary(name)).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{name} said {line:?}"));
    Example { address: address.parse().unwrap(), process }
}

impl Example {
    /// Sends a request as `curl` would, and gives the status and the body of the answer.
    fn ask(&self, method: &str, target: &str, header: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    fn webhook(&self, path: &str, command: &str, body: &str) -> (u16, serde_json::Value) {
        let (status, answer) = self.ask("POST", &format!("{path}?{APP}&CallbackCommand={command}"), "", body);
        (status, serde_json::from_str(&answer).unwrap())
    }
}

const UNFOLLOW: &str = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}"#;

#[test]
fn quickstart_shows_what_it_promises() {
    let output = Command::new(binary("quickstart")).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert_eq!(shown.matches("\n  received  ").count(), 3, "{shown}");
    assert_eq!(shown.matches("\n  answered  ").count(), 6, "{shown}");
    for part in ["AfterFollowDelete {", "\"ErrorCode\":120001", "Moon.CallbackAfterRise", "401 Unauthorized", "403 "] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
}

#[test]
fn axum_beside_an_app_with_auth() {
    let example = start("axum");
    assert_eq!(example.ask("GET", "/me", "", "").0, 401);
    let (status, body) = example.ask("GET", "/me", "authorization: Bearer open sesame\r\n", "");
    assert_eq!((status, body.as_str()), (200, "hello, ada\n"));

    let (status, answer) = example.webhook("/im", "Follow.CallbackAfterFollowDelete", UNFOLLOW);
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
    let (status, answer) = example.webhook("/im", "Follow.CallbackAfterFollowDelete", "{}");
    assert_eq!((status, &answer["ErrorCode"]), (400, &400.into()));
    assert_eq!(example.ask("GET", "/im", "", "").0, 404);
}

#[test]
fn hyper_without_a_framework() {
    let example = start("hyper");
    let logout = r#"{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}"#;
    let (status, answer) = example.webhook("/", "State.StateChange", logout);
    assert_eq!((status, &answer["ActionStatus"]), (200, &"OK".into()));
    assert_eq!(example.ask("GET", "/", "", "").0, 404);
    let foreign = example.ask("POST", "/?SdkAppid=7&CallbackCommand=State.StateChange", "", logout);
    assert_eq!(foreign.0, 403);
}

#[tokio::test]
async fn tonic_on_one_port() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

    let example = start("tonic");
    let channel = tonic::transport::Endpoint::try_from(format!("http://{}", example.address)).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let health = client.check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1, "it is serving");

    let full = r#"{"GroupId":"@TGS#1","EventTime":"1702018343678"}"#;
    let (status, answer) = example.webhook("/im", "Group.CallbackAfterGroupFull", full);
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
    let (status, _) = example.webhook("/im", "Moon.CallbackAfterRise", "{}");
    assert_eq!(status, 200);
    assert!(client.check(HealthCheckRequest::default()).await.is_ok());
}

#[test]
fn verdicts_moderate_messages() {
    let example = start("verdicts");
    let group = |text: &str| {
        let body = format!(
            r#"{{"GroupId":"@TGS#1","Type":"Public","From_Account":"ada","Operator_Account":"ada","Random":1,
                "MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{text}"}}}}]}}"#
        );
        example.webhook("/im", "Group.CallbackBeforeSendMsg", &body)
    };
    let code = |text| {
        let (status, answer) = group(text);
        assert_eq!(status, 200);
        answer["ErrorCode"].as_u64().unwrap()
    };
    assert_eq!(code("good morning"), 0);
    assert_eq!(code("to the casino"), 10_100);
    assert_eq!(code("buy now"), 2);
    let (_, rewritten) = group("what the heck");
    assert_eq!(rewritten["MsgBody"][0]["MsgContent"]["Text"], "what the h**k");

    let message = r#"{"From_Account":"ada","To_Account":"grace","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"1_2_3",
        "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"buy now"}}]}"#;
    let (_, answer) = example.webhook("/im", "C2C.CallbackBeforeSendMsg", message);
    assert_eq!(answer["ErrorCode"], 1);
}

#[test]
fn schema_of_one_command_and_of_all() {
    let run = |arguments: &[&str]| {
        let output = Command::new(binary("schema")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert!(run(&["C2C.CallbackBeforeSendMsg"]).to_string().contains("CloudCustomData"));
    assert!(run(&[]).to_string().contains("Alert.RequestOverLimit"));
}
