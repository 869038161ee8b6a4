//! The bodies to send: samples, a file or standard input, and what `--set` changes in them.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    str::FromStr,
};

use bytes::Bytes;
use clap::Args;
use serde_json::Value;
use tower_tencent_webhook::{Command, signer};

/// Which body a webhook has.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Body")]
pub(crate) struct BodyArgs {
    /// A file with the body instead of a sample; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// Changes a field, such as From_Account=ada or MsgBody.0.MsgContent.Text=hello. The value is JSON, or else a text
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<Set>,
}

impl BodyArgs {
    /// The bodies for this command: the file's, or all samples.
    pub(crate) fn bodies(&self, command: &Command) -> Result<Vec<Bytes>, String> {
        let bodies = match &self.body {
            Some(path) => vec![read(path)?],
            None => {
                let samples: Vec<_> = signer::samples(command).into_iter().map(Bytes::from_static).collect();
                if samples.is_empty() {
                    return Err(format!("there is no sample of {command}: give its body with --body FILE"));
                }
                samples
            }
        };
        bodies.into_iter().map(|body| self.changed(body)).collect()
    }

    /// The body with all changes.
    fn changed(&self, body: Bytes) -> Result<Bytes, String> {
        if self.set.is_empty() {
            return Ok(body);
        }
        let mut json: Value =
            serde_json::from_slice(&body).map_err(|error| format!("--set needs a body that is JSON: {error}"))?;
        for set in &self.set {
            set.apply(&mut json)?;
        }
        Ok(json.to_string().into())
    }
}

/// A file, or standard input.
pub(crate) fn read(path: &PathBuf) -> Result<Bytes, String> {
    if path.as_os_str() == "-" {
        let mut body = Vec::new();
        return match io::stdin().lock().read_to_end(&mut body) {
            Ok(_) => Ok(body.into()),
            Err(error) => Err(format!("cannot read standard input: {error}")),
        };
    }
    fs::read(path).map(Bytes::from).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    path: Vec<String>,
    value: Value,
}

impl FromStr for Set {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("it has the form PATH=VALUE, such as From_Account=ada")?;
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(
                "a part of the path is empty: the parts are names and places in lists, with a dot between them"
                    .to_owned(),
            );
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path, value })
    }
}

impl Set {
    fn apply(&self, json: &mut Value) -> Result<(), String> {
        let mut at = json;
        for (depth, part) in self.path.iter().enumerate() {
            let before = || match &self.path[..depth] {
                [] => "the body".to_owned(),
                path => path.join("."),
            };
            at = match at {
                Value::Object(fields) => {
                    fields.entry(part.clone()).or_insert_with(|| Value::Object(Default::default()))
                }
                Value::Array(list) => {
                    let (length, at) = (list.len(), part.parse::<usize>());
                    match at {
                        Ok(at) if at < length => &mut list[at],
                        // One more.
                        Ok(at) if at == length => {
                            list.push(Value::Object(Default::default()));
                            &mut list[at]
                        }
                        _ => {
                            return Err(format!(
                                "--set: {} is a list of {length}: `{part}` is no place in it",
                                before()
                            ));
                        }
                    }
                }
                _ => return Err(format!("--set: {} has no fields, so none is named `{part}`", before())),
            };
        }
        *at = self.value.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(body: &'static str, sets: &[&str]) -> Result<String, String> {
        let set = sets.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
        let args = BodyArgs { body: None, set };
        args.changed(Bytes::from_static(body.as_bytes())).map(|body| String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn set_changes_and_adds_fields_and_leaves_the_rest() {
        let body = r#"{"b":1,"MsgBody":[{"Text":"x"}],"big":18446744073709551615}"#;
        assert_eq!(
            changed(body, &["MsgBody.0.Text=a=b", "MsgBody.1.Text=2", "b=null", "Info.Action=Login"]).unwrap(),
            r#"{"b":null,"MsgBody":[{"Text":"a=b"},{"Text":2}],"big":18446744073709551615,"Info":{"Action":"Login"}}"#,
        );
        assert_eq!(changed(body, &[]).unwrap(), body);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_an_error() {
        for (set, reason) in [
            ("b.c=1", "b has no fields"),
            ("MsgBody.5=1", "list of 1"),
            ("MsgBody.x=1", "no place"),
            ("b", "PATH=VALUE"),
            (".b=1", "empty"),
        ] {
            let error = changed(r#"{"b":1,"MsgBody":[{}]}"#, &[set]).unwrap_err();
            assert!(error.contains(reason), "{set}: {error}");
        }
        assert!(changed("text", &["a=1"]).is_err());
    }
}
