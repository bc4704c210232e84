//! Pipelines: declarations, commands, operands, terms.

use diagnostics::Span;

use super::{
    MAX_DEPTH, Parsed, Parser,
    constant::{character, number},
    pos,
};
use crate::template::{
    VARIABLES, functions,
    lexer::{Token, TokenKind},
    node::{Chain, Command, Kind, Node, Path, Pipe},
    unquote::unquote,
};

/// The variables that a pipeline sets.
#[derive(Default)]
struct Declarations {
    names: Vec<Span>,
    is_assign: bool,
}

impl Parser<'_> {
    /// `declarations? command ('|' command)*` up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipe> {
        let pos = pos(self.peek_non_space());
        let Declarations { names, is_assign } = self.declarations(context)?;
        let Some(first) = self.stage(context, end)? else {
            return Err(format!("missing value for {context}"));
        };
        let mut rest = Vec::new();
        while let Some(command) = self.stage(context, end)? {
            if rest.is_empty() {
                // Seldom are there more.
                rest.reserve_exact(1);
            }
            rest.push(command);
        }
        if let Some(i) = rest.iter().position(|command| command.first.is_constant()) {
            return Err(format!("non executable command in pipeline stage {}", i + 2));
        }
        Ok(Pipe { pos, is_assign, variables: names.into(), first, rest: rest.into() })
    }

    /// The next command of a pipeline, unless its end follows, which is then read.
    fn stage(&mut self, context: &str, end: TokenKind) -> Parsed<Option<Command>> {
        let token = self.next_non_space();
        match token.kind {
            kind if kind == end => Ok(None),
            TokenKind::Bool
            | TokenKind::CharConstant
            | TokenKind::Dot
            | TokenKind::Field
            | TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::Nil
            | TokenKind::RawString
            | TokenKind::String
            | TokenKind::Variable
            | TokenKind::LeftParen => {
                self.backup();
                self.command().map(Some)
            }
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn declarations(&mut self, context: &str) -> Parsed<Declarations> {
        let mut found = Declarations::default();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(found);
            }
            self.next();
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    found.is_assign = next.kind == TokenKind::Assign;
                    self.next_non_space();
                    self.declare(&mut found, variable);
                    return Ok(found);
                }
                TokenKind::Char if self.text(next) == "," => {
                    self.next_non_space();
                    self.declare(&mut found, variable);
                    if context != "range" || found.names.len() >= 2 {
                        return Err(format!("too many declarations in {context}"));
                    }
                    if !matches!(
                        self.peek_non_space().kind,
                        TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen
                    ) {
                        return Err("range can only initialize variables".to_owned());
                    }
                }
                _ if after.kind == TokenKind::Space => {
                    self.backup3(variable, after);
                    return Ok(found);
                }
                _ => {
                    self.backup2(variable);
                    return Ok(found);
                }
            }
        }
    }

    fn declare(&mut self, found: &mut Declarations, variable: Token) {
        found.names.push(variable.span);
        self.variables.push(self.text(variable));
    }

    /// Operands up to a pipe character, which is read, or a right delimiter, which is not.
    fn command(&mut self) -> Parsed<Command> {
        let pos = pos(self.peek_non_space());
        let mark = self.nodes.len();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.nodes.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.backup();
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        let mut operands = self.nodes.drain(mark..);
        let first = operands.next().ok_or("empty command")?;
        Ok(Command { pos, first, args: operands.collect() })
    }

    /// A term and the fields taken of it; none if no term follows.
    fn operand(&mut self) -> Parsed<Option<Node>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let field = self.peek();
        if field.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        // Nothing stands between a term and its fields.
        let mut fields = field.span;
        while self.peek().kind == TokenKind::Field {
            fields = fields.to(self.next().span);
        }
        let kind = match term.kind {
            Kind::Field(path) => Kind::Field(Path(path.0.to(fields))),
            Kind::Variable(path) => Kind::Variable(Path(path.0.to(fields))),
            _ if term.is_constant() => {
                let term = self.lexer.text_of(Span::new(term.pos, pos(field)));
                return Err(format!("unexpected . after term {}", model::quote::quote(term)));
            }
            _ => Kind::Chain(Box::new(Chain { term, fields: Path(fields) })),
        };
        Ok(Some(Node { pos: pos(field), kind }))
    }

    fn term(&mut self) -> Parsed<Option<Node>> {
        let token = self.next_non_space();
        let (text, span) = (self.text(token), token.span);
        let kind = match token.kind {
            TokenKind::Identifier => Kind::Identifier(
                functions::find(text)
                    .ok_or_else(|| format!("function {} not defined", model::quote::quote(text)))?,
            ),
            TokenKind::Dot => Kind::Dot,
            TokenKind::Nil => Kind::Nil,
            TokenKind::Variable if self.is_declared(text) => Kind::Variable(Path(span)),
            TokenKind::Variable => {
                return Err(format!("undefined variable {}", model::quote::quote(text)));
            }
            TokenKind::Field => Kind::Field(Path(span)),
            TokenKind::Bool => Kind::Bool(text == "true"),
            TokenKind::CharConstant => Kind::Number(Box::new(character(text, span)?)),
            TokenKind::Number => Kind::Number(Box::new(number(text, span)?)),
            TokenKind::LeftParen => {
                self.paren_depth += 1;
                if self.paren_depth > MAX_DEPTH {
                    return Err("max expression depth exceeded".to_owned());
                }
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.paren_depth -= 1;
                return Ok(Some(Node { pos: pipe.pos, kind: Kind::Pipe(Box::new(pipe)) }));
            }
            TokenKind::String | TokenKind::RawString => {
                unquote(text)?;
                Kind::Str(span)
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Node { pos: pos(token), kind }))
    }

    fn is_declared(&self, name: &str) -> bool {
        let mut prelude = VARIABLES.iter();
        name == "$"
            || self.has_prelude && prelude.any(|(known, _)| *known == name)
            || self.variables.contains(&name)
    }
}
