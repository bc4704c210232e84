//! Fragments that one answer of the source can serve together.
//!
//! Where fragments differ only in the value of one label that their selector asks for, the source
//! can be asked for all of these values at once, and each fragment takes its rows: an equality
//! matcher makes the label constant, so that grouping by it changes no group. Where one of them
//! asks for all values anyway, its answer holds the others'. Start at [`batches`].

mod general;

use std::collections::{BTreeMap, HashMap};

use model::{MatchOp, Matcher};
use promql::Expr;

use super::{
    Fragment, FragmentId, FragmentKind,
    canonical::{is_name, one_of},
};
use general::General;

/// The longest matcher that lists values, in bytes; longer lists are asked for in parts.
const MAX_PATTERN: usize = 4096;
/// The most values that are listed; more than Prometheus looks up one by one.
const MAX_VALUES: usize = 256;

/// A dense number for a batch of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u32);

/// Fragments that differ in the value of one label.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// The label.
    pub label: String,
    /// The fragments, each with what it takes of an answer, in the order of their values.
    pub members: Vec<Member>,
    /// The fragment that asks for all values, if one does.
    pub all: Option<FragmentId>,
    /// What has all values.
    general: Expr,
}

/// A fragment of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The fragment.
    pub fragment: FragmentId,
    /// Its rows have this value of the batch's label.
    pub value: String,
    /// Whether its own rows do not have the label.
    pub drops_label: bool,
}

/// A question that serves some members of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What to ask, as PromQL.
    pub query: String,
    /// Whom the answer serves, as indexes of the batch's members.
    pub members: Vec<usize>,
}

impl Batch {
    /// What to ask to serve some of the members, given by ascending indexes.
    pub fn questions(&self, members: &[usize]) -> Vec<Question> {
        let (mut questions, mut rest) = (Vec::new(), members);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.fitting(rest));
            questions.push(Question { query: self.query(now), members: now.to_vec() });
            rest = later;
        }
        questions
    }

    /// How many of these members can be asked for at once; one at least.
    fn fitting(&self, members: &[usize]) -> usize {
        let mut length = 0;
        let fits = members.iter().take(MAX_VALUES).take_while(|i| {
            // Each character may need a backslash.
            length += 2 * self.members[**i].value.len() + 1;
            length <= MAX_PATTERN
        });
        fits.count().max(1)
    }

    fn query(&self, members: &[usize]) -> String {
        let mut values: Vec<&str> = members.iter().map(|i| &*self.members[*i].value).collect();
        values.dedup();
        let matcher = match *values {
            [value] => Matcher::equal(&self.label, value),
            _ => one_of(&self.label, MatchOp::Regex, &values),
        };
        general::narrowed(&self.general, matcher).to_string()
    }
}

/// The batches of a plan's fragments; each fragment is in one at most.
pub(super) fn batches(fragments: &[Fragment]) -> Vec<Batch> {
    let exprs: Vec<Option<Expr>> = fragments.iter().map(general::expr_of).collect();
    let families = families(fragments, &exprs);
    let mut by_size: Vec<(&String, &Vec<(usize, General)>)> = families.iter().collect();
    by_size.sort_by_key(|(key, members)| (std::cmp::Reverse(members.len()), *key));
    let texts: HashMap<(FragmentKind, String), usize> = (0..)
        .zip(&exprs)
        .filter_map(|(i, expr)| Some(((fragments[i].kind, expr.as_ref()?.to_string()), i)))
        .collect();
    let (mut batches, mut taken) = (Vec::new(), vec![false; fragments.len()]);
    for (_, family) in by_size {
        let family: Vec<&(usize, General)> = family.iter().filter(|(i, _)| !taken[*i]).collect();
        let Some((first, general)) = family.first() else { continue };
        let kind = fragments[*first].kind;
        let all = texts.get(&(kind, general.expr.to_string())).copied().filter(|i| !taken[*i]);
        if family.len() + usize::from(all.is_some()) < 2 {
            continue;
        }
        family.iter().map(|(i, _)| *i).chain(all).for_each(|i| taken[i] = true);
        let id = BatchId(u32::try_from(batches.len()).expect("under 4 G batches"));
        batches.push(Batch {
            id,
            label: general.label.clone(),
            members: members(&family, fragments),
            all: all.map(|i| fragments[i].id),
            general: general.expr.clone(),
        });
    }
    batches
}

fn members(family: &[&(usize, General)], fragments: &[Fragment]) -> Vec<Member> {
    let mut members: Vec<Member> = family
        .iter()
        .map(|(i, general)| Member {
            fragment: fragments[*i].id,
            value: general.value.clone(),
            drops_label: general.drops_label,
        })
        .collect();
    members.sort_by(|a, b| a.value.cmp(&b.value));
    members
}

/// The fragments by what they are one value of: the key names form, label and expression.
fn families(
    fragments: &[Fragment],
    exprs: &[Option<Expr>],
) -> BTreeMap<String, Vec<(usize, General)>> {
    let mut families: BTreeMap<String, Vec<(usize, General)>> = BTreeMap::new();
    for (i, (fragment, expr)) in fragments.iter().zip(exprs).enumerate() {
        let Some(expr) = expr else { continue };
        let matchers = general::only_selector(expr).into_iter().flatten();
        let labels =
            matchers.filter(|m| m.op == MatchOp::Equal && !is_name(m) && !m.value.is_empty());
        for general in labels.filter_map(|m| General::of(expr, m)) {
            let key = format!("{:?} {} {}", fragment.kind, general.label, general.expr);
            families.entry(key).or_default().push((i, general));
        }
    }
    families
}
