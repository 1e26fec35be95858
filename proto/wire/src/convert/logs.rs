//! Logs, their tips, and requests for what leads to a tip.

use super::{WireError, at_most, each};
use crate::v1;
use samsyn_core::{
    id::{HeaderHash, Incarnation, LogId, SpaceId},
    ledger::Tip,
    limits,
    sync::{LogTip, OrgTips, Want},
};

/// No position past what every store keeps, and none before the first.
fn position(field: &'static str, seq: u64) -> Result<u64, WireError> {
    if seq == 0 || i64::try_from(seq).is_err() {
        return Err(WireError::new(field, format!("{seq} is no position in a log")));
    }
    Ok(seq)
}

impl TryFrom<v1::LogId> for LogId {
    type Error = WireError;

    fn try_from(m: v1::LogId) -> Result<Self, WireError> {
        Ok(Self {
            space: super::id("log.space", &m.space, SpaceId::from_slice)?,
            organisation: super::name("log.organisation", &m.organisation)?,
            incarnation: super::id("log.incarnation", &m.incarnation, Incarnation::from_slice)?,
        })
    }
}

impl From<&LogId> for v1::LogId {
    fn from(f: &LogId) -> Self {
        Self {
            space: f.space.0.to_vec(),
            organisation: f.organisation.to_string(),
            incarnation: f.incarnation.0.to_vec(),
        }
    }
}

impl TryFrom<v1::Tips> for Vec<OrgTips> {
    type Error = WireError;

    fn try_from(m: v1::Tips) -> Result<Self, WireError> {
        let max = limits::TIPS_FRAME_LOGS_MAX;
        at_most("tips.organisations", &m.organisations, max)?;
        let count = m.organisations.iter().map(|o| o.tips.len()).sum();
        if count > max {
            return Err(WireError::too_many("tips.organisations.tips", count, max));
        }
        each(m.organisations, |o| {
            Ok(OrgTips {
                space: super::id("tips.space", &o.space, SpaceId::from_slice)?,
                organisation: super::name("tips.organisation", &o.organisation)?,
                tips: each(o.tips, |t| tip(&t))?,
            })
        })
    }
}

fn tip(m: &v1::Tip) -> Result<Tip, WireError> {
    Ok(Tip {
        incarnation: super::id("tips.incarnation", &m.incarnation, Incarnation::from_slice)?,
        seq: position("tips.seq", m.seq)?,
        hash: super::id("tips.hash", &m.hash, HeaderHash::from_slice)?,
    })
}

impl From<&[OrgTips]> for v1::Tips {
    fn from(lists: &[OrgTips]) -> Self {
        let tip = |t: &Tip| v1::Tip { incarnation: t.incarnation.0.to_vec(), seq: t.seq, hash: t.hash.0.to_vec() };
        let list = |l: &OrgTips| v1::OrganisationTips {
            space: l.space.0.to_vec(),
            organisation: l.organisation.to_string(),
            tips: l.tips.iter().map(tip).collect(),
        };
        Self { organisations: lists.iter().map(list).collect() }
    }
}

impl TryFrom<v1::Announce> for Vec<LogTip> {
    type Error = WireError;

    fn try_from(m: v1::Announce) -> Result<Self, WireError> {
        at_most("announce.tips", &m.tips, limits::TIPS_FRAME_LOGS_MAX)?;
        each(m.tips, |t| {
            Ok(LogTip {
                log: super::present("announce.log", t.log)?.try_into()?,
                seq: position("announce.seq", t.seq)?,
                hash: super::id("announce.hash", &t.hash, HeaderHash::from_slice)?,
            })
        })
    }
}

impl From<&[LogTip]> for v1::Announce {
    fn from(tips: &[LogTip]) -> Self {
        let tip = |t: &LogTip| v1::LogTip { log: Some((&t.log).into()), seq: t.seq, hash: t.hash.0.to_vec() };
        Self { tips: tips.iter().map(tip).collect() }
    }
}

impl TryFrom<v1::Want> for Want {
    type Error = WireError;

    fn try_from(m: v1::Want) -> Result<Self, WireError> {
        at_most("want.known", &m.known, limits::LOCATOR_HASHES_MAX)?;
        Ok(Self {
            log: super::present("want.log", m.log)?.try_into()?,
            tip: super::id("want.tip", &m.tip, HeaderHash::from_slice)?,
            known: each(m.known, |h| super::id("want.known", &h, HeaderHash::from_slice))?,
        })
    }
}

impl From<&Want> for v1::Want {
    fn from(f: &Want) -> Self {
        Self {
            log: Some((&f.log).into()),
            tip: f.tip.0.to_vec(),
            known: f.known.iter().map(|h| h.0.to_vec()).collect(),
        }
    }
}
