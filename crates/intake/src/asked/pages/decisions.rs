//! The list of what may be asked, what was demanded beside it, what is above the ceiling: proposed, decided by another, told.

use std::collections::BTreeSet;

use axum::http::Uri;
use policy::Capability;
use store::{OrgId, Refusal};

use super::board::tabs;
use super::listing::{Line, Listing};
use crate::asked::see;
use crate::burden::{self, Demand, Item, NewItem};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec = ListSpec { sorts: &["first", "name"], default_sort: ("first", Direction::Desc), filters: &["state"], per: 50 };

fn layout(visit: &Visit, title: &str, trail: &[(&'static str, &'static str)]) -> Layout {
    let mut layout = visit.layout(title.to_owned()).crumb("报表", "/tables").crumb("基层减负", "/burden");
    for (label, href) in trail {
        layout = layout.crumb(*label, *href);
    }
    layout.crumb(title.to_owned(), "")
}

/// Offices whose list somebody reads: above him, or below.
fn offices_seen(visit: &Visit) -> BTreeSet<OrgId> {
    let pack = visit.pack();
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ViewTables);
    let mut offices = BTreeSet::new();
    for org in directory.all(&scope) {
        offices.extend(burden::lists_for(&pack, &directory, org).into_iter().map(|(_, _, office)| office));
        if pack.permitted_lists.values().any(|list| list.approved_at == org.level) {
            offices.insert(org.id);
        }
    }
    offices
}

fn item_state(item: &Item, visit: &Visit) -> (&'static str, Status) {
    match (item.decided_on, item.is_accepted) {
        (None, _) => ("asked", Status::new(Standing::Soon, "等批准").plain()),
        (Some(_), false) => ("rejected", Status::new(Standing::Missed, "没有列入").plain()),
        (Some(_), true) if item.holds(visit.today()) => ("listed", Status::new(Standing::Ok, "在清单里")),
        (Some(_), true) => ("ended", Status::new(Standing::Future, "移出了").plain()),
    }
}

/// `GET /burden/items`.
///
/// # Errors
/// When the database cannot be read.
pub async fn items(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SPEC, &uri);
    let offices = offices_seen(&visit);
    let all = burden::items(visit.app.store().reader(), "i.id > 0", Vec::new()).await?;
    let seen: Vec<&Item> = all.iter().filter(|item| offices.contains(&item.organisation)).collect();
    let states = [("listed", "在清单里"), ("asked", "等批准"), ("rejected", "没有列入"), ("ended", "移出了")];
    let count = |key: &str| seen.iter().filter(|item| item_state(item, &visit).0 == key).count() as u64;
    let mut chips = vec![query.chip("state", "", "全部", Some(seen.len() as u64))];
    chips.extend(states.iter().map(|(key, label)| query.chip("state", key, *label, Some(count(key)))));
    let lines = {
        let directory = visit.app.directory();
        let line = |item: &&Item| Line {
            href: format!("/burden/items/{}", item.id),
            title: item.name.clone(),
            note: item.basis.clone(),
            cells: vec![
                ("报请日期", item.proposed_on.to_string(), false),
                ("类别", item.kind.clone(), false),
                ("频次", item.frequency.clone(), false),
                ("要的单位", directory.name_of(item.office).to_owned(), false),
                ("批准的单位", directory.name_of(item.organisation).to_owned(), false),
            ],
            status: Some(item_state(item, &visit).1),
            sort: format!("{}{:012}", item.proposed_on, item.id),
        };
        seen.iter().filter(|item| query.filter("state").is_none_or(|state| item_state(item, &visit).0 == state)).map(line).collect()
    };
    let may_ask = visit.actor().may(Capability::AskTables);
    let listing = Listing {
        title: "准入清单",
        lead: "向社区要的工作事项、台账、证明、会议、考核评比，先批准列入清单，再下发；没有列入的，社区可以不办。".to_owned(),
        find: "找事项",
        what: "事项",
        counter: "项",
        acts: if may_ask { vec![Link::new("报请列入", "/burden/items/new")] } else { Vec::new() },
        tabs: tabs(&visit, "/burden/items"),
        chips,
        drops: Vec::new(),
        empty: ("清单里还没有事项", "没有列入清单的，不能向社区下发。"),
    };
    listing.show(&visit, layout(&visit, "准入清单", &[]), query, lines)
}

fn item_page(visit: &Visit, form: &Form) -> Result<ActionPage, Failure> {
    let pack = visit.pack();
    let (_, list) = pack.permitted_lists.iter().next().ok_or(Failure::NotFound)?;
    let values = |key: &str| pack.code_lists.get(key).map(|list| list.values.clone()).unwrap_or_default();
    let choices = |name: &str, key: &str| form.choices(name, values(key).iter().map(|value| (value.clone(), value.clone())));
    let lead = "写清楚要社区做什么、多久一次、哪个文件要求的；每个批准的单位各批各的。".to_owned();
    let page =
        ActionPage::new(layout(visit, "报请列入", &[("准入清单", "/burden/items")]), "报请列入清单", lead, Link::new("先不办", "/burden/items"))
            .with(Control::Input(form.field("name", "事项名称"), "text"))
            .with(Control::Select(form.field("kind", "类别"), choices("kind", &list.kinds)))
            .with(Control::Select(form.field("frequency", "频次"), choices("frequency", &list.frequencies)))
            .with(Control::Text(form.field("basis", "依据").hint("文件和条款；没有依据的不能列入")))
            .with(Control::Input(form.field("minutes", "每次大约多少分钟"), "number"));
    Ok(page)
}

/// `GET /burden/items/new`.
///
/// # Errors
/// [`Failure::NotFound`] where the pack has no list.
pub async fn new_item(visit: Visit) -> Answer {
    item_page(&visit, &Form::default())?.answer(&visit)
}

/// `POST /burden/items/new`.
///
/// # Errors
/// [`Failure::NotFound`] where the pack has no list.
pub async fn propose(visit: Visit, sent: Submitted) -> Answer {
    let list = visit.pack().permitted_lists.keys().next().cloned().ok_or(Failure::NotFound)?;
    let mut form = Form::new(sent);
    let new = NewItem {
        list,
        office: see::places_of(visit.actor(), Capability::AskTables).first().copied().unwrap_or_default(),
        name: form.required("name", "请写事项名称"),
        kind: form.required("kind", "请选类别"),
        frequency: form.required("frequency", "请选频次"),
        basis: form.required("basis", "请写依据：哪个文件的哪一条要求的"),
        minutes: form.whole("minutes").unwrap_or_default(),
    };
    if !form.is_right() {
        return item_page(&visit, &form)?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match burden::propose(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(ids) => Ok(visit.done(tx.commit().await?, "/burden/items", &format!("报给 {} 个单位批准了。", ids.len()))),
        Err(error) => {
            drop(tx);
            item_page(&visit, &form)?.refused(&visit, error)
        }
    }
}

async fn seen_item(visit: &Visit, id: i64) -> Result<Item, Failure> {
    let found = burden::items(visit.app.store().reader(), "i.id = $1", vec![id.into()]).await?.into_iter().next();
    found.filter(|item| offices_seen(visit).contains(&item.organisation)).ok_or(Failure::NotFound)
}

fn decide_item_page(visit: &Visit, item: &Item, form: &Form) -> ActionPage {
    let office = visit.app.directory().name_of(item.organisation).to_owned();
    let (state, status) = item_state(item, visit);
    let mut lead =
        format!("{}，{}，每次大约 {}。依据：{}。{office}：{}", item.kind, item.frequency, burden::time_words(item.minutes), item.basis, status.word);
    for said in [&item.answer, &item.end_reason].into_iter().filter(|said| !said.is_empty()) {
        lead.push_str(&format!("，{said}"));
    }
    let page =
        ActionPage::new(layout(visit, &item.name, &[("准入清单", "/burden/items")]), item.name.clone(), lead, Link::new("返回清单", "/burden/items"));
    let may = burden::may_approve(visit.actor(), item.organisation);
    match state {
        "asked" if may && item.proposed_by != visit.actor().person_id => {
            let choices = form.choices("decision", [("accept", "列入清单"), ("reject", "不列入")]);
            page.with(Control::Select(form.field("decision", "答复"), choices))
                .with(Control::Text(form.field("answer", "说明").optional().hint("不列入的要写为什么")))
                .button("答复")
        }
        "listed" if may => {
            page.with(Control::Text(form.field("reason", "为什么移出清单"))).button("移出清单").asking("移出以后不能再向社区下发这一项。")
        }
        _ => page.without_button(),
    }
}

/// `GET /burden/items/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn item(visit: Visit, Path(id): Path<i64>) -> Answer {
    let item = seen_item(&visit, id).await?;
    decide_item_page(&visit, &item, &Form::default()).answer(&visit)
}

/// `POST /burden/items/{id}`: takes it into the list or not; strikes it off.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn decide_item(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let item = seen_item(&visit, id).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    let done = if item.decided_on.is_some() {
        burden::end_item(&mut tx, visit.actor(), id, form.text("reason")).await.map(|()| "移出了清单。")
    } else if ["accept", "reject"].contains(&form.text("decision")) {
        burden::decide_item(&mut tx, visit.actor(), id, form.text("decision") == "accept", form.text("answer"))
            .await
            .map(|()| "答复了，报请的人看得到。")
    } else {
        Err(Refusal("请选答复。".to_owned()).into())
    };
    match done {
        Ok(said) => Ok(visit.done(tx.commit().await?, "/burden/items", said)),
        Err(error) => {
            drop(tx);
            decide_item_page(&visit, &item, &form).refused(&visit, error)
        }
    }
}

fn demand_status(demand: &Demand) -> Status {
    match demand.outcome.as_str() {
        "upheld" => Status::new(Standing::Ok, "可以不办"),
        "to_list" => Status::new(Standing::Late, "要先列入清单").plain(),
        _ => Status::new(Standing::Soon, "等答复").plain(),
    }
}

/// `GET /burden/demands`.
///
/// # Errors
/// When the database cannot be read.
pub async fn demands(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SPEC, &uri);
    let all = burden::demands(visit.app.store().reader(), "d.id > 0", Vec::new()).await?;
    let scope = visit.scope(Capability::ViewTables);
    let may_answer = visit.actor().may(Capability::ApproveBurden);
    let (seen, chips) = {
        let directory = visit.app.directory();
        let seen: Vec<&Demand> = all.iter().filter(|demand| directory.is_visible(&scope, demand.organisation)).collect();
        let count = |is_open: bool| seen.iter().filter(|demand| demand.decided_on.is_none() == is_open).count() as u64;
        let chips = vec![
            query.chip("state", "", "全部", Some(seen.len() as u64)),
            query.chip("state", "open", "等答复", Some(count(true))),
            query.chip("state", "done", "答复了", Some(count(false))),
        ];
        (seen, chips)
    };
    let lines = {
        let directory = visit.app.directory();
        let line = |demand: &&Demand| Line {
            href: if may_answer && demand.decided_on.is_none() { format!("/burden/demands/{}", demand.id) } else { String::new() },
            title: demand.what.clone(),
            note: demand.answer.clone(),
            cells: vec![
                ("日期", demand.demanded_on.to_string(), false),
                ("谁要的", demand.asker.clone(), false),
                ("向谁要", directory.name_of(demand.organisation).to_owned(), false),
            ],
            status: Some(demand_status(demand)),
            sort: format!("{}{:012}", demand.demanded_on, demand.id),
        };
        let is_wanted = |demand: &&&Demand| match query.filter("state") {
            Some("open") => demand.decided_on.is_none(),
            Some("done") => demand.decided_on.is_some(),
            _ => true,
        };
        seen.iter().filter(is_wanted).map(line).collect()
    };
    let may_note = visit.actor().may(Capability::AnswerTables);
    let listing = Listing {
        title: "清单外的要求",
        lead: "不在准入清单里的，社区可以不办，记在这里；由批准清单的单位答复。".to_owned(),
        find: "找要求",
        what: "要什么",
        counter: "件",
        acts: if may_note { vec![Link::new("记一件", "/burden/demands/new")] } else { Vec::new() },
        tabs: tabs(&visit, "/burden/demands"),
        chips,
        drops: Vec::new(),
        empty: ("没有清单外的要求", "有单位来要清单里没有的，记一件，可以不办。"),
    };
    listing.show(&visit, layout(&visit, "清单外的要求", &[]), query, lines)
}

fn demand_page(visit: &Visit, form: &Form) -> ActionPage {
    let places: Vec<Choice> = {
        let directory = visit.app.directory();
        let pack = visit.pack();
        let own = see::places_of(visit.actor(), Capability::AnswerTables);
        let under = own.into_iter().filter_map(|id| directory.org(id)).filter(|org| !burden::lists_for(&pack, &directory, org).is_empty());
        form.choices("organisation", under.map(|org| (org.id.to_string(), org.name.clone())))
            .into_iter()
            .filter(|choice| !choice.value.is_empty())
            .collect()
    };
    let lead = "写哪个单位要什么。清单里没有的，可以不办；批准清单的单位会答复。";
    let page = ActionPage::new(
        layout(visit, "记一件", &[("清单外的要求", "/burden/demands")]),
        "记清单外的要求",
        lead,
        Link::new("先不记", "/burden/demands"),
    );
    if places.is_empty() {
        return page.note("您任职的党组织没有准入清单，不用在这里记。").without_button();
    }
    page.with(Control::Select(form.field("organisation", "向哪个党组织要"), places))
        .with(Control::Input(form.field("asker", "谁要的"), "text"))
        .with(Control::Text(form.field("what", "要什么")))
        .with(Control::Input(form.field("on", "哪一天"), "date"))
}

/// `GET /burden/demands/new`.
///
/// # Errors
/// When the template fails.
pub async fn new_demand(visit: Visit) -> Answer {
    demand_page(&visit, &Form::prefilled([("on", visit.today().to_string())])).answer(&visit)
}

/// `POST /burden/demands/new`.
///
/// # Errors
/// When the database refuses.
pub async fn note_demand(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let organisation = form.text("organisation").parse().unwrap_or_default();
    let (asker, what) = (form.required("asker", "请写哪个单位要的"), form.required("what", "请写要什么"));
    let on = form.required_day("on");
    if !form.is_right() {
        return demand_page(&visit, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match burden::note_demand(&visit.app, &mut tx, visit.actor(), organisation, &asker, &what, on).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, "/burden/demands", "记下了，可以不办，等答复。")),
        Err(error) => {
            drop(tx);
            demand_page(&visit, &form).refused(&visit, error)
        }
    }
}

async fn open_demand(visit: &Visit, id: i64) -> Result<Demand, Failure> {
    let found = burden::demands(visit.app.store().reader(), "d.id = $1", vec![id.into()]).await?.into_iter().next();
    let scope = visit.scope(Capability::ApproveBurden);
    found.filter(|demand| demand.decided_on.is_none() && visit.app.directory().is_visible(&scope, demand.organisation)).ok_or(Failure::NotFound)
}

fn answer_page(visit: &Visit, demand: &Demand, form: &Form) -> ActionPage {
    let name = visit.app.directory().name_of(demand.organisation).to_owned();
    let lead = format!("{} 向{name}要：{}（{}）", demand.asker, demand.what, demand.demanded_on);
    let choices = form.choices("outcome", [("upheld", "不在清单里，可以不办"), ("to_list", "确有必要，请提出的单位先报请列入清单")]);
    ActionPage::new(layout(visit, "答复", &[("清单外的要求", "/burden/demands")]), "答复", lead, Link::new("先不办", "/burden/demands"))
        .with(Control::Select(form.field("outcome", "答复"), choices))
        .with(Control::Text(form.field("answer", "说明").optional()))
}

/// `GET /burden/demands/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach or answered.
pub async fn demand(visit: Visit, Path(id): Path<i64>) -> Answer {
    let demand = open_demand(&visit, id).await?;
    answer_page(&visit, &demand, &Form::default()).answer(&visit)
}

/// `POST /burden/demands/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach or answered.
pub async fn answer_demand(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let demand = open_demand(&visit, id).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    match burden::answer_demand(&visit.app, &mut tx, visit.actor(), id, form.text("outcome"), form.text("answer")).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/burden/demands", "答复了，社区看得到。")),
        Err(error) => {
            drop(tx);
            answer_page(&visit, &demand, &form).refused(&visit, error)
        }
    }
}

/// `GET /burden/approvals`.
///
/// # Errors
/// When the database cannot be read.
pub async fn approvals(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SPEC, &uri);
    let all = burden::approvals(visit.app.store().reader(), "a.id > 0", Vec::new()).await?;
    let scope = visit.scope(Capability::ApproveBurden).union(visit.scope(Capability::AskTables));
    let lines = {
        let directory = visit.app.directory();
        let line = |it: &burden::Approval| Line {
            href: format!("/burden/approvals/{}", it.id),
            title: it.title.clone(),
            note: it.reason.clone(),
            cells: vec![
                ("报请日期", it.asked_on.to_string(), false),
                ("报请的单位", directory.name_of(it.organisation).to_owned(), false),
                ("单位", it.n_units.to_string(), true),
                ("一共占用", burden::time_words(it.minutes), false),
                ("谁答复的", it.decider.clone(), false),
            ],
            status: Some(match (it.decided_on, it.is_granted) {
                (None, _) => Status::new(Standing::Soon, "等答复").plain(),
                (Some(_), true) => Status::new(Standing::Ok, "批准了"),
                (Some(_), false) => Status::new(Standing::Missed, "没有批准").plain(),
            }),
            sort: format!("{}{:012}", it.asked_on, it.id),
        };
        let seen = all.iter().filter(|it| directory.is_visible(&scope, it.organisation));
        seen.filter(|it| query.filter("state") != Some("open") || it.decided_on.is_none()).map(line).collect()
    };
    let listing = Listing {
        title: "超过上限的报批",
        lead: "一次下发要占用的时间超过上限的，由有权的人签名批准；批准了多少、谁批的，都留下来。".to_owned(),
        find: "找报批",
        what: "要下发的",
        counter: "件",
        acts: Vec::new(),
        tabs: tabs(&visit, "/burden/approvals"),
        chips: vec![query.chip("state", "", "全部", None), query.chip("state", "open", "等答复", None)],
        drops: Vec::new(),
        empty: ("没有报批", "没有超过上限的，不用报批。"),
    };
    listing.show(&visit, layout(&visit, "超过上限的报批", &[]), query, lines)
}

async fn seen_approval(visit: &Visit, id: i64) -> Result<burden::Approval, Failure> {
    burden::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)
}

fn approval_page(visit: &Visit, it: &burden::Approval, form: &Form) -> ActionPage {
    let office = visit.app.directory().name_of(it.organisation).to_owned();
    let mut lead = format!("{office}：涉及 {} 个单位，一共占用 {}。理由：{}", it.n_units, burden::time_words(it.minutes), it.reason);
    if let Some(day) = it.decided_on {
        lead.push_str(&format!("。{day} {}{}", it.decider, if it.is_granted { "批准了" } else { "没有批准" }));
    }
    if !it.answer.is_empty() {
        lead.push_str(&format!("：{}", it.answer));
    }
    let back = if visit.actor().may(Capability::AskTables) { Link::new("返回", "/burden/approvals") } else { Link::new("返回", "/") };
    let page = ActionPage::new(layout(visit, &it.title, &[]), it.title.clone(), lead, back);
    if burden::may_decide(&visit.app, visit.actor(), it) {
        let choices = form.choices("decision", [("grant", "批准"), ("deny", "不批准")]);
        return page
            .with(Control::Select(form.field("decision", "答复"), choices))
            .with(Control::Text(form.field("answer", "说明").optional().hint("不批准的要写为什么")))
            .button("答复");
    }
    page.without_button()
}

/// `GET /burden/approvals/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn approval(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = seen_approval(&visit, id).await?;
    approval_page(&visit, &it, &Form::default()).answer(&visit)
}

/// `POST /burden/approvals/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn decide(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let it = seen_approval(&visit, id).await?;
    let form = Form::new(sent);
    let address = format!("/burden/approvals/{id}");
    let mut tx = visit.begin().await?;
    let done = match form.text("decision") {
        "grant" | "deny" => burden::decide(&visit.app, &mut tx, visit.actor(), id, form.text("decision") == "grant", form.text("answer")).await,
        _ => Err(Refusal("请选答复。".to_owned()).into()),
    };
    match done {
        Ok(_) => Ok(visit.done(tx.commit().await?, &address, "答复了，报请的人看得到。")),
        Err(error) => {
            drop(tx);
            approval_page(&visit, &it, &form).refused(&visit, error)
        }
    }
}
