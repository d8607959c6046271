//! What tests of the reader share: a sentence in, a line for each task out.

use expect_test::Expect;

/// A notice of 2024 around the sentence, so that title, year and sign-off are there as they are in life.
pub fn check(body: &str, expected: Expect) {
    let text = format!("关于做好有关工作的通知\n各党支部：\n{body}\n云栖县委组织部\n2024年2月1日\n");
    expected.assert_eq(&lines(&directive::read(&text)));
}

/// A line for each task.
pub fn lines(read: &directive::Directive) -> String {
    let json = serde_json::to_value(read).expect("a directive is plain JSON");
    let mut lines = String::new();
    for task in json["tasks"].as_array().expect("a list of tasks") {
        let mut line = vec![task["span"].as_str().expect("a span").to_string()];
        if !task["quantity"].is_null() {
            let quantity = &task["quantity"];
            line.push(format!("{} {} {}", text(&quantity["comparator"]), text(&quantity["value"]), text(&quantity["unit"])));
        }
        line.extend(["deadline", "frequency"].iter().filter(|field| !task[**field].is_null()).map(|field| text(&task[*field])));
        if task["scope"] != "综合" {
            line.push(text(&task["scope"]));
        }
        lines.push_str(&line.join(" | "));
        lines.push('\n');
    }
    lines
}

/// The bare words of a JSON value.
pub fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
