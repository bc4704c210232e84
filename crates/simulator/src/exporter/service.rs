//! A pod of a service, as it is scraped on port 8080.

use super::{
    Moment,
    business::{Drivers, Orders},
    http::{Http, Shape},
};
use crate::{Config, fleet::Slot, page::Page, target::Identity};

/// A place for a pod of a service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    slot: Slot,
    shape: Shape,
    process: Option<Process>,
}

/// The process in a pod. Its counters begin anew with it.
#[derive(Clone, Debug)]
struct Process {
    generation: usize,
    restarts: usize,
    identity: Identity,
    http: Http,
    business: Business,
}

#[derive(Clone, Debug)]
enum Business {
    Orders(Orders),
    Drivers(Drivers),
    None,
}

impl Service {
    pub(crate) fn new(slot: Slot, config: &Config) -> Self {
        Self { slot, shape: Shape::of(slot, config), process: None }
    }

    pub(crate) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        self.replace(moment);
        let up = self.slot.is_up(moment.course, moment.t);
        let Some(process) = &mut self.process else { return };
        page.push(&process.identity.series("up", &[]), f64::from(u8::from(up)));
        if !up {
            return;
        }
        process.http.advance(moment);
        process.http.show(page);
        match &mut process.business {
            Business::Orders(orders) => orders.scrape(moment, page),
            Business::Drivers(drivers) => drivers.scrape(moment, page),
            Business::None => {}
        }
    }

    /// Starts the process that runs now, if it is another one than before.
    fn replace(&mut self, moment: Moment<'_>) {
        let Some(pod) = self.slot.pod(moment.seed, moment.course, moment.t) else {
            self.process = None;
            return;
        };
        let restarts = moment.course.restarts(self.slot, moment.t);
        let same = |p: &Process| p.generation == pod.generation && p.restarts == restarts;
        if self.process.as_ref().is_some_and(same) {
            return;
        }
        let service = self.slot.service();
        let identity = Identity::new("tripo04os-services", &format!("{}:8080", pod.ip), service);
        let http = Http::new(self.slot, &identity, self.shape);
        let business = match service {
            "orders" => Business::Orders(Orders::new(self.slot, &identity)),
            "drivers" => Business::Drivers(Drivers::new(self.slot, &identity)),
            _ => Business::None,
        };
        let generation = pod.generation;
        self.process = Some(Process { generation, restarts, identity, http, business });
    }
}
