//! The failure policy: the answer to a verified webhook if nothing else gives one that Chat can use.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body;

#[cfg(feature = "tokio")]
use crate::places::{DEFAULT_LIMIT, Places};
use crate::{
    command::{Command, Phase},
    event::Event,
    observe::{self, Outcome},
    panic::quietly,
    rejection::{Rejection, RejectionKind},
    reply::{self, AnswerTo, Reply, json_response},
    verdict::FriendVerdict,
    webhook::{Webhook, WebhookContext},
    wire::MAX_DRIFTS,
};

/// The answers to verified webhooks that fail, whatever the inner service is.
///
/// It covers everything that can happen to a webhook after its URL was verified:
///
/// * the body cannot be read, is too large, breaks off, or names another command;
/// * a handler of [`WebhookRouter`](crate::WebhookRouter) fails, panics, exceeds its deadline, or is beyond a limit;
/// * the inner service fails, panics, or answers with another status than 200. By default a panic goes on.
///
/// What is not verified only ever gets a rejection, and so does what the app itself excludes with `allow_commands` and
/// `on_unknown`. By default, everything else is rejected as well.
///
/// ```
/// use tower_tencent_webhook::{AfterFailure, App, BeforeFailure, FailurePolicy, WebhookLayer};
///
/// let policy = FailurePolicy::new()
///     // A message that cannot be moderated is refused. A gift would be blocked by an HTTP error.
///     .before_with(|failure| match failure.command().as_str() {
///         "Live.CallbackBeforeSendGift" => BeforeFailure::Allow,
///         _ => BeforeFailure::Refuse,
///     })
///     .after(AfterFailure::Acknowledge);
/// let layer = WebhookLayer::new(App::signed(1400000000, "token of the console")?).on_failure(policy);
/// # Ok::<(), tower_tencent_webhook::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct FailurePolicy {
    before: Decision<BeforeFailure>,
    after: Decision<AfterFailure>,
    #[cfg(feature = "tokio")]
    withhold: Places,
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl FailurePolicy {
    /// Creates a policy that rejects everything.
    pub fn new() -> Self {
        Self {
            before: Decision::default(),
            after: Decision::default(),
            #[cfg(feature = "tokio")]
            withhold: Places::new(withhold::PLACES, DEFAULT_LIMIT),
        }
    }

    /// The answer to before-events. Default: [`BeforeFailure::Reject`].
    pub fn before(mut self, answer: BeforeFailure) -> Self {
        self.before = Decision::Always(answer);
        self
    }

    /// Chooses the answer to each before-event.
    pub fn before_with(mut self, choose: impl Fn(&Failure<'_>) -> BeforeFailure + Send + Sync + 'static) -> Self {
        self.before = Decision::With(Arc::new(choose));
        self
    }

    /// The answer to after-events. Default: [`AfterFailure::Reject`].
    pub fn after(mut self, answer: AfterFailure) -> Self {
        self.after = Decision::Always(answer);
        self
    }

    /// Chooses the answer to each after-event.
    pub fn after_with(mut self, choose: impl Fn(&Failure<'_>) -> AfterFailure + Send + Sync + 'static) -> Self {
        self.after = Decision::With(Arc::new(choose));
        self
    }

    /// Whether it leaves every answer as it is.
    pub(crate) fn is_reject(&self) -> bool {
        matches!((&self.before, &self.after), (Decision::Always(before), Decision::Always(after))
            if *before == BeforeFailure::Reject && *after == AfterFailure::Reject)
    }

    /// The answer to a webhook that failed, where there is no [`WebhookLayer`](crate::WebhookLayer) to give it: in
    /// another framework, a cloud function or a queue.
    ///
    /// `None` if it is to be rejected, with an HTTP error such as [`FailureCause::status`], or to be withheld. Also `None`
    /// for a [`Rejection`] that is no failure, but [a check of the URL](RejectionKind::UrlCheck), or excluded by the app
    /// itself: its own response is the answer.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Response, request::Parts};
    /// use std::time::SystemTime;
    /// use tower_tencent_webhook::{App, BeforeFailure, Failure, FailureCause, FailurePolicy, Receiver, WebhookRouter};
    ///
    /// struct Webhooks {
    ///     receiver: Receiver,
    ///     router: WebhookRouter,
    ///     policy: FailurePolicy,
    /// }
    ///
    /// impl Webhooks {
    ///     async fn receive(&self, head: &Parts, body: Bytes) -> Response<Bytes> {
    ///         let context = match self.receiver.verify(head, SystemTime::now()) {
    ///             Ok(context) => context,
    ///             Err(rejection) => return rejection.into_response(),
    ///         };
    ///         let hook = match self.receiver.parse(context.clone(), body) {
    ///             Ok(hook) => hook,
    ///             Err(rejection) => {
    ///                 let failure = Failure::new(&context, FailureCause::Rejection(&rejection));
    ///                 let reply = self.policy.reply(&failure);
    ///                 return reply.map_or_else(|| rejection.into_response(), |reply| reply.into_response());
    ///             }
    ///         };
    ///         match self.router.handle(hook).await {
    ///             Ok(reply) => reply.into_response(),
    ///             Err(error) => match self.policy.reply(&error.failure()) {
    ///                 Some(reply) => reply.into_response(),
    ///                 None => error.into_response(),
    ///             },
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let webhooks = Webhooks {
    ///     receiver: Receiver::new(App::unsigned(1400000000)),
    ///     router: WebhookRouter::new(),
    ///     policy: FailurePolicy::new().before(BeforeFailure::Refuse),
    /// };
    /// let url = "/?SdkAppid=1400000000&CallbackCommand=C2C.CallbackBeforeSendMsg";
    /// let (head, ()) = http::Request::post(url).body(()).unwrap().into_parts();
    /// let response = webhooks.receive(&head, "not JSON".into()).await;
    /// assert_eq!(response.status(), 200);
    /// assert_eq!(response.body(), r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#);
    /// # }
    /// ```
    pub fn reply(&self, failure: &Failure<'_>) -> Option<Reply> {
        if matches!(failure.cause, FailureCause::Rejection(rejection) if FailureCause::of_rejection(rejection).is_none())
        {
            return None;
        }
        match self.choose(failure) {
            Choice::Reply(reply, _) => Some(reply),
            Choice::Reject => None,
            #[cfg(feature = "tokio")]
            Choice::Withhold => None,
        }
    }

    /// Decides about a failure.
    pub(crate) fn decide(&self, failure: &Failure<'_>) -> Answer {
        let (answer, word) = match self.choose(failure) {
            Choice::Reject => (Answer::Reject, "rejected"),
            Choice::Reply(reply, word) => (Answer::Reply(reply), word),
            #[cfg(feature = "tokio")]
            Choice::Withhold => match self.withhold.take() {
                Some(place) => (Answer::Withhold(withhold::Withheld::new(place)), "withheld"),
                None => (Answer::Reject, "rejected"),
            },
        };
        observe::decided(failure.command(), word);
        answer
    }

    fn choose(&self, failure: &Failure<'_>) -> Choice {
        match failure.command().phase() {
            Phase::Before => match self.before.choose(failure) {
                BeforeFailure::Reject => Choice::Reject,
                BeforeFailure::Allow => {
                    Choice::Reply(failure.friends().map_or(Reply::OK, |friends| friends.allow.clone()), "allowed")
                }
                BeforeFailure::Refuse => match (failure.friends().as_deref(), failure.command().as_known()) {
                    (Some(FriendReplies { refuse: Some(refuse), .. }), _) => Choice::Reply(refuse.clone(), "refused"),
                    // Chat would let the requests go ahead, whatever else the answer says.
                    (Some(_), _) => Choice::Reject,
                    (None, Some(known)) if known.capabilities().friends => Choice::Reject,
                    (None, _) => Choice::Reply(Reply::REFUSED, "refused"),
                },
            },
            Phase::After => match self.after.choose(failure) {
                AfterFailure::Reject => Choice::Reject,
                AfterFailure::Acknowledge => Choice::Reply(Reply::OK, "acknowledged"),
                // The RTC Engine sends a callback again after an HTTP error too.
                #[cfg(feature = "tokio")]
                AfterFailure::Withhold if failure.command().is_rtc() => Choice::Reject,
                #[cfg(feature = "tokio")]
                AfterFailure::Withhold => Choice::Withhold,
            },
        }
    }
}

/// What the policy wants.
enum Choice {
    Reject,
    /// The second is a label.
    Reply(Reply, &'static str),
    #[cfg(feature = "tokio")]
    Withhold,
}

/// What to do with a failed before-event.
///
/// ```
/// use tower_tencent_webhook::BeforeFailure;
///
/// assert_eq!(BeforeFailure::default(), BeforeFailure::Reject);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeforeFailure {
    /// An HTTP error. Chat then follows the policy set in the console: by default it lets the operation go ahead, but
    /// blocks a gift.
    #[default]
    Reject,
    /// Let it go ahead.
    Allow,
    /// Refuse it, in the event's own way: code 1, or the first documented code for each friend.
    ///
    /// Friend requests can only be refused one by one. If it is not known to whom all of them are, as the body cannot be
    /// read, this is the same as [`Reject`](BeforeFailure::Reject).
    Refuse,
}

/// What to do with a failed after-event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterFailure {
    /// An HTTP error. **The event is lost**, unless the app has kept it: Chat ignores the status, and does not repeat
    /// the event. The RTC Engine does repeat it, for a minute.
    #[default]
    Reject,
    /// HTTP 200, as if it had been handled.
    Acknowledge,
    /// No answer until Chat has hung up, after which it may send the event again: see [`FailurePolicy::withhold_limit`].
    /// For an event of the RTC Engine the same as [`Reject`](AfterFailure::Reject), which has it sent again.
    #[cfg(feature = "tokio")]
    Withhold,
}

/// A decision that is the same for all failures, or taken for each.
#[derive(Clone)]
enum Decision<A> {
    Always(A),
    With(Arc<dyn Fn(&Failure<'_>) -> A + Send + Sync>),
}

impl<A: Copy + Default> Decision<A> {
    fn choose(&self, failure: &Failure<'_>) -> A {
        match self {
            Self::Always(answer) => *answer,
            // A panic of the app's function must not take the connection with it.
            Self::With(choose) => quietly(|| choose(failure)).unwrap_or_default(),
        }
    }
}

impl<A: Default> Default for Decision<A> {
    fn default() -> Self {
        Self::Always(A::default())
    }
}

impl<A: fmt::Debug> fmt::Debug for Decision<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always(answer) => answer.fmt(f),
            Self::With(_) => f.write_str("chosen by a function"),
        }
    }
}

/// A verified webhook that failed.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    context: &'a WebhookContext,
    cause: FailureCause<'a>,
    friends: Friends<'a>,
}

/// Where the answers for each friend come from.
#[derive(Clone, Copy)]
enum Friends<'a> {
    /// The event could not be read.
    Unknown,
    Of(&'a Webhook),
    Known(&'a FriendReplies),
}

impl<'a> Failure<'a> {
    /// A webhook whose event is not known: one that was rejected, for example.
    ///
    /// Friend requests can then be allowed, but [not refused](BeforeFailure::Refuse).
    pub fn new(context: &'a WebhookContext, cause: FailureCause<'a>) -> Self {
        Self { context, cause, friends: Friends::Unknown }
    }

    /// A webhook whose event is known.
    pub fn of(hook: &'a Webhook, cause: FailureCause<'a>) -> Self {
        Self { context: hook.context(), cause, friends: Friends::Of(hook) }
    }

    fn friends(&self) -> Option<Cow<'a, FriendReplies>> {
        match self.friends {
            Friends::Unknown => None,
            Friends::Of(hook) => FriendReplies::of(hook).map(Cow::Owned),
            Friends::Known(replies) => Some(Cow::Borrowed(replies)),
        }
    }

    /// The command of the webhook.
    pub fn command(&self) -> &'a Command {
        self.context.command()
    }

    /// The context of the webhook.
    pub fn context(&self) -> &'a WebhookContext {
        self.context
    }

    /// What went wrong.
    pub fn cause(&self) -> FailureCause<'a> {
        self.cause
    }
}

/// Without the event, which is personal data.
impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { context, cause, friends: _ } = self;
        f.debug_struct("Failure").field("context", context).field("cause", cause).finish()
    }
}

/// What went wrong with a webhook.
///
/// Its `Display` is for logs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FailureCause<'a> {
    /// The body cannot be read, is too large, breaks off, or names another command.
    Rejection(&'a Rejection),
    /// A handler returned an error, or could not be called: one of its extractors rejected the request, or the body
    /// does not fit the app's own type.
    HandlerFailed,
    /// A handler, or the inner service, panicked.
    HandlerPanicked,
    /// A handler exceeded its deadline.
    DeadlineExceeded,
    /// The limit of background handlers is reached.
    Overloaded,
    /// An axum handler answered with the answer to another event, or acknowledged a before-event. Or the inner service
    /// answered a before-event with HTTP 200 and an empty body, or HTML: Chat would take neither for a decision.
    WrongAnswer,
    /// The inner service answered with this status, which is not 200.
    Status(StatusCode),
    /// The inner service returned an error.
    ServiceFailed,
}

impl<'a> FailureCause<'a> {
    /// The status of the answer, if the failure policy rejects the webhook.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Rejection(rejection) => rejection.status(),
            Self::HandlerFailed | Self::HandlerPanicked | Self::WrongAnswer | Self::ServiceFailed => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::DeadlineExceeded | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Status(status) => *status,
        }
    }

    /// The response if the failure policy rejects the webhook: for a handler that failed.
    pub(crate) fn response<B: From<Bytes>>(&self) -> Response<B> {
        // That it panicked is nobody else's business.
        let told = if matches!(self, Self::HandlerPanicked) { &Self::HandlerFailed } else { self };
        json_response(self.status(), reply::failure(self.status(), told))
    }

    /// `None` for what is no failure, but excluded by the app itself, or no event.
    pub(crate) fn of_rejection(rejection: &'a Rejection) -> Option<Self> {
        use RejectionKind::{BodyFailed, BodyTooLarge, CommandMismatch, Malformed};

        let is_failure = matches!(rejection.kind(), BodyTooLarge | BodyFailed | Malformed | CommandMismatch);
        is_failure.then_some(Self::Rejection(rejection))
    }

    /// A response that Chat cannot use as the answer to this command.
    pub(crate) fn of_response(response: &Response<impl Body>, command: &Command) -> Option<Self> {
        if response.extensions().get::<AnswerTo>().is_some_and(|answer| !answer.fits(command)) {
            return Some(Self::WrongAnswer);
        }
        if command.phase() == Phase::Before && response.status() == StatusCode::OK && !may_decide(response) {
            return Some(Self::WrongAnswer);
        }
        let status = response.status();
        (status != StatusCode::OK).then(|| match response.extensions().get() {
            Some(Outcome::Failed) => Self::HandlerFailed,
            Some(Outcome::Panicked) => Self::HandlerPanicked,
            Some(Outcome::DeadlineExceeded) => Self::DeadlineExceeded,
            Some(Outcome::Overloaded) => Self::Overloaded,
            _ => Self::Status(status),
        })
    }
}

/// Whether a response can be a decision: nothing is none, and neither is a page of a site.
fn may_decide(response: &Response<impl Body>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let is_html = content_type.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"text/html"));
    !is_html && !response.body().is_end_stream()
}

impl fmt::Display for FailureCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rejection(rejection) => return rejection.fmt(f),
            Self::HandlerFailed => "the handler failed",
            Self::HandlerPanicked => "the handler panicked",
            Self::DeadlineExceeded => "the handler took too long",
            Self::Overloaded => "too many events are being handled",
            Self::WrongAnswer => "the webhook was answered with what is no answer to its event",
            Self::Status(status) => return write!(f, "the inner service answered with HTTP {}", status.as_u16()),
            Self::ServiceFailed => "the inner service failed",
        })
    }
}

impl Error for FailureCause<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rejection(rejection) => rejection.source(),
            _ => None,
        }
    }
}

/// What becomes of a failed webhook.
pub(crate) enum Answer {
    /// The error that it is.
    Reject,
    Reply(Reply),
    #[cfg(feature = "tokio")]
    Withhold(withhold::Withheld),
}

/// What a policy needs to know of a webhook that is out of reach: its handler has taken it, or its body cannot be read.
pub(crate) struct Origin {
    context: WebhookContext,
    friends: Option<FriendReplies>,
}

impl Origin {
    pub(crate) fn of(hook: &Webhook) -> Self {
        Self { context: hook.context().clone(), friends: FriendReplies::of(hook) }
    }

    pub(crate) fn context(&self) -> &WebhookContext {
        &self.context
    }

    pub(crate) fn failure<'a>(&'a self, cause: FailureCause<'a>) -> Failure<'a> {
        let friends = self.friends.as_ref().map_or(Friends::Unknown, Friends::Known);
        Failure { context: &self.context, cause, friends }
    }
}

/// Nothing but its URL could be read.
impl From<WebhookContext> for Origin {
    fn from(context: WebhookContext) -> Self {
        Self { context, friends: None }
    }
}

/// The answers to an event that is decided for each friend: only it knows its friends.
#[derive(Clone)]
pub(crate) struct FriendReplies {
    allow: Reply,
    /// `None` if not all friends are known.
    refuse: Option<Reply>,
}

impl FriendReplies {
    pub(crate) fn into_allow(self) -> Reply {
        self.allow
    }

    pub(crate) fn of(hook: &Webhook) -> Option<Self> {
        // What was dropped may have been one of them.
        let is_friend = |last: &str| last.starts_with("FriendItem") || last.starts_with("ResponseFriendItem");
        let is_whole = hook.untaken_drift().is_none_or(|drift| {
            let may_be_more = drift.len() == MAX_DRIFTS;
            let mut lasts = drift.iter().filter_map(|drift| drift.path().rsplit('.').next());
            !may_be_more && !lasts.any(|last| is_friend(last) || last == "To_Account")
        });
        let replies = |friends: usize, reply: &dyn Fn(FriendVerdict) -> Reply| Self {
            allow: reply(FriendVerdict::allow()),
            refuse: (is_whole && friends > 0).then(|| reply(FriendVerdict::refused())),
        };
        match hook.untaken_event() {
            Event::SnsPrevFriendAdd(event) => {
                Some(replies(event.friend_item.len(), &|verdict| event.verdict(|_| verdict.clone()).into()))
            }
            Event::SnsPrevFriendResponse(event) => {
                Some(replies(event.response_friend_item.len(), &|verdict| event.verdict(|_| verdict.clone()).into()))
            }
            _ => None,
        }
    }
}

#[cfg(feature = "tokio")]
pub(crate) mod withhold {
    //! Answers that are withheld until the client has hung up.

    use std::{
        pin::Pin,
        task::{Context, Poll},
        time::Duration,
    };

    use tokio::time::{Sleep, sleep};

    use super::FailurePolicy;
    use crate::places::{Place, Places};

    /// The name of the places of withheld answers.
    pub(super) const PLACES: &str = "withheld";

    impl FailurePolicy {
        /// How many answers may be withheld at a time: each keeps its connection, or HTTP/2 stream, open for
        /// 2.5 s. Beyond that, failures are rejected at once. Default: 1,000.
        ///
        /// Chat waits 2 s for an answer. If the console's retry option for after-events is switched on, Chat repeats
        /// an event **that has timed out**, and no other: an HTTP error loses it. So a failed event is not
        /// answered until Chat has hung up; a client that still waits after 2.5 s gets HTTP 503.
        ///
        /// It helps only if the retry is switched on, and the vendor promises no number of repeats. A repeated event
        /// has the [identity](crate::Webhook::identity) of the first one.
        ///
        /// Requires a Tokio runtime with its timer enabled, and panics without one.
        ///
        /// [`AfterFailure::Withhold`]: super::AfterFailure::Withhold
        pub fn withhold_limit(mut self, limit: usize) -> Self {
            self.withhold = Places::new(PLACES, limit);
            self
        }
    }

    /// Longer than Chat waits.
    const PATIENCE: Duration = Duration::from_millis(2500);

    /// An answer that is withheld. It holds a place until it is dropped.
    pub(crate) struct Withheld {
        sleep: Pin<Box<Sleep>>,
        _place: Place,
    }

    impl Withheld {
        pub(super) fn new(place: Place) -> Self {
            Self { sleep: Box::pin(sleep(PATIENCE)), _place: place }
        }
    }

    /// Ready once no client waits any longer.
    impl Future for Withheld {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.sleep.as_mut().poll(cx)
        }
    }
}
