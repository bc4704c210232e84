//! Expressions by chance: from the tables of functions, operators and aggregations, in all the
//! spellings that the language has, and the same with something broken.
//!
//! It knows which types go where, so that most of what it writes is right; what it writes wrong on
//! purpose comes from [`mutated`]. Start at [`expression`].

use promql::{
    AggregateOp, ValueType,
    functions::{Arity, FUNCTIONS, Function},
    operators::{AGGREGATIONS, OPERATORS, OperatorKind, Param},
};

use super::{
    dice::Dice,
    words::{self, blank},
};

/// How deep expressions may stand inside each other.
const DEPTH: usize = 4;

/// What may be written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether the syntax behind feature flags is used.
    pub gated: bool,
}

/// An expression of any type.
pub fn expression(dice: &mut Dice<'_>, style: Style) -> String {
    let types = [
        ValueType::InstantVector,
        ValueType::InstantVector,
        ValueType::InstantVector,
        ValueType::Scalar,
        ValueType::RangeVector,
        ValueType::String,
    ];
    let wanted = types[dice.below(types.len())];
    Writer { dice, style }.of_type(wanted, DEPTH)
}

/// A text with something broken: characters or words put in, left out or exchanged.
pub fn mutated(dice: &mut Dice<'_>, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(chars.len() + 1);
        let cut = (at + dice.below(4)).min(chars.len());
        match dice.below(4) {
            0 => drop(chars.splice(at..cut, [])),
            1 => drop(chars.splice(at..at, dice.pick(words::FRAGMENTS).chars())),
            2 => drop(chars.splice(at..cut, dice.pick(words::FRAGMENTS).chars())),
            _ => {
                let piece: Vec<char> = chars[at..cut].to_vec();
                let to = dice.below(chars.len() + 1);
                drop(chars.splice(to..to, piece));
            }
        }
    }
    chars.into_iter().collect()
}

/// A text with comments put in, behind words and on lines of their own. Some come to stand where
/// none can.
pub fn commented(dice: &mut Dice<'_>, text: &str) -> String {
    let between = |c: char| " (){},[]+-*/^%=:".contains(c);
    let one_in = 1 + dice.below(8);
    let mut n = 0;
    let mut with = String::new();
    for c in text.chars() {
        with.push(c);
        if between(c) && dice.one_in(one_in) {
            n += 1;
            let line_end = dice.pick(&["\n", "\n", "\r\n", "\n\n  ", " \t\n"]);
            let before = dice.pick(&["", " ", "\n", "\n  "]);
            with.extend([before, "# ", &n.to_string(), line_end]);
        }
    }
    with
}

struct Writer<'d, 'b> {
    dice: &'d mut Dice<'b>,
    style: Style,
}

impl Writer<'_, '_> {
    fn of_type(&mut self, wanted: ValueType, depth: usize) -> String {
        // Now and then the wrong one, which the checker must find.
        let wanted = if self.dice.one_in(120) {
            use ValueType as T;
            [T::Scalar, T::String, T::InstantVector, T::RangeVector][self.dice.below(4)]
        } else {
            wanted
        };
        let text = match wanted {
            ValueType::Scalar => self.scalar(depth),
            ValueType::String => words::string(self.dice),
            ValueType::InstantVector => self.vector(depth),
            ValueType::RangeVector => self.range(depth),
        };
        if self.dice.one_in(12) { self.parenthesised(&text) } else { text }
    }

    fn parenthesised(&mut self, text: &str) -> String {
        format!("({}{text}{})", blank(self.dice), blank(self.dice))
    }

    fn scalar(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.is_empty() {
            return words::number(self.dice);
        }
        match self.dice.below(6) {
            0..3 => words::number(self.dice),
            3 => self.call(ValueType::Scalar, depth),
            4 => self.binary(&[ValueType::Scalar], depth),
            _ => self.signed(ValueType::Scalar, depth),
        }
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.is_empty() {
            return self.selector();
        }
        match self.dice.below(10) {
            0..2 => self.selector(),
            2..5 => self.call(ValueType::InstantVector, depth),
            5..7 => self.aggregate(depth),
            7..9 => self.binary(&[ValueType::Scalar, ValueType::InstantVector], depth),
            _ => self.signed(ValueType::InstantVector, depth),
        }
    }

    fn range(&mut self, depth: usize) -> String {
        let time = self.time();
        let extended = self.extended();
        if depth == 0 || self.dice.below(3) > 0 {
            let series = words::series(self.dice);
            let range = self.duration(2);
            return format!("{series}{}[{range}]{extended}{time}", blank(self.dice));
        }
        let inner = match self.dice.below(3) {
            0 => self.selector(),
            1 => self.call(ValueType::InstantVector, depth),
            _ => {
                let inner = self.of_type(ValueType::InstantVector, depth - 1);
                self.parenthesised(&inner)
            }
        };
        let range = self.duration(2);
        let step = if self.dice.one_in(2) { String::new() } else { self.duration(1) };
        format!("{inner}[{range}:{step}]{time}")
    }

    fn selector(&mut self) -> String {
        let series = words::series(self.dice);
        let time = self.time();
        let extended = self.extended();
        format!("{series}{extended}{time}")
    }

    /// Each kind of modifier in whatever order, mostly none.
    fn time(&mut self) -> String {
        let offset = if self.dice.one_in(6) {
            let duration = self.offset();
            let word = words::keyword(self.dice, "offset");
            format!(" {word} {duration}")
        } else {
            String::new()
        };
        let at = if self.dice.one_in(8) {
            format!("{}@{}{}", blank(self.dice), blank(self.dice), words::instant(self.dice))
        } else {
            String::new()
        };
        if self.dice.one_in(2) { format!("{offset}{at}") } else { format!("{at}{offset}") }
    }

    fn extended(&mut self) -> String {
        if self.style.gated && self.dice.one_in(10) {
            let word = self.dice.pick(&["anchored", "smoothed"]);
            format!(" {}", words::keyword(self.dice, word))
        } else {
            String::new()
        }
    }

    fn offset(&mut self) -> String {
        match self.dice.below(8) {
            0..4 => words::duration(self.dice),
            4 => format!("-{}{}", blank(self.dice), words::duration(self.dice)),
            5 => words::number(self.dice),
            6 => {
                let inner = self.duration(2);
                format!("({inner})")
            }
            _ => {
                let sign = self.dice.pick(&["-", "+", "- -", "-+"]);
                let inner = self.duration(1);
                format!("{sign}{inner}")
            }
        }
    }

    /// A duration or an expression of durations.
    fn duration(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.below(6) > 0 {
            let plain = self.dice.below(6) > 0;
            return if plain { words::duration(self.dice) } else { words::number(self.dice) };
        }
        match self.dice.below(6) {
            0 => self.dice.pick(&["step()", "range()", "STEP( )", "Range()"]).to_owned(),
            1 => {
                let (a, b) = (self.duration(depth - 1), self.duration(depth - 1));
                let function = self.dice.pick(&["min_of", "max_of", "Max_of"]);
                format!("{function}({a}, {b})")
            }
            2 => {
                let inner = self.duration(depth - 1);
                self.parenthesised(&inner)
            }
            3 => {
                let sign = self.dice.pick(&["-", "+"]);
                format!("{sign}{}", self.duration(depth - 1))
            }
            _ => {
                let (a, b) = (self.duration(depth - 1), self.duration(depth - 1));
                let op = self.dice.pick(&["+", "-", "*", "/", "%", "^"]);
                format!("{a} {op} {b}")
            }
        }
    }

    fn signed(&mut self, of: ValueType, depth: usize) -> String {
        let sign = self.dice.pick(&["-", "+", "- ", "-\n"]);
        let operand = self.of_type(of, depth - 1);
        format!("{sign}{operand}")
    }

    fn call(&mut self, returns: ValueType, depth: usize) -> String {
        let gated = self.style.gated;
        let fits = |row: &&Function| row.returns == returns && (gated || !row.experimental);
        let rows: Vec<&Function> = FUNCTIONS.iter().filter(fits).collect();
        let row = self.dice.pick(&rows);
        let types = self.argument_types(row);
        let args: Vec<String> = types.iter().map(|t| self.of_type(*t, depth - 1)).collect();
        let (name, open) = (row.name, blank(self.dice));
        format!("{name}{open}({})", self.listed(&args))
    }

    fn argument_types(&mut self, row: &Function) -> Vec<ValueType> {
        let mut types = row.args.to_vec();
        match row.optional {
            Arity::Exact => {}
            Arity::Optional(n) => types.truncate(types.len() - self.dice.below(usize::from(n) + 1)),
            Arity::Repeated => {
                let last = types.pop();
                types.extend(std::iter::repeat_n(last, self.dice.below(4)).flatten());
            }
        }
        // One too many or one too few.
        match self.dice.below(100) {
            98 => types.push(ValueType::Scalar),
            99 => drop(types.pop()),
            _ => {}
        }
        types
    }

    fn listed(&mut self, parts: &[String]) -> String {
        let mut list = String::new();
        for (i, part) in parts.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            list = format!("{list}{comma}{}{part}{}", blank(self.dice), blank(self.dice));
        }
        list
    }

    fn aggregate(&mut self, depth: usize) -> String {
        let row = &AGGREGATIONS[self.dice.below(AGGREGATIONS.len())];
        let op = if row.experimental && !self.style.gated { AggregateOp::Sum.row() } else { row };
        let mut args = Vec::new();
        match op.param {
            Param::None => {}
            Param::Scalar => args.push(self.of_type(ValueType::Scalar, depth - 1)),
            Param::String => args.push(words::string(self.dice)),
        }
        args.push(self.of_type(ValueType::InstantVector, depth - 1));
        let args = self.listed(&args);
        let name = words::keyword(self.dice, op.name);
        let grouping = match self.dice.below(3) {
            0 => return format!("{name}{}({args})", blank(self.dice)),
            1 => words::keyword(self.dice, "by"),
            _ => words::keyword(self.dice, "without"),
        };
        let labels = words::labels(self.dice);
        if self.dice.one_in(2) {
            format!("{name} {grouping} {labels} ({args})")
        } else {
            format!("{name}({args}) {grouping}{}{labels}", blank(self.dice))
        }
    }

    fn binary(&mut self, sides: &[ValueType], depth: usize) -> String {
        let (l, r) = (sides[self.dice.below(sides.len())], sides[self.dice.below(sides.len())]);
        let vectors = (l, r) == (ValueType::InstantVector, ValueType::InstantVector);
        let scalars = (l, r) == (ValueType::Scalar, ValueType::Scalar);
        let row = loop {
            let row = &OPERATORS[self.dice.below(OPERATORS.len())];
            // The first operator is fit for everything, and where no choices are left.
            if row.kind != OperatorKind::Set || vectors || self.dice.one_in(40) {
                break row;
            }
        };
        let compares = row.kind == OperatorKind::Comparison;
        let mut modifiers = String::new();
        if compares && (self.dice.one_in(3) || (scalars && !self.dice.one_in(20))) {
            modifiers = format!(" {}", words::keyword(self.dice, "bool"));
        }
        if vectors || self.dice.one_in(40) {
            modifiers += &self.matching(row.kind == OperatorKind::Set);
        }
        let (a, b) = (self.of_type(l, depth - 1), self.of_type(r, depth - 1));
        let op = words::keyword(self.dice, row.text);
        let is_word = row.text.starts_with(|c: char| c.is_alphabetic());
        let tight = !is_word && modifiers.is_empty() && self.dice.one_in(4);
        if tight { format!("{a}{op}{b}") } else { format!("{a} {op}{modifiers} {b}") }
    }

    fn matching(&mut self, is_set: bool) -> String {
        let mut text = String::new();
        if self.dice.one_in(3) {
            let word = self.dice.pick(&["on", "ignoring"]);
            let word = words::keyword(self.dice, word);
            text = format!(" {word}{}{}", blank(self.dice), words::labels(self.dice));
            if !is_set && self.dice.one_in(2) {
                let group = self.dice.pick(&["group_left", "group_right"]);
                let group = words::keyword(self.dice, group);
                let include =
                    if self.dice.one_in(2) { words::labels(self.dice) } else { String::new() };
                text = format!("{text} {group} {include}");
            }
        }
        if self.style.gated && self.dice.one_in(6) {
            let number = words::number(self.dice);
            let fill =
                self.dice.pick(&["fill", "fill_left", "fill_right", "fill_left(1) fill_right"]);
            text = format!("{text} {fill}{}({number})", blank(self.dice));
        }
        text
    }
}
