//! One series' samples: timestamps and values side by side, so that a window is a slice.
//!
//! Stale markers do not stand among the values: they end the validity of the sample before them
//! and are kept as bare times. Native histograms will be a second column beside the floats.

/// Samples in ascending order of time, with the front dropped in bulk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    ts: Vec<i64>,
    values: Vec<f64>,
    /// Samples before this index are dropped; they are removed when they outnumber the rest.
    front: usize,
    /// When the series went stale, ascending. Hardly ever more than one.
    stale: Vec<i64>,
}

impl Column {
    pub(crate) fn ts(&self) -> &[i64] {
        &self.ts[self.front..]
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values[self.front..]
    }

    /// The time of the newest sample or marker.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.ts().last().max(self.stale.last()).copied()
    }

    /// Appends a sample that is newer than all others.
    pub(crate) fn push(&mut self, t: i64, value: f64) {
        self.ts.push(t);
        self.values.push(value);
    }

    /// Ends the validity of the newest sample.
    pub(crate) fn push_stale(&mut self, t: i64) {
        self.stale.push(t);
    }

    /// The samples in `(lo, hi]`.
    pub(crate) fn window(&self, lo: i64, hi: i64) -> (&[i64], &[f64]) {
        let from = after(self.ts(), lo);
        let to = after(self.ts(), hi).max(from);
        (&self.ts()[from..to], &self.values()[from..to])
    }

    /// The newest sample in `(t - lookback, t]`, unless a marker follows it.
    pub(crate) fn latest(&self, t: i64, lookback: i64) -> Option<(i64, f64)> {
        let i = after(self.ts(), t).checked_sub(1)?;
        let found = self.ts()[i];
        let ended = self.stale.iter().any(|s| found < *s && *s <= t);
        (found > t.saturating_sub(lookback) && !ended).then(|| (found, self.values()[i]))
    }

    /// Forgets samples and markers before a time.
    pub(crate) fn drop_before(&mut self, t: i64) {
        self.front += self.ts().partition_point(|ts| *ts < t);
        self.stale.retain(|s| *s >= t);
        if self.front > 32 && self.front * 2 > self.ts.len() || self.front == self.ts.len() {
            self.ts.drain(..self.front);
            self.values.drain(..self.front);
            self.front = 0;
        }
    }

    /// Puts other samples in the place of those in `(lo, hi]`.
    pub(crate) fn replace(&mut self, lo: i64, hi: i64, ts: &[i64], values: &[f64]) {
        let (from, to) = (self.front + after(self.ts(), lo), self.front + after(self.ts(), hi));
        if to == self.ts.len() {
            self.ts.truncate(from);
            self.values.truncate(from);
            self.ts.extend_from_slice(ts);
            self.values.extend_from_slice(values);
        } else {
            self.ts.splice(from..to, ts.iter().copied());
            self.values.splice(from..to, values.iter().copied());
        }
        self.stale.retain(|s| *s <= lo || *s > hi);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ts().is_empty() && self.stale.is_empty()
    }
}

/// How many of the ascending times are at or before `t`. Looks at the end first, where ticks read,
/// then where `t` would stand if all times were as far apart as the last two, as scrapes are: the
/// column's beginning is not in the cache.
fn after(ts: &[i64], t: i64) -> usize {
    let [.., before, last] = ts else { return ts.partition_point(|ts| *ts <= t) };
    if *last <= t {
        return ts.len();
    }
    let back = last.saturating_sub(t).saturating_sub(1) / (last - before).max(1) + 1;
    let guess = ts.len().saturating_sub(usize::try_from(back).unwrap_or(usize::MAX));
    let stands = |i: usize| 0 < i && i < ts.len() && ts[i - 1] <= t && t < ts[i];
    let near = [guess, guess + 1, guess.wrapping_sub(1)];
    near.into_iter().find(|i| stands(*i)).unwrap_or_else(|| ts.partition_point(|ts| *ts <= t))
}
