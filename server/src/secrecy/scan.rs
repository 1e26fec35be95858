//! Looks through texts for what may not lie in them when they leave: personal identity numbers and coordination numbers,
//! however they are written, private e-mail addresses and mobile telephone numbers. It finds what people write by mistake;
//! whoever wants to get something past it will.

use aho_corasick::{AhoCorasick, BuildError};
use std::ops::Range;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    PersonalNumber,
    CoordinationNumber,
    PrivateAddress,
    /// Of a mobile telephone.
    MobileNumber,
}

/// A place in a text. What stands there is in nobody's log or error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    /// In characters from the beginning of the text.
    pub at: Range<usize>,
}

/// One text is not told of more often: the first few are enough to go on with.
pub(super) const FINDINGS_MAX: usize = 20;
/// Signs and spaces that may stand between two parts of a number.
const BETWEEN_MAX: usize = 3;
/// Characters of an address before and after its sign (RFC 5321), with room for what nobody sees.
const USER_MAX: usize = 128;
const DOMAIN_MAX: usize = 255;
/// Digits of a date before the last four, with and without the century.
const DATE_DIGITS: [usize; 2] = [8, 6];
const LAST_DIGITS: usize = 4;
/// Digits of a mobile telephone after the country's number or the zero.
const MOBILE_DIGITS: usize = 9;
/// Added to the day in a coordination number.
const COORDINATION_DAYS: u32 = 60;

/// Where people have their private mail, in Sweden. Authorities have domains of their own.
const PRIVATE_DOMAINS: &[&str] = &[
    "aol.com",
    "bredband.net",
    "comhem.se",
    "fastmail.com",
    "glocalnet.net",
    "gmail.com",
    "gmx.com",
    "gmx.net",
    "googlemail.com",
    "home.se",
    "hotmail.com",
    "hotmail.se",
    "icloud.com",
    "live.com",
    "live.se",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "outlook.se",
    "passagen.se",
    "proton.me",
    "protonmail.com",
    "spray.se",
    "swipnet.se",
    "tele2.se",
    "telia.com",
    "yahoo.com",
    "yahoo.se",
];

/// The zero of every script that has ten digits in a row (Unicode, category Nd).
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50,
    0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E950, 0x1FBF0,
];

/// A digit of a run, and what separates it from the one before.
#[derive(Debug, Clone, Copy)]
struct Digit {
    value: u32,
    /// Its place in the text, in characters.
    at: usize,
    /// Signs between it and the digit before.
    gap: usize,
    /// They are spaces and nothing else.
    blank: bool,
}

/// Words that an authority does not let out, found as whole words in any case.
#[derive(Debug, Clone)]
pub struct Words(AhoCorasick);

impl Words {
    pub fn new(words: &[String]) -> Result<Self, BuildError> {
        AhoCorasick::new(words.iter().map(|word| lowered(word))).map(Self)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.patterns_len()
    }

    /// Where one stands, in characters, in order.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.find_up_to(text, FINDINGS_MAX)
    }

    /// Wherever one stands.
    pub fn find_all(&self, text: &str) -> Vec<Range<usize>> {
        self.find_up_to(text, usize::MAX)
    }

    fn find_up_to(&self, text: &str, max: usize) -> Vec<Range<usize>> {
        let text = lowered(text);
        let part_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let whole = |at: &Range<usize>| {
            !part_of_word(text[..at.start].chars().next_back()) && !part_of_word(text[at.end..].chars().next())
        };
        let found = self.0.find_overlapping_iter(&text).map(|found| found.range()).filter(whole);
        let (mut places, mut counted, mut characters) = (Vec::new(), 0, 0);
        for at in found.take(max) {
            // In the order of their ends: what is counted once is not counted again.
            characters += text[counted..at.end].chars().count();
            counted = at.end;
            places.push(characters - text[at].chars().count()..characters);
        }
        places.sort_by_key(|at| at.start);
        places
    }
}

/// In small letters, character for character.
fn lowered(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// What is found, in order: enough to go on with.
pub fn scan(text: &str) -> Vec<Finding> {
    scan_up_to(text, FINDINGS_MAX)
}

/// All that is found, in order: for whoever examines a text word by word.
pub fn scan_all(text: &str) -> Vec<Finding> {
    scan_up_to(text, usize::MAX)
}

fn scan_up_to(text: &str, max: usize) -> Vec<Finding> {
    let mut findings = numbers(text, max);
    findings.extend(addresses(text, max));
    findings.sort_by_key(|finding| finding.at.start);
    findings
}

/// Digits that nothing but a few signs stand between are one run; each is looked through once it has ended.
fn numbers(text: &str, max: usize) -> Vec<Finding> {
    let (mut findings, mut run) = (Vec::new(), Vec::new());
    let (mut gap, mut blank, mut dash) = (0, true, false);
    for (at, character) in text.chars().enumerate() {
        if let Some(value) = digit(character) {
            run.push(Digit { value, at, gap, blank });
            (gap, blank, dash) = (0, true, false);
        } else if !run.is_empty() && !invisible(character) {
            gap += 1;
            blank &= character.is_whitespace();
            // A number may go on in the next line, after its dash.
            let goes_on = separates(character) || character == '\n' && dash;
            dash = separates(character) && !character.is_whitespace();
            if gap > BETWEEN_MAX || !goes_on {
                findings.extend(in_run(&run));
                run.clear();
                (gap, blank, dash) = (0, true, false);
            }
        }
        if findings.len() >= max {
            return findings;
        }
    }
    findings.extend(in_run(&run));
    findings
}

/// A Swedish mobile telephone at the beginning of some digits: how many it takes.
fn mobile(digits: &[Digit]) -> Option<usize> {
    // As at home, and with the country's number after + or 00.
    const BEFORE: [&[u32]; 5] = [&[0], &[4, 6], &[0, 0, 4, 6], &[4, 6, 0], &[0, 0, 4, 6, 0]];
    let says =
        |before: &&[u32]| before.iter().zip(digits).filter(|(digit, at)| **digit == at.value).count() == before.len();
    let fits = |before: &&[u32]| {
        let area = digits.get(before.len()..before.len() + 2)?;
        let mobile = area[0].value == 7 && matches!(area[1].value, 0 | 2 | 3 | 6 | 9) && area[1].gap == 0;
        let length = before.len() + MOBILE_DIGITS;
        (mobile && length <= digits.len()).then_some(length)
    };
    BEFORE.iter().filter(|before| says(before)).find_map(fits)
}

/// Personal numbers within a run: whole groups of digits, apart where the parts of a date are.
fn in_run(run: &[Digit]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Where a telephone's number ends: none begins within it, but a person's may.
    let (mut from, mut telephone_to) = (0, 0);
    let ends = |end: usize| end == run.len() || run.get(end).is_some_and(|next| next.gap > 0);
    while from + DATE_DIGITS[1] + LAST_DIGITS <= run.len() {
        let starts = from == 0 || run[from].gap > 0;
        let found = DATE_DIGITS.iter().filter(|_| starts).find_map(|date| {
            let end = from + date + LAST_DIGITS;
            let kind = personal(run.get(from..end)?).filter(|_| ends(end))?;
            Some((kind, end))
        });
        let telephone = || {
            let end = from + mobile(&run[from..]).filter(|_| starts && from >= telephone_to)?;
            Some((Kind::MobileNumber, end)).filter(|_| ends(end))
        };
        let found = found.or_else(telephone);
        match found {
            None => from += 1,
            Some((kind, end)) => {
                findings.push(Finding { kind, at: run[from].at..run[end - 1].at + 1 });
                if kind == Kind::MobileNumber {
                    (from, telephone_to) = (from + 1, end);
                } else {
                    from = end;
                }
            }
        }
    }
    findings
}

/// `[ÅÅ]ÅÅMMDDNNNK` with a day that exists and a check digit that fits. The number of an organisation has a month from 20.
fn personal(digits: &[Digit]) -> Option<Kind> {
    let short = digits.len() - (DATE_DIGITS[1] + LAST_DIGITS);
    let parted = |place: usize| matches!(place.checked_sub(short), Some(0 | 2 | 4 | 6)) || place == 0;
    if digits.iter().enumerate().skip(1).any(|(place, digit)| digit.gap > 0 && !parted(place)) {
        return None;
    }
    // A date that is taken apart is so in both places, and what follows it is often a time or the next date.
    let (month, day, last) = (digits[short + 2], digits[short + 4], digits[short + 6]);
    if (month.gap > 0) != (day.gap > 0) {
        return None;
    }
    if month.gap > 0 {
        let year = last.gap > 0 && matches!((last.value, digits[short + 7].value), (1, 9) | (2, 0));
        let time = last.gap > 0 && last.blank && !day.blank;
        // Columns of figures look like this.
        let columns = short == 0 && month.blank && day.blank;
        if year && short > 0 || time || columns {
            return None;
        }
    }
    let number = |from: usize, length: usize| {
        digits[from..from + length].iter().fold(0, |number, digit| number * 10 + digit.value)
    };
    let century = (short > 0).then(|| number(0, short));
    if century.is_some_and(|century| !(18..=20).contains(&century)) {
        return None;
    }
    let (year, month, day) = (number(short, 2), number(short + 2, 2), number(short + 4, 2));
    // Whether the 29th of February exists is known only where the century is: 2000 was a leap year, 1900 was not.
    let leap = year.is_multiple_of(4) && !(year == 0 && matches!(century, Some(18 | 19)));
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let kind = if (1..=last).contains(&day) {
        Kind::PersonalNumber
    } else if (1..=last).contains(&day.saturating_sub(COORDINATION_DAYS)) {
        Kind::CoordinationNumber
    } else {
        return None;
    };
    checked(&digits[short..]).then_some(kind)
}

/// The check digit of ten: every other one doubled, from the first.
fn checked(digits: &[Digit]) -> bool {
    let weighed = |(place, digit): (usize, &Digit)| {
        let weighed = digit.value * if place.is_multiple_of(2) { 2 } else { 1 };
        weighed / 10 + weighed % 10
    };
    digits.iter().enumerate().map(weighed).sum::<u32>().is_multiple_of(10)
}

fn digit(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    if !character.is_numeric() {
        return None;
    }
    let code = u32::from(character);
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last()?;
    Some(code - zero).filter(|value| *value < 10)
}

/// What people put between the parts of a number.
fn separates(character: char) -> bool {
    matches!(
        character,
        '-' | '+' | '.' | '/' | '_' | '(' | ')' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{FF0B}'
    ) || character.is_whitespace() && character != '\n'
}

/// What nobody sees, and must not take a number apart.
pub(crate) fn invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Addresses with a domain where nobody has an office.
fn addresses(text: &str, max: usize) -> Vec<Finding> {
    let local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || invisible(c);
    let name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.') || invisible(c);
    let mut findings = Vec::new();
    let (mut place, mut counted) = (0, 0);
    for (at, sign) in text.match_indices(['@', '\u{FF20}']) {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        (place, counted) = (place + text[counted..at].chars().count(), at);
        let user = before.chars().rev().take(USER_MAX).take_while(|c| local(*c)).count();
        let domain = after.chars().take(DOMAIN_MAX).take_while(|c| name(*c));
        let length = domain.clone().count();
        let written: String = domain.filter(|c| !invisible(*c)).flat_map(char::to_lowercase).collect();
        let written = written.trim_end_matches(['.', '-']);
        // "gmail.com-adress" is one too.
        let first = written.rsplit_once('-').map_or(written, |(first, _)| first);
        let private = |domain: &str| PRIVATE_DOMAINS.binary_search(&domain).is_ok();
        if user > 0 && (private(written) || private(first)) {
            findings.push(Finding { kind: Kind::PrivateAddress, at: place - user..place + 1 + length });
        }
        if findings.len() >= max {
            break;
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_are_found_whole_and_in_any_case() {
        let words = ["Solgården", "avdelning 3", "sol"].map(ToOwned::to_owned);
        let words = Words::new(&words).expect("an automaton");
        let found = |text: &str| {
            let characters: Vec<char> = text.chars().collect();
            words.find(text).into_iter().map(|at| characters[at].iter().collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(found("På SOLGÅRDEN, avdelning 3."), ["SOLGÅRDEN", "avdelning 3"]);
        assert_eq!(found("åäö Sol"), ["Sol"]);
        assert!(found("solgårdens avdelning 33 resol").is_empty());
        assert!(found("").is_empty());
        assert_eq!(found(&"sol ".repeat(1_000)).len(), FINDINGS_MAX);
    }
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<Kind> {
        scan(text).into_iter().map(|finding| finding.kind).collect()
    }

    // The number that everybody in Sweden writes on examples; nobody has it.
    #[test]
    fn mobile_numbers_are_found_and_no_offices_or_figures() {
        let number = [Kind::MobileNumber];
        for text in [
            "070-174 06 05",
            "Ring 0701740605.",
            "+46 70 174 06 05",
            "0046701740605",
            "073 - 174 06 05",
            "076\u{a0}174\u{a0}06\u{a0}05",
            "079/1740605",
            "+46 (0)70-174 06 05",
            "(070) 174 06 05",
        ] {
            assert_eq!(kinds(text), number, "{text}");
        }
        for text in [
            "060-19 30 00",
            "08-123 456 78",
            "0771-11 22 33",
            "kl. 07.30-09.30, 07.00-16.00",
            "KS 2026/070-17",
            "7017406050",
            "070-174 06 055",
            "12070 17406 05",
            "0701, 0702, 0703",
            "1 070 174 060 kronor",
        ] {
            assert_eq!(kinds(text), Vec::<Kind>::new(), "{text}");
        }
        // One that hides behind another.
        assert!(kinds("0701 121212-1212").contains(&Kind::PersonalNumber));
    }

    #[test]
    fn personal_numbers_are_found_however_they_are_written() {
        for text in [
            "121212-1212",
            "1212121212",
            "19121212-1212",
            "191212121212",
            "1912-12-12-1212",
            "1912 12 12 - 1212",
            "12-12-12-1212",
            "12.12.12/1212",
            "121212+1212",
            "19121212\u{2013}1212",
            "19121212\u{a0}1212",
            "19121212\u{2212}1212",
            "12\u{200b}12\u{ad}12-12\u{200d}12",
            "１２１２１２－１２１２",
            "١٢١٢١٢-١٢١٢",
            "𝟷𝟸𝟷𝟸𝟷𝟸-𝟷𝟸𝟷𝟸",
            "121212-\n1212",
            "pnr:121212-1212.",
            "(121212-1212)",
            "tel 060-19 30 00 121212-1212",
        ] {
            assert_eq!(kinds(text), [Kind::PersonalNumber], "{text}");
        }
        assert_eq!(kinds("121272-1219"), [Kind::CoordinationNumber]);
        assert_eq!(scan("Se 121212-1212 nu")[0].at, 3..14, "in characters");
        assert_eq!(scan("Åå 121212-1212 nu")[0].at, 3..14, "in characters");
        assert_eq!(kinds("121212-1212, 19121212-1212").len(), 2);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "121212-1213",             // the check digit does not fit
            "121232-1218",             // no such day
            "122012-1212",             // no such month
            "212000-2411",             // an organisation's
            "16212000-2411",           // the same with what stands for a century
            "232100-0206",             // a region's
            "17121212-1212",           // nobody's century
            "1121212-1212",            // a digit too many
            "121212-12121",            // a digit too many
            "121-2121212",             // parted where no number is
            "121212-1-212",            // parted where no number is
            "KS 2018/14",              // a register's
            "2016-000003",             // a register's
            "SBN-2021-00099",          // a register's
            "060-19 30 00",            // a telephone
            "4,8 mnkr 2025-2027",      // money and years
            "2025-01-01 00:00",        // a time
            "2025-04-01 – 2028-03-31", // a period, as it happens with a check digit that fits
            "2026-03-01–2028-12-31",   // the same
            "2025-03-10 – 2028-06-30", // the same
            "1912-12-12 1212",         // a day and a time
            "12 12 12 1212",           // columns
            "1912 1212 1212",          // columns
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn private_addresses_are_found_and_offices_are_not() {
        for text in [
            "skriv till namn@gmail.com.",
            "<NAMN.NAMN@Hotmail.SE>",
            "a@te\u{200b}lia.com",
            "a＠gmail.com",
            "min a@gmail.com-adress",
        ] {
            assert_eq!(kinds(text), [Kind::PrivateAddress], "{text}");
        }
        for text in ["kommun@ange.se", "diarium@rvn.se", "@gmail.com", "a@gmail.com.example.se", "5 @ 3"] {
            assert_eq!(kinds(text), [], "{text}");
        }
        assert_eq!(scan("Å: a@gmail.com, b")[0].at, 3..14);
        let many = "a@me.com 121212-1212 ".repeat(2_000);
        assert!(scan(&many).len() <= 2 * FINDINGS_MAX);
        assert!(PRIVATE_DOMAINS.is_sorted(), "it is searched by halves");
        assert!(ZEROS.is_sorted(), "it is searched by halves");
    }

    fn number() -> impl Strategy<Value = String> {
        (1800u32..2100, 1u32..13, 1u32..29, 0u32..1000).prop_map(|(year, month, day, serial)| {
            let first = format!("{:02}{month:02}{day:02}{serial:03}", year % 100);
            let sum: u32 = first
                .bytes()
                .enumerate()
                .map(|(place, digit)| u32::from(digit - b'0') * if place.is_multiple_of(2) { 2 } else { 1 })
                .map(|weighed| weighed / 10 + weighed % 10)
                .sum();
            format!("{:02}{first}{}", year / 100, (10 - sum % 10) % 10)
        })
    }

    proptest! {
        #[test]
        fn every_number_is_found_in_any_text(
            before in "[A-Za-zåäö ,]{0,20}[A-Za-zåäö(,]", number in number(), sign in "[-+ ]?", short in any::<bool>(),
            after in "[A-Za-zåäö),][A-Za-zåäö ,]{0,20}",
        ) {
            let number = if short { &number[2..] } else { &number };
            let (date, last) = number.split_at(number.len() - 4);
            let text = format!("{before}{date}{sign}{last}{after}");
            prop_assert_eq!(kinds(&text), [Kind::PersonalNumber]);
        }

        #[test]
        fn periods_are_left_alone(
            years in (1900u32..2100, 1900u32..2100), months in (1u32..13, 1u32..13), days in (1u32..29, 1u32..29),
            between in "( ?[-–] ?| )",
        ) {
            let day = |year, month, day| format!("{year}-{month:02}-{day:02}");
            let text = day(years.0, months.0, days.0) + &between + &day(years.1, months.1, days.1);
            prop_assert_eq!(kinds(&text), []);
        }

        #[test]
        fn any_text_is_looked_through(text in "\\PC*") {
            let length = text.chars().count();
            prop_assert!(scan(&text).iter().all(|finding| finding.at.start < finding.at.end && finding.at.end <= length));
        }
    }
}
