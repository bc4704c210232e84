//! Expressions nested at random, typed so that most of them mean something.

use promql::{
    ValueType,
    functions::{FUNCTIONS, Function, FunctionId},
    operators::{AGGREGATIONS, AggregateOp, Aggregation, OPERATORS, Operator, OperatorKind},
};

use super::tables::{self, PAIRS, RANGES, SCALARS, VECTORS};
use crate::oracle::data::noise;

/// So many expressions.
pub(super) fn all(n: u64) -> Vec<String> {
    (0..n).map(|seed| Random { seed: seed + 7_000, drawn: 0 }.vector(3)).collect()
}

/// One expression's source of chance.
struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        usize::try_from(noise(self.seed, self.drawn) % n as u64).expect("an index")
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn vector(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.pick(&VECTORS).to_owned();
        }
        match self.below(12) {
            0..3 => self.call(depth),
            3..5 => self.aggregation(depth),
            5 | 6 => self.with_scalar(depth),
            7 | 8 => self.with_vector(depth),
            9 => format!("-({})", self.vector(depth - 1)),
            10 => format!("absent({})", self.vector(depth - 1)),
            _ => format!("({})", self.vector(depth - 1)),
        }
    }

    fn call(&mut self, depth: u32) -> String {
        let rows: Vec<&Function> = FUNCTIONS.iter().filter(|row| nests(row)).collect();
        let row = self.pick(&rows);
        let input = match row.args.iter().find(|arg| **arg != ValueType::Scalar) {
            Some(ValueType::RangeVector) => self.range(depth),
            _ => self.vector(depth - 1),
        };
        let seed = noise(self.seed, self.drawn) % 100_000;
        tables::call(row, &input, seed)
    }

    /// A range selector, or a subquery whose steps and ranges never share an edge with those
    /// around it.
    fn range(&mut self, depth: u32) -> String {
        if self.below(3) > 0 {
            return self.pick(&RANGES).to_owned();
        }
        let inner = self.vector(depth - 1);
        let length = self.pick(&["5m17s7ms", "11m7ms", "23m31s7ms"]);
        let step = self.pick(&["", "30s", "2m", "15s"]);
        let offset = self.pick(&["", "", " offset 3m", " offset -2m", " @ 1700010000.750"]);
        format!("({inner})[{length}:{step}]{offset}")
    }

    fn aggregation(&mut self, depth: u32) -> String {
        let rows: Vec<&Aggregation> = AGGREGATIONS
            .iter()
            .filter(|row| !row.experimental)
            .filter(|row| !matches!(row.op, AggregateOp::Topk | AggregateOp::Bottomk))
            .collect();
        let row = self.pick(&rows);
        let vector = self.vector(depth - 1);
        let seed = noise(self.seed, self.drawn) % 100_000;
        tables::aggregate(row, &vector, seed)
    }

    fn operator(&mut self, kinds: &[OperatorKind]) -> &'static Operator {
        let rows: Vec<&'static Operator> =
            OPERATORS.iter().filter(|row| kinds.contains(&row.kind)).collect();
        self.pick(&rows)
    }

    fn with_scalar(&mut self, depth: u32) -> String {
        let row = self.operator(&[OperatorKind::Arithmetic, OperatorKind::Comparison]);
        let bool =
            if row.kind == OperatorKind::Comparison { self.pick(&["", "bool "]) } else { "" };
        let (vector, scalar) = (self.vector(depth - 1), self.pick(&SCALARS));
        let op = row.text;
        if self.below(3) == 0 {
            format!("{scalar} {op} {bool}({vector})")
        } else {
            format!("({vector}) {op} {bool}{scalar}")
        }
    }

    fn with_vector(&mut self, depth: u32) -> String {
        let kinds = [OperatorKind::Arithmetic, OperatorKind::Comparison, OperatorKind::Set];
        let op = self.operator(&kinds);
        let text = op.text;
        if self.below(2) == 0 {
            let (left, matching, right) = self.pick(&PAIRS);
            let group = matching.contains("group_") && op.kind == OperatorKind::Set;
            return format!("{left} {text} {} {right}", if group { "" } else { matching });
        }
        let matching =
            self.pick(&["", "on (service)", "on (instance)", "ignoring (code)", "on ()"]);
        let (left, right) = (self.vector(depth - 1), self.vector(depth - 1));
        format!("({left}) {text} {matching} ({right})")
    }
}

/// Whether a call of it may stand within a random expression. The order of a sort means nothing
/// there, and what 2.42 has only in the windows' samples can be asked for only at the top.
fn nests(row: &Function) -> bool {
    let vector = row.args.iter().any(|arg| *arg != ValueType::Scalar);
    !tables::by_flag(row)
        && vector
        && row.returns == ValueType::InstantVector
        && !matches!(row.id, FunctionId::Sort | FunctionId::SortDesc | FunctionId::FirstOverTime)
}
