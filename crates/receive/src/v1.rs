//! `prometheus.WriteRequest`: every series brings its labels as text.

use wire::Fields;

use crate::{
    Malformed,
    dictionary::Key,
    message::{LabelsAt, Scan, SeriesAt, hash},
};

/// Walks over a request. A series' labels stand in one piece, as a rule; then the hash is of these
/// bytes as they are.
pub(crate) fn scan(scan: &mut Scan, body: &[u8], seed: u64) -> Result<(), Malformed> {
    scan.pieces.clear();
    let mut fields = Fields::new(body);
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            let series = value.bytes()?;
            let end = fields.at();
            add(scan, series, end - series.len(), seed)?;
        }
    }
    Ok(())
}

fn add(scan: &mut Scan, series: &[u8], begins: usize, seed: u64) -> Result<(), Malformed> {
    // The piece that is read, and whether there was one before it.
    let (mut from, mut to) = (0, 0);
    let pieces_from = scan.pieces.len();
    let mut fields = Fields::new(series);
    let mut at = 0;
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            value.bytes()?;
            if at != to {
                scan.pieces.extend_from_slice(&series[from..to]);
                from = at;
            }
            to = fields.at();
        }
        at = fields.at();
    }
    let (labels, key) = if scan.pieces.len() == pieces_from {
        (LabelsAt::Body(begins + from..begins + to), hash(&series[from..to], seed))
    } else {
        scan.pieces.extend_from_slice(&series[from..to]);
        let pieces = pieces_from..scan.pieces.len();
        (LabelsAt::Pieces(pieces.clone()), hash(&scan.pieces[pieces], seed))
    };
    let message = begins..begins + series.len();
    scan.series.push(SeriesAt { key: Key::from(key), message, labels });
    Ok(())
}

/// Names and values of a run of `Label` fields.
pub(crate) fn labels<'a>(
    section: &'a [u8],
    to: &mut Vec<(&'a [u8], &'a [u8])>,
) -> Result<(), Malformed> {
    let mut fields = Fields::new(section);
    while let Some((_, value)) = fields.next()? {
        to.push(wire::label(value.bytes()?)?);
    }
    Ok(())
}
