//! One test on simulated time: samples come, rules are evaluated, alerts compared.
//!
//! As `testGroup.test` in prometheus `cmd/promtool/unittest.go`. A failing rule ends the test
//! there; here the test goes on, and the rule is told of once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use diagnostics::{Diagnostic, Finding, Severity};
use engine::PlanOptions;
use model::{SampleValue, Timestamp};
use promqltest::head::Sample;
use ruler::{offline::Offline, overlay::Storage, status::Health};
use testfile::{AlertTest, ExprTest, Samples, Test, series};

use crate::{
    coverage::Tracker,
    database::Database,
    expect,
    input::{Input, Options},
    load::Feed,
    parts, promtool,
    report::{Failure, Line, TestReport},
    rules_of::Rules,
    vacuous,
};

/// More evaluations of the rules are a slip of the pen.
const MOST_TICKS: i64 = 5_000_000;

/// A test while it runs.
pub(crate) struct Simulation<'a> {
    pub(crate) input: &'a Input,
    pub(crate) options: &'a Options,
    pub(crate) rules: &'a Rules,
    pub(crate) test: &'a Test,
    pub(crate) offline: &'a mut Offline,
    database: Arc<Mutex<Database>>,
    pub(crate) report: TestReport,
    /// Failing rules that were told of, and texts of notices.
    told: BTreeSet<(usize, usize, String)>,
}

/// The rules cannot go on.
struct Aborted;

impl<'a> Simulation<'a> {
    /// A test before its first tick.
    pub(crate) fn new(
        input: &'a Input,
        options: &'a Options,
        rules: &'a Rules,
        test: &'a Test,
        offline: &'a mut Offline,
    ) -> Self {
        let database = Arc::default();
        offline.reset(rules.config_of(test), storage(&database));
        let report = TestReport { name: test.shown_name(), ..TestReport::default() };
        Self { input, options, rules, test, offline, database, report, told: BTreeSet::new() }
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self, tracker: Option<&mut Tracker>) -> TestReport {
        let Some(series) = self.samples() else { return self.report };
        if !self.names_all_alerts() || !self.is_bounded() {
            return self.report;
        }
        if self.ticks(series, tracker).is_ok() {
            for expr in &self.test.exprs {
                let failure = expect::samples::check(&self, expr);
                if failure.is_none() && expr.exp_samples.is_empty() && !self.options.compat() {
                    self.warn_of_unfed(expr);
                }
                self.report.failures.extend(failure);
            }
        }
        if self.options.debug {
            self.report.debug = promtool::dump(&self);
        }
        self.report
    }

    /// The input series, unless something is wrong with them.
    fn samples(&mut self) -> Option<Vec<&'a Samples>> {
        if self.options.compat() {
            return match series::promtool_load(self.test) {
                Ok(series) => Some(series),
                Err(message) => {
                    self.refuse(message);
                    None
                }
            };
        }
        let read = self.test.input_series.iter().filter_map(|s| s.samples.as_ref());
        for fault in read.filter_map(|read| read.as_ref().err()) {
            let diagnostic = Diagnostic::error("input-series", fault.span, fault.message.clone());
            let failure = Failure::new(self.input, diagnostic);
            self.report.failures.push(failure);
        }
        self.report.failures.is_empty().then(|| series::distinct(self.test))
    }

    /// Whether every alert test says which alert it is about; promtool looks before it begins.
    fn names_all_alerts(&mut self) -> bool {
        for alert in self.test.alerts.iter().filter(|alert| alert.alertname.is_none()) {
            if self.options.compat() {
                self.refuse(promtool::nameless(self.test, alert));
                return false;
            }
            let message = "no `alertname` says which alert this is about";
            let diagnostic = Diagnostic::error("alertname", alert.eval_time.span, message);
            self.report.failures.push(Failure::new(self.input, diagnostic));
        }
        true
    }

    fn is_bounded(&mut self) -> bool {
        let n_ticks = self.test.last_eval_time() / self.every() + 1;
        if n_ticks <= MOST_TICKS {
            return true;
        }
        let span = self.test.span;
        let diagnostic = Diagnostic::error(
            "too-long",
            diagnostics::Span { end: span.start, ..span },
            format!("the test needs {n_ticks} evaluations of the rules"),
        );
        let diagnostic = diagnostic
            .note(format!("at most {MOST_TICKS} are made"))
            .help("use a longer `evaluation_interval`, or an earlier `eval_time`");
        self.report.failures.push(Failure::new(self.input, diagnostic));
        false
    }

    /// The shortest time between two evaluations.
    fn every(&self) -> i64 {
        let groups = (0..self.offline.n_groups()).map(|group| self.interval_of(group));
        groups.min().unwrap_or(self.input.file.evaluation_interval).max(1)
    }

    fn interval_of(&self, group: usize) -> i64 {
        if self.test.use_group_intervals {
            self.offline.status(group).plan.interval_ms
        } else {
            self.input.file.evaluation_interval
        }
    }

    fn ticks(
        &mut self,
        series: Vec<&'a Samples>,
        mut tracker: Option<&mut Tracker>,
    ) -> Result<(), Aborted> {
        let Test { start, .. } = *self.test;
        let last = start.saturating_add(self.test.last_eval_time());
        let mut feed = Feed::new(series, start, self.test.interval);
        let mut alerts: Vec<&AlertTest> =
            self.test.alerts.iter().filter(|alert| alert.alertname.is_some()).collect();
        alerts.sort_by_key(|alert| alert.eval_time.ms);
        let mut alerts = alerts.into_iter().peekable();
        let intervals: Vec<i64> =
            (0..self.offline.n_groups()).map(|group| self.interval_of(group)).collect();
        let mut next = vec![start; intervals.len()];
        // Samples come and alerts are compared even where there are no rules.
        let mut t = start;
        let every = self.input.file.evaluation_interval;
        loop {
            let stored = self.feed(&mut feed, t);
            if stored.is_err() && !self.options.compat() {
                return Err(Aborted);
            }
            for (group, interval) in intervals.iter().enumerate() {
                if next[group] == t {
                    next[group] = t.saturating_add(*interval);
                    // promtool goes on, but evaluates nothing at this time.
                    if stored.is_err() {
                        continue;
                    }
                    self.offline.evaluate(group, Timestamp(t));
                    self.look_at(group, t, tracker.as_deref_mut());
                }
            }
            if self.options.compat() && !self.report.failures.is_empty() && self.any_rule_failed() {
                return Err(Aborted);
            }
            let following = next.iter().copied().min().unwrap_or_else(|| t.saturating_add(every));
            let due = |alert: &&AlertTest| start.saturating_add(alert.eval_time.ms) < following;
            while let Some(alert) = alerts.next_if(due) {
                let failure = expect::alerts::check(self, alert, Timestamp(t));
                self.report.failures.extend(failure);
            }
            if following > last {
                return Ok(());
            }
            t = following;
        }
    }

    /// Stores the samples up to a time.
    fn feed(&mut self, feed: &mut Feed<'a>, t: i64) -> Result<(), Aborted> {
        let table = self.offline.table_mut();
        let mut database = self.database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let outcome = feed.up_to(t, |samples, sample| match sample.value {
            SampleValue::Float(value)
                if sample.start == 0
                    && !samples.labels.is_empty()
                    && !database.has_histograms() =>
            {
                let id = table.series_id(&samples.labels);
                match table.append(id, sample.t, value) {
                    store::Append::Added => Ok(()),
                    _ => database.append(table, &samples.labels, sample),
                }
            }
            _ => database.append(table, &samples.labels, sample),
        });
        drop(database);
        outcome.map_err(|message| {
            self.refuse(message);
            Aborted
        })
    }

    /// Notes what an evaluation of a group made of its rules.
    fn look_at(&mut self, group: usize, t: i64, mut tracker: Option<&mut Tracker>) {
        let n_rules = self.offline.status(group).rules.len();
        for rule in 0..n_rules {
            let status = &self.offline.status(group).rules[rule];
            if let Some(error) = &status.last_error {
                let error = error.clone();
                self.rule_failed(group, rule, t, &error);
                continue;
            }
            let notices = &status.notices;
            if !(notices.warnings.is_empty() && notices.infos.is_empty()) {
                let all = notices.warnings.iter().map(|text| (Severity::Warning, text.clone()));
                let infos = notices.infos.iter().map(|text| (Severity::Info, text.clone()));
                for (severity, text) in all.chain(infos).collect::<Vec<_>>() {
                    self.notice(group, rule, severity, &text);
                }
            }
            if let Some(tracker) = &mut tracker {
                tracker.look_at(self.offline, group, rule);
            }
        }
    }

    fn rule_failed(&mut self, group: usize, rule: usize, t: i64, error: &str) {
        let is_new = self.told.insert((group, rule, error.to_owned()));
        if !is_new && !self.options.compat() {
            return;
        }
        let written = self.rules.rule(group, rule);
        let since = t - self.test.start;
        let message = format!("{} at {}: {error}", written.name(), model::duration::format(since));
        let (source, span) = self.rules.place(group, rule, None);
        let diagnostic = Diagnostic::error("rule-fails", span, message);
        self.report.failures.push(Failure {
            finding: Finding { source, diagnostic },
            lines: vec![Line::both(1, format!("in test {}", self.report.name))],
            promtool: Some(promtool::rule_error(written.name(), t, error)),
        });
    }

    fn any_rule_failed(&self) -> bool {
        let mut groups = (0..self.offline.n_groups()).map(|group| self.offline.status(group));
        groups.any(|group| group.rules.iter().any(|rule| rule.health == Health::Err))
    }

    fn notice(&mut self, group: usize, rule: usize, severity: Severity, text: &str) {
        if self.options.compat() || !self.told.insert((group, rule, text.to_owned())) {
            return;
        }
        let (source, span) = self.rules.place(group, rule, None);
        let name = self.rules.rule(group, rule).name();
        let diagnostic = Diagnostic::new(severity, "notice", span, format!("{name}: {text}"));
        self.report.warnings.push(Finding { source, diagnostic });
    }

    fn warn_of_unfed(&mut self, expr: &ExprTest) {
        let table = self.offline.table();
        let is_fed = |matchers: &[model::Matcher]| !table.select(matchers).is_empty();
        let syntax = self.options.syntax;
        let warning = vacuous::of_empty_expr(self.input, self.rules, expr, syntax, is_fed);
        self.report.warnings.extend(warning);
    }

    /// How expressions of the test are planned.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        self.offline.plan_options()
    }

    /// Which test it is, for those who read only what failed.
    pub(crate) fn where_lines(&self) -> Vec<Line> {
        vec![Line::both(1, format!("in test {}", self.report.name))]
    }

    /// promtool does not go on.
    fn refuse(&mut self, message: String) {
        let span = parts::beginning_of(self.test.span);
        let diagnostic = Diagnostic::error("test", span, message.clone());
        let failure = Failure { promtool: Some(message), ..Failure::new(self.input, diagnostic) };
        self.report.failures.push(failure);
    }
}

impl Failure {
    /// A failure at a place of the test file.
    pub(crate) fn new(input: &Input, diagnostic: Diagnostic) -> Self {
        let promtool = Some(diagnostic.message.clone());
        let finding = Finding { source: Arc::clone(&input.source), diagnostic };
        Self { finding, lines: Vec::new(), promtool }
    }
}

/// Where samples of rules go.
pub(crate) fn storage(database: &Arc<Mutex<Database>>) -> Storage {
    let database = Arc::clone(database);
    Box::new(move |table, labels, t, value| {
        let sample = Sample { t, start: 0, value: value.clone() };
        let mut database = database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        database.append(table, labels, sample)
    })
}
