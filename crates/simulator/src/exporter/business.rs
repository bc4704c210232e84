//! Orders and drivers by zone.

use model::Labels;

use super::{Counter, Moment};
use crate::{Effect, fleet::Slot, page::Page, target::Identity};

/// Zones with their part of the city's orders and drivers.
const ZONES: [(&str, f64); 6] = [
    ("centre", 0.30),
    ("north", 0.15),
    ("south", 0.16),
    ("east", 0.12),
    ("west", 0.13),
    ("airport", 0.14),
];

/// Reasons with their part of the cancellations on a good day.
const REASONS: [(&str, f64); 5] =
    [("no_driver", 0.15), ("long_wait", 0.30), ("price", 0.20), ("rider", 0.25), ("driver", 0.10)];

const ORDERS_PER_SECOND: f64 = 1.6;
const USUAL_CANCELLATIONS: f64 = 0.06;
const USUAL_DRIVERS: f64 = 260.0;

/// What a pod of `orders` counts.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    slot: Slot,
    zones: Vec<(f64, Counter, Vec<Counter>)>,
}

impl Orders {
    pub(super) fn new(slot: Slot, identity: &Identity) -> Self {
        let zone = |(zone, part): (&str, f64)| {
            let created = identity.series("orders_created_total", &[("zone", zone)]);
            let cancelled = REASONS.map(|(reason, _)| {
                let own = [("zone", zone), ("reason", reason)];
                Counter::new(identity.series("orders_cancelled_total", &own))
            });
            (part, Counter::new(created), cancelled.into())
        };
        Self { slot, zones: ZONES.map(zone).into() }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        let factor = moment.course.level(moment.t, 1.0, |e| match e {
            Effect::Orders { factor } => Some(*factor),
            _ => None,
        });
        let cancelled = moment.course.level(moment.t, USUAL_CANCELLATIONS, |e| match e {
            Effect::Cancellations { share } => Some(*share),
            _ => None,
        });
        let all = ORDERS_PER_SECOND * factor * moment.passed_s / self.slot.siblings as f64;
        for (key, (part, created, reasons)) in (0..).zip(&mut self.zones) {
            let n = all * *part * moment.noise.around_one(0.2, key);
            created.add(n);
            for ((reason, usual), counter) in REASONS.into_iter().zip(reasons) {
                // What is more than usual is for want of drivers.
                let more =
                    if reason == "no_driver" { cancelled - USUAL_CANCELLATIONS } else { 0.0 };
                counter.add(n * (USUAL_CANCELLATIONS * usual + more).max(0.0));
            }
        }
        for (_, created, reasons) in &self.zones {
            created.show(page);
            for counter in reasons {
                counter.show(page);
            }
        }
    }
}

/// What a pod of `drivers` reports: its part of the drivers of each zone.
#[derive(Clone, Debug)]
pub(super) struct Drivers {
    slot: Slot,
    zones: Vec<(f64, Labels)>,
}

impl Drivers {
    pub(super) fn new(slot: Slot, identity: &Identity) -> Self {
        let zone = |(zone, part): (&str, f64)| {
            (part, identity.series("drivers_available", &[("zone", zone)]))
        };
        Self { slot, zones: ZONES.map(zone).into() }
    }

    pub(super) fn scrape(&self, moment: Moment<'_>, page: &mut Page) {
        let factor = moment.course.level(moment.t, 1.0, |e| match e {
            Effect::Drivers { factor } => Some(*factor),
            _ => None,
        });
        let own = USUAL_DRIVERS * factor / self.slot.siblings as f64;
        for (key, (part, labels)) in (0..).zip(&self.zones) {
            let drivers = own * part * moment.noise.around_one(0.1, key);
            page.push(labels, drivers.round());
        }
    }
}
