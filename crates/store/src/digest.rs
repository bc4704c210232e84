//! What is known of a column without reading all of it: where values fell, and extremes and
//! changes of stretches of many sizes.
//!
//! Falls are few in a counter and are listed by position; a column where they are many gives the
//! list up. Only long columns have stretches: those of 16 samples, of 16 such stretches, and so on,
//! each aligned to multiples of its size, so that a window of any length consists of a few of them.

use std::ops::Range;

/// Whether a counter was reset between two samples. NaN is no fall.
#[inline]
pub fn is_fall(prev: f64, cur: f64) -> bool {
    cur < prev
}

/// Whether a value changed between two samples; from NaN to NaN is no change.
#[inline]
#[expect(clippy::float_cmp, reason = "any difference is a change")]
pub fn is_change(prev: f64, cur: f64) -> bool {
    cur != prev && !(cur.is_nan() && prev.is_nan())
}

/// The less of two values, the first of equal ones; NaN only if there is nothing else.
#[inline]
pub fn least(min: f64, x: f64) -> f64 {
    if x < min || min.is_nan() { x } else { min }
}

/// The greater of two values, the first of equal ones; NaN only if there is nothing else.
#[inline]
pub fn greatest(max: f64, x: f64) -> f64 {
    if x > max || max.is_nan() { x } else { max }
}

/// So many of one size make one of the next.
const FANOUT: u32 = 16;

/// Columns of so many samples have stretches.
pub(crate) const LONG: usize = 8 * FANOUT as usize;

/// What is known of a column. Positions are those of its clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    falls: Vec<u32>,
    /// From which position on falls are no longer listed, because they were too many.
    lost_at: Option<u32>,
    /// Stretches of 16 samples, of 256 and so on; none where the column is not long.
    levels: Vec<Level>,
}

/// Stretches of one size.
#[derive(Clone, Debug, Default)]
struct Level {
    /// The number of the first stretch: its position divided by its size.
    base: u32,
    stretches: Vec<Stretch>,
}

/// What some consecutive samples come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Least value, as [`least`] finds it from first to last.
    pub min: f64,
    /// Greatest value, as [`greatest`] finds it from first to last.
    pub max: f64,
    /// How many differ from the sample before, which may stand before the stretch.
    pub changes: u32,
    /// How many are less than the sample before.
    pub falls: u32,
}

impl Stretch {
    const NOTHING: Self = Self { min: f64::NAN, max: f64::NAN, changes: 0, falls: 0 };

    fn add(&mut self, other: &Self) {
        self.min = least(self.min, other.min);
        self.max = greatest(self.max, other.max);
        self.changes += other.changes;
        self.falls += other.falls;
    }
}

impl Digest {
    /// What is known of values of which the first stands at `start`, with or without stretches;
    /// none where that is only that none of them fell.
    pub(crate) fn of(start: u32, values: &[f64], stretches: bool) -> Option<Box<Self>> {
        let mut digest = Self::default();
        for (i, pair) in (1..).zip(values.windows(2)) {
            if is_fall(pair[0], pair[1]) {
                digest.fell(start + i, values.len());
            }
        }
        if stretches && values.len() >= LONG {
            digest.stretch(start, values);
        }
        let nothing = digest.falls.is_empty() && digest.levels.is_empty();
        (!nothing || digest.lost_at.is_some()).then(|| Box::new(digest))
    }

    /// The value at a position is less than the one before, in a column of a length.
    pub(crate) fn fell(&mut self, position: u32, len: usize) {
        if self.lost_at.is_some() {
            return;
        }
        if self.falls.len() >= 8.max(len / 16) {
            self.falls = Vec::new();
            self.lost_at = Some(position);
        } else {
            self.falls.push(position);
        }
    }

    /// Whether falls would be listed again if somebody looked.
    pub(crate) fn may_recover(&self, start: u32) -> bool {
        self.lost_at.is_some_and(|at| at < start)
    }

    /// A column of which the first value stands at `start` has a new last one.
    #[inline]
    pub(crate) fn pushed(&mut self, start: u32, values: &[f64]) {
        if !self.levels.is_empty() && (start + length(values)).is_multiple_of(FANOUT) {
            self.stretch(start, values);
        }
    }

    /// Adds all stretches that the values fill and that are not there yet.
    pub(crate) fn stretch(&mut self, start: u32, values: &[f64]) {
        // The first sample of a stretch has one before it.
        let (mut first, mut end) = (start + 1, start + length(values));
        for i in 0.. {
            (first, end) = (first.div_ceil(FANOUT), end / FANOUT);
            if first >= end {
                break;
            }
            if self.levels.len() == i {
                self.levels.push(Level::default());
            }
            let (below, from) = self.levels.split_at_mut(i);
            let level = &mut from[0];
            if level.stretches.is_empty() || level.end() < first {
                *level = Level { base: first, stretches: Vec::new() };
            }
            while level.end() < end {
                let at = level.end() * FANOUT;
                let stretch = match below.last() {
                    None => of_values(&values[(at - start) as usize - 1..]),
                    Some(below) => below.join(at),
                };
                level.stretches.push(stretch);
            }
            (first, end) = (level.base, level.end());
        }
    }

    /// Forgets what was known of samples from a position on.
    pub(crate) fn truncate(&mut self, mut end: u32) {
        self.falls.truncate(self.falls.partition_point(|p| *p < end));
        for level in &mut self.levels {
            end /= FANOUT;
            level.stretches.truncate(end.saturating_sub(level.base) as usize);
        }
    }

    /// Forgets what was known of samples before a position.
    pub(crate) fn drop_before(&mut self, mut start: u32) {
        self.falls.drain(..self.falls.partition_point(|p| *p <= start));
        for level in &mut self.levels {
            start /= FANOUT;
            let gone = (start.saturating_sub(level.base) as usize).min(level.stretches.len());
            if gone > FANOUT as usize && gone * 2 > level.stretches.len() {
                level.stretches.drain(..gone);
                level.base += u32::try_from(gone).expect("fewer than samples");
            }
        }
    }

    /// Positions of falls after one position and before another; none where they are not known.
    #[inline]
    fn falls(&self, after: u32, end: u32) -> Option<&[u32]> {
        if self.lost_at.is_some() {
            return None;
        }
        let from = self.falls.partition_point(|p| *p <= after);
        let to = from + self.falls[from..].partition_point(|p| *p < end);
        Some(&self.falls[from..to])
    }

    pub(crate) fn bytes(&self) -> usize {
        let levels = self.levels.iter();
        size_of::<Self>()
            + self.falls.capacity() * size_of::<u32>()
            + self.levels.capacity() * size_of::<Level>()
            + levels.map(|l| l.stretches.capacity() * size_of::<Stretch>()).sum::<usize>()
    }
}

impl Level {
    fn end(&self) -> u32 {
        self.base + u32::try_from(self.stretches.len()).expect("fewer than samples")
    }

    /// The stretch of the next size that begins with a number of this one.
    fn join(&self, first: u32) -> Stretch {
        let from = (first - self.base) as usize;
        let mut all = Stretch::NOTHING;
        self.stretches[from..from + FANOUT as usize].iter().for_each(|stretch| all.add(stretch));
        all
    }
}

/// The stretch of the values after the first.
fn of_values(values: &[f64]) -> Stretch {
    let mut all = Stretch::NOTHING;
    for pair in values.windows(2).take(FANOUT as usize) {
        let changes = u32::from(is_change(pair[0], pair[1]));
        let falls = u32::from(is_fall(pair[0], pair[1]));
        all.add(&Stretch { min: pair[1], max: pair[1], changes, falls });
    }
    all
}

/// What is known of a window without reading it.
///
/// Plain fields, which stay in registers: what is written to memory in pieces and read as one has to
/// wait until everything before it is done, and no two windows would be fetched at the same time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What is known of the column; none where that is only that no value is less than the one
    /// before, or nothing.
    digest: Option<&'a Digest>,
    /// Where the window's first sample stands.
    first: u32,
    /// Whether anything is known.
    is_told: bool,
}

/// A part of a window.
#[derive(Clone, Debug)]
pub enum Part<'a> {
    /// Samples by their numbers in the window, to be looked at one by one.
    Samples(Range<usize>),
    /// The same, and what they come to.
    Stretch(Range<usize>, &'a Stretch),
}

impl<'a> Known<'a> {
    #[inline]
    pub(crate) fn new(digest: Option<&'a Digest>, first: u32) -> Self {
        Self { digest, first, is_told: true }
    }

    /// The same of the window without its first `n` samples.
    #[must_use]
    #[inline]
    pub fn skip(self, n: usize) -> Self {
        if self.digest.is_none() {
            return self;
        }
        Self { first: self.first + u32::try_from(n).expect("a window's length"), ..self }
    }

    /// Which of the `len` samples are less than the one before, ascending; none where that is not
    /// known.
    #[inline]
    pub fn falls(self, len: usize) -> Option<impl ExactSizeIterator<Item = usize> + 'a> {
        if !self.is_told {
            return None;
        }
        let first = self.first;
        let found = match self.digest {
            None => &[],
            Some(digest) => {
                digest.falls(first, first + u32::try_from(len).expect("a window's length"))?
            }
        };
        Some(found.iter().map(move |position| (position - first) as usize))
    }

    /// Calls back with the parts of which some samples of the window consist, from first to last.
    #[inline]
    pub fn parts(self, samples: Range<usize>, mut on: impl FnMut(Part<'a>)) {
        match self.digest {
            Some(digest) if samples.len() >= 2 * FANOUT as usize => {
                let first = self.first;
                let at = |i: usize| first + u32::try_from(i).expect("a window's length");
                parts(&digest.levels, 0, at(samples.start)..at(samples.end), first, &mut on);
            }
            _ => on(Part::Samples(samples)),
        }
    }
}

/// The parts of which consecutive samples consist, or stretches of a level: those of larger levels
/// in the middle, and what they leave over on both sides.
fn parts<'a>(
    levels: &'a [Level],
    i: usize,
    units: Range<u32>,
    first: u32,
    on: &mut impl FnMut(Part<'a>),
) {
    let single = |range: Range<u32>, on: &mut dyn FnMut(Part<'a>)| match i.checked_sub(1) {
        None if range.is_empty() => {}
        None => on(Part::Samples((range.start - first) as usize..(range.end - first) as usize)),
        Some(i) => {
            let level = &levels[i];
            let numbers = (range.start - level.base) as usize..(range.end - level.base) as usize;
            for (number, stretch) in range.zip(&level.stretches[numbers]) {
                // Numbers of a level count stretches of 16 samples, of 256, and so on.
                let size = FANOUT.pow(u32::try_from(i).expect("few levels") + 1);
                let from = (number * size - first) as usize;
                on(Part::Stretch(from..from + size as usize, stretch));
            }
        }
    };
    let (from, to) = (units.start.div_ceil(FANOUT), units.end / FANOUT);
    let has = |level: &Level| level.base <= from && from < to && to <= level.end();
    if levels.get(i).is_some_and(has) {
        single(units.start..from * FANOUT, on);
        parts(levels, i + 1, from..to, first, on);
        single(to * FANOUT..units.end, on);
    } else {
        single(units, on);
    }
}

fn length<T>(values: &[T]) -> u32 {
    u32::try_from(values.len()).expect("under 4 G samples a series")
}
