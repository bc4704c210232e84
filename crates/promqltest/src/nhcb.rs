//! `load_with_nhcb`: classic histograms loaded as native ones with custom buckets too.

use std::collections::BTreeMap;

use model::{
    BUCKET_LABEL, Labels, METRIC_NAME,
    histogram::classic::{Classic, Suffix},
    number::parse_float,
};

use crate::head::Sample;

/// The native histograms of a load's classic ones, under the name without `_bucket`, `_sum` and
/// `_count`.
pub(crate) fn convert(
    loaded: &[(Labels, Vec<Sample>)],
) -> Result<Vec<(Labels, Vec<Sample>)>, String> {
    let mut histograms: BTreeMap<Labels, BTreeMap<i64, Classic>> = BTreeMap::new();
    for (labels, samples) in loaded {
        let Some((suffix, name)) = Suffix::of(labels.metric_name()) else { continue };
        let le = match (suffix, labels.get(BUCKET_LABEL)) {
            (Suffix::Bucket, None) => {
                return Err(format!("expected bucket label in metric {labels}"));
            }
            (Suffix::Bucket, Some(le)) => match parse_float(le).filter(|le| !le.is_nan()) {
                Some(le) => le,
                None => continue,
            },
            _ => f64::NAN,
        };
        let mut base = labels.to_builder();
        base.set(METRIC_NAME, name).remove(BUCKET_LABEL);
        let times = histograms.entry(base.build()).or_default();
        for sample in samples {
            let Some(value) = sample.value.float() else { continue };
            let classic = times.entry(sample.t).or_default();
            match suffix {
                Suffix::Bucket => classic.set_bucket(le, value),
                Suffix::Count => classic.set_count(value),
                Suffix::Sum => classic.set_sum(value),
            }
        }
    }
    histograms.into_iter().map(|(labels, times)| Ok((labels, natives(times)?))).collect()
}

fn natives(times: BTreeMap<i64, Classic>) -> Result<Vec<Sample>, String> {
    let native = |(t, classic): (i64, Classic)| {
        let value = classic.convert().map_err(|error| error.to_string())?;
        Ok(Sample { t, start: 0, value: value.into() })
    };
    times.into_iter().map(native).collect()
}
