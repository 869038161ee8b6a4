//! `Profile`: changes to user profiles.
//!
#![cfg_attr(doc, doc = include_str!("docs/profile.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::profile::{PortraitSet, ProfileItem, Tag, Value};
//!
//! /// The new nickname, if that is what changed.
//! fn nickname(event: &PortraitSet) -> Option<&str> {
//!     event.profile_item.iter().find_map(|item| match item {
//!         ProfileItem { tag: Some(Tag::Nick), value: Some(Value::Text(name)), .. } => {
//!             Some(name.as_str())
//!         }
//!         _ => None,
//!     })
//! }
//!
//! let event: PortraitSet = serde_json::from_str(r#"{
//!     "From_Account": "ada",
//!     "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "Countess"}]
//! }"#)?;
//! assert_eq!(nickname(&event), Some("Countess"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Serialize, Serializer};

use crate::wire::{self, Fault, Kind, Reader, UnixMillis, open_enum, payload};

payload! {
    /// The profile of a user changed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Profile.CallbackPortraitSet.md"))]
    #[doc(alias("Profile.CallbackPortraitSet", "CallbackPortraitSet"))]
    pub struct PortraitSet {
        CallbackCommand,
        /// UserID of the operator who made the change: the user or an admin.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the user whose profile changed.
        pub from_account: String = required "From_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The fields that changed.
        pub profile_item: Vec<ProfileItem> = "ProfileItem",
    }

    /// A profile field and its value.
    pub struct ProfileItem {
        /// Which field it is.
        pub tag: Option<Tag> = "Tag",
        /// Its new value.
        pub value: Option<Value> = "Value",
    }
}

open_enum! {
    /// A profile field. The app's custom fields, `Tag_Profile_Custom_` followed by a name, are [`Tag::Other`].
    pub enum Tag {
        /// Nickname.
        Nick = "Tag_Profile_IM_Nick",
        /// Gender: `Gender_Type_Unknown`, `Gender_Type_Female` or `Gender_Type_Male`.
        Gender = "Tag_Profile_IM_Gender",
        /// Birthday: a number such as 19991231.
        BirthDay = "Tag_Profile_IM_BirthDay",
        /// Location.
        Location = "Tag_Profile_IM_Location",
        /// Personal signature.
        SelfSignature = "Tag_Profile_IM_SelfSignature",
        /// Who may add the user as a friend, such as `AllowType_Type_AllowAny`.
        AllowType = "Tag_Profile_IM_AllowType",
        /// Language: a number.
        Language = "Tag_Profile_IM_Language",
        /// URL of the avatar.
        Image = "Tag_Profile_IM_Image",
        /// Message settings: a number.
        MsgSettings = "Tag_Profile_IM_MsgSettings",
        /// Whether an admin has barred the user from adding friends, such as `AdminForbid_Type_None`.
        AdminForbidType = "Tag_Profile_IM_AdminForbidType",
        /// Level: a number.
        Level = "Tag_Profile_IM_Level",
        /// Role: a number.
        Role = "Tag_Profile_IM_Role",
    }
}

/// The value of a profile field. Its type depends on the [`Tag`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(untagged, title = "ProfileValue"))]
#[non_exhaustive]
pub enum Value {
    /// A number. The documented ones are unsigned 32-bit integers.
    Number(i64),
    /// A string. Digits in quotes are also a string.
    Text(String),
}

impl wire::Value for Value {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if reader.kind()? == Kind::Number {
            let number = reader.number()?;
            // A number that is no such integer keeps its digits.
            return Ok(Some(wire::integer(number).map_or_else(|| Self::Text(number.to_owned()), Self::Number)));
        }
        Ok(wire::Value::read(reader)?.map(Self::Text))
    }
}

wire::deserialize_by_value!(Value);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}
