//! Well-typed expressions by chance, over the metrics and labels of generated data.

use promql::{
    FunctionId, ValueType,
    functions::{Arity, FUNCTIONS, Function},
    operators::{AGGREGATIONS, OPERATORS, OperatorKind, Param},
};

use super::data::NAMES;
use crate::fuzz::Dice;

/// An expression that a query may have: of any type for an instant, else a scalar or a vector.
pub(super) fn query(dice: &mut Dice<'_>, names: &[&'static str], instant: bool) -> String {
    let mut writer = Writer { dice, names };
    // How deep expressions may stand inside each other.
    let depth = [2, 1, 3, 2, 4][writer.dice.below(5)];
    match writer.dice.below(16) {
        14 => writer.scalar(depth),
        15 if instant => writer.range(depth, None),
        _ => writer.vector(depth),
    }
}

/// An expression that a rule may have: a vector, or now and then a scalar.
pub(super) fn rule(dice: &mut Dice<'_>, names: &[&'static str]) -> String {
    let mut writer = Writer { dice, names };
    let depth = 1 + writer.dice.below(3);
    if writer.dice.one_in(12) { writer.scalar(depth) } else { writer.vector(depth) }
}

struct Writer<'d, 'b> {
    dice: &'d mut Dice<'b>,
    /// The metrics that there are.
    names: &'d [&'static str],
}

impl Writer<'_, '_> {
    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.dice.below(of.len())]
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.is_empty() {
            return self.selector();
        }
        match self.dice.below(12) {
            0..2 => self.selector(),
            2..7 => self.call(ValueType::InstantVector, depth),
            7..9 => self.aggregate(depth),
            9..11 => self.binary(depth),
            _ => {
                let sign = self.pick(&["-", "+", ""]);
                format!("{sign}({})", self.vector(depth - 1))
            }
        }
    }

    fn scalar(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.is_empty() {
            return self.number();
        }
        match self.dice.below(8) {
            0..5 => self.number(),
            5..7 => self.call(ValueType::Scalar, depth),
            _ => {
                let op = self.pick(&["+", "-", "*", "/", "%", "^", "> bool", "== bool"]);
                format!("({} {op} {})", self.scalar(depth - 1), self.scalar(depth - 1))
            }
        }
    }

    fn number(&mut self) -> String {
        self.pick(&[
            "1", "2", "0.5", "0", "-1", "0.9", "3", "100", "0.1", "60", "-0.5", "1e3", "NaN",
            "Inf", "-Inf", "5m", "1.5", "0.99",
        ])
        .to_owned()
    }

    fn series(&mut self) -> String {
        let anything = self.dice.one_in(12);
        let name = self.pick(if anything { NAMES } else { self.names });
        let matcher = self.pick(&[
            "",
            "",
            "",
            "{job=\"x\"}",
            "{instance=~\"0|1\"}",
            "{instance!=\"1\"}",
            "{z=\"\"}",
            "{job=~\".*\",instance=\"0\"}",
        ]);
        if self.dice.one_in(12) {
            return self
                .pick(&[
                    "{job=\"x\"}",
                    "{__name__=~\"a_total|d_total|b\"}",
                    "{__name__=~\".h\"}",
                    "{instance=\"0\",__name__!=\"odd\"}",
                ])
                .to_owned();
        }
        format!("{name}{matcher}")
    }

    fn time(&mut self) -> String {
        let offset = match self.dice.below(10) {
            8 => self.pick(&[" offset 1m", " offset 90s", " offset -30s", " offset 5m"]),
            9 => self.pick(&[" offset -2m", " offset (30s*2)", " offset step()", " offset 15s"]),
            _ => "",
        };
        let at = match self.dice.below(12) {
            10 => self.pick(&[" @ 300", " @ 0", " @ 451.5", " @ 600"]),
            11 => self.pick(&[" @ start()", " @ end()"]),
            _ => "",
        };
        format!("{offset}{at}")
    }

    fn selector(&mut self) -> String {
        let smoothed = if self.dice.one_in(20) { " smoothed" } else { "" };
        format!("{}{smoothed}{}", self.series(), self.time())
    }

    fn duration(&mut self) -> &'static str {
        self.pick(&["1m", "5m", "2m", "30s", "10m", "45s", "1s", "90s", "61.5", "step()+1m", "15s"])
    }

    /// A window, for a function or for itself.
    fn range(&mut self, depth: usize, function: Option<FunctionId>) -> String {
        use FunctionId as F;
        if depth > 0 && self.dice.one_in(4) {
            let inner = self.vector(depth - 1);
            let step = self.pick(&["", "30s", "15s", "1m", "7s"]);
            let range = self.pick(&["5m", "2m", "1m", "90s", "30s"]);
            return format!("({inner})[{range}:{step}]{}", self.time());
        }
        let anchored =
            matches!(function, Some(F::Rate | F::Increase | F::Delta | F::Changes | F::Resets));
        let smoothed = matches!(function, Some(F::Rate | F::Increase | F::Delta));
        let extended = match self.dice.below(8) {
            6 if anchored => " anchored",
            7 if smoothed => " smoothed",
            _ => "",
        };
        let (series, range) = (self.series(), self.duration());
        format!("{series}[{range}]{extended}{}", self.time())
    }

    fn labels(&mut self) -> &'static str {
        self.pick(&[
            "job",
            "instance",
            "job, instance",
            "",
            "le",
            "instance, le",
            "z",
            "__name__",
            "__name__, job",
            "__type__, job",
        ])
    }

    fn label(&mut self) -> &'static str {
        self.pick(&["job", "instance", "new", "__name__", "z", "le", "version", "__type__"])
    }

    fn call(&mut self, returns: ValueType, depth: usize) -> String {
        let fits = |row: &&Function| row.returns == returns;
        let rows: Vec<&Function> = FUNCTIONS.iter().filter(fits).collect();
        let row = rows[self.dice.below(rows.len())];
        let name = row.name;
        let args = match row.id {
            FunctionId::LabelReplace => {
                let (to, from) = (self.label(), self.label());
                let to_value = self.pick(&["$1", "x", "", "a-$1", "${1}$2", "$0"]);
                let pattern = self.pick(&["(.*)", "(.)(.*)", "x|y", "", "[0-9]+", "(x)?.*"]);
                let inner = self.vector(depth - 1);
                format!("{inner}, \"{to}\", \"{to_value}\", \"{from}\", \"{pattern}\"")
            }
            FunctionId::LabelJoin => {
                let (to, a, b) = (self.label(), self.label(), self.label());
                let separator = self.pick(&["-", "", ","]);
                let inner = self.vector(depth - 1);
                format!("{inner}, \"{to}\", \"{separator}\", \"{a}\", \"{b}\"")
            }
            FunctionId::Info => {
                let inner = self.vector(depth - 1);
                let wanted = self.pick(&[
                    "",
                    ", {version=~\".+\"}",
                    ", {__name__=\"build_info\"}",
                    ", {__name__=~\".+_info\",version=\"1\"}",
                    ", {version=~\".*\"}",
                    ", {__name__!=\"build_info\"}",
                ]);
                format!("{inner}{wanted}")
            }
            FunctionId::HistogramQuantile if self.dice.one_in(2) => {
                format!("{}, c_bucket{}", self.scalar(depth - 1), self.time())
            }
            FunctionId::HistogramFraction if self.dice.one_in(2) => {
                let (a, b) = (self.scalar(depth - 1), self.scalar(depth - 1));
                format!("{a}, {b}, c_bucket{}", self.time())
            }
            FunctionId::HistogramQuantiles => {
                let (inner, label) = (self.vector(depth - 1), self.label());
                let (a, b) = (self.scalar(depth - 1), self.scalar(0));
                format!("{inner}, \"{label}\", {a}, {b}")
            }
            _ => self.arguments(row, depth),
        };
        format!("{name}({args})")
    }

    fn arguments(&mut self, row: &Function, depth: usize) -> String {
        let mut types = row.args.to_vec();
        match row.optional {
            Arity::Exact => {}
            Arity::Optional(n) => types.truncate(types.len() - self.dice.below(usize::from(n) + 1)),
            Arity::Repeated => {
                if self.dice.one_in(4) {
                    types.pop();
                }
            }
        }
        let mut args = Vec::new();
        for wanted in types {
            args.push(match wanted {
                ValueType::Scalar => self.scalar(depth - 1),
                ValueType::String => format!("\"{}\"", self.label()),
                ValueType::InstantVector => self.vector(depth - 1),
                ValueType::RangeVector => self.range(depth - 1, Some(row.id)),
            });
        }
        args.join(", ")
    }

    fn aggregate(&mut self, depth: usize) -> String {
        let row = &AGGREGATIONS[self.dice.below(AGGREGATIONS.len())];
        let inner = self.vector(depth - 1);
        let args = match row.param {
            Param::None => inner,
            Param::Scalar => format!("{}, {inner}", self.scalar(depth - 1)),
            Param::String => format!("\"{}\", {inner}", self.label()),
        };
        let name = row.name;
        match self.dice.below(3) {
            0 => format!("{name}({args})"),
            1 => format!("{name} by ({}) ({args})", self.labels()),
            _ => format!("{name} without ({}) ({args})", self.labels()),
        }
    }

    fn binary(&mut self, depth: usize) -> String {
        let row = &OPERATORS[self.dice.below(OPERATORS.len())];
        let op = row.text;
        let set = row.kind == OperatorKind::Set;
        let truth = row.kind == OperatorKind::Comparison && self.dice.one_in(3);
        let modifier = if truth { " bool" } else { "" };
        if !set && self.dice.one_in(2) {
            let (vector, scalar) = (self.vector(depth - 1), self.scalar(depth - 1));
            let (vector, scalar) = (format!("({vector})"), format!("({scalar})"));
            return if self.dice.one_in(3) {
                format!("{scalar} {op}{modifier} {vector}")
            } else {
                format!("{vector} {op}{modifier} {scalar}")
            };
        }
        let lhs = self.vector(depth - 1);
        // Often the same again, so that something matches.
        let rhs = if self.dice.one_in(3) { lhs.clone() } else { self.vector(depth - 1) };
        let matching = self.matching(set);
        format!("({lhs}) {op}{modifier}{matching} ({rhs})")
    }

    fn matching(&mut self, set: bool) -> String {
        let mut text = match self.dice.below(3) {
            0 => String::new(),
            1 => format!(" on ({})", self.labels()),
            _ => format!(" ignoring ({})", self.labels()),
        };
        if set {
            return text;
        }
        if !text.is_empty() && self.dice.one_in(2) {
            let group = self.pick(&["group_left", "group_right"]);
            let include = self.pick(&["", "(version)", "(z)", "(new, z)"]);
            text = format!("{text} {group} {include}");
        }
        if self.dice.one_in(5) {
            let fill = self.pick(&["fill", "fill_left", "fill_right"]);
            let value = self.pick(&["0", "1", "NaN", "-2.5"]);
            text = format!("{text} {fill} ({value})");
        }
        text
    }
}
