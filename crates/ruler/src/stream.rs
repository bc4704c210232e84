//! The cut `stream`: samples come by themselves, into one table, and nothing is asked.
//!
//! What a stream can not tell by itself is whether something is missing. So three things are kept
//! beside the table: since when the stream is complete (`arrival`), from when on each rule's windows
//! are covered (`warmth`), and what of the past was asked of the source (`fill`). Which series are
//! wanted at all is in `wanted`. Everything here is a function of events and the times in them.

mod arrival;
mod fill;
mod order;
mod settled;
mod warmth;

pub mod wanted;

use std::sync::Arc;

use engine::RootId;
use model::{Labels, SampleValue, Timestamp};
use receive::{Batch, Handle, News, Outcome, Refusal, Sample};
use store::{Append, SeriesId, Table};

use crate::{
    fetch::{Fetched, Request},
    group::RuleSet,
    overlay,
};
use arrival::Arrival;
use fill::Fill;
use settled::Settled;
use wanted::Wanted;
use warmth::Warmth;

/// How a stream is read. Durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamConfig {
    /// How long after its slot a group is evaluated: so long samples may be on their way. Senders
    /// collect samples for up to five seconds by default, and a scrape's samples are known when the
    /// scrape ends. Samples of one series keep their order but not those of different ones, so that
    /// nothing but time tells that all are there.
    pub delay_ms: i64,
    /// A stream whose newest sample is older than this at a slot is broken; none for 30 seconds or
    /// two of the group's intervals, whichever is more.
    pub silence_ms: Option<i64>,
    /// Where consecutive samples of the stream are further apart than this, samples may be lost.
    pub gap_ms: i64,
    /// Whether the past before the stream is asked of the source, and templates' queries are.
    pub has_source: bool,
}

/// Samples further in the future are refused, as Prometheus does.
const MAX_AHEAD_MS: i64 = 600_000;
/// All series are looked at for old samples in this time.
const SWEEP_MS: i64 = 60_000;

/// So long nothing waits for an evaluation that nodes are bound for.
const OVERDUE_MS: i64 = 5_000;

/// Samples as they came, and what is known about them.
pub(crate) struct Stream {
    config: StreamConfig,
    wanted: Arc<Wanted>,
    table: Table,
    /// By handle.
    handles: Vec<Option<Known>>,
    /// By series number.
    kept: Vec<Kept>,
    arrival: Arrival,
    warmth: Warmth,
    fill: Fill,
    settled: Settled,
    /// How often nodes were bound ahead.
    n_settled: u32,
    /// The series to be looked at next for old samples, and when that was done last.
    sweep: (u32, i64),
}

/// What a handle stands for.
struct Known {
    labels: Labels,
    keep_ms: i64,
    id: SeriesId,
    /// [`Kept::epoch`] when `id` was looked up.
    epoch: u32,
}

/// What is known about a series of the table.
#[derive(Clone, Copy, Default)]
struct Kept {
    /// How often the number was given away.
    epoch: u32,
    /// How often nodes had been bound ahead when the series came.
    came: u32,
    keep_ms: i64,
}

/// Why a rule is not evaluated now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeldUp {
    /// Its windows are not covered yet.
    Waits(Waiting),
    /// Nothing comes any more.
    Silent(String),
}

/// A rule's windows are not covered by samples yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when the stream is complete; none before its first request.
    pub since: Option<Timestamp>,
    /// The first time for which the rule can be evaluated, as far as that is known.
    pub until: Option<Timestamp>,
}

/// What is worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether something is wrong.
    pub is_warning: bool,
    /// The line.
    pub text: String,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self { delay_ms: 10_000, silence_ms: None, gap_ms: 300_000, has_source: false }
    }
}

impl Stream {
    pub(crate) fn new(rules: &RuleSet, wanted: Arc<Wanted>, config: StreamConfig) -> Self {
        let table = Table::new();
        let table = if rules.plan.reads_stretches() { table } else { table.without_stretches() };
        Self {
            warmth: Warmth::new(rules),
            fill: Fill::new(rules, config.has_source),
            arrival: Arrival::default(),
            settled: Settled::default(),
            n_settled: 0,
            wanted,
            table,
            handles: Vec::new(),
            kept: Vec::new(),
            sweep: (0, i64::MIN),
            config,
        }
    }

    pub(crate) fn config(&self) -> &StreamConfig {
        &self.config
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Learns what handles mean.
    pub(crate) fn learn(&mut self, news: Vec<News>) {
        for one in news {
            match one {
                News::Series { handle, labels, keep_ms } => {
                    let at = handle as usize;
                    if self.handles.len() <= at {
                        self.handles.resize_with(at + 1, || None);
                    }
                    let (id, epoch) = self.series(&labels, keep_ms);
                    self.handles[at] = Some(Known { labels, keep_ms, id, epoch });
                }
                News::Gone { handle } => {
                    if let Some(known) = self.handles.get_mut(handle as usize) {
                        *known = None;
                    }
                }
            }
        }
    }

    /// Takes a batch at `now`; what is to be asked of the source because the stream begins with it,
    /// and what is worth telling.
    pub(crate) fn take(&mut self, batch: Batch, now: i64) -> (Outcome, Vec<Request>, Vec<Note>) {
        let mut outcome = Outcome::default();
        for sample in batch.samples {
            self.append(sample, now, &mut outcome);
        }
        let latest = now.saturating_add(MAX_AHEAD_MS);
        let span = batch.span_ms.filter(|(oldest, _)| *oldest <= latest);
        let span = span.map(|(oldest, newest)| (oldest, newest.min(latest)));
        let begins = span.and_then(|span| self.arrival.note(span, self.config.gap_ms));
        let Some(begun) = begins else { return (outcome, Vec::new(), Vec::new()) };
        let since = self.arrival.since().map_or(now, |since| since.0);
        self.warmth.begin(since);
        let requests = self.fill.begin(since, self.slack_ms());
        let what = match begun {
            arrival::Begun::First => "samples are received".to_owned(),
            arrival::Begun::Again { after } => format!(
                "samples are received again, the last ones before were of {}: some may be lost",
                after.rfc3339()
            ),
        };
        let next = if requests.is_empty() {
            self.waiting(now)
        } else {
            "; what was before is asked of the source".to_owned()
        };
        let is_warning = begun != arrival::Begun::First;
        (outcome, requests, vec![Note { is_warning, text: what + &next }])
    }

    /// Takes what the source said of the past; what rules had produced goes to `produced`.
    pub(crate) fn filled(
        &mut self,
        fetched: Vec<Fetched>,
        now: i64,
        produced: &mut Table,
    ) -> Vec<Note> {
        self.settled = Settled::default();
        let mut filled = self.fill.absorb(fetched, now, (&mut self.table, produced));
        self.warmth.cover(&filled.covered);
        for labels in filled.series {
            let keep_ms = self.wanted.keep(&labels).unwrap_or(0);
            self.series(&labels, keep_ms);
        }
        let waiting = self.waiting(now);
        filled.notes.iter_mut().for_each(|note| note.text.push_str(&waiting));
        filled.notes
    }

    /// What is to be asked again by now because it failed.
    pub(crate) fn retry(&mut self, now: i64) -> Vec<Request> {
        self.fill.retry(now)
    }

    /// When that is due next, in milliseconds.
    pub(crate) fn retry_at(&self) -> Option<i64> {
        self.fill.retry_at()
    }

    /// Why a rule can not be evaluated for a slot, if it can't.
    pub(crate) fn held_up(&self, root: RootId, t: Timestamp, interval_ms: i64) -> Option<HeldUp> {
        if !self.warmth.reads(root) {
            return None;
        }
        let Some(newest) = self.arrival.newest() else {
            return Some(HeldUp::Waits(Waiting { since: None, until: None }));
        };
        let silence = self.config.silence_ms.unwrap_or(30_000.max(2 * interval_ms));
        let ready = self.warmth.ready_at(root);
        if ready.is_none_or(|ready| ready > t.0) {
            let until = ready.map(Timestamp);
            return Some(HeldUp::Waits(Waiting { since: self.arrival.since(), until }));
        }
        let message = || format!("no samples received since {}", newest.rfc3339());
        (t.0 - newest.0 > silence).then(|| HeldUp::Silent(message()))
    }

    /// Forgets samples that no window reaches any more, of some series: of all in a minute.
    pub(crate) fn sweep(&mut self, now: i64) {
        let (next, last) = self.sweep;
        let total = u32::try_from(self.kept.len()).expect("under 4 G series");
        if total == 0 {
            self.sweep = (0, now);
            return;
        }
        let passed = now.saturating_sub(last).clamp(0, SWEEP_MS);
        if passed < OVERDUE_MS && self.settled.keeps_all(now - self.config.delay_ms) {
            return;
        }
        let due = i64::from(total) * passed / SWEEP_MS;
        let due = u32::try_from(due).unwrap_or(total).min(total);
        if due == 0 {
            return;
        }
        let slack = self.slack_ms();
        for i in 0..due {
            let id = (next + i) % total;
            let kept = &mut self.kept[id as usize];
            if self.table.forget_before(SeriesId(id), now - kept.keep_ms - slack) {
                kept.epoch += 1;
                kept.keep_ms = 0;
                self.settled = Settled::default();
            }
        }
        if next + due >= total {
            self.table.shrink();
        }
        self.sweep = ((next + due) % total, now);
    }

    /// Nodes are bound to the series as they are now, for evaluations up to this time; without one
    /// they have to follow what comes and goes.
    pub(crate) fn settle(&mut self, until: Option<i64>) {
        self.settled = until.map_or_else(Settled::default, Settled::until);
        self.n_settled = self.n_settled.wrapping_add(1);
    }

    /// Whether nodes that were bound then need not know what came since, at this time.
    pub(crate) fn is_settled(&self, t: i64) -> bool {
        self.settled.holds(t)
    }

    /// Says which rules are not evaluated yet.
    fn waiting(&self, now: i64) -> String {
        let (n, until, never) = self.warmth.waiting(now - self.config.delay_ms);
        let waiting = (n > 0).then(|| {
            let until = Timestamp(until).rfc3339();
            format!("; rules waiting for samples that cover their windows: {n}, until {until}")
        });
        let never = (never > 0).then(|| {
            let why = "because `@` fixes times that no stream reaches";
            format!("; rules that can never be evaluated, {why}: {never}")
        });
        waiting.into_iter().chain(never).collect()
    }

    /// So much later than its slot a group may be evaluated, or further back than expressions say.
    fn slack_ms(&self) -> i64 {
        self.config.delay_ms + self.wanted.slack_ms()
    }

    /// The series of a label set, and its epoch.
    fn series(&mut self, labels: &Labels, keep_ms: i64) -> (SeriesId, u32) {
        let id = self.table.series_id(labels);
        let at = id.0 as usize;
        if self.kept.len() <= at {
            self.kept.resize(at + 1, Kept::default());
        }
        let kept = &mut self.kept[at];
        if kept.keep_ms == 0 {
            kept.came = self.n_settled;
        }
        kept.keep_ms = kept.keep_ms.max(keep_ms);
        (id, kept.epoch)
    }

    fn append(&mut self, sample: Sample, now: i64, outcome: &mut Outcome) {
        let Sample { handle, t, start, value } = sample;
        let Some(id) = self.find(handle) else {
            debug_assert!(false, "samples of a handle come after its series was told");
            return;
        };
        let refused = if t > now.saturating_add(MAX_AHEAD_MS) {
            Some(Refusal::TooFar)
        } else {
            // History that is sent again comes faster than old samples are looked for.
            let kept = self.kept[id.0 as usize];
            let keep_ms = kept.keep_ms + self.slack_ms();
            if kept.came == self.n_settled {
                self.settled.note(t);
            }
            self.table.make_room(id, now - keep_ms, keep_ms);
            let appended = match &value {
                SampleValue::Float(value) if start == 0 => self.table.append(id, t, *value),
                value => self.table.append_value(id, t, start, value.clone()),
            };
            match appended {
                Append::Added => None,
                // A sender that got no answer sends again what may have been taken.
                Append::OutOfOrder if overlay::was_there(&self.table, id, t, &value) => None,
                Append::OutOfOrder => Some(Refusal::OutOfOrder),
                Append::Duplicate if overlay::is_there(&self.table, id, t, &value) => None,
                Append::Duplicate => Some(Refusal::Duplicate),
            }
        };
        match refused {
            None => outcome.wrote(&value),
            Some(why) => outcome.refuse(why, self.table.labels(id), t),
        }
    }

    /// The series of a handle, made again where all its samples were forgotten.
    #[inline]
    fn find(&mut self, handle: Handle) -> Option<SeriesId> {
        let known = self.handles.get(handle as usize)?.as_ref()?;
        if self.kept[known.id.0 as usize].epoch == known.epoch {
            return Some(known.id);
        }
        let (labels, keep_ms) = (known.labels.clone(), known.keep_ms);
        let (id, epoch) = self.series(&labels, keep_ms);
        self.handles[handle as usize] = Some(Known { labels, keep_ms, id, epoch });
        Some(id)
    }
}
