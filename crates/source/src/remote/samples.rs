//! `prometheus.ReadResponse`, one message with all samples, compressed by snappy as a whole.

use std::sync::Arc;

use model::{SampleValue, histogram::CounterResetHint};
use wire::{Decoded, Fields, Float};

use super::{Unusable, columns::Columns};

/// Reads the block, whose plain bytes may be `max_bytes` at most.
pub(super) fn read(block: &[u8], max_bytes: u64, columns: &mut Columns) -> Result<(), Unusable> {
    let bad = |e: snap::Error| format!("the body can not be decompressed: {e}");
    let length = snap::raw::decompress_len(block).map_err(bad)?;
    // Snappy makes three bytes of 64 at most: a longer length is a lie.
    if length / 32 > block.len() {
        return Err(format!("{} bytes can not hold the {length} that they say", block.len()).into());
    }
    if length as u64 > max_bytes {
        return Err(Unusable::TooLarge);
    }
    let message = snap::raw::Decoder::new().decompress_vec(block).map_err(bad)?;
    let mut query = 0;
    let mut fields = Fields::new(&message);
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            result(query, value.bytes()?, columns)?;
            query += 1;
        }
    }
    Ok(())
}

/// Reads `QueryResult`.
fn result(query: usize, message: &[u8], columns: &mut Columns) -> Result<(), Unusable> {
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            series(query, value.bytes()?, columns)?;
        }
    }
    Ok(())
}

/// Reads `TimeSeries`.
fn series(query: usize, message: &[u8], columns: &mut Columns) -> Result<(), Unusable> {
    columns.labelled(query, message)?;
    let mut fields = Fields::new(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            2 => {
                let Float { t, value, .. } = wire::float(value.bytes()?)?;
                columns.float(t, value)?;
            }
            4 => {
                let Decoded { t, value, .. } = wire::histogram(value.bytes()?)?;
                if let SampleValue::Histogram(mut histogram) = value {
                    if let Err(why) = histogram.validate()
                        && !histogram.is_stale()
                    {
                        return Err(Unusable::Doubtful(format!("a histogram is wrong: {why}")));
                    }
                    // Queries do not show it.
                    Arc::make_mut(&mut histogram).hint = CounterResetHint::Unknown;
                    columns.histogram(t, histogram)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
