//! A file of tests, one test after the other.

use std::{sync::Arc, time::Instant};

use diagnostics::{Diagnostic, Finding, Severity};
use ruler::offline::Offline;

use crate::{
    coverage::Tracker,
    input::{Input, Options},
    parts,
    report::{Failure, FileReport, TestReport},
    rules_of::{Refusal, Rules},
    simulate::{self, Simulation},
    vacuous,
};

/// Runs the tests of a file. A file or rules that cannot be used are reported, and nothing is run.
pub fn run(input: &Input, options: &Options) -> FileReport {
    let mut report = FileReport {
        source: Arc::clone(&input.source),
        findings: Vec::new(),
        refused: None,
        warned: Vec::new(),
        tests: Vec::new(),
        coverage: None,
    };
    if report.refuse_file(input, options) {
        return report;
    }
    let warned = input
        .unmatched
        .iter()
        .map(|(_, pattern)| format!("  WARNING: no file match pattern {pattern}"));
    report.warned.extend(warned);
    if report.refuse_order(input) {
        return report;
    }
    match Rules::plan(input, options) {
        Ok((rules, set)) => {
            let storage = simulate::storage(&Arc::default());
            let syntax = options.syntax;
            let mut offline = Offline::new(set, rules.config.clone(), syntax, storage);
            report.run_tests(input, options, &rules, &mut offline);
        }
        Err(refusal) => report.refuse_rules(input, options, refusal),
    }
    report
}

impl FileReport {
    /// Whether the file is of a wrong shape.
    fn refuse_file(&mut self, input: &Input, options: &Options) -> bool {
        let file = &input.file;
        let finding = |diagnostic| Finding { source: Arc::clone(&input.source), diagnostic };
        self.findings.extend(file.errors.iter().map(|e| finding(e.to_diagnostic())));
        if options.compat() {
            self.findings.extend(file.extensions.iter().map(|e| finding(e.to_diagnostic())));
            self.refused = file.to_promtool();
        } else if !file.errors.is_empty() {
            self.refused = file.to_promtool();
        }
        if self.refused.is_some() {
            return true;
        }
        if let Some((place, why)) = &input.bad_pattern {
            let pattern = file.rule_files.get(*place);
            let span = pattern.map_or_else(Default::default, testfile::Text::span);
            let message = format!("this is no pattern: {why}");
            self.findings.push(finding(Diagnostic::error("rule-files", span, message)));
            self.refused = Some("syntax error in pattern".to_owned());
            return true;
        }
        let unmatched = input.unmatched.iter().filter_map(|(place, pattern)| {
            let span = file.rule_files.get(*place)?.span();
            let message = format!("no rule file matches {pattern}");
            Some(Diagnostic::new(Severity::Warning, "rule-files", span, message))
        });
        self.findings.extend(unmatched.map(finding));
        false
    }

    /// Whether a group is named twice in the order of evaluation.
    fn refuse_order(&mut self, input: &Input) -> bool {
        let Some(name) = input.file.repeated_groups().next() else { return false };
        let message = format!("group name repeated in evaluation order: {}", name.text);
        let diagnostic = Diagnostic::error("group-order", name.span(), message.clone());
        self.findings.push(Finding { source: Arc::clone(&input.source), diagnostic });
        self.refused = Some(message);
        true
    }

    /// promtool reads the rule files anew for each test.
    fn refuse_rules(&mut self, input: &Input, options: &Options, refusal: Refusal) {
        let Refusal { findings, promtool } = refusal;
        self.findings.extend(findings);
        for test in input.file.tests.iter().filter(|t| options.wants(t.wanted_name())) {
            let mut report = TestReport { name: test.shown_name(), ..TestReport::default() };
            let in_series = match testfile::series::promtool_load(test) {
                Err(message) if options.compat() => vec![message],
                _ => promtool.clone(),
            };
            for message in in_series {
                let span = parts::beginning_of(test.span);
                let diagnostic = Diagnostic::error("rule-files", span, "its rules cannot be used");
                let failure = Failure::new(input, diagnostic);
                report.failures.push(Failure { promtool: Some(message), ..failure });
            }
            self.tests.push(report);
        }
        if self.tests.is_empty() && !options.compat() {
            self.refused = promtool.into_iter().next();
        }
    }

    fn run_tests(
        &mut self,
        input: &Input,
        options: &Options,
        rules: &Rules,
        offline: &mut Offline,
    ) {
        let mut tracker = options.coverage.then(Tracker::default);
        if !options.compat() {
            self.findings.extend(vacuous::of_file(input, rules));
        }
        for test in input.file.tests.iter().filter(|t| options.wants(t.wanted_name())) {
            let started = Instant::now();
            let simulation = Simulation::new(input, options, rules, test, offline);
            let mut report = simulation.run(tracker.as_mut());
            report.took = started.elapsed();
            if !options.compat() {
                report.warnings.extend(vacuous::of_test(input, rules, test));
                self.drop_known_warnings(&mut report);
            }
            self.tests.push(report);
        }
        self.coverage = tracker.map(|tracker| tracker.coverage(rules, &input.file));
    }

    /// What a rule is warned of in one test need not be said in the next.
    fn drop_known_warnings(&self, report: &mut TestReport) {
        let known = |finding: &Finding| {
            let same = |other: &Finding| {
                other.diagnostic == finding.diagnostic && other.source.name == finding.source.name
            };
            self.tests.iter().any(|test| test.warnings.iter().any(same))
        };
        report.warnings.retain(|finding| !known(finding));
    }
}
