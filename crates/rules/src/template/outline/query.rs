//! The text of a query that a template makes, as far as it stands in the template.

use diagnostics::Span;

/// A call of `query` in a template.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Where its text is written, or the call where that cannot be told.
    pub span: Span,
    /// What it consists of; none if it is not written in the template.
    pub(super) units: Option<Vec<Unit>>,
}

/// A character of a text that a template puts together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    /// The character; none where something is filled in.
    pub(super) c: Option<char>,
    /// Where it is written.
    pub(super) at: u32,
    /// In how many bytes.
    pub(super) width: u32,
}

/// The text of a query, which knows where it is written.
#[derive(Clone, Debug)]
pub struct QueryText {
    /// The text.
    pub text: String,
    /// For each byte, where it is written.
    places: Vec<Span>,
    whole: Span,
}

impl Query {
    /// Whether the text is wholly written in the template.
    pub fn is_constant(&self) -> bool {
        self.units.as_ref().is_some_and(|units| units.iter().all(|unit| unit.c.is_some()))
    }

    /// The text, with something in the places that are filled in: `filler` is given what stands
    /// before.
    pub fn text<'f>(&self, filler: impl Fn(&str) -> &'f str) -> Option<QueryText> {
        let mut text = QueryText { text: String::new(), places: Vec::new(), whole: self.span };
        for unit in self.units.as_ref()? {
            let before = text.text.len();
            match unit.c {
                Some(c) => text.text.push(c),
                None => text.text.push_str(filler(&text.text)),
            }
            let place = Span { start: unit.at, end: unit.at + unit.width };
            text.places.resize(text.places.len() + text.text.len() - before, place);
        }
        Some(text)
    }
}

impl QueryText {
    /// Where a part of the text stands in the template.
    pub fn locate(&self, part: Span) -> Span {
        let (start, end) = (part.start as usize, part.end as usize);
        let Some(first) = self.places.get(start) else { return self.whole };
        let last = self.places.get(end.max(start + 1) - 1).unwrap_or(first);
        first.to(*last)
    }
}
