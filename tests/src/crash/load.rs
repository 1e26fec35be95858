//! Coordinators at work on one node, each with a connection of its own, until it no longer answers. Whatever the node
//! does not answer is tried again when it is back, as people do.

use super::history::{Shared, Told};
use crate::{
    county::{path, text},
    sim::random::Random,
};
use samsyn_client::{copy::WorkingCopy, node::Node as Client, problem::Problem};
use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
use samsyn_wire::v1;
use tokio::task::JoinSet;

/// How many work at the same time.
const COORDINATORS: u64 = 3;
/// How long a registrar with nothing to do waits.
const REGISTRAR_RESTS: std::time::Duration = std::time::Duration::from_millis(5);

pub(crate) fn field(party: &str) -> Path {
    path(&format!("/parties/{party}/note"))
}

pub(crate) fn words_at() -> Path {
    path("/facts/summary")
}

/// The work that all write into.
pub(crate) async fn found(client: &Client, history: &Shared) -> Result<(), Problem> {
    let mut copy = WorkingCopy::create(client, DocumentKind::Work, "").await?;
    let mut draft = copy.draft()?;
    draft.set(path("/facts/title"), text("Gemensamt"));
    copy.change(&draft)?;
    copy.push(client).await?;
    publish(client, &copy.id).await?;
    history.work("Gemensamt", |w| (w.copy, w.pushed, w.published) = (copy.id.clone(), Told::Kept, Told::Kept));
    history.get().shared = copy.id;
    Ok(())
}

/// Starts the coordinators. Each ends with the first call that fails; `round` makes what they write unique.
pub(crate) fn start(
    clients: Vec<Client>,
    party: &str,
    history: &Shared,
    round: u64,
    random: &mut Random,
) -> JoinSet<()> {
    let mut all = JoinSet::new();
    for (who, client) in (0..COORDINATORS).zip(clients) {
        let (history, party, seed) = (history.clone(), party.to_owned(), random.number());
        all.spawn(async move {
            let mut coordinator = Coordinator {
                client,
                history,
                party,
                name: format!("{round}.{who}"),
                random: Random::new(seed),
                made: 0,
            };
            coordinator.retry(who).await.ok();
            while coordinator.step().await.is_ok() {}
        });
    }
    all
}

/// As many connections as there are coordinators.
pub(crate) async fn connect(node: &crate::county::Node) -> Result<Vec<Client>, String> {
    let mut clients = Vec::new();
    for _ in 0..COORDINATORS {
        clients.push(node.client().await?);
    }
    Ok(clients)
}

struct Coordinator {
    client: Client,
    history: Shared,
    party: String,
    name: String,
    random: Random,
    made: u64,
}

impl Coordinator {
    async fn step(&mut self) -> Result<(), Problem> {
        self.made += 1;
        match self.random.below(10) {
            0..=3 => self.new_work().await,
            4..=6 => self.revise().await,
            _ => self.write_word().await,
        }
    }

    /// Publishes again what was not answered: it must become one work, not two.
    async fn retry(&mut self, who: u64) -> Result<(), Problem> {
        let unanswered: Vec<(String, String)> = {
            let history = self.history.get();
            let open = history.works.iter().filter(|(_, w)| w.published == Told::Tried && w.pushed == Told::Kept);
            open.map(|(title, w)| (title.clone(), w.copy.clone())).collect()
        };
        for (title, copy) in unanswered.into_iter().skip(usize::try_from(who).unwrap_or(0)).step_by(3).take(5) {
            publish(&self.client, &copy).await?;
            self.history.work(&title, |w| w.published = Told::Kept);
        }
        Ok(())
    }

    async fn new_work(&mut self) -> Result<(), Problem> {
        let title = format!("Arbete {}.{}", self.name, self.made);
        let mut copy = WorkingCopy::create(&self.client, DocumentKind::Work, "").await?;
        let mut draft = copy.draft()?;
        draft.set(path("/facts/title"), text(&title));
        copy.change(&draft)?;
        self.history.work(&title, |w| (w.copy, w.pushed) = (copy.id.clone(), Told::Tried));
        copy.push(&self.client).await?;
        self.history.work(&title, |w| w.pushed = Told::Kept);
        if self.random.chance(75) {
            self.history.work(&title, |w| w.published = Told::Tried);
            publish(&self.client, &copy.id).await?;
            self.history.work(&title, |w| w.published = Told::Kept);
        }
        Ok(())
    }

    /// A new value in a work of one's own of this round, pushed, and sometimes published.
    async fn revise(&mut self) -> Result<(), Problem> {
        let mine = format!("Arbete {}.", self.name);
        let works: Vec<(String, String)> = {
            let history = self.history.get();
            let mine = history.works.iter().filter(|(t, w)| t.starts_with(&mine) && w.pushed == Told::Kept);
            mine.map(|(title, w)| (title.clone(), w.copy.clone())).collect()
        };
        let Some((title, copy)) = self.random.pick(&works).cloned() else { return self.new_work().await };
        let mut copy = WorkingCopy::pull(&self.client, &copy).await?;
        let value = format!("Version {}", self.made);
        let mut draft = copy.draft()?;
        draft.set(field(&self.party), Value::Text(value.clone()));
        copy.change(&draft)?;
        self.history.work(&title, |w| w.values.push((value, Told::Tried, Told::Untried)));
        let told = |w: &mut super::history::Work, pushed, published| {
            if let Some(last) = w.values.last_mut() {
                (last.1, last.2) = (pushed, published);
            }
        };
        copy.push(&self.client).await?;
        self.history.work(&title, |w| told(w, Told::Kept, Told::Untried));
        if self.random.chance(50) {
            let unpublished = |w: &mut super::history::Work| {
                if w.published == Told::Untried {
                    w.published = Told::Tried;
                }
                told(w, Told::Kept, Told::Tried);
            };
            self.history.work(&title, unpublished);
            publish(&self.client, &copy.id).await?;
            self.history.work(&title, |w| {
                told(w, Told::Kept, Told::Kept);
                w.published = Told::Kept;
            });
        }
        Ok(())
    }

    /// A word more in the text that all write.
    async fn write_word(&mut self) -> Result<(), Problem> {
        let shared = self.history.get().shared.clone();
        let mut copy = WorkingCopy::pull(&self.client, &shared).await?;
        let word = format!("<{}.{}>", self.name, self.made);
        let mut draft = copy.draft()?;
        let before = draft.prose.get(&words_at()).cloned().unwrap_or_default();
        draft.set(words_at(), Value::Prose(format!("{before}{word}")));
        copy.change(&draft)?;
        self.history.get().words.insert(word.clone(), Told::Tried);
        copy.push(&self.client).await?;
        // The same changes once more, as after an answer that got lost: they are known by their hashes.
        if self.random.chance(20) {
            copy.push(&self.client).await?;
        }
        self.history.get().words.insert(word, Told::Kept);
        if self.random.chance(15) {
            publish(&self.client, &shared).await?;
        }
        Ok(())
    }
}

/// What waits in the register gets numbers, one call for up to three items, as long as the node answers.
pub(crate) async fn register(client: &Client, history: &Shared) -> Result<(), Problem> {
    let waiting = [v1::RegisterState::Unsettled, v1::RegisterState::ToRegister].map(i32::from).to_vec();
    let request = v1::ListRegisterRequest { states: waiting, page_size: 3, ..v1::ListRegisterRequest::default() };
    let found = client.call(client.register().list_register(request)).await?.items;
    if found.is_empty() {
        tokio::time::sleep(REGISTRAR_RESTS).await;
        return Ok(());
    }
    // At the first start the series is closed: the authority says where it begins.
    for closed in client.call(client.register().list_series(v1::ListSeriesRequest {})).await?.series {
        if closed.closed && closed.last == 0 {
            let begins = v1::ConfirmSeriesRequest { template: closed.template, ..v1::ConfirmSeriesRequest::default() };
            client.call(client.register().confirm_series(begins)).await?;
        }
    }
    let request = v1::DecideRegisterRequest {
        items: found.iter().map(|item| item.id).collect(),
        decision: Some(v1::decide_register_request::Decision::NextNumber(v1::NextNumber {})),
        ..v1::DecideRegisterRequest::default()
    };
    let done = client.call(client.register().decide_register(request)).await?.items;
    let mut history = history.get();
    for item in done {
        history.numbers.insert(item.id, format!("{}-{}", item.number, item.document_number));
    }
    Ok(())
}

/// Publishes a working copy as the node has it; true if there was anything to publish.
pub(crate) async fn publish(client: &Client, copy: &str) -> Result<bool, Problem> {
    let request = v1::PublishRequest { working_copy_id: copy.to_owned(), ..v1::PublishRequest::default() };
    let answer = client.call(client.replica().publish(request)).await?;
    assert!(answer.held_back.is_empty(), "held back: {answer:?}");
    Ok(!answer.nothing)
}
