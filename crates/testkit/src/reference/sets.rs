//! `and`, `or` and `unless`.

use model::Labels;
use promql::{BinaryOp, ast::Matching};

use super::{binary::signature, value::Element};

/// Combines two vectors as sets, by the signatures of their samples.
pub(super) fn combine(
    op: BinaryOp,
    matching: &Matching,
    lhs: &[Element],
    rhs: &[Element],
) -> Vec<Element> {
    let signatures = |side: &[Element]| -> Vec<Labels> {
        side.iter().map(|e| signature(matching, &e.labels)).collect()
    };
    let (left, right) = (signatures(lhs), signatures(rhs));
    let picked = |side: &[Element], keep: &dyn Fn(&Labels) -> bool| -> Vec<Element> {
        let kept = side.iter().filter(|e| keep(&signature(matching, &e.labels)));
        kept.cloned().collect()
    };
    match op {
        BinaryOp::And => picked(lhs, &|key| right.contains(key)),
        BinaryOp::Unless => picked(lhs, &|key| !right.contains(key)),
        _ => {
            let mut all = lhs.to_vec();
            all.extend(picked(rhs, &|key| !left.contains(key)));
            all
        }
    }
}
