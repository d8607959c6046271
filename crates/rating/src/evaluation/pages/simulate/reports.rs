//! What each weight decides, which items tell nobody apart, and whether fields or small branches come off otherwise.

use assessment::{GroupFigures, GroupReport, ItemReport, MICRO, Shift, Usefulness, decimal, plain};
use policy::Ratio;

use super::moves::field_name;
use super::{Place, View};
use crate::evaluation::pages::result::star_word;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice};

pub(super) const ITEMS: ListSpec = ListSpec {
    sorts: &["effect", "name", "weight", "equal", "mean", "spread"],
    default_sort: ("effect", Direction::Desc),
    filters: &["scheme", "period", "draft", "of", "view", "field", "mark"],
    per: 50,
};

pub(super) struct ItemsView {
    pub sentence: String,
    pub step: String,
    pub query: ListQuery,
    pub fields: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub columns: Vec<Column>,
    pub rows: Vec<ItemRow>,
    pub pager: Pager,
    pub clear: String,
    pub is_narrowed: bool,
}

pub(super) struct ItemRow {
    pub name: String,
    /// 农村, 共同项目; and the section.
    pub place: String,
    pub weight: String,
    /// The weight in force, where the draft has another.
    pub weight_before: String,
    pub up: ShiftView,
    pub down: ShiftView,
    /// 98.2% 得满分.
    pub equal: String,
    /// Width of that share.
    pub equal_width: String,
    pub counts: String,
    pub is_equal: bool,
    pub mean: String,
    pub spread: String,
}

pub(super) struct ShiftView {
    pub n_star: String,
    /// On the scale of the item that moves most.
    pub width: String,
    pub places: String,
    pub speaks: String,
}

pub(super) struct FairnessView {
    pub sentence: String,
    /// 五星占比.
    pub top: String,
    pub tables: Vec<GroupTable>,
}

pub(super) struct GroupTable {
    pub title: &'static str,
    pub sentence: String,
    pub note: &'static str,
    pub rows: Vec<GroupRow>,
}

pub(super) struct GroupRow {
    pub name: String,
    pub n: usize,
    pub unrated: String,
    pub before: GroupMark,
    pub after: GroupMark,
    /// It stands further from the middle than the pack lets pass.
    pub is_off: bool,
}

/// One scheme's figures of a group, drawn.
pub(super) struct GroupMark {
    /// 0 to 100, before and after the point; empty: nobody is rated.
    pub position: String,
    pub top: String,
    pub top_width: String,
    pub counts: String,
}

/// Millionths as percent with one decimal: 98.2.
fn percent(micro: i64) -> String {
    plain_tenths(micro / (MICRO / 1000))
}

fn plain_tenths(tenths: i64) -> String {
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths.abs() % 10) }
}

/// A share of counts in millionths.
fn share(n: usize, of: usize) -> i64 {
    i64::try_from(n).unwrap_or_default() * MICRO / i64::try_from(of).unwrap_or(1).max(1)
}

/// A rule's share as people say it: 20%.
pub(super) fn share_words(share: Ratio) -> String {
    format!("{}%", plain(share * Ratio::from_integer(100)))
}

/// 5 → 满分, 0 → 0 分, otherwise the share.
pub(super) fn at_words(usefulness: &Usefulness) -> String {
    if usefulness.equal_at == Ratio::from_integer(1) {
        "得满分".to_owned()
    } else if usefulness.equal_at == Ratio::from_integer(0) {
        "得 0 分".to_owned()
    } else {
        format!("得 {}% 的分", decimal(usefulness.equal_at * Ratio::from_integer(100)))
    }
}

pub(super) fn equal_words(usefulness: Option<&Usefulness>) -> String {
    usefulness.map_or_else(|| "还没有党支部得出这一项的分".to_owned(), |u| format!("{}% {}", percent(share(u.n_equal, u.n)), at_words(u)))
}

pub(super) fn mean_words(usefulness: Option<&Usefulness>) -> String {
    usefulness.map_or_else(|| "—".to_owned(), |u| format!("{}%", percent(u.mean)))
}

pub(super) fn spread_words(usefulness: Option<&Usefulness>) -> String {
    usefulness.map_or_else(|| "—".to_owned(), |u| percent(u.spread))
}

pub(super) fn is_equal(place: &Place<'_>, item: &ItemReport) -> bool {
    item.usefulness.is_some_and(|u| u.is_equal_for(place.rules.equal_share))
}

fn effect(item: &ItemReport) -> usize {
    item.up.n_star.max(item.down.n_star)
}

pub(super) fn item_place(place: &Place<'_>, item: &ItemReport) -> String {
    item.definition.field.as_ref().map_or_else(|| "共同项目".to_owned(), |key| field_name(place, key))
}

/// With the field, where several fields have an item of this name.
fn full_name(place: &Place<'_>, item: &ItemReport) -> String {
    item.definition.field.as_ref().map_or_else(|| item.definition.name.clone(), |key| format!("{}·{}", field_name(place, key), item.definition.name))
}

/// Whether any organisation has a star under the draft: without one nothing moves and nothing can be said.
pub(super) fn is_rated(place: &Place<'_>) -> bool {
    place.simulation.rows.iter().any(|row| row.after.star.is_some())
}

/// Said when nobody is rated.
pub(super) const UNRATED: &str = "依据都不足，评不出星级，看不出差别；换一个期间，或者先把人工评定的项目评完。";

/// The items in a sentence: which weight decides most, how many tell nobody apart.
pub(super) fn items_found(place: &Place<'_>) -> String {
    if !is_rated(place) {
        return UNRATED.to_owned();
    }
    let items = &place.simulation.items;
    let step = share_words(place.rules.weight_step);
    let most = items.iter().max_by(|a, b| effect(a).cmp(&effect(b)).then_with(|| b.definition.key.cmp(&a.definition.key)));
    let strongest = most.filter(|item| effect(item) > 0).map_or_else(
        || format!("任一项分值单独上调或下调 {step}，都没有党支部换星"),
        |item| format!("影响最大的是“{}”：分值动 {step}，最多 {} 个党支部换星", full_name(place, item), effect(item)),
    );
    let n_equal = items.iter().filter(|item| is_equal(place, item)).count();
    let equal = if n_equal > 0 {
        format!("{n_equal} 项分不出高低（{} 以上得分一样）", share_words(place.rules.equal_share))
    } else {
        "每一项都分得出高低".to_owned()
    };
    format!("{strongest}；{equal}。")
}

/// The rows that the question leaves, in its order.
pub(super) fn items_asked<'a>(place: &'a Place<'_>, query: &ListQuery) -> Vec<&'a ItemReport> {
    let field = query.filter("field");
    let mut items: Vec<&ItemReport> = place
        .simulation
        .items
        .iter()
        .filter(|item| field.is_none_or(|wanted| item.definition.field.as_deref().unwrap_or("common") == wanted))
        .filter(|item| query.filter("mark").is_none_or(|mark| mark != "equal" || is_equal(place, item)))
        .filter(|item| query.q.is_empty() || item.definition.name.contains(&query.q) || item.definition.section.contains(&query.q))
        .collect();
    let of = |item: &ItemReport, figure: &dyn Fn(&Usefulness) -> i64| item.usefulness.as_ref().map_or(-1, figure);
    match query.sort {
        "name" => items.sort_by(|a, b| a.definition.name.cmp(&b.definition.name)),
        "weight" => items.sort_by_key(|item| item.definition.weight),
        "equal" => items.sort_by_key(|item| of(item, &|u| share(u.n_equal, u.n))),
        "mean" => items.sort_by_key(|item| of(item, &|u| u.mean)),
        "spread" => items.sort_by_key(|item| of(item, &|u| u.spread)),
        _ => items.sort_by_key(|item| (effect(item), item.up.n_places.max(item.down.n_places))),
    }
    if query.dir == Direction::Desc {
        items.reverse();
    }
    items
}

pub(super) fn items(place: &Place<'_>, query: ListQuery) -> ItemsView {
    let asked = items_asked(place, &query);
    let most = place.simulation.items.iter().map(effect).max().unwrap_or(0).max(1);
    let total = asked.len() as u64;
    let at = query.clone().within(total);
    let rows = at.page_of(&asked).iter().map(|item| item_row(place, item, most)).collect();
    let mut fields: Vec<(String, String)> = vec![("common".to_owned(), "共同项目".to_owned())];
    for key in place.simulation.items.iter().filter_map(|item| item.definition.field.as_ref()) {
        if !fields.iter().any(|(known, _)| known == key) {
            fields.push((key.clone(), field_name(place, key)));
        }
    }
    let n_equal = place.simulation.items.iter().filter(|item| is_equal(place, item)).count();
    let step = share_words(place.rules.weight_step);
    ItemsView {
        sentence: items_found(place),
        fields: query.choices("field", "全部", fields),
        chips: vec![query.chip("mark", "equal", "分不出高低", Some(n_equal as u64))],
        columns: vec![
            query.column("项目", "name", false),
            query.column("分值", "weight", true),
            query.column(&format!("上调 {step}，换星"), "effect", false),
            Column::plain(format!("下调 {step}，换星")),
            query.column("得分最集中的一组", "equal", false),
            query.column("平均得分率", "mean", true),
            query.column("平均相差", "spread", true),
        ],
        rows,
        pager: Pager::new(&at, total, "项"),
        clear: place.ask.address(View::Items),
        is_narrowed: !query.q.is_empty() || query.filter("field").is_some() || query.filter("mark").is_some(),
        step,
        query,
    }
}

pub(super) fn places_words(shift: &Shift) -> String {
    shift.places_mean().map_or_else(|| "—".to_owned(), decimal)
}

fn shift_view(shift: &Shift, most: usize) -> ShiftView {
    ShiftView {
        n_star: shift.n_star.to_string(),
        width: format!("{}%", percent(share(shift.n_star, most))),
        places: if shift.n_ranked == 0 { String::new() } else { format!("平均动 {} 位", places_words(shift)) },
        speaks: format!("{} 个党支部换星，平均动 {} 位", shift.n_star, places_words(shift)),
    }
}

fn item_row(place: &Place<'_>, item: &ItemReport, most: usize) -> ItemRow {
    let usefulness = item.usefulness.as_ref();
    ItemRow {
        name: item.definition.name.clone(),
        place: format!("{} · {}", item_place(place, item), item.definition.section),
        weight: plain(item.definition.weight),
        weight_before: if item.weight_before == item.definition.weight { String::new() } else { plain(item.weight_before) },
        up: shift_view(&item.up, most),
        down: shift_view(&item.down, most),
        equal: equal_words(usefulness),
        equal_width: format!("{}%", usefulness.map_or_else(|| "0".to_owned(), |u| percent(share(u.n_equal, u.n)))),
        counts: usefulness.map_or_else(String::new, |u| format!("{} / {} 个", u.n_equal, u.n)),
        is_equal: is_equal(place, item),
        mean: mean_words(usefulness),
        spread: spread_words(usefulness),
    }
}

/// How far a group stands from the middle under the draft, in millionths; negative: ahead of it.
fn distance(figures: &GroupFigures) -> Option<i64> {
    figures.position.map(|position| position - MICRO / 2)
}

fn is_off(place: &Place<'_>, group: &GroupReport) -> bool {
    distance(&group.after).is_some_and(|distance| Ratio::new(i128::from(distance.abs()), i128::from(MICRO)) >= place.rules.position_gap)
}

/// Fairness in a sentence: which groups come off otherwise than the others.
pub(super) fn fairness_found(place: &Place<'_>) -> String {
    if !is_rated(place) {
        return UNRATED.to_owned();
    }
    let name_of = |group: &GroupReport| group_name(place, group);
    let all = place.simulation.by_field.iter().chain(&place.simulation.by_size);
    let off: Vec<String> = all
        .filter(|group| is_off(place, group))
        .map(|group| format!("{}{}", name_of(group), if distance(&group.after).is_some_and(|distance| distance > 0) { "偏后" } else { "偏前" }))
        .collect();
    let gap = share_words(place.rules.position_gap);
    if off.is_empty() {
        format!("各领域、大小支部的平均位置离中间都不到 {gap}。")
    } else {
        format!("平均位置离中间 {gap} 以上的：{}。", off.join("、"))
    }
}

pub(super) fn group_name(place: &Place<'_>, group: &GroupReport) -> String {
    if !group.field.is_empty() {
        return field_name(place, &group.field);
    }
    match group.members {
        (least, most) if least == most => format!("正式党员 {least} 名"),
        (least, most) => format!("正式党员 {least}—{most} 名"),
    }
}

pub(super) fn fairness(place: &Place<'_>) -> FairnessView {
    let simulation = place.simulation;
    let mut by_field: Vec<&GroupReport> = simulation.by_field.iter().collect();
    by_field.sort_by_key(|group| place.ask.pack.fields.get(&group.field).map_or(u8::MAX, |field| field.order));
    let by_size: Vec<&GroupReport> = simulation.by_size.iter().collect();
    FairnessView {
        sentence: fairness_found(place),
        top: format!("{}星占比", simulation.stars.first().map_or("", |star| star_word(*star))),
        tables: vec![
            table(place, "按领域", "各领域的支部按得分排在一起，0 最前，100 最后。领域之间本来不排名，这里只看标准宽严。", &by_field),
            table(place, "按支部大小", "支部在自己同类分组里的位置，0 最前，100 最后；按正式党员人数分四档，人数相同的不拆开。", &by_size),
        ],
    }
}

fn table(place: &Place<'_>, title: &'static str, note: &'static str, groups: &[&GroupReport]) -> GroupTable {
    let most_top = groups.iter().flat_map(|group| [top_share(&group.before), top_share(&group.after)]).max().unwrap_or(0).max(1);
    GroupTable {
        title,
        sentence: widest(place, groups),
        note,
        rows: groups
            .iter()
            .map(|group| GroupRow {
                name: group_name(place, group),
                n: group.n,
                unrated: match group.n - group.after.n_rated {
                    0 => String::new(),
                    n => format!("{n} 个没有星级"),
                },
                before: mark(&group.before, most_top),
                after: mark(&group.after, most_top),
                is_off: is_off(place, group),
            })
            .collect(),
    }
}

fn top_share(figures: &GroupFigures) -> i64 {
    share(figures.n_top, figures.n_rated)
}

pub(super) fn position_words(figures: &GroupFigures) -> String {
    figures.position.map(percent).unwrap_or_default()
}

fn mark(figures: &GroupFigures, most: i64) -> GroupMark {
    GroupMark {
        position: position_words(figures),
        top: if figures.n_rated == 0 {
            "—".to_owned()
        } else {
            format!("{}%（{} / {}）", percent(top_share(figures)), figures.n_top, figures.n_rated)
        },
        // What is drawn ends before the figure.
        top_width: format!("{}%", top_share(figures) * 70 / most),
        counts: format!("{} / {}", figures.n_top, figures.n_rated),
    }
}

/// The distance between the groups that come off best and worst, before and under the draft.
fn widest(place: &Place<'_>, groups: &[&GroupReport]) -> String {
    let placed = || groups.iter().filter(|group| group.after.position.is_some());
    let (Some(best), Some(worst)) = (placed().min_by_key(|group| group.after.position), placed().max_by_key(|group| group.after.position)) else {
        return "没有评出星级的党支部。".to_owned();
    };
    let width = |of: &dyn Fn(&GroupReport) -> GroupFigures| {
        let positions = || groups.iter().filter_map(|group| of(group).position);
        positions().max().unwrap_or(0) - positions().min().unwrap_or(0)
    };
    let (before, after) = (width(&|group| group.before), width(&|group| group.after));
    if groups.len() < 2 {
        return "只有一组，没有可比的。".to_owned();
    }
    let moved = if place.ask.is_same() { String::new() } else { format!("（现行 {}）", percent(before)) };
    format!("{}最靠前，{}最靠后，平均位置相差 {}{moved}。", group_name(place, best), group_name(place, worst), percent(after))
}
