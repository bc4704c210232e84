//! The member `result`: series and their samples, straight into columns.

use std::{fmt, ops::Range};

use model::{Labels, SeriesColumns};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{Document, ResultShape, histogram};

/// The member `result`: an array of series, or a time and a text.
pub(super) struct ResultSeed<'a>(pub(super) &'a mut Document);
seed!(ResultSeed<'_>, ResultShape, deserialize_seq);

impl<'de> Visitor<'de> for ResultSeed<'_> {
    type Value = ResultShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of series, or a time and a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ResultShape, A::Error> {
        let mut scratch = Scratch::default();
        let mut shape = ResultShape::Empty;
        loop {
            let seed = ItemSeed { document: self.0, scratch: &mut scratch };
            let next = match items.next_element_seed(seed)? {
                None => return Ok(shape),
                Some(Item::Time(t)) if shape == ResultShape::Empty => {
                    self.0.columns.timestamps.push(t);
                    let missing = || A::Error::custom("a time without a text");
                    shape = ResultShape::Pair(items.next_element()?.ok_or_else(missing)?);
                    continue;
                }
                Some(Item::Time(_)) => return Err(A::Error::custom("a number among series")),
                Some(Item::Series(next)) => next,
            };
            match &shape {
                ResultShape::Empty => shape = next,
                known if *known != next => {
                    return Err(A::Error::custom("series with one sample and with many"));
                }
                _ => {}
            }
        }
    }
}

/// Room for one series' labels, used again for the next.
#[derive(Default)]
struct Scratch {
    text: String,
    /// Name and value of each label in `text`.
    pairs: Vec<(Range<usize>, Range<usize>)>,
}

impl Scratch {
    fn labels(&mut self) -> Labels {
        let text = &self.text;
        let name = |pair: &(Range<usize>, Range<usize>)| &text[pair.0.clone()];
        if self.pairs.windows(2).all(|two| name(&two[0]) < name(&two[1])) {
            let pairs = self.pairs.iter();
            return Labels::from_sorted(pairs.map(|(n, v)| (&text[n.clone()], &text[v.clone()])));
        }
        Labels::from_pairs(self.pairs.iter().map(|(n, v)| (&text[n.clone()], &text[v.clone()])))
    }
}

enum Item {
    Time(i64),
    Series(ResultShape),
}

struct ItemSeed<'a> {
    document: &'a mut Document,
    scratch: &'a mut Scratch,
}
seed!(ItemSeed<'_>, Item, deserialize_any);

#[derive(Deserialize)]
#[serde(field_identifier)]
enum SeriesField {
    #[serde(rename = "metric")]
    Metric,
    #[serde(rename = "value")]
    Value,
    #[serde(rename = "values")]
    Values,
    #[serde(rename = "histogram")]
    Histogram,
    #[serde(rename = "histograms")]
    Histograms,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for ItemSeed<'_> {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series, or a time")
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Item, E> {
        milliseconds(seconds).map(Item::Time)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Item, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Item, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let columns = &mut self.document.columns;
        let start = columns.timestamps.len();
        let mut shape = None;
        let mut histograms = Vec::new();
        self.scratch.text.clear();
        self.scratch.pairs.clear();
        while let Some(field) = map.next_key()? {
            match field {
                SeriesField::Metric => {
                    map.next_value_seed(MetricSeed(&mut *self.scratch))?;
                }
                SeriesField::Value => {
                    map.next_value_seed(SampleSeed { columns, start })?;
                    shape = Some(ResultShape::Vector);
                }
                SeriesField::Values => {
                    map.next_value_seed(SamplesSeed { columns, start })?;
                    shape = Some(ResultShape::Matrix);
                }
                SeriesField::Histogram => {
                    histograms = vec![map.next_value()?];
                    shape = Some(ResultShape::Vector);
                }
                SeriesField::Histograms => {
                    histograms = map.next_value()?;
                    shape = Some(ResultShape::Matrix);
                }
                SeriesField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let shape = shape.ok_or_else(|| A::Error::custom("a series without samples"))?;
        if columns.timestamps.len() > start || !histograms.is_empty() {
            columns.push_histograms(histogram::histograms(histograms)?);
            columns.end_series(self.scratch.labels());
        }
        Ok(Item::Series(shape))
    }
}

struct MetricSeed<'a>(&'a mut Scratch);
seed!(MetricSeed<'_>, (), deserialize_map);

impl<'de> Visitor<'de> for MetricSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(TextSeed(&mut self.0.text))? {
            let value = map.next_value_seed(TextSeed(&mut self.0.text))?;
            // An empty label is no label.
            if !value.is_empty() {
                self.0.pairs.push((name, value));
            }
        }
        Ok(())
    }
}

/// Appends a text and gives its place.
struct TextSeed<'a>(&'a mut String);
seed!(TextSeed<'_>, Range<usize>, deserialize_str);

impl Visitor<'_> for TextSeed<'_> {
    type Value = Range<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Range<usize>, E> {
        let start = self.0.len();
        self.0.push_str(text);
        Ok(start..self.0.len())
    }
}

/// Samples of one series, which began at `start` of the columns.
struct SamplesSeed<'a> {
    columns: &'a mut SeriesColumns,
    start: usize,
}
seed!(SamplesSeed<'_>, (), deserialize_seq);

impl<'de> Visitor<'de> for SamplesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut samples: A) -> Result<(), A::Error> {
        let (columns, start) = (self.columns, self.start);
        while samples.next_element_seed(SampleSeed { columns: &mut *columns, start })?.is_some() {}
        Ok(())
    }
}

/// One sample: a time in seconds and a value as text.
struct SampleSeed<'a> {
    columns: &'a mut SeriesColumns,
    start: usize,
}
seed!(SampleSeed<'_>, (), deserialize_seq);

impl<'de> Visitor<'de> for SampleSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample, [time, \"value\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<(), A::Error> {
        let missing = || A::Error::custom("a sample is a time and a value");
        let t = milliseconds(pair.next_element()?.ok_or_else(missing)?)?;
        let value = pair.next_element_seed(ValueSeed)?.ok_or_else(missing)?;
        let columns = self.columns;
        if let Some(&last) = columns.timestamps[self.start..].last()
            && t <= last
        {
            return Err(A::Error::custom(format!("timestamps do not ascend: {t} ms after {last}")));
        }
        columns.timestamps.push(t);
        columns.values.push(value);
        Ok(())
    }
}

/// Seconds with a fraction as whole milliseconds.
pub(super) fn milliseconds<E: Error>(seconds: f64) -> Result<i64, E> {
    let ms = (seconds * 1000.0).round();
    if ms.abs() < 9.0e18 {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        return Ok(ms as i64);
    }
    Err(E::custom(format!("{seconds} is no time")))
}

struct ValueSeed;
seed!(ValueSeed, f64, deserialize_any);

impl Visitor<'_> for ValueSeed {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample value as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        sample_value(text).ok_or_else(|| E::custom(format!("{text:?} is no sample value")))
    }
}

/// A sample's value as the API writes it.
pub(super) fn sample_value(text: &str) -> Option<f64> {
    text.parse().ok().filter(|v: &f64| v.is_finite()).or_else(|| model::number::parse_float(text))
}
