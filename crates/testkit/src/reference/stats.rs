//! Histograms read for their count and sum alone.
//!
//! Below `histogram_count`, `histogram_sum` and `histogram_avg` buckets are not read, and whether a
//! counter was reset is found while reading, by comparing with the sample read before. That is
//! visible in the hints, so the order of reading matters: samples are read one by one, but for
//! those that no window needs, which are jumped over and end the comparison.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, Parts},
};

use super::{Sample, Stored};

/// Whether a selector reads buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buckets {
    /// As nothing around it says otherwise.
    Read,
    /// Something around it looks at counts and sums only.
    Skipped,
    /// Something around it needs them in any case.
    Needed,
}

impl Buckets {
    /// Inside of a function that does not look at buckets.
    pub(super) fn skip(self) -> Self {
        if self == Self::Needed { self } else { Self::Skipped }
    }
}

/// The samples with the hints that reading them gives. A reader is sent to each of the `targets`
/// in turn, with `reach` before it in view.
pub(super) fn read(
    samples: &[Sample],
    targets: impl Iterator<Item = i64>,
    reach: i64,
) -> Vec<Sample> {
    let mut reader = Reader { samples: samples.to_vec(), next: 0, hinted: 0, last: None };
    let mut seen_to = i64::MIN;
    for target in targets {
        let Some(t) = reader.next_time() else { break };
        if target - reach > seen_to {
            if target - reach > t {
                reader.jump(target - reach);
            }
            let Some(t) = reader.next_time() else { break };
            seen_to = t;
        }
        while seen_to < target {
            reader.read();
            reader.next += 1;
            let Some(t) = reader.next_time() else { break };
            seen_to = t;
        }
        reader.read();
    }
    reader.samples
}

struct Reader {
    samples: Vec<Sample>,
    next: usize,
    /// How many of the first samples have been read or jumped over.
    hinted: usize,
    last: Option<FloatHistogram>,
}

impl Reader {
    fn next_time(&self) -> Option<i64> {
        self.samples.get(self.next).map(|s| s.t)
    }

    fn jump(&mut self, to: i64) {
        self.last = None;
        while self.next_time().is_some_and(|t| t < to) {
            self.next += 1;
        }
        self.hinted = self.next;
    }

    /// Reads the next sample, unless that was done.
    fn read(&mut self) {
        if self.next < self.hinted || self.next >= self.samples.len() {
            return;
        }
        self.hinted = self.next + 1;
        let Stored::Histogram(h) = &mut self.samples[self.next].value else { return };
        let whole = h.clone();
        *h = without_buckets(h);
        if whole.is_stale() {
            return;
        }
        if h.hint == CounterResetHint::Unknown
            && let Some(last) = &self.last
        {
            let reset = whole.detect_reset(last);
            h.hint = if reset { CounterResetHint::Reset } else { CounterResetHint::NotReset };
        }
        self.last = Some(whole);
    }
}

fn without_buckets(h: &FloatHistogram) -> FloatHistogram {
    let (hint, schema, count, sum) = (h.hint, h.schema(), h.count, h.sum);
    Parts { hint, schema, count, sum, ..Parts::default() }.into()
}
