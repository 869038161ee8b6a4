//! Any body of a callback of the RTC Engine: an event that round-trips and is identified, or a rejection. Whatever the
//! body is, a callback is accepted with the signature of just this body only.

use bytes::Bytes;
use tower_tencent_webhook::{App, Event, Policy, Receiver, RejectionKind, Webhook, rtc, signer};

use crate::sign::rtc_sign;

const KEY: &str = "Quay7Key";

/// The body.
pub fn run(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    let parsed = rtc::Event::parse(body.clone());
    if let Ok(event) = &parsed {
        round_trips(event);
    }

    let receiver = Receiver::new(App::rtc_only(7).rtc_key(KEY).expect("a key"));
    let parse = |receiver: &Receiver, sign: &str, body: &Bytes| {
        let claim = receiver.verify_rtc_headers(Some("7"), Some(sign)).expect("well-formed");
        receiver.parse_rtc(claim, body.clone(), std::time::UNIX_EPOCH)
    };
    let sign = rtc_sign(KEY, &body);
    let received = parse(&receiver, &sign, &body);
    match (&parsed, &received) {
        (Ok(event), Ok(hook)) => {
            assert!(matches!(hook.event(), Event::Rtc(received) if received == event));
            assert_eq!(hook.context().command(), hook.event().command());
            assert_eq!(hook.identity(), event.identity(7));
            assert_eq!(hook.event_time(), event.event_time());
            let stored = serde_json::to_string(hook).expect("a webhook can be stored");
            assert_eq!(serde_json::from_str::<Webhook>(&stored).expect("and read again"), *hook);
        }
        (Err(rejection), Err(received)) => {
            assert_eq!((rejection.kind(), received.kind()), (RejectionKind::Malformed, RejectionKind::Malformed));
            assert!(received.command().expect("it was verified").is_rtc());
            let info = received.to_string();
            assert_eq!(info, rejection.to_string());
            assert!(!info.is_empty() && !info.contains(char::is_control), "{info:?}");
            assert!(received.body().len() < 1500, "an answer must stay short: {info}");
        }
        _ => panic!("{parsed:?}, but {received:?}"),
    }

    let strict = parse(&receiver.clone().on_unknown(Policy::Reject), &sign, &body);
    match &parsed {
        Ok(rtc::Event::Other(_)) => assert_eq!(strict.unwrap_err().kind(), RejectionKind::UnknownCommand),
        parsed => assert_eq!(strict.is_ok(), parsed.is_ok()),
    }

    let forged = parse(&receiver, &rtc_sign("another", &body), &body).unwrap_err();
    assert_eq!((forged.kind(), forged.command()), (RejectionKind::InvalidSign, None));
    let longer = Bytes::from([&body[..], b" "].concat());
    assert_eq!(parse(&receiver, &sign, &longer).unwrap_err().kind(), RejectionKind::InvalidSign);
}

/// The samples, and what the vendor's bodies may look like besides.
pub fn seeds() -> Vec<Vec<u8>> {
    let samples = rtc::EventType::ALL.iter().flat_map(|known| signer::rtc_samples(*known)).map(<[u8]>::to_vec);
    let others: [&[u8]; 3] = [
        br#"{"EventGroupId":15,"EventType":1501,"CallbackTs":1,"EventInfo":{"EventMsTs":"7","TaskId":"t"}}"#,
        br#"{"EventGroupId":9,"EventInfo":{"EventMsTs":7,"TaskId":"t","Payload":{"Status":0}}}"#,
        b"{\n\t\"EventGroupId\":\t1,\n\t\"EventType\":\t102,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t\"a\"\n\t}\n}",
    ];
    // A name that is all control characters, each of which is written as six.
    let escaped = [b"{\"", "\u{1f}".repeat(300).as_bytes(), b"\" 1"].concat();
    samples.chain(others.map(<[u8]>::to_vec)).chain([escaped]).collect()
}

fn round_trips(event: &rtc::Event) {
    let wrote = serde_json::to_string(event).expect("an event can be written");
    let again = rtc::Event::parse(wrote.clone());
    assert_eq!(again.as_ref().ok(), Some(event), "{again:?}\n{wrote}");
    assert_eq!(again.unwrap().identity(7), event.identity(7), "{wrote}");
}
