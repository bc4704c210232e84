//! What only MetricsQL, the language of VictoriaMetrics, knows.

use diagnostics::{Diagnostic, Span};

use super::{foreign, quoted};

/// Functions and aggregations, sorted, with what PromQL has in their place.
const FUNCTIONS: &[(&str, &str)] = &[
    ("aggr_over_time", ""),
    ("alias", "label_replace"),
    ("any", "group"),
    ("ascent_over_time", ""),
    ("bitmap_and", ""),
    ("bitmap_or", ""),
    ("bitmap_xor", ""),
    ("bottomk_avg", ""),
    ("bottomk_last", ""),
    ("bottomk_max", ""),
    ("bottomk_median", ""),
    ("bottomk_min", ""),
    ("buckets_limit", ""),
    ("changes_prometheus", "changes"),
    ("count_eq_over_time", "count_over_time((x == …)[5m:])"),
    ("count_gt_over_time", "count_over_time((x > …)[5m:])"),
    ("count_le_over_time", "count_over_time((x <= …)[5m:])"),
    ("count_ne_over_time", "count_over_time((x != …)[5m:])"),
    ("count_values_over_time", ""),
    ("decreases_over_time", ""),
    ("default_rollup", "last_over_time"),
    ("delta_prometheus", "delta"),
    ("deriv_fast", "deriv"),
    ("descent_over_time", ""),
    ("distinct", "count(count_values(…))"),
    ("distinct_over_time", ""),
    ("drop_common_labels", ""),
    ("drop_empty_series", ""),
    ("duration_over_time", ""),
    ("geomean", "exp(avg(ln(…)))"),
    ("geomean_over_time", ""),
    ("histogram", ""),
    ("histogram_over_time", ""),
    ("histogram_share", "histogram_fraction"),
    ("hoeffding_bound_lower", ""),
    ("hoeffding_bound_upper", ""),
    ("holt_winters", "double_exponential_smoothing"),
    ("increase_prometheus", "increase"),
    ("increase_pure", "increase"),
    ("increases_over_time", "changes"),
    ("integrate", "sum_over_time"),
    ("interpolate", ""),
    ("iqr_over_time", ""),
    ("keep_last_value", "last_over_time"),
    ("keep_next_value", ""),
    ("label_copy", "label_replace"),
    ("label_del", "sum without (…)"),
    ("label_graphite_group", ""),
    ("label_keep", "sum by (…)"),
    ("label_lowercase", ""),
    ("label_map", "label_replace"),
    ("label_match", "a matcher with =~"),
    ("label_mismatch", "a matcher with !~"),
    ("label_move", "label_replace"),
    ("label_set", "label_replace"),
    ("label_transform", "label_replace"),
    ("label_uppercase", ""),
    ("label_value", ""),
    ("labels_equal", ""),
    ("lag", "time() - timestamp(…)"),
    ("lifetime", ""),
    ("limit_offset", ""),
    ("mad", ""),
    ("median", "quantile(0.5, …)"),
    ("median_over_time", "quantile_over_time(0.5, …)"),
    ("mode", ""),
    ("mode_over_time", ""),
    ("now", "time"),
    ("outlier_iqr_over_time", ""),
    ("outliers_iqr", ""),
    ("outliers_mad", ""),
    ("outliersk", ""),
    ("prometheus_buckets", ""),
    ("quantiles", "histogram_quantiles"),
    ("quantiles_over_time", "quantile_over_time"),
    ("rand", ""),
    ("range_avg", ""),
    ("range_first", ""),
    ("range_last", ""),
    ("range_max", ""),
    ("range_median", ""),
    ("range_min", ""),
    ("range_normalize", ""),
    ("range_over_time", "max_over_time(…) - min_over_time(…)"),
    ("range_quantile", ""),
    ("range_sum", ""),
    ("rate_over_sum", ""),
    ("rate_prometheus", "rate"),
    ("remove_resets", ""),
    ("rollup", ""),
    ("rollup_candlestick", ""),
    ("rollup_delta", "delta"),
    ("rollup_deriv", "deriv"),
    ("rollup_increase", "increase"),
    ("rollup_rate", "rate"),
    ("rollup_scrape_interval", ""),
    ("ru", ""),
    ("running_avg", ""),
    ("running_max", ""),
    ("running_min", ""),
    ("running_sum", ""),
    ("scrape_interval", ""),
    ("share", "x / scalar(sum(x))"),
    ("share_eq_over_time", "avg_over_time((x == bool …)[5m:])"),
    ("share_gt_over_time", "avg_over_time((x > bool …)[5m:])"),
    ("share_le_over_time", "avg_over_time((x <= bool …)[5m:])"),
    ("smooth_exponential", "double_exponential_smoothing"),
    ("sort_by_label_numeric", "sort_by_label"),
    ("sort_by_label_numeric_desc", "sort_by_label_desc"),
    ("stale_samples_over_time", ""),
    ("sum2", "sum(x ^ 2)"),
    ("sum2_over_time", ""),
    ("tfirst_over_time", "ts_of_first_over_time"),
    ("timestamp_with_name", "timestamp"),
    ("tlast_change_over_time", ""),
    ("tlast_over_time", "timestamp"),
    ("tmax_over_time", "ts_of_max_over_time"),
    ("tmin_over_time", "ts_of_min_over_time"),
    ("topk_avg", ""),
    ("topk_last", ""),
    ("topk_max", ""),
    ("topk_median", ""),
    ("topk_min", ""),
    ("ttf", "predict_linear(…)"),
    ("union", "or"),
    ("zscore", ""),
    ("zscore_over_time", ""),
];

/// Words that follow or join expressions, with what PromQL has in their place.
const WORDS: &[(&str, &str)] = &[
    ("default", "write `x or vector(0)`, or `or on (…)` with what is to stand in"),
    ("if", "write `and`"),
    ("ifnot", "write `unless`"),
    ("keep_metric_names", "leave it out: PromQL drops names of what it computes"),
    ("limit", "write `limitk(…)`"),
];

pub(super) fn explain(error: &Diagnostic, text: &str) -> Option<Diagnostic> {
    let span = error.span.unwrap_or_default();
    if let Some(name) = quoted(&error.message, "unknown function with name ") {
        let lower = name.to_ascii_lowercase();
        let at = FUNCTIONS.binary_search_by(|(known, _)| (*known).cmp(&*lower)).ok()?;
        let message = format!("`{name}` is a function of MetricsQL, not of PromQL");
        let found = foreign(error, span, message);
        let instead = FUNCTIONS[at].1;
        return Some(if instead.is_empty() {
            found
        } else {
            found.help(format!("`{instead}` comes nearest in PromQL"))
        });
    }
    let before = &text[..span.start as usize];
    if let Some(with) = with_templates(text).filter(|_| error.message.starts_with("unexpected")) {
        let message = "`WITH (…)` is MetricsQL, not PromQL".to_owned();
        let help = "write out what stands in it, or record it with a rule";
        return Some(foreign(error, with, message).help(help));
    }
    let word = span.of(text).split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    let (name, help) = WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known))?;
    let follows = before.trim_end().ends_with(|c: char| c.is_alphanumeric() || ")}]_".contains(c));
    (follows && error.message.starts_with("unexpected")).then(|| {
        let span = Span::new(span.start as usize, span.start as usize + word.len());
        foreign(error, span, format!("`{name}` is MetricsQL, not PromQL")).help(*help)
    })
}

fn with_templates(text: &str) -> Option<Span> {
    let start = text.len() - text.trim_start().len();
    let head = text.get(start..start + 4)?;
    let opens = text[start + 4..].trim_start().starts_with('(');
    (head.eq_ignore_ascii_case("with") && opens).then(|| Span::new(start, start + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_and_not_those_of_promql() {
        assert!(FUNCTIONS.is_sorted_by(|(a, _), (b, _)| a < b));
        for (name, _) in FUNCTIONS {
            assert_eq!(promql::FunctionId::from_name(name), None, "{name}");
        }
    }
}
