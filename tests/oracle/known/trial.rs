//! A query on its way to agreement: what each side is asked, and how.

use promql::{Expr, ExprKind, FunctionId};

use super::{Difference, Proof, values, words};
use crate::oracle::{
    answer::Answer,
    data::Series,
    queries::{Case, When},
    world::{World, parse},
};

/// What is asked. Theirs is ours, but for what the rows change on one side.
#[derive(Clone)]
pub(super) struct Trial {
    pub(super) when: When,
    pub(super) ours: Expr,
    theirs: Expr,
    /// What becomes of every text for 2.42.
    words: Vec<fn(&mut Expr) -> bool>,
    old_names: bool,
    how: How,
    /// Values that replace ours.
    pub(super) injected: Vec<Series>,
}

/// How 2.42 is asked.
#[derive(Clone, Copy)]
enum How {
    AtOnce,
    StepByStep,
    FirstOfWindows,
}

impl Trial {
    /// None where we do not understand the query.
    pub(super) fn new(case: &Case) -> Option<Self> {
        let mut expr = parse(&case.text).ok()?;
        let steps = case.when.steps();
        words::everywhere(&mut expr, &mut |node| words::resolve(node, steps));
        Some(Self {
            when: case.when,
            ours: expr.clone(),
            theirs: expr,
            words: Vec::new(),
            old_names: false,
            how: How::AtOnce,
            injected: Vec::new(),
        })
    }

    /// With a row's change; none if there is nothing to change.
    pub(super) async fn with(mut self, row: &Difference, world: &World) -> Option<Self> {
        let changed = match row.proof {
            Proof::Both(change) => {
                words::everywhere(&mut self.ours, &mut |node| change(node))
                    & words::everywhere(&mut self.theirs, &mut |node| change(node))
            }
            Proof::Ours(change) => words::everywhere(&mut self.ours, &mut |node| change(node)),
            Proof::Theirs(change) => {
                self.words.push(change);
                words::everywhere(&mut self.theirs.clone(), &mut |node| change(node))
            }
            Proof::NoFilter => {
                let steps = self.when.steps();
                values::unfilter(&mut self.theirs, steps, world)
            }
            Proof::OldName => {
                self.old_names = true;
                self.text(&self.theirs).contains(words::OLD_NAME)
            }
            Proof::StepByStep => {
                self.how = How::StepByStep;
                matches!(self.when, When::Over(_)) && words::predicts_at(&self.theirs)
            }
            Proof::FirstOfWindows => {
                self.how = How::FirstOfWindows;
                first_of(&self.theirs).is_some()
            }
            Proof::Clamp => values::clamp(&mut self, world),
            Proof::Rounding(concerns) => {
                self.how = How::StepByStep;
                values::round(&mut self, world, concerns).await
            }
        };
        changed.then_some(self)
    }

    /// What 2.42 is asked for an expression.
    pub(super) fn text(&self, expr: &Expr) -> String {
        let mut expr = expr.clone();
        for change in &self.words {
            words::everywhere(&mut expr, &mut |node| change(node));
        }
        let text = expr.to_string();
        if self.old_names { words::old_names(&text) } else { text }
    }

    /// Both answers, ours first.
    pub(super) async fn run(&self, world: &World) -> (Answer, Answer) {
        let ours = world.ours_with(&self.ours, self.when, &self.injected);
        let theirs = match (self.how, first_of(&self.theirs)) {
            (How::StepByStep, _) => {
                world.theirs_step_by_step(&self.text(&self.theirs), self.when).await
            }
            (How::FirstOfWindows, Some(range)) => {
                world.theirs_first(&self.text(range), self.when).await
            }
            _ => world.theirs(&self.text(&self.theirs), self.when).await,
        };
        (ours, theirs)
    }
}

/// The range vector of an expression that is but a `first_over_time`.
fn first_of(expr: &Expr) -> Option<&Expr> {
    match &expr.unparen().kind {
        ExprKind::Call(call) if call.function == FunctionId::FirstOverTime => call.args.first(),
        _ => None,
    }
}
