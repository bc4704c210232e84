//! A plan with its state: what is bound, and what was computed last.
//!
//! [`Engine::eval`] walks the nodes of one expression in order: binds those whose inputs changed
//! their series, executes those that were not yet computed for these steps and data.

use std::sync::atomic::{AtomicU64, Ordering};

pub use crate::data::{Base, Data};
use store::Table;

use crate::{
    Binds, EvalError,
    bind::{self, Bound, Delta, History, Rebinding, Source, Tables},
    binds::Stopwatch,
    exec,
    notice::RawNotice,
    output::Output,
    plan::{
        FragmentId, Plan, RootId, Steps,
        node::{Node, NodeId, Op},
    },
    row::{Block, Row},
    sharing::Sharing,
};

/// A plan and its state.
#[derive(Debug)]
pub struct Engine {
    pub(crate) plan: Plan,
    pub(crate) states: Vec<NodeState>,
    /// Per node whether nobody looks at the names of its rows.
    names_are_ignored: Vec<bool>,
    /// Per node whether it is bound without values.
    binds_ahead: Vec<bool>,
    /// Whether series that came or went outside are not looked at.
    is_held: bool,
    /// Per fragment its series, and the same for sample times.
    sources: Vec<Source>,
    binds: Binds,
    stopwatch: Stopwatch,
    /// Counts up; gives versions and stamps.
    clock: AtomicU64,
    sharing: Option<Sharing>,
}

/// What a node is bound to, and its last value.
#[derive(Debug, Default)]
pub(crate) struct NodeState {
    /// The series of the value.
    pub(crate) rows: Vec<Row>,
    /// Changes whenever `rows` does; 0 before the first bind.
    pub(crate) version: u64,
    /// Where the rows came from when they changed, as far as that is known.
    history: History,
    pub(crate) bound: Bound,
    pub(crate) block: Block,
    /// The value where it is more than what can be computed with: a row that came from two may
    /// have a float and a histogram at one time.
    pub(crate) whole: Option<Box<Block>>,
    /// The order of rows in an instant result, where the node defines one.
    pub(crate) order: Option<Vec<u32>>,
    pub(crate) notices: Vec<RawNotice>,
    /// The versions of tables and inputs at the last bind.
    bound_to: Vec<u64>,
    /// For which steps and revision the value stands, and when it was computed.
    evaluated: Option<(Steps, u64)>,
    stamp: u64,
}

/// What a node sees while it is bound and executed.
pub(crate) struct Ctx<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) data: &'a Data<'a>,
    /// The steps of the whole query.
    pub(crate) query: Steps,
    /// The steps of the node's frame.
    pub(crate) steps: Steps,
    /// Whether Prometheus would evaluate the node as that of an instant query.
    pub(crate) instant: bool,
    /// Whether nobody looks at the names of the node's rows.
    pub(crate) names_are_ignored: bool,
    inputs: &'a [NodeState],
    sources: &'a [Source],
    clock: &'a AtomicU64,
    /// How work is shared out, if it is.
    pub(crate) sharing: Option<&'a Sharing>,
}

/// A node, and what it takes to bind and to execute it.
struct Parts<'a> {
    node: &'a Node,
    ctx: Ctx<'a>,
    state: &'a mut NodeState,
    binds: &'a mut Binds,
    stopwatch: &'a Stopwatch,
}

impl Engine {
    /// A plan with nothing bound.
    pub fn new(plan: Plan) -> Self {
        let states = plan.nodes.iter().map(|_| NodeState::default()).collect();
        let sources = plan.fragments.iter().flat_map(|_| [(); 2].map(|()| Source::default()));
        let sources = sources.collect();
        let (binds, stopwatch) = (Binds::default(), Stopwatch::default());
        Self {
            states,
            names_are_ignored: bind::names_are_ignored(&plan),
            binds_ahead: bind::binds_ahead(&plan),
            is_held: false,
            sources,
            binds,
            stopwatch,
            clock: AtomicU64::new(1),
            sharing: None,
            plan,
        }
    }

    /// Shares the work of nodes with many series out from here on.
    pub fn share(&mut self, sharing: Sharing) {
        self.sharing = Some(sharing);
    }

    /// Measures how long binding takes; `stopwatch` tells nanoseconds from anywhere.
    pub fn measure(&mut self, stopwatch: impl Fn() -> i64 + Send + 'static) {
        self.stopwatch = Stopwatch(Some(Box::new(stopwatch)));
    }

    /// What was done because series came or went.
    pub fn binds(&self) -> Binds {
        self.binds
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Forgets all values and what nodes are bound to: the next data is another's, or an evaluation
    /// was broken off.
    pub fn reset(&mut self) {
        self.states.fill_with(NodeState::default);
        self.sources.fill_with(Source::default);
    }

    /// Binds what can be bound without values, ahead of an evaluation at these steps: nodes that read
    /// series, and aggregations of them. Values of the expressions are gone until then.
    pub fn bind(&mut self, roots: &[RootId], query: Steps, data: &Data<'_>) {
        for root in roots {
            for i in 0..self.plan.root(*root).order.len() {
                let id = self.plan.root(*root).order[i];
                if !self.binds_ahead[id.0 as usize] {
                    continue;
                }
                let Parts { node, ctx, state, binds, stopwatch } = self.parts(id, query, data);
                if state.is_outdated(node, &ctx) {
                    let started = stopwatch.now();
                    state.evaluated = None;
                    state.bind(node, &ctx, binds);
                    binds.time_ns += stopwatch.since(started);
                }
            }
        }
    }

    /// From here on, or no longer, nodes stay bound to the series that they know of those outside.
    /// The owner sees to it that none of these goes, and that others have no samples that the
    /// expressions reach.
    pub fn hold(&mut self, is_held: bool) {
        self.is_held = is_held;
    }

    /// The value of an expression that was evaluated last at these steps, with no other in
    /// between.
    pub fn last(&self, root: RootId, query: Steps) -> Output<'_> {
        Output { engine: self, root, query }
    }

    /// Evaluates one expression at some steps. Nodes that another expression already needed for
    /// the same steps and revision are not computed again, unless they read series of the
    /// overlay, which rules fill between two evaluations.
    pub fn eval(
        &mut self,
        root: RootId,
        query: Steps,
        data: &Data<'_>,
    ) -> Result<Output<'_>, EvalError> {
        for i in 0..self.plan.root(root).order.len() {
            let id = self.plan.root(root).order[i];
            self.node(id, query, data).map_err(|message| self.error(root, id, message))?;
        }
        Ok(Output { engine: self, root, query })
    }

    /// Evaluates a node whose inputs are evaluated; whether it had to be computed.
    pub(crate) fn node(
        &mut self,
        id: NodeId,
        query: Steps,
        data: &Data<'_>,
    ) -> Result<bool, String> {
        let Parts { node, ctx, state, binds, stopwatch } = self.parts(id, query, data);
        let outdated = state.is_outdated(node, &ctx);
        let key = Some((query, data.revision));
        if state.evaluated == key && !outdated && state.is_newer_than_inputs(node, &ctx) {
            return Ok(false);
        }
        state.evaluated = None;
        if outdated {
            let started = stopwatch.now();
            state.bind(node, &ctx, binds);
            binds.time_ns += stopwatch.since(started);
        }
        if state.rows.len().saturating_mul(ctx.steps.count) > ctx.plan.options.max_samples {
            return Err(TOO_MANY.to_owned());
        }
        state.notices.clear();
        let wider = node.wider.and_then(|wider| ctx.wider(node, wider, key));
        exec::exec(&node.op, wider, &ctx, state)?;
        state.evaluated = key;
        state.stamp = ctx.next();
        Ok(true)
    }

    /// A node with what it sees, after its source followed the tables.
    fn parts<'a>(&'a mut self, id: NodeId, query: Steps, data: &'a Data<'a>) -> Parts<'a> {
        let (inputs, rest) = self.states.split_at_mut(id.0 as usize);
        let (state, node) = (&mut rest[0], self.plan.node(id));
        if let Some(place) = bind::place(&node.op) {
            let tables = Tables::of(place, &self.plan.fragments, data);
            if self.sources[place].is_behind(tables, self.is_held) {
                let started = self.stopwatch.now();
                self.sources[place].look(tables, &self.clock);
                self.binds.time_ns += self.stopwatch.since(started);
            }
        }
        let steps = self.plan.steps(node.frame, query);
        let end = self.plan.end(node.frame, query);
        let ctx = Ctx {
            plan: &self.plan,
            data,
            query,
            steps,
            instant: steps.count == 1 && steps.start == end,
            names_are_ignored: self.names_are_ignored[id.0 as usize],
            inputs,
            sources: &self.sources,
            clock: &self.clock,
            sharing: self.sharing.as_ref(),
        };
        Parts { node, ctx, state, binds: &mut self.binds, stopwatch: &self.stopwatch }
    }

    pub(crate) fn state_of(&self, node: NodeId) -> &NodeState {
        &self.states[node.0 as usize]
    }

    pub(crate) fn error(&self, root: RootId, node: NodeId, message: String) -> EvalError {
        EvalError { message, span: self.plan.root(root).last_place(node) }
    }
}

const TOO_MANY: &str =
    "query processing would load too many samples into memory in query execution";

impl NodeState {
    /// The value with all that it has.
    pub(crate) fn whole(&self) -> &Block {
        self.whole.as_deref().unwrap_or(&self.block)
    }

    /// Whether the tables or the inputs have other series than at the last bind.
    fn is_outdated(&self, node: &Node, ctx: &Ctx<'_>) -> bool {
        self.version == 0 || !dependencies(node, ctx).eq(self.bound_to.iter().copied())
    }

    /// Whether the value was computed after all that it is computed from.
    fn is_newer_than_inputs(&self, node: &Node, ctx: &Ctx<'_>) -> bool {
        let reads_overlay = ctx.source(&node.op).is_some_and(|(source, _)| source.reads_overlay());
        !reads_overlay && node.inputs.iter().all(|id| ctx.input(*id).stamp < self.stamp)
    }

    fn bind(&mut self, node: &Node, ctx: &Ctx<'_>, binds: &mut Binds) {
        let dependencies: Vec<u64> = dependencies(node, ctx).collect();
        let same_way = self.bound_to.last() == dependencies.last();
        let n_before = self.rows.len();
        let followed =
            if self.version != 0 && same_way { bind::follow(node, ctx, self) } else { None };
        self.bound_to.clear();
        if let Some(Rebinding { rows, origins, bound }) = followed {
            (self.rows, self.bound) = (rows, bound);
            binds.by_difference += 1;
            binds.rows += bind::n_new(&origins);
            if !bind::is_same(&origins, n_before) {
                let from = std::mem::replace(&mut self.version, ctx.next());
                self.history.note(from, origins);
            }
            #[cfg(debug_assertions)]
            bind::assert_same(&node.op, ctx, self);
        } else {
            let bind::Binding { rows, bound } = bind::bind(&node.op, ctx);
            binds.full += 1;
            binds.rows += rows.len() as u64;
            self.bound = bound;
            self.set_rows(rows, ctx);
        }
        self.bound_to = dependencies;
    }

    /// Whether rows that lost their names still have them among their labels.
    pub(crate) fn hides_names(&self) -> bool {
        matches!(&self.bound, Bound::Map(map) | Bound::Series { map, .. } if map.hides_names)
    }

    /// How the rows differ from those of a version before, if that is known.
    pub(crate) fn since(&self, version: u64) -> Option<Delta> {
        self.history.since(version, self.version)
    }

    /// The version of the series that it read when it was bound.
    pub(crate) fn bound_to_source(&self) -> u64 {
        self.bound_to.first().copied().unwrap_or(0)
    }

    /// The version of an input when it was bound.
    pub(crate) fn bound_to_input(&self, node: &Node, input: usize) -> Option<u64> {
        let at = usize::from(bind::place(&node.op).is_some()) + input;
        self.bound_to.get(at).copied()
    }

    /// Gives the value other series; where they are the same ones, nothing downstream is bound
    /// again.
    pub(crate) fn set_rows(&mut self, rows: Vec<Row>, ctx: &Ctx<'_>) {
        if self.version == 0 || self.rows != rows {
            self.rows = rows;
            self.version = ctx.next();
            self.history.forget();
        }
    }
}

/// The versions that a binding depends on.
fn dependencies(node: &Node, ctx: &Ctx<'_>) -> impl Iterator<Item = u64> {
    let source = ctx.source(&node.op).map(|(source, _)| source.version);
    let inputs = node.inputs.iter().map(|id| ctx.input(*id).version);
    let way = u64::from(ctx.lets_duplicates_pass());
    source.into_iter().chain(inputs).chain([way])
}

/// A number larger than any before.
pub(crate) fn next(clock: &AtomicU64) -> u64 {
    clock.fetch_add(1, Ordering::Relaxed) + 1
}

impl<'a> Ctx<'a> {
    fn next(&self) -> u64 {
        next(self.clock)
    }

    /// The series that an operation reads itself, with the tables that hold them.
    pub(crate) fn source(&self, op: &Op) -> Option<(&'a Source, Tables<'a>)> {
        let place = bind::place(op)?;
        let tables = Tables::of(place, &self.plan.fragments, self.data);
        Some((&self.sources[place], tables))
    }

    pub(crate) fn input(&self, id: NodeId) -> &'a NodeState {
        &self.inputs[id.0 as usize]
    }

    /// A scalar input's value at a step.
    pub(crate) fn scalar(&self, id: NodeId, step: usize) -> f64 {
        self.input(id).block.cell(0, step)
    }

    /// The value of a wider node, where it was evaluated for the same steps and data and reads the
    /// same table: what rules produce may have hidden some of it since.
    fn wider(
        &self,
        node: &Node,
        wider: NodeId,
        key: Option<(Steps, u64)>,
    ) -> Option<&'a NodeState> {
        let state = self.input(wider);
        let reads_overlay = |op: &Op| self.source(op).is_none_or(|(s, _)| s.reads_overlay());
        let is_of_table = matches!(self.data.base, Base::Whole(_))
            && !reads_overlay(&node.op)
            && !reads_overlay(&self.plan.node(wider).op);
        (is_of_table && state.evaluated == key).then_some(state)
    }

    /// The steps of an input's frame.
    pub(crate) fn steps_of(&self, id: NodeId) -> Steps {
        self.plan.steps(self.plan.node(id).frame, self.query)
    }

    pub(crate) fn delayed_names(&self) -> bool {
        self.plan.options.delayed_name_removal
    }

    /// Whether rows may have equal labels at one time. As long as names stay, instant queries look
    /// for that at the very end.
    pub(crate) fn lets_duplicates_pass(&self) -> bool {
        self.instant && self.delayed_names()
    }

    /// The table that holds what a fragment selects from outside.
    pub(crate) fn base_table(&self, fragment: FragmentId) -> &'a Table {
        match self.data.base {
            Base::Whole(table) => table,
            Base::Fragments(tables) => &tables[fragment.0 as usize],
        }
    }
}
