//! Features that are off unless asked for, under the names that Prometheus has for them.
//!
//! As in Prometheus an unknown name is no error: it is told, and the command goes on.

use clap::builder::{PossibleValue, TypedValueParser};
use engine::query::QueryOptions;
use promql::ParseOptions;

/// What `--enable-feature` asks for.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct FeatureArgs {
    /// Features of Prometheus that are off by default, separated by commas; may be repeated.
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "WATCHFIRE_ENABLE_FEATURE",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = FeatureParser
    )]
    enable_feature: Vec<String>,
}

/// Which features are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// Which syntax is allowed.
    pub(crate) syntax: ParseOptions,
    delayed_name_removal: bool,
    start_timestamps: bool,
    type_and_unit_labels: bool,
}

/// What a feature turns on.
type Enable = fn(&mut Features);

/// Names, what they are for, and what they turn on.
const FEATURES: &[(&str, &str, Enable)] = &[
    ("promql-experimental-functions", "experimental functions, limitk and limit_ratio", |f| {
        f.syntax.experimental_functions = true;
    }),
    ("promql-extended-range-selectors", "anchored and smoothed", |f| {
        f.syntax.extended_range_selectors = true;
    }),
    ("promql-binop-fill-modifiers", "fill, fill_left and fill_right", |f| {
        f.syntax.binop_fill_modifiers = true;
    }),
    ("promql-delayed-name-removal", "metric names go at the end of an evaluation", |f| {
        f.delayed_name_removal = true;
    }),
    ("use-start-timestamps", "counters start at their samples' start timestamps", |f| {
        f.start_timestamps = true;
    }),
    ("type-and-unit-labels", "__type__ and __unit__ tell what a metric is", |f| {
        f.type_and_unit_labels = true;
    }),
    ("promql-duration-expr", "always on", |_| {}),
];

impl FeatureArgs {
    /// What is on; unknown names are told.
    pub(crate) fn features(&self) -> Features {
        let mut features = Features::default();
        for name in self.enable_feature.iter().filter(|name| !name.is_empty()) {
            if let Some((_, _, enable)) = FEATURES.iter().find(|(known, ..)| known == name) {
                enable(&mut features);
            } else {
                tracing::warn!(feature = name, "unknown feature in --enable-feature");
            }
        }
        features
    }
}

impl Features {
    /// How queries are evaluated.
    pub(crate) fn query_options(self) -> QueryOptions {
        QueryOptions {
            delayed_name_removal: self.delayed_name_removal,
            start_timestamps: self.start_timestamps,
            type_and_unit_labels: self.type_and_unit_labels,
            ..QueryOptions::default()
        }
    }

    /// How rules are evaluated.
    pub(crate) fn evaluation(self) -> ruler::Evaluation {
        ruler::Evaluation {
            delayed_name_removal: self.delayed_name_removal,
            start_timestamps: self.start_timestamps,
            type_and_unit_labels: self.type_and_unit_labels,
        }
    }
}

/// Takes any name, and completes those that mean something.
#[derive(Clone)]
struct FeatureParser;

impl TypedValueParser for FeatureParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let shown = FEATURES.iter().map(|(name, what, _)| PossibleValue::new(*name).help(*what));
        Some(Box::new(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus() {
        let args = |names: &[&str]| FeatureArgs {
            enable_feature: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let all: Vec<&str> = FEATURES.iter().map(|(name, ..)| *name).collect();
        let features = args(&all).features();
        assert_eq!(features.syntax, ParseOptions::all());
        assert!(features.query_options().delayed_name_removal);
        assert_eq!(args(&["nonsense", ""]).features(), Features::default());
    }
}
