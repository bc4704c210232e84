//! Both messages in one shape: series with the bytes of their labels hashed, and where the rest is.
//!
//! A scan walks over a request once and decodes neither labels nor samples. Labels are decoded of
//! series that are not known yet, samples after it is known whether somebody wants them.

use std::ops::Range;

use model::{Labels, METRIC_NAME, SampleValue};
use wire::{Decoded, Fields, Float};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::{Malformed, Message, Sample, dictionary::Key, v1, v2};

/// A request that was walked over. Ranges are in its plain bytes unless said otherwise.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) series: Vec<SeriesAt>,
    /// 1.0: labels that other fields stood between, put together.
    pub(crate) pieces: Vec<u8>,
    /// 2.0: references of labels, series by series.
    pub(crate) refs: Vec<u32>,
    /// 2.0: the symbol table.
    pub(crate) symbols: Vec<Range<usize>>,
    /// 2.0: the hash of each symbol.
    pub(crate) hashes: Vec<u128>,
    /// 2.0: the hashes of one series' labels.
    pub(crate) combined: Vec<u8>,
}

/// A series in a request.
#[derive(Clone, Debug)]
pub(crate) struct SeriesAt {
    /// Tells the label set.
    pub(crate) key: Key,
    /// The series' own message.
    pub(crate) message: Range<usize>,
    pub(crate) labels: LabelsAt,
}

/// Where a series' labels are.
#[derive(Clone, Debug)]
pub(crate) enum LabelsAt {
    /// 1.0, as a rule.
    Body(Range<usize>),
    /// 1.0, in [`Scan::pieces`].
    Pieces(Range<usize>),
    /// 2.0, in [`Scan::refs`].
    Refs(Range<usize>),
}

/// A sample that is not decoded further than its kind tells.
pub(crate) enum Raw<'a> {
    Float(Float),
    Histogram(&'a [u8]),
}

/// What a series brings besides samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest {
    /// When counting started, for samples that do not say; 0 where that is unknown.
    pub(crate) start: i64,
    pub(crate) n_exemplars: u64,
}

impl Scan {
    /// Walks over a request.
    pub(crate) fn scan(
        &mut self,
        message: Message,
        body: &[u8],
        seed: u64,
    ) -> Result<(), Malformed> {
        self.series.clear();
        match message {
            Message::V1 => v1::scan(self, body, seed),
            Message::V2 => v2::scan(self, body, seed),
        }
    }

    /// Decodes a series' labels; the error says what is wrong with them.
    pub(crate) fn labels(&self, body: &[u8], series: &SeriesAt) -> Result<Labels, Refusal> {
        let mut pairs = Vec::with_capacity(16);
        match &series.labels {
            LabelsAt::Body(at) => v1::labels(&body[at.clone()], &mut pairs)?,
            LabelsAt::Pieces(at) => v1::labels(&self.pieces[at.clone()], &mut pairs)?,
            LabelsAt::Refs(at) => {
                let text = |symbol: u32| &body[self.symbols[symbol as usize].clone()];
                let refs = self.refs[at.clone()].chunks_exact(2);
                pairs.extend(refs.map(|pair| (text(pair[0]), text(pair[1]))));
            }
        }
        checked(pairs).map_err(Refusal::Labels)
    }
}

/// Why a series is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The request is no message at all.
    Malformed(Malformed),
    /// The labels can not be; the text is Prometheus's.
    Labels(String),
}

impl From<Malformed> for Refusal {
    fn from(e: Malformed) -> Self {
        Self::Malformed(e)
    }
}

/// Hands out the samples of a series' message, in the order in which they were written.
pub(crate) fn samples<'a>(
    message: Message,
    series: &'a [u8],
    mut each: impl FnMut(Raw<'a>) -> Result<(), Malformed>,
) -> Result<Rest, Malformed> {
    let mut rest = Rest::default();
    let mut fields = Fields::new(series);
    while let Some((number, value)) = fields.next()? {
        match (message, number) {
            (_, 2) => each(Raw::Float(wire::float(value.bytes()?)?))?,
            (Message::V1, 4) | (Message::V2, 3) => each(Raw::Histogram(value.bytes()?))?,
            (Message::V1, 3) | (Message::V2, 4) => rest.n_exemplars += 1,
            (Message::V2, 6) => rest.start = value.int64()?,
            _ => {}
        }
    }
    Ok(rest)
}

impl Raw<'_> {
    /// The time in milliseconds.
    pub(crate) fn time(&self) -> Result<i64, Malformed> {
        match self {
            Self::Float(Float { t, .. }) => Ok(*t),
            Self::Histogram(bytes) => wire::histogram_time(bytes),
        }
    }

    pub(crate) fn decode(self, handle: u32) -> Result<Sample, Malformed> {
        match self {
            Self::Float(Float { t, start, value }) => {
                Ok(Sample { handle, t, start, value: SampleValue::Float(value) })
            }
            Self::Histogram(bytes) => {
                let Decoded { t, start, value } = wire::histogram(bytes)?;
                Ok(Sample { handle, t, start, value })
            }
        }
    }
}

pub(crate) fn hash(bytes: &[u8], seed: u64) -> u128 {
    xxh3_128_with_seed(bytes, seed)
}

/// A label set of pairs in any order. An empty value is no label.
fn checked(mut pairs: Vec<(&[u8], &[u8])>) -> Result<Labels, String> {
    if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
        pairs.sort_by_key(|(name, _)| *name);
    }
    let shown = || {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let shown = pairs.iter().map(|(n, v)| format!("{}={}", text(n), quoted(&text(v))));
        format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
    };
    let invalid = || format!("invalid metric name or labels, got {}", shown());
    let mut texts = Vec::with_capacity(pairs.len());
    let mut is_named = false;
    for (name, value) in &pairs {
        let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) else {
            return Err(invalid());
        };
        if name.is_empty() {
            return Err(invalid());
        }
        is_named |= name == METRIC_NAME && !value.is_empty();
        texts.push((name, value));
    }
    if !is_named {
        return Err(invalid());
    }
    if let Some(pair) = texts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!(
            "invalid labels for series, labels {}, duplicated label {}",
            shown(),
            pair[0].0
        ));
    }
    Ok(Labels::from_sorted(texts.into_iter().filter(|(_, value)| !value.is_empty())))
}

fn quoted(text: &str) -> String {
    model::quote::quote(text)
}
