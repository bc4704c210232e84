//! What functions, operators and aggregations compute: plain functions over slices of floats.
//!
//! Kernels see no labels, log nothing and, over floats, allocate nothing: parameters that deserve a
//! notice are the engine's to report. Results agree with those of Prometheus on amd64 to the bit:
//! elementary functions are [`model::float`]'s, never the standard library's.
//! Start at [`kernel`], which tells for each function what computes it.

pub(crate) mod aggregate;
pub(crate) mod binary;
pub(crate) mod date;
pub(crate) mod extended;
pub(crate) mod histogram;
pub(crate) mod histogram_window;
mod kahan;
pub(crate) mod math;
mod over_time;
mod quantile;
pub(crate) mod rate;
mod regression;

use promql::FunctionId;
use store::Known;

use histogram_window::{Beside, MixedFn};

/// The samples of one series in one window: those with `lo < ts <= hi`, ascending, without stale
/// markers; perhaps none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// Milliseconds.
    pub ts: &'a [i64],
    /// As long as `ts`.
    pub values: &'a [f64],
    /// What is known of them without reading them.
    pub known: Known<'a>,
    /// How far the samples reach into the window, where that is known already.
    pub reach: Option<&'a rate::Reach>,
    /// Where the window begins, exclusive.
    pub lo: i64,
    /// Where it ends, inclusive; not the evaluation time where there is an offset.
    pub hi: i64,
    /// The evaluation time.
    pub t: i64,
}

/// Turns a window and the scalar arguments, in the order written, into a value or none.
pub(crate) type WindowFn = fn(&Window<'_>, &[f64]) -> Option<f64>;

/// What computes a function of windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowKernel {
    /// Over floats alone.
    pub(crate) floats: WindowFn,
    /// Over anything else.
    pub(crate) beside: Beside,
    /// Whether it asks what stretches of a long window come to, instead of reading their samples.
    pub(crate) stretches: bool,
}

/// Turns a value and the scalar arguments, in the order written, into a value or none.
pub(crate) type MathFn = fn(f64, &[f64]) -> Option<f64>;

/// What computes a function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kernel {
    /// One value per window.
    Window(WindowKernel),
    /// One value per value.
    Math(MathFn),
    /// One value per Unix time in seconds.
    Date(fn(f64) -> f64),
    /// The engine itself: the function is about labels, time, order, or series together.
    Structural,
}

/// What computes `id`.
pub(crate) fn kernel(id: FunctionId) -> Kernel {
    use FunctionId as F;
    use Kernel::{Date, Math, Structural};
    use histogram_window as mixed;
    match id {
        F::Abs => Math(math::abs),
        F::Acos => Math(math::acos),
        F::Acosh => Math(math::acosh),
        F::Asin => Math(math::asin),
        F::Asinh => Math(math::asinh),
        F::Atan => Math(math::atan),
        F::Atanh => Math(math::atanh),
        F::Ceil => Math(math::ceil),
        F::Clamp => Math(math::clamp),
        F::ClampMax => Math(math::clamp_max),
        F::ClampMin => Math(math::clamp_min),
        F::Cos => Math(math::cos),
        F::Cosh => Math(math::cosh),
        F::Deg => Math(math::deg),
        F::Exp => Math(math::exp),
        F::Floor => Math(math::floor),
        F::Ln => Math(math::ln),
        F::Log10 => Math(math::log10),
        F::Log2 => Math(math::log2),
        F::Rad => Math(math::rad),
        F::Round => Math(math::round),
        F::Sgn => Math(math::sgn),
        F::Sin => Math(math::sin),
        F::Sinh => Math(math::sinh),
        F::Sqrt => Math(math::sqrt),
        F::Tan => Math(math::tan),
        F::Tanh => Math(math::tanh),

        F::DayOfMonth => Date(date::day_of_month),
        F::DayOfWeek => Date(date::day_of_week),
        F::DayOfYear => Date(date::day_of_year),
        F::DaysInMonth => Date(date::days_in_month),
        F::Hour => Date(date::hour),
        F::Minute => Date(date::minute),
        F::Month => Date(date::month),
        F::Year => Date(date::year),

        F::Changes => stretched(counted(rate::changes, mixed::changes)),
        F::Delta => counted(rate::delta, mixed::delta),
        F::Idelta => counted(rate::idelta, mixed::idelta),
        F::Increase => counted(rate::increase, mixed::increase),
        F::Irate => counted(rate::irate, mixed::irate),
        F::Rate => counted(rate::rate, mixed::rate),
        F::Resets => stretched(counted(rate::resets, mixed::resets)),

        F::AvgOverTime => counted(over_time::avg, mixed::avg),
        F::CountOverTime => counted(over_time::count, mixed::count),
        F::FirstOverTime => counted(over_time::first, mixed::first),
        F::LastOverTime => counted(over_time::last, mixed::last),
        F::MadOverTime => floats_only(quantile::mad_over_time),
        F::MaxOverTime => stretched(floats_only(over_time::max)),
        F::MinOverTime => stretched(floats_only(over_time::min)),
        F::PresentOverTime => counted(over_time::present, mixed::present),
        F::QuantileOverTime => floats_only(quantile::quantile_over_time),
        F::StddevOverTime => floats_only(over_time::stddev),
        F::StdvarOverTime => floats_only(over_time::stdvar),
        F::SumOverTime => counted(over_time::sum, mixed::sum),
        F::TsOfFirstOverTime => counted(over_time::ts_of_first, mixed::ts_of_first),
        F::TsOfLastOverTime => counted(over_time::ts_of_last, mixed::ts_of_last),
        F::TsOfMaxOverTime => floats_only(over_time::ts_of_max),
        F::TsOfMinOverTime => floats_only(over_time::ts_of_min),

        F::Deriv => floats_only(regression::deriv),
        F::DoubleExponentialSmoothing => floats_only(regression::double_exponential_smoothing),
        F::PredictLinear => floats_only(regression::predict_linear),

        F::Absent
        | F::AbsentOverTime
        | F::End
        | F::HistogramAvg
        | F::HistogramCount
        | F::HistogramFraction
        | F::HistogramQuantile
        | F::HistogramQuantiles
        | F::HistogramStddev
        | F::HistogramStdvar
        | F::HistogramSum
        | F::Info
        | F::LabelJoin
        | F::LabelReplace
        | F::MaxOf
        | F::MinOf
        | F::Pi
        | F::Range
        | F::Scalar
        | F::Sort
        | F::SortByLabel
        | F::SortByLabelDesc
        | F::SortDesc
        | F::Start
        | F::StartTimestamp
        | F::Step
        | F::Time
        | F::Timestamp
        | F::Vector => Structural,
    }
}

fn counted(floats: WindowFn, mixed: MixedFn) -> Kernel {
    Kernel::Window(WindowKernel { floats, beside: Beside::Counted(mixed), stretches: false })
}

fn floats_only(floats: WindowFn) -> Kernel {
    Kernel::Window(WindowKernel { floats, beside: Beside::Ignored, stretches: false })
}

fn stretched(kernel: Kernel) -> Kernel {
    match kernel {
        Kernel::Window(kernel) => Kernel::Window(WindowKernel { stretches: true, ..kernel }),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use promql::{ValueType, functions::FUNCTIONS};
    use store::PlainWindow;

    use super::*;

    /// Runs the window function called `name` over samples written as `seconds:value`; the window
    /// is `(lo, hi]` in seconds and the evaluation time its end.
    pub(crate) fn window(
        name: &str,
        samples: &str,
        (lo, hi): (i64, i64),
        params: &[f64],
    ) -> Option<f64> {
        let (ts, values): (Vec<i64>, Vec<f64>) = samples
            .split_whitespace()
            .map(|s| s.split_once(':').unwrap())
            .map(|(t, v)| (t.parse::<i64>().unwrap() * 1000, v.parse::<f64>().unwrap()))
            .unzip();
        let row = FUNCTIONS.iter().find(|f| f.name == name).unwrap();
        let Kernel::Window(kernel) = kernel(row.id) else { panic!("{name} takes no window") };
        let (lo, hi) = (lo * 1000, hi * 1000);
        let PlainWindow { ts, values, known } = PlainWindow::new(&ts, &values);
        let window = Window { ts, values, known, reach: None, lo, hi, t: hi };
        (kernel.floats)(&window, params)
    }

    /// Asserts what [`window`] returns, to the bit except that any NaN equals any other.
    #[track_caller]
    pub(crate) fn check(
        name: &str,
        samples: &str,
        window: (i64, i64),
        params: &[f64],
        expect: Option<f64>,
    ) {
        let got = self::window(name, samples, window, params);
        let bits = |v: Option<f64>| v.map(|v| if v.is_nan() { f64::NAN } else { v }.to_bits());
        assert_eq!(bits(got), bits(expect), "{name} of {samples:?}: {got:?}, not {expect:?}");
    }

    #[test]
    fn kernels_fit_the_function_table() {
        for row in FUNCTIONS {
            let fits = match kernel(row.id) {
                Kernel::Window(_) => row.args.contains(&ValueType::RangeVector),
                Kernel::Math(_) | Kernel::Date(_) => row.args[0] == ValueType::InstantVector,
                Kernel::Structural => true,
            };
            assert!(fits, "{}", row.name);
        }
    }

    #[test]
    fn windows_without_samples_have_no_value() {
        for row in FUNCTIONS {
            if let Kernel::Window(_) = kernel(row.id) {
                check(row.name, "", (0, 60), &[0.5, 0.5], None);
            }
        }
    }
}
