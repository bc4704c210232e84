//! Values as Go's package `fmt` prints them.
//!
//! `%v` and the other verbs for one value; `printf.rs` reads formats.

use std::fmt::Write;

use model::{number, quote::quote};

use super::{
    time,
    value::{Data, Sample, Value},
};

/// Flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of a format")]
pub(super) struct Spec {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    /// `%#v`: strings in quotes.
    pub(super) go_syntax: bool,
    /// `%+v`: the names of fields.
    pub(super) names: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
}

/// What an action writes: pointers are followed, and nothing is `<no value>`.
pub(super) fn action(value: &Value) -> String {
    match value {
        Value::Nil => "<no value>".to_owned(),
        Value::Str(text) => text.to_string(),
        Value::Sample(sample) => {
            let mut out = String::new();
            write_sample(&mut out, sample, 'v', Spec::default());
            out
        }
        _ => plain(value),
    }
}

/// `%v`.
pub(super) fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 'v', Spec::default());
    out
}

/// `fmt.Sprint`: a space between two operands of which neither is a string.
pub(super) fn sprint(values: &[Value]) -> String {
    let mut out = String::new();
    let mut after_string = true;
    for value in values {
        let is_string = value.as_str().is_some();
        if !is_string && !after_string {
            out.push(' ');
        }
        out.push_str(&plain(value));
        after_string = is_string;
    }
    out
}

/// `fmt.Sprintln`.
pub(super) fn sprintln(values: &[Value]) -> String {
    let mut out = values.iter().map(plain).collect::<Vec<_>>().join(" ");
    out.push('\n');
    out
}

/// One value under one verb.
pub(super) fn write_value(out: &mut String, value: &Value, verb: char, spec: Spec) {
    match value {
        _ if verb == 'T' => pad(out, value.type_name(), spec),
        Value::Nil | Value::NilSample if verb == 'v' => pad(out, "<nil>", spec),
        Value::Nil => drop(write!(out, "%!{verb}(<nil>)")),
        Value::Bool(value) if matches!(verb, 'v' | 't') => {
            pad(out, if *value { "true" } else { "false" }, spec);
        }
        Value::Int(n) if is_integer_verb(verb) => write_integer(out, *n, verb, spec),
        Value::Byte(n) if is_integer_verb(verb) => write_integer(out, (*n).into(), verb, spec),
        Value::Float(v) if matches!(verb, 'v' | 'g' | 'G' | 'f' | 'F' | 'e' | 'E') => {
            write_float(out, *v, verb, spec);
        }
        Value::Histogram(histogram) if matches!(verb, 'v' | 's') => {
            pad(out, &histogram.to_string(), spec);
        }
        Value::Str(text) | Value::Html(text) if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') => {
            write_string(out, text, verb, spec);
        }
        Value::Labels(labels) => {
            let pairs = labels.iter().map(|(name, value)| (name, Value::str(value)));
            write_map(out, pairs, verb, spec);
        }
        Value::Args(args) => {
            write_map(out, args.iter().map(|(name, v)| (name.as_str(), v.clone())), verb, spec);
        }
        Value::Samples(samples) => {
            let pointers = vec![POINTER; samples.len()];
            let _ = write!(out, "[{}]", pointers.join(" "));
        }
        Value::Sample(sample) => {
            out.push('&');
            write_sample(out, sample, verb, spec);
        }
        Value::Data(data) => write_data(out, data, verb, spec),
        Value::Time { .. } | Value::Duration { .. } | Value::Month(_) | Value::Weekday(_) => {
            write_time(out, value, verb, spec);
        }
        Value::Bool(_)
        | Value::Int(_)
        | Value::Byte(_)
        | Value::Float(_)
        | Value::Histogram(_)
        | Value::Str(_)
        | Value::Html(_)
        | Value::NilSample => bad_verb(out, value, verb, spec),
    }
}

/// Where Go would print an address. Ours is always the same, as output must be.
const POINTER: &str = "0xc000000000";

/// A verb that the type does not know. Flags, width and precision still count.
fn bad_verb(out: &mut String, value: &Value, verb: char, spec: Spec) {
    let _ = write!(out, "%!{verb}({}=", value.type_name());
    write_value(out, value, 'v', spec);
    out.push(')');
}

fn is_integer_verb(verb: char) -> bool {
    matches!(verb, 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U')
}

fn write_time(out: &mut String, value: &Value, verb: char, spec: Spec) {
    let text = time::to_string(value);
    match (verb, value.as_int()) {
        ('v' | 's' | 'q' | 'x' | 'X', _) => {
            write_string(out, &text, if verb == 'v' { 's' } else { verb }, spec);
        }
        (_, Some(n)) if is_integer_verb(verb) => write_integer(out, n, verb, spec),
        _ => bad_verb(out, value, verb, spec),
    }
}

fn write_map<'v>(
    out: &mut String,
    pairs: impl Iterator<Item = (&'v str, Value)>,
    verb: char,
    spec: Spec,
) {
    out.push_str("map[");
    for (i, (key, value)) in pairs.enumerate() {
        if i > 0 {
            out.push(' ');
        }
        write_value(out, &Value::str(key), verb, spec);
        out.push(':');
        write_value(out, &value, verb, spec);
    }
    out.push(']');
}

fn write_fields(out: &mut String, fields: &[(&str, Value)], verb: char, spec: Spec) {
    out.push('{');
    for (i, (name, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        if spec.names {
            let _ = write!(out, "{name}:");
        }
        write_value(out, value, verb, spec);
    }
    out.push('}');
}

fn write_sample(out: &mut String, sample: &Sample, verb: char, spec: Spec) {
    let labels = Value::Labels(sample.labels.clone());
    write_fields(out, &[("Labels", labels), ("Value", Value::from(&sample.value))], verb, spec);
}

fn write_data(out: &mut String, data: &Data, verb: char, spec: Spec) {
    let fields = [
        ("Labels", Value::Labels(data.labels.clone())),
        ("ExternalLabels", Value::Labels(data.external_labels.clone())),
        ("ExternalURL", Value::Str(data.external_url.clone())),
        ("Value", Value::from(&data.value)),
    ];
    write_fields(out, &fields, verb, spec);
}

/// Fills up to the width, counted in characters.
pub(super) fn pad(out: &mut String, text: &str, spec: Spec) {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    let filler = if spec.zero && !spec.minus { "0" } else { " " };
    if spec.minus {
        out.push_str(text);
    }
    out.push_str(&filler.repeat(missing));
    if !spec.minus {
        out.push_str(text);
    }
}

fn write_string(out: &mut String, text: &str, verb: char, spec: Spec) {
    let kept: String = match spec.precision {
        Some(limit) => text.chars().take(limit).collect(),
        None => text.to_owned(),
    };
    match verb {
        'q' if spec.sharp && !kept.contains(['`', '\n', '\r']) => {
            pad(out, &format!("`{kept}`"), spec);
        }
        'v' if spec.go_syntax => pad(out, &quote(&kept), spec),
        'q' if spec.plus => pad(out, &ascii(&quote(&kept)), spec),
        'q' => pad(out, &quote(&kept), spec),
        'x' => pad(out, &hex(&kept, |b| format!("{b:02x}")), spec),
        'X' => pad(out, &hex(&kept, |b| format!("{b:02X}")), spec),
        _ => pad(out, &kept, spec),
    }
}

/// A quoted text with everything but ASCII escaped.
fn ascii(quoted: &str) -> String {
    let mut out = String::new();
    for c in quoted.chars() {
        match c as u32 {
            0..0x80 => out.push(c),
            0x80..0x1_0000 => drop(write!(out, "\\u{:04x}", c as u32)),
            _ => drop(write!(out, "\\U{:08x}", c as u32)),
        }
    }
    out
}

fn hex(text: &str, digits: impl Fn(u8) -> String) -> String {
    text.bytes().map(digits).collect()
}

fn write_integer(out: &mut String, n: i64, verb: char, spec: Spec) {
    let code = u32::try_from(n).ok().and_then(char::from_u32);
    let digits = match verb {
        'c' => return pad(out, &code.unwrap_or('\u{fffd}').to_string(), spec),
        'q' => return pad(out, &quote_char(code.unwrap_or('\u{fffd}')), spec),
        'U' => return pad(out, &format!("U+{n:04X}"), spec),
        'b' => format!("{:b}", n.unsigned_abs()),
        'o' | 'O' => format!("{:o}", n.unsigned_abs()),
        'x' => format!("{:x}", n.unsigned_abs()),
        'X' => format!("{:X}", n.unsigned_abs()),
        _ => n.unsigned_abs().to_string(),
    };
    let prefix = match verb {
        'O' => "0o",
        'b' if spec.sharp => "0b",
        'o' if spec.sharp => "0",
        'x' if spec.sharp => "0x",
        'X' if spec.sharp => "0X",
        _ => "",
    };
    let sign = sign(n < 0, spec);
    let wanted = match (spec.precision, spec.width) {
        (Some(0), _) if n == 0 => return pad(out, "", Spec { zero: false, ..spec }),
        (Some(precision), _) => precision,
        (None, Some(width)) if spec.zero && !spec.minus => width.saturating_sub(sign.len()),
        _ => 0,
    };
    let zeros = "0".repeat(wanted.saturating_sub(digits.len()));
    pad(out, &format!("{sign}{prefix}{zeros}{digits}"), Spec { zero: false, ..spec });
}

fn quote_char(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let quoted = quote(&c.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

fn sign(negative: bool, spec: Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn write_float(out: &mut String, v: f64, verb: char, spec: Spec) {
    if !v.is_finite() {
        let text = match (v.is_nan(), spec.plus, spec.space) {
            (true, true, _) => "+NaN",
            (true, false, true) => " NaN",
            (true, false, false) => "NaN",
            (false, false, true) if v > 0.0 => " Inf",
            (false, ..) if v > 0.0 => "+Inf",
            _ => "-Inf",
        };
        return pad(out, text, Spec { zero: false, ..spec });
    }
    let magnitude = v.abs();
    let digits = match (verb, spec.precision) {
        ('v' | 'g' | 'G', None) => number::format_g(magnitude),
        ('v' | 'g' | 'G', Some(precision)) => number::format_g_precision(magnitude, precision),
        ('e' | 'E', precision) => format_e(magnitude, precision.unwrap_or(6)),
        (_, precision) => format!("{magnitude:.*}", precision.unwrap_or(6)),
    };
    let digits = if matches!(verb, 'E' | 'G') { digits.to_uppercase() } else { digits };
    let sign = sign(v.is_sign_negative(), spec);
    let zeros = match spec.width {
        Some(width) if spec.zero && !spec.minus => width.saturating_sub(sign.len() + digits.len()),
        _ => 0,
    };
    let zeros = "0".repeat(zeros);
    pad(out, &format!("{sign}{zeros}{digits}"), Spec { zero: false, ..spec });
}

fn format_e(magnitude: f64, precision: usize) -> String {
    let text = format!("{magnitude:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').expect("{:e} prints an exponent");
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |d| ('-', d));
    format!("{mantissa}e{sign}{digits:0>2}")
}
