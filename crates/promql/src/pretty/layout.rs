//! Nodes to lines.
//!
//! Every node is written by what is around it: that takes the comments before and after the node
//! first, so that the outermost node that begins or ends at a word has them.

use std::fmt::{self, Formatter, Write};

use diagnostics::Span;

use super::{
    Node,
    comments::{Comment, Comments, after, before},
    line, settle,
};
use crate::ast::{Binary, ExprKind, Selector};

const INDENT: &str = "  ";

/// The lines of a whole expression.
pub(super) fn write(root: &Node<'_>, comments: Comments<'_>) -> String {
    let mut writer = Writer { out: String::new(), comments };
    writer.operand(root, 0, Start::Line, "");
    let end = writer.comments.end();
    for comment in writer.comments.take(0, end) {
        writer.out.push('\n');
        writer.out.push_str(comment.text);
    }
    writer.out
}

/// What a node's text begins with.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    /// A line: it is indented.
    Line,
    /// A sign stands before it.
    Sign,
}

struct Writer<'t> {
    out: String,
    comments: Comments<'t>,
}

impl Writer<'_> {
    /// A node with the comments around it. Nothing follows on its last line but `end`.
    fn operand(&mut self, node: &Node<'_>, level: usize, start: Start, end: &str) {
        let (first, last) = self.comments.words(node.expr.span);
        self.between(first, last, level, end, |this| this.node(node, level, start));
    }

    /// What stands from word `first` to word `last`, with the comments around it.
    fn between(
        &mut self,
        first: usize,
        last: usize,
        level: usize,
        end: &str,
        content: impl FnOnce(&mut Self),
    ) {
        let lead = self.comments.take(before(first), before(first));
        let trail = self.comments.take(after(last), after(last));
        self.own_lines(&lead, level);
        content(self);
        self.out.push_str(end);
        self.trail(&trail);
    }

    fn node(&mut self, node: &Node<'_>, level: usize, start: Start) {
        let (first, last) = self.comments.words(node.expr.span);
        let commented = self.comments.any(after(first), before(last));
        match &node.line {
            Some(line) if !commented => {
                self.begin(level, start);
                self.out.push_str(line);
            }
            _ => self.broken(node, level, start),
        }
    }

    fn broken(&mut self, node: &Node<'_>, level: usize, start: Start) {
        match (&node.expr.kind, &node.children[..]) {
            (ExprKind::Binary(binary), [lhs, rhs]) => self.binary(binary, lhs, rhs, level, start),
            (ExprKind::Unary(op, _), [operand]) => {
                self.begin(level, start);
                self.out.push_str(op.as_str());
                self.node(operand, level, Start::Sign);
            }
            (ExprKind::Subquery(subquery), [inner]) => {
                self.node(inner, level, start);
                self.piece(|f| subquery.write_modifiers(f, node.next));
            }
            (ExprKind::Aggregate(aggregate), _) => {
                self.begin(level, start);
                self.piece(|f| aggregate.write_head(f));
                self.parentheses(node, level);
            }
            (ExprKind::Call(call), [_, ..]) => {
                self.begin(level, start);
                self.out.push_str(call.function.row().name);
                self.parentheses(node, level);
            }
            (ExprKind::Paren(_), _) => {
                self.begin(level, start);
                self.parentheses(node, level);
            }
            (ExprKind::Selector(selector), _) => {
                self.selector(node, selector, level, start, |f| {
                    selector.write_modifiers(f, node.next)
                });
            }
            (ExprKind::Matrix(matrix), _) => {
                self.selector(node, &matrix.selector, level, start, |f| {
                    matrix.write_modifiers(f, node.next)
                });
            }
            _ => self.long_line(node, level, start),
        }
    }

    /// What cannot be broken.
    fn long_line(&mut self, node: &Node<'_>, level: usize, start: Start) {
        self.begin(level, start);
        self.out.push_str(&line(node.expr, node.next));
    }

    fn binary(
        &mut self,
        binary: &Binary,
        lhs: &Node<'_>,
        rhs: &Node<'_>,
        level: usize,
        start: Start,
    ) {
        if binary.raises_infinity() {
            let (first, last) = self.comments.words(lhs.expr.span);
            self.between(first, last, level + 1, "", |this| {
                this.begin(level + 1, start);
                this.out.push_str("Inf");
            });
        } else {
            self.operand(lhs, level + 1, start, "");
        }
        self.out.push('\n');
        let (_, op) = self.comments.words(lhs.expr.span);
        let (end, _) = self.comments.words(rhs.expr.span);
        self.between(op + 1, end.saturating_sub(1), level, "", |this| {
            this.begin(level, Start::Line);
            this.piece(|f| binary.write_operator(f));
        });
        self.out.push('\n');
        self.operand(rhs, level + 1, Start::Line, "");
    }

    /// The arguments in their parentheses.
    fn parentheses(&mut self, node: &Node<'_>, level: usize) {
        let (open, close) = settle::parentheses(&self.comments, node.expr).unwrap_or_default();
        self.out.push('(');
        self.opened(open);
        for (i, child) in node.children.iter().enumerate() {
            let end = if i + 1 < node.children.len() { "," } else { "" };
            self.operand(child, level + 1, Start::Line, end);
            self.out.push('\n');
        }
        self.closing(close, level);
        self.out.push(')');
    }

    /// Each matcher on its own line where one has a comment; one line otherwise.
    fn selector(
        &mut self,
        node: &Node<'_>,
        selector: &Selector,
        level: usize,
        start: Start,
        modifiers: impl Fn(&mut Formatter<'_>) -> fmt::Result,
    ) {
        let (first, _) = self.comments.words(node.expr.span);
        let Some((open, close)) = settle::braces(&self.comments, selector, first) else {
            return self.long_line(node, level, start);
        };
        self.begin(level, start);
        self.out.push_str(selector.name.as_deref().unwrap_or(""));
        self.out.push('{');
        self.opened(open);
        let matchers = selector.in_braces();
        for (i, (text, place)) in matchers.iter().enumerate() {
            let end = if i + 1 < matchers.len() { "," } else { "" };
            let span = selector.matcher_spans.get(*place).copied().unwrap_or(Span::default());
            let (first, last) = self.comments.words(span);
            self.between(first, last, level + 1, end, |this| {
                this.begin(level + 1, Start::Line);
                this.out.push_str(text);
            });
            self.out.push('\n');
        }
        self.closing(close, level);
        self.out.push('}');
        self.piece(modifiers);
    }

    /// Ends the line of an opening parenthesis.
    fn opened(&mut self, open: usize) {
        let trail = self.comments.take(after(open), after(open));
        self.trail(&trail);
        self.out.push('\n');
    }

    /// Begins the line of a closing parenthesis.
    fn closing(&mut self, close: usize, level: usize) {
        let lead = self.comments.take(before(close), before(close));
        self.own_lines(&lead, level + 1);
        self.begin(level, Start::Line);
    }

    fn begin(&mut self, level: usize, start: Start) {
        if start == Start::Line {
            self.out.extend(std::iter::repeat_n(INDENT, level));
        }
    }

    fn own_lines(&mut self, comments: &[Comment<'_>], level: usize) {
        for comment in comments {
            self.begin(level, Start::Line);
            self.out.push_str(comment.text);
            self.out.push('\n');
        }
    }

    /// Comments at the end of a line, of which there is at most one.
    fn trail(&mut self, comments: &[Comment<'_>]) {
        for (i, comment) in comments.iter().enumerate() {
            self.out.push_str(if i == 0 { " " } else { "\n" });
            self.out.push_str(comment.text);
        }
    }

    fn piece(&mut self, write: impl Fn(&mut Formatter<'_>) -> fmt::Result) {
        // A string takes everything.
        let _ = write!(self.out, "{}", fmt::from_fn(write));
    }
}
