//! A check on a phone: opened on site, item by item, handed in once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use policy::CheckItem;
use store::Refusal;

use super::{layout, sight};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::inspection::check::{Said, Wrong, checked, figure_of, items_of};
use crate::inspection::model::{Finding, Target, Verdict};
use crate::inspection::see::Sight;
use crate::inspection::teams::kind_of;
use crate::inspection::{self, rows};
use crate::problem;

/// Rows for what is found beside the list.
const N_BESIDE: usize = 2;

struct ItemView {
    key: String,
    n: usize,
    name: String,
    how: String,
    /// What the product says.
    figure: &'static str,
    verdicts: Vec<Choice>,
    note: String,
    owner: String,
    due_on: String,
    /// Of what is found beside the list.
    types: Vec<Choice>,
    wrong: Vec<String>,
}

struct ResultView {
    name: String,
    status: Status,
    note: String,
    figure: &'static str,
    owner: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/inspection_check.html")]
struct CheckPage {
    layout: Layout,
    title: String,
    lead: String,
    base: String,
    inspection: Link,
    draft: String,
    /// The team may open it now.
    may_open: bool,
    items: Vec<ItemView>,
    beside: Vec<ItemView>,
    results: Vec<ResultView>,
    problems: Vec<String>,
    is_done: bool,
    /// Findings are kept back until the report.
    is_waiting: bool,
    is_answered: bool,
    /// The records of the branch in one file.
    records: Option<String>,
}

fn target(sight: &Sight, unit: i64) -> Result<Target, Failure> {
    sight.targets.iter().find(|target| target.id == unit).cloned().ok_or(Failure::NotFound)
}

/// `GET /inspections/{id}/units/{unit}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach or hidden.
pub async fn show(visit: Visit, Path((id, unit)): Path<(i64, i64)>) -> Answer {
    let sight = sight(&visit, id).await?;
    let target = target(&sight, unit)?;
    let page = page(&visit, &sight, &target, None, &[]).await?;
    visit.page(&page)
}

async fn page(visit: &Visit, sight: &Sight, target: &Target, said: Option<(&Submitted, &[Wrong])>, problems: &[String]) -> anyhow::Result<CheckPage> {
    let it = &sight.inspection;
    let (name, field, owner, above) = {
        let directory = visit.app.directory();
        let org = directory.org(target.organisation);
        let owner = org.and_then(|org| org.secretary.clone()).map(|name| format!("书记 {name}")).unwrap_or_default();
        (
            directory.name_of(target.organisation).to_owned(),
            org.map(|org| org.field.clone()).unwrap_or_default(),
            owner,
            directory.above(target.organisation),
        )
    };
    let is_at_work = sight.inspects(target) && target.handed_in_on.is_none() && it.report_on.is_none();
    let findings = if sight.sees_findings(target) {
        rows::findings(visit.app.store().reader(), "r.target_id = $1", vec![target.id.into()]).await?
    } else {
        Vec::new()
    };
    let (mut items, mut beside) = (Vec::new(), Vec::new());
    if is_at_work && target.opened_on.is_some() {
        let pack = visit.app.policies_of(&it.pack_version).await?;
        let kind = kind_of(&visit.app, it).await?;
        let due_on = visit.today().checked_add(jiff::Span::new().days(i64::from(kind.problem_days))).unwrap_or(visit.today());
        let list = items_of(&pack, &kind.checklists, &field);
        let wrong = said.map(|(_, wrong)| wrong).unwrap_or_default();
        let form = Sheet { sent: said.map(|(sent, _)| sent), owner, due_on: due_on.to_string(), types: problem::types(&pack), wrong };
        for (n, item) in list.iter().enumerate() {
            let figure = figure_of(&visit.app, &pack, item, target.organisation, visit.today()).await?;
            items.push(ItemView { figure: if item.indicator.is_some() { figure.words() } else { "" }, ..form.item(n, item) });
        }
        beside = (0..N_BESIDE).map(|n| form.beside(n, list.len())).collect();
    }
    Ok(CheckPage {
        layout: layout(visit, sight).crumb(name.clone(), ""),
        title: name,
        lead: format!("{above}　{} 至 {}", it.from, it.until),
        base: target.address(),
        inspection: Link::new(it.title.clone(), it.address()),
        draft: format!("inspection-{}", target.id),
        may_open: is_at_work && target.opened_on.is_none() && target.is_in(),
        items,
        beside,
        results: findings.iter().map(result).collect(),
        problems: problems.to_vec(),
        is_done: target.handed_in_on.is_some(),
        is_waiting: target.handed_in_on.is_some() && !sight.sees_findings(target),
        is_answered: said.is_some(),
        records: (sight.inspects(target) || sight.is_office).then(|| format!("/records/{}", target.organisation)),
    })
}

fn result(it: &Finding) -> ResultView {
    let standing = match it.verdict {
        Verdict::Met => Standing::Ok,
        Verdict::NotMet => Standing::Missed,
        Verdict::NotApplicable => Standing::Excused,
    };
    ResultView {
        name: it.name.clone(),
        status: Status::new(standing, it.verdict.words()),
        note: it.note.clone(),
        figure: if it.is_mismatch() { it.figure.words() } else { "" },
        owner: match it.due_on {
            Some(day) => format!("{}，{day} 前整改", it.owner),
            None => String::new(),
        },
        problem: it.problem.map(|id| format!("/problems/{id}")),
    }
}

/// What stands in the form: what was sent, else what is proposed.
struct Sheet<'a> {
    sent: Option<&'a Submitted>,
    owner: String,
    due_on: String,
    types: &'a [String],
    wrong: &'a [Wrong],
}

impl Sheet<'_> {
    fn text(&self, key: &str, name: &str, otherwise: &str) -> String {
        self.sent.map_or_else(|| otherwise.to_owned(), |sent| sent.text(&format!("{key}.{name}")).to_owned())
    }

    fn item(&self, n: usize, item: &CheckItem) -> ItemView {
        self.row(n, &item.key, &item.name, item.how.clone().unwrap_or_default())
    }

    fn row(&self, n: usize, key: &str, name: &str, how: String) -> ItemView {
        let now = self.text(key, "verdict", "");
        let verdict = |(value, label, _): (&str, &str, Verdict)| Choice { value: value.to_owned(), label: label.to_owned(), selected: now == value };
        ItemView {
            key: key.to_owned(),
            n: n + 1,
            name: name.to_owned(),
            how,
            figure: "",
            verdicts: Verdict::ALL.into_iter().map(verdict).collect(),
            note: self.text(key, "note", ""),
            owner: self.text(key, "owner", &self.owner),
            due_on: self.text(key, "due_on", &self.due_on),
            types: Vec::new(),
            wrong: self.wrong.iter().filter(|it| it.at == n).map(|it| it.message.clone()).collect(),
        }
    }

    fn beside(&self, n: usize, n_items: usize) -> ItemView {
        let key = beside_key(n);
        let now = self.text(&key, "type", "");
        let kind = |value: &String| Choice { value: value.clone(), label: value.clone(), selected: *value == now };
        let first = Choice { value: String::new(), label: "请选择".to_owned(), selected: now.is_empty() };
        ItemView {
            types: std::iter::once(first).chain(self.types.iter().map(kind)).collect(),
            ..self.row(n_items + n, &key, "检查单以外发现的问题", String::new())
        }
    }
}

fn beside_key(n: usize) -> String {
    format!("beside_{n}")
}

/// What a form says, item by item; of what is beside the list only what was written.
fn read(items: &[&CheckItem], sent: &Submitted) -> Vec<Said> {
    let of = |key: &str| Said {
        item: key.to_owned(),
        verdict: sent.text(&format!("{key}.verdict")).to_owned(),
        note: sent.text(&format!("{key}.note")).to_owned(),
        owner: sent.text(&format!("{key}.owner")).to_owned(),
        due_on: sent.text(&format!("{key}.due_on")).to_owned(),
        problem_type: sent.text(&format!("{key}.type")).to_owned(),
    };
    let beside = (0..N_BESIDE).map(|n| of(&beside_key(n))).filter(|it| !it.note.is_empty());
    let beside = beside.map(|it| Said { item: String::new(), verdict: Verdict::NotMet.key().to_owned(), ..it });
    items.iter().map(|item| of(&item.key)).chain(beside).collect()
}

/// `POST /inspections/{id}/units/{unit}/open`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach or hidden.
pub async fn open(visit: Visit, Path((id, unit)): Path<(i64, i64)>) -> Answer {
    let sight = sight(&visit, id).await?;
    let base = target(&sight, unit)?.address();
    let mut tx = visit.begin().await?;
    let done = inspection::open_check(&visit.app, &mut tx, visit.actor(), id, unit).await;
    match visit.or_back(&base, done)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, &base, "检查已经打开。没有网络也可以接着填，内容暂存在本机，联网后提交。")),
        Err(refused) => Ok(refused),
    }
}

/// `POST /inspections/{id}/units/{unit}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach or hidden.
pub async fn hand_in(visit: Visit, Path((id, unit)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let sight = sight(&visit, id).await?;
    let target = target(&sight, unit)?;
    let base = target.address();
    let pack = visit.app.policies_of(&sight.inspection.pack_version).await?;
    let kind = kind_of(&visit.app, &sight.inspection).await?;
    let field = visit.app.directory().org(target.organisation).map(|org| org.field.clone()).unwrap_or_default();
    let items = items_of(&pack, &kind.checklists, &field);
    let said = read(&items, &sent);
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&before, "这次检查已经提交过了，没有重复记录。"));
    }
    match inspection::hand_in(&visit.app, &mut tx, visit.actor(), id, unit, &said).await {
        Ok(()) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &base, "检查已经提交，查出的问题都有了责任人和时限。"))
        }
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            let wrong = checked(&items, &said, problem::types(&pack), visit.today()).err().unwrap_or_default();
            // What is wrong with an item stands at the item.
            let above = if wrong.is_empty() { vec![refusal.0] } else { vec!["还有没有写全的，请看下面标出的各项。".to_owned()] };
            let page = page(&visit, &sight, &target, Some((&sent, &wrong)), &above).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)?).into_response())
        }
    }
}
