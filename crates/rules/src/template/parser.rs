//! Tokens to the tree of a template.
//!
//! As package `text/template/parse`, `parse.go`, with its messages. What differs: nesting is
//! bounded, and complex constants are refused. `action` reads what stands between delimiters,
//! `pipeline` the pipelines therein.

mod action;
mod constant;
mod pipeline;

use std::{collections::BTreeMap, sync::Arc};

use diagnostics::Span;

use super::{
    lexer::{Lexer, Token, TokenKind},
    node::{Kind, List, Node},
    template_name,
};

/// A template with the templates that it defines.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// What positions and spans count in.
    pub(super) text: Arc<str>,
    pub(super) root: List,
    /// What `{{define}}` and `{{block}}` defined, by name.
    pub(super) defined: BTreeMap<String, List>,
}

/// As many nodes as most templates have.
const INITIAL_NODES: usize = 16;

/// Nested actions, and nested parentheses, beyond this are refused.
const MAX_DEPTH: usize = 100;

/// Parses the template of an alert. The alert's name is only spoken in the error, which stands
/// where the token is that was looked at last.
pub(super) fn parse(alert: &str, text: &Arc<str>) -> Result<Tree, (String, Span)> {
    let mut parser = Parser::new(alert, text);
    match parser.root() {
        Ok(root) => Ok(Tree { text: Arc::clone(text), root, defined: parser.defined }),
        Err(message) => {
            let (name, line) = (template_name(alert), parser.lexer.line(parser.tokens[0]));
            Err((format!("template: {name}:{line}: {message}"), parser.given))
        }
    }
}

struct Parser<'t> {
    alert: &'t str,
    lexer: Lexer<'t>,
    /// Tokens pushed back, the next one last; the zeroth is the one read last.
    tokens: [Token; 3],
    peeked: usize,
    /// Where the token stands that was given out last.
    given: Span,
    /// Nodes of the lists and commands that are being read, those of the innermost last.
    nodes: Vec<Node>,
    variables: Vec<&'t str>,
    /// Whether the variables of the prelude are known too.
    has_prelude: bool,
    defined: BTreeMap<String, List>,
    /// The delimiter of the action that is being read.
    action: Option<Token>,
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
    fn new(alert: &'t str, text: &'t str) -> Self {
        Self {
            alert,
            lexer: Lexer::new(text),
            tokens: [Token { kind: TokenKind::Eof, span: Span::default() }; 3],
            peeked: 0,
            given: Span::default(),
            nodes: Vec::with_capacity(INITIAL_NODES),
            variables: Vec::new(),
            has_prelude: true,
            defined: BTreeMap::new(),
            action: None,
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
        let token = self.tokens[self.peeked];
        self.given = token.span;
        token
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
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    fn unexpected(&self, token: Token, context: &str) -> String {
        if token.kind != TokenKind::Error {
            return format!("unexpected {} in {context}", self.lexer.describe(token));
        }
        let message = self.lexer.error_message();
        let line = self.lexer.line(token);
        match self.action.map(|action| self.lexer.line(action)) {
            Some(started) if started != line => {
                let action = if message.ends_with(" action") { "" } else { " in action" };
                let name = template_name(self.alert);
                format!("{message}{action} started at {name}:{started}")
            }
            _ => message.to_owned(),
        }
    }

    /// The text of a token.
    fn text(&self, token: Token) -> &'t str {
        self.lexer.text_of(token.span)
    }

    /// The nodes that were added since there were `mark`.
    fn added(&mut self, mark: usize) -> List {
        self.nodes.drain(mark..).collect()
    }

    /// The whole text.
    fn root(&mut self) -> Parsed<List> {
        loop {
            let token = self.peek();
            if token.kind == TokenKind::Eof {
                return Ok(self.added(0));
            }
            if token.kind == TokenKind::LeftDelim {
                let delimiter = self.next();
                if self.next_non_space().kind == TokenKind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delimiter);
            }
            if let Some(ended) = self.text_or_action()? {
                return Err(format!("unexpected {}", ended.as_str()));
            }
        }
    }

    /// `{{define "name"}} … {{end}}`, the keyword read.
    fn definition(&mut self) -> Parsed<()> {
        let context = "define clause";
        let token = self.next_non_space();
        let name = self.defined_name(token, context)?;
        self.expect(TokenKind::RightDelim, context)?;
        let list = self.defined_list(context)?;
        self.define(name, list)
    }

    /// A list that sees no variables from around it.
    fn defined_list(&mut self, context: &str) -> Parsed<List> {
        let variables = std::mem::take(&mut self.variables);
        let has_prelude = std::mem::take(&mut self.has_prelude);
        let range_depth = std::mem::take(&mut self.range_depth);
        let (list, ended) = self.list()?;
        self.variables = variables;
        self.has_prelude = has_prelude;
        self.range_depth = range_depth;
        match ended {
            Ended::End => Ok(list),
            Ended::Else => Err(format!("unexpected {} in {context}", ended.as_str())),
        }
    }

    fn define(&mut self, name: String, list: List) -> Parsed<()> {
        let known = self.defined.get(&name).is_some_and(|known| !self.is_blank(known));
        if known && !self.is_blank(&list) {
            let name = model::quote::quote(&name);
            return Err(format!("template: multiple definition of template {name}"));
        }
        if !known {
            self.defined.insert(name, list);
        }
        Ok(())
    }

    /// Whether a list holds nothing but white space.
    fn is_blank(&self, list: &[Node]) -> bool {
        list.iter().all(|node| match &node.kind {
            Kind::Text(text) => self.lexer.text_of(*text).trim().is_empty(),
            _ => false,
        })
    }

    /// Up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Parsed<(List, Ended)> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(format!("actions are nested more than {MAX_DEPTH} deep"));
        }
        let mark = self.nodes.len();
        while self.peek_non_space().kind != TokenKind::Eof {
            if let Some(ended) = self.text_or_action()? {
                self.nesting -= 1;
                return Ok((self.added(mark), ended));
            }
        }
        Err("unexpected EOF".to_owned())
    }

    /// Adds a node, unless the list ends.
    fn text_or_action(&mut self) -> Parsed<Option<Ended>> {
        let token = self.next_non_space();
        let node = match token.kind {
            TokenKind::Text => Node { pos: pos(token), kind: Kind::Text(token.span) },
            TokenKind::LeftDelim => {
                self.action = Some(token);
                let item = self.action()?;
                self.action = None;
                match item {
                    Item::Node(node) => node,
                    Item::Ended(ended) => return Ok(Some(ended)),
                }
            }
            _ => return Err(self.unexpected(token, "input")),
        };
        self.nodes.push(node);
        Ok(None)
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

/// Where a token begins.
fn pos(token: Token) -> usize {
    token.span.start as usize
}
