//! Opening an inspection: on which line of the plan, then what and where.

use std::collections::HashMap;

use policy::InspectionMode;
use store::{OrgId, Refusal};

use crate::burden::{self, Cost};
use crate::directory::Directory;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};
use crate::inspection::model::{Inspection, least_of, quarter_of};
use crate::inspection::open::{Line, NewInspection, add_units, ask_approval, cost_of, lines, open as open_inspection, units_of};
use crate::inspection::{KIND, see};

/// So many units are ticked one by one; of more, codes or names are written, a line each.
const N_TICKED_MAX: usize = 300;

/// The line that the address asks for; none: the first step.
async fn line_of(visit: &Visit) -> Result<Option<Line>, Failure> {
    let asked = pairs(&visit.query).into_iter().find(|(name, _)| name == "line").and_then(|(_, id)| id.parse::<i64>().ok());
    let Some(id) = asked else { return Ok(None) };
    let year = visit.today().year();
    let found = lines(&visit.app, visit.actor(), year).await?.into_iter().find(|line| line.entry.id == id);
    found.ok_or(Failure::NotFound).map(Some)
}

/// `GET /inspections/new`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit) -> Answer {
    match line_of(&visit).await? {
        None => choose_line(&visit, &Form::default()).await?.answer(&visit),
        Some(line) => {
            let today = visit.today();
            let until = today.checked_add(jiff::Span::new().days(14)).unwrap_or(today);
            let title = format!("{}（第 {} 次）", line.entry.name, line.n_opened + 1);
            let n = if line.kind.mode == InspectionMode::Random { least(&visit, &line).to_string() } else { String::new() };
            let form = Form::prefilled([("title", title), ("from", today.to_string()), ("until", until.to_string()), ("n_wanted", n)]);
            page(&visit, &form, &line, &[], &open_minutes(&visit).await?, None).answer(&visit)
        }
    }
}

fn least(visit: &Visit, line: &Line) -> i64 {
    let n = units_of(&visit.app.directory(), line.entry.organisation, &line.kind).count();
    least_of(n, line.kind.share_min)
}

async fn choose_line(visit: &Visit, form: &Form) -> anyhow::Result<ActionPage> {
    let today = visit.today();
    let all = lines(&visit.app, visit.actor(), today.year()).await?;
    let lead = "每次督查都属于年度计划里报备过的一项；没有列入计划的不能开展。";
    let back = Link::new("去年度计划报备", format!("/plan?year={}&kind=督查", today.year()));
    let mut page = ActionPage::new(visit.layout("开展督查").crumb("督查检查", "/inspections").crumb("开展督查", ""), "开展督查", lead, back);
    let open: Vec<(String, String)> = all
        .iter()
        .filter(|line| line.why_not(today).is_none())
        .map(|line| (line.entry.id.to_string(), format!("{}（{} / {} 次）", line.entry.name, line.n_opened, line.number())))
        .collect();
    let control = Control::Select(form.field("line", "年度计划里的哪一项"), form.choices("line", open.iter().map(|(id, name)| (id, name))));
    page = page.with(control).button("下一步");
    if all.is_empty() {
        page = page.note(format!("{} 年还没有报备督查计划：请先到“年度计划”里把要开展的督查列入计划，写明依据和批准。", today.year()));
    }
    for why in all.iter().filter_map(|line| line.why_not(today)) {
        page = page.note(why);
    }
    Ok(page)
}

async fn open_minutes(visit: &Visit) -> anyhow::Result<HashMap<OrgId, i64>> {
    burden::open_of(visit.app.store().reader(), &visit.pack(), visit.today()).await
}

/// Of those alike, the ones of the same office to which units can be added.
fn mergeable<'a>(line: &Line, alike: &'a [(Inspection, OrgId)]) -> Vec<&'a Inspection> {
    let mut found: Vec<&Inspection> = Vec::new();
    for (it, _) in alike {
        let is_open = it.mode != InspectionMode::Random && it.report_on.is_none() && it.closed_on.is_none();
        if is_open && it.organisation == line.entry.organisation && !found.iter().any(|known| known.id == it.id) {
            found.push(it);
        }
    }
    found
}

/// What was shown before it is opened: another cost is shown again.
fn signature(cost: &Cost) -> String {
    format!("{}-{}", cost.n_units, cost.minutes)
}

/// The form; `cost` when it has to be seen before anything is opened.
fn page(visit: &Visit, form: &Form, line: &Line, alike: &[(Inspection, OrgId)], open: &HashMap<OrgId, i64>, cost: Option<&Cost>) -> ActionPage {
    let lead = format!("{}；{}方式。检查只看系统里的记录和现场，不要求下面另做材料。", line.entry.name, line.kind.mode.words());
    let back = match alike.first() {
        Some((other, _)) => Link::new(format!("去看已有的“{}”", other.title), other.address()),
        None => Link::new("先不办", "/inspections"),
    };
    let layout = visit.layout("开展督查").crumb("督查检查", "/inspections").crumb("开展督查", "");
    let mut page = ActionPage::new(layout, "开展督查", lead, back).with(Control::Input(form.field("title", "名称"), "text"));
    let topic = form.field("topic", "查什么专题");
    page = page.with(Control::Input(if line.kind.mode == InspectionMode::Targeted { topic } else { topic.optional() }, "text"));
    page = page.with(Control::Input(form.field("from", "开始"), "date")).with(Control::Input(form.field("until", "结束"), "date"));
    let directory = visit.app.directory();
    let n_all = units_of(&directory, line.entry.organisation, &line.kind).count();
    let max = line.line.units_max.map_or_else(String::new, |max| format!("，计划写明一次最多 {max} 个"));
    if line.kind.mode == InspectionMode::Random {
        let hint = format!("范围内有 {n_all} 个单位，至少抽 {} 个{max}", least_of(n_all, line.kind.share_min));
        page = page.with(Control::Input(form.field("n_wanted", "抽几个").hint(hint), "number"));
        let field = form.field("public_source", "种子用哪个公开号码").optional();
        let field = field.hint("现在就写明是哪一种、哪一期，如：双色球 2026135 期；留空的，由两个人各给一半种子");
        page = page.with(Control::Input(field, "text"));
        page = page.note("提交以后范围就固定下来，公布它的指纹和写明的公开号码；号码要在这以后公布，不能以后再选。");
    } else if n_all <= N_TICKED_MAX {
        let chosen = form.ids("units");
        let entry = |org: &crate::directory::OrgNode| {
            let choice = Choice { value: org.id.to_string(), label: org.name.clone(), selected: chosen.contains(&org.id) };
            let above = directory.above(org.id);
            let note = match open.get(&org.id) {
                Some(minutes) => format!("{above}　本月在办约 {}", burden::time_words(*minutes)),
                None => above,
            };
            (choice, note)
        };
        let entries = units_of(&directory, line.entry.organisation, &line.kind).map(entry).collect();
        page = page.with(Control::Checks(form.field("units", "检查哪些单位").hint(format!("共 {n_all} 个{max}")), entries));
    } else {
        let field = form.field("codes", "检查哪些单位").hint(format!("一行一个，写组织编码或者全称；范围内有 {n_all} 个{max}"));
        page = page.with(Control::Text(field));
    }
    if !alike.is_empty() {
        let names: Vec<String> = alike.iter().map(|(other, unit)| format!("{}（{}）", directory.name_of(*unit), other.title)).collect();
        let ticked = !form.ids("apart").is_empty();
        let entry = (Choice { value: "1".to_owned(), label: "仍要另开".to_owned(), selected: ticked }, "并到已有的那一次更好".to_owned());
        let field = form.field("apart", "本季度同类督查已经列入").hint(names.join("、"));
        page = page.with(Control::Checks(field, vec![entry]));
        let chosen = form.ids("merge");
        let entry = |it: &Inspection| {
            let choice = Choice { value: it.id.to_string(), label: format!("并入“{}”", it.title), selected: chosen.contains(&it.id) };
            (choice, "选的单位里还没有列入的，加进那一次".to_owned())
        };
        let entries: Vec<_> = mergeable(line, alike).into_iter().map(entry).collect();
        if !entries.is_empty() {
            page = page.with(Control::Checks(form.field("merge", "或者并到已有的那一次").optional(), entries));
        }
    }
    if let Some(cost) = cost {
        let said: Vec<String> = cost.lines().into_iter().map(|(name, text)| format!("{name}：{text}")).collect();
        let note = if line.kind.mode == InspectionMode::Random { "；还没有抽，在办的按范围内的平均数估算" } else { "" };
        let above = if cost.is_above() { format!("。{}，要写理由报请批准", cost.why()) } else { String::new() };
        let choice = Choice { value: signature(cost), label: "看过占用的时间，照此开展".to_owned(), selected: true };
        let entry = (choice, format!("{}{note}{above}", said.join("；")));
        page = page.with(Control::Checks(form.field("cost", "这次督查要占用下面多少时间"), vec![entry])).button("照此开展");
    }
    let each = burden::cost_of_drawn(&visit.pack(), visit.today(), burden::CHECK, 1, burden::n_check_items(&visit.pack(), &line.entry.of_key));
    page = page.note(format!("每个单位看 {} 项，大约占用 {}；一次超过上限的，要报请批准。", each.n_items, burden::time_words(each.minutes)));
    page = page.with(Control::Text(form.field("reason", "非发不可的理由").hint("占用的时间超过上限的才写，写了就报请批准").optional()));
    if line.kind.mode == InspectionMode::Unannounced {
        page = page.note("检查组到现场打开检查以前，被检查的一方看不到这次督查；报告发出以前，看不到查出的问题。");
    }
    page
}

/// `POST /inspections/new`.
///
/// # Errors
/// When the database refuses.
pub async fn open(visit: Visit, sent: Submitted) -> Answer {
    let Some(line) = line_of(&visit).await? else {
        let mut form = Form::new(sent);
        let id = form.required("line", "请选年度计划里的一项");
        if !form.is_right() {
            return choose_line(&visit, &form).await?.answer(&visit);
        }
        return Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&format!(
            "/inspections/new?line={}",
            crate::http::list::encoded(&id)
        ))));
    };
    let mut form = Form::new(sent);
    let mut new = NewInspection {
        plan_entry: line.entry.id,
        title: form.required("title", "请写督查的名称"),
        topic: form.text("topic").to_owned(),
        from: form.required_day("from"),
        until: form.required_day("until"),
        n_wanted: form.whole("n_wanted").unwrap_or_default(),
        units: form.ids("units"),
        public_source: form.text("public_source").to_owned(),
        is_apart: !form.ids("apart").is_empty(),
    };
    match named(&visit.app.directory(), &line, form.text("codes")) {
        Ok(units) => new.units.extend(units),
        Err(unknown) => form.problem("codes", format!("范围内没有：{}。请核对编码或者全称。", unknown.join("、"))),
    }
    let alike = see::alike(visit.app.store().reader(), &visit.app, visit.actor(), &line.entry.of_key, quarter_of(new.from), &new.units).await?;
    let merge = form.ids("merge");
    let into = mergeable(&line, &alike).into_iter().find(|it| merge.contains(&it.id)).cloned();
    if (into.is_some() && new.is_apart) || merge.len() > 1 {
        form.problem("merge", "并入和另开请只选一样，并入的只选一次");
    } else if !alike.is_empty() && !new.is_apart && into.is_none() {
        form.problem("apart", "同一季度同类督查不重复到一个单位：请并到已有的那一次，确要另开请勾选");
    }
    let known = into.as_ref().map_or_else(Vec::new, |into| alike.iter().filter(|(it, _)| it.id == into.id).map(|(_, unit)| *unit).collect());
    let units: Vec<OrgId> = new.units.iter().copied().filter(|unit| !known.contains(unit)).collect();
    let open = open_minutes(&visit).await?;
    if !form.is_right() {
        return page(&visit, &form, &line, &alike, &open, None).answer(&visit);
    }
    // What it takes is seen before it is issued.
    let cost = cost_of(visit.app.store().reader(), &visit.app, &line, &units, new.n_wanted, visit.today()).await?;
    if cost.n_units > 0 && form.text("cost") != signature(&cost) {
        return page(&visit, &form, &line, &alike, &open, Some(&cost)).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    if let Some(reason) = form.filled("reason")
        && cost.is_above()
        && !burden::is_granted(tx.connection(), KIND, line.entry.id, &cost).await?
    {
        return match ask_approval(&mut tx, &line, &new.title, &reason, &cost).await {
            Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/burden/approvals/{id}"), "已经报请批准，答复以后再来开展。")),
            Err(error) => {
                drop(tx);
                page(&visit, &form, &line, &alike, &open, Some(&cost)).refused(&visit, error)
            }
        };
    }
    let done = match &into {
        Some(into) => add_units(&visit.app, &mut tx, visit.actor(), into.id, &units).await.map(|n| match n {
            0 => (into.id, "选的单位都已经在这次督查里。".to_owned()),
            n => (into.id, format!("{n} 个单位已经并入，请分派检查组。")),
        }),
        None => open_inspection(&visit.app, &mut tx, visit.actor(), new).await.map(|id| {
            let said = match line.kind.mode {
                InspectionMode::Random => "范围已经固定，指纹已经公布；下一步给种子。",
                _ => "已经开展，下一步编检查组。",
            };
            (id, said.to_owned())
        }),
    };
    match done {
        Ok((id, said)) => Ok(visit.done(tx.commit().await?, &format!("/inspections/{id}"), &said)),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            page(&visit, &form, &line, &alike, &open, Some(&cost)).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// Units by code or full name, a line each.
fn named(directory: &Directory, line: &Line, text: &str) -> Result<Vec<OrgId>, Vec<String>> {
    let all: Vec<_> = units_of(directory, line.entry.organisation, &line.kind).collect();
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for word in text.lines().map(str::trim).filter(|word| !word.is_empty()) {
        match all.iter().find(|org| org.code == word || org.name == word) {
            Some(org) => found.push(org.id),
            None => unknown.push(word.to_owned()),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(unknown) }
}
