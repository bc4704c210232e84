//! What one Alertmanager still has to be told. Pure: time is an argument.
//!
//! The newest state of each alert, in the order in which alerts entered. An end that was not
//! delivered stays in front of the next episode, so that none is lost and none merges with the
//! next. Alerts that the Alertmanager refused wait apart and are tried alone.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Labels, Timestamp};

use crate::AlertUpdate;

/// Alertmanager ignores ends older than this, and so does everybody who reads them.
const RESOLVED_FOR_MS: i64 = 15 * 60_000;
/// A firing alert that is sent late is said to fire at least this much longer.
const SHORTEST_VALIDITY_MS: i64 = 60_000;
/// A refused alert is tried again after this, then after twice as long, up to the bound.
const FIRST_RETRIAL: Duration = Duration::from_mins(1);
const LAST_RETRIAL: Duration = Duration::from_mins(10);

#[derive(Default)]
pub(super) struct Queue {
    slots: HashMap<Labels, Slot>,
    /// Label sets of waiting slots that are neither in flight nor apart.
    order: VecDeque<Labels>,
    /// Label sets of refused alerts that are not in flight.
    apart: VecDeque<Labels>,
    in_flight: usize,
    dropped: u64,
}

struct Slot {
    /// The end of an earlier episode that was not delivered.
    before: Option<Arc<AlertUpdate>>,
    latest: Arc<AlertUpdate>,
    queued_at: Timestamp,
    tried: bool,
    refused: Option<Refused>,
}

#[derive(Clone, Copy)]
struct Refused {
    not_before: Instant,
    wait: Duration,
}

/// An alert in flight.
#[derive(Clone, Debug)]
pub(super) struct Item {
    before: Option<Arc<AlertUpdate>>,
    latest: Arc<AlertUpdate>,
    ends_at: Timestamp,
    apart: bool,
}

impl Queue {
    /// Takes a new state of an alert.
    pub(super) fn push(&mut self, update: Arc<AlertUpdate>, now: Timestamp, at: Instant) {
        let Some(slot) = self.slots.get_mut(&update.labels) else {
            self.order.push_back(update.labels.clone());
            self.slots.insert(update.labels.clone(), Slot::new(update, now));
            return;
        };
        if slot.latest.resolved && slot.latest.starts_at != update.starts_at {
            slot.before = Some(Arc::clone(&slot.latest));
        }
        if let Some(refused) = &mut slot.refused
            && slot.latest.annotations != update.annotations
        {
            refused.not_before = at;
        }
        (slot.latest, slot.queued_at, slot.tried) = (update, now, false);
    }

    /// The next batch: at most `max` alerts, or one of those apart whose time has come.
    pub(super) fn take(&mut self, max: usize, now: Timestamp, at: Instant) -> Vec<Item> {
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(labels) = self.order.front()
            && (batch.is_empty() || size + self.slots[labels].len() <= max)
            && let Some(labels) = self.order.pop_front()
        {
            let item = self.enter(&labels, now, false);
            size += item.as_ref().map_or(0, Item::len);
            batch.extend(item);
        }
        for _ in 0..self.apart.len() {
            if !batch.is_empty() {
                break;
            }
            let labels = self.apart.pop_front().expect("counted by the loop");
            if self.slots[&labels].refused.is_some_and(|refused| refused.not_before > at) {
                self.apart.push_back(labels);
            } else {
                batch.extend(self.enter(&labels, now, true));
            }
        }
        self.in_flight += batch.len();
        batch
    }

    /// When the next of those apart may be tried.
    pub(super) fn next_trial(&self) -> Option<Instant> {
        let refused = self.apart.iter().filter_map(|labels| self.slots[labels].refused);
        refused.map(|refused| refused.not_before).min()
    }

    /// The batch arrived.
    pub(super) fn delivered(&mut self, items: &[Item]) {
        self.in_flight -= items.len();
        for item in items {
            let slot = self.slot(item);
            slot.refused = None;
            if is_same(slot.before.as_ref(), item.before.as_ref()) {
                slot.before = None;
            }
            if Arc::ptr_eq(&slot.latest, &item.latest) {
                self.slots.remove(&item.latest.labels);
                continue;
            }
            if is_same(slot.before.as_ref(), Some(&item.latest)) {
                slot.before = None;
            }
            self.order.push_back(item.latest.labels.clone());
        }
    }

    /// The batch failed and goes back to where it was.
    pub(super) fn failed(&mut self, items: &[Item]) {
        self.in_flight -= items.len();
        for item in items.iter().rev() {
            let queue = if item.apart { &mut self.apart } else { &mut self.order };
            queue.push_front(item.latest.labels.clone());
        }
    }

    /// The Alertmanager refused this alert; whether it is the first time.
    pub(super) fn refused(&mut self, item: &Item, at: Instant) -> bool {
        self.in_flight -= 1;
        let slot = self.slot(item);
        let earlier = slot.refused.map(|refused| refused.wait);
        let wait = earlier.map_or(FIRST_RETRIAL, |wait| (wait * 2).min(LAST_RETRIAL));
        slot.refused = Some(Refused { not_before: at + wait, wait });
        self.apart.push_back(item.latest.labels.clone());
        earlier.is_none()
    }

    /// How many alerts wait, those apart and in flight included.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many wait apart.
    pub(super) fn n_apart(&self) -> usize {
        self.apart.len()
    }

    /// How many wait and are not known to be refused.
    pub(super) fn n_deliverable(&self) -> usize {
        self.order.len() + self.in_flight
    }

    /// How many ends were given up so far.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    fn slot(&mut self, item: &Item) -> &mut Slot {
        self.slots.get_mut(&item.latest.labels).expect("an alert in flight keeps its slot")
    }

    /// The item for a slot that enters flight; none where its time is over.
    fn enter(&mut self, labels: &Labels, now: Timestamp, apart: bool) -> Option<Item> {
        let slot = self.slots.get_mut(labels).expect("queued label sets have slots");
        if slot.before.as_ref().is_some_and(|update| is_over(update, now)) {
            slot.before = None;
            self.dropped += 1;
        }
        if is_over(&slot.latest, now) {
            self.slots.remove(labels);
            self.dropped += 1;
            return None;
        }
        let ends_at = slot.ends_at(now);
        slot.tried = true;
        Some(Item { before: slot.before.clone(), latest: Arc::clone(&slot.latest), ends_at, apart })
    }
}

impl Slot {
    fn new(latest: Arc<AlertUpdate>, now: Timestamp) -> Self {
        Self { before: None, latest, queued_at: now, tried: false, refused: None }
    }

    /// How many updates it holds.
    fn len(&self) -> usize {
        1 + usize::from(self.before.is_some())
    }

    /// The end to send. A firing alert that waited is said to fire for as long from now as it was
    /// meant to from when it was queued: an end that has passed would resolve it.
    fn ends_at(&self, now: Timestamp) -> Timestamp {
        let given = self.latest.ends_at;
        if self.latest.resolved || (!self.tried && given > now) {
            return given;
        }
        let validity = (given.0 - self.queued_at.0).max(SHORTEST_VALIDITY_MS);
        given.max(Timestamp(now.0 + validity))
    }
}

impl Item {
    /// The updates in order, each with the end to send.
    pub(super) fn updates(&self) -> impl Iterator<Item = (&AlertUpdate, Timestamp)> {
        let before = self.before.iter().map(|update| (&**update, update.ends_at));
        before.chain([(&*self.latest, self.ends_at)])
    }

    /// How many updates it holds.
    pub(super) fn len(&self) -> usize {
        1 + usize::from(self.before.is_some())
    }

    /// The alert's labels.
    pub(super) fn labels(&self) -> &Labels {
        &self.latest.labels
    }
}

fn is_over(update: &AlertUpdate, now: Timestamp) -> bool {
    update.resolved && update.ends_at.0 + RESOLVED_FOR_MS < now.0
}

fn is_same(a: Option<&Arc<AlertUpdate>>, b: Option<&Arc<AlertUpdate>>) -> bool {
    a.zip(b).is_some_and(|(a, b)| Arc::ptr_eq(a, b))
}

#[cfg(test)]
mod tests;
