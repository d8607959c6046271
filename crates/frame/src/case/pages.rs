//! A case on a page: where it stands, who may do what, what was done; and any action of the pack as a form.
//!
//! A primitive that has cases gives `GET` and `POST BASE/actions/{action}` two short handlers: [`show_action`], and its own
//! operation followed by [`show_again`] when it is refused. Its pages put [`CaseView`] beside their own content.

use askama::Template;
use axum::http::StatusCode;
use jiff::civil::Date;
use policy::{Action, ActionKind, FormField, FormFieldKind};
use store::{Actor, Refusal};

use super::exemptions::{self, ExemptRow};
use super::form::asks_owner;
use super::scores::{self, ScoreRow};
use super::work::CaseAtWork;
use super::{Act, Item, Variables, printed};
use crate::files;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, Link, May, Progress, Stage, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

/// A case as it stands: `parts/case_stages.html` and `parts/case_side.html` lay it out.
#[derive(Debug, Clone, Default)]
pub struct CaseView {
    pub stages: Vec<Stage>,
    /// The one step that brings the case forward and that this person may do now.
    pub main: Option<Link>,
    pub may: Vec<May>,
    /// Newest first.
    pub trail: Vec<TrailStep>,
    /// What was opened and not closed: conditions, measures, problems, objections.
    pub open_items: Vec<ItemView>,
    /// What was closed.
    pub closed_items: Vec<ItemView>,
    /// A mark that the product set: a copied plan.
    pub remark: Option<String>,
    pub is_closed: bool,
}

/// An item of a case.
#[derive(Debug, Clone)]
pub struct ItemView {
    pub kind: &'static str,
    pub text: String,
    /// Who is responsible; may be empty.
    pub owner: String,
    pub until: Option<Status>,
}

impl CaseView {
    /// The case for one person on one day; its actions are done below `base`.
    #[must_use]
    pub fn new(work: &CaseAtWork, actor: &Actor, variables: &Variables, on: Date, base: &str) -> Self {
        let offers = work.offers(actor, variables, on);
        let link = |action: &Action| format!("{base}/actions/{}", action.key);
        let main = offers.iter().find(|o| o.refused.is_none() && o.action.to.is_some() && !o.action.kind.is_backward());
        let may = offers.iter().map(|offer| match &offer.refused {
            None => May {
                label: offer.action.name.clone(),
                why: offer.action.by.who.clone(),
                link: Some(Link::new(verb(offer.action), link(offer.action))),
            },
            Some(sentence) => May { label: offer.action.name.clone(), why: sentence.clone(), link: None },
        });
        let (closed, open): (Vec<&Item>, Vec<&Item>) = work.items.iter().partition(|item| item.closed_in.is_some());
        Self {
            stages: stages(work, on),
            main: main.map(|offer| Link::new(offer.action.name.clone(), link(offer.action))),
            may: may.collect(),
            trail: trail(work, base),
            open_items: open.into_iter().map(|item| item_view(work, item, on)).collect(),
            closed_items: closed.into_iter().map(|item| item_view(work, item, on)).collect(),
            remark: work.case.remark.clone(),
            is_closed: work.case.closed_at.is_some(),
        }
    }
}

/// What the button of an action says, beside its name.
fn verb(action: &Action) -> &'static str {
    match action.kind {
        ActionKind::Submit | ActionKind::Report => "填报",
        ActionKind::Return if action.name.contains("退回") => "退回",
        ActionKind::Reopen => "重开",
        ActionKind::Urge => "提醒",
        _ => "办理",
    }
}

fn item_view(work: &CaseAtWork, item: &Item, on: Date) -> ItemView {
    let soon = work.pack.soon_days(on);
    let until = item.due_on.filter(|_| item.closed_in.is_none()).map(|due| Status::by_days_left(i64::from((due - on).get_days()), soon).plain());
    ItemView { kind: item_kind(&item.kind), text: item.text.clone(), owner: item.owner.clone().unwrap_or_default(), until }
}

/// The items of one kind, open and closed, in the order they were opened.
#[must_use]
pub fn item_views(work: &CaseAtWork, kind: &str, on: Date) -> Vec<ItemView> {
    work.items.iter().filter(|item| item.kind == kind).map(|item| item_view(work, item, on)).collect()
}

/// The word for a kind of item.
#[must_use]
pub fn item_kind(kind: &str) -> &'static str {
    match kind {
        "condition" => "情形",
        "measure" => "措施",
        "problem" => "问题",
        "objection" => "意见",
        "appeal" => "申诉",
        "dimension" => "项目",
        "milestone" => "节点",
        "part" => "必做项",
        _ => "事项",
    }
}

fn stages(work: &CaseAtWork, on: Date) -> Vec<Stage> {
    let Some(procedure) = work.procedure() else { return Vec::new() };
    let at = procedure.stages.iter().position(|stage| stage.key == work.case.stage).unwrap_or_default();
    let note_of = |key: &str| {
        work.acts.iter().rev().find(|act| act.stage == key && act.to_stage.is_some()).map(|act| format!("{} {}", short(act.on), act.actor_name))
    };
    let view = |(i, stage): (usize, &policy::Stage)| {
        if i < at {
            return Stage::new(Progress::Done, &stage.name, note_of(&stage.key).unwrap_or_default());
        }
        if i > at {
            return Stage::new(Progress::Todo, &stage.name, brought_on_by(stage).unwrap_or_default());
        }
        if stage.closes {
            return Stage::new(Progress::Done, &stage.name, short(work.case.stage_since));
        }
        let left = super::deadline(stage, &work.case).map(|day| Status::by_days_left(i64::from((day - on).get_days()), work.pack.soon_days(on)).word);
        Stage::new(Progress::Now, &stage.name, left.unwrap_or_else(|| format!("{} 起", short(work.case.stage_since))))
    };
    // An end that only a step back leads to (撤销, 没有命名) is no further step of whoever goes on.
    let actions = || procedure.stages.iter().flat_map(|stage| &stage.actions);
    let is_aside = |stage: &policy::Stage| stage.closes && !actions().any(|it| it.to.as_ref() == Some(&stage.key) && !it.kind.is_backward());
    procedure.stages.iter().enumerate().filter(|(i, stage)| *i == at || !is_aside(stage)).map(view).collect()
}

/// Who brings a case on from a stage, as the rule says it; nobody from the last.
fn brought_on_by(stage: &policy::Stage) -> Option<String> {
    let forward = stage.actions.iter().find(|action| action.to.is_some() && !action.kind.is_backward() && !stage.closes)?;
    Some(forward.by.who.clone())
}

/// Long texts stand in full where the act is shown; the trail keeps their beginning.
fn shortened(text: &str) -> String {
    if text.chars().count() <= N_CHARS_IN_TRAIL { text.to_owned() } else { text.chars().take(N_CHARS_IN_TRAIL).chain(['…']).collect() }
}

const N_CHARS_IN_TRAIL: usize = 60;

fn trail(work: &CaseAtWork, base: &str) -> Vec<TrailStep> {
    let newest_turn = work.acts.iter().rev().find(|act| act.to_stage.is_some()).map(|act| act.id);
    let mut steps: Vec<TrailStep> = work
        .acts
        .iter()
        .rev()
        .map(|act| {
            let action = work.action(&act.action);
            let fields: Vec<String> =
                printed(action, &act.fields).into_iter().map(|(name, value)| format!("{name}：{}", shortened(&value))).collect();
            TrailStep {
                on: act.on.to_string(),
                text: format!("{}　{}（{}）", action.map_or(act.action.as_str(), |action| &action.name), act.actor_name, act.post),
                note: fields.join("\n"),
                files: files_of(act, base),
                is_turn: newest_turn == Some(act.id),
            }
        })
        .collect();
    let opened = work.case.opened_at.parse::<jiff::Timestamp>().map(|at| store::day_of(at).to_string()).unwrap_or_default();
    steps.push(TrailStep { on: opened, text: "开始办理".to_owned(), note: String::new(), files: Vec::new(), is_turn: false });
    steps
}

/// What was attached to an act, to be saved from below the case's `base`.
#[must_use]
pub fn files_of(act: &Act, base: &str) -> Vec<Link> {
    let values = act.fields.as_object().into_iter().flat_map(|map| map.values());
    values.filter_map(super::attached).map(|(id, name)| Link::new(name, format!("{base}/files/{id}"))).collect()
}

/// `GET BASE/files/{file}`: a file that is attached to some act of the case, for whoever sees that act.
///
/// # Errors
/// [`Failure::NotFound`] when no act of the case has it.
pub async fn file(visit: &Visit, work: &CaseAtWork, id: i64) -> Answer {
    let mut values = work.acts.iter().filter_map(|act| act.fields.as_object()).flat_map(|map| map.values());
    if !values.any(|value| super::attached(value).is_some_and(|(file, _)| file == id)) {
        return Err(Failure::NotFound);
    }
    let (name, bytes) = files::named(&visit.app, id).await?;
    Ok(download::file(&name, files::ATTACHED, bytes))
}

fn short(day: Date) -> String {
    format!("{:02}-{:02}", day.month(), day.day())
}

/// An action as a form: `parts/case_form.html` lays it out.
#[derive(Debug, Clone)]
pub struct ActionForm {
    /// The verb on the button.
    pub name: String,
    /// Where it is sent.
    pub address: String,
    /// Where to go without doing it.
    pub back: String,
    pub parts: Vec<FormPart>,
    /// The draft's name in the browser.
    pub draft: String,
    /// What was wrong with what was sent.
    pub problems: Vec<String>,
    /// Why it cannot be done now, if so.
    pub refused: Option<String>,
    /// Taking something back or sending it back is not red.
    pub is_main: bool,
}

impl ActionForm {
    /// Whether files are sent with it.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, FormPart::File { .. }))
    }
}

/// One field of a form, by the control that it needs.
#[derive(Debug, Clone)]
pub enum FormPart {
    Line {
        field: Field,
    },
    Day {
        field: Field,
    },
    Number {
        field: Field,
    },
    Text {
        field: Field,
        rows: u8,
    },
    /// A file; `name`: the one that came with an earlier try.
    File {
        field: Field,
        name: String,
    },
    Pick {
        field: Field,
        choices: Vec<Choice>,
    },
    /// Rows of text, with owner and deadline where the kind of item asks for them.
    Rows {
        field: Field,
        rows: Vec<ItemRow>,
        asks_owner: bool,
    },
    /// Points, or words, for every item of a result.
    Scores {
        field: Field,
        rows: Vec<ScoreRow>,
        /// Words alone: why own points differ.
        explains: bool,
    },
    /// Who is missing, and why, one by one.
    Exempt {
        field: Field,
        rows: Vec<ExemptRow>,
    },
    /// Open items to be ticked.
    Tick {
        field: Field,
        items: Vec<TickItem>,
    },
}

/// A row of an `items` field.
#[derive(Debug, Clone, Default)]
pub struct ItemRow {
    pub n: usize,
    pub text: String,
    pub owner: String,
    pub due_on: String,
}

/// An open item that an act may close.
#[derive(Debug, Clone)]
pub struct TickItem {
    pub id: i64,
    pub text: String,
    pub note: String,
    pub is_ticked: bool,
}

/// Rows that an empty list of items begins with.
const N_ROWS: usize = 3;

impl ActionForm {
    /// The form of an action of the present stage; `None`: the stage has no such action.
    #[must_use]
    pub fn new(
        work: &CaseAtWork,
        actor: &Actor,
        variables: &Variables,
        on: Date,
        action: &str,
        base: &str,
        sent: Option<&Submitted>,
    ) -> Option<Self> {
        let at = work.as_found_by(actor, variables, on)?;
        let offer = at.offers().into_iter().find(|offer| offer.action.key == action)?;
        let parts = at
            .fields_of(offer.action)
            .iter()
            .map(|field| match field.kind {
                FormFieldKind::Exemptions => exempt(field, &at.missing(), sent),
                _ => part(field, work, variables, on, sent),
            })
            .collect();
        Some(Self {
            name: offer.action.name.clone(),
            address: format!("{base}/actions/{action}"),
            back: base.to_owned(),
            parts,
            draft: format!("case-{}-{action}", work.case.id),
            problems: Vec::new(),
            refused: offer.refused,
            is_main: !offer.action.kind.is_backward(),
        })
    }
}

fn part(form_field: &FormField, work: &CaseAtWork, variables: &Variables, on: Date, sent: Option<&Submitted>) -> FormPart {
    let typed = sent.map(|sent| sent.text(&form_field.key).to_owned());
    let value = typed.unwrap_or_else(|| match form_field.kind {
        // Most days that are asked for are today; those that lie ahead are not guessed.
        FormFieldKind::Date if form_field.required && form_field.key.ends_with("_on") && form_field.key != "due_on" => on.to_string(),
        _ => form_field.template.clone().unwrap_or_default(),
    });
    let mut field = Field::new(&form_field.key, &form_field.name, value).hint(form_field.hint.clone().unwrap_or_default());
    field.is_optional = !form_field.required;
    match form_field.kind {
        FormFieldKind::Text | FormFieldKind::Person | FormFieldKind::Organisation => FormPart::Line { field },
        FormFieldKind::File => FormPart::File { name: name_on_ticket(&field.value), field: Field { hint: hint_of_file(form_field), ..field } },
        FormFieldKind::Date => FormPart::Day { field },
        FormFieldKind::Whole => FormPart::Number { field },
        FormFieldKind::LongText => FormPart::Text { rows: if form_field.template.is_some() { 8 } else { 4 }, field },
        FormFieldKind::Choice => choices(field, &form_field.choices),
        FormFieldKind::YesNo => choices(field, &["是".to_owned(), "否".to_owned()]),
        // Who is missing is asked of the case as it is found.
        FormFieldKind::Exemptions => exempt(form_field, &[], sent),
        FormFieldKind::Items => rows(field, form_field, sent),
        FormFieldKind::Scores | FormFieldKind::Differences => {
            let nothing = std::collections::BTreeMap::new();
            let rows = scores::rows(form_field, variables.scores(), sent.map_or(&nothing, Submitted::fields));
            FormPart::Scores { field, rows, explains: form_field.kind == FormFieldKind::Differences }
        }
        FormFieldKind::ClosesItems => tick(field, form_field, work, sent),
    }
}

fn exempt(form_field: &FormField, missing: &[(String, String)], sent: Option<&Submitted>) -> FormPart {
    let nothing = std::collections::BTreeMap::new();
    let rows = exemptions::rows(form_field, missing, sent.map_or(&nothing, Submitted::fields));
    FormPart::Exempt { field: Field::new(&form_field.key, &form_field.name, String::new()).hint(form_field.hint.clone().unwrap_or_default()), rows }
}

fn hint_of_file(field: &FormField) -> String {
    let first = field.hint.as_ref().map_or_else(String::new, |hint| format!("{hint}；"));
    format!("{first}Word、Excel、PDF、图片或者压缩包，不传涉密文件")
}

/// The name of a file that came with an earlier try.
fn name_on_ticket(ticket: &str) -> String {
    ticket.splitn(4, '/').nth(3).unwrap_or_default().to_owned()
}

fn choices(field: Field, list: &[String]) -> FormPart {
    let choices = list.iter().map(|choice| Choice { value: choice.clone(), label: choice.clone(), selected: *choice == field.value }).collect();
    FormPart::Pick { field, choices }
}

fn rows(field: Field, form_field: &FormField, sent: Option<&Submitted>) -> FormPart {
    let part = |name: &str| sent.map(|sent| sent.all(&format!("{}.{name}", form_field.key))).unwrap_or_default();
    let (texts, owners, dues) = (part("text"), part("owner"), part("due_on"));
    let n = texts.len().max(N_ROWS);
    let at = |list: &[String], i: usize| list.get(i).cloned().unwrap_or_default();
    let rows = (0..n).map(|i| ItemRow { n: i + 1, text: at(texts, i), owner: at(owners, i), due_on: at(dues, i) }).collect();
    FormPart::Rows { field, rows, asks_owner: asks_owner(form_field.items.as_deref().unwrap_or(&form_field.key)) }
}

fn tick(field: Field, form_field: &FormField, work: &CaseAtWork, sent: Option<&Submitted>) -> FormPart {
    let kind = form_field.items.as_deref().unwrap_or(&form_field.key);
    let open = work.items.iter().filter(|item| item.kind == kind && item.closed_in.is_none());
    let items = open.map(|item| {
        let by = work.acts.iter().find(|act| act.id == item.opened_in).map(|act| format!("{}（{}），{}", act.actor_name, act.post, act.on));
        let owner = item.owner.as_ref().map(|owner| format!("责任人 {owner}"));
        TickItem {
            id: item.id,
            text: item.text.clone(),
            note: owner.or(by).unwrap_or_default(),
            is_ticked: sent.is_some_and(|sent| sent.all(&form_field.key).iter().any(|id| *id == item.id.to_string())),
        }
    });
    FormPart::Tick { items: items.collect(), field }
}

/// An action's own page.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/case_action.html")]
struct ActionPage {
    layout: Layout,
    title: String,
    form: ActionForm,
    case: CaseView,
}

/// Where an action of a case is done, as the page of the primitive that owns it sees it.
pub struct ActionPlace<'a> {
    pub visit: &'a Visit,
    pub work: &'a CaseAtWork,
    pub variables: &'a Variables,
    /// Address of the thing the case is about; actions stand below it.
    pub base: &'a str,
    /// With the crumbs down to that thing.
    pub layout: Layout,
}

/// `GET BASE/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub fn show_action(place: ActionPlace<'_>, action: &str) -> Answer {
    let page = action_page(place, action, None, Vec::new())?;
    page.0.page(&page.1)
}

/// The same form with what was typed and why it was not taken.
///
/// # Errors
/// The failure itself when it is no refusal, or when the stage has moved on.
pub fn show_again(place: ActionPlace<'_>, action: &str, sent: &Submitted, error: anyhow::Error) -> Answer {
    let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
    let problems = refusal.0.split('；').map(str::to_owned).collect();
    let page = action_page(place, action, Some(sent), problems).map_err(|_| Failure::Refused(refusal.0))?;
    let mut response = page.0.page(&page.1)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn action_page<'a>(
    place: ActionPlace<'a>,
    action: &str,
    sent: Option<&Submitted>,
    problems: Vec<String>,
) -> Result<(&'a Visit, ActionPage), Failure> {
    let ActionPlace { visit, work, variables, base, layout } = place;
    let form = ActionForm::new(work, visit.actor(), variables, visit.today(), action, base, sent).ok_or(Failure::NotFound)?;
    let case = CaseView::new(work, visit.actor(), variables, visit.today(), base);
    let layout = Layout { title: form.name.clone(), ..layout }.crumb(form.name.clone(), "");
    Ok((visit, ActionPage { layout, title: work.case.title.clone(), form: ActionForm { problems, ..form }, case }))
}
