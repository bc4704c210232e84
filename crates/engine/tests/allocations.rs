//! A tick in a steady state allocates nothing per series.
#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use engine::{Base, Data, Engine, PlanBuilder, PlanOptions, RootId, Steps};
use model::Labels;
use promql::{ParseOptions, parse_expr};
use store::Table;

/// The system's allocator, which counts what this thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const RULES: &[&str] = &[
    "c",
    "sum by (job) (rate(c[1m]))",
    "sum by (job) (increase(c[5m])) / sum by (job) (increase(d_total[5m])) > 0.5",
    "avg without (pod) (c)",
    "max_over_time(c[5m]) - min_over_time(c[5m])",
    "changes(c[5m]) + resets(c[5m])",
    "quantile_over_time(0.9, c[5m])",
    "histogram_quantile(0.9, sum by (le) (rate(d_total[1m])))",
    "c * on (pod) d_total",
    "c and on (pod) d_total > 3",
    "c or d_total",
    "c unless on (pod) d_total > 3",
    "stddev by (job) (c)",
    "topk by (job) (3, c)",
    "quantile(0.5, c)",
    "abs(c) > bool 3",
    "timestamp(c)",
    "absent(c)",
    "deriv(c[1m])",
];

const SLOT: i64 = 15_000;

fn allocations(n_series: usize) -> usize {
    let mut plan = PlanBuilder::new(PlanOptions::default());
    let expr = |text: &&str| parse_expr(text, &ParseOptions::default()).expect("a rule");
    let roots: Vec<RootId> = RULES.iter().map(|r| plan.add(&expr(r)).expect("a plan")).collect();
    let mut engine = Engine::new(plan.finish());
    let mut table = Table::new();
    let ids: Vec<_> = (0..n_series)
        .flat_map(|i| ["c", "d_total"].map(|name| (i, name)))
        .map(|(i, name)| {
            let pod = i.to_string();
            let job = (i % 7).to_string();
            let labels = [("__name__", name), ("job", &*job), ("le", "1"), ("pod", &*pod)];
            table.series_id(&Labels::from_pairs(labels))
        })
        .collect();
    let mut last = 0;
    for slot in 1..30 {
        for (i, id) in (0_u32..).zip(&ids) {
            table.append(*id, slot * SLOT, f64::from((i * 7 + 3) % 11));
        }
        let before = ALLOCATIONS.get();
        for root in &roots {
            let revision = slot.unsigned_abs();
            let base = Base::Whole(&table);
            let data = Data { base, overlay: None, lookback: 300_000, revision };
            let output = engine.eval(*root, Steps::instant(slot * SLOT), &data).expect("a value");
            assert!(output.kind() == engine::OutputKind::Vector);
        }
        last = ALLOCATIONS.get() - before;
    }
    last
}

#[test]
fn a_tick_allocates_nothing_per_series() {
    let [few, many] = [300, 3_000].map(allocations);
    assert_eq!(few, many, "of a tick of {} rules", RULES.len());
    assert!(few <= 2 * RULES.len(), "{few} allocations of {} rules", RULES.len());
}
