//! Who does something here: a device of the organisation, or a person who has signed in.

use crate::{
    failure::Failure,
    sign_in::{self, Person},
    store::{Device, Role},
};
use samsyn_core::id::{AuthorityId, Name};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'a> {
    Device(&'a Device),
    Person(&'a Person),
    /// The authority's own case system, by its receipts.
    FileDrop(&'a AuthorityId),
}

impl<'a> Who<'a> {
    /// A board's registrar has nothing to do with another board's register.
    pub(crate) fn may_register(self, authority: &AuthorityId) -> bool {
        match self {
            Self::Device(d) => d.role == Role::Registrar && speaks_for(d, authority),
            Self::Person(p) => granted(p, &[sign_in::Role::Registrar], authority),
            Self::FileDrop(own) => own == authority,
        }
    }

    /// Writes what the authority has not released, and shares it where its rules ask for nobody's approval.
    pub(crate) fn may_edit(self, authority: &AuthorityId) -> bool {
        match self {
            Self::Device(d) => d.role.may_edit() && speaks_for(d, authority),
            Self::Person(p) => granted(p, &[sign_in::Role::Coordinator], authority),
            Self::FileDrop(_) => false,
        }
    }

    /// Says yes or no to what is to leave the authority.
    pub(crate) fn may_release(self, authority: &AuthorityId) -> bool {
        match self {
            Self::Device(d) => d.role.may_release() && speaks_for(d, authority),
            Self::Person(p) => granted(p, &[sign_in::Role::Releaser], authority),
            Self::FileDrop(_) => false,
        }
    }

    /// Examines what somebody has asked the authority for, and hands it out.
    pub(crate) fn may_disclose(self, authority: &AuthorityId) -> bool {
        match self {
            Self::Person(p) => granted(p, &[sign_in::Role::Registrar, sign_in::Role::Archivist], authority),
            // Nobody has read anything there.
            Self::Device(_) | Self::FileDrop(_) => false,
        }
    }

    /// Writes or releases for some authority.
    pub(crate) fn sees_any_drafts(self) -> bool {
        match self {
            Self::Device(d) => d.role.may_edit() || d.role.may_release(),
            Self::Person(p) => {
                p.grants.iter().any(|grant| matches!(grant.role, sign_in::Role::Coordinator | sign_in::Role::Releaser))
            }
            Self::FileDrop(_) => false,
        }
    }

    /// Sees what the authority has not released.
    pub(crate) fn sees_drafts(self, authority: &AuthorityId) -> bool {
        self.may_edit(authority) || self.may_release(authority)
    }

    /// As what somebody acts for an authority, as a release says it to the other parties.
    pub(crate) fn role(self, authority: &AuthorityId) -> Result<Name, Failure> {
        let role = match self {
            Self::Device(d) => d.role.as_str(),
            Self::Person(_) if self.may_edit(authority) => Role::Coordinator.as_str(),
            Self::Person(_) => Role::Releaser.as_str(),
            Self::FileDrop(_) => Role::Registrar.as_str(),
        };
        Ok(Name::new(role)?)
    }

    /// What the store keeps of somebody who has acted in a role: persons are in the audit log alone.
    pub(crate) fn kept_as(self, role: Role) -> String {
        match self {
            Self::Device(d) => d.name.clone(),
            Self::Person(_) | Self::FileDrop(_) => role.as_str().to_owned(),
        }
    }

    /// For the audit log: empty where a person has signed in.
    pub(crate) fn device(self) -> &'a str {
        match self {
            Self::Device(d) => &d.name,
            Self::Person(_) => "",
            Self::FileDrop(_) => "file drop",
        }
    }

    pub(crate) fn person(self) -> Option<&'a Person> {
        match self {
            Self::Device(_) | Self::FileDrop(_) => None,
            Self::Person(p) => Some(p),
        }
    }
}

/// Its own authority, or any where it is bound to none.
pub(crate) fn speaks_for(device: &Device, authority: &AuthorityId) -> bool {
    device.authority.as_ref().is_none_or(|own| own == authority)
}

fn granted(person: &Person, roles: &[sign_in::Role], authority: &AuthorityId) -> bool {
    let at = |own: &Option<AuthorityId>| own.as_ref().is_none_or(|own| own == authority);
    person.grants.iter().any(|grant| roles.contains(&grant.role) && at(&grant.authority))
}
