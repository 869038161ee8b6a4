//! Answers: what a handler may return.

use std::marker::PhantomData;

use crate::{
    event::WebhookEvent,
    rejection::BoxError,
    reply::{Ack, Reply, SignalAnswer},
    verdict::Verdict,
};

/// What a handler of the event `E` may return: the answer that fits the event, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer to `{E}`",
    note = "after-events are answered by `Ack`, before-events by their own `Verdict<E>`, each plain or in a `Result`"
)]
pub trait IntoAnswer<E> {
    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// What the handler failed with.
    fn into_answer(self) -> Result<Reply, BoxError>;
}

impl<E: WebhookEvent<Answer: IsAck>> IntoAnswer<E> for Ack {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<E: WebhookEvent<Answer = SignalAnswer>> IntoAnswer<E> for SignalAnswer {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<E: WebhookEvent> IntoAnswer<E> for Verdict<E> {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

/// Stands for `Answer = Ack`, for the sake of its diagnostic.
#[diagnostic::on_unimplemented(
    message = "this event is answered by its `{Self}`, not by `Ack`",
    label = "returns `Ack`"
)]
#[expect(unnameable_types, reason = "only for the diagnostic")]
pub trait IsAck {}

impl IsAck for Ack {}

impl<E, A: IntoAnswer<E>, X: Into<BoxError>> IntoAnswer<E> for Result<A, X> {
    fn into_answer(self) -> Result<Reply, BoxError> {
        self.map_err(Into::into)?.into_answer()
    }
}

/// What a handler of any command may return: an answer in the vendor's JSON, or a `Result` of it.
///
/// For [`WebhookRouter::fallback`](crate::WebhookRouter::fallback) and
/// [`on_command`](crate::WebhookRouter::on_command), where nothing is known about the command.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer",
    note = "a command is answered by an `Ack`, a `Reply` or any `Verdict<E>`, each plain or in a `Result`"
)]
pub trait IntoReply {
    /// Whether it says no more than that the event has arrived.
    #[doc(hidden)]
    const IS_ACK: bool = false;

    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// What the handler failed with.
    fn into_reply(self) -> Result<Reply, BoxError>;
}

impl IntoReply for Ack {
    const IS_ACK: bool = true;

    fn into_reply(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, BoxError> {
        Ok(self)
    }
}

impl IntoReply for SignalAnswer {
    fn into_reply(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<E> IntoReply for Verdict<E> {
    fn into_reply(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<A: IntoReply, X: Into<BoxError>> IntoReply for Result<A, X> {
    const IS_ACK: bool = A::IS_ACK;

    fn into_reply(self) -> Result<Reply, BoxError> {
        self.map_err(Into::into)?.into_reply()
    }
}

/// Which of the two turns an answer into a reply.
pub(super) trait Convert<A>: 'static {
    fn convert(answer: A) -> Result<Reply, BoxError>;
}

/// [`IntoAnswer<E>`].
pub(super) struct ToEvent<E>(PhantomData<fn(E)>);

impl<E: 'static, A: IntoAnswer<E>> Convert<A> for ToEvent<E> {
    fn convert(answer: A) -> Result<Reply, BoxError> {
        answer.into_answer()
    }
}

/// [`IntoReply`].
pub(super) struct ToAny;

impl<A: IntoReply> Convert<A> for ToAny {
    fn convert(answer: A) -> Result<Reply, BoxError> {
        answer.into_reply()
    }
}
