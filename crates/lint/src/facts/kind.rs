//! What samples are, and what numbers count: read from names, carried through operations.

use promql::BinaryOp;

/// What the samples of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// It only grows, until it starts at 0 again: `_total`.
    Counter,
    /// It goes up and down; also what is computed.
    Gauge,
    /// Cumulative counts of a classic histogram: `_bucket`.
    Bucket,
    /// The count of a histogram or a summary: `_count`.
    Count,
    /// The sum of a histogram or a summary: `_sum`.
    Sum,
    /// 0 or 1.
    Bool,
    /// Always 1, for its labels: `_info`.
    Info,
    /// Seconds since 1970.
    Timestamp,
    /// A part of a whole, from 0 to 1.
    Ratio,
    /// The name does not tell.
    Unknown,
}

/// What numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// Of what.
    pub base: Base,
    /// Whether it is so many a second.
    pub per_second: bool,
}

/// Units that names tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// Not known.
    Unknown,
    /// A plain number, such as a literal or a count.
    One,
    /// Seconds.
    Seconds,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds since 1970.
    Timestamp,
    /// Bytes.
    Bytes,
    /// Bits.
    Bits,
    /// A part of a whole: 1 is all.
    Ratio,
    /// A part of a hundred: 100 is all.
    Percent,
    /// Degrees Celsius.
    Celsius,
}

impl MetricKind {
    /// What the name of a metric tells by its ending.
    pub fn of(name: &str) -> Self {
        const ENDINGS: &[(&str, MetricKind)] = &[
            ("_total", MetricKind::Counter),
            ("_bucket", MetricKind::Bucket),
            ("_count", MetricKind::Count),
            ("_sum", MetricKind::Sum),
            ("_info", MetricKind::Info),
            ("_created", MetricKind::Timestamp),
            ("_timestamp_seconds", MetricKind::Timestamp),
            ("_timestamp", MetricKind::Timestamp),
            ("_ratio", MetricKind::Ratio),
        ];
        if name.contains(':') {
            return Self::Unknown;
        }
        if super::metric::is_bool(name) {
            return Self::Bool;
        }
        let known = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
        known.map_or(Self::Unknown, |(_, kind)| *kind)
    }

    /// Whether it only grows.
    pub fn is_cumulative(self) -> bool {
        matches!(self, Self::Counter | Self::Bucket | Self::Count | Self::Sum)
    }

    /// What stays where series of both kinds are one result.
    pub(super) fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}

impl Unit {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { base: Base::Unknown, per_second: false };
    /// A plain number.
    pub const ONE: Self = Self { base: Base::One, per_second: false };
    /// Seconds.
    pub const SECONDS: Self = Self { base: Base::Seconds, per_second: false };
    /// Seconds since 1970.
    pub const TIMESTAMP: Self = Self { base: Base::Timestamp, per_second: false };
    /// A part of a whole.
    pub const RATIO: Self = Self { base: Base::Ratio, per_second: false };

    /// What the name of a metric tells by its ending.
    pub fn of(name: &str) -> Self {
        const ENDINGS: &[(&str, Base)] = &[
            ("_timestamp_seconds", Base::Timestamp),
            ("_timestamp", Base::Timestamp),
            ("_created", Base::Timestamp),
            ("_seconds", Base::Seconds),
            ("_milliseconds", Base::Milliseconds),
            ("_ms", Base::Milliseconds),
            ("_bytes", Base::Bytes),
            ("_bits", Base::Bits),
            ("_ratio", Base::Ratio),
            ("_percent", Base::Percent),
            ("_percentage", Base::Percent),
            ("_celsius", Base::Celsius),
            ("_info", Base::One),
        ];
        let whole = name;
        let name = ["_total", "_sum"].iter().find_map(|e| name.strip_suffix(e)).unwrap_or(name);
        if whole.ends_with("_count") || whole.ends_with("_bucket") {
            return Self::ONE;
        }
        let known = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
        match known {
            Some((_, base)) => Self { base: *base, per_second: false },
            None if whole.ends_with("_total") => Self::ONE,
            None => Self::UNKNOWN,
        }
    }

    /// So many a second: seconds a second are a ratio.
    #[must_use]
    pub fn per_second(self) -> Self {
        match self.base {
            Base::Seconds if !self.per_second => Self::RATIO,
            Base::Unknown => self,
            _ => Self { per_second: true, ..self },
        }
    }

    /// What stays where numbers of both are one result.
    pub(super) fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::UNKNOWN }
    }

    /// The unit of `a op b`; `scale` is the other operand where that is a number as written.
    pub(super) fn combined(self, op: BinaryOp, other: Self, scale: Option<f64>) -> Self {
        match (op, self.base, other.base) {
            (BinaryOp::Mul, Base::Ratio, Base::One) if scale == Some(100.0) => {
                Self { base: Base::Percent, ..self }
            }
            (BinaryOp::Mul, Base::One, Base::Ratio) if scale == Some(100.0) => {
                Self { base: Base::Percent, ..other }
            }
            (BinaryOp::Div, Base::Percent, Base::One) if scale == Some(100.0) => {
                Self { base: Base::Ratio, ..self }
            }
            (
                BinaryOp::Mul | BinaryOp::Div,
                Base::Bytes | Base::Bits | Base::Seconds,
                Base::One,
            ) if scale.is_some_and(|scale| scale != 1.0) => Self::UNKNOWN,
            (BinaryOp::Sub, Base::Timestamp, Base::Timestamp) => Self::SECONDS,
            (BinaryOp::Add | BinaryOp::Sub, Base::Timestamp, Base::Seconds | Base::One)
            | (BinaryOp::Add | BinaryOp::Sub, Base::Ratio | Base::Percent, Base::One) => self,
            (BinaryOp::Add | BinaryOp::Sub, Base::One, Base::Ratio | Base::Percent) => other,
            (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mod, _, _) => self.join(other),
            (BinaryOp::Div, _, _) if self == other && self.base != Base::Unknown => Self::RATIO,
            (BinaryOp::Mul | BinaryOp::Div, _, Base::One) if !other.per_second => self,
            (BinaryOp::Mul, Base::One, _) if !self.per_second => other,
            _ => Self::UNKNOWN,
        }
    }
}
