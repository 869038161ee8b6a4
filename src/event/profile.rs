//! `Profile`: changes to user profiles.
//!
//! ```
//! use tower_tencent_webhook::event::profile::PortraitSet;
//!
//! let event: PortraitSet = serde_json::from_str(r#"{
//!     "Operator_Account": "ada", "From_Account": "ada", "EventTime": 1702018343678,
//!     "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "Countess"}]
//! }"#)?;
//! assert_eq!(event.from_account, "ada");
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected, Visitor},
};

use crate::wire::{UnixMillis, payload, words};

payload! {
    /// The profile of a user changed.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/48733>
    pub struct PortraitSet {
        CallbackCommand,
        /// UserID of the operator who made the change: the user or an admin.
        pub operator_account: String = "Operator_Account",
        /// UserID of the user whose profile changed.
        pub from_account: String = "From_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// The fields that changed.
        pub profile_item: Vec<ProfileItem> = "ProfileItem",
    }

    /// A profile field and its value.
    pub struct ProfileItem {
        /// Which field it is.
        pub tag: Tag = "Tag",
        /// Its new value.
        pub value: Value = "Value",
    }
}

words! {
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[serde(untagged)]
pub enum Value {
    /// A number. The documented ones are unsigned 32-bit integers.
    Number(i64),
    /// A string. Digits in quotes are also a string.
    Text(String),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl Visitor<'_> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer or a string")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Number(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
                let number = value.try_into().map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
                Ok(Value::Number(number))
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(Value::Text(value))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}
