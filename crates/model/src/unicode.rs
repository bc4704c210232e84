//! Sets of characters, written as in patterns.

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

/// A set of characters.
pub(crate) struct CharSet(ClassUnicode);

impl CharSet {
    /// The set of a bracketed class with several characters; the pattern is fixed in the program.
    pub(crate) fn new(class: &'static str) -> Self {
        match regex_syntax::parse(class).expect("the set is fixed").into_kind() {
            HirKind::Class(Class::Unicode(set)) => Self(set),
            _ => unreachable!("a set of many characters is a class"),
        }
    }

    /// Whether a character is in the set.
    pub(crate) fn contains(&self, c: char) -> bool {
        let ranges = self.0.ranges();
        let at = ranges.partition_point(|range| range.end() < c);
        ranges.get(at).is_some_and(|range| range.start() <= c)
    }
}
