//! Assembly: from the parts of a sentence to tasks with span, targets, scope and units.

use crate::frame::Frame;
use crate::frequency::{counts_occasions, normalise};
use crate::modality::{is_penalty, is_report, lacks_person, turns_ahead};
use crate::part::{Part, parts};
use crate::quantity::{Comparator, Quantity};
use crate::structure::{Layout, Sentence};
use crate::words::{has_any, starts_any};
use crate::{Task, context, group, lending, sift, units};

/// A task still in bytes, with what is needed to place it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub start: usize,
    pub end: usize,
    /// Bytes of the part that made it a task.
    pub core: std::ops::Range<usize>,
    pub quantity: Option<Quantity>,
    pub deadline: Option<String>,
    pub frequency: Option<String>,
    /// Index of its sentence.
    pub sentence: usize,
    /// It became a task by its deliverable alone.
    pub is_deliverable: bool,
}

/// All tasks of the document, in text order.
pub(crate) fn tasks(text: &str, layout: &Layout, frame: &Frame) -> Vec<Task> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut in_review = false;
    let mut in_report = is_report(&text[..opening_end(text, layout)]);
    for (i, sentence) in layout.sentences.iter().enumerate() {
        if i == 0 || layout.sentences[i - 1].line != sentence.line {
            in_review = false;
        }
        in_report = in_report && !turns_ahead(&text[sentence.range()]);
        if !in_report {
            drafts.extend(read_sentence(text, layout, frame, i, sentence, &mut in_review));
        }
    }
    context::fill_rows(text, layout, frame, &mut drafts);
    context::name_targets(layout, &mut drafts);
    context::inherit_deadlines(text, layout, frame, &mut drafts);
    context::settle_years(text, layout, frame, &mut drafts);
    context::inherit_periods(text, layout, &mut drafts);
    let drafts = sift::sift(text, layout, drafts);
    let offsets = Offsets::new(text);
    drafts
        .iter()
        .map(|draft| Task {
            start: offsets.chars_before(draft.start),
            end: offsets.chars_before(draft.end),
            span: text[draft.start..draft.end].to_string(),
            action: context::action(text, draft, frame),
            units: context::units(text, layout, frame, draft),
            quantity: draft.quantity.clone(),
            deadline: draft.deadline.clone(),
            frequency: draft.frequency.clone(),
            scope: context::scope(text, layout, frame, draft),
            restates: None,
        })
        .collect()
}

/// 2025年8月22日，…召开联席会议，14家单位参加: when and where minutes were taken.
fn opens_minutes(sentence: &str) -> bool {
    let date: String = sentence.chars().take_while(|c| *c != '日').collect();
    let is_full = date.contains('年') && date.contains('月') && date.chars().count() <= 12;
    let after = &sentence[date.len()..];
    is_full && has_any(after, &["召开", "主持"]) && !starts_any(after, &["日前", "日之前", "日起"])
}

/// The first sentences, which say what kind of document this is.
fn opening_end(text: &str, layout: &Layout) -> usize {
    layout.sentences.get(..5).unwrap_or(&layout.sentences).last().map_or(text.len(), |s| s.range().end)
}

fn read_sentence(text: &str, layout: &Layout, frame: &Frame, index: usize, sentence: &Sentence, in_review: &mut bool) -> Vec<Draft> {
    if index == 0 && opens_minutes(&text[sentence.range()]) {
        return Vec::new();
    }
    let parts: Vec<Part> = sentence.clauses.iter().flat_map(|clause| parts(text, clause, frame)).collect();
    let seeds = group::seeds(text, layout, sentence, &parts, in_review);
    let groups = group::groups(text, &parts, &seeds);
    let mut carried = Carried::default();
    let mut drafts = Vec::new();
    let mut before: Option<(usize, Option<String>)> = None;
    let mut free = 0;
    for g in groups {
        let seed = &parts[g.seed];
        let members = &parts[g.first..=g.last];
        carried.unit =
            before.take().filter(|(last, _)| *last + 1 == g.first && !matches!(parts[*last].mark, Some('；' | ';'))).and_then(|(_, unit)| unit);
        carried.note_period(seed);
        carried.pass(text, &parts[free..], g.first - free, free.checked_sub(1).map(|last| &parts[last]));
        free = g.last + 1;
        let due = members.iter().rev().filter_map(|p| p.due.as_ref()).find(|d| d.is_strong).or(seed.due.as_ref());
        // 2月组织走访，走访面不低于90%: the month that opens the span, and not the one before it.
        let due = due.or(members[0].due.as_ref().filter(|d| d.start == 0 && d.recurs.is_none()));
        // A limit counted from an event (30日内) says nothing about what recurs; a yearly date nothing about its neighbours.
        let is_length = seed.quantity.as_ref().is_some_and(|q| matches!(q.unit.as_str(), "年" | "天" | "日" | "周" | "个工作日" | "工作日"));
        let is_notice = is_length && seed.text(text).contains("公示");
        // What comes round every month is not due once.
        let comes_round = seed.period.as_ref().is_some_and(|p| !p.needs_amount && p.name != "年") && !members.iter().any(|p| p.is_deliverable);
        // 会前3个工作日, 提前5天: so long before one event, which says nothing of the next demand.
        let is_counted_back = |d: &str| d.starts_with("提前") || d.starts_with(|c: char| !c.is_ascii()) && d.contains(|c: char| c.is_ascii_digit());
        // So much in a year is not due on a day within it.
        let is_yearly = seed.period.as_ref().is_some_and(|p| p.name == "年")
            && carried.deadline.as_ref().is_some_and(|d| d.len() == "2024-05-20".len() || has_any(seed.text(text), &["全年", "每年"]));
        let is_lent = !is_notice
            && !is_yearly
            && !comes_round
            && carried.deadline.as_ref().is_some_and(|d| {
                !is_counted_back(d)
                    && !(d.starts_with('P')
                        && (seed.frequency_stands()
                            || is_length
                            || lending::is_of_each_occasion(seed.text(text))
                            || is_rate(seed) && is_short_limit(d)))
            });
        let deadline = due.map(|d| d.value.clone()).or_else(|| carried.deadline.clone().filter(|_| is_lent));
        if let Some(due) = due {
            carried.deadline = Some(due.value.clone()).filter(|_| due.recurs.is_none());
        }
        // 对甲类，5月前…；对乙类，…: the next topic has its own time.
        if members.iter().any(|p| matches!(p.mark, Some('；' | ';'))) && parts.get(g.last + 1).is_some_and(|p| p.text(text).starts_with('对')) {
            carried.deadline = None;
        }
        // 超期的9个支部，4月15日前换完: how many are to be done with.
        let settled = seed.text(text);
        let ends = ["完", "到位", "完毕", "销号", "清零", "办结"].iter().any(|end| settled.ends_with(end));
        let is_settled = due.is_some() && (ends || settled.contains("完成"));
        let meant = || members.iter().filter(|_| is_settled).find_map(|p| p.n_meant.clone());
        // 负债率高于60%的，半年内…: the case has a number of its own.
        let stated = || members.iter().filter(|p| !p.text(text).ends_with('的')).find_map(|p| p.quantity.clone());
        let quantity = seed.quantity.clone().or_else(stated).or_else(meant);
        // 未发展1名的扣分: at least so many.
        let is_missed = settled.contains('未') && is_penalty(&text[sentence.range()]);
        let at_least = |q: Quantity| if is_missed && q.is_count() { Quantity { comparator: Comparator::AtLeast, ..q } } else { q };
        let quantity = quantity.map(at_least).or_else(|| (is_penalty(&text[sentence.range()]) && lacks_person(settled)).then(Quantity::one_person));
        let counted = quantity.as_ref().map(|q| q.unit.clone());
        let (quantity, frequency) = frequency(text, members, seed, quantity, &mut carried);
        before = Some((g.last, counted.filter(|_| frequency.is_some())));
        // 此后每月… begins where the deadline ends.
        let is_afterwards = starts_any(seed.text(text), &["此后", "之后", "其后", "以后"]);
        drafts.push(Draft {
            start: members[0].range.start,
            end: members[members.len() - 1].range.end,
            core: seed.range.clone(),
            is_deliverable: quantity.is_none() && frequency.is_none() && due.is_none(),
            quantity,
            deadline: deadline.filter(|_| !is_afterwards || due.is_some()),
            frequency,
            sentence: index,
        });
    }
    share_closing_limit(text, &mut drafts);
    drafts
}

/// 撰写心得1篇，完成课程20学时，均于11月20日前完成: the limit holds for all that the sentence asked.
fn share_closing_limit(text: &str, drafts: &mut [Draft]) {
    let Some((last, earlier)) = drafts.split_last_mut() else { return };
    let is_shared = ["均于", "均在", "均应于", "都于", "都要在"].iter().any(|word| text[last.start..last.end].contains(word));
    for draft in earlier.iter_mut().filter(|draft| is_shared && draft.deadline.is_none() && draft.frequency.is_none()) {
        draft.deadline.clone_from(&last.deadline);
    }
}

/// 3日内, 24小时内, 一周内: the time for an answer, which says nothing of a rate beside it.
fn is_short_limit(deadline: &str) -> bool {
    deadline.ends_with(['D', 'W', 'H'])
}

fn is_rate(part: &Part) -> bool {
    part.quantity.as_ref().is_some_and(|q| q.unit == "%")
}

/// What earlier tasks of the sentence lend to later ones.
#[derive(Default)]
struct Carried {
    deadline: Option<String>,
    period: Option<String>,
    /// What the number of the task one clause earlier counted in its period.
    unit: Option<String>,
}

impl Carried {
    /// What the clauses between two tasks change in what the first lends to the second.
    fn pass(&mut self, text: &str, ahead: &[Part], n_between: usize, last: Option<&Part>) {
        let (between, members) = ahead.split_at(n_between);
        let closes = |part: &Part| matches!(part.mark, Some('；' | ';'));
        let is_cut = last.into_iter().chain(between).any(closes);
        // …；纪工委开展审计，11月15日前完成: a part with a time of its own takes none from the one before.
        let is_dated = members
            .iter()
            .position(closes)
            .map_or(members, |end| &members[..=end])
            .iter()
            .skip(1)
            .any(|part| part.due.as_ref().is_some_and(|due| due.is_strong && due.value.starts_with("20")));
        // 一个月内, 清明节前: a limit that is no day of the calendar ends with its part of the sentence.
        let is_day = self.deadline.as_ref().is_some_and(|deadline| starts_any(deadline, &["20", "XXXX"]));
        if is_cut && (!is_day || is_dated) || members.first().is_some_and(|part| lending::decides_anew(part.text(text))) {
            self.deadline = None;
        }
        if let Some(date) = lending::lent(text, between) {
            self.deadline = Some(date);
        }
    }

    /// A part of an enumeration (…、至少参加1次) and 其中… keep the period; any other task ends it.
    fn note_period(&mut self, seed: &Part) {
        if !seed.is_sibling && seed.period.is_some() {
            self.period = None;
        }
    }
}

/// Settles what the number means beside the period: 每年2次 is how often, 每年32学时 how much.
fn frequency(text: &str, members: &[Part], seed: &Part, quantity: Option<Quantity>, carried: &mut Carried) -> (Option<Quantity>, Option<String>) {
    let stated = members.iter().find_map(|p| p.period.as_ref());
    let recurs = members.iter().find_map(|p| p.due.as_ref().and_then(|d| d.recurs));
    if let Some(period) = recurs {
        let is_occasion = quantity.as_ref().is_some_and(|q| counts_occasions(&q.unit));
        let frequency = if is_occasion { normalise(period, quantity.as_ref()) } else { normalise(period, None) };
        return (quantity.filter(|_| !is_occasion), Some(frequency));
    }
    // 每天不超过380元 is a price.
    let is_price = quantity.as_ref().is_some_and(|q| q.unit == "元");
    let own = stated.filter(|p| !(is_price && p.name == "日")).filter(|p| !p.needs_amount || quantity.is_some()).map(|p| p.name.clone());
    let spoken = seed.text(text);
    let is_percent = quantity.as_ref().is_some_and(|q| q.unit == "%");
    let is_occasion = quantity.as_ref().is_some_and(|q| counts_occasions(&q.unit));
    // 每年安排800名县委书记…，安排200名…: a clause that goes on without a subject of its own goes on in the same period.
    let is_like = quantity.as_ref().is_some_and(|q| carried.unit.as_deref() == Some(q.unit.as_str())) || spoken.starts_with("至少");
    let is_own = is_occasion && !units::subject(spoken).is_empty();
    let goes_on = is_like && !is_own && !starts_any(spoken, &["每", "各", "由", "对", "其中", "任期", "届内"]) && seed.due.is_none();
    let lends = quantity.is_some() && !is_percent && (seed.is_sibling || is_occasion && starts_any(spoken, &["其中"]) || goes_on);
    let Some(name) = own.or_else(|| carried.period.clone().filter(|_| lends)) else {
        if !seed.is_sibling && !starts_any(spoken, &["其中"]) {
            carried.period = None;
        }
        return (quantity, None);
    };
    carried.period = Some(name.clone());
    // 逐月更新 after a count is how often the update comes, the count stays a count.
    // 每年审计全覆盖: all of them, once in the period.
    let is_round = stated.is_some_and(|p| !p.needs_amount) && quantity == Some(Quantity::whole());
    let frequency = normalise(&name, quantity.as_ref().filter(|_| !is_round));
    (quantity.filter(|_| !is_occasion), Some(frequency))
}

/// Byte offsets to character offsets.
struct Offsets(Vec<usize>);

impl Offsets {
    fn new(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).collect())
    }

    fn chars_before(&self, byte: usize) -> usize {
        self.0.partition_point(|&at| at < byte)
    }
}
