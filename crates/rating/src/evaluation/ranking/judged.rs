//! Components that people judge: 暗访督导. One value per unit, component and period; a later one supersedes.

use policy::{Capability, Ratio, parse_ratio};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::judged_value;
use store::{Actor, OrgId, Refusal, Tx, execute};

use super::compute::{How, RankingHead, judged_key};
use super::rows;
use crate::app::App;

/// A judgement as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedComponent {
    pub unit: OrgId,
    pub component: String,
    /// 0 to 100, at most two decimals.
    pub points: String,
    pub evidence: String,
}

/// Records component values of a ranking that is not decided yet. Nobody judges the own unit.
///
/// # Errors
/// [`Refusal`] with every problem of the page in one sentence.
pub async fn judge_components(app: &App, tx: &mut Tx, actor: &Actor, id: i64, values: Vec<JudgedComponent>) -> anyhow::Result<usize> {
    let stored = crate::evaluation::to_change(app, tx, actor, id).await?;
    let head = rows::head_of(tx.connection(), id).await?;
    let units = rows::unit_briefs(tx.connection(), id).await?;
    let mut problems = Vec::new();
    let mut checked = Vec::new();
    for value in values {
        let name = units.iter().find(|unit| unit.org == value.unit).map(|unit| unit.name.clone());
        match check(app, &head, actor, &value, name.is_some()) {
            Ok(hundredths) => checked.push((value, hundredths)),
            Err(problem) => problems.push(format!("{}：{problem}", name.unwrap_or_default())),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal(problems.join("；")).into());
    }
    let n = checked.len();
    for (value, hundredths) in checked {
        let indicator = judged_key(&head.key, &value.component);
        execute(
            tx.connection(),
            "update judged_value set superseded_at = $4 where organisation_id = $1 and indicator = $2 and period = $3 and superseded_at is null",
            [value.unit.into(), indicator.clone().into(), stored.period.to_string().into(), tx.at_text().into()],
        )
        .await?;
        let row_id = tx.next_id().await?;
        judged_value::ActiveModel {
            id: Set(row_id),
            organisation_id: Set(value.unit),
            indicator: Set(indicator.clone()),
            period: Set(stored.period.to_string()),
            hundredths: Set(hundredths),
            evidence: Set(value.evidence.trim().to_owned()),
            judged_by: Set(tx.actor_id()),
            judged_at: Set(tx.at_text()),
            superseded_at: Set(None),
        }
        .insert(tx.connection())
        .await?;
        tx.record("item.judge", "judged_value", row_id, Some(value.unit), json!({ "indicator": indicator, "period": stored.period.to_string() }));
    }
    tx.changed("judged_value", id, None);
    Ok(n)
}

fn check(app: &App, head: &RankingHead, actor: &Actor, value: &JudgedComponent, is_ranked: bool) -> Result<i64, String> {
    let directory = app.directory();
    let above = directory.org(value.unit).map(|org| org.superiors.clone()).unwrap_or_default();
    let may = actor.grants_with(Capability::JudgeItems).any(|grant| grant.set.everything || grant.set.root.is_some_and(|root| above.contains(&root)));
    if !is_ranked || !may {
        return Err("没有找到这个单位，或者不在您的范围内".to_owned());
    }
    let component = head.components.iter().find(|c| c.key == value.component && c.how == How::Judged).ok_or("这一部分由系统计算，不能评定")?;
    let points = parse_ratio(&value.points).map_err(|_| format!("“{}”的得分“{}”不是数字", component.name, value.points))?;
    if points < Ratio::from_integer(0) || points > Ratio::from_integer(100) {
        return Err(format!("“{}”的得分应在 0 到 100 之间", component.name));
    }
    let hundredths = points * Ratio::from_integer(100);
    if !hundredths.is_integer() {
        return Err(format!("“{}”的得分最多两位小数", component.name));
    }
    if value.evidence.trim().is_empty() {
        return Err(format!("请写明“{}”评定的依据：哪几天、谁去的、看了哪里", component.name));
    }
    i64::try_from(hundredths.to_integer()).map_err(|_| "得分太大".to_owned())
}
