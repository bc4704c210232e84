//! Tokens of the test notation, character by character as prometheus promql/parser/lex.go.
//!
//! Its oddities are kept, as they decide which mistake is told.

use super::CounterResetHint;
use crate::quote::quote;

/// A token and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) text: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Space,
    Colon,
    Minus,
    Number,
    OpenBracket,
    CloseBracket,
    Close,
    Key(Key),
    Hint(CounterResetHint),
}

/// What a field tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Sum,
    Count,
    Schema,
    Offset,
    NegativeOffset,
    Buckets,
    NegativeBuckets,
    ZeroBucket,
    ZeroBucketWidth,
    CustomValues,
    CounterResetHint,
}

impl Key {
    /// In the order of Prometheus's tokens.
    pub(super) const ALL: [(&'static str, Self); 11] = [
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("schema", Self::Schema),
        ("offset", Self::Offset),
        ("n_offset", Self::NegativeOffset),
        ("buckets", Self::Buckets),
        ("n_buckets", Self::NegativeBuckets),
        ("z_bucket", Self::ZeroBucket),
        ("z_bucket_w", Self::ZeroBucketWidth),
        ("custom_values", Self::CustomValues),
        ("counter_reset_hint", Self::CounterResetHint),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

const HINTS: [CounterResetHint; 4] = [
    CounterResetHint::Unknown,
    CounterResetHint::Reset,
    CounterResetHint::NotReset,
    CounterResetHint::Gauge,
];

impl Token<'_> {
    /// How Prometheus names a token that it did not expect. Keys and hints have no name there,
    /// only the number that its grammar's generator gave them.
    pub(super) fn describe(&self) -> String {
        let numbered = |n: usize| format!("\"<Item {n}>\" {}", shortened(self.text));
        match self.kind {
            Kind::Minus => "<op:->".to_owned(),
            Kind::Number => format!("number {}", shortened(self.text)),
            Kind::Key(key) => numbered(57370 + key as usize),
            Kind::Hint(hint) => numbered(57445 + hint as usize),
            _ => shortened(self.text),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(10) {
        Some((end, _)) if text.len() > 10 => format!("{}...", quote(&text[..end])),
        _ => quote(text),
    }
}

/// What is no token, and where.
#[derive(Debug)]
pub(super) struct Bad {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Reads the tokens behind `{{`.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// Where the token begins.
    start: usize,
    pos: usize,
    in_brackets: bool,
    /// Whether the last token was a minus in brackets.
    after_minus: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, start: at, pos: at, in_brackets: false, after_minus: false }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>, Bad> {
        if self.in_brackets { self.in_list() } else { self.in_fields() }
    }

    fn in_fields(&mut self) -> Result<Token<'a>, Bad> {
        match self.peek() {
            Some(c) if is_space(c) => Ok(self.space()),
            Some(c) if is_alpha(c) => self.word(),
            Some(':') => Ok(self.single(Kind::Colon)),
            Some('-') => Ok(self.single(Kind::Minus)),
            Some('[') => {
                self.in_brackets = true;
                Ok(self.single(Kind::OpenBracket))
            }
            Some(c) if c.is_ascii_digit() => self.number(),
            Some('}') if self.rest().starts_with("}}") => {
                self.pos += 2;
                Ok(self.token(Kind::Close))
            }
            c => {
                Err(self.bad(&format!("histogram description incomplete unexpected: {}", char(c))))
            }
        }
    }

    fn in_list(&mut self) -> Result<Token<'a>, Bad> {
        // `-` promises a number, whatever follows.
        if std::mem::take(&mut self.after_minus) {
            return self.number();
        }
        loop {
            match self.peek() {
                Some(c) if is_space(c) => return Ok(self.space()),
                Some('-') => {
                    self.after_minus = true;
                    return Ok(self.single(Kind::Minus));
                }
                Some(c) if c.is_ascii_digit() => return self.number(),
                Some(']') => {
                    self.in_brackets = false;
                    return Ok(self.single(Kind::CloseBracket));
                }
                Some(c) if is_alpha(c) => {
                    self.pos += 1;
                    if is_number_word(&self.text[self.start..self.pos]) {
                        return Ok(self.token(Kind::Number));
                    }
                }
                c => {
                    let message = format!("invalid character in buckets description: {}", char(c));
                    return Err(self.bad(&message));
                }
            }
        }
    }

    fn word(&mut self) -> Result<Token<'a>, Bad> {
        let end = self.rest().find(|c| !is_alpha(c)).unwrap_or(self.rest().len());
        self.pos += end;
        let word = self.text[self.start..self.pos].to_ascii_lowercase();
        if let Some(&(_, key)) = Key::ALL.iter().find(|(name, _)| *name == word) {
            if self.peek() != Some(':') {
                return Err(self.bad("missing `:` for histogram descriptor"));
            }
            return Ok(self.token(Kind::Key(key)));
        }
        if is_number_word(&word) {
            return Ok(self.token(Kind::Number));
        }
        if let Some(hint) = HINTS.into_iter().find(|hint| hint.as_str() == word) {
            return Ok(self.token(Kind::Hint(hint)));
        }
        let word = quote(&self.text[self.start..self.pos]);
        Err(self.bad(&format!("bad histogram descriptor found: {word}")))
    }

    pub(super) fn number(&mut self) -> Result<Token<'a>, Bad> {
        if self.scan_number() {
            return Ok(self.token(Kind::Number));
        }
        let text = quote(&self.text[self.start..self.pos]);
        Err(self.bad(&format!("bad number syntax: {text}")))
    }

    /// Whether a decimal number follows. What may not follow a dot, exponent or underscore is
    /// consumed, to be shown.
    fn scan_number(&mut self) -> bool {
        let before = self.pos;
        self.accept(".");
        self.accept("0123456789");
        let (mut dot, mut exponent) = (false, false);
        while let Some(c) = self.peek() {
            match c {
                '.' => {
                    self.pos += 1;
                    if dot || self.accept("_.") {
                        return false;
                    }
                    dot = true;
                }
                'e' | 'E' => {
                    self.pos += 1;
                    if exponent {
                        return false;
                    }
                    exponent = true;
                    self.accept("+-");
                    if self.accept("._eE") || self.peek().is_none() {
                        return false;
                    }
                }
                '_' => {
                    self.pos += 1;
                    if self.accept("._eE") || self.peek().is_none() {
                        return false;
                    }
                }
                '0'..='9' => self.pos += 1,
                _ => break,
            }
        }
        self.pos != before
            && self.peek().is_none_or(|c| c == 'x' || !(is_alpha(c) || c.is_ascii_digit()))
    }

    fn accept(&mut self, any: &str) -> bool {
        let accepted = self.peek().is_some_and(|c| any.contains(c));
        self.pos += usize::from(accepted);
        accepted
    }

    fn space(&mut self) -> Token<'a> {
        self.pos += 1;
        let token = self.token(Kind::Space);
        self.pos = self.text.len() - self.rest().trim_start_matches(is_space).len();
        self.start = self.pos;
        token
    }

    fn single(&mut self, kind: Kind) -> Token<'a> {
        self.pos += 1;
        self.token(kind)
    }

    fn token(&mut self, kind: Kind) -> Token<'a> {
        let at = std::mem::replace(&mut self.start, self.pos);
        Token { kind, at, text: &self.text[at..self.pos] }
    }

    fn bad(&self, message: &str) -> Bad {
        Bad { at: self.start, message: message.to_owned() }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
}

/// As `%q` prints a character, or the end of the text.
fn char(c: Option<char>) -> String {
    let c = c.unwrap_or('\u{fffd}');
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => format!("'{}'", quote(c.encode_utf8(&mut [0; 4])).trim_matches('"')),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_number_word(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("nan")
}
