//! What holds for every alert whatever is observed.

use std::collections::BTreeMap;

use alert::{Absence, AlertParams, Observation, RuleAlerts, State, StepError, TransitionKind};
use model::{Labels, Timestamp};
use proptest::prelude::*;

const STEP_MS: i64 = 15_000;

proptest! {
    #[test]
    fn the_machine_is_total_and_keeps_its_promises(
        params in params(),
        history in proptest::collection::vec(proptest::collection::vec(0_u8..4, 0..5), 1..40),
    ) {
        check(params, &history)?;
    }
}

fn params() -> impl Strategy<Value = AlertParams> {
    (0_i64..5, 0_i64..4, 0_usize..5, 0_i64..STEP_MS).prop_map(|(f, keep, limit, extra)| {
        AlertParams { for_ms: f * extra, keep_firing_for_ms: keep * STEP_MS + extra % 2, limit }
    })
}

fn check(params: AlertParams, history: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let mut alerts = RuleAlerts::default();
    let mut told: BTreeMap<Labels, State> = BTreeMap::new();
    for (i, seen) in (0_i64..).zip(history) {
        let t = Timestamp(i * STEP_MS);
        let step = alerts.step(&params, seen.iter().copied().map(observe).collect(), &absence, t);
        let transitions = match step {
            Ok(transitions) => transitions,
            Err(StepError::LimitExceeded { dropped, .. }) => {
                prop_assert_eq!(alerts.iter().count(), 0);
                dropped
            }
            Err(StepError::DuplicateLabels) => {
                let mut unique = seen.clone();
                unique.sort_unstable();
                unique.dedup();
                prop_assert!(unique.len() < seen.len());
                continue;
            }
        };
        for x in &transitions {
            let before = told.get(&x.alert.labels).copied().unwrap_or(State::Inactive);
            prop_assert_eq!(before, x.previous, "transitions follow each other");
            prop_assert_ne!(x.previous, x.alert.state);
            if x.kind == TransitionKind::Firing {
                prop_assert!(t.0 - x.alert.active_at.0 >= params.for_ms, "fired before `for`");
                prop_assert_eq!(x.alert.fired_at, Some(t));
            }
            told.insert(x.alert.labels.clone(), x.alert.state);
        }
        for (labels, state) in &told {
            let kept = alerts.get(labels).map_or(State::Inactive, |a| a.state);
            prop_assert_eq!(kept, *state, "what was told is what is so");
        }
        prop_assert!(alerts.iter().is_sorted_by_key(|a| &a.labels));
        prop_assert_eq!(alerts.series().count(), 2 * alerts.active().count());
        for sent in alerts.due(t, STEP_MS, 60_000) {
            prop_assert!(sent.alert.state != State::Pending);
            prop_assert!(sent.starts_at <= sent.ends_at);
        }
        prop_assert_eq!(alerts.due(t, STEP_MS, 60_000).len(), 0, "nothing is due twice");
    }
    Ok(())
}

fn observe(id: u8) -> Observation {
    let labels = Labels::from_pairs([("alertname", "A"), ("id", &id.to_string())]);
    Observation { series: labels.clone(), labels, annotations: [].into(), value: f64::from(id) }
}

fn absence(_: &alert::Alert) -> Absence {
    Absence::Unknown
}
