//! The whole platform and its clock.

use store::Table;

use crate::{
    Config, Incident,
    exporter::Exporter,
    noise,
    script::Course,
    target::{Scene, Target},
};

/// A simulated platform with everything that scrapes it.
#[derive(Clone, Debug)]
pub struct Platform {
    config: Config,
    seed: u64,
    course: Course,
    targets: Vec<Target>,
    now_ms: i64,
}

impl Platform {
    /// A platform that was not scraped yet.
    pub fn new(config: Config, seed: u64) -> Self {
        let course = Course::new(config.start_ms, config.incidents.clone());
        let from_ms = config.start_ms - config.history_ms;
        let scene = Scene { seed, course: &course, interval_ms: config.interval_ms };
        let all = Exporter::all(&config);
        let targets = all.into_iter().enumerate().map(|(i, exporter)| {
            let key = noise::hash(0, &[i as u64]);
            Target::new(exporter, key, scene, from_ms)
        });
        let targets = targets.collect();
        Self { now_ms: from_ms, config, seed, course, targets }
    }

    /// Scrapes everything that is due up to a time in milliseconds and appends it to a table,
    /// which must be the same each time.
    pub fn advance_to(&mut self, table: &mut Table, t_ms: i64) {
        let Self { config, seed, course, targets, now_ms } = self;
        let scene = Scene { seed: *seed, course, interval_ms: config.interval_ms };
        for target in targets {
            target.advance_to(t_ms, scene, table);
        }
        *now_ms = t_ms.max(*now_ms);
    }

    /// Replaces what goes wrong; to be changed before it begins.
    pub fn set_incidents(&mut self, incidents: Vec<Incident>) {
        self.course = Course::new(self.config.start_ms, incidents.clone());
        self.config.incidents = incidents;
    }

    /// How far it has come, in milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// What is simulated.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What goes wrong, in the order of its beginning.
    pub fn incidents(&self) -> Vec<&Incident> {
        let mut incidents: Vec<_> = self.config.incidents.iter().collect();
        incidents.sort_by_key(|incident| incident.at_ms);
        incidents
    }
}

#[cfg(test)]
mod tests;
