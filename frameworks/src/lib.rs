//! The frameworks that host the layer: their examples and tests, in a package of their own, so that only who works on
//! them builds them.
//!
//! The READMEs' examples need them all, so they are compiled here, with the feature `rtc`.

#![doc(test(attr(deny(warnings), allow(unused))))]

#[cfg(all(doctest, feature = "rtc"))]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(all(doctest, feature = "rtc"))]
#[doc = include_str!("../../README.zh-CN.md")]
struct ReadmeInChinese;
