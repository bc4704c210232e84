//! Samples by chance: counters with resets, gauges, oddities, classic and native histograms.

use std::fmt::Write;

use crate::fuzz::Dice;

/// What a metric's samples are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    /// NaN, infinities, very large and very small numbers, stale markers.
    Odd,
    Classic,
    Info,
    /// A native histogram that counts up.
    Exponential,
    /// A native histogram of anything.
    Fluctuating,
    Custom,
    /// Floats and histograms by turns.
    Mixed,
}

/// The metrics that there are.
const METRICS: &[(&str, Kind)] = &[
    ("a_total", Kind::Counter),
    ("b", Kind::Gauge),
    ("odd", Kind::Odd),
    ("c_bucket", Kind::Classic),
    ("target_info", Kind::Info),
    ("build_info", Kind::Info),
    ("d_total", Kind::Counter),
    ("e", Kind::Gauge),
    ("nh", Kind::Exponential),
    ("gh", Kind::Fluctuating),
    ("ch", Kind::Custom),
    ("mixed", Kind::Mixed),
];

/// The names of all metrics.
pub(super) const NAMES: &[&str] = &[
    "a_total",
    "b",
    "odd",
    "c_bucket",
    "target_info",
    "build_info",
    "d_total",
    "e",
    "nh",
    "gh",
    "ch",
    "mixed",
];

/// The bounds of classic buckets.
const LE: &[&str] = &["0.1", "0.5", "1", "5", "+Inf"];

/// A `load` of a few metrics, and their names.
pub(super) fn script(dice: &mut Dice<'_>, histograms: bool) -> (String, Vec<&'static str>) {
    let mut names = Vec::new();
    let mut lines: Vec<(String, String)> = Vec::new();
    let kinds = if histograms { METRICS } else { &METRICS[..8] };
    for _ in 0..=dice.below(4) {
        let (name, kind) = kinds[dice.below(kinds.len())];
        // The first choices of all kinds are the plainest, so the native ones are asked for.
        let (name, kind) =
            if histograms && dice.one_in(2) { METRICS[8 + dice.below(4)] } else { (name, kind) };
        names.push(name);
        metric(dice, name, kind, &mut lines);
    }
    // In the order of their labels, as whoever has them sorted has them.
    let labels = |text: &str| promqltest::series::parse_labels(text).expect("labels are right");
    lines.sort_by_cached_key(|(text, _)| labels(text));
    lines.dedup_by(|(a, _), (b, _)| labels(a) == labels(b));
    let mut script = "load 1s\n".to_owned();
    for (labels, values) in lines {
        let (values, starts) = values.split_once('|').unwrap_or((&values, ""));
        if !starts.is_empty() {
            let _ = writeln!(script, "  {labels}@st {starts}");
        }
        let _ = writeln!(script, "  {labels} {values}");
    }
    (script, names)
}

fn metric(dice: &mut Dice<'_>, name: &str, kind: Kind, lines: &mut Vec<(String, String)>) {
    for i in 0..=dice.below(3) {
        let job = ["x", "y"][dice.below(2)];
        let mut labels = format!("job=\"{job}\",instance=\"{}\"", i % 3);
        match dice.below(8) {
            6 => labels += ",__type__=\"counter\"",
            7 => labels += ",z=\"10\"",
            _ => {}
        }
        if kind == Kind::Classic {
            for line in classic(dice) {
                let (le, values) = line;
                lines.push((format!("{name}{{{labels},le=\"{le}\"}}"), values));
            }
            continue;
        }
        if kind == Kind::Info && dice.one_in(2) {
            let _ = write!(labels, ",version=\"{}\"", dice.below(2));
        }
        let values = series(dice, kind);
        lines.push((format!("{name}{{{labels}}}"), values));
    }
}

/// The samples of a series, a second from each to the next, and perhaps behind a bar their start
/// timestamps.
fn series(dice: &mut Dice<'_>, kind: Kind) -> String {
    let mut values = Values::default();
    let interval = [15, 30, 60, 10, 5, 90][dice.below(6)];
    let with_starts = matches!(kind, Kind::Counter | Kind::Exponential) && dice.one_in(4);
    let first = [0, 0, 15, 30, 7, 60, dice.below(90)][dice.below(7)];
    values.gap(first);
    let jitters = dice.one_in(3);
    let mut counter = Counter::default();
    let mut native = Native::new(dice, kind);
    for _ in 0..3 + dice.below(28) {
        if dice.one_in(14) {
            values.push("stale");
        } else if !dice.one_in(10) {
            let value = match kind {
                Kind::Counter => counter.next(dice),
                Kind::Gauge => gauge(dice),
                Kind::Odd => odd(dice),
                Kind::Mixed if dice.one_in(2) => gauge(dice),
                Kind::Info | Kind::Classic => "1".to_owned(),
                _ => native.next(dice),
            };
            values.push(&value);
        }
        let late = if jitters && dice.one_in(3) { dice.below(4) } else { 0 };
        values.gap(interval - 1 + late);
    }
    if with_starts { format!("{}|{}", values.text, values.starts(dice)) } else { values.text }
}

/// Samples and gaps as they are written.
#[derive(Default)]
struct Values {
    text: String,
    /// For each sample and each gap how many seconds it stands for, and whether it is a sample.
    pieces: Vec<(usize, bool)>,
}

impl Values {
    fn push(&mut self, value: &str) {
        let _ = write!(self.text, "{value} ");
        self.pieces.push((1, true));
    }

    fn gap(&mut self, seconds: usize) {
        if seconds > 0 {
            let _ = write!(self.text, "_x{seconds} ");
            self.pieces.push((seconds, false));
        }
    }

    /// Start timestamps, relative to the samples: the time of the sample before, of the first
    /// sample, or something else.
    fn starts(&self, dice: &mut Dice<'_>) -> String {
        let mut text = String::new();
        let (mut since_first, mut since_last) = (0, 0);
        let way = dice.below(3);
        for &(seconds, is_sample) in &self.pieces {
            if !is_sample {
                let _ = write!(text, "_x{seconds} ");
            } else if dice.one_in(8) {
                text += "_ ";
            } else {
                let since = match (way, dice.one_in(8)) {
                    (0, false) => since_last,
                    (1, false) => since_first + 10,
                    _ => dice.below(90),
                };
                let _ = write!(text, "-{since}s ");
            }
            since_first += if is_sample || since_first > 0 { seconds } else { 0 };
            since_last = if is_sample { 1 } else { since_last + seconds };
        }
        text
    }
}

#[derive(Default)]
struct Counter(f64);

impl Counter {
    fn next(&mut self, dice: &mut Dice<'_>) -> String {
        if dice.one_in(8) {
            self.0 = 0.0;
        }
        self.0 += [1.0, 5.0, 0.0, 0.5, 12.0, 0.1, 100.0, 7.0][dice.below(8)];
        model::number::format_g(self.0)
    }
}

fn gauge(dice: &mut Dice<'_>) -> String {
    let whole = dice.below(40) as f64 - 10.0;
    let fraction = [0.0, 0.0, 0.5, 0.25, 0.1][dice.below(5)];
    model::number::format_g(whole + fraction)
}

fn odd(dice: &mut Dice<'_>) -> String {
    let odd = [
        "1",
        "NaN",
        "Inf",
        "-Inf",
        "-0",
        "0",
        "1e308",
        "1.5e308",
        "-1e308",
        "5e-324",
        "1e100",
        "-1e100",
        "0.3",
        "1e-20",
        "stale",
        "3.5",
        "NaN",
        "9007199254740993",
        "-3",
    ];
    odd[dice.below(odd.len())].to_owned()
}

/// The series of a classic histogram by their bounds. Counts need not grow with the bounds.
fn classic(dice: &mut Dice<'_>) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&str, Values)> = LE.iter().map(|le| (*le, Values::default())).collect();
    if dice.one_in(6) {
        lines.pop();
    }
    if dice.one_in(8) {
        lines[0].0 = "bad";
    }
    let mut counts = vec![0.0; lines.len()];
    for _ in 0..2 + dice.below(12) {
        let mut below = 0.0;
        for (i, (_, values)) in lines.iter_mut().enumerate() {
            below += [0.0, 1.0, 3.0, 10.0][dice.below(4)];
            counts[i] += below;
            if dice.one_in(24) {
                counts[i] -= 2.0;
            }
            values.push(&model::number::format_g(counts[i]));
            values.gap(29);
        }
    }
    lines.into_iter().map(|(le, values)| (le, values.text)).collect()
}

/// A series of native histograms.
struct Native {
    custom: bool,
    gauge: bool,
    schema: i32,
    zero_width: &'static str,
    zero: f64,
    offset: i32,
    /// Above zero and below it.
    buckets: [Vec<f64>; 2],
    bounds: &'static str,
    sum: f64,
}

const BOUNDS: &[&str] = &["1 5 10", "5 10", "0.5 1 2 5", "-1 0 1", "1 2 3 5 8"];

impl Native {
    fn new(dice: &mut Dice<'_>, kind: Kind) -> Self {
        let custom = kind == Kind::Custom;
        let n = 1 + dice.below(3);
        let below = if custom || dice.one_in(2) { 0 } else { 1 + dice.below(2) };
        Self {
            custom,
            gauge: kind == Kind::Fluctuating || custom && dice.one_in(3),
            schema: [0, 1, -1, 2, 3][dice.below(5)],
            zero_width: ["0.001", "0", "0.5", "2"][dice.below(4)],
            zero: 0.0,
            offset: i32::try_from(dice.below(5)).expect("a few") - 2,
            buckets: [vec![0.0; n], vec![0.0; below]],
            bounds: BOUNDS[dice.below(BOUNDS.len())],
            sum: 0.0,
        }
    }

    fn next(&mut self, dice: &mut Dice<'_>) -> String {
        self.change(dice);
        for count in self.buckets.iter_mut().flatten() {
            *count += [0.0, 1.0, 2.0, 5.0, 0.5][dice.below(5)];
        }
        if !self.custom {
            self.zero += [0.0, 1.0, 3.0][dice.below(3)];
        }
        self.sum += [1.0, 10.0, 0.5, -3.0][dice.below(4)];
        let nan = dice.one_in(12);
        self.written(nan)
    }

    /// Resets and other layouts.
    fn change(&mut self, dice: &mut Dice<'_>) {
        if self.gauge || dice.one_in(8) {
            self.buckets.iter_mut().flatten().for_each(|count| *count = 0.0);
            (self.zero, self.sum) = (0.0, 0.0);
        }
        if dice.one_in(12) {
            self.schema = [0, 1, -1, 2][dice.below(4)];
        }
        if dice.one_in(12) {
            self.zero_width = ["0.001", "0", "0.5", "2"][dice.below(4)];
        }
        if dice.one_in(12) {
            self.buckets[0].push(0.0);
        }
        if dice.one_in(12) {
            self.bounds = BOUNDS[dice.below(BOUNDS.len())];
        }
        if dice.one_in(40) {
            self.custom = !self.custom;
            self.zero = 0.0;
            self.buckets[1].clear();
        }
    }

    fn written(&self, nan: bool) -> String {
        let list = |counts: &[f64]| {
            let counts: Vec<_> = counts.iter().map(|v| model::number::format_g(*v)).collect();
            counts.join(" ")
        };
        let n_bounds = self.bounds.split(' ').count();
        let most = if self.custom { n_bounds + 1 } else { usize::MAX };
        let above = &self.buckets[0][..self.buckets[0].len().min(most)];
        let below = &self.buckets[1];
        let mut count = above.iter().chain(below).sum::<f64>() + self.zero;
        let mut sum = model::number::format_g(self.sum);
        if nan {
            // An observation of NaN is in no bucket.
            count += 1.0;
            "NaN".clone_into(&mut sum);
        }
        let count = model::number::format_g(count);
        let hint = if self.gauge { " counter_reset_hint:gauge" } else { "" };
        let above = list(above);
        if self.custom {
            let bounds = self.bounds;
            return format!(
                "{{{{schema:-53 count:{count} sum:{sum} custom_values:[{bounds}]{hint} \
                 buckets:[{above}]}}}}"
            );
        }
        let (schema, zero, width, offset) =
            (self.schema, model::number::format_g(self.zero), self.zero_width, self.offset);
        let below = if below.is_empty() {
            String::new()
        } else {
            format!(" n_offset:{offset} n_buckets:[{}]", list(below))
        };
        format!(
            "{{{{schema:{schema} count:{count} sum:{sum} z_bucket:{zero} z_bucket_w:{width}{hint} \
             offset:{offset} buckets:[{above}]{below}}}}}"
        )
    }
}
