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
/// Days that a draft may be out for comment: what is kept for longer is hardly one.
pub const COMMENT_DAYS_MAX: u16 = 180;
/// Bytes of a draft for comment, which goes to each recipient by itself.
pub const COMMENT_BYTES_MAX: usize = 1024 * 1024;
/// Drafts for comment, counted by recipients, that an organisation has out at once.
pub const COMMENTS_OUT_MAX: usize = 1_000;
/// Drafts for comment that a list shows.
pub const COMMENTS_LISTED_MAX: usize = 300;
/// Documents of one pack that is handed out.
pub const PACK_OBJECTS_MAX: usize = 20;
/// Passages that one person examines for one pack.
pub const PACK_PASSAGES_MAX: usize = 2_000;
/// Documents that a search for what is to be handed out shows.
pub const PACK_FOUND_MAX: usize = 200;
/// Bytes of a pack, and of all its files when unpacked.
pub const PACK_BYTES_MAX: u64 = 64 * 1024 * 1024;
pub const PACK_UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Documents of one delivery to an archive.
pub const DELIVERY_DOCUMENTS_MAX: usize = 5_000;
/// Bytes of the file of those who issue people's certificates, and of the list of revoked ones.
pub const CA_FILE_BYTES_MAX: u64 = 1024 * 1024;
pub const CRL_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Lines an hour in the audit log about certificates that nobody vouches for: anybody can make one.
pub const UNKNOWN_CERTIFICATES_TOLD_MAX: u32 = 60;
/// Rows of deputies at a node, and days that one may last.
pub const DEPUTIES_MAX: usize = 1_000;
pub const DEPUTY_DAYS_MAX: u16 = 366;
