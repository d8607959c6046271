//! What a name looks like: offices and persons by how their names end, and where in a run of words a name stops.

use crate::numerals::is_numeric;
use crate::words::{ends_any, n_chars, pairs, starts_any};

/// Stands in a clause where a date or a period was taken out: what precedes it is often who acts.
pub(crate) const CUT: char = '│';

/// What the names of offices and the words for persons end in.
pub(crate) const OFFICES: [&str; 119] = [
    "党委",
    "党组",
    "支部",
    "总支",
    "党组织",
    "工委",
    "委员会",
    "部",
    "部门",
    "单位",
    "乡镇",
    "街道",
    "街镇",
    "社区",
    "县区",
    "县委",
    "区委",
    "市委",
    "省委",
    "乡党委",
    "常委",
    "常委会",
    "纪委",
    "监委",
    "团委",
    "教委",
    "国资委",
    "发改委",
    "居委",
    "居委会",
    "政法委",
    "各地区",
    "村委会",
    "管委会",
    "各校",
    "各院",
    "各系",
    "村委",
    "领导小组",
    "专班",
    "组",
    "办",
    "办公室",
    "局",
    "厅",
    "处",
    "科",
    "所",
    "站所",
    "财政",
    "政府",
    "党校",
    "学校",
    "高校",
    "院校",
    "中学",
    "小学",
    "学院",
    "医院",
    "院系",
    "卫生院",
    "督查室",
    "综合室",
    "科室",
    "中队",
    "支队",
    "支行",
    "分行",
    "法院",
    "一院",
    "二院",
    "三院",
    "园区",
    "小组会议",
    "研究室",
    "检察院",
    "监察室",
    "工会",
    "妇联",
    "协会",
    "商会",
    "党委会",
    "党组会",
    "支委会",
    "理事会",
    "业委会",
    "村",
    "镇",
    "乡",
    "企业",
    "公司",
    "集团",
    "中心",
    "平台",
    "机构",
    "机关",
    "社会组织",
    "大队",
    "工作队",
    "服务队",
    "突击队",
    "先锋队",
    "党（工）委",
    "（党组）",
    "（党委）",
    "中心组",
    "工商联",
    "科协",
    "残联",
    "镇里",
    "村里",
    "区里",
    "县里",
    "市里",
    "乡里",
    "会会议",
    "各区",
    "各县",
    "各市",
];

/// Persons and groups of persons.
const PERSONS: [&str; 61] = [
    "书记",
    "委员",
    "党员",
    "干部",
    "领导",
    "班子",
    "成员",
    "教师",
    "学员",
    "候选人",
    "责任人",
    "网格员",
    "主任",
    "校长",
    "院长",
    "所长",
    "局长",
    "负责人",
    "联系人",
    "指导员",
    "组织员",
    "导师",
    "组长",
    "代表",
    "骨干",
    "负责同志",
    "辅导员",
    "工作者",
    "联络员",
    "志愿者",
    "举办者",
    "帮带人",
    "培养人",
    "经理",
    "董事长",
    "站长",
    "科长",
    "会长",
    "网格长",
    "楼栋长",
    "人员",
    "队员",
    "支委",
    "出资人",
    "党小组",
    "党小组长",
    "村民小组",
    "居民小组",
    "同志",
    "师傅",
    "徒弟",
    "职工",
    "村民",
    "一把手”",
    "镇长",
    "乡长",
    "县长",
    "区长",
    "市长",
    "厅长",
    "部长",
];

/// Endings that look like an office's and are none.
pub(crate) const NO_OFFICES: [&str; 66] = [
    "住村",
    "驻村",
    "进村",
    "入村",
    "到村",
    "全部",
    "内部",
    "外部",
    "东部",
    "西部",
    "一部",
    "局部",
    "举办",
    "承办",
    "主办",
    "督办",
    "交办",
    "领办",
    "创办",
    "协办",
    "兴办",
    "开办",
    "急办",
    "代办",
    "盯办",
    "跟办",
    "全园区",
    "帮办",
    "快办",
    "好办",
    "补办",
    "合办",
    "各办",
    "场所",
    "厕所",
    "一所",
    "每所",
    "到处",
    "好处",
    "此处",
    "每处",
    "一处",
    "各处",
    "学科",
    "本科",
    "专科",
    "整个村",
    "软弱涣散村",
    "按组织",
    "村村",
    "驻村",
    "到村",
    "进村",
    "入村",
    "联村",
    "包村",
    "在组织",
    "每科",
    "每局",
    "全镇",
    "全乡",
    "全村",
    "全校",
    "全县",
    "全市",
    "全区",
];

/// After a verb: the rest of a name, not an object.
const REST_OF_NAME: [&str; 17] = ["部", "办", "局", "科", "处", "委", "室", "站", "组", "员", "中心", "所", "股", "集团", "公司", "人", "单位"];

/// Verbs that directives give to offices. In a name (组织部, 建设局) they are no predicate.
pub(crate) const VERBS: [&str; 96] = [
    "召开", "派出", "选派", "组织", "开展", "建立", "制定", "完成", "举办", "配备", "联系", "走访", "带队", "带头", "提交", "报送", "安排", "落实",
    "打造", "建设", "设立", "认真", "做好", "拿出", "成立", "创建", "撰写", "听取", "储备", "汇总", "全部", "指导", "抽查", "组建", "审定", "审批",
    "验收", "梳理", "开好", "推荐", "设一", "约谈", "调度", "下设", "监督", "配合", "参与", "协助", "协同", "分片", "轮流", "集中", "结对", "访谈",
    "选派", "落地", "培养", "发展", "吸纳", "参加", "认领", "带教", "建好", "建成", "新建", "改建", "领办", "争取", "收到", "接到", "研究", "讨论",
    "审议", "实地", "调研", "听", "讲", "操办", "盯办", "实行", "推行", "承诺", "出资", "办一", "办好", "修订", "评选", "督导", "印发", "起草",
    "编制", "拨付", "兑现", "采购", "排查", "摸排",
];

/// Verbs a demand opens with.
const OPENING_VERBS: [&str; 59] = [
    "加强", "深化", "推进", "推动", "完善", "健全", "落实", "抓好", "做好", "开展", "坚持", "强化", "提升", "提高", "优化", "规范", "严格", "压实",
    "创新", "拓展", "建立", "制定", "发挥", "引导", "召开", "举办", "注重", "突出", "统筹", "整合", "确保", "实施", "选派", "选聘", "选拔", "培养",
    "发展", "吸纳", "推荐", "选树", "命名", "表彰", "配备", "成立", "组建", "设立", "打造", "督促", "鼓励", "动员", "构建", "组织", "加大", "新增",
    "实现", "消除", "签订", "出台", "覆盖",
];

/// 组织党员… opens a demand, 组织部每月… names an office.
pub(crate) fn opens_with_verb(clause: &str) -> bool {
    OPENING_VERBS
        .iter()
        .chain(&VERBS)
        .filter_map(|verb| clause.strip_prefix(verb))
        .any(|rest| !is_rest_of_name(rest) && !starts_any(rest, &["联系人", "改革"]))
}

pub(crate) fn is_rest_of_name(rest: &str) -> bool {
    starts_any(rest, &REST_OF_NAME) && !starts_any(rest, &["办公室", "部分", "委托", "人才", "员工", "部署", "处置", "组建"])
}

/// The names a run of words begins with, joined by 、 和 与 及: 县委组织部、县民政局｜每年….
pub(crate) fn names(words: &str) -> Option<&str> {
    let mut end = name(words)?.len();
    loop {
        // 党支部（党总支）
        let remark = pairs(&words[end..], '（', '）').into_iter().next().filter(|r| r.start == 0 && n_chars(&words[end..][r.clone()]) <= 8);
        end += remark.map_or(0, |r| r.end);
        let joint =
            ["、", "和", "与", "及", "以及", "或者", "会同"].iter().find(|joint| words[end..].starts_with(*joint)).map_or(0, |joint| joint.len());
        // 各地区各部门 goes on without a mark.
        if joint == 0 && !words[end..].starts_with('各') {
            break;
        }
        let Some(next) = name(&words[end + joint..]) else { break };
        end += joint + next.len();
    }
    Some(&words[..end])
}

/// The name a run of words begins with: the shortest that is one, and what makes it longer right behind (社区｜党组织｜书记).
fn name(words: &str) -> Option<&str> {
    const LONGEST: usize = 16;
    let mut found: Option<(usize, usize)> = None;
    let mut depth = 0;
    let mut size = 0;
    for (at, c) in words.char_indices() {
        // （市、区） and “两委” count for nothing.
        depth += usize::from(matches!(c, '（' | '“'));
        size += usize::from(depth == 0);
        if matches!(c, '）' | '”') {
            depth -= usize::from(depth > 0);
        } else if depth > 0 {
            continue;
        }
        let end = at + c.len_utf8();
        let head = &words[..end];
        // 区委｜社会工作部, 各县｜（市、区）教育工委: long additions are known by what they are added to.
        let added = if found.is_some_and(|(end, _)| words[..end].ends_with('委') || words[end..].starts_with('（')) { 5 } else { 4 };
        if matches!(c, CUT | '，')
            || size > LONGEST
            || found.is_some_and(|(_, n)| size > n + added)
            || size > 2 && (is_verb_at(words, at) || starts_any(&words[at..], &["都要", "都有", "要有", "应当", "必须", "均要"]))
        {
            break;
        }
        if names_office_list(head) && found.is_none_or(|(end, _)| !opens_with_act(&words[end..])) {
            found = Some((end, size));
            // 成员｜单位, 党员｜教师, 党小组｜长
            if ends_any(head, &PERSONS) && !starts_any(&words[end..], &["单位", "小组", "长"]) && !starts_any(&words[end..], &PERSONS) {
                break;
            }
        }
    }
    found.map(|(end, _)| &words[..end])
}

/// A verb begins here, and not the 组织 of 党组织.
pub(crate) fn is_verb_at(words: &str, at: usize) -> bool {
    opens_with_verb(&words[at..]) && !(words[at..].starts_with("组织") && ends_any(&words[..at], &["党", "会", "新"]))
}

/// The words go on with a verb or with another name.
fn opens_with_act(words: &str) -> bool {
    opens_with_verb(words) || starts_any(words, &["、", "和", "与", "及", "或", "会同", "每", "各", "要", "对", "把", "在", "给"])
}

pub(crate) fn names_office(head: &str, is_agent: bool) -> bool {
    let size = n_chars(head);
    let has_which = head.matches('的').count();
    // 连续两年排名末位的村: a description may be long and hold figures.
    let may_describe = has_which == 1 && size <= 24 && !head.split('的').nth(1).is_some_and(|noun| noun.starts_with(is_numeric));
    let is_bare = has_which == 0 && size <= 26 && !head.contains(|c: char| c.is_ascii_digit());
    // 由所在镇（街道）: the bracket names the other kind.
    let plain = if is_agent { unbracketed(head) } else { head };
    size >= 2
        && (is_bare || may_describe || is_agent && has_which <= 1 && size <= 30)
        && !head.contains(CUT)
        && pairs(head, '“', '”').iter().all(|quoted| n_chars(&head[quoted.clone()]) <= 5)
        && ends_in_office(plain)
}

fn unbracketed(head: &str) -> &str {
    head.strip_suffix('）').and_then(|open| open.rsplit_once('（')).map_or(head, |(named, _)| named)
}

fn names_office_list(head: &str) -> bool {
    ends_in_office(unbracketed(head)) && !head.contains(CUT)
}

/// 社区“大党委” is one as 社区党委 is.
fn ends_in_office(head: &str) -> bool {
    let bare = head.strip_suffix('”').unwrap_or(head);
    (ends_any(head, &PERSONS) || ends_any(bare, &OFFICES)) && !ends_any(bare, &NO_OFFICES)
}

/// 组织部会同民政局, 党委和党支部: each an office of its own.
pub(crate) fn performers(head: &str) -> Vec<String> {
    const JOINTS: [&str; 5] = ["会同", "或者", "和", "与", "及"];
    let cut = JOINTS.iter().find_map(|joint| {
        let at = head.find(joint)?;
        (names_office_list(&head[..at]) && names_office_list(&head[at + joint.len()..])).then_some((at, joint.len()))
    });
    match cut {
        Some((at, len)) => split(&head[..at]).into_iter().chain(performers(&head[at + len..])).collect(),
        None => split(head).into_iter().map(|name| name.strip_suffix("会会议").map_or(name.clone(), |stem| format!("{stem}会"))).collect(),
    }
}

pub(crate) fn split(text: &str) -> Vec<String> {
    // A 、 within a bracket belongs to the name.
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth -= 1,
            _ => {}
        }
        // 市、县党委: the first is no office without the second. 各区、县级市: one 各 for both.
        let is_shared = |last: &String| matches!(last.as_str(), "各区" | "各县" | "各市") && !rest.as_str().starts_with('各');
        let is_whole = parts.last().is_some_and(|last| n_chars(last) > 1 && !is_shared(last));
        if c == '、' && depth == 0 && is_whole {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|p| p.trim().to_string()).filter(|p| !p.is_empty()).collect()
}
