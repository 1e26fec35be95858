//! Who is signed in, in this process's memory alone: a restart ends all sessions, and nothing of them is on disk.

use super::Person;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Sessions at once. Past it the oldest ends: only people with a role can begin one.
const SESSIONS_MAX: usize = 10_000;

/// One browser of one person.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) person: Person,
    /// Every form of this session has it.
    pub(crate) guard: Token,
    until: Instant,
}

/// Random letters that nobody can guess. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Compared by their hashes: how long it takes tells nothing.
    pub(crate) fn is(&self, given: &str) -> bool {
        blake3::hash(self.0.as_bytes()) == blake3::hash(given.as_bytes())
    }
}

/// Sessions by the hash of what their browser holds.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: Mutex<BTreeMap<[u8; 32], Arc<Session>>>,
    length: Duration,
}

impl Sessions {
    pub(crate) fn new(length: Duration) -> Self {
        Self { open: Mutex::default(), length }
    }

    /// Begins a session; what is returned is for the browser alone.
    pub(crate) fn begin(&self, person: Person) -> Result<Token, getrandom::Error> {
        let (token, guard) = (Token::new()?, Token::new()?);
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.until > now);
        if open.len() >= SESSIONS_MAX {
            let oldest = open.iter().min_by_key(|(_, session)| session.until).map(|(key, _)| *key);
            oldest.and_then(|key| open.remove(&key));
        }
        open.insert(key(token.as_str()), Arc::new(Session { person, guard, until: now + self.length }));
        Ok(token)
    }

    /// The session that a browser's cookie names, unless it is over.
    pub(crate) fn of(&self, token: &str) -> Option<Arc<Session>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&key(token)).filter(|session| session.until > Instant::now()).cloned()
    }

    /// Ends it for good: the cookie, and any copy of it, is worth nothing.
    pub(crate) fn end(&self, token: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(token));
    }
}

fn key(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Person {
        Person { subject: "s".to_owned(), name: "Läsare".to_owned(), grants: std::collections::BTreeSet::new() }
    }

    #[test]
    fn a_session_ends_by_sign_out_and_by_age() {
        let sessions = Sessions::new(Duration::from_hours(1));
        let token = sessions.begin(somebody()).expect("random numbers");
        assert!(sessions.of(token.as_str()).is_some());
        assert!(sessions.of(&token.as_str()[1..]).is_none());
        sessions.end(token.as_str());
        assert!(sessions.of(token.as_str()).is_none());
        let short = Sessions::new(Duration::ZERO);
        let over = short.begin(somebody()).expect("random numbers");
        assert!(short.of(over.as_str()).is_none());
    }

    #[test]
    fn i6_sessions_are_bounded_and_the_oldest_goes() {
        let sessions = Sessions::new(Duration::from_hours(1));
        let first = sessions.begin(somebody()).expect("random numbers");
        for _ in 0..SESSIONS_MAX {
            sessions.begin(somebody()).expect("random numbers");
        }
        assert!(sessions.of(first.as_str()).is_none());
        assert_eq!(sessions.open.lock().expect("nobody panicked").len(), SESSIONS_MAX);
    }

    #[test]
    fn what_a_browser_holds_is_never_printed() {
        let sessions = Sessions::new(Duration::from_mins(1));
        let token = sessions.begin(somebody()).expect("random numbers");
        let session = sessions.of(token.as_str()).expect("begun");
        let printed = format!("{sessions:?} {token:?} {session:?}");
        assert!(!printed.contains(token.as_str()) && !printed.contains(session.guard.as_str()), "{printed}");
        assert!(session.guard.is(session.guard.as_str()) && !session.guard.is(token.as_str()));
    }
}
