//! Invented names of places and people.

use super::chance::Chance;

pub(super) const CITY: &str = "云岭市";
pub(super) const COUNTIES: [&str; 10] = ["映江区", "云麓县", "澄溪县", "岭东县", "沐川坝县", "栖云县", "石门坎县", "望岭县", "远溪县", "松坪县"];
const TOWN_FIRST: [&str; 20] = [
    "青石", "大坪", "茶园", "梨花", "双塘", "红岩", "新桥", "马鞍", "清水", "石板", "松林", "柏树", "龙潭", "桃溪", "云台", "黄沙", "白岩", "竹山",
    "古渡", "东岭",
];
const VILLAGE_FIRST: [&str; 20] =
    ["上", "下", "东", "西", "南", "北", "前", "后", "大", "小", "新", "老", "高", "中", "长", "金", "银", "永", "和", "太"];
const VILLAGE_SECOND: [&str; 16] = ["河", "坪", "湾", "岭", "坝", "塘", "桥", "沟", "坡", "寨", "店", "井", "庄", "渡", "洞", "畈"];
const COMMUNITY: [&str; 16] =
    ["丁香", "书院", "北门", "南街", "滨河", "锦绣", "和平", "幸福", "朝阳", "花园", "广场", "新城", "湖滨", "东苑", "西苑", "望江"];
const SURNAMES: [&str; 48] = [
    "陈", "李", "王", "张", "刘", "杨", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高", "罗", "郑", "梁", "谢", "宋", "唐",
    "许", "邓", "冯", "韩", "曹", "曾", "彭", "萧", "蔡", "潘", "田", "董", "袁", "于", "余", "叶", "蒋", "杜", "苏", "魏", "程", "吕", "丁", "沈",
];
const GIVEN_FIRST: [&str; 40] = [
    "建", "国", "志", "明", "文", "海", "春", "秀", "玉", "桂", "晓", "小", "永", "德", "成", "光", "家", "学", "正", "立", "红", "丽", "雪", "淑",
    "金", "洪", "思", "雨", "子", "俊", "佳", "振", "兴", "宏", "庆", "素", "月", "云", "新", "天",
];
const GIVEN_SECOND: [&str; 40] = [
    "华", "军", "平", "英", "芳", "强", "敏", "勇", "林", "生", "峰", "兰", "梅", "荣", "辉", "清", "涛", "斌", "刚", "琴", "霞", "良", "松", "超",
    "波", "丹", "宁", "杰", "伟", "静", "洁", "莲", "珍", "山", "川", "阳", "康", "贵", "安", "东",
];

/// A person's name.
pub(super) fn person(chance: &mut Chance) -> String {
    let mut name = (*chance.one(&SURNAMES)).to_owned();
    if chance.in_thousand(850) {
        name.push_str(chance.one::<&str>(&GIVEN_FIRST));
    }
    name.push_str(chance.one::<&str>(&GIVEN_SECOND));
    name
}

/// The `n`-th town of a county.
pub(super) fn town(county: usize, n: usize) -> String {
    let shift = (county * 7 + n) % TOWN_FIRST.len();
    TOWN_FIRST[shift].to_owned()
}

/// The `n`-th village of a town; no two alike within it.
pub(super) fn village(town: usize, n: usize) -> String {
    let at = n * 3 + town * 5;
    format!("{}{}", VILLAGE_FIRST[(at / 2 + n) % VILLAGE_FIRST.len()], VILLAGE_SECOND[(at + n / 16) % VILLAGE_SECOND.len()])
}

/// The `n`-th community of a street.
pub(super) fn community(street: usize, n: usize) -> String {
    let name = COMMUNITY[(street * 3 + n) % COMMUNITY.len()];
    if n < COMMUNITY.len() { name.to_owned() } else { format!("{name}第{}", ["二", "三", "四"][(n / COMMUNITY.len() - 1) % 3]) }
}

/// What a kind of activity is about.
pub(super) fn topics(kind: &str) -> &'static [&'static str] {
    match kind {
        "theme_day" => &[
            "学习党章和支部工作条例",
            "志愿服务进院落",
            "重温入党誓词",
            "交流学习体会",
            "走访慰问老党员",
            "人居环境整治",
            "参观红色教育基地",
            "学习安全生产知识",
        ],
        "branch_committee_meeting" => {
            &["研究下一步重点工作", "讨论发展党员工作", "通报上次议定事项落实情况", "讨论年度工作安排", "研究党费使用", "学习基层减负有关规定"]
        }
        "general_meeting" => &["讨论年度工作安排", "讨论发展党员工作", "通报上次议定事项落实情况", "听取支委会工作报告", "学习上级党组织决定"],
        "party_lecture" => &["学习党章和支部工作条例", "学习乡村振兴政策", "学习基层减负有关规定", "学习安全生产知识", "讲身边党员的事"],
        "organisational_life_meeting" => &["对照检查，开展批评和自我批评", "查摆问题，明确整改措施"],
        "member_appraisal" => &["民主评议党员"],
        "heart_to_heart_talk" => &["交流思想和工作", "了解家庭困难和想法", "听取对支部工作的意见"],
        _ => &["学习上级党组织决定", "讨论小组近期工作"],
    }
}

pub(super) const LEAVE: [&str; 6] = ["外出务工", "因病请假", "单位值班", "照顾家人", "出差", "探亲"];
/// What somebody of this age does in an organisation of this field; nobody who leads one is a student.
pub(super) fn occupations(field: &str, age: i64) -> &'static [&'static str] {
    match (field, age) {
        ("rural", 61..) => &["农牧渔民"],
        (_, 61..) => &["离退休人员"],
        ("rural", _) => &["农牧渔民", "农牧渔民", "农牧渔民", "个体工商户", "企业职工", "专业技术人员"],
        ("school" | "hospital", _) => &["专业技术人员"],
        ("organ", _) => &["机关干部"],
        ("institution", _) => &["专业技术人员", "事业单位管理人员"],
        ("new_sector" | "state_enterprise", _) => &["企业职工", "专业技术人员", "企业管理人员"],
        (_, ..=23) => &["学生", "企业职工", "个体工商户"],
        _ => &["企业职工", "个体工商户", "专业技术人员", "离退休人员"],
    }
}
pub(super) const EDUCATION: [&str; 7] = ["小学", "初中", "高中", "中专", "大学专科", "大学本科", "硕士研究生"];
