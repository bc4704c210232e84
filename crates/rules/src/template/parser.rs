//! Tokens to the tree of a template.
//!
//! As package `text/template/parse`, `parse.go`, with its messages. What differs: nesting is
//! bounded, and complex constants are refused.

use std::collections::BTreeMap;

use super::{
    functions,
    lexer::{Lexer, Token, TokenKind},
    node::{Branch, Kind, List, Node, Number, Pipe},
    unquote::{unquote, unquote_char},
};

/// A template with the templates that it defines.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The text that was parsed; positions count in it.
    pub(super) text: String,
    /// The template itself.
    pub(super) root: List,
    /// What `{{define}}` and `{{block}}` defined, by name.
    pub(super) defined: BTreeMap<String, List>,
}

/// Nested actions, and nested parentheses, beyond this are refused.
const MAX_DEPTH: usize = 100;

/// Parses a template. The name is only spoken in the error.
pub(super) fn parse(name: &str, text: &str) -> Result<Tree, String> {
    let mut parser = Parser::new(name, text);
    let result = parser.root();
    match result {
        Ok(root) => Ok(Tree { text: text.to_owned(), root, defined: parser.defined }),
        Err(message) => Err(format!("template: {name}:{}: {message}", parser.tokens[0].line)),
    }
}

struct Parser<'t> {
    name: &'t str,
    lexer: Lexer<'t>,
    /// Tokens pushed back, the next one last; the zeroth is the one read last.
    tokens: [Token; 3],
    peeked: usize,
    variables: Vec<String>,
    defined: BTreeMap<String, List>,
    action_line: usize,
    range_depth: usize,
    paren_depth: usize,
    nesting: usize,
}

/// What ended a list of nodes.
enum Ended {
    End,
    Else,
}

/// A node, or what ends the list that it would stand in.
enum Item {
    Node(Node),
    Ended(Ended),
}

type Parsed<T> = Result<T, String>;

impl<'t> Parser<'t> {
    fn new(name: &'t str, text: &'t str) -> Self {
        let token = Token { kind: TokenKind::Eof, pos: 0, text: String::new(), line: 1 };
        Self {
            name,
            lexer: Lexer::new(text),
            tokens: [token.clone(), token.clone(), token],
            peeked: 0,
            variables: vec!["$".to_owned()],
            defined: BTreeMap::new(),
            action_line: 0,
            range_depth: 0,
            paren_depth: 0,
            nesting: 0,
        }
    }

    fn next(&mut self) -> Token {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lexer.next_token();
        }
        self.tokens[self.peeked].clone()
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, first: Token) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.backup();
        token
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        if token.kind != TokenKind::Error {
            return format!("unexpected {} in {context}", token.describe());
        }
        if self.action_line == 0 || self.action_line == token.line {
            return token.text.clone();
        }
        let action = if token.text.ends_with(" action") { "" } else { " in action" };
        format!("{}{action} started at {}:{}", token.text, self.name, self.action_line)
    }

    /// The whole text.
    fn root(&mut self) -> Parsed<List> {
        let mut list = List::new();
        loop {
            let token = self.peek();
            if token.kind == TokenKind::Eof {
                return Ok(list);
            }
            if token.kind == TokenKind::LeftDelim {
                let delimiter = self.next();
                if self.next_non_space().kind == TokenKind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delimiter);
            }
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Ended(ended) => return Err(format!("unexpected {}", ended.as_str())),
            }
        }
    }

    /// `{{define "name"}} … {{end}}`, the keyword read.
    fn definition(&mut self) -> Parsed<()> {
        let context = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        self.expect(TokenKind::RightDelim, context)?;
        let list = self.defined_list(context)?;
        self.define(name, list)
    }

    /// A list that sees no variables from around it.
    fn defined_list(&mut self, context: &str) -> Parsed<List> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let range_depth = std::mem::take(&mut self.range_depth);
        let (list, ended) = self.list()?;
        self.variables = outer;
        self.range_depth = range_depth;
        match ended {
            Ended::End => Ok(list),
            Ended::Else => Err(format!("unexpected {} in {context}", ended.as_str())),
        }
    }

    fn define(&mut self, name: String, list: List) -> Parsed<()> {
        let known = self.defined.get(&name).is_some_and(|known| !is_blank(known));
        if known && !is_blank(&list) {
            let name = model::quote::quote(&name);
            return Err(format!("template: multiple definition of template {name}"));
        }
        if !known {
            self.defined.insert(name, list);
        }
        Ok(())
    }

    /// Up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Parsed<(List, Ended)> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(format!("actions are nested more than {MAX_DEPTH} deep"));
        }
        let mut list = List::new();
        while self.peek_non_space().kind != TokenKind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Ended(ended) => {
                    self.nesting -= 1;
                    return Ok((list, ended));
                }
            }
        }
        Err("unexpected EOF".to_owned())
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => {
                Ok(Item::Node(Node { pos: token.pos, kind: Kind::Text(token.text) }))
            }
            TokenKind::LeftDelim => {
                self.action_line = token.line;
                let item = self.action()?;
                self.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Block => self.block()?,
            TokenKind::Break => self.loop_exit("{{break}}", Kind::Break)?,
            TokenKind::Continue => self.loop_exit("{{continue}}", Kind::Continue)?,
            TokenKind::Else => return self.else_action(),
            TokenKind::End => {
                self.expect(TokenKind::RightDelim, "end")?;
                return Ok(Item::Ended(Ended::End));
            }
            TokenKind::If | TokenKind::Range | TokenKind::With => {
                return self.control(token.kind).map(Item::Node);
            }
            TokenKind::Template => return self.template().map(Item::Node),
            _ => {
                self.backup();
                let pos = self.peek().pos;
                let pipe = self.pipeline("command", TokenKind::RightDelim)?;
                return Ok(Item::Node(Node { pos, kind: Kind::Action(pipe) }));
            }
        };
        Ok(Item::Node(Node { pos: token.pos, kind }))
    }

    fn loop_exit(&mut self, context: &str, kind: Kind) -> Parsed<Kind> {
        self.expect(TokenKind::RightDelim, context)?;
        if self.range_depth == 0 {
            return Err(format!("{context} outside {{{{range}}}}"));
        }
        Ok(kind)
    }

    fn else_action(&mut self) -> Parsed<Item> {
        if !matches!(self.peek_non_space().kind, TokenKind::If | TokenKind::With) {
            self.expect(TokenKind::RightDelim, "else")?;
        }
        Ok(Item::Ended(Ended::Else))
    }

    /// `if`, `with` or `range`, the keyword read, up to its `{{end}}`.
    fn control(&mut self, keyword: TokenKind) -> Parsed<Node> {
        let context = match keyword {
            TokenKind::If => "if",
            TokenKind::With => "with",
            _ => "range",
        };
        let n_variables = self.variables.len();
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        let is_range = usize::from(keyword == TokenKind::Range);
        self.range_depth += is_range;
        let (list, ended) = self.list()?;
        self.range_depth -= is_range;
        let else_list = match ended {
            Ended::End => None,
            Ended::Else if self.peek().kind == keyword && keyword != TokenKind::Range => {
                self.next();
                self.nesting += 1;
                if self.nesting > MAX_DEPTH {
                    return Err(format!("actions are nested more than {MAX_DEPTH} deep"));
                }
                let node = self.control(keyword)?;
                self.nesting -= 1;
                Some(vec![node])
            }
            Ended::Else => match self.list()? {
                (list, Ended::End) => Some(list),
                (_, ended) => return Err(format!("expected end; found {}", ended.as_str())),
            },
        };
        self.variables.truncate(n_variables);
        let (pos, branch) = (pipe.pos, Branch { pipe, list, else_list });
        let kind = match keyword {
            TokenKind::If => Kind::If(branch),
            TokenKind::With => Kind::With(branch),
            _ => Kind::Range(branch),
        };
        Ok(Node { pos, kind })
    }

    /// `{{block "name" pipeline}} … {{end}}`: defines a template and uses it.
    fn block(&mut self) -> Parsed<Kind> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        let list = self.defined_list(context)?;
        self.define(name.clone(), list)?;
        Ok(Kind::Template { name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = if self.next_non_space().kind == TokenKind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(context, TokenKind::RightDelim)?)
        };
        Ok(Node { pos: token.pos, kind: Kind::Template { name, pipe } })
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Parsed<String> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => unquote(&token.text),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// `declarations? command ('|' command)*` up to `end`.
    fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe { pos, is_assign: false, variables: Vec::new(), commands: Vec::new() };
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
                    self.declare(pipe, variable.text);
                    return Ok(());
                }
                TokenKind::Char if next.text == "," => {
                    self.next_non_space();
                    self.declare(pipe, variable.text);
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
        let mut operands = Vec::new();
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
            TokenKind::Variable if self.variables.contains(&token.text) => {
                Kind::Variable(vec![token.text])
            }
            TokenKind::Variable => {
                let name = model::quote::quote(&token.text);
                return Err(format!("undefined variable {name}"));
            }
            TokenKind::Field => Kind::Field(vec![token.text[1..].to_owned()]),
            TokenKind::Bool => Kind::Bool(token.text == "true"),
            TokenKind::CharConstant => Kind::Number(character(token.text)?),
            TokenKind::Number => Kind::Number(number(token.text)?),
            TokenKind::LeftParen => {
                self.paren_depth += 1;
                if self.paren_depth > MAX_DEPTH {
                    return Err("max expression depth exceeded".to_owned());
                }
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.paren_depth -= 1;
                return Ok(Some(Node { pos: pipe.pos, kind: Kind::Pipe(pipe) }));
            }
            TokenKind::String | TokenKind::RawString => {
                Kind::Str { text: unquote(&token.text)?, quoted: token.text }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Node { pos: token.pos, kind }))
    }
}

impl Ended {
    fn as_str(&self) -> &'static str {
        match self {
            Ended::End => "{{end}}",
            Ended::Else => "{{else}}",
        }
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

/// Whether a list holds nothing but white space.
fn is_blank(list: &[Node]) -> bool {
    list.iter().all(|node| match &node.kind {
        Kind::Text(text) => text.trim().is_empty(),
        _ => false,
    })
}

fn character(text: String) -> Parsed<Number> {
    let (c, tail) = unquote_char(&text[1..], '\'').ok_or("invalid syntax")?;
    if tail != "'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let code = u32::from(c);
    Ok(Number { int: Some(code.into()), uint: Some(code.into()), float: Some(code.into()), text })
}

#[expect(clippy::cast_possible_truncation, reason = "compared with the float that it came from")]
#[expect(clippy::cast_sign_loss, reason = "compared with the float that it came from")]
#[expect(clippy::float_cmp, reason = "an exact conversion is asked for")]
fn number(text: String) -> Parsed<Number> {
    let mut number = Number {
        uint: if text.starts_with(['+', '-']) { None } else { parse_integer(&text) },
        int: parse_signed(&text),
        ..Number::default()
    };
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Some(float) = model::number::parse_float(&text.replace('_', "")) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", model::quote::quote(&text)));
        }
        number.float = Some(float);
        number.int = Some(float as i64).filter(|int| *int as f64 == float);
        number.uint = Some(float as u64).filter(|uint| *uint as f64 == float);
    } else {
        return Err(format!("illegal number syntax: {}", model::quote::quote(&text)));
    }
    number.text = text;
    Ok(number)
}

/// An integer literal of Go: decimal, `0x`, `0o`, `0b`, or octal by a leading zero; `_` between
/// digits.
fn parse_integer(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if misplaced { None } else { u64::from_str_radix(&digits.replace('_', ""), radix).ok() }
}

fn parse_signed(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from(parse_integer(unsigned)?);
    i64::try_from(if text.starts_with('-') { -magnitude } else { magnitude }).ok()
}
