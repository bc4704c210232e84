//! Windows of many series at one time: where one lies on a clock is found once per clock.

use crate::{
    clock::Span,
    digest::Known,
    floats::Head,
    table::{SeriesId, Table},
};

/// The floats of a series in a span of time, where the series has nothing else.
#[derive(Clone, Copy, Debug)]
pub struct PlainWindow<'a> {
    /// Milliseconds, ascending.
    pub ts: &'a [i64],
    /// As many.
    pub values: &'a [f64],
    /// What is known of them without reading them.
    pub known: Known<'a>,
    /// The first and the last value; NaN where there are none. Who finds many windows before
    /// reading one has these by then: a processor waits for many places in memory at a time.
    pub ends: [f64; 2],
}

impl<'a> PlainWindow<'a> {
    /// Samples of which nothing is known.
    pub fn new(ts: &'a [i64], values: &'a [f64]) -> Self {
        Self { ts, values, known: Known::default(), ends: ends(values) }
    }
}

#[inline]
fn ends(values: &[f64]) -> [f64; 2] {
    if let ([first, ..], [.., last]) = (values, values) { [*first, *last] } else { [f64::NAN; 2] }
}

/// Where the floats of a series are that has nothing else.
#[derive(Clone, Copy, Debug)]
pub struct PlainHead<'a>(Head<'a>);

/// So many clocks are remembered; neighbours in a table mostly share one of a few.
const REMEMBERED: usize = 256;

/// Finds the windows `(lo, hi]` of series of one table.
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    table: &'a Table,
    lo: i64,
    hi: i64,
    /// Where the window lies on clocks, by the last digits of their numbers.
    seen: [Option<Span>; REMEMBERED],
}

impl<'a> Windows<'a> {
    pub(crate) fn new(table: &'a Table, lo: i64, hi: i64) -> Self {
        Self { table, lo, hi, seen: [None; REMEMBERED] }
    }

    /// The floats of a series, where they are all that it has: no histograms, no start timestamps.
    #[inline]
    pub fn plain(&mut self, id: SeriesId) -> Option<PlainWindow<'a>> {
        self.head(id).map(|head| self.found(head))
    }

    /// The first half of [`Windows::plain`], which reads the series itself. Who does that for many
    /// series before it does [`Windows::found`] for them, which reads values, waits for memory less
    /// often: a processor waits for many places at a time.
    #[inline]
    pub fn head(&self, id: SeriesId) -> Option<PlainHead<'a>> {
        let column = self.table.column(id);
        column.is_plain().then(|| PlainHead(column.head()))
    }

    /// The second half.
    #[inline]
    pub fn found(&mut self, PlainHead(head): PlainHead<'a>) -> PlainWindow<'a> {
        let (table, lo, hi) = (self.table, self.lo, self.hi);
        let seen = &mut self.seen[head.clock as usize % REMEMBERED];
        let span = match *seen {
            Some(span) if span.clock == head.clock => span,
            _ => *seen.insert(table.clocks().span(head.clock, lo, hi)),
        };
        let (ts, values, known) = head.at(table.clocks(), span);
        PlainWindow { ts, values, known, ends: ends(values) }
    }

    /// The same as [`Windows::plain`] where the series never went stale, as far as is remembered.
    #[inline]
    pub fn bare(&mut self, id: SeriesId) -> Option<PlainWindow<'a>> {
        let column = self.table.column(id);
        if column.is_bare() { Some(self.found(PlainHead(column.head()))) } else { None }
    }
}
