//! The table of lints: sorted, unique, documented; the page that is made of it is up to date.

use std::{collections::BTreeSet, fs, path::Path};

use lint::LINTS;

#[test]
fn sorted_by_code_and_unique() {
    assert!(LINTS.is_sorted_by_key(|lint| lint.code), "not sorted by code");
    let codes: BTreeSet<_> = LINTS.iter().map(|lint| lint.code).collect();
    let names: BTreeSet<_> = LINTS.iter().map(|lint| lint.name).collect();
    assert_eq!((codes.len(), names.len()), (LINTS.len(), LINTS.len()));
}

#[test]
fn each_is_explained() {
    for lint in LINTS {
        let name = lint.name;
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        assert!(lint.summary.starts_with(char::is_uppercase), "{name}: {}", lint.summary);
        assert!(lint.summary.ends_with('.'), "{name}: {}", lint.summary);
        assert!(lint.why.len() > 80, "{name}: says too little");
    }
}

/// What the reader finds is explained as well.
#[test]
fn what_the_reader_finds_is_there() {
    for code in rules::CODES {
        let lint = LINTS.iter().find(|lint| lint.name == code);
        let lint = lint.unwrap_or_else(|| panic!("{code} is not explained"));
        let is_read = matches!(lint.check, lint::Check::Reading | lint::Check::File(_));
        assert!(is_read, "{code} is something else");
    }
    for lint in LINTS.iter().filter(|lint| matches!(lint.check, lint::Check::Reading)) {
        assert!(rules::CODES.contains(&lint.name), "{} is never found", lint.name);
    }
}

/// `docs/lints.md` is made of the lints and of `docs/precision.toml`.
#[test]
fn the_page_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let read = fs::read_to_string(docs.join("precision.toml")).expect("docs/precision.toml");
    let precision: toml::Table = read.parse().expect("a table of sentences");
    for name in precision.keys() {
        assert!(LINTS.iter().any(|lint| lint.name == name), "precision of no lint: {name}");
    }
    let page = lint::document(&|lint| {
        precision.get(lint.name).and_then(toml::Value::as_str).map(str::to_owned)
    });
    expect_test::expect_file![docs.join("lints.md")].assert_eq(&page);
}
