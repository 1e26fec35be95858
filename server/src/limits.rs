//! Bounds of what the organisation's own devices may ask of their node. Those of the shared format and of the protocol
//! between nodes are in `samsyn_core::limits`; those of one push are in `working::hygiene`.

/// Pushes of one device under way at once; one more is refused.
pub const PUSHES_PER_DEVICE_MAX: usize = 4;
/// Calls of one device that watch; one more is refused.
pub const WATCHES_PER_DEVICE_MAX: usize = 4;
/// Pushes that are tried at once, of all devices; others wait their turn. Each may take a processor for seconds.
pub const PUSHES_TRIED_MAX: usize = 2;
/// Drafts that were never published and that one device has made since the node started.
pub const DRAFTS_PER_DEVICE_MAX: usize = 500;
/// Drafts of the organisation that were never published.
pub const DRAFTS_MAX: usize = 5_000;
/// Bytes of all drafts that were never published, as they are stored.
pub const DRAFTS_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long a working copy waits for what a publication of a joint text was based on, by the author's clock.
pub const PROSE_BASE_AWAITED_MS: u64 = 24 * 60 * 60 * 1_000;
