//! Classic histograms: series with a label `le`, put together to buckets.

use std::collections::BTreeMap;

use model::{BUCKET_LABEL, FloatHistogram, Labels, number::parse_float, quote::quote};

use super::{
    eval::Evaluator,
    math::compare,
    notes::{Forced, Notes, for_metric},
    value::{Element, Number},
};

/// A relative difference of counts that rounding explains.
const NONE: f64 = 1e-12;

/// A bucket: its upper bound, and how many observations are not above it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// The histograms of a vector. Those that are both native and classic are left out.
pub(super) struct Histograms {
    pub(super) native: Vec<(Labels, FloatHistogram)>,
    pub(super) classic: BTreeMap<Labels, Vec<Bucket>>,
}

impl Histograms {
    pub(super) fn of(
        ev: &Evaluator<'_>,
        vector: &[Element],
        place: u32,
        notes: &mut Notes,
    ) -> Self {
        let name = |labels: &Labels| {
            if ev.delayed() { for_metric(labels.metric_name()) } else { String::new() }
        };
        let mut native = Vec::new();
        let mut classic: BTreeMap<Labels, Vec<Bucket>> = BTreeMap::new();
        for e in vector {
            let count = match &e.value {
                Number::Float(count) => *count,
                Number::Histogram(h) => {
                    native.push((e.labels.clone(), h.clone()));
                    continue;
                }
            };
            let le = e.labels.value(BUCKET_LABEL);
            let Some(bound) = parse_float(le) else {
                let what = "bucket label \"le\" is missing or has a malformed value of";
                notes.warn(place, &format!("{what} {}{}", quote(le), name(&e.labels)));
                continue;
            };
            let key = e.labels.without(&[BUCKET_LABEL]);
            classic.entry(key).or_default().push(Bucket { bound, count });
        }
        native.retain(|(labels, _)| {
            let clean = classic.remove(labels).is_none();
            if !clean {
                let what = "vector contains a mix of classic and native histograms";
                notes.warn(place, &format!("{what}{}", name(labels)));
            }
            clean
        });
        Self { native, classic }
    }
}

/// Buckets by bound, those of one bound as one; none without a bucket for everything.
fn sorted(buckets: &[Bucket]) -> Option<Vec<Bucket>> {
    let mut all = buckets.to_vec();
    all.sort_by(|a, b| compare(a.bound, b.bound));
    if all.last()?.bound != f64::INFINITY {
        return None;
    }
    let mut merged: Vec<Bucket> = Vec::new();
    for bucket in all {
        match merged.last_mut() {
            #[expect(clippy::float_cmp, reason = "the same bound or another")]
            Some(last) if last.bound == bucket.bound => last.count += bucket.count,
            _ => merged.push(bucket),
        }
    }
    Some(merged)
}

/// The `q`-quantile, and how counts had to be raised for it. It leaves the buckets sorted, merged
/// to the front and raised, and what was behind them where it was: the next quantile of the same
/// histogram sees that.
pub(super) fn quantile(q: f64, buckets: &mut [Bucket], t: i64) -> (f64, Option<Forced>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if q > 1.0 {
        return (f64::INFINITY, None);
    }
    buckets.sort_by(|a, b| compare(a.bound, b.bound));
    let Some(merged) = sorted(buckets) else { return (f64::NAN, None) };
    let (buckets, _) = buckets.split_at_mut(merged.len());
    buckets.clone_from_slice(&merged);
    let forced = make_monotonic(buckets, t);
    let last = buckets.len() - 1;
    let total = buckets[last].count;
    if last == 0 || total == 0.0 {
        return (f64::NAN, forced);
    }
    let mut rank = q * total;
    let i = search(last, |i| buckets[i].count >= rank);
    let Bucket { bound: end, mut count } = buckets[i];
    let value = if i == last {
        buckets[last - 1].bound
    } else if i == 0 && end <= 0.0 {
        end
    } else {
        let mut start = 0.0;
        if i > 0 {
            start = buckets[i - 1].bound;
            count -= buckets[i - 1].count;
            rank -= buckets[i - 1].count;
        }
        start + (end - start) * (rank / count)
    };
    (value, forced)
}

/// The first number below `n` that satisfies the predicate, by halves, as Go's `sort.Search` finds
/// it even where counts are NaN; `n` where none does.
fn search(n: usize, satisfies: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = usize::midpoint(low, high);
        if satisfies(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Raises counts that are below those of lower buckets.
#[expect(clippy::float_cmp, reason = "equal counts need nothing")]
fn make_monotonic(buckets: &mut [Bucket], t: i64) -> Option<Forced> {
    let mut forced: Option<Forced> = None;
    let mut before = buckets[0].count;
    for bucket in &mut buckets[1..] {
        let count = bucket.count;
        if count == before {
            continue;
        }
        if almost_equal(before, count) {
            bucket.count = before;
        } else if count < before {
            bucket.count = before;
            let f = forced.get_or_insert(Forced {
                from_t: t,
                to_t: t,
                lowest: f64::INFINITY,
                highest: f64::NEG_INFINITY,
                most: 0.0,
                more: 0,
            });
            f.lowest = f.lowest.min(bucket.bound);
            f.highest = f.highest.max(bucket.bound);
            f.most = f.most.max(before - count);
        } else {
            before = count;
        }
    }
    forced
}

fn almost_equal(a: f64, b: f64) -> bool {
    if a.is_nan() && b.is_nan() {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < NONE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < NONE
}

/// The share of observations between two values.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &[Bucket]) -> f64 {
    let Some(buckets) = sorted(buckets) else { return f64::NAN };
    let total = buckets[buckets.len() - 1].count;
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank = |v| rank(&buckets, v).map_or(total, |rank| if rank > total { total } else { rank });
    (rank(upper) - rank(lower)) / total
}

/// How many observations are below a value; none where it is above all buckets.
fn rank(buckets: &[Bucket], v: f64) -> Option<f64> {
    let mut start = if buckets[0].bound <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut below = 0.0;
    for bucket in buckets {
        if start >= v {
            return Some(below);
        }
        if bucket.bound > v {
            if start == f64::NEG_INFINITY {
                return Some(bucket.count);
            }
            let share = (bucket.count - below) * (v - start) / (bucket.bound - start);
            return Some(below + share);
        }
        (start, below) = (bucket.bound, bucket.count);
    }
    None
}
