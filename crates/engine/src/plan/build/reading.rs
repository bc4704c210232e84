//! Which selectors read native histograms without their buckets.
//!
//! Where only count and sum are asked for, Prometheus reads no buckets, and finds counter resets
//! while it reads. As `detectHistogramStatsDecoding` in prometheus promql/engine.go.

use promql::{Expr, ExprKind, FunctionId, operators::OperatorKind};

/// What an expression needs of the histograms inside of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::plan) enum Reading {
    /// Nobody has asked yet.
    #[default]
    Any,
    /// Count and sum only.
    Stats,
    /// Buckets; whatever stands further inside does not change that.
    Whole,
}

impl Reading {
    /// What the arguments of an expression are read for, where this is what its own value is.
    pub(super) fn inside(self, expr: &Expr) -> Self {
        use FunctionId as F;
        match &expr.kind {
            _ if self == Self::Whole => self,
            ExprKind::Call(call) => match call.function {
                F::HistogramCount | F::HistogramSum | F::HistogramAvg => Self::Stats,
                F::HistogramQuantile | F::HistogramQuantiles | F::HistogramFraction => Self::Whole,
                _ => self,
            },
            ExprKind::Binary(binary) if binary.op.row().kind == OperatorKind::Trim => Self::Whole,
            ExprKind::Subquery(_) => Self::Whole,
            _ => self,
        }
    }

    /// Whether a selector is read without buckets.
    pub(super) fn is_stats_only(self) -> bool {
        self == Self::Stats
    }
}
