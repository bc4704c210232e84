//! Expressions over several lines, comments kept: what `watchfire fmt` writes.
//!
//! The layout is that of Prometheus (`promtool promql format`): what fits into [`MAX_WIDTH`] bytes
//! stands on one line, whatever its indentation; what does not is broken at its parentheses,
//! arguments and operators. Two things are different. Subqueries that fit are indented like
//! everything else, which Prometheus forgets. And comments stay: what holds one is broken, so that
//! the comment stands before or behind the operand, operator or matcher that it stood at.
//! It does not say whether a text should be changed (see `rules::format`).
//! Start at [`pretty()`]; where comments stand is `comments`, where they come to stand is `settle`.

mod comments;
mod layout;
mod settle;

use crate::{
    ast::{Expr, ExprKind},
    printer::Next,
};

use comments::Comments;

/// The longest text that stands on one line, in bytes and without its indentation.
pub const MAX_WIDTH: usize = 100;

/// The canonical text of an expression over as many lines as it needs, with the comments of the
/// text that it was parsed from. There is no line end after the last line.
pub fn pretty(expr: &Expr, text: &str) -> String {
    let root = Node::new(expr, Next::Other);
    let mut comments = Comments::new(text);
    if !comments.is_empty() {
        settle::settle(&mut comments, &root);
    }
    layout::write(&root, comments)
}

/// An expression and whether it fits on a line.
struct Node<'e> {
    expr: &'e Expr,
    /// What follows its text.
    next: Next,
    /// The canonical text, if it fits.
    line: Option<String>,
    /// In the order of `visit::for_each_child`.
    children: Vec<Node<'e>>,
}

impl<'e> Node<'e> {
    fn new(expr: &'e Expr, next: Next) -> Self {
        let children = match &expr.kind {
            ExprKind::Binary(binary) => {
                vec![Self::new(&binary.lhs, binary.next_of_lhs()), Self::new(&binary.rhs, next)]
            }
            ExprKind::Unary(_, operand) => vec![Self::new(operand, next)],
            _ => {
                let mut children = Vec::new();
                crate::visit::for_each_child(expr, |child| {
                    children.push(Self::new(child, Next::Other));
                });
                children
            }
        };
        // Where a part does not fit the whole is not even printed.
        let may_fit = children.iter().all(|child| child.line.is_some());
        let line = may_fit.then(|| line(expr, next)).filter(|line| line.len() <= MAX_WIDTH);
        Self { expr, next, line, children }
    }
}

/// The text of an expression on one line.
fn line(expr: &Expr, next: Next) -> String {
    std::fmt::from_fn(|f| expr.write(f, next)).to_string()
}
