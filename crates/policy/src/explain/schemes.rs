//! What schemes, lists, rankings, plan lines and procedures say.

use super::words;
use crate::{
    Appraisal, Authority, Balance, Ballot, ChangeBy, Consequence, ConsequenceKind, Contest, ContestRound, Department, InspectionKind, InspectionMode,
    Item, KnownColumn, Ledger, Matter, Over, Pack, PermittedList, PlanLine, PrincipalDuty, Procedure, Programme, ProgrammeLine, Project, Ranking,
    Scheme, ScoreRule, Section, Selection, SelectionBar, SelectionOf, Stage, Tier, VisitScope, Votes, WeakList, WeightChange, WhenNotEvidenced,
};

pub(super) fn scheme(pack: &Pack, scheme: &Scheme) -> Vec<String> {
    let mut said = vec![format!("评定对象：{}。", words::names(&pack.organisation_kinds, &scheme.kinds, |kind| &kind.name))];
    if scheme.example {
        said.push("示例方案：数值为演示而设，不是任何地方的规定。".to_owned());
    }
    said.extend(authority(pack, scheme));
    said.extend(scheme.sections.iter().map(|section| self::section(pack, "", section)));
    for standard in &scheme.standards {
        let field = pack.fields.get(&standard.field).map_or(standard.field.as_str(), |field| &field.name);
        said.extend(standard.sections.iter().map(|section| self::section(pack, &format!("{field}（{}）·", standard.owner), section)));
    }
    said.extend(rating_rules(pack, scheme));
    said
}

/// Who approved it, for which years, until when its weights may change.
fn authority(pack: &Pack, scheme: &Scheme) -> Vec<String> {
    let mut said = Vec::new();
    let approved = approval(&scheme.authority());
    let is_approved = approved.is_some();
    said.extend(approved);
    if !is_approved && !scheme.example {
        said.push("没有写全批准机关、文号和有效期：只能起草和模拟，不能对党支部开评。".to_owned());
    }
    if let Some(of) = &scheme.version_of {
        said.push(format!("是“{}”的另一个版本。", scheme_name(pack, of)));
    }
    match (scheme.from_year, scheme.until_year) {
        (Some(from), Some(until)) => said.push(format!("用于{from}年至{}年。", until - 1)),
        (Some(from), None) => said.push(format!("用于{from}年起。")),
        (None, Some(until)) => said.push(format!("用于{}年及以前。", until - 1)),
        (None, None) => {}
    }
    said.extend(scheme.weight_changes.iter().map(|change| weight_change(pack, scheme, change)));
    said.extend(scheme.weights_locked_on.map(|day| format!("{}起权重锁定，再改须经批准并在结果中注明。", words::day(day))));
    said.extend(scheme.weights_total.map(|total| format!("各项权重合计{}分，折算成100分。", words::number(total))));
    said
}

/// Who approved something, under which number, until when; `None` when one of the three is not said.
#[must_use]
pub fn approval(authority: &Authority<'_>) -> Option<String> {
    let (by, number, until) = (authority.approved_by?, authority.document_number?, authority.valid_until?);
    Some(format!("{by}批准（{number}），有效期到{}前。", words::day(until)))
}

/// How a scheme comes from scores to stars: who is compared, levels and quotas, vetoes, the least evidence.
#[must_use]
pub fn rating_rules(pack: &Pack, scheme: &Scheme) -> Vec<String> {
    let level = |key: &String| pack.levels.get(key).map_or(key.clone(), |level| level.name.clone());
    let mut said = vec![format!(
        "同一{}、同一领域的相比；数量太少的并到{}。",
        level(&scheme.cohort.under),
        scheme.cohort.pool_to.iter().map(level).collect::<Vec<_>>().join("、")
    )];
    for star in &scheme.stars {
        let quota =
            star.quota.map_or(String::new(), |quota| format!("，不超过同组的{}（名额{}）", words::percent(quota), scheme.quota_rounding.label()));
        let effect = star.effect_at_least.map_or_else(String::new, |share| format!("，成效项目得分率不低于{}", words::percent(share)));
        said.push(format!("{}星：{}分以上{quota}{effect}。", star.star, words::number(star.at_least)));
    }
    said.push(format!("其余为{}星。", scheme.star_below));
    for veto in &scheme.vetoes {
        let follows = veto.star_at_most.map_or_else(|| "不予评星、不排名次".to_owned(), |star| format!("最高{star}星"));
        said.push(format!("“{}”没有达标的，{follows}。", indicator(pack, &veto.unless_met)));
    }
    said.extend(scheme.bonus_cap.map(|cap| format!("加分项目合计最多加{}分。", words::number(cap))));
    said.push(format!("有依据的权重不到{}的，暂不评定。", words::percent(scheme.evidenced_weight_min)));
    said
}

/// A change of a weight after the lock, as results print it.
#[must_use]
pub fn weight_change(pack: &Pack, scheme: &Scheme, change: &WeightChange) -> String {
    let sections = scheme.sections.iter().chain(scheme.standards.iter().flat_map(|standard| &standard.sections));
    let mut items = sections.flat_map(|section| &section.items);
    let key = items.find(|item| item.printed_as.as_ref() == Some(&change.item)).map_or(&change.item, |item| &item.indicator);
    let field = change.field.as_ref().and_then(|key| pack.fields.get(key)).map_or_else(String::new, |field| format!("（{}）", field.name));
    format!(
        "“{}”{field}的分值锁定后由 {} 改为 {}：{}批准，{}，{}。",
        indicator(pack, key),
        words::number(change.from),
        words::number(change.to),
        change.approved_by,
        change.document_number,
        words::day(change.on)
    )
}

fn section(pack: &Pack, before: &str, section: &Section) -> String {
    let items: Vec<String> = section.items.iter().map(|item| self::item(pack, item)).collect();
    format!("{before}{}：{}。", section.name, items.join("；"))
}

/// How points follow from what an item finds: 按达标的周期数占应有周期数的比例得分.
#[must_use]
pub fn how_scored(pack: &Pack, item: &Item) -> String {
    let asked = item.target.map_or(String::new(), |target| format!("，本方案要求{target}"));
    rule(pack, item) + &asked
}

fn rule(pack: &Pack, item: &Item) -> String {
    match item.score {
        ScoreRule::ShareOfPeriodsMet => "按达标的周期数占应有周期数的比例得分".to_owned(),
        ScoreRule::Met => "达标得满分，否则不得分".to_owned(),
        ScoreRule::ProportionalToTarget => "达标得满分，不达标按与目标的比例得分".to_owned(),
        ScoreRule::Judged => item.ballot.as_ref().map_or_else(
            || "由人评定".to_owned(),
            |key| format!("按“{}”的结果得分", pack.ballots.get(key).map_or(key.as_str(), |ballot| &ballot.name)),
        ),
        ScoreRule::Deduct => {
            let until = item.floor.map_or("扣完为止".to_owned(), |floor| format!("扣到{}分为止", words::number(floor)));
            format!("每有一个扣{}分，{until}", words::number(item.per_fault.unwrap_or_default()))
        }
        ScoreRule::RankInCohort => {
            format!("按在同类中的名次得分，第一名得满分，最后一名得{}分，并列的取平均", words::number(item.last_points.unwrap_or_default()))
        }
        ScoreRule::ChangeAgainstBase => item.change.map_or(String::new(), |change| {
            let base = if change.years_back == 1 { "上年".to_owned() } else { format!("{}年前", change.years_back) };
            let figure = |n| if change.by == ChangeBy::Share { words::percent(n) } else { words::number(n) };
            format!("与{base}同期相比，变化{}得0分，变化{}得满分，中间按比例", figure(change.from), figure(change.to))
        }),
        ScoreRule::Bands => {
            let bands: Vec<String> =
                item.bands.iter().map(|band| format!("{}以上{}分", words::number(band.at_least), words::number(band.points))).collect();
            format!("分档得分：{}", bands.join("，"))
        }
    }
}

fn item(pack: &Pack, item: &Item) -> String {
    let how = how_scored(pack, item);
    let without = match item.when_not_evidenced {
        WhenNotEvidenced::Open => "",
        WhenNotEvidenced::LeaveOut => "，无依据的不计此项",
        WhenNotEvidenced::Zero => "，无依据的不得分",
    };
    let most = if item.bonus { "加分，最多" } else { "" };
    format!("{}{most}{}分（{how}{without}）", indicator(pack, &item.indicator), words::number(item.weight))
}

fn indicator(pack: &Pack, key: &str) -> String {
    pack.indicators.get(key).map_or(key.to_owned(), |indicator| indicator.name.clone())
}

fn scheme_name(pack: &Pack, key: &str) -> String {
    pack.schemes.get(key).map_or(key.to_owned(), |scheme| scheme.name.clone())
}

pub(super) fn tier(pack: &Pack, tier: &Tier) -> Vec<String> {
    let mut said =
        vec![format!("按“{}”的结果：{}。", scheme_name(pack, &tier.scheme), words::expression(pack, &tier.when)), format!("任务：{}。", tier.duty)];
    if let Some(goal) = &tier.goal {
        let level = pack.levels.get(&goal.level).map_or(goal.level.as_str(), |level| &level.name);
        let years: Vec<String> = goal.years.iter().map(|goal| format!("{}年占比{}", goal.year, goal.is)).collect();
        said.push(format!("供下达参考的目标（每个{level}）：{}；下达以后才算数。", years.join("，")));
    }
    said
}

pub(super) fn weak_list(pack: &Pack, list: &WeakList) -> Vec<String> {
    let under = pack.levels.get(&list.under).map_or(list.under.as_str(), |level| &level.name);
    let mut said = vec![format!(
        "范围：每个{under}的{}（{}领域）。",
        words::names(&pack.organisation_kinds, &list.kinds, |kind| &kind.name),
        words::names(&pack.fields, &list.fields, |field| &field.name)
    )];
    said.push(match list.ratio {
        Some(ratio) => format!("按“{}”的得分从低到高，不低于{}（不足一个的按一个计）。", scheme_name(pack, &list.scheme), words::percent(ratio)),
        None => "不定比例，应整尽整。".to_owned(),
    });
    for condition in &list.conditions {
        let proposed: Vec<String> = condition.proposed_unless_met.iter().map(|key| format!("“{}”", indicator(pack, key))).collect();
        let how = if proposed.is_empty() { "由人提出".to_owned() } else { format!("{}没有达标的由系统提示", proposed.join("")) };
        said.push(format!("{}：{how}。", condition.name));
    }
    if let Some(low) = &list.low_star {
        let fields = words::names(&pack.fields, &low.fields, |field| &field.name);
        let includes = includes_figure(pack, &list.scheme);
        said.push(format!("{fields}领域评为{}星{}的，列入或者写明不列的理由。", low.star, if includes { "及以下" } else { "以下" }));
    }
    said.push(format!("联审征求意见：{}（只记有无）。", list.review_bodies.join("、")));
    let procedure = |key: &String| pack.procedures.get(key).map_or(key.clone(), |procedure| procedure.name.clone());
    said.push(format!("经“{}”确定，逐个进入“{}”。", procedure(&list.approval), procedure(&list.rectification)));
    said
}

/// The rule of a ballot in sentences: who counts how much, the quorum, what is dropped, by which procedure.
#[must_use]
pub fn ballot_rule(pack: &Pack, ballot: &Ballot) -> Vec<String> {
    let groups: Vec<String> = ballot.groups.iter().map(|group| format!("{}占{}", group.name, words::number(group.weight))).collect();
    let votes = if ballot.votes == Votes::Secret { "不记名" } else { "记名" };
    let options: Vec<String> = ballot.options.iter().map(|option| format!("{}{}分", option.name, option.vote)).collect();
    let options = if options.is_empty() { format!("每票{}到{}分", ballot.scale.from, ballot.scale.to) } else { options.join("、") };
    let mut said = vec![format!("{votes}投票，{options}：{}。", groups.join("，"))];
    said.push(format!("参加的不到应参加人数的{}的，不计算结果。", words::percent(ballot.quorum)));
    if ballot.trim > 0 {
        said.push(format!("每一类去掉{0}个最高分和{0}个最低分后平均。", ballot.trim));
    }
    if let Some(procedure) = ballot.procedure.as_ref().and_then(|key| pack.procedures.get(key)) {
        said.push(format!("按“{}”办理，{}。", procedure.name, if ballot.on_devices.is_some() { "可以电子投票" } else { "纸质投票" }));
    }
    said
}

pub(super) fn ledger(pack: &Pack, ledger: &Ledger) -> Vec<String> {
    let levels: Vec<&str> = ledger.levels.iter().map(|key| pack.levels.get(key).map_or(key.as_str(), |level| &level.name)).collect();
    let keepers = if levels.is_empty() { "各党组织".to_owned() } else { format!("{}的党组织", levels.join("、")) };
    let fields: Vec<&str> = ledger.fields.iter().map(|field| field.name.as_str()).collect();
    let about = if ledger.about_below { "逐条写明是对下属哪个党组织的" } else { "记本党组织的" };
    let mut said = vec![format!("由{keepers}记，{about}；栏目：{}。", fields.join("、"))];
    said.extend(ledger.note.clone());
    said
}

pub(super) fn matter(pack: &Pack, matter: &Matter) -> Vec<String> {
    let names =
        |keys: &[String]| keys.iter().map(|key| pack.levels.get(key).map_or(key.as_str(), |level| &level.name)).collect::<Vec<_>>().join("、");
    let by = if matter.levels.is_empty() { "上级".to_owned() } else { names(&matter.levels) };
    let about = if matter.about.is_empty() { "下面的党组织".to_owned() } else { format!("{}的党组织", names(&matter.about)) };
    let fields: Vec<&str> = matter.fields.iter().map(|field| field.name.as_str()).collect();
    let mut said = vec![format!("由{by}对{about}{}；栏目：{}。", matter.verb, fields.join("、"))];
    for kind in &matter.kinds {
        let follows = kind.follows.as_ref().map_or_else(String::new, |key| format!("，先有“{}”；越过的要写明理由", matter.kind_name(key)));
        let proposed = kind.proposed_when.as_ref().map_or_else(String::new, |when| format!("，{}时提请研究", words::expression(pack, when)));
        said.push(format!("{}{follows}{proposed}。", kind.name));
    }
    said.extend(matter.note.clone());
    said
}

pub(super) fn programme(pack: &Pack, programme: &Programme) -> Vec<String> {
    let level = pack.levels.get(&programme.level).map_or(programme.level.as_str(), |level| &level.name);
    let mechanism = |key: &String| pack.mechanisms.get(key).map_or(key.clone(), |mechanism| mechanism.name.clone());
    let line = |line: &ProgrammeLine| format!("{}：{}。", line.name, line.mechanisms.iter().map(mechanism).collect::<Vec<_>>().join("；"));
    let mut said = vec![format!("各{level}按下面 {} 条线推进，进展由各项机制的记录算出，不另填报；一年一次逐条书面评述。", programme.lines.len())];
    said.extend(programme.lines.iter().map(line));
    said
}

pub(super) fn project(pack: &Pack, project: &Project) -> Vec<String> {
    let level = |key: &str| pack.levels.get(key).map_or_else(|| key.to_owned(), |level| level.name.clone());
    let carriers: Vec<String> = project.levels.iter().map(|key| level(key)).collect();
    let carriers = if carriers.is_empty() { "各级党组织".to_owned() } else { format!("{}党组织", carriers.join("、")) };
    let decider = if project.decided_by == "superior" { "上一级党委（党工委）".to_owned() } else { level(&project.decided_by) };
    let mut said = vec![format!("由{carriers}承担，由{decider}审批和验收；承担的人不能验收自己的。")];
    if let Some(last) = project.each_year.iter().max_by_key(|value| value.from) {
        said.push(format!("每年不少于 {} 个，{}起。", last.is, words::day(last.from)));
    }
    if let Some(per) = project.progress_per {
        said.push(format!("{}报一次进展。", per.label()));
    }
    if project.served {
        said.push("写明受益的党组织，它认可以后才能验收。".to_owned());
    }
    if let Some(opening) = &project.opened_by {
        let procedure = pack.procedures.get(&opening.procedure).map_or(opening.procedure.as_str(), |procedure| &procedure.name);
        said.push(format!("启动“{procedure}”的，自动列为这样一个项目；销号以后才能验收。"));
    }
    if let Some(sharing) = &project.shared {
        let most = sharing.number_max.map_or_else(String::new, |n| format!("，一年最多 {n} 项"));
        let sum = if sharing.count.is_some() { "，各单位的数合计等于全部" } else { "" };
        said.push(format!("{}由{}定{most}，分到各单位{sum}；各单位都验收以后办结。", sharing.word, level(&sharing.by)));
    }
    if !project.parts.is_empty() {
        let parts: Vec<String> = project.parts.iter().map(part_words).collect();
        said.push(format!("每个单位必做 {} 项：{}。", parts.len(), parts.join("、")));
    }
    if !project.grades.is_empty() {
        said.push(format!("验收以后评等次：{}；{}的列为经验。", project.grades.join("、"), project.good.join("、")));
    }
    said.extend(project.note.clone());
    said
}

pub(super) fn balance(pack: &Pack, balance: &Balance) -> Vec<String> {
    let ledger = pack.ledgers.get(&balance.ledger).map_or(balance.ledger.as_str(), |ledger| &ledger.name);
    let level = pack.levels.get(&balance.level).map_or(balance.level.as_str(), |level| &level.name);
    vec![format!("按“{ledger}”逐{level}看各领域的投入：一个领域在一个要素上占的份额，不到它党组织份额的{}的，提醒。", words::percent(balance.least))]
}

pub(super) fn ranking(pack: &Pack, ranking: &Ranking) -> Vec<String> {
    let level = pack.levels.get(&ranking.level).map_or(ranking.level.as_str(), |level| &level.name);
    let mut said = vec![format!("{}对{level}排名一次，征求意见不少于{}天。", ranking.per.label(), ranking.objection_days)];
    said.push(format!("有依据的党支部不到{}的组成部分没有得分，不排名次。", words::percent(ranking.evidenced_share_min)));
    for component in &ranking.components {
        let how = match (&component.mean_score_of, component.indicators.as_slice()) {
            (Some(scheme), _) => format!("所属党支部“{}”的平均分", scheme_name(pack, scheme)),
            (None, []) => "由人评定，0 到 100 分".to_owned(),
            (None, keys) if component.over == Over::Committees => format!(
                "本级和下级党（工）委{}的平均，没有的不计{}",
                keys.iter().map(|key| format!("“{}”", indicator(pack, key))).collect::<String>(),
                if component.full_when_nothing_due { "，都没有的按满分计" } else { "" }
            ),
            (None, keys) => format!("{}的完成比例的平均", keys.iter().map(|key| format!("“{}”", indicator(pack, key))).collect::<String>()),
        };
        said.push(format!("{}占{}：{how}。", component.name, words::number(component.weight)));
    }
    said
}

pub(super) fn selection(pack: &Pack, selection: &Selection) -> Vec<String> {
    let mut said = Vec::new();
    if selection.example {
        said.push("示例方案：数值为演示而设，不是任何地方的规定。".to_owned());
    }
    if selection.draft {
        said.push("草案：还没有批准，只能模拟，不能申报。".to_owned());
    }
    said.extend(approval(&selection.authority()));
    said.extend(selection.from_year.map(|year| format!("{year}年起开展。")));
    said.push(format!("称号“{}”，从命名那天起有效 {} 个月，期满前复核。", selection.title, selection.valid_months));
    let names: Vec<String> = selection
        .dimensions
        .iter()
        .map(|dimension| match dimension.field.as_ref().and_then(|field| pack.fields.get(field)) {
            Some(field) => format!("{}（{}）", dimension.name, field.name),
            None => dimension.name.clone(),
        })
        .collect();
    if !names.is_empty() {
        said.push(format!("逐项审核 {} 项：{}。", names.len(), names.join("、")));
    }
    for bar in &selection.not_while {
        said.push(match bar {
            SelectionBar::InRectification => "正在整顿的党组织不能申报。".to_owned(),
            SelectionBar::Vetoed => "最近一次公布的结果里有一票否决的，不能申报。".to_owned(),
        });
    }
    if let Some(n) = selection.helps {
        said.push(format!("命名以后结对帮带 {n} 个，复核时看帮带的结果；没有结对的不能延续。"));
    }
    if let Some(star) = selection.star_min {
        said.push(format!("最近一次公布的结果不到{star}星的不符合资格；仍要确定的，写明理由。"));
    }
    if selection.of == SelectionOf::Family {
        said.push("经本人家庭同意才列入；只留上榜的称呼、所在村（社区）和年份，不作计分。".to_owned());
    }
    said
}

pub(super) fn plan_line(line: &PlanLine) -> Vec<String> {
    vec![format!("由{}组织，评{}，{}起可以开启。", line.owner, line.period.label(), words::day(line.opens_on))]
}

/// How units come to an inspection, who inspects, what is looked at.
pub(super) fn inspection(pack: &Pack, inspection: &InspectionKind) -> Vec<String> {
    let level = pack.levels.get(&inspection.level).map_or(inspection.level.as_str(), |level| &level.name);
    let how = match inspection.mode {
        InspectionMode::Random => {
            format!("先固定抽取范围并公布它的指纹，再产生种子，按国密 SM3 排序抽取，不少于{}。", words::percent(inspection.share_min))
        }
        InspectionMode::Crossed => "检查组不得检查自己来的地方，两个地方不得互查。".to_owned(),
        InspectionMode::Targeted => "围绕一个专题，选定单位检查。".to_owned(),
        InspectionMode::Unannounced => "检查组到现场打开检查以前，被检查的一方看不到；报告发出以前，看不到查出的问题。".to_owned(),
    };
    let lists: Vec<&str> = inspection.checklists.iter().map(|key| pack.checklists.get(key).map_or(key.as_str(), |list| &list.name)).collect();
    vec![
        format!("{}方式，检查{level}。", inspection.mode.words()),
        how,
        format!("检查单：{}。", lists.join("、")),
        format!("查出的问题当场定责任人和时限，一般{}天，列入问题台账。", inspection.problem_days),
    ]
}

/// Who comes to which units.
pub(super) fn visit_scope(pack: &Pack, scope: &VisitScope) -> Vec<String> {
    let name = |key: &str| pack.levels.get(key).map_or_else(|| key.to_owned(), |level| level.name.clone());
    vec![format!("{}的干部一年内走遍所辖的{}。", name(&scope.by), name(&scope.level))]
}

/// What fills a column, and by which headings it is known.
pub(super) fn column(pack: &Pack, column: &KnownColumn) -> Vec<String> {
    let filled = match column.measure.as_ref().and_then(|key| pack.measures.get(key)) {
        Some(measure) => format!("下级报表里的这一栏由系统统计：{}。", words::measure(pack, measure)),
        None => "下级报表里的这一栏由系统按组织信息填写。".to_owned(),
    };
    let known = (!column.aliases.is_empty()).then(|| format!("表头写成下面这些也认得：{}。", column.aliases.join("、")));
    std::iter::once(filled).chain(known).collect()
}

/// What may be asked of whom, and who approves it.
pub(super) fn permitted_list(pack: &Pack, list: &PermittedList) -> Vec<String> {
    let fields: Vec<&str> = list.fields.iter().filter_map(|key| pack.fields.get(key)).map(|field| field.name.as_str()).collect();
    let level = pack.levels.get(&list.approved_at).map_or(list.approved_at.as_str(), |level| &level.name);
    let kinds = pack.code_lists.get(&list.kinds).map(|list| list.values.join("、")).unwrap_or_default();
    let below = list.below.as_ref().and_then(|key| pack.levels.get(key));
    let whom = below.map_or_else(|| "党组织".to_owned(), |level| format!("{}以下的党组织", level.name));
    vec![format!("向{}的{whom}提出{kinds}，先经{level}批准列入清单。", fields.join("、")), "没有列入清单的，不能下发，也可以拒绝。".to_owned()]
}

/// Which committees owe it.
pub(super) fn principal_duty(pack: &Pack, duty: &PrincipalDuty) -> Vec<String> {
    let names: Vec<&str> = duty.levels.iter().map(|key| pack.levels.get(key).map_or(key.as_str(), |level| &level.name)).collect();
    vec![if names.is_empty() {
        "各级党委（党工委）都要落实。".to_owned()
    } else {
        format!("由{}党委（党工委）落实。", names.join("、"))
    }]
}

/// What a department does by itself, and who acts for it.
pub(super) fn department(pack: &Pack, department: &Department) -> Vec<String> {
    let roles: Vec<&str> = department.roles.iter().map(|key| pack.roles.get(key).map_or(key.as_str(), |role| &role.name)).collect();
    let duties = department.duties.iter().map(|duty| {
        let from = duty.from.map_or_else(String::new, |day| format!("，自{}起", words::day(day)));
        format!("{}：{}{from}。", duty.per.label(), duty.name)
    });
    duties.chain([format!("由{}办理。", roles.join("、"))]).collect()
}

/// Who reports to whom, who votes, which points are which grade.
pub(super) fn appraisal(pack: &Pack, appraisal: &Appraisal) -> Vec<String> {
    let level = |key: &str| pack.levels.get(key).map_or_else(|| key.to_owned(), |level| level.name.clone());
    let sections: Vec<&str> = appraisal.sections.iter().map(|section| section.name.as_str()).collect();
    let grades: Vec<String> = appraisal.grades.iter().map(|grade| format!("{}分以上为“{}”", words::number(grade.at_least), grade.name)).collect();
    let ballot = pack.ballots.get(&appraisal.ballot).map_or(appraisal.ballot.as_str(), |ballot| &ballot.name);
    let rest = appraisal.scheme.as_ref().and_then(|key| pack.schemes.get(key)).map(|scheme| format!("，其余按当年“{}”的得分", scheme.name));
    vec![
        format!(
            "{}一级每年一次，由所属{}的书记述职；一般安排{}位口头述职，其他的书面述职。",
            level(&appraisal.by),
            level(&appraisal.about),
            appraisal.oral
        ),
        format!("报告先答上年问题的整改情况，再写：{}；数据附录由系统生成。", sections.join("、")),
        format!("“{ballot}”占{}{}。", words::percent(appraisal.ballot_weight), rest.unwrap_or_default()),
        format!("等次：{}。", grades.join("，")),
        format!("点评指出的问题列入问题台账，一般{}天整改；每位书记的问题清单都列入以后才能办结。", appraisal.problem_days),
    ]
}

/// Who takes part how often, through which rounds, how scores become ranks.
#[must_use]
pub fn contest(pack: &Pack, contest: &Contest) -> Vec<String> {
    let level = |key: &str| pack.levels.get(key).map_or_else(|| key.to_owned(), |level| level.name.clone());
    let round = |round: &ContestRound| match round.up {
        0 => format!("{}一级", level(&round.level)),
        up => format!("{}一级（前{up}名进入上一级）", level(&round.level)),
    };
    let ties: Vec<&str> = contest.ties.iter().map(|tie| tie.words()).collect();
    vec![
        format!("{}每{}年参加一次，依次是{}。", contest.who, contest.years, contest.rounds.iter().map(round).collect::<Vec<_>>().join("、")),
        format!(
            "评委不少于{}人，不得来自参赛单位或者它在本轮里的上级；每人打{}到{}分，去掉{}个最高分和{}个最低分后平均。",
            contest.judges_min, contest.scale.from, contest.scale.to, contest.trim, contest.trim
        ),
        if ties.is_empty() {
            "得分相同的名次并列，并列的一起进入上一级。".to_owned()
        } else {
            format!("得分相同的，依次比{}；还相同的名次并列，并列的一起进入上一级。", ties.join("、"))
        },
    ]
}

pub(super) fn procedure(pack: &Pack, procedure: &Procedure) -> Vec<String> {
    procedure.stages.iter().enumerate().map(|(i, stage)| format!("{}. {}", i + 1, self::stage(pack, procedure, stage))).collect()
}

fn stage(pack: &Pack, procedure: &Procedure, stage: &Stage) -> String {
    let mut said = stage.name.clone();
    if let Some(days) = stage.days_max {
        said += &format!("，限{days}天");
    }
    if let Some(days) = stage.escalates_after_days {
        said += &format!("，逾期{days}天报上一级");
    }
    if stage.closes {
        said += "（结束）";
    }
    let actions = stage.actions.iter().map(|action| {
        let to = action.to.as_ref().and_then(|to| procedure.stages.iter().find(|stage| stage.key == *to));
        let to = to.map_or(String::new(), |stage| format!(" → {}", stage.name));
        let when = action.when.as_ref().map_or(String::new(), |when| format!("，条件：{}", words::expression(pack, when)));
        let days = action.days_min.map_or(String::new(), |days| format!("，至少间隔{days}天"));
        format!("{}（{}{when}{days}）{to}", action.name, action.by.who)
    });
    let actions: Vec<String> = actions.collect();
    if actions.is_empty() { format!("{said}。") } else { format!("{said}。{}。", actions.join("；")) }
}

/// Whether 以下 includes the figure under a scheme.
fn includes_figure(pack: &Pack, scheme: &str) -> bool {
    pack.schemes.get(scheme).is_none_or(|scheme| scheme.below_includes)
}

pub(super) fn consequence(pack: &Pack, consequence: &Consequence) -> Vec<String> {
    let below = |figure: u8| {
        let includes = if includes_figure(pack, &consequence.scheme) { "含" } else { "不含" };
        format!("{figure} 星以下（{includes} {figure} 星）")
    };
    let stars = match (consequence.star_at_least, consequence.below_star) {
        (Some(least), Some(figure)) => format!("{least} 星以上、{}的党组织", below(figure)),
        (Some(least), None) => format!("{least} 星以上（含 {least} 星）的党组织"),
        (None, Some(figure)) => format!("{}的党组织", below(figure)),
        (None, None) => "整份结果".to_owned(),
    };
    let fields: Vec<&str> = consequence.fields.iter().filter_map(|key| pack.fields.get(key)).map(|field| field.name.as_str()).collect();
    let fields = if fields.is_empty() { String::new() } else { format!("（{}领域）", fields.join("、")) };
    let asked = match consequence.kind {
        ConsequenceKind::Candidate => "列入候选，写明文号".to_owned(),
        ConsequenceKind::Award => "兑现奖励，写明金额和文号".to_owned(),
        ConsequenceKind::WeakList => {
            let list = consequence.weak_list.as_ref().and_then(|key| pack.weak_lists.get(key)).map_or("名单", |list| list.name.as_str());
            format!("在“{list}”里逐个列入，或者写明不列入的理由")
        }
        ConsequenceKind::Export => "导出签名文件，送领导班子和领导干部考核".to_owned(),
    };
    vec![
        format!("{stars}{fields}：{asked}。"),
        format!("备案确认之后 {} 天内办完；不办的写明理由。没有办完，这一年的评星不能结束。", consequence.days),
    ]
}

/// 自查摸排（45 天内，交自查摸排清单（清单））.
fn part_words(part: &crate::RequiredPart) -> String {
    let deliverable = part.deliverable.as_ref().map_or_else(String::new, |it| format!("，交{}", it.words()));
    format!("{}（{} 天内{deliverable}）", part.name, part.days)
}
