//! Follows the tree of a template with shapes in the place of values.

mod call;
mod shape;

use diagnostics::Span;

use self::shape::Shape;
use super::{Of, Outline, Query, Read, What, query::Unit};
use crate::template::{
    VARIABLES,
    node::{Branch, Command, Invocation, Kind, Node, Pipe},
    parser::Tree,
};

/// Nodes walked at most; what lies behind is not looked at.
const MAX_STEPS: usize = 20_000;
/// Templates within templates.
const MAX_DEPTH: usize = 10;

/// Functions that ask rather than print. What they are given may be missing.
const TESTS: [&str; 11] = ["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "match", "len"];

/// What a tree reads.
pub(super) fn walk(tree: &Tree) -> Outline<'_> {
    let mut variables = Vec::with_capacity(1 + VARIABLES.len());
    variables.push(("$", Shape::Data));
    variables.extend(VARIABLES.iter().map(|(name, field)| (*name, given(field))));
    // Most texts and most actions stand outside of branches, and most actions read one thing.
    let half = tree.root.len().div_ceil(2);
    let out = Outline {
        reads: Vec::with_capacity(half),
        queries: Vec::new(),
        texts: Vec::with_capacity(half),
    };
    let mut walker = Walker {
        tree,
        text: &tree.text,
        out,
        variables,
        args: Vec::new(),
        known: Vec::new(),
        is_test: false,
        steps: VARIABLES.len(),
        size: 0,
        depth: 0,
    };
    walker.list(&Shape::Data, &tree.root);
    let mut out = walker.out;
    // A defined template that is used twice reads the same twice, as does a name that is held by a
    // variable.
    out.reads.sort_by_key(|read| read.span);
    out.reads.dedup();
    if !tree.defined.is_empty() {
        out.texts.sort();
        out.texts.dedup();
    }
    out
}

/// A field of what the template is expanded with.
fn given(field: &str) -> Shape {
    match field {
        "Labels" => Shape::Labels(Of::Alert),
        "ExternalLabels" => Shape::Labels(Of::External),
        "Value" => Shape::Value(Of::Alert),
        _ => Shape::Other,
    }
}

struct Walker<'t> {
    tree: &'t Tree,
    /// What spans count in.
    text: &'t str,
    out: Outline<'t>,
    variables: Vec<(&'t str, Shape)>,
    /// Arguments of the calls that are being looked at, those of the innermost last.
    args: Vec<Shape>,
    /// Labels that the branches around have asked for.
    known: Vec<What<'t>>,
    /// Whether what is read now is only asked for.
    is_test: bool,
    steps: usize,
    /// What was handed to functions.
    size: usize,
    depth: usize,
}

impl<'t> Walker<'t> {
    fn list(&mut self, dot: &Shape, list: &'t [Node]) {
        for node in list {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return;
            }
            self.node(dot, node);
        }
    }

    fn node(&mut self, dot: &Shape, node: &'t Node) {
        match &node.kind {
            Kind::Text(span) => self.out.texts.push(*span),
            Kind::Action(pipe) => self.action(dot, pipe),
            Kind::If(branch) => self.choice(dot, branch, false),
            Kind::With(branch) => self.choice(dot, branch, true),
            Kind::Range(branch) => self.range(dot, branch),
            Kind::Template(invocation) => self.template(dot, invocation),
            _ => {}
        }
    }

    fn action(&mut self, dot: &Shape, pipe: &'t Pipe) {
        let shape = self.pipeline(dot, pipe);
        let Command { first, args, .. } = &pipe.first;
        let is_bare =
            pipe.rest.is_empty() && args.is_empty() && !matches!(first.kind, Kind::Pipe(_));
        if let (true, Shape::Value(_)) = (is_bare && pipe.variables.is_empty(), shape)
            && let Some(Read { what: What::Value { is_raw, .. }, .. }) = self.out.reads.last_mut()
        {
            *is_raw = true;
        }
    }

    fn choice(&mut self, dot: &Shape, branch: &'t Branch, is_with: bool) {
        let (n_variables, n_known) = (self.variables.len(), self.known.len());
        let n_reads = self.out.reads.len();
        let value = self.asked(|walker| walker.pipeline(dot, &branch.pipe));
        let asked = self.out.reads[n_reads..].iter().filter(|read| read.is_optional);
        self.known.extend(asked.map(|read| read.what.clone()));
        self.list(if is_with { &value } else { dot }, &branch.list);
        self.known.truncate(n_known);
        if let Some(list) = &branch.else_list {
            self.list(dot, list);
        }
        self.variables.truncate(n_variables);
    }

    fn range(&mut self, dot: &Shape, branch: &'t Branch) {
        let n_variables = self.variables.len();
        let item = match self.pipeline(dot, &branch.pipe) {
            Shape::Samples(query) => Shape::Sample(query),
            _ => Shape::Other,
        };
        // The pipeline declared them with what is iterated over.
        let names = &branch.pipe.variables;
        let declared = self.variables.len().saturating_sub(names.len());
        if !branch.pipe.is_assign {
            let is_pair = names.len() > 1;
            for (i, (_, shape)) in self.variables[declared..].iter_mut().enumerate() {
                *shape = if is_pair && i == 0 { Shape::Other } else { item.clone() };
            }
        }
        self.list(&item, &branch.list);
        self.variables.truncate(n_variables);
        if let Some(list) = &branch.else_list {
            self.list(dot, list);
        }
    }

    fn template(&mut self, dot: &Shape, invocation: &'t Invocation) {
        let Invocation { name, pipe } = invocation;
        let data = pipe.as_ref().map_or(Shape::Other, |pipe| self.pipeline(dot, pipe));
        let Some(list) = self.tree.defined.get(name).filter(|_| self.depth < MAX_DEPTH) else {
            return;
        };
        let outer = std::mem::replace(&mut self.variables, vec![("$", data.clone())]);
        self.depth += 1;
        self.list(&data, list);
        self.depth -= 1;
        self.variables = outer;
    }

    fn pipeline(&mut self, dot: &Shape, pipe: &'t Pipe) -> Shape {
        let outer = self.is_test;
        // What is handed on to a function that prints is more than asked for.
        self.is_test &= pipe.rest.iter().all(is_test);
        let mut shape = self.command(dot, &pipe.first, None);
        for command in &pipe.rest {
            shape = self.command(dot, command, Some(shape));
        }
        self.is_test = outer;
        for name in &pipe.variables {
            self.set(name.of(self.text), shape.clone(), pipe.is_assign);
        }
        shape
    }

    fn set(&mut self, name: &'t str, shape: Shape, is_assign: bool) {
        if !is_assign {
            self.variables.push((name, shape));
            return;
        }
        let known = self.variables.iter_mut().rev().find(|(known, _)| *known == name);
        // Whether the assignment is reached is not known.
        if let Some((_, known)) = known.filter(|(_, known)| !known.is_same(&shape, self.text)) {
            *known = Shape::Other;
        }
    }

    fn command(&mut self, dot: &Shape, command: &'t Command, last: Option<Shape>) -> Shape {
        let first = &command.first;
        match first.kind {
            Kind::Identifier(function) => self.call(dot, function, first.pos, &command.args, last),
            _ => self.operand(dot, first),
        }
    }

    fn operand(&mut self, dot: &Shape, node: &'t Node) -> Shape {
        match &node.kind {
            Kind::Dot => dot.clone(),
            Kind::Field(path) => {
                let (_, fields) = path.split(self.text);
                self.fields(dot.clone(), beginning(path.0), fields)
            }
            Kind::Variable(path) => {
                let (name, fields) = path.split(self.text);
                let known = self.variables.iter().rev().find(|(known, _)| *known == name);
                let shape = known.map_or(Shape::Other, |(_, shape)| shape.clone());
                let span = longer(beginning(path.0), name.len());
                if let (Shape::Value(of), true) = (&shape, span == path.0) {
                    self.read(What::Value { of: *of, is_raw: false }, span);
                }
                self.fields(shape, span, fields)
            }
            Kind::Chain(chain) => {
                let shape = self.operand(dot, &chain.term);
                let (_, fields) = chain.fields.split(self.text);
                self.fields(shape, beginning(chain.fields.0), fields)
            }
            Kind::Pipe(pipe) => self.pipeline(dot, pipe),
            Kind::Identifier(function) => self.call(dot, function, node.pos, &[], None),
            Kind::Str(span) => Shape::Str(*span),
            Kind::Number(number) => Shape::Number(number.span),
            _ => Shape::Other,
        }
    }

    /// Fields of a value, which is written at `place`.
    fn fields(
        &mut self,
        mut shape: Shape,
        mut place: Span,
        path: impl Iterator<Item = &'t str>,
    ) -> Shape {
        for name in path {
            place = longer(place, 1 + name.len());
            shape = match (shape, name) {
                (Shape::Data, "Value") => {
                    self.read(What::Value { of: Of::Alert, is_raw: false }, place);
                    Shape::Value(Of::Alert)
                }
                (Shape::Data, name) if VARIABLES.iter().any(|(_, known)| *known == name) => {
                    given(name)
                }
                (Shape::Sample(query), "Labels") => Shape::Labels(Of::Query(query)),
                (Shape::Sample(query), "Value") => {
                    self.read(What::Value { of: Of::Query(query), is_raw: false }, place);
                    Shape::Value(Of::Query(query))
                }
                (Shape::Labels(of), name) => {
                    self.read(What::Label { of, name: name.into() }, place);
                    Shape::Other
                }
                (Shape::Args(args, _), name) => {
                    let index = name.strip_prefix("arg").and_then(|i| i.parse::<usize>().ok());
                    index.and_then(|i| args.get(i).cloned()).unwrap_or(Shape::Other)
                }
                (Shape::Data | Shape::Sample(_), name) => {
                    self.read(What::Nothing { field: name }, place);
                    return Shape::Other;
                }
                _ => return Shape::Other,
            };
        }
        shape
    }

    fn read(&mut self, what: What<'t>, span: Span) {
        let is_optional = self.is_test || self.known.contains(&what);
        self.out.reads.push(Read { what, span, is_optional });
    }

    /// Runs `f` where what is read is only asked for.
    fn asked<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.is_test, true);
        let result = f(self);
        self.is_test = outer;
        result
    }
}

/// Whether a command of a pipeline only asks.
fn is_test(command: &Command) -> bool {
    match command.first.kind {
        Kind::Identifier(function) => TESTS.contains(&function.name),
        _ => true,
    }
}

/// Nothing, where something begins.
fn beginning(span: Span) -> Span {
    Span { start: span.start, end: span.start }
}

fn longer(span: Span, by: usize) -> Span {
    Span::new(span.start as usize, span.end as usize + by)
}
