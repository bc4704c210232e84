//! How counters and gauges move in a window: `rate`, `increase`, `delta`, `irate`, `idelta`,
//! `changes`, `resets`.
//!
//! Windows are ordinary ones: edges are neither anchored nor smoothed.

use store::{Part, Stretch, is_change, is_fall};

use super::Window;

/// Per-second increase of a counter.
pub(crate) fn rate(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (first, rise, reach) = moved(w, true)?;
    Some(rise * reach.per_second(Some((first, rise))))
}

/// Increase of a counter.
pub(crate) fn increase(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (first, rise, reach) = moved(w, true)?;
    Some(rise * reach.factor(Some((first, rise))))
}

/// Difference of a gauge.
pub(crate) fn delta(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (_, rise, reach) = moved(w, false)?;
    Some(rise * reach.factor(None))
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
        Part::Stretch(_, stretch) => n += stretch.changes as usize,
    });
    (!values.is_empty()).then_some(n as f64)
}

/// How often the value fell.
pub(crate) fn resets(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    let values = w.values;
    if values.is_empty() {
        return None;
    }
    if let Some(falls) = w.known.falls(values.len()) {
        return Some(falls.len() as f64);
    }
    let mut n = 0;
    w.known.parts(1..values.len(), |part| match part {
        Part::Samples(samples) => {
            n += samples.filter(|i| is_fall(values[i - 1], values[*i])).count();
        }
        Part::Stretch(_, stretch) => n += stretch.falls as usize,
    });
    Some(n as f64)
}

/// Calls back with the value before each that is less, from first to last.
#[inline]
fn before_falls(w: &Window<'_>, mut on: impl FnMut(f64)) {
    if let Some(falls) = w.known.falls(w.values.len()) {
        falls.for_each(|i| on(w.values[i - 1]));
        return;
    }
    w.known.parts(1.min(w.values.len())..w.values.len(), |part| match part {
        Part::Stretch(_, Stretch { falls: 0, .. }) => {}
        Part::Samples(samples) | Part::Stretch(samples, _) => {
            for i in samples.filter(|i| is_fall(w.values[i - 1], w.values[*i])) {
                on(w.values[i - 1]);
            }
        }
    });
}

/// The first value, the rise from there to the last one with resets of a counter added, and how
/// far the samples reach. As `extrapolatedRate` in prometheus promql/functions.go.
#[inline]
fn moved(w: &Window<'_>, counter: bool) -> Option<(f64, f64, Reach)> {
    let [first, .., last] = w.values else { return None };
    let mut rise = last - first;
    if counter {
        before_falls(w, |lost| rise += lost);
    }
    let reach = match w.reach {
        Some(reach) => *reach,
        None => Reach::of(w.ts, w.lo, w.hi)?,
    };
    Some((*first, rise, reach))
}

/// How far samples reach into their window, in seconds. Series of one clock share it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// From the first to the last.
    sampled: f64,
    /// From the first towards the window's begin: all the way, or half an interval where it is far.
    to_start: f64,
    /// The same from the last towards the window's end.
    to_end: f64,
    /// When the last one stands, in milliseconds.
    t_last: i64,
    /// The window's length.
    window: f64,
    /// What stretches a rise to the window's edges.
    factor: f64,
    /// The same, divided by the window's length.
    per_second: f64,
}

impl Reach {
    /// That of samples at these times in `(lo, hi]`.
    #[inline]
    pub(crate) fn of(ts: &[i64], lo: i64, hi: i64) -> Option<Self> {
        let (t_first, t_last) = (*ts.first()?, *ts.last()?);
        let sampled = (t_last - t_first) as f64 / 1000.0;
        let gaps = ts.len() - 1;
        let average = if gaps == 0 { 0.0 } else { sampled / gaps as f64 };
        let near = |edge: f64| if edge >= average * 1.1 { average / 2.0 } else { edge };
        let to_start = near((t_first - lo) as f64 / 1000.0);
        let to_end = near((hi - t_last) as f64 / 1000.0);
        let (window, zero) = (seconds(hi - lo), 0.0);
        let mut reach =
            Self { sampled, to_start, to_end, t_last, window, factor: zero, per_second: zero };
        reach.factor = reach.stretched(sampled, to_start);
        reach.per_second = reach.factor / window;
        Some(reach)
    }

    /// What stretches a rise to the window's edges. Of a counter, its first value and its rise are
    /// given.
    #[inline]
    pub(super) fn factor(&self, counter: Option<(f64, f64)>) -> f64 {
        match self.since_zero(counter) {
            None => self.factor,
            Some(to_zero) => self.stretched(self.sampled, to_zero),
        }
    }

    /// The same, divided by the window's length.
    #[inline]
    fn per_second(&self, counter: Option<(f64, f64)>) -> f64 {
        match self.since_zero(counter) {
            None => self.per_second,
            Some(to_zero) => self.stretched(self.sampled, to_zero) / self.window,
        }
    }

    /// A counter is not taken below zero: it reached zero no later than its slope says. How long
    /// before the first sample that was, where that is inside of what would be added.
    #[inline]
    fn since_zero(&self, counter: Option<(f64, f64)>) -> Option<f64> {
        let (first, rise) = counter.filter(|(first, rise)| *rise > 0.0 && *first >= 0.0)?;
        // It would have to fall for longer than was sampled, which is more than is added.
        if first >= rise && self.sampled >= self.to_start {
            return None;
        }
        let to_zero = self.sampled * (first / rise);
        (to_zero < self.to_start).then_some(to_zero)
    }

    /// The factor of a counter that is known to have stood at zero at a time: nothing is added
    /// before that.
    pub(super) fn factor_from_zero_at(&self, start: i64) -> f64 {
        self.stretched((self.t_last - start) as f64 / 1000.0, 0.0)
    }

    #[inline]
    fn stretched(&self, sampled: f64, to_start: f64) -> f64 {
        if sampled == 0.0 { 1.0 } else { (sampled + to_start + self.to_end) / sampled }
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
