//! Where expressions are divided: what the source evaluates, and what is left to this engine.
//!
//! With `selectors` only selectors are cut away. Otherwise whole expressions are, where the source
//! is sure to evaluate them as this engine would, and the rest is computed here from what it
//! answers. Start at [`Cutter`]; what a source can evaluate is in `source`.

mod source;

use std::collections::{BTreeMap, HashMap, HashSet};

use model::Matcher;
use promql::{
    AggregateOp, Expr, ExprKind, FunctionId, ValueType,
    ast::{Aggregate, Call},
};

use super::{
    FragmentKind, PlanBuilder, PlanOptions,
    build::has_threshold,
    canonical::{self, is_name},
};
use crate::kernels::{Kernel, kernel};
use source::Source;

/// Where expressions are divided between the source and this engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cut {
    /// The source evaluates bare selectors.
    #[default]
    Selectors,
    /// The source evaluates what makes less of much: aggregations, and functions over windows.
    /// Each is asked for once, whoever needs it.
    Shared,
    /// The source evaluates all of an expression that it can. Comparisons on top stay here, for
    /// events tell both sides.
    Whole,
}

/// Where in an expression another one stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// On top, perhaps on the left of `and` and `unless`, where a comparison is a threshold.
    pub(super) is_top: bool,
    /// Below something computed here whose last bits depend on the order of its rows. What comes
    /// from a source is in the order of labels, which that of groups is not.
    pub(super) is_ordered: bool,
}

impl Place {
    pub(super) const TOP: Self = Self { is_top: true, is_ordered: false };

    /// Below an aggregation at this place.
    pub(super) fn below(self, op: AggregateOp) -> Self {
        use AggregateOp as A;
        let any_order =
            matches!(op, A::Count | A::Min | A::Max | A::Group | A::Quantile | A::CountValues);
        Self { is_top: false, is_ordered: self.is_ordered || !any_order }
    }
}

/// Decides what is cut away.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    cut: Cut,
    source: Source,
    default_step: i64,
    /// Expressions that the source could evaluate, but that are computed here from parts that are
    /// fetched anyway.
    lowered: HashSet<String>,
    /// The selectors of instants that are fetched anyway, by metric name.
    bare: HashMap<String, Vec<Vec<Matcher>>>,
}

impl Cutter {
    /// `produced` are the metric names of what rules produce.
    pub(super) fn new(options: &PlanOptions, produced: &[String]) -> Self {
        // A source that does not have these features on would evaluate to something else.
        let features = options.delayed_name_removal
            || options.start_timestamps
            || options.type_and_unit_labels;
        Self {
            cut: if features { Cut::Selectors } else { options.cut },
            source: Source::new(produced),
            default_step: options.default_step,
            ..Self::default()
        }
    }

    /// What is to be asked at a place for an expression, in its canonical form; none where it is
    /// evaluated here, at least in part.
    pub(super) fn cut(&self, expr: &Expr, place: Place) -> Option<Expr> {
        if !self.may_cut(expr, place) || !self.source.can_evaluate(expr) {
            return None;
        }
        let expr = canonical::expr(expr, self.default_step);
        (!self.lowered.contains(&expr.to_string())).then_some(expr)
    }

    /// What is to be asked to know whether a selector or a window is empty, if more than that would
    /// come of asking for it.
    pub(super) fn cut_presence(&self, arg: &Expr) -> Option<Expr> {
        let arg = arg.unparen();
        if self.cut != Cut::Shared || !self.source.can_evaluate(arg) {
            return None;
        }
        let span = arg.span;
        let expr = match &arg.kind {
            ExprKind::Selector(selector) if !self.is_fetched(&selector.matchers) => arg.clone(),
            ExprKind::Matrix(_) => {
                let function = FunctionId::PresentOverTime;
                let call = Call { function, name_span: span, args: vec![arg.clone()] };
                Expr { kind: ExprKind::Call(call), span }
            }
            _ => return None,
        };
        let (op, op_span) = (AggregateOp::Group, span);
        let group = Aggregate { op, op_span, param: None, expr, grouping: None };
        let group = Expr { kind: ExprKind::Aggregate(Box::new(group)), span };
        Some(canonical::expr(&group, self.default_step))
    }

    fn may_cut(&self, expr: &Expr, place: Place) -> bool {
        if expr.value_type() != ValueType::InstantVector {
            return false;
        }
        match (self.cut, &expr.kind) {
            (Cut::Selectors, _) | (_, ExprKind::Selector(_) | ExprKind::Paren(_)) => false,
            _ if place.is_ordered => false,
            (Cut::Shared, ExprKind::Aggregate(_)) => true,
            (Cut::Shared, ExprKind::Call(call)) => is_window(call),
            (Cut::Shared, _) => false,
            (Cut::Whole, _) => !(place.is_top && has_threshold(expr)),
        }
    }

    /// Whether an instant selector that selects all of this is fetched anyway.
    fn is_fetched(&self, matchers: &[Matcher]) -> bool {
        let matchers = canonical::matchers(matchers);
        let bare = name_of(&matchers).and_then(|name| self.bare.get(name));
        bare.into_iter().flatten().any(|bare| bare.iter().all(|m| matchers.contains(m)))
    }

    /// The same, knowing what all rules ask: where everything outside of an inner aggregation can
    /// be computed here from what is fetched anyway, or would be from one answer instead of
    /// several, it is.
    pub(super) fn having_seen(mut self, options: &PlanOptions, exprs: &[&Expr]) -> Self {
        if self.cut != Cut::Shared {
            return self;
        }
        loop {
            let (asked, bare) = self.asked(options, exprs.iter().copied());
            let users = self.users_of_parts(options, &asked);
            let lower = |parts: &Vec<String>| {
                let shared = |part: &String| asked.contains_key(part) || users[part] > 1;
                !parts.is_empty() && parts.iter().all(shared)
            };
            let parts = asked.iter().map(|(text, expr)| (text, self.parts(options, text, expr)));
            let lowered: Vec<String> =
                parts.filter(|(_, parts)| lower(parts)).map(|(text, _)| text.clone()).collect();
            if lowered.is_empty() {
                self.bare = bare;
                return self;
            }
            self.lowered.extend(lowered);
        }
    }

    /// How many of the expressions that are asked have a part.
    fn users_of_parts(
        &self,
        options: &PlanOptions,
        asked: &BTreeMap<String, Expr>,
    ) -> BTreeMap<String, usize> {
        let mut users = BTreeMap::new();
        for part in asked.iter().flat_map(|(text, expr)| self.parts(options, text, expr)) {
            *users.entry(part).or_insert(0) += 1;
        }
        users
    }

    /// The aggregations from which an expression that is asked as a whole could be computed here;
    /// none where that needs more than aggregations.
    fn parts(&self, options: &PlanOptions, text: &str, expr: &Expr) -> Vec<String> {
        let mut without = self.alike();
        without.lowered.insert(text.to_owned());
        let (parts, bare) = without.asked(options, [expr].into_iter());
        let is_small = |part: &Expr| matches!(part.kind, ExprKind::Aggregate(_));
        if !bare.is_empty() || !parts.values().all(is_small) {
            return Vec::new();
        }
        parts.into_keys().collect()
    }

    /// What would be asked for these: expressions by their texts, and selectors of instants.
    /// Selectors without a name and windows count as selectors, under no name.
    #[expect(clippy::type_complexity, reason = "two maps, used next to here")]
    fn asked<'e>(
        &self,
        options: &PlanOptions,
        exprs: impl Iterator<Item = &'e Expr>,
    ) -> (BTreeMap<String, Expr>, HashMap<String, Vec<Vec<Matcher>>>) {
        let mut builder = PlanBuilder::with_cutter(*options, self.alike());
        for expr in exprs {
            // Whoever adds it is told what is wrong with it.
            let _ = builder.add(expr);
        }
        let (mut asked, mut bare) = (BTreeMap::new(), HashMap::<_, Vec<_>>::new());
        for fragment in builder.plan.fragments {
            if let Some(expr) = fragment.expr {
                asked.insert(fragment.query, (*expr).clone());
                continue;
            }
            let is_instant = fragment.kind == FragmentKind::Instant;
            let name = name_of(&fragment.matchers).filter(|_| is_instant).unwrap_or_default();
            bare.entry(name.to_owned()).or_default().push(fragment.matchers);
        }
        (asked, bare)
    }

    fn alike(&self) -> Self {
        Self {
            cut: self.cut,
            source: self.source.clone(),
            default_step: self.default_step,
            lowered: self.lowered.clone(),
            bare: HashMap::new(),
        }
    }
}

/// The metric name that matchers ask for.
fn name_of(matchers: &[Matcher]) -> Option<&str> {
    matchers.iter().find(|m| is_name(m)).map(|m| &*m.value)
}

/// Whether a call makes values of windows.
fn is_window(call: &Call) -> bool {
    matches!(kernel(call.function), Kernel::Window(_))
}
