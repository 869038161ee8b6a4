//! `ContentCallback`: results of cloud moderation.
//!
#![cfg_attr(doc, doc = include_str!("docs/content.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::content::{ResultNotify, Scene};
//!
//! /// The `MsgKey` of a one-to-one message that was blocked.
//! fn blocked(result: &ResultNotify) -> Option<&str> {
//!     match result.scene {
//!         Some(Scene::C2C | Scene::C2CCustom) if result.ctxcb_result == Some(1) => {
//!             result.msg_id.as_deref()
//!         }
//!         _ => None,
//!     }
//! }
//!
//! let result: ResultNotify = serde_json::from_str(r#"{
//!     "Scene": "C2C", "From_Account": "ada", "ContentType": "Text",
//!     "TextContent": ["buy cheap pills"], "MsgID": "4_2837546_1702018343",
//!     "CtxcbResult": 1, "CtxcbRequestId": "r-17"
//! }"#)?;
//! assert_eq!(blocked(&result), Some("4_2837546_1702018343"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{open_enum, payload};

payload! {
    /// Cloud moderation reviewed user content.
    ///
    /// By default only violations are reported; all results can be requested.
    ///
    /// The body does not name its command; only the URL does.
    #[cfg_attr(doc, doc = include_str!("docs/ContentCallback.ResultNotify.md"))]
    #[doc(alias("ContentCallback.ResultNotify"))]
    pub struct ResultNotify {
        (CallbackCommand),
        /// Where the content was submitted.
        pub scene: Option<Scene> = "Scene",
        /// The app's SDKAppID.
        pub sdk_app_id: Option<u64> = "SdkAppId",
        /// UserID of the author.
        pub from_account: String = required "From_Account",
        /// The recipient, if the content is a message.
        pub contact_item: Option<ContactItem> = "ContactItem",
        /// The kind of content.
        pub content_type: Option<ContentType> = "ContentType",
        /// The text, if the content is text. A custom message may have several texts. Also accepted as a single string,
        /// as one version of the docs has it.
        pub text_content: Vec<String> = "TextContent",
        /// URL of the file, if the content is not text.
        pub file_url: Option<String> = "FileURL",
        /// ID of the message: the `MsgKey` of a one-to-one message, the `MsgSeq` of a group message. Missing if the
        /// message was not delivered to the group, or if the content is not a message.
        pub msg_id: Option<String> = "MsgID",
        /// 1 = blocked, 0 = passed.
        pub ctxcb_result: Option<u64> = "CtxcbResult",
        /// ID of the moderation request.
        pub ctxcb_request_id: Option<String> = "CtxcbRequestId",
        /// The keywords that matched.
        pub ctxcb_keywords: Vec<String> = "CtxcbKeywords",
        /// The suggested action. Optional: only in newer docs.
        pub ctxcb_suggestion: Option<Suggestion> = "CtxcbSuggestion",
        /// The category of the finding. Optional: only in newer docs.
        pub ctxcb_label: Option<Label> = "CtxcbLabel",
        /// The subcategory of the finding. Optional: only in newer docs.
        pub ctxcb_sub_label: Option<String> = "CtxcbSubLabel",
        /// Description of `ctxcb_sub_label`. Optional: only in newer docs.
        pub ctxcb_sub_label_desc: Option<String> = "CtxcbSubLabelDesc",
        /// Name of the keyword list that matched. Optional: only in newer docs.
        pub ctxcb_lib_name: Option<String> = "CtxcbLibName",
        /// Custom data attached to the message. Empty if the content is not a message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
    }

    /// The recipient of a message.
    pub struct ContactItem {
        /// 1 = a user, 2 = a group.
        pub contact_type: Option<u64> = "ContactType",
        /// UserID of the recipient, if it is a user.
        pub to_account: Option<String> = "To_Account",
        /// ID of the group, if the recipient is a group.
        pub to_group_id: Option<String> = "ToGroupId",
    }
}

open_enum! {
    /// Where moderated content was submitted.
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
        /// A member's profile in a group.
        GroupMemberInfo = "GroupMemberInfo",
        /// A user's data about friends.
        RelationChain = "RelationChain",
        /// The profile of a user.
        UserInfo = "UserInfo",
    }
}

open_enum! {
    /// The kind of moderated content.
    pub enum ContentType {
        /// Text.
        Text = "Text",
        /// An image.
        Image = "Image",
        /// Audio.
        Audio = "Audio",
        /// A video.
        Video = "Video",
    }
}

open_enum! {
    /// The action that moderation suggests.
    pub enum Suggestion {
        /// Block the content.
        Block = "Block",
        /// Have a human review the content.
        Review = "Review",
        /// Let the content through.
        Normal = "Normal",
    }
}

open_enum! {
    /// The category of what moderation found.
    pub enum Label {
        /// Nothing.
        Normal = "Normal",
        /// Illegal content.
        Illegal = "Illegal",
        /// Abuse.
        Abuse = "Abuse",
        /// Politics.
        Polity = "Polity",
        /// Advertising.
        Ad = "Ad",
        /// Pornography.
        Porn = "Porn",
        /// Suggestive content.
        Sexy = "Sexy",
        /// Terrorism.
        Terror = "Terror",
        /// Several categories.
        Composite = "Composite",
    }
}
