//! Groups evaluated over one table: no clock, no source, nothing to deliver to.
//!
//! Rules are evaluated, and alerts stepped, by what does it live (`tick`); samples come from the
//! caller, and what rules produce stands among them, as in one database. Nothing waits. Start at
//! [`Offline`]: add samples to its table, then evaluate groups at ascending times.

use std::{sync::Arc, time::Duration};

use engine::{
    Engine, Output, PlanOptions, Steps,
    query::{self, QueryOptions, Value},
};
use model::{Labels, Timestamp};
use notify::EvalInfo;
use promql::ParseOptions;
use store::Table;

use crate::{
    config::Config,
    gather::{Failures, Tables},
    group::{GroupPlan, RuleSet},
    overlay::{Overlay, Storage},
    status::GroupStatus,
    tick::{Answers, Found, GroupState, Progress, Question, Shared, Tick},
};

/// Rules with their state, and the table that they read and write.
pub struct Offline {
    shared: Shared,
    groups: Vec<Group>,
    syntax: ParseOptions,
}

struct Group {
    plan: Arc<GroupPlan>,
    state: GroupState,
    status: GroupStatus,
}

impl Offline {
    /// Rules that were never evaluated. `syntax` is that of queries in templates; `config` of
    /// restoring and sending has no meaning here.
    pub fn new(rules: RuleSet, config: Config, syntax: ParseOptions, storage: Storage) -> Self {
        let groups = rules.groups.iter().map(|plan| Group::new(Arc::clone(plan)));
        Self {
            groups: groups.collect(),
            shared: Shared {
                tables: Tables::new(&rules.plan),
                engine: Engine::new(rules.plan),
                overlay: Overlay::with_storage(Table::new(), storage),
                stream: None,
                config: unsent(config),
                revision: 0,
            },
            syntax,
        }
    }

    /// Forgets all samples, alerts and results; the rules stay.
    pub fn reset(&mut self, config: Config, storage: Storage) {
        self.shared.engine.reset();
        self.shared.overlay = Overlay::with_storage(Table::new(), storage);
        self.shared.config = unsent(config);
        for group in &mut self.groups {
            *group = Group::new(Arc::clone(&group.plan));
        }
    }

    /// All samples.
    pub fn table(&self) -> &Table {
        self.shared.overlay.table()
    }

    /// All samples, to add some.
    pub fn table_mut(&mut self) -> &mut Table {
        self.shared.revision += 1;
        self.shared.overlay.table_mut()
    }

    /// How expressions are planned.
    pub fn plan_options(&self) -> PlanOptions {
        *self.shared.engine.plan().options()
    }

    /// How many groups there are.
    pub fn n_groups(&self) -> usize {
        self.groups.len()
    }

    /// What became of a group.
    pub fn status(&self, group: usize) -> &GroupStatus {
        &self.groups[group].status
    }

    /// Evaluates the rules of a group.
    pub fn evaluate(&mut self, group: usize, t: Timestamp) {
        let Group { plan, state, status } = &mut self.groups[group];
        status.iterations += 1;
        let eval =
            EvalInfo { ts: t, lag_s: 0.0, took_s: 0.0, series_fetched: None, trace_id: None };
        let mut tick = Tick::new(Arc::clone(plan), t, Failures::new(), eval);
        while let Progress::Questions(questions) = tick.run(&mut self.shared, state, status, &|| 0)
        {
            tick.answers.extend(answer(questions, &self.shared, self.syntax));
        }
        status.last_evaluation = Some(t);
        status.evaluation_time = Duration::ZERO;
    }

    /// What a rule's expression returned when its group was evaluated last; parts that it shares
    /// with other rules may have been evaluated again since. None if it was not evaluated.
    pub fn output(&self, group: usize, rule: usize) -> Option<Output<'_>> {
        let Group { plan, status, .. } = &self.groups[group];
        let t = status.last_evaluation?.0 - plan.query_offset_ms;
        let root = *plan.rules.get(rule)?.root.as_ref().ok()?;
        Some(self.shared.engine.last(root, Steps::instant(t)))
    }
}

impl Group {
    fn new(plan: Arc<GroupPlan>) -> Self {
        Self {
            state: GroupState::new(&plan, true),
            status: GroupStatus::new(Arc::clone(&plan)),
            plan,
        }
    }
}

/// Nobody is told of alerts; with nothing to hold, none is made ready to be sent.
fn unsent(config: Config) -> Config {
    Config { hold_ms: -1, ..config }
}

/// What templates asked, answered from the table.
fn answer(questions: Vec<Question>, shared: &Shared, syntax: ParseOptions) -> Answers {
    let answered = questions.into_iter().map(|question| {
        let answer = ask(&question, shared, syntax);
        (question, answer)
    });
    answered.collect()
}

fn ask(question: &Question, shared: &Shared, syntax: ParseOptions) -> Result<Vec<Found>, String> {
    let expr = promql::parse_expr(&question.query, &syntax).map_err(|e| e.to_string())?;
    let options = QueryOptions::of_plan(shared.engine.plan().options());
    let result = query::instant(&expr, question.t_ms, shared.overlay.table(), &options);
    let found = |labels, value| Found { labels, t_ms: question.t_ms, value };
    match result.map_err(|e| e.to_string())?.value {
        Value::Vector(samples) => {
            Ok(samples.into_iter().map(|s| found(s.labels, s.value)).collect())
        }
        Value::Scalar(value) => Ok(vec![found(Labels::empty(), value.into())]),
        Value::String(_) | Value::Matrix(_) => {
            Err("query result is not a vector or scalar".to_owned())
        }
    }
}
