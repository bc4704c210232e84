//! The input series of a test, sample by sample as time goes on.

use model::SampleValue;
use promqltest::{head::Sample, series::Point};
use testfile::Samples;

/// Input series and how far they were handed out.
pub(crate) struct Feed<'t> {
    series: Vec<(&'t Samples, usize)>,
    start: i64,
    interval: i64,
}

impl<'t> Feed<'t> {
    pub(crate) fn new(series: Vec<&'t Samples>, start: i64, interval: i64) -> Self {
        let series = series.into_iter().map(|samples| (samples, 0)).collect();
        Self { series, start, interval }
    }

    /// Hands out the samples up to a time that were not handed out before.
    pub(crate) fn up_to(
        &mut self,
        t: i64,
        mut take: impl FnMut(&'t Samples, Sample) -> Result<(), String>,
    ) -> Result<(), String> {
        let passed = (t - self.start).div_euclid(self.interval).saturating_add(1);
        let until = usize::try_from(passed).unwrap_or(0);
        let (start, interval) = (self.start, self.interval);
        for (samples, next) in &mut self.series {
            let until = until.min(samples.points.len());
            for i in *next..until {
                let at = i64::try_from(i).ok().and_then(|i| i.checked_mul(interval));
                let Some(at) = at.and_then(|at| at.checked_add(start)) else { continue };
                let value: SampleValue = match &samples.points[i] {
                    Point::Missing => continue,
                    Point::Float(value) => (*value).into(),
                    Point::Histogram { value, .. } => value.clone().into(),
                };
                let since = samples.starts.get(i).copied().flatten();
                let since = since.map_or(0, |since| at + since);
                take(samples, Sample { t: at, start: since, value })?;
            }
            *next = until.max(*next);
        }
        // What has no samples left need not be looked at again.
        self.series.retain(|(samples, next)| *next < samples.points.len());
        Ok(())
    }
}
