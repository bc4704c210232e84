//! When a failed attempt is repeated, and after which pause.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use reqwest::{Response, header::RETRY_AFTER};

use crate::RetryConfig;

/// Whether a server that answers so may answer better soon.
pub(crate) fn is_transient(code: u16) -> bool {
    matches!(code, 408 | 425 | 429 | 500..=599)
}

/// Whether an API error says that the same query would fail again, or cost as much again.
pub(crate) fn is_final(error_type: &str) -> bool {
    matches!(error_type, "bad_data" | "execution" | "timeout" | "canceled" | "not_found")
}

/// The pause that the server asks for, in seconds; a date is not understood.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The pause after the attempt of that number, from 1 on: any length up to a limit that doubles.
pub(crate) fn pause(config: &RetryConfig, attempt: u32) -> Duration {
    limit(config, attempt).mul_f64(random())
}

fn limit(config: &RetryConfig, attempt: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    config.min_backoff.saturating_mul(factor).min(config.max_backoff)
}

/// A number from 0 to 1. The standard library seeds each hasher's state differently.
fn random() -> f64 {
    (RandomState::new().hash_one(0) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let config = RetryConfig::default();
        let limits: Vec<u128> = (1..9).map(|n| limit(&config, n).as_millis()).collect();
        assert_eq!(limits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert!(limit(&config, u32::MAX) == config.max_backoff);
        assert!((0..1000).all(|_| pause(&config, 3) <= Duration::from_millis(400)));
        assert!((0..1000).any(|_| random() < 0.2) && (0..1000).any(|_| random() > 0.8));
    }
}
