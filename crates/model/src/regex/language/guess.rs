//! Texts that a pattern probably matches.
//!
//! They are only tried, so they may be wrong: whoever uses one asks the matchers.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// So many different texts can be had.
pub(super) const VARIANTS: usize = 6;
/// What stands for any character, by variant.
const FILL: [char; VARIANTS] = ['x', 'q', '7', 'Z', '-', 'ü'];

/// Appends a text; variants differ in the alternatives, repetitions and characters that they take.
pub(super) fn push(hir: &Hir, variant: usize, text: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(member(class, variant)),
        HirKind::Capture(capture) => push(&capture.sub, variant, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| push(part, variant, text)),
        HirKind::Alternation(parts) => push(&parts[variant % parts.len()], variant, text),
        HirKind::Repetition(repetition) => {
            let wanted = repetition.min.max(u32::from(variant % 2 == 1));
            let n = repetition.max.map_or(wanted, |max| wanted.min(max)).min(64);
            (0..n).for_each(|_| push(&repetition.sub, variant, text));
        }
    }
}

/// The variant's own character where the class has it, or else the first of some range.
fn member(class: &Class, variant: usize) -> Option<char> {
    let fill = FILL[variant];
    match class {
        Class::Unicode(class) => {
            let ranges = class.ranges();
            if ranges.iter().any(|range| (range.start()..=range.end()).contains(&fill)) {
                return Some(fill);
            }
            ranges.get(variant % ranges.len().max(1)).map(ClassUnicodeRange::start)
        }
        Class::Bytes(class) => {
            let ranges = class.ranges();
            ranges.get(variant % ranges.len().max(1)).map(|range| char::from(range.start()))
        }
    }
}
