//! `prometheus.ReadRequest`, compressed by snappy.

use model::{MatchOp, Matcher};
use prost::Message;

use super::Part;

#[derive(Clone, PartialEq, Message)]
struct ReadRequest {
    #[prost(message, repeated, tag = "1")]
    queries: Vec<Query>,
    /// The first that the server knows counts.
    #[prost(int32, repeated, tag = "2")]
    accepted_response_types: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Query {
    #[prost(int64, tag = "1")]
    start_timestamp_ms: i64,
    #[prost(int64, tag = "2")]
    end_timestamp_ms: i64,
    #[prost(message, repeated, tag = "3")]
    matchers: Vec<LabelMatcher>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelMatcher {
    #[prost(int32, tag = "1")]
    op: i32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    value: String,
}

const SAMPLES: i32 = 0;
const STREAMED_XOR_CHUNKS: i32 = 1;

/// A request for the samples of a window, left-open and right-closed.
///
/// Samples alone are never asked for: a Prometheus before 2.44 leaves native histograms out of them,
/// and what follows one.
pub(crate) fn encode(parts: &[Part], (lo, hi): (i64, i64)) -> Vec<u8> {
    let queries = parts.iter().map(|part| Query {
        // Both ends are included.
        start_timestamp_ms: lo.saturating_add(1),
        end_timestamp_ms: hi,
        matchers: part.matchers.iter().map(matcher).collect(),
    });
    let accepted_response_types = vec![STREAMED_XOR_CHUNKS, SAMPLES];
    let request = ReadRequest { queries: queries.collect(), accepted_response_types };
    let block = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec());
    block.expect("a request is far shorter than 4 GiB")
}

fn matcher(matcher: &Matcher) -> LabelMatcher {
    let op = match matcher.op {
        MatchOp::Equal => 0,
        MatchOp::NotEqual => 1,
        MatchOp::Regex => 2,
        MatchOp::NotRegex => 3,
    };
    LabelMatcher { op, name: matcher.name.to_string(), value: matcher.value.to_string() }
}
