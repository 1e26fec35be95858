//! Plain text for terminals: aligned columns, and nothing in it that a terminal would obey.

/// What stands between columns.
const GAP: &str = "  ";
/// Columns of a line of running text.
const LINE_MAX: usize = 100;

/// Rows under headings, columns as wide as their widest cell, the last one as it is.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|c| clean(c)).collect()).collect();
    let widest = |column: usize| {
        let of_rows = cells.iter().filter_map(|row| row.get(column)).map(|c| width(c)).max().unwrap_or(0);
        of_rows.max(headings.get(column).map_or(0, |h| width(h)))
    };
    let widths: Vec<usize> = (0..headings.len()).map(widest).collect();
    let mut text = String::new();
    let headings = headings.iter().map(|h| (*h).to_owned()).collect();
    let rule = widths.iter().map(|w| "-".repeat(*w)).collect();
    for row in [headings, rule].iter().chain(&cells) {
        let padded = row.iter().zip(&widths).map(|(cell, wide)| pad(cell, *wide));
        text.push_str(padded.collect::<Vec<_>>().join(GAP).trim_end());
        text.push('\n');
    }
    text
}

/// Labels and values, values aligned; further lines of a value stand under its first.
pub fn pairs(rows: &[(String, String)]) -> String {
    let wide = rows.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in rows {
        let mut label = clean(label);
        for line in wrap(&clean_lines(value), LINE_MAX.saturating_sub(wide + GAP.len()).max(LINE_MAX / 2)) {
            text.push_str(format!("{}{GAP}{line}", pad(&label, wide)).trim_end());
            text.push('\n');
            label.clear();
        }
    }
    text
}

/// Running text with so many spaces before each line.
pub fn block(text: &str, indent: usize) -> String {
    let lines = wrap(&clean_lines(text), LINE_MAX - indent);
    lines.iter().map(|line| format!("{}{line}", " ".repeat(indent)).trim_end().to_owned() + "\n").collect()
}

/// Lines of at most so many columns, broken between words; a longer word stands alone. At least one line.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for written in text.lines() {
        // Leading spaces are somebody's indentation.
        let indent: String = written.chars().take_while(|c| *c == ' ').collect();
        let mut line = indent.clone();
        // Not at spaces that hold digits of one number together.
        for word in written.split(' ').filter(|w| !w.is_empty()) {
            if line.len() > indent.len() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            }
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Columns that a text takes on a terminal: combining marks take none.
pub fn width(text: &str) -> usize {
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).count()
}

fn pad(text: &str, wide: usize) -> String {
    format!("{text}{}", " ".repeat(wide.saturating_sub(width(text))))
}

/// At most so many characters, with a mark where something is left out.
pub fn shorten(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// One line without control characters: other parties' texts must not steer a terminal.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { harmless(c) }).collect()
}

/// The same, keeping lines.
pub fn clean_lines(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { harmless(c) }).collect()
}

/// Control characters and marks that turn the writing direction are replaced.
fn harmless(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_with_swedish_letters() {
        let rows = [vec!["Ånge".to_owned(), "x".to_owned()], vec!["A\u{30a}nge kommun".to_owned(), "y".to_owned()]];
        let lines: Vec<String> = table(&["Part", "Ort"], &rows).lines().map(str::to_owned).collect();
        assert_eq!(lines[0], "Part         Ort");
        assert_eq!(lines[2], "Ånge         x");
        assert_eq!(width(lines[3].split('y').next().unwrap_or_default()), 13);
    }

    #[test]
    fn texts_of_others_do_not_steer_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
        assert_eq!(clean_lines("a\nb\r"), "a\nb\u{fffd}");
    }

    #[test]
    fn values_of_several_lines_stand_under_each_other() {
        let rows = [("Namn".to_owned(), "en\ntvå".to_owned()), ("X".to_owned(), String::new())];
        assert_eq!(pairs(&rows), "Namn  en\n      två\nX\n");
    }

    #[test]
    fn long_lines_break_between_words() {
        assert_eq!(wrap("åäö åäö\n  a b", 4), ["åäö", "åäö", "  a", "  b"]);
        assert_eq!(wrap("ettlångtord x", 4), ["ettlångtord", "x"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn long_titles_are_cut_between_characters() {
        assert_eq!(shorten("åäöåäö", 4), "åäö…");
        assert_eq!(shorten("kort", 4), "kort");
    }
}
