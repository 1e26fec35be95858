//! Packs that somebody has changed: by a byte, by a file, by their list, and with the key of who made them.

use super::bench::{Bench, REMARK, files, keys};
use crate::handout::{
    archive::{self, Files},
    data::{Data, Manifest},
    verify,
};
use samsyn_core::{code::Code, sign::Domain};
use serde_json::Value as Json;
use std::io::Write;

fn code(pack: &[u8]) -> Option<Code> {
    verify(pack).err().map(|failure| failure.code)
}

fn packed(files: &Files) -> Vec<u8> {
    archive::pack(files).expect("packs")
}

/// The manifest made to fit the files, and signed if somebody has the key.
fn listed(mut files: Files, sign: bool) -> Vec<u8> {
    let mut manifest: Manifest = serde_json::from_slice(&files["manifest.json"]).expect("a manifest");
    let beside = files.iter().filter(|(name, _)| !name.starts_with("manifest."));
    manifest.files = beside.map(|(name, bytes)| archive::listed(name, bytes)).collect();
    let manifest = serde_json::to_vec_pretty(&manifest).expect("JSON");
    if sign {
        let signature = keys()[0].1.sign(Domain::Pack, &manifest);
        files.insert("manifest.sig".to_owned(), signature.to_string().into_bytes());
    }
    files.insert("manifest.json".to_owned(), manifest);
    packed(&files)
}

fn with(files: &Files, name: &str, change: impl FnOnce(&mut Json)) -> Files {
    let mut json: Json = serde_json::from_slice(&files[name]).expect("JSON");
    let before = json.clone();
    change(&mut json);
    assert_ne!(json, before, "{name} is changed");
    let mut files = files.clone();
    files.insert(name.to_owned(), serde_json::to_vec_pretty(&json).expect("JSON"));
    files
}

fn fact<'a>(data: &'a mut Json, path: &str, standing: bool) -> &'a mut Json {
    let facts = data["objects"][0]["facts"].as_array_mut().expect("facts");
    facts.iter_mut().find(|f| f["path"] == path && f["standing"] == standing).expect("is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_in_any_file_is_found() {
    let bench = Bench::new().await;
    let whole = files(&bench.masked().await);
    assert_eq!(whole.len(), 10, "with the draft of a decision");
    assert_eq!(code(&packed(&whole)), None);
    for (name, bytes) in &whole {
        let step = (bytes.len() / 12).max(1);
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut files = whole.clone();
            files.get_mut(name).expect("is there")[at] ^= 0x01;
            assert!(code(&packed(&files)).is_some(), "byte {at} of {name}");
        }
        for changed in [&bytes[..bytes.len() - 1], &[bytes, &b" "[..]].concat()] {
            let mut files = whole.clone();
            files.insert(name.clone(), changed.to_vec());
            assert!(code(&packed(&files)).is_some(), "{name} with another length");
        }
        let mut files = whole.clone();
        files.remove(name);
        assert!(code(&packed(&files)).is_some(), "without {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_made_to_fit_needs_the_key_of_who_made_the_pack() {
    let bench = Bench::new().await;
    let whole = files(&bench.masked().await);
    let mut changed = whole.clone();
    changed.insert("register.csv".to_owned(), b"annat".to_vec());
    assert_eq!(code(&listed(changed.clone(), false)), Some(Code::PackChanged));
    assert_eq!(code(&listed(whole.clone(), true)), None);
    // What the register says is the authority's own word: with its key it can say anything of that.
    assert_eq!(code(&listed(changed, true)), None);
}

/// With the key of who made the pack everything fits but what others, and it itself before, have signed.
#[tokio::test(flavor = "multi_thread")]
async fn who_made_the_pack_cannot_make_others_say_what_they_have_not_said() {
    let bench = Bench::new().await;
    let whole = files(&bench.masked().await);
    let refused = |what: &str, change: &dyn Fn(&mut Json)| {
        let code = code(&listed(with(&whole, "data.json", change), true));
        assert!(matches!(code, Some(Code::PackProof | Code::PackChanged | Code::PackMalformed)), "{what}: {code:?}");
    };
    let remark = |data: &mut Json| fact(data, "/remarks/timra/r1", true).clone();
    assert_eq!(
        remark(&mut serde_json::from_slice(&whole["data.json"]).expect("JSON"))["content"]["given"]["value"],
        REMARK
    );
    refused("another value", &|d| fact(d, "/remarks/timra/r1", true)["content"]["given"]["value"] = "Nej.".into());
    refused("another author", &|d| fact(d, "/facts/title", true)["organisation"]["id"] = "timra".into());
    refused("another author's name", &|d| {
        fact(d, "/facts/title", true)["organisation"]["name"] = "Timrå kommun".into();
    });
    refused("another owner's name", &|d| d["objects"][0]["owner"]["name"] = "Timrå kommun".into());
    refused("another authority's name", &|d| d["authority"]["name"] = "Socialnämnden".into());
    refused("another time", &|d| fact(d, "/facts/title", true)["stated_ms"] = 1.into());
    refused("another purpose", &|d| fact(d, "/facts/title", true)["released"]["purpose"] = "for-decision".into());
    refused("no release", &|d| fact(d, "/facts/title", true)["released"] = Json::Null);
    refused("another path", &|d| fact(d, "/remarks/timra/r1", true)["path"] = "/facts/later".into());
    refused("more proof than there is", &|d| fact(d, "/facts/summary", true)["proof"] = "value".into());
    refused("less proof than there is", &|d| fact(d, "/remarks/timra/r1", true)["proof"] = "none".into());
    refused("what is masked is given", &|d| {
        fact(d, "/facts/summary", true)["content"] = serde_json::json!({"given": {"type": "prose", "value": "x"}});
    });
    refused("a value is said to be gone", &|d| {
        fact(d, "/remarks/timra/r1", true)["content"] = serde_json::json!({"gone": "value.erased"});
    });
    refused("what was replaced stands", &|d| fact(d, "/facts/stage", false)["standing"] = true.into());
    refused("what stands does not", &|d| fact(d, "/remarks/timra/r1", true)["standing"] = false.into());
    refused("a fact that is shown nowhere", &|d| {
        let facts = d["objects"][0]["facts"].as_array_mut().expect("facts");
        facts.retain(|f| f["path"] != "/remarks/timra/r1");
    });
    refused("another owner", &|d| d["objects"][0]["owner"]["id"] = "timra".into());
    refused("a masking that is not listed", &|d| drop(d["maskings"].as_array_mut().expect("a list").pop()));
    refused("a masking without a provision", &|d| d["maskings"][0]["provisions"] = serde_json::json!([]));
    refused("a field that there is not", &|d| d["annat"] = 1.into());
    refused("another authority", &|d| d["authority"]["id"] = "son".into());
}

/// A commit of a release and what it states: what erases stands alone, and nothing that is shown needs its outline.
fn of_facts(commits: &Json) -> usize {
    let several = |commit: &Json| commit["entries"].as_array().is_some_and(|entries| entries.len() > 1);
    commits.as_array().expect("commits").iter().position(several).expect("is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_bytes_that_do_not_hold_together_are_refused() {
    let bench = Bench::new().await;
    let whole = files(&bench.masked().await);
    let refused = |what: &str, change: &dyn Fn(&mut Json)| {
        let code = code(&listed(with(&whole, "proof/commits.json", change), true));
        assert_eq!(code, Some(Code::PackProof), "{what}");
    };
    refused("a signature of another commit", &|c| c[0]["signature"] = c[1]["signature"].clone());
    refused("a commit twice", &|c| {
        let first = c[0].clone();
        c.as_array_mut().expect("commits").push(first);
    });
    refused("a commit is missing", &|c| {
        let at = of_facts(c);
        c.as_array_mut().expect("commits").remove(at);
    });
    refused("a commit without its end", &|c| drop(c[0]["entries"].as_array_mut().expect("entries").pop()));
    refused("no entries", &|c| c[0]["entries"] = serde_json::json!([]));
    refused("an outline of another entry", &|c| {
        let at = of_facts(c);
        c[at]["entries"][0]["outline"] = c[at]["entries"][1]["outline"].clone();
    });
    refused("an outline is missing", &|c| {
        let at = of_facts(c);
        drop(c[at]["entries"][1].as_object_mut().expect("an entry").remove("outline"));
    });
    refused("no hexadecimal", &|c| c[0]["entries"][0]["header"] = "x".into());
    refused("another salt", &|c| {
        let mut entries =
            c.as_array_mut().expect("commits").iter_mut().flat_map(|c| c["entries"].as_array_mut().expect("entries"));
        let values = entries.find_map(|e| e.get_mut("values")?.as_object_mut()).expect("values");
        let value = values.values_mut().next().expect("a value");
        value["salt"] = "00".repeat(32).into();
    });
    let charters = |change: &dyn Fn(&mut Json)| code(&listed(with(&whole, "proof/charters.json", change), true));
    assert_eq!(charters(&|c| c[0]["signatures"] = serde_json::json!([])), Some(Code::PackProof));
    assert_eq!(charters(&|c| c[0]["text"] = "x".into()), Some(Code::PackProof));
    assert_eq!(charters(&|c| *c = serde_json::json!([])), Some(Code::PackMalformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_with_anything_more_is_refused_within_bounds() {
    let bench = Bench::new().await;
    let whole = bench.masked().await;
    let zip = |entries: &[(&str, &[u8])], comment: &str| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
            writer.write_all(bytes).expect("writes");
        }
        writer.set_comment(comment).expect("a comment");
        writer.finish().expect("ends").into_inner()
    };
    let own = files(&whole);
    let entries: Vec<(&str, &[u8])> = own.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert_eq!(code(&zip(&entries, "")), None, "another program's zip of just these files is one");
    assert_eq!(code(&zip(&entries, "hälsning")), Some(Code::PackMalformed));
    for name in ["../index.html", "/index.html", "extra.html", "proof/", "INDEX.HTML"] {
        let more: Vec<(&str, &[u8])> = entries.iter().copied().chain([(name, &b"x"[..])]).skip(1).collect();
        assert_eq!(code(&zip(&more, "")), Some(Code::PackMalformed), "{name}");
    }
    for changed in
        [[b"x", &whole[..]].concat(), [&whole[..], b"x"].concat(), whole[..whole.len() / 2].to_vec(), Vec::new()]
    {
        assert_eq!(code(&changed), Some(Code::PackMalformed), "{} bytes", changed.len());
    }
    let bomb = vec![0; usize::try_from(crate::limits::PACK_UNPACKED_BYTES_MAX).expect("fits") + 1];
    assert_eq!(code(&zip(&[("index.html", &bomb)], "")), Some(Code::PackTooLarge));
    // Two of one name: which one a program shows is for it to say.
    let twice = zip(&[("index.html", b"ett"), ("indeX.html", b"tv\xc3\xa5")], "");
    let twice: Vec<u8> = String::from_utf8_lossy(&twice)
        .contains("indeX")
        .then(|| replaced(&twice, b"indeX", b"index"))
        .expect("is there");
    assert_eq!(code(&twice), Some(Code::PackMalformed));
    let data: Data = serde_json::from_slice(&own["data.json"]).expect("data");
    assert_eq!(data.objects.len(), 1);
}

/// Of the zip file itself only what no program reads may be another, as a time that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_anywhere_in_the_zip_is_found_or_changes_nothing_that_is_read() {
    const PLACES: usize = 500;
    let bench = Bench::new().await;
    let whole = bench.masked().await;
    let data = verify(&whole).expect("holds").data;
    let mut found = 0;
    for n in 0..PLACES {
        let mut changed = whole.clone();
        changed[n * whole.len() / PLACES] ^= 1 << (n % 8);
        match verify(&changed) {
            Err(failure) => {
                found += 1;
                assert_eq!(failure.exit_code(), 5, "{failure}");
            }
            Ok(verified) => {
                assert_eq!(verified.data, data);
                assert_eq!(files(&changed), files(&whole));
            }
        }
    }
    assert!(found > PLACES * 9 / 10, "{found} of {PLACES}");
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(from.len()).position(|w| w == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}
