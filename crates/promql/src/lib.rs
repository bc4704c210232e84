//! PromQL text to a spanned, typed syntax tree, and back to text.
//!
//! It evaluates nothing and knows no series (see `engine`). Parsing never fails: [`parse`] returns
//! a tree where it could make one, and every diagnostic that it found.
//! Start at [`parse`], then [`ast::Expr`]; functions, operators and aggregations are the tables in
//! [`functions`] and [`operators`].
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod ast;
pub mod functions;
pub mod operators;

pub use ast::{Expr, ExprKind, ValueType};
pub use functions::{Function, FunctionId};
pub use operators::{AggregateOp, BinaryOp};
