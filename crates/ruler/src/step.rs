//! The ruler as a state machine: an event and the state give a new state and effects.
//!
//! It knows all that happens and does none of it: slots fall due, data arrives, rules are
//! evaluated here; fetching, waiting and delivering are effects that `run` performs. Groups are
//! independent: each has at most one evaluation under way, and none waits for another.

mod ahead;
mod fetching;
mod streamed;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use engine::{Engine, Need, Sharing, Steps};
use model::Timestamp;
use receive::{Batch, News, Outcome};

use crate::{
    config::Config,
    fetch::{Fetched, Request},
    flights::Flights,
    gather::{Tables, Told},
    group::{GroupPlan, RuleSet},
    overlay::Overlay,
    probe::StoreStatus,
    report::Delivery,
    restore,
    slots::Due,
    status::{GroupStatus, Health, Snapshot},
    stream::{Note, Stream, wanted::Wanted},
    tick::{Answers, GroupState, Progress, Question, Shared, Tick},
};

/// What happens to the ruler. Times are nanoseconds.
#[derive(Debug)]
pub enum Event {
    /// A slot may be due.
    Woke {
        /// The time.
        now_ns: i64,
    },
    /// Some of what was to be fetched is there, or why it is not.
    Fetched {
        /// The answers, in any order.
        fetched: Vec<Fetched>,
        /// The time.
        now_ns: i64,
    },
    /// Queries of a group are answered.
    Answered {
        /// The group's number.
        group: usize,
        /// The answers by query.
        answers: Answers,
        /// The time.
        now_ns: i64,
    },
    /// Samples came by themselves.
    Received {
        /// What handles mean from now on.
        news: Vec<News>,
        /// The samples.
        batch: Batch,
        /// The time.
        now_ns: i64,
    },
    /// What the source has of the time before a stream, or why it does not say.
    Filled {
        /// The answers, in any order.
        fetched: Vec<Fetched>,
        /// The time.
        now_ns: i64,
    },
    /// No slot is to be taken up any more; what is under way goes on.
    Stop,
}

/// What the ruler wants done.
#[derive(Debug)]
pub enum Effect {
    /// Fetch data, and report [`Event::Fetched`] for each answer as it comes, or for several.
    Fetch {
        /// What to ask, in this order.
        requests: Vec<Request>,
    },
    /// Query the source, then report [`Event::Answered`].
    Ask {
        /// The group's number.
        group: usize,
        /// What to ask.
        questions: Vec<Question>,
    },
    /// Tell the world.
    Deliver(Delivery),
    /// Tell the sender what became of samples that came by themselves.
    Written(Outcome),
    /// Fetch what was before a stream, then report [`Event::Filled`].
    Fill {
        /// What to ask.
        requests: Vec<Request>,
    },
    /// Tell the log.
    Note(Note),
}

/// The ruler's state.
pub struct Core {
    shared: Shared,
    flights: Flights,
    groups: Vec<Running>,
    /// How far back any expression reads.
    reach_ms: i64,
    /// The last slot whose groups were bound ahead.
    ahead_ns: i64,
    stopwatch: Box<dyn Fn() -> i64 + Send>,
    stopping: bool,
}

/// What templates get that query where nobody can answer.
const NO_SOURCE: &str =
    "templates can not query: samples come as a stream, and there is no `source.url`";

/// A group and where it is.
struct Running {
    plan: Arc<GroupPlan>,
    state: GroupState,
    status: Arc<GroupStatus>,
    /// The slot that was taken up last, or the one before the first.
    last_ns: i64,
    under_way: Option<UnderWay>,
}

/// An evaluation that waits for data or answers.
struct UnderWay {
    started_ns: i64,
    needs: Vec<Need>,
    stage: Stage,
}

enum Stage {
    Fetching {
        /// How many answers are still under way.
        missing: usize,
        told: Told,
    },
    Evaluating(Box<Tick>),
    Restoring {
        at: Timestamp,
        answers: Answers,
    },
}

impl Core {
    /// A ruler that starts at `now_ns`. `stopwatch` tells nanoseconds from anywhere, to measure
    /// how long evaluations take.
    pub fn new(
        rules: RuleSet,
        config: Config,
        now_ns: i64,
        stopwatch: impl Fn() -> i64 + Send + Clone + 'static,
    ) -> Self {
        let stream = config.stream.clone().map(|stream| {
            let wanted = Wanted::new(&rules, config.external_labels.clone());
            Stream::new(&rules, Arc::new(wanted), stream)
        });
        let restores = config.restore && config.stream.as_ref().is_none_or(|s| s.has_source);
        let mut engine = Engine::new(rules.plan);
        engine.measure(stopwatch.clone());
        let groups = rules.groups.iter().map(|plan| Running {
            state: GroupState::new(plan, !restores),
            status: Arc::new(GroupStatus::new(Arc::clone(plan))),
            last_ns: plan.slots.at_or_before(now_ns),
            under_way: None,
            plan: Arc::clone(plan),
        });
        Self {
            flights: Flights::default(),
            groups: groups.collect(),
            ahead_ns: i64::MIN,
            reach_ms: engine.plan().reach() + config.lookback_ms,
            shared: Shared {
                tables: Tables::new(engine.plan()),
                engine,
                overlay: Overlay::default(),
                stream,
                config,
                revision: 0,
            },
            stopwatch: Box::new(stopwatch),
            stopping: false,
        }
    }

    /// Shares the work of evaluations out from here on.
    pub fn share(&mut self, sharing: Sharing) {
        self.shared.engine.share(sharing);
    }

    /// Takes an event and says what is to be done.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Woke { now_ns } => self.start_due(now_ns),
            Event::Fetched { fetched, now_ns } => self.fetched(fetched, now_ns),
            Event::Answered { group, answers, now_ns } => self.answered(group, answers, now_ns),
            Event::Received { news, batch, now_ns } => self.received(news, batch, now_ns),
            Event::Filled { fetched, now_ns } => self.filled(fetched, now_ns),
            Event::Stop => {
                self.stopping = true;
                Vec::new()
            }
        }
    }

    /// When to send [`Event::Woke`] next; none while every group is under way, or when stopping.
    pub fn wake_at(&self) -> Option<i64> {
        let idle = self.groups.iter().filter(|g| g.under_way.is_none() && !self.stopping);
        let slot = idle.map(|g| self.before(g.next_ns()) + self.delay_ns()).min();
        let retry = self.shared.stream.as_ref().and_then(Stream::retry_at);
        slot.into_iter().chain(retry.map(|ms| ms * 1_000_000)).min()
    }

    /// How long after its slot a group is evaluated.
    fn delay_ns(&self) -> i64 {
        self.shared.stream.as_ref().map_or(0, |stream| stream.config().delay_ms * 1_000_000)
    }

    /// Whether an evaluation is under way.
    pub fn is_busy(&self) -> bool {
        self.groups.iter().any(|g| g.under_way.is_some())
    }

    /// The state of all groups.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { groups: self.groups.iter().map(|g| Arc::clone(&g.status)).collect() }
    }

    /// What is held at the moment; takes a look at every series.
    pub fn store_status(&self) -> StoreStatus {
        let streamed = self.shared.stream.iter().map(Stream::table);
        let others = streamed.chain([self.shared.overlay.table()]);
        let tables = self.shared.tables.tables().iter().chain(others);
        let binds = self.shared.engine.binds();
        tables.fold(StoreStatus { binds, ..StoreStatus::default() }, |sum, table| StoreStatus {
            binds,
            series: sum.series + table.n_series(),
            samples: sum.samples + table.n_samples(),
            bytes: sum.bytes + table.bytes(),
        })
    }

    /// The series that rules produced.
    pub fn produced(&self) -> &store::Table {
        self.shared.overlay.table()
    }

    /// A group.
    pub fn group(&self, group: usize) -> &GroupPlan {
        &self.groups[group].plan
    }

    fn start_due(&mut self, now_ns: i64) -> Vec<Effect> {
        if self.stopping {
            return Vec::new();
        }
        let mut effects = self.retry_fill(now_ns);
        self.bind_ahead(now_ns);
        let known_ns = now_ns - self.delay_ns();
        let due = self.groups.iter().enumerate().filter(|(_, g)| g.under_way.is_none());
        let due: Vec<(usize, Due)> =
            due.filter_map(|(i, g)| Some((i, g.plan.slots.due(g.last_ns, known_ns)?))).collect();
        let mut needs = Vec::new();
        for (group, due) in &due {
            self.start(*group, due, now_ns);
            needs.extend(self.under_way(*group).map(|u| u.needs.clone()).unwrap_or_default());
        }
        let needs: Vec<Need> = self.flights.not_asked(&needs).cloned().collect();
        let requests = self.flights.add(self.shared.tables.requests(&needs));
        if !requests.is_empty() {
            effects.push(Effect::Fetch { requests });
        }
        for (group, _) in due {
            effects.extend(self.wait(group, now_ns));
        }
        effects
    }

    /// Takes up a slot.
    fn start(&mut self, group: usize, due: &Due, now_ns: i64) {
        let running = &mut self.groups[group];
        running.last_ns = due.slot_ns;
        let status = Arc::make_mut(&mut running.status);
        status.missed += due.missed;
        status.iterations += due.missed + 1;
        let t = running.slot().0 - running.plan.query_offset_ms;
        // What comes by itself is not asked for.
        let roots = if self.shared.stream.is_some() { vec![] } else { running.plan.roots() };
        let needs = self.shared.engine.plan().needs(&roots, Steps::instant(t));
        self.shared.tables.want(group, &needs);
        let stage = Stage::Fetching { missing: 0, told: Told::default() };
        running.under_way = Some(UnderWay { started_ns: now_ns, needs, stage });
    }

    fn under_way(&self, group: usize) -> Option<&UnderWay> {
        self.groups[group].under_way.as_ref()
    }

    fn answered(&mut self, group: usize, answers: Answers, now_ns: i64) -> Vec<Effect> {
        let running = &mut self.groups[group];
        let Some(under_way) = &mut running.under_way else { return Vec::new() };
        let nothing = Stage::Fetching { missing: 0, told: Told::default() };
        match std::mem::replace(&mut under_way.stage, nothing) {
            Stage::Evaluating(mut tick) => {
                tick.answers.extend(answers);
                self.go_on(group, tick, now_ns)
            }
            Stage::Restoring { at, answers: mut known } => {
                known.extend(answers);
                self.restore(group, at, known, now_ns).into_iter().collect()
            }
            Stage::Fetching { .. } => Vec::new(),
        }
    }

    /// Evaluates rules until the end or until answers are needed.
    fn go_on(&mut self, group: usize, mut tick: Box<Tick>, now_ns: i64) -> Vec<Effect> {
        let running = &mut self.groups[group];
        let status = Arc::make_mut(&mut running.status);
        let (shared, state, stopwatch) = (&mut self.shared, &mut running.state, &self.stopwatch);
        let progress =
            catch_unwind(AssertUnwindSafe(|| tick.run(shared, state, status, stopwatch)));
        match progress {
            Ok(Progress::Questions(questions)) if shared.has_no_source() => {
                let answers = questions.into_iter().map(|q| (q, Err(NO_SOURCE.to_owned())));
                tick.answers.extend(answers);
                self.go_on(group, tick, now_ns)
            }
            Ok(Progress::Questions(questions)) => {
                if let Some(under_way) = &mut running.under_way {
                    under_way.stage = Stage::Evaluating(tick);
                }
                vec![Effect::Ask { group, questions }]
            }
            Ok(Progress::Done) => self.finish(group, *tick, now_ns),
            Err(_) => self.broke(group, tick.delivery, now_ns),
        }
    }

    fn finish(&mut self, group: usize, tick: Tick, now_ns: i64) -> Vec<Effect> {
        let running = &mut self.groups[group];
        let Some(done) = running.under_way.take() else { return Vec::new() };
        let status = Arc::make_mut(&mut running.status);
        status.last_evaluation = Some(tick.t);
        status.evaluation_time = elapsed(done.started_ns, now_ns);
        let was_evaluated = status.rules.iter().any(|rule| rule.evaluations >= 2);
        let is_second = !running.state.restored && status.iterations >= 2 && was_evaluated;
        self.shared.tables.prune(&done.needs);
        self.forget_overlay();
        let mut effects = Vec::new();
        if !tick.delivery.is_empty() {
            effects.push(Effect::Deliver(tick.delivery));
        }
        if is_second {
            let now = Timestamp(now_ns.div_euclid(1_000_000));
            effects.extend(self.restore(group, now, Answers::new(), now_ns));
        }
        effects
    }

    /// After a group's second evaluation, asks since when its alerts are active, and takes over
    /// what the source says; after the next one again where it does not answer.
    fn restore(
        &mut self,
        group: usize,
        at: Timestamp,
        answers: Answers,
        now_ns: i64,
    ) -> Option<Effect> {
        let Running { plan, state, under_way, .. } = &mut self.groups[group];
        let config = &self.shared.config;
        let questions = restore::questions(plan, state, config, at, &answers);
        if questions.is_empty() {
            restore::apply(plan, state, config, at, &answers);
            *under_way = None;
            return None;
        }
        let stage = Stage::Restoring { at, answers };
        *under_way = Some(UnderWay { started_ns: now_ns, needs: Vec::new(), stage });
        Some(Effect::Ask { group, questions })
    }

    /// A group's evaluation panicked outside of its rules: they report it and keep their alerts,
    /// and what was done before is told.
    fn broke(&mut self, group: usize, delivery: Delivery, now_ns: i64) -> Vec<Effect> {
        let running = &mut self.groups[group];
        let Some(broken) = running.under_way.take() else { return Vec::new() };
        let slot = running.slot();
        let status = Arc::make_mut(&mut running.status);
        status.last_evaluation = Some(slot);
        status.evaluation_time = elapsed(broken.started_ns, now_ns);
        for rule in &mut status.rules {
            rule.health = Health::Err;
            rule.last_error = Some("evaluation panicked".to_owned());
            rule.last_evaluation = Some(slot);
        }
        self.shared.engine.reset();
        vec![Effect::Deliver(delivery)]
    }

    /// Drops produced samples that no window reaches any more.
    fn forget_overlay(&mut self) {
        let oldest = self.groups.iter().map(|g| g.slot().0 - g.plan.query_offset_ms).min();
        if let Some(oldest) = oldest {
            self.shared.overlay.truncate(oldest - self.reach_ms);
        }
    }
}

impl Running {
    /// The slot that is taken up next.
    fn next_ns(&self) -> i64 {
        self.last_ns + self.plan.slots.interval_ns
    }

    fn slot(&self) -> Timestamp {
        Timestamp(self.last_ns.div_euclid(1_000_000))
    }
}

fn elapsed(from_ns: i64, to_ns: i64) -> Duration {
    Duration::from_nanos(u64::try_from(to_ns - from_ns).unwrap_or(0))
}
