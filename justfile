# What CI runs, in the same order. `just ready` before a push.

ready: fmt clippy doc test bench-build deny lint-rules

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

test:
    cargo test --workspace

bench-build:
    cargo bench --workspace --no-run

deny:
    cargo deny check bans licenses sources

# Our own checker over the shipped rules.
lint-rules:
    cargo run --quiet -- check rules

# The benches with few samples each.
bench-quick:
    cargo bench -- --quick

# Accepts what snapshot tests print now.
accept:
    UPDATE_EXPECT=1 cargo test --workspace
