//! What holds of every YAML text: positions stand inside of it, edits do what they say.
//!
//! Over a few texts with everything in them, and over the files of the folder that
//! `CONFORMANCE_DIR` names.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use diagnostics::{Edit, Source, Span};
use support::scalars;
use yaml::{Located, Origin, ScalarStyle, parse};

const TEXTS: &[&str] = &[
    include_str!("data/styles.yml"),
    include_str!("data/odd.yml"),
    "a: |\r\n  x\r\n\r\n  y\r\nb: 'c\r\n  d'\r\n",
    "\u{feff}a: é\nb: \"\\u00e9\\x41ü\"\n",
    "|\n  x\n   y",
    "{\"groups\": [{\"name\": \"a\\nb\\/c\", \"n\": 5, \"t\": true}]}",
    ">+\n\n a\n b\n\n  c\n\n",
    "- |+\n  a\n\n- >2-\n     b\n  c\n-\n  |\n  d\n",
];

const NEW: &[&str] = &[
    "x",
    "",
    " ",
    "a: b",
    "# no",
    "it's",
    "\"",
    "\\",
    "a\nb",
    "a\n\n  b\n",
    "\n",
    "  lead",
    "5",
    "yes",
    "é\u{1f600}",
    "\t",
    "\u{1}\u{85}",
    "- a",
    "{",
    "[x",
    "*x",
    "&x",
    "!x",
    "%x",
    "@x",
    "|",
    ">",
    "a #b",
    "a:",
    "trail ",
    "~",
    "null",
    "a,b",
];

fn origin(text: &str) -> Arc<Origin> {
    Origin::file(&Source::new("f.yml", text))
}

fn texts(text: &str) -> Vec<Arc<str>> {
    scalars(&origin(text)).into_iter().map(|scalar| scalar.text).collect()
}

fn apply(text: &str, edit: &Edit) -> String {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    [&text[..start], &edit.text, &text[end..]].concat()
}

/// Every part of a scalar stands inside of it and, unless it is escaped, says the same.
fn check_places(text: &str, scalar: &Located) {
    let whole = scalar.span();
    let node = scalar.node();
    let aligned = node.locate(text, Span::default()).is_some();
    assert!(aligned, "{scalar:?} does not match its source {:?}", whole.of(text));
    // Long ones are looked at here and there.
    for (at, c) in scalar.char_indices().step_by(1 + scalar.len() / 60) {
        let part = Span::new(at, at + c.len_utf8());
        let place = scalar.locate(part);
        assert!(whole.start <= place.start && place.end <= whole.end, "{scalar:?} {part:?}");
        assert!(text.is_char_boundary(place.start as usize), "{scalar:?}");
        assert!(text.is_char_boundary(place.end as usize), "{scalar:?}");
        let is_escape = scalar.style() == ScalarStyle::DoubleQuoted
            || scalar.style() == ScalarStyle::SingleQuoted && c == '\'';
        if !c.is_whitespace() && !is_escape {
            assert_eq!(place.of(text), c.to_string(), "{scalar:?} at {at}");
        }
    }
}

/// After the edit the scalar says what was asked for, and all others say what they said.
fn check_edit(text: &str, before: &[Arc<str>], i: usize, scalar: &Located, part: Span, new: &str) {
    let wanted = [&scalar[..part.start as usize], new, &scalar[part.end as usize..]].concat();
    let Some(edit) = scalar.replace(part, new) else {
        // Edits of these are refused: others would change, or nothing is written.
        let has_place = !scalar.node().is_shared() && scalar.span().start < scalar.span().end;
        let is_flow_key = scalar.contains('\n') || wanted.len() > 900;
        assert!(!has_place || is_flow_key, "{scalar:?}: no edit to {wanted:?}");
        return;
    };
    let edited = apply(text, &edit);
    let after = texts(&edited);
    assert_eq!(after.len(), before.len(), "{scalar:?} to {wanted:?}:\n{edited}");
    for (j, text) in after.iter().enumerate() {
        let expected = if i == j { &*wanted } else { &*before[j] };
        assert_eq!(&**text, expected, "{scalar:?} to {wanted:?}:\n{edited}");
    }
}

fn parts(text: &str) -> Vec<Span> {
    let at = |share: usize| text.floor_char_boundary(text.len() * share / 4);
    vec![
        Span::new(0, text.len()),
        Span::new(0, 0),
        Span::new(text.len(), text.len()),
        Span::new(at(1), at(3)),
        Span::new(at(2), at(2)),
    ]
}

#[test]
fn parts_of_scalars_are_found() {
    for text in TEXTS {
        for scalar in scalars(&origin(text)) {
            check_places(text, &scalar);
        }
    }
}

#[test]
fn edits_say_what_was_asked_for_and_leave_the_rest() {
    for text in TEXTS {
        let found = scalars(&origin(text));
        let before = texts(text);
        for (i, scalar) in found.iter().enumerate() {
            for part in parts(scalar) {
                for new in NEW {
                    check_edit(text, &before, i, scalar, part, new);
                }
            }
        }
    }
}

#[test]
fn scalars_inside_of_scalars_are_edited() {
    let inner = "groups:\n- name: g # c\n  expr: |\n    up\n     == 0\n  y: \"a\\\"b\"\n";
    let indented = inner.replace('\n', "\n    ");
    let escaped = inner.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    for text in [
        format!("data:\n  a: |\n    {indented}\n  b: c\n"),
        format!("data: {{a: \"{escaped}\", b: c}}\n"),
    ] {
        let outer = scalars(&origin(&text));
        let holder = outer.iter().find(|scalar| scalar.contains("groups")).expect("it is there");
        let found = scalars(&Origin::inside(holder));
        for (i, scalar) in found.iter().enumerate() {
            for (n, new) in NEW.iter().enumerate() {
                for part in [parts(scalar)[0], parts(scalar)[n % 5]] {
                    let wanted =
                        [&scalar[..part.start as usize], new, &scalar[part.end as usize..]]
                            .concat();
                    let edit = scalar.replace(part, new).expect("it can be edited");
                    let edited = apply(&text, &edit);
                    let outer = scalars(&origin(&edited));
                    let holder = outer
                        .iter()
                        .find(|scalar| scalar.contains("groups") || scalar.contains("name"));
                    let after = scalars(&Origin::inside(holder.expect("it is there")));
                    assert_eq!(*after[i].text, *wanted, "{edited}");
                }
            }
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            found.push(path);
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what the reader wants")]
fn real_files() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: set CONFORMANCE_DIR to a folder with YAML files in it");
        return;
    };
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths);
    paths.sort();
    let (mut n_scalars, mut n_edits) = (0, 0);
    for (n, path) in paths.iter().enumerate() {
        let text = fs::read_to_string(path).expect("a readable file");
        let origin = origin(&text);
        if parse(&origin).documents.iter().any(|document| !document.errors.is_empty()) {
            continue;
        }
        let found = scalars(&origin);
        let before: Vec<Arc<str>> = found.iter().map(|scalar| scalar.text.clone()).collect();
        for (i, scalar) in found.iter().enumerate() {
            n_scalars += 1;
            check_places(&text, scalar);
            // Reading the file again for each of them would take minutes.
            if (i + n) % 499 == 0 {
                let part = parts(scalar)[n_edits % 5];
                check_edit(&text, &before, i, scalar, part, NEW[n_edits % NEW.len()]);
                n_edits += 1;
            }
        }
    }
    println!("{} files, {n_scalars} scalars, {n_edits} edits", paths.len());
}
