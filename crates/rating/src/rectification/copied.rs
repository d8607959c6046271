//! One plan per village (一村一策): a plan that repeats another one's is found, also with names and figures changed.

use std::collections::{BTreeSet, HashSet};

use policy::{FormField, Ratio};
use serde_json::Value as Json;
use store::{Tx, query};

use super::is_text;
use crate::app::App;
use crate::case::CaseFile;

/// Characters of a shingle.
const WIDTH: usize = 4;
/// Texts with fewer shingles say too little to be compared.
const SHINGLES_MIN: usize = 20;

/// The mark for a plan: how far it repeats another, which is not named: who reads this need not see the other; `None`: its own.
pub(super) async fn remark(app: &App, tx: &Tx, case: &CaseFile, action: &str, compared: &[&FormField]) -> anyhow::Result<Option<String>> {
    let Some(most) = app.pack().share("plan_similarity_max", tx.today()) else { return Ok(None) };
    let rows = query(
        tx.connection(),
        "select a.case_id, a.fields from case_act a join case_file c on c.id = a.case_id where c.procedure = $1 and a.action = $2 order by a.id desc",
        [case.procedure.clone().into(), action.into()],
    )
    .await?;
    let mut own = None;
    let mut others = Vec::new();
    for row in rows {
        let id: i64 = row.try_get_by_index(0)?;
        let fields: Json = serde_json::from_str(&row.try_get_by_index::<String>(1)?)?;
        let text = compared_text(compared, &fields);
        if id == case.id {
            own.get_or_insert(text);
        } else {
            others.push(text);
        }
    }
    let Some(own) = own else { return Ok(None) };
    let templates: String = compared.iter().filter_map(|field| field.template.as_deref()).collect();
    let names = names(app);
    let mine = shingles(&plain(&own, &names), &plain(&templates, &names));
    if mine.len() < SHINGLES_MIN {
        return Ok(None);
    }
    let nearest = others.iter().map(|text| share_of(&mine, &shingles(&plain(text, &names), &plain(&templates, &names)))).max();
    Ok(nearest
        .filter(|percent| Ratio::new((*percent).into(), 100) >= most)
        .map(|percent| format!("与另一个党组织的方案有 {percent}% 相同，换了名称和数字也算。照搬的退回重写。")))
}

fn compared_text(compared: &[&FormField], fields: &Json) -> String {
    let mut text = String::new();
    for field in compared.iter().filter(|field| is_text(field.kind)) {
        if let Some(rows) = fields.get(&field.key).and_then(Json::as_array) {
            for row in rows {
                text.push_str(row.get("text").and_then(Json::as_str).unwrap_or_default());
            }
        } else {
            text.push_str(fields.get(&field.key).and_then(Json::as_str).unwrap_or_default());
        }
    }
    text
}

/// Names of organisations as people write them in a plan: the proper part before 村, 社区, 镇.
fn names(app: &App) -> Vec<String> {
    let directory = app.directory();
    let scope = store::Actor::console(jiff::civil::Date::ZERO).scope(policy::Capability::ViewOrganisations);
    let mut names: BTreeSet<String> = BTreeSet::new();
    for org in directory.all(&scope) {
        let mut rest = org.name.trim_start_matches("中共").to_owned();
        for tail in ["党支部", "党总支", "委员会", "工作委员会", "联合", "第一", "第二", "第三"] {
            rest = rest.replace(tail, "");
        }
        for part in rest.split(['镇', '乡', '县', '区']).map(|part| part.trim_end_matches(['村', '社']).to_owned()) {
            if part.chars().count() >= 2 {
                names.insert(part);
            }
        }
    }
    names.into_iter().collect()
}

/// Letters only: names, digits and punctuation say nothing about whether a plan is one's own.
fn plain(text: &str, names: &[String]) -> Vec<char> {
    let mut text = text.to_owned();
    for name in names {
        if text.contains(name.as_str()) {
            text = text.replace(name.as_str(), "");
        }
    }
    text.chars().filter(|c| c.is_alphabetic() && !"〇零一二三四五六七八九十百千万两".contains(*c)).collect()
}

fn shingles(text: &[char], template: &[char]) -> HashSet<[char; WIDTH]> {
    let of = |text: &[char]| text.windows(WIDTH).filter_map(|w| <[char; WIDTH]>::try_from(w).ok()).collect::<HashSet<_>>();
    let given = of(template);
    of(text).into_iter().filter(|shingle| !given.contains(shingle)).collect()
}

/// How much of the smaller text stands in the other, in percent.
fn share_of(a: &HashSet<[char; WIDTH]>, b: &HashSet<[char; WIDTH]>) -> i64 {
    let least = a.len().min(b.len());
    if least < SHINGLES_MIN {
        return 0;
    }
    i64::try_from(a.intersection(b).count() * 100 / least).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str, template: &str) -> i64 {
        let names = ["上河".to_owned(), "下坪".to_owned()];
        let given = plain(template, &names);
        share_of(&shingles(&plain(a, &names), &given), &shingles(&plain(b, &names), &given))
    }

    #[test]
    fn a_copied_plan_is_found_with_names_and_figures_changed() {
        let plan = "上河村书记长期在外经商，三会一课停了8个月，村务公开栏最后一次更新在2025年，集体鱼塘承包合同没有公开，群众不知道承包款用在哪里。";
        let copy = "下坪村书记长期在外经商，三会一课停了11个月，村务公开栏最后一次更新在2024年，集体鱼塘承包合同没有公开，群众不知道承包款用在哪里。";
        let own = "下坪村两名委员因年龄和健康原因退出后一直没有补选，支委会半年开不起来，主题党日由会计代为记录，党员意见没有人收集，道路硬化工程的验收资料缺失。";
        assert!(alike(plan, copy, "") >= 90);
        assert!(alike(plan, own, "") < 30);
    }

    #[test]
    fn what_only_follows_the_template_is_no_copy() {
        let template = "一、存在的主要问题；二、产生问题的原因；三、采取的整顿措施；四、责任人和完成时限；五、验收的标准和方法";
        assert_eq!(alike(template, template, template), 0);
    }
}
