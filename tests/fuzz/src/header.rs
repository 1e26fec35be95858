//! Headers: what decodes is the one encoding of what it says, within every bound.

use samsyn_core::{
    entry::{FORMAT, Header, Kind, Link},
    id::{HeaderHash, SpaceId},
    limits,
};

pub fn check(data: &[u8]) {
    let Ok(header) = Header::decode(data) else { return };
    assert_eq!(header.encode(), data, "one encoding for each header");
    assert!(data.len() <= limits::HEADER_BYTES_MAX && header.format == FORMAT);
    assert!(header.seq >= 1 && i64::try_from(header.seq).is_ok() && i64::try_from(header.hlc_ms).is_ok());
    match &header.link {
        Link::First { earlier, .. } => assert!(header.seq == 1 && earlier.len() <= limits::EARLIER_TIPS_MAX),
        Link::Next(_) => assert!(header.seq > 1),
    }
    let own = HeaderHash::of(data);
    let log = header.log(own);
    assert_eq!(log.organisation, header.organisation);
    let founds = header.kind == Kind::Space && header.space == SpaceId::FOUNDING;
    assert_eq!(log.space.0, if founds { own.0 } else { header.space.0 });
    // Every byte counts: nothing may be left out at the end, and nothing added.
    assert!(Header::decode(&data[..data.len() - 1]).is_err(), "a header without its end is none");
    assert!(Header::decode(&[data, &[0]].concat()).is_err(), "a header and a byte more is none");
}
