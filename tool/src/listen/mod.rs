//! `listen`: receives webhooks, shows, answers, forwards and records them.
//!
//! | module | what it has |
//! |---|---|
//! | `server` | an HTTP server with limits |
//! | `receive` | the way of one request |
//! | `rules` | `--answer` |
//! | `forward` | `--forward` |
//! | `entry` | one request, what became of it, and how both are told |
//! | `store` | the last requests |
//! | `hold` | webhooks that the user of the page answers by hand |
//! | `page` | the page |

mod entry;
mod forward;
mod hold;
mod page;
mod receive;
mod rules;
mod server;
mod store;

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tower_tencent_webhook::{Command, Receiver};

use self::{
    entry::{Entry, Kind},
    forward::{Forward, Forwards},
    hold::Hold,
    rules::Rules,
    store::Store,
};
use crate::{
    answer::Judges,
    apps::Apps,
    cli::{Ended, Format},
    output::{BAD, BOLD, WARNING, printable, styled, tell, write},
    recording::Recorded,
    stop::Stop,
    tally::millis,
};

/// Where the page is, if nobody says otherwise.
const PAGE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);
/// How many lines may wait for a slow terminal.
const LINES: usize = 10_000;
/// How many commands are told apart. Their names come from outside.
const COMMANDS: usize = 500;
/// How long forwards may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// Receives webhooks: shows, answers, forwards and records them, on the terminal and on a page
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook listen --app 1400000000 --token secret
  tencent-webhook listen --app 1400000000 --token secret --answer 'BeforeSendMsg text:casino -> refuse 120001 no casinos'
  tencent-webhook listen … --forward http://127.0.0.1:3000/im --forward https://staging.example/im --forward-token other
  tencent-webhook listen … --record webhooks.jsonl

Rules have the form `WEBHOOK -> ANSWER` or `ANSWER`. The first one that matches decides; without one the first --forward
does, and else the webhook is acknowledged or allowed. WEBHOOK has any of these, and all of them must be met:
  BeforeSendMsg      a part of the command's name in any letter case, a type of the RTC Engine's number, or a pattern: Group.*
  app:1400000000     the SDKAppID
  from:eve           the sender; `*` is any number of letters
  text:\"buy now\"     the text has this, in any letter case; `*` is any number of letters
ANSWER is one of these:
  allow              also `ack`
  refuse [CODE [TEXT]]
  discard            the message is dropped, and its sender not told
  replace TEXT       another message is sent
  except eve,mallory allowed, but not for these users
  wait 3s [then …]   another answer later; Chat hangs up after 2 s, the RTC Engine after 5 s
  silence            no answer, until the sender hangs up
  status 500         an HTTP status
An event that may not be answered so is left to the next rule; a rule that fits no event it names is an error. A file of
rules has one a line, and comments after `#`.

The page shows the last 10,000 requests, sends them again, and lets you answer by hand. It is for this machine alone. No
output, recording or page has a token, a key or a signature; bodies are personal data, and are shown and recorded.")]
pub(crate) struct ListenArgs {
    /// Where webhooks arrive: an address and a port, or a port of 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    addr: SocketAddr,
    #[command(flatten)]
    apps: Apps,
    /// A rule for answers, or a file with one a line. See below
    #[arg(long, value_name = "RULE|@FILE")]
    answer: Vec<String>,
    #[command(flatten)]
    forwards: Forwards,
    /// Appends each genuine webhook to a file, as a CloudEvent a line, with its answer and without its signature
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Where the page is, on a loopback address. By default 127.0.0.1:8081, or any free port if that is in use
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    page: Option<SocketAddr>,
    /// Without the page
    #[arg(long, conflicts_with = "page")]
    no_page: bool,
    /// How each webhook is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// `127.0.0.1:8080`, `localhost:8080`, `:8080` or `8080`.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or(text.strip_prefix(':')).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    }
    text.parse().map_err(|_| "it has the form 127.0.0.1:8080 or 8080".to_owned())
}

impl ListenArgs {
    pub(crate) async fn run(self) -> Result<Ended, String> {
        let asked = Stop::new();
        let judges = Judges::default();
        let (rules, notes) = Rules::read(&self.answer, |command| (*judges.of(command)).clone())?;
        let forwards = self.forwards.build(&self.apps)?;
        let receiver = Receiver::from_apps(self.apps.0.iter().map(|app| app.app.clone()));
        let recorder = self.record.as_deref().map(Recorder::open).transpose()?;
        let listener = server::bind(self.addr, "--addr").await.map_err(|(_, error)| error)?;
        let page = self.bind_page().await?;
        let own = local(&listener)?;
        let (stop, stopping) = watch::channel(false);
        let (alive, mut all_gone) = mpsc::channel(1);
        let (lines, printed) = printer();
        let shared = Arc::new(Listener {
            receiver: receiver.map_err(|error| error.to_string())?,
            apps: self.apps,
            rules,
            forwards,
            judges,
            store: Store::new(),
            hold: Hold::default(),
            recorder,
            lines,
            unprinted: AtomicU64::new(0),
            counts: Mutex::default(),
            next: AtomicU64::new(1),
            stop: stopping.clone(),
            alive: Mutex::new(Some(alive)),
            format: self.format,
            address: own,
            begin: Instant::now(),
        });
        for note in notes {
            tell!("{}: {note}", styled(WARNING, "note"));
        }
        shared.introduce(self.record.as_deref());
        let page = match page {
            Some(listener) => {
                let address = local(&listener)?;
                tell!("page: {}", styled(BOLD, format_args!("http://{address}/")));
                Some(tokio::spawn(page::serve(listener, address, shared.clone(), stopping.clone())))
            }
            None => None,
        };

        let service = shared.clone();
        let served = tokio::spawn(server::serve(
            listener,
            move |peer, request| receive::receive(service.clone(), peer, request),
            stopping,
        ));
        asked.asked().await;
        _ = stop.send(true);
        _ = served.await;
        if let Some(page) = page {
            _ = page.await;
        }
        // What is forwarded still has to be recorded and shown.
        drop(lock(&shared.alive).take());
        _ = timeout(GRACE, all_gone.recv()).await;
        let summary = shared.summary();
        let all_recorded = shared.recorder.as_ref().is_none_or(|recorder| recorder.lost() == 0);
        drop(shared);
        // All lines are there before the summary, unless the terminal does not take them.
        _ = timeout(GRACE, printed).await;
        tell!("{summary}");
        Ok(Ended::well_if(all_recorded))
    }

    async fn bind_page(&self) -> Result<Option<TcpListener>, String> {
        if self.no_page {
            return Ok(None);
        }
        if let Some(page) = self.page.filter(|page| !page.ip().is_loopback()) {
            return Err(format!(
                "the page shows what your users write, so only this machine may see it: {page} is no loopback address. Choose \
                 --page 127.0.0.1:{}",
                page.port()
            ));
        }
        let bound = match server::bind(self.page.unwrap_or(PAGE), "--page").await {
            Err((io::ErrorKind::AddrInUse, _)) if self.page.is_none() => {
                server::bind(SocketAddr::new(PAGE.ip(), 0), "--page").await
            }
            bound => bound,
        };
        bound.map(Some).map_err(|(_, error)| error)
    }
}

fn local(listener: &TcpListener) -> Result<SocketAddr, String> {
    listener.local_addr().map_err(|error| format!("cannot listen: {error}"))
}

/// What all requests share.
#[derive(Debug)]
struct Listener {
    receiver: Receiver,
    apps: Apps,
    rules: Rules,
    forwards: Vec<Arc<Forward>>,
    judges: Judges,
    store: Store,
    hold: Hold,
    recorder: Option<Recorder>,
    lines: SyncSender<String>,
    unprinted: AtomicU64,
    counts: Mutex<Counts>,
    next: AtomicU64,
    stop: watch::Receiver<bool>,
    /// Closed once all forwards have ended, after this one has been taken.
    alive: Mutex<Option<mpsc::Sender<Infallible>>>,
    format: Format,
    /// Where it listens.
    address: SocketAddr,
    begin: Instant,
}

impl Listener {
    fn introduce(&self, record: Option<&Path>) {
        let app = |app: &crate::apps::ConfiguredApp| {
            let products = match (app.has_chat(), app.has_rtc()) {
                (true, true) => "Chat, RTC Engine",
                (true, false) => "Chat",
                _ => "RTC Engine",
            };
            format!("{} ({products}{})", app.id, if app.unsigned { ", unsigned" } else { "" })
        };
        let apps: Vec<_> = self.apps.0.iter().map(app).collect();
        let url = styled(BOLD, format_args!("http://{}", self.address));
        tell!("listening on {url} for app {}", apps.join(", "));
        for forward in &self.forwards {
            tell!("forwarding to {}", forward.name());
        }
        if let Some(record) = record {
            tell!("recording to {}", record.display());
        }
    }

    /// Whether it is to end.
    async fn stopped(&self) {
        _ = self.stop.clone().wait_for(|stop| *stop).await;
    }

    /// A request has got its answer, and all forwards have ended.
    fn done(&self, entry: &Entry) {
        lock(&self.counts).add(entry);
        let line = match self.format {
            Format::Text => entry.text_line(self.apps.0.len() > 1),
            Format::Json => entry.json_line(),
        };
        if self.lines.try_send(line).is_err() {
            self.unprinted.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn summary(&self) -> String {
        let mut summary = lock(&self.counts).text(self.begin.elapsed());
        if let Some(recorder) = &self.recorder {
            summary += &format!("\n{} recorded", recorder.count.load(Ordering::Relaxed));
            if recorder.lost() > 0 {
                summary += &format!(", {}", styled(BAD, format_args!("{} lost", recorder.lost())));
            }
        }
        match self.unprinted.load(Ordering::Relaxed) {
            0 => {}
            lost => summary += &format!("\n{lost} lines were not printed, as the terminal was too slow"),
        }
        summary
    }
}

/// What is told at the end.
#[derive(Debug, Default)]
struct Counts {
    kinds: BTreeMap<Kind, u64>,
    rejected: BTreeMap<&'static str, u64>,
    commands: HashMap<Command, Duration>,
}

impl Counts {
    fn add(&mut self, entry: &Entry) {
        let Some(outcome) = entry.outcome() else { return };
        *self.kinds.entry(outcome.kind).or_default() += 1;
        match (&entry.received.trouble, &entry.received.command) {
            (Some(trouble), _) if outcome.kind == Kind::Rejected => {
                *self.rejected.entry(trouble.kind).or_default() += 1;
            }
            (_, Some(command)) if self.commands.len() < COMMANDS || self.commands.contains_key(command) => {
                let longest = self.commands.entry(command.clone()).or_default();
                *longest = outcome.took.max(*longest);
            }
            _ => {}
        }
    }

    fn text(&self, time: Duration) -> String {
        let all: u64 = self.kinds.values().sum();
        let time = humantime::format_duration(Duration::from_secs(time.as_secs()));
        if all == 0 {
            return format!("nothing was received in {time}");
        }
        let kind = |(kind, count): (&Kind, &u64)| match kind {
            Kind::Rejected => {
                let why: Vec<_> = self.rejected.iter().map(|(why, count)| format!("{count} {why}")).collect();
                format!("{count} rejected ({})", why.join(", "))
            }
            kind => format!("{count} {}", kind.as_str()),
        };
        let kinds: Vec<_> = self.kinds.iter().map(kind).collect();
        let mut text = format!("{all} received in {time}: {}", kinds.join(", "));
        let mut slowest: Vec<_> = self.commands.iter().collect();
        slowest.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.as_str().cmp(other.as_str())));
        let slowest: Vec<_> = slowest
            .into_iter()
            .take(3)
            .map(|(command, took)| format!("{} {}", printable(command.as_str(), 64), millis(*took)))
            .collect();
        if !slowest.is_empty() {
            text += &format!("\nslowest: {}", slowest.join(", "));
        }
        text
    }
}

/// A file to which webhooks are appended.
#[derive(Debug)]
struct Recorder {
    lines: Mutex<Lines<File>>,
    name: String,
    count: AtomicU64,
    lost: AtomicU64,
}

/// Lines of a file, of which one that could not be written whole takes no other one with it.
#[derive(Debug)]
struct Lines<W> {
    file: W,
    /// Whether there may be half a line at the end.
    is_torn: bool,
}

impl<W: Write> Lines<W> {
    fn add(&mut self, recorded: &Recorded) -> io::Result<()> {
        if self.is_torn {
            // At worst there is an empty line, which nobody minds.
            self.file.write_all(b"\n")?;
        }
        let written = recorded.write(&mut self.file);
        self.is_torn = written.is_err();
        written
    }
}

impl Recorder {
    fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true);
            // What people wrote is nobody else's business.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            // A line that was cut off, when the machine stopped, stays a line of its own.
            let length = file.seek(SeekFrom::End(0))?;
            if length > 0 {
                let mut last = [0];
                file.seek(SeekFrom::Start(length - 1))?;
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
            Ok(file)
        };
        let file = open().map_err(|error: io::Error| format!("cannot record to {name}: {error}"))?;
        let lines = Mutex::new(Lines { file, is_torn: false });
        Ok(Self { lines, name, count: AtomicU64::new(0), lost: AtomicU64::new(0) })
    }

    /// How many genuine webhooks are not in the file.
    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// A webhook, or why it cannot be recorded.
    fn add(&self, recorded: Result<Recorded, String>) {
        let written = recorded.and_then(|recorded| lock(&self.lines).add(&recorded).map_err(|error| error.to_string()));
        match written {
            Ok(()) => _ = self.count.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                // Once is enough.
                if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    let error = printable(&error, 300);
                    tell!("{}: cannot record to {}: {error}", styled(BAD, "error"), self.name);
                }
            }
        }
    }
}

/// A thread that prints lines, so that no webhook waits for the terminal. It ends when nobody can send any more.
fn printer() -> (SyncSender<String>, oneshot::Receiver<()>) {
    let (sender, lines) = sync_channel::<String>(LINES);
    let (done, printed) = oneshot::channel();
    thread::spawn(move || {
        for line in lines {
            write(&format!("{line}\n"));
        }
        _ = done.send(());
    });
    (sender, printed)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use tower_tencent_webhook::{
        App,
        signer::{Signer, sample},
    };

    use super::*;

    /// A disk that is full after so many bytes.
    struct Full {
        written: Vec<u8>,
        room: usize,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room);
            if fits == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= fits;
            self.written.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn half_a_record_takes_no_other_one_with_it() {
        let hook =
            Signer::new(&App::unsigned(7)).any_webhook("State.StateChange", sample("State.StateChange")).unwrap();
        let recorded = Recorded::new(hook.cloud_event(), UNIX_EPOCH).unwrap();
        for room in [0, 1, 40] {
            let mut lines = Lines { file: Full { written: Vec::new(), room }, is_torn: false };
            assert!(lines.add(&recorded).is_err() && lines.add(&recorded).is_err());
            lines.file.room = usize::MAX;
            assert!(lines.add(&recorded).is_ok() && lines.add(&recorded).is_ok());
            let text = String::from_utf8(lines.file.written).unwrap();
            let whole = recorded.event().to_json();
            assert_eq!(text.lines().filter(|line| *line == whole).count(), 2, "{text}");
        }
    }
}
