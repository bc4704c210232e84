//! Fixes written into a text.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Edit, Fix, Span};

/// A text with fixes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The whole text afterwards.
    pub text: String,
    /// How many fixes are in it.
    pub n_applied: usize,
    /// Which are not, by their index: they touch what another one changes, or do not belong to
    /// the text. Looking at the new text again finds what is left to do.
    pub skipped: Vec<usize>,
}

/// Writes as many fixes as go together, those that begin first before others.
///
/// A fix is written whole or not at all, and the same fix once. What single insertions add at one
/// place keeps the order of the fixes; a fix that also does something elsewhere, such as one that
/// wraps an expression, shares no place of insertion, for nobody knows which belongs inside.
pub fn apply(text: &str, fixes: &[&Fix]) -> Applied {
    let mut order: Vec<usize> = (0..fixes.len()).collect();
    order.sort_by_key(|&i| fixes[i].edits.iter().map(|edit| edit.span.start).min());
    let mut accepted = Accepted::default();
    let mut skipped: Vec<usize> =
        order.into_iter().filter(|&i| !accepted.add(text, fixes[i])).collect();
    skipped.sort_unstable();
    Applied { text: accepted.write(text), n_applied: fixes.len() - skipped.len(), skipped }
}

/// Edits that do not touch each other.
#[derive(Default)]
struct Accepted<'a> {
    /// Start and end of what is replaced, and by what.
    replaced: BTreeMap<u32, (u32, &'a str)>,
    /// What is inserted at a place, in order.
    inserted: BTreeMap<u32, Vec<&'a str>>,
    /// Places of insertions that belong to more.
    reserved: BTreeSet<u32>,
    fixes: BTreeSet<&'a [Edit]>,
}

impl<'a> Accepted<'a> {
    /// Whether the fix could be taken in.
    fn add(&mut self, text: &str, fix: &'a Fix) -> bool {
        if self.fixes.contains(&*fix.edits) {
            return true;
        }
        let edits: BTreeSet<&Edit> = fix.edits.iter().collect();
        let is_alone = edits.len() == 1;
        let is_possible = edits.iter().all(|edit| {
            fits(text, edit.span) && self.is_free(edit) && self.may_insert(edit, is_alone)
        });
        if !is_possible || clash(&edits) {
            return false;
        }
        // In the order of the fix, for what it inserts at one place.
        for edit in &fix.edits {
            self.take(edit);
            if !is_alone && edit.span.start == edit.span.end {
                self.reserved.insert(edit.span.start);
            }
        }
        self.fixes.insert(&fix.edits);
        true
    }

    fn may_insert(&self, edit: &Edit, is_alone: bool) -> bool {
        let at = edit.span.start;
        let is_insertion = at == edit.span.end;
        let is_taken =
            if is_alone { self.reserved.contains(&at) } else { self.inserted.contains_key(&at) };
        !(is_insertion && is_taken)
    }

    fn is_free(&self, edit: &Edit) -> bool {
        let Span { start, end } = edit.span;
        let last = self.replaced.range(..end.max(start + 1)).next_back();
        let is_covered = last.is_some_and(|(&s, &(e, by))| {
            let span = Span { start: s, end: e };
            (span, by) != (edit.span, &*edit.text) && overlap(span, edit.span)
        });
        let has_insertion = end > start + 1 && self.inserted.range(start + 1..end).next().is_some();
        !is_covered && !has_insertion
    }

    fn take(&mut self, edit: &'a Edit) {
        let Span { start, end } = edit.span;
        if start < end {
            self.replaced.insert(start, (end, &edit.text));
            return;
        }
        let here = self.inserted.entry(start).or_default();
        if !here.contains(&&*edit.text) {
            here.push(&edit.text);
        }
    }

    fn write(&self, text: &str) -> String {
        let insertions = self.inserted.iter().map(|(at, texts)| ((*at, *at), texts.concat()));
        let replacements =
            self.replaced.iter().map(|(start, (end, by))| ((*start, *end), (*by).to_owned()));
        let mut all: Vec<_> = insertions.chain(replacements).collect();
        // At one place an insertion stands before what is replaced there.
        all.sort_by_key(|(span, _)| *span);
        let mut written = String::with_capacity(text.len());
        let mut at = 0;
        for ((start, end), by) in all {
            written.push_str(&text[at..start as usize]);
            written.push_str(&by);
            at = end as usize;
        }
        written.push_str(&text[at..]);
        written
    }
}

/// Whether the span is one of the text, between its characters.
fn fits(text: &str, span: Span) -> bool {
    text.get(span.start as usize..span.end as usize).is_some()
}

/// Whether edits of one fix, in their order, cannot all be made.
fn clash(edits: &BTreeSet<&Edit>) -> bool {
    let mut end = 0;
    edits.iter().any(|edit| {
        let is_inside = edit.span.start < end;
        end = end.max(edit.span.end);
        is_inside
    })
}

/// Whether both have a byte, or one has the other's place of insertion inside.
fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}
