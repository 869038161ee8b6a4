//! The README's table of commands.

use serde_json::Value;
use tower_tencent_webhook::{Command, Phase, schema};

#[test]
fn the_readmes_table_is_the_catalogue() {
    let readme = include_str!("../../README.md");
    let table = readme.split("<!-- commands -->").nth(1).expect("the README has the mark <!-- commands -->");
    let table = table.split("<!-- /commands -->").next().unwrap().trim();
    let expected = expected();
    assert!(
        table == expected.trim(),
        "The table in README.md is not that of the catalogue. It should be:\n\n{expected}"
    );
}

fn expected() -> String {
    let mut table = String::from("| Command | Type | Phase | Verdict |\n|---|---|---|---|\n");
    for command in Command::ALL {
        let event_type = command.event_type().unwrap();
        let (phase, verdict) = match command.phase() {
            Phase::Before => ("before", verdicts(command)),
            Phase::After => ("after", String::new()),
        };
        table += &format!("| `{command}` | `{event_type}` | {phase} | {verdict} |\n").replace("|  |", "| |");
    }
    table
}

/// The functions that make the verdicts on an event, with the codes that they accept.
fn verdicts(command: &Command) -> String {
    let schema = schema::verdict(command).unwrap().to_value();
    let alternatives = schema["oneOf"].as_array().unwrap().iter().map(|one| {
        let codes = |code: &Value| format!("{} to {}", code["minimum"], code["maximum"]);
        let properties = &one["properties"];
        match one["title"].as_str().unwrap() {
            "refuse_with" => format!("`refuse_with` {}", codes(&properties["ErrorCode"])),
            "each_friend" => {
                let code = &properties["ResultItem"]["items"]["properties"]["ResultCode"]["anyOf"][1];
                format!("for each friend: `allow`, `refuse` {}", codes(code))
            }
            title => format!("`{title}`"),
        }
    });
    alternatives.collect::<Vec<_>>().join(", ")
}
