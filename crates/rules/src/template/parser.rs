//! Tokens to the tree of a template.
//!
//! As package `text/template/parse`, `parse.go`, with its messages. What differs: nesting is
//! bounded, and complex constants are refused.

mod constant;
mod pipeline;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use diagnostics::Span;

use super::{
    PRELUDE, VARIABLES,
    lexer::{Lexer, Token, TokenKind},
    node::{Branch, Kind, List, Node},
    unquote::unquote,
};

/// A template with the templates that it defines.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// What follows the prelude. Positions count in both together.
    pub(super) text: Arc<str>,
    /// The prelude's nodes.
    pub(super) beginning: &'static List,
    /// Those that follow.
    pub(super) root: List,
    /// What `{{define}}` and `{{block}}` defined, by name.
    pub(super) defined: BTreeMap<String, List>,
}

/// Nested actions, and nested parentheses, beyond this are refused.
const MAX_DEPTH: usize = 100;

/// What every template begins with.
static BEGINNING: LazyLock<List> = LazyLock::new(|| {
    Parser::new("", PRELUDE, 0, &["$"]).root().expect("what every template begins with parses")
});

/// Parses a template that begins with the prelude, which is not parsed again. The name is only
/// spoken in the error, which stands where the token is that was looked at last.
pub(super) fn parse(name: &str, text: &Arc<str>) -> Result<Tree, (String, Span)> {
    let whole = [PRELUDE, text].concat();
    let mut parser = Parser::new(name, &whole, PRELUDE.len(), &VARIABLES);
    match parser.root() {
        Ok(root) => {
            let defined = parser.defined;
            Ok(Tree { text: Arc::clone(text), beginning: &BEGINNING, root, defined })
        }
        Err(message) => {
            let message = format!("template: {name}:{}: {message}", parser.tokens[0].line);
            Err((message, parser.given))
        }
    }
}

struct Parser<'t> {
    name: &'t str,
    lexer: Lexer<'t>,
    /// Tokens pushed back, the next one last; the zeroth is the one read last.
    tokens: [Token<'t>; 3],
    peeked: usize,
    /// Where the token stands that was given out last.
    given: Span,
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
    fn new(name: &'t str, text: &'t str, pos: usize, variables: &[&str]) -> Self {
        let token = Token { kind: TokenKind::Eof, pos, text: "".into(), line: 1 };
        Self {
            name,
            lexer: Lexer::new(text, pos),
            tokens: [token.clone(), token.clone(), token],
            peeked: 0,
            given: Span::default(),
            variables: variables.iter().map(|name| (*name).to_owned()).collect(),
            defined: BTreeMap::new(),
            action_line: 0,
            range_depth: 0,
            paren_depth: 0,
            nesting: 0,
        }
    }

    fn next(&mut self) -> Token<'t> {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lexer.next_token();
        }
        let token = self.tokens[self.peeked].clone();
        self.given = match token.kind {
            TokenKind::Error | TokenKind::Eof => self.lexer.last(),
            _ => Span::new(token.pos, token.pos + token.text.len()),
        };
        token
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, first: Token<'t>) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn backup3(&mut self, first: Token<'t>, second: Token<'t>) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token<'t> {
        let token = self.next();
        self.backup();
        token
    }

    fn next_non_space(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'t> {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<Token<'t>> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> String {
        if token.kind != TokenKind::Error {
            return format!("unexpected {} in {context}", token.describe());
        }
        if self.action_line == 0 || self.action_line == token.line {
            return token.text.to_string();
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
                list.shrink_to_fit();
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
                    list.shrink_to_fit();
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
                Ok(Item::Node(Node { pos: token.pos, kind: Kind::Text(token.text.into_owned()) }))
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
                let pipe = Box::new(self.pipeline("command", TokenKind::RightDelim)?);
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
        let (pos, branch) = (pipe.pos, Box::new(Branch { pipe, list, else_list }));
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
        Ok(Kind::Template { name, pipe: Some(Box::new(pipe)) })
    }

    fn template(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = if self.next_non_space().kind == TokenKind::RightDelim {
            None
        } else {
            self.backup();
            Some(Box::new(self.pipeline(context, TokenKind::RightDelim)?))
        };
        Ok(Node { pos: token.pos, kind: Kind::Template { name, pipe } })
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Parsed<String> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => unquote(&token.text),
            _ => Err(self.unexpected(token, context)),
        }
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

/// Whether a list holds nothing but white space.
fn is_blank(list: &[Node]) -> bool {
    list.iter().all(|node| match &node.kind {
        Kind::Text(text) => text.trim().is_empty(),
        _ => false,
    })
}
