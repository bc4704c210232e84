//! Native histograms as the API shows them: `[time, {"count": …, "sum": …, "buckets": […]}]`.
//!
//! A bucket is `[rule, "lower", "upper", "count"]`, where the rule says which of its ends belong
//! to it: 0 the upper, 1 the lower, 2 none, 3 both. What the API leaves out is made up for by
//! `model::histogram::observed`.

use std::{cmp::Ordering, sync::Arc};

use model::{
    FloatHistogram,
    histogram::{
        Bucket,
        observed::{self, Observed},
    },
};
use serde::{Deserialize, Deserializer, de::Error};

use super::series::{milliseconds, sample_value};

/// A histogram sample.
#[derive(Deserialize)]
pub(super) struct Sample(#[serde(deserialize_with = "time")] i64, Shown);

#[derive(Deserialize)]
struct Shown {
    count: Number,
    sum: Number,
    #[serde(default)]
    buckets: Option<Vec<(u8, Number, Number, Number)>>,
}

/// A number as text.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let value = sample_value(&text);
        value.map(Self).ok_or_else(|| D::Error::custom(format!("{text:?} is no number")))
    }
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    milliseconds(f64::deserialize(from)?)
}

/// The histograms of one series; times must ascend.
pub(super) fn histograms<E: Error>(
    samples: Vec<Sample>,
) -> Result<Vec<(i64, Arc<FloatHistogram>)>, E> {
    let ts: Vec<i64> = samples.iter().map(|sample| sample.0).collect();
    if let Some(pair) = ts.windows(2).find(|pair| pair[0] >= pair[1]) {
        let [before, t] = [pair[0], pair[1]];
        return Err(E::custom(format!("timestamps do not ascend: {t} ms after {before}")));
    }
    let shown = samples.into_iter().map(|sample| observed(sample.1));
    let shown = shown.collect::<Result<Vec<Observed>, E>>()?;
    Ok(ts.into_iter().zip(observed::histograms(&shown).into_iter().map(Arc::new)).collect())
}

fn observed<E: Error>(shown: Shown) -> Result<Observed, E> {
    let bucket = |(rule, lower, upper, count): (u8, Number, Number, Number)| {
        if rule > 3 {
            return Err(E::custom(format!("a bucket has the boundary rule {rule}")));
        }
        if lower.0.partial_cmp(&upper.0).is_none_or(Ordering::is_gt) {
            return Err(E::custom("a bucket ends before it begins"));
        }
        Ok(Bucket {
            lower: lower.0,
            upper: upper.0,
            lower_inclusive: rule == 1 || rule == 3,
            upper_inclusive: rule == 0 || rule == 3,
            count: count.0,
        })
    };
    let buckets = shown.buckets.unwrap_or_default().into_iter().map(bucket);
    Ok(Observed {
        count: shown.count.0,
        sum: shown.sum.0,
        buckets: buckets.collect::<Result<_, E>>()?,
    })
}
