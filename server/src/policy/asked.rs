//! What the code answers: the same gates, in the same order, that a call of a device and a form of a page go through.

use super::{Action, Actor, Case, Content, Place, RuleFile};
use crate::{
    api, comment,
    failure::Failure,
    handout,
    register::{self, Case as Number, Decision, Direction, Item, Order, Public, State, Statement, Words, calendar},
    release::{
        Which,
        circle::Asked,
        desk::{
            Wanted,
            gate::{self, Step},
        },
    },
    rulebook::Rulebook,
    secrecy::{self, Circumstances, HeldBack, Overruled, Proposed},
    sign_in::{Grant, Person},
    store::{Device, ItemRow, ReleaseRequest},
    view::Eyes,
    web,
    who::Who,
};
use samsyn_client::mark::{Mark, Marks};
use samsyn_core::{
    charter::Charter,
    code::Code,
    entry::{DocumentKind, Genesis, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash, OrgId, Path},
    sign::LogKey,
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// 23 November 2026.
const NOW_MS: u64 = 1_795_432_000_000;
/// What an answer is where no call and no form does this.
const NO_WAY: &str = "saknas";

/// What all cases are judged in: the draft and the register are the board `ks`'s, the other board is `son`.
pub(super) struct World {
    charter: Charter,
    genesis: Genesis,
    rulebooks: [(RuleFile, Rulebook); 4],
    ks: AuthorityId,
    son: AuthorityId,
}

/// What somebody may, or why not.
enum Answer {
    Yes,
    AfterApproval,
    NoWay,
}

type Answered = Result<Answer, Code>;

fn id(text: &str) -> AuthorityId {
    AuthorityId::new(text).expect("an id")
}

fn rulebook(text: &str) -> Rulebook {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("ks.toml"), text).expect("written");
    Rulebook::open(Some(dir.path()), &BTreeSet::from([id("ks"), id("son")])).expect("rules")
}

impl World {
    pub(super) fn new() -> Self {
        let party = |id: &str, n: u8| {
            let (key, pin) = (LogKey::from_secret(&[n; 32]).public(), hex::encode([n; 32]));
            format!(
                "[[party]]\nid = \"{id}\"\nname = \"{id}\"\nkind = \"municipality\"\nlog_key = \"{key}\"\npins = [\"blake3:{pin}\"]\n"
            )
        };
        let parties = party("timra", 1) + &party("sundsvall", 2);
        let text = format!("format = 1\nname = \"x\"\nversion = 1\nrules = 1\n{parties}");
        let timra = OrgId::new("timra").expect("an id");
        let public = "[release]\nmode = \"automatic\"\n[[release.except]]\nmode = \"approve\"\naudience = \"public\"\n";
        Self {
            charter: Charter::parse(text.as_bytes()).expect("a charter"),
            genesis: Genesis {
                kind: DocumentKind::Work,
                owner: timra.clone(),
                authority: id("ks"),
                archive_owner: timra,
                body: None,
            },
            rulebooks: [
                (RuleFile::None, Rulebook::default()),
                (RuleFile::Automatic, rulebook("[release]\nmode = \"automatic\"\n")),
                (RuleFile::Approve, rulebook("[release]\nmode = \"approve\"\n")),
                (RuleFile::ApprovePublic, rulebook(public)),
            ],
            ks: id("ks"),
            son: id("son"),
        }
    }

    /// As the table writes it.
    pub(super) fn answer(&self, case: Case) -> String {
        let bound = match case.place {
            Place::Own => Some(self.ks.clone()),
            Place::Other => Some(self.son.clone()),
            Place::Unbound | Place::Nowhere => None,
        };
        let answered = match case.actor {
            Actor::Device(role) => {
                let pin = format!("blake3:{}", hex::encode([7; 32])).parse().expect("a pin");
                let name = "enhet".to_owned();
                self.device(case, &Device { pin, name, role, authority: bound, added_ms: 1, revoked_ms: None })
            }
            Actor::Person(role) => {
                let grants = BTreeSet::from([Grant { role, authority: bound }]);
                self.page(
                    case,
                    Some(&Person { subject: "s".to_owned(), name: "n".to_owned(), grants, deputy: Vec::new() }),
                )
            }
            Actor::Anybody => self.page(case, None),
        };
        match answered {
            Ok(Answer::Yes) => "ja".to_owned(),
            Ok(Answer::AfterApproval) => "först godkännande".to_owned(),
            Ok(Answer::NoWay) => NO_WAY.to_owned(),
            Err(code) => format!("nej {code}"),
        }
    }

    /// As the calls of `Replica` and `Register` ask.
    fn device(&self, case: Case, device: &Device) -> Answered {
        let who = Who::Device(device);
        match case.action {
            Action::ReadReleased => read(Eyes::Device, case),
            Action::ReadDraft => yes(api::insider(device).and_then(|()| gate::may_open(who, &self.ks))),
            // A device marks by what it writes.
            Action::EditDraft | Action::Mark => yes(api::editor(device).and_then(|()| gate::may_open(who, &self.ks))),
            Action::Share => {
                api::editor(device).map_err(code)?;
                self.shared(case, who, &wanted(case, &self.ks))
            }
            Action::ShareAsAnother => {
                api::editor(device).map_err(code)?;
                self.shared(case, who, &wanted(case, &self.son))
            }
            Action::Ask | Action::HandOut => Ok(Answer::NoWay),
            Action::Overrule => {
                api::insider(device).map_err(code)?;
                self.shared(case, who, &overruling(case, &self.ks))
            }
            Action::Approve | Action::Refuse => {
                api::releaser(device).map_err(code)?;
                self.answered(case, who)
            }
            Action::ReadRegister | Action::Register | Action::KeepInOrder => {
                api::registrar(device).map_err(code)?;
                self.registered(case, who)
            }
            Action::ReadPublicRegister => self.public_register(case),
            Action::ReadComment => {
                api::insider(device).map_err(code)?;
                self.comment(who)
            }
            Action::Reply => {
                api::editor(device).map_err(code)?;
                self.reply(who)
            }
        }
    }

    /// As the pages ask, of somebody who has signed in or not.
    fn page(&self, case: Case, person: Option<&Person>) -> Answered {
        match case.action {
            Action::ReadReleased => return read(web::eyes(person.is_some(), Eyes::Public), case),
            Action::ReadPublicRegister => return self.public_register(case),
            Action::EditDraft | Action::ShareAsAnother => return Ok(Answer::NoWay),
            Action::HandOut => {
                let asked = |person| handout::check(Who::Person(person), &self.ks);
                return person.map_or(Err(Code::RoleForbidden), |person| yes(asked(person)));
            }
            Action::ReadComment | Action::Reply => {
                let who = web::commenter_of(person).map_err(code)?;
                return if case.action == Action::Reply { self.reply(who) } else { self.comment(who) };
            }
            Action::ReadRegister | Action::Register | Action::KeepInOrder => {
                // The page turns away who has not signed in before it asks the register.
                return person.map_or(Err(Code::RoleForbidden), |person| self.registered(case, Who::Person(person)));
            }
            Action::ReadDraft
            | Action::Mark
            | Action::Share
            | Action::Ask
            | Action::Approve
            | Action::Refuse
            | Action::Overrule => {}
        }
        let who = web::insider_of(person).map_err(code)?;
        gate::may_open(who, &self.ks).map_err(code)?;
        match case.action {
            Action::Mark => yes(gate::may_mark(who, &self.ks)),
            Action::Share => self.shared(case, who, &wanted(case, &self.ks)),
            Action::Ask => self.shared(case, who, &Wanted { ask: true, ..wanted(case, &self.ks) }),
            Action::Overrule => self.shared(case, who, &overruling(case, &self.ks)),
            Action::Approve | Action::Refuse => self.answered(case, who),
            _ => Ok(Answer::Yes),
        }
    }

    /// What `release` of the desk does with a draft.
    fn shared(&self, case: Case, who: Who<'_>, wanted: &Wanted) -> Answered {
        let rulebook = self.rulebook(case);
        let (act, rules) = gate::act(rulebook, who, &self.ks, wanted).map_err(code)?;
        if let Some(circle) = &act.circle {
            circle.check(&self.charter, &self.genesis.owner, NOW_MS).map_err(code)?;
        }
        match gate::step(who, &act, &rules, DocumentKind::Work, wanted).map_err(code)? {
            Step::Publish => self.let_out(case, &Overruled::default()).map(|()| Answer::Yes),
            Step::Ask => self.let_out(case, &Overruled::default()).map(|()| Answer::AfterApproval),
            Step::Overrule => {
                let held = self.held(case, &Overruled::default());
                match gate::set_aside(&held).map_err(code)? {
                    Some(overruled) => self.let_out(case, &overruled).map(|()| Answer::Yes),
                    None => self.let_out(case, &Overruled::default()).map(|()| Answer::Yes),
                }
            }
        }
    }

    /// What `decide` of the desk does with what waits.
    fn answered(&self, case: Case, who: Who<'_>) -> Answered {
        let request = ReleaseRequest {
            purpose: case.purpose,
            audience: case.audience,
            authority: self.ks.clone(),
            paths: None,
            content: String::new(),
            asked_by: String::new(),
            rules: String::new(),
            answer: None,
            circle: asked(case).read(preselected()).ok(),
        };
        gate::may_answer(who, &request.authority).map_err(code)?;
        if case.action == Action::Refuse {
            return Ok(Answer::Yes);
        }
        gate::approved(self.rulebook(case), who, &self.ks, &request, NOW_MS).map_err(code)?;
        self.let_out(case, &Overruled::default()).map(|()| Answer::Yes)
    }

    /// What `show` of the comments' desk does with a draft to which nobody has replied.
    fn comment(&self, who: Who<'_>) -> Answered {
        comment::may_open(who, std::slice::from_ref(&self.ks), 0).map(|_| Answer::Yes).map_err(code)
    }

    fn reply(&self, who: Who<'_>) -> Answered {
        comment::may_open(who, std::slice::from_ref(&self.ks), 0).map_err(code)?;
        yes(comment::may_reply(who, std::slice::from_ref(&self.ks)).map(drop))
    }

    fn rulebook(&self, case: Case) -> &Rulebook {
        let found = self.rulebooks.iter().find(|(rules, _)| *rules == case.rules);
        &found.expect("each has a rulebook").1
    }

    fn let_out(&self, case: Case, overruled: &Overruled) -> Result<(), Code> {
        self.held(case, overruled).first().map_or(Ok(()), |held| Err(held.code))
    }

    /// What keeps the draft back.
    fn held(&self, case: Case, overruled: &Overruled) -> Vec<HeldBack> {
        let path = |text: &str| Path::new(text).expect("a path");
        let text = |text: &str| Value::Text(text.to_owned());
        let mut whole = BTreeMap::from([(path("/facts/title"), text("Nattlig tillsyn"))]);
        let mut marks = Marks::new();
        match case.content {
            Content::Plain => {}
            Content::Marked => {
                let mark = Mark {
                    provisions: vec!["19:3".parse().expect("a provision")],
                    date: "2026-11-23".to_owned(),
                    authority: "ks".to_owned(),
                    note: String::new(),
                };
                marks.insert(Some(path("/facts/title")), Some(mark));
            }
            Content::Found => drop(whole.insert(path("/facts/note"), text("Ärende 121212-1212"))),
            Content::Protected => drop(whole.insert(path("/facts/121212-1212"), text("x"))),
        }
        let circumstances = Circumstances {
            defined: &std::collections::BTreeSet::new(),
            charter: &self.charter,
            genesis: &self.genesis,
            author: &self.genesis.owner,
            whole: &whole,
            words: None,
            overruled,
            marks: &marks,
            decision: None,
            today: (2026, 11, 23),
        };
        let propose = |(path, value): (&Path, &Value)| Proposed {
            path: path.clone(),
            value: Some(value.clone()),
            replaces: Vec::new(),
        };
        secrecy::assess(&circumstances, whole.iter().map(propose).collect()).err().unwrap_or_default()
    }

    fn registered(&self, case: Case, who: Who<'_>) -> Answered {
        register::check(who, &self.ks).map_err(code)?;
        let decision = match case.action {
            Action::Register => Decision::Register(Number::Next),
            Action::KeepInOrder => Decision::InOrder,
            _ => return Ok(Answer::Yes),
        };
        let order = Order {
            authority: self.ks.clone(),
            items: vec![1],
            decision,
            subject: None,
            protected_subject: None,
            counterpart_protected: None,
            class: None,
            reason: String::new(),
        };
        yes(register::allowed(&self.item(case, State::ToRegister), &order))
    }

    /// Anybody may read it, without what is protected: that it were there would be another answer than the table's.
    fn public_register(&self, case: Case) -> Answered {
        let row = self.item(case, State::Registered);
        let shown = format!("{:?}", Public::of(&row));
        let hides = !shown.contains("Solgården") && !shown.contains("sundsvall");
        let shows = shown.contains("Utvecklingsarbete") && shown.contains("sundsvall");
        let right = if case.content == Content::Protected { hides } else { shows };
        if right { Ok(Answer::Yes) } else { Err(Code::RegisterSecret) }
    }

    fn item(&self, case: Case, state: State) -> ItemRow {
        let protected = case.content == Content::Protected;
        let words = Words {
            subject: "Utvecklingsarbete".to_owned(),
            protected_subject: if protected { "Solgården".to_owned() } else { String::new() },
            counterpart_protected: protected,
            ..Words::default()
        };
        let item = Item {
            authority: self.ks.clone(),
            position: 1,
            tip: HeaderHash([1; 32]),
            document: DocumentId([1; 32]),
            direction: Direction::Received,
            counterpart: Some(OrgId::new("sundsvall").expect("an id")),
            kind: Some(DocumentKind::Work),
            purpose: Some(case.purpose),
            audience: Some(case.audience),
            facts: 1,
            at_ms: 1,
            released_ms: 1,
            rules: String::new(),
            state,
        };
        let statement = Statement { nr: 1, at_ms: 1, state, number: None, words };
        ItemRow { item, statement: Some(statement), title: String::new() }
    }
}

fn code(failure: Failure) -> Code {
    failure.code
}

fn yes(allowed: Result<(), Failure>) -> Answered {
    allowed.map(|()| Answer::Yes).map_err(code)
}

/// What these eyes do not see is not there.
fn read(eyes: Eyes, case: Case) -> Answered {
    if eyes.sees(Some(case.audience)) { Ok(Answer::Yes) } else { Err(Code::InputNotFound) }
}

fn wanted(case: Case, authority: &AuthorityId) -> Wanted {
    Wanted {
        which: Which::All,
        purpose: Some(case.purpose),
        audience: Some(case.audience),
        authority: authority.clone(),
        role: None,
        looked_at: Some("seen".to_owned()),
        overrule: None,
        ask: false,
        asked: asked(case),
        now_ms: NOW_MS,
    }
}

/// Whom a draft for comment goes to.
fn asked(case: Case) -> Asked {
    match case.purpose {
        Purpose::ForComment => Asked { to: vec!["sundsvall".to_owned()], ..Asked::default() },
        _ => Asked::default(),
    }
}

fn preselected() -> jiff::civil::Date {
    calendar::days_after(calendar::day(NOW_MS), 14)
}

fn overruling(case: Case, authority: &AuthorityId) -> Wanted {
    Wanted { overrule: Some("Ärendets nummer.".to_owned()), ..wanted(case, authority) }
}
