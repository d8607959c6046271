//! `/evaluations/targets`: how many branches of a county shall be 先进 and how few 后进, beside what the year came to.

use policy::Capability::ViewEvaluations;
use policy::{Pack, Tier};
use store::{OrgId, Refusal};

use crate::directory::OrgNode;
use crate::evaluation::tier_target::{self, TierTarget, YearResult, in_tier, issues_to, not_own, percent, proposed, tiers_with_goal};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::list::{Column, Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainList};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

/// Where the targets stand.
pub(in crate::evaluation) const PATH: &str = "/evaluations/targets";

/// By place, never by how far somebody got: this is no ranking.
const LINES: ListSpec = ListSpec { sorts: &["tree"], default_sort: ("tree", Direction::Asc), filters: &["year", "tier", "state"], per: 60 };

/// A unit, a year, a tier.
struct Line {
    unit: OrgId,
    name: String,
    year: i16,
    tier: String,
    tier_name: String,
    target: String,
    basis: String,
    actual: String,
    result: String,
    standing: Standing,
    word: String,
    state: &'static str,
    may_issue: bool,
}

/// `GET /evaluations/targets`
pub(super) async fn list(visit: Visit) -> Answer {
    let query = ListQuery::parse(&LINES, PATH, Some(&visit.query));
    let mut lines = lines(&visit).await?;
    let may_issue = lines.iter().any(|line| line.may_issue);
    let mut years: Vec<String> = lines.iter().map(|line| line.year.to_string()).collect();
    years.sort_unstable();
    years.dedup();
    let pack = visit.pack();
    lines.retain(|line| {
        line.name.contains(&query.q)
            && query.filter("year").is_none_or(|year| line.year.to_string() == year)
            && query.filter("tier").is_none_or(|tier| line.tier == tier)
            && query.filter("state").is_none_or(|state| line.state == state)
    });
    if let Some(export) = query.export {
        return download(export, &lines);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Line| {
        let target = if line.may_issue {
            Cell::Named(Link::new(line.target.clone(), format!("{PATH}/{}?year={}", line.unit, line.year)), line.basis.clone())
        } else {
            Cell::Noted(line.target.clone(), line.basis.clone())
        };
        vec![
            Cell::text(&line.name),
            Cell::text(format!("{} 年", line.year)),
            Cell::text(&line.tier_name),
            target,
            Cell::link(if line.actual.is_empty() { "还没有公布的结果" } else { &line.actual }, line.result.clone()),
            Cell::Status(Status::new(line.standing, line.word.clone())),
        ]
    };
    let tiers = tiers_with_goal(&pack);
    let page = PlainList {
        layout: visit.layout("先进后进目标").crumb("考核评星", "/evaluations").crumb("先进后进目标", ""),
        title: "先进后进目标".to_owned(),
        lead: if may_issue {
            "逐年、逐县下达；占比按当年最近一次公布的结果里评了类的党支部算。点目标可以下达或者改。".to_owned()
        } else {
            "由上级党委组织部门逐年下达；占比按当年最近一次公布的结果里评了类的党支部算。".to_owned()
        },
        acts: Vec::new(),
        has_main: false,
        warnings: Vec::new(),
        searched: "县（市、区）",
        chips: Vec::new(),
        drops: vec![
            ("year", "年度", query.choices("year", "全部", years.iter().map(|year| (year.as_str(), year.as_str())))),
            ("tier", "类别", query.choices("tier", "全部", tiers.iter().map(|(key, tier)| (key.as_str(), format!("{}支部", tier.name))))),
            (
                "state",
                "情况",
                query.choices("state", "全部", [("met", "达到"), ("short", "有差距"), ("waiting", "还没有结果"), ("none", "没有下达")]),
            ),
        ],
        columns: ["单位", "年度", "类别", "目标", "实际", "差距"].map(Column::plain).to_vec(),
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "条"),
        empty: ("没有可以看的目标".to_owned(), "目标下达到县（市、区），由它和它的上级查看。".to_owned()),
        query,
    };
    visit.page(&page)
}

async fn lines(visit: &Visit) -> anyhow::Result<Vec<Line>> {
    let reader = visit.app.store().reader();
    let pack = visit.pack();
    let issued = tier_target::in_force(reader).await?;
    let results = tier_target::results(reader).await?;
    let units: Vec<OrgNode> = tier_target::units(&visit.app.directory(), &pack, visit.actor()).into_iter().cloned().collect();
    let mut lines = Vec::new();
    for unit in &units {
        for year in years_of(&pack, &issued, unit.id) {
            for (key, tier) in tiers_with_goal(&pack).into_iter().filter(|(_, tier)| tier.goal.as_ref().is_some_and(|goal| goal.level == unit.level))
            {
                let target = issued.iter().find(|it| it.organisation == unit.id && it.year == year && it.tier == *key);
                let result = results.get(&(tier.scheme.clone(), unit.id, year));
                let may_issue = issues_to(visit.actor(), unit) && year >= visit.today().year();
                lines.push(line(unit, year, (key, tier), target, result, may_issue));
            }
        }
    }
    Ok(lines)
}

fn line(unit: &OrgNode, year: i16, (key, tier): (&String, &Tier), target: Option<&TierTarget>, result: Option<&YearResult>, may_issue: bool) -> Line {
    let reached = result.map(|result| in_tier(&result.counted, key));
    let (standing, word, state) = match (target, reached) {
        (None, _) => (Standing::Soon, "没有下达".to_owned(), "none"),
        (Some(target), reached) => match reached.and_then(|reached| target.gap(reached)) {
            None => (Standing::Running, "还没有结果".to_owned(), "waiting"),
            Some(gap) if gap <= 0 => (Standing::Ok, "达到".to_owned(), "met"),
            Some(gap) if target.is_ceiling => (Standing::Overdue, format!("多 {gap} 个"), "short"),
            Some(gap) => (Standing::Overdue, format!("差 {gap} 个"), "short"),
        },
    };
    let is_ceiling = tier.goal.as_ref().is_some_and(policy::TierGoal::is_ceiling);
    let proposal = || proposed(tier, year).map(|share| tier_target::words(is_ceiling, share));
    Line {
        unit: unit.id,
        name: unit.name.clone(),
        year,
        tier: key.clone(),
        tier_name: format!("{}支部", tier.name),
        target: target.map_or_else(|| "没有下达".to_owned(), TierTarget::words),
        basis: match target {
            Some(target) => format!("{}，{} 下达", target.basis, target.issued_on),
            None => proposal().map(|share| format!("参考值：{share}")).unwrap_or_default(),
        },
        actual: reached.map(tier_target::Reached::words).unwrap_or_default(),
        result: result.map(|result| format!("/evaluations/{}/tiers", result.evaluation)).unwrap_or_default(),
        standing,
        word,
        state,
        may_issue,
    }
}

/// Years that the pack proposes and those that were issued.
fn years_of(pack: &Pack, issued: &[TierTarget], unit: OrgId) -> Vec<i16> {
    let goals = pack.tiers.values().filter_map(|tier| tier.goal.as_ref()).flat_map(|goal| goal.years.iter().map(|goal| goal.year));
    let mut years: Vec<i16> = goals.chain(issued.iter().filter(|it| it.organisation == unit).map(|it| it.year)).collect();
    years.sort_unstable();
    years.dedup();
    years
}

fn download(export: Export, lines: &[Line]) -> Answer {
    use office::sheet::{Column as Head, ColumnKind, Table, Value};
    let columns = ["单位", "年度", "类别", "目标", "依据", "实际", "差距"].map(|name| Head::new(name, ColumnKind::Text).wide(20.0)).to_vec();
    let row = |line: &Line| {
        [&line.name, &line.year.to_string(), &line.tier_name, &line.target, &line.basis, &line.actual, &line.word].map(Value::text).to_vec()
    };
    let table = Table { name: "先进后进目标".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
    crate::http::download::table(export, "先进后进目标", &table)
}

/// The unit to whom the visitor may issue; a unit that he sees and may not: refused with the reason.
fn addressed(visit: &Visit, id: OrgId) -> Result<OrgNode, Failure> {
    let unit = visit.app.directory().visible(&visit.scope(ViewEvaluations), id).cloned().ok_or(Failure::NotFound)?;
    if issues_to(visit.actor(), &unit) { Ok(unit) } else { Err(Failure::Refused(not_own(&unit.name))) }
}

/// The years from this one on of which targets are issued.
fn years_ahead(visit: &Visit, unit: OrgId, issued: &[TierTarget]) -> Vec<i16> {
    years_of(&visit.pack(), issued, unit).into_iter().filter(|year| *year >= visit.today().year()).collect()
}

fn form_page(visit: &Visit, unit: &OrgNode, issued: &[TierTarget], form: &Form) -> ActionPage {
    let pack = visit.pack();
    let layout = visit.layout("下达目标").crumb("考核评星", "/evaluations").crumb("先进后进目标", PATH).crumb(unit.name.clone(), "");
    let years: Vec<String> = years_ahead(visit, unit.id, issued).iter().map(ToString::to_string).collect();
    let page = ActionPage::new(layout, "下达目标", format!("{}：当年先进、后进党支部各占多少", unit.name), Link::new("先不下达", PATH))
        .with(Control::Select(form.field("year", "年度"), form.choices("year", years.iter().map(|year| (year.clone(), format!("{year} 年"))))));
    tiers_with_goal(&pack)
        .into_iter()
        .fold(page, |page, (key, tier)| {
            let is_ceiling = tier.goal.as_ref().is_some_and(policy::TierGoal::is_ceiling);
            let label = format!("{}党支部{}（%）", tier.name, if is_ceiling { "不高于" } else { "不低于" });
            page.with(Control::Input(form.field(&field_of(key), &label).hint("占评了类的党支部的百分比；不填，这一类不改").optional(), "text"))
        })
        .with(Control::Input(form.field("basis", "依据").hint("文件名和文号，例如：关于下达分类晋级目标的通知（云组发〔2026〕18号）"), "text"))
        .note("下达以后，本单位和上级都能看到；再次下达，新的替换旧的，旧的留在操作记录里。")
        .note(
            tiers_with_goal(&pack)
                .into_iter()
                .filter_map(|(_, tier)| tier.goal.as_ref().map(|goal| format!("{}：{}", tier.name, goal.interpretation.text)))
                .collect::<Vec<_>>()
                .join("；"),
        )
}

fn field_of(tier: &str) -> String {
    format!("share.{tier}")
}

/// `GET /evaluations/targets/{id}`: filled in with what is in force, else with what the pack proposes.
pub(super) async fn show(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let unit = addressed(&visit, id)?;
    let issued = tier_target::in_force(visit.app.store().reader()).await?;
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "year").and_then(|(_, year)| year.parse::<i16>().ok());
    let year = asked.unwrap_or_else(|| visit.today().year());
    let pack = visit.pack();
    let mut fields = vec![("year".to_owned(), year.to_string())];
    for (key, tier) in tiers_with_goal(&pack) {
        let held = issued.iter().find(|it| it.organisation == id && it.year == year && it.tier == *key);
        let share = held.map(|it| it.share_hundredths).or_else(|| proposed(tier, year));
        fields.extend(share.map(|share| (field_of(key), percent(share))));
    }
    form_page(&visit, &unit, &issued, &Form::prefilled(fields)).answer(&visit)
}

/// `POST /evaluations/targets/{id}`
pub(super) async fn issue(visit: Visit, Path(id): Path<OrgId>, sent: Submitted) -> Answer {
    let unit = addressed(&visit, id)?;
    let mut form = Form::new(sent);
    let year = form.required("year", "请选年度").parse::<i16>().unwrap_or_default();
    let basis = form.required("basis", "请写下达的依据：文件名和文号");
    let pack = visit.pack();
    let mut shares = Vec::new();
    for (key, _) in tiers_with_goal(&pack) {
        let Some(typed) = form.filled(&field_of(key)) else { continue };
        match hundredths(&typed) {
            Some(share) => shares.push((key.clone(), share)),
            None => form.problem(&field_of(key), "请填 0 到 100 之间的数，最多两位小数，例如 35 或 4.5"),
        }
    }
    let issued = tier_target::in_force(visit.app.store().reader()).await?;
    if !form.is_right() {
        return form_page(&visit, &unit, &issued, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match tier_target::issue(&visit.app, &mut tx, visit.actor(), id, year, &shares, &basis).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, PATH, "已经下达，本单位收到了消息。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            form_page(&visit, &unit, &issued, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `35`, `4.5`, `4.5%` in hundredths of a percent.
fn hundredths(typed: &str) -> Option<i64> {
    // Longer than 100.00% it is no share.
    let typed = Some(typed.trim()).filter(|typed| typed.chars().count() <= 8)?;
    let share = policy::parse_ratio(typed.trim().trim_end_matches(['%', '％'])).ok()? * policy::Ratio::from_integer(100);
    (share.is_integer()).then(|| share.to_integer()).and_then(|share| i64::try_from(share).ok()).filter(|share| (0..=10_000).contains(share))
}
