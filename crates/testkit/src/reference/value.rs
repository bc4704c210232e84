//! What nodes evaluate to: series with samples at some of the times that were asked for.

use std::collections::BTreeMap;

use model::{FloatHistogram, Labels, METRIC_NAME};

/// The error of series that cannot be told apart.
pub(super) const SAME_LABELS: &str = "vector cannot contain metrics with the same labelset";

/// A float or a native histogram.
#[derive(Clone, Debug)]
pub enum Number {
    /// A float.
    Float(f64),
    /// A native histogram.
    Histogram(FloatHistogram),
}

/// A series. Scalars are one series without labels.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) labels: Labels,
    /// Whether the name is to be dropped in the end, where that is delayed.
    pub(super) drop_name: bool,
    /// By ascending time. After a merge a float and a histogram may stand at one time.
    pub(super) points: Vec<(i64, Number)>,
}

/// A sample of an instant vector.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) labels: Labels,
    pub(super) drop_name: bool,
    /// Where the sample stood in storage; the evaluation time for everything computed.
    pub(super) t: i64,
    pub(super) value: Number,
}

impl Number {
    /// The float, if it is one.
    pub fn float(&self) -> Option<f64> {
        match self {
            Self::Float(v) => Some(*v),
            Self::Histogram(_) => None,
        }
    }

    /// The histogram, if it is one.
    pub fn histogram(&self) -> Option<&FloatHistogram> {
        match self {
            Self::Float(_) => None,
            Self::Histogram(h) => Some(h),
        }
    }
}

impl Element {
    /// A float without labels.
    pub(super) fn bare(value: f64) -> Self {
        Self { labels: Labels::empty(), drop_name: false, t: 0, value: Number::Float(value) }
    }
}

/// The samples at a time. Of a float and a histogram at one time the float counts, and Prometheus
/// gets stuck at the histogram: no later one counts either.
pub(super) fn elements_at(series: &[Series], t: i64) -> Vec<Element> {
    let at = |s: &Series| {
        let (_, value) = s.points.iter().find(|(at, _)| *at == t)?;
        let stuck_at =
            s.points.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0);
        if value.histogram().is_some() && stuck_at.is_some_and(|stuck_at| stuck_at < t) {
            return None;
        }
        let (labels, drop_name) = (s.labels.clone(), s.drop_name);
        Some(Element { labels, drop_name, t, value: value.clone() })
    };
    series.iter().filter_map(at).collect()
}

/// A scalar's value at a time.
pub(super) fn scalar_at(series: &[Series], t: i64) -> f64 {
    let element = elements_at(series, t).into_iter().next();
    element.and_then(|e| e.value.float()).unwrap_or(f64::NAN)
}

/// Without the metric's name, type and unit.
pub(super) fn without_metadata(labels: &Labels) -> Labels {
    labels.without(&[METRIC_NAME, "__type__", "__unit__"])
}

/// Whether two series have the same labels.
pub(super) fn has_duplicates<'l>(labels: impl Iterator<Item = &'l Labels>) -> bool {
    let mut all: Vec<&Labels> = labels.collect();
    all.sort();
    all.windows(2).any(|pair| pair[0] == pair[1])
}

/// Series of the same labels become one; they must not have samples of a kind at the same time.
pub(super) fn merged(series: Vec<Series>) -> Result<Vec<Series>, String> {
    let mut places: BTreeMap<Labels, usize> = BTreeMap::new();
    let mut merged: Vec<Series> = Vec::new();
    for s in series {
        let Some(&at) = places.get(&s.labels) else {
            places.insert(s.labels.clone(), merged.len());
            merged.push(s);
            continue;
        };
        let points = &mut merged[at].points;
        points.extend(s.points);
        points.sort_by_key(|(t, value)| (*t, value.histogram().is_some()));
        let key = |(t, value): &(i64, Number)| (*t, value.histogram().is_some());
        if points.windows(2).any(|pair| key(&pair[0]) == key(&pair[1])) {
            return Err(SAME_LABELS.to_owned());
        }
    }
    Ok(merged)
}

/// An instant query's result.
pub(super) fn vector(series: Vec<Series>) -> Vec<(Labels, Number)> {
    // Of a float and a histogram at one time the histogram is shown.
    let shown = |s: Series| Some((s.labels, s.points.into_iter().next_back()?.1));
    series.into_iter().filter_map(shown).collect()
}

/// A result of many times.
pub(super) fn matrix(mut series: Vec<Series>) -> Vec<(Labels, Vec<(i64, Number)>)> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    series.into_iter().map(|s| (s.labels, s.points)).collect()
}
