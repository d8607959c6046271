//! A directive beside the tasks taken from it: every card keeps its sentence.

use crate::http::path::Path;
use askama::Template;
use axum::http::{StatusCode, Uri};
use policy::Pack;
use store::Refusal;

use super::words::{Lens, owner_words, weight_words};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Field, Link, Progress, Stage, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::directives::{self, Filling, Marked, Step};
use crate::task::form::{ItemForm, Problem};
use crate::task::model::{Directive, Item, ItemState, Task};
use crate::task::passages::{Paragraph, paragraphs};
use crate::task::progress::bindable;
use crate::task::proposal::Proposals;
use crate::task::quantity::COMPARATORS;
use crate::task::reading::SCOPES;
use crate::task::{see, store as rows};

const CARDS: ListSpec = ListSpec { sorts: &["text"], default_sort: ("text", Direction::Asc), filters: &["show", "item"], per: 200 };

/// One task as a card; the open one is its form.
struct Card {
    id: i64,
    n: i64,
    title: String,
    meta: Vec<String>,
    status: Status,
    href: String,
    /// Handed down, and nothing to be seen of it: there is nothing to open.
    is_closed: bool,
    missing: String,
    form: Option<CardForm>,
}

/// The form of the open card.
struct CardForm {
    address: String,
    action: Field,
    standard: Field,
    units: Field,
    comparators: Vec<Choice>,
    number: Field,
    unit: Field,
    frequency: Field,
    frequencies: Vec<Choice>,
    due_on: Field,
    scopes: Vec<Choice>,
    indicator: Field,
    indicators: Vec<Choice>,
    /// The mechanism of the packs whose words the demand uses.
    mechanism: Option<Link>,
    measure: Field,
    weight: Field,
    owner: Field,
    levels: Vec<Choice>,
    others: Vec<Choice>,
    next: String,
}

/// An item that is none any more.
struct Gone {
    id: i64,
    words: String,
    why: String,
}

#[derive(Template)]
#[template(path = "pages/task_directive.html")]
struct DirectivePage {
    layout: Layout,
    id: i64,
    title: String,
    facts: String,
    stages: Vec<Stage>,
    paragraphs: Vec<Paragraph>,
    chips: Vec<Chip>,
    cards: Vec<Card>,
    gone: Vec<Gone>,
    n: usize,
    n_incomplete: usize,
    n_ready: usize,
    n_checkable: usize,
    bar: String,
    bar_note: String,
    /// The year is not in the text: asked before anything else.
    asks_year: Option<i16>,
    levels: Vec<Choice>,
}

/// `GET /tasks/directives/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let page = page_of(&visit, id, &ListQuery::from_uri(&CARDS, &uri), None).await?;
    visit.page(&page)
}

/// What was sent for one item and could not be taken.
struct Refused<'a> {
    item: i64,
    sent: &'a Submitted,
    problems: Vec<Problem>,
}

async fn page_of(visit: &Visit, id: i64, query: &ListQuery, refused: Option<Refused<'_>>) -> Result<DirectivePage, Failure> {
    let reader = visit.app.store().reader();
    let directive = directives::find(reader, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let items = directives::items_of(reader, &directive).await?;
    let pack = visit.pack();
    let live: Vec<&Item> = items.iter().filter(|item| item.state.counts()).collect();
    let count = |test: &dyn Fn(&Item) -> bool| live.iter().filter(|item| test(item)).count();
    let open = refused.as_ref().map(|refused| refused.item).or(query.filter("item").and_then(|id| id.parse().ok()));
    let (n_issued, n_checked) = (count(&|i| i.state == ItemState::Issued), count(&|i| i.state == ItemState::Checked));
    let n_proposed = count(&|i| i.state == ItemState::Proposed);
    let n_incomplete = count(&|i| !i.missing().is_empty());
    let shown = |item: &Item| match query.filter("show") {
        Some("proposed") => item.state == ItemState::Proposed || open == Some(item.id),
        Some("incomplete") => !item.missing().is_empty() || open == Some(item.id),
        _ => true,
    };
    let base = format!("/tasks/directives/{id}");
    let numbers: std::collections::BTreeMap<i64, i64> = live.iter().map(|item| item.id).zip(1..).collect();
    // What became of the items that were handed down.
    let wholes = rows::tasks_where(reader, "i.directive_id = $1 and t.whole_id is null", vec![id.into()]).await?;
    let handed: Vec<&Task> = wholes.iter().filter(|task| see::is_visible(&visit.app, visit.actor(), task)).collect();
    let mut lens = Lens::new(&pack, visit.today())?;
    lens.parts = see::parts_of(&visit.app, visit.actor(), &handed, visit.today()).await?;
    let cards = live
        .iter()
        .filter(|item| shown(item))
        .map(|item| {
            let form = (open == Some(item.id) && item.state != ItemState::Issued)
                .then(|| card_form(visit, &pack, &directive, item, &live, &numbers, refused.as_ref()));
            let card = card(&pack, item, numbers[&item.id], &base, form);
            match handed.iter().find(|task| task.item.id == item.id) {
                Some(task) => {
                    let (progress, _) = lens.progress(task);
                    let meta = card.meta.into_iter().chain((!progress.is_empty()).then_some(progress)).collect();
                    Card { href: format!("/tasks/{}", task.id), meta, is_closed: false, ..card }
                }
                None => card,
            }
        })
        .collect();
    let n_ready = count(&|i| i.state == ItemState::Checked && i.missing().is_empty());
    Ok(DirectivePage {
        layout: visit.layout(directive.title.clone()),
        id,
        facts: facts_of(&directive, &visit.app.directory()),
        stages: stages(&directive, live.len(), n_checked + n_issued, n_issued),
        paragraphs: paragraphs(&directive.text, &items, &numbers, open, &base),
        chips: vec![
            query.chip("show", "", "全部", None),
            query.chip("show", "proposed", "待核对", Some(n_proposed as u64)),
            query.chip("show", "incomplete", "请补全", Some(n_incomplete as u64)),
        ],
        cards,
        gone: items.iter().filter(|item| !item.state.counts()).map(|item| gone(item, &numbers)).collect(),
        n: live.len(),
        n_incomplete,
        n_ready,
        n_checkable: count(&|i| i.state == ItemState::Proposed && i.missing().is_empty()),
        bar: bar_words(n_proposed, n_incomplete, n_ready, n_issued),
        bar_note: format!("同一材料只向基层要一次：{} 条中 {} 条绑定了指标，进展由系统算，不用报数。", live.len(), count(&|i| i.indicator.is_some())),
        asks_year: directive.is_year_asked.then(|| visit.today().year()),
        levels: level_choices(&pack, None),
        title: directive.title,
    })
}

fn facts_of(directive: &Directive, directory: &crate::directory::Directory) -> String {
    let issuer = directory.name_of(directive.issuer.organisation);
    let mut parts = vec![if directive.source_body.is_empty() { issuer.to_owned() } else { directive.source_body.clone() }];
    parts.extend(directive.issued_on.map(|day| day.to_string()));
    parts.extend((parts[0] != issuer).then(|| format!("{issuer}部署")));
    parts.join("　·　")
}

fn stages(directive: &Directive, n: usize, n_checked: usize, n_issued: usize) -> Vec<Stage> {
    let at = |done: bool, is_now: bool| {
        if done {
            Progress::Done
        } else if is_now {
            Progress::Now
        } else {
            Progress::Todo
        }
    };
    let all_checked = n > 0 && n_checked == n;
    let all_issued = n > 0 && n_issued == n;
    vec![
        Stage::new(Progress::Done, "导入原文", format!("{} 字", crate::http::view::grouped(directive.text.chars().count() as u64))),
        Stage::new(at(all_checked, true), "核对任务", format!("{n} 条，已核 {n_checked} 条")),
        Stage::new(
            at(all_issued, all_checked),
            "下发到单位",
            if n_issued > 0 { format!("已下发 {n_issued} 条") } else { "选单位，分数量".to_owned() },
        ),
        Stage::new(at(false, all_issued), "办理核验", "签收、反馈、核验"),
    ]
}

fn bar_words(n_proposed: usize, n_incomplete: usize, n_ready: usize, n_issued: usize) -> String {
    let mut parts = Vec::new();
    if n_proposed > 0 {
        parts.push(format!("还有 {n_proposed} 条未核对"));
    }
    if n_incomplete > 0 {
        parts.push(format!("{n_incomplete} 条缺考评办法、责任人或完成时限，补上才能下发"));
    }
    if n_ready > 0 {
        parts.push(format!("{n_ready} 条可以下发"));
    }
    if parts.is_empty() && n_issued > 0 {
        parts.push(format!("{n_issued} 条全部下发"));
    }
    if parts.is_empty() {
        "没有任务。在原文里选中一句，可以自己加一条。".to_owned()
    } else {
        format!("{}。", parts.join("，"))
    }
}

fn card(pack: &Pack, item: &Item, n: i64, base: &str, form: Option<CardForm>) -> Card {
    let missing = item.missing();
    let status = match item.state {
        ItemState::Issued => Status::new(Standing::Ok, "已下发").plain(),
        _ if !missing.is_empty() => Status::new(Standing::Soon, "请补全"),
        ItemState::Checked => Status::new(Standing::Ok, "已核对").plain(),
        _ => Status::new(Standing::Running, "待核对"),
    };
    let owner = owner_words(pack, item.owner_level.as_deref(), &item.owner);
    let due = item.due_on.map(|day| if item.is_due_asked { format!("{day}？") } else { day.to_string() }).unwrap_or_default();
    let meta: Vec<String> = [owner, item.target_words(), due].into_iter().filter(|part| !part.is_empty()).collect();
    Card {
        id: item.id,
        n,
        title: item.action.clone(),
        meta,
        status,
        href: format!("{base}?item={}#item-{}", item.id, item.id),
        is_closed: item.state == ItemState::Issued,
        missing: if missing.is_empty() { String::new() } else { format!("缺{}", missing.join("、")) },
        form,
    }
}

/// How often, for choosing; what the text said stays among them.
fn frequencies(pack: &Pack, now: &str) -> Vec<Choice> {
    let mut all = vec![""];
    all.extend(pack.code_lists.get(crate::task::form::FREQUENCIES).into_iter().flat_map(|list| &list.values).map(String::as_str));
    if !all.contains(&now) {
        all.push(now);
    }
    let words = |value: &str| if value.is_empty() { "一次办完".to_owned() } else { crate::task::model::frequency_words(value) };
    all.into_iter().map(|value| Choice { value: value.to_owned(), label: words(value), selected: value == now }).collect()
}

fn card_form(
    visit: &Visit,
    pack: &Pack,
    directive: &Directive,
    item: &Item,
    live: &[&Item],
    numbers: &std::collections::BTreeMap<i64, i64>,
    refused: Option<&Refused<'_>>,
) -> CardForm {
    let refused = refused.filter(|refused| refused.item == item.id);
    let typed = |name: &str, kept: String| refused.map_or(kept, |refused| refused.sent.text(name).to_owned());
    let error =
        |name: &str| refused.and_then(|refused| refused.problems.iter().find(|p| p.field == name)).map(|p| p.sentence.clone()).unwrap_or_default();
    let field = |name: &str, label: &str, kept: String| Field::new(name, label, typed(name, kept)).error(error(name));
    let target = item.target.clone();
    let sign = typed(
        "comparator",
        target.as_ref().and_then(|t| COMPARATORS.iter().find(|(_, _, c)| *c == t.comparator)).map_or(">=", |(sign, _, _)| sign).to_owned(),
    );
    let level = typed("owner_level", item.owner_level.clone().unwrap_or_default());
    let scope = typed("scope", item.scope.clone());
    let bound = typed("indicator", item.indicator.clone().unwrap_or_default());
    let mut indicators = vec![Choice { value: String::new(), label: "不绑定，由承办单位报".to_owned(), selected: bound.is_empty() }];
    let proposals = Proposals::of(pack);
    // Offered first and said why, but never bound without somebody choosing it.
    let proposed = proposals.indicator(&item.span).filter(|_| bound.is_empty());
    indicators.extend(proposed.map(|it| Choice { selected: false, value: it.key.clone(), label: format!("{}（建议）", it.name) }));
    let rest = bindable(pack).into_iter().filter(|(key, _)| proposed.is_none_or(|it| it.key != *key));
    indicators.extend(rest.map(|(key, name)| Choice { selected: key == bound, value: key, label: name }));
    let indicator_hint = match proposed {
        Some(it) => format!("这条的用词像“{}”，可以绑定；绑定后进展由系统从记录里算", it.name),
        None => "绑定后进展由系统从记录里算".to_owned(),
    };
    let mechanism = proposals.mechanism(&item.span).map(|it| Link::new(&it.name, format!("/policies/mechanism.{}", it.key)));
    let others = live.iter().filter(|other| other.id != item.id && other.state != ItemState::Issued);
    let mut merge = vec![Choice { value: String::new(), label: "并入另一条…".to_owned(), selected: true }];
    merge.extend(others.map(|other| Choice {
        value: other.id.to_string(),
        label: format!("{} {}", numbers[&other.id], other.action.chars().take(18).collect::<String>()),
        selected: false,
    }));
    let next = live
        .iter()
        .skip_while(|other| other.id != item.id)
        .skip(1)
        .chain(live.iter())
        .find(|other| other.id != item.id && other.state == ItemState::Proposed);
    CardForm {
        address: format!("/tasks/directives/{}/items/{}", directive.id, item.id),
        action: field("action", "干什么", item.action.clone()),
        standard: field("standard", "标准", item.standard.clone()).hint("办到什么样算完成").optional(),
        units: field("units", "原文写的单位", item.units.clone()).optional(),
        comparators: COMPARATORS
            .iter()
            .map(|(value, label, _)| Choice { value: (*value).to_owned(), label: (*label).to_owned(), selected: *value == sign })
            .collect(),
        number: field("number", "数量", target.as_ref().map(|t| t.number()).unwrap_or_default()).optional(),
        unit: field("unit", "单位", target.map(|t| t.unit).unwrap_or_default()).optional(),
        frequencies: frequencies(pack, &typed("frequency", item.frequency.clone().unwrap_or_default())),
        frequency: field("frequency", "频次", item.frequency.clone().unwrap_or_default()).optional(),
        due_on: field("due_on", "完成时限", item.due_on.map(|day| day.to_string()).unwrap_or_default()).hint(due_hint(item, directive)).optional(),
        scopes: SCOPES.iter().map(|name| Choice { value: (*name).to_owned(), label: (*name).to_owned(), selected: *name == scope }).collect(),
        indicator: field("indicator", "绑定指标", bound).hint(indicator_hint).optional(),
        indicators,
        mechanism,
        measure: field("measure", "考评办法", item.measure.clone()).hint("怎么算办好了，谁来看，看什么").optional(),
        weight: field("weight", "权重", weight_words(item.weight_hundredths)).hint("分").optional(),
        owner: field("owner", "责任人", item.owner.clone()).hint("写岗位，例如 党（工）委书记").optional(),
        levels: level_choices(pack, Some(&level)),
        others: merge,
        next: next.map(|other| other.id.to_string()).unwrap_or_else(|| if visit.query.is_empty() { String::new() } else { item.id.to_string() }),
    }
}

fn level_choices(pack: &Pack, now: Option<&str>) -> Vec<Choice> {
    let mut levels: Vec<_> = pack.levels.iter().filter(|(key, _)| *key != "group").collect();
    levels.sort_by_key(|(_, level)| level.order);
    let mut choices = vec![Choice { value: String::new(), label: "哪一级".to_owned(), selected: now.is_none_or(str::is_empty) }];
    choices.extend(levels.into_iter().map(|(key, level)| Choice { value: key.clone(), label: level.name.clone(), selected: now == Some(key) }));
    choices
}

/// Where the day comes from, and what is asked about it.
fn due_hint(item: &Item, directive: &Directive) -> String {
    let text = item.deadline.as_deref().unwrap_or_default();
    match (item.due_on, item.is_due_asked) {
        (Some(_), true) if text.starts_with('P') => {
            format!("原文写的是期限，从 {} 起算，对吗？", directive.issued_on.map(|day| day.to_string()).unwrap_or_default())
        }
        (Some(_), true) if text.is_empty() => "原文没有写时限，按全年推定，对吗？".to_owned(),
        (Some(day), true) => format!("原文没有写年份，按 {} 年推定，对吗？", day.year()),
        (None, _) if text.contains('X') => "原文没有写年份，请先在上面回答是哪一年".to_owned(),
        (None, _) if !text.is_empty() => format!("原文写的是“{text}”，请定一个日期"),
        (None, _) => "原文没有写时限".to_owned(),
        _ => String::new(),
    }
}

fn gone(item: &Item, numbers: &std::collections::BTreeMap<i64, i64>) -> Gone {
    let why = match item.merged_into.and_then(|id| numbers.get(&id)) {
        Some(n) => format!("已并入第 {n} 条"),
        None => "不是任务".to_owned(),
    };
    Gone { id: item.id, words: if item.span.is_empty() { item.action.clone() } else { item.span.clone() }, why }
}

/// That a directive is one's own and, if asked, that an item is one of it; else it is as if neither existed.
async fn expect_own(visit: &Visit, id: i64, item: Option<i64>) -> Result<(), Failure> {
    let reader = visit.app.store().reader();
    let directive = directives::find(reader, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    match item {
        Some(item) if !directives::items_of(reader, &directive).await?.iter().any(|known| known.id == item) => Err(Failure::NotFound),
        _ => Ok(()),
    }
}

/// `POST /tasks/directives/{id}/items/{item}`: `go` says what is done with it.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn change(visit: Visit, Path((id, item)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let base = format!("/tasks/directives/{id}");
    let here = format!("{base}?item={item}#item-{item}");
    let go = sent.text("go").to_owned();
    expect_own(&visit, id, Some(item)).await?;
    let mut tx = visit.begin().await?;
    if matches!(go.as_str(), "save" | "check") {
        match ItemForm::read(&visit.pack(), &sent, visit.today()) {
            Ok(form) => directives::correct(&visit.app, &mut tx, visit.actor(), item, form).await?,
            Err(problems) => {
                drop(tx);
                let query = ListQuery::parse(&CARDS, &base, None);
                let page = page_of(&visit, id, &query, Some(Refused { item, sent: &sent, problems })).await?;
                let mut response = visit.page(&page)?;
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(response);
            }
        }
    }
    let (to, sentence) = match go.as_str() {
        "check" => {
            directives::step(&mut tx, visit.actor(), item, Step::Check).await?;
            let next = sent.text("next");
            let to = if next.is_empty() || next == item.to_string() { base.clone() } else { format!("{base}?item={next}#item-{next}") };
            (to, "已核对。")
        }
        "drop" => {
            directives::step(&mut tx, visit.actor(), item, Step::Drop).await?;
            (base.clone(), "已移到“不作为任务”，可以恢复。")
        }
        "back" => {
            directives::step(&mut tx, visit.actor(), item, Step::TakeBack).await?;
            (here, "已恢复，请核对。")
        }
        "merge" => {
            let into = sent.text("into").parse::<i64>().map_err(|_| Failure::Refused("请先选要并入哪一条。".to_owned()))?;
            directives::merge(&mut tx, visit.actor(), item, into).await?;
            (format!("{base}?item={into}#item-{into}"), "已并入这一条，请看看还缺什么。")
        }
        _ => (here, "已保存。"),
    };
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &to, sentence))
}

/// `POST /tasks/directives/{id}/items`: a passage that somebody marked.
///
/// # Errors
/// [`Failure::Refused`] when the passage is not in the text.
pub async fn add(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    expect_own(&visit, id, None).await?;
    let range = sent.text("start").parse().ok().zip(sent.text("end").parse().ok());
    let marked = range.map_or_else(|| Marked::Words(sent.text("words").to_owned()), |(start, end)| Marked::Range(start, end));
    let mut tx = visit.begin().await?;
    match directives::add(&mut tx, visit.actor(), id, &marked).await {
        Ok(item) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &format!("/tasks/directives/{id}?item={item}#item-{item}"), "加了一条，请补全后核对。"))
        }
        Err(error) if error.is::<Refusal>() => Ok(visit.refuse(&format!("/tasks/directives/{id}"), &error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// `POST /tasks/directives/{id}/year`: which year the text is about.
///
/// # Errors
/// When the database refuses.
pub async fn settle_year(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let base = format!("/tasks/directives/{id}");
    expect_own(&visit, id, None).await?;
    let Ok(year) = sent.text("year").parse::<i16>() else { return Ok(visit.refuse(&base, "年份请写四位数，例如 2026。")) };
    let mut tx = visit.begin().await?;
    directives::settle_year(&mut tx, visit.actor(), id, year).await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &base, &format!("按 {year} 年推定了时限，请逐条看看。")))
}

/// `POST /tasks/directives/{id}/fill`: the same for every item that lacks it.
///
/// # Errors
/// When the database refuses.
pub async fn fill(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let base = format!("/tasks/directives/{id}");
    expect_own(&visit, id, None).await?;
    let due_on = match sent.filled("due_on").map(str::parse::<jiff::civil::Date>) {
        None => None,
        Some(Ok(day)) => Some(day),
        Some(Err(_)) => return Ok(visit.refuse(&base, "完成时限没有这一天，请写成 2026-12-31 这样。")),
    };
    let take = |name: &str, n: usize| sent.text(name).chars().take(n).collect::<String>();
    let filling = Filling {
        owner: take("owner", 200),
        owner_level: sent.filled("owner_level").filter(|level| visit.pack().levels.contains_key(*level)).map(str::to_owned),
        measure: take("measure", 2000),
        due_on,
    };
    let mut tx = visit.begin().await?;
    let n = directives::fill_missing(&mut tx, visit.actor(), id, &filling).await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &base, &format!("补了 {n} 条，原来填了的没有动。")))
}

/// `POST /tasks/directives/{id}/check`: every complete item at once.
///
/// # Errors
/// When the database refuses.
pub async fn check_complete(visit: Visit, Path(id): Path<i64>, _sent: Submitted) -> Answer {
    expect_own(&visit, id, None).await?;
    let mut tx = visit.begin().await?;
    let n = directives::check_complete(&mut tx, visit.actor(), id).await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &format!("/tasks/directives/{id}"), &format!("{n} 条标为已核对。")))
}
