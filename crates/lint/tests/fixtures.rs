//! The cases in `tests/lint`, one Markdown file for each lint.
//!
//! A heading of the second level begins a case. Its `yaml` blocks are what is checked: rule files
//! (or the rules of one group), named by `name=FILE` behind `yaml` where it matters. The `text`
//! block is what the lint reports, as users see it; a case without one must be free of findings. The
//! `yaml fixed` block is what applying all fixes, until nothing is left to fix, makes of the first
//! file. `UPDATE_EXPECT=1` writes the last two anew.

mod support;

use std::fmt::Write;

use support::{Case, Outcome};

#[test]
fn every_lint_reports_what_its_cases_say() {
    let mut wrong = String::new();
    for lint in lint::LINTS {
        let path = support::path(lint);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{} has no cases: {}: {e}", lint.name, path.display()));
        let cases = support::cases(&text);
        let outcomes: Vec<(Case, Outcome)> =
            cases.into_iter().map(|case| (case.clone(), support::outcome(lint, &case))).collect();
        let n_bad = outcomes.iter().filter(|(_, o)| o.report.is_some()).count();
        assert!(n_bad > 0, "{}: no case has a finding", lint.name);
        assert!(n_bad < outcomes.len(), "{}: no case is free of findings", lint.name);
        let expected = support::rewrite(&text, &outcomes);
        if expected == text {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, expected).expect("the cases can be written");
            continue;
        }
        for (case, outcome) in outcomes.iter().filter(|(case, o)| !o.is_expected(case)) {
            let _ = writeln!(
                wrong,
                "{}: {}\n--- expected\n{}--- got\n{}--- expected fixed\n{}--- got fixed\n{}",
                lint.name,
                case.title,
                case.report.as_deref().unwrap_or(""),
                outcome.report.as_deref().unwrap_or(""),
                case.fixed.as_deref().unwrap_or(""),
                outcome.fixed.as_deref().unwrap_or("")
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nUPDATE_EXPECT=1 accepts");
}

#[test]
fn each_example_has_the_finding_and_what_to_use_instead_has_not() {
    for lint in lint::LINTS {
        for (text, finds) in [(lint.example, true), (lint.instead, false)] {
            if text.is_empty() {
                continue;
            }
            let case = Case::of_yaml(text);
            let outcome = support::outcome(lint, &case);
            assert_eq!(
                outcome.report.is_some(),
                finds,
                "{}: {:?}{text}",
                lint.name,
                outcome.report
            );
        }
    }
}
