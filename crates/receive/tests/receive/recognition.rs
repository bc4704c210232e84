//! Recognising series by the hash of their labels equals decoding them every time.

use std::collections::BTreeMap;

use model::Labels;
use proptest::prelude::*;
use prost::Message as _;
use receive::{Message, News};

use crate::{
    messages::{Series, labels, v1, v2},
    requests::{receiver, send},
};

/// Few names and values, so that series come again and resemble each other: pieces of one label
/// may be mistaken for those of another only by a bad hash.
fn any_labels() -> impl Strategy<Value = Labels> {
    let text = || prop::sample::select(vec!["a", "b", "ab", "want", "wanta", "x", "aa"]);
    prop::collection::btree_map(text(), text(), 0..4)
        .prop_map(|pairs| Labels::from_pairs(pairs.into_iter().chain([("__name__", "x")])))
}

fn any_requests() -> impl Strategy<Value = Vec<(bool, Vec<Labels>)>> {
    prop::collection::vec((any::<bool>(), prop::collection::vec(any_labels(), 1..8)), 1..12)
}

proptest! {
    #[test]
    fn recognition_equals_decoding(requests in any_requests()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut both = receiver();
        let mut known: BTreeMap<u32, Labels> = BTreeMap::new();
        for (i, (is_v2, request)) in requests.iter().enumerate() {
            let t = i64::try_from(i).unwrap();
            let series: Vec<Series> = request.iter().enumerate()
                .map(|(k, labels)| (labels.clone(), vec![(t, k as f64)])).collect();
            let (message, plain) = if *is_v2 {
                (Message::V2, v2(&series, i).encode_to_vec())
            } else {
                (Message::V1, v1(&series).encode_to_vec())
            };
            let (result, news, batch) = runtime.block_on(send(&mut both, message, &plain));
            prop_assert_eq!(result.unwrap().samples, series.len() as u64);
            for one in news {
                let News::Series { handle, labels, .. } = one else { panic!("nothing is dropped") };
                prop_assert!(known.insert(handle, labels).is_none(), "a handle means one series");
            }
            let got = batch.samples.iter().map(|s| (known[&s.handle].clone(), s.value.float()));
            let want = series.iter().filter(|(labels, _)| labels.value("a").contains("want"));
            let want = want.map(|(labels, samples)| (labels.clone(), Some(samples[0].1)));
            prop_assert_eq!(got.collect::<Vec<_>>(), want.collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_series_without_samples_is_told_with_the_next_batch() {
    let mut both = receiver();
    let plain = v1(&[(labels("__name__=x,a=want"), vec![])]).encode_to_vec();
    let (result, news, batch) = send(&mut both, Message::V1, &plain).await;
    assert_eq!((result.unwrap().samples, news.len(), batch.span_ms), (0, 0, None));
    assert_eq!(both.0.stats().series_wanted, 1);
    let plain = v1(&[(labels("__name__=x,a=want"), vec![(5, 1.0)])]).encode_to_vec();
    let (_, news, _) = send(&mut both, Message::V1, &plain).await;
    assert_eq!(news.len(), 1);
}
