//! The layout holds: layers, purity, tidy files, one place per name.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Layer, crate, and which crates of ours it may use. `dev` crates are for tests alone.
const LAYERS: &[(u8, &str, &[&str])] = &[
    (0, "diagnostics", &[]),
    (0, "model", &[]),
    (1, "promql", &["diagnostics", "model"]),
    (1, "store", &["model"]),
    (1, "yaml", &["diagnostics", "model"]),
    (2, "engine", &["diagnostics", "model", "promql", "store"]),
    (2, "rules", &["diagnostics", "model", "promql", "yaml"]),
    (2, "routing", &["diagnostics", "model", "yaml"]),
    (2, "simulator", &["model", "store"]),
    (3, "alert", &["model"]),
    (3, "lint", &["diagnostics", "model", "promql", "yaml", "rules", "routing", "testfile"]),
    (3, "promqltest", &["diagnostics", "model", "promql", "store", "engine"]),
    (3, "testfile", &["diagnostics", "model", "promql", "promqltest", "yaml"]),
    (4, "source", &["model", "wire"]),
    (4, "notify", &["model", "alert"]),
    (4, "wire", &["model"]),
    (4, "receive", &["model", "wire"]),
    (
        5,
        "ruler",
        &[
            "diagnostics",
            "model",
            "promql",
            "store",
            "engine",
            "rules",
            "alert",
            "source",
            "notify",
            "receive",
        ],
    ),
    (
        6,
        "unittest",
        &[
            "diagnostics",
            "model",
            "promql",
            "store",
            "engine",
            "rules",
            "alert",
            "promqltest",
            "testfile",
            "ruler",
        ],
    ),
    (
        6,
        "server",
        &[
            "diagnostics",
            "model",
            "promql",
            "store",
            "engine",
            "simulator",
            "alert",
            "source",
            "receive",
            "ruler",
        ],
    ),
    (7, "harness", &["model", "store", "simulator", "server"]),
    (
        DEV,
        "testkit",
        &[
            "diagnostics",
            "model",
            "promql",
            "store",
            "engine",
            "rules",
            "simulator",
            "alert",
            "promqltest",
        ],
    ),
];
const DEV: u8 = u8::MAX;
/// Layers below this one are the pure core.
const FIRST_IMPURE: u8 = 4;
/// What the core may never depend on.
const IMPURE: &[&str] =
    &["tokio", "reqwest", "axum", "futures-util", "tracing", "rustls", "file-rotate"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.into_iter().flat_map(|t| t.keys().cloned()).collect()
}

fn crate_dir(name: &str) -> PathBuf {
    root().join("crates").join(name)
}

/// Every `.rs` file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_crate_stands_in_the_layer_table_and_keeps_to_it() {
    let table: BTreeMap<&str, (u8, &[&str])> =
        LAYERS.iter().map(|(layer, name, uses)| (*name, (*layer, *uses))).collect();
    let folders = fs::read_dir(root().join("crates")).expect("crates/");
    for folder in folders.map(|f| f.expect("a readable folder").file_name()) {
        let name = folder.to_str().expect("a plain name");
        if name == "cli" {
            continue;
        }
        let (layer, allowed) = table.get(name).unwrap_or_else(|| panic!("{name} has no layer"));
        for used in dependencies(&manifest(&crate_dir(name).join("Cargo.toml"))) {
            if let Some((other, _)) = table.get(used.as_str()) {
                assert!(allowed.contains(&used.as_str()), "{name} may not use {used}");
                assert!(other <= layer, "{name} (layer {layer}) uses {used} (layer {other})");
            }
        }
    }
    for (_, name, _) in LAYERS {
        assert!(crate_dir(name).is_dir(), "{name} is in the table but not in crates/");
    }
}

#[test]
fn the_core_is_pure() {
    for (_, name, _) in LAYERS.iter().filter(|(layer, ..)| *layer < FIRST_IMPURE) {
        let lib = fs::read_to_string(crate_dir(name).join("src/lib.rs")).expect("a lib.rs");
        assert!(
            lib.contains(r#"#![warn(clippy::disallowed_methods, reason = "pure")]"#),
            "{name} does not forbid clocks and IO"
        );
        for used in dependencies(&manifest(&crate_dir(name).join("Cargo.toml"))) {
            assert!(!IMPURE.contains(&used.as_str()), "{name} depends on {used}");
        }
        for file in sources(&crate_dir(name).join("src")) {
            let text = fs::read_to_string(&file).expect("a readable source");
            assert!(!text.contains("async fn"), "{} is async", file.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for file in sources(&root().join("crates")) {
        let text = fs::read_to_string(&file).expect("a readable source");
        assert!(text.starts_with("//!"), "{} has no header", file.display());
    }
}

#[test]
fn core_types_know_no_wire_format() {
    for name in ["model", "promql", "store", "engine", "alert"] {
        for file in sources(&crate_dir(name).join("src")) {
            let text = fs::read_to_string(&file).expect("a readable source");
            assert!(!text.contains("Serialize"), "{} serializes", file.display());
        }
    }
}

/// A function is named where its row is, and nowhere else in the product.
#[test]
fn function_names_stand_in_the_function_table_alone() {
    const UNMISTAKABLE: &[&str] =
        &["\"histogram_quantile\"", "\"predict_linear\"", "\"avg_over_time\""];
    for name in ["promql", "engine", "rules", "alert", "ruler", "server"] {
        for file in sources(&crate_dir(name).join("src")) {
            if file.ends_with("promql/src/functions.rs") || file.ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a readable source");
            let product = text.split("#[cfg(test)]").next().unwrap_or("");
            for function in UNMISTAKABLE {
                assert!(!product.contains(function), "{} spells {function}", file.display());
            }
        }
    }
}

/// Files of logic stay short; tables and tests may be long.
#[test]
fn files_stay_readable() {
    const LONG_TABLES: &[&str] = &["promql/src/functions.rs"];
    for file in sources(&root().join("crates")) {
        let shown = file.display().to_string();
        if LONG_TABLES.iter().any(|table| shown.ends_with(table)) || shown.contains("tests") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a readable source");
        let product = text.split("#[cfg(test)]").next().unwrap_or("").lines().count();
        assert!(product <= 500, "{shown} has {product} lines of logic");
    }
}
