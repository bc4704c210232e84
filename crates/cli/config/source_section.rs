//! The section `source`: how to reach it, and how much of the work it does.
//!
//! The first is the HTTP client's business, and its keys are; the second is not.

use std::fmt;

use clap::ValueEnum;
use engine::Regrouping;
use ruler::config::EvaluationSlots;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};
use source::SourceConfig;

/// The section `source`.
#[derive(Debug, Default)]
pub(super) struct SourceSection {
    /// How to reach it.
    pub(super) client: SourceConfig,
    /// What it evaluates.
    pub(super) cut: Option<Cut>,
    /// What is computed from finer aggregations that it evaluates.
    pub(super) regrouping: Option<RegroupingKey>,
}

impl SourceSection {
    /// Whether it does not say where the source is.
    pub(super) fn has_no_url(&self) -> bool {
        self.client.url.expose().is_empty()
    }
}

/// Where expressions are divided between the source and this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cut {
    /// The source evaluates bare selectors.
    Selectors,
    /// The source evaluates aggregations and functions over windows, each once for all rules.
    Shared,
    /// The source evaluates whole expressions, but for thresholds.
    Whole,
    /// The source evaluates nothing: samples are sent here by Prometheus remote write.
    Stream,
}

impl Cut {
    /// What holds unless told otherwise.
    pub(crate) const DEFAULT: Self = Self::Shared;

    /// When groups are evaluated unless told otherwise: for the times at which Prometheus would,
    /// but for the cut whose use is that answers are shared.
    pub(crate) fn slots(self) -> EvaluationSlots {
        match self {
            Self::Selectors | Self::Whole => EvaluationSlots::Spread,
            // So that answers are shared, and what groups share is computed once.
            Self::Shared | Self::Stream => EvaluationSlots::Together,
        }
    }
}

impl From<Cut> for engine::Cut {
    fn from(cut: Cut) -> Self {
        match cut {
            // Of a stream, the residue is everything.
            Cut::Selectors | Cut::Stream => Self::Selectors,
            Cut::Shared => Self::Shared,
            Cut::Whole => Self::Whole,
        }
    }
}

/// Which aggregations are computed from finer ones that the source evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RegroupingKey {
    Sums,
    Exact,
}

impl From<RegroupingKey> for Regrouping {
    fn from(key: RegroupingKey) -> Self {
        match key {
            RegroupingKey::Sums => Self::Sums,
            RegroupingKey::Exact => Self::Exact,
        }
    }
}

impl<'de> Deserialize<'de> for SourceSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SectionVisitor)
    }
}

struct SectionVisitor;

impl<'de> Visitor<'de> for SectionVisitor {
    type Value = SourceSection;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SourceSection, A::Error> {
        let (mut cut, mut regrouping) = (None, None);
        let others = Others { map, cut: &mut cut, regrouping: &mut regrouping };
        let client = SourceConfig::deserialize(MapAccessDeserializer::new(others))?;
        Ok(SourceSection { client, cut, regrouping })
    }
}

/// The keys of a mapping but for those that are not the client's, which are kept back.
struct Others<'a, A> {
    map: A,
    cut: &'a mut Option<Cut>,
    regrouping: &'a mut Option<RegroupingKey>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Others<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            match &*key {
                "cut" => *self.cut = Some(self.map.next_value()?),
                "regrouping" => *self.regrouping = Some(self.map.next_value()?),
                _ => return seed.deserialize(key.into_deserializer()).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
