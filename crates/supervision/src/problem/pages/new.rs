//! Entering a problem.

use jiff::civil::Date;
use policy::Capability;
use store::{OrgId, Refusal};

use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::problem::feedback::{FEEDBACK_PROBLEM, Feedback, ORIGIN, is_receiver, seen};
use crate::problem::form::{Raw, check};
use crate::problem::{sources, types};

/// Whether somebody sees the ledger; others say what is wrong and leave the rest to those who do.
fn is_officer(visit: &Visit) -> bool {
    visit.actor().may(Capability::ViewProblems)
}

/// `GET /problems/new`.
///
/// # Errors
/// When the template fails.
pub async fn show(visit: Visit) -> Answer {
    let organisation = place_of(&visit);
    let owner = organisation.map(|id| owner_of(&visit, id)).unwrap_or_default();
    let organisation = organisation.map(|id| id.to_string()).unwrap_or_default();
    let source = if feedback_of(&visit).await?.is_some() { text_of(&visit, "problem_source_of_feedback") } else { String::new() };
    let due = due_on(&visit).to_string();
    let form = Form::prefilled([("organisation", organisation), ("owner", owner), ("due_on", due), ("source", source)]);
    page(&visit, &form).answer(&visit)
}

/// The organisation asked for in the address, or the only one that somebody has.
fn place_of(visit: &Visit) -> Option<OrgId> {
    let scope = visit.scope(Capability::RaiseProblems);
    let directory = visit.app.directory();
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "organisation").and_then(|(_, id)| id.parse().ok());
    let asked = asked.filter(|id| directory.is_visible(&scope, *id));
    let mut all = directory.all(&scope);
    asked.or_else(|| all.next().map(|org| org.id).filter(|_| all.next().is_none()))
}

/// What an outside body fed back, when the address says that this is a part of it; the office that received it splits it.
async fn feedback_of(visit: &Visit) -> Result<Option<Feedback>, Failure> {
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "feedback").and_then(|(_, id)| id.parse().ok());
    let Some(id) = asked else { return Ok(None) };
    let found = seen(visit.app.store().reader(), visit.actor(), Some(id)).await?.into_iter().next();
    found.filter(|it| is_receiver(visit.actor(), it.organisation)).map(Some).ok_or(Failure::NotFound)
}

/// A text of the pack.
fn text_of(visit: &Visit, setting: &str) -> String {
    visit.pack().text(setting, visit.today()).unwrap_or_default().to_owned()
}

/// Whoever answers for a place unless another is named.
fn owner_of(visit: &Visit, organisation: OrgId) -> String {
    let directory = visit.app.directory();
    directory.org(organisation).and_then(|org| org.secretary.clone()).map_or_else(String::new, |name| format!("书记 {name}"))
}

fn due_on(visit: &Visit) -> Date {
    let days = visit.pack().whole("problem_days", visit.today()).unwrap_or_default();
    visit.today().checked_add(jiff::Span::new().days(days)).unwrap_or(visit.today())
}

fn page(visit: &Visit, form: &Form) -> ActionPage {
    let pack = visit.pack();
    let layout = visit.layout("登记问题").crumb("问题台账", "/problems").crumb("登记问题", "");
    let back = Link::new("先不办", "/problems");
    let organisation = form.text("organisation").parse::<OrgId>().ok();
    let name = organisation.map(|id| visit.app.directory().name_of(id).to_owned()).unwrap_or_default();
    if !is_officer(visit) {
        let lead = format!("{name}里哪里做得不到位，写下来，由上级交办、核验，办完了给您答复。支部看得到问题，看不到是谁提的。");
        return ActionPage::new(layout, "反映问题", lead, back)
            .with(Control::Select(form.field("kind", "是哪一类"), choices(form, "kind", types(&pack))))
            .with(Control::Text(form.field("text", "什么事").hint("哪次、哪人、差多少；一件事写一次")))
            .note("由上级党委（党工委）核验，问题所在的支部不能自己销号。");
    }
    ActionPage::new(layout, "登记问题", "登记以后交给问题所在的党组织整改；由您单位或者它的上级核验，责任人不能自己销号。", back)
        .with(Control::Choose(form.field("organisation", "问题在哪个党组织"), name, "/choose/organisations"))
        .with(Control::Select(form.field("source", "怎么发现的"), choices(form, "source", sources(&pack))))
        .with(Control::Select(form.field("kind", "类型"), choices(form, "kind", types(&pack))))
        .with(Control::Text(form.field("text", "什么问题").hint("哪次、哪人、差多少；一件事登记一个")))
        .with(Control::Text(form.field("basis", "看到了什么、在哪里看到的").optional().hint("系统里的记录写清是哪一条，不用另附")))
        .with(Control::Input(form.field("owner", "责任人").hint("职务和姓名，如：支部书记 马正华"), "text"))
        .with(Control::Input(form.field("due_on", "整改时限"), "date"))
        .with(Control::Input(form.field("raiser", "代谁登记").optional().hint("提出的人没有账号时填；销号时要写明怎样答复的"), "text"))
        .note("销号要由别人核验：责任人、办过整改的人都不能核验。")
        .note("同一类型在同一个党组织销号以后又发生的，自动连到上一次。")
}

fn choices(form: &Form, name: &str, list: &[String]) -> Vec<crate::http::view::Choice> {
    form.choices(name, list.iter().map(|value| (value.as_str(), value.as_str())))
}

/// `POST /problems/new`.
///
/// # Errors
/// When the database refuses.
pub async fn raise(visit: Visit, sent: Submitted) -> Answer {
    let pack = visit.pack();
    let mut form = Form::new(sent.clone());
    let own = place_of(&visit).map(|id| id.to_string()).unwrap_or_default();
    let member_source = text_of(&visit, "problem_source_of_members");
    let feedback = feedback_of(&visit).await?;
    let (owner, due) = (place_of(&visit).map(|id| owner_of(&visit, id)).unwrap_or_default(), due_on(&visit).to_string());
    let raw = if is_officer(&visit) {
        Raw {
            organisation: form.text("organisation"),
            source: form.text("source"),
            kind: form.text("kind"),
            text: form.text("text"),
            basis: form.text("basis"),
            owner: form.text("owner"),
            due_on: form.text("due_on"),
            raiser: form.text("raiser"),
        }
    } else {
        let owner = if owner.is_empty() { NOBODY_NAMED } else { owner.as_str() };
        Raw { organisation: &own, source: &member_source, kind: form.text("kind"), text: form.text("text"), owner, due_on: &due, ..Raw::default() }
    };
    let checked = match check(&pack, &raw, visit.today()) {
        Ok(mut checked) => {
            if let Some(it) = &feedback {
                checked.procedure = Some(FEEDBACK_PROBLEM.to_owned());
                checked.origin = Some((ORIGIN.to_owned(), it.id));
            }
            checked
        }
        Err(problems) => {
            for problem in problems {
                form.problem(problem.field, problem.message);
            }
            return page(&visit, &form).answer(&visit);
        }
    };
    let mut tx = visit.begin().await?;
    match crate::problem::raise(&visit.app, &mut tx, visit.actor(), checked).await {
        Ok(id) => {
            let commit = tx.commit().await?;
            let to = feedback.map_or_else(|| format!("/problems/{id}"), |it| format!("/problems/feedback/{}", it.id));
            Ok(visit.done(commit, &to, "已经登记，交给问题所在的党组织整改。"))
        }
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            page(&visit, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where no secretary is on record, the organisation's own head answers.
const NOBODY_NAMED: &str = "党组织负责人";
