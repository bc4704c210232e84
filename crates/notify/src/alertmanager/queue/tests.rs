//! What is sent when, told in short lines.
//!
//! `fire 1` is a firing state of the episode that started at minute 1, `end 1` its end.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;

const MINUTE: i64 = 60_000;

/// Runs a script: `fire EPISODE`, `end EPISODE`, `send` (take and deliver), `take`, `ok`, `fail`,
/// `refuse` (of the alert taken), `wait MINUTES`.
fn check(script: &str, expect: &Expect) {
    let start = Instant::now();
    let (mut queue, mut minute, mut items) = (Queue::default(), 10_i64, Vec::new());
    let mut shown = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let at = start + Duration::from_mins(1) * u32::try_from(minute).unwrap();
        let now = Timestamp(minute * MINUTE);
        let (word, argument) = line.split_once(' ').unwrap_or((line, "0"));
        let number: i64 = argument.parse().unwrap();
        match word {
            "fire" => queue.push(Arc::new(update("a", number, minute, false)), now, at),
            "end" => queue.push(Arc::new(update("a", number, minute, true)), now, at),
            "wait" => minute += number,
            "take" | "send" => {
                items = queue.take(10, now, at);
                writeln!(shown, "{minute}: {}", show(&items)).unwrap();
                if word == "send" {
                    queue.delivered(&items);
                }
            }
            "ok" => queue.delivered(&items),
            "fail" => queue.failed(&items),
            "refuse" => drop(queue.refused(&items[0], at)),
            _ => panic!("{line}"),
        }
    }
    let left = (queue.len(), queue.n_apart(), queue.dropped());
    writeln!(shown, "left {}, apart {}, dropped {}", left.0, left.1, left.2).unwrap();
    expect.assert_eq(&shown);
}

fn update(name: &str, episode: i64, minute: i64, resolved: bool) -> AlertUpdate {
    let labels = Labels::from_pairs([("alertname", name)]);
    AlertUpdate {
        fingerprint: labels.fingerprint(),
        labels,
        annotations: Vec::new(),
        starts_at: Timestamp(episode * MINUTE),
        ends_at: Timestamp((minute + if resolved { 0 } else { 4 }) * MINUTE),
        generator_url: String::new(),
        resolved,
    }
}

fn show(items: &[Item]) -> String {
    let updates = items.iter().flat_map(Item::updates).map(|(update, ends_at)| {
        let what = if update.resolved { "end" } else { "fire" };
        format!("{what} {} until {}", update.starts_at.0 / MINUTE, ends_at.0 / MINUTE)
    });
    updates.collect::<Vec<_>>().join(", ")
}

#[test]
fn an_alert_that_is_delivered_is_forgotten() {
    check(
        "fire 1\n send\n send",
        &expect![[r#"
            10: fire 1 until 14
            10: 
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn the_newest_state_wins() {
    check(
        "fire 1\n wait 1\n fire 1\n send",
        &expect![[r#"
            11: fire 1 until 15
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn an_alert_that_fires_and_ends_while_the_alertmanager_is_down_is_delivered_as_ended() {
    check(
        "fire 1\n take\n fail\n wait 2\n end 1\n take\n fail\n wait 5\n send",
        &expect![[r#"
            10: fire 1 until 14
            12: end 1 until 12
            17: end 1 until 12
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn an_end_during_a_request_is_sent_after_it() {
    check(
        "fire 1\n take\n end 1\n ok\n send",
        &expect![[r#"
            10: fire 1 until 14
            10: end 1 until 10
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn an_end_that_was_not_delivered_goes_before_the_next_episode() {
    check(
        "fire 1\n take\n fail\n end 1\n wait 1\n fire 11\n take\n fail\n wait 1\n send",
        &expect![[r#"
            10: fire 1 until 14
            11: end 1 until 10, fire 11 until 15
            12: end 1 until 10, fire 11 until 16
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn an_end_that_arrives_is_not_sent_again_with_the_next_episode() {
    check(
        "end 1\n take\n fire 11\n ok\n send",
        &expect![[r#"
            10: end 1 until 10
            10: fire 11 until 14
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn a_firing_alert_that_waited_is_never_sent_with_an_end_that_has_passed() {
    check(
        "fire 1\n take\n fail\n wait 30\n send",
        &expect![[r#"
            10: fire 1 until 14
            40: fire 1 until 44
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn ends_are_given_up_after_fifteen_minutes_and_firing_alerts_never() {
    check(
        "end 1\n wait 15\n take\n fail\n wait 1\n send",
        &expect![[r#"
            25: end 1 until 10
            26: 
            left 0, apart 0, dropped 1
        "#]],
    );
    check(
        "fire 1\n wait 600\n send",
        &expect![[r#"
            610: fire 1 until 614
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn a_refused_alert_is_tried_again_later_and_alone() {
    check(
        "fire 1\n take\n refuse\n send\n wait 1\n take\n refuse\n fire 1\n wait 1\n send\n wait 1\n send",
        &expect![[r#"
            10: fire 1 until 14
            10: 
            11: fire 1 until 15
            12: 
            13: fire 1 until 15
            left 0, apart 0, dropped 0
        "#]],
    );
}

#[test]
fn a_refused_alert_does_not_hold_up_others_or_travel_with_them() {
    let (start, now) = (Instant::now(), Timestamp(0));
    let mut queue = Queue::default();
    queue.push(Arc::new(update("bad", 0, 0, false)), now, start);
    let items = queue.take(10, now, start);
    assert!(queue.refused(&items[0], start), "the first time");
    for name in ["a", "b", "bad", "c"] {
        queue.push(Arc::new(update(name, 0, 0, false)), now, start);
    }
    let later = start + FIRST_RETRIAL;
    let mut names = || {
        let items = queue.take(2, now, later);
        items.iter().map(|item| item.labels().value("alertname").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["a", "b"]);
    assert_eq!(names(), ["c"]);
    assert_eq!(names(), ["bad"]);
    assert_eq!(names(), [""; 0]);
}
