use super::*;
use crate::Ratio;

fn parsed(text: &str) -> Expression {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Names and their values for the tests.
fn names(name: &str) -> Option<Operand> {
    match name {
        "full_members" => Some(Operand::Number(Ratio::from_integer(7))),
        "meetings.late" => Some(Operand::Number(Ratio::new(1, 3))),
        "none" => Some(Operand::Number(Ratio::from_integer(0))),
        "field" => Some(Operand::Text("village".to_owned())),
        "is_new" => Some(Operand::Truth(true)),
        _ => None,
    }
}

fn check(text: &str, expected: &str) {
    let given = match text.parse::<Expression>() {
        Err(error) => error.to_string(),
        Ok(expression) => match (expression.check(&|name| names(name).map(|o| o.type_of())), expression.evaluate(&names)) {
            (Err(error), _) => error.to_string(),
            (Ok(_), Ok(Operand::Number(n))) => n.to_string(),
            (Ok(_), Ok(Operand::Text(text))) => text,
            (Ok(_), Ok(Operand::Truth(truth))) => truth.to_string(),
            (Ok(_), Err(missing)) => missing.to_string(),
        },
    };
    assert_eq!(given, expected, "{text}");
}

#[test]
fn conditions_and_arithmetic() {
    check("full_members >= 7 and field in [\"village\", '社区']", "true");
    check("field not in [\"village\"] or not is_new", "false");
    check("not full_members < 7", "true");
    check("1 + 2 * 3 - 4 / 8", "13/2");
    check("10 - 3 - 2", "5");
    check("-full_members * 80%", "-28/5");
    check("round(meetings.late * 100, 2)", "3333/100");
    check("round(-0.5, 0) + ceil(1.2) + floor(-1.2)", "-1");
    check("min(3, 1, 2) + max(0.5, 1/3)", "3/2");
    check("is_new == (1 == 2) and (1 == 2) != is_new", "false");
}

#[test]
fn what_is_missing_is_said() {
    check("full_members / (none * 2)", "“none * 2”是 0，不能作除数");
    check("false and full_members / none > 1", "false");
    check("170000000000000000000000000000000000000 * 10", "数值太大，算不出来");
    check("ceil(170000000000000000000000000000000000000) + floor(-170000000000000000000000000000000000000)", "0");
    check("1/170000000000000000000000000000000000000 + 1/169999999999999999999999999999999999999", "数值太大，算不出来");
}

#[test]
fn mistakes_are_told_with_their_place() {
    check("", "第 1 个字符处：这里缺少内容：名称、数字或括号");
    check("full_members >=", "第 16 个字符处：这里缺少内容：名称、数字或括号");
    check("full_members = 7", "第 14 个字符处：相等请写成 ==");
    check("full_members ≥ 7", "第 14 个字符处：“≥”请写成 >=");
    check("1 < full_members < 9", "第 18 个字符处：不能连着比较，请写成 a <= b and b <= c");
    check("field in [\"a\"] in [\"b\"]", "第 16 个字符处：不能连着比较，请写成 a <= b and b <= c");
    check("(full_members > 1", "第 18 个字符处：这里缺少“)”");
    check("full_members > 1)", "第 17 个字符处：多了一个“)”");
    check("full_members %", "第 14 个字符处：“%”只能紧跟在数字后面，如 80%");
    check("full_members 7", "第 14 个字符处：这里缺少运算符，如 and、or、+、>=");
    check("field == \"village", "第 10 个字符处：文字没有写完，缺少后面的引号");
    check("field in []", "第 1 个字符处：列表是空的，请写出可选的值");
    check("field in [village]", "第 11 个字符处：列表里只能写文字或数字，如 in [\"village\", \"community\"]");
    check("avg(1, 2)", "第 1 个字符处：没有函数“avg”，可用的有：min、max、ceil、floor、round");
    check("min(1)", "第 1 个字符处：min 至少要两个值，如 min(a, b)");
    check("round(1, full_members)", "第 10 个字符处：小数位数请直接写 0 到 6 的整数");
    check("full_member > 1", "第 1 个字符处：没有“full_member”这个名称");
    check("field > 1", "第 1 个字符处：“field”是文字，这里要的是数字");
    check("field == 1", "第 7 个字符处：不能拿文字与数字比较");
    check("full_members and is_new", "第 1 个字符处：“full_members”是数字，这里要的是是否");
    check(&"(".repeat(500), "第 65 个字符处：嵌套太深，最多 64 层，请拆成几条");
    check(&"not ".repeat(200), "第 257 个字符处：嵌套太深，最多 64 层，请拆成几条");
    check(&"1+".repeat(600), "第 1001 个字符处：条件太长，最多 1000 个字符，请拆成几条");
}

#[test]
fn names_are_listed_once() {
    assert_eq!(parsed("a + b.c / max(a, d) > 1 and e in [\"f\"]").names(), ["a", "b.c", "d", "e"]);
}

/// A generator that gives the same numbers on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn tree(&mut self, depth: u64) -> Node {
        const OPERATORS: [Operator; 12] = [
            Operator::Or,
            Operator::And,
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::AtMost,
            Operator::More,
            Operator::AtLeast,
            Operator::Plus,
            Operator::Minus,
            Operator::Times,
            Operator::Over,
        ];
        let choice = if depth == 0 { self.below(4) } else { self.below(10) };
        let inner = |dice: &mut Self| Box::new(dice.tree(depth - 1));
        let kind = match choice {
            0 => Kind::Number(Ratio::new(i128::from(self.below(100_000)), 10_i128.pow(self.below(4) as u32))),
            1 => Kind::Text(["village", "社区", "it's"][self.below(3) as usize].to_owned()),
            2 => Kind::Truth(self.below(2) == 0),
            3 => Kind::Name(["full_members", "a.b_2", "field"][self.below(3) as usize].to_owned()),
            4 => Kind::Not(inner(self)),
            5 => Kind::Negative(inner(self)),
            6 => Kind::Among { value: inner(self), list: (0..=self.below(3)).map(|_| self.literal()).collect(), excluded: self.below(2) == 0 },
            7 => {
                let function = Function::ALL[self.below(5) as usize];
                let n = (1..=3).find(|n| function.takes(*n)).expect("a number of arguments");
                Kind::Call { function, arguments: (0..n).map(|_| self.tree(depth - 1)).collect() }
            }
            _ => Kind::Operation { operator: OPERATORS[self.below(12) as usize], left: inner(self), right: inner(self) },
        };
        Node { at: 0, kind }
    }

    fn literal(&mut self) -> Node {
        let kind = if self.below(2) == 0 { Kind::Text("village".to_owned()) } else { Kind::Number(Ratio::from_integer(5)) };
        Node { at: 0, kind }
    }
}

#[test]
fn what_is_printed_reads_back_as_the_same() {
    let mut dice = Dice(1);
    for _ in 0..4000 {
        let depth = dice.below(6);
        let tree = dice.tree(depth);
        let text = tree.to_string();
        if text.chars().count() > 1000 {
            continue;
        }
        assert_eq!(parsed(&text).tree, tree, "{text}");
    }
}

#[test]
fn no_text_brings_it_down() {
    let mut dice = Dice(2);
    let scraps: Vec<char> = "()[],.<>=!+-*/%\"'0123456789 abcnotandorinfieldminround（≥村\n\u{0}".chars().collect();
    for _ in 0..20_000 {
        let depth = dice.below(5);
        let mut text: Vec<char> = dice.tree(depth).to_string().chars().collect();
        for _ in 0..=dice.below(4) {
            let at = dice.below(text.len() as u64) as usize;
            let scrap = scraps[dice.below(scraps.len() as u64) as usize];
            match dice.below(3) {
                0 => text.insert(at, scrap),
                1 if text.len() > 1 => drop(text.remove(at)),
                _ => text[at] = scrap,
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(expression) = text.parse::<Expression>() {
            let _ = expression.check(&|name| names(name).map(|o| o.type_of()));
            let _ = expression.evaluate(&names);
            assert_eq!(parsed(&expression.to_string()), expression, "{text}");
        }
    }
}
