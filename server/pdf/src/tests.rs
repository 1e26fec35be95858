use super::*;
use crate::letters::STAND_IN;
use samsyn_paper::{Section, Table, sample};
use typst::layout::{Frame, FrameItem};

/// The pages of it, as they are in the file.
fn frames(paper: &Paper) -> Vec<Frame> {
    let fonts = world::fonts();
    let sheet = serde_json::to_string(&Sheet::new(paper, &fonts)).expect("JSON");
    let document = typst::compile(&PaperWorld::new(fonts, &sheet)).output.expect("a document");
    let file = typst_pdf::pdf(&document, &options(sheet, &paper.date).expect("options")).expect("a file");
    assert!(file.starts_with(b"%PDF"));
    document.pages().iter().map(|page| page.frame.clone()).collect()
}

/// What can be read on each page.
fn pages(paper: &Paper) -> Vec<String> {
    frames(paper).iter().map(text).collect()
}

fn text(frame: &Frame) -> String {
    let shown = |(_, item): &(_, FrameItem)| match item {
        FrameItem::Text(text) => text.text.to_string(),
        FrameItem::Group(group) => text(&group.frame),
        _ => String::new(),
    };
    frame.items().map(shown).collect()
}

fn titled(title: &str) -> Paper {
    Paper { title: title.to_owned(), ..Paper::default() }
}

fn with(section: Section) -> Paper {
    Paper { sections: vec![section], ..titled("Underlag") }
}

/// Its own day, never the machine's: that would make another file of the same paper. A day that is none is no reason to fail.
#[test]
fn a_file_is_dated_by_its_paper() {
    let dated = |date: &str| pdf(&Paper { date: date.to_owned(), ..sample() }).expect("a file");
    let says = |file: &[u8], date: &str| file.windows(date.len()).any(|part| part == date.as_bytes());
    assert!(says(&dated("2025-12-01"), "2025-12-01T00:00:00"));
    for none in ["", "HT 2025", "2025-13-01"] {
        assert!(says(&dated(none), "1970-01-01T00:00:00"), "{none}");
    }
}

#[test]
fn a_paper_is_a_pdf_and_the_same_bytes_each_time() {
    let file = pdf(&sample()).expect("a file");
    assert!(file.starts_with(b"%PDF"));
    assert_eq!(file, pdf(&sample()).expect("a file"));
    let mut other = sample();
    other.footer.push('c');
    assert_ne!(file, pdf(&other).expect("a file"));
}

#[test]
fn it_says_which_standards_it_keeps_and_its_language() {
    let file = pdf(&sample()).expect("a file");
    let file = String::from_utf8_lossy(&file);
    for said in ["<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "/Lang(sv-SE)", "/StructTreeRoot"] {
        assert!(file.contains(said), "{said}");
    }
}

#[test]
fn what_people_have_written_stays_text() {
    let text = pages(&sample()).concat();
    for said in [
        "#eval(\"1\") $x$ *fet* _kursiv_ \\ @ref",
        "<b>#set</b>",
        "Lön & resor",
        "Åtta arbeten pågår.",
        "Trygg hemgång",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for title in [
        "#panic()",
        "#import \"@preview/a:1.0.0\"",
        "= ] } ) \" \\u{0} $",
        "<a> @b `c` // d /* e",
        "\u{202e}å\u{0}ä\u{7}ö",
    ] {
        let text = pages(&titled(title)).concat();
        let shown: String = title.chars().filter(|letter| !letter.is_control() && *letter != '\u{202e}').collect();
        assert!(text.contains(&shown), "{title}: {text}");
    }
}

#[test]
fn a_paper_with_nothing_in_it_is_a_paper_too() {
    for title in ["", " \n\t", "\u{200b}\u{feff}", "Underlag"] {
        let pages = pages(&titled(title));
        assert_eq!(pages.len(), 1);
        assert!(pages[0].starts_with("Underlag") && pages[0].contains("sida 1 av 1"), "{title}: {}", pages[0]);
    }
    let empty = Table::new("", &[]);
    let bare = Table::new("Utan rader", &["A", "B"]);
    let section = Section::new("").heading("").text("\n").table(empty.clone().rows([vec![]]), "");
    let mut section = section.list(vec![String::new()], "").nothing("");
    section.blocks.extend([samsyn_paper::Block::Table(empty), samsyn_paper::Block::Table(bare)]);
    let text = pages(&with(section)).concat();
    assert!(text.contains("1.Utan rubrik"), "{text}");
    assert!(text.contains("Utan rader"), "{text}");
}

#[test]
fn a_long_table_has_its_head_on_each_page_and_loses_no_row() {
    let rows =
        (1..=500).map(|row| vec![format!("{row}"), format!("Arbete {row} med ett långt namn"), format!("{row} 000")]);
    let table = Table::new("Alla arbeten", &["Nummer", "Arbete", "Kronor"]).figures(&[0, 2]).rows(rows);
    let pages = pages(&with(Section::new("Arbeten").table(table, "")));
    assert!(pages.len() > 5);
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains("NummerArbeteKronor"), "{page}");
        assert!(page.contains(&format!("sida {} av {}", number + 1, pages.len())), "{page}");
    }
    let text = pages.concat();
    assert!((1..=500).all(|row| text.contains(&format!("Arbete {row} med"))));
    assert!(text.contains("500 000"));
}

#[test]
fn rows_of_other_lengths_than_the_head_lose_no_cell() {
    let row = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
    let table = Table::new("", &["A", "B"]).rows([row(&["ett"]), row(&["två", "tre", "fyra\nfem"]), row(&[])]);
    let text = pages(&with(Section::new("Tabell").table(table, ""))).concat();
    assert!(["ett", "två", "tre", "fyra", "fem"].iter().all(|cell| text.contains(cell)), "{text}");
}

/// Everything that is set lies within the page's edges.
#[test]
fn long_words_and_wide_tables_stay_on_the_page() {
    let word = "0123456789abcdef".repeat(20);
    let address = "https://www.exempel.se/en/mycket/lång/adress?med=många&delar=till#slutet".repeat(3);
    let name = "Verksamhetsutvecklingsplaneringsarbetsgruppssammanträdesprotokollsutdrag".repeat(3);
    let row = vec![word.clone(), address.clone(), name.clone(), "1 000 000".to_owned(), "Väntar på beslut".to_owned()];
    let nine: Vec<String> = row.iter().chain(&row).take(9).cloned().collect();
    let heads = ["Verksamhetsutveckling", "B", "C", "Sannolikhet", "E", "F", "G", "H", "Uppföljningsdatum"];
    let section = Section::new(&word).text(&word).heading(&name).text(&address).list(vec![name.clone()], "");
    let table = Table::new(&word, &heads).figures(&[3, 8]).rows([nine]);
    let paper = Paper {
        title: name.clone(),
        subtitle: word.clone(),
        about: vec![(name, word.clone()), ("Källa".to_owned(), address)],
        sections: vec![section.table(table, "")],
        footer: word,
        ..Paper::default()
    };
    for page in frames(&paper) {
        let right = rightmost(&page, 0.0);
        assert!(right <= page.width().to_pt() - 55.0, "{right}");
    }
}

fn rightmost(frame: &Frame, left: f64) -> f64 {
    frame.items().fold(0.0, |right, (at, item)| {
        let left = left + at.x.to_pt();
        right.max(match item {
            FrameItem::Text(text) => left + text.width().to_pt(),
            FrameItem::Group(group) => rightmost(&group.frame, left),
            _ => 0.0,
        })
    })
}

#[test]
fn sixty_chapters_are_numbered() {
    let sections = (1..=60).map(|n| Section::new(format!("Kapitel {n}")).text("Text.\nMer text.")).collect();
    let text = pages(&Paper { sections, ..titled("Många kapitel") }).concat();
    assert!(text.contains("1.Kapitel 1") && text.contains("60.Kapitel 60"), "{text}");
}

#[test]
fn headings_and_feet_of_any_length_are_kept() {
    let long = "långt ".repeat(5_000);
    let section = Section::new(&long).heading(&long).text("Slut.");
    let paper = Paper {
        title: long.clone(),
        subtitle: long.clone(),
        footer: long.clone(),
        sections: vec![section],
        ..Paper::default()
    };
    let text = pages(&paper).concat();
    // Title, subtitle, chapter, heading, and the foot once whole and once a page.
    assert!(text.matches("långt").count() >= 5 * 5_000);
}

/// A letter that no font has may not cost the file; nor one that fonts have and the standards refuse.
#[test]
fn every_letter_there_is_can_be_written() {
    let all = (0..=0x0003_ffff).chain(0x000e_0000..=0x000e_0fff).chain([0x0010_ffff]).filter_map(char::from_u32);
    let letters = letters::Letters::new(&world::fonts());
    // What is replaced is replaced alike: few of them are enough.
    let all: Vec<char> =
        all.filter(|&l| u32::from(l) < 0x300 || !letters.line(&l.to_string()).contains(STAND_IN)).collect();
    assert!(all.len() > 3_000);
    let line = |letters: &[char], between| letters.iter().map(char::to_string).collect::<Vec<_>>().join(between);
    let lines = |letters: &[char], between| -> Vec<_> { letters.chunks(64).map(|some| line(some, between)).collect() };
    // In their order, each by itself and close to each other, and with others beside them.
    let mixed: Vec<char> = (0..all.len()).map(|at| all[at * 7919 % all.len()]).collect();
    for lines in [lines(&all, " "), lines(&all, ""), lines(&mixed, "")] {
        let table = Table::new("I fet stil", &["Tecken"]).rows(lines.iter().map(|line| vec![line.clone()]));
        let mut section = Section::new("Tecken").list(lines.clone(), "").text(lines.join("\n")).table(table, "");
        for line in &lines {
            section = section.heading(line).nothing(line);
        }
        assert!(pages(&with(section)).len() > 1);
    }
}

#[test]
fn letters_are_composed_and_what_cannot_be_shown_is_told() {
    let text = pages(&with(Section::new("a\u{30a}a\u{308}o\u{308}").text("Klart 🎉"))).concat();
    assert!(text.contains("åäö"), "{text}");
    assert!(text.contains(&format!("Klart {STAND_IN}")), "{text}");
    assert!(text.contains("står för"), "{text}");
    assert!(!pages(&sample()).concat().contains(STAND_IN));
}

#[test]
fn what_is_no_paper_is_refused() {
    for input in ["", "{", "[]", "null", "{\"title\":1}", "\u{0}", "{\"title\":\"a\"} {}"] {
        let fault = read(input.as_bytes()).expect_err(input);
        assert_eq!(fault.exit_code(), 2, "{input}");
        assert!(fault.to_string().contains("as samsynd writes it"), "{fault}");
    }
    assert_eq!(read(&b"\"\xff\""[..]).expect_err("no text").exit_code(), 2);
    let json = serde_json::to_vec(&sample()).expect("JSON");
    assert_eq!(read(json.as_slice()).expect("a paper"), sample());
}

#[test]
fn more_than_anybody_reads_is_refused() {
    let fault = read(std::io::repeat(b' ')).expect_err("too large");
    assert!(matches!(fault, Fault::TooLarge), "{fault}");
    assert_eq!(fault.exit_code(), 2);
}

#[test]
fn the_template_sees_the_paper_and_nothing_else() {
    use typst::World;
    use typst::syntax::{FileId, RootedPath, VirtualPath, VirtualRoot};
    let world = PaperWorld::new(world::fonts(), "{}");
    let id = |name: &str| -> FileId {
        RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("a path")).intern()
    };
    assert!(world.file(id("paper.json")).is_ok());
    assert!(world.file(id("etc/passwd")).is_err() && world.source(id("other.typ")).is_err());
    assert!(world.today(None).is_none());
}
