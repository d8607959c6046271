//! What people judge: satisfaction, on-site. One value per organisation, indicator and period; a later one supersedes.

use std::collections::{BTreeMap, HashMap, HashSet};

use policy::{Capability, Period, Ratio, parse_ratio};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::judged_value;
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all, query};

use crate::app::App;

/// A judgement as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedValue {
    pub organisation: OrgId,
    pub indicator: String,
    pub period: Period,
    /// Points, at most two decimals: `8.5`.
    pub points: String,
    pub evidence: String,
}

/// Records judgements, one of a page or many of a workbook. Gives one answer per value: `Err` with the sentence.
///
/// # Errors
/// Unexpected ones.
pub async fn judge_all(app: &App, tx: &mut Tx, actor: &Actor, values: Vec<JudgedValue>) -> anyhow::Result<Vec<Result<(), String>>> {
    let pack = app.pack();
    let scope = actor.scope(Capability::JudgeItems).union(actor.scope(Capability::Import));
    let mut answers = Vec::with_capacity(values.len());
    let mut taken: Vec<(JudgedValue, i64)> = Vec::new();
    for value in values {
        answers.push(match check(app, &pack, &scope, &value) {
            Ok(hundredths) => {
                taken.push((value, hundredths));
                Ok(())
            }
            Err(sentence) => Err(sentence),
        });
    }
    let ids = tx.next_ids(taken.len()).await?;
    supersede(tx, &taken).await?;
    // Of two in one batch the later one counts.
    let mut seen = HashSet::new();
    let mut models = Vec::with_capacity(taken.len());
    for ((value, hundredths), id) in taken.into_iter().zip(ids).rev() {
        let is_latest = seen.insert((value.organisation, value.indicator.clone(), value.period));
        tx.record(
            "item.judge",
            "judged_value",
            id,
            Some(value.organisation),
            json!({ "indicator": value.indicator, "period": value.period.to_string() }),
        );
        tx.changed("judged_value", id, Some(value.organisation));
        models.push(judged_value::ActiveModel {
            id: Set(id),
            organisation_id: Set(value.organisation),
            indicator: Set(value.indicator),
            period: Set(value.period.to_string()),
            hundredths: Set(hundredths),
            evidence: Set(value.evidence.trim().to_owned()),
            judged_by: Set(tx.actor_id()),
            judged_at: Set(tx.at_text()),
            superseded_at: Set((!is_latest).then(|| tx.at_text())),
        });
    }
    insert_all::<judged_value::Entity, _, _>(tx.connection(), models).await?;
    Ok(answers)
}

/// What was judged before gives way, a statement per item and period.
async fn supersede(tx: &Tx, taken: &[(JudgedValue, i64)]) -> anyhow::Result<()> {
    let mut by_item: BTreeMap<(&str, Period), Vec<OrgId>> = BTreeMap::new();
    for (value, _) in taken {
        by_item.entry((&value.indicator, value.period)).or_default().push(value.organisation);
    }
    for ((indicator, period), organisations) in by_item {
        for some in organisations.chunks(500) {
            let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            execute(
                tx.connection(),
                format!("update judged_value set superseded_at = $3 where indicator = $1 and period = $2 and organisation_id in ({list}) and superseded_at is null"),
                [indicator.into(), period.to_string().into(), tx.at_text().into()],
            )
            .await?;
        }
    }
    Ok(())
}

/// Records judgements for an evaluation that is not decided yet: only items that people judge and that apply to the
/// organisation's field, and no more points than the field's standard gives. Gives one answer per value.
///
/// # Errors
/// [`Refusal`] when the evaluation is decided.
pub async fn judge_for(app: &App, tx: &mut Tx, actor: &Actor, id: i64, values: Vec<JudgedValue>) -> anyhow::Result<Vec<Result<(), String>>> {
    let kept = super::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    let work = crate::case::CaseAtWork::read_in(app, tx.connection(), kept.case_id.unwrap_or_default()).await?;
    if !work.as_ref().is_some_and(super::access::may_change) {
        return Err(Refusal("已经研究决定，评定的分数不再改动。".to_owned()).into());
    }
    let head = super::result_head(tx.connection(), id).await?;
    let fields: HashMap<OrgId, String> = super::briefs(tx.connection(), id).await?.into_iter().map(|row| (row.org, row.field)).collect();
    let mut refused: Vec<Option<String>> = Vec::with_capacity(values.len());
    let mut taken = Vec::new();
    for value in values {
        let most = fields.get(&value.organisation).and_then(|field| most_of(&head, field, &value.indicator));
        let points = parse_ratio(&value.points).ok();
        refused.push(match (most, points) {
            _ if !fields.contains_key(&value.organisation) => Some("没有找到这个党组织，或者不在这次评定里".to_owned()),
            (None, _) => Some("这个领域的标准里没有这一项，或者这一项由系统计算".to_owned()),
            (Some((name, most)), Some(points)) if points > most => Some(format!("“{name}”的得分应在 0 到 {} 之间", assessment::plain(most))),
            _ => {
                taken.push(value);
                None
            }
        });
    }
    let mut answers = judge_all(app, tx, actor, taken).await?.into_iter();
    Ok(refused.into_iter().map(|refused| refused.map_or_else(|| answers.next().unwrap_or(Ok(())), Err)).collect())
}

/// Name and weight of a judged item in the standard of a field.
fn most_of<'a>(head: &'a assessment::Evaluation, field: &str, indicator: &str) -> Option<(&'a str, Ratio)> {
    let mut items = head.items.iter().filter(|item| item.rule == policy::ScoreRule::Judged && item.indicator == indicator);
    items.find(|item| item.field.as_deref().is_none_or(|own| own == field)).map(|item| (item.name.as_str(), item.weight))
}

/// What was judged last, per organisation and item of a period: points in hundredths, evidence, when.
pub(super) async fn judged_of(app: &App, period: Period, only: Option<OrgId>) -> anyhow::Result<HashMap<(OrgId, String), (i64, String, String)>> {
    let rows = query(
        app.store().reader(),
        format!(
            "select organisation_id, indicator, hundredths, evidence, judged_at from judged_value where period = $1 and superseded_at is null{}",
            among(only)
        ),
        [period.to_string().into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(((row.try_get_by_index(0)?, row.try_get_by_index(1)?), (row.try_get_by_index(2)?, row.try_get_by_index(3)?, row.try_get_by_index(4)?)))
        })
        .collect()
}

/// Reasons for which items were waived in a period.
pub(super) async fn waived_of(app: &App, period: Period, only: Option<OrgId>) -> anyhow::Result<HashMap<(OrgId, String), String>> {
    let sql = format!("select organisation_id, indicator, reason from judged_waiver where period = $1{}", among(only));
    let rows = query(app.store().reader(), sql, [period.to_string().into()]).await?;
    rows.iter().map(|row| Ok(((row.try_get_by_index(0)?, row.try_get_by_index(1)?), row.try_get_by_index(2)?))).collect()
}

/// The end of a condition that keeps rows to one organisation, if one is named.
fn among(only: Option<OrgId>) -> String {
    only.map_or_else(String::new, |id| format!(" and organisation_id = {id}"))
}

fn check(app: &App, pack: &policy::Pack, scope: &store::Scope, value: &JudgedValue) -> Result<i64, String> {
    if !app.directory().is_visible(scope, value.organisation) {
        return Err("没有找到这个党组织，或者不在您的范围内".to_owned());
    }
    let indicator = pack.indicators.get(&value.indicator).filter(|indicator| indicator.value.is_none()).ok_or("这一项由系统计算，不能评定")?;
    let points = parse_ratio(&value.points).map_err(|_| format!("“{}”的得分“{}”不是数字", indicator.name, value.points))?;
    let most = pack
        .schemes
        .values()
        .filter(|scheme| scheme.judges_year(value.period.year))
        .flat_map(|s| s.sections.iter().chain(s.standards.iter().flat_map(|standard| &standard.sections)))
        .flat_map(|s| &s.items)
        .filter(|i| i.indicator == value.indicator)
        .map(|i| i.weight)
        .max();
    let hundredths = points * Ratio::from_integer(100);
    if points < Ratio::from_integer(0) || most.is_some_and(|most| points > most) {
        return Err(format!("“{}”的得分应在 0 到 {} 之间", indicator.name, most.map_or_else(String::new, assessment::plain)));
    }
    if !hundredths.is_integer() {
        return Err(format!("“{}”的得分最多两位小数", indicator.name));
    }
    if value.evidence.trim().is_empty() {
        return Err(format!("请写明“{}”评定的依据：哪天、谁、看了什么", indicator.name));
    }
    i64::try_from(hundredths.to_integer()).map_err(|_| "得分太大".to_owned())
}

/// Waives an item that cannot be evidenced, with a reason that the result prints.
///
/// # Errors
/// [`Refusal`] without a reason or out of reach.
pub async fn waive(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, indicator: &str, period: Period, reason: &str) -> anyhow::Result<()> {
    if !app.directory().is_visible(&actor.scope(Capability::OpenEvaluations), organisation) {
        return Err(Refusal("没有找到这个党组织。".to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写明免评的理由，结果里会印出来。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into judged_waiver (id, organisation_id, indicator, period, reason, waived_by, waived_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict (organisation_id, indicator, period) do update set reason = excluded.reason, waived_by = excluded.waived_by, waived_at = excluded.waived_at",
        [id.into(), organisation.into(), indicator.into(), period.to_string().into(), reason.trim().into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.record("item.waive", "judged_waiver", id, Some(organisation), json!({ "indicator": indicator, "period": period.to_string() }));
    tx.changed("judged_value", id, Some(organisation));
    Ok(())
}
