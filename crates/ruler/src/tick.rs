//! The evaluation of a group's rules over data that is there: no waiting, no clock.
//!
//! Rules run in order; what one produces the next can read. A rule that fails, or panics, is
//! reported and stops nothing. `rule` evaluates one rule, `report` words what happened.

mod rule;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use alert::{Alert, RuleAlerts, StepError, Transition};
use engine::{Base, Data, Engine, FragmentId, RootId, Steps};
use model::{Labels, SampleValue, Timestamp};
use notify::{EvalInfo, RuleHealth};

pub use rule::{Answers, Found, Question};
use rule::{Memo, Observed, Produced};

use crate::{
    config::Config,
    gather::{Failures, Tables},
    group::{Action, AlertRule, GroupPlan, RulePlan},
    overlay::{Overlay, Written},
    report::{self, Delivery},
    status::{GroupStatus, Health, Notices, RuleStatus},
    stream::{HeldUp, Stream, Waiting},
};

/// What all groups share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) tables: Tables,
    pub(crate) overlay: Overlay,
    /// Where samples come by themselves; then `tables` are empty.
    pub(crate) stream: Option<Stream>,
    pub(crate) config: Config,
    /// Changes whenever tables do.
    pub(crate) revision: u64,
}

/// What is remembered of a group between evaluations.
pub(crate) struct GroupState {
    pub(crate) rules: Vec<RuleState>,
    /// Whether active alerts are shown as series; not before `for` state is restored.
    pub(crate) restored: bool,
}

/// What is remembered of a rule between evaluations.
#[derive(Default)]
pub(crate) struct RuleState {
    pub(crate) alerts: RuleAlerts,
    written: Written,
    memo: Memo,
    /// Since when it fails.
    failing_since: Option<Timestamp>,
    /// The last evaluation that had a result, or the first one of all.
    last_ok: Option<Timestamp>,
}

/// An evaluation of a group, as far as it has come.
pub(crate) struct Tick {
    pub(crate) plan: Arc<GroupPlan>,
    /// The slot.
    pub(crate) t: Timestamp,
    pub(crate) failures: Failures,
    /// What the source said about expressions that it evaluated.
    notices: BTreeMap<FragmentId, Notices>,
    pub(crate) eval: EvalInfo,
    /// What templates asked of the source, and its answers.
    pub(crate) answers: Answers,
    pub(crate) delivery: Delivery,
    next_rule: usize,
    /// How often the next rule's templates asked for more.
    rounds: usize,
}

/// How far an evaluation has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All rules are evaluated.
    Done,
    /// The next rule's templates need the answers to these first.
    Questions(Vec<Question>),
}

/// Templates whose queries depend on the results of queries are followed this far.
const MAX_ROUNDS: usize = 5;

impl GroupState {
    pub(crate) fn new(plan: &GroupPlan, restored: bool) -> Self {
        Self { rules: plan.rules.iter().map(|_| RuleState::default()).collect(), restored }
    }
}

impl Tick {
    pub(crate) fn new(
        plan: Arc<GroupPlan>,
        t: Timestamp,
        failures: Failures,
        eval: EvalInfo,
    ) -> Self {
        Self {
            plan,
            t,
            failures,
            notices: BTreeMap::new(),
            eval,
            answers: Answers::new(),
            delivery: Delivery::default(),
            next_rule: 0,
            rounds: 0,
        }
    }

    /// The same, with what the source said about expressions that it evaluated.
    pub(crate) fn with_notices(self, notices: BTreeMap<FragmentId, Notices>) -> Self {
        Self { notices, ..self }
    }

    /// Evaluates rules until all are done or one has to wait for answers.
    pub(crate) fn run(
        &mut self,
        shared: &mut Shared,
        state: &mut GroupState,
        status: &mut GroupStatus,
        stopwatch: &dyn Fn() -> i64,
    ) -> Progress {
        let plan = Arc::clone(&self.plan);
        while let Some(rule) = plan.rules.get(self.next_rule) {
            let started = stopwatch();
            let restored = state.restored;
            let (state, status) =
                (&mut state.rules[self.next_rule], &mut status.rules[self.next_rule]);
            let mut one = One { tick: self, shared, plan: &plan, rule, state, restored };
            let questions = match one.held_up() {
                Some(HeldUp::Waits(waiting)) => {
                    one.wait(waiting, status);
                    None
                }
                Some(HeldUp::Silent(message)) => {
                    one.settle(Outcome::failed(message), status);
                    None
                }
                None => match one.evaluate() {
                    Err(NeedsAnswers(questions)) => Some(questions),
                    Ok(outcome) => {
                        one.settle(outcome, status);
                        None
                    }
                },
            };
            let took = u64::try_from(stopwatch() - started).unwrap_or(0);
            status.evaluation_time = Duration::from_nanos(took);
            status.total_time += status.evaluation_time;
            if let Some(questions) = questions {
                return Progress::Questions(questions);
            }
            self.next_rule += 1;
            self.rounds = 0;
        }
        Progress::Done
    }
}

/// The evaluation of one rule.
struct One<'a> {
    tick: &'a mut Tick,
    shared: &'a mut Shared,
    plan: &'a GroupPlan,
    rule: &'a RulePlan,
    state: &'a mut RuleState,
    restored: bool,
}

struct NeedsAnswers(Vec<Question>);

/// What an evaluation made of a rule.
struct Outcome {
    result: Result<(), String>,
    n_results: usize,
    notices: Notices,
}

/// What expressions are evaluated over: where samples from outside lie, and what rules produced.
fn data<'a>(
    (stream, tables, overlay): (Option<&'a Stream>, &'a Tables, &'a Overlay),
    config: &Config,
    revision: u64,
) -> Data<'a> {
    let fragments = Base::Fragments(tables.tables());
    Data {
        base: stream.map_or(fragments, |stream| Base::Whole(stream.table())),
        overlay: Some(overlay.table()),
        lookback: config.lookback_ms,
        revision,
    }
}

impl Shared {
    /// Binds what can be bound ahead of an evaluation.
    pub(crate) fn bind(&mut self, roots: &[RootId], steps: Steps) {
        let Self { engine, tables, overlay, stream, config, revision } = self;
        let held = (stream.as_ref(), &*tables, &*overlay);
        engine.bind(roots, steps, &data(held, config, *revision));
    }

    /// Whether nobody can be asked anything.
    pub(crate) fn has_no_source(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| !stream.config().has_source)
    }
}

impl Outcome {
    fn failed(message: String) -> Self {
        Self { result: Err(message), n_results: 0, notices: Notices::default() }
    }
}

impl One<'_> {
    /// Why the rule can not be evaluated now, if it can't.
    fn held_up(&self) -> Option<HeldUp> {
        let (stream, root) = (self.shared.stream.as_ref()?, self.rule.root.as_ref().ok()?);
        stream.held_up(*root, self.tick.t, self.plan.interval_ms)
    }

    /// Leaves everything as it is: alerts neither fire nor end, and are held for as long as those
    /// of a rule that fails.
    fn wait(&mut self, waiting: Waiting, status: &mut RuleStatus) {
        self.send();
        status.health = Health::Unknown;
        status.waiting = Some(waiting);
        status.last_error = None;
    }

    fn evaluate(&mut self) -> Result<Outcome, NeedsAnswers> {
        let produced = match catch_unwind(AssertUnwindSafe(|| self.produce())) {
            Ok(Ok(produced)) => produced,
            Ok(Err(message)) => return Ok(Outcome::failed(message)),
            Err(panic) => {
                // What the engine had half done is thrown away.
                self.shared.engine.reset();
                return Ok(Outcome::failed(format!(
                    "evaluation panicked: {}",
                    panic_text(&*panic)
                )));
            }
        };
        if !produced.questions.is_empty() && self.tick.rounds < MAX_ROUNDS {
            self.tick.rounds += 1;
            return Err(NeedsAnswers(produced.questions));
        }
        let (n_results, mut notices) = (produced.n_results, produced.notices);
        self.add_told(&mut notices);
        let result = match (&self.rule.action, produced.observed) {
            (Action::Alert(alert), Some(observed)) => self.step(alert, observed),
            _ => self.record(&produced.recorded),
        };
        Ok(Outcome { result, n_results, notices })
    }

    /// Everything that only reads.
    fn produce(&mut self) -> Result<Produced, String> {
        let root = self.rule.root.clone()?;
        let t = self.tick.t.0 - self.plan.query_offset_ms;
        let steps = Steps::instant(t);
        if !self.tick.failures.is_empty() {
            let needs = self.shared.engine.plan().needs(&[root], steps);
            if let Some(e) = needs.iter().find_map(|n| self.tick.failures.get(&n.fragment)) {
                return Err(e.to_string());
            }
        }
        let is_settled = self.shared.stream.as_ref().is_some_and(|stream| stream.is_settled(t));
        self.shared.engine.hold(is_settled);
        let Shared { engine, tables, overlay, stream, config, revision } = &mut *self.shared;
        let data = data((stream.as_ref(), &*tables, &*overlay), config, *revision);
        let output = engine.eval(root, steps, &data).map_err(|e| e.to_string())?;
        let memo = &mut self.state.memo;
        match &self.rule.action {
            Action::Record(record) => {
                rule::record(record, self.plan.limit, &self.rule.query, &output, memo)
            }
            Action::Alert(alert) => {
                let has_alerts = self.state.alerts.active().next().is_some();
                let templates =
                    rule::Expansion { config, t: self.tick.t, answers: &self.tick.answers };
                Ok(rule::observe(alert, &self.rule.query, &output, has_alerts, &templates))
            }
        }
    }

    /// Adds what the source said about parts of the expression, with places in what it was asked.
    fn add_told(&self, notices: &mut Notices) {
        let (true, Ok(root)) = (!self.tick.notices.is_empty(), &self.rule.root) else { return };
        let steps = Steps::instant(self.tick.t.0 - self.plan.query_offset_ms);
        for need in self.shared.engine.plan().needs(&[*root], steps) {
            let Some(told) = self.tick.notices.get(&need.fragment) else { continue };
            for (all, more) in
                [(&mut notices.warnings, &told.warnings), (&mut notices.infos, &told.infos)]
            {
                let new: Vec<String> = more.iter().filter(|n| !all.contains(n)).cloned().collect();
                all.extend(new);
            }
        }
    }

    fn record(&mut self, recorded: &[(Labels, SampleValue)]) -> Result<(), String> {
        let t = self.tick.t.0 - self.plan.query_offset_ms;
        let samples = recorded.iter().map(|(labels, value)| (labels, value.clone()));
        let written = self.shared.overlay.write(&mut self.state.written, t, samples);
        written.map_err(|refused| refused.to_string())
    }

    fn step(&mut self, alert: &AlertRule, observed: Observed) -> Result<(), String> {
        let Observed { observations, below, threshold } = observed;
        let absence = |a: &Alert| rule::absence(alert, a, &below);
        let t = self.tick.t;
        let step = self.state.alerts.step(&alert.params, observations, &absence, t);
        let (transitions, result) = match step {
            Ok(transitions) => (transitions, Ok(())),
            Err(e) => {
                let message = e.to_string();
                match e {
                    StepError::DuplicateLabels => (Vec::new(), Err(message)),
                    StepError::LimitExceeded { dropped, .. } => (dropped, Err(message)),
                }
            }
        };
        self.tell(transitions, threshold.as_ref());
        result?;
        let alerts = &self.state.alerts;
        let series = alerts.series().filter(|_| self.restored);
        let t = t.0 - self.plan.query_offset_ms;
        let written = self.shared.overlay.write(&mut self.state.written, t, series);
        written.map_err(|refused| refused.to_string())
    }

    fn tell(&mut self, transitions: Vec<Transition>, threshold: Option<&notify::Threshold>) {
        let (eval, config) = (&self.tick.eval, &self.shared.config);
        let events = transitions
            .into_iter()
            .map(|t| report::transition(self.rule, t, threshold.cloned(), eval, config));
        self.tick.delivery.events.extend(events);
    }

    /// Notes how it went, tells of a change, and sends what is due.
    fn settle(&mut self, outcome: Outcome, status: &mut RuleStatus) {
        let t = self.tick.t;
        let is_ok = outcome.result.is_ok();
        self.tell_health(outcome.result.as_ref().err());
        if is_ok || self.state.last_ok.is_none() {
            self.state.last_ok = Some(t);
        }
        self.send();
        status.waiting = None;
        status.health = if is_ok { Health::Ok } else { Health::Err };
        status.last_error = outcome.result.err();
        status.last_evaluation = Some(t);
        status.evaluations += 1;
        status.failures += u64::from(!is_ok);
        status.n_results = outcome.n_results;
        status.n_warnings += outcome.notices.warnings.len() as u64;
        status.n_infos += outcome.notices.infos.len() as u64;
        status.notices = outcome.notices;
        status.alerts = self.state.alerts.active().cloned().collect();
    }

    fn tell_health(&mut self, error: Option<&String>) {
        let t = self.tick.t;
        let (health, since) = match (error, self.state.failing_since) {
            (Some(message), None) => {
                self.state.failing_since = Some(t);
                let (message, query) = (message.clone(), self.rule.query.clone());
                (RuleHealth::Error { message, query }, t)
            }
            (None, Some(since)) => {
                self.state.failing_since = None;
                (RuleHealth::Recovered, since)
            }
            (Some(_), Some(_)) | (None, None) => return,
        };
        let (eval, config) = (&self.tick.eval, &self.shared.config);
        self.tick.delivery.events.push(report::health(self.rule, health, since, eval, config));
    }

    /// Sends what is due. A rule that fails keeps its alerts alive for as long as `hold` allows;
    /// afterwards their receivers let them end.
    fn send(&mut self) {
        let Action::Alert(alert) = &self.rule.action else { return };
        let config = &self.shared.config;
        let t = self.tick.t;
        let silent_ms = self.state.last_ok.map_or(0, |ok| t.0 - ok.0);
        if silent_ms > config.hold_ms {
            return;
        }
        let due = self.state.alerts.due(t, self.plan.interval_ms, config.resend_delay_ms);
        let updates = due.iter().map(|due| report::update(&alert.generator_url, due, config));
        self.tick.delivery.alerts.extend(updates);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
