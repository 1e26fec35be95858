//! What is in a pack, and what is not.

use super::bench::{Bench, NAME, NOTE, REMARK, SECRET, TITLE, files, giving, masking, officer, org};
use crate::{
    handout::{
        Answer, Choice, Fault, Made,
        data::{Content, Level, Piece},
        seen, verify,
    },
    operate::verify_pack,
    sign_in::Role,
    who::Who,
};
use samsyn_core::{
    code::Code,
    commit::Statement,
    id::{DocumentId, Path},
    value::Value,
};
use std::fmt::Write as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_has_own_and_received_material_with_its_history_and_proves_it() {
    let bench = Bench::new().await;
    let examination = bench.examine().await;
    let pack = bench.pack(&examination, &giving(&examination)).await;
    let verified = verify(&pack).expect("holds");
    assert!(verified.pages_same && verified.data.maskings.is_empty());
    let object = &verified.data.objects[0];
    let fact = |path: &str, standing| {
        let found = object.facts.iter().find(|f| f.path.as_str() == path && f.standing == standing);
        found.unwrap_or_else(|| panic!("no {path}"))
    };
    let given = |value: Value| Content::Given(value);
    assert_eq!(fact("/facts/title", true).content, given(Value::Text(TITLE.to_owned())));
    assert_eq!(fact("/facts/stage", true).content, given(Value::Reference("stage:ongoing".to_owned())));
    assert_eq!(fact("/facts/stage", false).content, given(Value::Reference("stage:pilot".to_owned())), "its history");
    let remark = fact("/remarks/timra/r1", true);
    assert_eq!((remark.organisation.id.as_str(), &remark.content), ("timra", &given(Value::Text(REMARK.to_owned()))));
    assert_eq!(fact("/facts/reference", true).content, Content::Gone("value.erased".to_owned()));
    let levels: Vec<Level> = object.facts.iter().map(|f| f.proof).collect();
    assert_eq!(levels.iter().filter(|level| **level == Level::Value).count(), 6);
    let names: Vec<String> = files(&pack).into_keys().collect();
    assert!(!names.contains(&"beslut-utkast.html".to_owned()), "nothing is refused: {names:?}");
    let again = bench.pack(&examination, &giving(&examination)).await;
    assert_eq!(files(&again)["proof/commits.json"], files(&pack)["proof/commits.json"]);
}

/// A draft for comment is no official document at whoever has sent it out; what has been replied is, at the board that asked.
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_reply_to_a_draft_for_comment_is_handed_out_and_the_draft_is_not() {
    const DRAFT: &str = "Utkastsordet Vitsippan";
    const REPLY: &str = "Svarsordet Blåklinten";
    let bench = Bench::new().await;
    let document = bench.comment(DRAFT, REPLY).await;
    let (ks, son) = (officer(Role::Registrar, Some("ks")), officer(Role::Registrar, Some("son")));
    let found = bench.desk.search(Who::Person(&ks), &org("ks"), "Blåklinten").await.expect("searches").0;
    assert_eq!(found.iter().map(|f| (f.document, f.title.as_str())).collect::<Vec<_>>(), [(document, "")]);
    assert!(bench.desk.search(Who::Person(&ks), &org("ks"), "Vitsippan").await.expect("searches").0.is_empty());
    // It was not addressed to the other board.
    assert!(bench.desk.search(Who::Person(&son), &org("son"), "Blåklinten").await.expect("searches").0.is_empty());
    let refused = bench.desk.examine(Who::Person(&son), &org("son"), &[document]).await.expect_err("not its own");
    assert_eq!(refused.code, Code::InputNotFound);
    let examination = bench.desk.examine(Who::Person(&ks), &org("ks"), &[document]).await.expect("is here");
    let pack = bench.pack(&examination, &giving(&examination)).await;
    let verified = verify(&pack).expect("holds");
    let given: Vec<_> = verified.data.objects[0].facts.iter().map(|f| (f.path.as_str(), &f.content, f.proof)).collect();
    assert_eq!(given, [("/remarks/timra/reply", &Content::Given(Value::Prose(REPLY.to_owned())), Level::Value)]);
    for (name, bytes) in files(&pack) {
        for form in forms(DRAFT.as_bytes()) {
            assert!(!bytes.windows(form.len()).any(|w| w == form), "the draft is in {name}");
        }
    }
}

/// Neither as it is written nor as programs write it.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut forms = vec![bytes.to_vec(), hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()];
    // In base64 the same bytes look otherwise at each of three places: what does not depend on what is beside them.
    for skipped in 0..3 {
        let whole = bytes[skipped.min(bytes.len())..].chunks_exact(3);
        let letter = |three: &[u8], n: usize| {
            let bits = usize::from(three[0]) << 16 | usize::from(three[1]) << 8 | usize::from(three[2]);
            LETTERS[bits >> (18 - 6 * n) & 63]
        };
        forms.push(whole.flat_map(|three| (0..4).map(move |n| letter(three, n))).collect());
    }
    let mut escaped = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        let _ = if c.is_ascii() { write!(escaped, "{c}") } else { write!(escaped, "\\u{:04x}", u32::from(c)) };
    }
    forms.push(escaped.into_bytes());
    forms.retain(|form| form.len() >= 8);
    forms
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_what_is_masked_nor_its_salt_is_in_a_pack() {
    let bench = Bench::new().await;
    let pack = bench.masked().await;
    let plain = bench.pack(&bench.examine().await, &giving(&bench.examine().await)).await;
    let everywhere = |pack: &[u8]| {
        let mut all: Vec<Vec<u8>> = files(pack).into_values().collect();
        all.push(pack.to_vec());
        all
    };
    let (masked, given) = (everywhere(&pack), everywhere(&plain));
    let value = Value::Prose(SECRET.to_owned()).encode();
    let name = NAME.as_bytes();
    for secret in [SECRET.as_bytes(), &value[..], name, &[12; 32], &[13; 32]] {
        for form in forms(secret) {
            let shown = String::from_utf8_lossy(&form).into_owned();
            assert!(!masked.iter().any(|file| holds(file, &form)), "{shown} is in the pack");
        }
        // What looks for it finds it where it is.
        let found = forms(secret).iter().any(|form| given.iter().any(|file| holds(file, form)));
        assert!(found, "{} is not in the pack where it is given", String::from_utf8_lossy(secret));
    }
    let verified = verify(&pack).expect("holds");
    let facts = &verified.data.objects[0].facts;
    let summary = facts.iter().find(|f| f.path.as_str() == "/facts/summary").expect("is told");
    assert_eq!((&summary.content, summary.proof), (&Content::Masked(1), Level::Entry));
    let note = facts.iter().find(|f| f.path.as_str() == "/note").expect("is told");
    let (before, after) = NOTE.split_once(NAME).expect("stands there");
    let pieces = [Piece::Given(before.to_owned()), Piece::Masked(2), Piece::Given(after.to_owned())];
    assert_eq!(note.content, Content::Part(pieces.to_vec()));
    assert_eq!(note.proof, Level::Entry, "the length of the text beside the rest of it would tell that of the name");
    let decision = String::from_utf8(files(&pack)["beslut-utkast.html"].clone()).expect("text");
    for said in ["UTKAST", "OSL 19 kap. 3 § (upphandling)", "överklaga", "kammarrätten"] {
        assert!(decision.contains(said), "{said}");
    }
}

/// `status:red` is shorter than `status:yellow`: the length that an outline states would tell which it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_masked_word_takes_its_outline_with_it_since_its_length_tells_it() {
    let bench = Bench::new().await;
    let examination = bench.examine().await;
    let mut answers = giving(&examination);
    let passage = examination
        .passages
        .iter()
        .find(|p| p.label == "Skede" && p.stated.as_ref().is_some_and(|s| s.2))
        .expect("is there");
    let answer = Answer { choice: Some(Choice::Mask), provisions: "19:1".to_owned(), words: String::new() };
    answers.passages.insert(passage.key.clone(), answer);
    // The stage before is given, and that was seen.
    let Made::Faults(told) = bench.try_to(&examination, &answers).await else { panic!("it remains") };
    answers.remains = seen(&told);
    let verified = verify(&bench.pack(&examination, &answers).await).expect("holds");
    let facts = &verified.data.objects[0].facts;
    let stage = facts.iter().find(|f| f.path.as_str() == "/facts/stage" && f.standing).expect("is told");
    assert_eq!((&stage.content, stage.proof), (&Content::Masked(1), Level::Entry));
    let title = facts.iter().find(|f| f.path.as_str() == "/facts/title").expect("is told");
    assert_eq!(title.proof, Level::Value, "another entry is proven as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_meanwhile_is_not_given_unseen_and_what_is_masked_does_not_remain_elsewhere() {
    let bench = Bench::new().await;
    let looked_at = bench.examine().await;
    let answers = masking(&looked_at);
    let (path, value) = (Path::new("/facts/benefits").expect("a path"), Some(Value::Text(format!("Hos {NAME}"))));
    bench.state(vec![Statement { path, value, salt: [21; 32], replaces: Vec::new() }]).await;
    let now = bench.examine().await;
    let new = now.passages.iter().find(|p| p.shown.starts_with("Hos ")).expect("is there").key.clone();
    let faults = |made| match made {
        Made::Faults(faults) => faults,
        Made::Pack { .. } => panic!("a pack"),
    };
    let unanswered = faults(bench.try_to(&now, &answers).await);
    assert!(unanswered.contains(&Fault::Unanswered(new.clone())), "{unanswered:?}");
    // And what the register says of it.
    assert_eq!(unanswered.len(), 2, "{unanswered:?}");
    let mut answers = masking(&now);
    assert_eq!(faults(bench.try_to(&now, &answers).await), [Fault::Remains(new)]);
    answers.everywhere = Answer { choice: None, words: NAME.to_owned(), provisions: "31:16".to_owned() };
    let pack = bench.pack(&now, &answers).await;
    assert!(files(&pack).values().all(|file| !holds(file, NAME.as_bytes())));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_authoritys_own_registrars_and_archivists_hand_out() {
    let bench = Bench::new().await;
    let documents = [bench.document];
    for (role, authority, may) in [
        (Role::Registrar, Some("ks"), true),
        (Role::Archivist, Some("ks"), true),
        (Role::Archivist, None, true),
        (Role::Registrar, Some("son"), false),
        (Role::Coordinator, Some("ks"), false),
        (Role::Releaser, Some("ks"), false),
        (Role::Admin, None, false),
    ] {
        let person = officer(role, authority);
        let examined = bench.desk.examine(Who::Person(&person), &org("ks"), &documents).await;
        let found = bench.desk.search(Who::Person(&person), &org("ks"), "hemgång").await;
        assert_eq!((examined.is_ok(), found.is_ok()), (may, may), "{role:?} {authority:?}");
        let refused = [examined.err(), found.err()].into_iter().flatten().all(|f| f.code == Code::RoleForbidden);
        assert!(refused, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_all_words_in_any_text_and_nothing_that_is_erased() {
    let bench = Bench::new().await;
    let person = officer(Role::Registrar, Some("ks"));
    let search = async |text: &str| {
        let (found, more) = bench.desk.search(Who::Person(&person), &org("ks"), text).await.expect("answers");
        assert!(!more);
        found.into_iter().map(|found| found.title).collect::<Vec<_>>()
    };
    for text in ["HEMGÅNG", "hemgång solsidan", "från start", "anbud kronor"] {
        assert_eq!(search(text).await, [TITLE], "{text}");
    }
    for text in ["gallras", "hemgång finns-inte", "xyz"] {
        assert!(search(text).await.is_empty(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_tells_what_was_handed_out_and_nothing_of_what_stands_there() {
    let bench = Bench::new().await;
    bench.masked().await;
    let directory = bench.dir.path().join("audit");
    let mut log = String::new();
    for file in std::fs::read_dir(directory).expect("is there") {
        log += &std::fs::read_to_string(file.expect("a file").path()).expect("text");
    }
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let lines: Vec<_> = lines.iter().filter(|line| line["act"] == "handed_out").collect();
    assert_eq!(lines.len(), 1, "an examination alone is no act");
    assert_eq!((&lines[0]["maskings"], &lines[0]["authority"]), (&2.into(), &"ks".into()));
    assert_eq!(lines[0]["documents"], serde_json::json!([bench.document.to_string()]));
    assert_eq!(lines[0]["provisions"], serde_json::json!(["19:3", "21:7", "31:16"]));
    for word in [NAME, "anbud", TITLE] {
        assert!(!log.contains(word), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_here_is_told() {
    let bench = Bench::new().await;
    let person = officer(Role::Registrar, Some("ks"));
    for (documents, code) in [
        (vec![DocumentId([7; 32])], Code::InputNotFound),
        (Vec::new(), Code::InputEmpty),
        ((0..21).map(|n| DocumentId([n; 32])).collect(), Code::PackTooLarge),
    ] {
        let examined = bench.desk.examine(Who::Person(&person), &org("ks"), &documents).await;
        assert_eq!(examined.expect_err("is refused").code, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_what_is_proven_and_masked_and_ends_with_5_for_what_is_no_pack() {
    let bench = Bench::new().await;
    let file = bench.dir.path().join("utlamning.zip");
    std::fs::write(&file, bench.masked().await).expect("writes");
    let said = verify_pack::run(&file).expect("holds");
    for line in
        ["Kommunstyrelsen, ange kommun, made it on", "3 statements are proven", "1 are masked.", "1 are masked in part"]
    {
        assert!(said.text.contains(line), "{line}: {}", said.text);
    }
    assert!(said.text.contains("OSL 19 kap. 3 § (upphandling)") && !said.text.contains("anbud"), "{}", said.text);
    let genesis = said.data["federation"]["genesis"].as_str().expect("a hash");
    assert!(genesis.len() == 64 && said.text.contains(genesis));
    assert_eq!((&said.data["facts"]["masked"], &said.data["facts"]["gone"]), (&1.into(), &1.into()));
    std::fs::write(&file, b"PK").expect("writes");
    let refused = verify_pack::run(&file).expect_err("no pack");
    assert_eq!((refused.code, refused.exit_code()), (Code::PackMalformed, 5));
    assert!(!refused.remedy.is_empty() && refused.field.is_some_and(|field| field.ends_with("utlamning.zip")));
    let missing = verify_pack::run(&bench.dir.path().join("saknas.zip")).expect_err("no file");
    assert_eq!(missing.exit_code(), 1);
}
