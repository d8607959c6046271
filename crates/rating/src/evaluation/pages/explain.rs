//! `/evaluations/{id}/organisations/{org}`: from the score to the item, its numerator and denominator, the records, the
//! missing months, and the clause.

use crate::http::path::Path;
use askama::Template;
use assessment::{Evaluation, ItemDefinition, ItemResult, Outcome, Row, decimal, explain, explain_total, plain};
use policy::{Capability, Pack, Per, Period, Ratio, ScoreRule};
use store::{OrgId, Refusal, query};

use super::explain_data::filter_words;
use super::explain_effects::{EffectLine, effects};
use super::result::{cohort_name, star_word};
use super::{Head, asked, citation, not_found};
use crate::evaluation::access::{Opened, opened};
use crate::evaluation::brief::lacks_effect;
use crate::evaluation::differences::{self, Difference};
use crate::evaluation::still_open::{StillOpen, still_open};
use crate::evaluation::{self, KIND};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Cell, Citation, Link, Meter, Standing, Status};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/evaluation_explain.html")]
struct ExplainPage {
    layout: Layout,
    head: Head,
    organisation: OrgId,
    title: String,
    facts: String,
    verdict: Verdict,
    total: Vec<String>,
    still_open: Vec<OpenView>,
    sections: Vec<Section>,
    sum: String,
    sum_of: String,
    /// Items that do not count this time, with why: 9 项不计入应得分：本期不满一个考核周期.
    left_out: Vec<String>,
    detail: Detail,
    differences: Vec<Difference>,
    object: Option<String>,
    /// Items that say what the work came to: name, the last published figure, the present one, and which way it went.
    effects: Vec<EffectLine>,
    /// Where the organisation's own score and its superior's visit stand.
    review: Option<String>,
}

impl ExplainPage {
    /// The page's own address.
    fn address(&self) -> String {
        format!("{}/organisations/{}", self.head.base, self.organisation)
    }
}

struct Verdict {
    star: Option<u8>,
    words: String,
    score: String,
    open: String,
    scale: Scale,
}

/// The score on a line from 0 to 100, with the thresholds and the quota's edge.
struct Scale {
    score: String,
    open: String,
    /// Where, the star, the points.
    marks: Vec<(String, String, String)>,
    edge: Option<(String, String)>,
    speaks: String,
}

/// One thing that can still be done, with how long there is.
struct OpenView {
    until: String,
    left: Option<Status>,
    what: String,
    how: String,
    link: Link,
}

impl OpenView {
    fn new(visit: &Visit, open: StillOpen) -> Self {
        let today = visit.today();
        Self {
            until: open.until.map_or_else(|| "没有定期限".to_owned(), |day| day.to_string()),
            left: open.until.map(|day| Status::by_days_left(i64::from((day - today).get_days()), visit.pack().soon_days(today))),
            what: open.what,
            how: open.how,
            link: Link::new(open.place.0, open.place.1),
        }
    }
}

struct Section {
    name: String,
    /// Empty: nothing in it counts this time.
    points: String,
    of: String,
    items: Vec<ItemLine>,
}

struct ItemLine {
    name: String,
    href: String,
    done: String,
    meter: Option<Meter>,
    points: String,
    of: String,
    /// A word instead of points: 待佐证, 不适用, 不计, 未到期.
    word: &'static str,
    /// The word says that nothing is asked: grey.
    is_quiet: bool,
    is_current: bool,
}

/// One item down to its records.
struct Detail {
    key: String,
    name: String,
    points: String,
    sentences: Vec<String>,
    /// What is counted, in words; `None`: it is judged.
    filter: Option<String>,
    figures: Vec<(String, String)>,
    cells: Vec<(String, Cell)>,
    gaps: Vec<Gap>,
    records: Vec<Record>,
    others: Vec<Link>,
    citation: Citation,
    still_possible: Option<String>,
    may_waive: bool,
    waived: Option<String>,
    judged: Option<String>,
}

struct Gap {
    status: Status,
    text: String,
    href: String,
}

pub(super) struct Record {
    pub id: i64,
    pub on: String,
    href: String,
    pub kind: String,
    topic: String,
    eligible: i64,
    present: i64,
    entered: String,
}

/// An organisation's row with everything that its pages and sheets need.
pub(in crate::evaluation) struct OneRow {
    pub row: Row,
    pub tier: Option<String>,
    pub head: Evaluation,
    pub pack: std::sync::Arc<Pack>,
}

/// Reads an organisation's row for a visitor who may see it; anything else is not found.
pub(in crate::evaluation) async fn one_row(visit: &Visit, found: &Opened, organisation: OrgId) -> Result<OneRow, Failure> {
    let reader = visit.app.store().reader();
    let (row, tier) = not_found(evaluation::row_of(reader, found.evaluation.id, organisation).await?)?;
    if !found.sight.sees(&visit.app.directory(), organisation, &row.field) {
        return Err(Failure::NotFound);
    }
    let head = evaluation::result_head(reader, found.evaluation.id).await?;
    let pack = visit.app.policies_of(&found.evaluation.pack_version).await?;
    let tier = tier.and_then(|key| pack.tiers.get(&key).map(|tier| tier.name.clone()));
    Ok(OneRow { row, tier, head, pack })
}

/// `GET /evaluations/{id}/organisations/{org}`
pub(super) async fn show(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let one = one_row(&visit, &found, organisation).await?;
    let wanted = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "item").map(|(_, value)| value);
    let item = item_to_show(&one, wanted.as_deref());
    let base = format!("{}/organisations/{organisation}", found.base());
    let detail = match item {
        Some(item) => detail(&visit, &found, &one, item).await?,
        None => return Err(Failure::NotFound),
    };
    let differences = if found.evaluation.published_at.is_some() {
        differences::of_row(&visit.app, &found.evaluation, &one.head, &one.row).await?
    } else {
        Vec::new()
    };
    let cohort = one.head.cohort_of(&one.row);
    let (secretary, n_members) = visit.app.directory().org(organisation).map(|org| (org.secretary.clone(), org.n_members)).unwrap_or_default();
    let mut facts = Vec::new();
    if let (Some(cohort), Some(rank)) = (cohort, one.row.rank) {
        facts.push(format!("{}：同类 {} 个党支部中第 {rank} 名", cohort_name(&visit.app.directory(), &cohort.key), cohort.size));
    }
    let parts = evaluation::Parts::of(&one.pack, &one.head, &one.row);
    if parts.effect.1 > 0 {
        let of = |side: (i64, i64)| format!("{} / {}", evaluation::printed(side.0), evaluation::printed(side.1));
        facts.push(format!("过程 {} 分，成效 {} 分", of(parts.process), of(parts.effect)));
    }
    facts.extend(one.tier.clone());
    facts.extend(secretary.map(|name| format!("书记 {name}")));
    facts.push(format!("党员 {n_members} 名"));
    let draft = if found.evaluation.published_at.is_some() { "" } else { "拟评" };
    let words = one.row.star.map_or_else(|| one.row.words_without_star().to_owned(), |star| format!("{draft}{}星", star_word(star)));
    let may_object = found.sight_is_asked(&visit, organisation);
    let mut layout = found.layout(&visit, &one.row.name).crumb(one.row.name.clone(), "");
    layout.title = format!("{}：{words}", one.row.name);
    let page = ExplainPage {
        organisation,
        title: match one.row.star {
            Some(star) => format!("{}为什么{}{}星", one.row.name, if draft.is_empty() { "是" } else { draft }, star_word(star)),
            None => format!("{}为什么{}", one.row.name, one.row.words_without_star()),
        },
        facts: facts.join("，"),
        verdict: verdict(&one, words),
        total: explain_total(&one.head, &one.row)
            .into_iter()
            .chain(lacks_effect(&one.pack, &one.head, &one.row).map(|said| format!("{said}。")))
            .chain(not_reviewed(&found, organisation))
            .map(|sentence| readable(&visit, &one, sentence))
            .collect(),
        still_open: still_open(&visit, &found, &one).await?.into_iter().map(|open| OpenView::new(&visit, open)).collect(),
        sections: sections(&one, &base, &detail.key),
        sum: decimal(
            one.row
                .items
                .iter()
                .filter(|item| !one.head.definition(item).bonus)
                .filter_map(|item| item.points)
                .fold(Ratio::from_integer(0), |sum, points| sum + points),
        ),
        sum_of: plain(one.row.due),
        left_out: left_out(&one),
        detail,
        differences,
        effects: effects(&visit, &found, &one, &base).await?,
        review: crate::evaluation::review::find(&visit.app, id, organisation)
            .await?
            .map(|_| format!("{}/organisations/{organisation}/review", found.base())),
        object: may_object.then(|| format!("{}/actions/object", found.base())),
        head: found.head(&visit, "-"),
        layout,
    };
    visit.page(&page)
}

impl Opened {
    /// Whether this organisation's own people are asked for objections now.
    fn sight_is_asked(&self, visit: &Visit, organisation: OrgId) -> bool {
        let is_own = visit.actor().grants_with(Capability::ObjectToEvaluations).any(|grant| grant.set.root == Some(organisation));
        is_own
            && self
                .work
                .offers(visit.actor(), &crate::case::Variables::default(), visit.today())
                .iter()
                .any(|offer| offer.action.key == "object" && offer.refused.is_none())
    }
}

/// Why the organisation was made public without a review, if so.
pub(super) fn not_reviewed(found: &Opened, organisation: OrgId) -> Option<String> {
    let unit = organisation.to_string();
    let exempt = evaluation::review::exempted(&found.work).into_iter().find(|it| it.unit == unit)?;
    Some(format!("没有考评完就公示，原因：{}。", exempt.reason))
}

/// Sentences of the engine name a cohort by its key; people know it by its place.
fn readable(visit: &Visit, one: &OneRow, sentence: String) -> String {
    // 4 星 as people say it, 四星.
    let sentence = (1..=5).fold(sentence, |said, star: u8| {
        let word = format!("{}星", star_word(star));
        said.replace(&format!("评 {star} 星"), &format!("评{word}"))
            .replace(&format!("为 {star} 星"), &format!("为{word}"))
            .replace(&format!("{star} 星"), &word)
    });
    if sentence.contains(&one.row.cohort) {
        sentence.replace(&one.row.cohort, &format!("“{}”", cohort_name(&visit.app.directory(), &one.row.cohort)))
    } else {
        sentence
    }
}

/// The item asked for, else the first that lost points, else the first that counts, else the first.
fn item_to_show<'a>(one: &'a OneRow, wanted: Option<&str>) -> Option<&'a ItemResult> {
    let lost = |item: &&ItemResult| item.points.is_some_and(|points| points < item.due);
    wanted
        .and_then(|key| one.head.item_of(&one.row, key))
        .or_else(|| one.row.items.iter().find(lost))
        .or_else(|| one.row.items.iter().find(|item| item.points.is_some()))
        .or_else(|| one.row.items.first())
}

fn verdict(one: &OneRow, words: String) -> Verdict {
    let at = |value: Ratio| format!("{}%", decimal(value));
    let scheme = one.pack.scheme_in(&one.head.scheme, one.head.period.year).map(|(_, scheme)| scheme);
    let marks = scheme
        .map(|scheme| scheme.stars.iter().map(|rule| (at(rule.at_least), format!("{}星", star_word(rule.star)), plain(rule.at_least))).collect())
        .unwrap_or_default();
    let edge = one
        .head
        .cohort_of(&one.row)
        .and_then(|cohort| cohort.quotas.first())
        .and_then(|quota| quota.edge_score)
        .map(|score| (at(score), format!("名额线 {}", decimal(score))));
    let open = one.row.score_to - one.row.score;
    let open_words = if one.row.is_open() { decimal(open) } else { String::new() };
    let speaks = if one.row.is_open() {
        format!("{} 分，另有 {open_words} 分待佐证", decimal(one.row.score))
    } else {
        format!("{} 分", decimal(one.row.score))
    };
    Verdict {
        star: one.row.star,
        words,
        score: decimal(one.row.score),
        open: open_words,
        scale: Scale { score: at(one.row.score), open: at(open), marks, edge, speaks },
    }
}

fn sections(one: &OneRow, base: &str, current: &str) -> Vec<Section> {
    let mut sections: Vec<(Section, Ratio, Ratio)> = Vec::new();
    for item in &one.row.items {
        let definition = one.head.definition(item);
        if sections.last().is_none_or(|(section, ..)| section.name != definition.section) {
            let section = Section { name: definition.section.clone(), points: String::new(), of: String::new(), items: Vec::new() };
            sections.push((section, Ratio::from_integer(0), Ratio::from_integer(0)));
        }
        if let Some((section, points, due)) = sections.last_mut() {
            *points += item.points.unwrap_or_default();
            *due += item.due;
            section.items.push(item_line(definition, item, base, current));
        }
    }
    sections
        .into_iter()
        .map(|(section, points, due)| Section { of: plain(due), points: if counts(&section) { decimal(points) } else { String::new() }, ..section })
        .collect()
}

/// Whether an item of the section has points or may still get some.
fn counts(section: &Section) -> bool {
    section.items.iter().any(|item| item.meter.is_some())
}

/// Items that are not asked of this organisation this time, by reason.
fn left_out(one: &OneRow) -> Vec<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for item in &one.row.items {
        let Outcome::NotApplicable(reason) = &item.outcome else { continue };
        match reasons.iter_mut().find(|(of, _)| of == reason) {
            Some((_, n)) => *n += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons.into_iter().map(|(reason, n)| format!("{n} 项不适用，不计入应得分：{reason}。")).collect()
}

fn item_line(definition: &ItemDefinition, item: &ItemResult, base: &str, current: &str) -> ItemLine {
    let word = match (&item.outcome, item.points) {
        (Outcome::NotApplicable(_), _) => "不适用",
        (Outcome::NotYetDue, _) => "未到期",
        (Outcome::NotEvidenced(_), None) => "不计",
        (Outcome::NotEvidenced(_), Some(points)) if points == Ratio::from_integer(0) => "待佐证",
        _ => "",
    };
    let hundredths = |value: Ratio| u64::try_from((value * Ratio::from_integer(100)).round().to_integer()).unwrap_or_default();
    let meter = item.points.map(|points| {
        let open = item.points_to.unwrap_or(points) - points;
        let speaks = format!("{} / {} 分", decimal(points), plain(item.due));
        Meter::new(hundredths(points), hundredths(open), hundredths(item.due), speaks)
    });
    ItemLine {
        name: definition.name.clone(),
        href: format!("{base}?item={}", definition.key),
        done: if item.denominator > 0 && word.is_empty() {
            format!("{} / {}{}", item.numerator, item.denominator, unit_of(definition))
        } else {
            String::new()
        },
        meter,
        points: item.points.map(decimal).unwrap_or_default(),
        of: plain(if item.points.is_some() { item.due } else { definition.weight }),
        word,
        is_quiet: matches!(item.outcome, Outcome::NotApplicable(_) | Outcome::NotYetDue),
        is_current: definition.key == current,
    }
}

/// What numerator and denominator count: 月, 季, 次 …
pub(super) fn unit_of(definition: &ItemDefinition) -> String {
    match (definition.rule, definition.per) {
        (ScoreRule::ShareOfPeriodsMet, Per::Month) => " 月".to_owned(),
        (ScoreRule::ShareOfPeriodsMet, Per::Quarter) => " 季".to_owned(),
        (ScoreRule::ShareOfPeriodsMet, Per::HalfYear) => " 半年".to_owned(),
        (ScoreRule::ShareOfPeriodsMet, Per::Year) => " 年".to_owned(),
        _ if definition.unit.chars().count() <= 3 && !definition.unit.is_ascii() => format!(" {}", definition.unit),
        _ => String::new(),
    }
}

async fn detail(visit: &Visit, found: &Opened, one: &OneRow, item: &ItemResult) -> anyhow::Result<Detail> {
    let definition = one.head.definition(item);
    let told = explain(&one.head, &one.row, item);
    let interpretation = one.pack.indicators.get(&definition.indicator).and_then(|indicator| indicator.interpretation.as_ref());
    let mut reading: Vec<String> = told.reading.iter().map(|text| format!("口径：{text}")).collect();
    reading.extend(interpretation.map(|i| format!("{}（{}，{}）", i.text, i.by, i.on)));
    let (records, others) = evidence(visit, one, item).await?;
    let late = lateness(visit, one, definition, item).await?;
    let judged = super::super::judged::judged_of(&visit.app, found.evaluation.period, Some(one.row.org)).await?;
    let waived = super::super::judged::waived_of(&visit.app, found.evaluation.period, Some(one.row.org)).await?;
    let key = (one.row.org, definition.indicator.clone());
    let is_open = matches!(item.outcome, Outcome::NotEvidenced(_));
    Ok(Detail {
        key: definition.key.clone(),
        name: told.name.clone(),
        points: item.points.map_or_else(
            || item.outcome.label().to_owned(),
            |points| {
                if definition.bonus { format!("加 {} 分", decimal(points)) } else { format!("{} / {} 分", decimal(points), plain(item.due)) }
            },
        ),
        figures: figures(definition, item),
        sentences: once(&told.sentences),
        filter: filter_words(&one.pack, &definition.indicator),
        cells: cells(found.evaluation.period, definition, item),
        gaps: gaps(item, &late, one.row.org, duty_of(&one.pack, definition)),
        records,
        others,
        citation: citation(&one.pack, &definition.cite, &reading.join(" ")),
        still_possible: told.still_possible.filter(|_| item.coming.first().is_some_and(|period| period.until() > visit.today())),
        may_waive: is_open && found.sight.is_organiser && super::may_change(&found.work),
        waived: waived.get(&key).cloned(),
        judged: if item.judged {
            judged.get(&key).map(|(_, evidence, at)| format!("{evidence}（{} 评定）", at.get(..10).unwrap_or_default()))
        } else {
            None
        },
    })
}

/// The sentences without one that another ends with: “评判得 3.00 分。” says “得 3.00 分。” already.
fn once(sentences: &[String]) -> Vec<String> {
    let is_said = |at: usize| {
        sentences.iter().enumerate().any(|(other, text)| other != at && text.len() > sentences[at].len() && text.ends_with(&sentences[at]))
    };
    sentences.iter().enumerate().filter(|(at, _)| !is_said(*at)).map(|(_, text)| text.clone()).collect()
}

fn figures(definition: &ItemDefinition, item: &ItemResult) -> Vec<(String, String)> {
    let mut figures = Vec::new();
    if item.denominator > 0 {
        let unit = unit_of(definition);
        let (above, below) = match definition.rule {
            ScoreRule::ShareOfPeriodsMet => ("分子：完成的周期", "分母：应完成的周期"),
            ScoreRule::Judged => ("分子：评定的分数", "分母：满分"),
            ScoreRule::ChangeAgainstBase => ("本期", "基期"),
            _ => ("分子", "分母"),
        };
        if let (Some(points), ScoreRule::ShareOfPeriodsMet) = (item.points, definition.rule) {
            figures.push(("算法".to_owned(), format!("{} 分 × {} ÷ {} = {}", plain(item.due), item.numerator, item.denominator, decimal(points))));
        }
        figures.push((above.to_owned(), format!("{}{unit}", item.numerator)));
        figures.push((below.to_owned(), format!("{}{unit}", item.denominator)));
    }
    if !definition.target.is_empty() {
        figures.push(("目标".to_owned(), format!("{}{}", definition.per.label(), asked(definition))));
    }
    figures
}

/// One cell per period of the item, for items judged more than once in the evaluation.
fn cells(period: Period, definition: &ItemDefinition, item: &ItemResult) -> Vec<(String, Cell)> {
    let parts = period.parts(definition.per);
    if parts.len() < 2 || definition.rule == ScoreRule::Judged {
        return Vec::new();
    }
    parts
        .into_iter()
        .map(|part| {
            let label = match part.per {
                Per::Month => format!("{}月", part.ordinal),
                Per::Quarter => format!("{}季", part.ordinal),
                _ => part.label(),
            };
            let what = format!("{}，{}", definition.name, part.label());
            let cell = if item.missing.contains(&part) {
                Cell::new(Standing::Missed, 0, &what, "")
            } else if item.late.contains(&part) {
                Cell::new(Standing::Late, 0, &what, "")
            } else if item.unknown.contains(&part) {
                Cell { speaks: format!("{what}，没有依据"), ..Cell::new(Standing::Unproved, 0, &what, "") }
            } else if item.coming.contains(&part) {
                Cell::new(Standing::Future, 0, &what, "")
            } else if item.outside.contains(&part) {
                Cell { speaks: format!("{what}，不计"), ..Cell::not_applicable(&what) }
            } else {
                Cell::new(Standing::Ok, 0, &what, "")
            };
            (label, cell)
        })
        .collect()
}

/// The duty whose months an item counts; `None`: it counts something else.
fn duty_of<'a>(pack: &'a Pack, definition: &ItemDefinition) -> Option<&'a str> {
    let is_of = |activity: &str| definition.kinds.iter().any(|kind| kind.strip_prefix("activity.") == Some(activity));
    let mut duties: Vec<(&String, &policy::Duty)> =
        pack.duties.iter().filter(|(_, duty)| duty.per == definition.per && is_of(&duty.activity)).collect();
    duties.sort_by_key(|(_, duty)| duty.order);
    duties.first().map(|(key, _)| key.as_str())
}

/// Periods without points; each leads to what is known of it, at least to the duty of that period.
fn gaps(item: &ItemResult, late: &[Lateness], organisation: OrgId, duty: Option<&str>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let cell = |period: &Period| duty.map_or_else(String::new, |duty| format!("/duties/{organisation}/{duty}/{period}"));
    for period in &item.missing {
        let known = late.iter().find(|it| it.period == Some(*period) || it.held_in(*period));
        let (text, href) = known.map_or_else(|| ("期内没有记录".to_owned(), cell(period)), |it| (it.words(), format!("/activities/{}", it.id)));
        gaps.push(Gap { status: Status::new(Standing::Missed, period.to_string()), text, href });
    }
    for period in &item.late {
        let known = late.iter().find(|it| it.period == Some(*period));
        gaps.push(Gap {
            status: Status::new(Standing::Late, period.to_string()),
            text: "期后补开，经上级同意，按迟补计".to_owned(),
            href: known.map_or_else(|| cell(period), |it| format!("/activities/{}", it.id)),
        });
    }
    for period in &item.unknown {
        gaps.push(Gap {
            status: Status::new(Standing::Unproved, period.to_string()),
            text: "没有导入这个期间的完整记录，不算作没有开展".to_owned(),
            href: cell(period),
        });
    }
    gaps
}

/// A record that does not count where it might have.
struct Lateness {
    id: i64,
    held_on: jiff::civil::Date,
    period: Option<Period>,
    is_accepted: bool,
    returned: Option<String>,
    waits: bool,
}

impl Lateness {
    fn held_in(&self, period: Period) -> bool {
        self.period.is_none() && period.contains(self.held_on)
    }

    fn words(&self) -> String {
        if let Some(reason) = &self.returned {
            return format!("{} 的记录被退回：{reason}", self.held_on);
        }
        if self.waits {
            return format!("{} 的记录在期满锁定以后录入，上级还没有同意", self.held_on);
        }
        if self.period.is_some() && !self.is_accepted {
            format!("{} 补开，上级没有认可", self.held_on)
        } else {
            format!("{} 有记录，没有达到要求", self.held_on)
        }
    }
}

async fn lateness(visit: &Visit, one: &OneRow, definition: &ItemDefinition, item: &ItemResult) -> anyhow::Result<Vec<Lateness>> {
    if item.missing.is_empty() && item.late.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<String> = definition
        .kinds
        .iter()
        .filter_map(|kind| kind.strip_prefix("activity.")?.split('.').next())
        .filter(|key| one.pack.activities.contains_key(*key))
        .map(|key| format!("'{key}'"))
        .collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let rows = query(
        visit.app.store().reader(),
        format!("select id, held_on, makes_up, accepted_at, returned_reason, waits_for_consent from activity where organisation_id = $1 and kind in ({}) and (makes_up is not null or returned_reason is not null or waits_for_consent) order by held_on, id", kinds.join(", ")),
        [one.row.org.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let makes_up: Option<String> = row.try_get_by_index(2)?;
            let accepted: Option<String> = row.try_get_by_index(3)?;
            Ok(Lateness {
                id: row.try_get_by_index(0)?,
                held_on: row.try_get_by_index::<String>(1)?.parse()?,
                period: makes_up.and_then(|text| text.parse().ok()),
                is_accepted: accepted.is_some(),
                returned: row.try_get_by_index(4)?,
                waits: row.try_get_by_index(5)?,
            })
        })
        .collect()
}

/// The records behind a figure: activities as a table, everything else as links.
pub(super) async fn evidence(visit: &Visit, one: &OneRow, item: &ItemResult) -> anyhow::Result<(Vec<Record>, Vec<Link>)> {
    if item.evidence.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let reader = visit.app.store().reader();
    let list = item.evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = query(
        reader,
        format!("select id, held_on, kind, topic, n_eligible, n_present, entered_on from activity where id in ({list}) and organisation_id = $1 order by held_on, id"),
        [one.row.org.into()],
    )
    .await?;
    let mut records = Vec::with_capacity(rows.len());
    let mut seen = std::collections::HashSet::new();
    for row in &rows {
        let id: i64 = row.try_get_by_index(0)?;
        seen.insert(id);
        let held_on: jiff::civil::Date = row.try_get_by_index::<String>(1)?.parse()?;
        let entered_on: jiff::civil::Date = row.try_get_by_index::<String>(6)?.parse()?;
        let kind: String = row.try_get_by_index(2)?;
        let days = (entered_on - held_on).get_days();
        records.push(Record {
            id,
            on: held_on.to_string(),
            href: format!("/activities/{id}"),
            kind: one.pack.activities.get(&kind).map_or(kind, |activity| activity.name.clone()),
            topic: row.try_get_by_index(3)?,
            eligible: row.try_get_by_index(4)?,
            present: row.try_get_by_index(5)?,
            entered: if days > 0 { format!("晚 {days} 天") } else { "当天".to_owned() },
        });
    }
    let mut others = Vec::new();
    if item.evidence.iter().any(|id| !seen.contains(id)) {
        let sources = query(
            reader,
            format!("select distinct source from span where organisation_id = $1 and source_id in ({list}) union select distinct source from event where organisation_id = $1 and source_id in ({list}) and source <> 'activity' order by 1"),
            [one.row.org.into()],
        )
        .await?;
        for row in &sources {
            let source: String = row.try_get_by_index(0)?;
            let (label, href) = match source.as_str() {
                "activity" => continue,
                "unit_income" => ("村级集体经济收入", "/villages".to_owned()),
                "member" => ("党员名册", format!("/members?org={}", one.row.org)),
                _ => ("党组织登记的书记、委员会和任期", format!("/organisations/{}", one.row.org)),
            };
            if !others.iter().any(|link: &Link| link.label == label) {
                others.push(Link::new(label, href));
            }
        }
    }
    Ok((records, others))
}

/// `POST /evaluations/{id}/organisations/{org}/waive`
pub(super) async fn waive(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>, sent: Submitted) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let one = one_row(&visit, &found, organisation).await?;
    let key = sent.text("item");
    let back = format!("{}/organisations/{organisation}?item={key}", found.base());
    if !found.sight.is_organiser || !super::may_change(&found.work) {
        return Ok(visit.refuse(&back, "只有组织评定的部门可以免评；已经研究决定的不再改动。"));
    }
    let item = not_found(one.head.item_of(&one.row, key))?;
    let indicator = one.head.definition(item).indicator.clone();
    let mut tx = visit.begin().await?;
    match evaluation::waive(&visit.app, &mut tx, visit.actor(), organisation, &indicator, found.evaluation.period, sent.text("reason")).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &back, "已免评，理由会印在结果里。重新计算后计入。")),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}
