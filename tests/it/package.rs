//! What the documents say of the package is what its manifest says.

/// The part of a document below a heading, up to the next one.
fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, below) = document.split_once(heading).unwrap_or_else(|| panic!("there is no heading {heading:?}"));
    let marker = heading.trim().rsplit_once(' ').unwrap().0;
    below.split(&format!("\n{marker} ")).next().unwrap()
}

#[test]
fn every_feature_is_documented_in_the_readme_and_in_the_docs() {
    let manifest = include_str!("../../Cargo.toml").split_once("[features]\n").unwrap().1.split("\n[").next().unwrap();
    let features: Vec<_> = manifest.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(features.contains(&"axum"), "{features:?}");
    let readme = section(include_str!("../../README.md"), "\n## Features\n");
    let docs = section(include_str!("../../src/lib.rs"), "\n//! # Features\n");
    for feature in features.into_iter().filter(|feature| *feature != "default") {
        assert!(readme.contains(&format!("`{feature}`")), "{feature} is missing in README.md");
        assert!(docs.contains(&format!("`{feature}`")), "{feature} is missing in src/lib.rs");
    }
}

#[test]
fn the_readme_names_the_oldest_rust_of_the_manifest() {
    let sentence = format!("Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    assert!(include_str!("../../README.md").contains(&sentence), "README.md does not say: {sentence}");
}
