//! A wrong command line, told in the user's language.

use crate::{
    problem::Problem,
    text::{Lang, Phrase, Text},
};
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use samsyn_core::code::Code;
use std::ffi::OsString;

/// What is wrong with the line. The field is the option or argument, as far as it is known.
pub(super) fn problem(error: &Error, line: &[OsString]) -> Problem {
    let context = |kind| error.get(kind).map(shown).unwrap_or_default();
    let (what, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    let message = match error.kind() {
        ErrorKind::MissingRequiredArgument => Text("Detta saknas: {}", "This is missing: {}").with(&[&what]),
        ErrorKind::UnknownArgument => Text("'{}' är ingen flagga här.", "'{}' is no option here.").with(&[&what]),
        ErrorKind::InvalidSubcommand => {
            Text("'{}' är inget kommando.", "'{}' is no command.").with(&[&context(ContextKind::InvalidSubcommand)])
        }
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg);
            Text("{} och {} kan inte anges tillsammans.", "{} and {} cannot be given together.").with(&[&what, &other])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            Text("'{}' passar inte för {}.", "'{}' does not fit {}.").with(&[&value, &what])
        }
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            Text("{} behöver ett värde.", "{} needs a value.").with(&[&what])
        }
        ErrorKind::InvalidUtf8 => Text("Raden är inte text i UTF-8.", "The line is not text in UTF-8.").into(),
        _ => Phrase::pair("Kommandot går inte att förstå.", first_line(error)),
    };
    let close = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand].map(context).concat();
    let remedy = if close.is_empty() {
        let help = help_command(line);
        Text("se: {}", "see: {}").with(&[&help])
    } else {
        Text("menade du {}?", "did you mean {}?").with(&[&close])
    };
    let problem = Problem::new(Code::Usage, message, remedy);
    let field = what.split([' ', ',']).next().unwrap_or_default().trim_start_matches('-');
    if field.is_empty() { problem } else { problem.field(field) }
}

/// The language asked for on a line that could not be read.
pub(super) fn lang(line: &[OsString]) -> Lang {
    let at = line.iter().position(|a| a == "--lang");
    let asked = at.and_then(|i| line.get(i + 1)).cloned().or_else(|| std::env::var_os("SAMSYN_LANG"));
    if asked.is_some_and(|l| l == "en") || line.iter().any(|a| a == "--lang=en") { Lang::En } else { Lang::Sv }
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(list) => list.join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// `samsyn work new --help`, as far as the line names commands.
fn help_command(line: &[OsString]) -> String {
    let mut command = super::cli::command();
    let mut words = vec!["samsyn".to_owned()];
    for word in line.iter().skip(1).filter_map(|a| a.to_str()) {
        let Some(sub) = command.find_subcommand(word).cloned() else { continue };
        words.push(word.to_owned());
        command = sub;
    }
    format!("{} --help", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &[&str]) -> Problem {
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        problem(&super::super::parse(&line).expect_err("is wrong"), &line)
    }

    #[test]
    fn wrong_lines_are_told_in_swedish_with_what_to_do() {
        for (line, message, remedy) in [
            (&["samsyn", "work", "edit"][..], "Detta saknas: <NUMMER>", "se: samsyn work edit --help"),
            (&["samsyn", "work", "list", "--stag", "x"], "'--stag' är ingen flagga här.", "menade du --stage?"),
            (&["samsyn", "wrok"], "'wrok' är inget kommando.", "menade du work?"),
            (
                &["samsyn", "work", "list", "--page", "x"],
                "'x' passar inte för --page <SIDA>.",
                "se: samsyn work list --help",
            ),
        ] {
            let problem = told(line);
            assert_eq!((problem.message.of(Lang::Sv), problem.remedy.of(Lang::Sv)), (message, remedy));
            assert_eq!(problem.exit_code(), 2);
        }
        assert_eq!(told(&["samsyn", "work", "list", "--page", "x"]).field.as_deref(), Some("page"));
    }

    #[test]
    fn the_language_is_read_from_a_wrong_line_too() {
        let line = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(lang(&line(&["samsyn", "--lang", "en", "x"])), Lang::En);
        assert_eq!(lang(&line(&["samsyn", "--lang=en"])), Lang::En);
    }
}
