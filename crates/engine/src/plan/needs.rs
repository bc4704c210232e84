//! What a plan asks of its source to evaluate some expressions at some times.

use super::{
    Need, NeedTimes, Plan, RootId, Steps,
    node::{Node, Op, RangeFrom, RangeInput},
};

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
            Op::Select { fragment, time } | Op::SampleTime { fragment, time } => {
                let times = NeedTimes::Grid(time.references(steps, query));
                Some(Need { fragment: *fragment, times })
            }
            Op::Window { input, .. } | Op::AbsentOverTime { input, .. } | Op::Raw(input) => {
                let RangeInput { from: RangeFrom::Fragment(fragment), range, time } = input else {
                    return None;
                };
                let references = time.references(steps, query);
                let (lo, hi) = (references.start - range, references.end());
                Some(Need { fragment: *fragment, times: NeedTimes::Range { lo, hi } })
            }
            _ => None,
        }
    }

    /// How far back from a query's time its windows, offsets and subqueries reach, in milliseconds,
    /// over all expressions; `@` is not counted. Lookback comes on top.
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
