//! Page structs of imports: they already hold the words.

use askama::Template;
use axum::http::Uri;
use office::sheet::{CellRef, Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::jobs::{Job, JobState};

use super::history::{Past, Seen};
use super::model::{Level, NoteKind, Primitive};
use super::staging::{self, ImportSheet, KeptNote};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::{Layout, Tone};
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Progress, Stage, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const IMPORTS: ListSpec = ListSpec { sorts: &["at", "file"], default_sort: ("at", Direction::Desc), filters: &["state"], per: 20 };
const ROWS: ListSpec = ListSpec { sorts: &["place", "kind"], default_sort: ("place", Direction::Asc), filters: &["level", "kind", "sheet"], per: 50 };
/// Refused rows shown on the import's own page.
const ROWS_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "pages/imports.html")]
pub(super) struct ImportsPage {
    layout: Layout,
    sentence: String,
    templates: Vec<Link>,
    query: ListQuery,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<PastRow>,
    pager: Pager,
    may_export: bool,
}

struct PastRow {
    href: String,
    files: String,
    at: String,
    by: String,
    status: Status,
    counts: String,
}

impl ImportsPage {
    pub(super) fn answer(visit: &Visit, uri: &Uri, all: Vec<Past>) -> Answer {
        let query = ListQuery::from_uri(&IMPORTS, uri);
        let word = |past: &Past| state_of(past.state).1;
        let n_waiting = all.iter().filter(|past| past.state == JobState::Asking).count();
        let count = |state: &str| all.iter().filter(|past| word(past) == state).count() as u64;
        let chips = ["待您决定", "已写入", "没有写入"].into_iter().map(|state| query.chip("state", state, state, Some(count(state)))).collect();
        let mut found: Vec<&Past> = all.iter().filter(|past| query.filter("state").is_none_or(|state| state == word(past))).collect();
        found.retain(|past| query.q.is_empty() || past.files.iter().any(|file| file.contains(&query.q)));
        if query.sort == "file" {
            found.sort_by(|a, b| a.files.cmp(&b.files));
        } else {
            found.sort_by_key(|past| past.id);
        }
        if query.dir == Direction::Desc {
            found.reverse();
        }
        let rows: Vec<PastRow> = found.into_iter().map(PastRow::of).collect();
        if let Some(export) = query.export {
            return download::table(export, "导入记录", &past_table(&rows));
        }
        let total = rows.len() as u64;
        let query = query.within(total);
        let (from, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
        let sentence = match (all.len(), n_waiting) {
            (0, _) => "还没有导入过。先下载空白模板，或者直接上传手头的表格，系统按表头认列。".to_owned(),
            (_, 0) => format!("最近一次：{}", rows.first().map(|row| format!("{}，{}", row.files, row.counts)).unwrap_or_default()),
            (_, n) => format!("有 {n} 次导入核对完了，等您决定是否写入。"),
        };
        let page = Self {
            layout: visit.layout("导入导出").crumb("基础信息", "/organisations").crumb("导入导出", ""),
            sentence,
            templates: templates(visit),
            chips,
            columns: vec![
                query.column("文件", "file", false),
                query.column("时间", "at", false),
                Column::plain("办理人"),
                Column::plain("结果"),
                Column::plain("条数"),
            ],
            rows: rows.into_iter().skip(from).take(per).collect(),
            pager: Pager::new(&query, total, "次"),
            may_export: visit.actor().may(Capability::Export),
            query,
        };
        visit.page(&page)
    }
}

impl PastRow {
    fn of(past: &Past) -> Self {
        let (standing, word) = state_of(past.state);
        let counts = match past.state {
            JobState::Done => format!(
                "新增 {}，更新 {}，没有变化 {}，退回 {}",
                grouped(natural(past.n_created)),
                grouped(natural(past.n_updated)),
                grouped(natural(past.n_unchanged)),
                grouped(natural(past.n_refused))
            ),
            JobState::Failed => past.message.clone(),
            _ => String::new(),
        };
        Self {
            href: format!("/imports/{}", past.id),
            files: past.files.join("、"),
            at: minute(&past.created_at),
            by: past.by.clone().unwrap_or_else(|| "本机命令行".to_owned()),
            status: Status::new(standing, word).plain(),
            counts,
        }
    }
}

fn past_table(rows: &[PastRow]) -> Table {
    let line = |row: &PastRow| {
        vec![Value::text(&row.files), Value::text(&row.at), Value::text(&row.by), Value::text(&row.status.word), Value::text(&row.counts)]
    };
    Table {
        name: "导入记录".to_owned(),
        title: None,
        columns: ["文件", "时间", "办理人", "结果", "条数"]
            .into_iter()
            .zip([40.0, 18.0, 14.0, 12.0, 60.0])
            .map(|(heading, width)| SheetColumn::new(heading, ColumnKind::Text).wide(width))
            .collect(),
        rows: rows.iter().map(line).collect(),
    }
}

fn templates(visit: &Visit) -> Vec<Link> {
    let pack = visit.pack();
    let mut kinds: Vec<_> =
        pack.workbooks.iter().filter_map(|(key, workbook)| Some((Primitive::parse(&workbook.primitive)?, key, &workbook.name))).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, key, name)| Link::new(name, format!("/imports/templates/{key}"))).collect()
}

fn state_of(state: JobState) -> (Standing, &'static str) {
    match state {
        JobState::Waiting | JobState::Running => (Standing::Running, "进行中"),
        JobState::Asking => (Standing::Soon, "待您决定"),
        JobState::Done => (Standing::Ok, "已写入"),
        JobState::Failed => (Standing::Missed, "没有写入"),
    }
}

fn natural(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// An instant to the minute, at UTC+8.
fn minute(at: &str) -> String {
    at.parse::<jiff::Timestamp>()
        .map_or_else(|_| at.to_owned(), |at| jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
}

/// What an import is doing, in words.
#[must_use]
pub(super) fn step_sentence(job: &Job) -> &'static str {
    match (job.state, job.step.as_str()) {
        (JobState::Waiting, _) => "排队等候",
        (_, "" | "read") => "正在读表、认列",
        (_, "check") => "正在核对",
        _ => "正在写入，可以离开本页；中途断电也不会丢行、不会重复",
    }
}

#[derive(Template)]
#[template(path = "pages/import.html")]
pub(super) struct ImportPage {
    layout: Layout,
    id: i64,
    title: String,
    note: String,
    stages: Vec<Stage>,
    state: JobState,
    step: &'static str,
    done: u64,
    total: u64,
    percent: u64,
    /// Why nothing was written, one sentence for each file.
    failures: Vec<String>,
    figures: Vec<Figure>,
    sheets: Vec<SheetRow>,
    refused: Vec<NoteRow>,
    n_refused: usize,
    /// Doubts and changes by kind: how many, and where they are listed.
    groups: Vec<Group>,
    n_other_person: usize,
    n_to_write: u64,
    years: Vec<Choice>,
    asks_complete: bool,
    asks_known: bool,
    today: String,
    marked: Vec<Link>,
}

struct Figure {
    icon: &'static str,
    label: &'static str,
    value: u64,
    note: String,
    href: String,
    is_bad: bool,
}

struct SheetRow {
    file: String,
    sheet: String,
    kind: String,
    headings: String,
    n_rows: u64,
    n_created: u64,
    n_updated: u64,
    n_unchanged: u64,
    n_refused: u64,
    href: String,
}

struct Group {
    label: &'static str,
    n: usize,
    href: String,
}

pub(super) struct NoteRow {
    id: i64,
    cell: String,
    sheet: String,
    heading: String,
    value: String,
    kind: &'static str,
    message: String,
    is_update: bool,
    decision: &'static str,
}

impl NoteRow {
    fn of(kept: &KeptNote, sheets: &[ImportSheet]) -> Self {
        let note = &kept.note;
        let sheet = sheets.iter().find(|sheet| sheet.id == kept.sheet_id);
        Self {
            id: kept.id,
            cell: CellRef { row: note.row, column: note.column }.to_string(),
            sheet: sheet.map(|sheet| if sheets.len() > 1 { sheet.file.clone() } else { sheet.layout.sheet.clone() }).unwrap_or_default(),
            heading: note.heading.clone(),
            value: note.value.clone(),
            kind: note.kind.name(),
            message: note.message.clone(),
            is_update: note.kind.level() == Level::Update,
            decision: match (kept.decision.as_deref(), note.kind) {
                (Some("take"), _) => "按表更新",
                (Some(_), _) => "保持原样",
                (None, NoteKind::OtherPerson) => "还没有判断，不写入",
                (None, _) => "",
            },
        }
    }
}

impl ImportPage {
    fn bad() -> Tone {
        Tone::Bad
    }

    fn is_running(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Running)
    }

    pub(super) async fn answer(visit: &Visit, seen: Seen) -> Answer {
        let notes = staging::notes(visit.app.store().reader(), seen.job.id, None).await?;
        visit.page(&Self::of(visit, &seen, &notes))
    }

    fn of(visit: &Visit, seen: &Seen, notes: &[KeptNote]) -> Self {
        let Seen { job, files, sheets, .. } = seen;
        let id = job.id;
        let pack = visit.pack();
        let kinds: Vec<String> = kinds_of(sheets)
            .iter()
            .map(|kind| pack.workbooks.get(*kind).map_or_else(|| (*kind).to_owned(), |workbook| workbook.name.clone()))
            .collect();
        let title = if kinds.is_empty() { "导入".to_owned() } else { format!("导入{}", kinds.join("、")) };
        let is_written = job.state == JobState::Done;
        let rows: Vec<SheetRow> = sheets.iter().map(|sheet| sheet_row(sheet, &pack, id, is_written)).collect();
        let sum = |of: fn(&SheetRow) -> u64| rows.iter().map(of).sum::<u64>();
        let (n_created, n_updated, n_unchanged, n_refused_rows) =
            (sum(|row| row.n_created), sum(|row| row.n_updated), sum(|row| row.n_unchanged), sum(|row| row.n_refused));
        let refused: Vec<&KeptNote> = notes.iter().filter(|kept| kept.note.kind.level() == Level::Refused).collect();
        let names = files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、");
        Self {
            layout: visit.layout(&title).crumb("基础信息", "/organisations").crumb("导入导出", "/imports").crumb(&title, ""),
            id,
            title,
            note: format!("{names} · {}", minute(&job.created_at)),
            stages: stages(seen, n_created + n_updated + n_unchanged, n_refused_rows),
            state: job.state,
            step: step_sentence(job),
            done: natural(job.n_done),
            total: natural(job.n_total),
            percent: natural(job.n_done * 100).checked_div(natural(job.n_total)).unwrap_or_default(),
            failures: if job.state == JobState::Failed { job.message.lines().map(str::to_owned).collect() } else { Vec::new() },
            figures: figures(id, is_written, n_created, n_updated, n_unchanged, n_refused_rows),
            refused: refused.iter().take(ROWS_SHOWN).map(|kept| NoteRow::of(kept, sheets)).collect(),
            n_refused: refused.len(),
            groups: groups(id, notes),
            n_other_person: notes.iter().filter(|kept| kept.note.kind == NoteKind::OtherPerson && kept.decision.is_none()).count(),
            n_to_write: n_created + n_updated + n_unchanged,
            years: years(visit.today().year(), seen),
            asks_complete: sheets.iter().any(|sheet| matches!(sheet.layout.primitive, Primitive::Activity | Primitive::Member)),
            asks_known: n_updated > 0,
            today: visit.today().to_string(),
            marked: files
                .iter()
                .filter(|file| refused.iter().any(|kept| sheets.iter().any(|sheet| sheet.id == kept.sheet_id && sheet.file_id == file.id)))
                .map(|file| Link::new(&file.name, format!("/imports/{id}/files/{}", file.id)))
                .collect(),
            sheets: rows,
        }
    }
}

fn kinds_of(sheets: &[ImportSheet]) -> Vec<&str> {
    let mut kinds: Vec<(Primitive, &str)> = sheets.iter().map(|sheet| (sheet.layout.primitive, sheet.layout.kind.as_str())).collect();
    kinds.sort();
    kinds.dedup();
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

fn sheet_row(sheet: &ImportSheet, pack: &policy::Pack, id: i64, is_written: bool) -> SheetRow {
    let (counts, found) = (sheet.counts, sheet.found);
    let (n_created, n_updated, n_unchanged) = if is_written {
        (counts.n_created, counts.n_updated, counts.n_unchanged + counts.n_kept)
    } else {
        (found.n_new, found.n_differing, found.n_same)
    };
    SheetRow {
        file: sheet.file.clone(),
        sheet: sheet.layout.sheet.clone(),
        kind: pack.workbooks.get(&sheet.layout.kind).map_or_else(|| sheet.layout.kind.clone(), |workbook| workbook.name.clone()),
        headings: sheet.layout.places.iter().map(|place| place.heading.as_str()).collect::<Vec<_>>().join("、"),
        n_rows: natural(sheet.n_rows),
        n_created: natural(n_created),
        n_updated: natural(n_updated),
        n_unchanged: natural(n_unchanged),
        n_refused: natural(found.n_refused + counts.n_refused),
        href: format!("/imports/{id}/rows?level=refused&sheet={}", sheet.id),
    }
}

/// Sent, recognised, checked, written: how far it is.
fn stages(seen: &Seen, n_good: u64, n_refused: u64) -> Vec<Stage> {
    let job = &seen.job;
    let at = match (job.state, job.step.as_str()) {
        (JobState::Done, _) => 4,
        (JobState::Waiting | JobState::Running, "" | "read") => 1,
        (JobState::Waiting | JobState::Running, "check") => 2,
        (JobState::Failed, _) if seen.sheets.is_empty() => 1,
        (JobState::Asking, _) | (JobState::Failed, "checked") => 3,
        _ => 3,
    };
    let n_bytes: i64 = seen.files.iter().map(|file| file.n_bytes).sum();
    let n_columns: usize = seen.sheets.iter().map(|sheet| sheet.layout.places.len()).sum();
    let notes = [
        format!("{} 个文件，{} KB", seen.files.len(), grouped(natural(n_bytes / 1024))),
        if at > 1 { format!("认出 {} 张表、{n_columns} 列", seen.sheets.len()) } else { "按表头认，不论行列次序".to_owned() },
        if at > 2 { format!("{} 行可收，{} 行退回", grouped(n_good), grouped(n_refused)) } else { "先全部核对，再写入".to_owned() },
        match job.state {
            JobState::Done => "已全部写入".to_owned(),
            JobState::Asking => "等您决定".to_owned(),
            JobState::Failed => "没有写入".to_owned(),
            _ => "每 500 行保存一次".to_owned(),
        },
    ];
    let progress = |step: usize| {
        if step < at {
            Progress::Done
        } else if step == at {
            Progress::Now
        } else {
            Progress::Todo
        }
    };
    ["上传", "认列", "核对", "写入"].into_iter().zip(notes).enumerate().map(|(step, (name, note))| Stage::new(progress(step), name, note)).collect()
}

fn figures(id: i64, is_written: bool, n_created: u64, n_updated: u64, n_unchanged: u64, n_refused: u64) -> Vec<Figure> {
    let word = |done: &'static str, will: &'static str| if is_written { done } else { will }.to_owned();
    vec![
        Figure {
            icon: "plus",
            label: "新增",
            value: n_created,
            note: word("已经写入", "库里还没有的"),
            href: format!("/imports/{id}#sheets"),
            is_bad: false,
        },
        Figure {
            icon: "pencil",
            label: "更新",
            value: n_updated,
            note: word("已按表更新", "库里已有，内容不同"),
            href: format!("/imports/{id}/rows?level=update"),
            is_bad: false,
        },
        Figure {
            icon: "equal",
            label: "没有变化",
            value: n_unchanged,
            note: "不改写，不留重复记录".to_owned(),
            href: format!("/imports/{id}#sheets"),
            is_bad: false,
        },
        Figure {
            icon: "x",
            label: "退回",
            value: n_refused,
            note: "不影响其余行".to_owned(),
            href: format!("/imports/{id}/rows?level=refused"),
            is_bad: n_refused > 0,
        },
    ]
}

/// Doubts and changes by kind.
fn groups(id: i64, notes: &[KeptNote]) -> Vec<Group> {
    let count = |kind: NoteKind| notes.iter().filter(|kept| kept.note.kind == kind).count();
    let group = |kind: &NoteKind| {
        let n = count(*kind);
        (n > 0 && kind.level() != Level::Refused).then(|| Group { label: kind.name(), n, href: format!("/imports/{id}/rows?kind={}", kind.key()) })
    };
    NoteKind::ALL.iter().filter_map(group).collect()
}

/// Years that the records may be complete for; the one that a title names is proposed, not chosen.
fn years(this_year: i16, seen: &Seen) -> Vec<Choice> {
    let named = seen.sheets.iter().find_map(|sheet| sheet.layout.year);
    let mut years: Vec<i16> = (0..3).map(|back| this_year - back).chain(named).collect();
    years.sort_unstable_by(|a, b| b.cmp(a));
    years.dedup();
    let none = Choice { value: String::new(), label: "不是全部：表里没有的，不能说没有开展".to_owned(), selected: true };
    let year = |year: i16| Choice {
        value: year.to_string(), label: format!("是 {year} 年的全部记录：表里没有的，就是没有开展"), selected: false
    };
    std::iter::once(none).chain(years.into_iter().map(year)).collect()
}

#[derive(Template)]
#[template(path = "pages/import_rows.html")]
pub(super) struct RowsPage {
    layout: Layout,
    id: i64,
    sentence: String,
    query: ListQuery,
    chips: Vec<Chip>,
    kinds: Vec<Choice>,
    sheets: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<NoteRow>,
    pager: Pager,
    here: String,
    may_decide: bool,
}

impl RowsPage {
    pub(super) async fn answer(visit: &Visit, uri: &Uri, seen: Seen) -> Answer {
        let id = seen.job.id;
        let query = ListQuery::from_uri(&ROWS, uri);
        let notes = staging::notes(visit.app.store().reader(), id, None).await?;
        let mut found: Vec<&KeptNote> = notes.iter().filter(|kept| matches(kept, &query)).collect();
        if query.sort == "kind" {
            found.sort_by_key(|kept| (kept.note.kind, kept.sheet_id, kept.note.row, kept.note.column));
        }
        if query.dir == Direction::Desc {
            found.reverse();
        }
        let rows: Vec<NoteRow> = found.iter().map(|kept| NoteRow::of(kept, &seen.sheets)).collect();
        if let Some(export) = query.export {
            return download::table(export, "导入核对清单", &rows_table(&rows));
        }
        let total = rows.len() as u64;
        let query = query.within(total);
        let (from, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
        let n_of = |level: Level| notes.iter().filter(|kept| kept.note.kind.level() == level).count();
        let level_chip = |(level, label): (Level, &str)| query.chip("level", level.word(), label, Some(n_of(level) as u64));
        let used: Vec<NoteKind> = NoteKind::ALL.iter().copied().filter(|kind| notes.iter().any(|kept| kept.note.kind == *kind)).collect();
        let page = Self {
            layout: visit
                .layout("核对清单")
                .crumb("导入导出", "/imports")
                .crumb(format!("第 {id} 次导入"), format!("/imports/{id}"))
                .crumb("核对清单", ""),
            id,
            sentence: format!("退回 {} 行，存疑 {} 处，库里已有而内容不同 {} 行", n_of(Level::Refused), n_of(Level::Doubt), n_of(Level::Update)),
            chips: [(Level::Refused, "退回"), (Level::Doubt, "存疑"), (Level::Update, "内容不同")].into_iter().map(level_chip).collect(),
            kinds: query.choices("kind", "全部", used.iter().map(|kind| (kind.key(), kind.name()))),
            sheets: query.choices(
                "sheet",
                "全部",
                seen.sheets.iter().map(|sheet| (sheet.id.to_string(), format!("{} · {}", sheet.file, sheet.layout.sheet))),
            ),
            columns: vec![
                query.column("单元格", "place", false),
                Column::plain("表"),
                Column::plain("列"),
                Column::plain("您填的"),
                query.column("问题", "kind", false),
                Column::plain("怎么回事，怎么改"),
            ],
            rows: rows.into_iter().skip(from).take(per).collect(),
            pager: Pager::new(&query, total, "条"),
            here: query.page_link(query.page),
            may_decide: seen.job.state == JobState::Asking && notes.iter().any(|kept| kept.note.kind.level() == Level::Update),
            query,
        };
        visit.page(&page)
    }
}

fn matches(kept: &KeptNote, query: &ListQuery) -> bool {
    let note = &kept.note;
    query.filter("level").is_none_or(|level| note.kind.level().word() == level)
        && query.filter("kind").is_none_or(|kind| note.kind.key() == kind)
        && query.filter("sheet").is_none_or(|sheet| kept.sheet_id.to_string() == sheet)
        && (query.q.is_empty()
            || note.row.to_string() == query.q
            || [&note.value, &note.message, &note.heading].iter().any(|text| text.contains(&query.q)))
}

fn rows_table(rows: &[NoteRow]) -> Table {
    let line = |row: &NoteRow| [&row.sheet, &row.cell, &row.heading, &row.value, row.kind, &row.message].into_iter().map(Value::text).collect();
    Table {
        name: "核对清单".to_owned(),
        title: None,
        columns: ["表", "单元格", "列", "您填的", "问题", "怎么回事，怎么改"]
            .into_iter()
            .zip([28.0, 10.0, 16.0, 24.0, 22.0, 60.0])
            .map(|(heading, width)| SheetColumn::new(heading, ColumnKind::Text).wide(width))
            .collect(),
        rows: rows.iter().map(line).collect(),
    }
}

#[derive(Template)]
#[template(path = "pages/exports.html")]
pub(super) struct ExportsPage {
    layout: Layout,
    lists: Vec<(&'static str, &'static str, &'static str, bool)>,
}

impl ExportsPage {
    pub(super) fn answer(visit: &Visit) -> Result<axum::response::Response, Failure> {
        // Name, what is in it, address, whether this person may see the list.
        let may = |capability| visit.actor().may(capability);
        let lists = vec![
            ("党组织", "编码、名称、类别、领域、上级、书记、任期", "/organisations", may(Capability::ViewOrganisations)),
            ("党员", "姓名、类别、入党和转正日期；身份证号、手机号隐去中间几位", "/members", may(Capability::ViewMembers)),
            ("组织生活", "支部、类型、日期、主题、应到实到、学时", "/activities", may(Capability::ViewActivities)),
            ("村级经济", "村、年度、经营性收入、总收入", "/villages", may(Capability::ViewUnits)),
            ("评定结果", "只有已经公布的", "/evaluations", may(Capability::ViewEvaluations)),
            ("导入记录", "文件、时间、办理人、条数", "/imports", may(Capability::Import)),
        ];
        visit.page(&Self {
            layout: visit.layout("导出").crumb("基础信息", "/organisations").crumb("导入导出", "/imports").crumb("导出", ""), lists
        })
    }
}
