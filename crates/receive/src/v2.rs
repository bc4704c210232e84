//! `io.prometheus.write.v2.Request`: labels refer to a table of symbols, which every request has of
//! its own.
//!
//! Each symbol is hashed once a request; what tells a label set is the hash of its symbols' hashes,
//! so that it is the same in every request.

use wire::{Fields, varints};

use crate::{
    Malformed,
    dictionary::Key,
    message::{LabelsAt, Scan, SeriesAt, hash},
};

/// Walks over a request: first for its symbols, which need not stand before the series.
pub(crate) fn scan(scan: &mut Scan, body: &[u8], seed: u64) -> Result<(), Malformed> {
    // Keys of 1.0 are hashes of other bytes.
    let seed = seed.wrapping_add(1);
    scan.refs.clear();
    scan.symbols.clear();
    scan.hashes.clear();
    let mut fields = Fields::new(body);
    while let Some((number, value)) = fields.next()? {
        if number == 4 {
            let symbol = value.bytes()?;
            scan.symbols.push(fields.at() - symbol.len()..fields.at());
            scan.hashes.push(hash(symbol, seed));
        }
    }
    let mut fields = Fields::new(body);
    while let Some((number, value)) = fields.next()? {
        if number == 5 {
            let series = value.bytes()?;
            add(scan, series, fields.at() - series.len(), seed)?;
        }
    }
    Ok(())
}

fn add(scan: &mut Scan, series: &[u8], begins: usize, seed: u64) -> Result<(), Malformed> {
    let from = scan.refs.len();
    scan.combined.clear();
    let mut fields = Fields::new(series);
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            varints(value, |symbol| {
                let symbol = u32::try_from(symbol).map_err(|_| Malformed::Symbol(u32::MAX))?;
                let known = scan.hashes.get(symbol as usize).ok_or(Malformed::Symbol(symbol))?;
                scan.combined.extend_from_slice(&known.to_le_bytes());
                scan.refs.push(symbol);
                Ok(())
            })?;
        }
    }
    let refs = from..scan.refs.len();
    if !refs.len().is_multiple_of(2) {
        return Err(Malformed::Pairs);
    }
    let key = Key::from(hash(&scan.combined, seed));
    let message = begins..begins + series.len();
    scan.series.push(SeriesAt { key, message, labels: LabelsAt::Refs(refs) });
    Ok(())
}
