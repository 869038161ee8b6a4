//! `commands`, `sample`, `schema`, help, completions and man page.

use serde_json::Value;

use crate::common::{APP, run, tool};

#[tokio::test]
async fn every_command_and_type_is_listed_with_its_docs() {
    let ran = run(&["commands", "--format", "json"]).await.expect(0, &[]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 84 + 55);
    assert!(lines.iter().all(|line| line["docs"].as_str().is_some_and(|docs| docs.starts_with("https://"))));
    assert_eq!(lines.iter().filter(|line| line["phase"] == "before").count(), 12);
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line["type"].as_u64()).collect();
    assert!(numbers.len() == 55 && numbers.contains(&103), "{numbers:?}");

    let ran = run(&["commands", "--search", "BEFORESENDMSG"]).await.expect(0, &["refuse 120001–130000", "discard"]);
    assert!(ran.out.lines().count() < 5, "{ran:#?}");
    run(&["commands", "--search", "RefusedMembers"]).await.expect(2, &["no command has the word"]);
    run(&["commands", "--search", "Official_Account"]).await.expect(0, &["OfficialAccount."]);
    let ran = run(&["commands", "--search", "103"]).await.expect(0, &["EVENT_TYPE_ENTER_ROOM"]);
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
}

#[tokio::test]
async fn samples_and_schemas_are_json() {
    for command in ["C2C.CallbackBeforeSendMsg", "State.StateChange", "103", "enter_room"] {
        let sample = run(&["sample", command]).await.expect(0, &[]).out;
        serde_json::from_str::<Value>(&sample).unwrap();
        let schema = run(&["schema", command]).await.expect(0, &[]).out;
        assert_eq!(serde_json::from_str::<Value>(&schema).unwrap()["type"], "object");
    }
    let ran = run(&["sample", "State.StateChange", "--set", "Info.To_Account=grace"]).await.expect(0, &[]);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["Info"]["To_Account"], "grace");
    run(&["schema", "C2C.CallbackBeforeSendMsg", "--answer"]).await.expect(0, &["refuse_with"]);
    run(&["schema", "State.StateChange", "--answer"]).await.expect(2, &["after-event"]);
    run(&["sample", "Moon.CallbackAfterRise"]).await.expect(2, &["no sample"]);
}

/// What documents the tool: its README, and the help of each command.
async fn documented() -> Vec<String> {
    let mut all = vec![include_str!("../../README.md").to_owned()];
    for command in ["send", "sign", "sample", "schema", "commands"] {
        all.push(run(&[command, "--help"]).await.expect(0, &[]).out);
    }
    all
}

/// The command lines of a text that need no file and no second server, as a shell splits them.
#[cfg(unix)]
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let Some(line) = line.trim_start().strip_prefix("tencent-webhook ") else { continue };
        // Without pipes, and what the help says about the line.
        let end = ["   ", "|", ">"].iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len());
        let shell = format!("printf '%s\\n' {}", &line[..end]);
        let split = std::process::Command::new("sh").args(["-c", &shell]).output().unwrap();
        let words: Vec<_> = String::from_utf8(split.stdout).unwrap().lines().map(str::to_owned).collect();
        if words.first().is_some_and(|word| ["send", "sign", "sample", "schema", "commands"].contains(&&**word)) {
            lines.push(words);
        }
    }
    lines
}

#[cfg(unix)]
#[tokio::test]
async fn documented_commands_do_what_they_say() {
    let mut count = 0;
    for words in documented().await.iter().flat_map(|text| command_lines(text)) {
        let is_sent = words[0] == "send";
        let mut args: Vec<&str> = Vec::new();
        let mut all = words.iter().map(String::as_str);
        while let Some(word) = all.next() {
            match word {
                "…" => {}
                // The test's own.
                "--url" | "--app" | "--token" | "--rtc-key" => _ = all.next(),
                word => args.push(word),
            }
        }
        let own = match &*words[0] {
            "send" => &["--app", APP, "--url", "http://127.0.0.1:1/", "--count", "1"][..],
            "sign" => &["--app", APP],
            _ => &[],
        };
        // Nobody is there to answer.
        run(&[&args, own].concat()).await.expect(i32::from(is_sent), &[]);
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

#[tokio::test]
async fn names_that_the_help_has_as_examples_are_taken() {
    let mut count = 0;
    for text in documented().await {
        // The help is wrapped.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for names in text.split("command, such as ").skip(1).chain(text.split("commands, such as ").skip(1)) {
            for name in names.replace(" or ", ", ").split(", ").take(3) {
                run(&["sample", name.split(' ').next().unwrap()]).await.expect(0, &[]);
                count += 1;
            }
        }
    }
    assert_eq!(count, 12);
}

#[tokio::test]
async fn help_has_examples_and_shells_get_completions() {
    for command in
        ["send", "listen", "replay", "diff", "sign", "verify", "commands", "sample", "schema", "completions", "man"]
    {
        run(&[command, "--help"]).await.expect(0, &["Example", "tencent-webhook "]);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run(&["completions", shell]).await.expect(0, &["replay", "tencent-webhook"]);
    }
    run(&["man"]).await.expect(0, &[".TH tencent-webhook 1"]);
    let folder = tempfile::tempdir().unwrap();
    run(&["man", "--into", folder.path().to_str().unwrap()]).await.expect(0, &[]);
    let page = std::fs::read_to_string(folder.path().join("tencent-webhook-send.1")).unwrap();
    assert!(page.contains("expect"), "{page}");
    run(&["man", "--into", "/nowhere"]).await.expect(2, &["cannot write"]);
}

#[tokio::test]
async fn colours_are_for_terminals_that_want_them() {
    let mut command = tool(&["commands"]);
    let coloured = command.env("CLICOLOR_FORCE", "1").output().await.unwrap().stdout;
    assert!(coloured.contains(&0x1b));
    let mut command = tool(&["commands"]);
    let plain = command.env("NO_COLOR", "1").output().await.unwrap().stdout;
    assert!(!plain.contains(&0x1b));
}
