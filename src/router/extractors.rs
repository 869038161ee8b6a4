//! Handlers with extractors: arguments before the webhook that are made of the request's head.

use std::{any, error, fmt, sync::Arc};

use axum_core::{extract::FromRequestParts, response::IntoResponse};
use http::{StatusCode, request::Parts};

use super::handler::{EventHandler, Head, ViaState};
use crate::{rejection::BoxError, webhook::Webhook};

/// The marker of handlers that take extractors.
#[expect(unnameable_types, reason = "only tells the forms apart")]
#[derive(Debug)]
pub enum ViaParts {}

macro_rules! with_extractors {
    ($($T:ident),+) => {
        impl<E, F, A, O, S, $($T),+> EventHandler<E, (ViaParts, $($T,)+ Webhook<E>), S> for F
        where
            F: Fn($($T,)+ Webhook<E>) -> A + Send + Sync + 'static,
            A: Future<Output = O> + Send + 'static,
            E: Send + 'static,
            S: Clone + Send + Sync + 'static,
            $( $T: FromRequestParts<S> + Send + 'static, )+
        {
            type Answer = O;

            #[allow(non_snake_case, reason = "each extractor is named after its type")]
            fn call(
                self: &Arc<Self>,
                state: &S,
                hook: Webhook<E>,
                head: Head<'_>,
            ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
                let (handler, state, mut head) = (Arc::clone(self), state.clone(), head());
                async move {
                    $( let $T = extract(&mut head, &state).await?; )+
                    drop((head, state));
                    Ok(handler($($T,)+ hook).await)
                }
            }
        }

        impl<E, F, A, O, S, $($T),+> EventHandler<E, (ViaState, ViaParts, $($T,)+ Webhook<E>), S> for F
        where
            F: Fn(S, $($T,)+ Webhook<E>) -> A + Send + Sync + 'static,
            A: Future<Output = O> + Send + 'static,
            E: Send + 'static,
            S: Clone + Send + Sync + 'static,
            $( $T: FromRequestParts<S> + Send + 'static, )+
        {
            type Answer = O;

            #[allow(non_snake_case, reason = "each extractor is named after its type")]
            fn call(
                self: &Arc<Self>,
                state: &S,
                hook: Webhook<E>,
                head: Head<'_>,
            ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
                let (handler, state, mut head) = (Arc::clone(self), state.clone(), head());
                async move {
                    $( let $T = extract(&mut head, &state).await?; )+
                    drop(head);
                    Ok(handler(state, $($T,)+ hook).await)
                }
            }
        }
    };
}

with_extractors!(T1);
with_extractors!(T1, T2);
with_extractors!(T1, T2, T3);
with_extractors!(T1, T2, T3, T4);
with_extractors!(T1, T2, T3, T4, T5);
with_extractors!(T1, T2, T3, T4, T5, T6);
with_extractors!(T1, T2, T3, T4, T5, T6, T7);
with_extractors!(T1, T2, T3, T4, T5, T6, T7, T8);

async fn extract<T: FromRequestParts<S>, S: Sync>(head: &mut Parts, state: &S) -> Result<T, BoxError> {
    let rejected = match T::from_request_parts(head, state).await {
        Ok(extracted) => return Ok(extracted),
        Err(rejection) => rejection.into_response().status(),
    };
    Err(Rejected { extractor: any::type_name::<T>(), status: rejected }.into())
}

/// An extractor rejected the request.
///
/// Its `Display` is for logs. The rest of its response is for a client that is not there.
#[derive(Debug)]
struct Rejected {
    extractor: &'static str,
    status: StatusCode,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { extractor, status } = self;
        write!(f, "the extractor `{extractor}` rejected the request with HTTP {}", status.as_u16())
    }
}

impl error::Error for Rejected {}
