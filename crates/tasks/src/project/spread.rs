//! A pilot that succeeded becomes a task for the others: handed down like any other, by the office that decided it.

use policy::Pack;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::Project;
use crate::app::App;
use crate::case::Act;
use crate::task::{self, Issued, Issuer, ItemForm, Marked, NewDirective, Part, PartsKind, Step};

/// The place of the text in which its one demand stands.
const SCOPE: &str = "综合";

/// Hands the task down to everybody who could have carried the pilot, but whoever did.
///
/// # Errors
/// [`Refusal`] when the actor hands down no tasks here, there is nobody else, or the day has passed.
pub(super) async fn spread(app: &App, tx: &mut Tx, actor: &Actor, pack: &Pack, it: &Project, act: &Act) -> anyhow::Result<()> {
    let text = |key: &str| act.fields.get(key).and_then(|value| value.as_str()).unwrap_or_default().trim().to_owned();
    let kind = pack.projects.get(&it.kind).ok_or_else(|| anyhow::anyhow!("no project {}", it.kind))?;
    let (units, level): (Vec<OrgId>, Option<String>) = {
        let directory = app.directory();
        let others = directory.subtree(it.issuer).filter(|org| !org.is_branch() && kind.levels.contains(&org.level) && org.id != it.organisation);
        (others.map(|org| org.id).collect(), kind.levels.first().cloned())
    };
    if units.is_empty() {
        return Err(Refusal("没有其他单位可以推开。".to_owned()).into());
    }
    let due_on = text("spread_by").parse()?;
    let action = text("action");
    let issuer = Issuer { organisation: it.issuer, fields: Vec::new() };
    let directive = NewDirective {
        issuer,
        title: format!("关于推开试点“{}”的任务", it.name),
        source_body: String::new(),
        issued_on: Some(tx.today()),
        file_name: String::new(),
        text: format!("{action}\n{}", text("standard")),
    };
    let id = task::create(app, tx, actor, directive).await?;
    // What the reader proposes of so short a text is replaced by the one demand that was decided.
    let found = task::find_directive(tx.connection(), actor, id).await?.ok_or_else(|| Refusal("没有找到这份文件。".to_owned()))?;
    for item in task::items_of(tx.connection(), &found).await? {
        task::step(tx, actor, item.id, Step::Drop).await?;
    }
    let item = task::add(tx, actor, id, &Marked::Words(action.clone())).await?;
    let form = ItemForm {
        action,
        standard: text("standard"),
        units: String::new(),
        target: None,
        frequency: None,
        due_on: Some(due_on),
        scope: SCOPE.to_owned(),
        indicator: None,
        measure: text("measure"),
        weight_hundredths: None,
        owner: text("owner"),
        owner_level: level.clone(),
    };
    let owner = form.owner.clone();
    task::correct(app, tx, actor, item, form).await?;
    task::step(tx, actor, item, Step::Check).await?;
    let part = |organisation: OrgId| Part { organisation, quantity_milli: None, due_on, owner: owner.clone(), owner_level: level.clone() };
    let issued = Issued { item_id: item, kind: PartsKind::Each, parts: units.iter().copied().map(part).collect(), permitted: String::new() };
    task::issue(app, tx, actor, id, vec![issued]).await?;
    tx.record("project.spread", "project", it.id, Some(it.organisation), json!({ "units": units.len() }));
    Ok(())
}
