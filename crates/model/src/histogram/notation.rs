//! Histograms in test files: `{{schema:1 count:3 sum:4 buckets:[1 2] offset:-1}}`.
//!
//! Both test languages (scripts and rule unit tests) use it, with Prometheus's messages. What
//! follows the closing braces (`x10`, `+{{…}}x5`) is the caller's; [`steps`] computes it. The
//! other way is [`FloatHistogram::test_text`].

use std::{
    error, fmt,
    num::{IntErrorKind, ParseIntError},
};

use super::{
    FloatHistogram, MixedSchemas, Parts,
    lexer::{Bad, Key, Kind, Lexer, Token},
};
use crate::{number::parse_float, quote::quote};

/// A histogram as written.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// The histogram.
    pub histogram: FloatHistogram,
    /// Whether it tells a counter reset hint; expectations that do not, do not compare it.
    pub has_hint: bool,
    /// What follows.
    pub rest: &'a str,
}

/// A mistake in a histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotationError {
    /// Where it is, in bytes; `None` for mistakes of the whole.
    pub at: Option<usize>,
    /// Prometheus's words.
    pub message: String,
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for NotationError {}

impl From<Bad> for NotationError {
    fn from(bad: Bad) -> Self {
        Self { at: Some(bad.at), message: bad.message }
    }
}

/// Reads the histogram that the text begins with.
pub fn parse(text: &str) -> Result<Written<'_>, NotationError> {
    if !text.starts_with("{{") {
        let message = "a histogram begins with {{".to_owned();
        return Err(NotationError { at: Some(0), message });
    }
    let mut parser = Parser { lexer: Lexer::new(text, 2), fields: Fields::default() };
    parser.fields()?;
    let rest = parser.lexer.rest();
    let has_hint = parser.fields.seen.contains(&Key::CounterResetHint);
    Ok(Written { histogram: parser.fields.build(), has_hint, rest })
}

/// The histogram itself and `times` more, each of them the one before plus (minus) `step`.
pub fn steps(
    base: &FloatHistogram,
    step: &FloatHistogram,
    subtract: bool,
    times: usize,
) -> Result<Vec<FloatHistogram>, NotationError> {
    let whole = |message| NotationError { at: None, message };
    let mut all = vec![base.clone()];
    for i in 0..times {
        let mut next = all[i].clone();
        if next.schema() > step.schema() {
            let (from, to) = (step.schema(), next.schema());
            return Err(whole(format!(
                "error combining histograms: cannot merge from schema {from} to {to}"
            )));
        }
        let result = if subtract { next.subtract(step) } else { next.add(step) };
        result.map_err(|error: MixedSchemas| whole(error.to_string()))?;
        all.push(next);
    }
    Ok(all)
}

/// Reads the unsigned number at a byte of a sequence of samples, and tells where it ends.
pub fn number_at(text: &str, at: usize) -> Result<(f64, usize), NotationError> {
    let token = Lexer::new(text, at).number()?;
    Ok((number(&token)?, at + token.text.len()))
}

/// Reads how often a sample is repeated, and tells where that ends.
pub fn times_at(text: &str, at: usize) -> Result<(u64, usize), NotationError> {
    let token = Lexer::new(text, at).number()?;
    Ok((unsigned(&token)?, at + token.text.len()))
}

#[derive(Default)]
struct Fields {
    seen: Vec<Key>,
    parts: Parts,
    offsets: [i32; 2],
    buckets: [Vec<f64>; 2],
}

impl Fields {
    fn build(self) -> FloatHistogram {
        let [positive, negative] = self.buckets;
        Parts {
            positive: indexed(self.offsets[0], positive),
            negative: indexed(self.offsets[1], negative),
            ..self.parts
        }
        .into()
    }
}

fn indexed(offset: i32, buckets: Vec<f64>) -> Vec<(i32, f64)> {
    let most = i32::try_from(buckets.len()).map_or(i32::MIN, |n| i32::MAX - n);
    (offset.min(most)..).zip(buckets).collect()
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    fields: Fields,
}

type Parsed<T> = Result<T, NotationError>;

impl<'a> Parser<'a> {
    fn fields(&mut self) -> Parsed<()> {
        let mut token = self.lexer.next()?;
        if token.kind == Kind::Space {
            let next = self.lexer.next()?;
            return if next.kind == Kind::Close { Ok(()) } else { Err(self.unexpected(&next)) };
        }
        while token.kind != Kind::Close {
            let Kind::Key(key) = token.kind else { return Err(self.unexpected(&token)) };
            self.field(key)?;
            token = self.lexer.next()?;
            match token.kind {
                Kind::Close => {}
                Kind::Space => token = self.lexer.next()?,
                _ => return Err(self.unexpected(&token)),
            }
        }
        Ok(())
    }

    fn field(&mut self, key: Key) -> Parsed<()> {
        self.expect(Kind::Colon)?;
        self.value(key)?;
        if self.fields.seen.contains(&key) {
            let message = format!("duplicate key \"{}\" in histogram", key.name());
            return Err(NotationError { at: None, message });
        }
        self.fields.seen.push(key);
        Ok(())
    }

    fn value(&mut self, key: Key) -> Parsed<()> {
        match key {
            Key::Schema => self.fields.parts.schema = self.integer()?,
            Key::Offset => self.fields.offsets[0] = self.integer()?,
            Key::NegativeOffset => self.fields.offsets[1] = self.integer()?,
            Key::Sum => self.fields.parts.sum = self.signed()?,
            Key::Count => self.fields.parts.count = self.signed()?,
            Key::ZeroBucket => self.fields.parts.zero_count = self.signed()?,
            Key::ZeroBucketWidth => {
                self.fields.parts.zero_threshold = number(&self.expect(Kind::Number)?)?;
            }
            Key::Buckets => self.fields.buckets[0] = self.list()?,
            Key::NegativeBuckets => self.fields.buckets[1] = self.list()?,
            Key::CustomValues => self.fields.parts.bounds = self.list()?.into(),
            Key::CounterResetHint => {
                let token = self.lexer.next()?;
                let Kind::Hint(hint) = token.kind else { return Err(self.unexpected(&token)) };
                self.fields.parts.hint = hint;
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<Vec<f64>> {
        self.expect(Kind::OpenBracket)?;
        let mut all = vec![self.signed()?];
        let mut token = self.lexer.next()?;
        // Behind the first number Prometheus's grammar forgives and skips what is no list.
        while token.kind != Kind::CloseBracket {
            let separated = token.kind == Kind::Space;
            token = self.lexer.next()?;
            if separated && matches!(token.kind, Kind::Minus | Kind::Number) {
                all.push(self.signed_from(&token)?);
                token = self.lexer.next()?;
            }
        }
        Ok(all)
    }

    fn signed(&mut self) -> Parsed<f64> {
        let token = self.lexer.next()?;
        self.signed_from(&token)
    }

    fn signed_from(&mut self, token: &Token<'a>) -> Parsed<f64> {
        match token.kind {
            Kind::Number => number(token),
            Kind::Minus => Ok(-number(&self.expect(Kind::Number)?)?),
            _ => Err(self.unexpected(token)),
        }
    }

    /// A whole number, cut to 32 bits.
    fn integer(&mut self) -> Parsed<i32> {
        let token = self.lexer.next()?;
        match token.kind {
            Kind::Number => whole(&token),
            Kind::Minus => Ok(whole(&self.expect(Kind::Number)?)?.wrapping_neg()),
            _ => Err(self.unexpected(&token)),
        }
    }

    fn expect(&mut self, kind: Kind) -> Parsed<Token<'a>> {
        let token = self.lexer.next()?;
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token)) }
    }

    /// Before the first field is complete, Prometheus gives up the whole series.
    fn unexpected(&self, token: &Token<'a>) -> NotationError {
        let place = if self.fields.seen.is_empty() {
            "series values"
        } else {
            "histogram description, expected histogram description key, e.g. buckets:[5 10 7]"
        };
        let message = format!("unexpected {} in {place}", token.describe());
        NotationError { at: Some(token.at), message }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "as Prometheus cuts it")]
fn whole(token: &Token<'_>) -> Parsed<i32> {
    unsigned(token).map(|v| v as i32)
}

fn unsigned(token: &Token<'_>) -> Parsed<u64> {
    token.text.parse().map_err(|error: ParseIntError| {
        let what = match error.kind() {
            IntErrorKind::PosOverflow => "value out of range",
            _ => "invalid syntax",
        };
        let text = quote(token.text);
        let message = format!(
            "invalid repetition in series values: strconv.ParseUint: parsing {text}: {what}"
        );
        NotationError { at: Some(token.at), message }
    })
}

/// A number as Go reads it: a leading 0 makes whole numbers octal where their digits are.
fn number(token: &Token<'_>) -> Parsed<f64> {
    let digits = token.text.replace('_', "");
    let is_digit = |part: Option<char>| part.is_some_and(|c| c.is_ascii_digit());
    let parts: Vec<_> = token.text.split('_').collect();
    let separated = parts
        .windows(2)
        .all(|pair| is_digit(pair[0].chars().next_back()) && is_digit(pair[1].chars().next()));
    let octal = digits.len() > 1 && digits.starts_with('0');
    if let Some(v) = (octal && separated).then(|| i64::from_str_radix(&digits, 8).ok()).flatten() {
        return Ok(v as f64);
    }
    parse_float(&digits).filter(|_| separated).ok_or_else(|| {
        let overflow = separated && digits.parse::<f64>().is_ok_and(f64::is_infinite);
        let what = if overflow { "value out of range" } else { "invalid syntax" };
        let text = quote(token.text);
        let message = format!("error parsing number: strconv.ParseFloat: parsing {text}: {what}");
        NotationError { at: Some(token.at), message }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a text says, for tests of this crate.
    #[track_caller]
    pub(in crate::histogram) fn histogram(text: &str) -> FloatHistogram {
        let written = parse(text).unwrap();
        assert_eq!(written.rest, "");
        written.histogram
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = match parse(text) {
            Ok(written) => written.histogram.test_text() + written.rest,
            Err(NotationError { at: None, message }) => message,
            Err(NotationError { at: Some(at), message }) => format!("{at}: {message}"),
        };
        assert_eq!(got, expect);
    }

    #[test]
    fn all_fields_in_any_order() {
        check("{{sum:.5}}", "6: histogram description incomplete unexpected: '.'");
        check(
            "{{n_offset:-2 n_buckets:[1 -2] offset:3 buckets:[1_000 010 1e3 Inf] z_bucket_w:0.5 sum:-Inf \
             z_bucket:3 COUNT:nan schema:-4 counter_reset_hint:not_reset}}x10 5",
            "{{schema:-4 count:NaN sum:-Inf z_bucket:3 z_bucket_w:0.5 counter_reset_hint:not_reset offset:3 \
             buckets:[1000 8 1000 +Inf] n_offset:-2 n_buckets:[1 -2]}}x10 5",
        );
        check("{{ }}", "{{}}");
        check(
            "{{custom_values:[5   10 ] schema:-53 }}+{{}}x3",
            "{{schema:-53 custom_values:[5 10]}}+{{}}x3",
        );
        assert!(parse("{{counter_reset_hint:unknown}}").unwrap().has_hint);
        assert!(!parse("{{sum:1}}").unwrap().has_hint);
    }

    #[test]
    fn mistakes_of_words() {
        check("{{sum 1}}", "2: missing `:` for histogram descriptor");
        check("{{total:1}}", "2: bad histogram descriptor found: \"total\"");
        check("{{sum:1,}}", "7: histogram description incomplete unexpected: ','");
        check("{{sum:1", "7: histogram description incomplete unexpected: '\u{fffd}'");
        check("{{sum:1}", "7: histogram description incomplete unexpected: '}'");
        check("{{buckets:[1,2]}}", "12: invalid character in buckets description: ','");
        check("{{sum:5s}}", "6: bad number syntax: \"5\"");
        check("{{sum:1..2}}", "6: bad number syntax: \"1..\"");
        check("{{buckets:[-Inf]}}", "12: bad number syntax: \"\"");
    }

    #[test]
    fn mistakes_of_grammar() {
        check("{{ sum:1}}", "3: unexpected \"<Item 57370>\" \"sum\" in series values");
        check("{{5}}", "2: unexpected number \"5\" in series values");
        check("{{buckets:[ 1]}}", "11: unexpected \" \" in series values");
        let tail = "in histogram description, expected histogram description key, e.g. \
                    buckets:[5 10 7]";
        check("{{sum:1 count:--1}}", &format!("15: unexpected <op:-> {tail}"));
        check(
            "{{sum:1 count:reset}}",
            &format!("14: unexpected \"<Item 57446>\" \"reset\" {tail}"),
        );
        check("{{sum:1:2}}", &format!("7: unexpected \":\" {tail}"));
        check("{{sum:1 count:2 sum:3}}", "duplicate key \"sum\" in histogram");
        check(
            "{{schema:1.5}}",
            "9: invalid repetition in series values: strconv.ParseUint: parsing \"1.5\": invalid \
             syntax",
        );
        check(
            "{{sum:1e999}}",
            "6: error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range",
        );
        check(
            "{{sum:1_}}",
            "6: error parsing number: strconv.ParseFloat: parsing \"1_\": invalid syntax",
        );
        check("{{buckets:[1 2-3 4 foo 5]}}", "{{buckets:[1 2 4 5]}}");
    }

    #[test]
    fn steps_add_up() {
        let run = |base: &str, step: &str, subtract| {
            steps(&histogram(base), &histogram(step), subtract, 2).map_or_else(
                |e| e.message,
                |all| all.iter().map(FloatHistogram::test_text).collect::<Vec<_>>().join(" "),
            )
        };
        assert_eq!(run("{{count:1}}", "{{count:2}}", false), "{{count:1}} {{count:3}} {{count:5}}");
        assert_eq!(run("{{count:5}}", "{{count:2}}", true), "{{count:5}} {{count:3}} {{count:1}}");
        assert_eq!(
            run("{{schema:1}}", "{{}}", false),
            "error combining histograms: cannot merge from schema 0 to 1"
        );
        assert_eq!(run("{{schema:-53}}", "{{}}", false), MixedSchemas.to_string());
    }
}
