//! Samples of single series: older ones put in front, the oldest forgotten.

use model::SeriesColumns;

use super::{SeriesId, Table};
use crate::clock::NONE;

impl Table {
    /// Puts samples in front of those that series have: each series' samples count as far as they
    /// are older than its first one.
    pub fn fill(&mut self, columns: &SeriesColumns) {
        for (i, (labels, ts, values)) in columns.iter().enumerate() {
            let id = self.series_id(labels);
            let before = self.first(id).unwrap_or(i64::MAX);
            let n_floats = ts.partition_point(|t| *t < before);
            let histograms = columns.histograms_of(i);
            let n_histograms = histograms.partition_point(|(t, _)| *t < before);
            let Self { series, clocks, .. } = self;
            let span = (i64::MIN, before.saturating_sub(1));
            let floats = (&ts[..n_floats], &values[..n_floats]);
            let column = &mut series[id.0 as usize].column;
            column.replace(clocks, span, floats, &histograms[..n_histograms]);
        }
    }

    /// Forgets one series' samples before a time, and the series if it then has none; whether it
    /// is gone.
    pub fn forget_before(&mut self, id: SeriesId, before: i64) -> bool {
        let Self { series, clocks, .. } = self;
        let Some(series) = series.get_mut(id.0 as usize) else { return false };
        if series.labels.is_none() {
            return false;
        }
        let clock = series.column.clock();
        let cut = if clock == NONE { 0 } else { clocks.after(clock, before.saturating_sub(1)) };
        series.column.drop_before(clocks, before, cut);
        let gone = series.column.is_empty();
        if gone {
            self.forget(id.0);
        }
        gone
    }

    /// Forgets a series' samples before a time if there is no room for another float; the newest
    /// sample stays. Where that makes no room, memory is taken for as many as come in `keep_ms`.
    #[inline]
    pub fn make_room(&mut self, id: SeriesId, before: i64, keep_ms: i64) {
        let Self { series, clocks, .. } = self;
        let column = &mut series[id.0 as usize].column;
        if column.is_full() {
            let before = before.min(column.newest(clocks).unwrap_or(i64::MIN));
            let cut = clocks.after(column.clock(), before.saturating_sub(1));
            column.drop_before(clocks, before, cut);
            column.expect(clocks, keep_ms);
        }
    }

    /// Gives back what times take that no series has any more; takes a look at every series.
    pub fn shrink(&mut self) {
        let mut firsts = vec![u32::MAX; self.clocks.n_slots()];
        for column in self.series.iter().map(|series| &series.column) {
            if let Some(first) = firsts.get_mut(column.clock() as usize) {
                *first = column.start().min(*first);
            }
        }
        self.clocks.drop_to(&firsts);
    }

    /// The time of a series' first sample.
    pub fn first(&self, id: SeriesId) -> Option<i64> {
        let all = self.samples(id, i64::MIN, i64::MAX);
        let (float, histogram) = (all.floats.ts.first(), all.histograms.ts.first());
        [float, histogram].into_iter().flatten().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use model::Labels;

    use super::*;

    fn columns(series: &[(&str, &[i64])]) -> SeriesColumns {
        let mut columns = SeriesColumns::default();
        for (a, ts) in series {
            columns.timestamps.extend_from_slice(ts);
            columns.values.extend(ts.iter().map(|t| *t as f64));
            columns.end_series(Labels::from_pairs([("a", a)]));
        }
        columns
    }

    #[test]
    fn what_is_older_comes_in_front() {
        let mut table = Table::new();
        table.append_columns(&columns(&[("1", &[30, 40])]));
        table.fill(&columns(&[("1", &[10, 20, 30, 35]), ("2", &[20])]));
        assert_eq!(table.window(SeriesId(0), 0, 99).0, [10, 20, 30, 40]);
        assert_eq!(table.window(SeriesId(1), 0, 99).0, [20]);
        assert_eq!(table.first(SeriesId(0)), Some(10));
    }

    #[test]
    fn one_series_is_forgotten_alone() {
        let mut table = Table::new();
        table.append_columns(&columns(&[("1", &[10, 20]), ("2", &[10, 20])]));
        let version = table.version();
        assert!(!table.forget_before(SeriesId(0), 15));
        assert_eq!((table.n_samples(), table.version()), (3, version));
        assert!(table.forget_before(SeriesId(0), 25));
        assert!(!table.forget_before(SeriesId(0), 25), "it is gone already");
        assert_eq!((table.n_series(), table.n_samples()), (1, 2));
        assert_eq!(table.series_id(&Labels::from_pairs([("a", "3")])), SeriesId(0));
    }

    #[test]
    fn room_is_made_of_what_is_old() {
        let labels = Labels::from_pairs([("a", "1")]);
        let append_all = |before: i64| {
            let mut table = Table::new();
            let id = table.series_id(&labels);
            for t in 0..1000 {
                table.make_room(id, before, 0);
                table.append(id, t, t as f64);
            }
            (table.window(id, -1, 9999).0.to_vec(), table.bytes())
        };
        let (all, many) = append_all(0);
        assert_eq!(all, (0..1000).collect::<Vec<_>>(), "nothing is older");
        let (few, little) = append_all(2000);
        assert!(few.ends_with(&[998, 999]) && few.len() < 20, "{few:?}");
        assert!(little < many / 2, "{little} of {many}");
        let (recent, _) = append_all(900);
        assert!(recent.ends_with(&(900..1000).collect::<Vec<_>>()), "{recent:?}");
    }

    #[test]
    fn memory_is_taken_for_what_will_come() {
        let mut table = Table::new();
        let id = table.series_id(&Labels::from_pairs([("a", "1")]));
        let mut sizes = Vec::new();
        for t in (0..60).map(|i| i * 15_000) {
            table.make_room(id, t - 300_000, 300_000);
            table.append(id, t, 1.0);
            sizes.push(table.bytes());
        }
        let n_kept = table.window(id, -1, i64::MAX).0.len();
        assert!((21..=24).contains(&n_kept), "five minutes and a little: {n_kept}");
        // Times grow beside the values.
        let steps = sizes.windows(2).filter(|w| w[1].abs_diff(w[0]) > 8 * 10).count();
        assert!(steps <= 4, "memory grew {steps} times: {sizes:?}");
        let liar = table.series_id(&Labels::from_pairs([("a", "2")]));
        let before = table.bytes();
        for t in 0..3 {
            table.make_room(liar, t - 300_000, 300_000);
            table.append(liar, t, 1.0);
        }
        assert!(table.bytes() - before < 2048, "a millisecond between samples is not believed");
    }

    #[test]
    fn memory_for_a_window_is_taken_once() {
        for n_kept in 5..140_i64 {
            let mut table = Table::new();
            let id = table.series_id(&Labels::from_pairs([("a", "1")]));
            let keep_ms = n_kept * 15_000;
            // Of the first few samples all are kept, and memory is taken for the whole window.
            let mut taken = None;
            for i in 0..n_kept * 4 {
                table.make_room(id, (i - n_kept) * 15_000, keep_ms);
                table.append(id, i * 15_000, 1.0);
                let room = table.series[0].column.room();
                assert!(i < 5 || *taken.get_or_insert(room) == room, "{n_kept}: then {room}");
            }
        }
    }

    #[test]
    fn times_go_when_the_last_series_does_without() {
        let mut table = Table::new();
        let ts: Vec<i64> = (0..200).collect();
        table.append_columns(&columns(&[("1", &ts), ("2", &ts)]));
        table.forget_before(SeriesId(0), 150);
        let before = table.bytes();
        table.shrink();
        assert_eq!(table.window(SeriesId(1), 9, 11).0, [10, 11], "another has them");
        table.forget_before(SeriesId(1), 150);
        table.shrink();
        assert_eq!(table.window(SeriesId(1), -1, 999).0.len(), 50);
        assert_eq!(table.append(SeriesId(0), 200, 1.0), crate::Append::Added);
        assert_eq!(table.window(SeriesId(0), 197, 999).0, [198, 199, 200]);
        assert!(table.bytes() <= before);
    }
}
