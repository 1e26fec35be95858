//! Signing in by certificate and acting in another's place, with real cards and the real program.

use samsyn_core::code::Code;
use samsyn_server::register::calendar;
use samsyn_tests::county::{
    County,
    browser::Shown,
    cards::{Card, CardIssuer, Visitor},
    ports, until,
};
use serde_json::Value;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

const REGISTRAR: &str = "SE2120000001-A123";
const NOBODY: &str = "SE2120000001-Z999";
const NOW: (i32, i32) = (2020, 2099);
const ENTER: &str = "/logga-in/certifikat";

/// One node of a county, whose pages ask for cards.
struct Office {
    county: County,
    pages: SocketAddr,
    servers: CardIssuer,
    cards: CardIssuer,
}

impl Office {
    async fn open() -> Self {
        let mut county = County::stopped(&["rvn", "timra"]).await;
        let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
        let (servers, cards) = (CardIssuer::new("Serverutfärdare"), CardIssuer::new("Kortutfärdare"));
        let dir = county.node("timra").dir.clone();
        servers.server().save(&dir.join("web.pem"), &dir.join("web.key"));
        fs::write(dir.join("cards-ca.pem"), cards.pem()).expect("written");
        fs::write(dir.join("cards.crl"), cards.revoked(&[])).expect("written");
        let settings = format!(
            "\n[web]\nlisten = \"{pages}\"\nurl = \"https://localhost:{}\"\ncertificate = \"web.pem\"\nkey = \"web.key\"\n\
             [sign_in.certificates]\nca_file = \"cards-ca.pem\"\ncrl_file = \"cards.crl\"\n\
             [[sign_in.certificates.person]]\nvalue = \"{REGISTRAR}\"\nrole = \"registrar\"\nauthority = \"ks\"\n",
            pages.port()
        );
        let file = county.node("timra").config();
        let text = fs::read_to_string(&file).expect("a configuration") + &settings;
        fs::write(&file, text).expect("written");
        county.restart("timra").await;
        Self { county, pages, servers, cards }
    }

    fn visitor(&self, card: Option<&Card>) -> Visitor {
        Visitor::new(self.pages, &self.servers, card)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.county.node("timra").dir.join(name)
    }

    fn audit(&self) -> Vec<Value> {
        let files = fs::read_dir(self.file("audit")).expect("an audit log").flatten();
        let text: String = files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn acts(&self, act: &str) -> Vec<Value> {
        self.audit().into_iter().filter(|line| line["act"] == act).collect()
    }

    async fn deputy(&self, args: &[&str]) -> samsyn_tests::county::Ran {
        let config = self.county.node("timra").config();
        let config = config.to_str().expect("UTF-8");
        self.county.samsynd(&[&["deputy"], args, &["--config", config, "--json"]].concat()).await
    }
}

/// A Swedish page that says why, and that lets nobody in.
fn refused(shown: &Shown, visitor: &Visitor, code: Code) {
    let status = if code == Code::SignInRevocationList { 503 } else { 403 };
    assert_eq!(shown.status, status, "{}", shown.body);
    assert!(shown.body.contains(code.as_str()) && shown.body.contains("<html lang=\"sv\""), "{}", shown.body);
    assert!(visitor.cookies.is_empty(), "{:?}", visitor.cookies);
}

fn guard(page: &str) -> String {
    let from = page.split("name=\"skydd\" value=\"").nth(1).expect("a form of a session");
    from.split('"').next().expect("its end").to_owned()
}

fn in_days(days: i64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let ms = i64::try_from(since).expect("small") + days * 24 * 60 * 60 * 1_000;
    calendar::day(u64::try_from(ms).expect("after 1970")).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registrar_comes_in_with_a_card_and_goes_out_and_a_cookie_without_the_card_is_worth_nothing() {
    let office = Office::open().await;
    let card = office.cards.card(REGISTRAR, "Registrator", 7, NOW);
    let mut registrar = office.visitor(Some(&card));
    assert!(!registrar.is_in().await, "showing a card is not signing in");
    assert_eq!(registrar.get("/diarium").await.status, 403);
    let ways = registrar.get("/logga-in?till=/diarium").await.page();
    assert!(ways.contains("Logga in med certifikat") && ways.contains("har visat ett certifikat"), "{ways}");
    assert!(!ways.contains("inloggningstjänst"), "there is none here: {ways}");
    // Another site's form signs nobody in.
    let forged = registrar.post_from(ENTER, "till=/diarium", "cross-site").await;
    refused(&forged, &registrar, Code::SignInForged);

    let entered = registrar.post(ENTER, "till=%2Fdiarium").await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    assert!(entered.head.contains("location: /diarium"), "{}", entered.head);
    for part in ["__host-samsyn=", "httponly", "secure", "samesite=lax", "path=/"] {
        assert!(entered.head.contains(part), "{part}: {}", entered.head);
    }
    let page = registrar.get("/diarium").await.page();
    assert!(page.contains("Inloggad som <bdi>Registrator</bdi>") && !page.contains("Ersättare"), "{page}");
    // The same cookie without the card, and with another's.
    let mut thief = office.visitor(None);
    thief.cookies = registrar.cookies.clone();
    assert!(!thief.is_in().await);
    let mut other = office.visitor(Some(&office.cards.card(REGISTRAR, "Registrator", 9, NOW)));
    other.cookies = registrar.cookies.clone();
    assert!(!other.is_in().await);
    assert!(registrar.is_in().await, "and that took nothing from whoever has it");

    let left = registrar.post("/logga-ut", &format!("skydd={}", guard(&page))).await;
    assert_eq!(left.status, 303, "{}", left.body);
    let mut copy = office.visitor(Some(&card));
    copy.cookies.clone_from(&thief.cookies);
    assert!(!copy.is_in().await, "the session itself has ended");
    assert!(registrar.get("/utloggad").await.page().contains("ta ut kortet"));
    let told = office.acts("signed_in");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["person"]["subject"], format!("certificate:{REGISTRAR}"));
    assert_eq!(office.acts("signed_out").len(), 1);
    let log = office.county.node("timra").log();
    assert!(!log.contains(REGISTRAR) && !log.contains("Registrator"), "persons are in no log");
    office.county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_not_good_gets_a_page_that_says_why_and_public_reading_goes_on() {
    let office = Office::open().await;
    let others = CardIssuer::new("Kortutfärdare");
    let expired = office.cards.card(REGISTRAR, "Registrator", 1, (2020, 2021));
    let foreign = others.card(REGISTRAR, "Registrator", 2, NOW);
    let unmapped = office.cards.card(NOBODY, "Annan", 3, NOW);
    for (card, code, named) in [
        (None, Code::SignInNoCertificate, None),
        (Some(&expired), Code::SignInCertificateExpired, Some(REGISTRAR)),
        (Some(&foreign), Code::SignInCertificateUnknown, None),
        (Some(&unmapped), Code::SignInCertificateUnmapped, Some(NOBODY)),
    ] {
        let before = office.acts("sign_in_refused").len();
        let mut visitor = office.visitor(card);
        refused(&visitor.post(ENTER, "till=/").await, &visitor, code);
        assert_eq!(visitor.get("/portfolj").await.status, 200, "{code}");
        let told = office.acts("sign_in_refused");
        // Whoever shows nothing has tried nothing.
        assert_eq!(told.len() - before, usize::from(card.is_some()), "{code}: {told:?}");
        let Some(last) = told.last().filter(|_| card.is_some()) else { continue };
        assert_eq!(last["code"], code.as_str());
        let subject = named.map_or(Value::Null, |id| Value::String(format!("certificate:{id}")));
        assert_eq!(last["person"]["subject"], subject, "what nobody vouches for is not believed: {last}");
    }

    // Anybody can make certificates: they fill no disk.
    let mut visitor = office.visitor(Some(&foreign));
    for _ in 0..70 {
        visitor.post(ENTER, "till=/").await;
    }
    assert!(office.acts("sign_in_refused").len() < 65, "{}", office.acts("sign_in_refused").len());

    // A list that is new takes the card out of the reader's hands while she is in.
    let card = office.cards.card(REGISTRAR, "Registrator", 7, NOW);
    let mut registrar = office.visitor(Some(&card));
    assert_eq!(registrar.post(ENTER, "till=/").await.status, 303);
    assert!(registrar.is_in().await);
    fs::write(office.file("cards.crl"), office.cards.revoked(&[7])).expect("written");
    let mut again = office.visitor(Some(&card));
    until("the list has been read", || async { office.county.node("timra").log().contains("has been read again") })
        .await;
    assert!(!registrar.is_in().await, "she is out");
    refused(&again.post(ENTER, "till=/").await, &again, Code::SignInCertificateRevoked);
    // Nonsense in its place changes nothing.
    fs::write(office.file("cards.crl"), "elak").expect("written");
    until("that is told", || async { office.county.node("timra").log().contains("are not taken") }).await;
    refused(&again.post(ENTER, "till=/").await, &again, Code::SignInCertificateRevoked);
    fs::write(office.file("cards.crl"), office.cards.revoked(&[])).expect("written");
    until("she comes in again", || async {
        let mut again = office.visitor(Some(&card));
        again.post(ENTER, "till=/").await.status == 303
    })
    .await;
    office.county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_is_one_on_her_days_in_her_own_name_and_nothing_after_them() {
    let office = Office::open().await;
    let who = format!("certificate:{NOBODY}");
    let (today, yesterday, tomorrow, later) = (in_days(0), in_days(-1), in_days(1), in_days(400));
    let row = |role: &'static str, from: &str, to: &str| -> Vec<String> {
        let fixed = ["add", "--who", &who, "--for", "registrator vid kansliet", "--authority", "ks", "--role", role];
        let days = ["--from", from, "--to", to, "--decision", "KS 2026:12"];
        fixed.iter().chain(&days).map(|s| (*s).to_owned()).collect()
    };
    let add = async |row: Vec<String>| {
        let row: Vec<&str> = row.iter().map(String::as_str).collect();
        office.deputy(&row).await
    };
    // Each is named, refused, and changes nothing.
    let changed = |at: &str, to: &str| {
        let mut row = row("registrar", &today, &tomorrow);
        let place = row.iter().position(|word| word == at).expect("an option") + 1;
        row[place] = to.to_owned();
        row
    };
    for (row, code) in [
        (changed("--to", &later), Code::InputDate),
        (changed("--to", &yesterday), Code::InputDate),
        (changed("--from", "snart"), Code::InputDate),
        (changed("--who", " "), Code::InputEmpty),
        (changed("--decision", " "), Code::InputEmpty),
        (changed("--authority", "bun"), Code::InputNotFound),
        (row("registrar", &in_days(-9), &yesterday), Code::InputDate),
    ] {
        assert_eq!(add(row.clone()).await.exits(5).error()["code"], code.as_str(), "{row:?}");
    }
    assert!(!office.file("deputies.toml").exists() && office.acts("deputy_added").is_empty());

    let mut deputy = office.visitor(Some(&office.cards.card(NOBODY, "Vikarie", 4, NOW)));
    refused(&deputy.post(ENTER, "till=/").await, &deputy, Code::SignInCertificateUnmapped);
    // To come: nothing yet.
    add(row("registrar", &tomorrow, &tomorrow)).await.ok();
    until("it is read", || async { office.acts("deputies_read").len() == 1 }).await;
    refused(&deputy.post(ENTER, "till=/").await, &deputy, Code::SignInCertificateUnmapped);
    // In force.
    let name = add(row("registrar", &today, &tomorrow)).await.ok().data()["name"].as_str().expect("a name").to_owned();
    until("it is read", || async { office.acts("deputies_read").len() == 2 }).await;
    assert_eq!(deputy.post(ENTER, "till=/").await.status, 303);
    let page = deputy.get("/diarium").await.page();
    let words =
        format!("Ersättare för registrator vid kansliet (registrator, Kommunstyrelsen) till och med {tomorrow}");
    assert!(page.contains(&words) && page.contains("<bdi>Vikarie</bdi>"), "{page}");
    let told = &office.acts("signed_in")[0]["person"];
    assert_eq!((&told["name"], &told["subject"]), (&Value::from("Vikarie"), &Value::from(who.clone())));
    let place = &told["deputy_for"][0];
    assert_eq!((&place["for"], &place["decision"]), (&"registrator vid kansliet".into(), &"KS 2026:12".into()));
    let listed = office.deputy(&["list"]).await.ok().data();
    let states: Vec<&str> = listed.as_array().expect("rows").iter().filter_map(|row| row["state"].as_str()).collect();
    assert_eq!(states, ["coming", "in force"], "{listed}");
    // Over: a row whose days have passed is what a running deputy's row becomes at midnight.
    let file = office.file("deputies.toml");
    let text = fs::read_to_string(&file).expect("rows");
    fs::write(&file, text.replace(&tomorrow, &yesterday).replace(&today, &yesterday)).expect("written");
    until("it is read", || async { office.acts("deputies_read").len() == 3 }).await;
    assert_eq!(deputy.get("/diarium").await.status, 403, "from the next request");
    assert!(!deputy.is_in().await, "she was nothing else");
    fs::write(&file, text).expect("written");
    until("it is read", || async { office.acts("deputies_read").len() == 4 }).await;
    assert!(deputy.is_in().await);
    // Taken away.
    office.deputy(&["remove", &name]).await.ok();
    until("it is read", || async { office.acts("deputies_read").len() == 5 }).await;
    assert!(!deputy.is_in().await);
    assert_eq!(office.deputy(&["remove", &name]).await.exits(5).error()["code"], Code::InputNotFound.as_str());
    let acts = ["deputy_added", "deputy_removed"].map(|act| office.acts(act).len());
    assert_eq!(acts, [2, 1]);
    assert!(!office.county.node("timra").log().contains(NOBODY), "persons are in no log");
    office.county.stop_and_verify().await;
}
