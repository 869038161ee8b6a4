//! Recordings: CloudEvents, one JSON a line, as the hand-off writes them. What came back is in attributes of its own.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::sync::mpsc;
use tower_tencent_webhook::{CloudEvent, Command, SdkAppId};

/// When the webhook was received: RFC 3339.
const RECEIVED: &str = "received";
/// What it was answered: the HTTP status and the body. An attribute has no control characters, so a body that has some, such
/// as the newline at the end of what many servers write, is in Base64: it is judged as it came.
const STATUS: &str = "answerstatus";
const ANSWER: &str = "answer";
const ANSWER_BASE64: &str = "answerbase64";
/// The longest line that is read. A webhook has at most some hundred kilobytes.
const LINE: u64 = 16 << 20;
/// The most of an answer that is recorded.
const MOST: usize = 64 << 10;

/// A recorded webhook.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    event: CloudEvent,
    command: Command,
    app: SdkAppId,
}

impl Recorded {
    /// A webhook that was received just now, or at `received`.
    pub(crate) fn new(event: CloudEvent, received: SystemTime) -> Result<Self, String> {
        let time = humantime::format_rfc3339_millis(received).to_string();
        Self::of(event.with_attribute(RECEIVED, time).map_err(|error| error.to_string())?)
    }

    fn of(event: CloudEvent) -> Result<Self, String> {
        let word = event.event_type();
        let word = ["com.tencent.im.", "com.tencent.rtc."].iter().find_map(|prefix| word.strip_prefix(prefix));
        let command = Command::from(word.ok_or_else(|| "its type is not one of Tencent's webhooks".to_owned())?);
        let app = event.source().rsplit('/').next().and_then(|id| id.parse().ok());
        Ok(Self { command, app: SdkAppId::new(app.ok_or("its source has no SDKAppID")?), event })
    }

    /// With what it was answered.
    pub(crate) fn answered(self, status: u16, body: &[u8]) -> Self {
        let Ok(event) = self.event.clone().with_attribute(STATUS, status.to_string()) else { return self };
        let event = match str::from_utf8(body) {
            _ if body.len() > MOST => Ok(event),
            Ok(text) if !text.contains(char::is_control) => event.with_attribute(ANSWER, text),
            _ => event.with_attribute(ANSWER_BASE64, STANDARD.encode(body)),
        };
        match event {
            Ok(event) => Self { event, ..self },
            Err(_) => self,
        }
    }

    pub(crate) fn event(&self) -> &CloudEvent {
        &self.event
    }

    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    pub(crate) fn app(&self) -> SdkAppId {
        self.app
    }

    /// When it was received, or as near to that as is known.
    pub(crate) fn received(&self) -> Option<SystemTime> {
        let received = self.event.attribute(RECEIVED).and_then(|time| humantime::parse_rfc3339(time).ok());
        let request_time = || {
            let seconds = self.event.attribute("requesttime")?.parse().ok()?;
            UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
        };
        received.or_else(request_time).or_else(|| self.event.time())
    }

    /// What it was answered: the status and the body.
    pub(crate) fn answer(&self) -> Option<(u16, Cow<'_, [u8]>)> {
        let status = self.event.attribute(STATUS)?.parse().ok()?;
        let body = match self.event.attribute(ANSWER) {
            Some(text) => text.as_bytes().into(),
            None => STANDARD.decode(self.event.attribute(ANSWER_BASE64)?).ok()?.into(),
        };
        Some((status, body))
    }

    /// One line.
    pub(crate) fn write(&self, file: &mut impl Write) -> io::Result<()> {
        // In one call, so that whoever stops the process finds whole lines.
        file.write_all(format!("{}\n", self.event.to_json()).as_bytes())
    }
}

/// Why a webhook is not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// A line that is none. It says which one it is, and the next one may be good.
    Line(String),
    /// The file cannot be read any further.
    Rest(String),
}

/// The webhooks of a file. It ends with its first [`Unread::Rest`]: whoever tried again would get the same for ever.
pub(crate) struct Recording {
    lines: Option<Box<dyn BufRead + Send>>,
    name: String,
    line: u64,
}

impl Recording {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(path: &PathBuf) -> Result<Self, String> {
        let lines: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
            Box::new(BufReader::new(file))
        };
        Ok(Self::of(lines, path))
    }

    fn of(lines: Box<dyn BufRead + Send>, path: &Path) -> Self {
        Self { lines: Some(lines), name: path.display().to_string(), line: 0 }
    }
}

/// The webhooks of a file, read by a thread of its own: standard input may have nothing to read for a long time.
pub(crate) fn stream(path: &PathBuf) -> Result<mpsc::Receiver<Result<Recorded, Unread>>, String> {
    let recording = Recording::open(path)?;
    let (read, stream) = mpsc::channel(64);
    // It ends with the file, or when nobody wants more.
    std::thread::spawn(move || recording.into_iter().try_for_each(|one| read.blocking_send(one)));
    Ok(stream)
}

impl Iterator for Recording {
    type Item = Result<Recorded, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let lines = self.lines.as_mut()?;
            let mut line = Vec::new();
            self.line += 1;
            let read = match lines.take(LINE).read_until(b'\n', &mut line) {
                Ok(_) if line.len() as u64 == LINE && !line.ends_with(b"\n") => lines.skip_until(b'\n').map(|_| false),
                read => read.map(|_| true),
            };
            let at = || format!("{}, line {}", self.name, self.line);
            return match read {
                Ok(true) if line.is_empty() => None,
                Ok(true) if line.trim_ascii().is_empty() => continue,
                Ok(true) => {
                    let event = CloudEvent::from_json(line.trim_ascii()).map_err(|error| error.to_string());
                    Some(event.and_then(Recorded::of).map_err(|error| Unread::Line(format!("{}: {error}", at()))))
                }
                Ok(false) => Some(Err(Unread::Line(format!("{}: longer than {} MiB", at(), LINE >> 20)))),
                Err(error) => {
                    self.lines = None;
                    Some(Err(Unread::Rest(match self.line {
                        1 => format!("cannot read {}: {error}", self.name),
                        line => format!("cannot read {} from line {line} on: {error}", self.name),
                    })))
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use tower_tencent_webhook::{
        App,
        signer::{Signer, sample},
    };

    use super::*;

    fn recording(text: impl Into<Vec<u8>>) -> Vec<Result<Recorded, Unread>> {
        Recording::of(Box::new(io::Cursor::new(text.into())), Path::new("file")).collect()
    }

    #[test]
    fn a_recorded_webhook_is_read_again_with_its_answer() {
        let signer = Signer::new(&App::signed(1_400_000_000, "token").unwrap().rtc_key("key").unwrap());
        let mut file = Vec::new();
        for command in crate::catalog::all() {
            let hook = signer.any_webhook(&command, sample(&command)).unwrap();
            let received = UNIX_EPOCH + Duration::from_millis(1_702_018_343_678);
            let recorded = Recorded::new(hook.cloud_event(), received).unwrap().answered(200, br#"{"code":0}"#);
            recorded.write(&mut file).unwrap();
        }
        let read = recording(file.clone());
        assert_eq!(read.len(), 139);
        for (read, command) in read.into_iter().zip(crate::catalog::all()) {
            let read = read.unwrap();
            assert_eq!(*read.command(), command);
            assert_eq!(read.app(), 1_400_000_000);
            assert_eq!(read.event().data(), sample(&command));
            assert_eq!(read.answer(), Some((200, br#"{"code":0}"#[..].into())));
            assert_eq!(read.received(), Some(UNIX_EPOCH + Duration::from_millis(1_702_018_343_678)));
        }
        let file = String::from_utf8(file).unwrap();
        assert!(!file.to_lowercase().contains("\"sign\"") && !file.contains("token\""));
    }

    #[test]
    fn an_answer_is_recorded_as_it_came() {
        let signer = Signer::new(&App::unsigned(7));
        let hook = signer.any_webhook("State.StateChange", sample("State.StateChange")).unwrap();
        // Go's `Encode` and Flask's `jsonify` end with a newline.
        for body in
            [&b"{\"code\":0}\n"[..], b"{\n\t\"code\": 0\n}", b"", b"\xff", "\u{9b}\u{202e}\u{fffd}\u{7f}".as_bytes()]
        {
            let mut file = Vec::new();
            Recorded::new(hook.cloud_event(), UNIX_EPOCH).unwrap().answered(503, body).write(&mut file).unwrap();
            assert_eq!(recording(file)[0].as_ref().unwrap().answer(), Some((503, body.into())));
        }
    }

    #[test]
    fn a_line_that_is_none_says_where_it_is() {
        let good = r#"{"specversion":"1.0","id":"1","source":"/tencent/im/1","type":"com.tencent.im.State.StateChange","data":{}}"#;
        let other = good.replace("com.tencent.im.", "com.example.");
        let read = recording(format!("{good}\n\nnonsense\n{other}\n{good}"));
        assert_eq!(read.len(), 4);
        assert!(read[0].is_ok() && read[3].is_ok());
        let line = |read: &Result<Recorded, Unread>| match read {
            Err(Unread::Line(error)) => error.clone(),
            other => panic!("{other:?}"),
        };
        assert!(line(&read[1]).starts_with("file, line 3: not a JSON object"));
        assert!(line(&read[2]).starts_with("file, line 4: its type"));
    }

    #[test]
    fn what_cannot_be_read_any_further_ends_it() {
        struct Broken;

        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("bad sector"))
            }
        }

        let good = br#"{"specversion":"1.0","id":"1","source":"/tencent/im/1","type":"com.tencent.im.State.StateChange","data":{}}"#;
        // In the middle of a line, of a line that is too long, and at once.
        for (text, whole, told) in [
            ([good, &b"\n{\"spec"[..]].concat(), 1, "cannot read file from line 2 on: bad sector"),
            (vec![b'x'; LINE as usize + 10], 0, "cannot read file: bad sector"),
            (Vec::new(), 0, "cannot read file: bad sector"),
        ] {
            let lines = BufReader::new(io::Cursor::new(text).chain(Broken));
            let read: Vec<_> = Recording::of(Box::new(lines), Path::new("file")).take(5).collect();
            assert_eq!(read.len(), whole + 1, "{read:?}");
            assert!(matches!(&read[whole], Err(Unread::Rest(error)) if error == told), "{read:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut file = vec![b'x'; LINE as usize + 10];
        file.extend(b"\n\n");
        let read = recording(file);
        assert!(matches!(&read[..], [Err(Unread::Line(error))] if error.contains("longer")));
    }
}
