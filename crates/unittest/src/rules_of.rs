//! The rules of a test file, planned once for all its tests.

use std::sync::Arc;

use diagnostics::{Diagnostic, Finding, Source, Span};
use model::Labels;
use promql::ParseOptions;
use ruler::{Config, RuleSet};
use rules::{Group, Rule};
use testfile::{Test, TestFile};

use crate::input::{Input, Options, RuleText};

/// promtool's engine refuses larger evaluations.
const PROMTOOL_SAMPLES: usize = 10_000;

/// The rules in the order of evaluation.
pub(crate) struct Rules {
    /// Where each group comes from.
    pub(crate) groups: Vec<Origin>,
    /// How they are evaluated.
    pub(crate) config: Config,
}

/// Where a group comes from.
pub(crate) struct Origin {
    file: Arc<rules::RuleFile>,
    place: usize,
}

/// Why the rules cannot be used: findings, and the same as promtool prints it.
pub(crate) struct Refusal {
    pub(crate) findings: Vec<Finding>,
    pub(crate) promtool: Vec<String>,
}

impl Rules {
    /// Plans all rules.
    pub(crate) fn plan(input: &Input, options: &Options) -> Result<(Self, RuleSet), Refusal> {
        let mut groups = Vec::new();
        let mut refusal = Refusal { findings: Vec::new(), promtool: Vec::new() };
        for rules in &input.rules {
            match rules {
                RuleText::Unreadable { name, message } => refusal.unreadable(name, message),
                RuleText::Read(file) => {
                    if refusal.add(file) {
                        let origin = |place| Origin { file: Arc::clone(file), place };
                        groups.extend((0..file.groups.len()).map(origin));
                    }
                }
            }
        }
        if !refusal.findings.is_empty() {
            return Err(refusal);
        }
        groups.sort_by_key(|group| input.file.order_of(&group.group().name));
        let config = config(&input.file, options);
        let mut plan_options = config.plan_options();
        // Failures of alerts show what the parts of their expressions returned.
        plan_options.shows_parts = true;
        if options.compat() {
            plan_options.max_samples = PROMTOOL_SAMPLES;
        }
        let all = groups.iter().map(|origin| origin.group().clone()).collect();
        let mut set = RuleSet::with_options(all, &config, plan_options);
        if options.compat() {
            refuse_guarded_syntax(&mut set);
        }
        Ok((Self { groups, config }, set))
    }

    /// How a test's rules are evaluated.
    pub(crate) fn config_of(&self, test: &Test) -> Config {
        let names = test.external_labels.iter().map(|(name, value)| (name, value));
        Config {
            external_labels: Labels::from_pairs(names),
            external_url: test.external_url.clone(),
            ..self.config.clone()
        }
    }

    /// A rule as written.
    pub(crate) fn rule(&self, group: usize, rule: usize) -> &Rule {
        &self.groups[group].group().rules[rule]
    }

    /// The places of all rules.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, usize, &Rule)> {
        self.groups.iter().enumerate().flat_map(|(g, origin)| {
            let rules = origin.group().rules.iter().enumerate();
            rules.map(move |(r, rule)| (g, r, rule))
        })
    }

    /// The alerting rules of a name.
    pub(crate) fn alerts(&self, name: &str) -> impl Iterator<Item = (usize, usize, &Rule)> {
        let is_it = move |rule: &Rule| rule.alerting().is_some() && rule.name() == name;
        self.all().filter(move |(_, _, rule)| is_it(rule))
    }

    /// Where a rule's expression, or a part of it, is written.
    pub(crate) fn place(
        &self,
        group: usize,
        rule: usize,
        part: Option<Span>,
    ) -> (Arc<Source>, Span) {
        let source = &self.groups[group].file.source;
        let rule = self.rule(group, rule);
        let span = match part {
            Some(part) => rule.locate(part),
            None => rule.expr_text.span(),
        };
        (Arc::clone(source), span)
    }
}

impl Origin {
    pub(crate) fn group(&self) -> &Group {
        &self.file.groups[self.place]
    }
}

impl Refusal {
    /// Takes the errors of a rule file; whether there are none.
    fn add(&mut self, file: &rules::RuleFile) -> bool {
        self.findings.extend(file.errors.iter().map(|error| Finding {
            source: Arc::clone(&file.source),
            diagnostic: error.diagnostic.clone(),
        }));
        let messages = file.to_prometheus().into_iter();
        self.promtool.extend(messages.map(|message| format!("{}: {message}", file.source.name)));
        file.errors.is_empty()
    }

    fn unreadable(&mut self, name: &str, message: &str) {
        let diagnostic = Diagnostic::of_file("io", format!("cannot be read: {message}"));
        self.findings.push(Finding { source: Source::new(name, ""), diagnostic });
        self.promtool.push(format!("{name}: open {name}: {message}"));
    }
}

fn config(file: &TestFile, options: &Options) -> Config {
    Config {
        evaluation_interval_ms: file.evaluation_interval,
        evaluation: options.evaluation,
        ..Config::default()
    }
}

/// promtool's engine parses rules once more, without any features.
fn refuse_guarded_syntax(set: &mut RuleSet) {
    for rule in set.groups.iter_mut().filter_map(Arc::get_mut).flat_map(|group| &mut group.rules) {
        if let Err(error) = promql::parse_expr(&rule.query, &ParseOptions::default()) {
            rule.root = Err(error.to_string());
        }
    }
}
