//! What a plan asks of its source to evaluate some expressions at some times.

use promql::ast::Extended;

use super::{
    FragmentKind, Need, NeedTimes, Plan, RootId, Steps,
    node::{Node, Op, RangeFrom},
};

/// How far samples matter that lie outside of a window, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) left: i64,
    pub(crate) right: i64,
}

impl Reach {
    pub(crate) fn of(extended: Option<Extended>, lookback: i64) -> Self {
        match extended {
            None => Self { left: 0, right: 0 },
            Some(Extended::Anchored) => Self { left: lookback, right: 0 },
            Some(Extended::Smoothed) => Self { left: lookback, right: lookback },
        }
    }

    /// The raw samples that windows of a range need that end at these times.
    fn times(self, ends: Steps, range: i64) -> NeedTimes {
        NeedTimes::Range { lo: ends.start - range - self.left, hi: ends.end() + self.right }
    }
}

impl Plan {
    /// What has to be in the tables before the expressions are evaluated at these steps; each need
    /// once, in the order in which expressions meet it.
    pub fn needs(&self, roots: &[RootId], query: Steps) -> Vec<Need> {
        let mut needs = Vec::new();
        for root in roots {
            for node in &self.root(*root).order {
                if let Some(need) = self.need(self.node(*node), query)
                    && !needs.contains(&need)
                {
                    needs.push(need);
                }
            }
        }
        needs
    }

    fn need(&self, node: &Node, query: Steps) -> Option<Need> {
        let steps = self.steps(node.frame, query);
        if steps.count == 0 {
            return None;
        }
        match &node.op {
            Op::Select { fragment, time, .. }
            | Op::SampleTime { fragment, time }
            | Op::StartTime { fragment, time } => {
                let times = NeedTimes::Grid(time.references(steps, query));
                Some(Need { fragment: *fragment, times })
            }
            Op::InfoTime { fragment, time } => {
                let references = time.references(steps, query);
                let times = match self.fragments[fragment.0 as usize].kind {
                    FragmentKind::Window => {
                        Reach { left: self.options.lookback, right: 0 }.times(references, 0)
                    }
                    _ => NeedTimes::Grid(references),
                };
                Some(Need { fragment: *fragment, times })
            }
            Op::Smoothed { fragment, time, .. } => {
                let references = time.references(steps, query);
                let around = Reach::of(Some(Extended::Smoothed), self.options.lookback);
                Some(Need { fragment: *fragment, times: around.times(references, 0) })
            }
            Op::Window { input, .. } | Op::AbsentOverTime { input, .. } | Op::Raw(input) => {
                let RangeFrom::Fragment(fragment) = input.from else { return None };
                let references = input.time.references(steps, query);
                let around = Reach::of(input.extended, self.options.lookback);
                Some(Need { fragment, times: around.times(references, input.range) })
            }
            _ => None,
        }
    }

    /// How far back from a query's time its windows, offsets and subqueries reach, in milliseconds,
    /// over all expressions; `@` is not counted. The lookback of instant selectors comes on top.
    pub fn reach(&self) -> i64 {
        let query = Steps::instant(0);
        let roots: Vec<RootId> =
            (0..self.roots.len()).map(|i| RootId(u32::try_from(i).unwrap_or(0))).collect();
        let oldest = self.needs(&roots, query).into_iter().map(|need| match need.times {
            NeedTimes::Grid(steps) => steps.start,
            NeedTimes::Range { lo, .. } => lo,
        });
        -oldest.min().unwrap_or(0).min(0)
    }
}
