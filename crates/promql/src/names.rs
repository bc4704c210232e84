//! Tables from names to what they stand for, made when this is compiled.
//!
//! A name is found by its length and three of its letters, not by a look at each.

/// A table of names, which has `N` slots and fewer names. A name stands at its [`slot`] or behind
/// it, with no empty slot between.
pub(crate) struct Names<T, const N: usize>([Option<(&'static str, T)>; N]);

impl<T: Copy, const N: usize> Names<T, N> {
    pub(crate) const EMPTY: Self = Self([None; N]);

    /// The table with one name more.
    pub(crate) const fn with(mut self, name: &'static str, value: T) -> Self {
        let mut at = slot(name.as_bytes(), N);
        while self.0[at].is_some() {
            at = (at + 1) % N;
        }
        self.0[at] = Some((name, value));
        self
    }

    /// What a name in whatever case stands for.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<T> {
        let at = slot(name.as_bytes(), N);
        // Most searches for other words end here.
        if self.0[at].is_none() { None } else { self.find(name, at) }
    }

    #[inline(never)]
    fn find(&self, name: &str, mut at: usize) -> Option<T> {
        while let Some((known, value)) = &self.0[at] {
            if name.eq_ignore_ascii_case(known) {
                return Some(*value);
            }
            at = (at + 1) % N;
        }
        None
    }
}

/// Where the search for a name begins, in whatever case it is.
const fn slot(name: &[u8], n_slots: usize) -> usize {
    let [first, second, .., last] = name else { return 0 };
    let (first, second) = ((*first | 0x20) as usize, (*second | 0x20) as usize);
    let last = (*last | 0x20) as usize;
    // These factors were tried out: few of the language's names share a slot.
    (name.len() * 12 + first * 3 + second * 7 + last * 37) % n_slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        const TABLE: Names<u8, 5> =
            Names::EMPTY.with("by", 1).with("on", 2).with("a", 3).with("sum", 4);
        for (name, value) in [("by", 1), ("on", 2), ("a", 3), ("sum", 4)] {
            assert_eq!(TABLE.get(name), Some(value));
            assert_eq!(TABLE.get(&name.to_uppercase()), Some(value));
        }
        for other in ["", "b", "ba", "sun", "summ"] {
            assert_eq!(TABLE.get(other), None, "{other}");
        }
    }
}
