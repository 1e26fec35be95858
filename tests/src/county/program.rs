//! Running the real programs and taking in what they say.

use serde_json::Value;
use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;

/// How long a command that should end by itself may take.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(3);

/// What a program left behind.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
    /// The command line, for messages.
    pub line: String,
}

/// A program of this workspace, built in the same profile as the test.
pub fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the test knows its own file");
    // target/<profile>/deps/e2e-<hash>, or target/<profile>/sim
    let profile = test.ancestors().skip(1).find(|d| !d.ends_with("deps")).expect("the test lies in a target directory");
    let program = profile.join(name);
    assert!(
        program.exists(),
        "{} is not built: run 'cargo build -p samsyn-server -p samsyn-client' in the same profile, or tests/run",
        program.display()
    );
    program
}

/// A command with an environment that holds no settings of ours and no home of the user's.
pub fn command(name: &str, home: &Path) -> Command {
    let mut command = Command::new(program(name));
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with("SAMSYN") {
            command.env_remove(key);
        }
    }
    command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("RUST_LOG").current_dir(home);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a program to its end in a directory.
pub async fn run<A: AsRef<OsStr>>(name: &str, home: &Path, args: &[A]) -> Ran {
    let mut command = command(name, home);
    command.args(args);
    finish(command).await
}

/// Runs a prepared command to its end.
pub async fn finish(mut command: Command) -> Ran {
    let line = format!("{:?}", command.as_std());
    let output = tokio::time::timeout(COMMAND_TIMEOUT, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{line} has not ended after {COMMAND_TIMEOUT:?}"));
    let output = output.unwrap_or_else(|e| panic!("{line} cannot be started: {e}"));
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        line,
    }
}

impl Ran {
    /// Asserts success.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.exits(0)
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n--- out\n{}\n--- err\n{}", self.line, self.out, self.err);
        self
    }

    /// Asserts that something is said, on either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.says_it(text),
            "'{text}' is not in the answer of {}\n--- out\n{}\n--- err\n{}",
            self.line,
            self.out,
            self.err
        );
        self
    }

    pub fn says_it(&self, text: &str) -> bool {
        self.out.contains(text) || self.err.contains(text)
    }

    /// The one JSON document that `--json` promises.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(self.out.trim()).unwrap_or_else(|e| {
            panic!("{}: not one JSON document ({e})\n--- out\n{}\n--- err\n{}", self.line, self.out, self.err)
        });
        assert_eq!(value["schema"], 1, "{}: {value}", self.line);
        value
    }

    #[track_caller]
    pub fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("data").is_some(), "{}: {json}", self.line);
        json["data"].clone()
    }

    /// The error that `--json` gave: its code must be one that exists, and it must have a sentence and a remedy.
    #[track_caller]
    pub fn error(&self) -> Value {
        let json = self.json();
        let error = json["error"].clone();
        let code = error["code"].as_str().unwrap_or_default();
        assert!(code.parse::<samsyn_core::code::Code>().is_ok(), "{}: {json}", self.line);
        assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{}: {json}", self.line);
        assert!(error["remedy"].as_str().is_some_and(|m| !m.is_empty()), "{}: {json}", self.line);
        error
    }
}
