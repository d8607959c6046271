//! Named deliverables: a paper, a body or a place as the object of a directive verb.

use std::sync::LazyLock;

use crate::numerals::is_numeric;
use crate::words::{Letters, blot, brackets, ends_any, has_any, n_chars, starts_any};

struct Kind {
    nouns: &'static [&'static str],
    verbs: &'static [&'static str],
    /// How many characters may lie between verb and noun.
    reach: usize,
}

const WRITING: [&str; 12] = ["制定", "制订", "修订", "编制", "编写", "拟定", "拟订", "起草", "出台", "印发", "研究", "细化"];

static KINDS: [Kind; 9] = [
    // Rules and opinions are also things one follows or hears; only drafting verbs make them.
    Kind {
        nouns: &[
            "规定",
            "意见",
            "标准",
            "计划",
            "规划",
            "办法",
            "细则",
            "预案",
            "计划安排",
            "工作规则",
            "制度汇编",
            "规则",
            "指引",
            "指南",
            "要点",
            "章程",
            "公约",
            "规程",
            "规范",
        ],
        verbs: &WRITING,
        reach: 36,
    },
    Kind {
        nouns: &[
            "方案",
            "清单",
            "台账",
            "台帐",
            "档案",
            "责任书",
            "承诺书",
            "登记表",
            "报名表",
            "汇总表",
            "名单",
            "名册",
            "责任状",
            "目录",
            "手册",
            "协议",
            "协议书",
            "民情日记",
            "工作日志",
            "花名册",
            "任务书",
            "路线图",
            "时间表",
            "任务表",
            "分解表",
            "白皮书",
            "信息卡",
            "登记卡",
            "明白卡",
            "联系卡",
            "通知书",
            "建议书",
            "倡议书",
            "告知书",
            "申请书",
            "督办单",
            "交办单",
            "提示函",
            "提醒函",
            "一览表",
            "统计表",
            "自评表",
            "审批表",
            "推荐表",
            "流程图",
            "作战图",
            "册",
            "汇编",
            "案例集",
            "警示录",
            "读本",
            "画册",
            "简报",
            "日志",
        ],
        verbs: &[
            "制定",
            "制订",
            "修订",
            "编制",
            "编写",
            "编印",
            "拟定",
            "拟订",
            "起草",
            "出台",
            "印发",
            "研究",
            "形成",
            "列出",
            "梳理",
            "建立",
            "建好",
            "填写",
            "填报",
            "撰写",
            "签订",
            "签",
            "提交",
            "报送",
            "上报",
            "上交",
            "交",
            "报",
            "公布",
            "记好",
            "开列",
            "确定",
            "完善形成",
            "发布",
            "拿出",
            "反馈",
            "下发",
            "发出",
            "列明",
            "绘制",
            "印制",
            "健全",
            "完善",
        ],
        reach: 36,
    },
    Kind {
        nouns: &["报告", "总结", "材料", "报表", "心得体会", "学习体会", "图片资料", "纪要", "佐证材料", "证书", "信息表", "小结", "提纲"],
        verbs: &["形成", "提交", "报送", "上报", "上交", "交", "报", "撰写", "起草", "填写", "拿出", "出具", "上传"],
        reach: 30,
    },
    Kind {
        nouns: &["记录", "纪实", "记实", "记录工作", "图文记录", "工作记录", "会议记录"],
        verbs: &["做好", "做", "填写", "留存", "留下", "留有", "建立", "如实"],
        reach: 12,
    },
    Kind {
        nouns: &[
            "领导小组",
            "小组",
            "专班",
            "工作组",
            "指导组",
            "督导组",
            "督查组",
            "巡查组",
            "工作机构",
            "领导机构",
            "专门机构",
            "服务队",
            "突击队",
            "先锋队",
            "宣讲团",
            "服务团",
            "讲师团",
            "医疗队",
            "宣讲队",
            "工作队",
            "志愿队",
            "联系点",
            "责任区",
            "示范岗",
            "先锋岗",
            "示范点",
            "示范片",
            "示范带",
            "示范群",
            "示范基地",
            "服务站",
            "服务中心",
            "工作站",
            "驿站",
            "站点",
            "信息库",
            "数据库",
            "人才库",
            "资源库",
            "项目库",
            "题库",
            "党支部",
            "党总支",
            "对象库",
            "专家库",
            "干部库",
            "师资库",
            "案例库",
            "功能型党组织",
            "行业党委",
            "联合党委",
            "综合党委",
            "大党委",
            "委员会",
            "协会",
            "联盟",
            "工作室",
            "活动室",
            "服务点",
            "基地",
            "服务圈",
            "办公室",
            "公众号",
            "专栏",
            "意见箱",
            "岗位",
        ],
        verbs: &[
            "成立",
            "组建",
            "设立",
            "设置",
            "建立",
            "建设",
            "打造",
            "建成",
            "创建",
            "建起",
            "搞一个",
            "建一个",
            "办一个",
            "搞起",
            "派出",
            "派驻",
            "下设",
            "新建",
            "布设",
            "开设",
            "开通",
            "选树",
            "挂牌",
            "搭建",
            "办几",
            "建几",
            "设几",
        ],
        reach: 36,
    },
    Kind { nouns: &["证书", "证明", "介绍信", "活动证", "聘书"], verbs: &["颁发", "发放", "开具", "出具"], reach: 12 },
    Kind {
        nouns: &[
            "党组织",
            "队伍",
            "小分队",
            "分队",
            "联合体",
            "共同体",
            "专家组",
            "评审组",
            "考核组",
            "考察组",
            "检查组",
            "验收组",
            "调研组",
            "帮扶组",
            "攻坚组",
            "攻坚队",
            "调解队",
            "理事会",
            "议事会",
        ],
        verbs: &["成立", "组建"],
        reach: 24,
    },
    Kind {
        nouns: &["窗口", "专窗", "专区", "专岗", "信箱", "热线", "专线", "调解室", "接待室", "展厅", "展馆", "宣传栏", "公开栏", "公示栏", "议事厅"],
        verbs: &["设立", "设置", "开设", "开通", "建成", "打造", "建设"],
        reach: 24,
    },
    Kind {
        nouns: &["信息平台", "服务平台", "管理平台", "共享平台", "网络平台", "学习平台", "综合平台", "信息化平台", "智慧平台", "管理系统"],
        verbs: &["建设", "建立", "建成", "开发", "开通", "搭建", "上线", "完成", "打造"],
        reach: 20,
    },
];

/// Whether the clause asks for something that can be checked as existing.
pub(crate) fn asks_for_deliverable(clause: &str) -> bool {
    let plain = blot(clause, &brackets(clause));
    let letters = Letters::of(&plain);
    makes(&plain, letters)
        || hands_over(&plain)
        || is_handed_in(&plain)
        || is_drawn_up(&plain)
        || fills_in(&plain)
        || budgets(&plain)
        || letters.may_hold("专职") && staffs(&plain)
        || letters.may_hold("示范") && shows_off(&plain)
        || letters.may_hold("“") && puts_in_force(&plain)
        || letters.may_hold("《") && writes_named(&plain)
}

/// 出台《…若干措施》: a paper named by its title, whatever kind it is.
fn writes_named(clause: &str) -> bool {
    const VERBS: [&str; 9] = ["制定", "制订", "修订", "编制", "编写", "拟定", "起草", "出台", "印发"];
    VERBS.iter().any(|verb| {
        clause.match_indices(verb).any(|(at, _)| {
            let after = &clause[at + verb.len()..];
            let is_given = ends_any(&clause[..at], &["已", "已经", "按照", "根据", "新", "由"]);
            after.find('《').is_some_and(|opens| n_chars(&after[..opens]) <= 6 && !after.starts_with(['的', '了']))
                && after.ends_with('》')
                && !is_given
        })
    })
}

/// The clause ends in the name of a paper: 推荐材料, 报名表.
pub(crate) fn names_paper(clause: &str) -> bool {
    const PAPERS: [&str; 16] =
        ["材料", "方案", "清单", "名单", "报告", "总结", "表", "台账", "档案", "计划", "记录", "小结", "信息", "情况", "资料", "照片"];
    ends_any(clause, &PAPERS)
}

fn makes(clause: &str, letters: Letters) -> bool {
    NOUNS.iter().filter(|(noun_letters, ..)| letters.may_hold_all(*noun_letters)).any(|(_, noun, kind)| {
        clause.match_indices(noun).any(|(at, _)| {
            is_head(clause, at, &clause[at + noun.len()..])
                && kind.verbs.iter().any(|verb| letters.may_hold(verb) && governs(clause, verb, at, kind.reach))
        })
    })
}

/// Every noun with its letters, worked out once: each clause is tried against all of them.
static NOUNS: LazyLock<Vec<(Letters, &str, &Kind)>> =
    LazyLock::new(|| KINDS.iter().flat_map(|kind| kind.nouns.iter().map(move |noun| (Letters::of(noun), *noun, kind))).collect());

/// The noun closes its phrase: 制定方案, but not 方案落实 or 清单管理.
fn is_head(clause: &str, at: usize, after: &str) -> bool {
    let after = after.trim_start_matches(['”', '》', '\u{3000}', ' ', '’']);
    // 制定的方案 speaks of one that exists already.
    let is_existing = clause[..at].ends_with("按照") || clause[..at].ends_with("根据");
    !is_existing
        && (after.is_empty()
            || after == "的"
            || starts_any(after, &["的扣", "的每", "的酌情", "的不得分", "扣", "不得分"])
            || after.starts_with(|c: char| is_numeric(c) || matches!(c, '、' | '，' | '（' | '(' | '“' | '；' | '。'))
            || starts_any(
                after,
                &[
                    "和",
                    "与",
                    "及",
                    "并",
                    "以及",
                    "或",
                    "等材料",
                    "建设",
                    "打造",
                    "创建",
                    "报",
                    "交",
                    "送",
                    "不少于",
                    "至少",
                    "安排",
                    "工作",
                    "逐项",
                    "逐一",
                    "各",
                ],
            ))
}

fn governs(clause: &str, verb: &str, noun_at: usize, reach: usize) -> bool {
    const NEGATED: [&str; 14] = ["已", "已经", "不", "不再", "无需", "避免", "防止", "随意", "重复", "可", "可以", "的", "不要", "合理"];
    clause[..noun_at].match_indices(verb).any(|(at, _)| {
        let before = &clause[..at];
        let between = &clause[at + verb.len()..noun_at];
        // 不得要求村级建立台账
        let is_forbidden = has_any(before, &["不得", "严禁", "禁止", "不准"]);
        let is_single = n_chars(verb) == 1;
        let is_near = n_chars(between) <= if is_single { 14 } else { reach };
        // 制定的方案 exists, 不符合组建条件的站点 does not qualify.
        let is_described = between.starts_with(['的', '了']) || between.contains("条件");
        // 设置党小组 arranges the members, 成立 makes one.
        let arranges = between.ends_with('党') && clause[noun_at..].starts_with("小组") && matches!(verb, "设置" | "建设");
        let is_other_word = is_single && belongs_to_another_word(before, between);
        // 研究解决 and 研究讨论 only talk about it.
        let only_discusses = verb == "研究" && has_any(between, &["若干", "解决", "讨论", "落实"]);
        is_near && !is_forbidden && !is_described && !arranges && !is_other_word && !only_discusses && !ends_any(before, &NEGATED)
    })
}

/// 汇报, 交流, 报名: 报 and 交 as halves of other words.
fn belongs_to_another_word(before: &str, between: &str) -> bool {
    let ends = ["汇", "申", "通", "举", "填", "情", "预", "日", "提", "相", "移", "转", "递", "标"];
    let begins = ["告", "流", "通", "纳", "名", "到", "考", "道", "订", "约", "接", "叉", "办"];
    ends_any(before, &ends) || starts_any(between, &begins)
}

/// 将…材料报送, 把签到表交…
fn hands_over(clause: &str) -> bool {
    const PAPERS: [&str; 21] = [
        "方案",
        "清单",
        "名单",
        "材料",
        "报告",
        "总结",
        "资料",
        "登记表",
        "报名表",
        "汇总表",
        "回执",
        "记录本",
        "档案",
        "申请书",
        "志愿书",
        "表格",
        "台账",
        "计划",
        "照片",
        "文档",
        "统计表",
    ];
    const HANDS: [&str; 17] =
        ["报送", "上报", "报", "发给", "交至", "交到", "上交", "提交", "转交", "移交", "存入", "装入", "归入", "送交", "发至", "发送", "交"];
    if !clause.contains(['将', '把', '所']) {
        return false;
    }
    let Some(marked) = ["将", "把", "所有"].iter().filter_map(|word| clause.find(word)).min() else {
        return false;
    };
    PAPERS.iter().any(|paper| {
        clause[marked..].find(paper).is_some_and(|at| {
            let after = &clause[marked + at + paper.len()..];
            HANDS.iter().any(|hand| after.contains(hand)) && !has_any(after, &["交流", "作为重要", "汇报"])
        })
    })
}

/// 在《…登记表》上填写, 在《笔记》上做好记录.
fn fills_in(clause: &str) -> bool {
    let form = ["登记表》", "记录本》", "手册》", "笔记》", "志愿书》", "考察表》", "台账》"];
    has_any(clause, &form) && has_any(clause, &["填写", "做好记录", "做好签到", "记录工作"])
        || has_any(clause, &["登记建档", "建档立卡"])
        || keeps_one_for_each(clause)
}

/// 列入预算, 纳入财政预算.
fn budgets(clause: &str) -> bool {
    has_any(clause, &["经费", "资金", "费用"])
        && ["列入", "纳入"].iter().any(|verb| clause.find(verb).is_some_and(|at| clause[at..].contains("预算")))
}

/// 自评报告和佐证材料同步上传: the papers open the clause and are handed in by it.
fn is_handed_in(clause: &str) -> bool {
    const PAPERS: [&str; 12] = ["报告", "材料", "方案", "总结", "清单", "名单", "台账", "报名表", "汇总表", "登记表", "回执", "小结"];
    const HANDS: [&str; 10] = ["上报", "报送", "报至", "上交", "提交", "上传", "发至", "归档", "存档", "备案"];
    let Some((at, paper)) = PAPERS.iter().filter_map(|paper| clause.find(paper).map(|at| (at, paper))).min_by_key(|(at, _)| *at) else {
        return false;
    };
    let after = &clause[at + paper.len()..];
    n_chars(&clause[..at]) <= 8
        && (HANDS.iter().any(|hand| after.find(hand).is_some_and(|p| n_chars(&after[..p]) <= 12)) || goes_to_office(after))
        && !has_any(clause, &["应报未报", "不再"])
}

/// 事项清单修订完善, 方案制定完成: the paper, then what is done to it.
fn is_drawn_up(clause: &str) -> bool {
    const PAPERS: [&str; 8] = ["清单", "方案", "办法", "细则", "台账", "规则", "预案", "计划"];
    const DONE: [&str; 8] = ["修订完善", "修订完成", "制定完成", "编制完成", "修订", "制定到位", "制定出台", "修订到位"];
    DONE.iter().any(|act| clause.strip_suffix(act).is_some_and(|object| ends_any(object, &PAPERS)))
}

/// 一式两份报区委组织部: handed to an office that is named.
fn goes_to_office(after: &str) -> bool {
    const LEVELS: [&str; 12] = ["省", "市", "县", "区", "镇", "乡", "街道", "上级", "组织", "党委", "党建", "党办"];
    after.find('报').is_some_and(|at| n_chars(&after[..at]) <= 6 && starts_any(&after[at + '报'.len_utf8()..], &LEVELS))
}

/// 形成“一企一档”, 建立一户一册: a record for each.
fn keeps_one_for_each(clause: &str) -> bool {
    const RECORDS: [&str; 6] = ["一档", "一册", "一卡", "一表", "一台账", "一清单"];
    let Some(verb) = ["建立", "形成", "完善"].iter().find_map(|verb| clause.split_once(verb)) else { return false };
    let named = verb.1.trim_start_matches('“');
    named.starts_with('一') && RECORDS.iter().any(|record| named.find(record).is_some_and(|at| (1..=4).contains(&n_chars(&named[..at]))))
}

/// 无会议记录的扣分, 没有台账的扣分: a paper whose absence costs points.
pub(crate) fn lacks_paper(clause: &str) -> bool {
    const PAPERS: [&str; 20] = [
        "名单",
        "记录",
        "台账",
        "档案",
        "方案",
        "计划",
        "清单",
        "总结",
        "纪要",
        "责任书",
        "承诺书",
        "报告",
        "专职副书记",
        "专职副主任",
        "专职组织员",
        "活动室",
        "活动场所",
        "公开栏",
        "领导小组",
        "党支部",
    ];
    let lacks = |part: &str| {
        ["无", "没有", "缺", "未见"].iter().any(|word| {
            part.strip_prefix(word).is_some_and(|rest| {
                PAPERS.iter().any(|paper| {
                    rest.find(paper).is_some_and(|at| {
                        let after = &rest[at + paper.len()..];
                        n_chars(&rest[..at]) <= 10 && (after.is_empty() || starts_any(after, &["的", "、", "，", "或", "扣", "不得分"]))
                    })
                })
            })
        })
    };
    // 未划分小组、无名单的: each member of the list may lack something.
    lacks(clause) || clause.split('、').skip(1).any(lacks)
}

/// 配备专职副书记: a named full-time post.
fn staffs(clause: &str) -> bool {
    ["配备", "设立", "设置", "选配", "明确"].iter().any(|verb| {
        clause.find(verb).is_some_and(|at| {
            let object = &clause[at + verb.len()..];
            object.find("专职").is_some_and(|p| {
                let post = &object[p + "专职".len()..];
                starts_any(post, &["副书记", "副主任", "书记", "组织员", "副部长"]) && !has_any(post, &["管理", "担任", "履行"])
            })
        })
    })
}

/// 落实“…清单”: a list with a name.
fn puts_in_force(clause: &str) -> bool {
    ["落实“", "推行“", "公开“"]
        .iter()
        .any(|verb| clause.find(verb).is_some_and(|at| clause[at..].find('”').is_some_and(|end| ends_any(&clause[at..at + end], &["清单", "台账"]))))
}

/// 深化…示范片建设, 开展…示范点打造.
fn shows_off(clause: &str) -> bool {
    ["示范点", "示范片", "示范带", "示范基地"].iter().any(|noun| {
        clause.find(noun).is_some_and(|at| {
            let after = &clause[at + noun.len()..];
            (after == "建设" || after == "打造" || after == "创建") && has_any(&clause[..at], &["深化", "开展", "推进", "抓好", "加强", "实施"])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_objects_of_directive_verbs() {
        for clause in [
            "逐村制定整顿方案",
            "建立问题清单和责任清单",
            "成立由镇长任组长的工作专班",
            "在车间设立先锋岗、责任区",
            "将参会名单报送组织科",
            "在《党员活动手册》上做好记录",
            "把党建经费纳入本级财政预算",
            "配备专职副书记",
            "深化党建示范片建设",
            "未建立党员档案的",
        ] {
            assert!(asks_for_deliverable(clause), "{clause}");
        }
    }

    #[test]
    fn leaves_abstractions_and_modifiers() {
        for clause in [
            "建立健全长效机制",
            "完善工作制度",
            "严格清单管理",
            "抓好方案落实",
            "按照实施方案要求",
            "听取意见建议",
            "加强阵地建设",
            "打造党建品牌",
            "不组建指导组",
        ] {
            assert!(!asks_for_deliverable(clause), "{clause}");
        }
    }
}
