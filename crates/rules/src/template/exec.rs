//! Running a template.
//!
//! As package `text/template`, `exec.go`: the state remembers the node it is at, because that is
//! what an error quotes. `call.rs` looks fields up and calls functions. What differs: time and
//! output are bounded, so that a template cannot stop the process that runs it.

mod call;

use diagnostics::Span;
use model::quote::quote;

use super::{
    PRELUDE_LEN, VARIABLES,
    functions::Context,
    node::{Branch, Command, Invocation, Kind, Node, Pipe, Shown},
    parser::Tree,
    print,
    unquote::unquote,
    value::Value,
};

/// Nodes walked per execution.
const MAX_STEPS: usize = 1_000_000;
/// Bytes of output, and of any one value.
const MAX_BYTES: usize = 1 << 22;
/// Templates within templates.
const MAX_DEPTH: usize = 50;

/// Expands a tree. The name is that of the template.
pub(super) fn execute(
    tree: &Tree,
    name: &str,
    context: &Context<'_>,
    data: &Value,
) -> Result<String, String> {
    let prelude = VARIABLES
        .iter()
        .map(|(name, field)| (*name, call::struct_field(data, field).unwrap_or(Value::Nil)));
    let mut state = State {
        tree,
        name,
        context,
        at: At::Nothing,
        template: name,
        variables: std::iter::once(("$", data.clone())).chain(prelude).collect(),
        out: String::new(),
        steps: VARIABLES.len(),
        depth: 0,
    };
    match state.walk_list(data, &tree.root) {
        Ok(()) | Err(Stop::Break | Stop::Continue) => Ok(state.out),
        Err(Stop::Error(message)) => Err(message),
    }
}

struct State<'t> {
    tree: &'t Tree,
    /// The name of the outermost template, which positions are given in.
    name: &'t str,
    context: &'t Context<'t>,
    at: At<'t>,
    /// The name of the template that runs now.
    template: &'t str,
    variables: Vec<(&'t str, Value)>,
    out: String,
    steps: usize,
    depth: usize,
}

/// What the state is at.
#[derive(Clone, Copy)]
enum At<'t> {
    Nothing,
    Node(&'t Node),
    Command(&'t Command),
    Pipe(&'t Pipe),
}

/// Why a walk ended early.
enum Stop {
    Error(String),
    Break,
    Continue,
}

type Walk = Result<(), Stop>;
type Eval = Result<Value, Stop>;

impl<'t> State<'t> {
    fn error<T>(&self, message: impl AsRef<str>) -> Result<T, Stop> {
        let message = message.as_ref();
        let (pos, context) = match self.at {
            At::Nothing => {
                return Err(Stop::Error(format!("template: {}: {message}", self.template)));
            }
            At::Node(node) => (node.pos, self.shown(node).to_string()),
            At::Command(command) => (command.pos, self.shown(command).to_string()),
            At::Pipe(pipe) => (pipe.pos, self.shown(pipe).to_string()),
        };
        let before = &self.tree.text[..pos];
        let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
        let newline = before.rfind('\n');
        // The prelude has no line of its own.
        let column = newline.map_or(PRELUDE_LEN + pos, |newline| pos - newline - 1);
        let (name, template) = (self.name, quote(self.template));
        Err(Stop::Error(format!(
            "template: {name}:{line}:{column}: executing {template} at <{context}>: {message}"
        )))
    }

    fn shown<T>(&self, part: &'t T) -> Shown<'t, T> {
        Shown { part, text: &self.tree.text }
    }

    fn walk_list(&mut self, dot: &Value, list: &'t [Node]) -> Walk {
        list.iter().try_for_each(|node| self.walk(dot, node))
    }

    fn walk(&mut self, dot: &Value, node: &'t Node) -> Walk {
        self.at = At::Node(node);
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.error(format!("more than {MAX_STEPS} steps"));
        }
        match &node.kind {
            Kind::Text(span) => self.write(span.of(&self.tree.text)),
            Kind::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.at = At::Node(node);
                    self.write(&print::action(&value))?;
                }
                Ok(())
            }
            Kind::If(branch) => self.walk_choice(dot, branch, false),
            Kind::With(branch) => self.walk_choice(dot, branch, true),
            Kind::Range(branch) => {
                let mark = self.variables.len();
                let result = self.walk_range(dot, branch);
                self.variables.truncate(mark);
                result
            }
            Kind::Template(invocation) => self.walk_template(dot, invocation),
            Kind::Break => Err(Stop::Break),
            Kind::Continue => Err(Stop::Continue),
            _ => self.error(format!("unknown node: {}", self.shown(node))),
        }
    }

    fn write(&mut self, text: &str) -> Walk {
        if self.out.len() + text.len() > MAX_BYTES {
            return self.error(format!("more than {MAX_BYTES} bytes of output"));
        }
        self.out.push_str(text);
        Ok(())
    }

    /// `if` and `with`; the latter makes the value the dot.
    fn walk_choice(&mut self, dot: &Value, branch: &'t Branch, is_with: bool) -> Walk {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        if value.is_true() {
            self.walk_list(if is_with { &value } else { dot }, &branch.list)?;
        } else if let Some(list) = &branch.else_list {
            self.walk_list(dot, list)?;
        }
        self.variables.truncate(mark);
        Ok(())
    }

    fn walk_range(&mut self, dot: &Value, branch: &'t Branch) -> Walk {
        let value = self.pipeline(dot, &branch.pipe)?;
        let items: Vec<(Value, Value)> = match &value {
            Value::Nil => Vec::new(),
            Value::Samples(samples) => {
                let items = samples.iter().cloned().map(Value::Sample);
                items.enumerate().map(|(i, sample)| (index_value(i), sample)).collect()
            }
            Value::Labels(labels) => {
                labels.iter().map(|(name, v)| (Value::str(name), Value::str(v))).collect()
            }
            Value::Args(args) => {
                args.iter().map(|(name, v)| (Value::str(name.as_str()), v.clone())).collect()
            }
            _ => match value.as_int() {
                Some(n) => return self.walk_integers(dot, branch, n, &value),
                None => {
                    return self
                        .error(format!("range can't iterate over {}", print::plain(&value)));
                }
            },
        };
        if items.is_empty() {
            return self.walk_else(dot, branch);
        }
        for (key, item) in items {
            if !self.iterate(branch, key, item)? {
                break;
            }
        }
        Ok(())
    }

    fn walk_integers(&mut self, dot: &Value, branch: &'t Branch, n: i64, value: &Value) -> Walk {
        if branch.pipe.variables.len() > 1 {
            let value = print::plain(value);
            return self.error(format!("can't use {value} to iterate over more than one variable"));
        }
        if n <= 0 {
            return self.walk_else(dot, branch);
        }
        for i in 0..n {
            // An empty body walks no nodes.
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return self.error(format!("more than {MAX_STEPS} steps"));
            }
            if !self.iterate(branch, Value::Nil, Value::Int(i))? {
                break;
            }
        }
        Ok(())
    }

    fn walk_else(&mut self, dot: &Value, branch: &'t Branch) -> Walk {
        branch.else_list.as_ref().map_or(Ok(()), |list| self.walk_list(dot, list))
    }

    /// One turn of a range; false if it was the last one.
    fn iterate(&mut self, branch: &'t Branch, key: Value, item: Value) -> Result<bool, Stop> {
        let mark = self.variables.len();
        let dot = item.clone();
        match &branch.pipe.variables[..] {
            [] => {}
            [one] => self.set_range_variable(branch, *one, 1, item)?,
            [first, second, ..] => {
                self.set_range_variable(branch, *first, 2, key)?;
                self.set_range_variable(branch, *second, 1, item)?;
            }
        }
        let result = self.walk_list(&dot, &branch.list);
        self.variables.truncate(mark);
        match result {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Break) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    /// Sets a range's variable: one assigned to by its name, one declared by its place on top.
    fn set_range_variable(
        &mut self,
        branch: &Branch,
        name: Span,
        from_top: usize,
        value: Value,
    ) -> Walk {
        if branch.pipe.is_assign {
            return self.set_variable(name.of(&self.tree.text), value);
        }
        let at = self.variables.len() - from_top;
        self.variables[at].1 = value;
        Ok(())
    }

    fn set_variable(&mut self, name: &str, value: Value) -> Walk {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(variable) => variable.1 = value,
            None => return self.error(format!("undefined variable: {name}")),
        }
        Ok(())
    }

    fn walk_template(&mut self, dot: &Value, invocation: &'t Invocation) -> Walk {
        let (tree, name) = (self.tree, invocation.name.as_str());
        let list = match tree.defined.get(name) {
            Some(list) => list,
            None if name == self.name => &tree.root,
            None => return self.error(format!("template {} not defined", quote(name))),
        };
        if self.depth == MAX_DEPTH {
            return self.error(format!("exceeded maximum template depth ({MAX_DEPTH})"));
        }
        let pipe = invocation.pipe.as_ref();
        let dot = pipe.map_or(Ok(Value::Nil), |pipe| self.pipeline(dot, pipe))?;
        let outer = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let template = std::mem::replace(&mut self.template, name);
        self.depth += 1;
        self.walk_list(&dot, list)?;
        self.depth -= 1;
        self.template = template;
        self.variables = outer;
        Ok(())
    }

    /// The value of a pipeline. Variables that it declares stay declared.
    fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Eval {
        self.at = At::Pipe(pipe);
        let mut value = self.command(dot, &pipe.first, None)?;
        for command in &pipe.rest {
            value = self.command(dot, command, Some(value))?;
        }
        for name in &pipe.variables {
            let name = name.of(&self.tree.text);
            if pipe.is_assign {
                self.set_variable(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is the value piped into it.
    fn command(&mut self, dot: &Value, command: &'t Command, last: Option<Value>) -> Eval {
        let (first, args) = (&command.first, &command.args);
        match &first.kind {
            Kind::Field(_) | Kind::Chain(_) | Kind::Variable(_) => {
                self.lookup(dot, first, args, last)
            }
            Kind::Identifier(function) => {
                self.at = At::Node(first);
                self.call(dot, function, None, At::Command(command), args, last)
            }
            Kind::Pipe(pipe) => {
                self.not_a_function(command, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            _ => {
                self.at = At::Node(first);
                self.not_a_function(command, last.as_ref())?;
                match &first.kind {
                    Kind::Dot => Ok(dot.clone()),
                    Kind::Nil => self.error("nil is not a command"),
                    _ => self.constant(first),
                }
            }
        }
    }

    fn not_a_function(&self, command: &'t Command, last: Option<&Value>) -> Walk {
        if !command.args.is_empty() || last.is_some() {
            let first = self.shown(&command.first);
            return self.error(format!("can't give argument to non-function {first}"));
        }
        Ok(())
    }

    /// The value of a literal where nothing says which type is wanted.
    fn constant(&mut self, node: &'t Node) -> Eval {
        self.at = At::Node(node);
        match &node.kind {
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Str(quoted) => match unquote(quoted.of(&self.tree.text)) {
                Ok(text) => Ok(Value::str(&*text)),
                Err(message) => self.error(message),
            },
            Kind::Number(number) => {
                let text = number.span.of(&self.tree.text);
                let is_hex = text.len() > 2
                    && matches!(&text[..2], "0x" | "0X")
                    && !text.contains(['p', 'P']);
                let is_float =
                    text.contains(['.', 'e', 'E', 'p', 'P']) && !is_hex && !text.starts_with('\'');
                match (number.float, number.int) {
                    (Some(float), _) if is_float => Ok(Value::Float(float)),
                    (_, Some(int)) => Ok(Value::Int(int)),
                    _ => self.error(format!("{text} overflows int")),
                }
            }
            _ => self
                .error(format!("can't evaluate command {}", quote(&self.shown(node).to_string()))),
        }
    }
}

fn index_value(i: usize) -> Value {
    Value::Int(i64::try_from(i).unwrap_or(i64::MAX))
}
