//! Which incidents are under way at a time, and the incidents of the demo.

mod demo;

use crate::{Effect, Incident, fleet::Slot};

pub use demo::demo_script;

/// All incidents, on the platform's time.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    start_ms: i64,
    incidents: Vec<Incident>,
}

/// Between the replacements of two pods of a service.
const ROLLOUT_STEP_MS: i64 = 30_000;

impl Course {
    pub(crate) fn new(start_ms: i64, incidents: Vec<Incident>) -> Self {
        Self { start_ms, incidents }
    }

    /// The effects at a time with how much of them is reached, from 0 to 1.
    fn under_way(&self, t: i64) -> impl Iterator<Item = (&Effect, f64)> {
        let at = t - self.start_ms;
        let active = self.incidents.iter().filter_map(move |i| Some((i, i.intensity(at)?)));
        active.flat_map(|(incident, part)| incident.effects.iter().map(move |e| (e, part)))
    }

    /// Where a value stands that effects push away from `normal`: at the farthest of them.
    pub(crate) fn level(
        &self,
        t: i64,
        normal: f64,
        pushed: impl Fn(&Effect) -> Option<f64>,
    ) -> f64 {
        let levels = self
            .under_way(t)
            .filter_map(|(effect, part)| Some(normal + (pushed(effect)? - normal) * part));
        levels.fold(normal, |a, b| if (b - normal).abs() > (a - normal).abs() { b } else { a })
    }

    fn any(&self, t: i64, holds: impl Fn(&Effect) -> bool) -> bool {
        self.under_way(t).any(|(effect, _)| holds(effect))
    }

    pub(crate) fn is_gone(&self, service: &str, ordinal: usize, t: i64) -> bool {
        self.any(t, |e| matches!(e, Effect::Gone { pods } if pods.contains(service, ordinal)))
    }

    pub(crate) fn is_unreachable(&self, service: &str, ordinal: usize, t: i64) -> bool {
        self.any(
            t,
            |e| matches!(e, Effect::Unreachable { pods } if pods.contains(service, ordinal)),
        )
    }

    /// Whether a pod says that it can serve.
    pub(crate) fn is_ready(&self, slot: Slot, t: i64) -> bool {
        let (service, ordinal) = (slot.service(), slot.ordinal);
        slot.is_up(self, t)
            && !self.any(
                t,
                |e| matches!(e, Effect::NotReady { pods } if pods.contains(service, ordinal)),
            )
    }

    /// How often the pod in a slot was replaced by a time: by rollouts and by coming back.
    pub(crate) fn generation(&self, service: &str, ordinal: usize, t: i64) -> usize {
        let delay = i64::try_from(ordinal).unwrap_or(i64::MAX).saturating_mul(ROLLOUT_STEP_MS);
        let at = t - self.start_ms;
        let happened = |incident: &Incident, effect: &Effect| match effect {
            Effect::Rollout { service: s } => s == service && incident.at_ms + delay <= at,
            Effect::Gone { pods } => pods.contains(service, ordinal) && incident.end_ms() <= at,
            _ => false,
        };
        let all = self.incidents.iter().flat_map(|i| i.effects.iter().map(move |e| (i, e)));
        all.filter(|(incident, effect)| happened(incident, effect)).count()
    }

    /// When the pod in a slot crashed, up to a time.
    fn crashes(&self, slot: Slot, t: i64) -> impl Iterator<Item = i64> {
        self.incidents.iter().flat_map(move |incident| {
            let loops = incident.effects.iter().filter_map(move |effect| match effect {
                Effect::CrashLoop { pods, every_ms }
                    if pods.contains(slot.service(), slot.ordinal) =>
                {
                    Some((*every_ms).max(1))
                }
                _ => None,
            });
            loops.flat_map(move |every| {
                let end = incident.end_ms().min(t - self.start_ms + 1);
                let at = (0..).map(move |n| incident.at_ms + n * every);
                at.take_while(move |at| *at < end).map(|at| self.start_ms + at)
            })
        })
    }

    pub(crate) fn restarts(&self, slot: Slot, t: i64) -> usize {
        self.crashes(slot, t).count()
    }

    pub(crate) fn last_crash(&self, slot: Slot, t: i64) -> Option<i64> {
        self.crashes(slot, t).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pods;

    fn course(effects: Vec<Effect>) -> Course {
        let (begins, ends) = (String::new(), String::new());
        let incident =
            Incident { at_ms: 100, lasts_ms: 1_000, ramp_ms: 500, effects, begins, ends };
        Course::new(10_000, vec![incident])
    }

    #[test]
    fn levels_follow_the_ramp_and_return() {
        let course = course(vec![Effect::RedisMemory { ratio: 0.9 }]);
        let level = |t| {
            course.level(t, 0.5, |e| match e {
                Effect::RedisMemory { ratio } => Some(*ratio),
                _ => None,
            })
        };
        let levels = [10_099, 10_100, 10_350, 10_600, 11_099, 11_100];
        assert_eq!(levels.map(level).to_vec(), vec![0.5, 0.5, 0.7, 0.9, 0.9, 0.5]);
    }

    #[test]
    fn crashes_are_counted_once_they_happen() {
        let slot = Slot { service: 8, ordinal: 1, siblings: 3, index: 0 };
        let looping = Effect::CrashLoop { pods: Pods::one("payments", 1), every_ms: 400 };
        let course = course(vec![looping]);
        let restarts = [10_099, 10_100, 10_499, 10_500, 12_000].map(|t| course.restarts(slot, t));
        assert_eq!(restarts, [0, 1, 1, 2, 3]);
        assert_eq!(course.last_crash(slot, 10_700), Some(10_500));
        assert_eq!(course.restarts(Slot { ordinal: 0, ..slot }, 12_000), 0);
    }

    #[test]
    fn pods_come_back_as_new_ones() {
        let course = course(vec![Effect::Gone { pods: Pods::all("eta") }]);
        assert!(!course.is_gone("eta", 0, 10_099) && course.is_gone("eta", 0, 10_100));
        assert_eq!(course.generation("eta", 0, 11_099), 0);
        assert_eq!(course.generation("eta", 0, 11_100), 1);
    }
}
