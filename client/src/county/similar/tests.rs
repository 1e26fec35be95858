//! Twenty labelled pairs: from the real portfolio and the other names that its sources use, and plausible ones.

use super::*;

/// Titles and descriptions as the annual report 2023 and the roadmap of 2025 have them, and some that a coordinator might
/// write.
const WORKS: &[(&str, &str, &str)] = &[
    (
        "lss-trygg",
        "En trygg och nära vård för personer inom LSS-boende",
        "Samarbete, arbetssätt och rutiner mellan kommun och region så att boende på LSS-boenden slipper onödiga inläggningar på sjukhus.",
    ),
    (
        "sip-pa-distans",
        "SIP på distans - breddinförande av videodistansteknik",
        "Säkerhetsklassad videoteknik för samordnad individuell planering vid utskrivning och andra distansmöten i hela länet. Bygger på piloter 2018-2019.",
    ),
    (
        "barnsakert",
        "Barnsäkert - en god och nära vård för barn 0-6 år",
        "Barnhälsovården fångar psykosociala faktorer och stödbehov tillsammans med kommunens individ- och familjeomsorg. Utgår från ett nationellt program.",
    ),
    (
        "paverkbar-slutenvard",
        "Påverkbar slutenvård",
        "Gränsöverskridande team mellan huvudmän prövas för att stärka primärvården och minska slutenvård som går att undvika. Fortsättning på en kartläggning våren 2023.",
    ),
    (
        "barn-foraldrar-dor",
        "Barn som lever med föräldrar som dör",
        "Trygga överlämningar mellan vårdinstanser för barn, unga och personer med särskilda behov som mister en förälder.",
    ),
    (
        "demensteam",
        "Multidisciplinärt demensarbete",
        "En process för teamarbete som ger rätt stöd tidigt vid demenssjukdom. Hela länet berörs; första piloten sker i Örnsköldsvik.",
    ),
    (
        "barn-unga-ange",
        "Barn och unga i Ånge",
        "Samlat kommunalt grepp för barns och ungas välbefinnande: socialtjänst, skola, närsjukvårdsområde söder, psykiatri och habilitering utforskar arbetssätt tillsammans. Del av SKR:s pilot Börja med barnen.",
    ),
    (
        "digifysisk-seniorvard",
        "Proaktiv digifysisk seniorvård",
        "Mobil och digital vård i hemmet med mätningar på plats och direktkontakt mellan sköterska och läkare; närsjukvårdsteam över organisationsgränser.",
    ),
    ("hlt-harnosand", "HLT - hälsa, lärande och trygghet", ""),
    ("kompetens-kramfors", "Kompetensförsörjning i samverkan", ""),
    ("hemmonitorering-solleftea", "Hemmonitorering för äldre", ""),
    ("hajstudien", "Hajstudien, aktionsforskning om omställningen", ""),
    ("tsi", "Tidiga samordnade insatser (TSI) i alla kommuner", "HLT: hälsa, lärande och trygghet för barn och unga."),
    ("bemanning", "Gemensamma bemanningslösningar nära brukaren", "Personal och kompetensförsörjning över gränserna."),
    ("vantrum", "Digitalt väntrum", "Kommunens sjuksköterskor konsulterar läkare digitalt."),
    ("egenvard", "Egenvård som naturlig del av vård och omsorg", ""),
    ("beroende", "Handlingsplan Beroende och skadligt bruk", "Förberedelse inför samsjuklighetsreformen."),
];

/// What somebody is about to begin; with which of the works it is like, or that it is not; and whether it is.
const PAIRS: &[(&str, &str, &str, bool)] = &[
    ("BarnSäkert 0-6 år", "Familjer med små barn får stöd tidigt genom barnhälsovården.", "barnsakert", true),
    ("Organisationsöverskridande multidisciplinärt demensteam", "", "demensteam", true),
    ("Multidisciplinärt Demensarbete", "Piloten utvärderas före beslut om breddinförande.", "demensteam", true),
    ("Hemmonitorering för äldre", "", "hemmonitorering-solleftea", true),
    ("Hemmonitorering med närsjukvårdsteam", "Äldre mäter hemma.", "hemmonitorering-solleftea", true),
    ("Fler SIP på distans", "Antalet möten över video ska öka.", "sip-pa-distans", true),
    ("Samordnad individuell planering med videoteknik", "Vid utskrivning från sjukhus.", "sip-pa-distans", true),
    ("HLT / TSI, tidiga samordnade insatser för barn och unga", "", "tsi", true),
    (
        "Undvikbar slutenvård",
        "Team prövas för att minska inläggningar och stärka primärvården.",
        "paverkbar-slutenvard",
        true,
    ),
    ("Gemensam kompetensförsörjning", "Rekrytering av sjuksköterskor.", "kompetens-kramfors", true),
    ("Barnens bästa i skolan", "Lärare utbildas i att se barn som far illa.", "barn-foraldrar-dor", false),
    ("Digital läkarkontakt", "Patienter bokar läkare i en app.", "sip-pa-distans", false),
    ("Ny upphandling av matdistribution", "Varm mat till äldre i hemmet.", "hemmonitorering-solleftea", false),
    ("Demensvänligt samhälle", "Utbildning av butiker och bussförare.", "digifysisk-seniorvard", false),
    ("Trygg hemgång från sjukhus", "Hemtjänst möter den äldre hemma första dygnet.", "lss-trygg", false),
    ("God och nära vård, målbild 2030", "Gemensam kommunikation om omställningen.", "barnsakert", false),
    ("Personcentrerat ledarskap", "Chefer utbildas tillsammans.", "kompetens-kramfors", false),
    ("Rehabilitering i hemmet", "Fysioterapeut och arbetsterapeut åker ihop.", "digifysisk-seniorvard", false),
    ("Samsjuklighet: en väg in", "Psykiatri och socialtjänst under ett tak.", "barn-unga-ange", false),
    ("Ungas psykiska hälsa", "Stödsamtal på ungdomsmottagningen.", "barn-unga-ange", false),
];

/// Alike too, although the pairs above ask about others.
const ALSO_ALIKE: &[(&str, &str)] =
    &[("Gemensam kompetensförsörjning", "bemanning"), ("Digital läkarkontakt", "vantrum")];

fn profile(title: &str, summary: &str) -> Profile {
    Profile { title: title.to_owned(), summary: summary.to_owned(), ..Profile::default() }
}

fn index() -> Index {
    Index::new(WORKS.iter().map(|(id, title, summary)| ((*id).to_owned(), profile(title, summary))))
}

/// Precision: of those that were proposed, how many are alike. Recall: of those that are alike, how many were proposed.
/// Both are bounds that were measured; a change that makes it worse is to be seen.
#[test]
fn of_twenty_labelled_pairs_those_are_proposed_that_are_alike() {
    let index = index();
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for (title, summary, other, alike) in PAIRS {
        let found = index.alike(&profile(title, summary), &BTreeSet::new());
        let score = found.iter().find(|a| a.id == *other).map(|a| a.score);
        println!("{:5} {:.2} {title} / {other}", alike, score.unwrap_or(0.0));
        match (score.is_some(), alike) {
            (true, true) => right += 1,
            (true, false) => wrong += 1,
            (false, true) => missed += 1,
            (false, false) => {}
        }
    }
    let share = |part: u32, rest: u32| f64::from(part) / f64::from((part + rest).max(1));
    let (precision, recall) = (share(right, wrong), share(right, missed));
    println!("{} pairs: precision {precision:.2}, recall {recall:.2}", PAIRS.len());
    assert!(PAIRS.len() >= 20 && precision >= 0.9 && recall >= 0.9, "precision {precision:.2}, recall {recall:.2}");
}

/// The same pairs, every other work too: what is proposed beside is seldom.
#[test]
fn most_proposals_for_any_title_are_those_that_were_meant() {
    let index = index();
    let found: Vec<(&str, String)> = PAIRS
        .iter()
        .flat_map(|(title, summary, ..)| {
            index.alike(&profile(title, summary), &BTreeSet::new()).into_iter().map(move |a| (*title, a.id))
        })
        .collect();
    let labelled = PAIRS.iter().filter(|p| p.3).map(|(title, _, other, _)| (*title, *other));
    let alike: BTreeSet<(&str, &str)> = labelled.chain(ALSO_ALIKE.iter().copied()).collect();
    let meant = |(title, id): &&(&str, String)| alike.contains(&(*title, id.as_str()));
    let right = found.iter().filter(&meant).count();
    println!("{} of {} proposals were labelled as alike", right, found.len());
    for other in found.iter().filter(|f| !meant(f)) {
        println!("  also: {} / {}", other.0, other.1);
    }
    assert!(right * 3 >= found.len() * 2, "{right} of {}", found.len());
}

#[test]
fn it_says_why_and_leaves_out_what_is_named() {
    let index = Index::new([
        (
            "a".to_owned(),
            Profile {
                partners: ["org:timra".into(), "org:rvn".into()].into(),
                target_groups: ["target-group:older".into()].into(),
                ..profile("Hemmonitorering för äldre", "")
            },
        ),
        ("b".to_owned(), profile("Kompetensförsörjning", "")),
        ("c".to_owned(), profile("Väntrum", "")),
    ]);
    let asked = Profile {
        partners: ["org:rvn".into()].into(),
        target_groups: ["target-group:older".into()].into(),
        ..profile("Hemmonitorering", "De äldre mäter hemma.")
    };
    let found = index.alike(&asked, &BTreeSet::new());
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (only.id.as_str(), only.words.as_slice()),
        ("a", ["hemmonitorering".to_owned(), "äldre".to_owned()].as_slice())
    );
    assert_eq!(
        (only.partners.as_slice(), only.target_groups.as_slice()),
        (["org:rvn".to_owned()].as_slice(), ["target-group:older".to_owned()].as_slice())
    );
    assert!(index.alike(&asked, &["a".to_owned()].into()).is_empty());
}

#[test]
fn nothing_is_like_nothing() {
    assert!(index().alike(&Profile::default(), &BTreeSet::new()).is_empty());
    assert!(Index::default().alike(&profile("Hemmonitorering", ""), &BTreeSet::new()).is_empty());
    let empty = Index::new([("a".to_owned(), Profile::default())]);
    assert!(empty.alike(&profile("Hemmonitorering", ""), &BTreeSet::new()).is_empty());
}

#[test]
fn what_is_taken_out_or_put_anew_leaves_nothing_behind() {
    let mut index = index();
    let before = index.alike(&profile("Hemmonitorering för äldre", ""), &BTreeSet::new());
    index.put("ny".to_owned(), &profile("Hemmonitorering för äldre", "Bikupor hemma."));
    index.put("ny".to_owned(), &profile("Något helt annat", ""));
    index.remove("ny");
    assert_eq!(index.alike(&profile("Hemmonitorering för äldre", ""), &BTreeSet::new()), before);
    assert!(!format!("{index:?}").contains("bikup"));
    for (id, ..) in WORKS {
        index.remove(id);
    }
    assert!(index.is_empty() && index.words.is_empty());
}
