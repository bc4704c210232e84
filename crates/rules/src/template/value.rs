//! The values a template computes with, and their Go types.
//!
//! Go's templates work on any value through reflection; these are the types that Prometheus hands
//! to them and those that its functions return.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use model::{FloatHistogram, Labels, SampleValue};

/// A value. Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// No value: an untyped nil, or the result of looking a field up in nothing.
    Nil,
    Bool(bool),
    Int(i64),
    /// A byte of a string, Go's `uint8`.
    Byte(u8),
    Float(f64),
    /// A native histogram.
    Histogram(Arc<FloatHistogram>),
    Str(Rc<str>),
    /// What `safeHtml` returns.
    Html(Rc<str>),
    /// A map from strings to strings.
    Labels(Labels),
    /// What `args` returns.
    Args(Rc<BTreeMap<String, Value>>),
    /// The result of a query.
    Samples(Rc<[Rc<Sample>]>),
    Sample(Rc<Sample>),
    /// A nil where a sample is expected.
    NilSample,
    /// The outermost dot.
    Data(Rc<Data>),
    /// Nanoseconds since the epoch, in UTC.
    Time {
        nanos: i64,
        pointer: bool,
    },
    /// Nanoseconds.
    Duration {
        nanos: i64,
        pointer: bool,
    },
    /// From 1.
    Month(i8),
    /// From Sunday, 0.
    Weekday(i8),
}

/// One row of a query's result.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Labels,
    pub(super) value: SampleValue,
}

/// What an alert's templates are given as dot.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) labels: Labels,
    pub(super) external_labels: Labels,
    pub(super) external_url: Rc<str>,
    pub(super) value: SampleValue,
}

impl Value {
    pub(super) fn str(text: impl Into<Rc<str>>) -> Self {
        Value::Str(text.into())
    }

    /// The type's name, as `%T` prints it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Byte(_) => "uint8",
            Value::Float(_) => "float64",
            Value::Histogram(_) => "*histogram.FloatHistogram",
            Value::Str(_) => "string",
            Value::Html(_) => "template.HTML",
            Value::Labels(_) => "map[string]string",
            Value::Args(_) => "map[string]interface {}",
            Value::Samples(_) => "template.queryResult",
            Value::Sample(_) | Value::NilSample => "*template.sample",
            Value::Data(_) => {
                "struct { Labels map[string]string; ExternalLabels map[string]string; \
                 ExternalURL string; Value interface {} }"
            }
            Value::Time { pointer: false, .. } => "time.Time",
            Value::Time { pointer: true, .. } => "*time.Time",
            Value::Duration { pointer: false, .. } => "time.Duration",
            Value::Duration { pointer: true, .. } => "*time.Duration",
            Value::Month(_) => "time.Month",
            Value::Weekday(_) => "time.Weekday",
        }
    }

    /// The type's name once pointers are followed.
    pub(super) fn element_type_name(&self) -> &'static str {
        self.type_name().trim_start_matches('*')
    }

    /// What `if` makes of it: everything is true but the zero of its type.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Nil | Value::NilSample => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Byte(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) | Value::Html(text) => !text.is_empty(),
            Value::Labels(labels) => !labels.is_empty(),
            Value::Args(args) => !args.is_empty(),
            Value::Samples(samples) => !samples.is_empty(),
            Value::Histogram(_) | Value::Sample(_) | Value::Data(_) | Value::Time { .. } => true,
            Value::Duration { nanos, pointer } => *pointer || *nanos != 0,
            Value::Month(n) | Value::Weekday(n) => *n != 0,
        }
    }

    /// The text of a string type.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) | Value::Html(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer type.
    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(value) => Some(*value),
            Value::Byte(value) => Some((*value).into()),
            Value::Duration { nanos, pointer: false } => Some(*nanos),
            Value::Month(n) | Value::Weekday(n) => Some((*n).into()),
            _ => None,
        }
    }
}

impl From<&SampleValue> for Value {
    fn from(value: &SampleValue) -> Self {
        match value {
            SampleValue::Float(value) => Self::Float(*value),
            SampleValue::Histogram(value) => Self::Histogram(value.clone()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
