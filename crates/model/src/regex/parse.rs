//! Reads a pattern of Go's dialect into the syntax tree of `regex-syntax`.
//!
//! What it refuses, and the text it cites, is what Go refuses and cites, in the same order. The
//! tree itself grows in `tree`.

use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, Look, Repetition,
};

use super::{
    RegexError, class,
    counter::{Counter, counter},
    escape,
    tree::{Closed, Piece, Tree},
};

/// The longest pattern, in bytes.
const MAX_LENGTH: usize = 1 << 20;
/// How many ranges all character classes of a pattern may have together.
const MAX_RANGES: usize = 1 << 20;
/// How often counted repetitions may repeat a thing, one inside another.
const MAX_REPEAT: u32 = 1000;

/// An upper bound of the states that one range of characters becomes: a range has at most eighteen
/// byte sequences, of at most four bytes.
const STATES_PER_RANGE: u64 = 72;

/// What a pattern says.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    /// No machine for the pattern has more states than this.
    pub(super) states: u64,
    /// The names of the groups, from group 1 on.
    pub(super) groups: Vec<Option<Box<str>>>,
}

/// The flags in force at a place of the pattern.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the dialect has four flags")]
pub(super) struct Flags {
    fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    swap_greed: bool,
}

struct Parser<'p> {
    whole: &'p str,
    flags: Flags,
    tree: Tree<'p>,
    groups: Vec<Option<Box<str>>>,
    n_ranges: usize,
}

/// Parses a pattern; `dot_newline` is whether `.` matches a newline from the start.
pub(super) fn parse(pattern: &str, dot_newline: bool) -> Result<Parsed, RegexError> {
    if pattern.len() > MAX_LENGTH {
        let mut end = 100;
        while !pattern.is_char_boundary(end) {
            end -= 1;
        }
        return Err(RegexError::new("expression too large", &format!("{}…", &pattern[..end])));
    }
    let flags = Flags { fold_case: false, multi_line: false, dot_newline, swap_greed: false };
    let tree = Tree::new(pattern, flags);
    let mut parser = Parser { whole: pattern, flags, tree, groups: Vec::new(), n_ranges: 0 };
    parser.run()?;
    if parser.tree.has_group() {
        return Err(RegexError::new("missing closing )", pattern));
    }
    let Piece { hir, states, .. } = parser.tree.close()?.piece;
    Ok(Parsed { hir, states, groups: parser.groups })
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), RegexError> {
        let mut rest = self.whole;
        // Where the repetition directly before began, if there was one.
        let mut last_repeat = None;
        while let Some(c) = rest.chars().next() {
            let tail = &rest[c.len_utf8()..];
            let (before, mut repeat) = (rest, None);
            rest = match c {
                '(' if tail.starts_with('?') => self.flags_or_group(rest)?,
                '(' => {
                    self.open_capture(None);
                    tail
                }
                '|' => {
                    self.tree.branch()?;
                    tail
                }
                ')' => {
                    self.end_group()?;
                    tail
                }
                '^' => self.look(Look::StartLF, Look::Start, tail),
                '$' => self.look(Look::EndLF, Look::End, tail),
                '.' => {
                    let any = self.flags.dot_newline;
                    let dot = if any { Dot::AnyChar } else { Dot::AnyCharExceptLF };
                    self.push(Hir::dot(dot), 2 * STATES_PER_RANGE);
                    tail
                }
                '[' => {
                    let (set, tail) = class::bracketed(rest, self.flags.fold_case)?;
                    self.push_class(set)?;
                    tail
                }
                '*' | '+' | '?' => {
                    let (min, max) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    repeat = Some(before);
                    self.repeat(min, max, before, tail, last_repeat)?
                }
                '{' => match counter(rest) {
                    None => {
                        self.literal('{');
                        tail
                    }
                    Some(Counter { min: Some(min), max, rest: after }) => {
                        repeat = Some(before);
                        self.counted(min, max, before, after, last_repeat)?
                    }
                    Some(Counter { rest: after, .. }) => {
                        return Err(RegexError::new("invalid repeat count", cut(before, after)));
                    }
                },
                '\\' => self.backslash(rest)?,
                _ => {
                    self.literal(c);
                    tail
                }
            };
            last_repeat = repeat;
        }
        Ok(())
    }

    fn push(&mut self, hir: Hir, states: u64) {
        self.tree.push(Piece { hir, height: 1, repeats: 1, states });
    }

    fn push_class(&mut self, set: ClassUnicode) -> Result<(), RegexError> {
        self.n_ranges += set.ranges().len();
        if self.n_ranges > MAX_RANGES {
            return Err(RegexError::new("expression too large", self.whole));
        }
        let states = STATES_PER_RANGE * set.ranges().len() as u64;
        self.push(Hir::class(Class::Unicode(set)), states);
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if self.flags.fold_case {
            let mut set = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            set.case_fold_simple();
            let states = STATES_PER_RANGE * set.ranges().len() as u64;
            self.push(Hir::class(Class::Unicode(set)), states);
        } else {
            self.tree.push_char(c);
        }
    }

    fn look(&mut self, line: Look, text: Look, tail: &'p str) -> &'p str {
        self.push(Hir::look(if self.flags.multi_line { line } else { text }), 1);
        tail
    }

    /// Opens a group that captures.
    fn open_capture(&mut self, name: Option<&str>) {
        self.groups.push(name.map(Box::from));
        let n = u32::try_from(self.groups.len()).expect("a pattern's length is limited");
        self.tree.open(self.flags, Some(n));
    }

    fn end_group(&mut self) -> Result<(), RegexError> {
        if !self.tree.has_group() {
            return Err(RegexError::new("unexpected )", self.whole));
        }
        let Closed { outer, capture, mut piece } = self.tree.close()?;
        self.flags = outer;
        if let Some(index) = capture {
            // Names stay out of the tree: Go allows the same name twice.
            piece.hir = Hir::capture(Capture { index, name: None, sub: Box::new(piece.hir) });
            piece.height = self.tree.checked_height(piece.height + 1)?;
            piece.states += 2;
        }
        self.tree.push(piece);
        Ok(())
    }

    fn counted(
        &mut self,
        min: u32,
        max: Option<u32>,
        before: &'p str,
        after: &'p str,
        last_repeat: Option<&'p str>,
    ) -> Result<&'p str, RegexError> {
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || max < min) {
            return Err(RegexError::new("invalid repeat count", cut(before, after)));
        }
        let after = self.repeat(min, max, before, after, last_repeat)?;
        let mut piece = self.tree.pop().expect("it was just repeated");
        piece.repeats = match max.unwrap_or(min) {
            _ if max == Some(0) => 1,
            n => piece.repeats.saturating_mul(n.max(1)),
        };
        if max.unwrap_or(min) >= 2 && piece.repeats > MAX_REPEAT {
            return Err(RegexError::new("invalid repeat count", cut(before, after)));
        }
        self.tree.push(piece);
        Ok(after)
    }

    /// Repeats the last piece; gives the text behind the operator and its `?`.
    fn repeat(
        &mut self,
        min: u32,
        max: Option<u32>,
        before: &'p str,
        mut after: &'p str,
        last_repeat: Option<&'p str>,
    ) -> Result<&'p str, RegexError> {
        let mut greedy = !self.flags.swap_greed;
        if let Some(rest) = after.strip_prefix('?') {
            (after, greedy) = (rest, !greedy);
        }
        if let Some(last) = last_repeat {
            return Err(RegexError::new("invalid nested repetition operator", cut(last, after)));
        }
        let Some(piece) = self.tree.pop() else {
            let cited = cut(before, after);
            return Err(RegexError::new("missing argument to repetition operator", cited));
        };
        let height = self.tree.checked_height(piece.height + 1)?;
        let hir = Hir::repetition(Repetition { min, max, greedy, sub: Box::new(piece.hir) });
        let copies = u64::from(max.unwrap_or(min)) + 1;
        let states = piece.states.saturating_add(2).saturating_mul(copies);
        self.tree.push(Piece { hir, height, repeats: piece.repeats, states });
        Ok(after)
    }

    /// `(?flags)`, `(?flags:`, `(?P<name>` and `(?<name>`.
    fn flags_or_group(&mut self, text: &'p str) -> Result<&'p str, RegexError> {
        let named = text
            .strip_prefix("(?P<")
            .or_else(|| text.strip_prefix("(?<"))
            .filter(|name| !name.is_empty());
        let Some(named) = named else { return self.flags(text) };
        let Some((name, rest)) = named.split_once('>') else {
            return Err(RegexError::new("invalid named capture", text));
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(RegexError::new("invalid named capture", cut(text, rest)));
        }
        self.open_capture(Some(name));
        Ok(rest)
    }

    fn flags(&mut self, text: &'p str) -> Result<&'p str, RegexError> {
        let (mut flags, mut on, mut seen) = (self.flags, true, false);
        let body = &text[2..];
        for (at, c) in body.char_indices() {
            let rest = &body[at + c.len_utf8()..];
            match c {
                'i' => flags.fold_case = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.swap_greed = on,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.tree.open(self.flags, None);
                    }
                    self.flags = flags;
                    return Ok(rest);
                }
                _ => {
                    let cited = cut(text, rest);
                    return Err(RegexError::new("invalid or unsupported Perl syntax", cited));
                }
            }
            seen = true;
        }
        Err(RegexError::new("invalid or unsupported Perl syntax", text))
    }

    fn backslash(&mut self, text: &'p str) -> Result<&'p str, RegexError> {
        let tail = text.get(2..);
        match (text.as_bytes().get(1), tail) {
            (Some(b'A'), Some(tail)) => self.push_and(Hir::look(Look::Start), tail),
            (Some(b'z'), Some(tail)) => self.push_and(Hir::look(Look::End), tail),
            (Some(b'b'), Some(tail)) => self.push_and(Hir::look(Look::WordAscii), tail),
            (Some(b'B'), Some(tail)) => self.push_and(Hir::look(Look::WordAsciiNegate), tail),
            (Some(b'Q'), Some(tail)) => {
                let (literal, rest) = tail.split_once("\\E").unwrap_or((tail, ""));
                literal.chars().for_each(|c| self.literal(c));
                Ok(rest)
            }
            _ => {
                if let Some((set, rest)) = class::escaped(text, self.flags.fold_case)? {
                    self.push_class(set)?;
                    return Ok(rest);
                }
                let (code, rest) = escape::escape(text)?;
                match char::from_u32(code) {
                    Some(c) => self.literal(c),
                    // A lone surrogate, which no text contains.
                    None => self.push(Hir::fail(), 1),
                }
                Ok(rest)
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the arms it serves give results")]
    fn push_and(&mut self, hir: Hir, tail: &'p str) -> Result<&'p str, RegexError> {
        self.push(hir, 1);
        Ok(tail)
    }
}

/// The part of `text` before its suffix `rest`.
pub(super) fn cut<'p>(text: &'p str, rest: &str) -> &'p str {
    &text[..text.len() - rest.len()]
}
