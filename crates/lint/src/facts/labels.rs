//! Which labels the series of a result have.
//!
//! A label is known by name, or it is one of the rest.

use std::sync::Arc;

use model::METRIC_NAME;

use super::{
    label::{Certainty, Label},
    why::{Reason, Why},
};

/// Labels that follow the metric name: what drops it drops them.
const SCHEMA: [&str; 2] = ["__type__", "__unit__"];

/// The labels of a branch.
#[derive(Clone, Debug)]
pub struct LabelSet<'e> {
    /// Those of which something is known by name; copies share them until one is changed.
    entries: Entries<'e>,
    /// So many entries at the start say nothing more: the metric name is mostly the first.
    n_gone: usize,
    /// What holds for all others: possible or impossible.
    rest: Label<'e>,
    /// Set where the metric name was dropped.
    name: Name<'e>,
}

/// A label that is known by name.
type Entry<'e> = (&'e str, Label<'e>);

/// None where there are none.
type Entries<'e> = Option<Arc<Vec<Entry<'e>>>>;

/// So many more labels have room where one is added.
const ROOM: usize = 4;

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

impl<'e> LabelSet<'e> {
    /// Any labels.
    pub fn open() -> Self {
        Self { entries: None, n_gone: 0, rest: Label::possible(), name: Name::Kept }
    }

    /// No labels.
    pub fn closed(why: impl Into<Option<Why>>) -> Self {
        Self { entries: None, n_gone: 0, rest: Label::impossible(why), name: Name::Kept }
    }

    fn with(entries: Vec<Entry<'e>>, rest: Label<'e>, name: Name<'e>) -> Self {
        let entries = (!entries.is_empty()).then(|| Arc::new(entries));
        Self { entries, n_gone: 0, rest, name }
    }

    fn entries(&self) -> &[Entry<'e>] {
        self.entries.as_deref().map_or(&[], |entries| &entries[self.n_gone..])
    }

    /// The entries, for a change; what shares them keeps them as they are.
    fn entries_mut(&mut self, room: usize) -> &mut Vec<Entry<'e>> {
        let entries = self.entries.get_or_insert_with(|| Arc::new(Vec::with_capacity(room)));
        if Arc::strong_count(entries) > 1 {
            let kept = &entries[std::mem::take(&mut self.n_gone)..];
            let mut copy = Vec::with_capacity(kept.len() + room);
            copy.extend_from_slice(kept);
            *entries = Arc::new(copy);
        }
        Arc::make_mut(entries)
    }

    fn replace(&mut self, at: usize, label: Label<'e>) {
        let n_entries = self.entries().len();
        let entries = self.entries_mut(0);
        let n_gone = entries.len() - n_entries;
        entries[n_gone + at].1 = label;
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.entries().iter().position(|(known, _)| *known == name)
    }

    /// The same, for one that is likely to stand where it stands in another set.
    fn position_near(&self, name: &str, likely: usize) -> Option<usize> {
        match self.entries().get(likely) {
            Some((known, _)) if *known == name => Some(likely),
            _ => self.position(name),
        }
    }

    fn get_near(&self, name: &str, likely: usize) -> &Label<'e> {
        match self.position_near(name, likely) {
            Some(at) => &self.entries()[at].1,
            None => self.unnamed(name),
        }
    }

    /// What is known of a label.
    pub fn get(&self, name: &str) -> &Label<'e> {
        match self.position(name) {
            Some(at) => &self.entries()[at].1,
            None => self.unnamed(name),
        }
    }

    /// What is known of a label that has no entry.
    fn unnamed(&self, name: &str) -> &Label<'e> {
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

    /// Makes room for more labels.
    pub(super) fn reserve(&mut self, room: usize) {
        if room > 0 {
            self.entries_mut(room).reserve(room);
        }
    }

    /// Says what is known of a label.
    pub fn set(&mut self, name: &'e str, label: Label<'e>) {
        match self.position(name) {
            Some(at) => self.replace(at, label),
            None => self.entries_mut(ROOM).push((name, label)),
        }
    }

    /// Says what holds of a label beside what is known; none if both cannot hold.
    pub(super) fn narrow(&mut self, name: &'e str, label: &Label<'e>) -> Option<()> {
        if let Some(at) = self.position(name) {
            return self.narrow_at(at, label);
        }
        let known = self.unnamed(name);
        let is_new = known.is_unknown() && label.certainty != Certainty::Possible;
        let both = if is_new { label.clone() } else { known.meet(label)? };
        self.entries_mut(ROOM).push((name, both));
        Some(())
    }

    fn narrow_at(&mut self, at: usize, label: &Label<'e>) -> Option<()> {
        let known = &self.entries()[at].1;
        if !known.implies(label) {
            let both = known.meet(label)?;
            self.replace(at, both);
        }
        Some(())
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
        if self.entries().first().is_some_and(|(name, _)| *name == METRIC_NAME) {
            self.n_gone += 1;
        }
        let gone = |name: &str| name == METRIC_NAME || schema && SCHEMA.contains(&name);
        if self.entries().iter().any(|(name, _)| gone(name)) {
            let kept = self.entries().iter().filter(|(name, _)| !gone(name)).cloned();
            self.entries = Some(Arc::new(kept.collect()));
            self.n_gone = 0;
        }
        let label = || Label::impossible(Why { reason: Reason::NameDropped, ..why });
        self.name = match (&self.name, schema) {
            (Name::SchemaDropped(_), _) | (Name::Dropped(_), false) => return,
            (_, true) => Name::SchemaDropped(label()),
            (Name::Kept, false) => Name::Dropped(label()),
        };
    }

    /// The same with all reasons reworded, and room for more labels.
    pub(super) fn explained(&self, room: usize, f: impl Fn(Why) -> Why) -> Self {
        let reworded = |label: &Label<'e>| Label { why: label.why.map(&f), ..label.clone() };
        let mut entries = Vec::with_capacity(self.entries().len() + room);
        entries.extend(self.entries().iter().map(|(name, label)| (*name, reworded(label))));
        let name = match &self.name {
            Name::Kept => Name::Kept,
            Name::Dropped(label) => Name::Dropped(reworded(label)),
            Name::SchemaDropped(label) => Name::SchemaDropped(reworded(label)),
        };
        Self::with(entries, reworded(&self.rest), name)
    }

    /// What holds where one of both holds.
    pub(super) fn join(&self, other: &Self) -> Self {
        let mut entries = Vec::with_capacity(self.entries().len() + other.entries().len());
        for (at, (name, label)) in self.entries().iter().enumerate() {
            entries.push((*name, label.join(other.get_near(name, at))));
        }
        for (at, (name, label)) in other.entries().iter().enumerate() {
            if self.position_near(name, at).is_none() {
                entries.push((*name, self.unnamed(name).join(label)));
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
                result.narrow(name, other.get(name))?;
            }
            return Some(result);
        }
        for (at, (name, _)) in self.entries().iter().enumerate() {
            let partner = other.get_near(name, at);
            if !partner.is_unknown() && !is_unmatched(name, names) {
                result.narrow_at(at, partner)?;
            }
        }
        for (at, (name, label)) in other.entries().iter().enumerate() {
            if self.position_near(name, at).is_none() && !is_unmatched(name, names) {
                result.narrow(name, label)?;
            }
        }
        for name in SCHEMA {
            if !is_unmatched(name, names) && other.get(name).is_impossible() {
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

    /// Whether series with these labels may have all labels but the name in common with the other
    /// side's.
    pub(super) fn may_match(&self, other: &Self) -> bool {
        let here = |(at, (name, label)): (usize, &Entry<'e>)| {
            *name == METRIC_NAME || label.meets(other.get_near(name, at))
        };
        let there = |(at, (name, label)): (usize, &Entry<'e>)| {
            *name == METRIC_NAME
                || self.position_near(name, at).is_some()
                || self.unnamed(name).meets(label)
        };
        self.entries().iter().enumerate().all(here) && other.entries().iter().enumerate().all(there)
    }
}

/// Whether sides are not matched by a label: one of the listed ones, or the name.
fn is_unmatched(name: &str, names: &[String]) -> bool {
    name == METRIC_NAME || names.iter().any(|n| n == name)
}
