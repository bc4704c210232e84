//! How counters and gauges move in a window: `rate`, `increase`, `delta`, `irate`, `idelta`,
//! `changes`, `resets`.
//!
//! Windows are ordinary ones: edges are neither anchored nor smoothed.

use store::{Part, is_change, is_fall};

use super::Window;

/// Per-second increase of a counter.
pub(crate) fn rate(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (rise, factor) = extrapolated(w, true)?;
    Some(rise * (factor / seconds(w.hi - w.lo)))
}

/// Increase of a counter.
pub(crate) fn increase(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (rise, factor) = extrapolated(w, true)?;
    Some(rise * factor)
}

/// Difference of a gauge.
pub(crate) fn delta(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (rise, factor) = extrapolated(w, false)?;
    Some(rise * factor)
}

/// Per-second increase of a counter between the last two samples.
pub(crate) fn irate(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let ([.., prev, last], [.., t_prev, t_last]) = (w.values, w.ts) else { return None };
    // NaN is no fall, so that it stays NaN.
    let rise = if is_fall(*prev, *last) { *last } else { last - prev };
    Some(rise / ((t_last - t_prev) as f64 / 1000.0))
}

/// Difference of the last two samples.
pub(crate) fn idelta(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let [.., prev, last] = w.values else { return None };
    Some(last - prev)
}

/// How often the value changed; from NaN to NaN is no change.
pub(crate) fn changes(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let values = w.values;
    let mut n = 0;
    w.known.parts(1.min(values.len())..values.len(), |part| match part {
        Part::Samples(samples) => {
            n += samples.filter(|i| is_change(values[i - 1], values[*i])).count();
        }
        Part::Stretch(stretch) => n += stretch.changes as usize,
    });
    (!values.is_empty()).then_some(n as f64)
}

/// How often the value fell.
pub(crate) fn resets(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let mut n = 0;
    before_falls(w, |_| n += 1);
    (!w.values.is_empty()).then_some(f64::from(n))
}

/// Calls back with the value before each that is less, from first to last.
#[inline]
fn before_falls(w: &Window<'_>, mut on: impl FnMut(f64)) {
    if let Some(falls) = w.known.falls(w.values.len()) {
        falls.for_each(|i| on(w.values[i - 1]));
        return;
    }
    let pairs = w.values.windows(2).filter(|pair| is_fall(pair[0], pair[1]));
    pairs.for_each(|pair| on(pair[0]));
}

/// The rise from the first to the last sample, resets of a counter added, and the factor that
/// stretches it to the window's edges. As `extrapolatedRate` in prometheus promql/functions.go.
fn extrapolated(w: &Window<'_>, counter: bool) -> Option<(f64, f64)> {
    if w.values.len() < 2 {
        return None;
    }
    let [first, last] = w.ends;
    let mut rise = last - first;
    if counter {
        before_falls(w, |lost| rise += lost);
    }
    let reach = Reach::of(w.ts, w.lo, w.hi)?;
    Some((rise, reach.factor(counter.then_some((first, rise)))))
}

/// How far samples reach into their window, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// From the first to the last.
    sampled: f64,
    /// From one to the next; 0 where there is only one.
    average: f64,
    /// From the window's begin to the first.
    to_start: f64,
    /// From the last to the window's end.
    to_end: f64,
    /// When the last one stands, in milliseconds.
    t_last: i64,
}

impl Reach {
    #[inline]
    pub(super) fn of(ts: &[i64], lo: i64, hi: i64) -> Option<Self> {
        let (t_first, t_last) = (*ts.first()?, *ts.last()?);
        let sampled = (t_last - t_first) as f64 / 1000.0;
        let gaps = ts.len() - 1;
        let average = if gaps == 0 { 0.0 } else { sampled / gaps as f64 };
        let to_start = (t_first - lo) as f64 / 1000.0;
        let to_end = (hi - t_last) as f64 / 1000.0;
        Some(Self { sampled, average, to_start, to_end, t_last })
    }

    /// What stretches a rise to the window's edges, or half an interval where these are far. Of a
    /// counter, its first value and its rise are given.
    #[inline]
    pub(super) fn factor(&self, counter: Option<(f64, f64)>) -> f64 {
        let far = self.to_start >= self.threshold();
        let mut to_start = if far { self.average / 2.0 } else { self.to_start };
        // A counter is not taken below zero: it reached zero no later than its slope says.
        if let Some((first, rise)) = counter
            && rise > 0.0
            && first >= 0.0
        {
            let to_zero = self.sampled * (first / rise);
            if to_zero < to_start {
                to_start = to_zero;
            }
        }
        self.stretched(self.sampled, to_start)
    }

    /// The same of a counter that is known to have stood at zero at a time: nothing is added
    /// before that.
    pub(super) fn factor_from_zero_at(&self, start: i64) -> f64 {
        self.stretched((self.t_last - start) as f64 / 1000.0, 0.0)
    }

    #[inline]
    fn stretched(&self, sampled: f64, to_start: f64) -> f64 {
        let far = self.to_end >= self.threshold();
        let to_end = if far { self.average / 2.0 } else { self.to_end };
        if sampled == 0.0 { 1.0 } else { (sampled + to_start + to_end) / sampled }
    }

    #[inline]
    fn threshold(&self) -> f64 {
        self.average * 1.1
    }
}

/// Milliseconds in seconds, rounded as Go's `Duration.Seconds`.
pub(crate) fn seconds(ms: i64) -> f64 {
    (ms / 1000) as f64 + (ms % 1000 * 1_000_000) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use crate::kernels::tests::check;

    #[test]
    fn counters_are_extrapolated_to_the_edges() {
        // Full window: 5 samples, 60 s apart, both edges within 1.1 intervals.
        check("increase", "60:10 120:20 180:30 240:40", (0, 240), &[], Some(40.0));
        check("rate", "60:10 120:20 180:30 240:40", (0, 240), &[], Some(40.0 / 240.0));
        // A series that began in the window reaches back half an interval at most.
        check("increase", "180:100 240:110 300:120", (0, 300), &[], Some(25.0));
        // … and never below zero.
        check("increase", "180:0 240:10 300:20", (0, 300), &[], Some(20.0));
        check("increase", "180:2 240:10 300:18", (0, 300), &[], Some(18.0));
    }

    #[test]
    fn resets_add_what_was_lost() {
        check("increase", "0:0 60:10 120:5 180:15", (-60, 180), &[], Some(25.0));
        check("resets", "0:0 60:10 120:5 180:15 240:3", (-60, 240), &[], Some(2.0));
        check("delta", "0:0 60:10 120:5 180:15", (-1, 180), &[], Some(15.0 * (181.0 / 180.0)));
    }

    #[test]
    fn one_sample_is_no_movement() {
        for name in ["rate", "increase", "delta", "irate", "idelta"] {
            check(name, "60:1", (0, 60), &[], None);
        }
        check("resets", "60:1", (0, 60), &[], Some(0.0));
        check("changes", "60:1", (0, 60), &[], Some(0.0));
    }

    #[test]
    fn the_last_two_samples_decide_instant_rates() {
        check("irate", "0:0 50:10 60:40", (-1, 60), &[], Some(3.0));
        check("irate", "0:0 50:10 60:4", (-1, 60), &[], Some(0.4));
        check("irate", "50:10 60:NaN", (0, 60), &[], Some(f64::NAN));
        check("idelta", "0:0 50:10 60:4", (-1, 60), &[], Some(-6.0));
    }

    #[test]
    fn nan_to_nan_is_no_change() {
        check("changes", "0:1 1:1 2:NaN 3:NaN 4:2 5:2", (-1, 5), &[], Some(2.0));
        check("resets", "0:1 1:NaN 2:0", (-1, 5), &[], Some(0.0));
    }
}
