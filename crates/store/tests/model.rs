//! The table against a model that keeps every sample in a list: scrapes of some or all series, gaps
//! that part series from their clocks, answers that replace what was there, and forgetting.

use model::{Labels, SeriesColumns, is_stale, stale_nan};
use proptest::prelude::*;
use store::{Part, SeriesId, Table, greatest, is_change, is_fall, least};

const N_SERIES: usize = 7;

/// What happens to a table.
#[derive(Clone, Debug)]
enum Happens {
    /// So many scrapes, each so long after the one before; per series what it shows in each, in
    /// turn: nothing or a value.
    Scrapes(u16, i64, Vec<Option<f64>>),
    /// One series alone gets a sample so much later.
    Alone(usize, i64, f64),
    /// An answer about so much time, which ended so long ago.
    Answer { ago: i64, long: i64, step: i64, shows: Vec<Option<f64>> },
    /// Samples of several series at once, so much later.
    Columns(i64, usize, i64, Vec<Option<f64>>),
    /// All samples that are so old are forgotten.
    Forget(i64),
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (0..6_i32).prop_map(f64::from),
        1 => Just(-0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(stale_nan()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    value().prop_map(|v| if is_stale(v) { 9.0 } else { v })
}

fn shows(value: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::weighted(0.9, value), N_SERIES..3 * N_SERIES)
}

fn happens() -> impl Strategy<Value = Happens> {
    let step = || prop_oneof![4 => Just(15_i64), 1 => 1..40_i64];
    prop_oneof![
        4 => (1..30_u16, step(), shows(value())).prop_map(|(n, step, s)| Happens::Scrapes(n, step, s)),
        1 => (200..500_u16, step(), shows(number()))
            .prop_map(|(n, step, s)| Happens::Scrapes(n, step, s)),
        2 => (0..N_SERIES, 1..40_i64, value()).prop_map(|(i, dt, v)| Happens::Alone(i, dt, v)),
        2 => (prop_oneof![Just(0), 0..300_i64], 1..400_i64, step(), shows(number()))
            .prop_map(|(ago, long, step, shows)| Happens::Answer { ago, long, step, shows }),
        1 => (1..40_i64, 1..20_usize, step(), shows(value()))
            .prop_map(|(dt, n, step, shows)| Happens::Columns(dt, n, step, shows)),
        3 => prop_oneof![0..700_i64, 0..9_000_i64].prop_map(Happens::Forget),
    ]
}

fn labels(i: usize) -> Labels {
    Labels::from_pairs([("i", i.to_string())])
}

#[derive(Default)]
struct Both {
    table: Table,
    model: Vec<Vec<(i64, f64)>>,
    t: i64,
}

impl Both {
    fn append(&mut self, i: usize, t: i64, value: f64) {
        let id = self.table.series_id(&labels(i));
        self.table.append(id, t, value);
        if self.model[i].last().is_none_or(|(newest, _)| *newest < t) {
            self.model[i].push((t, value));
        }
    }

    fn columns(samples: impl Fn(usize) -> Vec<(i64, f64)>) -> SeriesColumns {
        let mut columns = SeriesColumns::default();
        for i in 0..N_SERIES {
            let samples = samples(i);
            if !samples.is_empty() {
                columns.timestamps.extend(samples.iter().map(|(t, _)| t));
                columns.values.extend(samples.iter().map(|(_, v)| v));
                columns.end_series(labels(i));
            }
        }
        columns
    }

    fn happen(&mut self, event: &Happens) {
        let pick = |shows: &[Option<f64>], i: usize, k: usize| shows[(i + k * 3) % shows.len()];
        match event {
            Happens::Scrapes(n, step, shows) => {
                for k in 0..usize::from(*n) {
                    self.t += step;
                    for i in 0..N_SERIES {
                        if let Some(value) = pick(shows, i, k) {
                            self.append(i, self.t, value);
                        }
                    }
                }
            }
            Happens::Alone(i, dt, value) => {
                self.t += dt;
                self.append(*i, self.t, *value);
            }
            Happens::Answer { ago, long, step, shows } => {
                let (lo, hi) = (self.t - ago - long, self.t - ago);
                let samples = |i: usize| -> Vec<(i64, f64)> {
                    let ts = (0..).map(|k| (k, (lo.div_euclid(*step) + k) * step));
                    let ts = ts.skip_while(|(_, t)| *t <= lo).take_while(|(_, t)| *t <= hi);
                    ts.filter_map(|(k, t)| Some((t, pick(shows, i, usize::try_from(k).ok()?)?)))
                        .collect()
                };
                self.table.replace(lo, hi, &Self::columns(samples));
                for (i, model) in self.model.iter_mut().enumerate() {
                    model.retain(|(t, _)| *t <= lo || *t > hi);
                    model.extend(samples(i));
                    model.sort_by_key(|(t, _)| *t);
                }
            }
            Happens::Columns(dt, n, step, shows) => {
                let from = self.t + dt;
                let at = |k: usize| from + step * i64::try_from(k).expect("few");
                let samples = |i: usize| -> Vec<(i64, f64)> {
                    (0..*n).filter_map(|k| Some((at(k), pick(shows, i, k)?))).collect()
                };
                self.table.append_columns(&Self::columns(samples));
                for (i, model) in self.model.iter_mut().enumerate() {
                    model.extend(samples(i));
                }
                self.t = at(n - 1);
            }
            Happens::Forget(ago) => {
                self.table.truncate(self.t - ago);
                let before = self.t - ago;
                self.model.iter_mut().for_each(|model| model.retain(|(t, _)| *t >= before));
            }
        }
    }

    fn check(&self, lo: i64, hi: i64) {
        let mut windows = self.table.windows(lo, hi);
        for (i, model) in self.model.iter().enumerate() {
            let Some(id) = self.table.find(&labels(i)) else {
                assert!(model.is_empty(), "series {i} is gone");
                continue;
            };
            let floats = model.iter().filter(|(t, v)| lo < *t && *t <= hi && !is_stale(*v));
            let (ts, values): (Vec<i64>, Vec<f64>) = floats.copied().unzip();
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let (got_ts, got) = self.table.window(id, lo, hi);
            assert_eq!((got_ts, bits(got)), (&*ts, bits(&values)), "series {i} in ({lo}, {hi}]");
            let plain = windows.plain(id).expect("there are but floats");
            assert_eq!((plain.ts, bits(plain.values)), (&*ts, bits(&values)), "series {i}");
            check_known(&plain);
            self.check_latest(id, model, hi, hi - lo);
        }
    }

    fn check_latest(&self, id: SeriesId, model: &[(i64, f64)], t: i64, lookback: i64) {
        let newest = model.iter().rfind(|(at, _)| *at <= t);
        let valid = newest.filter(|(at, value)| *at > t - lookback && !is_stale(*value));
        let got = self.table.latest(id, t, lookback);
        let bits = |found: Option<(i64, f64)>| found.map(|(t, v)| (t, v.to_bits()));
        assert_eq!(bits(got), bits(valid.copied()), "at {t}");
    }
}

/// What is known of a window is what reading it shows.
fn check_known(window: &store::PlainWindow<'_>) {
    let (values, n) = (window.values, window.values.len());
    for skipped in [0, n / 3] {
        let (known, values) = (window.known.skip(skipped), &values[skipped..]);
        if let Some(falls) = known.falls(values.len()) {
            let scanned = (1..values.len()).filter(|i| is_fall(values[i - 1], values[*i]));
            assert!(falls.eq(scanned), "falls of {values:?}");
        }
        let (mut min, mut max, mut seen) = (f64::NAN, f64::NAN, 0);
        known.parts(0..values.len(), |part| match part {
            Part::Samples(samples) => {
                assert_eq!(samples.start, seen, "parts follow each other");
                seen = samples.end;
                for i in samples {
                    min = least(min, values[i]);
                    max = greatest(max, values[i]);
                }
            }
            Part::Stretch(samples, stretch) => {
                assert_eq!(samples.start, seen, "parts follow each other");
                seen = samples.end;
                min = least(min, stretch.min);
                max = greatest(max, stretch.max);
            }
        });
        assert_eq!(seen, values.len(), "parts are whole");
        assert_eq!(min.to_bits(), values.iter().copied().fold(f64::NAN, least).to_bits());
        assert_eq!(max.to_bits(), values.iter().copied().fold(f64::NAN, greatest).to_bits());
        let scanned = values.windows(2).filter(|pair| is_change(pair[0], pair[1])).count();
        let fallen = values.windows(2).filter(|pair| is_fall(pair[0], pair[1])).count();
        let (mut changes, mut falls) = (0, 0);
        known.parts(1.min(values.len())..values.len(), |part| match part {
            Part::Samples(samples) => {
                changes += samples.clone().filter(|i| is_change(values[i - 1], values[*i])).count();
                falls += samples.filter(|i| is_fall(values[i - 1], values[*i])).count();
            }
            Part::Stretch(_, stretch) => {
                changes += stretch.changes as usize;
                falls += stretch.falls as usize;
            }
        });
        assert_eq!((changes, falls), (scanned, fallen), "changes and falls of {values:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_shows_what_a_list_of_samples_would(
        events in prop::collection::vec((happens(), -50..2_000_i64, 0..9_000_i64), 1..25)
    ) {
        let mut both = Both { model: vec![Vec::new(); N_SERIES], t: 100_000, ..Both::default() };
        for (event, ago, long) in &events {
            both.happen(event);
            both.check(both.t - ago - long, both.t - ago);
        }
        both.check(i64::MIN / 2, i64::MAX / 2);
        let n: usize = both.model.iter().flatten().filter(|(_, v)| !is_stale(*v)).count();
        prop_assert_eq!(both.table.n_samples(), n);
    }
}
