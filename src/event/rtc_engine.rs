//! The events of the RTC Engine among those of Chat: as the content of a webhook, and behind typed handlers.

use bytes::Bytes;

use crate::{
    catalogue::rtc_catalogue,
    command::{Command, RtcCommand},
    event::{Event, FromEvent, WebhookEvent},
    policy::Policy,
    rejection::Rejection,
    reply::Ack,
    rtc::{self, Distinction, TypedEvent},
    wire::{Drifts, Sealed, UnixMillis},
};

impl Event {
    /// Reads a callback of the RTC Engine of whatever type its body says.
    pub(crate) fn read_rtc(body: &Bytes, unknown: Policy) -> Result<(Self, Drifts), Rejection> {
        let (event, drifts) = rtc::Event::read(body)?;
        if unknown == Policy::Reject && matches!(event, rtc::Event::Other(_)) {
            return Err(Rejection::unknown_command(event.command().clone()));
        }
        Ok((Self::Rtc(event), drifts))
    }

    /// The same, for a body that is one of this command.
    pub(super) fn read_rtc_of(command: &Command, body: &Bytes, unknown: Policy) -> Result<(Self, Drifts), Rejection> {
        let (event, drifts) = Self::read_rtc(body, unknown)?;
        // A word without a known number is one of a later release: only the body says which type it is.
        match (command.rtc_type(), &event) {
            (Some(number), Self::Rtc(event)) if event.event_type() != number => {
                Err(Rejection::command_mismatch(command.clone()))
            }
            _ => Ok((event, drifts)),
        }
    }
}

impl Sealed for rtc::Event {}

impl FromEvent for rtc::Event {
    fn from_event(event: Event) -> Result<Self, Event> {
        match event {
            Event::Rtc(event) => Ok(event),
            event => Err(event),
        }
    }

    fn rtc_distinction(&self) -> Option<Distinction> {
        self.distinction()
    }

    fn rtc_time(&self) -> Option<UnixMillis> {
        self.event_time()
    }
}

macro_rules! content_of_webhooks {
    ($(
        $variant:ident($group:ident::$type:ident) = $number:literal $name:literal id($($id:ident),*)
            docs $docs:literal;
    )*) => { $(
        impl FromEvent for rtc::$group::$type {
            fn from_event(event: Event) -> Result<Self, Event> {
                match event {
                    Event::Rtc(event) => TypedEvent::from_event(event).map_err(Event::Rtc),
                    event => Err(event),
                }
            }

            fn rtc_distinction(&self) -> Option<Distinction> {
                TypedEvent::distinction(self)
            }

            fn rtc_time(&self) -> Option<UnixMillis> {
                TypedEvent::happened(self)
            }
        }

        impl WebhookEvent for rtc::$group::$type {
            const COMMAND: Command = Command::rtc(RtcCommand::$variant);
            type Answer = Ack;
        }
    )* };
}

rtc_catalogue!(content_of_webhooks);
