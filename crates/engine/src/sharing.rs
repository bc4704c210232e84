//! Work that is done on several cores at once.
//!
//! The engine starts no threads. Whoever owns it says how two pieces of work are done at a time, and
//! what an evaluation comes to does not depend on it: pieces write to places of their own. Start at
//! [`Sharing`].

use std::{
    fmt,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use crate::row::ABSENT;

/// A piece of work.
pub type Piece<'p> = &'p mut (dyn FnMut() + Send);

/// Does two pieces of work, at the same time if it can, and comes back when both are done.
pub type Join = dyn Fn(Piece<'_>, Piece<'_>) + Send + Sync;

/// How work is shared out.
pub struct Sharing {
    n_parts: usize,
    min_series: usize,
    join: Box<Join>,
    /// What pieces write to before it goes where it belongs; one node at a time has it.
    values: Mutex<Vec<f64>>,
}

impl Sharing {
    /// Into so many parts, at least one, which is how many cores there are. Nodes with fewer than
    /// `min_series` are not worth waking another core.
    pub fn new(
        n_parts: usize,
        min_series: usize,
        join: impl Fn(Piece<'_>, Piece<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self { n_parts: n_parts.max(1), min_series, join: Box::new(join), values: Mutex::default() }
    }

    /// Whether so many series are worth it.
    pub(crate) fn is_worth(&self, n_series: usize) -> bool {
        n_series >= self.min_series
    }

    /// Shares positions `0..n` out: each of the parts has neighbours, with a place for the value of
    /// each. `then` sees the values of all; where there is none, it is absent.
    pub(crate) fn values<P: Default + Send>(
        &self,
        n: usize,
        parts: &mut Vec<P>,
        work: &(impl Fn(Range<usize>, &mut [f64], &mut P) + Sync),
        then: impl FnOnce(&[f64]),
    ) {
        parts.resize_with(self.n_parts, P::default);
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.clear();
        values.resize(n, ABSENT);
        self.split(0, &mut values, parts, work);
        then(&values);
    }

    fn split<P: Send>(
        &self,
        first: usize,
        values: &mut [f64],
        parts: &mut [P],
        work: &(impl Fn(Range<usize>, &mut [f64], &mut P) + Sync),
    ) {
        match parts {
            [] => {}
            [part] => work(first..first + values.len(), values, part),
            _ => {
                let n_parts = parts.len();
                let (left, right) = parts.split_at_mut(n_parts / 2);
                let n_left = values.len() * left.len() / n_parts;
                let (head, tail) = values.split_at_mut(n_left);
                let mut a = || self.split(first, head, left, work);
                let mut b = || self.split(first + n_left, tail, right, work);
                (self.join)(&mut a, &mut b);
            }
        }
    }
}

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing").field("n_parts", &self.n_parts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_position_is_done_once_with_its_own_place() {
        for (n, n_parts) in [(0, 3), (1, 3), (7, 3), (10, 4), (5, 1), (8, 0)] {
            let sharing = Sharing::new(n_parts, 0, |a, b| {
                std::thread::scope(|scope| {
                    scope.spawn(a);
                    b();
                });
            });
            let (mut parts, mut seen) = (vec![0], Vec::new());
            sharing.values(
                n,
                &mut parts,
                &|positions, values, part| {
                    *part = positions.len();
                    assert_eq!(values.len(), positions.len());
                    values.iter_mut().zip(positions).for_each(|(value, at)| *value = at as f64);
                },
                |values| seen = values.to_vec(),
            );
            assert_eq!(seen, (0..n).map(|at| at as f64).collect::<Vec<_>>());
            assert_eq!((parts.len(), parts.iter().sum::<usize>()), (n_parts.max(1), n));
        }
    }
}
