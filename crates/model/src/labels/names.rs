//! Names of labels, which many sets share, and where pieces of a text end.

use std::sync::Arc;

/// The names of a label set.
#[derive(PartialEq, Eq)]
pub(super) struct Names {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Names {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, i: usize) -> &str {
        let from = i.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[from..self.ends[i] as usize]
    }
}

/// So many lists of names are remembered; a platform has about one per kind of metric.
const REMEMBERED: usize = 64;

/// The lists of names that were asked for last.
#[derive(Default)]
pub(super) struct KnownNames {
    known: Vec<Arc<Names>>,
    /// Where the one is that was asked for last: the next is mostly the same.
    last: usize,
    /// Which one is forgotten next.
    oldest: usize,
}

impl KnownNames {
    /// The names whose text has these ends; the same ones again where they are remembered.
    pub(super) fn get(&mut self, text: &str, ends: &[u32]) -> Arc<Names> {
        let is_same = |names: &Arc<Names>| *names.text == *text && *names.ends == *ends;
        if let Some(names) = self.known.get(self.last).filter(|names| is_same(names)) {
            return Arc::clone(names);
        }
        if let Some(at) = self.known.iter().position(is_same) {
            self.last = at;
            return Arc::clone(&self.known[at]);
        }
        let names = Arc::new(Names { text: text.into(), ends: ends.into() });
        if self.known.len() < REMEMBERED {
            self.last = self.known.len();
            self.known.push(Arc::clone(&names));
        } else {
            self.last = self.oldest;
            self.oldest = (self.oldest + 1) % REMEMBERED;
            self.known[self.last] = Arc::clone(&names);
        }
        names
    }
}

/// So many ends stand in place; nearly all label sets have no more.
const FEW: usize = 12;

/// Where pieces of a text end.
pub(super) enum Ends {
    Few([u16; FEW]),
    Many(Box<[u32]>),
}

impl Ends {
    pub(super) fn new(ends: &[u32]) -> Self {
        let mut few = [0; FEW];
        if ends.len() > FEW {
            return Self::Many(ends.into());
        }
        for (short, end) in few.iter_mut().zip(ends) {
            let Ok(end) = u16::try_from(*end) else { return Self::Many(ends.into()) };
            *short = end;
        }
        Self::Few(few)
    }

    pub(super) fn get(&self, i: usize) -> usize {
        match self {
            Self::Few(ends) => usize::from(ends[i]),
            Self::Many(ends) => ends[i] as usize,
        }
    }
}

impl PartialEq for Ends {
    /// Of sets with the same names: what is behind the last end is 0.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Few(a), Self::Few(b)) => a == b,
            (Self::Many(a), Self::Many(b)) => a == b,
            _ => false,
        }
    }
}
