//! A module for each framework, in one binary, so that it is linked once.

#[path = "../../../tests/checks/mod.rs"]
mod checks;

mod lambda;
mod pingora;
mod poem;
mod rocket;
mod salvo;
mod warp;

#[test]
fn the_docs_name_the_versions_of_the_manifest() {
    let docs = include_str!("../../../../docs/frameworks.md");
    for name in ["lambda_http", "pingora", "poem", "rocket", "salvo", "warp"] {
        let row =
            docs.split(&format!("\n| [{name}](#{name}) | ")).nth(1).unwrap_or_else(|| panic!("no row for {name}"));
        let version = row.split(' ').next().unwrap();
        let dependency = format!("\n{name} = {{ version = \"{version}.");
        assert!(include_str!("../../Cargo.toml").contains(&dependency), "{name} {version}");
    }
}
