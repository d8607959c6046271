//! 年度计划: the pack's lines for the office's level and year beside what is filed.

use std::collections::{BTreeSet, HashMap};

use crate::http::path::Path;
use askama::Template;
use jiff::civil::Date;
use policy::{Capability, Pack, Per, Period, PlanLine, PlanLineKind};
use store::{OrgId, Refusal};

use super::citation;
use crate::evaluation::{self, KIND, OpenedRound, PlanEntry, StoredEvaluation, cycle, ranking};
use crate::http::layout::Layout;
use crate::http::list::{Export, ListQuery, ListSpec};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Citation, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const LINES: ListSpec =
    ListSpec { sorts: &["opens"], default_sort: ("opens", crate::http::list::Direction::Asc), filters: &["year", "kind", "state"], per: 50 };

#[derive(Template)]
#[template(path = "pages/plan.html")]
struct PlanPage {
    layout: Layout,
    query: ListQuery,
    sentence: String,
    years: Vec<Chip>,
    kinds: Vec<Chip>,
    states: Vec<Chip>,
    offices: Vec<Office>,
    /// 年初、年中、年末 and the next year's draft.
    cycle: Vec<CyclePart>,
}

/// One point of the year's cycle.
struct CyclePart {
    name: &'static str,
    status: Status,
    said: Vec<String>,
    /// Weights that were changed after the lock without approval.
    problems: Vec<String>,
    link: Option<Link>,
}

/// One office whose plan the visitor keeps.
struct Office {
    name: String,
    lines: Vec<LineView>,
}

struct LineView {
    key: String,
    office: OrgId,
    name: String,
    kind: &'static str,
    period: String,
    year: i16,
    opens_on: String,
    owner: String,
    standing: Status,
    state: &'static str,
    citation: Citation,
    /// The line above quotes the same words.
    repeats: bool,
    /// Its values are invented: 示例方案.
    is_example: bool,
    /// What must be known before it is opened: fields without a standard.
    warning: String,
    /// 依据、批准、文号.
    filed: Option<FiledView>,
    used: Option<Link>,
    /// From when it may be opened, if that is still to come.
    not_before: String,
    /// The verb on the button, when it may be opened now on this page.
    open: Option<&'static str>,
    elsewhere: Option<Link>,
}

struct FiledView {
    id: i64,
    basis: String,
    approver: String,
    number: String,
    on: String,
}

/// `GET /plan`
pub(super) async fn show(visit: Visit) -> Answer {
    let query = ListQuery::parse(&LINES, "/plan", Some(&visit.query));
    let pack = visit.pack();
    let year: i16 = query.filter("year").and_then(|text| text.parse().ok()).unwrap_or_else(|| visit.today().year());
    let offices: Vec<OrgId> = visit.actor().grants_with(Capability::ManagePlan).filter_map(|grant| grant.set.root).collect();
    let filed = evaluation::plan_entries(visit.app.store().reader(), &offices, year).await?;
    let mut used = evaluation::all_of_kind(visit.app.store().reader(), KIND).await?;
    used.extend(evaluation::all_of_kind(visit.app.store().reader(), ranking::KIND).await?);
    let mut rounds: HashMap<(OrgId, String), OpenedRound> = HashMap::new();
    for office in &offices {
        for (key, line) in pack.plan_lines.iter().filter(|(_, line)| line.kind == PlanLineKind::WeakList && line.period.year == year) {
            if let Some(round) = evaluation::round_of(visit.app.store().reader(), *office, &line.of, line.period).await? {
                rounds.insert((*office, key.clone()), round);
            }
        }
    }
    let mut inspections: HashMap<i64, Vec<(i64, bool)>> = HashMap::new();
    for entry in filed.iter().filter(|entry| entry.kind == PlanLineKind::Inspection) {
        inspections.insert(entry.id, evaluation::inspections_on(visit.app.store().reader(), entry.id).await?);
    }
    let mut appraisals: HashMap<i64, Vec<(i64, bool)>> = HashMap::new();
    for entry in filed.iter().filter(|entry| entry.kind == PlanLineKind::Appraisal) {
        let sessions = crate::appraisal::sessions_on(visit.app.store().reader(), entry.id).await?;
        appraisals.insert(entry.id, sessions.iter().map(|it| (it.id, it.closed_on.is_some())).collect());
    }
    let mut views = Vec::new();
    {
        let directory = visit.app.directory();
        for office in offices.iter().filter_map(|id| directory.org(*id)) {
            let lines = evaluation::lines_of(&pack, &office.level, year);
            let lines = lines.iter().map(|(key, line)| {
                let entry = filed.iter().find(|entry| entry.organisation == office.id && entry.pack_key == *key);
                let result = entry.and_then(|entry| used.iter().find(|e| e.plan_entry == entry.id));
                let round = rounds.get(&(office.id, key.clone()));
                let opened = entry.and_then(|entry| Used::of_inspections(line, inspections.get(&entry.id)?));
                let opened = opened.or_else(|| Used::of_appraisals(line.period.year, appraisals.get(&entry?.id)?));
                let used = result.map(Used::of_result).or_else(|| round.map(|round| Used::of_round(&pack, line, round))).or(opened);
                let below = directory.subtree(office.id).map(|org| (org.kind.as_str(), org.field.as_str()));
                let warning = if used.is_none() { warning(&pack, line, below) } else { String::new() };
                LineView { warning, ..line_view(&pack, key, line, office.id, entry, used, visit.today()) }
            });
            views.push(Office { name: office.name.clone(), lines: lines.collect() });
        }
    }
    let cycle = cycle(&visit, year, &views).await?;
    if let Some(export) = query.export {
        return download(export, year, &views);
    }
    let all: Vec<&LineView> = views.iter().flat_map(|office| &office.lines).collect();
    let count = |state: &str| all.iter().filter(|line| line.state == state).count() as u64;
    let sentence = if all.is_empty() {
        format!("制度包里 {year} 年没有本级组织的考核、排名、排查、督查。")
    } else {
        format!(
            "{year} 年可报备 {} 项，已报备 {} 项，现在可以开评 {} 项。",
            all.len(),
            all.len() as u64 - count("unfiled"),
            all.iter().filter(|line| line.open.is_some()).count()
        )
    };
    let this_year = visit.today().year();
    let years = [this_year - 1, this_year, this_year + 1].into_iter().map(|y| Chip {
        label: format!("{y} 年"),
        count: None,
        href: format!("/plan?year={y}"),
        pressed: y == year,
    });
    let kinds = ["评定", "排名", "排查", "督查", "述职", "比武", "评选"]
        .into_iter()
        .map(|kind| query.chip("kind", kind, kind, Some(all.iter().filter(|line| line.kind == kind).count() as u64)));
    let states = [("unfiled", "未报备"), ("waiting", "未到时间"), ("ready", "可以开评"), ("opened", "已开评")]
        .into_iter()
        .map(|(key, label)| query.chip("state", key, label, Some(count(key))));
    let (years, kinds, states) = (years.collect(), kinds.collect(), states.collect());
    let keep = |line: &LineView| {
        query.filter("kind").is_none_or(|kind| line.kind == kind)
            && query.filter("state").is_none_or(|state| line.state == state)
            && (query.q.is_empty() || line.name.contains(&query.q))
    };
    for office in &mut views {
        office.lines.retain(keep);
        for at in 1..office.lines.len() {
            let [above, line] = [at - 1, at].map(|at| &office.lines[at].citation);
            office.lines[at].repeats = above.quote == line.quote && above.source == line.source;
        }
    }
    let mut layout = visit.layout("年度计划").crumb("考核运用", "/evaluations").crumb("年度计划", "");
    layout.mark = views.iter().flat_map(|office| &office.lines).any(|line| line.is_example).then(|| "示例方案".to_owned());
    visit.page(&PlanPage { layout, sentence, years, kinds, states, offices: views, cycle, query })
}

/// 年初明确任务、年中强化落实、年末严格考核, and the draft of the next year, over the lines of the visitor's offices.
async fn cycle(visit: &Visit, year: i16, offices: &[Office]) -> anyhow::Result<Vec<CyclePart>> {
    // Inspections assess nobody, reports follow the assessment, contests and titles are beside it: they are no part of the cycle.
    let aside = [PlanLineKind::Inspection, PlanLineKind::Appraisal, PlanLineKind::Contest, PlanLineKind::Selection].map(kind_word);
    let lines: Vec<&LineView> = offices.iter().flat_map(|office| &office.lines).filter(|line| !aside.contains(&line.kind)).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let pack = visit.pack();
    let n_filed = lines.iter().filter(|line| line.filed.is_some()).count();
    let mut begin = CyclePart {
        name: "年初明确任务",
        status: progress(n_filed, lines.len()),
        said: vec![format!("年度计划报备 {n_filed} / {} 项", lines.len())],
        problems: Vec::new(),
        link: None,
    };
    let schemes: BTreeSet<&str> = lines.iter().filter_map(|line| pack.plan_lines.get(&line.key)).map(|line| line.of.as_str()).collect();
    for (key, scheme) in schemes.into_iter().filter_map(|key| pack.scheme_in(key, year)) {
        begin.said.push(match scheme.weights_locked_on {
            Some(day) if day <= visit.today() => format!("{}：分值 {day} 起已锁定", scheme.name),
            Some(day) => format!("{}：分值 {day} 起锁定，现在还可以改", scheme.name),
            None => format!("{}：没有写分值锁定的日期", scheme.name),
        });
        begin.said.extend(scheme.weight_changes.iter().map(|change| policy::weight_change(&pack, scheme, change)));
        for (item, from, to, _) in cycle::unapproved(&visit.app, key, year, visit.today()).await? {
            let (from, to) = (assessment::plain(from), assessment::plain(to));
            begin.problems.push(format!("“{item}”锁定时 {from} 分，现在 {to} 分，没有写明批准，不能开评"));
        }
    }
    if !begin.problems.is_empty() {
        begin.status = Status::new(Standing::Overdue, "锁定后改动");
    }
    let part = |name: &'static str, is_of: &dyn Fn(Period) -> bool| {
        let own: Vec<&&LineView> = lines.iter().filter(|line| pack.plan_lines.get(&line.key).is_some_and(|line| is_of(line.period))).collect();
        let n_done = own.iter().filter(|line| line.used.is_some() && line.standing.standing == Standing::Ok).count();
        let said = own.iter().map(|line| format!("{}：{}", line.name, line.standing.word)).collect();
        CyclePart { name, status: progress(n_done, own.len()), said, problems: Vec::new(), link: None }
    };
    let is_middle = |period: Period| period.per == Per::HalfYear && period.until().year() == year;
    let mut parts = vec![begin, part("年中强化落实", &is_middle), part("年末严格考核", &|period| !is_middle(period))];
    let n_next = pack.plan_lines.values().filter(|line| line.period.year == year + 1).count();
    parts.push(CyclePart {
        name: "下一年度草稿",
        status: if n_next > 0 { Status::new(Standing::Ok, "已有") } else { Status::new(Standing::Future, "还没有") },
        said: vec![if n_next > 0 {
            format!("制度包里 {} 年已有 {n_next} 项", year + 1)
        } else {
            format!("由 {year} 年的各项移后一年，核对后放进制度包")
        }],
        problems: Vec::new(),
        link: (n_next == 0).then(|| Link::new("下载草稿", format!("/plan/{year}/next"))),
    });
    Ok(parts)
}

fn progress(n_done: usize, n: usize) -> Status {
    match n_done {
        _ if n == 0 => Status::new(Standing::Excused, "没有"),
        done if done == n => Status::new(Standing::Ok, format!("{done} / {n}")),
        0 => Status::new(Standing::Future, format!("0 / {n}")),
        done => Status::new(Standing::Running, format!("{done} / {n}")),
    }
}

/// `GET /plan/{year}/next`: the lines of a year moved to the next, as a file of a pack.
pub(super) async fn next(visit: Visit, Path(year): Path<i16>) -> Answer {
    let text = cycle::next_year(&visit.pack(), year);
    Ok(crate::http::download::file(&format!("plan_lines_{}.toml", year + 1), "application/toml; charset=utf-8", text.into_bytes()))
}

/// What a line was used for.
struct Used {
    href: String,
    standing: Status,
}

impl Used {
    fn of_result(result: &StoredEvaluation) -> Self {
        let base = if result.kind == ranking::KIND { "rankings" } else { "evaluations" };
        let standing =
            if result.published_at.is_some() { Status::new(Standing::Ok, "已公布") } else { Status::new(Standing::Running, "已开评") };
        Self { href: format!("/{base}/{}", result.id), standing }
    }

    /// A list stands where its approval stands: 县级联审, 已备案.
    fn of_round(pack: &Pack, line: &PlanLine, round: &OpenedRound) -> Self {
        let procedure = pack.weak_lists.get(&line.of).and_then(|list| pack.procedures.get(&list.approval));
        let stage = procedure.and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == round.stage));
        let word = stage.map_or("已开始排查", |stage| stage.name.as_str());
        Self {
            href: format!("/weak-lists/{}", round.id),
            standing: Status::new(if round.is_closed { Standing::Ok } else { Standing::Running }, word),
        }
    }
}

impl Used {
    /// A line of reports stands by its sessions: one, or one in each office below.
    fn of_appraisals(year: i16, opened: &[(i64, bool)]) -> Option<Self> {
        let (last, _) = opened.last()?;
        let href = if opened.len() == 1 { format!("/appraisals/{last}") } else { format!("/appraisals?year={year}") };
        let is_over = opened.iter().all(|(_, is_closed)| *is_closed);
        let standing =
            if is_over { Status::new(Standing::Ok, "已办结") } else { Status::new(Standing::Running, format!("已开 {} 次", opened.len())) };
        Some(Self { href, standing })
    }

    /// An inspection line stands by how many of its inspections are opened, and whether they are over.
    fn of_inspections(line: &PlanLine, opened: &[(i64, bool)]) -> Option<Self> {
        let (n, n_open) = (opened.len(), opened.iter().filter(|(_, is_closed)| !is_closed).count());
        let number = line.number.map_or(1, |number| number as usize);
        let (last, _) = opened.last().filter(|_| n >= number)?;
        let href = if n == 1 { format!("/inspections/{last}") } else { format!("/inspections?year={}", line.period.year) };
        let standing =
            if n_open == 0 { Status::new(Standing::Ok, "已办结") } else { Status::new(Standing::Running, format!("已开展 {n} 次")) };
        Some(Self { href, standing })
    }
}

/// What must be known before a star rating is opened, over the organisations below the office.
fn warning<'a>(pack: &Pack, line: &PlanLine, below: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let year = line.period.year;
    let Some((_, scheme)) = pack.scheme_in(&line.of, year).filter(|_| line.kind == PlanLineKind::Evaluation) else { return String::new() };
    let fields = below.filter(|(kind, _)| scheme.kinds.iter().any(|judged| judged == kind)).map(|(_, field)| field);
    evaluation::lack_of_standards(&evaluation::fields_without_standard(pack, &line.of, year, fields)).unwrap_or_default()
}

fn line_view(pack: &Pack, key: &str, line: &PlanLine, office: OrgId, entry: Option<&PlanEntry>, used: Option<Used>, today: Date) -> LineView {
    let is_due = today >= line.opens_on;
    let (state, standing) = match (entry, &used) {
        (_, Some(used)) => ("opened", used.standing.clone()),
        (Some(_), None) if is_due && line.kind == PlanLineKind::Selection => ("ready", Status::new(Standing::Ok, "开放申报")),
        (Some(_), None) if is_due => ("ready", Status::new(Standing::Soon, "可以开评")),
        (Some(_), None) => ("waiting", Status::new(Standing::Future, "已报备")),
        (None, None) => ("unfiled", Status::new(Standing::Future, "未报备")),
    };
    let open = match line.kind {
        PlanLineKind::Evaluation => Some("开始评定"),
        PlanLineKind::Ranking => Some("开始排名"),
        PlanLineKind::WeakList | PlanLineKind::Inspection | PlanLineKind::Appraisal | PlanLineKind::Contest | PlanLineKind::Selection => None,
    };
    let is_ready = state == "ready";
    LineView {
        key: key.to_owned(),
        office,
        name: line.name.clone(),
        kind: kind_word(line.kind),
        period: line.period.label(),
        year: line.period.year,
        opens_on: line.opens_on.to_string(),
        owner: line.owner.clone(),
        standing,
        state,
        citation: citation(pack, &line.cite, ""),
        repeats: false,
        is_example: evaluation::rests_on_example(pack, line.kind, &line.of, line.period.year),
        warning: String::new(),
        filed: entry.map(|entry| FiledView {
            id: entry.id,
            basis: entry.basis.clone(),
            approver: entry.approver.clone(),
            number: entry.number.clone().unwrap_or_default(),
            on: entry.filed_on.to_string(),
        }),
        not_before: if is_due || used.is_some() {
            String::new()
        } else {
            format!("{} 月 {} 日起可以开始", line.opens_on.month(), line.opens_on.day())
        },
        used: used.map(|used| Link::new("查看", used.href)),
        open: open.filter(|_| is_ready),
        elsewhere: match line.kind {
            PlanLineKind::WeakList if is_ready => Some(Link::new("去排查", "/weak-lists")),
            PlanLineKind::Appraisal if is_ready => {
                let is_own = pack.appraisals.get(&line.of).is_some_and(|appraisal| appraisal.by == line.level);
                entry.filter(|_| is_own).map(|entry| Link::new("去开", format!("/appraisals/new?line={}&office={office}", entry.id)))
            }
            PlanLineKind::Selection if is_ready => Some(Link::new("去申报和评审", format!("/selections/{}", line.of))),
            PlanLineKind::Contest if is_ready => Some(Link::new("去举办", "/contests/new")),
            PlanLineKind::Inspection if is_ready => entry.map(|entry| Link::new("去开展", format!("/inspections/new?line={}", entry.id))),
            _ => None,
        },
    }
}

fn kind_word(kind: PlanLineKind) -> &'static str {
    match kind {
        PlanLineKind::Evaluation => "评定",
        PlanLineKind::Ranking => "排名",
        PlanLineKind::WeakList => "排查",
        PlanLineKind::Inspection => "督查",
        PlanLineKind::Appraisal => "述职",
        PlanLineKind::Contest => "比武",
        PlanLineKind::Selection => "评选",
    }
}

fn download(export: Export, year: i16, offices: &[Office]) -> Answer {
    use office::sheet::{Column, ColumnKind, Table, Value};
    let text = |heading: &str, width: f64| Column::new(heading, ColumnKind::Text).wide(width);
    let columns = vec![
        text("组织单位", 26.0),
        text("项目", 40.0),
        text("类型", 8.0),
        text("评定期间", 16.0),
        text("开始时间", 12.0),
        text("状态", 12.0),
        text("依据", 30.0),
        text("批准", 20.0),
        text("文号", 20.0),
        text("报备日期", 12.0),
    ];
    let rows = offices.iter().flat_map(|office| {
        office.lines.iter().map(|line| {
            let of = |part: fn(&FiledView) -> &String| line.filed.as_ref().map(|f| part(f).clone()).unwrap_or_default();
            [
                office.name.clone(),
                line.name.clone(),
                line.kind.to_owned(),
                line.period.clone(),
                line.opens_on.clone(),
                line.standing.word.clone(),
                of(|f| &f.basis),
                of(|f| &f.approver),
                of(|f| &f.number),
                of(|f| &f.on),
            ]
            .into_iter()
            .map(Value::text)
            .collect()
        })
    });
    let table = Table { name: "年度计划".into(), title: Some(format!("{year}年度考核计划")), columns, rows: rows.collect() };
    crate::http::download::table(export, &format!("{year}年度考核计划"), &table)
}

/// `POST /plan`
pub(super) async fn file(visit: Visit, sent: Submitted) -> Answer {
    let back = visit.pack().plan_lines.get(sent.text("line")).map_or_else(|| "/plan".to_owned(), |line| format!("/plan?year={}", line.period.year));
    let office: OrgId = sent.text("office").parse().unwrap_or_default();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&answer, "这一项已经报备过了，没有重复记录。"));
    }
    match evaluation::file_line(
        &visit.app,
        &mut tx,
        visit.actor(),
        office,
        sent.text("line"),
        sent.text("basis"),
        sent.text("approver"),
        sent.filled("number"),
    )
    .await
    {
        Ok(_) => Ok(visit.done(tx.commit().await?, &back, "已列入年度计划。到时间后可以从这里开评。")),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}

/// `POST /plan/{id}/withdraw`
pub(super) async fn withdraw(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let back = format!("/plan?year={}", sent.text("year").parse::<i16>().unwrap_or_else(|_| visit.today().year()));
    let mut tx = visit.begin().await?;
    match evaluation::withdraw_line(&mut tx, visit.actor(), id).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &back, "已撤回报备。")),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}

/// `POST /plan/{id}/open`
pub(super) async fn open(visit: Visit, Path(id): Path<i64>) -> Answer {
    let entry = evaluation::plan_entry(visit.app.store().reader(), id).await?;
    let back = entry.as_ref().map_or_else(|| "/plan".to_owned(), |entry| format!("/plan?year={}", entry.period.year));
    let is_ranking = entry.is_some_and(|entry| entry.kind == PlanLineKind::Ranking);
    let mut tx = visit.begin().await?;
    let opened = if is_ranking {
        ranking::open(&visit.app, &mut tx, visit.actor(), id).await
    } else {
        evaluation::open(&visit.app, &mut tx, visit.actor(), id).await
    };
    match opened {
        Ok(new) if is_ranking => Ok(visit.done(tx.commit().await?, &format!("/rankings/{new}"), "已按今天的记录算出排名初稿，只有组织单位看得到。")),
        Ok(new) => Ok(visit.done(tx.commit().await?, &format!("/evaluations/{new}"), "已按今天的记录算出初稿，只有组织评定的部门看得到。")),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}
