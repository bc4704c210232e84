//! Follows the tree of a template with shapes in the place of values.

mod call;

use diagnostics::Span;

use super::{Of, Outline, Query, Read, What, query::Unit};
use crate::template::{
    node::{Branch, Kind, List, Node, Pipe},
    parser::Tree,
    unquote::pieces,
};

/// Nodes walked at most; what lies behind is not looked at.
const MAX_STEPS: usize = 20_000;
/// Templates within templates.
const MAX_DEPTH: usize = 10;

/// Functions that ask rather than print. What they are given may be missing.
const TESTS: [&str; 11] = ["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "match", "len"];

/// What a tree reads. Positions before `prelude` are not the user's.
pub(super) fn walk(tree: &Tree, prelude: usize) -> Outline {
    let mut walker = Walker {
        tree,
        prelude,
        out: Outline::default(),
        variables: vec![("$", Shape::Data)],
        known: Vec::new(),
        is_test: false,
        steps: 0,
        depth: 0,
    };
    walker.list(&Shape::Data, tree.beginning);
    walker.list(&Shape::Data, &tree.root);
    let mut out = walker.out;
    // A defined template that is used twice reads the same twice.
    out.reads.sort_by_key(|read| read.span);
    out.reads.dedup();
    out.texts.sort();
    out.texts.dedup();
    out
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// What the template is expanded with.
    Data,
    Labels(Of),
    Value(Of),
    /// What a query returns.
    Samples(usize),
    Sample(usize),
    /// What `args` returns.
    Args(Vec<Shape>),
    /// Text that is written in the template.
    Text(Vec<Unit>),
    Other,
}

struct Walker<'t> {
    tree: &'t Tree,
    prelude: usize,
    out: Outline,
    variables: Vec<(&'t str, Shape)>,
    /// Labels that the branches around have asked for.
    known: Vec<What>,
    /// Whether what is read now is only asked for.
    is_test: bool,
    steps: usize,
    depth: usize,
}

impl<'t> Walker<'t> {
    fn list(&mut self, dot: &Shape, list: &'t List) {
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
            Kind::Text(text) => {
                let span = self.span(node.pos, text.len());
                self.out.texts.extend(span);
            }
            Kind::Action(pipe) => self.action(dot, pipe),
            Kind::If(branch) => self.choice(dot, branch, false),
            Kind::With(branch) => self.choice(dot, branch, true),
            Kind::Range(branch) => self.range(dot, branch),
            Kind::Template { name, pipe } => self.template(dot, name, pipe.as_deref()),
            _ => {}
        }
    }

    fn action(&mut self, dot: &Shape, pipe: &'t Pipe) {
        let shape = self.pipeline(dot, pipe);
        let is_bare = match &pipe.commands[..] {
            [Node { kind: Kind::Command(operands), .. }] => {
                matches!(&operands[..], [Node { kind, .. }] if !matches!(kind, Kind::Pipe(_)))
            }
            _ => false,
        };
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
        let asked: Vec<What> = asked.map(|read| read.what.clone()).collect();
        self.known.extend(asked);
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

    fn template(&mut self, dot: &Shape, name: &str, pipe: Option<&'t Pipe>) {
        let data = pipe.map_or(Shape::Other, |pipe| self.pipeline(dot, pipe));
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
        self.is_test &= pipe.commands.iter().skip(1).all(is_test);
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(dot, command, last));
        }
        self.is_test = outer;
        let shape = last.unwrap_or(Shape::Other);
        for name in &pipe.variables {
            self.set(name, shape.clone(), pipe.is_assign);
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
        if let Some((_, known)) = known.filter(|(_, known)| *known != shape) {
            *known = Shape::Other;
        }
    }

    fn command(&mut self, dot: &Shape, command: &'t Node, last: Option<Shape>) -> Shape {
        let Kind::Command(operands) = &command.kind else { return Shape::Other };
        match &operands[0].kind {
            Kind::Identifier(function) => {
                self.call(dot, function, &operands[0], &operands[1..], last)
            }
            _ => self.operand(dot, &operands[0]),
        }
    }

    fn operand(&mut self, dot: &Shape, node: &'t Node) -> Shape {
        match &node.kind {
            Kind::Dot => dot.clone(),
            Kind::Field(path) => {
                let back = if path.len() > 1 { path[0].len() + 1 } else { 0 };
                self.fields(dot.clone(), node.pos - back, 0, path)
            }
            Kind::Variable(path) => {
                let name = path[0].as_str();
                let known = self.variables.iter().rev().find(|(known, _)| *known == name);
                let shape = known.map_or(Shape::Other, |(_, shape)| shape.clone());
                let back = if path.len() > 1 { name.len() } else { 0 };
                if let (Shape::Value(of), []) = (&shape, &path[1..]) {
                    let what = What::Value { of: *of, is_raw: false };
                    self.read(what, node.pos, name.len());
                }
                self.fields(shape, node.pos - back, name.len(), &path[1..])
            }
            Kind::Chain { term, fields } => {
                let shape = self.operand(dot, term);
                self.fields(shape, node.pos, 0, fields)
            }
            Kind::Pipe(pipe) => self.pipeline(dot, pipe),
            Kind::Identifier(function) => self.call(dot, function, node, &[], None),
            Kind::Str { quoted, .. } => Shape::Text(self.units(node.pos, quoted)),
            Kind::Number(number) => {
                let chars = number.text.chars().map(Some);
                let at = self.offset(node.pos);
                Shape::Text(chars.map(|c| Unit { c, at, width: 1 }).collect())
            }
            _ => Shape::Other,
        }
    }

    /// Fields of a value; `start` is where the value is written, in `width` bytes.
    fn fields(&mut self, mut shape: Shape, start: usize, width: usize, path: &[String]) -> Shape {
        let mut end = start + width;
        for name in path {
            end += 1 + name.len();
            let read = |walker: &mut Self, what| walker.read(what, start, end - start);
            shape = match (shape, name.as_str()) {
                (Shape::Data, "Labels") => Shape::Labels(Of::Alert),
                (Shape::Data, "ExternalLabels") => Shape::Labels(Of::External),
                (Shape::Data, "Value") => {
                    read(self, What::Value { of: Of::Alert, is_raw: false });
                    Shape::Value(Of::Alert)
                }
                (Shape::Data, "ExternalURL") => Shape::Other,
                (Shape::Sample(query), "Labels") => Shape::Labels(Of::Query(query)),
                (Shape::Sample(query), "Value") => {
                    read(self, What::Value { of: Of::Query(query), is_raw: false });
                    Shape::Value(Of::Query(query))
                }
                (Shape::Labels(of), name) => {
                    read(self, What::Label { of, name: name.to_owned() });
                    Shape::Other
                }
                (Shape::Args(args), name) => {
                    let index = name.strip_prefix("arg").and_then(|i| i.parse::<usize>().ok());
                    index.and_then(|i| args.get(i).cloned()).unwrap_or(Shape::Other)
                }
                (Shape::Data | Shape::Sample(_), name) => {
                    read(self, What::Nothing { field: name.to_owned() });
                    return Shape::Other;
                }
                _ => return Shape::Other,
            };
        }
        shape
    }

    fn read(&mut self, what: What, pos: usize, length: usize) {
        if let Some(span) = self.span(pos, length) {
            self.add(what, span);
        }
    }

    fn add(&mut self, what: What, span: Span) {
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

    /// Bytes of the text as written; none of the prelude.
    fn span(&self, pos: usize, length: usize) -> Option<Span> {
        let start = pos.checked_sub(self.prelude)?;
        Some(Span::new(start, start + length))
    }

    fn offset(&self, pos: usize) -> u32 {
        Span::new(pos.saturating_sub(self.prelude), 0).start
    }

    /// The characters of a literal.
    fn units(&self, pos: usize, quoted: &str) -> Vec<Unit> {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let units = pieces(quoted).into_iter();
        units
            .map(|(c, range)| Unit {
                c: Some(c),
                at: self.offset(pos + range.start),
                width: narrow(range.len()),
            })
            .collect()
    }
}

/// Whether a command of a pipeline only asks.
fn is_test(command: &Node) -> bool {
    let Kind::Command(operands) = &command.kind else { return false };
    match &operands[0].kind {
        Kind::Identifier(function) => TESTS.contains(&function.name),
        _ => true,
    }
}
