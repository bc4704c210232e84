//! The series that rules produce: recorded series, `ALERTS`, `ALERTS_FOR_STATE`.
//!
//! Later rules read them in the same cycle and ever after, before anything that the source has.
//! A series that a rule no longer produces ends with a stale marker; a rule that failed writes
//! nothing, not even markers.

use std::{collections::HashSet, sync::Arc};

use model::{Labels, SampleValue, stale_nan};
use store::{Append, Samples, SeriesId, Table};

/// Produced series and who produces them.
#[derive(Default)]
pub struct Overlay {
    table: Table,
    storage: Option<Storage>,
}

/// Puts a sample of a rule into the table as a database would have it read back, or says in its
/// words why not. It is asked about stale markers too.
pub type Storage =
    Box<dyn FnMut(&mut Table, &Labels, i64, &SampleValue) -> Result<(), String> + Send>;

/// The series that a rule wrote at its last successful evaluation.
#[derive(Clone, Debug, Default)]
pub struct Written {
    series: Vec<Labels>,
}

/// Why samples of a rule were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another rule, or another evaluation, wrote a different value for the same time.
    Duplicate,
    /// The series has newer samples.
    OutOfOrder,
    /// The storage refused it.
    Storage(String),
}

impl Overlay {
    /// Series that are there before any rule writes, and who decides what becomes of what rules
    /// write.
    pub fn with_storage(table: Table, storage: Storage) -> Self {
        Self { table, storage: Some(storage) }
    }

    /// The series.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The series, to add samples from outside.
    pub fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }

    /// Writes what a rule produced at `t` and ends what it no longer produces. The first reason
    /// for which a sample was left out is returned; the others are written all the same.
    pub fn write<'a, V: Into<SampleValue>>(
        &mut self,
        written: &mut Written,
        t: i64,
        samples: impl Iterator<Item = (&'a Labels, V)>,
    ) -> Result<(), Refused> {
        let before = std::mem::take(&mut written.series);
        let mut outcome = Ok(());
        for (labels, value) in samples {
            match self.append(labels, t, &value.into()) {
                Ok(()) => written.series.push(labels.clone()),
                Err(refused) => outcome = outcome.and(Err(refused)),
            }
        }
        if before != written.series {
            let now: HashSet<&Labels> = written.series.iter().collect();
            for ended in before.iter().filter(|labels| !now.contains(labels)) {
                // As in Prometheus: a series that another rule took over at this time lives on.
                self.append(ended, t, &stale_nan().into()).unwrap_or(());
            }
        }
        outcome
    }

    /// Forgets samples before a time, and series that then have none.
    pub fn truncate(&mut self, before: i64) {
        self.table.truncate(before);
    }

    fn append(&mut self, labels: &Labels, t: i64, value: &SampleValue) -> Result<(), Refused> {
        if let Some(storage) = &mut self.storage {
            return storage(&mut self.table, labels, t, value).map_err(Refused::Storage);
        }
        let id = self.table.series_id(labels);
        match self.table.append_value(id, t, 0, value.clone()) {
            Append::Added => Ok(()),
            Append::OutOfOrder => Err(Refused::OutOfOrder),
            Append::Duplicate if is_there(&self.table, id, t, value) => Ok(()),
            Append::Duplicate => Err(Refused::Duplicate),
        }
    }
}

/// Whether the newest sample of a series, which is of `t`, has this value.
pub(crate) fn is_there(table: &Table, id: SeriesId, t: i64, value: &SampleValue) -> bool {
    match table.latest_value(id, t, 1) {
        Some(newest) => same(&newest.value.into(), value),
        // A stale marker stands there.
        None => value.is_stale(),
    }
}

/// Whether a series, which has newer samples, has this one too.
pub(crate) fn was_there(table: &Table, id: SeriesId, t: i64, value: &SampleValue) -> bool {
    let Samples { floats, histograms } = table.samples(id, t.saturating_sub(1), t);
    let float = floats.values.first().map(|float| SampleValue::Float(*float));
    let histogram = histograms.values.first().map(|h| SampleValue::Histogram(Arc::clone(h)));
    match float.or(histogram) {
        Some(there) => same(&there, value),
        // Markers are seen by what they hide.
        None => value.is_stale() && table.latest_value(id, t, i64::MAX).is_none(),
    }
}

fn same(a: &SampleValue, b: &SampleValue) -> bool {
    match (a, b) {
        (SampleValue::Float(a), SampleValue::Float(b)) => a.to_bits() == b.to_bits(),
        (SampleValue::Histogram(a), SampleValue::Histogram(b)) => a.same_values(b),
        _ => false,
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "duplicate sample for timestamp",
            Self::OutOfOrder => "out of order sample",
            Self::Storage(message) => message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn l(a: &str) -> Labels {
        Labels::from_pairs([("__name__", "x"), ("a", a)])
    }

    fn latest(overlay: &Overlay, a: &str, t: i64) -> Option<f64> {
        let id = overlay.table.find(&l(a))?;
        overlay.table.latest(id, t, 300_000).map(|(_, v)| v)
    }

    #[test]
    fn series_end_when_they_are_no_longer_produced() {
        let (mut overlay, mut rule) = (Overlay::default(), Written::default());
        let (one, two) = (l("1"), l("2"));
        overlay.write(&mut rule, 10, [(&one, 1.0), (&two, 2.0)].into_iter()).unwrap();
        assert_eq!((latest(&overlay, "1", 15), latest(&overlay, "2", 15)), (Some(1.0), Some(2.0)));
        overlay.write(&mut rule, 20, [(&two, 3.0)].into_iter()).unwrap();
        assert_eq!((latest(&overlay, "1", 20), latest(&overlay, "2", 20)), (None, Some(3.0)));
        overlay.write(&mut rule, 30, [(&one, 4.0), (&two, 3.0)].into_iter()).unwrap();
        assert_eq!(latest(&overlay, "1", 30), Some(4.0), "it may come back");
    }

    #[test]
    fn two_writers_of_one_series_are_told() {
        let (mut overlay, one) = (Overlay::default(), l("1"));
        let (mut first, mut second) = (Written::default(), Written::default());
        overlay.write(&mut first, 10, [(&one, 1.0)].into_iter()).unwrap();
        assert_eq!(overlay.write(&mut second, 10, [(&one, 1.0)].into_iter()), Ok(()));
        let other = overlay.write(&mut second, 10, [(&one, 2.0)].into_iter());
        assert_eq!(other, Err(Refused::Duplicate));
        let late = overlay.write(&mut second, 5, [(&one, 2.0)].into_iter());
        assert_eq!(late, Err(Refused::OutOfOrder));
    }
}
