//! Bodies of three sizes: what the bounds and the benchmarks are about.

#![allow(dead_code, unreachable_pub)] // Shared by crates of their own, each of which needs its part of it.

/// A small one, of about 150 bytes.
pub fn unfollow() -> String {
    concat!(
        r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"UserID_001","#,
        r#""To_Account":["UserID_002","UserID_003"],"EventTime":1702018343678}"#,
    )
    .to_owned()
}

/// A text message, of about 500 bytes.
pub fn message() -> String {
    format!(
        r#"{{"CallbackCommand":"C2C.CallbackBeforeSendMsg","From_Account":"jared","To_Account":"Johnny","MsgSeq":48374,"MsgRandom":2837546,"MsgTime":1557481126,"MsgKey":"48374_2837546_1557481126","OnlineOnlyFlag":0,"MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{}"}}}}],"CloudCustomData":"thread 5"}}"#,
        "see you at the gate, and bring the papers. ".repeat(4),
    )
}

/// 300 members that join a group, of about 10 KB.
pub fn join() -> String {
    join_of(300)
}

/// So many members that join a group, of 32 bytes each.
pub fn join_of(members: usize) -> String {
    let members: Vec<_> = (0..members).map(|i| format!(r#"{{"Member_Account":"user_{i:05}"}}"#)).collect();
    format!(
        r#"{{"CallbackCommand":"Group.CallbackAfterNewMemberJoin","GroupId":"@TGS#2J4SZEAEL","Type":"Public","JoinType":"Apply","Operator_Account":"leckie","NewMemberList":[{}],"EventTime":1702018343678}}"#,
        members.join(","),
    )
}
