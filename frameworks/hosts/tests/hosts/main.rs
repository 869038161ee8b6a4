//! A module for each framework, in one binary, so that it is linked once.

#[path = "../../../tests/checks/mod.rs"]
mod checks;

mod lambda;
mod pingora;
mod poem;
mod rocket;
mod salvo;
mod warp;
