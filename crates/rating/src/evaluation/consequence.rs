//! What follows from a filed result (结果运用): for each whom the pack names, done under a number or waived with a reason, before
//! the year's rating closes.

use std::collections::HashMap;

use anyhow::Context;
use jiff::civil::Date;
use policy::{ConsequenceKind, Key, Pack};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::consequence;
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all, query};

use super::brief::briefs;
use super::rows::{self, StoredEvaluation};
use crate::app::App;

/// One thing that follows from a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: i64,
    /// Key of the pack's entry.
    pub rule: Key,
    /// `None`: it is about the whole result.
    pub organisation: Option<OrgId>,
    pub due_on: Date,
    pub standing: Standing,
    pub done_on: Option<Date>,
    /// Under which number it was done.
    pub number: String,
    /// Money, in 分.
    pub amount: Option<i64>,
    /// How it was done, or why not.
    pub note: String,
    /// Where it was done, when that was elsewhere.
    pub href: String,
}

/// How one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    Open,
    Executed,
    Waived,
}

impl Standing {
    /// All, with the word of the address line.
    pub const ALL: [(&'static str, Self); 3] = [("open", Self::Open), ("executed", Self::Executed), ("waived", Self::Waived)];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "待办",
            Self::Executed => "已办",
            Self::Waived => "不办，有理由",
        }
    }
}

/// What somebody says about one: done, or not to be done.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub is_waived: bool,
    pub number: String,
    /// As typed, in 元.
    pub amount: String,
    pub note: String,
}

/// Draws what follows from a result, once: for every organisation that an entry of the pack concerns.
pub(super) async fn draw(app: &App, tx: &mut Tx, evaluation: &StoredEvaluation) -> anyhow::Result<()> {
    let sql = "select 1 from consequence where evaluation_id = $1 limit 1";
    if !query(tx.connection(), sql, [evaluation.id.into()]).await?.is_empty() {
        return Ok(());
    }
    let pack = app.policies_of(&evaluation.pack_version).await?;
    let rows = briefs(tx.connection(), evaluation.id).await?;
    let mut drawn: Vec<(&str, u32, Option<OrgId>)> = Vec::new();
    let scheme =
        pack.scheme_in(&evaluation.of_key, evaluation.period.year).map(|(_, scheme)| scheme).context("a result keeps the pack of its scheme")?;
    for (key, rule) in pack.consequences.iter().filter(|(_, rule)| rule.scheme == evaluation.of_key) {
        if rule.kind == ConsequenceKind::Export {
            drawn.push((key, rule.days, None));
        }
        drawn.extend(rows.iter().filter(|row| rule.concerns(scheme, row.star, &row.field)).map(|row| (key.as_str(), rule.days, Some(row.org))));
    }
    let ids = tx.next_ids(drawn.len()).await?;
    let today = tx.today();
    let mut models = Vec::with_capacity(drawn.len());
    for ((key, days, organisation), id) in drawn.into_iter().zip(ids) {
        models.push(consequence::ActiveModel {
            id: Set(id),
            evaluation_id: Set(evaluation.id),
            rule: Set(key.to_owned()),
            organisation_id: Set(organisation),
            due_on: Set(today.checked_add(jiff::Span::new().days(i64::from(days)))?.to_string()),
            done_on: Set(None),
            is_waived: Set(false),
            number: Set(String::new()),
            amount: Set(None),
            note: Set(String::new()),
            done_by: Set(None),
        });
    }
    let n = models.len();
    insert_all::<consequence::Entity, _, _>(tx.connection(), models).await?;
    tx.record("consequence.draw", "evaluation", evaluation.id, Some(evaluation.organisation), json!({ "n": n }));
    Ok(())
}

const COLUMNS: &str = "id, rule, organisation_id, due_on, done_on, is_waived, number, amount, note";

fn read(row: &QueryResult) -> anyhow::Result<Due> {
    let done_on = crate::directory::optional_day(row, "done_on")?;
    let is_waived: bool = row.try_get("", "is_waived")?;
    Ok(Due {
        id: row.try_get("", "id")?,
        rule: row.try_get("", "rule")?,
        organisation: row.try_get("", "organisation_id")?,
        due_on: row.try_get::<String>("", "due_on")?.parse()?,
        standing: match (done_on.is_some(), is_waived) {
            (false, _) => Standing::Open,
            (true, false) => Standing::Executed,
            (true, true) => Standing::Waived,
        },
        done_on,
        number: row.try_get("", "number")?,
        amount: row.try_get("", "amount")?,
        note: row.try_get("", "note")?,
        href: String::new(),
    })
}

/// Everything that follows from a result, as it stands now: what is decided on a list or done by an export stands there.
///
/// # Errors
/// When the database cannot be read.
pub async fn all<C: ConnectionTrait>(connection: &C, pack: &Pack, evaluation: &StoredEvaluation) -> anyhow::Result<Vec<Due>> {
    let sql = format!("select {COLUMNS} from consequence where evaluation_id = $1 order by rule, id");
    let mut all = query(connection, sql, [evaluation.id.into()]).await?.iter().map(read).collect::<anyhow::Result<Vec<Due>>>()?;
    let kind_of = |due: &Due| pack.consequences.get(&due.rule).map(|rule| rule.kind);
    if all.iter().any(|due| due.standing == Standing::Open && kind_of(due) == Some(ConsequenceKind::WeakList)) {
        let decided = decided_on_lists(connection, pack, evaluation).await?;
        for due in all.iter_mut().filter(|due| due.standing == Standing::Open && kind_of(due) == Some(ConsequenceKind::WeakList)) {
            if let Some(decision) = due.organisation.and_then(|organisation| decided.get(&(due.rule.clone(), organisation))) {
                due.standing = if decision.is_listed { Standing::Executed } else { Standing::Waived };
                due.done_on = Some(decision.on);
                due.note = decision.note.clone();
                due.href = format!("/weak-lists/{}", decision.round);
            }
        }
    }
    if all.iter().any(|due| due.standing == Standing::Open && kind_of(due) == Some(ConsequenceKind::Export)) {
        let newest = super::export::newest(connection, evaluation.id).await?;
        for due in all.iter_mut().filter(|due| due.standing == Standing::Open && kind_of(due) == Some(ConsequenceKind::Export)) {
            if let Some(export) = &newest {
                due.standing = Standing::Executed;
                due.done_on = Some(export.issued_on);
                due.note = format!("已导出第 {} 版", export.version);
                due.href = format!("/evaluations/{}/exports", evaluation.id);
            }
        }
    }
    Ok(all)
}

struct Decision {
    round: i64,
    is_listed: bool,
    note: String,
    on: Date,
}

/// What was decided about organisations on the lists that the pack's entries name, in the rounds made from this result.
async fn decided_on_lists<C: ConnectionTrait>(
    connection: &C,
    pack: &Pack,
    evaluation: &StoredEvaluation,
) -> anyhow::Result<HashMap<(Key, OrgId), Decision>> {
    let mut decided = HashMap::new();
    for (key, rule) in &pack.consequences {
        let Some(list) = &rule.weak_list else { continue };
        // Decided is what stands on a list whose case has ended: acknowledged above.
        let sql = "select r.id, c.organisation_id, c.is_listed, c.explanation, f.closed_at from weak_round r join weak_candidate c on c.round_id = r.id join case_file f on f.id = r.case_id where r.list_key = $1 and r.evaluation_id = $2 and f.closed_at is not null and c.is_listed is not null order by r.id";
        for row in query(connection, sql, [list.clone().into(), evaluation.id.into()]).await? {
            let is_listed: bool = row.try_get_by_index(2)?;
            let explanation: String = row.try_get_by_index::<Option<String>>(3)?.unwrap_or_default();
            let at: jiff::Timestamp = row.try_get_by_index::<String>(4)?.parse()?;
            let note = if is_listed { "列入整顿名单".to_owned() } else { format!("不列入：{explanation}") };
            let decision = Decision { round: row.try_get_by_index(0)?, is_listed, note, on: store::day_of(at) };
            decided.insert((key.clone(), row.try_get_by_index(1)?), decision);
        }
    }
    Ok(decided)
}

/// How many are neither done nor waived.
pub(super) async fn n_open<C: ConnectionTrait>(connection: &C, pack: &Pack, evaluation: &StoredEvaluation) -> anyhow::Result<i64> {
    Ok(i64::try_from(all(connection, pack, evaluation).await?.iter().filter(|due| due.standing == Standing::Open).count())?)
}

/// Says of several that they were done, or why they are not.
///
/// # Errors
/// [`Refusal`]: not one's own result, what is missing in the answer, one that is answered already or elsewhere.
pub async fn answer(app: &App, tx: &mut Tx, actor: &Actor, evaluation: i64, chosen: &[i64], given: &Answer) -> anyhow::Result<usize> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    tx.lock("evaluation", evaluation).await?;
    let kept = rows::find(tx.connection(), evaluation).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    super::check_owner(actor, kept.organisation)?;
    let pack = app.policies_of(&kept.pack_version).await?;
    if chosen.is_empty() {
        return refuse("请先勾选要办的。");
    }
    let (number, note) = (given.number.trim(), given.note.trim());
    if given.is_waived && note.is_empty() {
        return refuse("不办的要写明理由。");
    }
    if !given.is_waived && number.is_empty() {
        return refuse("请填文号或者会议，写明凭什么办的。");
    }
    let amount = if given.is_waived { None } else { fen(&given.amount)? };
    let all = all(tx.connection(), &pack, &kept).await?;
    for id in chosen {
        let Some(due) = all.iter().find(|due| due.id == *id) else { return refuse("没有找到其中一件，请刷新再选。") };
        let Some(rule) = pack.consequences.get(&due.rule) else { return refuse("制度包里没有这件结果运用，请刷新再选。") };
        if due.standing != Standing::Open {
            return Err(Refusal(format!("“{}”有一件已经办过，请刷新再选。", rule.name)).into());
        }
        if !given.is_waived && !rule.kind.is_recorded() {
            let place = if rule.kind == ConsequenceKind::Export {
                "在“导出考核文件”里导出"
            } else {
                "在软弱涣散名单里列入或者写明理由"
            };
            return Err(Refusal(format!("“{}”不在这里登记：请{place}，办了这里自动显示。", rule.name)).into());
        }
        if !given.is_waived && rule.kind == ConsequenceKind::WeakList {
            return refuse("列不列入由名单决定。");
        }
        if !given.is_waived && rule.kind == ConsequenceKind::Award && amount.is_none() {
            return Err(Refusal(format!("“{}”请填每个党组织的金额（元）。", rule.name)).into());
        }
    }
    let today = tx.today().to_string();
    for id in chosen {
        let sql = "update consequence set done_on = $2, is_waived = $3, number = $4, amount = $5, note = $6, done_by = $7 where id = $1";
        let values = [
            (*id).into(),
            today.clone().into(),
            given.is_waived.into(),
            number.to_owned().into(),
            amount.into(),
            note.to_owned().into(),
            tx.actor_id().into(),
        ];
        execute(tx.connection(), sql, values).await?;
        let organisation = all.iter().find(|due| due.id == *id).and_then(|due| due.organisation);
        let operation = if given.is_waived { "consequence.waive" } else { "consequence.execute" };
        tx.record(operation, "consequence", *id, organisation, json!({ "amount": amount }));
        if let Some(organisation) = organisation.filter(|_| !given.is_waived) {
            let rule = all.iter().find(|due| due.id == *id).and_then(|due| pack.consequences.get(&due.rule)).map_or("", |rule| rule.name.as_str());
            let text = format!("{}：{rule}，{number}。", kept.name);
            crate::notice::send(
                tx,
                crate::notice::To::Organisation(organisation),
                "consequence",
                &text,
                &format!("/evaluations/{evaluation}/organisations/{organisation}"),
            )
            .await?;
        }
    }
    tx.changed("evaluation", evaluation, None);
    Ok(chosen.len())
}

/// Money as people type it, 2000 or 2000.50, in 分.
fn fen(text: &str) -> Result<Option<i64>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || Refusal(format!("金额“{text}”请填大于 0 的元数，最多两位小数，如 2000 或 2000.50。"));
    let value = policy::parse_ratio(text).map_err(|_| bad())? * policy::Ratio::from_integer(100);
    if !value.is_integer() || value <= policy::Ratio::from_integer(0) {
        return Err(bad());
    }
    i64::try_from(value.to_integer()).map(Some).map_err(|_| bad())
}

/// 分 as people read it: 2000 元, 2000.50 元.
#[must_use]
pub fn yuan(amount: i64) -> String {
    if amount % 100 == 0 { format!("{} 元", amount / 100) } else { format!("{}.{:02} 元", amount / 100, amount % 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_kept_to_the_smallest_unit() {
        assert_eq!(fen("2000").unwrap(), Some(200_000));
        assert_eq!(fen("2000.50").unwrap(), Some(200_050));
        assert_eq!(fen(" ").unwrap(), None);
        for bad in ["0", "-1", "1.234", "两千"] {
            assert!(fen(bad).is_err(), "{bad}");
        }
        assert_eq!((yuan(200_000), yuan(200_050)), ("2000 元".to_owned(), "2000.50 元".to_owned()));
    }
}
