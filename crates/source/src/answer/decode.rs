//! Prometheus's JSON into columns, in one pass and without a tree.
//!
//! Series are recognised by their own shape, so `resultType` may stand before or after `result`;
//! it is compared at the end. Samples go straight into the columns. What the API does not promise
//! (unknown fields) is skipped.

/// Implements `DeserializeSeed` for a visitor by the named method of a deserializer.
macro_rules! seed {
    ($seed:ty, $value:ty, $method:ident) => {
        impl<'de> DeserializeSeed<'de> for $seed {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<$value, D::Error> {
                from.$method(self)
            }
        }
    };
}

mod histogram;
mod series;
#[cfg(test)]
mod tests;

use std::{fmt, io::Read};

use model::{Labels, SeriesColumns};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor},
};

use self::series::{ResultSeed, sample_value};
use super::{Answer, AnswerKind, ResultType};

/// A whole answer as it was read.
#[derive(Debug, Default)]
pub(super) struct Document {
    status: Option<String>,
    error_type: Option<String>,
    error: Option<String>,
    result_type: Option<String>,
    result: Option<ResultShape>,
    columns: SeriesColumns,
    warnings: Vec<String>,
    infos: Vec<String>,
    is_partial: bool,
}

/// What a result looked like.
#[derive(Debug, PartialEq, Eq)]
enum ResultShape {
    /// An array of nothing.
    Empty,
    /// Series with one sample each.
    Vector,
    /// Series with many samples each.
    Matrix,
    /// A time and a text.
    Pair(String),
}

/// Reads one document to its end.
pub(super) fn decode(reader: impl Read) -> Result<Document, String> {
    let mut document = Document::default();
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let read = TopSeed(&mut document).deserialize(&mut deserializer);
    match read.and_then(|()| deserializer.end()) {
        Ok(()) => Ok(document),
        Err(e) if e.is_eof() => Err(format!("it ends in the middle: {e}")),
        Err(e) => Err(e.to_string()),
    }
}

impl Document {
    /// Error type and message, where the document is an error.
    pub(super) fn api_error(&self) -> Option<(String, String)> {
        if self.status.as_deref() != Some("error") {
            return None;
        }
        let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".into());
        Some((or_unknown(&self.error_type), or_unknown(&self.error)))
    }

    /// The answer, where the parts agree.
    pub(super) fn into_answer(self, bytes: u64) -> Result<Answer, String> {
        if self.status.as_deref() != Some("success") {
            return Err(match self.status {
                Some(status) => format!("its status is {status:?}, not \"success\""),
                None => "it has no status; is this a Prometheus API?".to_owned(),
            });
        }
        let named = self.result_type.as_deref().ok_or("it has no resultType")?;
        let named =
            ResultType::from_api(named).ok_or_else(|| format!("unknown resultType {named:?}"))?;
        let mut data = self.columns;
        let kind = match (named, self.result.ok_or("it has no result")?) {
            (ResultType::Vector, ResultShape::Vector | ResultShape::Empty) => AnswerKind::Vector,
            (ResultType::Matrix, ResultShape::Matrix | ResultShape::Empty) => AnswerKind::Matrix,
            (ResultType::String, ResultShape::Pair(text)) => {
                data = SeriesColumns::default();
                AnswerKind::String(text)
            }
            (ResultType::Scalar, ResultShape::Pair(text)) => {
                data.values.push(
                    sample_value(&text).ok_or_else(|| format!("{text:?} is no sample value"))?,
                );
                data.end_series(Labels::empty());
                AnswerKind::Scalar
            }
            (named, shape) => return Err(format!("the result of type {named} is {shape}")),
        };
        let mut warnings = self.warnings;
        if self.is_partial {
            warnings.push("the source says that its answer is partial".to_owned());
        }
        Ok(Answer { data, kind, warnings, infos: self.infos, bytes })
    }
}

impl fmt::Display for ResultShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty array",
            Self::Vector => "an array of series with one sample each",
            Self::Matrix => "an array of series with many samples each",
            Self::Pair(_) => "a time and a text",
        })
    }
}

struct TopSeed<'a>(&'a mut Document);
seed!(TopSeed<'_>, (), deserialize_map);

#[derive(Deserialize)]
#[serde(field_identifier)]
enum TopField {
    #[serde(rename = "status")]
    Status,
    #[serde(rename = "data")]
    Data,
    #[serde(rename = "errorType")]
    ErrorType,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "warnings")]
    Warnings,
    #[serde(rename = "infos")]
    Infos,
    #[serde(rename = "isPartial")]
    IsPartial,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for TopSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the Prometheus API")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key()? {
            match field {
                TopField::Status => self.0.status = map.next_value()?,
                TopField::Data => map.next_value_seed(DataSeed(self.0))?,
                TopField::ErrorType => self.0.error_type = map.next_value()?,
                TopField::Error => self.0.error = map.next_value()?,
                TopField::Warnings => {
                    self.0.warnings = map.next_value::<Option<_>>()?.unwrap_or_default();
                }
                TopField::Infos => {
                    self.0.infos = map.next_value::<Option<_>>()?.unwrap_or_default();
                }
                TopField::IsPartial => {
                    self.0.is_partial = map.next_value::<Option<_>>()?.unwrap_or_default();
                }
                TopField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The member `data`, which may be null in an error.
struct DataSeed<'a>(&'a mut Document);
seed!(DataSeed<'_>, (), deserialize_any);

#[derive(Deserialize)]
#[serde(field_identifier)]
enum DataField {
    #[serde(rename = "resultType")]
    ResultType,
    #[serde(rename = "result")]
    Result,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for DataSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with resultType and result")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key()? {
            match field {
                DataField::ResultType => self.0.result_type = map.next_value()?,
                DataField::Result if self.0.result.is_some() => {
                    return Err(A::Error::duplicate_field("result"));
                }
                DataField::Result => {
                    self.0.result = Some(map.next_value_seed(ResultSeed(self.0))?);
                }
                DataField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
