//! The tool as people use it: the built program, and real servers on loopback.

mod commands;
mod common;
mod diff;
mod replay;
mod secrets;
mod send;
mod sign;
mod terminal;
