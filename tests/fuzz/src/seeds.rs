//! The corpus to begin with: real bytes, made by the product's own code.

use crate::{
    commit,
    county::{self, county},
    working_copy,
};
use prost::Message as _;
use samsyn_core::sync::{CharterFile, Frame, Machine, Output, Send, SessionId};
use samsyn_server::operate::example_config;
use std::{fs, io, path::Path};

/// Writes the first inputs of every target into a folder of its name.
pub fn write(home: &Path) -> io::Result<()> {
    commits(home)?;
    charters(home)?;
    proses(home)?;
    frames(home)?;
    configurations(home)?;
    pushes(home)
}

/// One file, named by what is in it, so that the same bytes are written once.
fn seed(home: &Path, target: &str, bytes: &[u8]) -> io::Result<()> {
    let directory = home.join(target);
    fs::create_dir_all(&directory)?;
    let name = blake3::hash(bytes).to_hex();
    fs::write(directory.join(&name.as_str()[..16]), bytes)
}

/// Headers, outlines, values and commits of the county.
fn commits(home: &Path) -> io::Result<()> {
    let single = county().stored.iter().map(std::slice::from_ref);
    for range in county().ranges.iter().map(Vec::as_slice).chain(single) {
        for (flags, party) in [(0, 0), (15, 0), (15, 1), (31, 2), (15, 3)] {
            seed(home, "commit", &commit::write(flags | party << 6, range))?;
        }
        for entry in range.iter().flat_map(|c| &c.entries) {
            seed(home, "header", &entry.header)?;
            let header = samsyn_core::entry::Header::decode(&entry.header).map_err(io::Error::other)?;
            seed(home, "outline", &[&[header.kind as u8], entry.outline.as_slice()].concat())?;
            for value in entry.values.iter().flatten() {
                seed(home, "value", &[&value.bytes[..1], value.bytes.as_slice()].concat())?;
            }
        }
    }
    Ok(())
}

fn charters(home: &Path) -> io::Result<()> {
    let mut all = vec![[&[0x0F], county().genesis.bytes.as_slice()].concat()];
    for amendment in &county().amendments {
        let text = amendment.to_toml().map_err(io::Error::other)?;
        all.push([&[0x3F], text.as_bytes()].concat());
    }
    for file in &all {
        seed(home, "charter", file)?;
    }
    // Two successors of one version, and what comes after them.
    for (one, other) in [(1, 2), (1, 4), (2, 3), (4, 5), (4, 6)] {
        seed(home, "charter", &[&all[one], &b"\0"[..], &all[other]].concat())?;
    }
    seed(home, "charter", &[&all[1], &b"\0"[..], &all[4], b"\0", &all[6]].concat())
}

fn proses(home: &Path) -> io::Result<()> {
    let texts = ["Färdplanen gäller till 2027.", "Färdplanen gäller till och med 2027.", "Planen gäller 🇸🇪 till 2027."];
    let mut free = vec![0];
    for (number, text) in (0u8..).zip(texts) {
        let flags = number << 2 | u8::from(number > 0);
        free.push(flags);
        free.extend((number > 0).then_some(0));
        free.push(u8::try_from(text.len()).unwrap_or(0));
        free.extend(text.as_bytes());
    }
    seed(home, "prose", &free)?;
    seed(
        home,
        "prose",
        &[0, 0xC0, 6, b'a', b'b', b'c', b'd', b'e', b' ', 0, 4, 0, 0xC5, 0, 3, b'x', b'y', b' ', 0, 9, 0],
    )?;
    let step = |flags: u8, rest: &[u8]| [&[flags], rest].concat();
    let moves = [
        step(0x01, &[0, 4, 2, 5]),
        step(0x11, &[0, 9, 5, 1]),
        step(0x26, &[1, 2, 3, 0, 4, 7, 7, 1]),
        step(0x30, &[2, 6, 2]),
        step(0x01, &[3, 1, 7, 4]),
    ];
    for end in 1..=moves.len() {
        seed(home, "prose", &[&[1], moves[..end].concat().as_slice()].concat())?;
    }
    Ok(())
}

/// What two nodes of the county say to each other.
fn frames(home: &Path) -> io::Result<()> {
    let mut spoken: Vec<Frame> = county().ranges.iter().cloned().map(Frame::Commits).collect();
    let genesis =
        CharterFile { bytes: county().genesis.bytes.clone(), signatures: county().genesis.signatures.clone() };
    spoken.push(Frame::Charters(vec![genesis]));
    let node = |number| Machine::new(county::org(number), county::key(number, 0), county().ledger.clone());
    let mut nodes = [node(0), node(1)];
    let session = SessionId(0);
    let mut waiting: Vec<(usize, Output)> = vec![
        (0, nodes[0].opened(session, county::org(1), 1_000_000)),
        (1, nodes[1].opened(session, county::org(0), 1_000_000)),
    ];
    // One of them has what the other lacks.
    for range in &county().ranges[1..2] {
        for signed in range {
            waiting
                .push((0, nodes[0].write(signed.clone(), 1_000_000).map_err(|r| io::Error::other(r.code.as_str()))?));
        }
    }
    while let Some((from, out)) = waiting.pop() {
        for send in out.sends {
            if let (Send::Frame(_, frame), true) = (send, spoken.len() < 40) {
                let answer = nodes[1 - from].received(session, frame.as_ref().clone(), 1_000_000);
                spoken.push(frame.as_ref().clone());
                waiting.insert(0, (1 - from, answer));
            }
        }
    }
    for frame in &spoken {
        let bytes = samsyn_wire::v1::Frame::from(frame).encode_to_vec();
        seed(home, "frame", &bytes)?;
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
        seed(home, "sync", &[&[0, 0, 0, 15, 0], &length[..], &bytes].concat())?;
    }
    for what in 0..16u8 {
        seed(home, "sync", &[0, 0, 0, what, 1, 2, 7, 3, 1, 9, 1, 0, what, 2, 1, 200, 0, 4, 2, 3])?;
        seed(home, "sync", &[0, 0, 0, 12, 1, 1, 0x2F + what, what, 0, 4, 1, what, 0, 0, 0, 255, 255])?;
    }
    let hostile = commit::write(15 | 1 << 6, &county().ranges[0]);
    let length = u16::try_from(hostile.len()).unwrap_or(u16::MAX).to_le_bytes();
    seed(home, "sync", &[&[0, 0, 0, 6, 0], &length[..], &hostile].concat())
}

fn configurations(home: &Path) -> io::Result<()> {
    let example = example_config::example();
    seed(home, "config", example.as_bytes())?;
    let short: String =
        example.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).flat_map(|l| [l, "\n"]).collect();
    seed(home, "config", short.as_bytes())?;
    for pair in
        ["SAMSYN__API__LISTEN=127.0.0.1:9", "SAMSYN__FEDERATION__DIAL=false", "SAMSYN__LOG__LEVEL=info,a[b{c=1}]=warn"]
    {
        seed(home, "config", format!("{short}\0{pair}\nHOME=/root\n").as_bytes())?;
    }
    for line in ["[web]\nlisten = \"127.0.0.1:7002\"", "[log]\nlevel = \"loud\"", "[log]\nformat = \"json\""] {
        seed(home, "config", format!("{short}{line}\n").as_bytes())?;
    }
    seed(home, "config", b"federation.organisation = \"timra\"\nstore = { url = \"sqlite://node.db\" }\n")?;
    for url in
        ["\"postgres://samsyn:", "postgres://samsyn:", "[\"postgres:", "{ a = \"", "7 # \"", "\"sqlite://node.db\" \""]
    {
        seed(home, "config", format!("!{url}").as_bytes())?;
    }
    Ok(())
}

/// Bodies of honest changes, and hostile operations of every kind.
fn pushes(home: &Path) -> io::Result<()> {
    for (rich, body) in working_copy::honest_bodies() {
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
        seed(home, "working_copy", &[&[1 | u8::from(rich) << 3], &length[..], &body].concat())?;
    }
    for what in 0..20u8 {
        for how in [0, 5, 8, 13, 0x20, 0x25, 0x2D] {
            let object = 1 + what % 7;
            seed(home, "working_copy", &[8, 0, 1, what, how, object, 7 + how % 8, what, 4, 6])?;
            seed(home, "working_copy", &[12, 0, 2, what, how, 2, 8, what, 4, 6, how, what, object, 7, 1, 1])?;
        }
    }
    Ok(())
}
