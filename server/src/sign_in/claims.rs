//! What a provider says of a person, and what that gives here.
//!
//! Entra ID states roles as a list; AD FS states a claim with one value as a bare text. Where somebody has more groups
//! than a token holds, Entra ID leaves them out and names another place: that place is not asked, since a missing group
//! must never look like a group that somebody does not have.

use super::{Grant, Person, Refusal, called};
use crate::{config::RoleRule, failure::Failure};
use openidconnect::AdditionalClaims;
use samsyn_core::code::Code;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt};

/// Values of the roles' claim that are looked at.
const VALUES_MAX: usize = 1_000;
/// Characters of a subject that is kept.
const SUBJECT_MAX: usize = 255;

/// All claims of an id token that the standard does not fix, and those of a name.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Claims(Map<String, Value>);

impl AdditionalClaims for Claims {}

/// Claims are about a person.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}

impl Claims {
    #[cfg(test)]
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Object(map) => Self(map),
            _ => Self::default(),
        }
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// Who somebody is, if anything that is said of them gives a role.
    pub(super) fn person(
        &self,
        subject: &str,
        name: Option<String>,
        roles_claim: &str,
        rules: &[RoleRule],
    ) -> Result<Person, Refusal> {
        let subject: String = subject.chars().take(SUBJECT_MAX).collect();
        let stated = ["unique_name", "upn"].into_iter().find_map(|claim| self.text(claim));
        let name = called(name.into_iter().chain(stated.map(ToOwned::to_owned)), &subject);
        match self.grants(roles_claim, rules) {
            Ok(grants) => Ok(Person { subject, name, grants, deputy: Vec::new() }),
            Err(failure) => {
                let person = Person { subject, name, grants: BTreeSet::new(), deputy: Vec::new() };
                Err(Refusal { failure, person: Some(Box::new(person)) })
            }
        }
    }

    fn grants(&self, claim: &str, rules: &[RoleRule]) -> Result<BTreeSet<Grant>, Failure> {
        if !self.0.contains_key(claim) && self.left_out(claim) {
            return Err(Failure::new(
                Code::SignInGroupOverage,
                format!("the id token leaves '{claim}' out: this person has more groups than it holds"),
                "use app roles (roles_claim = \"roles\"), or let the provider send only groups assigned to this application",
            ));
        }
        let values = self.values(claim);
        let given: BTreeSet<Grant> =
            rules.iter().filter(|rule| values.contains(rule.value.as_str())).map(|rule| rule.grant.clone()).collect();
        if given.is_empty() {
            return Err(Failure::new(
                Code::SignInNoRole,
                format!("none of the {} values of the claim '{claim}' gives a role here", values.len()),
                "give the person a role at the provider, or map the value under [[sign_in.role]]",
            ));
        }
        Ok(given)
    }

    /// A list of texts, or one text.
    fn values(&self, claim: &str) -> BTreeSet<&str> {
        match self.0.get(claim) {
            Some(Value::String(one)) => [one.as_str()].into(),
            Some(Value::Array(many)) => many.iter().take(VALUES_MAX).filter_map(Value::as_str).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// True if the token names another place for the claim (OpenID Connect Core 5.6.2), or says that there are groups.
    fn left_out(&self, claim: &str) -> bool {
        let elsewhere = self.0.get("_claim_names").and_then(|names| names.get(claim)).is_some();
        elsewhere || (claim == "groups" && self.0.get("hasgroups").is_some_and(|has| *has != Value::Bool(false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::NAME_MAX;
    use crate::sign_in::Role;
    use proptest::prelude::*;
    use serde_json::json;

    fn rules() -> Vec<RoleRule> {
        let rule = |value: &str, role, authority: Option<&str>| RoleRule {
            value: value.to_owned(),
            grant: Grant { role, authority: authority.map(|a| a.parse().expect("an id")) },
        };
        vec![
            rule("Samsyn.Lasare", Role::Reader, None),
            rule("Samsyn.Registrator", Role::Registrar, Some("socialnamnden")),
            rule("0f1c", Role::Registrar, Some("socialnamnden")),
        ]
    }

    fn person(claims: Value, claim: &str) -> Result<Person, Code> {
        Claims::of(claims).person("s-1", None, claim, &rules()).map_err(|refusal| refusal.failure.code)
    }

    #[test]
    fn roles_come_as_a_list_or_as_one_text() {
        let entra = person(json!({"roles": ["Samsyn.Lasare", "Samsyn.Registrator", "Annat"]}), "roles").expect("known");
        assert_eq!(entra.grants.len(), 2);
        let adfs =
            person(json!({"group": "Samsyn.Registrator", "upn": "handlaggare@timra.example"}), "group").expect("known");
        assert_eq!(adfs.grants.iter().map(|g| g.role).collect::<Vec<_>>(), [Role::Registrar]);
        assert_eq!(adfs.name, "handlaggare@timra.example");
        let twice = person(json!({"groups": ["0f1c", "Samsyn.Registrator"]}), "groups").expect("known");
        assert_eq!(twice.grants.len(), 1, "two values for the same role at the same authority");
    }

    #[test]
    fn who_has_no_mapped_role_is_refused_by_name_of_the_reason() {
        let overage =
            json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}});
        for (claims, claim, code) in [
            (json!({}), "roles", Code::SignInNoRole),
            (json!({"roles": []}), "roles", Code::SignInNoRole),
            (json!({"roles": ["samsyn.lasare"]}), "roles", Code::SignInNoRole),
            (json!({"roles": {"Samsyn.Lasare": true}}), "roles", Code::SignInNoRole),
            (json!({"roles": [["Samsyn.Lasare"], 7, null]}), "roles", Code::SignInNoRole),
            (overage.clone(), "groups", Code::SignInGroupOverage),
            (json!({"hasgroups": true}), "groups", Code::SignInGroupOverage),
            (json!({"hasgroups": "true"}), "groups", Code::SignInGroupOverage),
            (overage, "roles", Code::SignInNoRole),
        ] {
            assert_eq!(person(claims.clone(), claim), Err(code), "{claims}");
        }
    }

    #[test]
    fn somebody_is_always_called_something_that_can_be_seen() {
        let called = |claims: Value, name: Option<&str>| {
            let person = Claims::of(claims).person("s-1", name.map(ToOwned::to_owned), "roles", &rules());
            person.expect("known").name
        };
        let roles = json!({"roles": ["Samsyn.Lasare"]});
        assert_eq!(called(roles.clone(), Some("Läsare")), "Läsare");
        assert_eq!(called(roles.clone(), Some("\u{200b}\u{202e} ")), "s-1");
        assert_eq!(called(json!({"roles": ["Samsyn.Lasare"], "upn": "a@timra.example"}), Some(" ")), "a@timra.example");
        assert_eq!(called(roles.clone(), None), "s-1");
        assert_eq!(called(roles, Some(&"å".repeat(1_000))).chars().count(), NAME_MAX);
    }

    #[test]
    fn no_name_and_no_claim_is_in_what_is_printed() {
        let claims = Claims::of(json!({"roles": ["Samsyn.Lasare"], "upn": "hemlig@timra.example"}));
        let person = claims.person("hemligt-id", Some("Hemlig".to_owned()), "roles", &rules()).expect("known");
        let printed = format!("{claims:?} {person:?}");
        assert!(!printed.to_lowercase().contains("hemlig"), "{printed}");
    }

    proptest! {
        /// A role is given for a mapped value and for nothing else, whatever shape the claim has.
        #[test]
        fn a_role_needs_its_exact_value(
            values in prop::collection::vec(prop_oneof!["(Samsyn.Lasare|samsyn.lasare|0f1)[ .a-z]{0,1}", "[A-Za-z.]{0,20}"], 0..4),
        ) {
            let mapped = values.iter().any(|v| ["Samsyn.Lasare", "Samsyn.Registrator", "0f1c"].contains(&v.as_str()));
            prop_assert_eq!(person(json!({ "roles": values }), "roles").is_ok(), mapped);
        }
    }
}
