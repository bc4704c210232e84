//! Which rows of a wider node are those of a narrower one.

use super::{RowMap, Visit, source::reach};

/// The rows of a wider node that stand for a node's own series; kept until either has other series.
#[derive(Debug, Default)]
pub(crate) struct Wider {
    /// Per own series a row of the wider node; none where it lacks one.
    rows: Option<Vec<u32>>,
    /// The versions of both nodes' series for which that holds.
    versions: Option<(u64, u64)>,
}

/// Series of a node in the order of their places, with the rows to which they lead.
#[derive(Clone, Copy)]
pub(crate) struct WiderRows<'a> {
    pub(crate) visit: &'a [Visit],
    pub(crate) map: &'a RowMap,
}

impl Wider {
    /// Per own series its row in the wider node, if that has all of them. Both `visit` in the order
    /// of the series' places.
    pub(crate) fn rows(
        &mut self,
        versions: (u64, u64),
        visit: &[Visit],
        wider: WiderRows<'_>,
    ) -> Option<&[u32]> {
        if self.versions != Some(versions) {
            self.versions = Some(versions);
            self.rows = found(visit, wider);
        }
        self.rows.as_deref()
    }
}

fn found(visit: &[Visit], wider: WiderRows<'_>) -> Option<Vec<u32>> {
    let mut rows = vec![0; visit.len()];
    let mut rest = wider.visit;
    for own in visit {
        rest = &rest[reach(rest, |theirs| theirs.series < own.series)..];
        let theirs = rest.first().filter(|theirs| theirs.series == own.series)?;
        rows[own.at()] = super::rows::number(wider.map.at(theirs.at()));
    }
    Some(rows)
}
