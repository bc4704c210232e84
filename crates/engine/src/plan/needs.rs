//! What a plan asks of its source to evaluate some expressions at some times.

use promql::ast::{At, Extended};

use super::{
    FragmentId, FragmentKind, Need, NeedTimes, Plan, RootId, Steps,
    node::{Frame, FrameId, Node, Op, RangeFrom},
    time::TimeShift,
};
use crate::bind::window_kernel;

/// How far samples matter that lie outside of a window, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) left: i64,
    pub(crate) right: i64,
}

/// A fragment that an expression reads from samples as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which fragment.
    pub fragment: FragmentId,
    /// How far back from the time of an evaluation its samples matter, in milliseconds, lookback
    /// included; none where `@` fixes the time.
    pub back: Option<i64>,
    /// Whether all samples of a window matter, and not just the newest.
    pub window: bool,
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

    /// The latest time of which an expression reads samples at these steps.
    pub fn latest(&self, root: RootId, query: Steps) -> Option<i64> {
        let nodes = self.root(root).order.iter();
        let needs = nodes.filter_map(|id| self.need(self.node(*id), query));
        let ends = needs.map(|need| match need.times {
            NeedTimes::Grid(steps) => steps.end(),
            NeedTimes::Range { hi, .. } => hi,
        });
        ends.max()
    }

    fn need(&self, node: &Node, query: Steps) -> Option<Need> {
        let steps = self.steps(node.frame, query);
        if steps.count == 0 {
            return None;
        }
        let Read { fragment, time, window } = self.read(node)?;
        let references = time.references(steps, query);
        let times = match window {
            None => NeedTimes::Grid(references),
            Some((range, around)) => around.times(references, range),
        };
        Some(Need { fragment, times })
    }

    /// Whether an expression asks what stretches of long windows come to: extremes, changes,
    /// resets. Tables that nothing else reads need not keep them otherwise.
    pub fn reads_stretches(&self) -> bool {
        self.nodes.iter().any(|node| match &node.op {
            Op::Window { function, .. } => window_kernel(*function).stretches,
            _ => false,
        })
    }

    /// What a node reads itself.
    fn read(&self, node: &Node) -> Option<Read> {
        let lookback = self.options.lookback;
        let (fragment, time, window) = match &node.op {
            Op::Select { fragment, time, .. }
            | Op::NoneSelected { fragment, time, .. }
            | Op::SampleTime { fragment, time }
            | Op::StartTime { fragment, time } => (*fragment, *time, None),
            Op::InfoTime { fragment, time } => {
                let raw = self.fragments[fragment.0 as usize].kind == FragmentKind::Window;
                (*fragment, *time, raw.then_some((0, Reach { left: lookback, right: 0 })))
            }
            Op::Smoothed { fragment, time, .. } => {
                let around = Reach::of(Some(Extended::Smoothed), lookback);
                (*fragment, *time, Some((0, around)))
            }
            Op::Window { input, .. } | Op::AbsentOverTime { input, .. } | Op::Raw(input) => {
                let RangeFrom::Fragment(fragment) = input.from else { return None };
                let around = Reach::of(input.extended, lookback);
                (fragment, input.time, Some((input.range, around)))
            }
            _ => return None,
        };
        Some(Read { fragment, time, window })
    }

    /// How far back from a query's time its windows, offsets and subqueries reach at most, in
    /// milliseconds, over all expressions; `@` with a time is not counted. The lookback of instant
    /// selectors comes on top.
    pub fn reach(&self) -> i64 {
        let reaches = self.nodes.iter().filter_map(|node| {
            let Read { time, window, .. } = self.read(node)?;
            let back = window.map_or(0, |(range, around)| range + around.left);
            Some(self.frame_reach(node.frame, time)? + back)
        });
        reaches.max().unwrap_or(0).max(0)
    }

    /// What an expression reads, node by node.
    pub fn readings(&self, root: RootId) -> Vec<Reading> {
        let nodes = self.root(root).order.iter().map(|id| self.node(*id));
        let readings = nodes.filter_map(|node| {
            let Read { fragment, time, window } = self.read(node)?;
            let own = window.map_or(self.options.lookback, |(range, around)| range + around.left);
            let back = self.frame_reach(node.frame, time).map(|frame| (frame + own).max(0));
            let in_subquery = !matches!(self.frames[node.frame.0 as usize], Frame::Query);
            Some(Reading { fragment, back, window: window.is_some() || in_subquery })
        });
        readings.collect()
    }

    /// How far back a time may be that is looked at from a frame. Where a subquery's steps stand
    /// depends on the query's time: they may be anywhere in its window.
    fn frame_reach(&self, frame: FrameId, time: TimeShift) -> Option<i64> {
        let from = match (time.at, &self.frames[frame.0 as usize]) {
            (Some(At::Timestamp(_)), _) => return None,
            (Some(At::Start | At::End), _) | (None, Frame::Query) => 0,
            (None, Frame::Once { parent }) => self.frame_reach(*parent, TimeShift::NONE)?,
            (None, Frame::Subquery { parent, range, time, .. }) => {
                self.frame_reach(*parent, *time)? + range
            }
        };
        Some(from + time.offset)
    }
}

/// What a node reads: values at times, or windows of a range and what lies around them.
struct Read {
    fragment: FragmentId,
    time: TimeShift,
    window: Option<(i64, Reach)>,
}
