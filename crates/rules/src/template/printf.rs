//! `fmt.Sprintf`: formats with verbs, flags, widths, precisions and argument indexes.
//!
//! Mistakes are not errors in Go; they are written into the output: `%!d(string=hi)`.

use std::fmt::Write;

use super::{
    print::{Spec, pad, plain, write_value},
    value::Value,
};

/// Widths and precisions beyond this are mistakes, as in Go.
const MAX_NUMBER: usize = 1_000_000;

/// Expands a format.
pub(super) fn sprintf(format: &str, values: &[Value]) -> String {
    let mut state = Printf { rest: format, values, next: 0, reordered: false, good: true };
    let mut out = String::with_capacity(format.len());
    while let Some(at) = state.rest.find('%') {
        out.push_str(&state.rest[..at]);
        state.rest = &state.rest[at + 1..];
        state.verb(&mut out);
    }
    out.push_str(state.rest);
    if !state.reordered && state.next < values.len() {
        let extra = values[state.next..].iter().map(|value| match value {
            Value::Nil => "<nil>".to_owned(),
            _ => format!("{}={}", value.type_name(), plain(value)),
        });
        let _ = write!(out, "%!(EXTRA {})", extra.collect::<Vec<_>>().join(", "));
    }
    out
}

struct Printf<'f> {
    rest: &'f str,
    values: &'f [Value],
    next: usize,
    /// An argument index was used anywhere.
    reordered: bool,
    /// The last argument index was a good one.
    good: bool,
}

impl Printf<'_> {
    /// What follows a `%`.
    fn verb(&mut self, out: &mut String) {
        let mut spec = self.flags();
        self.good = true;
        let mut indexed = self.index();
        self.width(&mut spec, &mut indexed, out);
        self.precision(&mut spec, &mut indexed, out);
        if !indexed {
            self.index();
        }
        let Some(verb) = self.rest.chars().next() else {
            out.push_str("%!(NOVERB)");
            return;
        };
        self.rest = &self.rest[verb.len_utf8()..];
        if verb == 'v' {
            spec.names = std::mem::take(&mut spec.plus);
            spec.go_syntax = std::mem::take(&mut spec.sharp);
        }
        match self.values.get(self.next) {
            _ if verb == '%' => out.push('%'),
            _ if !self.good => drop(write!(out, "%!{verb}(BADINDEX)")),
            None => drop(write!(out, "%!{verb}(MISSING)")),
            Some(value) => {
                self.next += 1;
                write_verb(out, value, verb, spec);
            }
        }
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        loop {
            match self.rest.as_bytes().first() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = true,
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b' ') => spec.space = true,
                _ => return spec,
            }
            self.rest = &self.rest[1..];
        }
    }

    fn width(&mut self, spec: &mut Spec, indexed: &mut bool, out: &mut String) {
        if self.eat('*') {
            match self.star() {
                Some(width) => {
                    spec.width = Some(width.unsigned_abs());
                    spec.minus |= width < 0;
                }
                None => out.push_str("%!(BADWIDTH)"),
            }
            *indexed = false;
            return;
        }
        spec.width = self.number();
        if *indexed && spec.width.is_some() {
            self.good = false;
        }
    }

    fn precision(&mut self, spec: &mut Spec, indexed: &mut bool, out: &mut String) {
        if !self.eat('.') {
            return;
        }
        if *indexed {
            self.good = false;
        }
        *indexed = self.index();
        if self.eat('*') {
            match self.star() {
                Some(precision) => spec.precision = usize::try_from(precision).ok(),
                None => out.push_str("%!(BADPREC)"),
            }
            *indexed = false;
            return;
        }
        spec.precision = Some(self.number().unwrap_or(0));
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest[..digits].parse().ok().filter(|n| *n <= MAX_NUMBER);
        self.rest = &self.rest[digits..];
        number
    }

    /// The argument that a `*` takes.
    fn star(&mut self) -> Option<isize> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = isize::try_from(value.as_int()?).ok()?;
        (number.unsigned_abs() <= MAX_NUMBER).then_some(number)
    }

    /// `[n]`: the next argument is the n-th, from 1.
    fn index(&mut self) -> bool {
        let Some(body) = self.rest.strip_prefix('[') else { return false };
        self.reordered = true;
        let Some((digits, rest)) = body.split_once(']') else {
            self.good = false;
            self.rest = body;
            return false;
        };
        self.rest = rest;
        match digits.parse::<usize>() {
            Ok(n) if (1..=self.values.len()).contains(&n) => self.next = n - 1,
            _ => self.good = false,
        }
        true
    }
}

fn write_verb(out: &mut String, value: &Value, verb: char, spec: Spec) {
    match (value, verb) {
        (Value::Sample(_) | Value::Samples(_) | Value::Labels(_), 'p') => {
            pad(out, "0xc000000000", spec);
        }
        _ => write_value(out, value, verb, spec),
    }
}
