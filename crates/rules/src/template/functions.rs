//! The functions that a template may call: Prometheus's, in one table with Go's builtins.
//!
//! Each row names the parameters, because Go checks them before the call and its messages name
//! their types. The builtins themselves are in `builtins.rs`.

use std::{collections::BTreeMap, rc::Rc};

use model::{Regex, duration};

use super::{
    QueryFn, builtins,
    humanize::{self, to_float},
    text, time,
    value::{Sample, Value},
};

/// What functions may ask of the outside.
pub(super) struct Context<'c> {
    /// Evaluation time in milliseconds.
    pub(super) t: i64,
    pub(super) external_url: &'c str,
    pub(super) query: &'c QueryFn<'c>,
}

/// One function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    pub(super) variadic: Option<Param>,
    pub(super) is_builtin: bool,
    /// Called with as many values as there are parameters, each of its type.
    pub(super) call: fn(&Context<'_>, &[Value]) -> Result,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param {
    Str,
    /// Go's `interface{}`.
    Any,
    /// Go's `reflect.Value`: anything, nil included.
    Reflect,
    Sample,
    Samples,
    Int,
    Duration,
    Time,
}

type Result = std::result::Result<Value, String>;

impl Param {
    /// The Go type, as messages spell it.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Param::Str => "string",
            Param::Any => "interface {}",
            Param::Reflect => "reflect.Value",
            Param::Sample => "*template.sample",
            Param::Samples => "template.queryResult",
            Param::Int => "int",
            Param::Duration => "time.Duration",
            Param::Time => "time.Time",
        }
    }

    /// What an untyped nil becomes, where the type has one.
    pub(super) fn nil(self) -> Option<Value> {
        match self {
            Param::Any | Param::Reflect => Some(Value::Nil),
            Param::Sample => Some(Value::NilSample),
            Param::Samples => Some(Value::Samples(Rc::new([]))),
            Param::Str | Param::Int | Param::Duration | Param::Time => None,
        }
    }

    /// Whether a value of this type may be passed.
    pub(super) fn accepts(self, value: &Value) -> bool {
        match self {
            Param::Any | Param::Reflect => true,
            Param::Str => matches!(value, Value::Str(_)),
            Param::Sample => matches!(value, Value::Sample(_) | Value::NilSample),
            Param::Samples => matches!(value, Value::Samples(_)),
            Param::Int => matches!(value, Value::Int(_)),
            Param::Duration => matches!(value, Value::Duration { .. }),
            Param::Time => matches!(value, Value::Time { .. }),
        }
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

const fn own(
    name: &'static str,
    params: &'static [Param],
    call: fn(&Context<'_>, &[Value]) -> Result,
) -> Function {
    Function { name, params, variadic: None, is_builtin: false, call }
}

const fn builtin(
    name: &'static str,
    params: &'static [Param],
    variadic: Option<Param>,
    call: fn(&Context<'_>, &[Value]) -> Result,
) -> Function {
    Function { name, params, variadic, is_builtin: true, call }
}

use Param::{Any, Reflect, Samples, Str};

pub(super) static FUNCTIONS: &[Function] = &[
    builtin("and", &[Reflect], Some(Reflect), |_, _| Ok(Value::Nil)),
    Function {
        name: "args",
        params: &[],
        variadic: Some(Any),
        is_builtin: false,
        call: |_, values| {
            let name = |i| format!("arg{i}");
            let args = values.iter().enumerate().map(|(i, value)| (name(i), value.clone()));
            Ok(Value::Args(Rc::new(args.collect::<BTreeMap<_, _>>())))
        },
    },
    builtin("call", &[Reflect], Some(Reflect), |_, values| builtins::call(values)),
    builtin("eq", &[Reflect], Some(Reflect), |_, values| builtins::eq(values)),
    own("externalURL", &[], |context, _| Ok(Value::str(context.external_url))),
    own("first", &[Samples], |_, values| match &values[0] {
        Value::Samples(samples) if !samples.is_empty() => Ok(Value::Sample(samples[0].clone())),
        _ => Err("first() called on vector with no elements".to_owned()),
    }),
    builtin("ge", &[Reflect, Reflect], None, |_, values| builtins::ge(values)),
    own("graphLink", &[Str], |_, values| {
        let query = text::query_escape(str_of(&values[0]));
        Ok(Value::str(format!("/graph?g0.expr={query}&g0.tab=0")))
    }),
    builtin("gt", &[Reflect, Reflect], None, |_, values| builtins::gt(values)),
    builtin("html", &[], Some(Any), |_, values| {
        Ok(Value::str(text::html_escape(&builtins::joined(values))))
    }),
    own("humanize", &[Any], |_, values| Ok(Value::str(humanize::humanize(to_float(&values[0])?)))),
    own("humanize1024", &[Any], |_, values| {
        Ok(Value::str(humanize::humanize1024(to_float(&values[0])?)))
    }),
    own("humanizeDuration", &[Any], |_, values| {
        Ok(Value::str(humanize::duration(to_float(&values[0])?)))
    }),
    own("humanizePercentage", &[Any], |_, values| {
        Ok(Value::str(humanize::percentage(to_float(&values[0])?)))
    }),
    own("humanizeTimestamp", &[Any], |_, values| {
        Ok(Value::str(humanize::timestamp(to_float(&values[0])?)?))
    }),
    builtin("index", &[Reflect], Some(Reflect), |_, values| builtins::index(values)),
    builtin("js", &[], Some(Any), |_, values| {
        Ok(Value::str(text::js_escape(&builtins::joined(values))))
    }),
    own("label", &[Str, Param::Sample], |_, values| {
        Ok(Value::str(sample_of(&values[1])?.labels.value(str_of(&values[0]))))
    }),
    builtin("le", &[Reflect, Reflect], None, |_, values| builtins::le(values)),
    builtin("len", &[Reflect], None, |_, values| builtins::len(&values[0])),
    builtin("lt", &[Reflect, Reflect], None, |_, values| builtins::lt(values)),
    own("match", &[Str, Str], |_, values| {
        let regex = Regex::unanchored(str_of(&values[0])).map_err(|e| e.to_string())?;
        Ok(regex.is_match(str_of(&values[1])).into())
    }),
    builtin("ne", &[Reflect, Reflect], None, |_, values| builtins::ne(values)),
    builtin("not", &[Reflect], None, |_, values| Ok((!values[0].is_true()).into())),
    own("now", &[], |context, _| Ok(Value::Float(context.t as f64 / 1000.0))),
    builtin("or", &[Reflect], Some(Reflect), |_, _| Ok(Value::Nil)),
    own("parseDuration", &[Str], |_, values| parse_duration(str_of(&values[0]))),
    own("pathPrefix", &[], |context, _| Ok(Value::str(text::url_path(context.external_url)))),
    builtin("print", &[], Some(Any), |_, values| Ok(Value::str(super::print::sprint(values)))),
    builtin("printf", &[Str], Some(Any), |_, values| {
        Ok(Value::str(super::printf::sprintf(str_of(&values[0]), &values[1..])))
    }),
    builtin("println", &[], Some(Any), |_, values| Ok(Value::str(super::print::sprintln(values)))),
    own("query", &[Str], |context, values| {
        let rows = (context.query)(str_of(&values[0]))?;
        let samples = rows.into_iter().map(|(labels, value)| Rc::new(Sample { labels, value }));
        Ok(Value::Samples(samples.collect()))
    }),
    own("reReplaceAll", &[Str, Str, Str], |_, values| {
        let [pattern, replacement, text] = [0, 1, 2].map(|i| str_of(&values[i]));
        let regex = Regex::unanchored(pattern)
            .map_err(|e| format!("regexp: Compile({}): {e}", text::regexp_quote(pattern)))?;
        Ok(Value::str(regex.replace_all(text, replacement)))
    }),
    own("safeHtml", &[Str], |_, values| Ok(Value::Html(str_of(&values[0]).into()))),
    builtin("slice", &[Reflect], Some(Reflect), |_, values| builtins::slice(values)),
    own("sortByLabel", &[Str, Samples], |_, values| {
        let Value::Samples(samples) = &values[1] else { return Ok(values[1].clone()) };
        let (label, mut sorted) = (str_of(&values[0]), samples.to_vec());
        sorted.sort_by(|a, b| a.labels.value(label).cmp(b.labels.value(label)));
        Ok(Value::Samples(sorted.into()))
    }),
    own("stripDomain", &[Str], |_, values| Ok(Value::str(text::strip_domain(str_of(&values[0]))))),
    own("stripPort", &[Str], |_, values| Ok(Value::str(text::strip_port(str_of(&values[0]))))),
    own("strvalue", &[Param::Sample], |_, values| {
        Ok(Value::str(sample_of(&values[0])?.labels.value("__value__")))
    }),
    own("tableLink", &[Str], |_, values| {
        let query = text::query_escape(str_of(&values[0]));
        Ok(Value::str(format!("/graph?g0.expr={query}&g0.tab=1")))
    }),
    own("title", &[Str], |_, values| Ok(Value::str(text::title(str_of(&values[0]))))),
    own("toDuration", &[Any], |_, values| Ok(to_duration(to_float(&values[0])?))),
    own("toLower", &[Str], |_, values| Ok(Value::str(str_of(&values[0]).to_lowercase()))),
    own("toTime", &[Any], |_, values| {
        let nanos = time::from_seconds(to_float(&values[0])?)?;
        Ok(Value::Time { nanos, pointer: true })
    }),
    own("toUpper", &[Str], |_, values| Ok(Value::str(text::upper(str_of(&values[0]))))),
    own("urlQueryEscape", &[Str], |_, values| {
        Ok(Value::str(text::query_escape(str_of(&values[0]))))
    }),
    builtin("urlquery", &[], Some(Any), |_, values| {
        Ok(Value::str(text::query_escape(&builtins::joined(values))))
    }),
    own("value", &[Param::Sample], |_, values| Ok(Value::from(&sample_of(&values[0])?.value))),
];

fn str_of(value: &Value) -> &str {
    value.as_str().expect("the argument was checked to be a string")
}

fn sample_of(value: &Value) -> std::result::Result<&Sample, String> {
    match value {
        Value::Sample(sample) => Ok(sample),
        _ => Err("runtime error: invalid memory address or nil pointer dereference".to_owned()),
    }
}

fn parse_duration(text: &str) -> Result {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    Ok(Value::Float(sign * duration::parse(unsigned)? as f64 / 1000.0))
}

#[expect(clippy::cast_possible_truncation, reason = "durations beyond i64 saturate")]
fn to_duration(seconds: f64) -> Value {
    Value::Duration { nanos: (seconds * 1e9) as i64, pointer: true }
}

#[cfg(test)]
mod tests {
    #[test]
    fn table_is_sorted_and_unique() {
        let names: Vec<_> = super::FUNCTIONS.iter().map(|f| f.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
