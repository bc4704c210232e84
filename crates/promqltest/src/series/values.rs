//! The samples behind a label set: `1`, `stale`, `_`, `_x3`, `1x3`, `1+2x3`, `{{sum:1}}x3`.
//!
//! As `series_values` in prometheus `promql/parser/generated_parser.y`.

use std::sync::Arc;

use model::{
    histogram::{
        FloatHistogram,
        notation::{self, NotationError, Written},
    },
    stale_nan,
};

use super::{Point, SeriesError, token};

/// Where Prometheus's grammar tells that it was within a sequence.
const INSIDE: &str = " in series values";
/// More samples in a line are a slip of the pen.
const MOST: usize = 10_000_000;

/// Reads the samples from a byte on.
pub(super) fn parse(text: &str, at: usize) -> Result<Vec<Point>, SeriesError> {
    let mut values = Values { text, at, points: Vec::new() };
    let mut place = INSIDE;
    while let Some(c) = values.peek() {
        if !token::is_space(c) {
            return Err(values.unexpected(place));
        }
        values.skip_space();
        if values.peek().is_some() {
            values.item()?;
        }
        place = "";
    }
    Ok(values.points)
}

/// Reads the unsigned number at a byte; tells where it ends.
pub(super) fn number_at(text: &str, at: usize) -> Result<(f64, usize), SeriesError> {
    notation::number_at(text, at).map_err(|error| moved(error, 0, at))
}

struct Values<'a> {
    text: &'a str,
    at: usize,
    points: Vec<Point>,
}

impl<'a> Values<'a> {
    fn item(&mut self) -> Result<(), SeriesError> {
        match self.peek() {
            Some('_') => {
                self.at += 1;
                let n = if self.accept('x') { self.times()? } else { 1 };
                self.repeat(&Point::Missing, n)
            }
            Some('{') if self.rest().starts_with("{{") => self.histograms(),
            Some('+' | '-') => {
                let value = self.signed()?;
                self.floats(value)
            }
            Some('x') | None => Err(self.unexpected("")),
            Some(c) if token::starts_number(self.rest(), c) => {
                let value = self.number()?;
                self.floats(value)
            }
            Some(c) if token::is_alpha(c) => {
                let value = self.word()?;
                self.floats(value)
            }
            Some(_) => Err(self.unexpected("")),
        }
    }

    /// What follows a float: `xN`, `+STEPxN` or nothing.
    fn floats(&mut self, value: f64) -> Result<(), SeriesError> {
        let step = match self.peek() {
            Some('+' | '-') => Some(self.signed()?),
            Some('x') => None,
            _ => return self.repeat(&Point::Float(value), 1),
        };
        self.expect_times()?;
        let n = self.times()?.saturating_add(1);
        let Some(step) = step else { return self.repeat(&Point::Float(value), n) };
        self.reserve(n)?;
        let mut value = value;
        for _ in 0..n {
            self.points.push(Point::Float(value));
            value += step;
        }
        Ok(())
    }

    /// `{{…}}`, `{{…}}xN`, `{{…}}+{{…}}xN`, `{{…}}-{{…}}xN`.
    fn histograms(&mut self) -> Result<(), SeriesError> {
        let base = self.histogram()?;
        let subtract = match self.peek() {
            Some('+') => false,
            Some('-') => true,
            Some('x') => {
                self.at += 1;
                let n = self.times()?.saturating_add(1);
                return self.repeat(&point(base.histogram, base.has_hint), n);
            }
            _ => return self.repeat(&point(base.histogram, base.has_hint), 1),
        };
        self.at += 1;
        if !self.rest().starts_with("{{") {
            return Err(self.unexpected(INSIDE));
        }
        let step = self.histogram()?;
        self.expect_times()?;
        let counted = self.at;
        let n = self.times()?;
        self.reserve(n)?;
        let all = notation::steps(&base.histogram, &step.histogram, subtract, n)
            .map_err(|error| moved(error, 0, counted))?;
        self.points.extend(all.into_iter().map(|h| point(h, step.has_hint)));
        Ok(())
    }

    fn histogram(&mut self) -> Result<Written<'a>, SeriesError> {
        let written = notation::parse(self.rest()).map_err(|error| moved(error, self.at, 0))?;
        self.at = self.text.len() - written.rest.len();
        Ok(written)
    }

    /// `+1`, `-1`, `-Inf`.
    fn signed(&mut self) -> Result<f64, SeriesError> {
        let negative = self.peek() == Some('-');
        self.at += 1;
        let value = match self.peek() {
            Some(c) if token::starts_number(self.rest(), c) => self.number()?,
            Some(c) if token::is_alpha(c) && token::is_number_word(token::word_of(self.rest())) => {
                self.word()?
            }
            _ => return Err(self.unexpected(INSIDE)),
        };
        Ok(if negative { -value } else { value })
    }

    fn number(&mut self) -> Result<f64, SeriesError> {
        let (value, end) = number_at(self.text, self.at)?;
        self.at = end;
        Ok(value)
    }

    /// `stale`, `Inf`, `NaN`.
    fn word(&mut self) -> Result<f64, SeriesError> {
        let word = token::word_of(self.rest());
        let value = match model::number::parse_float(word) {
            Some(value) if token::is_number_word(word) => value,
            _ if word == "stale" => stale_nan(),
            _ => {
                let error = self.unexpected("");
                let wanted = if error.message.starts_with("unexpected identifier") {
                    " in series values, expected number or \"stale\""
                } else {
                    ""
                };
                return Err(SeriesError { message: error.message + wanted, ..error });
            }
        };
        self.at += word.len();
        Ok(value)
    }

    fn expect_times(&mut self) -> Result<(), SeriesError> {
        if self.accept('x') { Ok(()) } else { Err(self.unexpected(INSIDE)) }
    }

    /// How often, behind an `x`.
    fn times(&mut self) -> Result<usize, SeriesError> {
        let c = self.peek().filter(|&c| token::starts_number(self.rest(), c));
        if c.is_none() {
            return Err(self.unexpected(INSIDE));
        }
        let (n, end) =
            notation::times_at(self.text, self.at).map_err(|error| moved(error, 0, self.at))?;
        self.at = end;
        Ok(usize::try_from(n).unwrap_or(usize::MAX))
    }

    fn repeat(&mut self, point: &Point, n: usize) -> Result<(), SeriesError> {
        self.reserve(n)?;
        self.points.extend(std::iter::repeat_n(point.clone(), n));
        Ok(())
    }

    fn reserve(&self, n: usize) -> Result<(), SeriesError> {
        if self.points.len().saturating_add(n) > MOST {
            let message = format!("more than {MOST} samples in a series");
            return Err(SeriesError { at: self.at, message });
        }
        Ok(())
    }

    fn unexpected(&self, place: &str) -> SeriesError {
        match token::describe(self.text, self.at) {
            Ok(token) => SeriesError { at: self.at, message: format!("unexpected {token}{place}") },
            Err(error) => error,
        }
    }

    fn accept(&mut self, c: char) -> bool {
        let accepted = self.peek() == Some(c);
        self.at += usize::from(accepted);
        accepted
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(token::is_space).len();
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}

fn point(histogram: FloatHistogram, has_hint: bool) -> Point {
    Point::Histogram { value: Arc::new(histogram), has_hint }
}

/// A mistake in a part that begins at `from`; mistakes of the whole are told at `whole`.
fn moved(error: NotationError, from: usize, whole: usize) -> SeriesError {
    SeriesError { at: error.at.map_or(whole, |at| from + at), message: error.message }
}
