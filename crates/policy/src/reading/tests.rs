use expect_test::{Expect, expect};

use super::*;

/// Files as `path\ntext`, divided by lines `--- path`; each layer without a head gets one.
fn files(text: &str) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    for part in text.split("--- ").filter(|part| !part.trim().is_empty()) {
        let (path, text) = part.split_once('\n').expect("a path and a text");
        let layer = path.split('/').next().expect("a layer");
        files.push(SourceFile { layer: layer.to_owned(), path: path.to_owned(), text: text.to_owned() });
    }
    for (layer, order) in [("national", 1), ("city", 2)] {
        let path = format!("{layer}/layer.toml");
        if files.iter().any(|f| f.layer == layer) && !files.iter().any(|f| f.path == path) {
            let text = format!("[layer]\ntitle = \"{layer}\"\norder = {order}\nversion = \"1\"\n");
            files.push(SourceFile { layer: layer.to_owned(), path, text });
        }
    }
    files
}

fn check(text: &str, expected: Expect) -> Reading {
    let reading = read(&files(text));
    let problems: String = reading.problems.iter().map(|p| format!("{p}\n")).collect();
    expected.assert_eq(&problems);
    reading
}

#[test]
fn a_sound_entry_is_read() {
    let reading = check(
        r#"
--- national/levels.toml
[level.county]
name = "县（市、区）"
order = 2
cite = { doc = "rules", clause = "3" }
"#,
        expect![[""]],
    );
    assert_eq!(reading.pack.levels["county"].order, 2);
    assert_eq!(reading.origins["level.county"].to_string(), "national/levels.toml:1:8");
    assert_eq!(reading.place("level.county", "cite.clause").to_string(), "national/levels.toml:4:25");
}

#[test]
fn every_problem_is_reported_at_once() {
    let reading = check(
        r#"--- national/duties.toml
[duty.theme_day]
name = 3
short = "党日"
order = 300
activty = "theme_day"
per = "monthly"
times = [{ from = "2018-13-01", is = 1 }, { from = 2018-10-28, is = "一" }]
kinds = "branch"
applies_when = "full_members >="
late_counts = "半"
cite = { dok = "rules", quote = "…" }

[duty.other]
name = "另一个"
short = "另"
order = 2
activity = "other"
per = "month"
times = [{ from = 2018-10-28, is = 1 }]
kinds = ["branch"]
cite = { doc = "rules" }

[dutty.third]
name = "x"

[level.county]
order = 1
"#,
        expect![[r#"
            national/duties.toml:2:1 错误：“name”应是文字（写在引号里），现在是整数 3
            national/duties.toml:4:1 错误：“order”应是0–255 的整数，现在是整数 300，超出了范围
            national/duties.toml:5:1 错误：不认识的键“activty”，是否想写“activity”？
            national/duties.toml:6:1 错误：“per”不能是“monthly”，是否想写“month”？
            national/duties.toml:7:12 错误：“from”应是日期（如 2025-01-31），现在是文字“2018-13-01”
            national/duties.toml:7:64 错误：“is”应是整数，现在是文字“一”
            national/duties.toml:8:1 错误：“kinds”应是列表（写成 [ … ]），现在是文字“branch”
            national/duties.toml:9:1 错误：“applies_when”：第 16 个字符处：这里缺少内容：名称、数字或括号
            national/duties.toml:10:1 错误：“late_counts”：“半”不是数字，请写成 80、0.5、80% 或 2/3
            national/duties.toml:11:10 错误：不认识的键“dok”，是否想写“doc”？
            national/duties.toml:23:2 错误：不认识的键“dutty”，是否想写“duty”？
            national/duties.toml:26:8 错误：“county”缺少“cite”，请补上
            national/duties.toml:26:8 错误：“county”缺少“name”，请补上
        "#]],
    );
    assert_eq!(reading.pack.duties.keys().collect::<Vec<_>>(), ["other"]);
}

#[test]
fn a_higher_layer_replaces_a_whole_entry() {
    let reading = check(
        r#"--- national/levels.toml
[level.county]
name = "县"
order = 2
cite = { doc = "rules", clause = "3" }
--- city/levels.toml
[level.county]
name = "县（市、区）"
order = 3
cite = { doc = "rules" }
"#,
        expect![[""]],
    );
    assert_eq!(reading.pack.levels["county"].cite.clause, None);
    assert_eq!(reading.overridden.len(), 1);
    assert_eq!(reading.overridden[0].place.to_string(), "national/levels.toml:1:8");
    assert_eq!(reading.overridden[0].by.to_string(), "city/levels.toml:1:8");
    assert_eq!(reading.layers.iter().map(|l| (l.id.as_str(), l.n_entries)).collect::<Vec<_>>(), [("national", 1), ("city", 1)]);
}

#[test]
fn an_entry_stands_once_in_a_layer() {
    check(
        r#"--- national/a.toml
[level.county]
name = "县"
order = 2
cite = { doc = "rules" }
--- national/b.toml
[level.county]
name = "县"
order = 2
cite = { doc = "rules" }
--- national/c.toml
[level.city]
name = "市"
order = 1
cite = { doc = "rules" }
[level.city]
name = "市"
--- national/d.toml
[level.town]
name = "乡镇"
name = "镇"
--- national/e.toml
[level.village
name = 村
"#,
        expect![[r#"
            national/b.toml:1:8 错误：“level.county”在本层已经定义过（national/a.toml:1:8），请删去一处；要改上一层的值，请写在更高的层
            national/c.toml:5:8 错误：“[level.city]”重复，第 1 行已经写过；请删去一处或合并
            national/d.toml:3:1 错误：“name”重复，第 2 行已经写过；请删去一处或合并
            national/e.toml:1:15 错误：文件格式不对：表头没有写完，缺少“]”
        "#]],
    );
}

#[test]
fn layers_need_a_head_and_an_order_of_their_own() {
    check(
        r#"--- a/layer.toml
[layer]
title = "甲"
order = 1
version = "2026"
exmaple = true
--- b/layer.toml
[layer]
title = "乙"
order = 1
version = 2026
--- c/levels.toml
[level.city]
name = "市"
order = 1
cite = { doc = "rules" }
"#,
        expect![[r#"
            a/layer.toml:5:1 错误：不认识的键“exmaple”，是否想写“example”？
            b/layer.toml:4:1 错误：“version”应是文字（写在引号里），现在是整数 2026
            c/layer.toml:1:1 错误：缺少 layer.toml，请写明 [layer] 的 title、order、version
        "#]],
    );
}

#[test]
fn a_layer_is_kept_as_one_text() {
    let mut files = files("--- city/b.toml\n# 乙\r\n--- city/a/c.toml\n# 甲");
    let text = layer_text(&files, "city");
    let mut back = layer_files("city", &text);
    assert_eq!(layer_text(&back, "city"), text);
    for file in &mut files {
        file.text = layer::plain(&file.text);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    back.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(back, files);
    assert_eq!(layer_files("city", "not such a text"), []);
    assert_eq!(layer_files("city", "99 a.toml\nshort"), []);
    assert_eq!(sm3_of("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

#[test]
fn cases_are_read() {
    let reading = check(
        r#"--- city/meeting.cases.toml
[[case]]
name   = "三个月缺一次"
field  = "village"
given  = [{ org = "first_branch", kind = "activity.branch_committee_meeting", on = ["2026-01-09", "2026-03-12"] }]
expect = { indicator = "branch_committee_meeting", period = "2026-Q1", points = "5 * 2 / 3", missing = ["2026-02"] }

[[case]]
name   = "写错了"
given  = [{ org = "first_branch", kid = "activity.theme_day", on = "2026-01-09" }]
expect = { indicator = "theme_day", period = "2026-Q7", points = "5 / 0", outcome = "mett" }
"#,
        expect![[r#"
            city/meeting.cases.toml:9:35 错误：不认识的键“kid”，是否想写“kind”？
            city/meeting.cases.toml:9:63 错误：“on”应是列表（写成 [ … ]），现在是文字“2026-01-09”
            city/meeting.cases.toml:10:37 错误：“period”：“2026-Q7”不是期间，请写成 2025、2025-H1、2025-Q3 或 2025-07
            city/meeting.cases.toml:10:57 错误：“points”：“5 / 0”算不出来：“0”是 0，不能作除数
            city/meeting.cases.toml:10:75 错误：“outcome”不能是“mett”，是否想写“met”？
        "#]],
    );
    assert_eq!(reading.cases.len(), 1);
    assert_eq!(reading.cases[0].expect.points.as_ref().map(|p| p.value), Some(crate::Ratio::new(10, 3)));
    assert_eq!(reading.cases[0].place.as_ref().map(ToString::to_string).as_deref(), Some("city/meeting.cases.toml:1:1"));
}
