//! Queries in, values out.
