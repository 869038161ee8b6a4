//! The crate's behaviour, a module for each subject, in one binary, so that it is linked once.

#![allow(unreachable_pub)] // Nobody needs a test's modules.

#[path = "../common/mod.rs"]
mod common;
// Beside the others, as only these tests have the library for it.
#[cfg(feature = "schemars")]
#[path = "../common/schema.rs"]
mod json_schema;

mod apps;
mod auth;
#[cfg(feature = "cloudevents")]
mod cloud_events;
mod deadline;
#[cfg(feature = "schemars")]
mod docs;
mod failure;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod failure_table;
mod hand_off;
mod handlers;
mod hostile;
mod identity;
mod imports;
mod irregular;
mod layer;
mod model;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod observe;
#[cfg(all(feature = "rtc", feature = "schemars"))]
mod openapi;
mod package;
#[cfg(feature = "schemars")]
mod property;
mod reading;
mod repeats;
mod router;
#[cfg(feature = "rtc")]
mod rtc;
#[cfg(feature = "rtc")]
mod rtc_guard;
#[cfg(feature = "rtc")]
mod rtc_model;
#[cfg(feature = "schemars")]
mod samples;
#[cfg(feature = "schemars")]
mod schema;
mod secrets;
mod signer;
mod stacks;
mod stored;
mod traits;
mod transport;
mod url_check;
mod verdicts;
