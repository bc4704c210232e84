//! Runs `tests/fmt/files` of the repository: files and what they are after `format`, with what was
//! left alone. And real files, from the folder that `CONFORMANCE_DIR` names.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use diagnostics::Source;
use expect_test::expect_file;
use promql::{ParseOptions, comments, pretty};
use rules::{Formatted, ReadOptions, Rule, RuleFile, format, read};

fn options() -> ReadOptions {
    ReadOptions { syntax: ParseOptions::all(), every_document: true, ..ReadOptions::default() }
}

fn formatted(name: &str, text: &str) -> Formatted {
    format(&Source::new(name, text), &options())
}

#[test]
fn files_are_formatted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fmt/files");
    let mut inputs = files(&folder);
    inputs.retain(|path| !path.display().to_string().contains(".out."));
    assert!(inputs.len() > 2, "the files are gone");
    for path in inputs {
        let text = fs::read_to_string(&path).expect("a readable file");
        let result = formatted("rules.yml", &text);
        let source = Source::new("rules.yml", &*text);
        let mut shown = result.text.clone();
        for diagnostic in &result.left {
            let span = diagnostic.span.expect("it has a place");
            let line = source.lines.line_col(span.start).line;
            let line = format!("# line {line}: {}\n", diagnostic.message);
            shown.push_str(&line);
        }
        let extension = path.extension().expect("it has one").to_string_lossy();
        expect_file![path.with_extension(format!("out.{extension}"))].assert_eq(&shown);
        assert_eq!(formatted("rules.yml", &result.text).text, result.text, "it must stay");
        let windows = |text: &str| text.replace('\n', "\r\n");
        let result_of_windows = formatted("rules.yml", &windows(&text)).text;
        assert_eq!(result_of_windows, windows(&result.text), "line ends must stay");
    }
}

#[test]
fn what_is_no_rule_file_stays() {
    for text in
        ["", "# a\n", "a: b\n", "groups: [", "groups:\n- name: \"a\u{0}", "- *a\n", "\u{feff}"]
    {
        assert_eq!(formatted("rules.yml", text).text, text);
    }
    assert_eq!(formatted("rules.yml", "groups: [").left.len(), 1);
}

/// On real files: it takes one pass, what is not an expression stays, what is accepted stays
/// accepted, trees are equal, and all comments are there.
#[test]
fn real_files_are_formatted() {
    let Ok(folder) = std::env::var("CONFORMANCE_DIR") else {
        eprintln!("skipped: CONFORMANCE_DIR is not set");
        return;
    };
    let (mut n_files, mut n_changed, mut n_rules) = (0, 0, 0);
    for path in ["rules", "crd"].iter().flat_map(|name| files(&Path::new(&folder).join(name))) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.display().to_string();
        let before = read(&Source::new(&*name, &*text), &options());
        let result = formatted(&name, &text);
        let after = read(&Source::new(&*name, &*result.text), &options());
        assert_eq!(meaning(&after), meaning(&before), "{name}");
        assert_eq!(elsewhere(&after), elsewhere(&before), "{name}");
        assert_eq!(formatted(&name, &result.text).text, result.text, "{name}: a second pass");
        for rule in rules(&after) {
            let body = rule.expr_text.trim_end_matches('\n');
            let lines = pretty(&rule.expr, &rule.expr_text);
            let is_line = body == rule.expr.to_string();
            assert!(body == lines || is_line, "{name}: {} is left as it is", rule.name());
        }
        n_files += 1;
        n_changed += usize::from(text != result.text);
        n_rules += after.n_rules();
    }
    eprintln!("{n_files} files with {n_rules} rules, {n_changed} of them formatted");
    assert!(n_files > 400 && n_changed > 300, "the files are gone");
}

fn rules(file: &RuleFile) -> impl Iterator<Item = &Rule> {
    file.groups.iter().flat_map(|group| &group.rules)
}

/// Trees, comments and mistakes.
fn meaning(file: &RuleFile) -> (Vec<String>, Vec<Arc<str>>, Vec<String>) {
    let trees = rules(file).map(|rule| {
        let text = &*rule.expr_text;
        let remarks: BTreeSet<&str> =
            comments(text).into_iter().map(|span| span.of(text).trim_end()).collect();
        format!("{} {} {remarks:?}", rule.name(), rule.expr)
    });
    let comments = file.comments.iter().map(|comment| Arc::clone(&comment.text));
    // Some name lines, which change.
    let errors = file.errors.iter().map(|error| error.message.replace(char::is_numeric, ""));
    (trees.collect(), comments.collect(), errors.collect())
}

/// The text without the expressions.
fn elsewhere(file: &RuleFile) -> String {
    let mut spans: Vec<_> = rules(file).map(|rule| rule.expr_text.span()).collect();
    spans.sort();
    let (mut out, mut from) = (String::new(), 0);
    let text = &file.source.text;
    for span in spans {
        // An alias stands where its anchor stands.
        let between = text.get(from..span.start as usize).unwrap_or("");
        // The header of a block, and the blanks before the expression, belong to how it is written.
        out.push_str(between.trim_end().trim_end_matches(['|', '>', '+', '-', '2']).trim_end());
        out.push('…');
        from = span.end as usize;
    }
    out + text.get(from..).unwrap_or("").trim_start()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml" || e == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Files that are broken somewhere: nothing panics, and what is still read keeps its meaning.
#[test]
fn broken_files_are_formatted_or_left() {
    const PIECES: &[&str] = &[
        "\n", " ", "  ", "\t", "#", " # x\n", "'", "\"", "|", ">", "-", ":", "&a ", "*a", "{", "}",
        "[", "]", ",", "\\", "%", "\r\n", "---\n", "é", "expr: ", "sum(", ")", "|2-\n", "!!str ",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fmt/files");
    let texts: Vec<String> =
        files(&folder).iter().map(|path| fs::read_to_string(path).expect("readable")).collect();
    // Numbers of Knuth's MMIX generator.
    let mut state = 1_u64;
    let mut below = |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % n
    };
    for _ in 0..1500 {
        let mut text = texts[below(texts.len())].clone();
        for _ in 0..=below(3) {
            let at = text.floor_char_boundary(below(text.len()));
            let end = text.ceil_char_boundary((at + below(4)).min(text.len()));
            text.replace_range(at..end, PIECES[below(PIECES.len())]);
        }
        let result = formatted("rules.yml", &text);
        let read_again = |text: &str| read(&Source::new("rules.yml", text), &options());
        let (before, after) = (read_again(&text), read_again(&result.text));
        assert_eq!(meaning(&after), meaning(&before), "{text}");
        assert_eq!(formatted("rules.yml", &result.text).text, result.text, "{text}");
        assert!(result.left.iter().all(|left| left.code != "format"), "{text}\n{:?}", result.left);
    }
}
