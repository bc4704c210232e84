//! The words of the language, and what they are called in messages.
//!
//! A token is a kind and a span; its text stays in the query.

use diagnostics::Span;
use model::quote::quote;

use crate::{
    names::Names,
    operators::{AGGREGATIONS, AggregateOp, BinaryOp, OPERATORS},
};

/// A word of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// The kinds of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Eof,
    Identifier,
    /// With a colon.
    MetricIdentifier,
    Number,
    Duration,
    /// Quotes included.
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    At,
    /// `=`
    Equal,
    /// `=~`
    EqualRegex,
    /// `!~`
    NotEqualRegex,
    /// A symbol, or the word of a set operator or of `atan2`.
    Binary(BinaryOp),
    Aggregate(AggregateOp),
    Keyword(Keyword),
}

/// Words that are neither operators nor aggregations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Anchored,
    Bool,
    By,
    End,
    Fill,
    FillLeft,
    FillRight,
    GroupLeft,
    GroupRight,
    Ignoring,
    MaxOf,
    MinOf,
    Offset,
    On,
    Range,
    Smoothed,
    Start,
    Step,
    Without,
}

const KEYWORDS: [(&str, Keyword); 19] = [
    ("anchored", Keyword::Anchored),
    ("bool", Keyword::Bool),
    ("by", Keyword::By),
    ("end", Keyword::End),
    ("fill", Keyword::Fill),
    ("fill_left", Keyword::FillLeft),
    ("fill_right", Keyword::FillRight),
    ("group_left", Keyword::GroupLeft),
    ("group_right", Keyword::GroupRight),
    ("ignoring", Keyword::Ignoring),
    ("max_of", Keyword::MaxOf),
    ("min_of", Keyword::MinOf),
    ("offset", Keyword::Offset),
    ("on", Keyword::On),
    ("range", Keyword::Range),
    ("smoothed", Keyword::Smoothed),
    ("start", Keyword::Start),
    ("step", Keyword::Step),
    ("without", Keyword::Without),
];

/// Words that are more than names; some three slots for each.
static WORDS: Names<TokenKind, 128> = {
    let mut words = Names::EMPTY.with("inf", TokenKind::Number).with("nan", TokenKind::Number);
    let mut i = 0;
    while i < KEYWORDS.len() {
        words = words.with(KEYWORDS[i].0, TokenKind::Keyword(KEYWORDS[i].1));
        i += 1;
    }
    i = 0;
    while i < AGGREGATIONS.len() {
        words = words.with(AGGREGATIONS[i].name, TokenKind::Aggregate(AGGREGATIONS[i].op));
        i += 1;
    }
    i = 0;
    while i < OPERATORS.len() {
        if OPERATORS[i].text.as_bytes()[0].is_ascii_alphabetic() {
            words = words.with(OPERATORS[i].text, TokenKind::Binary(OPERATORS[i].op));
        }
        i += 1;
    }
    words
};

impl TokenKind {
    /// The keyword, operator, aggregation or number that a word is, in whatever case.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        WORDS.get(word)
    }

    /// Whether the word may stand alone as the name of a metric.
    pub(crate) fn is_metric_name(self) -> bool {
        use Keyword as K;
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregate(_) => true,
            Self::Binary(op) => op.is_set(),
            Self::Keyword(keyword) => {
                !matches!(keyword, K::Bool | K::On | K::Ignoring | K::GroupLeft | K::GroupRight)
            }
            _ => false,
        }
    }

    /// Whether a parenthesis after the word makes it a function. Aggregations are told apart before.
    pub(crate) fn is_function_name(self) -> bool {
        match self {
            Self::Identifier => true,
            Self::Keyword(keyword) => keyword.is_call(),
            _ => false,
        }
    }

    /// Whether the word may stand without quotes as a label in a list.
    pub(crate) fn is_grouping_label(self) -> bool {
        match self {
            Self::Keyword(keyword) => keyword != Keyword::Without,
            Self::Binary(BinaryOp::Atan2) => true,
            _ => self.is_metric_name(),
        }
    }

    /// Whether an expression may begin with it.
    pub(crate) fn starts_expression(self) -> bool {
        self.is_metric_name()
            || matches!(
                self,
                Self::Number
                    | Self::Duration
                    | Self::String
                    | Self::LeftParen
                    | Self::LeftBrace
                    | Self::Binary(BinaryOp::Add | BinaryOp::Sub)
            )
    }
}

impl Token {
    /// As messages call it: `identifier "x"`, `<op:+>`, `end of input`.
    pub(crate) fn describe(self, query: &str) -> String {
        let text = self.span.of(query);
        match self.kind {
            TokenKind::Eof => "end of input".to_owned(),
            TokenKind::Identifier => format!("identifier {}", quote(text)),
            TokenKind::MetricIdentifier => format!("metric identifier {}", quote(text)),
            TokenKind::Number => format!("number {}", shortened(text)),
            TokenKind::Duration => format!("duration {}", shortened(text)),
            TokenKind::String => format!("string {}", shortened(text)),
            TokenKind::Aggregate(_) => format!("<aggr:{text}>"),
            TokenKind::Binary(_)
            | TokenKind::At
            | TokenKind::EqualRegex
            | TokenKind::NotEqualRegex => format!("<op:{text}>"),
            TokenKind::Keyword(keyword) if !keyword.is_call() => format!("<{text}>"),
            _ => quote(text),
        }
    }
}

impl Keyword {
    /// Whether it is written like a function.
    fn is_call(self) -> bool {
        matches!(
            self,
            Self::Start | Self::End | Self::Step | Self::Range | Self::MaxOf | Self::MinOf
        )
    }
}

/// Quoted, and cut to ten characters where it is longer than ten bytes.
fn shortened(text: &str) -> String {
    if text.len() <= 10 {
        return quote(text);
    }
    let head: String = text.chars().take(10).collect();
    format!("{}...", quote(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_stand_at_their_variant() {
        for (i, (text, keyword)) in KEYWORDS.iter().enumerate() {
            assert_eq!(*keyword as usize, i, "{text}");
        }
    }

    #[test]
    fn words_are_what_their_tables_say() {
        let check = |word: &str, kind| assert_eq!(TokenKind::of_word(word), kind, "{word}");
        for (text, keyword) in KEYWORDS {
            check(text, Some(TokenKind::Keyword(keyword)));
        }
        for row in AGGREGATIONS {
            check(&row.name.to_uppercase(), Some(TokenKind::Aggregate(row.op)));
        }
        check("Atan2", Some(TokenKind::Binary(BinaryOp::Atan2)));
        check("unless", Some(TokenKind::Binary(BinaryOp::Unless)));
        check("NaN", Some(TokenKind::Number));
        check("up", None);
        check("rate", None);
    }
}
