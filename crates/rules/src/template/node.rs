//! The tree of a template, and how its parts are written in error messages.
//!
//! As package `text/template/parse`: every node knows its byte position, because Go's messages
//! quote the node and where it stands.

use std::fmt;

use super::functions::Function;

/// One node with its byte position in the template's text (the prelude included).
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pos: usize,
    pub(super) kind: Kind,
}

/// What a node is. Large parts are boxed: templates consist of many small nodes.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Text between actions, copied to the output.
    Text(String),
    /// `{{pipeline}}`.
    Action(Box<Pipe>),
    /// `{{if pipeline}} … {{else}} … {{end}}`.
    If(Box<Branch>),
    /// `{{with pipeline}} … {{else}} … {{end}}`.
    With(Box<Branch>),
    /// `{{range pipeline}} … {{else}} … {{end}}`.
    Range(Box<Branch>),
    /// `{{template "name" pipeline}}`, also what `{{block}}` leaves behind.
    Template { name: String, pipe: Option<Box<Pipe>> },
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
    /// Space-separated operands.
    Command(Vec<Node>),
    /// A parenthesised pipeline.
    Pipe(Box<Pipe>),
    /// A function.
    Identifier(&'static Function),
    /// `$name.field…`: the name with its `$`, then the fields.
    Variable(Vec<String>),
    /// `.`.
    Dot,
    /// `nil`.
    Nil,
    /// `.field.field…`.
    Field(Vec<String>),
    /// A term followed by fields.
    Chain { term: Box<Node>, fields: Vec<String> },
    /// `true` or `false`.
    Bool(bool),
    /// A number or a character constant.
    Number(Box<Number>),
    /// A quoted string, as written and as meant.
    Str { quoted: Box<str>, text: Box<str> },
}

/// Commands joined by `|`, with the variables that take the result.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) pos: usize,
    pub(super) is_assign: bool,
    pub(super) variables: Vec<String>,
    pub(super) commands: Vec<Node>,
}

/// A pipeline and the two lists that it chooses from.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) else_list: Option<List>,
}

/// Nodes in order.
pub(super) type List = Vec<Node>;

/// A constant under every type that can hold it.
#[derive(Clone, Debug, Default)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
}

impl Node {
    /// A constant: neither a call nor a value looked up.
    pub(super) fn is_constant(&self) -> bool {
        matches!(
            self.kind,
            Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::Str { .. }
        )
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Text(text) => f.write_str(text),
            Kind::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            Kind::If(branch) => branch.write(f, "if"),
            Kind::With(branch) => branch.write(f, "with"),
            Kind::Range(branch) => branch.write(f, "range"),
            Kind::Template { name, pipe } => {
                write!(f, "{{{{template {}", model::quote::quote(name))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
            Kind::Break => f.write_str("{{break}}"),
            Kind::Continue => f.write_str("{{continue}}"),
            Kind::Command(operands) => write_command(f, operands),
            Kind::Pipe(pipe) => pipe.fmt(f),
            Kind::Identifier(function) => f.write_str(function.name),
            Kind::Variable(path) => f.write_str(&path.join(".")),
            Kind::Dot => f.write_str("."),
            Kind::Nil => f.write_str("nil"),
            Kind::Field(path) => path.iter().try_for_each(|field| write!(f, ".{field}")),
            Kind::Chain { term, fields } => {
                match term.kind {
                    Kind::Pipe(_) => write!(f, "({term})")?,
                    _ => term.fmt(f)?,
                }
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
            Kind::Bool(value) => value.fmt(f),
            Kind::Number(number) => f.write_str(&number.text),
            Kind::Str { quoted, .. } => f.write_str(quoted),
        }
    }
}

fn write_command(f: &mut fmt::Formatter<'_>, operands: &[Node]) -> fmt::Result {
    for (i, operand) in operands.iter().enumerate() {
        if i > 0 {
            f.write_str(" ")?;
        }
        match operand.kind {
            Kind::Pipe(_) => write!(f, "({operand})")?,
            _ => fmt::Display::fmt(operand, f)?,
        }
    }
    Ok(())
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            f.write_str(&self.variables.join(", "))?;
            f.write_str(if self.is_assign { " = " } else { " := " })?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Branch {
    fn write(&self, f: &mut fmt::Formatter<'_>, keyword: &str) -> fmt::Result {
        write!(f, "{{{{{keyword} {}}}}}", self.pipe)?;
        self.list.iter().try_for_each(|node| fmt::Display::fmt(node, f))?;
        if let Some(list) = &self.else_list {
            f.write_str("{{else}}")?;
            list.iter().try_for_each(|node| fmt::Display::fmt(node, f))?;
        }
        f.write_str("{{end}}")
    }
}
