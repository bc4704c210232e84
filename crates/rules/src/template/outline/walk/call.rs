//! Calls: what functions read and make.

use diagnostics::Span;

use super::{
    Of, Query, Shape, TESTS, Walker, What,
    shape::{print, printf, total, whole},
};
use crate::template::{functions::Function, node::Node};

/// So many characters and values are handed to functions; what a template makes of more is not
/// known: a variable that is printed twice into itself, again and again, would fill the memory.
const MAX_SIZE: usize = 1 << 20;

impl<'t> Walker<'t> {
    /// A call of the function that is written at `pos`.
    pub(super) fn call(
        &mut self,
        dot: &Shape,
        function: &Function,
        pos: usize,
        args: &'t [Node],
        last: Option<Shape>,
    ) -> Shape {
        let outer = self.is_test;
        let (n, mark) = (args.len(), self.args.len());
        let is_test = TESTS.contains(&function.name);
        for (i, arg) in args.iter().enumerate() {
            let decides = function.name == "or" && i + 1 == n && last.is_none();
            self.is_test = if decides { outer } else { is_test };
            let shape = self.operand(dot, arg);
            self.args.push(shape);
        }
        self.is_test = outer;
        self.args.extend(last);
        let mut args = std::mem::take(&mut self.args);
        let name = Span::new(pos, pos + function.name.len());
        let shape = self.result(function, name, &args[mark..]);
        args.truncate(mark);
        self.args = args;
        shape
    }

    /// What a function makes of its arguments; `name` is where it is called.
    fn result(&mut self, function: &Function, name: Span, args: &[Shape]) -> Shape {
        self.size = self.size.saturating_add(total(args));
        if self.size > MAX_SIZE {
            return Shape::Other;
        }
        let text = self.text;
        match (function.name, args) {
            ("query", [query]) => {
                let units = query.units(text);
                let written = units.as_ref().and_then(|units| whole(units));
                let units = units.map(Into::into);
                self.out.queries.push(Query { span: written.unwrap_or(name), units });
                Shape::Samples(self.out.queries.len() - 1)
            }
            ("first", [Shape::Samples(query)]) | ("index", [Shape::Samples(query), _]) => {
                Shape::Sample(*query)
            }
            ("sortByLabel", [label, Shape::Samples(query)]) if label.is_text() => {
                self.named(Of::Query(*query), label);
                Shape::Samples(*query)
            }
            ("label", [label, Shape::Sample(query)]) => {
                self.named(Of::Query(*query), label);
                Shape::Other
            }
            ("index", [Shape::Labels(of), label]) => {
                self.named(*of, label);
                Shape::Other
            }
            ("value", [Shape::Sample(query)]) => {
                let of = Of::Query(*query);
                self.read(What::Value { of, is_raw: false }, name);
                Shape::Value(of)
            }
            ("args", _) => Shape::args(args),
            ("printf", [format, rest @ ..]) => match format.units(text) {
                Some(format) => Shape::Text(printf(&format, rest, text)),
                None => Shape::Other,
            },
            ("print", parts) => Shape::Text(print(parts, text)),
            ("and" | "or", [first, rest @ ..])
                if rest.iter().all(|other| other.is_same(first, text)) =>
            {
                first.clone()
            }
            _ => Shape::Other,
        }
    }

    /// A label whose name is given as a text.
    fn named(&mut self, of: Of, name: &Shape) {
        if let Some((name, span)) = name.name(self.text) {
            self.read(What::Label { of, name }, span);
        }
    }
}
