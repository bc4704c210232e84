//! Calls: what functions read and make.

use diagnostics::Span;

use super::{Of, Query, Shape, TESTS, Unit, Walker, What};
use crate::template::{functions::Function, node::Node};

impl<'t> Walker<'t> {
    pub(super) fn call(
        &mut self,
        dot: &Shape,
        function: &Function,
        node: &'t Node,
        args: &'t [Node],
        last: Option<Shape>,
    ) -> Shape {
        let outer = self.is_test;
        let n = args.len();
        let mut shapes = Vec::with_capacity(n + 1);
        for (i, arg) in args.iter().enumerate() {
            let decides = function.name == "or" && i + 1 == n && last.is_none();
            self.is_test = if decides { outer } else { TESTS.contains(&function.name) };
            shapes.push(self.operand(dot, arg));
        }
        self.is_test = outer;
        shapes.extend(last);
        match (function.name, &shapes[..]) {
            ("query", [text]) => {
                let units = if let Shape::Text(units) = text { Some(units.clone()) } else { None };
                let name = self.span(node.pos, function.name.len()).unwrap_or_default();
                let written = units.as_ref().and_then(|units| whole(units));
                self.out.queries.push(Query { span: written.unwrap_or(name), units });
                Shape::Samples(self.out.queries.len() - 1)
            }
            ("first", [Shape::Samples(query)]) | ("index", [Shape::Samples(query), _]) => {
                Shape::Sample(*query)
            }
            ("sortByLabel", [Shape::Text(name), Shape::Samples(query)]) => {
                self.named(Of::Query(*query), name);
                Shape::Samples(*query)
            }
            ("label", [Shape::Text(name), Shape::Sample(query)]) => {
                self.named(Of::Query(*query), name);
                Shape::Other
            }
            ("index", [Shape::Labels(of), Shape::Text(name)]) => {
                self.named(*of, name);
                Shape::Other
            }
            ("value", [Shape::Sample(query)]) => {
                let of = Of::Query(*query);
                self.read(What::Value { of, is_raw: false }, node.pos, function.name.len());
                Shape::Value(of)
            }
            ("args", _) => Shape::Args(shapes),
            ("printf", [Shape::Text(format), rest @ ..]) => Shape::Text(printf(format, rest)),
            ("print", parts) => Shape::Text(print(parts)),
            ("and" | "or", [first, rest @ ..]) if rest.iter().all(|other| other == first) => {
                first.clone()
            }
            _ => Shape::Other,
        }
    }

    /// A label whose name is given as a text.
    fn named(&mut self, of: Of, units: &[Unit]) {
        let name: Option<String> = units.iter().map(|unit| unit.c).collect();
        if let (Some(name), Some(span)) = (name, whole(units)) {
            self.add(What::Label { of, name }, span);
        }
    }
}

/// Where all of a text is written.
fn whole(units: &[Unit]) -> Option<Span> {
    let place = |unit: &Unit| Span { start: unit.at, end: unit.at + unit.width };
    units.iter().map(place).reduce(Span::to)
}

/// What `printf` makes of a format: verbs are filled in, with a text where it is known.
fn printf(format: &[Unit], args: &[Shape]) -> Vec<Unit> {
    let (mut out, mut args, mut i) = (Vec::new(), args.iter(), 0);
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
        match (verb, args.next()) {
            (Some('s' | 'v' | 'd'), Some(Shape::Text(text))) => out.extend(text),
            (verb, _) => {
                let piece = |c| Unit { c, at: unit.at, width: end - unit.at };
                let quote = (verb == Some('q')).then(|| piece(Some('"')));
                out.extend(quote.into_iter().chain([piece(None)]).chain(quote));
            }
        }
    }
    out
}

fn print(parts: &[Shape]) -> Vec<Unit> {
    let mut out: Vec<Unit> = Vec::new();
    for part in parts {
        if let Shape::Text(units) = part {
            out.extend(units);
        } else {
            let at = out.last().map_or(0, |unit| unit.at);
            out.push(Unit { c: None, at, width: 0 });
        }
    }
    out
}
