//! Which roles are given at an authority, and what each may do. Never who has them.

use super::{known::One, page::Table};
use crate::{config::SignIn, sign_in, store};

/// A role as a device and as somebody who signs in has it.
struct Duty {
    name: &'static str,
    may: &'static str,
    device: Option<store::Role>,
    person: sign_in::Role,
}

const DUTIES: [Duty; 7] = [
    Duty {
        name: "Läsare",
        may: "läser det som är delat med organisationen",
        device: Some(store::Role::Reader),
        person: sign_in::Role::Reader,
    },
    Duty {
        name: "Samordnare",
        may: "skriver utkast, sekretessmarkerar och delar, eller ber om att få dela; skickar ut för synpunkter och svarar",
        device: Some(store::Role::Coordinator),
        person: sign_in::Role::Coordinator,
    },
    Duty {
        name: "Frisläppare",
        may: "läser utkast, godkänner eller avslår delning, och prövar det som granskningen har hittat",
        device: Some(store::Role::Releaser),
        person: sign_in::Role::Releaser,
    },
    Duty {
        name: "Registrator",
        may: "för diariet och läser det som är skyddat där",
        device: Some(store::Role::Registrar),
        person: sign_in::Role::Registrar,
    },
    Duty { name: "Arkivarie", may: "läser, i den här versionen", device: None, person: sign_in::Role::Archivist },
    Duty { name: "Programkontor", may: "läser, i den här versionen", device: None, person: sign_in::Role::Office },
    Duty {
        name: "Administratör",
        may: "som samordnare på en enhet; läser på webbsidorna",
        device: Some(store::Role::Admin),
        person: sign_in::Role::Admin,
    },
];

/// The roles that somebody has, and how.
pub(super) fn table(one: &One<'_>) -> Option<Table> {
    let rows: Vec<Vec<String>> = DUTIES
        .iter()
        .filter_map(|duty| {
            let ways = [(by_device(one, duty), "på en enhet"), (by_sign_in(one, duty), "genom inloggning")];
            let ways: Vec<&str> = ways.into_iter().filter(|(given, _)| *given).map(|(_, way)| way).collect();
            let how = ways.join(" och ");
            (!ways.is_empty()).then(|| vec![duty.name.to_owned(), duty.may.to_owned(), how])
        })
        .collect();
    (!rows.is_empty()).then_some(Table { head: vec!["Roll", "Får", "Given"], rows })
}

fn by_device(one: &One<'_>, duty: &Duty) -> bool {
    let here = |d: &&store::Device| d.authority.as_ref().is_none_or(|authority| authority == one.authority);
    one.known.devices.iter().filter(here).any(|device| Some(device.role) == duty.device)
}

fn by_sign_in(one: &One<'_>, duty: &Duty) -> bool {
    let rules = one.known.config.sign_in.iter().flat_map(SignIn::rules);
    let mut here = rules.filter(|r| r.grant.authority.as_ref().is_none_or(|authority| authority == one.authority));
    here.any(|rule| rule.grant.role == duty.person)
}
