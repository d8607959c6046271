//! Text → tree, by precedence climbing.

use super::{ExpressionError, Function, Kind, Node, Operator, strength};
use crate::parse_ratio;

/// Longer texts are refused: a condition is to be read by people.
const CHARACTERS_MAX: usize = 1000;
/// Deeper nesting is refused, so that no text can exhaust the stack.
const DEPTH_MAX: usize = 64;

pub(super) fn parse(text: &str) -> Result<Node, ExpressionError> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > CHARACTERS_MAX {
        return Err(ExpressionError::new(CHARACTERS_MAX, format!("条件太长，最多 {CHARACTERS_MAX} 个字符，请拆成几条")));
    }
    let tokens = tokens(&characters)?;
    let mut parser = Parser { tokens, next: 0, depth: 0, end: characters.len() };
    let tree = parser.expression(0)?;
    match parser.peek() {
        None => Ok(tree),
        Some(Token::Sign(")")) => Err(parser.error("多了一个“)”")),
        Some(Token::Sign("%")) => Err(parser.error("“%”只能紧跟在数字后面，如 80%")),
        Some(_) => Err(parser.error("这里缺少运算符，如 and、or、+、>=")),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(crate::Ratio),
    Text(String),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 18] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", "=", "%", "!"];

fn tokens(characters: &[char]) -> Result<Vec<(usize, Token)>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let start = at;
        let while_true = |from: usize, test: &dyn Fn(char) -> bool| from + characters[from..].iter().take_while(|c| test(**c)).count();
        let token = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c.is_ascii_digit() {
            at = while_true(at, &|c| c.is_ascii_digit() || c == '.');
            if characters.get(at) == Some(&'%') {
                at += 1;
            }
            let written: String = characters[start..at].iter().collect();
            Token::Number(parse_ratio(&written).map_err(|message| ExpressionError::new(start, message))?)
        } else if c.is_ascii_alphabetic() || c == '_' {
            at = while_true(at, &|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
            Token::Word(characters[start..at].iter().collect())
        } else if c == '"' || c == '\'' {
            let end = while_true(at + 1, &|other| other != c);
            if end == characters.len() {
                return Err(ExpressionError::new(start, "文字没有写完，缺少后面的引号"));
            }
            at = end + 1;
            Token::Text(characters[start + 1..end].iter().collect())
        } else {
            let sign = SIGNS.into_iter().find(|sign| sign.chars().eq(characters[at..].iter().copied().take(sign.len())));
            let sign = sign.ok_or_else(|| ExpressionError::new(at, foreign(c)))?;
            at += sign.len();
            Token::Sign(sign)
        };
        tokens.push((start, token));
    }
    Ok(tokens)
}

/// What to write instead of a sign of the Chinese keyboard.
fn foreign(c: char) -> String {
    let pairs = [
        ('（', "("),
        ('）', ")"),
        ('，', ","),
        ('≥', ">="),
        ('≤', "<="),
        ('＞', ">"),
        ('＜', "<"),
        ('＝', "=="),
        ('≠', "!="),
        ('×', "*"),
        ('÷', "/"),
        ('＋', "+"),
        ('－', "-"),
        ('％', "%"),
        ('“', "\""),
        ('”', "\""),
        ('&', "and"),
        ('|', "or"),
    ];
    pairs.iter().find(|(from, _)| *from == c).map_or_else(|| format!("不认识的符号“{c}”；文字请写在引号里"), |(_, to)| format!("“{c}”请写成 {to}"))
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn error(&self, message: impl Into<String>) -> ExpressionError {
        ExpressionError::new(self.at(), message)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ExpressionError> {
        if self.take(&Token::Sign(sign)) { Ok(()) } else { Err(self.error(format!("这里缺少“{sign}”"))) }
    }

    /// Everything that binds at least as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<Node, ExpressionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(format!("嵌套太深，最多 {DEPTH_MAX} 层，请拆成几条")));
        }
        let mut left = self.first()?;
        // Whether `left` compares without parentheses around it.
        let mut compares = false;
        loop {
            let at = self.at();
            let among = self.among(least);
            let operator = if among.is_none() { self.operator()?.filter(|o| o.strength() >= least) } else { None };
            if compares && (among.is_some() || operator.is_some_and(|o| o.strength() == strength::COMPARISON)) {
                return Err(ExpressionError::new(at, "不能连着比较，请写成 a <= b and b <= c"));
            }
            if let Some(excluded) = among {
                left = self.list(left, excluded)?;
                compares = true;
                continue;
            }
            let Some(operator) = operator else { break };
            self.next += 1;
            compares = operator.strength() == strength::COMPARISON;
            let right = self.expression(operator.strength() + 1)?;
            left = Node { at, kind: Kind::Operation { operator, left: Box::new(left), right: Box::new(right) } };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// `in` or `not in`, taken when it is next and binds strongly enough; whether it is `not in`.
    fn among(&mut self, least: u8) -> Option<bool> {
        if strength::COMPARISON < least {
            return None;
        }
        if self.take_word("in") {
            return Some(false);
        }
        let is_not_in =
            matches!(self.tokens.get(self.next..self.next + 2), Some([(_, Token::Word(a)), (_, Token::Word(b))]) if a == "not" && b == "in");
        if is_not_in {
            self.next += 2;
            return Some(true);
        }
        None
    }

    fn operator(&self) -> Result<Option<Operator>, ExpressionError> {
        let operator = match self.peek() {
            Some(Token::Sign(sign)) => match *sign {
                "==" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::AtMost,
                ">" => Operator::More,
                ">=" => Operator::AtLeast,
                "+" => Operator::Plus,
                "-" => Operator::Minus,
                "*" => Operator::Times,
                "/" => Operator::Over,
                "=" => return Err(self.error("相等请写成 ==")),
                "!" => return Err(self.error("“不”请写成 not，不等于请写成 !=")),
                _ => return Ok(None),
            },
            Some(Token::Word(word)) => match word.as_str() {
                "or" => Operator::Or,
                "and" => Operator::And,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(operator))
    }

    /// What can begin an expression.
    fn first(&mut self) -> Result<Node, ExpressionError> {
        let at = self.at();
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return Err(self.error("这里缺少内容：名称、数字或括号"));
        };
        self.next += 1;
        let kind = match token {
            Token::Number(n) => Kind::Number(n),
            Token::Text(text) => Kind::Text(text),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("-") => Kind::Negative(Box::new(self.expression(strength::NEGATIVE)?)),
            Token::Word(word) => return self.word(at, word),
            Token::Sign(sign) => {
                self.next -= 1;
                return Err(self.error(format!("“{sign}”前面缺少内容：名称、数字或括号")));
            }
        };
        Ok(Node { at, kind })
    }

    fn word(&mut self, at: usize, word: String) -> Result<Node, ExpressionError> {
        let kind = match word.as_str() {
            "true" => Kind::Truth(true),
            "false" => Kind::Truth(false),
            "not" => Kind::Not(Box::new(self.expression(strength::NOT)?)),
            "and" | "or" | "in" => return Err(ExpressionError::new(at, format!("“{word}”前面缺少内容"))),
            _ if word.ends_with('.') || word.contains("..") => return Err(ExpressionError::new(at, format!("名称“{word}”里的点用错了"))),
            _ if self.take(&Token::Sign("(")) => self.call(at, &word)?,
            _ => Kind::Name(word),
        };
        Ok(Node { at, kind })
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Kind, ExpressionError> {
        let Some(function) = Function::ALL.into_iter().find(|f| f.name() == name) else {
            let known = Function::ALL.map(Function::name).join("、");
            return Err(ExpressionError::new(at, format!("没有函数“{name}”，可用的有：{known}")));
        };
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression(0)?);
            if !self.take(&Token::Sign(",")) {
                break;
            }
        }
        self.expect(")")?;
        if !function.takes(arguments.len()) {
            let how = match function {
                Function::Min | Function::Max => "至少要两个值，如 min(a, b)",
                Function::Ceil | Function::Floor => "只要一个值，如 ceil(a / b)",
                Function::Round => "要写明保留几位小数，如 round(a / b, 2)",
            };
            return Err(ExpressionError::new(at, format!("{name} {how}")));
        }
        Ok(Kind::Call { function, arguments })
    }

    fn list(&mut self, value: Node, excluded: bool) -> Result<Node, ExpressionError> {
        let at = value.at;
        self.expect("[")?;
        let mut list = Vec::new();
        while !self.take(&Token::Sign("]")) {
            let at = self.at();
            let kind = match self.peek() {
                Some(Token::Text(text)) => Kind::Text(text.clone()),
                Some(Token::Number(n)) => Kind::Number(*n),
                _ => return Err(self.error("列表里只能写文字或数字，如 in [\"village\", \"community\"]")),
            };
            self.next += 1;
            list.push(Node { at, kind });
            if !self.take(&Token::Sign(",")) {
                self.expect("]")?;
                break;
            }
        }
        if list.is_empty() {
            return Err(ExpressionError::new(at, "列表是空的，请写出可选的值"));
        }
        Ok(Node { at, kind: Kind::Among { value: Box::new(value), list, excluded } })
    }
}
