//! The events of the RTC Engine: every genuine body is read, written back and told from others.

use std::{
    collections::{BTreeSet, HashMap},
    thread,
};

use serde_json::{Value, json};
use tower_tencent_webhook::{
    Command, Event as ChatEvent, Identity, RejectionKind,
    rtc::{
        Event, EventType, LeaveCode, Number, RoomId, RoomIdType, StartStatus, TypedEvent, ai, ingest, moderation,
        recording, relay, room, screenshot, slicing, web_recording,
    },
    signer,
};

use crate::{
    common::{Random, samples_of},
    identity::reversed,
    reading::{MARK, Path, at, mutations, places, text, without},
};

const APP: u64 = 1_400_000_000;

fn samples() -> impl Iterator<Item = (EventType, Value)> {
    EventType::ALL.iter().flat_map(|known| {
        signer::rtc_samples(*known).into_iter().map(move |body| (*known, serde_json::from_slice(body).unwrap()))
    })
}

fn sample(event_type: u64) -> Value {
    serde_json::from_slice(signer::rtc_samples(event_type)[0]).unwrap()
}

#[track_caller]
fn parse(body: impl ToString) -> Event {
    let body = body.to_string();
    Event::parse(body.clone()).unwrap_or_else(|error| panic!("{error}\n{body}"))
}

#[track_caller]
fn typed<E: TypedEvent>(body: impl ToString) -> E {
    E::from_event(parse(body)).unwrap_or_else(|event| panic!("{event:?}"))
}

fn rejected(body: impl ToString) -> String {
    let rejection = Event::parse(body.to_string()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::Malformed);
    rejection.to_string()
}

fn wrote(event: &Event) -> Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

fn path(dotted: &str) -> Path {
    dotted.split('.').map(str::to_owned).collect()
}

// All types.

#[test]
fn every_type_has_a_struct_a_name_and_samples() {
    let mut names = BTreeSet::new();
    for known in EventType::ALL {
        assert!(names.insert(known.name().unwrap()), "{known}");
        assert!(!signer::rtc_samples(*known).is_empty(), "{known}");
    }
    assert_eq!(names.len(), 55);
    for (known, body) in samples() {
        let event = parse(&body);
        assert!(!matches!(event, Event::Other(_)), "{known}");
        assert_eq!((event.event_type(), event.group()), (known.get(), known.group()));
        assert!(event.event_time().is_some() && event.callback_time().is_some(), "{known}");
        assert_eq!(event.task_id().is_none(), [1, 2, 6].contains(&known.group()), "{known}");
        assert_eq!(event.room_id().is_none(), [7, 8].contains(&known.group()), "{known}");
    }
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/rtc")).unwrap() {
        let number = file.unwrap().path().file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
        assert!(EventType::from(number).is_known(), "{number}");
    }
}

#[test]
fn the_table_of_types_is_up_to_date() {
    let list = |paths: Vec<String>| paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let short = |paths: Vec<String>| list(paths.iter().map(|path| path.replace("EventInfo.", "")).collect());
    let mut table =
        "| type | event | vendor's name | required fields | identity, with the time |\n|---|---|---|---|---|\n"
            .to_owned();
    for known in EventType::ALL {
        let (name, path) = (known.name().unwrap(), known.struct_path().unwrap());
        let (required, identity) = (short(known.required_fields()), short(known.identifying_fields()));
        table += &format!("| {known} | [`{path}`] | `{name}` | {required} | {identity} |\n");
    }
    let documented = include_str!("../../src/rtc/events.md");
    assert!(documented == table, "src/rtc/events.md should be:\n{table}");
}

#[test]
fn the_docs_of_each_struct_give_its_number_its_name_and_the_vendors_page() {
    for known in EventType::ALL {
        let (group, name) = known.struct_path().unwrap().split_once("::").unwrap();
        let file = format!("{}/src/rtc/{group}.rs", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(file).unwrap();
        let before = source.split(&format!("pub struct {name} {{")).next().unwrap();
        let docs = before.rsplit("! {\n").next().unwrap().replace("\n    ///", "");
        let (number, word) = (known.get(), known.name().unwrap());
        assert!(docs.contains(&format!("Event type {number}, `{word}`.")), "{name}: {docs}");
        assert!(docs.contains(&format!(r#"alias = "{number}", alias = "{word}""#)), "{name}: {docs}");
        let page = Command::from(word).vendor_docs().unwrap();
        assert!(docs.contains(&format!("Vendor docs: <{page}>")), "{name}: {docs}");
    }
}

// Written back.

#[test]
fn an_event_is_written_as_it_was_received() {
    for (known, body) in samples() {
        let event = parse(&body);
        assert_eq!(wrote(&event), body, "{known}");
        assert_eq!(serde_json::to_value(&event).unwrap(), body, "{known}");
        assert_eq!(serde_json::from_value::<Event>(body.clone()).unwrap(), event, "{known}");
    }
}

#[test]
fn unknown_fields_are_kept_at_every_level() {
    for (known, body) in samples() {
        let event = parse(&body);
        let mut found = Vec::new();
        places(&body, &Vec::new(), &mut found);
        found.push(Vec::new());
        for path in found {
            let mut more = body.clone();
            let Some(Value::Object(fields)) = at(&mut more, &path) else { continue };
            fields.insert("Unheard".to_owned(), json!({ "deep": [1, { "er": null }], "big": u64::MAX }));
            for reverse in [false, true] {
                let read = parse(text(&more, reverse));
                assert_eq!(wrote(&read), more, "{known}");
                // Objects that have no documented form are kept whole.
                let is_raw = [1004, 1402, 1403, 1404].contains(&known.get()) && path.contains(&"Payload".to_owned());
                let is_raw = is_raw || path.iter().any(|step| step == "AudioSegments" || step == "ImageLocation");
                assert_eq!(read == event, !is_raw, "{known}");
            }
        }
    }
}

#[test]
fn a_changed_field_is_written_with_its_new_value() {
    let body = r#"{"EventType":401,"New":1,"EventInfo":{"EventTsMs":7,"TaskId":7,"Payload":{"Url":["?"],"Status":"2","X":{}}}}"#;
    let mut event = typed::<relay::RelayStatus>(body);
    assert_eq!(serde_json::to_string(&event).unwrap(), body);
    event.url = Some("rtmp://x".to_owned());
    event.status = Some(relay::State::Idle);
    event.event_ms_ts = None;
    event.callback_ts = Some(8.into());
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(
        written,
        r#"{"EventType":401,"New":1,"EventInfo":{"TaskId":7,"Payload":{"X":{},"Url":"rtmp://x","Status":0}},"CallbackTs":8}"#
    );
    assert_eq!(serde_json::from_str::<relay::RelayStatus>(&written).unwrap(), event);

    // Objects that are not there are made.
    for payload in [r#""#, r#","Payload":null"#, r#","Payload":7"#] {
        let mut event =
            typed::<recording::VodCommitted>(format!(r#"{{"EventType":311,"EventInfo":{{"TaskId":"t"{payload}}}}}"#));
        event.file_id = Some("9".to_owned());
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"EventType":311,"EventInfo":{"TaskId":"t","Payload":{"TencentVod":{"FileId":"9"}}}}"#
        );
    }
    let mut event = typed::<room::UserLeft>(r#"{"EventType":104,"EventInfo":{"RoomId":7,"UserId":"a","UserId":"b"}}"#);
    event.user_id = String::new();
    event.room_id = "7".into();
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(written, r#"{"EventType":104,"EventInfo":{"RoomId":"7","UserId":""}}"#);
}

#[test]
fn an_event_of_one_type_is_deserialized_from_its_own_bodies_only() {
    let body = sample(103);
    assert!(serde_json::from_value::<room::UserEntered>(body.clone()).is_ok());
    let error = serde_json::from_value::<room::UserLeft>(body.clone()).unwrap_err().to_string();
    assert_eq!(error, "malformed body at EventType: expected the type of the event");
    let unnamed = without(&body, &path("EventType"));
    assert!(serde_json::from_value::<room::UserLeft>(unnamed).is_ok());
    assert!(room::UserLeft::from_event(parse(&body)).is_err());
}

// Reading.

#[test]
fn key_order_and_white_space_do_not_matter() {
    for (known, body) in samples() {
        let event = parse(&body);
        for form in [text(&body, true), reversed(&body), format!("\r\n\t {body:#}\n")] {
            assert_eq!(parse(&form), event, "{known}: {form}");
        }
        for seed in 0..8 {
            let shuffled = crate::common::text(&body, &mut Some(Random::new(seed)));
            assert_eq!(parse(&shuffled), event, "{known}: {shuffled}");
        }
    }
}

/// The fields of an event as they are printed.
fn printed(event: &Event) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in format!("{event:#?}").split("\n        ") {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', ')', ']', '}']) => *field += line,
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

#[test]
fn no_value_of_an_optional_field_affects_the_event_or_its_other_fields() {
    let mut tried = 0;
    for (known, body) in samples() {
        let required = known.required_fields();
        let mut all = Vec::new();
        places(&body, &Vec::new(), &mut all);
        for path in all {
            let dotted = path.join(".");
            // Other names for them identify the event as well.
            let is_required =
                required.iter().any(|it| it.eq_ignore_ascii_case(&dotted) || it.starts_with(&format!("{dotted}.")));
            let may_reject = is_required || dotted == "EventType";
            let less = Event::parse(without(&body, &path).to_string());
            for mutation in mutations() {
                for reverse in [false, true] {
                    let mut mutant = body.clone();
                    *at(&mut mutant, &path).unwrap() = json!("HERE");
                    let text = text(&mutant, reverse).replace(MARK, &mutation);
                    tried += 1;
                    let event = match Event::parse(text.clone()) {
                        Ok(event) => event,
                        Err(error) if may_reject => {
                            assert_eq!(error.kind(), RejectionKind::Malformed, "{text}");
                            continue;
                        }
                        Err(error) => panic!("{known}: {dotted} is {mutation}: {error}\n{text}"),
                    };
                    if may_reject {
                        continue;
                    }
                    assert_eq!((event.event_type(), event.group()), (known.get(), known.group()), "{text}");
                    let Ok(less) = &less else { panic!("{known} without {dotted}") };
                    let (ours, theirs) = (printed(&event), printed(less));
                    let differ = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).count();
                    assert!(ours.len() == theirs.len() && differ <= 1, "{known}: {dotted} is {mutation}\n{event:#?}");
                }
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn a_body_without_an_identifying_field_is_malformed_at_that_path() {
    let mut tried = 0;
    for (known, body) in samples() {
        for dotted in known.required_fields() {
            let body = match known.get() {
                601 => signer::rtc_samples(601).first().map(|body| serde_json::from_slice(body).unwrap()).unwrap(),
                _ => body.clone(),
            };
            let path = path(&dotted);
            let mut null = body.clone();
            *at(&mut null, &path).unwrap() = Value::Null;
            for mutant in [without(&body, &path), null] {
                for reverse in [false, true] {
                    let said = rejected(text(&mutant, reverse));
                    assert_eq!(said, format!("malformed body at {dotted}: missing field"), "{known}");
                    tried += 1;
                }
            }
        }
        if !known.required_fields().is_empty() {
            let said = rejected(without(&body, &path("EventInfo")));
            assert_eq!(said, "malformed body at EventInfo: missing field", "{known}");
        }
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(rejected(r#"{"EventType":103,"EventInfo":7}"#), "malformed body at EventInfo: expected an object");
    assert_eq!(
        rejected(r#"{"EventType":103,"EventInfo":{"RoomId":[],"UserId":"a"}}"#),
        "malformed body at EventInfo.RoomId: expected the ID of a room"
    );
    assert_eq!(
        rejected(r#"{"EventType":103,"EventInfo":{"RoomId":-1,"UserId":"a"}}"#),
        "malformed body at EventInfo.RoomId: expected the ID of a room"
    );
}

#[test]
fn bodies_that_are_not_objects_are_malformed() {
    let genuine = sample(103).to_string();
    for body in ["", " ", "null", "7", "\"text\"", "[]", "[{}]", "{", "\u{feff}{}"] {
        rejected(body);
    }
    for end in 1..genuine.len() {
        rejected(&genuine[..end]);
    }
    for after in ["}", ",", "{}", "x"] {
        rejected(format!("{genuine}{after}"));
    }
}

#[test]
fn no_depth_overflows_a_small_stack() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let objects = r#"{"EventInfo":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    let read = move || {
        for deep in [deep, objects] {
            for body in [
                format!(r#"{{"EventInfo":{{"TaskId":"t","Payload":{deep}}},"EventType":1402}}"#),
                format!(r#"{{"EventInfo":{{"TaskId":"t","Payload":{{"Status":{deep}}}}},"EventType":301}}"#),
                format!(r#"{{"X":{deep},"EventType":101,"EventInfo":{{"RoomId":7,"Y":{deep}}}}}"#),
                format!(r#"{{"EventType":1501,"EventInfo":{{"Payload":{deep},"EventMsTs":7}}}}"#),
                format!(r#"{{"EventType":311,"EventInfo":{{"TaskId":"t","Payload":{{"TencentVod":{deep}}}}}}}"#),
                format!(r#"{{"EventType":1104,"EventInfo":{{"TaskId":"t","Payload":{{"CheckDetail":{deep}}}}}}}"#),
            ] {
                let event = Event::parse(body.clone()).unwrap();
                assert_eq!(event.clone(), event);
                assert_eq!(serde_json::to_string(&event).unwrap(), body);
                event.identity(APP);
                assert!(!format!("{event:?}").is_empty());
            }
        }
    };
    thread::Builder::new().stack_size(2 << 20).spawn(read).unwrap().join().unwrap();
}

// Types and groups.

#[test]
fn the_type_decides_whatever_group_the_body_says() {
    for (known, body) in samples() {
        let event = parse(&body);
        for group in [json!(4), json!(99), json!("9"), json!(null), json!([]), json!("x")] {
            let mut other = body.clone();
            other["EventGroupId"] = group;
            assert_eq!(parse(&other), event, "{known}");
            assert_eq!(parse(&other).group(), known.group());
            assert_eq!(wrote(&parse(&other)), other, "{known}");
        }
        assert_eq!(parse(without(&body, &path("EventGroupId"))), event, "{known}");
        let mut quoted = body.clone();
        quoted["EventType"] = json!(known.to_string());
        assert_eq!(parse(&quoted), event, "{known}");
    }
}

#[test]
fn a_body_without_a_type_is_malformed_unless_its_payload_tells() {
    for (known, body) in samples() {
        let unnamed = without(&body, &path("EventType"));
        match known.get() {
            901..=903 if body["EventGroupId"] == 9 => {
                for reverse in [false, true] {
                    let event = parse(text(&unnamed, reverse));
                    assert_eq!(event, parse(&body));
                    assert_eq!(wrote(&event), unnamed);
                }
            }
            _ => assert_eq!(rejected(&unnamed), "malformed body at EventType: missing field", "{known}"),
        }
    }
    let mut body = sample(901);
    body["EventType"] = json!("start");
    assert_eq!(rejected(&body), "malformed body at EventType: expected an integer without a sign");
    assert_eq!(
        rejected(r#"{"EventGroupId":9,"EventInfo":{"Payload":{}}}"#),
        "malformed body at EventType: missing field"
    );
}

#[test]
fn an_unknown_type_is_kept_with_what_is_known_of_it() {
    let body = r#"{ "EventInfo": {"EventMsTs":1788110000080,"TaskId":"cv-771","RoomId":"atelier-5","RoomIdType":1,
        "Payload":{"Text":"hush"}}, "CallbackTs":1788110000100, "EventType":1501, "EventGroupId":15 }"#;
    let event = parse(body);
    assert_eq!((event.group(), event.event_type()), (15, 1501));
    assert_eq!(event.task_id(), Some("cv-771"));
    assert_eq!(*event.room_id().unwrap(), "atelier-5");
    assert_eq!(event.event_time().unwrap(), 1_788_110_000_080);
    assert_eq!(event.callback_time().unwrap(), 1_788_110_000_100);
    assert!(event.identity(APP).is_some());
    assert_eq!(event.user_id(), None);
    assert!(!format!("{event:?}{event:#?}").contains("hush"));
    assert_eq!(wrote(&event), serde_json::from_str::<Value>(body).unwrap());
    let Event::Other(other) = event else { panic!("{event:?}") };
    assert_eq!(other.body, body);
    assert_eq!(other.envelope.room_id_type, Some(RoomIdType::Text));
    assert_eq!(other.envelope.payload.as_ref().unwrap().get(), r#"{"Text":"hush"}"#);

    assert_eq!(parse(r#"{"EventType":907}"#).group(), 9);
    assert_eq!(parse(r#"{"EventType":907,"EventInfo":null}"#), parse(r#"{ "EventInfo":null,"EventType":907}"#));
    assert_eq!(parse(r#"{"EventType":7,"EventGroupId":12}"#).group(), 12);
    assert_eq!(parse(r#"{"EventType":1501}"#).identity(APP), None);
}

// Traps of the wire.

#[test]
fn a_number_and_a_text_are_two_rooms() {
    for group in [101, 201, 301, 401, 601, 901, 1001, 1101, 1401] {
        for (json, id) in [
            ("7741", RoomId::Number(7741)),
            ("\"7741\"", RoomId::Text("7741".to_owned())),
            ("18446744073709551615", RoomId::Number(u64::MAX)),
            ("\"zaal-é\"", RoomId::Text("zaal-é".to_owned())),
        ] {
            let mut body = sample(group);
            let name = if group == 601 { "roomID" } else { "RoomId" };
            body["EventInfo"][name] = serde_json::from_str(json).unwrap();
            assert_eq!(parse(&body).room_id(), Some(&id), "{group}");
        }
    }
    assert_eq!(typed::<ai::TaskStarted>(sample(901)).room_id_type, Some(RoomIdType::Number));
    assert_eq!(typed::<relay::RelayStatus>(sample(401)).room_type, Some(RoomIdType::Number));
}

#[test]
fn a_robot_is_not_a_person() {
    let person = |event_type: u64| parse(sample(event_type)).user_id().map(str::to_owned);
    for (event_type, user) in [
        (103, "anouk"),
        (204, "beppe"),
        (307, "anouk"),
        (311, "anouk"),
        (601, "anouk"),
        (903, "anouk"),
        (904, "anouk"),
        (1004, "anouk"),
        (1104, "anouk"),
    ] {
        assert_eq!(person(event_type).as_deref(), Some(user), "{event_type}");
    }
    for event_type in [102, 301, 310, 312, 401, 701, 801, 901, 905, 1001, 1101, 1401] {
        assert_eq!(person(event_type), None, "{event_type}");
    }
    assert_eq!(typed::<recording::FirstSlice>(sample(307)).robot_id.as_deref(), Some("rec_bot_31"));
    assert_eq!(typed::<ai::SpeakingFinished>(sample(905)).robot_id.as_deref(), Some("ai_bot_2"));
    let mut mixed = sample(311);
    mixed["EventInfo"]["Payload"]["TencentVod"]["UserId"] = json!("");
    assert_eq!(parse(&mixed).user_id(), None, "the streams of several users");
}

#[test]
fn times_are_read_under_all_their_names_and_in_all_their_forms() {
    for (event_type, from, name) in [
        (401, "EventTsMs", "EventMsTs"),
        (401, "EventTsMs", "EventTsMs"),
        (601, "timestamp", "timestamp"),
        (701, "EventMsTs", "EventMsTs"),
    ] {
        for time in [json!(1_788_000_000_123_u64), json!("1788000000123")] {
            let mut body = without(&sample(event_type), &path(&format!("EventInfo.{from}")));
            body["EventInfo"][name] = time;
            assert_eq!(parse(&body).event_time().unwrap(), 1_788_000_000_123);
            assert_eq!(wrote(&parse(&body)), body);
        }
    }
    for (known, body) in samples() {
        for name in ["CallbackTs", "CallbackMsTs"] {
            let mut body = without(&without(&body, &path("CallbackTs")), &path("CallbackMsTs"));
            assert_eq!(parse(&body).callback_time(), None, "{known}");
            body[name] = json!(1_788_000_000_124_u64);
            assert_eq!(parse(&body).callback_time().unwrap(), 1_788_000_000_124, "{known}");
        }
    }
    let old = without(&sample(101), &path("EventInfo.EventMsTs"));
    assert_eq!(parse(&old).event_time().unwrap(), 1_788_000_300_000, "to the second");
    let both = r#"{"EventType":401,"EventInfo":{"TaskId":"t","EventMsTs":1,"EventTsMs":2}}"#;
    assert_eq!(parse(both).event_time().unwrap(), 1);
    assert_eq!(parse(text(&serde_json::from_str(both).unwrap(), true)).event_time().unwrap(), 1);
    assert_eq!(parse(both.replace(":1,", ":\"soon\",")).event_time().unwrap(), 2);
}

#[test]
fn the_end_of_an_upload_is_read_under_both_its_names() {
    let status = |payload: Value| {
        let mut body = sample(305);
        body["EventInfo"]["Payload"] = payload;
        typed::<recording::UploadStopped>(body).status
    };
    assert_eq!(status(json!({ "Status": 0 })), Some(recording::UploadStatus::Uploaded));
    assert_eq!(status(json!({ "LeaveCode": 1 })), Some(recording::UploadStatus::PartlyUploaded));
    assert_eq!(status(json!({ "Status": 2, "LeaveCode": 1 })), Some(recording::UploadStatus::Recovered));
    assert_eq!(status(json!({ "Status": [], "LeaveCode": 1 })), Some(recording::UploadStatus::PartlyUploaded));
    assert_eq!(status(json!({ "Status": 77 })), Some(recording::UploadStatus::Other(77)));
}

#[test]
fn a_status_means_what_it_means_in_its_group() {
    assert_eq!(typed::<recording::RecorderStarted>(sample(301)).status, Some(StartStatus::Started));
    assert_eq!(typed::<recording::RecorderStopped>(sample(302)).leave_code, Some(LeaveCode::RoomEmpty));
    assert_eq!(typed::<relay::RelayStatus>(sample(401)).status, Some(relay::State::Running));
    assert_eq!(typed::<ingest::IngestStarted>(sample(701)).status, Some(ingest::IngestStatus::Started));
    assert_eq!(typed::<web_recording::Started>(sample(801)).status, Some(web_recording::RunStatus::Started));
    assert_eq!(typed::<ai::SessionReady>(sample(909)).status, Some(ai::SessionStatus::SessionReady));
    assert_eq!(typed::<moderation::ReviewStopped>(sample(1105)).status, Some(moderation::EndStatus::Ended));
    for code in [-9, 0, 1, 98, 101, 7_000_000_000] {
        let status = LeaveCode::from(code);
        assert_eq!((status.code(), status.to_string()), (code, code.to_string()));
        assert!(status == code);
        assert_eq!(serde_json::from_value::<LeaveCode>(json!(code)).unwrap(), status);
        assert_eq!(serde_json::from_value::<LeaveCode>(json!(code.to_string())).unwrap(), status);
        assert_eq!(serde_json::to_value(status).unwrap(), json!(code));
    }
}

#[test]
fn a_list_of_files_may_be_a_text_and_the_reverse() {
    let with = |event_type: u64, files: Value| {
        let mut body = sample(event_type);
        body["EventInfo"]["Payload"]["FileList"] = files;
        body
    };
    for (files, read) in [(json!("a.mp4"), vec!["a.mp4"]), (json!(["a", "b"]), vec!["a", "b"]), (json!(null), vec![])] {
        assert_eq!(typed::<recording::Mp4Ready>(with(310, files)).file_list, read);
    }
    assert_eq!(typed::<recording::IndexMade>(with(304, json!("a.m3u8"))).file_list.as_deref(), Some("a.m3u8"));
}

#[test]
fn a_measured_integer_is_exact_and_a_fraction_is_read_too() {
    let body = |value: &str| {
        format!(r#"{{"EventType":906,"EventInfo":{{"TaskId":"t","EventMsTs":7,"Payload":{{"Value":{value}}}}}}}"#)
    };
    let value = |json: &str| typed::<ai::Metric>(body(json)).value.unwrap();
    let identity = |json: &str| parse(body(json)).identity(APP).unwrap();
    let integers = [
        "0",
        "-1",
        "9007199254740992",
        "9007199254740993",
        "-9223372036854775808",
        "18446744073709551614",
        "18446744073709551615",
    ];
    for integer in integers {
        for form in [integer.to_owned(), format!("\"{integer}\""), format!("{integer}.0"), format!("{integer}.00e0")] {
            assert_eq!(value(&form).to_string(), integer, "{form}");
            assert_eq!(serde_json::to_string(&value(&form)).unwrap(), integer, "{form}");
            assert_eq!(serde_json::to_value(value(&form)).unwrap().to_string(), integer, "{form}");
            assert_eq!(identity(&form), identity(integer), "{form}");
        }
        assert_eq!(value(integer).as_u64(), integer.parse().ok());
        assert_eq!(value(integer).as_i64(), integer.parse().ok());
        assert_eq!(
            Some(value(integer)),
            integer.parse::<i64>().map(Number::from).ok().or(integer.parse::<u64>().map(Number::from).ok())
        );
    }
    let fractions = ["22.5", "-0.25", "1e-3", "1e30", "-1e300"];
    for fraction in fractions {
        let number = value(fraction);
        assert!(number == fraction.parse::<f64>().unwrap(), "{fraction}");
        assert_eq!((number.as_u64(), number.as_i64()), (None, None), "{fraction}");
        let written = serde_json::to_string(&number).unwrap();
        assert_eq!((value(&written), identity(&written)), (number, identity(fraction)), "{fraction}");
    }
    let identities: BTreeSet<_> = integers.iter().chain(&fractions).map(|json| identity(json).to_string()).collect();
    assert_eq!(identities.len(), integers.len() + fractions.len());
    for unreadable in ["1e400", "\"fast\"", "[7]", "true", "null"] {
        assert_eq!(typed::<ai::Metric>(body(unreadable)).value, None, "{unreadable}");
    }
    assert!(value("7") == 7 && value("7") == 7.0 && value("7") == Number::from(7) && value("7") != 7.5);
    assert!(value("9007199254740993") != 9_007_199_254_740_992.0);
    assert_eq!((Number::from_f64(f64::NAN), Number::from_f64(f64::INFINITY)), (None, None));
    for edge in [-9_223_372_036_854_775_808.0, 18_446_744_073_709_549_568.0, 18_446_744_073_709_551_616.0, -0.0] {
        let number = Number::from_f64(edge).unwrap();
        assert_eq!((number.as_f64(), value(&serde_json::to_string(&number).unwrap())), (edge, number));
    }

    // A finding is written anew if another one is changed.
    let mut result = typed::<moderation::ModerationResult>(sample(1104));
    let score = result.check_detail[0].score.unwrap();
    result.check_detail[0].desc = None;
    let written = serde_json::to_value(&result).unwrap();
    assert_eq!(written["EventInfo"]["Payload"]["CheckDetail"][0]["Score"].as_u64(), score.as_u64());
    assert!(score.as_u64().is_some());
}

#[test]
fn a_list_of_findings_may_be_a_single_finding() {
    let with = |findings: &Value| {
        let mut body = sample(1104);
        body["EventInfo"]["Payload"]["CheckDetail"] = findings.clone();
        typed::<moderation::ModerationResult>(body)
    };
    let one = json!({ "Label": "Porn", "Suggest": 2, "Keywords": "word", "Unheard": [7] });
    let alone = with(&one);
    assert_eq!(alone.check_detail, with(&json!([one])).check_detail);
    let [finding] = &alone.check_detail[..] else { panic!("{:?}", alone.check_detail) };
    assert_eq!(
        (&finding.label, finding.suggest),
        (&Some(moderation::Label::Porn), Some(moderation::Suggestion::Block))
    );
    assert_eq!(serde_json::to_value(&alone).unwrap()["EventInfo"]["Payload"]["CheckDetail"], one);
    for none in [json!({}), json!([]), json!(null), json!(""), json!("Porn"), json!(7), json!(true)] {
        assert!(with(&none).check_detail.is_empty(), "{none}");
    }
}

#[test]
fn fields_are_read_wherever_the_docs_put_them() {
    let vod = |index: usize| -> recording::VodCommitted {
        let body = std::str::from_utf8(signer::rtc_samples(311)[index]).unwrap();
        typed(body)
    };
    let (nested, flat) = (vod(0), vod(2));
    assert_eq!((&nested.file_id, &nested.user_id, &nested.video_url), (&flat.file_id, &flat.user_id, &flat.video_url));
    assert_eq!(nested.file_id.as_deref(), Some("7700450118822019331"));
    let web = typed::<web_recording::Started>(std::str::from_utf8(signer::rtc_samples(801)[2]).unwrap());
    assert_eq!(web.event_message.as_deref(), Some("exit task, Chrome exception"));
    for (index, id) in [(0, "shot-0071"), (1, "shot-0072")] {
        let shot = typed::<screenshot::Screenshot>(std::str::from_utf8(signer::rtc_samples(601)[index]).unwrap());
        assert_eq!(shot.event_id.as_deref(), Some(id));
    }
    let error = typed::<ai::ServiceError>(sample(908));
    assert_eq!((error.code, error.round_id.as_deref()), (Some(ai::ErrorCode::LlmRateLimit), Some("rd-32")));
    assert_eq!(typed::<moderation::ModerationResult>(sample(1104)).data_id.as_deref(), Some("612200417730058114"));
}

#[test]
fn a_field_that_is_a_whole_object_does_not_hide_the_fields_in_it() {
    let slice = |info: Value| typed::<slicing::SliceMade>(json!({ "EventType": 1004, "EventInfo": info }));
    for name in ["StreamUserId", "StreamerUserId"] {
        let payload = json!({ name: "anouk", "Url": "x" });
        let inside = slice(json!({ "TaskId": "t", "EventMsTs": 7, "Payload": payload }));
        assert_eq!(Event::SlicingSliceMade(Box::new(inside.clone())).user_id(), Some("anouk"));
        assert_eq!(inside.payload.as_ref().unwrap().get(), payload.to_string(), "it is kept whole");
        let beside = slice(json!({ "Payload": payload, "TaskId": "t", "StreamUserId": "beppe" }));
        assert_eq!(beside.user_id.as_deref(), Some("beppe"));

        // Whichever of the two is changed, the other one stays.
        let changes: [fn(&mut slicing::SliceMade); 4] = [
            |event| event.user_id = Some("carla".to_owned()),
            |event| event.payload = None,
            |event| event.payload = Some(serde_json::from_str(r#"{"Url":"y"}"#).unwrap()),
            |event| event.payload = Some(serde_json::from_str(r#"{"StreamUserId":"carla"}"#).unwrap()),
        ];
        for change in changes {
            let mut changed = inside.clone();
            change(&mut changed);
            assert_eq!(
                serde_json::from_value::<slicing::SliceMade>(serde_json::to_value(&changed).unwrap()).unwrap(),
                changed
            );
        }
    }
    for payload in [json!("StreamUserId"), json!([{ "StreamUserId": "anouk" }]), json!(7), json!(null), json!({})] {
        let event = slice(json!({ "TaskId": "t", "Payload": payload }));
        assert_eq!((event.user_id, event.payload.is_some()), (None, !payload.is_null()));
    }
}

// Secrets.

/// Where secrets and personal data are.
const SECRETS: &[&str] = &[
    "FileList",
    "FileName",
    "Url",
    "ErrorMsg",
    "VideoUrl",
    "CacheFile",
    "pictureURL",
    "callbackData",
    "Text",
    "Image",
    "ImageOcr",
    "Audio",
    "AudioText",
    "Keywords",
    "Desc",
    "FileMessage",
    "CheckDetail",
];

#[test]
fn debug_output_reveals_no_secret() {
    const SECRET: &str = "hunter2";
    let mut tried = BTreeSet::new();
    for (known, body) in samples() {
        let mut all = Vec::new();
        places(&body, &Vec::new(), &mut all);
        for path in all {
            let name = path.last().unwrap();
            let is_raw = [1004, 1402, 1403, 1404].contains(&known.get()) && name == "Payload";
            if !is_raw && !SECRETS.contains(&&**name) {
                continue;
            }
            tried.insert((known, name.clone()));
            for secret in [
                json!(SECRET),
                json!([SECRET]),
                json!({ SECRET: SECRET }),
                json!([{ "FileName": SECRET, "Desc": SECRET }]),
            ] {
                let mut body = body.clone();
                *at(&mut body, &path).unwrap() = secret;
                let event = parse(&body);
                let printed = format!("{event:?} {event:#?} {:?}", Box::new(&event));
                assert!(!printed.contains(SECRET), "{known}: {path:?}: {printed}");
            }
        }
        let mut more = body.clone();
        more["EventInfo"]["Unheard"] = json!(SECRET);
        more["Unheard"] = json!(SECRET);
        assert!(!format!("{:?}", parse(&more)).contains(SECRET), "{known}");
    }
    let seen: BTreeSet<_> = tried.iter().map(|(_, name)| name.as_str()).collect();
    assert!(SECRETS.iter().all(|name| seen.contains(name)), "{seen:?}");
    assert!(tried.len() > 20, "{tried:?}");
}

#[test]
fn errors_reveal_nothing_of_the_body() {
    for body in [
        r#"{"EventType":103,"EventInfo":{"RoomId":["hunter2"],"UserId":"hunter2"}}"#,
        r#"{"EventType":"hunter2","EventInfo":{}}"#,
        r#"{"EventType":401,"EventInfo":{"Payload":{"Url":"hunter2","Status":}}}"#,
        r#"{"EventType":1402,"EventInfo":{"Payload":{"hunter2":{"hunter2":x}}}}"#,
    ] {
        let rejection = Event::parse(body).unwrap_err();
        assert!(!format!("{rejection} {rejection:?}").contains("hunter2"), "{rejection:?}");
    }
}

// Identities.

#[test]
fn a_repeated_delivery_has_the_same_identity() {
    for (known, body) in samples() {
        let identity = parse(&body).identity(APP).unwrap_or_else(|| panic!("{known} has none"));
        let mut later = body.clone();
        for name in ["CallbackTs", "CallbackMsTs"] {
            later[name] = json!(1_999_999_999_999_u64);
        }
        later["EventGroupId"] = json!(4);
        for form in [text(&body, true), reversed(&body), format!("{body:#}"), later.to_string()] {
            assert_eq!(parse(&form).identity(APP), Some(identity), "{known}: {form}");
        }
    }
}

/// A name for the same field in some samples.
fn other_name(body: &Value, dotted: &str) -> String {
    let found = body.pointer(&format!("/{}", dotted.replace('.', "/"))).is_some();
    let other = match dotted {
        "EventInfo.Payload.Status" => "EventInfo.Payload.LeaveCode",
        "EventInfo.eventID" => "EventInfo.eventId",
        dotted => return dotted.replace(if found { "" } else { "TencentVod." }, ""),
    };
    (if found { dotted } else { other }).to_owned()
}

#[test]
fn events_that_differ_in_what_identifies_them_have_different_identities() {
    let mut seen: HashMap<Identity, Value> = HashMap::new();
    for (known, body) in samples() {
        let identity = parse(&body).identity(APP).unwrap();
        assert!(seen.insert(identity, body.clone()).is_none(), "two samples share an identity: {body}");
        assert_ne!(parse(&body).identity(APP + 1), Some(identity));
        let mut tried = 0;
        for dotted in known.identifying_fields() {
            let path = path(&other_name(&body, &dotted));
            let mut other = body.clone();
            let Some(value) = at(&mut other, &path) else { continue };
            *value = match value {
                Value::Number(number) => json!(number.as_u64().unwrap() + 1),
                Value::Array(_) => json!(["another"]),
                Value::Object(_) => json!({ "another": 1 }),
                _ => json!("another"),
            };
            assert_ne!(parse(&other).identity(APP), Some(identity), "{known}: {dotted}");
            tried += 1;
        }
        assert!(tried > 0, "{known}");
        for time in ["EventMsTs", "EventTsMs", "timestamp"] {
            let mut other = body.clone();
            let Some(value) = other["EventInfo"].get_mut(time) else { continue };
            *value = json!(1_700_000_000_001_u64);
            assert_ne!(parse(&other).identity(APP), Some(identity), "{known}");
            let less = without(&body, &path(&format!("EventInfo.{time}")));
            assert_eq!(parse(&less).identity(APP), None, "{known}: nothing tells it from another");
        }
    }
    // The rooms 7741 and "7741" are two.
    let mut other = sample(102);
    other["EventInfo"]["RoomId"] = json!(7);
    let number = parse(&other).identity(APP);
    other["EventInfo"]["RoomId"] = json!("7");
    assert_ne!(parse(&other).identity(APP), number);
}

/// Identities are stored, so they must never change.
#[test]
fn identities_are_the_same_in_every_release() {
    for (event_type, identity) in [
        (103, "d3bb6a1d27e912c3cf638b2911620027"),
        (310, "95206335badedb9bab2deba0431c80d7"),
        (401, "d63a5c6d9ff2b78c3685948acb596b7b"),
        (1004, "d14388ab9f88a32e830d20608d1c449d"),
    ] {
        assert_eq!(parse(sample(event_type)).identity(APP).unwrap().to_string(), identity, "{event_type}");
    }
    let other = parse(r#"{"EventType":1501,"EventInfo":{"EventMsTs":1788110000080,"TaskId":"cv-771"}}"#);
    assert_eq!(other.identity(APP).unwrap().to_string(), "f611ff6aa178482640a9b73a188de8fc");
}

// JSON Schema.

/// A body in the documented form: integers without quotes, the IDs of tasks as text, the type's own group.
#[cfg(feature = "schemars")]
fn documented(known: EventType, mut body: Value) -> Value {
    body["EventGroupId"] = json!(known.group());
    let info = body["EventInfo"].as_object_mut().unwrap();
    for (name, value) in info {
        match (name.as_str(), &*value) {
            ("EventTs" | "EventMsTs", Value::String(digits)) => *value = json!(digits.parse::<u64>().unwrap()),
            ("TaskId", Value::Number(number)) => *value = json!(number.to_string()),
            _ => {}
        }
    }
    body
}

#[cfg(feature = "schemars")]
#[test]
fn documented_bodies_match_their_schema_and_others_do_not() {
    use crate::json_schema::Document;

    for (known, body) in samples() {
        let document = Document::new(tower_tencent_webhook::schema::rtc_event(known).unwrap().to_value());
        crate::schema::assert_known_keywords(document.value());
        let body = documented(known, body);
        document.check(&body).unwrap_or_else(|why| panic!("{known}: {why}\n{body:#}"));
        for wrong in known.required_fields().into_iter().chain(["EventType".to_owned(), "EventGroupId".to_owned()]) {
            assert!(document.check(&without(&body, &path(&wrong))).is_err(), "{known} without {wrong}");
            let mut other = body.clone();
            *at(&mut other, &path(&wrong)).unwrap() = json!([]);
            assert!(document.check(&other).is_err(), "{known}: {wrong}");
        }
        // All that a sample has is in the schema, under one of its names.
        let properties =
            |node: &Value| node["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let info = properties(&document.value()["properties"]["EventInfo"]);
        let has: BTreeSet<_> = body["EventInfo"].as_object().unwrap().keys().cloned().collect();
        let more: Vec<_> = has.difference(&info).map(String::as_str).collect();
        assert!(matches!(more[..], [] | ["EventTsMs"] | ["eventId"] | ["EventMessage"]), "{known}: {more:?}");
    }
    assert!(tower_tencent_webhook::schema::rtc_event(907).is_none());
}

// Events that Chat passes on.

/// The event of the RTC Engine in a body of Chat.
fn carried(command: &str, body: &Value) -> Event {
    let event = match ChatEvent::parse(command, body.to_string()).unwrap() {
        ChatEvent::CallAfterRecordChanged(event) => event.rtc_event(),
        ChatEvent::LiveAfterCloudRecordingChanged(event) => event.rtc_event(),
        other => panic!("{other:?}"),
    };
    event.unwrap()
}

#[test]
fn events_that_chat_passes_on_are_typed_too() {
    for command in ["Call.CallbackAfterRecordChanged", "Live.CallbackAfterCloudRecordingChanged"] {
        for body in samples_of(command) {
            let envelope = body.get("Callback").unwrap_or(&body);
            let event = carried(command, &body);
            assert_eq!(event, parse(envelope), "{command}");
            assert_eq!(event.identity(APP), parse(envelope).identity(APP), "{command}");
            assert!(!matches!(event, Event::Other(_)), "{command}");
        }
    }
    let body = r#"{"EventInfo":{"TaskId":"t"}}"#;
    let ChatEvent::LiveAfterCloudRecordingChanged(event) =
        ChatEvent::parse("Live.CallbackAfterCloudRecordingChanged", body).unwrap()
    else {
        panic!("another event")
    };
    assert_eq!(event.rtc_event().unwrap_err().to_string(), "malformed body at EventType: missing field");
}

#[test]
fn nothing_of_an_event_that_chat_passes_on_is_lost() {
    let mut tried = 0;
    for (known, body) in samples() {
        if ![3, 8].contains(&known.group()) {
            continue;
        }
        let mut bodies = vec![body.clone()];
        // Where the docs have fields too: beside the payload, and under another name.
        let mut beside = body.clone();
        if let Some(Value::Object(payload)) = beside["EventInfo"].as_object_mut().unwrap().remove("Payload") {
            beside["EventInfo"].as_object_mut().unwrap().extend(payload);
            bodies.push(beside);
        }
        let mut renamed = without(&body, &path("EventInfo.EventMsTs"));
        renamed["EventInfo"]["EventTsMs"] = json!(1_788_000_000_123_u64);
        bodies.push(renamed);
        let mut unheard = body.clone();
        unheard["EventInfo"]["Unheard"] = json!({ "big": u64::MAX, "deep": [null] });
        bodies.push(unheard);
        for body in bodies {
            let mut live = body.clone();
            live["CallbackCommand"] = json!("Live.CallbackAfterCloudRecordingChanged");
            let call = json!({ "CallId": "c", "Callback": body });
            for (command, carrier) in
                [("Live.CallbackAfterCloudRecordingChanged", live), ("Call.CallbackAfterRecordChanged", call)]
            {
                let event = carried(command, &carrier);
                assert_eq!(event, parse(&body), "{command}: {body}");
                assert_eq!(event.identity(APP), parse(&body).identity(APP), "{command}: {body}");
                let names =
                    |body: &Value| body["EventInfo"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
                assert_eq!(names(&wrote(&event)), names(&body), "{command}");
                assert_eq!(wrote(&event)["EventInfo"].get("Unheard"), body["EventInfo"].get("Unheard"), "{command}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    let message = r#"{"EventType":801,"EventInfo":{"TaskId":"t","EventMessage":"Success","Payload":{"Status":1}}}"#;
    let Event::WebRecordingStarted(event) =
        carried("Live.CallbackAfterCloudRecordingChanged", &serde_json::from_str(message).unwrap())
    else {
        panic!("another event")
    };
    assert_eq!(event.event_message.as_deref(), Some("Success"));
}

#[test]
fn events_are_send_sync_clone_and_debug() {
    fn assert<T: Send + Sync + Clone + std::fmt::Debug + Unpin + 'static>() {}
    assert::<Event>();
    assert::<EventType>();
    assert::<RoomId>();
    assert::<tower_tencent_webhook::rtc::Other>();
    assert::<tower_tencent_webhook::rtc::Envelope>();
}
