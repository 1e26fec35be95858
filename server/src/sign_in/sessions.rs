//! Who is signed in, in this process's memory alone: a restart ends all sessions, and nothing of them is on disk.

use super::{Deputy, Person, Shown};
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
    /// The certificate that it began with: it goes on only where that is shown.
    shown: Option<Shown>,
}

impl Session {
    /// The same session, as it stands while somebody acts in others' places.
    pub(crate) fn with(&self, rows: Vec<Deputy>) -> Self {
        let Self { person, guard, until, shown } = self;
        Self { person: person.with(rows), guard: guard.clone(), until: *until, shown: shown.clone() }
    }
}

/// What a session rests on beside the browser's cookie.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) shown: Shown,
    /// How long the certificate holds.
    pub(crate) left: Duration,
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
    pub(crate) fn begin(&self, person: Person, held: Option<Held>) -> Result<Token, getrandom::Error> {
        let (token, guard) = (Token::new()?, Token::new()?);
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.until > now);
        if open.len() >= SESSIONS_MAX {
            let oldest = open.iter().min_by_key(|(_, session)| session.until).map(|(key, _)| *key);
            oldest.and_then(|key| open.remove(&key));
        }
        let (shown, left) = held.map_or((None, self.length), |held| (Some(held.shown), held.left));
        let until = now + self.length.min(left);
        open.insert(key(token.as_str()), Arc::new(Session { person, guard, until, shown }));
        Ok(token)
    }

    /// The session that a browser's cookie names, unless it is over, or began with a certificate that the browser does
    /// not show now: a cookie alone is worth nothing then.
    pub(crate) fn of(&self, token: &str, shown: &Shown) -> Option<Arc<Session>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(&key(token)).filter(|session| session.until > Instant::now())?;
        session.shown.as_ref().is_none_or(|held| held == shown).then(|| session.clone())
    }

    /// Ends those that began with a certificate that is no longer good.
    pub(crate) fn keep(&self, good: impl Fn(&Shown) -> bool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.shown.as_ref().is_none_or(&good));
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
        Person {
            subject: "s".to_owned(),
            name: "Läsare".to_owned(),
            grants: std::collections::BTreeSet::new(),
            deputy: Vec::new(),
        }
    }

    #[test]
    fn a_session_ends_by_sign_out_and_by_age() {
        let sessions = Sessions::new(Duration::from_hours(1));
        let token = sessions.begin(somebody(), None).expect("random numbers");
        assert!(sessions.of(token.as_str(), &Shown::default()).is_some());
        assert!(sessions.of(&token.as_str()[1..], &Shown::default()).is_none());
        sessions.end(token.as_str());
        assert!(sessions.of(token.as_str(), &Shown::default()).is_none());
        let short = Sessions::new(Duration::ZERO);
        let over = short.begin(somebody(), None).expect("random numbers");
        assert!(short.of(over.as_str(), &Shown::default()).is_none());
    }

    #[test]
    fn a_session_that_began_with_a_certificate_goes_on_with_that_certificate_alone() {
        let shown = |byte: u8| Shown::of(Some(&[vec![byte].into()]));
        let sessions = Sessions::new(Duration::from_hours(1));
        let held = |left| Some(Held { shown: shown(1), left });
        let token = sessions.begin(somebody(), held(Duration::from_hours(9))).expect("random numbers");
        assert!(sessions.of(token.as_str(), &shown(1)).is_some());
        assert!(sessions.of(token.as_str(), &shown(2)).is_none());
        assert!(sessions.of(token.as_str(), &Shown::default()).is_none());
        let until = sessions.of(token.as_str(), &shown(1)).expect("begun").until;
        assert!(until <= Instant::now() + Duration::from_hours(1), "no longer than any session");
        let ends = sessions.begin(somebody(), held(Duration::ZERO)).expect("random numbers");
        assert!(sessions.of(ends.as_str(), &shown(1)).is_none(), "no longer than its certificate");
        let other = sessions.begin(somebody(), None).expect("random numbers");
        sessions.keep(|_| false);
        assert!(sessions.of(token.as_str(), &shown(1)).is_none() && sessions.of(other.as_str(), &shown(1)).is_some());
    }

    #[test]
    fn i6_sessions_are_bounded_and_the_oldest_goes() {
        let sessions = Sessions::new(Duration::from_hours(1));
        let first = sessions.begin(somebody(), None).expect("random numbers");
        for _ in 0..SESSIONS_MAX {
            sessions.begin(somebody(), None).expect("random numbers");
        }
        assert!(sessions.of(first.as_str(), &Shown::default()).is_none());
        assert_eq!(sessions.open.lock().expect("nobody panicked").len(), SESSIONS_MAX);
    }

    #[test]
    fn what_a_browser_holds_is_never_printed() {
        let sessions = Sessions::new(Duration::from_mins(1));
        let token = sessions.begin(somebody(), None).expect("random numbers");
        let session = sessions.of(token.as_str(), &Shown::default()).expect("begun");
        let printed = format!("{sessions:?} {token:?} {session:?}");
        assert!(!printed.contains(token.as_str()) && !printed.contains(session.guard.as_str()), "{printed}");
        assert!(session.guard.is(session.guard.as_str()) && !session.guard.is(token.as_str()));
    }
}
