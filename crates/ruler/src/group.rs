//! Groups as they are evaluated: a plan for all their expressions, and per rule what to make of a
//! result.
//!
//! Definitions only: what happened to a rule is in `status`.

use std::sync::Arc;

use alert::{ALERTS, ALERTS_FOR_STATE, AlertParams};
use engine::{Plan, PlanBuilder, PlanOptions, RootId, has_threshold};
use model::{Labels, METRIC_NAME};
use notify::RuleInfo;
use promql::{Expr, ast::ValueType};
use rules::{Group, Rule, RuleKind, Template};

use crate::{
    config::{Config, EvaluationSlots},
    slots::Slots,
};

/// All groups with the plan that they share.
#[derive(Debug)]
pub struct RuleSet {
    /// All expressions.
    pub plan: Plan,
    /// In the order in which they were loaded.
    pub groups: Vec<Arc<GroupPlan>>,
    /// A digest of all rules.
    pub version: String,
}

/// A group.
#[derive(Debug)]
pub struct GroupPlan {
    /// Its name.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// Between two evaluations, in milliseconds.
    pub interval_ms: i64,
    /// How far in the past it evaluates, in milliseconds.
    pub query_offset_ms: i64,
    /// The most series or alerts that a rule may have; 0 for any number.
    pub limit: usize,
    /// When it is evaluated.
    pub slots: Slots,
    /// In the order of evaluation.
    pub rules: Vec<RulePlan>,
}

/// A rule.
#[derive(Debug)]
pub struct RulePlan {
    /// Its expression in the plan, or why it can never be evaluated.
    pub root: Result<RootId, String>,
    /// The expression as Prometheus prints it.
    pub query: String,
    /// What becomes of a result.
    pub action: Action,
    /// Where the rule begins in its file, from 1.
    pub line: u32,
    /// How events describe it.
    pub info: RuleInfo,
}

/// What becomes of a result.
#[derive(Debug)]
pub enum Action {
    /// Its elements are recorded.
    Record(Record),
    /// Its elements are alerts.
    Alert(Box<AlertRule>),
}

/// A recording rule.
#[derive(Debug)]
pub struct Record {
    /// The metric name of what is recorded.
    pub name: String,
    /// Labels to set, or to remove where the value is empty.
    pub labels: Vec<(String, String)>,
}

/// An alerting rule.
#[derive(Debug)]
pub struct AlertRule {
    /// Its name.
    pub name: String,
    /// When alerts fire and end.
    pub params: AlertParams,
    /// Labels to set.
    pub labels: Vec<(Arc<str>, Template)>,
    /// Sorted by name.
    pub annotations: Vec<(Arc<str>, Template)>,
    /// Whether a template may query.
    pub queries: bool,
    /// Whether a series that is no longer in the result did not pass the threshold, or is gone.
    pub has_threshold: bool,
    /// The link to the expression.
    pub generator_url: String,
}

impl RuleSet {
    /// Plans the rules of all groups.
    pub fn new(groups: Vec<Group>, config: &Config) -> Self {
        Self::with_options(groups, config, config.plan_options())
    }

    /// Plans the rules of all groups, with options of their own.
    pub fn with_options(groups: Vec<Group>, config: &Config, options: PlanOptions) -> Self {
        let version = digest(&groups);
        let rules = || groups.iter().flat_map(|group| &group.rules);
        let exprs: Vec<&Expr> = rules().map(|rule| &rule.expr).collect();
        let mut builder = PlanBuilder::for_rules(options, &exprs, &produced(rules()));
        let groups = groups.into_iter().map(|group| {
            let planning = Planning { builder: &mut builder, config, version: &version };
            Arc::new(planning.group(group))
        });
        let groups = groups.collect();
        Self { groups, plan: builder.finish(), version }
    }
}

impl GroupPlan {
    /// The expressions of all rules that have one.
    pub fn roots(&self) -> Vec<RootId> {
        self.rules.iter().filter_map(|rule| rule.root.as_ref().ok().copied()).collect()
    }
}

impl RulePlan {
    /// The rule's name: the recorded metric's or the alert's.
    pub fn name(&self) -> &str {
        match &self.action {
            Action::Record(record) => &record.name,
            Action::Alert(alert) => &alert.name,
        }
    }
}

impl Record {
    /// The label set of what is recorded of a series.
    pub fn labels_of(&self, series: &Labels) -> Labels {
        let mut builder = series.to_builder();
        builder.set(METRIC_NAME, &self.name);
        for (name, value) in &self.labels {
            builder.set(name, value);
        }
        builder.build()
    }
}

struct Planning<'a> {
    builder: &'a mut PlanBuilder,
    config: &'a Config,
    version: &'a str,
}

impl Planning<'_> {
    fn group(mut self, group: Group) -> GroupPlan {
        let interval_ms = group.interval.unwrap_or(self.config.evaluation_interval_ms).max(1);
        let nanoseconds = interval_ms * 1_000_000;
        let slots = match self.config.slots {
            EvaluationSlots::Spread => Slots::of_group(&group.file, &group.name, nanoseconds),
            EvaluationSlots::Together => Slots::of_interval(nanoseconds),
        };
        let (name, file) = (group.name.to_string(), group.file);
        let planned =
            group.rules.into_iter().map(|rule| self.rule(rule, &name, &file, group.limit));
        GroupPlan {
            rules: planned.collect(),
            name,
            file,
            interval_ms,
            query_offset_ms: group.query_offset.unwrap_or(self.config.query_offset_ms),
            limit: group.limit,
            slots,
        }
    }

    fn rule(&mut self, rule: Rule, group: &str, file: &str, limit: usize) -> RulePlan {
        let root = match rule.expr.value_type() {
            ValueType::Scalar | ValueType::InstantVector => {
                self.builder.add(&rule.expr).map_err(|e| e.to_string())
            }
            ValueType::String | ValueType::RangeVector => {
                Err("rule result is not a vector or scalar".to_owned())
            }
        };
        let (line, query, has_threshold) = (rule.line, rule.query(), has_threshold(&rule.expr));
        let (for_ms, action) = match rule.kind {
            RuleKind::Recording { record } => {
                let labels = rule.labels.iter();
                let labels = labels.map(|(name, value)| (name.to_string(), value.text.to_string()));
                (0, Action::Record(Record { name: record, labels: labels.collect() }))
            }
            RuleKind::Alerting(alerting) => {
                let mut annotations = alerting.annotations;
                annotations.sort_by(|(a, _), (b, _)| a.cmp(b));
                let templates = rule.labels.iter().chain(&annotations);
                let queries = templates.into_iter().any(|(_, t)| t.text.contains("query"));
                let action = AlertRule {
                    name: alerting.alert,
                    params: AlertParams {
                        for_ms: alerting.for_ms,
                        keep_firing_for_ms: alerting.keep_firing_for_ms,
                        limit,
                    },
                    labels: rule.labels,
                    annotations,
                    queries,
                    has_threshold,
                    generator_url: notify::generator_url(&self.config.external_url, &query),
                };
                (alerting.for_ms, Action::Alert(Box::new(action)))
            }
        };
        let name = match &action {
            Action::Record(record) => &record.name,
            Action::Alert(alert) => &alert.name,
        };
        let info = RuleInfo {
            name: name.clone(),
            group: group.to_owned(),
            file: file.to_owned(),
            expr: query.clone(),
            for_s: for_ms as f64 / 1000.0,
            version: self.version.to_owned(),
        };
        RulePlan { root, query, action, line, info }
    }
}

/// The metric names of all that rules produce.
fn produced<'r>(rules: impl Iterator<Item = &'r Rule>) -> Vec<String> {
    let (mut names, mut alerts) = (Vec::new(), false);
    for rule in rules {
        match &rule.kind {
            RuleKind::Recording { record } => names.push(record.clone()),
            RuleKind::Alerting(_) => alerts = true,
        }
    }
    if alerts {
        names.extend([ALERTS, ALERTS_FOR_STATE].map(str::to_owned));
    }
    names.sort();
    names.dedup();
    names
}

/// A digest of everything that decides about alerts and recorded series.
fn digest(groups: &[Group]) -> String {
    let mut texts = Vec::new();
    for group in groups {
        let Group { name, file, interval, query_offset, limit, .. } = group;
        texts.push(format!("{file};{name};{interval:?};{query_offset:?};{limit}"));
        let rules = group.rules.iter();
        texts.extend(rules.map(|r| format!("{} {:?} {:?}", r.query(), r.kind, r.labels)));
    }
    let text = texts.join("\n");
    format!("{:016x}", Labels::from_pairs([("rules", text)]).hash64())
}
