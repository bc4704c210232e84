//! A plan as text, for people.

use std::fmt::Write;

use model::duration;
use promql::{FunctionId, ast::At};

use super::{
    Plan, RootId,
    node::{GroupBy, NodeId, Op, RangeFrom, RangeInput},
    time::TimeShift,
};

impl Plan {
    /// An expression's nodes as an indented tree, then the fragments that the source evaluates.
    /// A node that was printed before is only named again.
    pub fn explain(&self, root: RootId) -> String {
        self.explain_with(root, |_| String::new())
    }

    /// The same, with something to say about each node.
    pub(crate) fn explain_with(&self, root: RootId, about: impl Fn(NodeId) -> String) -> String {
        let mut text = String::new();
        let mut seen = Vec::new();
        self.explain_node(self.root(root).node, 0, &mut seen, &about, &mut text);
        let mut fragments: Vec<_> =
            self.root(root).order.iter().filter_map(|n| self.node(*n).op.fragment()).collect();
        fragments.sort_unstable();
        fragments.dedup();
        if !fragments.is_empty() {
            text.push_str("fetched from the source:\n");
        }
        for id in fragments {
            let fragment = &self.fragments[id.0 as usize];
            let _ = writeln!(text, "  f{}  {:?}  {}", id.0, fragment.kind, fragment.query);
        }
        text
    }

    fn explain_node(
        &self,
        id: NodeId,
        depth: usize,
        seen: &mut Vec<NodeId>,
        about: &impl Fn(NodeId) -> String,
        text: &mut String,
    ) {
        let again = seen.contains(&id);
        let mark = if again { " (as above)".to_owned() } else { about(id) };
        let _ = writeln!(text, "{:depth$}n{}  {}{mark}", "", id.0, title(&self.node(id).op));
        if again {
            return;
        }
        seen.push(id);
        for input in &self.node(id).inputs {
            self.explain_node(*input, depth + 2, seen, about, text);
        }
    }
}

/// What an operation computes.
pub(super) fn title(op: &Op) -> String {
    match op {
        Op::Number(v) => format!("number {}", model::number::format_f(*v)),
        Op::Text(text) => format!("string {}", model::quote::quote(text)),
        Op::Repeat { .. } => "the same at each step".to_owned(),
        Op::Time => "time()".to_owned(),
        Op::QueryBound(f) | Op::ScalarPick { function: f, .. } => format!("{}()", f.row().name),
        Op::ScalarOf(_) => "scalar()".to_owned(),
        Op::ScalarNegate(_) | Op::Negate(_) => "negate".to_owned(),
        Op::DropNames(_) => "drop names".to_owned(),
        Op::ScalarBinary { op, .. } => format!("scalar {}", op.as_str()),
        Op::Select { fragment, time, stats } => {
            format!("select f{}{}{}", fragment.0, shift(*time), reading(*stats))
        }
        Op::Smoothed { fragment, time, stats } => {
            format!("select smoothed f{}{}{}", fragment.0, shift(*time), reading(*stats))
        }
        Op::NoneSelected { fragment, time, labels } => {
            format!("absent() of f{}{} → {labels}", fragment.0, shift(*time))
        }
        Op::SampleTime { fragment, time } => {
            format!("sample time of f{}{}", fragment.0, shift(*time))
        }
        Op::InfoTime { fragment, time } => {
            format!("sample time of info f{}{}", fragment.0, shift(*time))
        }
        Op::Window { function, input, .. } => {
            format!("{} over {}", function.row().name, range(input))
        }
        Op::AbsentOverTime { input, labels } => {
            format!("absent_over_time over {} → {labels}", range(input))
        }
        Op::Raw(input) => format!("samples of {}", range(input)),
        Op::VectorOf(_) => "vector()".to_owned(),
        Op::Math { function, .. } | Op::HistogramNumber { function, .. } => {
            format!("{}()", function.row().name)
        }
        Op::StartTime { fragment, time } => {
            format!("start time of f{}{}", fragment.0, shift(*time))
        }
        Op::NoStartTime(_) => "start_timestamp() of what has none".to_owned(),
        Op::EvalTime(_) => "timestamp() of a computed vector".to_owned(),
        Op::Absent { labels, .. } => format!("absent() → {labels}"),
        Op::Aggregate { op, by, .. } => format!("{}{}", op.as_str(), grouping(by)),
        Op::CountValues { label, by, .. } => {
            format!("count_values {}{}", model::quote::quote(label), grouping(by))
        }
        Op::VectorScalar { op, scalar_left, bool, .. } => {
            let sides = if *scalar_left { "scalar, vector" } else { "vector, scalar" };
            format!("{}{} ({sides})", op.as_str(), if *bool { " bool" } else { "" })
        }
        Op::VectorVector { op, matching, bool, .. } => {
            let word = if matching.on { "on" } else { "ignoring" };
            let bool = if *bool { " bool" } else { "" };
            let labels = matching.labels.join(", ");
            format!("{}{bool} {word} ({labels}) {:?}", op.as_str(), matching.cardinality)
        }
        Op::Set { op, matching, .. } => {
            let word = if matching.on { "on" } else { "ignoring" };
            format!("{} {word} ({})", op.as_str(), matching.labels.join(", "))
        }
        Op::HistogramQuantile { .. } => name(FunctionId::HistogramQuantile),
        Op::HistogramFraction { .. } => name(FunctionId::HistogramFraction),
        Op::HistogramQuantiles { label, .. } => format!("histogram_quantiles → {label}"),
        Op::Info { .. } => name(FunctionId::Info),
        Op::LabelReplace { dst, .. } => format!("label_replace → {dst}"),
        Op::LabelJoin { dst, .. } => format!("label_join → {dst}"),
        Op::Sort { descending, .. } => format!("sort{}", if *descending { "_desc" } else { "" }),
        Op::SortByLabel { labels, .. } => format!("sort by label {}", labels.join(", ")),
    }
}

fn name(function: FunctionId) -> String {
    function.row().name.to_owned()
}

fn range(input: &RangeInput) -> String {
    let from = match input.from {
        RangeFrom::Fragment(fragment) => format!("f{}", fragment.0),
        RangeFrom::Subquery(node) => format!("subquery n{}", node.0),
    };
    let extended = input.extended.map_or_else(String::new, |e| format!(" {}", e.as_str()));
    let (range, shift) = (duration::format(input.range), shift(input.time));
    format!("{from}[{range}]{extended}{shift}{}", reading(input.stats))
}

fn reading(stats: bool) -> &'static str {
    if stats { " without buckets" } else { "" }
}

fn shift(time: TimeShift) -> String {
    let at = match time.at {
        None => String::new(),
        Some(At::Timestamp(ms)) => format!(" @ {}", model::Timestamp(ms)),
        Some(At::Start) => " @ start()".to_owned(),
        Some(At::End) => " @ end()".to_owned(),
    };
    match time.offset {
        0 => at,
        offset => format!("{at} offset {}", duration::format(offset)),
    }
}

fn grouping(by: &GroupBy) -> String {
    match (by.without, by.labels.is_empty()) {
        (false, true) => String::new(),
        (false, false) => format!(" by ({})", by.labels.join(", ")),
        (true, _) => format!(" without ({})", by.labels.join(", ")),
    }
}
