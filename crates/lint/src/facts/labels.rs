//! Which labels the series of a result have.
//!
//! A label is known by name, or it is one of the rest. Its certainty holds for every series of the
//! branch: guaranteed labels are never empty, impossible ones always are.

use std::{borrow::Cow, sync::Arc};

use model::METRIC_NAME;

use super::why::{Reason, Why};

/// Labels that follow the metric name: what drops it drops them.
const SCHEMA: [&str; 2] = ["__type__", "__unit__"];

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

/// The labels of a branch.
#[derive(Clone, Debug)]
pub struct LabelSet<'e> {
    /// Those of which something is known by name; copies share them until one is changed.
    entries: Entries<'e>,
    /// What holds for all others: possible or impossible.
    rest: Label<'e>,
    /// Set where the metric name was dropped.
    name: Name<'e>,
}

/// None where there are none.
type Entries<'e> = Option<Arc<Vec<(&'e str, Label<'e>)>>>;

/// The metric name, where it is not among the entries.
#[derive(Clone, Debug)]
enum Name<'e> {
    /// As the rest.
    Kept,
    /// It is gone.
    Dropped(Label<'e>),
    /// It is gone with `__type__` and `__unit__`.
    SchemaDropped(Label<'e>),
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

    fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.as_slice().iter().filter(|value| other.contains(value)).cloned())
    }

    fn union(&self, other: &Self) -> Option<Self> {
        Self::new(self.as_slice().iter().chain(other.as_slice()).cloned())
    }
}

impl<'e> LabelSet<'e> {
    /// Any labels.
    pub fn open() -> Self {
        Self { entries: None, rest: Label::possible(), name: Name::Kept }
    }

    /// No labels.
    pub fn closed(why: impl Into<Option<Why>>) -> Self {
        Self { entries: None, rest: Label::impossible(why), name: Name::Kept }
    }

    fn with(entries: Vec<(&'e str, Label<'e>)>, rest: Label<'e>, name: Name<'e>) -> Self {
        let entries = (!entries.is_empty()).then(|| Arc::new(entries));
        Self { entries, rest, name }
    }

    fn entries(&self) -> &[(&'e str, Label<'e>)] {
        self.entries.as_deref().map_or(&[], Vec::as_slice)
    }

    fn entries_mut(&mut self) -> &mut Vec<(&'e str, Label<'e>)> {
        Arc::make_mut(self.entries.get_or_insert_default())
    }

    /// What is known of a label.
    pub fn get(&self, name: &str) -> &Label<'e> {
        if let Some((_, label)) = self.entries().iter().find(|(known, _)| *known == name) {
            return label;
        }
        match &self.name {
            Name::Dropped(gone) | Name::SchemaDropped(gone) if name == METRIC_NAME => gone,
            Name::SchemaDropped(gone) if SCHEMA.contains(&name) => gone,
            _ => &self.rest,
        }
    }

    /// What is known of all labels that [`LabelSet::named`] does not name.
    pub fn rest(&self) -> &Label<'e> {
        &self.rest
    }

    /// Whether only named labels can be there.
    pub fn is_closed(&self) -> bool {
        self.rest.is_impossible()
    }

    /// The labels of which something is known by name, impossible ones among them.
    pub fn named(&self) -> impl Iterator<Item = (&'e str, &Label<'e>)> {
        self.entries().iter().map(|(name, label)| (*name, label))
    }

    /// Whether there can be no label at all, so that there can be but one series.
    pub fn is_empty(&self) -> bool {
        self.is_closed() && self.entries().iter().all(|(_, label)| label.is_impossible())
    }

    /// Says what is known of a label.
    pub fn set(&mut self, name: &'e str, label: Label<'e>) {
        let entries = self.entries_mut();
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = label,
            None => entries.push((name, label)),
        }
    }

    /// Keeps these labels only. Those that cannot be there keep their reason.
    pub(super) fn only(&self, names: &'e [String], why: Why) -> Self {
        let mut kept = Vec::with_capacity(names.len());
        for name in names {
            // A name may be written twice.
            if !kept.iter().any(|(known, _)| known == name) {
                kept.push((name.as_str(), self.get(name).clone()));
            }
        }
        Self::with(kept, Label::impossible(why), Name::Kept)
    }

    /// Drops a label.
    pub(super) fn drop(&mut self, name: &'e str, why: Why) {
        self.drop_because(name, Some(why));
    }

    fn drop_because(&mut self, name: &'e str, why: Option<Why>) {
        if !self.get(name).is_impossible() {
            self.set(name, Label::impossible(why));
        }
    }

    /// Drops the metric name; with `schema` also what follows it.
    pub(super) fn drop_name(&mut self, schema: bool, why: Why) {
        let gone = |name: &str| name == METRIC_NAME || schema && SCHEMA.contains(&name);
        if self.entries().iter().any(|(name, _)| gone(name)) {
            self.entries_mut().retain(|(name, _)| !gone(name));
        }
        let label = Label::impossible(Why { reason: Reason::NameDropped, ..why });
        self.name = match (&self.name, schema) {
            (Name::SchemaDropped(_), _) | (Name::Dropped(_), false) => return,
            (_, true) => Name::SchemaDropped(label),
            (Name::Kept, false) => Name::Dropped(label),
        };
    }

    /// Rewords all reasons.
    pub(super) fn explain(&mut self, f: impl Fn(Why) -> Why) {
        let reword = |label: &mut Label<'e>| label.why = label.why.map(&f);
        if self.entries.is_some() {
            self.entries_mut().iter_mut().for_each(|(_, label)| reword(label));
        }
        reword(&mut self.rest);
        if let Name::Dropped(label) | Name::SchemaDropped(label) = &mut self.name {
            reword(label);
        }
    }

    /// What holds where one of both holds.
    pub(super) fn join(&self, other: &Self) -> Self {
        let mut entries = Vec::with_capacity(self.entries().len());
        for (name, label) in self.entries() {
            entries.push((*name, label.join(other.get(name))));
        }
        for (name, label) in other.entries() {
            if !self.entries().iter().any(|(known, _)| known == name) {
                entries.push((*name, self.get(name).join(label)));
            }
        }
        let name = match (&self.name, &other.name) {
            (Name::Kept, _) | (_, Name::Kept) => Name::Kept,
            (Name::SchemaDropped(gone), Name::SchemaDropped(_)) => {
                Name::SchemaDropped(gone.clone())
            }
            (Name::Dropped(gone) | Name::SchemaDropped(gone), _) => Name::Dropped(gone.clone()),
        };
        Self::with(entries, self.rest.join(&other.rest), name)
    }

    /// These labels, of which those that the other side is matched by are equal to its own: the
    /// listed ones, or all but the listed ones and the name. None if no series can match.
    pub(super) fn matched(&self, other: &Self, names: &'e [String], on: bool) -> Option<Self> {
        let mut result = self.clone();
        if on {
            for name in names {
                let label = self.get(name).meet(other.get(name))?;
                result.set(name, label);
            }
            return Some(result);
        }
        let unmatched = |name: &str| name == METRIC_NAME || names.iter().any(|n| n == name);
        for (name, label) in self.entries().iter().filter(|(name, _)| !unmatched(name)) {
            let partner = other.get(name);
            if !partner.is_unknown() {
                result.set(name, label.meet(partner)?);
            }
        }
        for (name, label) in other.entries().iter().filter(|(name, _)| !unmatched(name)) {
            if !self.entries().iter().any(|(known, _)| known == name) {
                result.set(name, self.get(name).meet(label)?);
            }
        }
        for name in SCHEMA {
            if !unmatched(name) && other.get(name).is_impossible() {
                result.drop_because(name, other.get(name).why);
            }
        }
        if !self.is_closed() && other.is_closed() {
            for name in names.iter().map(String::as_str).chain([METRIC_NAME]) {
                result.set(name, self.get(name).clone());
            }
            result.rest = other.rest.clone();
        }
        Some(result)
    }
}
