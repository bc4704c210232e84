//! Vector matching: which rows of two sides meet, and what their result is called.

mod groups;
mod join;
mod sets;

pub(crate) use join::Join;
pub(super) use join::{follow_join, join};
pub(crate) use sets::Sets;
pub(super) use sets::{follow_sets, sets};

use model::{Labels, METRIC_NAME};
use promql::ast::Matching;

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// Whether a missing side has a value to stand in for it.
pub(crate) fn is_filled(matching: &Matching) -> bool {
    matching.fill_left.is_some() || matching.fill_right.is_some()
}

fn match_names(matching: &Matching) -> Vec<&str> {
    matching.labels.iter().map(String::as_str).collect()
}

/// The labels that decide about a match.
pub(crate) fn match_labels(matching: &Matching, labels: &Labels) -> Labels {
    signature(matching.on, &match_names(matching), labels)
}

fn signature(on: bool, names: &[&str], labels: &Labels) -> Labels {
    if on {
        labels.only(names)
    } else {
        let dropped: Vec<&str> = names.iter().copied().chain([METRIC_NAME]).collect();
        labels.without(&dropped)
    }
}
