//! Which rows of a wider node are those of a narrower one.

use super::{RowMap, SeriesRef, source::reach};

/// The rows of a wider node that stand for a node's own series; kept until either has other series.
#[derive(Debug, Default)]
pub(crate) struct Wider {
    /// Per own series a row of the wider node; none where it lacks one.
    rows: Option<Vec<u32>>,
    /// The versions of both nodes' series for which that holds.
    versions: Option<(u64, u64)>,
}

/// Series of a node with the rows to which they lead, and the order of their places.
#[derive(Clone, Copy)]
pub(crate) struct WiderRows<'a> {
    pub(crate) series: &'a [SeriesRef],
    pub(crate) visit: &'a [u32],
    pub(crate) map: &'a RowMap,
}

impl Wider {
    /// Per own series its row in the wider node, if that has all of them. Both `visit` in the order
    /// of the series' places.
    pub(crate) fn rows(
        &mut self,
        versions: (u64, u64),
        (series, visit): (&[SeriesRef], &[u32]),
        wider: WiderRows<'_>,
    ) -> Option<&[u32]> {
        if self.versions != Some(versions) {
            self.versions = Some(versions);
            self.rows = found(series, visit, wider);
        }
        self.rows.as_deref()
    }
}

fn found(series: &[SeriesRef], visit: &[u32], wider: WiderRows<'_>) -> Option<Vec<u32>> {
    let mut rows = vec![0; series.len()];
    let mut rest = wider.visit;
    for own in visit {
        let wanted = series[*own as usize];
        let n = reach(rest, |at| wider.series[at as usize] < wanted);
        rest = &rest[n..];
        let at = *rest.first().filter(|at| wider.series[**at as usize] == wanted)?;
        rows[*own as usize] = super::rows::number(wider.map.at(at as usize));
    }
    Some(rows)
}
