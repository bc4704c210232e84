//! Operators and aggregations as tables.

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Eql,
    /// `!=`
    Neq,
    /// `<`
    Lss,
    /// `<=`
    Lte,
    /// `>`
    Gtr,
    /// `>=`
    Gte,
    /// `</`
    TrimUpper,
    /// `>/`
    TrimLower,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

/// What an operator does to its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorKind {
    /// Computes a number.
    Arithmetic,
    /// Keeps or drops, or tells 0 or 1 with `bool`.
    Comparison,
    /// Cuts a native histogram.
    Trim,
    /// Combines sets of series.
    Set,
}

/// One row of the operator table.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// The operator.
    pub op: BinaryOp,
    /// As written.
    pub text: &'static str,
    /// What it does.
    pub kind: OperatorKind,
    /// How tightly it binds; higher is tighter.
    pub precedence: u8,
    /// Whether it associates to the right.
    pub right: bool,
}

/// The operator table, in the order of [`BinaryOp`].
pub const OPERATORS: [Operator; 18] = {
    use BinaryOp as B;
    use OperatorKind as K;
    const fn row(op: BinaryOp, text: &'static str, kind: OperatorKind, precedence: u8) -> Operator {
        Operator { op, text, kind, precedence, right: matches!(op, BinaryOp::Pow) }
    }
    [
        row(B::Add, "+", K::Arithmetic, 4),
        row(B::Sub, "-", K::Arithmetic, 4),
        row(B::Mul, "*", K::Arithmetic, 5),
        row(B::Div, "/", K::Arithmetic, 5),
        row(B::Mod, "%", K::Arithmetic, 5),
        row(B::Pow, "^", K::Arithmetic, 6),
        row(B::Atan2, "atan2", K::Arithmetic, 5),
        row(B::Eql, "==", K::Comparison, 3),
        row(B::Neq, "!=", K::Comparison, 3),
        row(B::Lss, "<", K::Comparison, 3),
        row(B::Lte, "<=", K::Comparison, 3),
        row(B::Gtr, ">", K::Comparison, 3),
        row(B::Gte, ">=", K::Comparison, 3),
        row(B::TrimUpper, "</", K::Trim, 3),
        row(B::TrimLower, ">/", K::Trim, 3),
        row(B::And, "and", K::Set, 2),
        row(B::Or, "or", K::Set, 1),
        row(B::Unless, "unless", K::Set, 2),
    ]
};

/// How tightly a unary sign binds: as multiplication.
pub const UNARY_PRECEDENCE: u8 = 5;

impl BinaryOp {
    /// Its row in the table.
    pub fn row(self) -> &'static Operator {
        &OPERATORS[self as usize]
    }

    /// As written.
    pub fn as_str(self) -> &'static str {
        self.row().text
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        self.row().kind == OperatorKind::Comparison
    }

    /// Whether it is `and`, `or` or `unless`.
    pub fn is_set(self) -> bool {
        self.row().kind == OperatorKind::Set
    }
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

impl UnaryOp {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
        }
    }
}

/// An aggregation operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are PromQL's")]
pub enum AggregateOp {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Quantile,
    CountValues,
    Limitk,
    LimitRatio,
}

/// What an aggregation takes before its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Nothing.
    None,
    /// A number.
    Scalar,
    /// A string.
    String,
}

/// One row of the aggregation table.
#[derive(Clone, Copy, Debug)]
pub struct Aggregation {
    /// The aggregation.
    pub op: AggregateOp,
    /// As written.
    pub name: &'static str,
    /// What it takes before its vector.
    pub param: Param,
    /// Whether it needs `promql-experimental-functions`.
    pub experimental: bool,
}

/// The aggregation table, in the order of [`AggregateOp`].
pub const AGGREGATIONS: [Aggregation; 14] = {
    use AggregateOp as A;
    const fn row(
        op: AggregateOp,
        name: &'static str,
        param: Param,
        experimental: bool,
    ) -> Aggregation {
        Aggregation { op, name, param, experimental }
    }
    [
        row(A::Sum, "sum", Param::None, false),
        row(A::Avg, "avg", Param::None, false),
        row(A::Count, "count", Param::None, false),
        row(A::Min, "min", Param::None, false),
        row(A::Max, "max", Param::None, false),
        row(A::Group, "group", Param::None, false),
        row(A::Stddev, "stddev", Param::None, false),
        row(A::Stdvar, "stdvar", Param::None, false),
        row(A::Topk, "topk", Param::Scalar, false),
        row(A::Bottomk, "bottomk", Param::Scalar, false),
        row(A::Quantile, "quantile", Param::Scalar, false),
        row(A::CountValues, "count_values", Param::String, false),
        row(A::Limitk, "limitk", Param::Scalar, true),
        row(A::LimitRatio, "limit_ratio", Param::Scalar, true),
    ]
};

impl AggregateOp {
    /// Its row in the table.
    pub fn row(self) -> &'static Aggregation {
        &AGGREGATIONS[self as usize]
    }

    /// As written.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_variant() {
        for (i, row) in OPERATORS.iter().enumerate() {
            assert_eq!(row.op as usize, i, "{}", row.text);
        }
        for (i, row) in AGGREGATIONS.iter().enumerate() {
            assert_eq!(row.op as usize, i, "{}", row.name);
        }
    }
}
