//! Fragments that one answer of the source can serve together.
//!
//! Where fragments differ only in the value of one label that their selector asks for, the source
//! can be asked for all of these values at once, and each fragment takes its rows: an equality
//! matcher makes the label constant, so that grouping by it changes no group. Where one of them
//! asks for all values anyway, its answer holds the others'. So does that of a bare selector for
//! selectors with more matchers. Start at [`batches`].

pub(super) mod general;

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

/// Fragments that differ in the value of one label, or selectors that another one contains.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// The label; of selectors that another one contains none, which no row has.
    pub label: String,
    /// The fragments, each with what it takes of an answer, in the order of their values.
    pub members: Vec<Member>,
    /// The fragment that asks for all values, if one does.
    pub all: Option<FragmentId>,
    /// What has all values; none where only `all` can serve the members.
    general: Option<Expr>,
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
    /// What else its rows satisfy.
    pub matchers: Vec<Matcher>,
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
    /// Whether the members can be served without asking for what serves all.
    pub fn has_questions(&self) -> bool {
        self.general.is_some()
    }

    /// What to ask to serve some of the members, given by ascending indexes; nothing where only
    /// what asks for all can serve them.
    pub fn questions(&self, members: &[usize]) -> Vec<Question> {
        let Some(general) = &self.general else { return Vec::new() };
        let (mut questions, mut rest) = (Vec::new(), members);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.fitting(rest));
            questions.push(Question { query: self.query(general, now), members: now.to_vec() });
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

    fn query(&self, general: &Expr, members: &[usize]) -> String {
        let mut values: Vec<&str> = members.iter().map(|i| &*self.members[*i].value).collect();
        values.dedup();
        let matcher = match *values {
            [value] => Matcher::equal(&self.label, value),
            _ => one_of(&self.label, MatchOp::Regex, &values),
        };
        general::narrowed(general, matcher).to_string()
    }
}

/// The batches of a plan's fragments. Each fragment is a member of one label's at most; a selector
/// perhaps of another one too, which goes before.
pub(super) fn batches(fragments: &[Fragment]) -> Vec<Batch> {
    let mut batches = contained(fragments);
    let exprs: Vec<Option<Expr>> = fragments.iter().map(general::expr_of).collect();
    let families = families(fragments, &exprs);
    let mut by_size: Vec<(&String, &Vec<(usize, General)>)> = families.iter().collect();
    by_size.sort_by_key(|(key, members)| (std::cmp::Reverse(members.len()), *key));
    let texts: HashMap<String, usize> = (0..)
        .zip(fragments)
        .filter(|(_, fragment)| fragment.kind == FragmentKind::Expression)
        .map(|(i, fragment)| (fragment.query.clone(), i))
        .collect();
    let mut taken = vec![false; fragments.len()];
    for (_, family) in by_size {
        let family: Vec<&(usize, General)> = family.iter().filter(|(i, _)| !taken[*i]).collect();
        let Some((_, general)) = family.first() else { continue };
        // Of selectors, `contained` knows those that have all.
        let all = texts.get(&general.expr.to_string()).copied().filter(|i| !taken[*i]);
        if family.len() + usize::from(all.is_some()) < 2 {
            continue;
        }
        family.iter().map(|(i, _)| *i).chain(all).for_each(|i| taken[i] = true);
        batches.push(Batch {
            id: next_id(&batches),
            label: general.label.clone(),
            members: members(&family, fragments),
            all: all.map(|i| fragments[i].id),
            general: Some(general.expr.clone()),
        });
    }
    batches
}

fn next_id(batches: &[Batch]) -> BatchId {
    BatchId(u32::try_from(batches.len()).expect("under 4 G batches"))
}

/// Selectors of instants by the widest one that contains them: it has some of their matchers only.
fn contained(fragments: &[Fragment]) -> Vec<Batch> {
    let instants = || fragments.iter().filter(|f| f.kind == FragmentKind::Instant);
    let mut of_name: HashMap<&str, Vec<&Fragment>> = HashMap::new();
    for fragment in instants() {
        of_name.entry(name(fragment)).or_default().push(fragment);
    }
    let mut by_all: BTreeMap<FragmentId, Vec<Member>> = BTreeMap::new();
    for fragment in instants() {
        let wider = of_name[name(fragment)].iter().filter(|other| fragment.is_part_of(other));
        let widest = wider.min_by_key(|other| (other.matchers.len(), &other.query));
        if let Some(widest) = widest {
            by_all.entry(widest.id).or_default().push(Member {
                fragment: fragment.id,
                value: String::new(),
                drops_label: false,
                matchers: fragment.matchers.clone(),
            });
        }
    }
    let mut batches = Vec::new();
    for (all, members) in by_all {
        let (id, label) = (next_id(&batches), String::new());
        batches.push(Batch { id, label, members, all: Some(all), general: None });
    }
    batches
}

/// The metric that a fragment asks for, if it asks for one.
fn name(fragment: &Fragment) -> &str {
    fragment.matchers.iter().find(|m| is_name(m)).map_or("", |m| &*m.value)
}

fn members(family: &[&(usize, General)], fragments: &[Fragment]) -> Vec<Member> {
    let mut members: Vec<Member> = family
        .iter()
        .map(|(i, general)| Member {
            fragment: fragments[*i].id,
            value: general.value.clone(),
            drops_label: general.drops_label,
            matchers: Vec::new(),
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
