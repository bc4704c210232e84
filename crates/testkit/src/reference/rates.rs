//! `rate`, `increase`, `delta`, and of the last two samples `irate` and `idelta`.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, MixedSchemas, Parts},
    quote::quote,
};
use promql::FunctionId;

use super::{
    notes::Notes,
    range_calls::Call,
    value::Number,
    window::{At, Either, Window},
};

impl Call<'_> {
    pub(super) fn is_counter(&self) -> bool {
        matches!(self.function, FunctionId::Rate | FunctionId::Increase | FunctionId::Irate)
    }

    pub(super) fn per_second(&self) -> bool {
        matches!(self.function, FunctionId::Rate | FunctionId::Irate)
    }

    pub(super) fn warn_mixed_kinds(&self, notes: &mut Notes) {
        let what = "encountered a mix of histograms and floats for metric name";
        notes.warn(self.place, &format!("{what} {}", quote(self.name)));
    }

    pub(super) fn warn_mixed_schemas(&self, notes: &mut Notes) {
        warn_mixed_schemas(self.place, self.name, notes);
    }

    pub(super) fn warn_not_a_counter(&self, notes: &mut Notes) {
        let what = "this native histogram metric is not a counter:";
        notes.warn(self.place, &format!("{what} {}", quote(self.name)));
    }

    pub(super) fn warn_not_a_gauge(&self, notes: &mut Notes) {
        let what = "this native histogram metric is not a gauge:";
        notes.warn(self.place, &format!("{what} {}", quote(self.name)));
    }

    /// Adds histograms; none where they do not fit.
    pub(super) fn add(
        &self,
        to: &mut FloatHistogram,
        more: &FloatHistogram,
        notes: &mut Notes,
    ) -> Option<()> {
        self.noted(to.add(more), "addition", notes)
    }

    /// Subtracts histograms; none where they do not fit.
    pub(super) fn subtract(
        &self,
        from: &mut FloatHistogram,
        less: &FloatHistogram,
        notes: &mut Notes,
    ) -> Option<()> {
        self.noted(from.subtract(less), "subtraction", notes)
    }

    fn noted(
        &self,
        result: Result<model::histogram::Notes, MixedSchemas>,
        operation: &str,
        notes: &mut Notes,
    ) -> Option<()> {
        match result {
            Err(MixedSchemas) => {
                self.warn_mixed_schemas(notes);
                None
            }
            Ok(found) => {
                if found.bounds_reconciled {
                    info_reconciled(self.place, operation, notes);
                }
                Some(())
            }
        }
    }
}

pub(super) fn warn_mixed_schemas(place: u32, name: &str, notes: &mut Notes) {
    let what = "vector contains a mix of histograms with exponential and custom buckets schemas";
    notes.warn(place, &format!("{what} for metric name {}", quote(name)));
}

pub(super) fn info_reconciled(place: u32, operation: &str, notes: &mut Notes) {
    notes.info(place, &format!("mismatched custom buckets were reconciled during {operation}"));
}

/// Whether a counter began anew between two samples, as their start timestamps tell.
pub(super) fn restarted(before: (i64, i64), now: (i64, i64)) -> bool {
    let ((start_before, t_before), (start, t)) = (before, now);
    if start == 0 || start >= t || start < t_before {
        return false;
    }
    start > t_before || start_before != 0 && start_before < t_before
}

fn overlaps(start_before: i64, t_before: i64, start: i64) -> bool {
    start != 0 && start < t_before && start != start_before
}

/// `rate`, `increase`, `delta`: the difference in the window, extrapolated to its edges.
pub(super) fn extrapolated(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    if window.is_mixed() {
        call.warn_mixed_kinds(notes);
        return None;
    }
    if window.histograms.is_empty() {
        let floats = &window.floats;
        let first = &floats[0];
        let mut difference = Some(floats[floats.len() - 1].v - first.v);
        if call.is_counter() {
            let resets = resets(call, floats, notes, |now, before| now < before);
            difference = difference.map(|d| resets.iter().fold(d, |d, &i| d + floats[i].v));
        }
        let frame = Frame::of(call, floats);
        if frame.starts_inside {
            difference = difference.map(|d| d + first.v);
        } else if floats.len() == 1 {
            return None;
        }
        let difference = difference?;
        let zero = (difference > 0.0 && first.v >= 0.0).then_some(first.v / difference);
        return Some(Number::Float(difference * frame.factor(call, zero)));
    }
    let histograms = &window.histograms;
    let first = &histograms[0].v;
    let frame = Frame::of(call, histograms);
    let mut difference = None;
    if histograms.len() > 1 {
        difference = Some(histogram_difference(call, histograms, notes)?);
    }
    if frame.starts_inside {
        match &mut difference {
            None => difference = Some(first.clone()),
            Some(difference) => call.add(difference, first, notes)?,
        }
    }
    let mut difference = difference?;
    let zero =
        (difference.count > 0.0 && first.count >= 0.0).then_some(first.count / difference.count);
    difference.multiply(frame.factor(call, zero));
    Some(Number::Histogram(difference))
}

/// The samples behind which the counter began anew.
fn resets<V>(
    call: &Call<'_>,
    samples: &[At<V>],
    notes: &mut Notes,
    fell: impl Fn(&V, &V) -> bool,
) -> Vec<usize> {
    let mut overlap = false;
    let mut resets = Vec::new();
    for (i, pair) in samples.windows(2).enumerate() {
        let (before, now) = (&pair[0], &pair[1]);
        if call.use_starts && !overlap && overlaps(before.start, before.t, now.start) {
            notes.overlap(call.place, call.name);
            overlap = true;
        }
        if started_anew(call, before, now) || fell(&now.v, &before.v) {
            resets.push(i);
        }
    }
    resets
}

fn started_anew<V>(call: &Call<'_>, before: &At<V>, now: &At<V>) -> bool {
    call.use_starts && restarted((before.start, before.t), (now.start, now.t))
}

/// How samples lie in their window, in seconds.
struct Frame {
    to_start: f64,
    to_end: f64,
    sampled: f64,
    /// The mean distance of samples; 0 for a single one.
    mean: f64,
    /// Whether the counter began within the window, so that it was 0 then.
    starts_inside: bool,
}

impl Frame {
    fn of<V>(call: &Call<'_>, samples: &[At<V>]) -> Self {
        let (first, last) = (&samples[0], &samples[samples.len() - 1]);
        let seconds = |ms: i64| ms as f64 / 1000.0;
        let to_end = seconds(call.to - last.t);
        let between = seconds(last.t - first.t);
        let gaps = samples.len() - 1;
        let mean = if gaps > 0 { between / gaps as f64 } else { 0.0 };
        let start = first.start;
        let known = call.is_counter() && call.use_starts && start != 0;
        if known && start > call.from && start < first.t {
            let since_start = seconds(last.t - start);
            return Self { to_start: 0.0, to_end, sampled: since_start, mean, starts_inside: true };
        }
        let to_start = seconds(first.t - call.from);
        Self { to_start, to_end, sampled: between, mean, starts_inside: false }
    }

    /// By what the difference is multiplied. `zero` is where the counter would have been 0, as a
    /// share of the sampled time before the first sample.
    fn factor(&self, call: &Call<'_>, zero: Option<f64>) -> f64 {
        let threshold = self.mean * 1.1;
        let (mut to_start, mut to_end) = (self.to_start, self.to_end);
        if !self.starts_inside {
            if to_start >= threshold {
                to_start = self.mean / 2.0;
            }
            if let Some(zero) = zero.filter(|_| call.is_counter()) {
                let to_zero = self.sampled * zero;
                if to_zero < to_start {
                    to_start = to_zero;
                }
            }
        }
        if to_end >= threshold {
            to_end = self.mean / 2.0;
        }
        let mut factor = 1.0;
        if self.sampled != 0.0 {
            factor = (self.sampled + to_start + to_end) / self.sampled;
        }
        if call.per_second() { factor / call.range_seconds() } else { factor }
    }
}

/// The last histogram less the first, with all that resets took away; at least two histograms.
fn histogram_difference(
    call: &Call<'_>,
    histograms: &[At<FloatHistogram>],
    notes: &mut Notes,
) -> Option<FloatHistogram> {
    let (counter, gauge) = (call.is_counter(), CounterResetHint::Gauge);
    let (first, second) = (&histograms[0], &histograms[1]);
    let last = &histograms[histograms.len() - 1].v;
    let mut own = Notes::default();
    if counter && (first.v.hint == gauge || last.hint == gauge) {
        call.warn_not_a_counter(&mut own);
    }
    // A reset right behind the first sample: what that looked like does not matter.
    let mut based = histograms.to_vec();
    if counter && (started_anew(call, first, second) || second.v.detect_reset(&first.v)) {
        based[0].v = empty_like(&second.v);
    }
    if last.is_custom() != based[0].v.is_custom() {
        notes.merge(own);
        call.warn_mixed_schemas(notes);
        return None;
    }
    let Some(mut difference) = difference_of(call, &based, &mut own) else {
        // What was noted before is forgotten.
        call.warn_mixed_schemas(notes);
        return None;
    };
    notes.merge(own);
    if !counter && (first.v.hint != gauge || last.hint != gauge) {
        call.warn_not_a_gauge(notes);
    }
    difference.hint = gauge;
    Some(difference.compact())
}

/// None where histograms do not fit.
fn difference_of(
    call: &Call<'_>,
    histograms: &[At<FloatHistogram>],
    notes: &mut Notes,
) -> Option<FloatHistogram> {
    let (base, last) = (&histograms[0].v, &histograms[histograms.len() - 1].v);
    let mut schema = last.schema().min(base.schema());
    if call.is_counter() {
        for h in histograms[1..histograms.len() - 1].iter().map(|p| &p.v) {
            if h.hint == CounterResetHint::Gauge {
                call.warn_not_a_counter(notes);
            }
            schema = schema.min(h.schema());
            if h.is_custom() != base.is_custom() {
                return None;
            }
        }
    }
    let mut difference = last.to_schema(schema);
    call.subtract(&mut difference, base, notes)?;
    if call.is_counter() {
        for i in resets(call, histograms, notes, FloatHistogram::detect_reset) {
            call.add(&mut difference, &histograms[i].v, notes)?;
        }
    }
    Some(difference)
}

fn empty_like(h: &FloatHistogram) -> FloatHistogram {
    let (schema, bounds) = (h.schema(), h.custom_bounds().into());
    Parts { schema, bounds, ..Parts::default() }.into()
}

/// `irate` and `idelta`.
pub(super) fn instant(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    let all = window.in_order();
    let [.., before, now] = all[..] else { return None };
    let elapsed = now.t() - before.t();
    if elapsed == 0 {
        return None;
    }
    let seconds = elapsed as f64 / 1000.0;
    let anew = call.use_starts && restarted((before.start(), before.t()), (now.start(), now.t()));
    match (before, now) {
        (Either::Float(before), Either::Float(now)) => {
            let reset = call.is_counter() && (now.v < before.v || anew);
            let change = if reset { now.v } else { now.v - before.v };
            Some(Number::Float(if call.per_second() { change / seconds } else { change }))
        }
        (Either::Histogram(before), Either::Histogram(now)) => {
            let gauges = [before.v.hint, now.v.hint].map(|hint| hint == CounterResetHint::Gauge);
            if call.is_counter() && gauges != [false, false] {
                call.warn_not_a_counter(notes);
            }
            if !call.is_counter() && gauges != [true, true] {
                call.warn_not_a_gauge(notes);
            }
            let mut change = now.v.clone();
            if !call.is_counter() || !anew && !now.v.detect_reset(&before.v) {
                call.subtract(&mut change, &before.v, notes)?;
            }
            change.hint = CounterResetHint::Gauge;
            change = change.compact();
            if call.per_second() {
                change.divide(seconds);
            }
            Some(Number::Histogram(change))
        }
        _ => {
            call.warn_mixed_kinds(notes);
            None
        }
    }
}
