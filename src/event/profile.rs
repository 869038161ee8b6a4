//! `Profile`: users change their profiles.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected, Visitor},
};

use crate::wire::{UnixMillis, payload, words};

payload! {
    /// The profile of a user changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/48733>
    pub struct PortraitSet {
        CallbackCommand,
        /// UserID that changed it: the user's own, or that of an admin.
        pub operator_account: String = "Operator_Account",
        /// UserID whose profile changed.
        pub from_account: String = "From_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// The fields that changed.
        pub profile_item: Vec<ProfileItem> = "ProfileItem",
    }

    /// A field of a profile.
    pub struct ProfileItem {
        /// Which one.
        pub tag: Tag = "Tag",
        /// Its new value.
        pub value: Value = "Value",
    }
}

words! {
    /// A field of a profile. Those of the app's own are [`Tag::Other`]: `Tag_Profile_Custom_` and a word.
    pub enum Tag {
        /// Nickname.
        Nick = "Tag_Profile_IM_Nick",
        /// Gender: `Gender_Type_Unknown`, `Gender_Type_Female` or `Gender_Type_Male`.
        Gender = "Tag_Profile_IM_Gender",
        /// Birthday, a number such as 19991231.
        BirthDay = "Tag_Profile_IM_BirthDay",
        /// Place.
        Location = "Tag_Profile_IM_Location",
        /// A line about oneself.
        SelfSignature = "Tag_Profile_IM_SelfSignature",
        /// Who may add the user as a friend, such as `AllowType_Type_AllowAny`.
        AllowType = "Tag_Profile_IM_AllowType",
        /// Language, a number.
        Language = "Tag_Profile_IM_Language",
        /// URL of the picture.
        Image = "Tag_Profile_IM_Image",
        /// Message settings, a number.
        MsgSettings = "Tag_Profile_IM_MsgSettings",
        /// Whether an admin forbids the user to add friends, such as `AdminForbid_Type_None`.
        AdminForbidType = "Tag_Profile_IM_AdminForbidType",
        /// Level, a number.
        Level = "Tag_Profile_IM_Level",
        /// Role, a number.
        Role = "Tag_Profile_IM_Role",
    }
}

/// The value of a profile's field. Its [`Tag`] decides which of the two it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[serde(untagged)]
pub enum Value {
    /// A number. The documented ones have 32 bits and no sign.
    Number(i64),
    /// A text. Digits in quotes are one too.
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
