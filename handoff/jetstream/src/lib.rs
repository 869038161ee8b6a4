#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod observe;
mod sink;
mod stream;
mod subject;
mod worker;

#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use observe::describe_metrics;
pub use sink::{JetStream, PublishError, PublishErrorKind, PublishFuture, Stored};
pub use stream::{Setting, StreamConfig, StreamError, ensure_stream};
pub use worker::{Worker, WorkerError};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
