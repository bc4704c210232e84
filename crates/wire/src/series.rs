//! What a series is made of: labels and float samples, which all messages number alike.

use crate::{Fields, Malformed};

/// A float sample with its times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Float {
    /// When it was taken.
    pub t: i64,
    /// When its counting started; 0 where that is unknown.
    pub start: i64,
    /// The number.
    pub value: f64,
}

/// Reads `Sample`.
#[inline]
pub fn float(bytes: &[u8]) -> Result<Float, Malformed> {
    let mut sample = Float { t: 0, start: 0, value: 0.0 };
    let mut fields = Fields::new(bytes);
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => sample.value = value.double()?,
            2 => sample.t = value.int64()?,
            3 => sample.start = value.int64()?,
            _ => {}
        }
    }
    Ok(sample)
}

/// Reads `Label`: name and value.
#[inline]
pub fn label(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut pair: (&[u8], &[u8]) = (&[], &[]);
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => pair.0 = value.bytes()?,
            2 => pair.1 = value.bytes()?,
            _ => {}
        }
    }
    Ok(pair)
}
