//! A scrape target: its schedule, `up`, and the end of series that it no longer exports.

use std::collections::HashSet;

use model::{Labels, METRIC_NAME, stale_nan};
use store::Table;

use crate::{
    exporter::{Exporter, Moment},
    noise::{self, Noise},
    page::Page,
    script::Course,
};

/// Something that is scraped.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    exporter: Exporter,
    key: u64,
    next_ms: i64,
    last_ms: Option<i64>,
    /// What the last scrape brought.
    shown: Vec<Labels>,
    page: Page,
}

/// What a scrape needs to know besides the target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) seed: u64,
    pub(crate) course: &'a Course,
    pub(crate) interval_ms: i64,
}

/// The labels of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) job: &'static str,
    pub(crate) instance: String,
    pub(crate) service: String,
}

impl Identity {
    pub(crate) fn new(job: &'static str, instance: &str, service: &str) -> Self {
        Self { job, instance: instance.to_owned(), service: service.to_owned() }
    }

    /// A series of this target.
    pub(crate) fn series(&self, metric: &str, own: &[(&str, &str)]) -> Labels {
        self.series_of(&self.service, metric, own)
    }

    /// A series whose `service` relabelling has changed.
    pub(crate) fn series_of(&self, service: &str, metric: &str, own: &[(&str, &str)]) -> Labels {
        let (job, instance) = (self.job, self.instance.as_str());
        let target = [(METRIC_NAME, metric), ("job", job), ("instance", instance)];
        Labels::from_pairs(target.into_iter().chain([("service", service)]).chain(own.to_vec()))
    }
}

impl Target {
    /// A target whose place within the interval follows from `key`.
    pub(crate) fn new(exporter: Exporter, key: u64, scene: Scene<'_>, from_ms: i64) -> Self {
        let interval = scene.interval_ms.cast_unsigned();
        let offset = (noise::hash(scene.seed, &[key]) % interval).cast_signed();
        let next_ms = from_ms + offset;
        let page = Page::default();
        Self { exporter, key, next_ms, last_ms: None, shown: Vec::new(), page }
    }

    /// Scrapes as often as is due up to a time.
    pub(crate) fn advance_to(&mut self, t: i64, scene: Scene<'_>, table: &mut Table) {
        while self.next_ms <= t {
            self.scrape(self.next_ms, scene, table);
            self.next_ms += scene.interval_ms;
        }
    }

    fn scrape(&mut self, t: i64, scene: Scene<'_>, table: &mut Table) {
        let passed_s = self.last_ms.map_or(0.0, |last| (t - last) as f64 / 1000.0);
        self.last_ms = Some(t);
        self.page.clear();
        let moment = Moment {
            t,
            passed_s,
            seed: scene.seed,
            course: scene.course,
            noise: Noise::new(scene.seed, self.key, t),
        };
        self.exporter.scrape(moment, &mut self.page);
        for (labels, value) in self.page.samples() {
            let id = table.series_id(labels);
            table.append_value(id, t, 0, value.clone());
        }
        if self.shown != self.page.labels() {
            self.end_vanished(t, table);
            self.shown = self.page.labels().to_vec();
        }
    }

    fn end_vanished(&self, t: i64, table: &mut Table) {
        let present: HashSet<&Labels> = self.page.labels().iter().collect();
        for labels in self.shown.iter().filter(|labels| !present.contains(labels)) {
            if let Some(id) = table.find(labels) {
                table.append(id, t, stale_nan());
            }
        }
    }
}
