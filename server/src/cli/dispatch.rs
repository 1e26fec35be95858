//! From parsed arguments to what carries them out, and to an exit code.

use super::{
    ArchiveCommand, AuditCommand, CertCommand, CharterCommand, Cli, Command, DeputyCommand, DeviceCommand,
    DisposeCommand, InitArgs, Kind, PublicRegisterCommand,
    charter::{AmendArgs, SignArgs},
    dispose::PlanArgs,
};
use crate::{
    config::Config,
    demo,
    failure::Failure,
    identity, logging,
    operate::{
        archive, audit, cert, charter, deputy, describe, device, dispose, example_config, init, public_register,
        status, verify, verify_pack,
    },
    output::{self, Output},
};
use clap::{Parser, error::ErrorKind};
use samsyn_core::{charter::PartyKind, code::Code};
use std::{path::Path, process::ExitCode, time::SystemTime};

/// The whole program.
pub fn main() -> ExitCode {
    main_of(std::env::args_os())
}

/// The whole program with these arguments, the program's name first: for a program that is a node among other things.
pub fn main_of(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(misused(&error)),
    };
    let (json, outcome) = (cli.json, dispatch(cli));
    ExitCode::from(output::print(outcome, json))
}

/// Help and version are asked for; everything else is a usage error, in JSON where that was asked for.
fn misused(error: &clap::Error) -> u8 {
    let shown = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if shown || !std::env::args_os().any(|a| a == "--json") {
        // That nobody reads it is no failure.
        error.print().ok();
        return if shown { 0 } else { Code::Usage.exit_code() };
    }
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
    output::print(Err(Failure::usage(message, "see 'samsynd --help'")), true)
}

fn dispatch(cli: Cli) -> Result<Output, Failure> {
    let (verbose, json) = (cli.verbose, cli.json);
    match cli.command {
        Command::Init(args) => init::run(&init_options(args), SystemTime::now()),
        Command::Charter(CharterCommand::Cut(args)) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(charter::cut::run(&config, &args.organisation))
        }
        Command::Charter(command) => charter_command(command),
        Command::Cert(CertCommand::Renew(args)) => {
            cert::renew(&load(&args.config.config, verbose)?, &args.names, SystemTime::now())
        }
        Command::PublicRegister(PublicRegisterCommand::Export(args)) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(public_register::export(&config, &args.out))
        }
        Command::Describe(args) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(describe::run(&config, args.authority.as_ref(), args.out.as_deref()))
        }
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(&load(&args.config, verbose)?),
        Command::Audit(AuditCommand::Export(args)) => {
            audit::export(&load(&args.config.config, verbose)?, args.from.as_deref(), args.until.as_deref())
        }
        Command::Dispose(command) => dispose_command(command, verbose),
        Command::Archive(ArchiveCommand::Export(args)) => {
            let config = load(&args.config.config, verbose)?;
            let asked = archive::Asked {
                whose: args.authority,
                out: args.out.filter(|_| !args.list),
                from: args.from,
                until: args.until,
                classes: args.classes,
                cases: args.cases,
                documents: args.documents,
                everything: args.everything,
                received: args.received,
                created: args.created,
            };
            runtime()?.block_on(archive::export(&config, asked))
        }
        Command::VerifyPack(args) => verify_pack::run(&args.file),
        Command::ExampleConfig => Ok(example_config::run()),
        Command::Demo(args) => runtime()?.block_on(demo::run(demo::Options {
            once: args.once,
            json,
            dir: args.dir,
            port_base: args.port_base,
        })),
        Command::Run(args) => {
            let config = load(&args.config, verbose)?;
            runtime()?.block_on(crate::run::run(config)).map(|()| Output::new("", serde_json::json!({"stopped": true})))
        }
        Command::Device(command) => device_command(command, verbose),
        Command::Deputy(command) => deputy_command(command, verbose),
        Command::Status(args) => runtime()?.block_on(status::run(&load(&args.config.config, verbose)?, args.check)),
        Command::Verify(args) => runtime()?.block_on(verify::verify(&load(&args.config, verbose)?)),
        Command::Rebuild(args) => runtime()?.block_on(verify::rebuild(&load(&args.config, verbose)?)),
    }
}

fn device_command(command: DeviceCommand, verbose: u8) -> Result<Output, Failure> {
    match command {
        DeviceCommand::Add(args) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(device::add(&config, args.pin, &args.name, args.role, args.authority))
        }
        DeviceCommand::List(args) => runtime()?.block_on(device::list(&load(&args.config, verbose)?)),
        DeviceCommand::Revoke(args) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(device::revoke(&config, args.pin))
        }
    }
}

fn deputy_command(command: DeputyCommand, verbose: u8) -> Result<Output, Failure> {
    match command {
        DeputyCommand::Add(args) => {
            let config = load(&args.config.config, verbose)?;
            let wanted = deputy::Wanted {
                who: args.who,
                place_of: args.place_of,
                role: args.role,
                authority: args.authority,
                from: args.from,
                to: args.to,
                decision: args.decision,
            };
            deputy::add(&config, wanted)
        }
        DeputyCommand::List(args) => deputy::list(&load(&args.config, verbose)?),
        DeputyCommand::Remove(args) => deputy::remove(&load(&args.config.config, verbose)?, &args.name),
    }
}

fn dispose_command(command: DisposeCommand, verbose: u8) -> Result<Output, Failure> {
    let wanted = |args: &PlanArgs| dispose::Wanted {
        authority: args.authority.clone(),
        day: args.on.clone(),
        documents: args.documents.clone(),
    };
    match command {
        DisposeCommand::Plan(args) => {
            let config = load(&args.which.config.config, verbose)?;
            runtime()?.block_on(dispose::plan(&config, &wanted(&args.which), args.paper.as_deref()))
        }
        DisposeCommand::Execute(args) => {
            let config = load(&args.which.config.config, verbose)?;
            runtime()?.block_on(dispose::execute(&config, &wanted(&args.which), &args.plan, &args.decision))
        }
        DisposeCommand::List(args) => {
            let config = load(&args.config.config, verbose)?;
            runtime()?.block_on(dispose::list(&config, args.paper.as_deref()))
        }
        DisposeCommand::DestroyKept(args) => {
            let config = load(&args.config.config, verbose)?;
            let kept = dispose::Kept { authority: args.authority, document: args.document };
            runtime()?.block_on(dispose::destroy(&config, &kept, &args.plan, &args.decision))
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|e| Failure::io("start the program's threads", &e))
}

/// Reads the configuration, starts logging as it says, and tells its warnings.
fn load(file: &Path, verbose: u8) -> Result<Config, Failure> {
    let config = Config::load(file)?;
    logging::start(&config.log, verbose);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

fn init_options(args: InitArgs) -> init::Options {
    let kind = match args.kind {
        Kind::Region => PartyKind::Region,
        Kind::Municipality => PartyKind::Municipality,
        Kind::Other => PartyKind::Other,
    };
    init::Options {
        organisation: args.organisation,
        name: args.name,
        kind,
        organisation_number: args.organisation_number,
        dir: args.dir,
        federation_listen: args.federation_listen,
        api_listen: args.api_listen,
        web_listen: args.web_listen,
        endpoints: args.endpoints,
    }
}

fn charter_command(command: CharterCommand) -> Result<Output, Failure> {
    match command {
        CharterCommand::New(args) => charter::new(&args.name, &args.parties, &args.office, &args.out),
        CharterCommand::Sign(args) => sign(args),
        CharterCommand::Amend(args) => amend(args),
        // Needs a runtime, and so is taken care of before.
        CharterCommand::Cut(_) => Err(Failure::usage("nothing to cut", "see --help")),
        CharterCommand::Verify(args) => charter::verify(&args.charter),
        CharterCommand::Show(args) => charter::show(&args.charter),
    }
}

fn sign(args: SignArgs) -> Result<Output, Failure> {
    let (organisation, key) = match (args.config, args.key, args.organisation) {
        (Some(file), _, _) => {
            let config = Config::load(&file)?;
            (config.federation.organisation, config.identity.log_key)
        }
        (None, Some(key), Some(organisation)) => (organisation, key),
        _ => return Err(Failure::usage("nothing says who signs", "give --config, or --key and --organisation")),
    };
    charter::sign(&args.charter, &organisation, &identity::load_log_key(&key)?)
}

fn amend(args: AmendArgs) -> Result<Output, Failure> {
    let changes = charter::amend::Changes {
        join: args.join,
        leave: args.leave,
        replace_key: args.replace_key,
        office: args.office,
        no_office: args.no_office,
        cuts: args.cuts,
        disclosures: args.disclosures,
        reject: args.reject,
    };
    charter::amend::amend(&args.from, &changes, &args.out)
}
