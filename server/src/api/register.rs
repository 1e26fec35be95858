//! `Register`: each authority's register, for its registrars.

use super::{Api, owned, status};
use crate::{
    driver::now_ms,
    failure::Failure,
    register::{Case, Decision, Direction, Order, Proposal, State, calendar},
    store::{Device, ItemRow, RegisterFilter, Role},
    who::Who,
};
use samsyn_core::code::Code;
use samsyn_wire::v1::{self, decide_register_request::Decision as Asked, register_server::Register};
use std::collections::BTreeMap;
use tonic::{Request, Response, Status};

const PAGE: u32 = 100;
const PAGE_MAX: u32 = 500;
/// Characters of a text that is looked for.
const TEXT_MAX: usize = 200;

#[tonic::async_trait]
impl Register for Api {
    async fn list_register(
        &self,
        request: Request<v1::ListRegisterRequest>,
    ) -> Result<Response<v1::ListRegisterResponse>, Status> {
        let device = self.device(&request)?;
        self.register_list(&device, request.into_inner()).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn decide_register(
        &self,
        request: Request<v1::DecideRegisterRequest>,
    ) -> Result<Response<v1::DecideRegisterResponse>, Status> {
        let device = self.device(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        owned(async move { api.register_decide(&device, request).await }).await.map(Response::new)
    }

    async fn list_series(
        &self,
        request: Request<v1::ListSeriesRequest>,
    ) -> Result<Response<v1::ListSeriesResponse>, Status> {
        let device = self.device(&request)?;
        registrar(&device).map_err(|f| status(&f))?;
        let found = self.desk.all_series(Who::Device(&device)).await;
        let series = found.map_err(|f| status(&f))?.into_iter().map(|s| v1::NumberSeries {
            register: s.register,
            template: s.template,
            last: s.last,
            closed: s.closed,
        });
        Ok(Response::new(v1::ListSeriesResponse { series: series.collect() }))
    }

    async fn confirm_series(
        &self,
        request: Request<v1::ConfirmSeriesRequest>,
    ) -> Result<Response<v1::ConfirmSeriesResponse>, Status> {
        let device = self.device(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        let confirmed = owned(async move {
            let authority = api.authority(named(request.authority), &device).await?;
            api.desk.confirm_series(Who::Device(&device), &authority, &request.template, request.last).await
        });
        confirmed.await.map(|()| Response::new(v1::ConfirmSeriesResponse {}))
    }
}

impl Api {
    async fn register_list(
        &self,
        device: &Device,
        request: v1::ListRegisterRequest,
    ) -> Result<v1::ListRegisterResponse, Failure> {
        registrar(device)?;
        let authority = self.authority(named(request.authority.clone()), device).await?;
        let limit = u64::from(if request.page_size == 0 { PAGE } else { request.page_size.min(PAGE_MAX) });
        let offset = match request.page_token.as_str() {
            "" => 0,
            token => token.parse::<u64>().ok().filter(|n| i64::try_from(*n).is_ok()).ok_or_else(|| {
                Failure::new(Code::InputValue, "no such page", "begin at the first").field("page_token")
            })?,
        };
        if request.text.chars().count() > TEXT_MAX {
            let message = format!("a text to look for has at most {TEXT_MAX} characters");
            return Err(Failure::new(Code::InputTooLong, message, "shorten it").field("text"));
        }
        let filter = RegisterFilter {
            states: request.states().filter_map(state_of).collect(),
            direction: match request.direction() {
                v1::RegisterDirection::Unspecified => None,
                v1::RegisterDirection::Received => Some(Direction::Received),
                v1::RegisterDirection::Dispatched => Some(Direction::Dispatched),
            },
            text: named(request.text.trim().replace('\0', "")),
            limit: limit + 1,
            offset,
            ..RegisterFilter::default()
        };
        let (mut rows, counts) = self.desk.items(Who::Device(device), &authority, &filter).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let proposals = self.desk.proposals(&authority, &rows).await?;
        Ok(v1::ListRegisterResponse {
            items: rows.iter().map(|row| shown(row, &proposals)).collect(),
            counts: counts
                .into_iter()
                .map(|(state, count)| v1::RegisterCount { state: wire_state(state).into(), count })
                .collect(),
            next_page_token: if more { (offset + limit).to_string() } else { String::new() },
            next_number: self.desk.next_number(&authority).await?.unwrap_or_default(),
        })
    }

    async fn register_decide(
        &self,
        device: &Device,
        request: v1::DecideRegisterRequest,
    ) -> Result<v1::DecideRegisterResponse, Failure> {
        registrar(device)?;
        let authority = self.authority(named(request.authority), device).await?;
        let decision = match request.decision {
            Some(Asked::NextNumber(_)) => Decision::Register(Case::Next),
            Some(Asked::GivenNumber(given)) => Decision::Register(Case::Given {
                case: given.number,
                document: (given.document_number > 0).then_some(given.document_number),
                elsewhere: given.elsewhere,
            }),
            Some(Asked::Correct(_)) => Decision::Correct,
            Some(Asked::State(state)) => match v1::RegisterState::try_from(state).ok().and_then(state_of) {
                Some(State::ToRegister) => Decision::ToRegister,
                Some(State::InOrder) => Decision::InOrder,
                Some(State::Minor) => Decision::Minor,
                Some(State::Registered | State::Unsettled) | None => return Err(no_decision()),
            },
            None => return Err(no_decision()),
        };
        let order = Order {
            authority,
            items: request.items,
            decision,
            subject: request.subject,
            protected_subject: request.protected_subject,
            counterpart_protected: request.counterpart_protected,
            class: request.class,
            reason: request.reason,
        };
        let items = self.desk.decide(Who::Device(device), order).await?.into_iter().map(|done| v1::DecidedItem {
            id: done.position,
            state: wire_state(done.state).into(),
            document_number: done.number.as_ref().map_or(0, |n| n.document),
            number: done.number.map(|n| n.case).unwrap_or_default(),
        });
        Ok(v1::DecideRegisterResponse { items: items.collect() })
    }
}

/// A registrar of any authority.
pub(crate) fn registrar(device: &Device) -> Result<(), Failure> {
    if device.role == Role::Registrar {
        return Ok(());
    }
    let message = format!("the role '{}' keeps no register", device.role);
    let remedy = "ask for the role 'registrar' ('samsynd device add --role registrar')";
    Err(Failure::new(Code::RoleForbidden, message, remedy))
}

fn no_decision() -> Failure {
    let message = "no decision is said that can be made of an item";
    let remedy = "a number, a correction, or one of TO_REGISTER, IN_ORDER and MINOR";
    Failure::new(Code::InputValue, message, remedy).field("decision")
}

fn named(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn shown(row: &ItemRow, proposals: &BTreeMap<u64, Proposal>) -> v1::RegisterItem {
    let item = &row.item;
    let proposal = proposals.get(&item.position);
    let decision = row.statement.as_ref().map(|s| v1::RegisterDecision {
        at_ms: s.at_ms,
        count: s.nr,
        number: s.number.as_ref().map(|n| n.case.clone()).unwrap_or_default(),
        document_number: s.number.as_ref().map_or(0, |n| n.document),
        subject: s.words.subject.clone(),
        protected_subject: s.words.protected_subject.clone(),
        counterpart_protected: s.words.counterpart_protected,
        class: s.words.class.clone(),
        reason: s.words.reason.clone(),
    });
    v1::RegisterItem {
        id: item.position,
        authority: item.authority.to_string(),
        direction: match item.direction {
            Direction::Received => v1::RegisterDirection::Received,
            Direction::Dispatched => v1::RegisterDirection::Dispatched,
        }
        .into(),
        counterpart: item.counterpart.as_ref().map(ToString::to_string).unwrap_or_default(),
        document_id: item.document.to_string(),
        kind: item.kind.map_or(v1::DocumentKind::Unspecified, v1::DocumentKind::from).into(),
        purpose: item.purpose.map_or(v1::Purpose::Unspecified, v1::Purpose::from).into(),
        audience: item.audience.map_or(v1::Audience::Unspecified, v1::Audience::from).into(),
        version: item.tip.to_string(),
        at_ms: item.at_ms,
        released_ms: item.released_ms,
        state: wire_state(item.state).into(),
        overdue: item.state.waits() && calendar::overdue(item.at_ms, now_ms()),
        title: row.title.clone(),
        decision,
        proposed_number: proposal.map(|p| p.case.clone()).unwrap_or_default(),
        proposed_document_number: proposal.map_or(0, |p| p.document),
    }
}

fn wire_state(state: State) -> v1::RegisterState {
    match state {
        State::Unsettled => v1::RegisterState::Unsettled,
        State::ToRegister => v1::RegisterState::ToRegister,
        State::InOrder => v1::RegisterState::InOrder,
        State::Registered => v1::RegisterState::Registered,
        State::Minor => v1::RegisterState::Minor,
    }
}

fn state_of(state: v1::RegisterState) -> Option<State> {
    Some(match state {
        v1::RegisterState::Unspecified => return None,
        v1::RegisterState::Unsettled => State::Unsettled,
        v1::RegisterState::ToRegister => State::ToRegister,
        v1::RegisterState::InOrder => State::InOrder,
        v1::RegisterState::Registered => State::Registered,
        v1::RegisterState::Minor => State::Minor,
    })
}
