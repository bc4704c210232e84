//! Fields, methods, and calls with their checked arguments.

use super::{At, Eval, State, Walk, quote};
use crate::template::{
    functions::{Function, Param},
    node::{Kind, Node},
    time,
    value::Value,
};

/// Bytes of a string that a function may return.
const MAX_STRING: usize = super::MAX_BYTES;

impl<'t> State<'t> {
    /// A variable, field or chain of fields; the last field may be a method with arguments.
    pub(super) fn lookup(
        &mut self,
        dot: &Value,
        node: &'t Node,
        args: &'t [Node],
        last: Option<Value>,
    ) -> Eval {
        self.at = At::Node(node);
        let text = &*self.tree.text;
        let (receiver, mut fields) = match &node.kind {
            Kind::Field(path) => (dot.clone(), path.split(text).1.peekable()),
            Kind::Variable(path) => {
                let (name, fields) = path.split(text);
                let known = self.variables.iter().rev().find(|(known, _)| *known == name);
                let Some((_, value)) = known else {
                    return self.error(format!("undefined variable: {name}"));
                };
                (value.clone(), fields.peekable())
            }
            Kind::Chain(chain) => {
                if matches!(chain.term.kind, Kind::Nil) {
                    let chain = self.shown(node);
                    return self.error(format!("indirection through explicit nil in {chain}"));
                }
                let receiver = self.argument(dot, Param::Any, &chain.term)?;
                (receiver, chain.fields.split(text).1.peekable())
            }
            _ => {
                let node = quote(&self.shown(node).to_string());
                return self.error(format!("can't evaluate command {node}"));
            }
        };
        if fields.peek().is_none() && (!args.is_empty() || last.is_some()) {
            let node = self.shown(node);
            return self.error(format!("can't give argument to non-function {node}"));
        }
        let (mut receiver, mut last) = (receiver, last);
        while let Some(field) = fields.next() {
            let is_final = fields.peek().is_none();
            let (args, last) = if is_final { (args, last.take()) } else { (&[][..], None) };
            receiver = self.field(dot, &receiver, field, node, args, last)?;
        }
        Ok(receiver)
    }

    /// One field or method of a value.
    fn field(
        &mut self,
        dot: &Value,
        receiver: &Value,
        name: &str,
        node: &'t Node,
        args: &'t [Node],
        last: Option<Value>,
    ) -> Eval {
        if matches!(receiver, Value::Nil) {
            return Ok(Value::Nil);
        }
        if let Some(method) = time::method(receiver, name) {
            let receiver = Some(receiver.clone());
            return self.call(dot, method, receiver, At::Node(node), args, last);
        }
        let has_args = !args.is_empty() || last.is_some();
        let found = match receiver {
            Value::Labels(labels) => Some(Value::str(labels.value(name))),
            Value::Args(map) => Some(map.get(name).cloned().unwrap_or(Value::Nil)),
            _ => struct_field(receiver, name),
        };
        match (receiver, found) {
            (Value::Labels(_) | Value::Args(_), Some(_)) if has_args => {
                self.error(format!("{name} is not a method but has arguments"))
            }
            (_, Some(_)) if has_args => {
                self.error(format!("{name} has arguments but cannot be invoked as function"))
            }
            (_, Some(value)) => Ok(value),
            (Value::NilSample, None) if matches!(name, "Labels" | "Value") => {
                self.error(format!("nil pointer evaluating {}.{name}", receiver.type_name()))
            }
            _ => {
                self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
            }
        }
    }

    /// Calls a function, or a method if there is a receiver. `at` is quoted if it fails.
    pub(super) fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        receiver: Option<Value>,
        at: At<'t>,
        args: &'t [Node],
        last: Option<Value>,
    ) -> Eval {
        self.check_count(function, args.len(), last.is_some())?;
        if function.is_builtin && matches!(function.name, "and" | "or") {
            return self.short_circuit(dot, function.name == "or", args, last);
        }
        let mut values: Vec<Value> = receiver.into_iter().collect();
        for (i, arg) in args.iter().enumerate() {
            values.push(self.argument(dot, param(function, i), arg)?);
        }
        if let Some(value) = last {
            values.push(self.validate(value, param(function, args.len()))?);
        }
        let name = function.name;
        match (function.call)(self.context, &values) {
            Ok(value) if value.as_str().is_some_and(|text| text.len() > MAX_STRING) => {
                self.at = at;
                self.error(format!("error calling {name}: more than {MAX_STRING} bytes"))
            }
            Ok(value) => Ok(value),
            Err(message) => {
                self.at = at;
                self.error(format!("error calling {name}: {message}"))
            }
        }
    }

    fn check_count(&self, function: &Function, n_args: usize, has_last: bool) -> Walk {
        let (name, fixed) = (function.name, function.params.len());
        let count = n_args + usize::from(has_last);
        if function.variadic.is_some() {
            if count < fixed {
                return self.error(format!(
                    "wrong number of args for {name}: want at least {fixed} got {n_args}"
                ));
            }
        } else if count != fixed {
            return self
                .error(format!("wrong number of args for {name}: want {fixed} got {count}"));
        }
        Ok(())
    }

    /// `and` and `or`: the first argument that decides, else the last.
    fn short_circuit(
        &mut self,
        dot: &Value,
        is_or: bool,
        args: &'t [Node],
        last: Option<Value>,
    ) -> Eval {
        let mut value = Value::Nil;
        for arg in args {
            value = self.argument(dot, Param::Reflect, arg)?;
            if value.is_true() == is_or {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// An argument's value, of the type that the parameter wants.
    fn argument(&mut self, dot: &Value, param: Param, node: &'t Node) -> Eval {
        self.at = At::Node(node);
        let value = match &node.kind {
            Kind::Dot => dot.clone(),
            Kind::Nil => {
                return match param.nil() {
                    Some(value) => Ok(value),
                    None => self.error(format!("cannot assign nil to {}", param.type_name())),
                };
            }
            Kind::Field(_) | Kind::Variable(_) | Kind::Chain(_) => {
                self.lookup(dot, node, &[], None)?
            }
            Kind::Pipe(pipe) => self.pipeline(dot, pipe)?,
            Kind::Identifier(function) => {
                self.call(dot, function, None, At::Node(node), &[], None)?
            }
            _ => return self.literal(param, node),
        };
        self.validate(value, param)
    }

    /// A literal as an argument: its type follows from the parameter's.
    fn literal(&mut self, param: Param, node: &'t Node) -> Eval {
        match (param, &node.kind) {
            (Param::Any | Param::Reflect, _) | (Param::Str, Kind::Str(_)) => self.constant(node),
            (Param::Str, _) => self.error(format!("expected string; found {}", self.shown(node))),
            (Param::Int | Param::Duration, Kind::Number(number)) if number.int.is_some() => {
                let nanos = number.int.unwrap_or(0);
                Ok(match param {
                    Param::Int => Value::Int(nanos),
                    _ => Value::Duration { nanos, pointer: false },
                })
            }
            (Param::Int | Param::Duration, _) => {
                self.error(format!("expected integer; found {}", self.shown(node)))
            }
            (Param::Sample | Param::Samples | Param::Time, _) => {
                let (node, name) = (self.shown(node), param.type_name());
                self.error(format!("can't handle {node} for arg of type {name}"))
            }
        }
    }

    /// A value checked against a parameter's type.
    fn validate(&self, value: Value, param: Param) -> Eval {
        if matches!(value, Value::Nil) {
            return match param.nil() {
                Some(value) => Ok(value),
                None => self.error(format!("invalid value; expected {}", param.type_name())),
            };
        }
        if param.accepts(&value) {
            return Ok(value);
        }
        let (expected, got) = (param.type_name(), value.type_name());
        self.error(format!("wrong type for value; expected {expected}; got {got}"))
    }
}

/// The parameter that the i-th argument is for.
fn param(function: &Function, i: usize) -> Param {
    function.params.get(i).copied().or(function.variadic).unwrap_or(Param::Any)
}

/// A field of a struct of Go.
pub(super) fn struct_field(receiver: &Value, name: &str) -> Option<Value> {
    match (receiver, name) {
        (Value::Sample(sample), "Labels") => Some(Value::Labels(sample.labels.clone())),
        (Value::Sample(sample), "Value") => Some(Value::from(&sample.value)),
        (Value::Data(data), "Labels") => Some(Value::Labels(data.labels.clone())),
        (Value::Data(data), "ExternalLabels") => Some(Value::Labels(data.external_labels.clone())),
        (Value::Data(data), "ExternalURL") => Some(Value::Str(data.external_url.clone())),
        (Value::Data(data), "Value") => Some(Value::from(&data.value)),
        _ => None,
    }
}
