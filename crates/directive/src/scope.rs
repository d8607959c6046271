//! Which field of Party building a passage speaks of.

use serde::Serialize;

use crate::words::{Letters, blot, has_any, quotations};

/// The field (领域) a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Scope {
    /// 农村
    #[serde(rename = "农村")]
    Rural,
    /// 城市社区
    #[serde(rename = "城市社区")]
    UrbanCommunity,
    /// 机关
    #[serde(rename = "机关")]
    PublicOffice,
    /// 两新 (非公企业、社会组织、新就业群体)
    #[serde(rename = "两新")]
    NewSector,
    /// 国企
    #[serde(rename = "国企")]
    StateEnterprise,
    /// 学校
    #[serde(rename = "学校")]
    School,
    /// 医院
    #[serde(rename = "医院")]
    Hospital,
    /// 综合: several fields, or none in particular
    #[serde(rename = "综合")]
    General,
}

/// What a text says about its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Nothing,
    One(Scope),
    Several,
}

/// Words that hold a field's word without meaning the field; each is set aside before looking.
const NEUTRAL: [&str; 81] = [
    "村（社区）",
    "村(社区)",
    "社区（村）",
    "社区(村)",
    "村社区",
    "村（居）",
    "村(居)",
    "街（镇）",
    "街(镇)",
    "街镇",
    "镇街",
    "镇（街）",
    "镇(街)",
    "乡镇（街道）",
    "乡镇(街道)",
    "乡（镇、街道）",
    "镇（街道）",
    "镇(街道)",
    "街道（乡镇）",
    "街道（镇）",
    "乡镇街道",
    "街道乡镇",
    "党校",
    "干校",
    "校验",
    "校对",
    "纪检监察机关",
    "非私营",
    "科学院",
    "工程院",
    "乡镇以上",
    "中学习",
    "小学习",
    "大学习",
    "行政学校",
    "医学院附属",
    "国资管理",
    "大学附属",
    "团校",
    "司法机关",
    "上级机关",
    "机关报",
    "中央和国家机关",
    "社区矫正",
    "企事业单位",
    "国家机关",
    "领导机关",
    "村改居",
    "学校教育管理",
    "居民人均",
    "企业事业单位",
    "机关党委书记联席",
    "行政学院",
    "干部学院",
    "社会主义学院",
    "集中学",
    "大学以上",
    "大学学历",
    "大学文化",
    "大学本科",
    "高校毕业生",
    "大学毕业生",
    "大学生",
    "城市里",
    "城市中",
    "个城市",
    "社区工作者",
    "外出城市",
    "文明城市",
    "卫生城市",
    "城市管理",
    "城市建设",
    "公安机关",
    "检察机关",
    "审判机关",
    "行政机关",
    "主管机关",
    "登记机关",
    "任免机关",
    "有关机关",
    "乡村振兴",
];

const FIELDS: [(Scope, &[&str]); 7] = [
    (Scope::Rural, &["村", "乡镇", "镇党委", "乡党委", "乡（镇）", "乡(镇)", "三农"]),
    (Scope::UrbanCommunity, &["街道", "社区", "居委", "居民区", "小区", "城市", "楼栋", "物业"]),
    (Scope::PublicOffice, &["机关", "市直单位", "县直单位", "区直单位", "省直单位"]),
    (
        Scope::NewSector,
        &[
            "两新",
            "非公",
            "社会组织",
            "民营",
            "互联网企业",
            "楼宇",
            "商圈",
            "园区",
            "产业园",
            "科技园",
            "创业园",
            "新就业群体",
            "新业态",
            "新兴领域",
            "外卖",
            "快递",
            "骑手",
            "网约车",
            "货车司机",
            "私营",
            "商业街区",
            "专业市场",
            "行业协会",
            "个体工商户",
            "规模以上无党员企业",
        ],
    ),
    (
        Scope::StateEnterprise,
        &["国企", "国有企业", "国有资本", "市管企业", "县属企业", "市属企业", "省属企业", "央企", "中央企业", "公有制企业", "国资"],
    ),
    (
        Scope::School,
        &[
            "学校",
            "高校",
            "中小学",
            "中学",
            "小学",
            "大学",
            "学院",
            "校园",
            "校党委",
            "本校",
            "我校",
            "全校",
            "校级",
            "教研组",
            "年级组",
            "教育系统",
            "幼儿园",
            "职校",
        ],
    ),
    (Scope::Hospital, &["医院", "卫生院", "医疗机构", "临床", "卫生健康系统", "卫健系统", "卫生系统"]),
];

/// Kinds of people hint at a field only where no field is named (教师、医生到农村工作 is 农村).
const PEOPLE: [(Scope, &[&str]); 3] = [
    (Scope::Rural, &["农民", "农户", "农业"]),
    (Scope::School, &["教师", "师生", "学生", "辅导员", "教职工"]),
    (Scope::Hospital, &["医务人员", "医护"]),
];

/// The fields named in `text`.
pub(crate) fn named(text: &str) -> Named {
    let scopes: Vec<Scope> = counts(text).into_iter().filter(|&(_, n)| n > 0).map(|(scope, _)| scope).collect();
    match scopes.as_slice() {
        [] => Named::Nothing,
        // 高校、科研机构和企事业单位: one field among others that have no name of their own here.
        [_] if has_any(text, &["企事业单位", "科研机构", "科研院所", "各类单位"]) => Named::Several,
        [one] => Named::One(*one),
        // 城市社区 hangs together with what lies in it only in name; two fields are two fields.
        _ => Named::Several,
    }
}

/// How often each field is named.
pub(crate) fn counts(text: &str) -> Vec<(Scope, usize)> {
    let letters = Letters::of(text);
    let neutral: Vec<_> =
        NEUTRAL.iter().filter(|word| letters.may_hold(word)).flat_map(|word| text.match_indices(word).map(|(at, w)| at..at + w.len())).collect();
    let plain = blot(text, &neutral);
    // 《…》 cites other papers, whose field is not that of the task.
    let cited: Vec<_> = quotations(&plain).into_iter().filter(|r| plain[r.clone()].starts_with('《')).collect();
    let plain = blot(&plain, &cited);
    // 非公有制企业 is no 公有制企业.
    let plain = plain.replace("非公有制", "非公").replace("乡镇卫生院", "卫生院").replace("社区卫生服务", "卫生院服务");
    let mut counts: Vec<(Scope, usize)> = FIELDS
        .iter()
        .map(|(scope, words)| (*scope, words.iter().filter(|word| letters.may_hold(word)).map(|word| plain.matches(word).count()).sum()))
        .collect();
    if counts.iter().all(|&(_, n)| n == 0) {
        counts = PEOPLE
            .iter()
            .map(|(scope, words)| (*scope, words.iter().filter(|word| letters.may_hold(word)).map(|word| plain.matches(word).count()).sum()))
            .collect();
    }
    // 大学生村官, 农村中小学教师: the village is where, the person is who.
    // 产业工人、青年农民: kinds of people of several fields.
    if plain.contains("工人") && plain.contains("农民") && !plain.contains('村') {
        counts.iter_mut().for_each(|(_, n)| *n = 0);
    }
    if plain.contains("大学生村官") || plain.contains("大学生到村") {
        counts.retain(|(scope, _)| *scope != Scope::School);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_one_field() {
        assert_eq!(named("各乡镇党委要带头"), Named::One(Scope::Rural));
        assert_eq!(named("城市社区网格党支部"), Named::One(Scope::UrbanCommunity));
        assert_eq!(named("商圈、楼宇党组织"), Named::One(Scope::NewSector));
        assert_eq!(named("县属国有企业"), Named::One(Scope::StateEnterprise));
    }

    #[test]
    fn hears_none_in_pairs_and_words_that_only_sound_so() {
        assert_eq!(named("各乡镇（街道）党（工）委"), Named::Nothing);
        assert_eq!(named("村（社区）党组织"), Named::Nothing);
        assert_eq!(named("县委党校举办"), Named::Nothing);
        assert_eq!(named("机关、国企、医院"), Named::Several);
    }
}
