//! `ContentCallback`: what cloud moderation found.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

use crate::wire::{payload, words};

payload! {
    /// Cloud moderation judged a content. Of violations alone, unless all results are asked for.
    ///
    /// The body does not name its command, the URL does.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/77840>
    pub struct ResultNotify {
        /// Where the content comes from.
        pub scene: Scene = "Scene",
        /// The app.
        pub sdk_app_id: u64 = "SdkAppId",
        /// UserID of the author.
        pub from_account: String = "From_Account",
        /// The recipient, where it is a message.
        pub contact_item: Option<ContactItem> = "ContactItem",
        /// The kind of content.
        pub content_type: ContentType = "ContentType",
        /// The text, where it is text; a custom message may have several. Read from a single string too, as one of
        /// the pages has it.
        #[serde(default, deserialize_with = "texts")]
        pub text_content: Option<Vec<String>> = "TextContent",
        /// URL of the file, where it is not text.
        pub file_url: Option<String> = "FileURL",
        /// The message: its `MsgKey` where it is one-to-one, its `MsgSeq` where it is a group's. Missing where it was
        /// not delivered to the group, and where it is no message.
        pub msg_id: Option<String> = "MsgID",
        /// 1 = blocked, 0 = passed.
        pub ctxcb_result: u64 = "CtxcbResult",
        /// Id of the moderation.
        pub ctxcb_request_id: String = "CtxcbRequestId",
        /// The keywords found.
        pub ctxcb_keywords: Option<Vec<String>> = "CtxcbKeywords",
        /// What moderation suggests. In newer copies of the page.
        pub ctxcb_suggestion: Option<Suggestion> = "CtxcbSuggestion",
        /// What it found. In newer copies of the page.
        pub ctxcb_label: Option<Label> = "CtxcbLabel",
        /// What it found, in particular. In newer copies of the page.
        pub ctxcb_sub_label: Option<String> = "CtxcbSubLabel",
        /// `ctxcb_sub_label` in plain words. In newer copies of the page.
        pub ctxcb_sub_label_desc: Option<String> = "CtxcbSubLabelDesc",
        /// Name of the list whose keyword was found. In newer copies of the page.
        pub ctxcb_lib_name: Option<String> = "CtxcbLibName",
        /// The custom data kept with the message. Empty where it is no message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
    }

    /// The recipient of a message.
    pub struct ContactItem {
        /// 1 = a user, 2 = a group.
        pub contact_type: u64 = "ContactType",
        /// UserID of the recipient, where it is a user.
        pub to_account: Option<String> = "To_Account",
        /// Id of the group, where it is one.
        pub to_group_id: Option<String> = "ToGroupId",
    }
}

words! {
    /// Where a moderated content comes from.
    pub enum Scene {
        /// A one-to-one message.
        C2C = "C2C",
        /// A custom one-to-one message.
        C2CCustom = "C2CCustom",
        /// A group message.
        Group = "Group",
        /// A custom group message.
        GroupCustom = "GroupCustom",
        /// The profile of a group.
        GroupInfo = "GroupInfo",
        /// What a group keeps of its member.
        GroupMemberInfo = "GroupMemberInfo",
        /// What a user keeps of friends.
        RelationChain = "RelationChain",
        /// The profile of a user.
        UserInfo = "UserInfo",
    }

    /// The kind of a moderated content.
    pub enum ContentType {
        /// Text.
        Text = "Text",
        /// A picture.
        Image = "Image",
        /// Sound.
        Audio = "Audio",
        /// A video.
        Video = "Video",
    }

    /// What moderation suggests.
    pub enum Suggestion {
        /// Not to let it through.
        Block = "Block",
        /// To have somebody look at it.
        Review = "Review",
        /// To let it through.
        Normal = "Normal",
    }

    /// What moderation found.
    pub enum Label {
        /// Nothing.
        Normal = "Normal",
        /// Something illegal.
        Illegal = "Illegal",
        /// Abuse.
        Abuse = "Abuse",
        /// Politics.
        Polity = "Polity",
        /// Advertising.
        Ad = "Ad",
        /// Pornography.
        Porn = "Porn",
        /// Something sexy.
        Sexy = "Sexy",
        /// Terror.
        Terror = "Terror",
        /// Several of these.
        Composite = "Composite",
    }
}

/// Reads optional texts from a list or from a single string.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let value = Option::<Texts>::deserialize(deserializer)?;
    Ok(value.map(|Texts(texts)| texts))
}

struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextsVisitor;

        impl<'de> Visitor<'de> for TextsVisitor {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<Texts, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(texts)).map(Texts)
            }
        }

        deserializer.deserialize_any(TextsVisitor)
    }
}
