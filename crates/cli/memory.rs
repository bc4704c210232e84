//! How short commands take their memory.

/// Asks for pages of the usual size from here on.
///
/// The allocator wants huge ones, which pay off in a process that stays. A command that ends within
/// a tenth of a second waits while megabytes are cleared that it never touches: on virtual machines
/// that give free memory back to their host, half of its time.
pub(crate) fn take_small_pages() {
    // Where it cannot be done the command is slower, and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
