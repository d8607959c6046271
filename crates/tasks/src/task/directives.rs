//! Taking in a directive and putting its items right: create, correct, merge, drop, take back, add, settle the year.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::form::ItemForm;
use super::model::{Directive, Issuer, Item, ItemState};
use super::reading::{self, NewItem};
use super::store as rows;
use crate::app::App;

/// A document to be taken in.
#[derive(Debug, Clone)]
pub struct NewDirective {
    pub issuer: Issuer,
    pub title: String,
    /// 发文单位; empty: the deploying unit's own.
    pub source_body: String,
    pub issued_on: Option<Date>,
    pub file_name: String,
    pub text: String,
}

/// Longest text that is taken in, in characters: a hundred pages.
pub const N_CHARS_MAX: usize = 200_000;

/// Takes a document in and proposes its items.
///
/// # Errors
/// [`Refusal`] when the actor does not hand down for this unit, or there is no text.
pub async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewDirective) -> anyhow::Result<i64> {
    if !new.issuer.is_acted_for_by(actor, Capability::IssueTasks) {
        return Err(Refusal("只能以您自己岗位所在的单位部署任务。".to_owned()).into());
    }
    let text = new.text.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(Refusal("文件里没有文字。如果是扫描件，请先识别成文字再上传。".to_owned()).into());
    }
    if text.chars().count() > N_CHARS_MAX {
        return Err(Refusal(format!("原文超过 {} 万字，请分成几个文件上传。", N_CHARS_MAX / 10_000)).into());
    }
    let read = {
        let text = text.clone();
        tokio::task::spawn_blocking(move || directive::read(&text)).await?
    };
    let issued_on = new.issued_on.or_else(|| reading::dated(&text));
    let found = read.doc_year.and_then(|year| i16::try_from(year).ok());
    let year = found.or(issued_on.map(Date::year));
    let items = reading::items_of(&read, year, issued_on);
    let own_name = app.directory().name_of(new.issuer.organisation).to_owned();
    let source_body = if new.source_body.trim().is_empty() { own_name } else { new.source_body.trim().to_owned() };
    let scope = serde_json::to_value(read.doc_scope)?.as_str().unwrap_or("综合").to_owned();
    let row = rows::DirectiveRow {
        issuer: &new.issuer,
        title: new.title.trim(),
        source_body: &source_body,
        issued_on,
        file_name: &new.file_name,
        text: &text,
        scope,
        year,
        is_year_asked: year.is_none(),
    };
    let id = rows::insert_directive(tx, row).await?;
    rows::insert_items(tx, id, 1, &items).await?;
    tx.record("directive.create", "directive", id, Some(new.issuer.organisation), json!({ "items": items.len() }));
    tx.changed("directive", id, None);
    Ok(id)
}

/// A directive that the actor deploys; anything else is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: sea_orm::ConnectionTrait>(connection: &C, actor: &Actor, id: i64) -> anyhow::Result<Option<Directive>> {
    let found = rows::directive(connection, id).await?;
    Ok(found.filter(|directive| directive.issuer.is_acted_for_by(actor, Capability::IssueTasks)))
}

/// The items of a directive, in the order of the text.
///
/// # Errors
/// When the database cannot be read.
pub async fn items_of<C: sea_orm::ConnectionTrait>(connection: &C, directive: &Directive) -> anyhow::Result<Vec<Item>> {
    rows::items_of(connection, directive.id).await
}

/// What may be done with one item besides correcting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// 核对无误.
    Check,
    /// 不是任务.
    Drop,
    /// Dropped or merged by mistake.
    TakeBack,
}

/// Writes what an officer corrected.
///
/// # Errors
/// [`Refusal`] when it is out of reach or already handed down.
pub async fn correct(app: &App, tx: &mut Tx, actor: &Actor, item_id: i64, form: ItemForm) -> anyhow::Result<()> {
    let (directive, mut item) = open_item(tx, actor, item_id).await?;
    if let Some(key) = &form.indicator
        && app.pack().indicators.get(key).is_none_or(|indicator| indicator.value.is_none())
    {
        return Err(Refusal("这个指标不能由系统计算，请另选一个，或者不绑定。".to_owned()).into());
    }
    let is_newly_bound = form.indicator.is_some() && form.indicator != item.indicator;
    form.put_into(&mut item);
    if is_newly_bound && item.measure.is_empty() {
        item.measure = app.pack().indicators.get(item.indicator.as_deref().unwrap_or_default()).map(measure_of).unwrap_or_default();
    }
    rows::update_item(tx, &item).await?;
    said(tx, &directive, &item, "directive.correct");
    Ok(())
}

/// How an indicator judges, as the measure of a task that is bound to it.
fn measure_of(indicator: &policy::Indicator) -> String {
    let reading = indicator.reading.clone().unwrap_or_else(|| format!("按“{}”计算。", indicator.name));
    format!("由系统按“{}”计算：{reading}", indicator.name)
}

/// Checks, drops or takes back one item.
///
/// # Errors
/// [`Refusal`] when it is out of reach, or the step does not fit.
pub async fn step(tx: &mut Tx, actor: &Actor, item_id: i64, step: Step) -> anyhow::Result<()> {
    let (directive, mut item) = open_item(tx, actor, item_id).await?;
    match step {
        Step::Check if !item.state.counts() => return Err(Refusal("这一条已经不作为任务，先恢复再核对。".to_owned()).into()),
        Step::Check => {
            item.state = ItemState::Checked;
            item.is_due_asked = false;
        }
        Step::Drop => item.state = ItemState::Dropped,
        Step::TakeBack => {
            item.state = ItemState::Proposed;
            item.merged_into = None;
        }
    }
    rows::update_item(tx, &item).await?;
    said(
        tx,
        &directive,
        &item,
        match step {
            Step::Check => "directive.check",
            Step::Drop => "directive.drop",
            Step::TakeBack => "directive.take_back",
        },
    );
    Ok(())
}

/// Checks every proposed item that lacks nothing; says how many.
///
/// # Errors
/// [`Refusal`] when the directive is out of reach.
pub async fn check_complete(tx: &mut Tx, actor: &Actor, directive_id: i64) -> anyhow::Result<usize> {
    let directive = own(tx, actor, directive_id).await?;
    let items = rows::items_of(tx.connection(), directive.id).await?;
    let mut n = 0;
    for mut item in items.into_iter().filter(|item| item.state == ItemState::Proposed && item.missing().is_empty()) {
        item.state = ItemState::Checked;
        item.is_due_asked = false;
        rows::update_item(tx, &item).await?;
        n += 1;
    }
    tx.record("directive.check", "directive", directive.id, Some(directive.issuer.organisation), json!({ "items": n }));
    Ok(n)
}

/// What to fill into every open item that lacks it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filling {
    pub owner: String,
    pub owner_level: Option<String>,
    pub measure: String,
    pub due_on: Option<Date>,
}

/// Fills in what open items lack, and changes nothing that is there; says how many items were touched.
///
/// # Errors
/// [`Refusal`] when the directive is out of reach.
pub async fn fill_missing(tx: &mut Tx, actor: &Actor, directive_id: i64, filling: &Filling) -> anyhow::Result<usize> {
    let directive = own(tx, actor, directive_id).await?;
    let mut n = 0;
    for item in rows::items_of(tx.connection(), directive.id).await? {
        if !item.state.counts() || item.state == ItemState::Issued {
            continue;
        }
        let mut filled = item.clone();
        if filled.owner.is_empty() {
            filled.owner.clone_from(&filling.owner);
        }
        if filled.owner_level.is_none() {
            filled.owner_level.clone_from(&filling.owner_level);
        }
        if filled.measure.is_empty() {
            filled.measure.clone_from(&filling.measure);
        }
        filled.due_on = filled.due_on.or(filling.due_on);
        if filled != item {
            rows::update_item(tx, &filled).await?;
            n += 1;
        }
    }
    tx.record("directive.fill_missing", "directive", directive.id, Some(directive.issuer.organisation), json!({ "items": n }));
    Ok(n)
}

/// Makes `item_id` part of `into`, which takes over what it does not have itself.
///
/// # Errors
/// [`Refusal`] when either is out of reach, or they are not of one directive.
pub async fn merge(tx: &mut Tx, actor: &Actor, item_id: i64, into: i64) -> anyhow::Result<()> {
    let (directive, mut item) = open_item(tx, actor, item_id).await?;
    let (_, mut target) = open_item(tx, actor, into).await?;
    if item.id == target.id || item.directive_id != target.directive_id || !target.state.counts() {
        return Err(Refusal("请选同一份文件里另一条还在用的任务来合并。".to_owned()).into());
    }
    target.target = target.target.or(item.target.clone());
    target.frequency = target.frequency.or(item.frequency.clone());
    target.due_on = target.due_on.or(item.due_on);
    for (own, other) in [(&mut target.owner, &item.owner), (&mut target.units, &item.units), (&mut target.measure, &item.measure)] {
        if own.is_empty() {
            own.clone_from(other);
        }
    }
    target.owner_level = target.owner_level.or(item.owner_level.clone());
    if target.standard.is_empty() {
        target.standard = item.span.chars().take(500).collect();
    }
    item.state = ItemState::Merged;
    item.merged_into = Some(target.id);
    rows::update_item(tx, &target).await?;
    rows::update_item(tx, &item).await?;
    said(tx, &directive, &item, "directive.merge");
    Ok(())
}

/// Where a person marked the text: characters from and until, or the words themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marked {
    Range(usize, usize),
    Words(String),
}

/// Adds an item for a passage of the text.
///
/// # Errors
/// [`Refusal`] when the directive is out of reach or the passage is not in the text.
pub async fn add(tx: &mut Tx, actor: &Actor, directive_id: i64, marked: &Marked) -> anyhow::Result<i64> {
    let directive = own(tx, actor, directive_id).await?;
    let (start, end) = place_of(&directive.text, marked)?;
    let span: String = directive.text.chars().skip(start).take(end - start).collect();
    let item: NewItem = reading::marked(&span, start, &directive.scope, directive.year, directive.issued_on);
    let items = rows::items_of(tx.connection(), directive.id).await?;
    let before = items.iter().filter(|other| other.place.is_some_and(|(at, _)| at <= start)).map(|other| other.position).max().unwrap_or_default();
    let id = rows::insert_items(tx, directive.id, before, &[item]).await?[0];
    tx.record("directive.add", "directive_item", id, Some(directive.issuer.organisation), json!({ "directive": directive.id }));
    Ok(id)
}

fn place_of(text: &str, marked: &Marked) -> Result<(usize, usize), Refusal> {
    match marked {
        Marked::Range(start, end) => {
            let n = text.chars().count();
            let has_words = *start < *end && *end <= n && text.chars().skip(*start).take(end - start).any(|c| !c.is_whitespace());
            if has_words && end - start <= 2_000 {
                Ok((*start, *end))
            } else {
                Err(Refusal("请在原文里选中一句话（2000 字以内），再加一条。".to_owned()))
            }
        }
        Marked::Words(words) => {
            let words = words.trim();
            let at = if words.is_empty() { None } else { text.find(words) };
            let at = at.ok_or_else(|| Refusal("原文里没有找到这句话。请从原文中复制，一字不改。".to_owned()))?;
            let start = text[..at].chars().count();
            Ok((start, start + words.chars().count()))
        }
    }
}

/// Answers which year the text is about: days that only lacked the year get it.
///
/// # Errors
/// [`Refusal`] when the directive is out of reach or the year cannot be meant.
pub async fn settle_year(tx: &mut Tx, actor: &Actor, directive_id: i64, year: i16) -> anyhow::Result<()> {
    let directive = own(tx, actor, directive_id).await?;
    let now = tx.today().year();
    if !(now - 10..=now + 5).contains(&year) {
        return Err(Refusal(format!("年份请写 {} 到 {} 之间的四位数。", now - 10, now + 5)).into());
    }
    rows::set_year(tx, directive.id, year).await?;
    for mut item in rows::items_of(tx.connection(), directive.id).await? {
        let due = reading::resolve_due(item.deadline.as_deref(), item.frequency.as_deref(), Some(year), directive.issued_on);
        if item.state == ItemState::Proposed && item.due_on.is_none() && due.on.is_some() {
            (item.due_on, item.is_due_asked) = (due.on, due.is_asked);
            rows::update_item(tx, &item).await?;
        }
    }
    tx.record("directive.settle_year", "directive", directive.id, Some(directive.issuer.organisation), json!({ "year": year }));
    Ok(())
}

async fn own(tx: &Tx, actor: &Actor, directive_id: i64) -> anyhow::Result<Directive> {
    tx.lock("directive", directive_id).await?;
    Ok(find(tx.connection(), actor, directive_id).await?.ok_or_else(|| Refusal("没有找到这份文件。".to_owned()))?)
}

/// An item that may still be changed, with its directive; both locked.
pub(super) async fn open_item(tx: &Tx, actor: &Actor, item_id: i64) -> anyhow::Result<(Directive, Item)> {
    let unknown = || Refusal("没有找到这一条任务。".to_owned());
    let found = store::query(tx.connection(), "select directive_id from directive_item where id = $1", [item_id.into()]).await?;
    let directive_id: i64 = found.first().ok_or_else(unknown)?.try_get_by_index(0)?;
    let directive = own(tx, actor, directive_id).await.map_err(|_| unknown())?;
    let item = rows::items_of(tx.connection(), directive.id).await?.into_iter().find(|item| item.id == item_id).ok_or_else(unknown)?;
    if item.state == ItemState::Issued {
        return Err(Refusal("这一条已经下发，内容不能再改；数量和时限在任务页的“调整分解”里改。".to_owned()).into());
    }
    Ok((directive, item))
}

fn said(tx: &mut Tx, directive: &Directive, item: &Item, operation: &str) {
    tx.record(operation, "directive_item", item.id, Some(directive.issuer.organisation), json!({ "directive": directive.id }));
    tx.changed("directive", directive.id, None);
}
