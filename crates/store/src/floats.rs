//! The floats of one series: a clock's number, a position on it, and the values.

use crate::{
    ahead::ask_for,
    clock::{Clocks, NONE},
    digest::{Digest, Known, LONG, is_fall},
};

/// Values at consecutive positions of a clock; the front is dropped in bulk.
#[derive(Clone, Debug)]
pub(crate) struct Floats {
    values: Vec<f64>,
    /// So many of `values` are dropped.
    front: u32,
    /// [`NONE`] where there are no values.
    clock: u32,
    /// The position of the first value that is not dropped.
    start: u32,
    /// None where no value is less than the one before and the column is not long.
    digest: Option<Box<Digest>>,
    /// Whether what stretches come to is kept once the column is long.
    stretches: bool,
}

impl Default for Floats {
    fn default() -> Self {
        Self { values: Vec::new(), front: 0, clock: NONE, start: 0, digest: None, stretches: true }
    }
}

/// The least size of memory, in values, that allocators have for so many: four sizes lie between
/// a power of two and the next.
fn size_of_memory(n_values: usize) -> usize {
    n_values.next_multiple_of((n_values.next_power_of_two() / 8).max(1))
}

/// Where the times of a span stand on a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) clock: u32,
    /// The position of the first time in the span.
    pub(crate) from: u32,
    /// The position after the last.
    pub(crate) to: u32,
}

impl Span {
    /// That of series without floats.
    pub(crate) const NOWHERE: Self = Self { clock: NONE, from: 0, to: 0 };
}

impl Floats {
    /// None yet.
    pub(crate) fn new(stretches: bool) -> Self {
        Self { stretches, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() - self.front as usize
    }

    /// Whether values fill the memory that was taken for them.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.values.len() == self.values.capacity() && !self.values.is_empty()
    }

    /// For how many values there is memory.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.values.capacity()
    }

    pub(crate) fn clock(&self) -> u32 {
        self.clock
    }

    /// The position of the first value on the clock.
    pub(crate) fn start(&self) -> u32 {
        self.start
    }

    #[inline]
    fn live(&self) -> &[f64] {
        &self.values[self.front as usize..]
    }

    fn end(&self) -> u32 {
        self.start + self.live_len()
    }

    fn live_len(&self) -> u32 {
        u32::try_from(self.len()).expect("under 4 G samples a series")
    }

    /// All times.
    pub(crate) fn ts<'a>(&self, clocks: &'a Clocks) -> &'a [i64] {
        clocks.times(self.clock, self.start, self.len())
    }

    /// The time of the newest.
    #[inline]
    pub(crate) fn newest(&self, clocks: &Clocks) -> Option<i64> {
        (self.clock != NONE).then(|| clocks.time(self.clock, self.end() - 1))
    }

    /// Appends a value that is newer than all others.
    #[inline]
    pub(crate) fn push(&mut self, clocks: &mut Clocks, t: i64, value: f64) {
        if self.clock == NONE {
            (self.clock, self.start) = clocks.enter(&[t]);
        } else {
            let end = self.end();
            self.clock = clocks.place(self.clock, (self.start, end), t);
            if self.values.last().is_some_and(|last| is_fall(*last, value)) {
                let len = self.len();
                self.digest.get_or_insert_default().fell(end, len);
            }
        }
        self.push_value(value);
    }

    /// Appends values that are newer than all others.
    pub(crate) fn extend(&mut self, clocks: &mut Clocks, ts: &[i64], values: &[f64]) {
        if self.clock == NONE && !ts.is_empty() {
            (self.clock, self.start) = clocks.enter(ts);
            self.values = values.to_vec();
            self.front = 0;
            self.digest = Digest::of(self.start, values, self.stretches);
        } else {
            ts.iter().zip(values).for_each(|(t, value)| self.push(clocks, *t, *value));
        }
    }

    fn push_value(&mut self, value: f64) {
        if self.values.len() == self.values.capacity() {
            self.make_room();
        }
        self.values.push(value);
        let values = &self.values[self.front as usize..];
        match &mut self.digest {
            Some(digest) => digest.pushed(self.start, values),
            None if values.len() == LONG => {}
            None => return,
        }
        if values.len() == LONG && self.stretches {
            self.digest.get_or_insert_default().stretch(self.start, values);
        }
    }

    /// Moves the values over what was dropped, or takes the next size of memory that allocators
    /// have: about an eighth more.
    #[cold]
    fn make_room(&mut self) {
        if self.front as usize * 8 >= self.values.capacity().max(1) {
            self.values.drain(..self.front as usize);
            self.front = 0;
        } else {
            let len = self.values.len();
            self.values.reserve_exact(size_of_memory(len + 1) - len);
        }
    }

    /// Takes memory for as many values as come in a time, as far as the first few tell: growing step
    /// by step, a new series would leave behind what its first samples took.
    pub(crate) fn expect(&mut self, clocks: &Clocks, keep_ms: i64) {
        /// A sender that lies gets no more.
        const MOST: i64 = 160;
        let (&[first, .., last], 0) = (self.ts(clocks), self.front) else { return };
        let n_steps = i64::from(self.live_len()) - 1;
        let n_kept = (keep_ms.saturating_mul(n_steps) / (last - first).max(1)).saturating_add(1);
        // Values are moved when an eighth of the room is dropped: with less than that to spare, more
        // memory would be taken once it is full.
        let room = n_kept.saturating_add(n_kept.saturating_add(6) / 7).min(MOST);
        let room = size_of_memory(usize::try_from(room).unwrap_or(0));
        self.values.reserve_exact(room.saturating_sub(self.len()));
    }

    /// Where the samples in `(lo, hi]` stand on the clock, whether the series has them or not.
    #[inline]
    pub(crate) fn span(&self, clocks: &Clocks, lo: i64, hi: i64) -> Span {
        if self.clock == NONE {
            return Span::NOWHERE;
        }
        let from = clocks.after(self.clock, lo);
        Span { clock: self.clock, from, to: clocks.after(self.clock, hi).max(from) }
    }

    /// The samples at the positions of a span of this series' clock: times, values, and what is
    /// known of them.
    #[inline]
    pub(crate) fn at<'a>(
        &'a self,
        clocks: &'a Clocks,
        span: Span,
    ) -> (&'a [i64], &'a [f64], Known<'a>) {
        let values = self.live();
        let from = (span.from.saturating_sub(self.start) as usize).min(values.len());
        let to = (span.to.saturating_sub(self.start) as usize).clamp(from, values.len());
        let first = self.start + u32::try_from(from).expect("a position");
        let ts = clocks.times(self.clock, first, to - from);
        (ts, &values[from..to], Known::new(self.digest.as_deref(), first))
    }

    /// Asks for the value before a position of this series' clock and for what is known of all.
    #[inline]
    pub(crate) fn ask_for_last(&self, to: u32) {
        self.ask_for_value(to.wrapping_sub(1));
        if let Some(digest) = self.digest.as_deref() {
            ask_for(digest);
        }
    }

    /// Asks for the value at a position of this series' clock.
    #[inline]
    pub(crate) fn ask_for_value(&self, position: u32) {
        let at = position.wrapping_sub(self.start).wrapping_add(self.front);
        if let Some(value) = self.values.get(at as usize) {
            ask_for(value);
        }
    }

    /// The samples in `(lo, hi]`.
    pub(crate) fn window<'a>(
        &'a self,
        clocks: &'a Clocks,
        lo: i64,
        hi: i64,
    ) -> (&'a [i64], &'a [f64]) {
        let (ts, values, _) = self.at(clocks, self.span(clocks, lo, hi));
        (ts, values)
    }

    /// The newest sample at or before `t`.
    #[inline]
    pub(crate) fn latest(&self, clocks: &Clocks, t: i64) -> Option<(i64, f64)> {
        if self.clock == NONE {
            return None;
        }
        let before = clocks.after(self.clock, t).min(self.end());
        let i = before.checked_sub(self.start)?.checked_sub(1)?;
        Some((clocks.time(self.clock, before - 1), self.live()[i as usize]))
    }

    /// Forgets samples before a position of the clock.
    pub(crate) fn drop_to(&mut self, clocks: &mut Clocks, cut: u32) {
        let gone = cut.saturating_sub(self.start).min(self.live_len());
        if gone == 0 {
            return;
        }
        (self.front, self.start) = (self.front + gone, self.start + gone);
        if self.len() == 0 {
            self.clear(clocks);
            return;
        }
        if self.front > 64 && self.front as usize * 2 > self.values.len() {
            self.values.drain(..self.front as usize);
            self.values.shrink_to_fit();
            self.front = 0;
        }
        let Some(digest) = &mut self.digest else { return };
        digest.drop_before(self.start);
        if digest.may_recover(self.start) {
            let live = &self.values[self.front as usize..];
            self.digest = Digest::of(self.start, live, self.stretches);
        }
    }

    /// Puts other samples in the place of those in `(lo, hi]`.
    pub(crate) fn replace(
        &mut self,
        clocks: &mut Clocks,
        (lo, hi): (i64, i64),
        ts: &[i64],
        values: &[f64],
    ) {
        let span = self.span(clocks, lo, hi);
        let within = |position: u32| (position.saturating_sub(self.start) as usize).min(self.len());
        let (from, to) = (within(span.from), within(span.to));
        if to == self.len() {
            self.truncate(clocks, from);
            self.extend(clocks, ts, values);
        } else if *ts == self.ts(clocks)[from..to] {
            let front = self.front as usize;
            self.values[front + from..front + to].copy_from_slice(values);
            self.digest = Digest::of(self.start, self.live(), self.stretches);
        } else {
            let old = self.ts(clocks);
            let ts = [&old[..from], ts, &old[to..]].concat();
            let values = [&self.live()[..from], values, &self.live()[to..]].concat();
            self.clear(clocks);
            self.extend(clocks, &ts, &values);
        }
    }

    /// Keeps the first `len` samples.
    fn truncate(&mut self, clocks: &mut Clocks, len: usize) {
        if len == self.len() {
            return;
        }
        if len == 0 {
            self.clear(clocks);
            return;
        }
        self.values.truncate(self.front as usize + len);
        if let Some(digest) = &mut self.digest {
            digest.truncate(self.start + u32::try_from(len).expect("fewer than before"));
        }
    }

    /// Forgets everything and leaves the clock.
    pub(crate) fn clear(&mut self, clocks: &mut Clocks) {
        clocks.leave(self.clock);
        *self = Self::new(self.stretches);
    }

    /// Memory beside the series' own, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<f64>()
            + self.digest.as_ref().map_or(0, |digest| digest.bytes())
    }
}
