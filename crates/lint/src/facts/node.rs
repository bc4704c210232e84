//! What is known of one node of an expression.

use diagnostics::Span;

use super::{Label, LabelSet, MetricKind, Unit, Values, Why};

/// What is known of one node.
#[derive(Clone, Debug)]
pub struct Node<'e> {
    /// The alternatives that `or` makes: each series of the result is of one of them. There is none
    /// where the result is never there.
    pub branches: Vec<Branch<'e>>,
    /// The values of all branches.
    pub values: Values,
    /// Whether there is a result.
    pub presence: Presence,
    /// What decided the presence.
    pub presence_why: Option<Why>,
    /// What the samples are.
    pub kind: MetricKind,
    /// What the numbers count.
    pub unit: Unit,
    /// The milliseconds of samples that the result looks back on; none for selectors without a
    /// range.
    pub window: Option<i64>,
    /// What it takes to evaluate.
    pub cost: Cost,
}

/// One alternative of a result.
#[derive(Clone, Debug)]
pub struct Branch<'e> {
    /// The labels of its series.
    pub labels: LabelSet<'e>,
    /// The values of its samples.
    pub values: Values,
    /// The operand of `or` that it is; the whole expression where there is none.
    pub span: Span,
}

/// Whether a result has any sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// At least one at each evaluation.
    Always,
    /// That depends on the data.
    Maybe,
    /// None, whatever the data.
    Never,
}

/// An estimate of what evaluating takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// How many selectors are read, each as often as it is written.
    pub selectors: u32,
    /// How many samples are read for each series that is selected, at one sample each 30 seconds.
    pub samples: f64,
}

/// A label as all branches together have it.
#[derive(Clone, Debug)]
pub struct BranchLabel<'n, 'e> {
    /// Branches that cannot have it, with what decided that.
    pub impossible: Vec<(&'n Branch<'e>, Option<Why>)>,
    /// Guaranteed or impossible where all branches agree.
    pub label: Label<'e>,
}

/// There are not more branches; the last stands for all further ones.
const MAX_BRANCHES: usize = 8;

impl<'e> Node<'e> {
    /// A label as all branches together have it. Without branches it is impossible.
    pub fn label(&self, name: &str) -> BranchLabel<'_, 'e> {
        let labels = || self.branches.iter().map(|branch| (branch, branch.labels.get(name)));
        let label = labels().map(|(_, label)| label.clone()).reduce(|a, b| a.join(&b));
        BranchLabel {
            impossible: labels()
                .filter(|(_, label)| label.is_impossible())
                .map(|(branch, label)| (branch, label.why))
                .collect(),
            label: label.unwrap_or_else(|| Label::impossible(self.presence_why)),
        }
    }

    /// The labels of all branches.
    pub fn labels(&self) -> LabelSet<'e> {
        let labels = self.branches.iter().map(|branch| &branch.labels);
        match labels.clone().count() {
            0 => LabelSet::closed(self.presence_why),
            1 => self.branches[0].labels.clone(),
            _ => labels.skip(1).fold(self.branches[0].labels.clone(), |a, b| a.join(b)),
        }
    }

    /// Whether there is never more than one series.
    pub fn is_single(&self) -> bool {
        match self.branches.as_slice() {
            [] => true,
            branches => branches.iter().all(|branch| branch.labels.is_empty()),
        }
    }

    /// A node whose presence depends on data.
    pub(super) fn new(mut branches: Vec<Branch<'e>>, why: Option<Why>) -> Self {
        branches.retain(|branch| !branch.values.is_empty());
        if branches.len() > MAX_BRANCHES {
            let further = branches.split_off(MAX_BRANCHES - 1);
            branches.extend(further.into_iter().reduce(|a, b| a.join(&b)));
        }
        let values = match branches.as_slice() {
            [branch] => Some(branch.values),
            branches => branches.iter().map(|branch| branch.values).reduce(|a, b| a.join(&b)),
        };
        match values {
            Some(values) => Self::maybe(branches, values),
            None => Self::never(why),
        }
    }

    /// A node of branches that have these values between them.
    fn maybe(branches: Vec<Branch<'e>>, values: Values) -> Self {
        Self {
            branches,
            values,
            presence: Presence::Maybe,
            presence_why: None,
            kind: MetricKind::Unknown,
            unit: Unit::UNKNOWN,
            window: None,
            cost: Cost::default(),
        }
    }

    /// A node that is never there.
    pub(super) fn never(why: Option<Why>) -> Self {
        let nothing = Self::maybe(Vec::new(), Values::no_float());
        Self { presence: Presence::Never, presence_why: why, ..nothing }
    }

    /// A node with one branch.
    pub(super) fn one(labels: LabelSet<'e>, values: Values, span: Span) -> Self {
        if values.is_empty() {
            return Self::never(None);
        }
        Self::maybe(vec![Branch { labels, values, span }], values)
    }

    /// Something of which nothing is known.
    pub(super) fn unknown(span: Span) -> Self {
        Self::one(LabelSet::open(), Values::any(), span)
    }

    /// The same, there at each evaluation, unless it was found never to be there.
    pub(super) fn always(mut self, holds: bool, why: impl Into<Option<Why>>) -> Self {
        if holds && self.presence == Presence::Maybe {
            self.presence = Presence::Always;
            self.presence_why = why.into();
        }
        self
    }
}

impl Branch<'_> {
    pub(super) fn join(&self, other: &Self) -> Self {
        Self {
            labels: self.labels.join(&other.labels),
            values: self.values.join(&other.values),
            span: self.span.to(other.span),
        }
    }
}

impl Cost {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            selectors: self.selectors.saturating_add(other.selectors),
            samples: self.samples + other.samples,
        }
    }
}
