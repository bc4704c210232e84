//! Go's builtin template functions: comparison, indexing, slicing, length.
//!
//! As `funcs.go` of package `text/template`, with its messages.

use std::{cmp::Ordering, rc::Rc};

use super::{
    print,
    value::{Sample, Value},
};

type Result = std::result::Result<Value, String>;

/// The kinds that can be ordered or compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    Str,
    None,
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Bool,
        Value::Byte(_) => Kind::Uint,
        Value::Float(_) => Kind::Float,
        Value::Str(_) | Value::Html(_) => Kind::Str,
        _ if value.as_int().is_some() => Kind::Int,
        _ => Kind::None,
    }
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

pub(super) fn eq(values: &[Value]) -> Result {
    let [first, others @ ..] = values else { return Ok(Value::Nil) };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn equal(a: &Value, b: &Value) -> std::result::Result<bool, String> {
    match (kind_of(a), kind_of(b)) {
        (Kind::Int | Kind::Uint, Kind::Int | Kind::Uint) => Ok(a.as_int() == b.as_int()),
        (Kind::None, Kind::None) => equal_others(a, b),
        (x, y) if x != y => match (a, b) {
            (Value::Nil, _) | (_, Value::Nil) => Ok(false),
            _ => Err(incompatible(a, b)),
        },
        _ => Ok(order(a, b) == Some(Ordering::Equal)),
    }
}

fn equal_others(a: &Value, b: &Value) -> std::result::Result<bool, String> {
    match (a, b) {
        (Value::Nil | Value::NilSample, Value::Nil | Value::NilSample) => Ok(true),
        // Pointers are equal only to themselves.
        (Value::Nil | Value::NilSample, _)
        | (_, Value::Nil | Value::NilSample)
        | (Value::Duration { .. }, Value::Duration { .. }) => Ok(false),
        (Value::Sample(a), Value::Sample(b)) => Ok(Rc::ptr_eq(a, b)),
        (Value::Time { nanos: a, pointer: p }, Value::Time { nanos: b, pointer: q }) => {
            Ok(a == b && !p && !q)
        }
        _ if std::mem::discriminant(a) != std::mem::discriminant(b) => Err(format!(
            "non-comparable types {}: {}, {}: {}",
            print::plain(a),
            a.type_name(),
            b.type_name(),
            print::plain(b)
        )),
        _ => Err(format!("non-comparable type {}: {}", print::plain(b), b.type_name())),
    }
}

pub(super) fn ne(values: &[Value]) -> Result {
    Ok((!eq(values)?.is_true()).into())
}

pub(super) fn lt(values: &[Value]) -> Result {
    less(&values[0], &values[1]).map(Value::Bool)
}

pub(super) fn le(values: &[Value]) -> Result {
    if less(&values[0], &values[1])? { Ok(true.into()) } else { eq(values) }
}

pub(super) fn gt(values: &[Value]) -> Result {
    Ok((!le(values)?.is_true()).into())
}

pub(super) fn ge(values: &[Value]) -> Result {
    Ok((!less(&values[0], &values[1])?).into())
}

fn less(a: &Value, b: &Value) -> std::result::Result<bool, String> {
    let invalid = || "invalid type for comparison".to_owned();
    match (kind_of(a), kind_of(b)) {
        (Kind::None, _) | (_, Kind::None) | (Kind::Bool, Kind::Bool) => Err(invalid()),
        (Kind::Int | Kind::Uint, Kind::Int | Kind::Uint) => Ok(a.as_int() < b.as_int()),
        (x, y) if x != y => Err(incompatible(a, b)),
        _ => Ok(order(a, b) == Some(Ordering::Less)),
    }
}

/// The order of two values of one kind.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        _ => Some(a.as_str()?.cmp(b.as_str()?)),
    }
}

pub(super) fn len(value: &Value) -> Result {
    let n = match value {
        Value::Str(text) | Value::Html(text) => text.len(),
        Value::Labels(labels) => labels.len(),
        Value::Args(args) => args.len(),
        Value::Samples(samples) => samples.len(),
        Value::NilSample => return Err("len of nil pointer".to_owned()),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        _ => return Err(format!("len of type {}", value.element_type_name())),
    };
    Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
}

pub(super) fn index(values: &[Value]) -> Result {
    let [item, indexes @ ..] = values else { return Ok(Value::Nil) };
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = item.clone();
    for index in indexes {
        item = index_one(&item, index)?;
    }
    Ok(item)
}

fn index_one(item: &Value, index: &Value) -> Result {
    match item {
        Value::Labels(labels) => Ok(Value::str(labels.value(map_key(index)?))),
        Value::Args(args) => Ok(args.get(map_key(index)?).cloned().unwrap_or(Value::Nil)),
        Value::Str(text) | Value::Html(text) => {
            let at = position(index, text.len())?;
            let byte = text.as_bytes().get(at).copied();
            byte.map(Value::Byte).ok_or_else(|| "reflect: string index out of range".to_owned())
        }
        Value::Samples(samples) => {
            let at = position(index, samples.len())?;
            let sample = samples.get(at).cloned();
            sample.map(Value::Sample).ok_or_else(|| "reflect: slice index out of range".to_owned())
        }
        Value::NilSample => Err("index of nil pointer".to_owned()),
        Value::Nil => Err("index of untyped nil".to_owned()),
        _ => Err(format!("can't index item of type {}", item.element_type_name())),
    }
}

fn map_key(index: &Value) -> std::result::Result<&str, String> {
    match index {
        Value::Str(key) => Ok(key),
        Value::Nil => Err("value is nil; should be of type string".to_owned()),
        _ => Err(format!("value has type {}; should be string", index.type_name())),
    }
}

/// An index of a sequence, at most its length.
fn position(index: &Value, length: usize) -> std::result::Result<usize, String> {
    let Some(n) = index.as_int() else {
        return Err(match index {
            Value::Nil => "cannot index slice/array with nil".to_owned(),
            _ => format!("cannot index slice/array with type {}", index.type_name()),
        });
    };
    let at = usize::try_from(n).ok().filter(|at| *at <= length);
    at.ok_or_else(|| format!("index out of range: {n}"))
}

pub(super) fn slice(values: &[Value]) -> Result {
    let [item, indexes @ ..] = values else { return Ok(Value::Nil) };
    match item {
        Value::Nil => return Err("slice of untyped nil".to_owned()),
        Value::NilSample => return Err("slice of nil pointer".to_owned()),
        _ => {}
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Value::Str(_) | Value::Html(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        Value::Str(text) | Value::Html(text) => text.len(),
        Value::Samples(samples) => samples.len(),
        _ => return Err(format!("can't slice item of type {}", item.element_type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    let checked = if indexes.len() == 3 { 3 } else { 2 };
    for (low, high) in bounds[..checked].iter().zip(&bounds[1..checked]) {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok(cut(item, bounds[0], bounds[1]))
}

fn cut(item: &Value, start: usize, end: usize) -> Value {
    let bytes = |text: &str| String::from_utf8_lossy(&text.as_bytes()[start..end]).into_owned();
    match item {
        Value::Str(text) => Value::Str(bytes(text).into()),
        Value::Html(text) => Value::Html(bytes(text).into()),
        Value::Samples(samples) => {
            Value::Samples(samples[start..end].iter().cloned().collect::<Rc<[Rc<Sample>]>>())
        }
        _ => item.clone(),
    }
}

pub(super) fn call(values: &[Value]) -> Result {
    match values.first() {
        None | Some(Value::Nil) => Err("call of nil".to_owned()),
        Some(value) => {
            Err(format!("non-function {} of type {}", print::plain(value), value.type_name()))
        }
    }
}

/// The arguments of `html`, `js` and `urlquery` as one text.
pub(super) fn joined(values: &[Value]) -> String {
    match values {
        [value] => print::action(value),
        _ => print::sprint(values),
    }
}
