//! HTTP/2, frame by frame, for what no well-behaved client does.

use super::Raw;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The start of a connection.
pub fn preface(settings: &[u8]) -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, settings)[..]].concat()
}

/// The head of a POST.
pub fn fields(uri: &str) -> Vec<u8> {
    [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", uri)]
        .map(|(name, value)| field(0, name, value))
        .concat()
}

/// A literal header field: without indexing (0) or with it (0x40).
pub fn field(kind: u8, name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![kind];
    for text in [name, value] {
        match text.len().checked_sub(127) {
            None => field.push(text.len() as u8),
            Some(mut rest) => {
                field.push(127);
                while rest >= 128 {
                    field.push((rest % 128 + 128) as u8);
                    rest /= 128;
                }
                field.push(rest as u8);
            }
        }
        field.extend(text.bytes());
    }
    field
}

#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The next frame, or `None` at the end of the connection.
    pub async fn read(client: &mut Raw) -> Option<Self> {
        let head = client.bytes(9).await?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        let payload = client.bytes(number(&head[..3]) as usize).await?;
        Some(Self { kind: head[3], flags: head[4], stream: number(&head[5..]), payload })
    }
}

/// The ids of the streams that a client opens.
pub fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}
