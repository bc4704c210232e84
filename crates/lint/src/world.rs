//! Everything that is checked at once, and where to find things in it by name.

use std::sync::{Arc, OnceLock};

use diagnostics::Source;
use promql::{Expr, ast::Selector};
use rules::{Group, Rule, RuleFile};
use testfile::TestFile;

use crate::{
    Map, Options,
    facts::Records,
    identity::{Identity, identities},
    producers::Producers,
};

/// All files of a run, with what lints are told beside them.
pub struct World<'w> {
    /// The rule files, in the order of the command line.
    pub files: &'w [RuleFile],
    /// Files of unit tests; none if they were not looked for.
    pub tests: Option<&'w [Tests]>,
    /// Alertmanager's configuration, if it is known.
    pub alertmanager: Option<&'w routing::Config>,
    /// What lints are told.
    pub options: &'w Options,
    /// What the recording rules produce.
    pub produced: Records<'w>,
    names: Names<'w>,
    producers: OnceLock<Producers<'w>>,
    identities: OnceLock<Vec<Identity>>,
}

/// The rules of files by name.
#[derive(Debug, Default)]
pub struct Names<'w> {
    alerts: Map<&'w str, Vec<RuleId>>,
    records: Map<&'w str, Vec<RuleId>>,
}

/// A file of unit tests.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The text, in which all spans count.
    pub source: Arc<Source>,
    /// What was read.
    pub tests: TestFile,
    /// The rule files that it loads, as indices among the files of the world.
    pub rule_files: Vec<usize>,
    /// Whether it loads others too, which are not among them.
    pub loads_others: bool,
}

/// A rule of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    /// Index among the files.
    pub file: usize,
    /// Index among the groups of the file.
    pub group: usize,
    /// Index among the rules of the group.
    pub rule: usize,
}

impl<'w> Names<'w> {
    /// The rules of these files.
    pub fn of(files: &'w [RuleFile]) -> Self {
        let mut names = Self::default();
        for (id, rule) in rules_of(files) {
            let by_name =
                if rule.alerting().is_some() { &mut names.alerts } else { &mut names.records };
            by_name.entry(rule.name()).or_default().push(id);
        }
        names
    }
}

/// Every rule that could be read, in the order of the files.
pub fn rules_of(files: &[RuleFile]) -> impl Iterator<Item = (RuleId, &Rule)> {
    files.iter().enumerate().flat_map(|(file, read)| {
        let groups = read.groups.iter().enumerate();
        groups.flat_map(move |(group, g)| {
            let rules = g.rules.iter().enumerate();
            rules.map(move |(rule, r)| (RuleId { file, group, rule }, r))
        })
    })
}

impl<'w> World<'w> {
    /// Files with what lints are told.
    pub fn new(files: &'w [RuleFile], options: &'w Options) -> Self {
        let produced = Records::new(rules_of(files).map(|(_, rule)| rule));
        Self::of(files, options, produced, Names::of(files))
    }

    /// The same, of what the rules of these files produce and what they are called: the two take
    /// time, and can be put together at the same time.
    pub fn of(
        files: &'w [RuleFile],
        options: &'w Options,
        produced: Records<'w>,
        names: Names<'w>,
    ) -> Self {
        Self {
            files,
            tests: None,
            alertmanager: None,
            options,
            produced,
            names,
            producers: OnceLock::new(),
            identities: OnceLock::new(),
        }
    }

    /// With files of unit tests.
    #[must_use]
    pub fn with_tests(mut self, tests: &'w [Tests]) -> Self {
        self.tests = Some(tests);
        self
    }

    /// With Alertmanager's configuration.
    #[must_use]
    pub fn with_alertmanager(mut self, config: &'w routing::Config) -> Self {
        self.alertmanager = Some(config);
        self
    }

    /// The alerts with the labels that Alertmanager's configuration asks for; none without one.
    pub(crate) fn identities(&'w self) -> &'w [Identity] {
        let Some(config) = self.alertmanager else { return &[] };
        self.identities.get_or_init(|| identities(self, config))
    }

    /// Every rule that could be read, in the order of the files.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &'w Rule)> + use<'w> {
        rules_of(self.files)
    }

    /// The file of a rule.
    pub fn file(&self, id: RuleId) -> &'w RuleFile {
        &self.files[id.file]
    }

    /// The group of a rule.
    pub fn group(&self, id: RuleId) -> &'w Group {
        &self.files[id.file].groups[id.group]
    }

    /// A rule.
    pub fn rule(&self, id: RuleId) -> &'w Rule {
        &self.group(id).rules[id.rule]
    }

    /// The alerting rules of a name.
    pub fn alerts(&self, name: &str) -> &[RuleId] {
        self.names.alerts.get(name).map_or(&[], Vec::as_slice)
    }

    /// The recording rules of a name.
    pub fn records(&self, name: &str) -> &[RuleId] {
        self.names.records.get(name).map_or(&[], Vec::as_slice)
    }

    /// The recording rules from which a selector of a rule in `file` may read.
    pub fn producers(&self, selector: &Selector, file: usize) -> Vec<RuleId> {
        let producers = self.producers.get_or_init(|| {
            let rule = |id: RuleId| &self.files[id.file].groups[id.group].rules[id.rule];
            Producers::new(&self.names.records, rule)
        });
        producers.of(self, selector, file)
    }

    /// The expression of a rule.
    pub fn expr(&self, id: RuleId) -> &'w Expr {
        &self.rule(id).expr
    }
}
