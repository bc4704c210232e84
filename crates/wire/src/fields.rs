//! Fields one after the other, without allocating; and why bytes are no message.
//!
//! Groups, which no message here has had, are refused.

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field goes on after the end.
    #[error("unexpected end of the message")]
    Truncated,
    /// A number takes more than 64 bits.
    #[error("a varint is too long")]
    Varint,
    /// A field has no number, or one that no field can have.
    #[error("a field has a number that no field can have")]
    Number,
    /// A field is encoded as no field of its kind is.
    #[error("a field has the wrong wire type {0}")]
    WireType(u8),
    /// A label refers to a symbol that the request lacks.
    #[error("a label refers to the symbol {0}, which the request lacks")]
    Symbol(u32),
    /// Names and values of labels do not come in pairs.
    #[error("a series has an odd number of label references")]
    Pairs,
    /// A histogram's buckets and spans do not fit.
    #[error("a histogram's spans and buckets do not fit: {0}")]
    Buckets(&'static str),
}

/// A field's content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Any kind of integer, or a boolean.
    Varint(u64),
    /// Eight bytes, as a double has them.
    Fixed64(u64),
    /// Text, bytes, another message, or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes, which no message here makes use of.
    Fixed32,
}

/// The fields of a message, in the order in which they were written.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// The fields of a message.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where the next field begins.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next field: its number and content.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator can not fail")]
    pub fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, Malformed> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed::Number)?;
        let number = key >> 3;
        if number == 0 {
            return Err(Malformed::Number);
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = usize::try_from(self.varint()?).map_err(|_| Malformed::Truncated)?;
                Value::Bytes(self.take(len)?)
            }
            5 => {
                self.array::<4>()?;
                Value::Fixed32
            }
            other => return Err(Malformed::WireType(wire_type(other))),
        };
        Ok(Some((number, value)))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(Malformed::Truncated)?;
            self.at += 1;
            if shift == 63 && byte > 1 {
                return Err(Malformed::Varint);
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed::Varint)
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(len).ok_or(Malformed::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(Malformed::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("as many were taken"))
    }
}

impl<'a> Value<'a> {
    /// The content of a field with a length.
    #[inline]
    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(other.wrong()),
        }
    }

    /// The content of an integer field.
    #[inline]
    pub fn varint(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) => Ok(number),
            other => Err(other.wrong()),
        }
    }

    /// An `int64`.
    #[inline]
    pub fn int64(self) -> Result<i64, Malformed> {
        self.varint().map(u64::cast_signed)
    }

    /// A `sint32`; what is larger is cut off, as protocol buffers have it.
    pub fn sint32(self) -> Result<i32, Malformed> {
        #[expect(clippy::cast_possible_truncation, reason = "cut off, as protocol buffers have it")]
        self.varint().map(|number| {
            let low = number as u32;
            (low >> 1).cast_signed() ^ -(low & 1).cast_signed()
        })
    }

    /// A `uint32`; what is larger is cut off, as protocol buffers have it.
    pub fn uint32(self) -> Result<u32, Malformed> {
        #[expect(clippy::cast_possible_truncation, reason = "cut off, as protocol buffers have it")]
        self.varint().map(|number| number as u32)
    }

    /// The content of a `double` field.
    #[inline]
    pub fn double(self) -> Result<f64, Malformed> {
        match self {
            Self::Fixed64(bits) => Ok(f64::from_bits(bits)),
            other => Err(other.wrong()),
        }
    }

    fn wrong(self) -> Malformed {
        Malformed::WireType(match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) => 2,
            Self::Fixed32 => 5,
        })
    }
}

/// The numbers of a repeated field, which may be packed or not.
pub fn varints(
    value: Value<'_>,
    mut each: impl FnMut(u64) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    match value {
        Value::Varint(number) => each(number),
        Value::Bytes(bytes) => {
            let mut packed = Fields::new(bytes);
            while packed.at < bytes.len() {
                each(packed.varint()?)?;
            }
            Ok(())
        }
        other => Err(other.wrong()),
    }
}

/// The doubles of a repeated field, which may be packed or not.
pub fn doubles(value: Value<'_>, to: &mut Vec<f64>) -> Result<(), Malformed> {
    match value {
        Value::Fixed64(bits) => to.push(f64::from_bits(bits)),
        Value::Bytes(bytes) => {
            let (all, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(Malformed::Truncated);
            }
            to.extend(all.iter().map(|bytes| f64::from_le_bytes(*bytes)));
        }
        other => return Err(other.wrong()),
    }
    Ok(())
}

/// The content of a `sint64`.
#[inline]
pub fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn wire_type(bits: u32) -> u8 {
    u8::try_from(bits).expect("three bits")
}
