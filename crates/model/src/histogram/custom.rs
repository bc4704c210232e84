//! Custom buckets with different bounds: both are counted again in the bounds they have in common.

use super::{
    bounds::{common, custom},
    kahan::Sum,
    parts::{Count, Parts},
};

/// Counts buckets again: each goes to the first target bucket that ends where it ends, or later.
pub(super) fn roll_up<V: Count>(
    side: impl Iterator<Item = (i32, V)>,
    bounds: &[f64],
    targets: &mut [V],
    target_bounds: &[f64],
) {
    let mut target = 0;
    for (index, count) in side {
        let bound = custom(index, bounds);
        while target < target_bounds.len() && target_bounds[target] < bound {
            target += 1;
        }
        targets[target] = targets[target].plus(count);
    }
}

impl<V: Count> Parts<V> {
    /// Adds custom buckets with other bounds. Prometheus compensates these sums always.
    pub(super) fn add_rebounded(
        &mut self,
        other: impl Iterator<Item = (i32, V)>,
        other_bounds: &[f64],
    ) {
        let bounds = common(&self.bounds, other_bounds);
        let mut targets = vec![Sum::default(); bounds.len() + 1];
        let with_cost = |(index, count): (i32, V)| (index, count.compensated());
        let own = self.positive.iter().copied().map(with_cost);
        roll_up(own, &self.bounds, &mut targets, &bounds);
        roll_up(other.map(with_cost), other_bounds, &mut targets, &bounds);
        let kept = (0..).zip(targets).filter(|(_, count)| !count.is_zero());
        self.positive = kept.map(|(index, count)| (index, V::settle(count))).collect();
        self.bounds = bounds.into();
    }
}
