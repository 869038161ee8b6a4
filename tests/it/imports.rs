//! The modules in `src/` are arranged in floors: each imports only from its own floor and those below, and no imports
//! form a cycle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The floors, from the ground up. Modules on the same floor may import from each other, but not in a cycle.
const FLOORS: &[&[&str]] = &[
    &["wire", "catalogue"],
    &["config", "metrics", "panic", "platform", "command", "policy", "random", "taken"],
    &["message"],
    &["reply"],
    &["verdict"],
    &["app", "query"],
    &["apps"],
    &["rejection"],
    &["event", "rtc"],
    &["webhook"],
    &["identity", "observe", "schema", "stored"],
    &["places"],
    &["cloud_event", "receiver", "repeats", "failure"],
    &["signer"],
    &["layer"],
    &["router"],
    &["extract"],
];

/// The modules of `src/`: the source of each, by its module path.
fn modules() -> BTreeMap<String, String> {
    fn visit(folder: &Path, module: &str, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let name = if module.is_empty() { stem.clone() } else { format!("{module}::{stem}") };
            if path.is_dir() {
                visit(&path, &name, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = if stem == "mod" { module.to_owned() } else { name };
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }

    let mut found = BTreeMap::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    found.remove("lib");
    found
}

/// A file's code without its comments and its tests.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The paths in a `use` tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut prefixes = vec![String::new()];
    let mut word = String::new();
    for char in tree.chars() {
        match char {
            '{' => {
                prefixes.push(format!("{}{word}", prefixes.last().unwrap()));
                word.clear();
            }
            ',' | '}' => {
                if !word.is_empty() {
                    paths.push(format!("{}{word}", prefixes.last().unwrap()));
                    word.clear();
                }
                if char == '}' {
                    prefixes.pop();
                }
            }
            char if char.is_whitespace() => {}
            char => word.push(char),
        }
    }
    if !word.is_empty() {
        paths.push(word);
    }
    paths
}

/// The re-exports of the `mod.rs` files: each path, and the module that it comes from.
fn reexports(modules: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (module, source) in modules {
        let code = code(source);
        for (at, _) in code.match_indices("use self::") {
            let rest = &code[at + "use self::".len()..];
            for path in paths(&rest[..rest.find(';').unwrap()]) {
                if let Some((file, name)) = path.rsplit_once("::") {
                    found.insert(format!("{module}::{name}"), format!("{module}::{file}"));
                }
            }
        }
    }
    found
}

/// The modules that a module imports from, by `use` or by paths in the code.
fn imports(
    module: &str,
    source: &str,
    modules: &BTreeMap<String, String>,
    reexports: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let code = code(source);
    let mut found = BTreeSet::new();
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    for (start, key) in
        ["crate::", "super::", "self::"].iter().flat_map(|key| code.match_indices(key).map(move |(at, _)| (at, *key)))
    {
        let before = &code[..start];
        // A macro's `$crate::` belongs to its caller, and a re-export by `self::` is not an import.
        if before.ends_with("::") || before.ends_with('$') || key == "self::" {
            continue;
        }
        let rest = &code[start + key.len()..];
        let is_use = before.trim_end().ends_with("use");
        let end = if is_use {
            rest.find(';')
        } else {
            rest.find(|char: char| !(char.is_alphanumeric() || char == '_' || char == ':'))
        };
        let above = if key == "crate::" { "" } else { parent };
        for path in paths(&rest[..end.unwrap_or(rest.len())]) {
            let path = path.split(" as ").next().unwrap().to_owned();
            let whole = if above.is_empty() { path } else { format!("{above}::{path}") };
            let whole = reexports.get(&whole).unwrap_or(&whole);
            // The longest prefix that is a module.
            let parts: Vec<_> = whole.split("::").collect();
            let file =
                (1..=parts.len()).rev().map(|len| parts[..len].join("::")).find(|name| modules.contains_key(name));
            match file {
                Some(file) if file != module => _ = found.insert(file),
                Some(_) => {}
                // A path through the re-exports of `lib.rs` hides the module that it leads to.
                None if key == "crate::" => panic!("{module} imports `crate::{whole}`: name the module it is in"),
                None => {}
            }
        }
    }
    found
}

#[test]
fn no_module_imports_from_a_higher_floor_or_in_a_cycle() {
    let modules = modules();
    let reexports = reexports(&modules);
    let floor = |module: &str| {
        let top = module.split("::").next().unwrap();
        let found = FLOORS.iter().position(|floor| floor.contains(&top));
        found.unwrap_or_else(|| panic!("{module} is not on any floor: add it to FLOORS and to CONTRIBUTING.md"))
    };
    let graph: BTreeMap<_, _> = modules
        .iter()
        .map(|(module, source)| (module.clone(), imports(module, source, &modules, &reexports)))
        .collect();
    let arrows = graph.values().map(BTreeSet::len).sum::<usize>();
    assert!(arrows > 100, "only {arrows} imports were found: does this test still read them?");
    for (module, imports) in &graph {
        for import in imports {
            assert!(floor(import) <= floor(module), "{module} imports {import}, which is above it");
        }
    }

    // No module imports itself, not even through others.
    for module in graph.keys() {
        let mut seen = BTreeSet::new();
        let mut next: Vec<_> = graph[module].iter().collect();
        while let Some(import) = next.pop() {
            assert_ne!(import, module, "a cycle: {module} imports itself through {seen:?}");
            if seen.insert(import) {
                next.extend(&graph[import]);
            }
        }
    }
}

#[test]
fn use_trees_are_flattened_into_paths() {
    assert_eq!(paths("a::b"), ["a::b"]);
    assert_eq!(paths("{a, b::{c, d::e}, f}"), ["a", "b::c", "b::d::e", "f"]);
    assert_eq!(paths("a::{self, b}"), ["a::self", "a::b"]);
}
