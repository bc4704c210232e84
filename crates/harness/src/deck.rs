//! The samples: a simulated platform, moved on step by step.

use model::STALE_NAN_BITS;
use simulator::{Config, Effect, Incident, Platform, Pods, SERVICES};
use store::{Floats, Samples, SeriesId, Table};

use crate::{
    exposition,
    wire::{Encoded, Request},
};

/// Every run sees the same platform.
const SEED: u64 = 11;
/// Bytes of a request before compression: some 2000 samples of as many series, which is what
/// Prometheus sends at once, or many more of fewer series.
const REQUEST_BYTES: usize = 512 << 10;

/// A platform and what of it was dealt out already.
#[derive(Debug)]
pub struct Deck {
    platform: Platform,
    table: Table,
    /// By series number.
    series: Vec<Option<Dealt>>,
    interval_ms: i64,
    pods: usize,
    truncated_ms: i64,
    keeps_all: bool,
}

/// A series of which samples were dealt out.
#[derive(Debug)]
struct Dealt {
    encoded: Encoded,
    /// The time of the last one.
    last: i64,
    /// Whether it was ended.
    ended: bool,
    /// Whether it has native histograms.
    is_native: bool,
}

impl Deck {
    /// A platform of about so many series, scraped every `interval_ms` from `from_ms` on, in
    /// milliseconds since the Unix epoch.
    pub fn new(n_series: usize, interval_ms: i64, from_ms: i64) -> Self {
        Self::with_native_histograms(n_series, 0.0, interval_ms, from_ms)
    }

    /// The same, and so large a share of its pods, from 0 to 1, exports native histograms on top.
    pub fn with_native_histograms(
        n_series: usize,
        native_histograms: f64,
        interval_ms: i64,
        from_ms: i64,
    ) -> Self {
        let size = Config::with_series(n_series);
        let pods = size.pods;
        let time = Config { start_ms: from_ms, history_ms: 0, interval_ms, ..size };
        let config = Config { native_histograms, ..time };
        Self {
            platform: Platform::new(config, SEED),
            table: Table::new(),
            series: Vec::new(),
            interval_ms,
            pods,
            truncated_ms: from_ms,
            keeps_all: false,
        }
    }

    /// Remembers what was dealt out, for [`Deck::into_table`].
    #[must_use]
    pub fn keeping_all(self) -> Self {
        Self { keeps_all: true, ..self }
    }

    /// All samples since the beginning, if they were kept; else the newest.
    pub fn into_table(self) -> Table {
        self.table
    }

    /// From `from_ms` to `to_ms` a tenth of the pods is replaced by new ones, one after the other.
    pub fn churn(&mut self, from_ms: i64, to_ms: i64) {
        let start_ms = self.platform.config().start_ms;
        let incidents = churn(self.pods, from_ms - start_ms, to_ms - start_ms, self.interval_ms);
        self.platform.set_incidents(incidents);
    }

    /// How many series there are.
    pub fn n_series(&self) -> usize {
        self.table.n_series()
    }

    /// How many of them have native histograms, of those that were dealt out.
    pub fn n_native(&self) -> usize {
        self.series.iter().flatten().filter(|series| series.is_native).count()
    }

    /// How far it has come, in milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.platform.now_ms()
    }

    /// Bodies of remote-write requests with all samples since the last time, up to `t`.
    pub fn deal(&mut self, t: i64) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        let mut request = Request::default();
        self.visit(t, |encoded, samples| {
            let Samples { floats, histograms } = samples;
            if !floats.ts.is_empty() {
                let times = floats.ts.iter().copied();
                request.push(encoded, times.zip(floats.values.iter().copied()));
            }
            if !histograms.ts.is_empty() {
                let times = histograms.ts.iter().copied();
                request.push_histograms(encoded, times.zip(histograms.values));
            }
            if request.len() >= REQUEST_BYTES {
                bodies.push(request.take());
            }
        });
        if !request.is_empty() {
            bodies.push(request.take());
        }
        bodies
    }

    /// Moves on without dealing anything out.
    pub(crate) fn advance_to(&mut self, t: i64) {
        self.platform.advance_to(&mut self.table, t);
        self.forget(t);
    }

    /// What one of some targets exports: the newest float of each of its series, as text.
    pub(crate) fn page(&self, target: usize, n_targets: usize) -> String {
        let (now, reach) = (self.now_ms(), 2 * self.interval_ms);
        let mut text = String::new();
        let all = self.table.series();
        for (id, labels) in all.filter(|(id, _)| id.0 as usize % n_targets == target) {
            if let Some((_, value)) = self.table.latest(id, now, reach) {
                exposition::write_sample(&mut text, labels, value);
            }
        }
        text
    }

    /// Shows all samples since the last time, and ends series that have no more.
    fn visit(&mut self, t: i64, mut show: impl FnMut(&Encoded, Samples<'_>)) {
        self.platform.advance_to(&mut self.table, t);
        for (id, labels) in self.table.series() {
            let slot = id.0 as usize;
            if slot >= self.series.len() {
                self.series.resize_with(slot + 1, || None);
            }
            let dealt = self.series[slot].get_or_insert_with(|| Dealt {
                encoded: Encoded::new(labels),
                last: i64::MIN,
                ended: false,
                is_native: false,
            });
            let samples = self.table.samples(id, dealt.last, t);
            let newest = samples.floats.ts.last().max(samples.histograms.ts.last());
            if let Some(last) = newest {
                (dealt.last, dealt.ended) = (*last, false);
                dealt.is_native |= !samples.histograms.ts.is_empty();
                show(&dealt.encoded, samples);
            }
            if !dealt.ended && self.table.latest_value(id, t, t - dealt.last + 1).is_none() {
                (dealt.last, dealt.ended) = (dealt.last + 1, true);
                show(&dealt.encoded, end(&dealt.last));
            }
        }
        self.forget(t);
    }

    /// Drops what was dealt out, and series that are gone; once an interval.
    fn forget(&mut self, t: i64) {
        if self.keeps_all || t - self.truncated_ms < self.interval_ms {
            return;
        }
        self.truncated_ms = t;
        self.table.truncate(t - 2 * self.interval_ms);
        let mut there = vec![false; self.series.len()];
        for (SeriesId(id), _) in self.table.series() {
            if let Some(there) = there.get_mut(id as usize) {
                *there = true;
            }
        }
        for (slot, _) in self.series.iter_mut().zip(there).filter(|(_, there)| !there) {
            *slot = None;
        }
    }
}

/// The end of a series at a time: a float, whatever the series had before.
fn end(t: &i64) -> Samples<'_> {
    const STALE: &[f64] = &[f64::from_bits(STALE_NAN_BITS)];
    let floats = Floats { ts: std::slice::from_ref(t), values: STALE, starts: &[] };
    Samples { floats, ..Samples::default() }
}

/// Every tenth pod is gone for an interval and comes back as another one; times since the start.
fn churn(pods: usize, from_ms: i64, to_ms: i64, interval_ms: i64) -> Vec<Incident> {
    let places = (0..pods).map(|i| (SERVICES[i % SERVICES.len()], i / SERVICES.len()));
    let chosen: Vec<_> = places.step_by(10).collect();
    let n = i64::try_from(chosen.len()).expect("few pods").max(1);
    let incident = |(i, (service, ordinal)): (i64, (&str, usize))| Incident {
        at_ms: from_ms + (to_ms - from_ms) * i / n,
        lasts_ms: interval_ms,
        ramp_ms: 0,
        effects: vec![Effect::Gone { pods: Pods::one(service, ordinal) }],
        begins: String::new(),
        ends: String::new(),
    };
    (0..).zip(chosen).map(incident).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn samples(deck: &mut Deck, t: i64) -> Vec<(i64, u64)> {
        let mut found = Vec::new();
        deck.visit(t, |_, Samples { floats, histograms }| {
            let floats = floats.ts.iter().zip(floats.values);
            found.extend(floats.map(|(t, value)| (*t, value.to_bits())));
            let histograms = histograms.ts.iter().zip(histograms.values);
            found.extend(histograms.map(|(t, value)| (*t, value.sum.to_bits())));
        });
        found
    }

    #[test]
    fn it_is_as_large_as_was_asked_for() {
        for n in [1_000, 10_000] {
            let mut deck = Deck::new(n, 15_000, START);
            let dealt = samples(&mut deck, START + 15_000);
            assert_eq!(dealt.len(), deck.n_series(), "each was scraped once");
            let off = deck.n_series().abs_diff(n);
            assert!(off * 10 < n, "{} instead of {n}", deck.n_series());
        }
    }

    #[test]
    fn every_sample_is_dealt_once_and_in_order_however_time_is_cut() {
        let new = || Deck::with_native_histograms(700, 0.5, 15_000, START);
        let (mut whole, mut cut) = (new(), new());
        let mut pieces = Vec::new();
        for i in 1..=20 {
            pieces.extend(samples(&mut cut, START + i * 3_000));
        }
        let mut all = Vec::new();
        for i in 1..=4 {
            all.extend(samples(&mut whole, START + i * 15_000));
        }
        assert_eq!(pieces.len(), all.len());
        pieces.sort_unstable();
        all.sort_unstable();
        assert_eq!(pieces, all);
        assert_eq!(new().deal(START + 15_000).len(), 1);
    }

    #[test]
    fn a_tenth_of_the_pods_is_replaced_and_their_series_are_ended() {
        let mut deck = Deck::with_native_histograms(5_000, 1.0, 15_000, START);
        samples(&mut deck, START + 60_000);
        let pods = |deck: &Deck| -> BTreeSet<String> {
            let all = deck.table.series().map(|(_, labels)| labels.value("instance").to_owned());
            all.filter(|instance| instance.starts_with("10.")).collect()
        };
        let before = pods(&deck);
        deck.churn(START + 60_000, START + 180_000);
        let (mut ended, mut native) = (0, deck.n_native());
        assert_eq!(native, before.len(), "one endpoint a pod");
        for i in 5..=16 {
            let dealt = samples(&mut deck, START + i * 15_000);
            ended += dealt.iter().filter(|(_, v)| *v == STALE_NAN_BITS).count();
            native = native.max(deck.n_native());
        }
        assert!(native > before.len(), "a new pod has new ones");
        let gone = before.difference(&pods(&deck)).count();
        assert_eq!(gone, before.len().div_ceil(10));
        let per_pod = deck.n_series() / before.len();
        assert!(ended >= gone * per_pod / 2, "{ended} series were ended with {gone} pods");
    }
}
