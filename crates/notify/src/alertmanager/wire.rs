//! The JSON of a request.

use std::{borrow::Cow, collections::BTreeMap};

use model::Timestamp;
use serde::Serialize;

use crate::{AlertUpdate, rfc3339};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    labels: BTreeMap<&'a str, &'a str>,
    annotations: BTreeMap<&'a str, &'a str>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: Cow<'a, str>,
}

/// The body for these updates, each with the end to send.
///
/// A label set holds no empty values, so none are sent.
pub(super) fn body<'a>(updates: impl Iterator<Item = (&'a AlertUpdate, Timestamp)>) -> Vec<u8> {
    let alerts: Vec<_> = updates.map(|(update, ends_at)| alert(update, ends_at)).collect();
    serde_json::to_vec(&alerts).expect("alerts have string keys")
}

fn alert(update: &AlertUpdate, ends_at: Timestamp) -> Alert<'_> {
    Alert {
        labels: update.labels.iter().collect(),
        annotations: update.annotations.iter().map(|(n, v)| (&**n, &**v)).collect(),
        starts_at: rfc3339(update.starts_at),
        // An end before the start is refused.
        ends_at: rfc3339(ends_at.max(update.starts_at)),
        generator_url: Cow::Borrowed(&update.generator_url),
    }
}
