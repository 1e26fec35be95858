//! What the commands do: check the input, call the node, and give text for people and data for programs.

mod comment;
mod decision;
mod document;
mod indicator;
mod mark;
mod note;
mod overrule;
mod programme;
mod publish;
mod read;
mod register;
mod release;
mod roadmap;
mod search;
mod usage;
mod write;

use crate::{
    cli::{
        self, Cli, Command, WorkCommand,
        comment::CommentCommand,
        decision::DecisionCommand,
        document::DocumentCommand,
        programme::{IndicatorCommand, ProgrammeCommand},
        register::RegisterCommand,
        release::ReleaseCommand,
        roadmap::{RoadmapCommand, RolloutCommand},
    },
    config::{self, Config},
    problem::Problem,
    text::{self, Lang},
};
use clap::FromArgMatches;
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

/// What a command answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// For people.
    pub text: String,
    /// For programs, under `data`.
    pub data: Value,
    /// Not 0 where the command could answer, and the answer is no.
    pub exit_code: u8,
}

impl Outcome {
    fn new(text: impl Into<String>, data: Value) -> Self {
        Self { text: text.into(), data, exit_code: 0 }
    }
}

/// Runs one command line and prints its answer once.
pub fn main() -> ExitCode {
    let line: Vec<OsString> = std::env::args_os().collect();
    let cli = match parse(&line) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error, &line)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("samsyn: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (outcome, lang) = runtime.block_on(run(&cli));
    ExitCode::from(print(outcome, cli.json, lang))
}

fn parse(line: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&cli::command().try_get_matches_from(line)?)
}

/// Help and version go out as they are; a wrong command line ends with 2.
fn usage(error: &clap::Error, line: &[OsString]) -> u8 {
    let help = clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let json = line.iter().any(|a| a == "--json");
    if !error.use_stderr() || (error.kind() == help && !json) {
        error.print().ok();
        return u8::try_from(error.exit_code()).unwrap_or(2);
    }
    print(Err(usage::problem(error, line)), json, usage::lang(line))
}

/// The answer, and the language it is in: that of `--lang`, else the settings', else Swedish.
async fn run(cli: &Cli) -> (Result<Outcome, Problem>, Lang) {
    let asked = cli.lang.unwrap_or_default();
    if let Command::Init(args) = &cli.command {
        return (init(args, asked), asked);
    }
    let config = match Config::load(cli.config.as_deref()) {
        Ok(config) => config,
        Err(problem) => return (Err(problem), asked),
    };
    let lang = cli.lang.unwrap_or(config.lang);
    (Box::pin(call(cli, &config, lang)).await, lang)
}

/// Each command checks what it can before it connects: a wrong word is told although the node is away.
async fn call(cli: &Cli, config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    match &cli.command {
        Command::Init(args) => init(args, lang),
        Command::Parties => read::parties(config, lang).await,
        Command::Search(args) => search::search(config, args, lang).await,
        Command::Status => read::status(config, lang).await,
        Command::Release(command) => match command {
            ReleaseCommand::List(args) => release::list(config, args, lang).await,
            ReleaseCommand::Show(args) => release::show(config, &args.id, lang).await,
            ReleaseCommand::Approve(args) => Box::pin(release::approve(config, args, cli.json, lang)).await,
            ReleaseCommand::Refuse(args) => release::refuse(config, args, lang).await,
            ReleaseCommand::Overrule(args) => overrule::overrule(config, args, cli.json, lang).await,
        },
        Command::Comment(command) => match command {
            CommentCommand::List => comment::list(config, lang).await,
            CommentCommand::Show(args) => comment::show(config, &args.id, lang).await,
            CommentCommand::Reply(args) => comment::reply(config, args, cli.json, lang).await,
        },
        Command::Decision(command) => match command.as_ref() {
            DecisionCommand::List(args) => decision::list(config, args, lang).await,
            DecisionCommand::Show(args) => decision::show(config, &args.id, lang).await,
            DecisionCommand::New(args) => decision::new(config, args, lang).await,
            DecisionCommand::Text(args) => decision::text(config, args, lang).await,
            DecisionCommand::Motion(args) => decision::motion(config, args, lang).await,
            DecisionCommand::Vote(args) => decision::vote(config, args, lang).await,
            DecisionCommand::Minutes(args) => decision::minutes(config, args, lang).await,
            DecisionCommand::Ratify(args) => decision::ratify(config, args, lang).await,
        },
        Command::Roadmap(RoadmapCommand::Show(args)) => roadmap::show(config, args, lang).await,
        Command::Rollout(RolloutCommand::Show(args)) => roadmap::rollout(config, args, lang).await,
        Command::Programme(command) => match command {
            ProgrammeCommand::Show(args) => programme::show(config, args, lang).await,
            ProgrammeCommand::Budget(args) => programme::budget(config, args, lang).await,
            ProgrammeCommand::Risks(args) => programme::risks(config, args, lang).await,
            ProgrammeCommand::Calendar(args) => programme::calendar(config, args, lang).await,
        },
        Command::Indicator(command) => match command {
            IndicatorCommand::List(args) => indicator::list(config, args, lang).await,
            IndicatorCommand::Show(args) => indicator::show(config, args, lang).await,
            IndicatorCommand::Set(args) => indicator::set(config, args, lang).await,
            IndicatorCommand::Import(args) => indicator::import(config, args, lang).await,
        },
        Command::Document(command) => match command {
            DocumentCommand::List(args) => document::list(config, args, lang).await,
            DocumentCommand::Show(args) => read::show(config, &args.id, lang).await,
            DocumentCommand::New(args) => document::new(config, args, lang).await,
            DocumentCommand::Edit(args) => document::edit(config, args, lang).await,
        },
        Command::Register(command) => register_of(command, config, lang).await,
        Command::Work(command) => match command.as_ref() {
            WorkCommand::List(args) => read::list(config, args, lang).await,
            WorkCommand::Show(args) => read::show(config, &args.id, lang).await,
            WorkCommand::Similar(args) => read::similar(config, &args.id, lang).await,
            WorkCommand::History(args) => read::history(config, &args.id, lang).await,
            WorkCommand::New(args) => write::new(config, args, lang).await,
            WorkCommand::Edit(args) => write::edit(config, args, lang).await,
            WorkCommand::Mark(args) => mark::mark(config, args, lang).await,
            WorkCommand::Note(args) => note::note(config, args, cli.json, lang).await,
            WorkCommand::Report(args) => write::report(config, args, lang).await,
            WorkCommand::Publish(args) => publish::publish(config, args, cli.json, lang).await,
        },
    }
}

async fn register_of(command: &RegisterCommand, config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    match command {
        RegisterCommand::List(args) => register::list(config, args, lang).await,
        RegisterCommand::Number(args) => register::number(config, args, lang).await,
        RegisterCommand::Correct(args) => register::correct(config, args, lang).await,
        RegisterCommand::Order(args) => register::state(config, args, v1::RegisterState::InOrder, lang).await,
        RegisterCommand::Mark(args) => register::state(config, args, v1::RegisterState::ToRegister, lang).await,
        RegisterCommand::Minor(args) => register::minor(config, args, lang).await,
        RegisterCommand::Series => register::series(config, lang).await,
        RegisterCommand::Confirm(args) => register::confirm(config, args, lang).await,
    }
}

fn init(args: &cli::InitArgs, lang: Lang) -> Result<Outcome, Problem> {
    let made = config::init(&args.server, &args.server_pin, args.dir.as_deref(), lang)?;
    let directory = made.directory.display().to_string();
    let command = format!(
        "samsynd device add --config samsynd.toml --pin {} --name {} --role coordinator",
        made.pin,
        device_name()
    );
    let lines = [
        text::INIT_DONE.say(lang, &[&directory]),
        text::INIT_NEXT.of(lang).to_owned(),
        format!("  {command}"),
        text::INIT_CHECK.of(lang).to_owned(),
    ];
    let data = json!({"directory": directory, "pin": made.pin.to_string(), "device_add": command});
    Ok(Outcome::new(lines.join("\n"), data))
}

/// A name that the administrator will recognise and may change.
fn device_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    let name: String =
        crate::vocabulary::fold(&user).chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
    if name.is_empty() { "device".to_owned() } else { name }
}

/// Prints once; gives the exit code.
fn print(outcome: Result<Outcome, Problem>, json: bool, lang: Lang) -> u8 {
    match outcome {
        Ok(outcome) => {
            let text = if json { json!({"schema": 1, "data": outcome.data}).to_string() } else { outcome.text };
            write_line(io::stdout().lock(), &text);
            outcome.exit_code
        }
        Err(problem) if json => {
            write_line(io::stdout().lock(), &problem.to_json(lang).to_string());
            problem.exit_code()
        }
        Err(problem) => {
            write_line(io::stderr().lock(), &problem.to_text(lang));
            problem.exit_code()
        }
    }
}

/// A reader that went away (`samsyn … | head`) is no failure of ours.
fn write_line(mut to: impl Write, text: &str) {
    writeln!(to, "{}", text.trim_end()).and_then(|()| to.flush()).ok();
}
