//! The samples that both sides hold: about seventy float series over two hours.
//!
//! Everything is computed from a hash, so each run sees the same numbers. No sample lies on a
//! whole quarter of a second, and every query does: windows that are closed on the left (Prometheus
//! 2) and those that are open (3) then hold the same samples. Start at [`series`].

use model::{Labels, stale_nan};
use store::Table;

use crate::remote_write;

/// The first second of the data, in milliseconds.
pub(crate) const START: i64 = 1_700_006_400_000;

/// The time between two samples of most series, in milliseconds.
pub(crate) const INTERVAL: i64 = 15_000;

/// How many samples a series has that is always there: two hours of them.
const TICKS: i64 = 480;

/// The end of the data, in milliseconds.
pub(crate) const END: i64 = START + TICKS * INTERVAL;

/// A label set and its samples; stale markers are among them.
pub(crate) type Series = (Labels, Vec<(i64, f64)>);

/// A whole number that looks random, the same for the same two numbers.
pub(crate) fn noise(seed: u64, k: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(k.wrapping_add(1) << 17 | k);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// At least 0, below 1.
fn fraction(seed: u64, k: u64) -> f64 {
    (noise(seed, k) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Series under construction.
#[derive(Default)]
struct Builder {
    series: Vec<Series>,
}

impl Builder {
    /// One series with a value, or none, at every tick, told its own seed.
    fn add(&mut self, labels: &[(&str, &str)], value: impl Fn(u64, u64) -> Option<f64>) {
        let seed = self.series.len() as u64 + 1;
        // Targets are scraped at their own moments, which no query names.
        let phase = noise(seed, 99) % 13_000 / 250 * 250 + 137;
        let samples = (0..TICKS).filter_map(|k| {
            let value = value(seed, k.unsigned_abs())?;
            Some((START + k * INTERVAL + phase.cast_signed(), value))
        });
        self.series.push((Labels::from_pairs(labels.iter().copied()), samples.collect()));
    }

    /// A counter that starts at `first`, adds what `step` says and starts again at some ticks.
    fn counter(
        &mut self,
        labels: &[(&str, &str)],
        first: f64,
        reset: impl Fn(u64) -> bool,
        step: impl Fn(u64, u64) -> f64,
    ) {
        let seed = self.series.len() as u64 + 1;
        let mut values = vec![first];
        for k in 1..TICKS.unsigned_abs() {
            let step = step(seed, k);
            values.push(if reset(k) { step } else { values[values.len() - 1] + step });
        }
        let index = |k: u64| usize::try_from(k).expect("a tick is small");
        self.add(labels, move |_, k| Some(values[index(k)]));
    }

    /// Drops the samples of the newest series at these ticks; a vanished target leaves a marker.
    fn gap(&mut self, ticks: std::ops::Range<i64>, marker: bool) {
        let (_, samples) = self.series.last_mut().expect("a series was added");
        let (lo, hi) = (START + ticks.start * INTERVAL, START + ticks.end * INTERVAL);
        let mut done = !marker;
        samples.retain_mut(|(t, value)| {
            if !(lo..hi).contains(t) {
                return true;
            }
            let first = !done;
            done = true;
            *value = if first { stale_nan() } else { *value };
            first
        });
    }
}

/// All series.
pub(crate) fn series() -> Vec<Series> {
    let mut builder = Builder::default();
    counters(&mut builder);
    gauges(&mut builder);
    odd_values(&mut builder);
    histograms(&mut builder);
    short_lived(&mut builder);
    builder.series
}

/// The same series as columns.
pub(crate) fn table(series: &[Series]) -> Table {
    let mut table = Table::new();
    for (labels, samples) in series {
        let id = table.series_id(labels);
        for (t, value) in samples {
            table.append(id, *t, *value);
        }
    }
    table
}

fn counters(builder: &mut Builder) {
    for (i, service) in ["cart", "dispatch", "pay"].into_iter().enumerate() {
        for code in ["200", "404", "503"] {
            for instance in ["a", "b"] {
                let labels = [
                    ("__name__", "http_requests_total"),
                    ("service", service),
                    ("code", code),
                    ("instance", instance),
                ];
                let busy = if code == "200" { 97 } else { 7 };
                let every = 83 + 40 * i as u64;
                let resets = move |k| instance == "b" && k % every == 0;
                builder.counter(&labels, 10_000.0, resets, |s, k| (noise(s, k) % busy) as f64);
            }
        }
        let labels = [("__name__", "work_seconds_total"), ("service", service)];
        builder.counter(&labels, 500.25, |k| k % 190 == 100, |s, k| 0.1 + 3.0 * fraction(s, k));
        if service == "pay" {
            builder.gap(200..215, false);
            builder.gap(300..340, false);
        }
    }
    let labels = [("__name__", "errors_total"), ("service", "cart")];
    builder.counter(
        &labels,
        0.0,
        |_| false,
        |s, k| f64::from(u8::from(noise(s, k).is_multiple_of(50))),
    );
}

fn gauges(builder: &mut Builder) {
    for (instance, service, version) in
        [("a", "cart", "1.2"), ("b", "cart", "1.3"), ("c", "dispatch", "2.0"), ("d", "pay", "1.2")]
    {
        let mut with_name = |name: &str, value: &dyn Fn(u64, u64) -> Option<f64>| {
            let labels = [("__name__", name), ("instance", instance), ("service", service)];
            builder.add(&labels, value);
        };
        with_name("memory_used_bytes", &|s, k| Some(1e9 + 5e8 * fraction(s, k)));
        with_name("memory_limit_bytes", &|s, _| Some(2e9 + s as f64));
        with_name("up", &|s, k| Some(f64::from(u8::from(!noise(s, k / 20).is_multiple_of(5)))));
        let info =
            [("__name__", "build_info"), ("instance", instance), ("version", version), ("os", "l")];
        builder.add(&info, |_, _| Some(1.0));
    }
    for sensor in ["1", "2", "3", "4"] {
        builder.add(&[("__name__", "temperature"), ("sensor", sensor)], |s, k| {
            let wave = (k as f64 / 37.0 + s as f64).sin();
            Some(20.0 * wave + fraction(s, k) - 5.0)
        });
    }
    for queue in ["in", "out"] {
        builder.add(&[("__name__", "queue_depth"), ("queue", queue)], |s, k| {
            (!noise(s, k).is_multiple_of(10)).then(|| (noise(s, k + 1000) % 400) as f64 / 8.0)
        });
        builder.gap(150..190, queue == "in");
    }
    builder.add(&[("__name__", "sparse"), ("every", "17 samples")], |s, k| {
        (k % 17 == 3).then(|| 10.0 + fraction(s, k))
    });
}

fn odd_values(builder: &mut Builder) {
    let nan = f64::from_bits(0x7ff8_0000_0000_0001);
    let mut odd = |kind: &str, value: &dyn Fn(u64, u64) -> f64| {
        builder.add(&[("__name__", "odd"), ("kind", kind)], |s, k| Some(value(s, k)));
    };
    odd("nan", &|_, _| nan);
    odd("inf", &|_, _| f64::INFINITY);
    odd("minus_inf", &|_, _| f64::NEG_INFINITY);
    odd("zero", &|_, _| 0.0);
    odd("minus_zero", &|_, _| -0.0);
    odd("negative", &|s, k| -1.0 - 100.0 * fraction(s, k));
    odd("constant", &|_, _| 42.5);
    odd("half", &|_, k| k as f64 / 2.0 - 100.0);
    odd("tiny", &|s, k| 1e-9 * (1.0 + fraction(s, k)));
    odd("huge", &|s, k| 1e15 * (1.0 + fraction(s, k)));
    odd("mixed", &|s, k| match noise(s, k) % 12 {
        0 => nan,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => 0.0,
        n => n as f64 - 7.5,
    });
}

fn histograms(builder: &mut Builder) {
    for service in ["cart", "dispatch", "pay", "broken", "endless"] {
        for (i, le) in ["0.1", "0.5", "1", "5", "+Inf"].into_iter().enumerate() {
            if service == "endless" && le == "+Inf" {
                continue;
            }
            let name = "latency_seconds_bucket";
            let labels = [("__name__", name), ("service", service), ("le", le)];
            // Every bucket holds what those below it hold; all of a service share their seed.
            let own = service.len() as u64;
            let falls = if service == "broken" && le == "1" { 0.4 } else { 1.0 };
            builder.counter(
                &labels,
                1000.0 * (i as f64 + 1.0),
                |k| k == 260,
                |_, k| falls * (0..=i as u64).map(|b| (noise(own + b, k) % 9) as f64).sum::<f64>(),
            );
            // Buckets of one target are scraped at one time.
            let same = START + 4_137 + 1_000 * own.cast_signed();
            let (_, samples) = builder.series.last_mut().expect("a series was added");
            for (k, (t, _)) in (0..).zip(samples) {
                *t = same + k * INTERVAL;
            }
        }
    }
    for le in ["1", "2", "not a number", "+Inf"] {
        let labels = [("__name__", "sizes_bucket"), ("le", le)];
        builder.add(&labels, |s, k| Some((le.len() as u64 * 10 + noise(s, k) % 4) as f64));
    }
}

fn short_lived(builder: &mut Builder) {
    for (pod, ticks) in [("p0", 0..120), ("p1", 100..260), ("p2", 240..470), ("p3", 350..480)] {
        let labels = [("__name__", "pod_cpu"), ("pod", pod), ("service", "dispatch")];
        builder.add(&labels, |s, k| Some(fraction(s, k) * 4.0));
        builder.gap(0..ticks.start, false);
        builder.gap(ticks.end..TICKS, pod != "p1");
    }
    // Begins within the data at four fifths of its step: the zero point of its line lies between
    // half an interval and a whole one before its first sample.
    let labels = [("__name__", "late_total"), ("service", "pay")];
    builder.counter(&labels, -239.2, |_| false, |_, _| 1.0);
    builder.gap(0..240, false);
    let (_, samples) = builder.series.last_mut().expect("a series was added");
    for (_, value) in samples {
        *value = (*value * 10.0).round();
    }
}

/// The series as remote write takes them.
pub(crate) fn written(series: &[Series]) -> Vec<remote_write::Series> {
    let sample = |(t, value): &(i64, f64)| (*t, (*value).into());
    let written = |(labels, samples): &Series| {
        (labels.clone(), samples.iter().map(sample).collect::<Vec<_>>())
    };
    series.iter().map(written).collect()
}
