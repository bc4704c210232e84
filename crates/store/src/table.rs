//! A set of series with their samples.

mod retain;

use model::{Labels, METRIC_NAME, Matcher, SampleValue, SeriesColumns, is_stale};

use crate::{
    ahead::ask_for,
    changes::{Changes, Log, Version},
    clock::Clocks,
    column::Column,
    index::{Index, equal_name},
    samples::{Newest, Samples},
    window::Windows,
};

/// A dense number for a series of one table; reused after the series is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// What became of an appended sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    /// It is the newest of its series.
    Added,
    /// The series has a sample or marker of that time; the first stays.
    Duplicate,
    /// The series has a newer sample or marker; nothing changed.
    OutOfOrder,
}

/// Series and their samples.
#[derive(Clone, Debug)]
pub struct Table {
    series: Vec<Series>,
    free: Vec<u32>,
    index: Index,
    clocks: Clocks,
    log: Log,
    /// Whether columns keep what stretches of many samples come to.
    stretches: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            series: Vec::new(),
            free: Vec::new(),
            index: Index::default(),
            clocks: Clocks::default(),
            log: Log::default(),
            stretches: true,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Series {
    /// None where the slot is free.
    labels: Option<Labels>,
    column: Column,
}

impl Table {
    /// A table without series.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and extremes and changes of long windows are found by reading all their samples:
    /// a column of 128 samples and more takes half a kilobyte less. For tables of which nobody asks
    /// that.
    #[must_use]
    pub fn without_stretches(self) -> Self {
        Self { stretches: false, ..self }
    }

    /// The series of a label set, made where there is none.
    pub fn series_id(&mut self, labels: &Labels) -> SeriesId {
        if let Some(id) = self.find(labels) {
            return id;
        }
        let column = Column::new(self.stretches);
        let fresh = Series { labels: Some(labels.clone()), column };
        let id = if let Some(id) = self.free.pop() {
            self.series[id as usize] = fresh;
            id
        } else {
            self.series.push(fresh);
            u32::try_from(self.series.len() - 1).expect("under 4 G series a table")
        };
        let series = &self.series;
        self.index.insert(id, labels, |id| labels_of(series, id));
        self.log.note(id, labels, true, self.n_series());
        SeriesId(id)
    }

    /// Forgets a series with its samples; its number is free for another one.
    fn forget(&mut self, id: u32) {
        let series = std::mem::take(&mut self.series[id as usize]);
        if let Some(labels) = series.labels {
            self.index.remove(id, &labels);
            self.free.push(id);
            self.log.note(id, &labels, false, self.n_series());
        }
    }

    /// The series of a label set.
    pub fn find(&self, labels: &Labels) -> Option<SeriesId> {
        self.index.find(labels, |id| labels_of(&self.series, id)).map(SeriesId)
    }

    /// The series that satisfy all matchers, in ascending order of their ids.
    pub fn select(&self, matchers: &[Matcher]) -> Vec<SeriesId> {
        let rest: Vec<&Matcher> = matchers.iter().filter(|m| *m.name != *METRIC_NAME).collect();
        let ids = self.index.candidates(matchers).into_iter();
        let satisfied =
            |id: &u32| rest.iter().all(|m| m.matches_labels(labels_of(&self.series, *id)));
        ids.filter(satisfied).map(SeriesId).collect()
    }

    /// Which series it has.
    pub fn version(&self) -> Version {
        self.log.version()
    }

    /// What came and went since a version of this table, at a cost that depends on these changes
    /// only. Series that came satisfy all matchers; those that are gone are told whether they did
    /// or not, as far as their names could. None where the version is another table's or too long
    /// ago: then all series are to be looked at.
    pub fn changes_since(&self, version: Version, matchers: &[Matcher]) -> Option<Changes> {
        let mut changes = self.log.since(version, equal_name(matchers))?;
        changes.new.retain(|id| matchers.iter().all(|m| m.matches_labels(self.labels(*id))));
        Some(changes)
    }

    /// The label set of a series.
    pub fn labels(&self, id: SeriesId) -> &Labels {
        labels_of(&self.series, id.0)
    }

    /// All series in ascending order of their ids.
    pub fn series(&self) -> impl Iterator<Item = (SeriesId, &Labels)> {
        let numbered = (0..).map(SeriesId).zip(&self.series);
        numbered.filter_map(|(id, series)| Some((id, series.labels.as_ref()?)))
    }

    /// Appends a float; the stale marker ends the series' validity instead.
    pub fn append(&mut self, id: SeriesId, t: i64, value: f64) -> Append {
        let Self { series, clocks, .. } = self;
        let column = &mut series[id.0 as usize].column;
        match column.newest(clocks) {
            Some(newest) if newest == t => Append::Duplicate,
            Some(newest) if newest > t => Append::OutOfOrder,
            _ if is_stale(value) => {
                column.push_stale(t);
                Append::Added
            }
            _ => {
                column.push(clocks, t, value);
                Append::Added
            }
        }
    }

    /// Appends a sample of any kind; stale ones end the series' validity instead. `start` is when
    /// its counting started, in milliseconds, 0 where that is unknown.
    pub fn append_value(&mut self, id: SeriesId, t: i64, start: i64, value: SampleValue) -> Append {
        let Self { series, clocks, .. } = self;
        let column = &mut series[id.0 as usize].column;
        match column.newest(clocks) {
            Some(newest) if newest == t => Append::Duplicate,
            Some(newest) if newest > t => Append::OutOfOrder,
            _ if value.is_stale() => {
                column.push_stale(t);
                Append::Added
            }
            _ => {
                column.push_value(clocks, t, start, value);
                Append::Added
            }
        }
    }

    /// Appends the samples of many series; duplicates and samples out of order are left out.
    pub fn append_columns(&mut self, columns: &SeriesColumns) {
        for (i, (labels, ts, values)) in columns.iter().enumerate() {
            let id = self.series_id(labels);
            let mut histograms = columns.histograms_of(i).iter().peekable();
            let Series { column, .. } = &mut self.series[id.0 as usize];
            if column.is_empty() && histograms.peek().is_none() && is_plain(ts, values) {
                column.begin(&mut self.clocks, ts, values);
                continue;
            }
            for (t, value) in ts.iter().zip(values) {
                while let Some((at, histogram)) = histograms.next_if(|(at, _)| at < t) {
                    self.append_value(id, *at, 0, histogram.clone().into());
                }
                self.append(id, *t, *value);
            }
            for (at, histogram) in histograms {
                self.append_value(id, *at, 0, histogram.clone().into());
            }
        }
    }

    /// Makes the samples in `(lo, hi]` those of `columns` and no others: what a source answers
    /// about that time now counts. Samples of `columns` outside of it are an error of the caller.
    pub fn replace(&mut self, lo: i64, hi: i64, columns: &SeriesColumns) {
        let mut answered = vec![false; self.series.len()];
        for (i, (labels, ts, values)) in columns.iter().enumerate() {
            debug_assert!(ts.iter().all(|t| lo < *t && *t <= hi), "samples outside the window");
            let id = self.series_id(labels).0 as usize;
            let histograms = columns.histograms_of(i);
            let Self { series, clocks, .. } = self;
            series[id].column.replace(clocks, (lo, hi), (ts, values), histograms);
            if let Some(answered) = answered.get_mut(id) {
                *answered = true;
            }
        }
        let Self { series, clocks, .. } = self;
        for (series, _) in series.iter_mut().zip(answered).filter(|(_, answered)| !answered) {
            series.column.replace(clocks, (lo, hi), (&[], &[]), &[]);
        }
    }

    /// The floats of a series in `(lo, hi]`: timestamps in milliseconds, ascending, and values.
    pub fn window(&self, id: SeriesId, lo: i64, hi: i64) -> (&[i64], &[f64]) {
        self.series[id.0 as usize].column.window(&self.clocks, lo, hi)
    }

    /// Finds the floats of many series in `(lo, hi]`.
    pub fn windows(&self, lo: i64, hi: i64) -> Windows<'_> {
        Windows::new(self, lo, hi)
    }

    /// Asks for where a series' own is, which leads to its samples.
    #[inline]
    pub(crate) fn ask_for(&self, id: SeriesId) {
        ask_for(&self.series[id.0 as usize]);
    }

    #[inline]
    pub(crate) fn column(&self, id: SeriesId) -> &Column {
        &self.series[id.0 as usize].column
    }

    pub(crate) fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The samples of a series in `(lo, hi]`, of both kinds.
    pub fn samples(&self, id: SeriesId, lo: i64, hi: i64) -> Samples<'_> {
        self.series[id.0 as usize].column.samples(&self.clocks, lo, hi)
    }

    /// The newest sample in `(t - lookback, t]`; none where a stale marker follows it.
    pub fn latest_value(&self, id: SeriesId, t: i64, lookback: i64) -> Option<Newest<'_>> {
        self.series[id.0 as usize].column.latest_value(&self.clocks, t, lookback)
    }

    /// The newest sample in `(t - lookback, t]` if it is a float; none where a stale marker
    /// follows it.
    pub fn latest(&self, id: SeriesId, t: i64, lookback: i64) -> Option<(i64, f64)> {
        self.series[id.0 as usize].column.latest(&self.clocks, t, lookback)
    }

    /// Forgets samples before a time, and series that then have none.
    pub fn truncate(&mut self, before: i64) {
        let cuts = self.clocks.cuts(before);
        for i in 0..self.series.len() {
            let series = &mut self.series[i];
            let cut = cuts.get(series.column.clock() as usize).copied().unwrap_or(0);
            series.column.drop_before(&mut self.clocks, before, cut);
            if series.labels.is_some() && series.column.is_empty() {
                self.forget(u32::try_from(i).expect("under 4 G series a table"));
            }
        }
        self.clocks.drop_before(before);
    }

    /// How many series there are.
    pub fn n_series(&self) -> usize {
        self.series.len() - self.free.len()
    }

    /// How many samples there are.
    pub fn n_samples(&self) -> usize {
        self.series.iter().map(|s| s.column.len()).sum()
    }

    /// Memory that samples and clocks take, in bytes; label sets and buckets of histograms, which
    /// others may share, are not counted.
    pub fn bytes(&self) -> usize {
        let columns = self.series.iter().map(|s| s.column.bytes());
        self.series.capacity() * size_of::<Series>() + columns.sum::<usize>() + self.clocks.bytes()
    }
}

/// Whether samples can be appended without looking at each.
fn is_plain(ts: &[i64], values: &[f64]) -> bool {
    ts.is_sorted_by(|a, b| a < b) && !values.iter().any(|v| is_stale(*v))
}

fn labels_of(series: &[Series], id: u32) -> &Labels {
    series[id as usize].labels.as_ref().expect("an id is handed out with its label set")
}

#[cfg(test)]
mod tests {
    use model::{MatchOp, stale_nan};

    use super::*;
    use crate::Part;

    fn labels(text: &str) -> Labels {
        Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
    }

    fn columns(series: &[(&str, &[(i64, f64)])]) -> SeriesColumns {
        let mut columns = SeriesColumns::default();
        for (text, samples) in series {
            for (t, v) in *samples {
                columns.timestamps.push(*t);
                columns.values.push(*v);
            }
            columns.end_series(labels(text));
        }
        columns
    }

    #[test]
    fn windows_are_left_open_and_right_closed() {
        let mut table = Table::new();
        table.append_columns(&columns(&[("__name__=x", &[(10, 1.0), (20, 2.0), (30, 3.0)])]));
        assert_eq!(table.window(SeriesId(0), 10, 30), (&[20, 30][..], &[2.0, 3.0][..]));
        assert_eq!(table.window(SeriesId(0), 30, 40).0, &[] as &[i64]);
        assert_eq!(table.latest(SeriesId(0), 35, 5), None, "exactly lookback old is gone");
        assert_eq!(table.latest(SeriesId(0), 34, 5), Some((30, 3.0)));
        assert_eq!(table.latest(SeriesId(0), 29, 100), Some((20, 2.0)));
        assert_eq!(table.window(SeriesId(0), i64::MIN, i64::MAX).0, [10, 20, 30]);
    }

    #[test]
    fn stretches_are_kept_where_somebody_asks() {
        let fill = |mut table: Table| {
            let id = table.series_id(&labels("__name__=x"));
            for t in 0..300_i32 {
                table.append(id, i64::from(t), f64::from(if t < 200 { t } else { t - 200 }));
            }
            table
        };
        let (with, without) = (fill(Table::new()), fill(Table::new().without_stretches()));
        assert!(with.bytes() > without.bytes() + 400);
        for (table, expected) in [(with, true), (without, false)] {
            let window = table.windows(99, 299).plain(SeriesId(0)).expect("floats only");
            let falls: Vec<usize> = window.known.falls(200).expect("few").collect();
            assert_eq!((window.values.len(), falls), (200, vec![100]));
            let mut stretches = 0;
            window.known.parts(0..200, |part| {
                stretches += usize::from(matches!(part, Part::Stretch(..)));
            });
            assert_eq!(stretches > 0, expected);
        }
    }

    #[test]
    fn stale_markers_end_validity_and_are_no_samples() {
        let mut table = Table::new();
        let id = table.series_id(&labels("__name__=x"));
        table.append(id, 10, 1.0);
        assert_eq!(table.append(id, 20, stale_nan()), Append::Added);
        assert_eq!(table.append(id, 20, 2.0), Append::Duplicate);
        assert_eq!(table.append(id, 15, 2.0), Append::OutOfOrder);
        assert_eq!(table.latest(id, 19, 100), Some((10, 1.0)));
        assert_eq!(table.latest(id, 20, 100), None);
        table.append(id, 30, 3.0);
        assert_eq!(table.latest(id, 30, 100), Some((30, 3.0)));
        assert_eq!(table.window(id, 0, 100).0, &[10, 30]);
    }

    #[test]
    fn selects_by_all_matchers() {
        let mut table = Table::new();
        table.append_columns(&columns(&[
            ("__name__=a,job=x", &[(1, 1.0)]),
            ("__name__=a,job=y", &[(1, 1.0)]),
            ("__name__=b,job=x", &[(1, 1.0)]),
        ]));
        let select = |matchers: &[(&str, MatchOp, &str)]| -> Vec<u32> {
            let made = matchers.iter().map(|(n, op, v)| Matcher::new(n, *op, v).unwrap());
            table.select(&made.collect::<Vec<_>>()).iter().map(|id| id.0).collect()
        };
        assert_eq!(select(&[("__name__", MatchOp::Equal, "a")]), [0, 1]);
        assert_eq!(
            select(&[("__name__", MatchOp::Regex, "a|b"), ("job", MatchOp::Equal, "x")]),
            [0, 2]
        );
        assert_eq!(
            select(&[("__name__", MatchOp::Equal, "a"), ("job", MatchOp::NotEqual, "x")]),
            [1]
        );
        assert_eq!(select(&[("nope", MatchOp::Equal, "")]), [0, 1, 2]);
    }

    #[test]
    fn truncating_frees_series_and_their_numbers() {
        let mut table = Table::new();
        table.append_columns(&columns(&[("a=1", &[(10, 1.0)]), ("a=2", &[(50, 1.0)])]));
        let before = table.version();
        table.truncate(20);
        assert_ne!(table.version(), before);
        assert_eq!((table.n_series(), table.n_samples()), (1, 1));
        assert_eq!(table.find(&labels("a=1")), None);
        assert_eq!(table.series_id(&labels("a=3")), SeriesId(0));
        assert_eq!(table.labels(SeriesId(1)), &labels("a=2"));
        let of = |matchers: &[Matcher]| table.changes_since(before, matchers).unwrap();
        let all = of(&[]);
        assert_eq!((all.gone, all.new), (vec![SeriesId(0)], vec![SeriesId(0)]));
        assert_eq!(of(&[Matcher::equal("a", "2")]).new, []);
        assert_eq!(of(&[Matcher::equal("__name__", "x")]), Changes::default());
    }

    #[test]
    fn replacing_makes_an_answer_count() {
        let mut table = Table::new();
        table.append_columns(&columns(&[
            ("a=1", &[(10, 1.0), (20, 2.0), (30, 3.0)]),
            ("a=2", &[(20, 5.0)]),
        ]));
        table.replace(10, 20, &columns(&[("a=1", &[(15, 9.0)]), ("a=3", &[(20, 7.0)])]));
        assert_eq!(table.window(SeriesId(0), 0, 99), (&[10, 15, 30][..], &[1.0, 9.0, 3.0][..]));
        assert_eq!(table.window(SeriesId(1), 0, 99).0, &[] as &[i64]);
        assert_eq!(table.window(SeriesId(2), 0, 99), (&[20][..], &[7.0][..]));
    }

    #[test]
    fn histograms_and_starts_stand_beside_floats() {
        let mut table = Table::new();
        let id = table.series_id(&labels("__name__=x"));
        let text = "{{count:2 sum:3 buckets:[2]}}";
        let histogram =
            || SampleValue::from(model::histogram::notation::parse(text).unwrap().histogram);
        table.append(id, 10, 1.0);
        table.append_value(id, 20, 15, 2.0.into());
        table.append_value(id, 30, 0, histogram());
        table.append_value(id, 40, 35, histogram());
        let all = table.samples(id, 10, 40);
        assert_eq!((all.floats.ts, all.floats.starts), (&[20][..], &[15][..]));
        assert_eq!((all.histograms.ts, all.histograms.starts), (&[30, 40][..], &[0, 35][..]));
        assert_eq!(table.samples(id, 0, 40).floats.starts, [0, 15]);
        assert_eq!(table.latest(id, 35, 100), None, "a histogram is newer than the float");
        assert_eq!(table.latest(id, 25, 100), Some((20, 2.0)));
        let newest = table.latest_value(id, 50, 100).map(|n| (n.t, n.start));
        assert_eq!(newest, Some((40, 35)));
        assert_eq!(table.append(id, 40, 9.0), Append::Duplicate);
        table.truncate(25);
        assert_eq!((table.n_samples(), table.n_series()), (2, 1));
    }

    #[test]
    fn answers_may_hold_histograms() {
        let text = "{{count:2 sum:3 buckets:[2]}}";
        let histogram =
            std::sync::Arc::new(model::histogram::notation::parse(text).unwrap().histogram);
        let mut answer = SeriesColumns::default();
        answer.timestamps.extend([10, 30]);
        answer.values.extend([1.0, 3.0]);
        answer.push_histograms(vec![(20, histogram.clone()), (40, histogram)]);
        answer.end_series(labels("a=1"));
        let mut table = Table::new();
        table.append_columns(&answer);
        let all = table.samples(SeriesId(0), 0, 99);
        assert_eq!((all.floats.ts, all.histograms.ts), (&[10, 30][..], &[20, 40][..]));
        table.replace(0, 40, &columns(&[("a=1", &[(15, 9.0)])]));
        assert_eq!(table.samples(SeriesId(0), 0, 99).histograms.ts, [] as [i64; 0]);
        table.replace(0, 40, &answer);
        assert_eq!(table.samples(SeriesId(0), 0, 99).histograms.ts, [20, 40]);
    }
}
