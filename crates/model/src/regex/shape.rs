//! Patterns that need no machine: a few literals, or literals around `.*` and `.+`.
//!
//! Most matchers that people write are of these shapes. They describe whole values; groups and
//! case folding over more than a few letters stay with the machine.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

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

/// All texts that a pattern matches, ascending, where they are few.
fn literals(hir: &Hir) -> Option<Vec<String>> {
    if has_many(hir) {
        return None;
    }
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Class(Class::Unicode(set)) => {
            let chars = set.ranges().iter().flat_map(|range| range.start()..=range.end());
            Some(chars.map(String::from).collect())
        }
        HirKind::Class(Class::Bytes(set)) => {
            let mut bytes = set.ranges().iter().flat_map(|range| range.start()..=range.end());
            let text = |byte: u8| byte.is_ascii().then(|| String::from(char::from(byte)));
            bytes.try_fold(Vec::new(), |mut texts, byte| {
                texts.push(text(byte)?);
                Some(texts)
            })
        }
        HirKind::Capture(capture) => literals(&capture.sub),
        HirKind::Repetition(repetition) => {
            let mut set = literals(&repetition.sub)?;
            set.push(String::new());
            Some(ascending(set))
        }
        HirKind::Look(_) => None,
        HirKind::Concat(subs) if subs.iter().any(has_many) => None,
        HirKind::Concat(subs) => subs
            .iter()
            .try_fold(vec![String::new()], |heads, sub| followed(&heads, &literals(sub)?)),
        HirKind::Alternation(subs) => {
            let mut set = Vec::with_capacity(subs.len());
            for sub in subs {
                set.append(&mut literals(sub)?);
            }
            Some(ascending(set))
        }
    }
}

/// Whether a node alone says that its texts are not few.
fn has_many(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(set)) => {
            set.ranges().iter().map(ClassUnicodeRange::len).sum::<usize>() > MAX_CHARACTERS
        }
        HirKind::Repetition(repetition) => (repetition.min, repetition.max) != (0, Some(1)),
        HirKind::Look(_) => true,
        _ => false,
    }
}

/// Every head with every tail, where that is not too much.
fn followed(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    let bytes = |set: &[String]| set.iter().map(|text| text.len() + 1).sum::<usize>();
    if heads.len() * bytes(tails) + tails.len() * bytes(heads) > MAX_LITERALS {
        return None;
    }
    let with_tails = |head| tails.iter().map(move |tail| [head, &**tail].concat());
    Some(ascending(heads.iter().flat_map(|head| with_tails(&**head)).collect()))
}

fn ascending(mut set: Vec<String>) -> Vec<String> {
    set.sort_unstable();
    set.dedup();
    set
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
