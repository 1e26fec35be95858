//! What an error of the server's means to the operator. Codes: PostgreSQL's documentation, appendix A.

use crate::failure::Failure;
use samsyn_core::code::Code;
use sqlx::postgres::PgDatabaseError;
use std::time::Duration;

const DAMAGED: &str = "stop the node, have the server's disk checked, restore the latest backup and start: what other parties have comes \
                       back from them";

/// The server said it.
pub(in crate::store) fn fault(error: &PgDatabaseError) -> Failure {
    let (state, said) = (error.code(), error.message());
    match state {
        "53100" => Failure::new(
            Code::StoreFull,
            "the database server's disk is full: nothing more is accepted or acknowledged until there is room",
            "free or add disk space at the database server; the node goes on by itself",
        ),
        "25006" => Failure::new(
            Code::StoreReadOnly,
            format!("the database cannot be written: {said}"),
            "point [store] url at the primary server; reset default_transaction_read_only",
        ),
        "XX001" | "XX002" | "58P01" | "58P02" => {
            Failure::new(Code::StoreDamaged, format!("the database is damaged: {said}"), DAMAGED)
        }
        "58030" => Failure::new(
            Code::StoreFailed,
            format!("the database server's disk reports an error: {said}"),
            "check the server's disk; restore a backup if it is failing",
        ),
        "28000" | "28P01" => config(said, "check user and password in [store] url, and the server's pg_hba.conf"),
        "3D000" | "57P04" => {
            config(said, "make it as user postgres: createdb --encoding=UTF8 --template=template0 --owner=ROLE NAME")
        }
        "42501" | "3F000" => config(
            said,
            "let the node's role own its database: ALTER DATABASE … OWNER TO …, and its tables if another role has made them",
        ),
        "57014" => Failure::new(
            Code::StoreFailed,
            format!("the database server ended a statement: {said}"),
            "see statement_timeout and lock_timeout at the server; try again",
        ),
        // 55000: the database takes no connections at the moment.
        _ if ["08", "53", "55000", "57"].iter().any(|class| state.starts_with(class)) => lost(said),
        _ => Failure::new(
            Code::StoreFailed,
            format!("the database failed: {said} (SQLSTATE {state})"),
            "see the log, also the server's; try again",
        ),
    }
}

fn config(said: &str, remedy: &str) -> Failure {
    Failure::config(format!("the database server refuses: {said}"), remedy).field("store.url")
}

/// The connection is gone, or cannot be had. What was being committed may be stored or not.
pub(in crate::store) fn lost(why: &str) -> Failure {
    Failure::new(
        Code::StoreUnreachable,
        format!("no connection to the database server: {why}"),
        "see that the server runs and that [store] url is right; a node that runs goes on by itself, and what was under way may be \
         stored or not",
    )
}

/// The handshake failed: nothing has been sent.
pub(in crate::store) fn unencrypted(why: &str) -> Failure {
    Failure::new(
        Code::StoreUnreachable,
        format!("no TLS connection to the database server: {why}"),
        "compare sslmode and sslrootcert in [store] url with the server's certificate and the name that the url has for it",
    )
}

/// The server takes too long to answer.
pub(crate) fn silent(after: Duration) -> Failure {
    lost(&format!("no answer within {} s", after.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::failure;

    #[test]
    fn a_lost_connection_has_its_own_code_and_a_refusal_from_a_callback_keeps_its_own() {
        let eof = sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        for error in [eof, sqlx::Error::PoolTimedOut, sqlx::Error::Protocol("cut short".into())] {
            let failure = failure(error);
            assert_eq!((failure.code, failure.exit_code()), (Code::StoreUnreachable, 4), "{failure}");
        }
        let refusal = config("no such database", "make it");
        assert_eq!(failure(super::super::refused(refusal.clone())), refusal);
    }
}
