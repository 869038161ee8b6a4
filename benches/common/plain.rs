//! The three events as an app would write them without this crate: plain serde, of the documented shape only.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Unfollow {
    pub callback_command: String,
    #[serde(rename = "From_Account")]
    pub from_account: String,
    #[serde(rename = "To_Account")]
    pub to_account: Vec<String>,
    pub event_time: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    pub callback_command: String,
    #[serde(rename = "From_Account")]
    pub from_account: String,
    #[serde(rename = "To_Account")]
    pub to_account: String,
    pub msg_seq: u64,
    pub msg_random: u64,
    pub msg_time: u64,
    pub msg_key: String,
    pub online_only_flag: u64,
    pub msg_body: Vec<Elem>,
    pub cloud_custom_data: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "MsgType", content = "MsgContent")]
pub enum Elem {
    #[serde(rename = "TIMTextElem")]
    Text {
        #[serde(rename = "Text")]
        text: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Join {
    pub callback_command: String,
    pub group_id: String,
    pub r#type: String,
    pub join_type: String,
    #[serde(rename = "Operator_Account")]
    pub operator_account: String,
    pub new_member_list: Vec<Member>,
    pub event_time: u64,
}

#[derive(Debug, Deserialize)]
pub struct Member {
    #[serde(rename = "Member_Account")]
    pub member_account: String,
}

/// A callback of the RTC Engine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Callback {
    pub event_group_id: u64,
    pub event_type: u64,
    pub callback_ts: u64,
    pub event_info: UserEntered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserEntered {
    pub room_id: u64,
    pub event_ts: u64,
    pub event_ms_ts: u64,
    pub user_id: String,
    pub role: u64,
    pub terminal_type: u64,
    pub user_type: u64,
    pub reason: u64,
}
