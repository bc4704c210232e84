//! PromQL text to a spanned, typed syntax tree, and back to text.
//!
//! It evaluates nothing and knows no series (see `engine`). Parsing never fails: [`parse`] returns
//! a tree where it could make one, and every diagnostic that it found. Printing an [`Expr`] gives
//! the canonical text on one line, which parses to the same tree; [`pretty()`] breaks long ones
//! into lines and keeps comments.
//! Start at [`parse`], then [`ast::Expr`]; functions, operators and aggregations are the tables in
//! [`functions`] and [`operators`].
#![warn(clippy::disallowed_methods, reason = "pure")]

mod lexer;
mod names;
mod token;

mod parser;

mod check;

pub mod ast;
mod error;
pub mod functions;
pub mod operators;
mod options;
mod pretty;
mod printer;
pub mod visit;

use diagnostics::{Diagnostic, Span};
use model::Matcher;

pub use ast::{Expr, ExprKind, Text, ValueType};
pub use error::ParseError;
pub use functions::{Function, FunctionId};
pub use operators::{AggregateOp, BinaryOp};
pub use options::ParseOptions;
pub use pretty::{MAX_WIDTH, pretty};

/// What came of a text.
#[derive(Clone, Debug)]
pub struct Parse {
    /// The tree; none after an error that leaves a hole in it. With errors it may break the typing
    /// rules and must not be evaluated.
    pub expr: Option<Expr>,
    /// What is wrong, in the order in which Prometheus finds it: it shows the first.
    pub errors: Vec<Diagnostic>,
}

/// Parses an expression and checks its types.
///
/// A syntax error ends the search for errors; errors of meaning do not. Types are checked only
/// where nothing else is wrong.
pub fn parse(text: &str, options: &ParseOptions) -> Parse {
    let parser::Parsing { mut expr, mut errors, extensions } = parser::expression(text, *options);
    if let Some(expr) = &mut expr {
        let found = check::check(expr, text, &extensions);
        if errors.is_empty() {
            errors = found;
        }
    }
    Parse { expr, errors }
}

/// Parses an expression that must be free of errors; the first error otherwise.
pub fn parse_expr(text: &str, options: &ParseOptions) -> Result<Expr, ParseError> {
    let parse = parse(text, options);
    match (parse.expr, parse.errors.first()) {
        (Some(expr), None) => Ok(expr),
        (_, first) => Err(ParseError::new(text, first)),
    }
}

/// The comments of an expression, each from its `#` to the end of its line; those before the first
/// character that cannot be read.
pub fn comments(text: &str) -> Vec<Span> {
    // Most expressions have none, and need not be read for that.
    if text.contains('#') { lexer::words(text).comments } else { Vec::new() }
}

/// Parses a series selector without time modifiers, as the `match[]` parameters of Prometheus's
/// API hold it. An empty selector passes: that API refuses it with words of its own.
pub fn parse_metric_selector(
    text: &str,
    options: &ParseOptions,
) -> Result<Vec<Matcher>, ParseError> {
    let (matchers, errors) = parser::metric_selector(text, *options);
    match (matchers, errors.first()) {
        (Some(matchers), None) => Ok(matchers),
        (_, first) => Err(ParseError::new(text, first)),
    }
}
