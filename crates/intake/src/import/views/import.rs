//! `/imports/{id}`: an import under way, waiting for a decision, or over.

use askama::Template;
use store::jobs::JobState;

use super::{NoteRow, minute, natural, step_sentence};
use crate::http::layout::{Layout, Tone};
use crate::http::view::{Choice, Link, Progress, Stage, grouped};
use crate::http::visit::{Answer, Visit};
use crate::import::history::Seen;
use crate::import::model::{Level, NoteKind, Primitive};
use crate::import::staging::{self, ImportSheet, KeptNote};

/// Refused rows shown on the import's own page.
const ROWS_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "pages/import.html")]
pub(in crate::import) struct ImportPage {
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
    /// What the answer would mean for branches without a row.
    complete_warning: Option<String>,
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

impl ImportPage {
    fn bad() -> Tone {
        Tone::Bad
    }

    fn is_running(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Running)
    }

    pub(in crate::import) async fn answer(visit: &Visit, seen: Seen) -> Answer {
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
            n_to_write: n_created + n_updated,
            years: years(visit.today().year(), seen),
            asks_complete: sheets.iter().any(|sheet| matches!(sheet.layout.primitive, Primitive::Activity | Primitive::Member)),
            complete_warning: sheets
                .iter()
                .map(|sheet| sheet.layout.n_branches)
                .filter(|n| *n > 0)
                .min()
                .and_then(|n| crate::import::coverage::warning(&visit.app, visit.actor(), n)),
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
