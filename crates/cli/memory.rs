//! How the program takes its memory.

/// Asks for pages of the usual size from here on.
///
/// The allocator wants huge ones. A command that ends within a tenth of a second waits while
/// megabytes are cleared that it never touches: on virtual machines that give free memory back to
/// their host, a third of its time and more. A process that stays holds all of each page of which it needs a
/// part, a tenth more than it needs.
pub(crate) fn take_small_pages() {
    // Where it cannot be done the program is slower and larger, and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
