//! How the series of two sides find each other.

use model::METRIC_NAME;
use promql::ast::{Cardinality, Matching};

use super::{Label, LabelSet, Node, Why};

/// Why no series of one side can match one of the other.
#[derive(Clone, Debug)]
pub struct Conflict<'e> {
    /// The label that they would have to agree on.
    pub label: &'e str,
    /// What the left side has.
    pub lhs: Label<'e>,
    /// What the right side has.
    pub rhs: Label<'e>,
}

/// Why nothing can match; none where something may. Each pair of branches has a reason: this is
/// the first one's.
pub fn conflict<'e>(
    lhs: &Node<'e>,
    rhs: &Node<'e>,
    matching: &'e Matching,
) -> Option<Conflict<'e>> {
    let pairs = lhs.branches.iter().flat_map(|a| rhs.branches.iter().map(move |b| (a, b)));
    let mut first = None;
    for (a, b) in pairs {
        let conflict = conflict_of(&a.labels, &b.labels, matching)?;
        first.get_or_insert(conflict);
    }
    first
}

fn conflict_of<'e>(
    lhs: &LabelSet<'e>,
    rhs: &LabelSet<'e>,
    matching: &'e Matching,
) -> Option<Conflict<'e>> {
    let contradicts = |name: &'e str| {
        let (lhs, rhs) = (lhs.get(name), rhs.get(name));
        let conflict = || Conflict { label: name, lhs: lhs.clone(), rhs: rhs.clone() };
        lhs.meet(rhs).is_none().then(conflict)
    };
    if matching.on {
        return matching.labels.iter().find_map(|name| contradicts(name));
    }
    let matched = |name: &&str| {
        *name != METRIC_NAME && !matching.labels.iter().any(|ignored| ignored == *name)
    };
    lhs.named().chain(rhs.named()).map(|(name, _)| name).filter(matched).find_map(contradicts)
}

/// The labels of one side's series that have a partner; none if no series can have one.
pub(super) fn matched<'e>(
    side: &LabelSet<'e>,
    partner: &LabelSet<'e>,
    matching: &'e Matching,
) -> Option<LabelSet<'e>> {
    side.matched(partner, &matching.labels, matching.on)
}

/// The labels of what a matched pair gives: of the side that may have several series a group, whose
/// labels these are, with those taken from the other side.
pub(super) fn result<'e>(
    mut many: LabelSet<'e>,
    one: &LabelSet<'e>,
    matching: &'e Matching,
    drops_name: bool,
    why: Why,
) -> LabelSet<'e> {
    use super::Reason;
    if drops_name {
        many.drop_name(true, why);
    }
    if matching.cardinality == Cardinality::OneToOne {
        if matching.on {
            many = many.only(&matching.labels, Why { reason: Reason::On, ..why });
        } else {
            for label in &matching.labels {
                many.drop(label, Why { reason: Reason::Ignoring, ..why });
            }
        }
    }
    for name in &matching.include {
        let label = one.get(name).clone();
        let why = label.why.or(Some(Why { reason: Reason::Include, ..why }));
        many.set(name, Label { why, ..label });
    }
    many
}
