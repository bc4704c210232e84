//! The services, and their pods at a time.

use crate::{noise, script::Course};

/// Name, requests a second and median response time in seconds.
const SERVICE_TABLE: [(&str, f64, f64); 17] = [
    ("api-gateway", 400.0, 0.060),
    ("auth", 120.0, 0.030),
    ("users", 90.0, 0.035),
    ("drivers", 110.0, 0.045),
    ("rides", 130.0, 0.070),
    ("matching", 100.0, 0.080),
    ("location", 300.0, 0.025),
    ("pricing", 90.0, 0.055),
    ("payments", 80.0, 0.090),
    ("orders", 100.0, 0.060),
    ("notifications", 60.0, 0.040),
    ("maps", 110.0, 0.075),
    ("eta", 120.0, 0.065),
    ("promotions", 40.0, 0.045),
    ("ratings", 30.0, 0.040),
    ("support", 15.0, 0.085),
    ("analytics", 40.0, 0.095),
];

/// The names of the seventeen services.
pub const SERVICES: [&str; 17] = {
    let mut names = [""; 17];
    let mut i = 0;
    while i < names.len() {
        names[i] = SERVICE_TABLE[i].0;
        i += 1;
    }
    names
};

/// The namespace of all pods.
pub(crate) const NAMESPACE: &str = "tripo04os";

/// A place for a pod: the pod in it is replaced by a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// An index of [`SERVICES`].
    pub(crate) service: usize,
    /// From 0, within the service.
    pub(crate) ordinal: usize,
    /// How many pods the service has.
    pub(crate) siblings: usize,
    /// From 0, within the platform.
    pub(crate) index: usize,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) ip: String,
    /// How often the pod in this slot was replaced.
    pub(crate) generation: usize,
}

/// All slots of a platform with so many pods.
pub(crate) fn slots(pods: usize) -> Vec<Slot> {
    let (each, rest) = (pods / SERVICES.len(), pods % SERVICES.len());
    let count = |service: usize| each + usize::from(service < rest);
    let places = (0..SERVICES.len()).flat_map(|service| {
        let siblings = count(service);
        (0..siblings).map(move |ordinal| (service, ordinal, siblings))
    });
    let numbered = places.enumerate();
    numbered
        .map(|(index, (service, ordinal, siblings))| Slot { service, ordinal, siblings, index })
        .collect()
}

impl Slot {
    pub(crate) fn service(self) -> &'static str {
        SERVICES[self.service]
    }

    /// Requests a second to this pod where all pods share the load.
    pub(crate) fn requests_per_second(self) -> f64 {
        SERVICE_TABLE[self.service].1 / self.siblings as f64
    }

    /// The median response time in seconds.
    pub(crate) fn median_latency(self) -> f64 {
        SERVICE_TABLE[self.service].2
    }

    /// Whether it belongs to a share of all slots, which is spread evenly over them.
    pub(crate) fn is_among(self, share: f64) -> bool {
        let up_to = |n: usize| (n as f64 * share).floor();
        up_to(self.index + 1) > up_to(self.index)
    }

    /// The node that runs it: 0 or 1.
    pub(crate) fn node(self) -> usize {
        self.index % 2
    }

    /// Whether its pod serves at a time: it is there and no crash just ended it.
    pub(crate) fn is_up(self, course: &Course, t: i64) -> bool {
        !course.is_unreachable(self.service(), self.ordinal, t)
            && course.last_crash(self, t).is_none_or(|crash| t - crash >= RESTART_MS)
    }

    /// The pod at a time; none while it is gone.
    pub(crate) fn pod(self, seed: u64, course: &Course, t: i64) -> Option<Pod> {
        if course.is_gone(self.service(), self.ordinal, t) {
            return None;
        }
        let generation = course.generation(self.service(), self.ordinal, t);
        let service = noise::key(self.service());
        let replica_set = noise::hash(seed, &[service, generation as u64]);
        let own = noise::hash(replica_set, &[self.ordinal as u64]);
        let name = format!("{}-{}-{}", self.service(), letters(replica_set, 10), letters(own, 5));
        let (net, host) = (self.index / 250 + 1 + 4 * generation, self.index % 250 + 2);
        Some(Pod { name, ip: format!("10.8.{net}.{host}"), generation })
    }
}

/// How long a crashed pod does not serve.
const RESTART_MS: i64 = 20_000;

/// Text in the alphabet of Kubernetes's generated names.
fn letters(mut hash: u64, n: usize) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |_| {
        let digit = usize::try_from(hash % 27).expect("under 27");
        hash /= 27;
        char::from(ALPHABET[digit])
    };
    (0..n).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_spread_over_the_services() {
        let slots = slots(51 + 2);
        assert_eq!(slots.len(), 53);
        assert_eq!((slots[0].siblings, slots[52].siblings), (4, 3));
        let names: std::collections::BTreeSet<String> = slots
            .iter()
            .map(|s| s.pod(1, &Course::new(0, Vec::new()), 0).expect("nothing is gone").name)
            .collect();
        assert_eq!(names.len(), 53, "names are unique");
        assert!(names.iter().any(|n| n.starts_with("api-gateway-") && n.len() == 12 + 10 + 1 + 5));
    }
}
