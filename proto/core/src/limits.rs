//! Every bound of the shared format and of the protocol, named with its unit. A bound that decides a verdict or log
//! acceptance is part of the rule set: changing it needs a new rule set, or nodes would disagree (keeps I3).

/// Headers in one commit.
pub const COMMIT_HEADERS_MAX: usize = 1_024;
/// Bytes of headers, outlines and values in one commit.
pub const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of one header.
pub const HEADER_BYTES_MAX: usize = 4 * 1024;
/// Bytes of one outline.
pub const OUTLINE_BYTES_MAX: usize = 256 * 1024;
/// Facts in one outline.
pub const FACTS_PER_ENTRY_MAX: usize = 512;
/// Facts that one fact may name in `replaces`.
pub const REPLACES_MAX: usize = 64;
/// Tips of earlier logs that a first header may name.
pub const EARLIER_TIPS_MAX: usize = 32;
/// Tips of one log that a node reads before it stops reading that log.
pub const TIPS_PER_LOG_MAX: usize = 16;
/// Bytes of one id, authority, organisation or path segment.
pub const NAME_BYTES_MAX: usize = 32;
/// Segments of one path.
pub const PATH_SEGMENTS_MAX: usize = 8;
/// Bytes of a short text value, UTF-8.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a prose value, UTF-8.
pub const PROSE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of an imprecise date as the source wrote it, UTF-8.
pub const DATE_BYTES_MAX: usize = 64;
/// Bytes of one reference.
pub const REFERENCE_BYTES_MAX: usize = 96;
/// References in one set.
pub const REFERENCES_MAX: usize = 64;
/// Bytes of an encoded value: prose with its tag and length.
pub const VALUE_BYTES_MAX: usize = PROSE_BYTES_MAX + 16;
/// Members of a smaller space.
pub const SPACE_MEMBERS_MAX: usize = 64;
/// Facts that one erasure may name.
pub const ERASED_FACTS_MAX: usize = 4_096;
/// Logs that one receipt may name.
pub const RECEIPT_LOGS_MAX: usize = 1_024;
/// Seats of a decision's body.
pub const SEATS_MAX: usize = 128;
/// Bytes of a charter file.
pub const CHARTER_BYTES_MAX: usize = 256 * 1024;
/// Parties of a charter.
pub const PARTIES_MAX: usize = 64;
/// Endpoints or pins in a charter's party row or in a card.
pub const ENDPOINTS_MAX: usize = 8;
/// Bytes of one endpoint or display name.
pub const LABEL_BYTES_MAX: usize = 256;
/// Charter versions a node keeps for one federation.
pub const CHARTER_VERSIONS_MAX: usize = 4_096;
/// Amendments without enough signatures that a node keeps, waiting for more. Few, since one party can make any number and
/// all of them travel in one frame.
pub const CHARTERS_WAITING_MAX: usize = 8;
/// Bytes of one protocol frame before compression.
pub const FRAME_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Bytes of commits gathered into one frame when a range is sent.
pub const RANGE_FRAME_BYTES: usize = 512 * 1024;
/// Frames waiting to be sent to one peer before its stream is closed (it reconnects and catches up).
pub const OUTBOX_FRAMES_MAX: usize = 4_096;
/// Requests for ranges that one stream may have under way; further tips wait for their turn.
pub const WANTS_IN_FLIGHT_MAX: usize = 128;
/// Bytes of charter files gathered into one frame.
pub const CHARTERS_FRAME_BYTES: usize = 1024 * 1024;
/// Commits with a spoiled signature that are asked for again in one round.
pub const SPOILED_ASKED_MAX: usize = 64;
/// Bytes of what waits to be sent to one peer before its stream is closed: an honest peer's requests name each header
/// once, 32 bytes.
pub const OUTBOX_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Streams that one party may have at one node; a further one ends its oldest. Two are needed: each side may dial.
pub const STREAMS_PER_PARTY_MAX: usize = 4;
/// Bytes of frames of one party that a node works on at once; further ones are not read until these are stored.
pub const PARTY_WORK_BYTES_MAX: u32 = 8 * 1024 * 1024;
/// Bytes that the shortest frame counts as among them, for the work that a request means.
pub const FRAME_WORK_BYTES_MIN: u32 = 64 * 1024;
/// Signatures that are tried from the end of a range, before nothing of it is believed.
pub const SIGNATURES_TRIED_MAX: usize = 64;
/// Milliseconds in which a peer must take one frame off the stream before the stream is closed.
pub const WRITE_TIMEOUT_MS: u64 = 60_000;
/// Hashes in the locator of a request for a range.
pub const LOCATOR_HASHES_MAX: usize = 64;
/// Smaller spaces that one `Have` names: those beyond it are compared by their tips.
pub const HAVE_SPACES_MAX: usize = 4_096;
/// Milliseconds that a draft for comment may be out. What is to stay out longer is no draft.
pub const COMMENT_MS_MAX: u64 = 200 * 24 * 60 * 60 * 1_000;
/// Logs that one `Tips` frame may list.
pub const TIPS_FRAME_LOGS_MAX: usize = 16_384;
/// Values asked for in one frame.
pub const VALUES_WANTED_MAX: usize = 1_024;
/// Milliseconds by which a peer's stated time may differ before the operator is told.
pub const CLOCK_WARNING_MS: u64 = 5 * 60 * 1_000;
/// Milliseconds between two signed contact times on a stream.
pub const CONTACT_EVERY_MS: u64 = 30_000;
/// Milliseconds between two receipts of one node.
pub const RECEIPT_EVERY_MS: u64 = 60_000;
/// Milliseconds between two rounds of asking for values that have not arrived.
pub const VALUES_EVERY_MS: u64 = 1_000;
/// Milliseconds to gather tips before they are announced to peers that may lack them.
pub const ANNOUNCE_AFTER_MS: u64 = 200;
/// Milliseconds since the last of a range came, in which other tips of its log are not asked for.
pub const RANGE_COMING_MS: u64 = 1_000;
/// Milliseconds since a range was asked for, after which other tips of its log are asked for although it still comes.
pub const RANGE_ALONE_MS: u64 = 5_000;
/// Milliseconds after which an unanswered request for a range is asked again, of anyone.
pub const WANT_TIMEOUT_MS: u64 = 20_000;

// The merge of joint prose. It is a view: no verdict and no digest depends on it. But a changed bound changes what
// readers are shown, and nodes of two versions would differ until both are upgraded.

/// Standing facts of one prose path that are merged.
pub const PROSE_STANDING_MAX: usize = 32;
/// Facts of one prose path from the last common base to the standing ones, all counted, that one merge replays.
pub const PROSE_FACTS_REPLAYED_MAX: usize = 256;
/// Documents that one merge holds in memory at once.
pub const PROSE_DOCUMENTS_HELD_MAX: usize = 64;
/// Characters, deleted ones too, of all documents that one merge holds in memory at once.
pub const PROSE_CHARACTERS_HELD_MAX: u64 = 4 * 1024 * 1024;
/// Words, spaces and signs that one fact may insert and delete before its change counts as one phrase.
pub const PROSE_WORDS_PER_FACT_MAX: usize = 2_048;
/// Comparisons spent on finding the differences of one fact before its change counts as one phrase.
pub const PROSE_STEPS_PER_FACT_MAX: u64 = 20_000_000;
/// Places that all the facts of one merge change.
pub const PROSE_SPLICES_PER_MERGE_MAX: usize = 16_384;
/// Characters inserted and deleted by all the facts of one merge.
pub const PROSE_CHARACTERS_PER_MERGE_MAX: usize = 400_000;
/// Comparisons spent on all the facts of one merge.
pub const PROSE_STEPS_PER_MERGE_MAX: u64 = 80_000_000;
/// Milliseconds that a range may take to come, though slowly, before it is asked of another peer that has it too.
pub const RANGE_PATIENCE_MS: u64 = 60_000;
