//! What is known of each node of an expression before it runs.
//!
//! It holds for all data, unless it says otherwise. Start at `Facts`.
