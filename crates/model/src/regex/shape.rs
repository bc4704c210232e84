//! Patterns that need no machine: a few literals, or literals around `.*` and `.+`.
//!
//! Most matchers that people write are of these shapes. They describe whole values; groups and
//! case folding over more than a few letters stay with the machine.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind};

/// How many characters a set among the literals may have: `[ab]c` is `ac` and `bc`.
const MAX_CHARACTERS: usize = 256;
/// How long the literals that a pattern stands for may be together, in bytes.
const MAX_LITERALS: usize = 1 << 18;

/// What a whole value must look like.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// One of these, ascending.
    OneOf(Box<[Box<str>]>),
    /// Literal pieces in this order with anything between them.
    Pieces(Box<[Piece]>),
}

/// A part of a pattern like `api-.+-prod.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This text.
    Literal(Box<str>),
    /// Any text of at least so many bytes (0 or 1).
    Gap(usize),
}

impl Shape {
    /// The shape of a pattern for whole values.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        if let Some(set) = literals(hir) {
            return Some(Self::OneOf(set.into_iter().map(String::into_boxed_str).collect()));
        }
        let mut pieces = Vec::new();
        add_pieces(hir, &mut pieces)?;
        Self::pieces(pieces)
    }

    /// One of these texts.
    pub(super) fn one_of(mut words: Vec<Box<str>>) -> Self {
        words.sort_unstable();
        words.dedup();
        Self::OneOf(words.into())
    }

    /// Pieces one after another, of which no two gaps may be neighbours.
    pub(super) fn pieces(pieces: Vec<Piece>) -> Option<Self> {
        let is_gap = |piece: &Piece| matches!(piece, Piece::Gap(_));
        let gaps = pieces.iter().filter(|piece| is_gap(piece)).count();
        let apart = pieces.windows(2).all(|two| !(is_gap(&two[0]) && is_gap(&two[1])));
        // With more gaps the machine is as good.
        (gaps <= 2 && apart).then(|| Self::Pieces(pieces.into()))
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::OneOf(set) => set.binary_search_by(|literal| (**literal).cmp(text)).is_ok(),
            Self::Pieces(pieces) => pieces_match(pieces, text),
        }
    }

    pub(super) fn matches_something(&self) -> bool {
        match self {
            Self::OneOf(set) => !set.is_empty(),
            Self::Pieces(_) => true,
        }
    }

    pub(super) fn literals(&self) -> Option<Vec<&str>> {
        match self {
            Self::OneOf(set) => Some(set.iter().map(|literal| &**literal).collect()),
            Self::Pieces(_) => None,
        }
    }
}

fn pieces_match(pieces: &[Piece], text: &str) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Gap(least)] => text.len() >= *least,
        [Piece::Literal(literal), rest @ ..] => {
            text.strip_prefix(&**literal).is_some_and(|text| pieces_match(rest, text))
        }
        [rest @ .., Piece::Literal(literal)] => {
            text.strip_suffix(&**literal).is_some_and(|text| pieces_match(rest, text))
        }
        // Between gaps: the first place that leaves the leading gap enough is the best one.
        [Piece::Gap(least), Piece::Literal(literal), rest @ ..] => {
            let from = if *least == 0 { 0 } else { text.chars().next().map_or(1, char::len_utf8) };
            let Some(behind) = text.get(from..) else { return false };
            behind
                .find(&**literal)
                .is_some_and(|at| pieces_match(rest, &behind[at + literal.len()..]))
        }
        [Piece::Gap(_), Piece::Gap(_), ..] => unreachable!("adjacent gaps are one"),
    }
}

/// All texts that a pattern matches, where they are few.
fn literals(hir: &Hir) -> Option<BTreeSet<String>> {
    let one = |text: &str| BTreeSet::from([text.to_owned()]);
    match hir.kind() {
        HirKind::Empty => Some(one("")),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(one),
        HirKind::Class(Class::Unicode(set)) => {
            let n: usize = set.ranges().iter().map(ClassUnicodeRange::len).sum();
            let chars = || set.ranges().iter().flat_map(|range| range.start()..=range.end());
            (n <= MAX_CHARACTERS).then(|| chars().map(String::from).collect())
        }
        HirKind::Class(Class::Bytes(set)) => {
            let n: usize = set.ranges().iter().map(ClassBytesRange::len).sum();
            let bytes = || set.ranges().iter().flat_map(|range| range.start()..=range.end());
            (n <= MAX_CHARACTERS && bytes().all(|b| b.is_ascii()))
                .then(|| bytes().map(|b| String::from(char::from(b))).collect())
        }
        HirKind::Capture(capture) => literals(&capture.sub),
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            let mut set = literals(&repetition.sub)?;
            set.insert(String::new());
            Some(set)
        }
        HirKind::Repetition(_) | HirKind::Look(_) => None,
        HirKind::Concat(subs) => subs.iter().try_fold(one(""), |heads, sub| {
            let tails = literals(sub)?;
            let bytes =
                |set: &BTreeSet<String>| set.iter().map(|text| text.len() + 1).sum::<usize>();
            if heads.len() * bytes(&tails) + tails.len() * bytes(&heads) > MAX_LITERALS {
                return None;
            }
            let joined = |head: &String| {
                tails.iter().map(|tail| format!("{head}{tail}")).collect::<Vec<_>>()
            };
            Some(heads.iter().flat_map(joined).collect())
        }),
        HirKind::Alternation(subs) => {
            let mut set = BTreeSet::new();
            for sub in subs {
                set.append(&mut literals(sub)?);
            }
            Some(set)
        }
    }
}

fn add_pieces(hir: &Hir, pieces: &mut Vec<Piece>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            match pieces.last_mut() {
                Some(Piece::Literal(before)) => *before = format!("{before}{text}").into(),
                _ => pieces.push(Piece::Literal(text.into())),
            }
        }
        HirKind::Capture(capture) => add_pieces(&capture.sub, pieces)?,
        HirKind::Concat(subs) => subs.iter().try_for_each(|sub| add_pieces(sub, pieces))?,
        HirKind::Repetition(repetition)
            if repetition.max.is_none()
                && repetition.min <= 1
                && is_any(&repetition.sub)
                && !matches!(pieces.last(), Some(Piece::Gap(_))) =>
        {
            pieces.push(Piece::Gap(repetition.min as usize));
        }
        _ => return None,
    }
    Some(())
}

/// Whether it is one character of any kind.
fn is_any(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(set)) => {
            matches!(set.ranges(), [all] if (all.start(), all.end()) == ('\0', char::MAX))
        }
        _ => false,
    }
}
