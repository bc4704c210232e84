//! Chunks that an encoder of our own writes come back; any bytes give histograms or an error.

use proptest::prelude::*;

use super::{super::xor::tests::Encoder, *};

/// Zero threshold, spans on either side, and what each sample has: time, sum, count, count around
/// zero, counts of buckets.
#[derive(Clone, Debug)]
struct Plain {
    schema: i64,
    zero_threshold: f64,
    bounds: Vec<f64>,
    spans: [Vec<(i64, u64)>; 2],
    samples: Vec<Sample>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sample {
    t: i64,
    sum: f64,
    count: u32,
    zero_count: u32,
    buckets: [Vec<u32>; 2],
}

fn head(plain: &Plain) -> Encoder {
    let mut to = Encoder::default();
    to.bits(plain.samples.len() as u64, 16);
    // A reset, which is not looked at.
    to.bits(0x80, 8);
    let bits = plain.zero_threshold.to_bits();
    let (exponent, mantissa) = (bits >> 52, bits & ((1 << 52) - 1));
    match exponent {
        0 => to.bits(0, 8),
        780..=1033 if mantissa == 0 => to.bits(exponent - 779, 8),
        _ => {
            to.bits(255, 8);
            to.bits(bits, 64);
        }
    }
    to.signed_varbit(plain.schema);
    for side in &plain.spans {
        to.varbit(side.len() as u64);
        for (offset, length) in side {
            to.varbit(*length);
            to.signed_varbit(*offset);
        }
    }
    if plain.schema == i64::from(CUSTOM_SCHEMA) {
        to.varbit(plain.bounds.len() as u64);
        for bound in &plain.bounds {
            // Of all bounds that are tried, the whole ones are short.
            if bound.fract() == 0.0 && (0.0..=33_554.0).contains(bound) {
                let whole =
                    (0_u16..=33_554).find(|n| f64::from(*n) >= *bound).expect("a small number");
                to.varbit(1000 * u64::from(whole) + 1);
            } else {
                to.varbit(0);
                to.bits(bound.to_bits(), 64);
            }
        }
    }
    to
}

/// As `HistogramChunk` of Prometheus.
fn integers(plain: &Plain) -> Vec<u8> {
    let mut to = head(plain);
    let numbers = |s: &Sample| {
        let mut all = vec![i64::from(s.count), i64::from(s.zero_count)];
        for side in &s.buckets {
            let mut before = 0;
            all.extend(
                side.iter().map(|n| i64::from(*n) - std::mem::replace(&mut before, i64::from(*n))),
            );
        }
        all
    };
    let (mut before, mut deltas, mut last_sum, mut place) = (Vec::new(), Vec::new(), 0, None);
    let (mut last_t, mut t_delta) = (0, 0);
    for (nth, sample) in plain.samples.iter().enumerate() {
        let now = numbers(sample);
        let is_stale = model::is_stale(sample.sum);
        if nth == 0 {
            to.signed_varbit(sample.t);
            to.varbit(now[0].cast_unsigned());
            to.varbit(now[1].cast_unsigned());
            to.bits(sample.sum.to_bits(), 64);
            for n in &now[2..] {
                to.signed_varbit(*n);
            }
            deltas = vec![0; now.len()];
        } else {
            to.signed_varbit(sample.t - last_t - t_delta);
            t_delta = sample.t - last_t;
            for i in 0..if is_stale { 2 } else { now.len() } {
                let delta: i64 = now[i] - before[i];
                if i == 2 {
                    to.value(sample.sum.to_bits() ^ last_sum, &mut place);
                }
                to.signed_varbit(delta - deltas[i]);
                deltas[i] = delta;
            }
            if is_stale || now.len() == 2 {
                to.value(sample.sum.to_bits() ^ last_sum, &mut place);
            }
        }
        (before, last_sum, last_t) = (now, sample.sum.to_bits(), sample.t);
    }
    to.bytes
}

/// As `FloatHistogramChunk` of Prometheus.
fn floats(plain: &Plain) -> Vec<u8> {
    let mut to = head(plain);
    let numbers = |s: &Sample| -> Vec<u64> {
        let counts = s.buckets.iter().flatten().map(|n| f64::from(*n));
        let first = [f64::from(s.count), f64::from(s.zero_count), s.sum];
        first.into_iter().chain(counts).map(f64::to_bits).collect()
    };
    let (mut before, mut places): (Vec<u64>, Vec<_>) = (Vec::new(), Vec::new());
    let (mut last_t, mut t_delta) = (0, 0);
    for (nth, sample) in plain.samples.iter().enumerate() {
        let now = numbers(sample);
        if nth == 0 {
            to.signed_varbit(sample.t);
            for bits in &now {
                to.bits(*bits, 64);
            }
            places = vec![None; now.len()];
        } else {
            to.signed_varbit(sample.t - last_t - t_delta);
            t_delta = sample.t - last_t;
            let n = if model::is_stale(sample.sum) { 3 } else { now.len() };
            for i in 0..n {
                to.value(now[i] ^ before[i], &mut places[i]);
            }
        }
        (before, last_t) = (now, sample.t);
    }
    to.bytes
}

fn decoded<C: Count>(chunk: &[u8]) -> Result<Vec<(i64, FloatHistogram)>, Unusable> {
    let mut histograms = Vec::new();
    decode::<C>(chunk, |t, h| {
        histograms.push((t, h));
        Ok(())
    })?;
    Ok(histograms)
}

/// Compares all but what an end does not have.
fn check(plain: &Plain, histograms: &[(i64, FloatHistogram)]) {
    assert_eq!(histograms.len(), plain.samples.len());
    for (sample, (t, h)) in plain.samples.iter().zip(histograms) {
        assert_eq!((*t, h.sum.to_bits()), (sample.t, sample.sum.to_bits()));
        assert_eq!((h.count, h.zero_count), (sample.count.into(), sample.zero_count.into()));
        assert_eq!((i64::from(h.schema()), h.hint), (plain.schema, CounterResetHint::Unknown));
        assert_eq!(h.zero_threshold().to_bits(), plain.zero_threshold.to_bits());
        assert_eq!(h.custom_bounds(), plain.bounds);
        if !h.is_stale() {
            let counts: Vec<f64> = sample.buckets.iter().flatten().map(|n| f64::from(*n)).collect();
            assert_eq!(h.counts(), counts);
        }
        let n_positive: u64 = plain.spans[0].iter().map(|(_, length)| *length).sum();
        assert_eq!(h.layout().n_positive() as u64, n_positive);
    }
}

fn example() -> Plain {
    let sample = |t, sum, count, buckets: [&[u32]; 2]| {
        let buckets = buckets.map(<[u32]>::to_vec);
        Sample { t, sum, count, zero_count: 1, buckets }
    };
    Plain {
        schema: 2,
        zero_threshold: 0.001,
        bounds: Vec::new(),
        spans: [vec![(-3, 2), (5, 1)], vec![(0, 1)]],
        samples: vec![
            sample(1_700_000_000_000, 1.5, 9, [&[1, 2, 3], &[4]]),
            sample(1_700_000_015_000, 2.5, 12, [&[2, 2, 900_000], &[4]]),
            sample(1_700_000_030_001, model::stale_nan(), 0, [&[0, 0, 0], &[0]]),
        ],
    }
}

#[test]
fn buckets_are_where_spans_say() {
    let plain = example();
    for histograms in [decoded::<Whole>(&integers(&plain)), decoded::<Changing>(&floats(&plain))] {
        let histograms = histograms.unwrap();
        check(&plain, &histograms);
        let shown: Vec<(i32, f64)> = Parts::from(&histograms[1].1).positive;
        assert_eq!(shown, [(-3, 2.0), (-2, 2.0), (4, 900_000.0)]);
        assert!(Arc::ptr_eq(histograms[0].1.layout(), histograms[1].1.layout()));
    }
}

#[test]
fn damaged_chunks_are_errors() {
    let check = |chunk: Result<Vec<(i64, FloatHistogram)>, Unusable>, expect: &str| {
        let error = format!("{:?}", chunk.unwrap_err());
        assert!(error.contains(expect), "{error}");
    };
    let (whole, changing) = (integers(&example()), floats(&example()));
    for n in 0..whole.len() {
        check(decoded::<Whole>(&whole[..n]), "");
    }
    for n in 0..changing.len() {
        check(decoded::<Changing>(&changing[..n]), "");
    }
    check(decoded::<Whole>(&whole[..30]), "it ends in the middle of a sample");
    let with = |schema, spans| integers(&Plain { schema, spans, ..example() });
    check(decoded::<Whole>(&with(9, example().spans)), "there are histograms of schema 9");
    let many = [vec![(0, u64::from(u32::MAX))], Vec::new()];
    check(decoded::<Whole>(&with(0, many)), "not as many buckets");
    let overlap = [vec![(0, 2), (-1, 1)], vec![(0, 1)]];
    check(decoded::<Whole>(&with(0, overlap)), "spans overlap");
    let far = [vec![(i64::from(i32::MAX), 3)], vec![(0, 1)]];
    check(decoded::<Whole>(&with(0, far)), "too far from zero");
    let lost = [vec![(i64::MAX, 3)], vec![(0, 1)]];
    check(decoded::<Whole>(&with(0, lost)), "out of bounds");
    assert!(decoded::<Whole>(&[0, 0, 0]).unwrap().is_empty());
}

/// Histograms of any buckets; the second of them may be custom.
fn plains() -> impl Strategy<Value = Plain> {
    let side = || prop::collection::vec((0_i64..5, 0_u64..4), 0..4);
    let schema = prop_oneof![-4_i64..=8, Just(i64::from(CUSTOM_SCHEMA))];
    let threshold = prop_oneof![Just(0.0), Just(0.5_f64.powi(128)), Just(0.001), Just(1024.0)];
    let bounds = prop::collection::vec(
        prop_oneof![(0_u32..99).prop_map(|n| f64::from(n) / 8.0), any::<f64>()],
        0..5,
    );
    (schema, threshold, bounds, [side(), side()]).prop_flat_map(
        |(schema, zero_threshold, bounds, spans)| {
            let n = |side: &Vec<(i64, u64)>| {
                side.iter().map(|(_, n)| usize::try_from(*n).unwrap()).sum::<usize>()
            };
            let counts = |n: usize| prop::collection::vec(prop_oneof![0_u32..9, any::<u32>()], n);
            let sample = (
                prop_oneof![Just(15_000_i64), 1_i64..99_999],
                prop_oneof![any::<f64>(), Just(model::stale_nan())],
                any::<u32>(),
                0_u32..9,
                [counts(n(&spans[0])), counts(n(&spans[1]))],
            );
            prop::collection::vec(sample, 1..20).prop_map(move |samples| {
                let mut now = 1_700_000_000_000;
                let mut samples: Vec<Sample> = samples
                    .into_iter()
                    .map(|(step, sum, count, zero_count, buckets)| {
                        now += step;
                        Sample { t: now, sum, count, zero_count, buckets }
                    })
                    .collect();
                // An end has no buckets, so that what follows would refer to none; it is the last.
                if let Some(end) = samples.iter().position(|s| model::is_stale(s.sum)) {
                    samples.truncate(end + 1);
                }
                let is_custom = schema == i64::from(CUSTOM_SCHEMA);
                let bounds = if is_custom { bounds.clone() } else { Vec::new() };
                Plain { schema, zero_threshold, bounds, spans: spans.clone(), samples }
            })
        },
    )
}

proptest! {
    #[test]
    fn what_was_encoded_comes_back(plain in plains()) {
        check(&plain, &decoded::<Whole>(&integers(&plain)).unwrap());
        check(&plain, &decoded::<Changing>(&floats(&plain)).unwrap());
    }

    #[test]
    fn any_bytes_give_histograms_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        plain in plains(),
        damage in prop::collection::vec((0_usize..400, any::<u8>()), 0..6),
    ) {
        let damaged = |mut chunk: Vec<u8>| {
            let n = chunk.len();
            for (at, xor) in &damage {
                chunk[at % n] ^= xor;
            }
            chunk
        };
        let _ = (decoded::<Whole>(&bytes), decoded::<Changing>(&bytes));
        let _ = decoded::<Whole>(&damaged(integers(&plain)));
        let _ = decoded::<Changing>(&damaged(floats(&plain)));
    }
}
