//! What is known of one label: its certainty and its values.
//!
//! Its certainty holds for every series of the branch: guaranteed labels are never empty, impossible
//! ones always are.

use std::{borrow::Cow, sync::Arc};

use super::why::Why;

/// How sure it is that a label is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Each series has it.
    Guaranteed,
    /// Some may have it.
    Possible,
    /// No series has it.
    Impossible,
}

/// What is known of one label.
#[derive(Clone, Debug)]
pub struct Label<'e> {
    /// Whether it is there.
    pub certainty: Certainty,
    /// The values that it may have where it is there; none where they are not known.
    pub values: Option<OneOf<'e>>,
    /// What decided its certainty; none where nothing did.
    pub why: Option<Why>,
}

/// A few values, none of them empty.
#[derive(Clone, Debug)]
pub enum OneOf<'e> {
    /// One.
    One(Cow<'e, str>),
    /// Several, sorted.
    Several(Arc<[Cow<'e, str>]>),
}

impl<'e> Label<'e> {
    /// A label of which nothing is known.
    pub fn possible() -> Self {
        Self { certainty: Certainty::Possible, values: None, why: None }
    }

    /// A label that no series has.
    pub fn impossible(why: impl Into<Option<Why>>) -> Self {
        Self { certainty: Certainty::Impossible, values: None, why: why.into() }
    }

    /// A label that each series has.
    pub fn guaranteed(values: Option<OneOf<'e>>, why: Why) -> Self {
        Self { certainty: Certainty::Guaranteed, values, why: Some(why) }
    }

    /// Whether no series has it.
    pub fn is_impossible(&self) -> bool {
        self.certainty == Certainty::Impossible
    }

    /// Whether each series has it.
    pub fn is_guaranteed(&self) -> bool {
        self.certainty == Certainty::Guaranteed
    }

    /// Whether nothing is known of it, so that it adds nothing to what another says.
    pub(super) fn is_unknown(&self) -> bool {
        self.certainty == Certainty::Possible && self.values.is_none()
    }

    /// The only value that it can have where it is there.
    pub fn constant(&self) -> Option<&str> {
        match self.values.as_ref()?.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether both can hold.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (&self.values, &other.values, self.certainty, other.certainty) {
            // Mostly one value is compared with another.
            (Some(OneOf::One(a)), Some(OneOf::One(b)), Certainty::Guaranteed, _)
            | (Some(OneOf::One(a)), Some(OneOf::One(b)), _, Certainty::Guaranteed) => a == b,
            _ => self.meet(other).is_some(),
        }
    }

    /// Whether the other one adds nothing, so that this one holds where both hold.
    pub(super) fn implies(&self, other: &Self) -> bool {
        let is_sure = match self.certainty {
            Certainty::Possible => other.certainty == Certainty::Possible,
            sure => other.certainty == Certainty::Possible || other.certainty == sure,
        };
        let has_values = || match (&self.values, &other.values) {
            (_, None) => true,
            (Some(OneOf::One(a)), Some(OneOf::One(b))) => a == b,
            _ => false,
        };
        is_sure && (self.is_impossible() || has_values())
    }

    /// What holds where both hold; none if both cannot hold.
    pub(super) fn meet(&self, other: &Self) -> Option<Self> {
        use Certainty::{Guaranteed, Impossible};
        let values = match (&self.values, &other.values) {
            (Some(a), Some(b)) => Some(a.intersection(b)),
            (Some(a), None) | (None, Some(a)) => Some(Some(a.clone())),
            (None, None) => None,
        };
        let nothing_left = matches!(values, Some(None));
        let stronger = match (self.certainty, other.certainty) {
            (Guaranteed, Impossible) | (Impossible, Guaranteed) => return None,
            (Guaranteed | Impossible, _) => self,
            (_, Guaranteed | Impossible) => other,
            _ if nothing_left => return Some(Self::impossible(self.why.or(other.why))),
            _ => self,
        };
        if nothing_left && stronger.certainty == Guaranteed {
            return None;
        }
        let values = if stronger.is_impossible() { None } else { values.flatten() };
        Some(Self { certainty: stronger.certainty, values, why: stronger.why })
    }

    /// What holds where one of both holds.
    pub(super) fn join(&self, other: &Self) -> Self {
        let values = match (self.is_impossible(), other.is_impossible()) {
            (true, true) => None,
            (true, false) => other.values.clone(),
            (false, true) => self.values.clone(),
            (false, false) => match (&self.values, &other.values) {
                (Some(a), Some(b)) => a.union(b),
                _ => None,
            },
        };
        let certainty =
            if self.certainty == other.certainty { self.certainty } else { Certainty::Possible };
        let why = match (self.certainty, other.certainty) {
            (Certainty::Possible, _) => other.why,
            _ => self.why.or(other.why),
        };
        Self { certainty, values, why }
    }
}

/// Sets with more values are not kept.
const MANY: usize = 64;

impl<'e> OneOf<'e> {
    /// These values without the empty one; none if nothing is left or if they are very many.
    pub fn new(values: impl IntoIterator<Item = Cow<'e, str>>) -> Option<Self> {
        let mut values = values.into_iter().filter(|value| !value.is_empty());
        let (first, second) = (values.next()?, values.next());
        let Some(second) = second else { return Some(Self::One(first)) };
        let mut values: Vec<_> = [first, second].into_iter().chain(values).collect();
        values.sort_unstable();
        values.dedup();
        match values.len() {
            0 | 1 => values.pop().map(Self::One),
            2..=MANY => Some(Self::Several(values.into())),
            _ => None,
        }
    }

    /// One value.
    pub fn one(value: &'e str) -> Self {
        Self::One(Cow::Borrowed(value))
    }

    /// The values, sorted.
    pub fn as_slice(&self) -> &[Cow<'e, str>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }

    /// Whether a value is among them.
    pub fn contains(&self, value: &str) -> bool {
        self.as_slice().iter().any(|one| one == value)
    }

    fn contains_all(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(a), Self::One(b)) => a == b,
            (Self::One(_), Self::Several(_)) => false,
            _ => other.as_slice().iter().all(|value| self.contains(value)),
        }
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        if other.contains_all(self) {
            return Some(self.clone());
        }
        Self::new(self.as_slice().iter().filter(|value| other.contains(value)).cloned())
    }

    fn union(&self, other: &Self) -> Option<Self> {
        if self.contains_all(other) {
            return Some(self.clone());
        }
        Self::new(self.as_slice().iter().chain(other.as_slice()).cloned())
    }
}
