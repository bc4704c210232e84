//! Chunks that an encoder of our own writes come back; any bytes give samples or an error.

use proptest::prelude::*;

use super::*;

/// The encoder: bits one after the other.
#[derive(Default)]
pub(in crate::remote) struct Encoder {
    pub(in crate::remote) bytes: Vec<u8>,
    n_bits: usize,
}

impl Encoder {
    pub(in crate::remote) fn bits(&mut self, bits: u64, n: u32) {
        for nth in (0..n).rev() {
            if self.n_bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::from(bits >> nth & 1 == 1);
            *self.bytes.last_mut().unwrap() |= bit << (7 - self.n_bits % 8);
            self.n_bits += 1;
        }
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bits(number & 0x7f | 0x80, 8);
            number >>= 7;
        }
        self.bits(number, 8);
    }

    pub(in crate::remote) fn varbit(&mut self, number: u64) {
        let n = [0, 3, 6, 9, 12, 18, 25, 56].into_iter().find(|n| number >> n == 0);
        self.in_length(number, n);
    }

    pub(in crate::remote) fn signed_varbit(&mut self, number: i64) {
        let fits = |n: &u32| match n {
            0 => number == 0,
            n => -((1 << (n - 1)) - 1) <= number && number <= 1 << (n - 1),
        };
        let n = [0, 3, 6, 9, 12, 18, 25, 56].into_iter().find(fits);
        self.in_length(number.cast_unsigned(), n);
    }

    fn in_length(&mut self, bits: u64, n: Option<u32>) {
        let lengths = [0, 3, 6, 9, 12, 18, 25, 56];
        let ones = n.map_or(8, |n| lengths.iter().position(|l| *l == n).unwrap());
        (0..ones).for_each(|_| self.bits(1, 1));
        if n.is_some() {
            self.bits(0, 1);
        }
        self.bits(bits, n.unwrap_or(64));
    }

    fn change(&mut self, change: i64) {
        let fits = |n: u32| -((1 << (n - 1)) - 1) <= change && change <= 1 << (n - 1);
        let bits = change.cast_unsigned();
        let ((head, n_head), n) = match change {
            0 => return self.bits(0, 1),
            _ if fits(14) => ((0b10, 2), 14),
            _ if fits(17) => ((0b110, 3), 17),
            _ if fits(20) => ((0b1110, 4), 20),
            _ => ((0b1111, 4), 64),
        };
        self.bits(head, n_head);
        self.bits(bits, n);
    }

    pub(in crate::remote) fn value(&mut self, changed: u64, place: &mut Option<(u32, u32)>) {
        if changed == 0 {
            return self.bits(0, 1);
        }
        self.bits(1, 1);
        let (before, after) = (changed.leading_zeros().min(31), changed.trailing_zeros());
        match *place {
            Some((b, a)) if before >= b && after >= a => {
                self.bits(0, 1);
                self.bits(changed >> a, 64 - b - a);
            }
            _ => {
                *place = Some((before, after));
                let length = 64 - before - after;
                self.bits(1, 1);
                self.bits(before.into(), 5);
                self.bits((length % 64).into(), 6);
                self.bits(changed >> after, length);
            }
        }
    }
}

pub(in crate::remote) fn encode(samples: &[(i64, u64)]) -> Vec<u8> {
    let mut to = Encoder::default();
    to.bits(samples.len() as u64, 16);
    let (mut before, mut delta, mut place) = ((0_i64, 0_u64), 0_i64, None);
    for (nth, &(t, bits)) in samples.iter().enumerate() {
        let distance = t.wrapping_sub(before.0);
        match nth {
            0 => {
                to.varint((t << 1 ^ t >> 63).cast_unsigned());
                to.bits(bits, 64);
            }
            1 => to.varint(distance.cast_unsigned()),
            _ => to.change(distance.wrapping_sub(delta)),
        }
        if nth > 0 {
            delta = distance;
            to.value(bits ^ before.1, &mut place);
        }
        before = (t, bits);
    }
    to.bytes
}

fn decoded(chunk: &[u8]) -> Result<Vec<(i64, u64)>, BadChunk> {
    let mut samples = Vec::new();
    decode(chunk, |t, value| {
        samples.push((t, value.to_bits()));
        Ok::<(), BadChunk>(())
    })?;
    Ok(samples)
}

#[test]
fn ends_and_places_are_checked() {
    let samples = [(1_700_000_000_000, 1.5_f64.to_bits()), (1_700_000_015_000, 2.5_f64.to_bits())];
    let chunk = encode(&samples);
    assert_eq!(decoded(&chunk), Ok(samples.to_vec()));
    for n in 0..chunk.len() {
        assert_eq!(decoded(&chunk[..n]), Err(BadChunk::Short), "{n} bytes");
    }
    let mut to = Encoder::default();
    to.bits(2, 16);
    to.varint(0);
    to.bits(0, 64);
    to.varint(1);
    to.bits(0b10, 2);
    to.bits(0, 64);
    assert_eq!(decoded(&to.bytes), Err(BadChunk::Place), "as before, but nothing was before");
    let end = to.bytes.len() - 9;
    let mut to = Encoder { n_bits: end * 8, bytes: to.bytes[..end].to_vec() };
    to.bits(0b1_1111_1111_1111, 13);
    to.bits(0, 64);
    assert_eq!(decoded(&to.bytes), Err(BadChunk::Place), "31 zeros and 63 bits");
    assert_eq!(decoded(&[0, 0]), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn what_was_encoded_comes_back(
        start in prop_oneof![Just(1_700_000_000_000_i64), any::<i64>()],
        steps in prop::collection::vec(
            (
                prop_oneof![
                    Just(15_000_i64), 1_i64..20_000, 1..(1_i64 << 18), 1..(1_i64 << 40), any::<i64>()
                ],
                prop_oneof![
                    Just(0_u64), any::<u64>(), any::<f64>().prop_map(f64::to_bits),
                    (0..9_u32).prop_map(|n| f64::from(n).to_bits()),
                ],
            ),
            0..130,
        ),
    ) {
        let mut t = start;
        let samples: Vec<(i64, u64)> = steps
            .into_iter()
            .map(|(step, bits)| {
                t = t.wrapping_add(step);
                (t, bits)
            })
            .collect();
        prop_assert_eq!(decoded(&encode(&samples)), Ok(samples));
    }

    #[test]
    fn any_bytes_give_samples_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decoded(&bytes);
    }
}
