//! Any verdict: exactly the documented JSON, or an error if the vendor documents no such answer.

use std::{collections::BTreeMap, ops::RangeInclusive};

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Map, Value, json, value::RawValue};
use tower_tencent_webhook::{
    FriendVerdict, MsgElem, Reply, Verdict, VerdictError, WebhookEvent,
    message::*,
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
};

use crate::{
    samples,
    verdicts::{PerFriend, Visitor, visit},
};

/// Counts the verdicts, and makes the one with this number.
struct Nth<'a, 'b> {
    number: usize,
    count: usize,
    input: Option<&'a mut Unstructured<'b>>,
}

impl<'a, 'b> Nth<'a, 'b> {
    /// Makes a verdict out of the input, if it is the one.
    fn turn(&mut self, make: impl FnOnce(&mut Unstructured<'b>) -> Result<()>) {
        if self.count == self.number
            && let Some(input) = &mut self.input
        {
            // An input that is too short for a verdict makes none.
            _ = make(input);
        }
        self.count += 1;
    }
}

impl Visitor for Nth<'_, '_> {
    fn decidable<E: WebhookEvent + Decidable>(&mut self) {
        self.turn(|_| decided::<E>());
    }

    fn refuse_with_code<E: WebhookEvent + RefuseWithCode>(&mut self, codes: RangeInclusive<u32>) {
        self.turn(|u| own_code::<E>(u, codes));
    }

    fn discardable<E: WebhookEvent + Discardable>(&mut self) {
        self.turn(|_| discard::<E>());
    }

    fn replaceable<E: WebhookEvent + Replaceable>(&mut self) {
        self.turn(|u| replace::<E>(u));
    }

    fn allow_except<E: WebhookEvent + AllowExcept>(&mut self, refused: &'static str) {
        self.turn(|u| allow_except::<E>(u, refused));
    }

    fn per_friend<E: PerFriend>(&mut self) {
        self.turn(|u| friends::<E>(u));
    }
}

/// How many verdicts there are.
fn count() -> usize {
    let mut counter = Nth { number: 0, count: 0, input: None };
    visit(&mut counter);
    counter.count
}

/// A byte that selects the verdict, then the data to build it from.
pub fn run(data: &[u8]) {
    let Some((which, data)) = data.split_first() else { return };
    let mut input = Unstructured::new(data);
    visit(&mut Nth { number: usize::from(*which) % count(), count: 0, input: Some(&mut input) });
}

/// Samples as the data to build each verdict from.
pub fn seeds() -> Vec<Vec<u8>> {
    let material = samples().map(|(_, body)| body.to_string().into_bytes()).step_by(7);
    material.flat_map(|body| (0..count() as u8).map(move |which| [&[which], &body[..]].concat())).collect()
}

/// Asserts that the answer is the envelope with this code and text, plus these fields.
fn is(reply: impl Into<Reply>, code: u32, info: &str, fields: &[(&str, Value)]) {
    let body: Map<String, Value> = serde_json::from_slice(reply.into().body()).unwrap();
    let envelope = [("ActionStatus", json!("OK")), ("ErrorCode", json!(code)), ("ErrorInfo", json!(info))];
    let all = envelope.iter().chain(fields).map(|(name, value)| ((*name).to_owned(), value.clone()));
    assert_eq!(body, all.collect());
}

/// A documented code, one close to those, or any.
fn code(u: &mut Unstructured<'_>, codes: &RangeInclusive<u32>) -> Result<u32> {
    Ok(match u8::arbitrary(u)? {
        0..128 => u.int_in_range(codes.start() - 2..=codes.end() + 2)?,
        _ => u.arbitrary()?,
    })
}

fn decided<E: WebhookEvent + Decidable>() -> Result<()> {
    is(Verdict::<E>::allow(), 0, "", &[]);
    is(Verdict::<E>::refuse(), 1, "", &[]);
    Ok(())
}

fn discard<E: WebhookEvent + Discardable>() -> Result<()> {
    is(Verdict::<E>::discard(), 2, "", &[]);
    Ok(())
}

fn own_code<E: WebhookEvent + RefuseWithCode>(u: &mut Unstructured<'_>, codes: RangeInclusive<u32>) -> Result<()> {
    let code = code(u, &codes)?;
    let info = String::arbitrary(u)?;
    match Verdict::<E>::refuse_with(code, &info) {
        Ok(verdict) => {
            assert!(codes.contains(&code), "{code}");
            is(verdict, code, &info, &[]);
        }
        Err(error) => {
            assert!(!codes.contains(&code), "{code}");
            assert_eq!(error, VerdictError::CodeOutOfRange { code, codes });
        }
    }
    Ok(())
}

fn allow_except<E: WebhookEvent + AllowExcept>(u: &mut Unstructured<'_>, name: &str) -> Result<()> {
    let refused = Vec::<String>::arbitrary(u)?;
    is(Verdict::<E>::allow_except(refused.clone()), 0, "", &[(name, json!(refused))]);
    Ok(())
}

fn replace<E: WebhookEvent + Replaceable>(u: &mut Unstructured<'_>) -> Result<()> {
    let data = String::arbitrary(u)?;
    is(Verdict::<E>::replace_cloud_custom_data(&data), 0, "", &[("CloudCustomData", json!(data))]);
    let message = message(u, 3)?;
    replaces(&message, None, Verdict::<E>::replace_msg_body(&message));
    replaces(&message, Some(&data), Verdict::<E>::replace(&message, &data));
    Ok(())
}

/// Asserts that the answer is this message, or an error if it cannot be one.
pub(crate) fn replaces<E>(
    message: &[MsgElem],
    data: Option<&str>,
    made: std::result::Result<Verdict<E>, VerdictError>,
) {
    let custom = message.iter().filter(|elem| elem.msg_type() == "TIMCustomElem").count();
    match made {
        Err(VerdictError::EmptyMsgBody) => assert!(message.is_empty()),
        Err(VerdictError::TooManyCustomElems) => assert!(custom > 1),
        Err(error) => {
            assert_eq!(error, VerdictError::NotJson);
            assert!(!message.iter().all(is_finite));
        }
        Ok(verdict) => {
            assert!(!message.is_empty() && custom <= 1 && message.iter().all(is_finite));
            let reply = Reply::from(verdict);
            let mut body: BTreeMap<&str, &RawValue> = serde_json::from_slice(reply.body()).unwrap();
            let msg_body = body.remove("MsgBody").unwrap().get();
            assert_eq!(serde_json::from_str::<Vec<MsgElem>>(msg_body).unwrap(), message);
            let rest: BTreeMap<_, Value> =
                body.into_iter().map(|(name, value)| (name, serde_json::from_str(value.get()).unwrap())).collect();
            let envelope = [("ActionStatus", json!("OK")), ("ErrorCode", json!(0)), ("ErrorInfo", json!(""))];
            let data = data.map(|data| ("CloudCustomData", json!(data)));
            assert_eq!(rest, envelope.into_iter().chain(data).collect());
        }
    }
}

/// Whether JSON can represent the coordinates.
fn is_finite(elem: &MsgElem) -> bool {
    match elem {
        MsgElem::Location(place) => [place.latitude, place.longitude].into_iter().flatten().all(f64::is_finite),
        MsgElem::Relay(relay) => relay.msg_list.iter().flat_map(|message| &message.msg_body).all(is_finite),
        _ => true,
    }
}

/// A struct with arbitrary values in the named fields.
macro_rules! arbitrary {
    ($u:ident, $type:ident { $($field:ident),* $(,)? }) => {{
        let mut made = $type::default();
        $( made.$field = $u.arbitrary()?; )*
        made
    }};
}

/// A message, with merged messages nested up to `relays` deep.
fn message(u: &mut Unstructured<'_>, relays: usize) -> Result<Vec<MsgElem>> {
    (0..u.int_in_range(0..=3)?).map(|_| elem(u, relays)).collect()
}

fn elem(u: &mut Unstructured<'_>, relays: usize) -> Result<MsgElem> {
    Ok(match u.int_in_range(0..=11)? {
        0 => MsgElem::Text(arbitrary!(u, TextElem { text })),
        1 => {
            let mut place = arbitrary!(u, LocationElem { desc });
            (place.latitude, place.longitude) = (Some(coordinate(u)?), Some(coordinate(u)?));
            MsgElem::Location(place)
        }
        2 => MsgElem::Face(arbitrary!(u, FaceElem { index, data })),
        3 => MsgElem::Custom(arbitrary!(u, CustomElem { data, desc, ext, sound })),
        4 => MsgElem::Sound(arbitrary!(u, SoundElem { url, uuid, size, second, download_flag })),
        5 => {
            let mut image = arbitrary!(u, ImageElem { uuid, image_format });
            for _ in 0..u.int_in_range(0..=2)? {
                image.image_info_array.push(arbitrary!(u, ImageInfo { r#type, size, width, height, url }));
            }
            MsgElem::Image(image)
        }
        6 => MsgElem::File(arbitrary!(u, FileElem { url, uuid, file_size, file_name, download_flag })),
        7 => MsgElem::VideoFile(Box::new(arbitrary!(
            u,
            VideoFileElem {
                video_url,
                video_uuid,
                video_size,
                video_second,
                video_format,
                video_download_flag,
                thumb_url,
                thumb_uuid,
                thumb_size,
                thumb_width,
                thumb_height,
                thumb_format,
                thumb_download_flag,
            }
        ))),
        8 => {
            let mut stream = arbitrary!(u, StreamElem { compatible_text, stream_msg_id });
            for _ in 0..u.int_in_range(0..=2)? {
                stream.chunks.push(arbitrary!(u, Chunk { event_type, index, markdown, is_last }));
            }
            MsgElem::Stream(stream)
        }
        9 if relays > 0 => {
            let mut relay = arbitrary!(u, RelayElem { title, msg_num, compatible_text, abstract_list, json_msg_key });
            for _ in 0..u.int_in_range(0..=2)? {
                let mut merged = arbitrary!(
                    u,
                    RelayMsg { from_account, to_account, group_id, msg_seq, msg_random, cloud_custom_data }
                );
                merged.msg_time_stamp = Option::<u64>::arbitrary(u)?.map(Into::into);
                merged.msg_body = message(u, relays - 1)?;
                relay.msg_list.push(merged);
            }
            MsgElem::Relay(Box::new(relay))
        }
        10 => MsgElem::custom(String::arbitrary(u)?),
        _ => {
            let content = json!({ "Wave": Option::<i64>::arbitrary(u)?, "At": [String::arbitrary(u)?] });
            MsgElem::new("TIMGestureElem", &content.to_string()).unwrap()
        }
    })
}

/// Any number, often one that JSON cannot represent.
fn coordinate(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(match u8::arbitrary(u)? {
        b'a'..b'e' => f64::NAN,
        b'e'..b'i' => f64::INFINITY,
        _ => u.arbitrary()?,
    })
}

/// A verdict on one friend, and the item that must result.
fn judge(u: &mut Unstructured<'_>, account: &str) -> Result<(FriendVerdict, Value)> {
    let codes = 38_000..=39_000;
    let code = code(u, &codes)?;
    let info = String::arbitrary(u)?;
    let (verdict, code, info) = match FriendVerdict::refuse(code, &info) {
        Ok(verdict) => {
            assert!(codes.contains(&code), "{code}");
            (verdict, code, info)
        }
        Err(error) => {
            assert!(!codes.contains(&code), "{code}");
            assert_eq!(error, VerdictError::CodeOutOfRange { code, codes });
            (FriendVerdict::allow(), 0, String::new())
        }
    };
    Ok((verdict, json!({ "To_Account": account, "ResultCode": code, "ResultInfo": info })))
}

fn friends<E: PerFriend>(u: &mut Unstructured<'_>) -> Result<()> {
    let accounts = Vec::<String>::arbitrary(u)?;
    let judged: Vec<_> = accounts.iter().map(|account| judge(u, account)).collect::<Result<_>>()?;
    let (verdicts, lines): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let event = E::about(&accounts.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut verdicts, mut asked) = (verdicts.into_iter(), accounts.iter());
    let verdict = event.decide(&mut |account| {
        assert_eq!(Some(account), asked.next().map(String::as_str));
        verdicts.next().unwrap()
    });
    is(verdict, 0, "", &[("ResultItem", lines.into())]);
    Ok(())
}
