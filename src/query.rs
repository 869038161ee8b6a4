//! The URL's parameters: one pass over the query, nothing allocated unless something in it is encoded.

use std::borrow::Cow;

use memchr::{memchr2, memchr2_iter};

use crate::rejection::{Parameter, Rejection};

/// The parameters that this crate reads, percent-decoded. Names count without regard to case; the first of equal
/// values is kept.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) sdk_app_id: Option<Cow<'a, str>>,
    pub(crate) callback_command: Option<Cow<'a, str>>,
    pub(crate) webhook_command: Option<Cow<'a, str>>,
    pub(crate) client_ip: Option<Cow<'a, str>>,
    pub(crate) opt_platform: Option<Cow<'a, str>>,
    pub(crate) request_time: Option<Cow<'a, str>>,
    pub(crate) sign: Option<Cow<'a, str>>,
}

impl<'a> Query<'a> {
    /// Reads the part of a URL behind its `?`.
    ///
    /// Refuses what could be read in two ways: one of our parameters twice with different values, or with a value
    /// that is not percent-encoded UTF-8. Other parameters may look as they like.
    pub(crate) fn parse(query: &'a str) -> Result<Self, Rejection> {
        let mut parameters = Self::default();
        let bytes = query.as_bytes();
        let decode = if memchr2(b'%', b'+', bytes).is_some() { decode } else { plain };
        let (mut start, mut equals) = (0, None);
        for end in memchr2_iter(b'&', b'=', bytes).chain([bytes.len()]) {
            if bytes.get(end) == Some(&b'=') {
                equals.get_or_insert(end);
            } else {
                let name = &query[start..equals.unwrap_or(end)];
                let value = &query[equals.map_or(end, |equals| equals + 1)..end];
                parameters.put(name, value, decode)?;
                (start, equals) = (end + 1, None);
            }
        }
        Ok(parameters)
    }

    fn put(&mut self, name: &'a str, value: &'a str, decode: Decode<'a>) -> Result<(), Rejection> {
        // A name that cannot be decoded is none of ours.
        let Some((parameter, slot)) = decode(name).and_then(|name| self.slot(&name)) else { return Ok(()) };
        let value = decode(value).ok_or_else(|| Rejection::invalid_encoding(parameter))?;
        match slot {
            Some(first) if *first != value => return Err(Rejection::repeated(parameter)),
            Some(_) => {}
            None => *slot = Some(value),
        }
        Ok(())
    }

    fn slot(&mut self, name: &str) -> Option<(Parameter, &mut Option<Cow<'a, str>>)> {
        let slot = match name.len() {
            4 => (Parameter::Sign, &mut self.sign),
            8 if name.as_bytes()[0].eq_ignore_ascii_case(&b's') => (Parameter::SdkAppId, &mut self.sdk_app_id),
            8 => (Parameter::ClientIp, &mut self.client_ip),
            11 if name.as_bytes()[0].eq_ignore_ascii_case(&b'o') => (Parameter::OptPlatform, &mut self.opt_platform),
            11 => (Parameter::RequestTime, &mut self.request_time),
            14 => (Parameter::WebhookCommand, &mut self.webhook_command),
            15 => (Parameter::CallbackCommand, &mut self.callback_command),
            _ => return None,
        };
        // Chat's own spelling first: a plain comparison costs a tenth of the one without regard to case.
        let ours = slot.0.name();
        (ours == name || ours.eq_ignore_ascii_case(name)).then_some(slot)
    }
}

/// How a name or a value is decoded.
type Decode<'a> = fn(&'a str) -> Option<Cow<'a, str>>;

/// Nothing to undo.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text))
}

/// Undoes `application/x-www-form-urlencoded`: `+` is a space, `%` stands before two hex digits.
/// `None` where it does not, or where the outcome is not UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut encoded = [0];
                hex::decode_to_slice([bytes.next()?, bytes.next()?], &mut encoded).ok()?;
                encoded[0]
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RejectionKind;

    fn kind(query: &str) -> RejectionKind {
        Query::parse(query).unwrap_err().kind()
    }

    #[test]
    fn the_vendors_url() {
        let query = Query::parse(
            "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete&contenttype=json\
             &ClientIP=127.0.0.1&OptPlatform=iOS&RequestTime=1669872112&Sign=17",
        )
        .unwrap();
        assert_eq!(query.sdk_app_id.as_deref(), Some("1400000000"));
        assert_eq!(query.callback_command.as_deref(), Some("Follow.CallbackAfterFollowDelete"));
        assert_eq!(query.webhook_command, None);
        assert_eq!(query.client_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(query.opt_platform.as_deref(), Some("iOS"));
        assert_eq!(query.request_time.as_deref(), Some("1669872112"));
        assert_eq!(query.sign.as_deref(), Some("17"));
        assert!(matches!(query.callback_command, Some(Cow::Borrowed(_))));
    }

    #[test]
    fn names_without_regard_to_case() {
        for name in ["SDKAppID", "SdkAppId", "sdkappid", "SdkAppid", "%53dkAppid"] {
            assert_eq!(Query::parse(&format!("{name}=1")).unwrap().sdk_app_id.as_deref(), Some("1"), "{name}");
        }
        assert_eq!(Query::parse("SdkAppie=1&clientix=2&signs=3").unwrap().sdk_app_id, None);
    }

    #[test]
    fn encoded_values() {
        let query = Query::parse("CallbackCommand=State%2eStateChange&OptPlatform=a+%E5%9b%9e").unwrap();
        assert_eq!(query.callback_command.as_deref(), Some("State.StateChange"));
        assert_eq!(query.opt_platform.as_deref(), Some("a 回"));
        for bad in ["%", "%4", "%zz", "%+1", "%ff", "%E5%9b", "%é"] {
            assert_eq!(kind(&format!("CallbackCommand={bad}")), RejectionKind::InvalidEncoding, "{bad}");
        }
        // What is none of ours may look as it likes.
        assert!(Query::parse("note=100%&%zz=1&=&&&=1").is_ok());
    }

    #[test]
    fn a_parameter_twice() {
        assert!(Query::parse("SdkAppid=1&SDKAppID=1&sdkappid=%31").is_ok());
        assert_eq!(kind("SdkAppid=1&SDKAppID=2"), RejectionKind::RepeatedParameter);
        assert_eq!(kind("Sign=1&sign="), RejectionKind::RepeatedParameter);
        assert_eq!(kind("ClientIP=1&clientip"), RejectionKind::RepeatedParameter);
    }
}
