//! What is known of a value, and the texts among such values.

use std::{borrow::Cow, rc::Rc};

use diagnostics::Span;

use super::{Of, Unit};
use crate::template::unquote::{pieces, unquote};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// What the template is expanded with.
    Data,
    Labels(Of),
    Value(Of),
    /// What a query returns.
    Samples(usize),
    Sample(usize),
    /// What `args` returns, and its size.
    Args(Rc<[Shape]>, usize),
    /// A string, as the template writes it.
    Str(Span),
    /// A number or a character, likewise.
    Number(Span),
    /// Text that is put together of what is written in the template.
    Text(Rc<[Unit]>),
    Other,
}

impl Shape {
    /// What `args` returns.
    pub(super) fn args(shapes: &[Shape]) -> Self {
        Shape::Args(shapes.into(), total(shapes).saturating_add(1))
    }

    /// How many characters and values it consists of, at most.
    fn size(&self) -> usize {
        match self {
            Shape::Args(_, size) => *size,
            Shape::Str(span) | Shape::Number(span) => (span.end - span.start) as usize,
            Shape::Text(units) => units.len(),
            _ => 1,
        }
    }

    /// The characters, if it is a text; `text` is that of the template.
    pub(super) fn units(&self, text: &str) -> Option<Cow<'_, [Unit]>> {
        match self {
            Shape::Str(span) => {
                // Escapes make it shorter.
                let mut units = Vec::with_capacity((span.end - span.start) as usize);
                units.extend(units_of_string(*span, text));
                Some(Cow::Owned(units))
            }
            Shape::Number(span) => {
                let chars = span.of(text).chars().map(Some);
                Some(chars.map(|c| Unit { c, at: span.start, width: 1 }).collect())
            }
            Shape::Text(units) => Some(Cow::Borrowed(units)),
            _ => None,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Shape::Str(_) | Shape::Number(_) | Shape::Text(_))
    }

    /// The text and where it is written, if it is wholly known and not empty.
    pub(super) fn name<'t>(&self, text: &'t str) -> Option<(Cow<'t, str>, Span)> {
        if let Shape::Str(quoted) = self
            && let Ok(Cow::Borrowed(name)) = unquote(quoted.of(text))
        {
            let span = Span { start: quoted.start + 1, end: quoted.end - 1 };
            return (!name.is_empty()).then_some((name.into(), span));
        }
        let units = self.units(text)?;
        let name: Option<String> = units.iter().map(|unit| unit.c).collect();
        Some((name?.into(), whole(&units)?))
    }

    /// Whether both are known to be the same.
    pub(super) fn is_same(&self, other: &Self, text: &str) -> bool {
        match (self, other) {
            (Shape::Args(a, _), Shape::Args(b, _)) => {
                a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| a.is_same(b, text))
            }
            _ if self == other => true,
            _ => self.units(text).is_some_and(|units| other.units(text) == Some(units)),
        }
    }
}

/// How many characters and values all of them consist of, at most.
pub(super) fn total(shapes: &[Shape]) -> usize {
    shapes.iter().map(Shape::size).fold(0, usize::saturating_add)
}

/// Where all of a text is written.
pub(super) fn whole(units: &[Unit]) -> Option<Span> {
    let place = |unit: &Unit| Span { start: unit.at, end: unit.at + unit.width };
    units.iter().map(place).reduce(Span::to)
}

fn units_of_string(span: Span, text: &str) -> impl Iterator<Item = Unit> {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    pieces(span.of(text)).map(move |(c, range)| Unit {
        c: Some(c),
        at: span.start.saturating_add(narrow(range.start)),
        width: narrow(range.len()),
    })
}

/// What `printf` makes of a format: verbs are filled in, with a text where it is known.
pub(super) fn printf(format: &[Unit], args: &[Shape], text: &str) -> Rc<[Unit]> {
    let (mut out, mut args, mut i) = (Vec::with_capacity(format.len()), args.iter(), 0);
    while i < format.len() {
        let unit = format[i];
        i += 1;
        if unit.c != Some('%') {
            out.push(unit);
            continue;
        }
        let flags = format[i..].iter().take_while(|unit| {
            unit.c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '#' | ' '))
        });
        i += flags.count();
        let verb = format.get(i).and_then(|unit| unit.c);
        let end = format.get(i).map_or(unit.at + 1, |unit| unit.at + unit.width);
        i += 1;
        if verb == Some('%') {
            out.push(unit);
            continue;
        }
        let arg = args.next().filter(|_| matches!(verb, Some('s' | 'v' | 'd')));
        if let Some(units) = arg.and_then(|arg| arg.units(text)) {
            out.extend_from_slice(&units);
            continue;
        }
        let piece = |c| Unit { c, at: unit.at, width: end - unit.at };
        let quote = (verb == Some('q')).then(|| piece(Some('"')));
        out.extend(quote.into_iter().chain([piece(None)]).chain(quote));
    }
    out.into()
}

/// What `print` makes of its arguments.
pub(super) fn print(parts: &[Shape], text: &str) -> Rc<[Unit]> {
    let mut out: Vec<Unit> = Vec::new();
    for part in parts {
        if let Some(units) = part.units(text) {
            out.extend_from_slice(&units);
        } else {
            let at = out.last().map_or(0, |unit| unit.at);
            out.push(Unit { c: None, at, width: 0 });
        }
    }
    out.into()
}
