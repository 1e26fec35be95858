//! Two parties found a federation; later versions are written, signed and judged.

use super::{amend::Changes, *};
use crate::{identity, operate::init};
use samsyn_core::{charter::PartyKind, sign::LogKey};
use std::time::SystemTime;

/// A party set up in its own directory.
fn party(dir: &Path, id: &str, port: u16) -> (OrgId, LogKey, PathBuf) {
    let options = init::Options {
        organisation: OrgId::new(id).expect("an id"),
        name: None,
        kind: PartyKind::Municipality,
        organisation_number: None,
        dir: dir.join(id),
        federation_listen: format!("127.0.0.1:{port}").parse().expect("an address"),
        api_listen: "127.0.0.1:1".parse().expect("an address"),
        web_listen: None,
        endpoints: Vec::new(),
    };
    let made = init::prepare(&options, SystemTime::now()).expect("made");
    let key = identity::load_log_key(&dir.join(id).join("log.key")).expect("a key");
    (options.organisation, key, made.party_file)
}

struct Parties {
    dir: tempfile::TempDir,
    ange: (OrgId, LogKey, PathBuf),
    timra: (OrgId, LogKey, PathBuf),
    charter: PathBuf,
}

fn founded() -> Parties {
    let dir = tempfile::tempdir().expect("a directory");
    let (ange, timra) = (party(dir.path(), "ange", 7000), party(dir.path(), "timra", 7010));
    let charter = dir.path().join("charter.toml");
    new("Prov", &[timra.2.clone(), ange.2.clone()], std::slice::from_ref(&ange.0), &charter).expect("written");
    sign(&charter, &ange.0, &ange.1).expect("signed");
    sign(&charter, &timra.0, &timra.1).expect("signed");
    Parties { dir, ange, timra, charter }
}

#[test]
fn a_charter_that_all_have_signed_is_in_force() {
    let p = founded();
    let output = verify(&p.charter).expect("judged");
    assert_eq!((output.exit_code, &output.data["in_force"]), (0, &json!(true)), "{}", output.text);
    let book = open(&p.charter).expect("opened");
    assert_eq!(show(&p.charter).expect("shown").data["federation"], json!(book.federation().to_string()));
    sign(&p.charter, &p.ange.0, &p.ange.1).expect("signing again changes nothing");
    assert_eq!(open(&p.charter).expect("opened").federation(), book.federation());
}

#[test]
fn missing_and_wrong_signatures_are_told_apart() {
    let p = founded();
    fs::remove_file(p.dir.path().join("charter.timra.sig")).expect("removed");
    let output = verify(&p.charter).expect("judged");
    assert_eq!((output.exit_code, &output.data["signatures"]["timra"]), (3, &json!("missing")));
    assert_eq!(open(&p.charter).expect_err("refused").code, Code::CharterThreshold);

    fs::copy(p.dir.path().join("charter.ange.sig"), p.dir.path().join("charter.timra.sig")).expect("copied");
    let output = verify(&p.charter).expect("judged");
    assert_eq!((output.exit_code, &output.data["signatures"]["timra"]), (3, &json!("wrong")));
    assert_eq!(open(&p.charter).expect_err("refused").code, Code::CharterSignature);
}

#[test]
fn an_edit_after_signing_makes_the_signatures_void() {
    let p = founded();
    let text = fs::read_to_string(&p.charter).expect("read");
    fs::write(&p.charter, text.replace("Prov", "Test")).expect("written");
    let output = verify(&p.charter).expect("judged");
    assert_eq!((output.exit_code, &output.data["signed"]), (3, &json!(0)));
}

#[test]
fn another_partys_key_does_not_sign() {
    let p = founded();
    let failure = sign(&p.charter, &p.ange.0, &p.timra.1).expect_err("refused");
    assert_eq!((failure.code, failure.exit_code()), (Code::CharterSignature, 3));
}

#[test]
fn one_party_is_no_federation_and_nobody_stands_twice() {
    let p = founded();
    let out = p.dir.path().join("other.toml");
    let alone = new("Prov", std::slice::from_ref(&p.ange.2), &[], &out).expect_err("refused");
    assert_eq!(alone.code, Code::CharterParties);
    let twice = new("Prov", &[p.ange.2.clone(), p.ange.2.clone()], &[], &out).expect_err("refused");
    assert_eq!(twice.code, Code::CharterDuplicate);
    assert!(!out.exists());
}

#[test]
fn a_party_joins_once_enough_have_signed_with_their_disclosure() {
    let p = founded();
    let joining = party(p.dir.path(), "kramfors", 7020);
    let next = p.dir.path().join("charter-2.toml");
    let disclosures = ["ange/ks=KS 2026:1", "timra/ks=KS 2026:2"];
    let changes = Changes {
        join: vec![joining.2.clone()],
        disclosures: disclosures.iter().map(|d| d.parse().expect("read")).collect(),
        ..Changes::default()
    };
    amend::amend(&p.charter, &changes, &next).expect("written");
    let mut codes = vec![verify(&next).expect("judged").exit_code];
    for (id, key, _) in [&joining, &p.ange, &p.timra] {
        sign(&next, id, key).expect("signed");
        codes.push(verify(&next).expect("judged").exit_code);
    }
    assert_eq!(codes, [3, 3, 3, 0]);
    assert_eq!(open(&next).expect("opened").in_force().1.parties.len(), 3);
}

#[test]
fn a_replaced_key_needs_a_cut_and_either_key_may_sign() {
    let p = founded();
    let renewed = party(&p.dir.path().join("new"), "timra", 7010);
    let next = p.dir.path().join("charter-2.toml");
    let argument = format!("timra={}", renewed.2.display());
    let mut changes = Changes { replace_key: vec![argument.parse().expect("read")], ..Changes::default() };
    assert_eq!(amend::amend(&p.charter, &changes, &next).expect_err("refused").code, Code::CharterCut);
    changes.cuts = vec!["timra".parse().expect("read")];
    amend::amend(&p.charter, &changes, &next).expect("written");
    for (id, key) in [(&p.ange.0, &p.ange.1), (&p.timra.0, &renewed.1), (&p.timra.0, &p.timra.1)] {
        sign(&next, id, key).expect("signed");
    }
    let output = verify(&next).expect("judged");
    assert_eq!(output.exit_code, 0, "{}", output.text);
}

#[test]
fn an_amendment_without_its_predecessor_or_without_a_change_is_refused() {
    let p = founded();
    let next = p.dir.path().join("charter-2.toml");
    assert_eq!(amend::amend(&p.charter, &Changes::default(), &next).expect_err("refused").code, Code::Usage);
    let changes = Changes { office: vec![p.timra.0.clone()], ..Changes::default() };
    amend::amend(&p.charter, &changes, &next).expect("written");
    fs::remove_file(&p.charter).expect("removed");
    assert_eq!(open(&next).expect_err("refused").code, Code::CharterPrevious);
}
