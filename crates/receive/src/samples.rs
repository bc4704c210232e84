//! The samples of a batch, in pieces that all take the same memory.
//!
//! They are written by one thread and freed by another. Pieces of one size are taken again by the
//! next request; a list that grows by doubling would leave one of each size behind.

use crate::Sample;

/// Samples in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pieces: Vec<Vec<Sample>>,
}

/// So many samples are in a piece.
const PIECE: usize = 2048;

impl Samples {
    /// None yet; a few are expected.
    pub(crate) fn with_room(n: usize) -> Self {
        Self { pieces: vec![Vec::with_capacity(n.min(PIECE))] }
    }

    /// Adds one behind the others.
    pub fn push(&mut self, sample: Sample) {
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => last.push(sample),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(sample);
                self.pieces.push(piece);
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(Vec::is_empty)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Sample> {
        self.pieces.iter().flatten()
    }

    /// The last `n`, from the last one on.
    pub(crate) fn last_mut(&mut self, n: usize) -> impl Iterator<Item = &mut Sample> {
        self.pieces.iter_mut().rev().flat_map(|piece| piece.iter_mut().rev()).take(n)
    }
}

impl IntoIterator for Samples {
    type Item = Sample;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<Sample>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter().flatten()
    }
}

impl<'a> IntoIterator for &'a Samples {
    type Item = &'a Sample;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'a, Vec<Sample>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use model::SampleValue;

    use super::*;

    #[test]
    fn pieces_are_one_list() {
        let sample = |t: i64| Sample { handle: 0, t, start: 0, value: SampleValue::Float(1.0) };
        let n = i64::try_from(PIECE).unwrap() * 2 + 3;
        let mut samples = Samples::with_room(5);
        assert!(samples.is_empty());
        (0..n).for_each(|t| samples.push(sample(t)));
        samples.last_mut(PIECE + 4).for_each(|sample| sample.start = 7);
        assert_eq!(samples.len(), PIECE * 2 + 3);
        assert!(samples.iter().map(|s| s.t).eq(0..n));
        assert_eq!(samples.iter().filter(|s| s.start == 7).count(), PIECE + 4);
        let first = samples.into_iter().find(|s| s.start == 7).map(|s| s.t);
        assert_eq!(first, Some(n - i64::try_from(PIECE).unwrap() - 4));
    }
}
