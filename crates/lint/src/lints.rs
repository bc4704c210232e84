//! The table of lints, sorted by code: a lint is a file and a line here.

mod absent_of_comparison;
mod alert_on_default_route;
mod alert_without_test;
mod chained_comparison;
mod contradictory_matchers;
mod gauge_function_on_counter;
mod group_by_label_missing;
mod inhibition_without_effect;
mod needless_regex;
mod odd_alternative;
mod one_sided_test;
mod precedence_surprise;
mod rate_of_aggregation;
mod redundant_matcher;
mod regex_in_equality;
mod route_label_never_produced;
mod route_value_never_produced;
mod severity_threshold_inversion;
mod test_before_for;
mod test_of_unknown_rule;
mod unescaped_dot;
mod unreachable_route;

use crate::Lint;

/// Every lint, sorted by code.
pub static LINTS: &[&Lint] = &[
    &alert_without_test::LINT,
    &one_sided_test::LINT,
    &test_of_unknown_rule::LINT,
    &test_before_for::LINT,
    &alert_on_default_route::LINT,
    &unreachable_route::LINT,
    &route_label_never_produced::LINT,
    &route_value_never_produced::LINT,
    &group_by_label_missing::LINT,
    &inhibition_without_effect::LINT,
    &precedence_surprise::LINT,
    &chained_comparison::LINT,
    &contradictory_matchers::LINT,
    &regex_in_equality::LINT,
    &needless_regex::LINT,
    &unescaped_dot::LINT,
    &gauge_function_on_counter::LINT,
    &rate_of_aggregation::LINT,
    &absent_of_comparison::LINT,
    &redundant_matcher::LINT,
    &odd_alternative::LINT,
    &severity_threshold_inversion::LINT,
];
