//! Values of one kind with their times, ascending; the front is dropped in bulk.

/// Times and values, as many of each.
#[derive(Clone, Debug)]
pub(crate) struct Run<T> {
    ts: Vec<i64>,
    values: Vec<T>,
    /// Samples before this index are dropped; they are removed when they outnumber the rest.
    front: usize,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self { ts: Vec::new(), values: Vec::new(), front: 0 }
    }
}

impl<T: Clone> Run<T> {
    pub(crate) fn ts(&self) -> &[i64] {
        &self.ts[self.front..]
    }

    pub(crate) fn values(&self) -> &[T] {
        &self.values[self.front..]
    }

    /// Appends a sample that is newer than all others.
    pub(crate) fn push(&mut self, t: i64, value: T) {
        self.ts.push(t);
        self.values.push(value);
    }

    /// The samples in `(lo, hi]`.
    pub(crate) fn window(&self, lo: i64, hi: i64) -> (&[i64], &[T]) {
        let from = after(self.ts(), lo);
        let to = after(self.ts(), hi).max(from);
        (&self.ts()[from..to], &self.values()[from..to])
    }

    /// Memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.ts.capacity() * size_of::<i64>() + self.values.capacity() * size_of::<T>()
    }

    /// Forgets samples before a time.
    pub(crate) fn drop_before(&mut self, t: i64) {
        self.front += self.ts().partition_point(|ts| *ts < t);
        if self.front > 32 && self.front * 2 > self.ts.len() || self.front == self.ts.len() {
            self.ts.drain(..self.front);
            self.values.drain(..self.front);
            self.front = 0;
        }
    }

    /// Puts other samples in the place of those in `(lo, hi]`.
    pub(crate) fn replace(&mut self, lo: i64, hi: i64, ts: &[i64], values: &[T]) {
        let (from, to) = (self.front + after(self.ts(), lo), self.front + after(self.ts(), hi));
        if to == self.ts.len() {
            self.ts.truncate(from);
            self.values.truncate(from);
            self.ts.extend_from_slice(ts);
            self.values.extend_from_slice(values);
        } else {
            self.ts.splice(from..to, ts.iter().copied());
            self.values.splice(from..to, values.iter().cloned());
        }
    }
}

/// How many of the ascending times are at or before `t`. Looks at the end first, where ticks read,
/// then where `t` would stand if all times were as far apart as the last two, as scrapes are: the
/// column's beginning is not in the cache.
pub(crate) fn after(ts: &[i64], t: i64) -> usize {
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
