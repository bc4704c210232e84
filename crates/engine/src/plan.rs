//! Expressions to one graph of interned nodes.
//!
//! All expressions of a rule set go into one [`Plan`]; equal sub-expressions are one node, whatever
//! rule wrote them. Nothing here looks at data. `build` is the way in from syntax, `node` the way
//! out to `bind` and `exec`.

mod batch;
pub(crate) mod build;
mod canonical;
mod cut;
mod explain;
pub(crate) mod fragment;
mod merge;
pub(crate) mod needs;
pub(crate) mod node;
mod outline;
mod renames;
pub(crate) mod time;
mod wider;

use std::collections::HashMap;

use diagnostics::Span;
use promql::{BinaryOp, Expr};

pub use batch::{Batch, BatchId, Member, Question};
pub use build::has_threshold;
pub use cut::Cut;
pub use fragment::{Fragment, FragmentId, FragmentKind, Need, NeedTimes};
pub use merge::{Merged, Regrouping, merge};
pub use needs::Reading;
pub use outline::NodeOutline;
pub use time::Steps;

use crate::{
    EvalError,
    notice::Cite,
    plan::{
        node::{Frame, FrameId, Node, NodeId, Op},
        time::{QuerySpan, subquery_end, subquery_steps},
    },
};

/// What is fixed when a plan is made.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "features that have nothing to do with each other"
)]
pub struct PlanOptions {
    /// What the source evaluates.
    pub cut: Cut,
    /// Which aggregations are computed from finer ones that the source evaluates.
    pub regrouping: Regrouping,
    /// The step of subqueries that name none, in milliseconds.
    pub default_step: i64,
    /// How far selectors with `anchored` and `smoothed` look beyond their windows, in milliseconds:
    /// as far as instant selectors look back.
    pub lookback: i64,
    /// How many values a node may have over all its steps.
    pub max_samples: usize,
    /// Whether metric names stay until the end of the evaluation.
    pub delayed_name_removal: bool,
    /// The step of a range query, in milliseconds; 0 for instants.
    pub query_step: i64,
    /// How long after its start a range query ends, in milliseconds; 0 for instants.
    pub query_range: i64,
    /// Whether counters are known to start at the start timestamps of their samples.
    pub start_timestamps: bool,
    /// Whether somebody asks what the parts of expressions returned: selectors are then evaluated
    /// also where all there is to know is whether they select anything.
    pub shows_parts: bool,
    /// Whether the labels `__type__` and `__unit__` tell what a metric is.
    pub type_and_unit_labels: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            cut: Cut::Selectors,
            regrouping: Regrouping::default(),
            default_step: 60_000,
            lookback: 300_000,
            max_samples: 50_000_000,
            delayed_name_removal: false,
            query_step: 0,
            query_range: 0,
            start_timestamps: false,
            shows_parts: false,
            type_and_unit_labels: false,
        }
    }
}

/// A dense number for an expression of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(pub u32);

/// One expression in the plan.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) node: NodeId,
    /// Every node that it needs, in the order of evaluation.
    pub(crate) order: Vec<NodeId>,
    /// Where this expression wrote what nodes do, in the order of evaluation; nodes are shared,
    /// places are not, and a node that was written twice has two. What a place cites of its
    /// arguments stands before the whole.
    cited: Vec<Cited>,
    pub(crate) threshold: Option<ThresholdSpec>,
}

type Cited = (NodeId, Cite, Span);

impl Root {
    /// Each place at which a node was written, in the order of evaluation.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.cited.split_inclusive(|(_, cite, _)| *cite == Cite::Whole).map(Place)
    }

    /// Where a node was written last.
    pub(crate) fn last_place(&self, node: NodeId) -> Option<Span> {
        let whole = self.cited.iter().rfind(|(at, cite, _)| *at == node && *cite == Cite::Whole);
        whole.map(|(_, _, span)| *span)
    }
}

/// A place at which a node was written.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a>(&'a [Cited]);

impl Place<'_> {
    pub(crate) fn node(&self) -> NodeId {
        self.0[0].0
    }

    /// Where it is written.
    pub(crate) fn whole(&self) -> Span {
        self.0[self.0.len() - 1].2
    }

    /// Where what a notice cites stands; the whole where it cites nothing that was written.
    pub(crate) fn span(&self, cite: Cite) -> Span {
        let found = self.0.iter().find(|(_, known, _)| *known == cite).or(self.0.last());
        found.expect("a place has its whole at least").2
    }
}

/// The comparison that decides whether an expression has a result.
#[derive(Clone, Debug)]
pub(crate) struct ThresholdSpec {
    pub(crate) node: NodeId,
    pub(crate) op: BinaryOp,
    pub(crate) lhs_expr: String,
}

/// The graph of all expressions of a rule set.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(crate) nodes: Vec<Node>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) roots: Vec<Root>,
    pub(crate) options: PlanOptions,
}

/// Makes a plan, one expression after the other.
#[derive(Debug, Default)]
pub struct PlanBuilder {
    plan: Plan,
    nodes: HashMap<(FrameId, String), NodeId>,
    fragments: HashMap<(FragmentKind, String), FragmentId>,
    cited: Vec<Cited>,
    reading: build::Reading,
    /// Whether it is the parameter of an aggregation, which Prometheus evaluates as it is written.
    in_param: bool,
    cutter: cut::Cutter,
    /// Where in an expression the next one stands.
    place: cut::Place,
}

impl PlanBuilder {
    /// An empty plan.
    pub fn new(options: PlanOptions) -> Self {
        Self::with_cutter(options, cut::Cutter::default())
    }

    /// A plan for rules, of which all expressions and the names of all series that they produce are
    /// known: where these are cut depends on what others ask for. Each still has to be added.
    pub fn for_rules(options: PlanOptions, exprs: &[&Expr], produced: &[String]) -> Self {
        let cutter = cut::Cutter::new(&options, produced);
        Self::with_cutter(options, cutter.having_seen(&options, exprs))
    }

    fn with_cutter(options: PlanOptions, cutter: cut::Cutter) -> Self {
        let plan = Plan { frames: vec![Frame::Query], options, ..Plan::default() };
        Self { plan, cutter, ..Self::default() }
    }

    /// Adds an expression; fails where it can never be evaluated.
    pub fn add(&mut self, expr: &Expr) -> Result<RootId, EvalError> {
        self.cited.clear();
        self.reading = build::Reading::default();
        self.in_param = false;
        self.place = cut::Place::TOP;
        self.check_durations(expr)?;
        let node = self.root(expr)?;
        let named = match self.plan.node(node).op {
            Op::DropNames(named) => named,
            _ => node,
        };
        let threshold = self.threshold_of(expr, named);
        let order = self.plan.reachable(node);
        let cited = std::mem::take(&mut self.cited);
        self.plan.roots.push(Root { node, order, cited, threshold });
        Ok(RootId(u32::try_from(self.plan.roots.len() - 1).expect("under 4 G expressions")))
    }

    /// The finished plan.
    pub fn finish(mut self) -> Plan {
        if self.plan.options.cut == Cut::Shared {
            self.plan.batches = batch::batches(&self.plan.fragments);
        }
        self.plan
    }

    fn query_span(&self) -> QuerySpan {
        QuerySpan { step: self.plan.options.query_step, range: self.plan.options.query_range }
    }

    fn intern(&mut self, frame: FrameId, op: Op) -> NodeId {
        let next = NodeId(u32::try_from(self.plan.nodes.len()).expect("under 4 G nodes"));
        let id = *self.nodes.entry((frame, format!("{op:?}"))).or_insert(next);
        if id == next {
            let (inputs, wider) = (op.inputs(), self.wider(frame, &op));
            self.plan.nodes.push(Node { op, frame, inputs, wider });
        }
        id
    }

    fn frame(&mut self, frame: Frame) -> FrameId {
        let known = self.plan.frames.iter().position(|f| *f == frame);
        let index = known.unwrap_or_else(|| {
            self.plan.frames.push(frame);
            self.plan.frames.len() - 1
        });
        FrameId(u32::try_from(index).expect("under 4 G frames"))
    }

    fn fragment(&mut self, kind: FragmentKind, matchers: &[model::Matcher]) -> FragmentId {
        self.intern_fragment(|id| Fragment::new(id, kind, canonical::matchers(matchers)))
    }

    fn intern_fragment(&mut self, make: impl FnOnce(FragmentId) -> Fragment) -> FragmentId {
        let next = FragmentId(u32::try_from(self.plan.fragments.len()).expect("under 4 G"));
        let fragment = make(next);
        let id = *self.fragments.entry((fragment.kind, fragment.query.clone())).or_insert(next);
        if id == next {
            self.plan.fragments.push(fragment);
        }
        id
    }

    fn cite(&mut self, node: NodeId, cite: Cite, span: Span) {
        self.cited.push((node, cite, span));
    }
}

impl Plan {
    /// Every fragment that some expression needs.
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }

    /// The fragments that one answer can serve together.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// What was fixed when it was made.
    pub fn options(&self) -> &PlanOptions {
        &self.options
    }

    /// How many expressions there are.
    pub fn n_roots(&self) -> usize {
        self.roots.len()
    }

    /// The numbers of all expressions.
    pub fn roots(&self) -> impl Iterator<Item = RootId> + use<> {
        (0..u32::try_from(self.roots.len()).expect("numbered when they were added")).map(RootId)
    }

    /// How many nodes all expressions share.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn root(&self, id: RootId) -> &Root {
        &self.roots[id.0 as usize]
    }

    /// The steps of a frame when the query has these.
    pub(crate) fn steps(&self, frame: FrameId, query: Steps) -> Steps {
        match &self.frames[frame.0 as usize] {
            Frame::Query => query,
            Frame::Once { parent } => {
                let steps = self.steps(*parent, query);
                Steps { start: steps.start, step: 0, count: steps.count.min(1) }
            }
            Frame::Subquery { parent, range, step, time } => {
                subquery_steps(self.steps(*parent, query), query, *range, *step, *time)
            }
        }
    }

    /// When a frame ends, which may be after its last step.
    pub(crate) fn end(&self, frame: FrameId, query: Steps) -> i64 {
        match &self.frames[frame.0 as usize] {
            Frame::Query => query.start + self.options.query_range,
            Frame::Once { parent } => self.steps(*parent, query).start,
            // Not when the parent ends, if no step of it stands there.
            Frame::Subquery { parent, time, .. } => {
                subquery_end(self.steps(*parent, query), query, *time)
            }
        }
    }

    /// The node and all that it reads, in ascending order.
    fn reachable(&self, node: NodeId) -> Vec<NodeId> {
        let mut wanted = vec![false; node.0 as usize + 1];
        wanted[node.0 as usize] = true;
        self.mark(node, &mut wanted);
        let ids = (0..).map(NodeId).zip(wanted);
        ids.filter_map(|(id, wanted)| wanted.then_some(id)).collect()
    }

    fn mark(&self, node: NodeId, wanted: &mut [bool]) {
        for input in &self.node(node).inputs {
            if !std::mem::replace(&mut wanted[input.0 as usize], true) {
                self.mark(*input, wanted);
            }
        }
    }
}
