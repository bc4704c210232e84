//! Tokens and their kinds.

use diagnostics::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::template) enum TokenKind {
    Error,
    Bool,
    /// A character that means something only to the parser, such as a comma.
    Char,
    CharConstant,
    Assign,
    Declare,
    Eof,
    /// `.name`.
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    /// `$` or `$name`.
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token: what it is, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::template) struct Token {
    pub(in crate::template) kind: TokenKind,
    pub(in crate::template) span: Span,
}

impl TokenKind {
    /// What a word is: a keyword, a truth value or a name.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "block" => TokenKind::Block,
            "break" => TokenKind::Break,
            "continue" => TokenKind::Continue,
            "define" => TokenKind::Define,
            "else" => TokenKind::Else,
            "end" => TokenKind::End,
            "if" => TokenKind::If,
            "range" => TokenKind::Range,
            "nil" => TokenKind::Nil,
            "template" => TokenKind::Template,
            "with" => TokenKind::With,
            "true" | "false" => TokenKind::Bool,
            _ => TokenKind::Identifier,
        }
    }

    pub(super) fn is_keyword(self) -> bool {
        use TokenKind::{
            Block, Break, Continue, Define, Dot, Else, End, If, Nil, Range, Template, With,
        };
        matches!(
            self,
            Block
                | Break
                | Continue
                | Dot
                | Define
                | Else
                | End
                | If
                | Nil
                | Range
                | Template
                | With
        )
    }
}
