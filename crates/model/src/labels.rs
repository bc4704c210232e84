//! Immutable label sets and the builder that makes them.
//!
//! A label set is two allocations: the hash and the ends of the values behind an `Arc`, and the
//! values in one string. The names are shared: sets of one metric have the same ones (`names`). It
//! does not intern sets: that is the store's business.

mod names;

use std::{cell::Cell, cmp::Ordering, fmt, hash, sync::Arc};

use xxhash_rust::xxh64::xxh64;

use self::names::{Ends, KnownNames, Names};
use crate::{METRIC_NAME, quote};

/// A label set: sorted by name, names unique, no empty values.
///
/// Cloning is a reference count; comparing starts with the hash.
#[derive(Clone)]
pub struct Labels(Arc<Packed>);

struct Packed {
    hash: u64,
    names: Arc<Names>,
    /// The values without separators.
    text: Box<str>,
    /// The end of each value in `text`.
    ends: Ends,
}

/// What label sets are made in; each thread keeps one for the next.
#[derive(Default)]
struct Scratch {
    names: String,
    name_ends: Vec<u32>,
    values: String,
    value_ends: Vec<u32>,
    encoded: Vec<u8>,
    known: KnownNames,
}

thread_local! {
    /// Taken while a set is made, so that who makes another one meanwhile has an empty one.
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Alertmanager's fingerprint of a label set: FNV-1a over `name 0xFF value 0xFF`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Labels {
    /// The set without labels.
    pub fn empty() -> Self {
        Self::from_sorted(std::iter::empty::<(&str, &str)>())
    }

    /// A set from pairs in any order; a later pair replaces an earlier one of the same name, and a
    /// pair with an empty value removes it.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name.as_ref(), value.as_ref());
        }
        builder.build()
    }

    /// A set from pairs that are already sorted by name, unique and without empty values.
    pub fn from_sorted<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut scratch = SCRATCH.take();
        for (name, value) in pairs {
            scratch.push(name.as_ref(), value.as_ref());
        }
        let labels = Self(Arc::new(scratch.pack()));
        SCRATCH.set(scratch);
        labels
    }

    /// The value of a label, or none where the set lacks it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The value of a label, or the empty string where the set lacks it.
    pub fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// The metric name, or the empty string.
    pub fn metric_name(&self) -> &str {
        self.value(METRIC_NAME)
    }

    /// Names and values in ascending order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        (0..self.len()).map(|i| (self.0.names.get(i), self.0.value(i)))
    }

    /// How many labels the set has.
    pub fn len(&self) -> usize {
        self.0.names.len()
    }

    /// Whether the set has no labels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many clones of the set there are, itself included.
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// xxHash64 over the encoding of Prometheus's default build: for each label the length and
    /// bytes of name and value; a length is one byte below 255, else 0xFF and three bytes, little
    /// endian. Rule group slots and `limit_ratio` depend on it.
    pub fn hash64(&self) -> u64 {
        self.0.hash
    }

    /// The hash of the set with only the labels that `keeps` wants, which need not be made for it.
    /// The buffer is for reuse.
    pub fn hash64_of(&self, keeps: impl Fn(&str) -> bool, buffer: &mut Vec<u8>) -> u64 {
        buffer.clear();
        for (name, value) in self.iter().filter(|(name, _)| keeps(name)) {
            encode(name, buffer);
            encode(value, buffer);
        }
        xxh64(buffer, 0)
    }

    /// Whether the set with only the labels that `keeps` wants is another one.
    pub fn is_part(&self, keeps: impl Fn(&str) -> bool, other: &Self) -> bool {
        self.iter().filter(|(name, _)| keeps(name)).eq(other.iter())
    }

    /// Alertmanager's fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |byte: u8| sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        for (name, value) in self.iter() {
            name.bytes().for_each(&mut add);
            add(0xFF);
            value.bytes().for_each(&mut add);
            add(0xFF);
        }
        Fingerprint(sum)
    }

    /// A builder that starts from this set.
    pub fn to_builder(&self) -> LabelsBuilder {
        LabelsBuilder { pairs: self.iter().map(|(n, v)| (n.into(), v.into())).collect() }
    }

    /// The set without the named labels; the same set where it has none of them.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        if self.iter().any(|(n, _)| names.contains(&n)) {
            Self::from_sorted(self.iter().filter(|(n, _)| !names.contains(n)))
        } else {
            self.clone()
        }
    }

    /// The set with only the named labels.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        Self::from_sorted(self.iter().filter(|(n, _)| names.contains(n)))
    }
}

impl Packed {
    fn value(&self, i: usize) -> &str {
        let from = i.checked_sub(1).map_or(0, |before| self.ends.get(before));
        &self.text[from..self.ends.get(i)]
    }

    fn has_names_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.names, &other.names) || self.names == other.names
    }
}

impl Scratch {
    fn push(&mut self, name: &str, value: &str) {
        self.names.push_str(name);
        self.name_ends.push(end_of(&self.names));
        self.values.push_str(value);
        self.value_ends.push(end_of(&self.values));
        encode(name, &mut self.encoded);
        encode(value, &mut self.encoded);
    }

    /// What was pushed; empties the scratch.
    fn pack(&mut self) -> Packed {
        let packed = Packed {
            hash: xxh64(&self.encoded, 0),
            names: self.known.get(&self.names, &self.name_ends),
            text: self.values.as_str().into(),
            ends: Ends::new(&self.value_ends),
        };
        self.names.clear();
        self.name_ends.clear();
        self.values.clear();
        self.value_ends.clear();
        self.encoded.clear();
        packed
    }
}

fn end_of(text: &str) -> u32 {
    u32::try_from(text.len()).expect("a label set is under 4 GiB")
}

fn encode(piece: &str, bytes: &mut Vec<u8>) {
    match u8::try_from(piece.len()) {
        Ok(len) if len < 255 => bytes.push(len),
        _ => {
            bytes.push(0xFF);
            bytes.extend_from_slice(&(piece.len() as u64).to_le_bytes()[..3]);
        }
    }
    bytes.extend_from_slice(piece.as_bytes());
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash
                && self.0.text == other.0.text
                && self.0.ends == other.0.ends
                && self.0.has_names_of(&other.0))
    }
}

impl Eq for Labels {}

impl hash::Hash for Labels {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    /// By the pairs in turn, then the shorter set first, as Prometheus sorts results.
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (&*self.0, &*other.0);
        if !a.has_names_of(b) {
            return self.iter().cmp(other.iter());
        }
        let same = first_difference(a.text.as_bytes(), b.text.as_bytes());
        let mut from = 0;
        for i in 0..a.names.len() {
            let (a_end, b_end) = (a.ends.get(i), b.ends.get(i));
            if a_end != b_end || a_end > same {
                return a.text[from..a_end].cmp(&b.text[from..b_end]);
            }
            from = a_end;
        }
        Ordering::Equal
    }
}

/// Where two texts differ first, or the shorter one ends.
fn first_difference(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 16;
    let steps = a.chunks_exact(STEP).zip(b.chunks_exact(STEP));
    let from = STEP * steps.take_while(|(a, b)| a == b).count();
    from + a[from..].iter().zip(&b[from..]).take_while(|(a, b)| a == b).count()
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

/// `{a="1", b="2"}`, with the metric name as an ordinary label, as Prometheus prints a label set
/// in its messages.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            if is_legacy_label_name(name) {
                write!(f, "{comma}{name}={}", quote::quote(value))?;
            } else {
                write!(f, "{comma}{}={}", quote::quote(name), quote::quote(value))?;
            }
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collects labels in any order; the last value of a name counts, an empty value removes it.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    /// Sorted by name, without empty values.
    pairs: Vec<(Box<str>, Box<str>)>,
}

impl LabelsBuilder {
    /// Sets a label, or removes it where the value is empty.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        match self.pairs.binary_search_by(|(n, _)| (**n).cmp(name)) {
            Ok(i) if value.is_empty() => drop(self.pairs.remove(i)),
            Ok(i) => self.pairs[i].1 = value.into(),
            Err(_) if value.is_empty() => {}
            Err(i) => self.pairs.insert(i, (name.into(), value.into())),
        }
        self
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.set(name, "")
    }

    /// The value of a label so far.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.binary_search_by(|(n, _)| (**n).cmp(name));
        found.ok().map(|i| &*self.pairs[i].1)
    }

    /// The finished set.
    pub fn build(&self) -> Labels {
        Labels::from_sorted(self.pairs.iter().map(|(n, v)| (n, v)))
    }
}

/// Whether a name needs no quotes as a label name: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_legacy_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether a name needs no quotes as a metric name: a label name in which `:` may stand anywhere.
pub fn is_legacy_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b':')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_unique_without_empty_values() {
        let labels =
            Labels::from_pairs([("b", "2"), ("a", "1"), ("c", "x"), ("c", ""), ("b", "3")]);
        assert_eq!(labels.to_string(), r#"{a="1", b="3"}"#);
        assert_eq!(labels.get("b"), Some("3"));
        assert_eq!(labels.get("c"), None);
        assert_eq!(labels.without(&["a"]).to_string(), r#"{b="3"}"#);
        assert_eq!(labels.only(&["a", "z"]).to_string(), r#"{a="1"}"#);
    }

    #[test]
    fn order_is_pair_by_pair_and_shorter_first() {
        let l = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
        assert!(l(&[]) < l(&[("a", "1")]));
        assert!(l(&[("a", "1")]) < l(&[("a", "1"), ("b", "0")]));
        assert!(l(&[("a", "1"), ("b", "0")]) < l(&[("a", "2")]));
        assert!(l(&[("a", "9")]) < l(&[("b", "1")]));
    }

    #[test]
    fn order_is_that_of_the_pairs() {
        let values = ["", "1", "1a", "a", "b", "a long value of a label", "a long value of an"];
        let set = |n: usize| {
            let value = |place: usize| values[n / 7_usize.pow(u32::try_from(place).unwrap()) % 7];
            Labels::from_pairs([("a", value(0)), ("a1", value(1)), ("b", value(2))])
        };
        let sets: Vec<Labels> = (0..343).map(set).collect();
        for (a, b) in sets.iter().flat_map(|a| sets.iter().map(move |b| (a, b))) {
            assert_eq!(a.cmp(b), a.iter().cmp(b.iter()), "{a} {b}");
        }
    }

    #[test]
    fn many_labels_and_long_values_are_as_few_and_short_ones() {
        let set = |n: usize, from: usize, len: usize| {
            let name = |i: usize| format!("l{i:02}");
            Labels::from_pairs((from..from + n).map(|i| (name(i), "v".repeat(len + i))))
        };
        let sizes = [0, 1, 11, 12, 13, 30];
        let all: Vec<Labels> = sizes
            .iter()
            .flat_map(|n| [0, 2].map(|from| [1, 2, 6_000, 70_000].map(|len| set(*n, from, len))))
            .flatten()
            .collect();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            assert_eq!(a.cmp(b), a.iter().cmp(b.iter()));
            assert_eq!(a == b, a.iter().eq(b.iter()));
            assert!(a != b || a.hash64() == b.hash64());
        }
    }

    #[test]
    fn a_set_may_be_made_while_another_one_is() {
        let pairs = ["a", "b"].map(|name| (name, Labels::from_pairs([(name, "x")]).to_string()));
        let nested = pairs.iter().map(|(name, _)| (*name, Labels::from_pairs([("z", *name)])));
        let labels = Labels::from_sorted(nested.map(|(name, value)| (name, value.to_string())));
        assert_eq!(labels.to_string(), r#"{a="{z=\"a\"}", b="{z=\"b\"}"}"#);
    }

    #[test]
    fn parts_are_hashed_and_compared_without_being_made() {
        let labels = Labels::from_pairs([("a", "1"), ("b", &"x".repeat(300)), ("c", "")]);
        let (part, keeps) = (labels.only(&["b"]), |name: &str| name == "b");
        assert_eq!(labels.hash64_of(keeps, &mut Vec::new()), part.hash64());
        assert!(labels.is_part(keeps, &part) && !labels.is_part(keeps, &labels));
    }

    #[test]
    fn fingerprints_equal_alertmanagers() {
        let of = |pairs: &[(&str, &str)]| {
            Labels::from_pairs(pairs.iter().copied()).fingerprint().to_string()
        };
        assert_eq!(of(&[("alertname", "Th"), ("severity", "throttled")]), "94f7ad7f1390b1c9");
        assert_eq!(
            of(&[("alertname", "HighLatency"), ("service", "rides"), ("severity", "critical")]),
            "a263ff3677e7d3e6"
        );
        assert_eq!(of(&[("k", "v")]), "361971d5052259ac");
    }

    #[test]
    fn names_that_need_quotes_get_them() {
        let labels = Labels::from_pairs([("a.b", "x\"y"), ("ok", "1")]);
        assert_eq!(labels.to_string(), r#"{"a.b"="x\"y", ok="1"}"#);
    }
}
