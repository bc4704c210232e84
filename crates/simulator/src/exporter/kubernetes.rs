//! Pods as Kubernetes sees them: `kube-state-metrics` and cAdvisor.
//!
//! The `service` of these series is the pod's: relabelling takes it from the pod's name.

use model::Labels;

use super::{Counter, Moment};
use crate::{
    Effect,
    fleet::{NAMESPACE, Slot},
    page::Page,
    target::Identity,
};

/// How many nodes run pods.
pub(super) const NODES: usize = 2;

const CPU_LIMIT: f64 = 1.0;
const MEMORY_LIMIT: f64 = 536_870_912.0;
const PHASES: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
const CONDITIONS: [&str; 3] = ["true", "false", "unknown"];

/// A pod's series within one exporter, made anew when the pod is.
#[derive(Clone, Debug)]
struct Held<T> {
    slot: Slot,
    held: Option<(usize, T)>,
}

impl<T> Held<T> {
    fn new(slot: Slot) -> Self {
        Self { slot, held: None }
    }

    /// The series of the pod that is there now; none while it is gone.
    fn now(&mut self, moment: Moment<'_>, make: impl FnOnce(&str) -> T) -> Option<&mut T> {
        let pod = self.slot.pod(moment.seed, moment.course, moment.t);
        match pod {
            None => self.held = None,
            Some(pod) if self.held.as_ref().is_none_or(|(g, _)| *g != pod.generation) => {
                self.held = Some((pod.generation, make(&pod.name)));
            }
            Some(_) => {}
        }
        self.held.as_mut().map(|(_, series)| series)
    }
}

/// `kube-state-metrics`.
#[derive(Clone, Debug)]
pub(crate) struct KubeState {
    identity: Identity,
    pods: Vec<Held<Declared>>,
}

#[derive(Clone, Debug)]
struct Declared {
    cpu_limit: Labels,
    memory_limit: Labels,
    restarts: Labels,
    ready: [Labels; 3],
    phases: [Labels; 5],
}

impl KubeState {
    pub(super) fn new(slots: &[Slot]) -> Self {
        let name = "kube-state-metrics";
        let identity = Identity::new(name, "kube-state-metrics:8080", name);
        Self { identity, pods: slots.iter().map(|slot| Held::new(*slot)).collect() }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        page.push(&self.identity.series("up", &[]), 1.0);
        for pod in &mut self.pods {
            let slot = pod.slot;
            let made = |name: &str| Declared::new(&self.identity, slot, name);
            let Some(series) = pod.now(moment, made) else { continue };
            page.push(&series.cpu_limit, CPU_LIMIT);
            page.push(&series.memory_limit, MEMORY_LIMIT);
            page.push(&series.restarts, moment.course.restarts(slot, moment.t) as f64);
            let condition = if moment.course.is_ready(slot, moment.t) { "true" } else { "false" };
            for (name, labels) in CONDITIONS.iter().zip(&series.ready) {
                page.push(labels, f64::from(u8::from(*name == condition)));
            }
            for (name, labels) in PHASES.iter().zip(&series.phases) {
                page.push(labels, f64::from(u8::from(*name == "Running")));
            }
        }
    }
}

impl Declared {
    fn new(identity: &Identity, slot: Slot, pod: &str) -> Self {
        let service = slot.service();
        let pod_labels = [("namespace", NAMESPACE), ("pod", pod)];
        let of_pod = |metric: &str, own: (&str, &str)| {
            identity.series_of(service, metric, &[pod_labels[0], pod_labels[1], own])
        };
        let limit = |resource: &str, unit: &str| {
            let own = [("container", service), ("resource", resource), ("unit", unit)];
            let labels = [&pod_labels[..], &own[..]].concat();
            identity.series_of(service, "kube_pod_container_resource_limits", &labels)
        };
        Self {
            cpu_limit: limit("cpu", "core"),
            memory_limit: limit("memory", "byte"),
            restarts: of_pod("kube_pod_container_status_restarts_total", ("container", service)),
            ready: CONDITIONS.map(|c| of_pod("kube_pod_status_ready", ("condition", c))),
            phases: PHASES.map(|p| of_pod("kube_pod_status_phase", ("phase", p))),
        }
    }
}

/// A kubelet's cAdvisor.
#[derive(Clone, Debug)]
pub(crate) struct Containers {
    identity: Identity,
    pods: Vec<Held<Used>>,
}

#[derive(Clone, Debug)]
struct Used {
    restarts: usize,
    cpu: Counter,
    /// The container that holds the pod's network; its `container` label is empty.
    pause: Counter,
    memory: Labels,
}

impl Containers {
    pub(super) fn new(node: usize, slots: &[Slot]) -> Self {
        let identity = Identity::new("cadvisor", &format!("node-{}:10250", node + 1), "cadvisor");
        let own = slots.iter().filter(|slot| slot.node() == node);
        Self { identity, pods: own.map(|slot| Held::new(*slot)).collect() }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        page.push(&self.identity.series("up", &[]), 1.0);
        for pod in &mut self.pods {
            let slot = pod.slot;
            let restarts = moment.course.restarts(slot, moment.t);
            let made = |name: &str| Used::new(&self.identity, slot, name, restarts);
            let Some(used) = pod.now(moment, made) else { continue };
            if used.restarts != restarts {
                used.restart(restarts);
            }
            let key = slot.index as u64;
            let cpu = level(moment, slot, 0.42, |e| match e {
                Effect::PodCpu { pods, ratio } => Some((pods, *ratio)),
                _ => None,
            });
            let memory = level(moment, slot, 0.55, |e| match e {
                Effect::PodMemory { pods, ratio } => Some((pods, *ratio)),
                _ => None,
            });
            let cpu = cpu * moment.noise.around_one(0.08, key);
            used.cpu.add(cpu.clamp(0.0, 1.0) * CPU_LIMIT * moment.passed_s);
            used.pause.add(0.001 * moment.passed_s);
            let memory = memory * moment.noise.around_one(0.02, key + 1_000_000);
            used.cpu.show_fraction(page);
            used.pause.show_fraction(page);
            page.push(&used.memory, (memory.clamp(0.0, 1.0) * MEMORY_LIMIT).round());
        }
    }
}

impl Used {
    fn new(identity: &Identity, slot: Slot, pod: &str, restarts: usize) -> Self {
        let (name, service) = ("container_cpu_usage_seconds_total", slot.service());
        let series = |metric: &str, container: &str| {
            let own = [("namespace", NAMESPACE), ("pod", pod), ("container", container)];
            identity.series_of(service, metric, &own)
        };
        Self {
            restarts,
            cpu: Counter::new(series(name, service)),
            pause: Counter::new(series(name, "")),
            memory: series("container_memory_working_set_bytes", service),
        }
    }

    /// The container begins anew; the pod stays.
    fn restart(&mut self, restarts: usize) {
        self.restarts = restarts;
        self.cpu.reset();
    }
}

fn level(
    moment: Moment<'_>,
    slot: Slot,
    normal: f64,
    pushed: impl Fn(&Effect) -> Option<(&crate::Pods, f64)>,
) -> f64 {
    moment.course.level(moment.t, normal, |effect| {
        let (pods, ratio) = pushed(effect)?;
        pods.contains(slot.service(), slot.ordinal).then_some(ratio)
    })
}
