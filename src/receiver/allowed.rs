//! The commands that an app accepts.

use std::collections::HashSet;

use crate::command::{Command, KnownCommand};

/// Looked up in the same time however many there are.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    known: [bool; KnownCommand::COUNT],
    others: HashSet<Command>,
}

impl Allowed {
    /// Whether an event is allowed.
    pub(super) fn has(&self, command: &Command) -> bool {
        match command.as_known() {
            Some(known) => self.known[known as usize],
            None => self.others.contains(command),
        }
    }

    /// Whether any event is allowed that may come to the URL of a command.
    pub(super) fn has_under(&self, url: &Command) -> bool {
        self.has(url) || Command::ALL.iter().any(|command| command.comes_under(url) && self.has(command))
    }
}

impl FromIterator<Command> for Allowed {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        let mut allowed = Self { known: [false; KnownCommand::COUNT], others: HashSet::new() };
        for command in commands {
            match command.as_known() {
                Some(known) => allowed.known[known as usize] = true,
                None => _ = allowed.others.insert(command),
            }
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_allowed_under_any_of_its_names() {
        let allowed: Allowed = ["State.StateChange", "Moon.CallbackRise", "Room.CallbackUpdateRoomInfo"]
            .map(Command::from)
            .into_iter()
            .collect();
        for (command, is) in [
            ("State.StateChange", true),
            ("Moon.CallbackRise", true),
            ("Room.CallbackAfterUpdateRoomInfo", true),
            ("Moon.CallbackSet", false),
            ("Sns.CallbackFriendAdd", false),
        ] {
            assert_eq!(allowed.has(&command.into()), is, "{command}");
            assert_eq!(allowed.has_under(&command.into()), is, "{command}");
        }
    }

    #[test]
    fn the_url_of_an_event_that_comes_there_is_allowed() {
        let [own, url] = ["Live.CallbackAfterDelMetadata", "Live.CallbackAfterSetMetadata"].map(Command::from);
        let allowed: Allowed = [own.clone()].into_iter().collect();
        assert!(allowed.has(&own) && !allowed.has(&url));
        assert!(allowed.has_under(&own) && allowed.has_under(&url));
    }
}
