//! The answers to before-events: each decides whether the operation goes ahead.
//!
//! The page of an event lists the verdicts that it can get, with their codes and effects. A message can be refused,
//! dropped or replaced:
//!
//! ```
//! use tower_tencent_webhook::{MsgElem, Verdict, VerdictError};
//! use tower_tencent_webhook::event::group::BeforeSendMsg;
//!
//! fn moderate(event: &BeforeSendMsg) -> Result<Verdict<BeforeSendMsg>, VerdictError> {
//!     let [MsgElem::Text(text)] = &event.msg_body[..] else {
//!         return Ok(Verdict::allow());
//!     };
//!     match &text.text {
//!         // The sender's client gets the code and the text.
//!         said if said.contains("casino") => Verdict::refuse_with(10_100, "no gambling"),
//!         // The sender sees the message as sent.
//!         said if said.contains("buy now") => Ok(Verdict::discard()),
//!         // The message is sent with another word.
//!         said if said.contains("heck") => {
//!             Verdict::replace_msg_body(&[MsgElem::text(said.replace("heck", "h**k"))])
//!         }
//!         _ => Ok(Verdict::allow()),
//!     }
//! }
//! # fn event(text: &str) -> BeforeSendMsg {
//! #     let message = [MsgElem::text(text)];
//! #     let json = serde_json::json!({ "GroupId": "@TGS#1", "From_Account": "ada", "MsgBody": message });
//! #     serde_json::from_value(json).unwrap()
//! # }
//! # assert_eq!(moderate(&event("casino")), Verdict::refuse_with(10_100, "no gambling"));
//! # assert_eq!(moderate(&event("buy now")), Ok(Verdict::discard()));
//! # assert_eq!(moderate(&event("heck")), Verdict::replace_msg_body(&[MsgElem::text("h**k")]));
//! # assert_eq!(moderate(&event("hello")), Ok(Verdict::allow()));
//! ```
//!
//! An invitation can be allowed for some of the users:
//!
//! ```
//! use tower_tencent_webhook::{Verdict, event::group::BeforeInviteJoinGroup};
//!
//! fn members_only(event: &BeforeInviteJoinGroup) -> Verdict<BeforeInviteJoinGroup> {
//!     let users = event.destination_members.iter().map(|user| &user.member_account);
//!     Verdict::allow_except(users.filter(|user| user.starts_with("guest")))
//! }
//! # let event = serde_json::from_str(
//! #     r#"{"GroupId": "a", "DestinationMembers": [{"Member_Account": "guest1"}, {"Member_Account": "ada"}]}"#,
//! # );
//! # assert_eq!(members_only(&event.unwrap()), Verdict::allow_except(["guest1"]));
//! ```
//!
//! Friend requests are decided one by one, by the event's own `verdict`:
//!
//! ```
//! use tower_tencent_webhook::{FriendVerdict, Verdict, VerdictError};
//! use tower_tencent_webhook::event::sns::PrevFriendAdd;
//!
//! fn befriend(event: &PrevFriendAdd) -> Result<Verdict<PrevFriendAdd>, VerdictError> {
//!     let blocked = FriendVerdict::refuse(38_000, "takes no requests")?;
//!     Ok(event.verdict(|friend| match friend.to_account.as_str() {
//!         "linus" => blocked.clone(),
//!         _ => FriendVerdict::allow(),
//!     }))
//! }
//! # let event: PrevFriendAdd = serde_json::from_str(
//! #     r#"{"From_Account": "ada", "FriendItem": [{"To_Account": "linus"}, {"To_Account": "grace"}]}"#,
//! # ).unwrap();
//! # let refused = FriendVerdict::refuse(38_000, "takes no requests").unwrap();
//! # let expected = event.verdict(|friend| match &*friend.to_account {
//! #     "grace" => FriendVerdict::allow(),
//! #     _ => refused.clone(),
//! # });
//! # assert_eq!(befriend(&event), Ok(expected));
//! ```

use std::{error::Error, fmt, marker::PhantomData, ops::RangeInclusive};

use crate::{
    catalogue::catalogue,
    command::KnownCommand,
    message::MsgElem,
    reply::{Envelope, FriendResult, Reply},
    wire::Sealed,
};

/// The answer to the before-event `E`: whether the operation goes ahead.
///
/// Each event supports only the verdicts that the vendor documents for it: others do not compile, and a code outside
/// the documented range is a [`VerdictError`].
///
/// ```
/// use tower_tencent_webhook::{MsgElem, Reply, Verdict, VerdictError, event::{c2c, group}};
///
/// let allow = Verdict::<c2c::BeforeSendMsg>::allow();
/// let refuse = Verdict::<c2c::BeforeSendMsg>::refuse_with(120_001, "no links, please")?;
/// let replace = Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&[MsgElem::text("***")])?;
/// let discard = Verdict::<group::BeforeSendMsg>::discard();
///
/// assert_eq!(
///     &Reply::from(refuse).body()[..],
///     br#"{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":"no links, please"}"#,
/// );
/// assert!(Verdict::<c2c::BeforeSendMsg>::refuse_with(7, "out of range").is_err());
/// # Ok::<(), VerdictError>(())
/// ```
///
/// ```compile_fail
/// # use tower_tencent_webhook::{Verdict, event::c2c};
/// // One-to-one messages cannot be dropped silently.
/// Verdict::<c2c::BeforeSendMsg>::discard();
/// ```
#[doc(alias("ActionStatus", "ErrorCode", "ErrorInfo"))]
pub struct Verdict<E> {
    reply: Reply,
    event: PhantomData<fn() -> E>,
}

/// A before-event that is decided as a whole.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no such verdict",
    label = "not decided as a whole",
    note = "after-events are answered with `Ack`, events that are decided for each friend with their own `verdict`"
)]
pub trait Decidable: Sealed {}

/// A before-event that can be refused with a code defined by the app, which is shown to the client.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be refused with a code defined by the app",
    label = "the vendor documents no codes for it"
)]
pub trait RefuseWithCode: Decidable {
    /// The codes that the vendor documents for it.
    const CODES: RangeInclusive<u32>;
}

/// A before-event that can be dropped while its sender is told that it succeeded.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be dropped silently", label = "it can be allowed or refused")]
pub trait Discardable: Decidable {}

/// A before-event whose message can be replaced.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no message that can be replaced",
    label = "it can be allowed or refused"
)]
pub trait Replaceable: Decidable {}

/// A before-event that can be allowed for some of its users and refused for others.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be allowed in part", label = "it is decided as a whole")]
pub trait AllowExcept: Decidable {
    /// The name of the refused users' list in its answer.
    const REFUSED: &'static str;
}

/// The verdicts that an event supports: the traits above, as values.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "not each feature asks for all of it")]
pub(crate) struct Capabilities {
    /// Whether it is decided as a whole.
    pub(crate) decidable: bool,
    /// Whether each of its friends is decided separately.
    pub(crate) friends: bool,
    pub(crate) codes: Option<RangeInclusive<u32>>,
    pub(crate) discard: bool,
    pub(crate) replace: bool,
    pub(crate) refuses: Option<&'static str>,
    /// Whether it is an after-event that is answered with data, not only acknowledged.
    pub(crate) rsp_data: bool,
}

#[allow(dead_code, reason = "not each feature asks for it")]
impl Capabilities {
    const NONE: Self = Self {
        decidable: false,
        friends: false,
        codes: None,
        discard: false,
        replace: false,
        refuses: None,
        rsp_data: false,
    };
}

macro_rules! capabilities {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?
            docs $docs:literal;
    )*) => {
        impl KnownCommand {
            /// The verdicts that the event supports.
            #[allow(dead_code, reason = "not each feature asks for it")]
            pub(crate) fn capabilities(self) -> Capabilities {
                match self { $( Self::$variant => capabilities!(@$phase $($($facts)*)?), )* }
            }
        }
    };
    (@After rsp_data $($rest:tt)*) => { Capabilities { rsp_data: true, ..Capabilities::NONE } };
    (@After $($facts:tt)*) => { Capabilities::NONE };
    (@Before friends) => { Capabilities { friends: true, ..Capabilities::NONE } };
    (@Before $($facts:tt)*) => { capabilities!(@fact Capabilities { decidable: true, ..Capabilities::NONE }; $($facts)*) };
    (@fact $done:expr;) => { $done };
    (@fact $done:expr; codes: $codes:expr $(, $($rest:tt)*)?) => {
        capabilities!(@fact Capabilities { codes: Some($codes), ..$done }; $($($rest)*)?)
    };
    (@fact $done:expr; discard $(, $($rest:tt)*)?) => {
        capabilities!(@fact Capabilities { discard: true, ..$done }; $($($rest)*)?)
    };
    (@fact $done:expr; replace $(, $($rest:tt)*)?) => {
        capabilities!(@fact Capabilities { replace: true, ..$done }; $($($rest)*)?)
    };
    (@fact $done:expr; refuses: $name:literal $(, $($rest:tt)*)?) => {
        capabilities!(@fact Capabilities { refuses: Some($name), ..$done }; $($($rest)*)?)
    };
    (@fact $done:expr; id($($id:tt)*) $(, $($rest:tt)*)?) => {
        capabilities!(@fact $done; $($($rest)*)?)
    };
}

catalogue!(capabilities);

impl<E> Verdict<E> {
    const fn constant(reply: Reply) -> Self {
        Self { reply, event: PhantomData }
    }
}

impl<E: Decidable> Verdict<E> {
    /// Allows the operation.
    pub const fn allow() -> Self {
        Self::constant(Reply::OK)
    }

    /// Refuses the operation, without a reason.
    pub const fn refuse() -> Self {
        Self::constant(Reply::REFUSED)
    }
}

impl<E: RefuseWithCode> Verdict<E> {
    /// Refuses the operation with a code and a text defined by the app, which Chat passes on to the client.
    ///
    /// # Errors
    ///
    /// If the code is outside [`RefuseWithCode::CODES`], the event's documented range.
    pub fn refuse_with(code: u32, info: impl AsRef<str>) -> Result<Self, VerdictError> {
        let error_code = checked(code, E::CODES)?;
        let envelope = Envelope { error_code, error_info: &info.as_ref(), ..Envelope::default() };
        Ok(Self::constant(Reply::text(&envelope)))
    }
}

impl<E: Discardable> Verdict<E> {
    /// Drops the message silently: it is not sent, but its sender is told that it was.
    pub const fn discard() -> Self {
        Self::constant(Reply::DISCARDED)
    }
}

impl<E: Replaceable> Verdict<E> {
    /// Replaces the sender's message. Received elements that are passed back unchanged keep all their fields.
    ///
    /// # Errors
    ///
    /// If the message has no elements, more than one custom element (the vendor's limit), or a number that JSON cannot
    /// represent.
    #[doc(alias = "MsgBody")]
    pub fn replace_msg_body(msg_body: &[MsgElem]) -> Result<Self, VerdictError> {
        Self::replaced(msg_body, None)
    }

    /// Allows the message, but replaces its `CloudCustomData`.
    #[doc(alias = "CloudCustomData")]
    pub fn replace_cloud_custom_data(data: impl AsRef<str>) -> Self {
        let envelope = Envelope { cloud_custom_data: Some(data.as_ref()), ..Envelope::default() };
        Self::constant(Reply::text(&envelope))
    }

    /// Replaces the sender's message and its `CloudCustomData`.
    ///
    /// # Errors
    ///
    /// The same as [`Verdict::replace_msg_body`].
    pub fn replace(msg_body: &[MsgElem], cloud_custom_data: impl AsRef<str>) -> Result<Self, VerdictError> {
        Self::replaced(msg_body, Some(cloud_custom_data.as_ref()))
    }

    fn replaced(msg_body: &[MsgElem], cloud_custom_data: Option<&str>) -> Result<Self, VerdictError> {
        if msg_body.is_empty() {
            return Err(VerdictError::EmptyMsgBody);
        }
        if msg_body.iter().filter(|element| element.msg_type() == "TIMCustomElem").count() > 1 {
            return Err(VerdictError::TooManyCustomElems);
        }
        let envelope = Envelope { msg_body: Some(msg_body), cloud_custom_data, ..Envelope::default() };
        Reply::new(&envelope).map(Self::constant).map_err(|_| VerdictError::NotJson)
    }
}

impl<E: AllowExcept> Verdict<E> {
    /// Allows the operation for all users except these UserIDs.
    #[doc(alias("RefusedMembers_Account", "RefusedSubscribers_Account"))]
    pub fn allow_except<A: Into<String>>(refused: impl IntoIterator<Item = A>) -> Self {
        let refused: Vec<String> = refused.into_iter().map(Into::into).collect();
        let envelope = Envelope { refused: Some((E::REFUSED, &refused)), ..Envelope::default() };
        Self::constant(Reply::text(&envelope))
    }
}

/// The verdict on one friend in an [`sns::PrevFriendAdd`](crate::event::sns::PrevFriendAdd) or
/// [`sns::PrevFriendResponse`](crate::event::sns::PrevFriendResponse).
#[doc(alias("ResultCode", "ResultInfo", "ResultItem"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendVerdict {
    code: u32,
    info: String,
}

impl FriendVerdict {
    /// The codes that the vendor documents for a refusal.
    pub const CODES: RangeInclusive<u32> = 38_000..=39_000;

    /// Allows the request for this friend.
    pub const fn allow() -> Self {
        Self { code: 0, info: String::new() }
    }

    /// Refuses the request for this friend, without a reason.
    pub(crate) const fn refused() -> Self {
        Self { code: *Self::CODES.start(), info: String::new() }
    }

    /// Refuses the request for this friend, with a code and a text defined by the app.
    ///
    /// # Errors
    ///
    /// If the code is outside [`FriendVerdict::CODES`].
    pub fn refuse(code: u32, info: impl Into<String>) -> Result<Self, VerdictError> {
        Ok(Self { code: checked(code, Self::CODES)?, info: info.into() })
    }
}

impl<E> Verdict<E> {
    /// One result for each friend in the event, in the same order.
    pub(crate) fn each_friend<'a>(verdicts: impl IntoIterator<Item = (&'a str, FriendVerdict)>) -> Self {
        let verdicts: Vec<_> = verdicts.into_iter().collect();
        let results: Vec<_> = verdicts
            .iter()
            .map(|(to_account, verdict)| FriendResult {
                to_account,
                result_code: verdict.code,
                result_info: &verdict.info,
            })
            .collect();
        Self::constant(Reply::text(&Envelope { result_item: Some(&results), ..Envelope::default() }))
    }
}

impl Reply {
    /// Refuses the operation with a code and a text defined by the app: for a command that has no
    /// [`Verdict`].
    ///
    /// The vendor documents for each command which codes are passed on to the client, such as 120001 to 130000 for a
    /// one-to-one message. This range is not checked here, unlike by [`Verdict::refuse_with`].
    ///
    /// # Errors
    ///
    /// If the code is 0, which would allow the operation.
    pub fn refuse(code: u32, info: impl AsRef<str>) -> Result<Self, VerdictError> {
        let error_code = checked(code, 1..=u32::MAX)?;
        Ok(Self::text(&Envelope { error_code, error_info: &info.as_ref(), ..Envelope::default() }))
    }
}

fn checked(code: u32, codes: RangeInclusive<u32>) -> Result<u32, VerdictError> {
    if codes.contains(&code) { Ok(code) } else { Err(VerdictError::CodeOutOfRange { code, codes }) }
}

impl<E> From<Verdict<E>> for Reply {
    fn from(verdict: Verdict<E>) -> Self {
        verdict.reply
    }
}

impl<E> Clone for Verdict<E> {
    fn clone(&self) -> Self {
        Self::constant(self.reply.clone())
    }
}

impl<E> PartialEq for Verdict<E> {
    fn eq(&self, other: &Self) -> bool {
        self.reply == other.reply
    }
}

impl<E> Eq for Verdict<E> {}

impl<E> fmt::Debug for Verdict<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verdict").field(&self.reply).finish()
    }
}

/// Why a [`Verdict`] cannot be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerdictError {
    /// The vendor does not document the code for this event.
    CodeOutOfRange {
        /// The code.
        code: u32,
        /// The documented codes.
        codes: RangeInclusive<u32>,
    },
    /// A message needs at least one element.
    EmptyMsgBody,
    /// A message may have at most one custom element.
    TooManyCustomElems,
    /// A coordinate is not a finite number.
    NotJson,
}

impl fmt::Display for VerdictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeOutOfRange { code, codes } => {
                write!(f, "the code {code} is not one of {} to {}", codes.start(), codes.end())
            }
            Self::EmptyMsgBody => f.write_str("the message has no elements"),
            Self::TooManyCustomElems => f.write_str("the message has more than one custom element"),
            Self::NotJson => f.write_str("a coordinate is not a finite number"),
        }
    }
}

impl Error for VerdictError {}
