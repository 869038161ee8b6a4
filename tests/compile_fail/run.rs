//! What must not compile, and what the compiler says about it.

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path, process::Command};

use serde_json::Value;

/// The lines of a case that begin like this are what the compiler must say: our words, and of its own only what it has
/// said in several versions.
const SAYS: &str = "//~ ";

#[test]
fn wrong_answers_and_handlers_do_not_compile() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases: BTreeMap<_, _> = fs::read_dir(here.join("cases"))
        .unwrap()
        .map(|case| {
            let path = case.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), path)
        })
        .collect();
    let mut said = check(here, cases.iter().map(|(name, path)| (name.as_str(), path.as_path())));
    for (name, path) in &cases {
        let said = said.remove(name).unwrap_or_else(|| panic!("{name} compiles"));
        for says in fs::read_to_string(path).unwrap().lines().filter_map(|line| line.strip_prefix(SAYS)) {
            assert!(said.contains(says), "{name} is not said to be what it is: {says}\n\n{said}");
        }
    }
}

/// Checks each case as a program of its own, all in one package: the errors of those that do not compile.
fn check<'a>(here: &Path, cases: impl Iterator<Item = (&'a str, &'a Path)>) -> BTreeMap<String, String> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&package).unwrap();
    let root = here.join("../..");
    // With everything that could make a message worse: the more forms a handler has, the more the compiler may say.
    let mut manifest = format!(
        "[package]\nname = \"cases\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nhttp = \"1\"\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         tower-tencent-webhook = {{ path = {root:?}, features = [\"axum\"] }}\n"
    );
    for (name, path) in cases {
        writeln!(manifest, "\n[[bin]]\nname = {name:?}\npath = {path:?}").unwrap();
    }
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    // The versions that the workspace has already.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let checked = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--bins", "--keep-going", "--quiet", "--message-format=json", "--target-dir"])
        .args([&package.join("target"), Path::new("--manifest-path"), &package.join("Cargo.toml")])
        .output()
        .unwrap();
    let mut errors = BTreeMap::<_, String>::new();
    for line in String::from_utf8(checked.stdout).unwrap().lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        if told["reason"] == "compiler-message" && told["message"]["level"] == "error" {
            let error = told["message"]["rendered"].as_str().unwrap();
            *errors.entry(told["target"]["name"].as_str().unwrap().to_owned()).or_default() += error;
        }
    }
    // A dependency does not compile, say.
    assert!(!errors.is_empty(), "{}", String::from_utf8_lossy(&checked.stderr));
    errors
}
