//! The loop that owns the clock: sleeps until slots, fetches, hands everything to `step`, and
//! performs what `step` wants.
//!
//! Fetches run as tasks of their own, so that reading a large answer holds up no other group.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use notify::{RuleEvent, RuleHealth};
use receive::{Inbox, Taken};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{
    clock::Clock,
    config::Config,
    fetch::{self, FetchError, Fetched, Limits, Request, Source},
    group::RuleSet,
    probe::{self, Probe, Probed},
    report::Delivery,
    status::Snapshot,
    step::{Core, Effect, Event},
    stream::Note,
    threads,
    tick::{Answers, Question},
};

/// A ruler over a source and a clock.
pub struct Ruler<S: Source, C: Clock> {
    core: Core,
    source: Arc<S>,
    clock: C,
    limits: Limits,
    /// As many as there may be questions under way.
    permits: Arc<Semaphore>,
    drain: Duration,
    end_ns: Option<i64>,
    deliver: Box<dyn FnMut(Delivery) + Send>,
    snapshots: watch::Sender<Snapshot>,
    probe: Probe,
    probed: Probed,
    inbox: Option<Inbox>,
}

/// What came of something that a group waited for.
enum Done {
    Fetched(Box<Fetched>),
    Answered(usize, Answers),
    /// With the turn, which ends when the answers are taken.
    Filled(Vec<Fetched>, Option<OwnedSemaphorePermit>),
}

type Work = FuturesUnordered<BoxFuture<'static, Done>>;

impl<S: Source, C: Clock> Ruler<S, C> {
    /// A ruler that hands what it has to tell to `deliver`, which must not block.
    pub fn new(
        rules: RuleSet,
        config: Config,
        source: Arc<S>,
        clock: C,
        deliver: impl FnMut(Delivery) + Send + 'static,
    ) -> Self {
        let origin = tokio::time::Instant::now();
        let stopwatch = move || i64::try_from(origin.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let core = Core::new(rules, config, clock.now_ns(), stopwatch);
        let snapshots = watch::Sender::new(core.snapshot());
        let (probe, probed) = probe::pair();
        Self {
            core,
            source,
            clock,
            limits: Limits::DEFAULT,
            permits: Arc::new(Semaphore::new(Limits::DEFAULT.concurrency)),
            drain: Duration::from_secs(15),
            end_ns: None,
            deliver: Box::new(deliver),
            snapshots,
            probe,
            probed,
            inbox: None,
        }
    }

    /// Takes samples that come by themselves, as [`Config::stream`] says.
    #[must_use]
    pub fn with_inbox(self, inbox: Inbox) -> Self {
        Self { inbox: Some(inbox), ..self }
    }

    /// Asks the source within other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let permits = Arc::new(Semaphore::new(limits.concurrency.max(1)));
        Self { limits, permits, ..self }
    }

    /// Evaluates on so many threads.
    #[must_use]
    pub fn with_threads(mut self, n_threads: usize) -> Self {
        if let Some(sharing) = threads::sharing(n_threads) {
            self.core.share(sharing);
        }
        self
    }

    /// How long evaluations under way may take to end once the ruler stops.
    #[must_use]
    pub fn with_drain(self, drain: Duration) -> Self {
        Self { drain, ..self }
    }

    /// Takes up no slot after this time, in nanoseconds, and stops there.
    #[must_use]
    pub fn until(self, end_ns: i64) -> Self {
        Self { end_ns: Some(end_ns), ..self }
    }

    /// The state of all groups, after each evaluation.
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.subscribe()
    }

    /// Asks what it holds while it runs.
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    /// Evaluates until `stop` is ready; then takes up no further slot, and waits for what is
    /// under way, but not for long.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut work = Work::new();
        tokio::pin!(stop);
        loop {
            let wake_at = self.wake_at(&work);
            if work.is_empty() && wake_at > self.end_ns.or(wake_at) {
                break;
            }
            let clock = self.clock.clone();
            let woken = async {
                match wake_at {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(done) = work.next() => self.done(done, &mut work),
                Some(reply) = self.probed.recv() => probe::answer(reply, &self.core),
                () = woken => self.woke(&mut work),
                Some(taken) = next(&mut self.inbox) => self.received(taken, &mut work),
            }
        }
        self.handle(Event::Stop, &mut work);
        let drain = self.drain;
        let drained = tokio::time::timeout(drain, async {
            while let Some(done) = work.next().await {
                self.done(done, &mut work);
            }
        });
        if drained.await.is_err() {
            tracing::warn!(?drain, "evaluations were still under way and are given up");
        }
    }

    /// A clock that waits for work does not move while there is some.
    fn wake_at(&self, work: &Work) -> Option<i64> {
        let may_sleep = work.is_empty() || !self.clock.waits_for_work();
        self.core.wake_at().filter(|_| may_sleep)
    }

    fn done(&mut self, done: Done, work: &mut Work) {
        let now_ns = self.clock.now_ns();
        let mut turn = None;
        let event = match done {
            Done::Fetched(fetched) => {
                if let Err(e) = &fetched.result {
                    tracing::debug!("{e}");
                }
                Event::Fetched { fetched: vec![*fetched], now_ns }
            }
            Done::Answered(group, answers) => Event::Answered { group, answers, now_ns },
            Done::Filled(fetched, of_fill) => {
                turn = of_fill;
                Event::Filled { fetched, now_ns }
            }
        };
        self.handle(event, work);
        drop(turn);
        self.snapshots.send_replace(self.core.snapshot());
        // A group that was late may already be due again.
        self.handle(Event::Woke { now_ns }, work);
    }

    fn woke(&mut self, work: &mut Work) {
        self.handle(Event::Woke { now_ns: self.clock.now_ns() }, work);
        if self.inbox.is_some() {
            // Groups are evaluated at once, without waiting for anything.
            self.snapshots.send_replace(self.core.snapshot());
        }
    }

    fn received(&mut self, taken: Taken, work: &mut Work) {
        let (news, batch, reply) = taken.split();
        let now_ns = self.clock.now_ns();
        let mut effects = self.core.step(Event::Received { news, batch, now_ns });
        let written = effects.iter().position(|effect| matches!(effect, Effect::Written(_)));
        if let Some(Effect::Written(outcome)) = written.map(|i| effects.remove(i)) {
            reply(outcome);
        }
        self.perform(effects, work);
    }

    fn handle(&mut self, event: Event, work: &mut Work) {
        let effects = self.core.step(event);
        self.perform(effects, work);
    }

    fn perform(&mut self, effects: Vec<Effect>, work: &mut Work) {
        for effect in effects {
            match effect {
                Effect::Fetch { requests } => {
                    work.extend(requests.into_iter().map(|request| self.fetch(request)));
                }
                Effect::Ask { group, questions } => work.push(self.ask(group, questions)),
                Effect::Deliver(delivery) => {
                    delivery.events.iter().filter_map(|e| e.as_rule()).for_each(log);
                    (self.deliver)(delivery);
                }
                Effect::Fill { requests } => self.fill(&requests, work),
                Effect::Note(Note { is_warning: true, text }) => tracing::warn!("{text}"),
                Effect::Note(Note { is_warning: false, text }) => tracing::info!("{text}"),
                Effect::Written(_) => {}
            }
        }
    }

    fn fetch(&self, request: Request) -> BoxFuture<'static, Done> {
        let (source, permits) = (Arc::clone(&self.source), Arc::clone(&self.permits));
        let (asked, timeout) = (request.clone(), self.limits.timeout);
        let task = tokio::spawn(async move {
            let _permit = permits.acquire_owned().await;
            fetch::one(&*source, request, timeout).await
        });
        Box::pin(async move {
            Done::Fetched(Box::new(task.await.unwrap_or_else(|e| broken(asked, &e))))
        })
    }

    /// Asks for what was before a stream, selector by selector: their answers are large, and each
    /// is gone before the next one comes.
    fn fill(&self, requests: &[Request], work: &mut Work) {
        let turn = Arc::new(Semaphore::new(1));
        for requests in requests.chunk_by(|a, b| a.serves == b.serves) {
            let limits = Limits { concurrency: 2, ..self.limits };
            let (source, turn) = (Arc::clone(&self.source), Arc::clone(&turn));
            let (requests, asked) = (requests.to_vec(), requests.to_vec());
            let task = tokio::spawn(async move {
                let turn = turn.acquire_owned().await;
                (fetch::perform(&*source, requests, limits).await, turn)
            });
            work.push(Box::pin(async move {
                let broken = |e| asked.into_iter().map(|request| broken(request, &e)).collect();
                match task.await {
                    Ok((fetched, turn)) => Done::Filled(fetched, turn.ok()),
                    Err(e) => Done::Filled(broken(e), None),
                }
            }));
        }
    }

    fn ask(&self, group: usize, questions: Vec<Question>) -> BoxFuture<'static, Done> {
        let (source, timeout) = (Arc::clone(&self.source), self.limits.timeout);
        Box::pin(async move {
            Done::Answered(group, fetch::ask_all(&*source, questions, timeout).await)
        })
    }
}

/// The next batch; nothing, ever, where there is no inbox or nobody who sends.
async fn next(inbox: &mut Option<Inbox>) -> Option<Taken> {
    match inbox {
        Some(inbox) => inbox.next().await,
        None => None,
    }
}

fn log(event: &RuleEvent) {
    let (group, rule) = (&event.rule.group, &event.rule.name);
    match &event.health {
        RuleHealth::Error { message, .. } => tracing::warn!(group, rule, "{message}"),
        RuleHealth::Recovered => tracing::info!(group, rule, "evaluates again"),
    }
}

fn broken(request: Request, e: &tokio::task::JoinError) -> Fetched {
    let (query, message) = (request.text(), e.to_string());
    let error = FetchError { query, message, is_refusal: false };
    Fetched { request, result: Err(error), took: Duration::ZERO }
}
