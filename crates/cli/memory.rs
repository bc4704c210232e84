//! How the program takes its memory.

/// Asks for pages of the usual size from here on, also where the system gives huge ones to all who
/// do not ask. The allocator is built not to ask for them (`no_thp`), for it begins before `main`.
///
/// A command that ends within a tenth of a second waits while megabytes are cleared that it never
/// touches: on virtual machines that give free memory back to their host, a tenth of its time for
/// the first page alone. A process that stays holds all of each page of which it needs a part, a
/// tenth more than it needs.
pub(crate) fn take_small_pages() {
    // Where it cannot be done the program is slower and larger, and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// The number of `mi_option_purge_delay`, for which the bindings have no name.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Gives memory back to the system as soon as it is free, unless `MIMALLOC_PURGE_DELAY` says
/// otherwise.
///
/// By default the allocator keeps it for 10 ms and gives it back when it is asked for more. What
/// taking history and binding rules use for a moment would stay for good: a tick asks for nothing.
pub(crate) fn give_back_at_once() {
    #[expect(unsafe_code, reason = "the allocator has no other interface")]
    // SAFETY: it writes a number that the allocator reads, at any time and from any thread.
    unsafe {
        libmimalloc_sys::mi_option_set_default(PURGE_DELAY, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The delay in milliseconds as the allocator sees it.
    fn delay() -> std::ffi::c_long {
        #[expect(unsafe_code, reason = "the allocator has no other interface")]
        // SAFETY: it reads a number.
        unsafe {
            libmimalloc_sys::mi_option_get(PURGE_DELAY)
        }
    }

    #[test]
    fn the_option_is_the_one_that_is_meant() {
        assert!(std::env::var_os("MIMALLOC_PURGE_DELAY").is_some() || delay() == 10);
        give_back_at_once();
        assert!(std::env::var_os("MIMALLOC_PURGE_DELAY").is_some() || delay() == 0);
    }
}
