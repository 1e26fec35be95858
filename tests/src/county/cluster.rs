//! A PostgreSQL server of one test's own, for what cannot be done to a shared one: stopping it, settings, damage.
//! Connections over TCP need a password.

use super::{ports, store::Server};
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const PASSWORD: &str = "hemligt-administratorslosen";

/// Stopped and removed at the end. `SAMSYN_TEST_POSTGRES_DIR` says where (else `/tmp`): tests/run looks there for servers
/// of tests that were ended half-way.
#[derive(Debug)]
pub struct Cluster {
    dir: TempDir,
    port: u16,
    pub server: Server,
}

impl Cluster {
    /// A running server. Settings are as in postgresql.conf.
    pub fn start(settings: &[&str]) -> Self {
        let base = env::var_os("SAMSYN_TEST_POSTGRES_DIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        let dir = tempfile::Builder::new().prefix("samsyn-pg-").tempdir_in(base).expect("a directory");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("set");
        give(dir.path());
        let port = ports::free();
        let server = Server::new(format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"));
        let cluster = Self { dir, port, server };
        let secret = cluster.dir.path().join("password");
        fs::write(&secret, PASSWORD).expect("written");
        give(&secret);
        let (data, secret) = (cluster.data(), secret.display().to_string());
        cluster.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--pwfile",
                &secret,
            ],
        );
        let conf = cluster.dir.path().join("data/postgresql.conf");
        let mut text = fs::read_to_string(&conf).expect("read");
        let sockets = cluster.dir.path().display();
        text.push_str(&format!(
            "\nport = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{sockets}'\nmax_connections = 60\n{}\n",
            settings.join("\n")
        ));
        fs::write(&conf, text).expect("written");
        cluster.up();
        cluster
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    pub fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    pub fn up(&self) {
        let log = self.dir.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-l", &log, "start"]);
    }

    /// As if the machine had lost its power: no goodbye, recovery from the log at the next start.
    pub fn crash(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", "immediate", "stop"]);
    }

    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", "fast", "stop"]);
    }

    /// A program of PostgreSQL's as the server's user, with the administrator's password.
    #[track_caller]
    pub fn run(&self, program: &str, args: &[&str]) -> String {
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(programs().join(program));
            command
        } else {
            Command::new(programs().join(program))
        };
        command.args(args).current_dir(self.dir.path()).env("PGPASSWORD", PASSWORD).env("LC_ALL", "C.UTF-8");
        // Files, since a server would keep a pipe open.
        let out = self.dir.path().join("out");
        let file = fs::File::create(&out).expect("a file");
        command.stdout(file.try_clone().expect("a file can be shared")).stderr(file);
        let status = command.status().unwrap_or_else(|e| panic!("{program}: {e}"));
        let said = fs::read_to_string(&out).unwrap_or_default();
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{program} {args:?}: {status}\n{said}\n{log}");
        said
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.dir.path().join("data/postmaster.pid").exists() {
            self.crash();
        }
    }
}

/// To the server's user, if this is root: PostgreSQL does not run as root.
pub fn give(path: &Path) {
    if rustix::process::geteuid().is_root() {
        let status = Command::new("chown").arg("postgres:").arg(path).status().expect("chown runs");
        assert!(status.success(), "there is no user postgres: apt-get install postgresql");
    }
}

/// Debian keeps a server's programs beside its version, not in the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|v| v.file_name().to_string_lossy().parse::<u32>().ok()).max();
    let debian = newest.map(|v| PathBuf::from(format!("/usr/lib/postgresql/{v}/bin")));
    let path = env::var_os("PATH").unwrap_or_default();
    let found = debian.into_iter().chain(env::split_paths(&path)).find(|dir| dir.join("initdb").exists());
    found.expect("PostgreSQL's server is not installed: apt-get install postgresql, or tests/run")
}
