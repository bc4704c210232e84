//! Binary operators but for sets: scalars, a vector and a scalar, matched vectors.

use std::collections::BTreeMap;

use diagnostics::Span;
use model::{Labels, METRIC_NAME};
use promql::{
    BinaryOp, Expr, ValueType,
    ast::{Binary, Cardinality, Matching},
    operators::OperatorKind,
};

use super::{
    elements::{self, Note, combined},
    eval::{Evaluated, Evaluator},
    math,
    notes::Notes,
    sets,
    stats::Buckets,
    value::{Element, Number},
};

/// Evaluates a binary operation.
pub(super) fn binary(
    ev: &Evaluator<'_>,
    binary: &Binary,
    span: Span,
    notes: &mut Notes,
) -> Evaluated {
    let ev = &match binary.op.row().kind {
        OperatorKind::Trim => Evaluator { buckets: Buckets::Needed, ..*ev },
        _ => *ev,
    };
    let sides: [&Expr; 2] = [&binary.lhs, &binary.rhs];
    let scalars = sides.map(|side| side.value_type() == ValueType::Scalar);
    ev.by_step(&sides, notes, |_, values, notes| {
        let scalar = |i: usize| values[i].first().and_then(|e| e.value.float()).unwrap_or(f64::NAN);
        let mut last = None;
        let result = match scalars {
            [true, true] => vec![Element::bare(of_scalars(binary.op, scalar(0), scalar(1)))],
            [false, true] => with_scalar(ev, binary, &values[0], scalar(1), &mut last),
            [true, false] => with_scalar(ev, binary, &values[1], scalar(0), &mut last),
            [false, false] => {
                let matching = binary.matching.clone().unwrap_or_default();
                if binary.op.is_set() {
                    sets::combine(binary.op, &matching, &values[0], &values[1])
                } else {
                    Matched::new(ev, binary, &matching).combine(values, &mut last)?
                }
            }
        };
        // Of all that was found at a step, the last is told.
        if let Some(note) = last {
            note.tell(span.start, notes);
        }
        Ok(result)
    })
}

fn of_scalars(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op.row().kind {
        OperatorKind::Comparison => f64::from(u8::from(math::comparison(op, a, b))),
        _ => math::arithmetic(op, a, b),
    }
}

/// Whether results are no longer what the metric's name, type and unit say.
fn is_another_metric(binary: &Binary) -> bool {
    binary.bool_modifier || binary.op.row().kind == OperatorKind::Arithmetic
}

fn truth(keep: bool) -> Number {
    Number::Float(f64::from(u8::from(keep)))
}

fn with_scalar(
    ev: &Evaluator<'_>,
    binary: &Binary,
    vector: &[Element],
    scalar: f64,
    last: &mut Option<Note>,
) -> Vec<Element> {
    let scalar_first = binary.lhs.value_type() == ValueType::Scalar;
    let scalar = Number::Float(scalar);
    let mut result = Vec::new();
    for e in vector {
        let (lhs, rhs) = if scalar_first { (&scalar, &e.value) } else { (&e.value, &scalar) };
        let found = match combined(binary.op, lhs, rhs) {
            Ok(found) => found,
            Err(note) => {
                *last = Some(note);
                continue;
            }
        };
        let value = if binary.bool_modifier {
            truth(found.keep)
        } else if !found.keep {
            continue;
        } else if binary.op.is_comparison() {
            e.value.clone()
        } else {
            found.value
        };
        let mut e = Element { value, ..e.clone() };
        if is_another_metric(binary) {
            e.labels = ev.metadata_dropped(&e.labels);
            e.drop_name = true;
        }
        result.push(e);
    }
    result
}

/// The labels by which samples are matched.
pub(super) fn signature(matching: &Matching, labels: &Labels) -> Labels {
    let mut names: Vec<&str> = matching.labels.iter().map(String::as_str).collect();
    if matching.on {
        labels.only(&names)
    } else {
        names.push(METRIC_NAME);
        labels.without(&names)
    }
}

/// An operation on matched vectors at one step.
struct Matched<'m> {
    ev: &'m Evaluator<'m>,
    binary: &'m Binary,
    matching: &'m Matching,
    /// The labels of results so far, by signature.
    found: BTreeMap<Labels, Vec<Labels>>,
    result: Vec<Element>,
}

impl<'m> Matched<'m> {
    fn new(ev: &'m Evaluator<'m>, binary: &'m Binary, matching: &'m Matching) -> Self {
        Self { ev, binary, matching, found: BTreeMap::new(), result: Vec::new() }
    }

    fn is_swapped(&self) -> bool {
        self.matching.cardinality == Cardinality::OneToMany
    }

    fn combine(
        mut self,
        values: &[Vec<Element>],
        last: &mut Option<Note>,
    ) -> Result<Vec<Element>, String> {
        let Matching { fill_left, fill_right, .. } = *self.matching;
        let nothing = values.iter().all(Vec::is_empty);
        let one_empty = values.iter().any(Vec::is_empty);
        if nothing || one_empty && fill_left.is_none() && fill_right.is_none() {
            return Ok(Vec::new());
        }
        // From here on the right side is the one with one series a group. What is filled in is not
        // exchanged.
        let (many, one) =
            if self.is_swapped() { (&values[1], &values[0]) } else { (&values[0], &values[1]) };
        let ones = self.ones(one)?;
        for e in many {
            let key = signature(self.matching, &e.labels);
            let partner = match (ones.get(&key), fill_right) {
                (Some(partner), _) => (*partner).clone(),
                (None, Some(fill)) => filled(&key, fill),
                (None, None) => continue,
            };
            self.pair(e, &partner, key, last)?;
        }
        let Some(fill) = fill_left else { return Ok(self.result) };
        for e in one {
            let key = signature(self.matching, &e.labels);
            if !self.found.contains_key(&key) {
                self.pair(&filled(&key, fill), e, key, last)?;
            }
        }
        Ok(self.result)
    }

    /// The samples of the side that has one a group.
    fn ones<'e>(&self, one: &'e [Element]) -> Result<BTreeMap<Labels, &'e Element>, String> {
        let mut ones: BTreeMap<Labels, &Element> = BTreeMap::new();
        for e in one {
            let key = signature(self.matching, &e.labels);
            if let Some(other) = ones.get(&key) {
                let side = if self.is_swapped() { "left" } else { "right" };
                let mut pair = [e.labels.to_string(), other.labels.to_string()];
                pair.sort();
                let [a, b] = pair;
                return Err(format!(
                    "found duplicate series for the match group {key} on the {side} hand-side of \
                     the operation: [{a}, {b}];many-to-many matching not allowed: matching labels \
                     must be unique on one side"
                ));
            }
            ones.insert(key, e);
        }
        Ok(ones)
    }

    /// Combines a sample of the side with many with one of the side with one.
    fn pair(
        &mut self,
        many: &Element,
        one: &Element,
        key: Labels,
        last: &mut Option<Note>,
    ) -> Result<(), String> {
        let (lhs, rhs) = if self.is_swapped() { (one, many) } else { (many, one) };
        let elements::Combined { value, keep, note } =
            match combined(self.binary.op, &lhs.value, &rhs.value) {
                Ok(found) => found,
                Err(note) => {
                    *last = Some(note);
                    return Ok(());
                }
            };
        if note.is_some() {
            *last = note;
        }
        let labels = self.labels(&many.labels, &one.labels);
        let one_to_one = self.matching.cardinality == Cardinality::OneToOne;
        let group = self.found.entry(key).or_default();
        if one_to_one && !group.is_empty() {
            return Err("multiple matches for labels: many-to-one matching must be explicit \
                        (group_left/group_right)"
                .to_owned());
        }
        if group.contains(&labels) {
            return Err("multiple matches for labels: grouping labels must ensure unique matches"
                .to_owned());
        }
        group.push(labels.clone());
        let bool_modifier = self.binary.bool_modifier;
        if keep || bool_modifier {
            let value = if bool_modifier { truth(keep) } else { value };
            self.result.push(Element { labels, drop_name: bool_modifier, t: 0, value });
        }
        Ok(())
    }

    fn labels(&self, many: &Labels, one: &Labels) -> Labels {
        let mut labels = many.to_builder();
        let arithmetic = self.binary.op.row().kind == OperatorKind::Arithmetic;
        if arithmetic || self.binary.bool_modifier && !self.ev.delayed() {
            for name in [METRIC_NAME, "__type__", "__unit__"] {
                labels.remove(name);
            }
        }
        if self.matching.cardinality == Cardinality::OneToOne {
            let built = labels.build();
            let names: Vec<&str> = self.matching.labels.iter().map(String::as_str).collect();
            let kept = if self.matching.on { built.only(&names) } else { built.without(&names) };
            labels = kept.to_builder();
        }
        for name in &self.matching.include {
            labels.set(name, one.value(name));
        }
        labels.build()
    }
}

/// What stands in for a missing sample.
fn filled(key: &Labels, value: f64) -> Element {
    Element { labels: key.clone(), ..Element::bare(value) }
}
