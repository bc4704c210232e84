//! `prometheus.ChunkedReadResponse`, one frame's message: chunks of one series or of some.

use wire::Fields;

use super::{
    Unusable,
    columns::Columns,
    histogram::{self, Whole},
    xor::{self, BadChunk, Changing},
};

/// The encodings of chunks that are read; later versions of Prometheus have others.
const XOR: u64 = 1;
const HISTOGRAM: u64 = 2;
const FLOAT_HISTOGRAM: u64 = 3;

impl From<BadChunk> for Unusable {
    fn from(e: BadChunk) -> Self {
        Self::Malformed(format!("a chunk is damaged: {e}"))
    }
}

/// Reads a message.
pub(super) fn read(message: &[u8], columns: &mut Columns) -> Result<(), Unusable> {
    let mut query = 0;
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        if number == 2 {
            query = usize::try_from(value.varint()?).unwrap_or(usize::MAX);
        }
    }
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            series(query, value.bytes()?, columns)?;
        }
    }
    Ok(())
}

/// Reads `ChunkedSeries`.
fn series(query: usize, message: &[u8], columns: &mut Columns) -> Result<(), Unusable> {
    columns.labelled(query, message)?;
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        if number == 2 {
            chunk(value.bytes()?, columns)?;
        }
    }
    Ok(())
}

/// Reads `Chunk`. Its own times are not looked at: its samples tell them.
fn chunk(message: &[u8], columns: &mut Columns) -> Result<(), Unusable> {
    let (mut encoding, mut data) = (0, &[][..]);
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            3 => encoding = value.varint()?,
            4 => data = value.bytes()?,
            _ => {}
        }
    }
    match encoding {
        XOR => xor::decode(data, |t, value| columns.float(t, value)),
        HISTOGRAM => histogram::decode::<Whole>(data, |t, h| columns.histogram(t, h.into())),
        FLOAT_HISTOGRAM => {
            histogram::decode::<Changing>(data, |t, h| columns.histogram(t, h.into()))
        }
        other => Err(Unusable::Doubtful(format!("there are chunks of encoding {other}"))),
    }
}
