//! The tree of a template, and how its parts are written in error messages.
//!
//! As package `text/template/parse`: every node knows its byte position, because Go's messages
//! quote the node and where it stands. Names and literals are spans of the template's text.

use std::fmt::{self, Display};

use diagnostics::Span;

use super::functions::Function;

/// One node with its byte position in the template's text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pos: usize,
    pub(super) kind: Kind,
}

/// What a node is. Large parts are boxed: templates consist of many small nodes.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Text between actions, copied to the output.
    Text(Span),
    /// `{{pipeline}}`.
    Action(Box<Pipe>),
    /// `{{if pipeline}} … {{else}} … {{end}}`.
    If(Box<Branch>),
    /// `{{with pipeline}} … {{else}} … {{end}}`.
    With(Box<Branch>),
    /// `{{range pipeline}} … {{else}} … {{end}}`.
    Range(Box<Branch>),
    /// `{{template "name" pipeline}}`, also what `{{block}}` leaves behind.
    Template(Box<Invocation>),
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
    /// A parenthesised pipeline.
    Pipe(Box<Pipe>),
    /// A function.
    Identifier(&'static Function),
    /// `$name.field…`; it stands where its first field stands.
    Variable(Path),
    /// `.`.
    Dot,
    /// `nil`.
    Nil,
    /// `.field.field…`; if there are more than one, it stands where the second stands.
    Field(Path),
    /// A term followed by fields.
    Chain(Box<Chain>),
    /// `true` or `false`.
    Bool(bool),
    /// A number or a character constant.
    Number(Box<Number>),
    /// A quoted string, as written.
    Str(Span),
}

/// Where `name.field…` is written; the name of fields alone is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path(pub(super) Span);

/// Commands joined by `|`, with the variables that take the result.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) pos: usize,
    pub(super) is_assign: bool,
    pub(super) variables: Box<[Span]>,
    pub(super) first: Command,
    pub(super) rest: Box<[Command]>,
}

/// Space-separated operands: what is called, or stands alone, and what it is given.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) pos: usize,
    pub(super) first: Node,
    pub(super) args: Box<[Node]>,
}

/// A pipeline and the two lists that it chooses from.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) else_list: Option<List>,
}

/// The use of a template that was defined.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) name: String,
    pub(super) pipe: Option<Pipe>,
}

/// Fields of a term that is neither a variable nor a field.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) term: Node,
    pub(super) fields: Path,
}

/// Nodes in order.
pub(super) type List = Box<[Node]>;

/// A constant under every type that can hold it.
#[derive(Clone, Debug, Default)]
pub(super) struct Number {
    pub(super) span: Span,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
}

impl Node {
    /// A constant: neither a call nor a value looked up.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self.kind, Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::Str(_))
    }
}

impl Path {
    /// The name, with its `$`, and the fields.
    pub(super) fn split(self, text: &str) -> (&str, Fields<'_>) {
        let mut parts = Fields { rest: self.0.of(text) };
        (parts.cut(0), parts)
    }
}

/// The fields of a path, without their dots.
#[derive(Clone, Debug)]
pub(super) struct Fields<'t> {
    rest: &'t str,
}

impl<'t> Fields<'t> {
    /// What stands from a byte on up to the next dot, which is kept.
    fn cut(&mut self, from: usize) -> &'t str {
        let length = self.rest.bytes().skip(from).take_while(|b| *b != b'.').count();
        let (part, rest) = self.rest.split_at(from + length);
        self.rest = rest;
        &part[from..]
    }
}

impl<'t> Iterator for Fields<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() { None } else { Some(self.cut(1)) }
    }
}

impl Pipe {
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

/// A part of a tree, shown with the text of its template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'t, T> {
    pub(super) part: &'t T,
    pub(super) text: &'t str,
}

impl<'t, T> Shown<'t, T> {
    /// Another part of the same tree.
    fn with<U>(&self, part: &'t U) -> Shown<'t, U> {
        Shown { part, text: self.text }
    }
}

impl Display for Shown<'_, Node> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |f: &mut fmt::Formatter<'_>, span: Span| f.write_str(span.of(self.text));
        match &self.part.kind {
            Kind::Text(span) | Kind::Str(span) => written(f, *span),
            Kind::Variable(path) | Kind::Field(path) => written(f, path.0),
            Kind::Number(number) => written(f, number.span),
            Kind::Action(pipe) => write!(f, "{{{{{}}}}}", self.with(&**pipe)),
            Kind::If(branch) => self.with(&**branch).write(f, "if"),
            Kind::With(branch) => self.with(&**branch).write(f, "with"),
            Kind::Range(branch) => self.with(&**branch).write(f, "range"),
            Kind::Template(invocation) => self.with(&**invocation).fmt(f),
            Kind::Break => f.write_str("{{break}}"),
            Kind::Continue => f.write_str("{{continue}}"),
            Kind::Pipe(pipe) => self.with(&**pipe).fmt(f),
            Kind::Identifier(function) => f.write_str(function.name),
            Kind::Dot => f.write_str("."),
            Kind::Nil => f.write_str("nil"),
            Kind::Chain(chain) => {
                self.with(&chain.term).write_operand(f)?;
                written(f, chain.fields.0)
            }
            Kind::Bool(value) => value.fmt(f),
        }
    }
}

impl Shown<'_, Node> {
    /// A pipeline within a command stands in parentheses.
    fn write_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part.kind {
            Kind::Pipe(_) => write!(f, "({self})"),
            _ => self.fmt(f),
        }
    }
}

impl Display for Shown<'_, Invocation> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", model::quote::quote(&self.part.name))?;
        if let Some(pipe) = &self.part.pipe {
            write!(f, " {}", self.with(pipe))?;
        }
        f.write_str("}}")
    }
}

impl Display for Shown<'_, Command> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(&self.part.first).write_operand(f)?;
        for arg in &self.part.args {
            f.write_str(" ")?;
            self.with(arg).write_operand(f)?;
        }
        Ok(())
    }
}

impl Display for Shown<'_, Pipe> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.part.variables.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            f.write_str(name.of(self.text))?;
        }
        if !self.part.variables.is_empty() {
            f.write_str(if self.part.is_assign { " = " } else { " := " })?;
        }
        for (i, command) in self.part.commands().enumerate() {
            f.write_str(if i > 0 { " | " } else { "" })?;
            self.with(command).fmt(f)?;
        }
        Ok(())
    }
}

impl Shown<'_, Branch> {
    fn write(&self, f: &mut fmt::Formatter<'_>, keyword: &str) -> fmt::Result {
        write!(f, "{{{{{keyword} {}}}}}", self.with(&self.part.pipe))?;
        self.part.list.iter().try_for_each(|node| self.with(node).fmt(f))?;
        if let Some(list) = &self.part.else_list {
            f.write_str("{{else}}")?;
            list.iter().try_for_each(|node| self.with(node).fmt(f))?;
        }
        f.write_str("{{end}}")
    }
}
