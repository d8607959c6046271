//! Handing items down: which items, to which units, and how the numbers are divided.

use crate::http::path::Path;
use askama::Template;
use axum::http::{StatusCode, Uri};
use jiff::civil::Date;
use store::{OrgId, Refusal};

use super::words::{owner_words, permitted_field};
use crate::burden;
use crate::directory::OrgNode;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, grouped};
use crate::http::visit::{Answer, Visit};
use crate::task::issue::{self, Issued, may_receive};
use crate::task::model::{Directive, Issuer, Item, ItemState, Part, PartsKind};
use crate::task::quantity::{divided, parse, printed};
use crate::task::{PROCEDURE, directives};

/// More units than this get one number for all; dividing is theirs who stand between.
const N_UNITS_MAX: usize = 60;

/// An item that may be handed down, or why not.
struct ItemRow {
    id: i64,
    n: i64,
    action: String,
    target: String,
    owner: String,
    due_on: String,
    /// Its deadline is over already.
    is_past: bool,
    /// What it lacks, or that it is not checked; empty: it may go.
    why_not: String,
    is_ticked: bool,
}

/// A level with its units.
struct LevelRow {
    key: String,
    name: String,
    n: usize,
    is_ticked: bool,
}

struct UnitRow {
    id: OrgId,
    name: String,
    is_ticked: bool,
}

#[derive(Template)]
#[template(path = "pages/task_issue.html")]
struct ChoosePage {
    layout: Layout,
    title: String,
    address: String,
    back: String,
    items: Vec<ItemRow>,
    n_ready: usize,
    levels: Vec<LevelRow>,
    units: Vec<UnitRow>,
    fields: Vec<Choice>,
    problems: Vec<String>,
}

/// An item with a number for each unit.
struct ShareRow {
    id: i64,
    n: i64,
    action: String,
    target: String,
    due_on: String,
    kinds: Vec<Choice>,
    /// Numbers by unit, in their order; empty: nothing to divide.
    numbers: Vec<(OrgId, String)>,
    wanted: String,
    comparator: &'static str,
    unit: String,
    permitted: Field,
    /// None: no unit stands under a list.
    permitted_choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "pages/task_issue_shares.html")]
struct SharesPage {
    layout: Layout,
    title: String,
    sentence: String,
    address: String,
    back: String,
    draft: String,
    problems: Vec<String>,
    units: Vec<UnitRow>,
    is_divided: bool,
    /// Items whose deadline is over already.
    n_past: usize,
    items: Vec<ShareRow>,
    /// What was chosen before, to be sent again.
    kept: Vec<(&'static str, String)>,
    cost: Vec<(&'static str, String)>,
    /// Why it has to be allowed; empty: it has not, or is.
    above: String,
    reason: Field,
}

/// What was chosen on the first page.
struct Chosen {
    items: Vec<i64>,
    levels: Vec<String>,
    units: Vec<OrgId>,
    field: String,
}

impl Chosen {
    fn read(sent: &Submitted) -> Self {
        Self {
            items: sent.all("item").iter().filter_map(|id| id.parse().ok()).collect(),
            levels: sent.all("level").to_vec(),
            units: sent.all("unit").iter().filter_map(|id| id.parse().ok()).collect(),
            field: sent.text("field").to_owned(),
        }
    }

    /// Units chosen one by one, and all of the chosen levels, in tree order.
    fn receivers(&self, visit: &Visit, issuer: &Issuer) -> Vec<OrgNode> {
        let directory = visit.app.directory();
        let is_of_field = |org: &OrgNode| self.field.is_empty() || org.field == self.field;
        let chosen = |org: &&OrgNode| self.units.contains(&org.id) || (self.levels.contains(&org.level) && is_of_field(org));
        directory.subtree(issuer.organisation).filter(|org| may_receive(issuer, org)).filter(chosen).cloned().collect()
    }

    fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept: Vec<(&'static str, String)> = self.items.iter().map(|id| ("item", id.to_string())).collect();
        kept.extend(self.levels.iter().map(|level| ("level", level.clone())));
        kept.extend(self.units.iter().map(|unit| ("unit", unit.to_string())));
        kept.push(("field", self.field.clone()));
        kept
    }

    fn query(&self) -> String {
        self.kept().into_iter().map(|(name, value)| format!("{name}={}", crate::http::list::encoded(&value))).collect::<Vec<_>>().join("&")
    }
}

/// `GET /tasks/directives/{id}/issue`: first what and to whom, then (`step=shares`) how much each.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let (directive, items) = own(&visit, id).await?;
    let sent = Submitted::parse(uri.query().unwrap_or_default());
    let chosen = Chosen::read(&sent);
    if sent.text("step") != "shares" {
        return visit.page(&choose_page(&visit, &directive, &items, &chosen, Vec::new()));
    }
    let problems = problems_of(&visit, &directive, &items, &chosen);
    if problems.is_empty() {
        visit.page(&shares_page(&visit, &directive, &items, &chosen, None, Vec::new()).await?)
    } else {
        visit.page(&choose_page(&visit, &directive, &items, &chosen, problems))
    }
}

async fn own(visit: &Visit, id: i64) -> Result<(Directive, Vec<Item>), Failure> {
    let reader = visit.app.store().reader();
    let directive = directives::find(reader, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let items = directives::items_of(reader, &directive).await?.into_iter().filter(|item| item.state.counts()).collect();
    Ok((directive, items))
}

fn why_not(item: &Item, today: Date) -> String {
    let missing = item.missing();
    match item.state {
        ItemState::Issued => "已经下发".to_owned(),
        _ if !missing.is_empty() => format!("缺{}", missing.join("、")),
        ItemState::Proposed => "还没有核对".to_owned(),
        _ => item.due_on.and_then(|due_on| issue::over_before_it_begins(due_on, today)).unwrap_or_default(),
    }
}

fn problems_of(visit: &Visit, directive: &Directive, items: &[Item], chosen: &Chosen) -> Vec<String> {
    let mut problems = Vec::new();
    if chosen.items.is_empty() {
        problems.push("请至少选一条要下发的任务。".to_owned());
    }
    for (item, n) in items.iter().zip(1..) {
        let why = why_not(item, visit.today());
        if chosen.items.contains(&item.id) && !why.is_empty() {
            problems.push(format!("第 {n} 条“{}”{why}。", item.action));
        }
    }
    if chosen.receivers(visit, &directive.issuer).is_empty() {
        problems.push("请至少选一个承办单位。".to_owned());
    }
    problems
}

fn choose_page(visit: &Visit, directive: &Directive, items: &[Item], chosen: &Chosen, problems: Vec<String>) -> ChoosePage {
    let pack = visit.pack();
    let directory = visit.app.directory();
    let below: Vec<&OrgNode> = directory.subtree(directive.issuer.organisation).filter(|org| may_receive(&directive.issuer, org)).collect();
    let mut levels: Vec<_> = pack.levels.iter().filter(|(key, _)| *key != "group").collect();
    levels.sort_by_key(|(_, level)| level.order);
    let levels: Vec<LevelRow> = levels
        .into_iter()
        .map(|(key, level)| LevelRow {
            key: key.clone(),
            name: level.name.clone(),
            n: below.iter().filter(|org| org.level == *key).count(),
            is_ticked: chosen.levels.contains(key),
        })
        .filter(|level| level.n > 0)
        .collect();
    let mut fields: Vec<_> = pack.fields.iter().filter(|(key, _)| below.iter().any(|org| org.field == **key)).collect();
    fields.sort_by_key(|(_, field)| field.order);
    let mut field_choices = vec![Choice { value: String::new(), label: "不分领域".to_owned(), selected: chosen.field.is_empty() }];
    field_choices.extend(fields.into_iter().map(|(key, field)| Choice {
        value: key.clone(),
        label: format!("只发给{}的", field.name),
        selected: chosen.field == *key,
    }));
    let rows: Vec<ItemRow> = items
        .iter()
        .zip(1..)
        .map(|(item, n)| {
            let why_not = why_not(item, visit.today());
            ItemRow {
                id: item.id,
                n,
                action: item.action.clone(),
                target: item.target_words(),
                owner: owner_words(&pack, item.owner_level.as_deref(), &item.owner),
                due_on: item.due_on.map(|day| day.to_string()).unwrap_or_default(),
                is_past: item.due_on.is_some_and(|day| day < visit.today()),
                is_ticked: why_not.is_empty() && (chosen.items.is_empty() || chosen.items.contains(&item.id)),
                why_not,
            }
        })
        .collect();
    let base = format!("/tasks/directives/{}", directive.id);
    ChoosePage {
        layout: layout(visit, directive, "下发任务"),
        title: directive.title.clone(),
        address: format!("{base}/issue"),
        back: base,
        n_ready: rows.iter().filter(|row| row.why_not.is_empty()).count(),
        items: rows,
        levels,
        units: directory
            .children(directive.issuer.organisation)
            .filter(|org| may_receive(&directive.issuer, org))
            .take(N_UNITS_MAX)
            .map(|org| UnitRow { id: org.id, name: org.name.clone(), is_ticked: chosen.units.contains(&org.id) })
            .collect(),
        fields: field_choices,
        problems,
    }
}

fn layout(visit: &Visit, directive: &Directive, name: &str) -> Layout {
    visit.layout(name).crumb("部署任务", "/tasks").crumb(directive.title.clone(), format!("/tasks/directives/{}", directive.id)).crumb(name, "")
}

fn usual_kind(item: &Item) -> PartsKind {
    match &item.target {
        Some(target)
            if !target.usually_holds_for_each()
                && !["每个", "每村", "每县", "各县", "各乡镇", "每名", "至少1"].iter().any(|word| item.span.contains(word)) =>
        {
            PartsKind::Divide
        }
        _ => PartsKind::Each,
    }
}

async fn shares_page(
    visit: &Visit,
    directive: &Directive,
    items: &[Item],
    chosen: &Chosen,
    sent: Option<&Submitted>,
    problems: Vec<String>,
) -> anyhow::Result<SharesPage> {
    let receivers = chosen.receivers(visit, &directive.issuer);
    let is_divided = receivers.len() <= N_UNITS_MAX;
    let weights: Vec<u64> = receivers.iter().map(|org| u64::from(org.n_branches_below.max(1))).collect();
    let mut rows = items
        .iter()
        .zip(1..)
        .filter(|(item, _)| chosen.items.contains(&item.id))
        .map(|(item, n)| share_row(item, n, &receivers, &weights, is_divided, sent))
        .collect::<Vec<_>>();
    let reader = visit.app.store().reader();
    let ids: Vec<OrgId> = receivers.iter().map(|org| org.id).collect();
    let offered = burden::permitted_choices(reader, &visit.app, &ids, "", visit.today()).await?;
    for row in &mut rows {
        let name = format!("permitted-{}", row.id);
        let chosen = sent.map_or("", |sent| sent.text(&name));
        row.permitted = permitted_field(&name, chosen);
        row.permitted_choices = offered.iter().map(|choice| Choice { selected: choice.value == chosen, ..choice.clone() }).collect();
    }
    let base = format!("/tasks/directives/{}", directive.id);
    let n_items = items.iter().filter(|item| chosen.items.contains(&item.id)).count() as u64;
    let each: Vec<(OrgId, u64)> = receivers.iter().map(|org| (org.id, n_items)).collect();
    let cost = burden::cost(reader, &visit.pack(), visit.today(), burden::TASK, &each).await?;
    let is_granted = burden::is_granted(reader, PROCEDURE, directive.id, &cost).await?;
    Ok(SharesPage {
        cost: cost.lines(),
        above: if is_granted { String::new() } else { cost.why() },
        reason: Field::new("reason", "非发不可的理由", sent.map_or("", |sent| sent.text("reason"))),
        layout: layout(visit, directive, "核对数量"),
        title: directive.title.clone(),
        sentence: format!(
            "{} 条任务，下发到 {} 个单位，共 {} 件",
            rows.len(),
            grouped(receivers.len() as u64),
            grouped((rows.len() * receivers.len()) as u64)
        ),
        address: format!("{base}/issue"),
        back: format!("{base}/issue?{}", chosen.query()),
        draft: format!("task-issue-{}", directive.id),
        problems,
        n_past: items.iter().filter(|item| chosen.items.contains(&item.id) && item.due_on.is_some_and(|day| day < visit.today())).count(),
        units: if is_divided {
            receivers.iter().map(|org| UnitRow { id: org.id, name: org.name.clone(), is_ticked: true }).collect()
        } else {
            Vec::new()
        },
        is_divided,
        items: rows,
        kept: chosen.kept(),
    })
}

fn share_row(item: &Item, n: i64, receivers: &[OrgNode], weights: &[u64], is_divided: bool, sent: Option<&Submitted>) -> ShareRow {
    let target = item.target.clone().filter(|target| target.milli.is_some());
    let kind = sent
        .and_then(|sent| PartsKind::read(sent.text(&format!("kind-{}", item.id))))
        .unwrap_or_else(|| if is_divided { usual_kind(item) } else { PartsKind::Each });
    let wanted = target.as_ref().and_then(|target| target.milli).unwrap_or_default();
    let shares = divided(wanted, weights);
    let numbers = match &target {
        Some(_) if is_divided => receivers
            .iter()
            .zip(shares)
            .map(|(org, share)| {
                let suggested = printed(if kind == PartsKind::Divide { share } else { wanted });
                (org.id, sent.map_or(suggested, |sent| sent.text(&format!("q-{}-{}", item.id, org.id)).to_owned()))
            })
            .collect(),
        _ => Vec::new(),
    };
    let may_divide = is_divided && target.as_ref().is_some_and(|target| !target.is_share());
    let mut kinds = Vec::new();
    if may_divide {
        kinds.push(Choice { value: "divide".to_owned(), label: "合计，分给各单位".to_owned(), selected: kind == PartsKind::Divide });
    }
    kinds.push(Choice { value: "each".to_owned(), label: "每个单位都要达到".to_owned(), selected: kind == PartsKind::Each });
    ShareRow {
        id: item.id,
        n,
        action: item.action.clone(),
        target: item.target_words(),
        due_on: item.due_on.map(|day| day.to_string()).unwrap_or_default(),
        kinds,
        numbers,
        wanted: target.as_ref().map(|target| target.number()).unwrap_or_default(),
        comparator: target.as_ref().map_or("", |target| match target.comparator {
            directive::Comparator::AtLeast => ">=",
            directive::Comparator::AtMost => "<=",
            directive::Comparator::Equal => "=",
        }),
        unit: target.map(|target| target.unit).unwrap_or_default(),
        permitted: permitted_field("", ""),
        permitted_choices: Vec::new(),
    }
}

/// `POST /tasks/directives/{id}/issue`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn issue(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (directive, items) = own(&visit, id).await?;
    let chosen = Chosen::read(&sent);
    let problems = problems_of(&visit, &directive, &items, &chosen);
    if !problems.is_empty() {
        return unprocessable(visit.page(&choose_page(&visit, &directive, &items, &chosen, problems))?);
    }
    let receivers = chosen.receivers(&visit, &directive.issuer);
    let mut problems = Vec::new();
    let issued: Vec<Issued> =
        items.iter().filter(|item| chosen.items.contains(&item.id)).map(|item| issued(item, &receivers, &sent, &mut problems)).collect();
    if !problems.is_empty() {
        return unprocessable(visit.page(&shares_page(&visit, &directive, &items, &chosen, Some(&sent), problems).await?)?);
    }
    let mut tx = visit.begin().await?;
    let base = format!("/tasks/directives/{id}");
    if let Some(before) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&before, "已经下发过了。"));
    }
    let (n_items, n_units) = (issued.len(), receivers.len());
    let done = if sent.text("then") == "approval" {
        let asked = issue::ask_approval(&visit.app, &mut tx, visit.actor(), id, &issued, sent.text("reason")).await;
        asked.map(|_| "已经报请批准，答复以后再来下发。".to_owned())
    } else {
        let done = issue::issue(&visit.app, &mut tx, visit.actor(), id, issued).await;
        done.map(|_| format!("{n_items} 条任务已下发到 {n_units} 个单位，等他们签收。"))
    };
    match done {
        Ok(said) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &base, &said))
        }
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            let problems = refusal.0.split('；').map(str::to_owned).collect();
            unprocessable(visit.page(&shares_page(&visit, &directive, &items, &chosen, Some(&sent), problems).await?)?)
        }
    }
}

fn unprocessable(mut response: axum::response::Response) -> Answer {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn issued(item: &Item, receivers: &[OrgNode], sent: &Submitted, problems: &mut Vec<String>) -> Issued {
    let kind = PartsKind::read(sent.text(&format!("kind-{}", item.id))).unwrap_or(PartsKind::Each);
    let parts = receivers
        .iter()
        .map(|org| {
            let typed = sent.filled(&format!("q-{}-{}", item.id, org.id));
            let quantity_milli = typed.and_then(parse);
            if let Some(number) = typed.filter(|_| quantity_milli.is_none()) {
                problems.push(format!("“{}”给{}的数量“{number}”请写成数字。", item.action, org.name));
            }
            Part {
                organisation: org.id,
                quantity_milli,
                due_on: item.due_on.unwrap_or_default(),
                owner: item.owner.clone(),
                owner_level: item.owner_level.clone(),
            }
        })
        .collect();
    Issued { item_id: item.id, kind, parts, permitted: sent.text(&format!("permitted-{}", item.id)).to_owned() }
}
