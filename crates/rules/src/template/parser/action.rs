//! Actions: what stands between delimiters, with the lists that `if` and its like enclose.

use super::{Ended, Item, MAX_DEPTH, Parsed, Parser, pos};
use crate::template::{
    lexer::{Token, TokenKind},
    node::{Branch, Invocation, Kind, Node},
    unquote::unquote,
};

impl Parser<'_> {
    /// An action, its left delimiter read.
    pub(super) fn action(&mut self) -> Parsed<Item> {
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
                let pos = pos(self.peek());
                let pipe = Box::new(self.pipeline("command", TokenKind::RightDelim)?);
                return Ok(Item::Node(Node { pos, kind: Kind::Action(pipe) }));
            }
        };
        Ok(Item::Node(Node { pos: pos(token), kind }))
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
                Some([node].into())
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
        let name = self.defined_name(token, context)?;
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        let list = self.defined_list(context)?;
        self.define(name.clone(), list)?;
        Ok(Kind::Template(Box::new(Invocation { name, pipe: Some(pipe) })))
    }

    fn template(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.defined_name(token, context)?;
        let pipe = if self.next_non_space().kind == TokenKind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(context, TokenKind::RightDelim)?)
        };
        let kind = Kind::Template(Box::new(Invocation { name, pipe }));
        Ok(Node { pos: pos(token), kind })
    }

    /// The name of a defined template.
    pub(super) fn defined_name(&self, token: Token, context: &str) -> Parsed<String> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => Ok(unquote(self.text(token))?.into_owned()),
            _ => Err(self.unexpected(token, context)),
        }
    }
}
