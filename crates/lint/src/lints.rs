//! The table of lints, sorted by code: a lint is a file and a line here.

mod absent_of_comparison;
mod alert_on_default_route;
mod alert_without_test;
mod chained_comparison;
mod closed_label_sets;
mod comparison_always_true;
mod comparison_never_true;
mod constant_alert;
mod contradictory_conjunction;
mod contradictory_matchers;
mod cross_group_dependency;
mod dead_branch;
mod dependency_cycle;
mod division_by_zero;
mod duplicate_alert;
mod duplicate_key;
mod duplicate_rule;
mod enum_value;
mod for_below_interval;
mod for_outlasts_window;
mod further_document;
mod gauge_function_on_counter;
mod group_by_label_missing;
mod group_left_label;
mod histogram_quantile_without_le;
mod impossible_grouping_label;
mod inhibition_without_effect;
mod interval_above_lookback;
mod invalid_duration;
mod invalid_group;
mod invalid_label_name;
mod invalid_rule;
mod invalid_suppression;
mod join_never_matches;
mod label_overwrite;
mod label_replaces_result;
mod level_incomplete;
mod level_not_in_result;
mod manifest_shape;
mod many_to_one;
mod missing_label;
mod needless_regex;
mod no_condition;
mod non_string_scalar;
mod odd_alternative;
mod one_sided_test;
mod or_branches;
mod or_vector;
mod other_dialect;
mod padded_label;
mod precedence_surprise;
mod promql_syntax;
mod query_label_impossible;
mod query_syntax_in_template;
mod rate_of_aggregation;
mod ratio_threshold;
mod raw_buckets;
mod redundant_matcher;
mod regex_in_equality;
mod route_label_never_produced;
mod route_value_never_produced;
mod runbook_missing;
mod runbook_page_missing;
mod same_condition_twice;
mod set_operator_labels;
mod severity_threshold_inversion;
mod silent_without_series;
mod template_fails;
mod template_label_impossible;
mod template_label_in_some_branches;
mod template_not_expanded;
mod template_syntax;
mod test_before_for;
mod test_of_unknown_rule;
mod text_duration;
mod text_threshold;
mod unavailable_feature;
mod unescaped_dot;
mod unformatted_expression;
mod unformatted_value;
mod unknown_field;
mod unreachable_route;
mod unused_suppression;
mod used_before_computed;
mod value_in_label;
mod variable_outside_braces;
mod wrong_type;
mod yaml_error;

use crate::Lint;

pub(crate) use invalid_suppression::LINT as INVALID_SUPPRESSION;
pub(crate) use unused_suppression::LINT as UNUSED_SUPPRESSION;

/// Every lint, sorted by code.
pub static LINTS: &[&Lint] = &[
    &no_condition::LINT,
    &for_below_interval::LINT,
    &for_outlasts_window::LINT,
    &silent_without_series::LINT,
    &duplicate_alert::LINT,
    &same_condition_twice::LINT,
    &value_in_label::LINT,
    &label_replaces_result::LINT,
    &runbook_missing::LINT,
    &runbook_page_missing::LINT,
    &interval_above_lookback::LINT,
    &duplicate_rule::LINT,
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
    &impossible_grouping_label::LINT,
    &join_never_matches::LINT,
    &closed_label_sets::LINT,
    &many_to_one::LINT,
    &group_left_label::LINT,
    &set_operator_labels::LINT,
    &or_branches::LINT,
    &or_vector::LINT,
    &precedence_surprise::LINT,
    &chained_comparison::LINT,
    &contradictory_matchers::LINT,
    &regex_in_equality::LINT,
    &needless_regex::LINT,
    &unescaped_dot::LINT,
    &gauge_function_on_counter::LINT,
    &rate_of_aggregation::LINT,
    &histogram_quantile_without_le::LINT,
    &raw_buckets::LINT,
    &division_by_zero::LINT,
    &absent_of_comparison::LINT,
    &redundant_matcher::LINT,
    &odd_alternative::LINT,
    &used_before_computed::LINT,
    &cross_group_dependency::LINT,
    &dependency_cycle::LINT,
    &template_not_expanded::LINT,
    &level_not_in_result::LINT,
    &label_overwrite::LINT,
    &level_incomplete::LINT,
    &template_label_impossible::LINT,
    &template_label_in_some_branches::LINT,
    &query_label_impossible::LINT,
    &variable_outside_braces::LINT,
    &unformatted_value::LINT,
    &text_duration::LINT,
    &text_threshold::LINT,
    &missing_label::LINT,
    &padded_label::LINT,
    &template_fails::LINT,
    &query_syntax_in_template::LINT,
    &severity_threshold_inversion::LINT,
    &comparison_never_true::LINT,
    &comparison_always_true::LINT,
    &ratio_threshold::LINT,
    &dead_branch::LINT,
    &contradictory_conjunction::LINT,
    &enum_value::LINT,
    &constant_alert::LINT,
    &yaml_error::LINT,
    &unknown_field::LINT,
    &duplicate_key::LINT,
    &non_string_scalar::LINT,
    &promql_syntax::LINT,
    &other_dialect::LINT,
    &unavailable_feature::LINT,
    &manifest_shape::LINT,
    &unformatted_expression::LINT,
    &wrong_type::LINT,
    &invalid_duration::LINT,
    &invalid_group::LINT,
    &invalid_rule::LINT,
    &invalid_label_name::LINT,
    &template_syntax::LINT,
    &further_document::LINT,
    &invalid_suppression::LINT,
    &unused_suppression::LINT,
];
