//! Runs the lints that are on, and puts what they find in order.

use std::sync::Arc;

use diagnostics::{Finding, Severity};
use rules::RuleFile;

use crate::{
    Check, FileContext, Found, LINTS, Lint, RuleContext, RuleId, Selection, Suppressions, World,
};

/// Everything that the chosen lints find and no comment keeps quiet, file by file.
pub fn check<'w>(world: &'w World<'w>, selection: &Selection) -> Vec<Finding> {
    let mut across = check_across(world, selection);
    let mut findings = Vec::new();
    for (index, file) in world.files.iter().enumerate() {
        let suppressions = Suppressions::of(file);
        let mut here = check_file(world, index, &suppressions.judged(selection));
        here.extend(across.extract_if(.., |found| Arc::ptr_eq(&found.source, &file.source)));
        findings.extend(suppressions.settle(file, world.options, selection, here).findings);
    }
    findings.extend(across);
    findings
}

/// What is found in one file by the lints that look at rules and files, in the order of the text.
pub fn check_file<'w>(world: &'w World<'w>, file: usize, selection: &Selection) -> Vec<Finding> {
    let read = &world.files[file];
    let mut findings = Vec::new();
    let context = FileContext { world, file: read, index: file };
    for (lint, check) in chosen(selection, |check| match check {
        Check::File(check) => Some(*check),
        _ => None,
    }) {
        run(lint, selection.severity(lint), &mut findings, |found| check(&context, found));
    }
    let of_rules = chosen(selection, |check| match check {
        Check::Rule(check) => Some(*check),
        _ => None,
    });
    let of_rules: Vec<_> =
        of_rules.map(|(lint, check)| (lint, selection.severity(lint), check)).collect();
    for (group, g) in read.groups.iter().enumerate() {
        for rule in 0..g.rules.len() {
            let context = RuleContext::new(world, RuleId { file, group, rule });
            for (lint, severity, check) in &of_rules {
                run(lint, *severity, &mut findings, |found| check(&context, found));
            }
        }
    }
    sort(&mut findings);
    findings
}

/// What is found by the lints that look at everything at once.
pub fn check_across<'w>(world: &'w World<'w>, selection: &Selection) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (lint, check) in chosen(selection, |check| match check {
        Check::World(check) => Some(*check),
        _ => None,
    }) {
        run(lint, selection.severity(lint), &mut findings, |found| check(world, found));
    }
    sort(&mut findings);
    findings
}

/// What is wrong or odd with a file by itself: what its reader found. No selection turns it off.
pub fn check_reading(file: &RuleFile) -> impl Iterator<Item = Finding> {
    let errors = file.errors.iter().map(|error| &error.diagnostic);
    errors.chain(&file.warnings).map(|diagnostic| Finding {
        source: Arc::clone(&file.source),
        diagnostic: diagnostic.clone(),
    })
}

fn chosen<'s, C: 's>(
    selection: &'s Selection,
    pick: impl Fn(&'static Check) -> Option<C> + 's,
) -> impl Iterator<Item = (&'static Lint, C)> + 's {
    let on = LINTS.iter().copied().filter(|lint| selection.is_on(lint));
    on.filter_map(move |lint| Some((lint, pick(&lint.check)?)))
}

fn run(
    lint: &'static Lint,
    severity: Option<Severity>,
    findings: &mut Vec<Finding>,
    check: impl FnOnce(&mut Found),
) {
    let mut found = Found::new(lint, severity);
    check(&mut found);
    findings.extend(found.into_findings());
}

fn sort(findings: &mut [Finding]) {
    let key = |f: &Finding| (f.source.name.clone(), f.diagnostic.span, f.diagnostic.code);
    findings.sort_by_cached_key(key);
}
