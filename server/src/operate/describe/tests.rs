use super::{
    authorities, description,
    known::Known,
    page::{self, Description},
    words::{When, when},
};
use crate::{
    config::Config,
    register::pattern::Pattern,
    rulebook::Rulebook,
    store::{Device, Role},
};
use quick_xml::events::Event;
use samsyn_core::{
    charter::Charter,
    entry::{Audience, Purpose},
    id::{AuthorityId, OrgId},
    sign::LogKey,
};
use samsyn_wire::transport::Pin;
use serde::Deserialize;
use std::{fs, path::Path};

#[derive(Deserialize)]
struct Demo {
    organisation: Vec<Organisation>,
}

#[derive(Deserialize)]
struct Organisation {
    id: String,
    name: String,
    #[serde(rename = "organisation_number")]
    number: String,
    authorities: Vec<Board>,
}

#[derive(Deserialize)]
struct Board {
    id: AuthorityId,
    name: String,
}

fn demo() -> Vec<Organisation> {
    toml::from_str::<Demo>(include_str!("../../../demo/organisations.toml")).expect("the demo's parties").organisation
}

/// A charter of the county's eight parties, by another name if one is given.
fn charter(name: &str) -> Charter {
    let parties = demo().into_iter().zip(1u8..).map(|(o, n)| {
        let boards = o.authorities.iter().map(|b| format!("[[party.authority]]\nid = \"{}\"\nname = \"{}\"\n", b.id, b.name));
        format!(
            "[[party]]\nid = \"{}\"\nname = \"{}\"\nkind = \"municipality\"\norganisation_number = \"{}\"\nlog_key = \"{}\"\npins = [\"blake3:{}\"]\n{}",
            o.id,
            o.name,
            o.number,
            LogKey::from_secret(&[n; 32]).public(),
            hex::encode([n; 32]),
            boards.collect::<String>()
        )
    });
    let head =
        format!("format = 1\nname = '{name}'\nversion = 3\nprevious = \"{}\"\nrules = 1\n", hex::encode([9; 32]));
    Charter::parse(format!("{head}{}", parties.collect::<String>()).as_bytes()).expect("a charter")
}

/// Describes a party's authority on a node with this configuration and these rules.
fn described(charter: &Charter, org: &str, authority: &str, more: &str, rules: Option<&Path>) -> Description {
    let text = format!(
        "[federation]\norganisation = \"{org}\"\ncharter = \"charter.toml\"\n[store]\nurl = \"sqlite://node.db\"\n[identity]\nlog_key = \"log.key\"\ntls_key = \"tls.key\"\ntls_certificate = \"tls.crt\"\n{more}"
    );
    let mut config = Config::parse(Path::new("samsynd.toml"), &text, []).expect("a configuration");
    config.rules.directory = rules.map(Path::to_owned);
    let own = charter.party(&OrgId::new(org).expect("an id")).expect("a party");
    let authorities = authorities(own).expect("ids");
    let ids = authorities.iter().map(|(id, _)| id.clone()).collect();
    let rulebook = Rulebook::open(rules, &ids).expect("rules");
    let device = |role, authority: Option<&str>| Device {
        pin: format!("blake3:{}", hex::encode([7; 32])).parse::<Pin>().expect("a pin"),
        name: "Kansliets dator".to_owned(),
        role,
        authority: authority.map(|id| AuthorityId::new(id).expect("an id")),
        added_ms: 1,
        revoked_ms: None,
    };
    let devices = [device(Role::Coordinator, None), device(Role::Registrar, Some("annan"))];
    let day = "2026-11-23 10:00".to_owned();
    let (authorities, rulebook, devices) = (&authorities, &rulebook, &devices);
    let known = Known { config: &config, charter, own, authorities, rulebook, devices, day };
    description(&known, &AuthorityId::new(authority).expect("an id"))
}

/// Every element is closed where it should be.
fn must_be_well_formed(html: &str) {
    let mut reader = quick_xml::Reader::from_str(html);
    let mut open = 0i32;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e} at {}\n{html}", reader.buffer_position())) {
            Event::Start(_) => open += 1,
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "{html}");
}

#[test]
fn each_authority_of_the_eight_parties_is_described_from_its_shipped_rules() {
    let charter = charter("Framtidens vård");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/rules/vasternorrland");
    let mut count = 0;
    for organisation in demo() {
        let rules = shipped.join(&organisation.id);
        for board in &organisation.authorities {
            let one = described(&charter, &organisation.id, board.id.as_str(), "", Some(&rules));
            let (html, text) = (one.html().expect("a page"), one.markdown());
            must_be_well_formed(&html);
            let version = {
                let file = fs::read(rules.join(format!("{}.toml", board.id))).expect("a rule file");
                blake3::hash(&file).to_hex()[..12].to_owned()
            };
            for shown in [&html, &text] {
                for said in [board.name.as_str(), &organisation.name, &organisation.number, &version] {
                    assert!(shown.contains(said), "{said}: {shown}");
                }
                let others = demo().into_iter().filter(|other| other.id != organisation.id);
                for other in others {
                    assert!(shown.matches(&other.name).count() >= 3, "{}: {shown}", other.name);
                }
                assert!(shown.contains("version 3") && shown.contains("2026-11-23"), "{shown}");
                assert!(shown.contains(page::BLANK) && shown.contains("Samordnare"), "{shown}");
                // Neither whose device it is nor a role at another board, no key and no file of the node.
                for hidden in ["Kansliets dator", "blake3:", "Registrator |", "node.db", "deploy/rules"] {
                    assert!(!shown.contains(hidden), "{hidden}: {shown}");
                }
            }
            count += 1;
        }
    }
    assert_eq!(count, 26, "all boards of the eight parties");
}

const RULES: &str = r#"
[release]
mode = "approve"
[[release.except]]
mode = "automatic"
kind = "work"
audience = "parties"
[scan]
words = ["Solgården", "Björkbacken"]
[register]
numbers = "file-drop"
directory = "/srv/samsyn/hemlig"
pattern = "{series} {yyyy}/{n}"
series = "KS"
receives = ["work"]
[[register.rule]]
state = "to-register"
kind = "work"
direction = "received"
purpose = "jointly-maintained"
[describe]
tasks = "Leder & samordnar <b>kommunen</b> | allt."
contact = "Registrator, registrator@timra.example"
sale = "Myndigheten säljer inga personuppgifter."
retention = "Dokumenthanteringsplan 2026."
"#;

#[test]
fn what_is_configured_is_said_in_words_and_own_words_are_only_counted() {
    let charter = charter("Vård <nära> & \"god\"");
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("ks.toml"), RULES).expect("written");
    let more = "[web]\nlisten = \"127.0.0.1:7002\"\nurl = \"https://samsyn.timra.example\"\n[sign_in]\nissuer = \"https://login.example/v2\"\nclient_id = \"x\"\nsession_hours = 6\n[[sign_in.role]]\nvalue = \"F\"\nrole = \"releaser\"\nauthority = \"ks\"\n[[sign_in.role]]\nvalue = \"A\"\nrole = \"registrar\"\nauthority = \"bun\"\n";
    let one = described(&charter, "timra", "ks", more, Some(dir.path()));
    let (html, text) = (one.html().expect("a page"), one.markdown());
    must_be_well_formed(&html);
    assert!(!html.contains("<nära>") && !html.contains("<b>kommunen"), "{html}");
    for said in [
        "Myndigheten har 2 egna ord som inte får lämna den",
        "https://samsyn.timra.example/diarium/offentligt?myndighet=ks",
        "KS åååå/löpnummer",
        "myndighetens eget ärendesystem",
        "registreras när de är för beslut eller gemensamt förvaltad; annars hålls de ordnade",
        "| Utvecklingsarbeten | när de är till allmänheten |",
        "| Färdplaner | alltid |",
        "Registrator, registrator@timra.example",
        "Myndigheten säljer inga personuppgifter.",
        "Dokumenthanteringsplan 2026.",
        "senast efter 6 timmar",
        "https://login.example/v2",
        "| Frisläppare |",
        "19 kap. 3 §",
        "Noden för en granskningslogg",
    ] {
        let plain = text.replace('\\', "");
        assert!(plain.contains(said), "{said}: {plain}");
    }
    for hidden in ["Solgården", "Björkbacken", "hemlig", "| Registrator |"] {
        assert!(!text.contains(hidden) && !html.contains(hidden), "{hidden}: {text}");
    }
    // A sign of a table's own would make another column.
    assert!(text.contains("kommunen\\</b\\> \\| allt."), "{text}");
}

#[test]
fn a_node_without_pages_rules_and_sign_in_claims_none_of_them() {
    let charter = charter("Framtidens vård");
    let bare = described(&charter, "timra", "ks", "", None).markdown();
    for said in [
        "ingen regelfil",
        "Noden har inga webbsidor",
        "Noden för ingen granskningslogg",
        "inga egna ord",
        "| Färdplaner | nej",
    ] {
        assert!(bare.contains(said), "{said}: {bare}");
    }
    for false_here in
        ["https://", "Inloggning sker", "en fil för varje månad", "ärendesystem", "frisläppare godkänner allt"]
    {
        assert!(!bare.contains(false_here), "{false_here}: {bare}");
    }
    let unnamed = described(&charter, "timra", "ks", "[web]\nlisten = \"127.0.0.1:7002\"\n", None).markdown();
    assert!(unnamed.contains("Fylls i av myndigheten: adressen till webbsidorna"), "{unnamed}");
    // Those whose rules do not name a kind receive none of it; the first board receives what nobody names.
    let row = |text: &str| text.lines().find(|l| l.starts_with("| Beslut |")).map(str::to_owned).expect("a row");
    assert!(row(&bare).ends_with("| ja |"), "{bare}");
    let other = described(&charter, "timra", "son", "", None).markdown();
    assert!(row(&other).ends_with("| nej |"), "{other}");
}

#[test]
fn how_numbers_are_written_is_said_without_signs_of_a_pattern() {
    for (pattern, series, said) in [
        ("{series} {yyyy}/{n}", "KS", "KS åååå/löpnummer"),
        ("{yy}{series}{n}", "RS", "ååRSlöpnummer"),
        ("{yyyy}-{n:06}", "", "åååå-löpnummer"),
        ("{n}/{yy}", "", "löpnummer/åå"),
    ] {
        assert_eq!(super::words::pattern(&Pattern::parse(pattern, series).expect(pattern)), said);
    }
}

#[test]
fn for_which_purposes_and_audiences_something_holds_is_said_shortly() {
    use Audience::{Parties, Public};
    use Purpose::{ForDecision, ForInformation};
    let said = |holds: fn(Purpose, Audience) -> bool| when(holds);
    let sometimes = |text: &str| When::Sometimes(text.to_owned());
    assert_eq!(said(|_, _| true), When::Always);
    assert_eq!(said(|_, _| false), When::Never);
    assert_eq!(said(|_, a| a == Public), sometimes("till allmänheten"));
    assert_eq!(said(|p, _| p == ForDecision), sometimes("för beslut"));
    assert_eq!(said(|p, a| p == ForDecision && a == Parties), sometimes("för beslut till parterna"));
    assert_eq!(
        said(|p, a| p == ForInformation || (p == ForDecision && a == Public)),
        sometimes("för kännedom eller för beslut till allmänheten")
    );
    // Drafts for comment are spoken of by themselves: they are shared with nobody as documents.
    assert_eq!(said(|p, _| p == Purpose::ForComment), When::Never);
}

#[test]
fn what_somebody_has_written_in_is_told_from_what_was_made() {
    let made = page::sealed("# Rubrik\n\nText\n");
    assert!(page::untouched(&made));
    assert!(page::untouched(&page::sealed("")));
    for changed in
        [made.replace("Text", "Texten"), format!("{made}mer\n"), made.replace(" -->", " -->\n"), String::new()]
    {
        assert!(!page::untouched(&changed), "{changed}");
    }
}
