//! The files for Prometheus and Grafana ask only for what there is, and for all of it.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_tencent_webhook::metrics::{self, Kind};

use crate::common::read;

/// A query of the dashboard or the rules.
pub(crate) struct Query {
    /// The panel, the alert or the recorded series that it is for.
    pub(crate) name: String,
    pub(crate) expr: String,
}

/// What the dashboard asks, with its variables filled in.
pub(crate) fn panels() -> Vec<Query> {
    let dashboard: Value = serde_json::from_str(&read("grafana/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries = panels.iter().flat_map(|panel| {
        let name = panel["title"].as_str().unwrap();
        panel["targets"].as_array().unwrap().iter().map(move |target| {
            let expr = target["expr"].as_str().unwrap();
            let expr = expr.replace("$__rate_interval", "1m").replace("$job", "tencent-webhooks");
            assert!(!expr.contains('$'), "{name} has a variable that is not known here: {expr}");
            Query { name: format!("{name}: {}", target["legendFormat"].as_str().unwrap()), expr }
        })
    });
    queries.collect()
}

/// What the rules ask, as promtool understands them: recorded series and alerts.
pub(crate) fn rules() -> (Vec<Query>, Vec<Query>) {
    let (mut records, mut alerts) = (Vec::new(), Vec::new());
    let rules = read("prometheus/rules.yml");
    // The file's own layout: an item begins with its name, and `expr` has a line, or a block below.
    for rule in rules.split("\n      - ").skip(1) {
        let (kind, rest) = rule.split_once(": ").unwrap();
        let (name, rest) = rest.split_once('\n').unwrap();
        let expr = rest.strip_prefix("        expr: ").unwrap_or_else(|| panic!("{name} has no expression"));
        let expr = match expr.strip_prefix("|\n") {
            Some(block) => {
                block.lines().take_while(|line| line.starts_with("          ")).collect::<Vec<_>>().join("\n")
            }
            None => expr.lines().next().unwrap().to_owned(),
        };
        let query = Query { name: name.to_owned(), expr };
        match kind {
            "record" => records.push(query),
            "alert" => alerts.push(query),
            other => panic!("{other} is no kind of rule"),
        }
    }
    (records, alerts)
}

/// The words of a query that are neither strings, numbers nor durations.
fn words(expr: &str) -> BTreeSet<&str> {
    let without_strings: Vec<&str> = expr.split('"').step_by(2).collect();
    let words =
        without_strings.into_iter().flat_map(|part| part.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))));
    words.filter(|word| word.starts_with(|c: char| c.is_alphabetic())).collect()
}

#[test]
fn dashboard_and_rules_name_only_metrics_and_labels_that_there_are() {
    // PromQL's own, the labels of Prometheus, and what async-nats's package reports.
    let mut known: BTreeSet<String> = [
        "by",
        "histogram_quantile",
        "increase",
        "max",
        "offset",
        "or",
        "rate",
        "sum",
        "unless",
        "instance",
        "job",
        "le",
        "up",
        "error_type",
        "messaging_client_operation_duration_seconds_bucket",
        "messaging_client_sent_messages_total",
    ]
    .map(str::to_owned)
    .into();
    for metric in metrics::ALL {
        known.extend(metric.labels.iter().map(|label| label.to_string()));
        match metric.kind {
            Kind::Histogram => known.extend(["bucket", "count", "sum"].map(|part| format!("{}_{part}", metric.name))),
            _ => _ = known.insert(metric.name.to_owned()),
        }
    }
    let (records, alerts) = rules();
    known.extend(records.iter().map(|record| record.name.clone()));
    for Query { name, expr } in panels().iter().chain(&records).chain(&alerts) {
        for word in words(expr) {
            assert!(known.contains(word), "{name}: {word} is no metric, label or function that is known here");
        }
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let panels = panels();
    for metric in metrics::ALL {
        let used = panels.iter().flat_map(|query| words(&query.expr)).any(|word| word.starts_with(metric.name));
        assert!(used, "no panel has {}", metric.name);
    }
}

#[test]
fn every_alert_is_explained() {
    let observe = include_str!("../../../docs/observe.md");
    for Query { name, .. } in rules().1 {
        assert!(observe.contains(&format!("`{name}`")), "docs/observe.md does not explain {name}");
    }
}

/// The same list is in several queries: whatever is not one of it is a rejection.
#[test]
fn the_outcomes_of_what_is_not_rejected_are_the_documented_ones() {
    let observe = include_str!("../../../docs/observe.md");
    let table = observe.split("`outcome` of a webhook is one of").nth(1).unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let documented: BTreeSet<&str> = rows
        .filter(|row| !row.contains("RejectionKind"))
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .filter(|word| *word != "outcome")
        .collect();
    assert!(documented.contains("answered") && documented.len() > 8, "{documented:?}");
    let (_, alerts) = rules();
    let mut seen = 0;
    for Query { name, expr } in panels().iter().chain(&alerts) {
        let lists = expr.split('"').skip(1).step_by(2).filter(|text| text.starts_with("answered|"));
        for list in lists {
            seen += 1;
            let list: BTreeSet<&str> = list.split('|').filter(|word| *word != "unknown_command").collect();
            assert_eq!(list, documented, "{name}");
        }
    }
    assert!(seen >= 3, "{seen}");
}
