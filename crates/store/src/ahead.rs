//! Asking for memory ahead of reading it.
//!
//! What many series hold does not fit into a processor's caches. One that reads a series at a time
//! waits for each; asked for a few series ahead, memory is there when its turn comes.

/// Asks for the place of a value and does not wait for it. Does nothing on processors without a
/// stable interface for that.
#[inline]
pub(crate) fn ask_for<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "the only interface, and a hint about what is borrowed")]
        // SAFETY: every x86-64 has the instruction; it reads nothing that a program could see.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
