//! What several walks do alike.

use scenarios::{PASSWORD, Page, Visitor, World};

/// Signs in with the password of every account of the demo.
pub fn enter(world: &World, login: &str) -> Visitor {
    world.sign_in(login, PASSWORD)
}

/// Comes to the work from 制度规则, as the pack's `[mechanism.ID]` says: under its clause, carried and in force, with what
/// closes it; the page is the place that the entry names.
pub fn at_mechanism(visitor: &Visitor, id: &str, closes_when: &str) -> Page {
    let list = visitor.get(&format!("/policies?q={id}"));
    let entry = format!("/policies/mechanism.{id}");
    let row = format!("table.list tbody tr:has(a[href='{entry}'])");
    assert!(list.has(&row), "the pack has no mechanism {id}:\n{}", list.text());
    let (words, state) = (list.text_of(&row), list.text_of(&format!("{row} .st")));
    assert!(words.contains('“') && ["在用", "可以用，近一年没有记录"].contains(&state.as_str()), "{state}: {words}");
    visitor.get(&entry).sees("办结的标志").sees(closes_when);
    let place = list.attribute(&format!("{row} td > a[href]:not([href^='/policies'])"), "href");
    let page = visitor.get(&place.unwrap_or_else(|| panic!("{id} leads nowhere for this person: {words}")));
    assert_eq!(page.status, 200, "{}", page.path);
    page
}

/// Does one step of something that moves through stages, with these fields; a name may come several times.
pub fn step(visitor: &Visitor, base: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let page = visitor.get(&format!("{base}/actions/{action}"));
    assert_eq!(page.status, 200, "{action} is not offered:\n{}", visitor.get(base).text());
    let mut form = page.form("form.case-form");
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

/// Asserts that two answers are the same: what is out of reach looks like what does not exist.
pub fn same_answer(one: &Page, absent: &Page) {
    assert_eq!(absent.status, 404);
    assert_eq!((one.status, one.text()), (absent.status, absent.text()));
}

/// A downloaded table as lines of cells, without the mark of the encoding.
pub fn table(visitor: &Visitor, path: &str) -> Vec<Vec<String>> {
    let file = visitor.download(path);
    assert_eq!(file.status, 200, "{path}");
    let text = String::from_utf8(file.bytes).expect("UTF-8");
    text.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect()).collect()
}

/// An address below which there is nothing.
pub fn absent_below(path: &str) -> String {
    format!("{path}/999999999")
}

/// The first number in a text.
pub fn number_in(text: &str) -> i64 {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// Where a filed line of the plan of 2026 is taken back; the line by a part of its name.
pub fn withdrawal(visitor: &Visitor, line: &str) -> String {
    let page = visitor.get("/plan?year=2026");
    let own = "ul.plan > li:has(form.inline[action$='/withdraw'])";
    let at = page.texts_of(own).iter().position(|text| text.contains(line)).unwrap_or_else(|| panic!("{line} is not filed:\n{}", page.text()));
    page.attributes(&format!("{own} form.inline[action$='/withdraw']"), "action").swap_remove(at)
}
