//! Pipelines: declarations, commands, operands, terms.

use super::{
    MAX_DEPTH, Parsed, Parser,
    constant::{character, number},
};
use crate::template::{
    functions,
    lexer::TokenKind,
    node::{Kind, Node, Pipe},
    unquote::unquote,
};

impl Parser<'_> {
    /// `declarations? command ('|' command)*` up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipe> {
        let pos = self.peek_non_space().pos;
        // Most have one command of one operand.
        let (variables, commands) = (Vec::new(), Vec::with_capacity(1));
        let mut pipe = Pipe { pos, is_assign: false, variables, commands };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
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
                    pipe.commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        check_pipeline(&pipe, context)?;
        pipe.commands.shrink_to_fit();
        Ok(pipe)
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    pipe.is_assign = next.kind == TokenKind::Assign;
                    self.next_non_space();
                    self.declare(pipe, variable.text.into_owned());
                    return Ok(());
                }
                TokenKind::Char if next.text == "," => {
                    self.next_non_space();
                    self.declare(pipe, variable.text.into_owned());
                    if context != "range" || pipe.variables.len() >= 2 {
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
                    return Ok(());
                }
                _ => {
                    self.backup2(variable);
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, name: String) {
        pipe.variables.push(name.clone());
        self.variables.push(name);
    }

    /// Operands up to a pipe character, which is read, or a right delimiter, which is not.
    fn command(&mut self) -> Parsed<Node> {
        let pos = self.peek_non_space().pos;
        let mut operands = Vec::with_capacity(1);
        loop {
            self.peek_non_space();
            operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.backup();
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if operands.is_empty() {
            return Err("empty command".to_owned());
        }
        operands.shrink_to_fit();
        Ok(Node { pos, kind: Kind::Command(operands) })
    }

    /// A term and the fields taken of it; none if no term follows.
    fn operand(&mut self) -> Parsed<Option<Node>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let field = self.peek();
        if field.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == TokenKind::Field {
            fields.push(self.next().text[1..].to_owned());
        }
        let kind = match term.kind {
            Kind::Field(path) => Kind::Field([path, fields].concat()),
            Kind::Variable(path) => Kind::Variable([path, fields].concat()),
            _ if term.is_constant() => {
                let term = model::quote::quote(&term.to_string());
                return Err(format!("unexpected . after term {term}"));
            }
            _ => Kind::Chain { term: Box::new(term), fields },
        };
        Ok(Some(Node { pos: field.pos, kind }))
    }

    fn term(&mut self) -> Parsed<Option<Node>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => {
                Kind::Identifier(functions::find(&token.text).ok_or_else(|| {
                    format!("function {} not defined", model::quote::quote(&token.text))
                })?)
            }
            TokenKind::Dot => Kind::Dot,
            TokenKind::Nil => Kind::Nil,
            TokenKind::Variable if self.variables.iter().any(|known| *known == token.text) => {
                Kind::Variable(vec![token.text.into_owned()])
            }
            TokenKind::Variable => {
                let name = model::quote::quote(&token.text);
                return Err(format!("undefined variable {name}"));
            }
            TokenKind::Field => Kind::Field(vec![token.text[1..].to_owned()]),
            TokenKind::Bool => Kind::Bool(token.text == "true"),
            TokenKind::CharConstant => Kind::Number(Box::new(character(token.text.into_owned())?)),
            TokenKind::Number => Kind::Number(Box::new(number(token.text.into_owned())?)),
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
                Kind::Str { text: unquote(&token.text)?.into(), quoted: token.text.into() }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Node { pos: token.pos, kind }))
    }
}

fn check_pipeline(pipe: &Pipe, context: &str) -> Parsed<()> {
    if pipe.commands.is_empty() {
        return Err(format!("missing value for {context}"));
    }
    let stage = pipe.commands.iter().skip(1).position(|command| match &command.kind {
        Kind::Command(operands) => operands[0].is_constant(),
        _ => false,
    });
    match stage {
        Some(i) => Err(format!("non executable command in pipeline stage {}", i + 2)),
        None => Ok(()),
    }
}
