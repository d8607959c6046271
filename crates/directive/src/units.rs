//! Who: the subject of a clause, the 由… within it, the closing （责任单位：…）, the unit columns of a row.

use crate::names::{CUT, OFFICES, VERBS, is_rest_of_name, is_verb_at, names, names_office, opens_with_verb, performers, split};
use crate::numerals::is_numeric;
use crate::words::{Letters, ends_any, has_any, n_chars, starts_any};

/// What a predicate begins with for certain: modals, adverbs of duty, prepositions, a date or period taken out.
const HARD: [&str; 62] = [
    "│",
    "应当",
    "应",
    "必须",
    "要",
    "须",
    "请",
    "都",
    "均",
    "还要",
    "也要",
    "不得",
    "不要",
    "上岗",
    "到岗",
    "不能",
    "不可",
    "可以",
    "再",
    "先",
    "一律",
    "统一",
    "分别",
    "共同",
    "负责",
    "牵头",
    "会同",
    "每",
    "一般",
    "于",
    "在",
    "将",
    "至少",
    "全年",
    "对",
    "把",
    "给",
    "同",
    "向",
    "按",
    "结合",
    "依托",
    "围绕",
    "原则上",
    "力争",
    "确保",
    "不少于",
    "不超过",
    "年内",
    "上半年",
    "下半年",
    "一年",
    "到",
    "从",
    "半个月",
    "逐",
    "自",
    "未",
    "已",
    "各",
    "一人",
    "为",
];

/// What each of many may be told to do.
const EACH_DOES: [&str; 13] = ["设", "建", "配", "成立", "选", "要", "须", "应", "至少", "不少于", "每", "创", "报"];

/// 每个中心, 每期: places and occasions, which do nothing.
const EACH_PLACE: [&str; 26] = [
    "中心", "网格", "站", "点", "阵地", "岗", "室", "处", "项目", "期", "次", "场", "件", "条", "份", "户", "批", "项", "家", "人", "轮", "课题",
    "时间", "面积", "金额", "规模",
];

/// Prepositions and negations: what follows is no subject.
const NO_SUBJECT: [&str; 65] = [
    "把",
    "将",
    "从",
    "在",
    "为",
    "向",
    "与",
    "按",
    "逐",
    "通过",
    "针对",
    "结合",
    "围绕",
    "未",
    "不",
    "无",
    "没有",
    "其中",
    "如",
    "若",
    "因",
    "经",
    "自",
    "第",
    "凡",
    "是",
    "使",
    "让",
    "给",
    "于",
    "做",
    "全面",
    "着力",
    "继续",
    "持续",
    "进一步",
    "切实",
    "充分",
    "大力",
    "积极",
    "重点",
    "依托",
    "聚焦",
    "紧盯",
    "整顿",
    "转化",
    "解决",
    "消除",
    "利用",
    "采取",
    "用",
    "截至",
    "到",
    "协助",
    "配合",
    "过",
    "支持",
    "每万",
    "每百",
    "每千",
    "赴",
    "调训",
    "达标",
    "原则",
    "单个",
];

/// 全市｜创建示范支部: over how much the demand reaches. Who acts it does not say.
pub(crate) fn without_extent(clause: &str) -> &str {
    let places = ["省", "市", "州", "县", "区", "旗", "乡", "镇", "街道", "村", "社区", "校", "院", "系统", "行业"];
    let reached = clause.strip_prefix('全').and_then(|rest| places.iter().find_map(|place| rest.strip_prefix(place)));
    // 全市建设系统党组织 are who acts.
    let is_branch_of_work =
        |act: &str| ["系统", "领域", "战线", "行业", "口"].iter().any(|word| act.chars().skip(2).collect::<String>().starts_with(word));
    reached.filter(|act| opens_with_verb(act) && !is_branch_of_work(act)).unwrap_or(clause)
}

/// The subject written at the head of a clause, or whoever 由 names in it, split at 、 和 会同. Dates may stand as [`CUT`].
pub(crate) fn subject(clause: &str) -> Vec<String> {
    let clause = clause.trim_start_matches([CUT, ' ', '\u{3000}']).trim_start_matches(['但', '并']);
    let agent = agent(clause);
    if !agent.is_empty() {
        return agent;
    }
    // 会议要求党委工作部…, 这里我要求办公室…: whoever is asked.
    const ASKING: [&str; 12] =
        ["会议要求", "会议决定", "会议明确", "会议确定", "会议议定", "会议责成", "会议指定", "会议委托", "这里我要求", "我要求", "责成", "要求"];
    let clause = ASKING.iter().find_map(|word| clause.strip_prefix(word)).unwrap_or(clause);
    const OPENERS: [&str; 14] = ["请", "同时", "此外", "另外", "鼓励", "力争", "原则上", "年内", "今年", "下一步", "今后", "并请", "以及", "要"];
    let mut clause = clause;
    while let Some(word) = OPENERS.iter().find(|word| clause.starts_with(*word)) {
        clause = clause[word.len()..].trim_start_matches(CUT);
    }
    clause = without_extent(clause);
    // 以支部为单位收齐
    if let Some((_, unit)) = clause.split_once("为单位").and_then(|(before, _)| before.rsplit_once('以')) {
        return if names_office(unit, false) { performers(unit) } else { Vec::new() };
    }
    // 结对干部, 联系领导: a person named after what he does.
    let is_member = starts_any(clause, &["结对干部", "联系领导", "联系干部", "包联领导", "包联干部", "培养联系人", "帮扶干部"]);
    let is_topic = starts_any(clause, &NO_SUBJECT) || starts_any(clause, &["对", "报", "以"]) && !starts_any(clause, &["对口", "报到", "以上"]);
    if is_topic
        && !starts_any(
            clause,
            &["第一书记", "不动产", "在职", "在岗", "在册", "在任", "到会党员", "重点村", "重点企业", "结对干部", "联系领导", "联系干部"],
        )
        || opens_with_verb(clause) && !is_member
    {
        // 第四中学 is a house, 第一季度 is not.
        let house = clause.strip_prefix('第').map_or("", |rest| rest.trim_start_matches(is_numeric));
        if starts_any(house, &["中学", "小学", "人民医院", "医院", "幼儿园", "党支部", "支部"]) {
            return acting(clause);
        }
        return clause.find("请各").map(|at| acting(&clause[at + '请'.len_utf8()..])).unwrap_or_default();
    }
    acting(clause)
}

/// 由县委组织部牵头, 由1名县级领导联村: whom 由 names.
fn agent(clause: &str) -> Vec<String> {
    let named = clause.match_indices('由').find_map(|(at, word)| {
        let before = &clause[..at];
        let after = clause[at + word.len()..].trim_start_matches([CUT, ' ']);
        let is_handling = ends_any(before, &["治理", "管理", "办理", "受理", "处理", "审理", "清理", "整理"]);
        let is_word = !is_handling && ends_any(before, &["理", "自", "经", "事", "缘"]) || starts_any(after, &["于", "此", "目前", "上年"]);
        // 书记由镇长兼任 tells who holds the post.
        let is_post = has_any(after, &["兼任", "担任", "组成", "任组长", "提高", "上升"]);
        let bare = uncounted(after);
        (!is_word && !is_post).then(|| head_of(bare, true)).flatten().map(|head| with_person(bare, head))
    });
    named.map(performers).unwrap_or_default()
}

/// 副书记｜郑春生｜负责: the person's name after the post.
fn with_person<'t>(words: &'t str, head: &'t str) -> &'t str {
    let Some(rest) = words.strip_prefix(head) else { return head };
    let name = ["负责", "牵头", "主持"].iter().filter_map(|verb| rest.find(verb)).min().filter(|at| (2..=3).contains(&n_chars(&rest[..*at])));
    name.map_or(head, |len| &words[..head.len() + len])
}

/// 由1名乡镇领导、｜1名村书记共同帮带: another of those whom 由 names.
pub(crate) fn joined_agent(part: &str) -> Vec<String> {
    let bare = uncounted(part);
    if bare.len() == part.len() { Vec::new() } else { names(bare).map(performers).unwrap_or_default() }
}

/// 1名县级领导, 4个考评组: without how many.
fn uncounted(words: &str) -> &str {
    let bare = words.trim_start_matches(is_numeric);
    let is_counted = bare.len() < words.len() && bare.starts_with(['名', '位', '个', '家', '支']) && !words.starts_with("一个");
    // 三家单位, 三个村的书记: the number belongs to who is meant.
    let is_name = |rest: &&str| !starts_any(rest, &["单位", "村", "镇", "乡", "支部", "社区", "企业", "学校"]);
    let is_person = bare.starts_with(['名', '位']);
    bare.strip_prefix(['名', '位', '个', '家', '支']).filter(|rest| is_counted && (is_person || is_name(rest))).unwrap_or(words)
}

/// The offices a clause begins with.
fn acting(clause: &str) -> Vec<String> {
    // 会同有关部门…: with whom the one named before acts.
    if let Some(rest) = clause.strip_prefix("会同") {
        // 会同派出所｜逐村研判
        let named = rest.find('逐').filter(|at| names_office(&rest[..*at], false)).map(|at| &rest[..at]);
        return named.or_else(|| names(rest)).map(performers).unwrap_or_default();
    }
    // 三年未发展党员的村: a clause of its own that says which ones.
    let is_described =
        ["的村", "的镇", "的支部", "的单位", "的乡镇", "的学校", "的企业", "的党组织", "的社区"].iter().any(|end| clause.ends_with(end));
    if is_described && n_chars(clause) <= 16 && clause.matches('的').count() == 1 && !clause.contains(['对', '把', '将', '由', CUT]) {
        return vec![clause.to_string()];
    }
    // 1名第一书记驻村
    let bare = uncounted(clause);
    let Some(head) = head_of(bare, bare.len() < clause.len()) else { return Vec::new() };
    // 1名大队辅导员: a number and a noun, with nothing that he is to do.
    if bare.len() < clause.len() && bare == head {
        return Vec::new();
    }
    let clause = bare;
    let rest = clause[clause.find(head).map_or(0, |at| at + head.len())..].trim_start_matches(['要', '应', '须']).strip_prefix("会同");
    let rest = rest.map(|rest| rest.split('逐').next().unwrap_or(rest));
    performers(head).into_iter().chain(rest.and_then(names).map(performers).unwrap_or_default()).collect()
}

/// The words before the predicate, when they name an office or persons.
fn head_of(clause: &str, is_agent: bool) -> Option<&str> {
    let letters = Letters::of(clause);
    let places = |words: &'static [&'static str]| {
        words.iter().filter(move |word| letters.may_hold(word)).flat_map(move |word| clause.match_indices(word)).filter(|&(at, _)| at > 0)
    };
    let hard = places(&HARD).filter(|(at, word)| !is_within_name(&clause[..*at], &clause[at + word.len()..], word));
    // 党员联系率: the verb belongs to what is measured.
    let measured = ["率", "比例", "占比", "比重", "满意度", "覆盖"].iter().filter_map(|word| clause.find(word)).min().unwrap_or(0);
    let soft = places(&VERBS).filter(|(at, verb)| *at >= measured && !is_rest_of_name(&clause[at + verb.len()..]));
    let mut ends: Vec<usize> =
        hard.filter(|(at, _)| *at >= measured || clause[*at..].starts_with([CUT, '要'])).chain(soft).map(|(at, _)| at).collect();
    // 石桥镇42名: a share and whose it is.
    let share = clause
        .find(is_numeric)
        .filter(|at| n_chars(&clause[*at..]) <= 4 && ends_any(&clause[..*at], &["镇", "乡", "街道", "村", "社区", "支部", "局"]));
    ends.extend(share);
    ends.sort_unstable();
    // 党组织设置要与…: no subject reaches over a modal.
    let modal = ends.iter().copied().find(|&at| starts_any(&clause[at..], &["要", "应当", "必须", "须", "不得", "不能"]));
    ends.retain(|&at| modal.is_none_or(|modal| at <= modal));
    let is_each = is_each(clause);
    let is_actor = |head: &&str| names_office(head, is_agent) && !is_place(head) && !is_measured_by(clause, head);
    let holds_verb = |head: &&str| is_each && head.char_indices().skip(2).any(|(at, _)| is_verb_at(head, at));
    let named = || ends.iter().map(|&end| &clause[..end]).find(|head| is_actor(head) && !holds_verb(head));
    // 各小区设一处: whoever 每 and 各 name, office or not.
    let each = || {
        let verbs = EACH_DOES.iter().chain(&VERBS).flat_map(|verb| clause.match_indices(verb).map(|(at, _)| at));
        let cut = clause.find(CUT).into_iter();
        let end = verbs.chain(cut).filter(|at| (2..=8).contains(&n_chars(&clause[..*at]))).min()?;
        Some(&clause[..end]).filter(|head| !is_place(head))
    };
    // 每个社区20万元: what each one gets.
    let gets = |head: &&str| clause[head.len()..].starts_with(is_numeric);
    // 楼宇里新建党组织: what shall be made.
    let is_made = ["新建", "新组建", "新成立", "新发展"]
        .iter()
        .any(|made| clause.find(made).is_some_and(|at| at > 0 && at < ends.iter().copied().max().unwrap_or(0)));
    if is_made && !is_each {
        return clause
            .find("新")
            .and_then(|at| names(&clause[..at]))
            .filter(|head| is_actor(head) && !ends_any(clause.split('新').next().unwrap_or_default(), &["里", "中", "上"]));
    }
    let found = if is_each || is_agent { names(clause).filter(is_actor).filter(|head| !gets(head)).or_else(named) } else { named() };
    // 物业公司接单后｜到场
    let after_event = || {
        let event = clause.split_once("后│")?.0;
        names(event).filter(|name| n_chars(&event[name.len()..]) <= 4)
    };
    found.or_else(|| each().filter(|_| is_each)).or_else(after_event).and_then(from_each)
}

/// 50万元以上的村｜要占到三成, 经费按党员｜每人300元: what is measured or by what, and not who acts.
fn is_measured_by(clause: &str, head: &str) -> bool {
    let said = clause[clause.find(head).map_or(0, |at| at + head.len())..].trim_start_matches(['要', '应', '须', '都', '均']);
    let is_share = has_any(said, &["%", "％", "一半", "半数", "分之", "总数", "总量", "成以上"]);
    let is_set = starts_any(said, &["占", "超过", "达到", "不低于", "不少于", "不得低于", "不得少于"]) && !head.starts_with(['每', '各']);
    head.contains('按') || is_set && (is_share || head.contains('的') || said.starts_with('占'))
}

/// 每个中心, 每期…: a place or an occasion.
fn is_place(head: &str) -> bool {
    head.starts_with('每') && ends_any(head, &EACH_PLACE) || starts_any(head, &["每期", "每次", "每场", "每批", "每轮", "每项"])
}

fn is_each(clause: &str) -> bool {
    const PERIODS: [&str; 13] = ["每年", "每月", "每季", "每半", "每周", "每两", "每个月", "每个季", "每学", "每个学", "每天", "每日", "每逢"];
    clause.starts_with('各') || clause.starts_with('每') && !starts_any(clause, &PERIODS)
}

/// 要 in 主要领导, 应 in 对应, 在 in 所在单位, 到 in 报到党员, 对 in 应对 and 结对.
fn is_within_name(before: &str, after: &str, word: &str) -> bool {
    match word {
        "要" => ends_any(before, &["主", "重", "需"]),
        "应" => ends_any(before, &["对", "相", "响"]) || starts_any(after, &["建尽", "改尽"]),
        "在" => ends_any(before, &["所", "现"]) || starts_any(after, &["职", "编", "校", "册", "岗"]),
        "到" => ends_any(before, &["报", "达", "签"]) || starts_any(after, &["会", "岗"]),
        "对" => ends_any(before, &["应", "结", "核", "相"]) || starts_any(after, &["口", "接", "象"]),
        "同" => ends_any(before, &["协", "共", "不", "会"]) || starts_any(after, &["志", "意"]),
        "向" => ends_any(before, &["方", "面", "导"]),
        "先" => after.starts_with('锋') || after.starts_with('进'),
        "都" => ends_any(before, &["首", "成"]),
        "均" => ends_any(before, &["村", "户", "人", "年", "平"]),
        "为" => ends_any(before, &["成", "作", "认", "分", "行"]) || starts_any(after, &["主", "民"]),
        "负责" => starts_any(after, &["人", "制", "同志"]),
        "各" => ends_any(before, &["、", "和", "与", "及", "请"]),
        // 县直机关每个党支部
        "每" => after.starts_with('个') && ends_any(before, &OFFICES),
        _ => false,
    }
}

/// 以上工作请各支部: the office begins with 各; 运转经费每村 names none.
fn from_each(head: &str) -> Option<&str> {
    let each = head.rfind("请各").map(|at| at + '请'.len_utf8());
    let inner = head.find('每').filter(|at| *at > 0);
    match (each, inner) {
        (Some(at), _) => Some(&head[at..]),
        (None, Some(at)) if ends_any(&head[..at], &OFFICES) => Some(head),
        // 义诊活动每个支部每季度…: of what, then who.
        (None, Some(at)) => {
            let is_topic = n_chars(&head[..at]) <= 6 && starts_any(&head[at..], &["每个", "每名", "每支"]);
            (is_topic || ends_any(&head[..at], &["上", "中", "内"])).then_some(&head[at..])
        }
        (None, None) => Some(head),
    }
}

/// 县农业农村局、县乡村振兴局: offices and nothing else.
pub(crate) fn only_offices(head: &str) -> Option<Vec<String>> {
    // A name of each, no sentence.
    if n_chars(head) > 30 {
        return None;
    }
    let offices = split(head);
    let are_offices = !offices.is_empty() && offices.iter().all(|name| n_chars(name) >= 3 && names_office(name, false) && !opens_with_verb(name));
    are_offices.then_some(offices)
}

/// The units of a closing bracket or of a table cell, performers first in the order written.
pub(crate) fn listed(text: &str) -> Vec<String> {
    // 县直机关工委、各乡镇（街道）: the bracket at the end belongs to the name.
    let is_closing = text.starts_with(['（', '(', '〔', '［', '[']);
    let inner = if is_closing { text.trim_matches(['（', '）', '(', ')', '〔', '〕', '［', '］', '[', ']']) } else { text };
    let mut found = Vec::new();
    let mut names_persons = false;
    for part in inner.split(['：', ':', '，', ',', '；', ';', ' ', '\u{3000}']) {
        if ends_any(part, &["时限", "期限", "时间"]) {
            break;
        }
        let is_label = starts_any(part, &["牵头", "责任", "配合", "协助", "落实", "主办", "承办", "联办", "参与"]) && n_chars(part) <= 6;
        // 责任领导：…, 责任人：… name persons, not units.
        if is_label {
            names_persons = ends_any(part, &["领导", "责任人"]);
        } else if !names_persons {
            found.extend(split(part));
        }
    }
    found
}

/// The clause goes on with what its sentence's subject is to do: a period or a verb opens it.
pub(crate) fn goes_on(clause: &str) -> bool {
    let clause = clause.trim_start_matches("会后").trim_start_matches("随后");
    starts_any(clause, &["│", "并", "且", "至少", "不少于", "还要", "再"]) || opens_with_verb(clause)
}

/// Whether two names are the same level named twice: 每个乡镇 beside 各乡镇党委.
pub(crate) fn is_same_level(one: &str, other: &str) -> bool {
    let stem = |name: &str| -> Option<String> {
        let rest = name.strip_prefix('每').or_else(|| name.strip_prefix('各'))?;
        Some(rest.trim_start_matches(['个', '名', '位']).to_string())
    };
    let (Some(one), Some(other)) = (stem(one), stem(other)) else { return false };
    !one.is_empty() && other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_who() {
        assert_eq!(subject("各支部应当开展"), ["各支部"]);
        assert_eq!(subject("县委组织部、县委党校每年举办"), ["县委组织部", "县委党校"]);
        assert_eq!(subject("逐村制定方案"), Vec::<String>::new());
        assert_eq!(listed("（牵头单位：组织部，责任单位：各镇、各街道）"), ["组织部", "各镇", "各街道"]);
    }

    #[test]
    fn tells_a_verb_from_a_name() {
        assert_eq!(subject("城市建设局会同有关社区│引入服务"), ["城市建设局", "有关社区"]);
        assert_eq!(subject("各县（区）委教育工委要完成"), ["各县（区）委教育工委"]);
        assert_eq!(subject("各村党组织要利用农闲"), ["各村党组织"]);
        assert_eq!(subject("组织党员开展服务"), Vec::<String>::new());
        assert_eq!(subject("党员联系群众的覆盖率不低于80%"), Vec::<String>::new());
    }

    #[test]
    fn tells_how_far_from_who() {
        assert_eq!(subject("│全市创建规范化示范支部不少于40个"), Vec::<String>::new());
        assert_eq!(subject("全县组建党员服务队"), Vec::<String>::new());
        assert_eq!(subject("全市各级党组织要组织学习"), ["全市各级党组织"]);
        assert_eq!(subject("全市组织部门要建立名册"), ["全市组织部门"]);
        assert_eq!(subject("全市建设系统党组织要建立名册"), ["全市建设系统党组织"]);
    }

    #[test]
    fn finds_whom_by_names() {
        assert_eq!(subject("整改结束后│由纪检监察室组织验收"), ["纪检监察室"]);
        assert_eq!(subject("每个点由2名驻点干部值守"), ["驻点干部"]);
        assert_eq!(subject("组长由镇长担任"), Vec::<String>::new());
    }
}
