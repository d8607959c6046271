//! `/evaluations/{id}/consequences`: what follows from the filed result, one by one done or waived; `/evaluations/{id}/exports`: the
//! signed files in which it goes to whoever assesses leaders.

use askama::Template;
use office::sheet::{Column as Head_, ColumnKind, Table, Value};
use policy::ConsequenceKind;
use store::Refusal;

use super::result::unit_of;
use super::{Head, citation, not_found};
use crate::evaluation::access::{Opened, opened};
use crate::evaluation::consequence::{self, Answer as Given, Due, Standing as Stands, yuan};
use crate::evaluation::export::{self, Export};
use crate::evaluation::{KIND, briefs};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Citation, Standing, Status};
use crate::http::visit::{Answer, Visit};

const ROWS: ListSpec =
    ListSpec { sorts: &["due", "name", "unit", "rule"], default_sort: ("due", Direction::Asc), filters: &["rule", "state", "unit"], per: 50 };

struct DueLine {
    id: i64,
    rule: String,
    name: String,
    href: String,
    unit: String,
    star: Option<u8>,
    due_on: String,
    standing: Stands,
    status: Status,
    said: String,
    place: String,
}

#[derive(Template)]
#[template(path = "pages/evaluation_consequences.html")]
struct ConsequencesPage {
    layout: Layout,
    head: Head,
    sentence: String,
    query: ListQuery,
    states: Vec<Chip>,
    rules: Vec<Choice>,
    units: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<DueLine>,
    pager: Pager,
    /// This person answers for the result.
    may_answer: bool,
    sums: Vec<RuleSum>,
    problem: String,
    given: Given,
}

/// How far one kind of consequence has come.
struct RuleSum {
    name: String,
    n: usize,
    n_done: usize,
    n_waived: usize,
    money: String,
    href: String,
    /// Where it stands, unless an earlier one quotes the same words.
    citation: Option<Citation>,
}

/// `GET /evaluations/{id}/consequences`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    answer(&visit, &found, Given::default(), String::new()).await
}

async fn answer(visit: &Visit, found: &Opened, given: Given, problem: String) -> Answer {
    let reader = visit.app.store().reader();
    let pack = visit.app.policies_of(&found.evaluation.pack_version).await?;
    let all = consequence::all(reader, &pack, &found.evaluation).await?;
    let rows = briefs(reader, found.evaluation.id).await?;
    let directory = visit.app.directory();
    let base = found.base();
    let is_seen = |due: &Due| match due.organisation {
        None => found.sight.is_whole,
        Some(organisation) => {
            rows.iter().find(|row| row.org == organisation).is_some_and(|row| found.sight.sees(&directory, organisation, &row.field))
        }
    };
    let line = |due: &Due| {
        let row = due.organisation.and_then(|organisation| rows.iter().find(|row| row.org == organisation));
        let rule = pack.consequences.get(&due.rule);
        let unit = due.organisation.and_then(|id| unit_of(&directory, found.evaluation.organisation, id)).map_or_else(String::new, |unit| unit.1);
        let money = due.amount.map(|amount| format!("，{}", yuan(amount))).unwrap_or_default();
        let said = [due.number.clone() + &money, due.note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("；");
        let left = i64::from((due.due_on - visit.today()).get_days());
        DueLine {
            id: due.id,
            rule: rule.map_or_else(|| due.rule.clone(), |rule| rule.name.clone()),
            name: row.map_or_else(|| "整份结果".to_owned(), |row| row.name.clone()),
            href: row.map_or_else(|| base.clone(), |row| format!("{base}/organisations/{}", row.org)),
            unit,
            star: row.and_then(|row| row.star),
            due_on: due.due_on.to_string(),
            standing: due.standing,
            status: match due.standing {
                Stands::Open => Status::by_days_left(left, visit.pack().soon_days(visit.today())),
                Stands::Executed => Status::new(Standing::Ok, format!("{} 办", due.done_on.map(|day| day.to_string()).unwrap_or_default())),
                Stands::Waived => Status::new(Standing::Excused, "不办"),
            },
            said,
            place: due.href.clone(),
        }
    };
    let seen: Vec<&Due> = all.iter().filter(|due| is_seen(due)).collect();
    let query = ListQuery::parse(&ROWS, &format!("{base}/consequences"), Some(&visit.query));
    let sums = sums(&pack, &seen, &query);
    let mut lines: Vec<(String, DueLine)> = seen.iter().map(|due| (due.rule.clone(), line(due))).collect();
    let n_of = |state: Stands| lines.iter().filter(|(_, line)| line.standing == state).count() as u64;
    let states = Stands::ALL.map(|(word, state)| query.chip("state", word, state.words(), Some(n_of(state)))).to_vec();
    let sentence = if lines.is_empty() {
        "结果报备案、上级确认收到以后，按方案该办的在这里一件一件列出。".to_owned()
    } else {
        format!("{} 件：已办 {} 件，不办（有理由）{} 件，待办 {} 件。", lines.len(), n_of(Stands::Executed), n_of(Stands::Waived), n_of(Stands::Open))
    };
    let mut units: Vec<String> = lines.iter().map(|(_, line)| line.unit.clone()).filter(|unit| !unit.is_empty()).collect();
    units.sort_unstable();
    units.dedup();
    narrow(&mut lines, &query);
    let lines: Vec<DueLine> = lines.into_iter().map(|(_, line)| line).collect();
    drop(directory);
    if let Some(export) = query.export {
        return download::table(export, &format!("{}结果运用", found.evaluation.name), &table(&lines));
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let skipped = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let mut rules: Vec<(String, String)> = pack
        .consequences
        .iter()
        .filter(|(_, rule)| rule.scheme == found.evaluation.of_key)
        .map(|(key, rule)| (key.clone(), rule.name.clone()))
        .collect();
    rules.sort();
    let page = ConsequencesPage {
        head: found.head(visit, "/consequences"),
        layout: found.layout(visit, "结果运用").crumb("结果运用", ""),
        sentence,
        states,
        rules: query.choices("rule", "全部事项", rules),
        units: query.choices("unit", "全部单位", units.iter().map(|unit| (unit.clone(), unit.clone()))),
        columns: vec![
            query.column("党支部", "name", false),
            query.column("单位", "unit", false),
            Column::plain("星级"),
            query.column("事项", "rule", false),
            query.column("期限", "due", false),
            Column::plain("办理"),
        ],
        lines: lines.into_iter().skip(skipped).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "件"),
        may_answer: found.sight.is_organiser && found.work.case.closed_at.is_none(),
        sums,
        problem,
        given,
        query,
    };
    let mut response = visit.page(&page)?;
    if !page.problem.is_empty() {
        *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn narrow(lines: &mut Vec<(String, DueLine)>, query: &ListQuery) {
    let state = query.filter("state").and_then(|word| Stands::ALL.iter().find(|(key, _)| *key == word)).map(|(_, state)| *state);
    lines.retain(|(rule, line)| {
        (query.q.is_empty() || line.name.contains(&query.q) || line.said.contains(&query.q))
            && query.filter("rule").is_none_or(|wanted| rule == wanted)
            && query.filter("unit").is_none_or(|unit| line.unit == unit)
            && state.is_none_or(|state| line.standing == state)
    });
    match query.sort {
        "name" => lines.sort_by_cached_key(|(_, line)| crate::pinyin::key(&line.name)),
        "unit" => lines.sort_by_cached_key(|(_, line)| crate::pinyin::key(&line.unit)),
        "rule" => lines.sort_by(|a, b| a.0.cmp(&b.0)),
        // What is open comes first, the nearest deadline at the top.
        _ => lines.sort_by(|(_, a), (_, b)| (a.standing != Stands::Open, &a.due_on, &a.rule).cmp(&(b.standing != Stands::Open, &b.due_on, &b.rule))),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
}

fn sums(pack: &policy::Pack, seen: &[&Due], query: &ListQuery) -> Vec<RuleSum> {
    let mut quoted = Vec::new();
    let of_rule = |(key, rule): (&String, &policy::Consequence)| {
        let own: Vec<&&Due> = seen.iter().filter(|due| due.rule == *key).collect();
        let n_of = |state: Stands| own.iter().filter(|due| due.standing == state).count();
        let money: i64 = own.iter().filter_map(|due| due.amount).sum();
        (!own.is_empty()).then(|| RuleSum {
            name: rule.name.clone(),
            n: own.len(),
            n_done: n_of(Stands::Executed),
            n_waived: n_of(Stands::Waived),
            money: if rule.kind == ConsequenceKind::Award && money > 0 { format!("共 {}", yuan(money)) } else { String::new() },
            href: query.filter_link("rule", key),
            citation: {
                let is_new = !quoted.contains(&rule.cite);
                quoted.push(rule.cite.clone());
                is_new.then(|| citation(pack, &rule.cite, ""))
            },
        })
    };
    pack.consequences.iter().filter_map(of_rule).collect()
}

fn table(lines: &[DueLine]) -> Table {
    let text = |name: &str, width: f64| Head_::new(name, ColumnKind::Text).wide(width);
    let columns = vec![
        text("党支部", 28.0),
        text("单位", 16.0),
        text("星级", 8.0),
        text("事项", 30.0),
        text("期限", 12.0),
        text("状态", 12.0),
        text("办理情况", 40.0),
    ];
    let row = |line: &DueLine| {
        let star = line.star.map_or_else(String::new, |star| format!("{star} 星"));
        [line.name.as_str(), &line.unit, &star, &line.rule, &line.due_on, line.standing.words(), &line.said].map(Value::text).to_vec()
    };
    Table { name: "结果运用".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() }
}

/// `POST /evaluations/{id}/consequences`: several at once.
pub(super) async fn save(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let given = Given {
        is_waived: sent.text("answer") == "waive",
        number: sent.text("number").to_owned(),
        amount: sent.text("amount").to_owned(),
        note: sent.text("note").to_owned(),
    };
    let chosen: Vec<i64> = sent.all("id").iter().filter_map(|id| id.parse().ok()).collect();
    let mut tx = visit.begin().await?;
    match consequence::answer(&visit.app, &mut tx, visit.actor(), id, &chosen, &given).await {
        Ok(n) => {
            let word = if given.is_waived { "记为不办" } else { "记为已办" };
            Ok(visit.done(tx.commit().await?, &format!("{}/consequences", found.base()), &format!("{n} 件已{word}。")))
        }
        Err(error) => {
            drop(tx);
            let sentence = error.downcast::<Refusal>()?.0;
            answer(&visit, &found, given, sentence).await
        }
    }
}

struct ExportLine {
    version: i64,
    on: String,
    by: String,
    signature: String,
    href: String,
}

#[derive(Template)]
#[template(path = "pages/evaluation_exports.html")]
struct ExportsPage {
    layout: Layout,
    head: Head,
    rule: String,
    weight: String,
    citation: Option<Citation>,
    why_not: Option<String>,
    may_issue: bool,
    lines: Vec<ExportLine>,
    public_key: String,
}

/// Those who see the whole result see what went out of it.
async fn whole(visit: &Visit, id: i64) -> Result<Opened, Failure> {
    let found = opened(visit, id, KIND).await?;
    if found.sight.is_whole { Ok(found) } else { Err(Failure::NotFound) }
}

/// `GET /evaluations/{id}/exports`
pub(super) async fn exports(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = whole(&visit, id).await?;
    let pack = visit.app.policies_of(&found.evaluation.pack_version).await?;
    let rule = export::rule_of(&pack, &found.evaluation);
    let all = export::all(visit.app.store().reader(), id).await?;
    let base = found.base();
    let line = |export: &Export| ExportLine {
        version: export.version,
        on: export.issued_on.to_string(),
        by: export.issued_by.clone(),
        signature: super::shortened(&export.signature),
        href: format!("{base}/exports/{}", export.version),
    };
    let page = ExportsPage {
        head: found.head(&visit, "/exports"),
        layout: found.layout(&visit, "考核文件").crumb("考核文件", ""),
        rule: rule.map_or_else(String::new, |(_, rule)| rule.name.clone()),
        weight: rule.and_then(|(_, rule)| rule.weight).map_or_else(String::new, assessment::plain),
        citation: rule.map(|(_, rule)| citation(&pack, &rule.cite, "")),
        why_not: export::why_not(&found.evaluation, &found.work),
        may_issue: found.sight.is_organiser && rule.is_some(),
        lines: all.iter().map(line).collect(),
        public_key: store::public_key(&visit.app.store().keys)?,
    };
    visit.page(&page)
}

/// `POST /evaluations/{id}/exports`
pub(super) async fn issue(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = whole(&visit, id).await?;
    let back = format!("{}/exports", found.base());
    let mut tx = visit.begin().await?;
    match export::issue(&visit.app, &mut tx, visit.actor(), id).await {
        Ok(version) => Ok(visit.done(tx.commit().await?, &back, &format!("已导出第 {version} 版，可以下载送考核部门。"))),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}

/// `GET /evaluations/{id}/exports/{version}`
pub(super) async fn one(visit: Visit, Path((id, version)): Path<(i64, i64)>) -> Answer {
    let found = whole(&visit, id).await?;
    let all = export::all(visit.app.store().reader(), id).await?;
    let export = not_found(all.into_iter().find(|export| export.version == version))?;
    let name = format!("{}_第{version}版.json", found.evaluation.name);
    Ok(download::file(&name, "application/json", export.file()?))
}
