use super::*;

const MEMBERS: ListSpec = ListSpec { sorts: &["name", "age"], default_sort: ("name", Direction::Asc), filters: &["kind", "state"], per: 20 };

fn members(query: &str) -> ListQuery {
    ListQuery::parse(&MEMBERS, "/members", Some(query))
}

#[test]
fn nothing_said_is_the_plain_address() {
    let query = ListQuery::parse(&MEMBERS, "/members", None);
    assert_eq!((query.sort, query.dir, query.page, query.per), ("name", Direction::Asc, 1, 20));
    assert_eq!(query.clear_link(), "/members");
    assert!(!query.is_narrowed());
}

#[test]
fn nonsense_falls_back_to_the_default() {
    let query = members("sort=password&dir=sideways&page=-3&per=7&kind=&secret=1&q=%E9%A9%AC%ZZ+x&&=");
    assert_eq!((query.sort, query.dir, query.page, query.per), ("name", Direction::Asc, 1, 20));
    assert_eq!(query.filter("kind"), None);
    assert_eq!(query.filter("secret"), None);
    assert_eq!(query.q, "马%ZZ x");
}

#[test]
fn links_keep_what_they_do_not_change() {
    let query = members("q=a%26b&kind=full&sort=age&dir=desc&per=50&page=3");
    assert_eq!(query.page_link(4), "/members?q=a%26b&kind=full&sort=age&dir=desc&per=50&page=4");
    assert_eq!(query.per_link(100), "/members?q=a%26b&kind=full&sort=age&dir=desc&per=100");
    assert_eq!(query.filter_link("state", "active"), "/members?q=a%26b&kind=full&state=active&sort=age&dir=desc&per=50");
    assert_eq!(query.filter_link("kind", "full"), "/members?q=a%26b&sort=age&dir=desc&per=50");
    assert_eq!(query.clear_link(), "/members?sort=age&dir=desc&per=50");
    assert_eq!(query.export_link(Export::Xlsx), "/members?q=a%26b&kind=full&sort=age&dir=desc&per=50&export=xlsx");
}

#[test]
fn every_link_reads_back_as_what_it_means() {
    let query = members("q=马&kind=full&sort=age&dir=desc&page=2");
    let link = query.page_link(5);
    let again = ListQuery::parse(&MEMBERS, "/members", link.split_once('?').map(|(_, rest)| rest));
    assert_eq!(again, ListQuery { page: 5, ..query });
}

#[test]
fn a_column_sorts_and_then_turns() {
    let query = members("");
    assert_eq!(query.column("姓名", "name", false).aria_sort(), Some("ascending"));
    assert_eq!(query.column("姓名", "name", false).href.as_deref(), Some("/members?dir=desc"));
    assert_eq!(query.column("年龄", "age", true).href.as_deref(), Some("/members?sort=age"));
    assert_eq!(members("sort=age").column("年龄", "age", true).href.as_deref(), Some("/members?sort=age&dir=desc"));
}

#[test]
fn the_pager_says_where_one_is() {
    let pager = Pager::new(&members("page=2"), 38, "名");
    assert_eq!(pager.sentence, "共 38 名，第 21—38 名");
    assert_eq!((pager.prev.as_deref(), pager.next), (Some("/members"), None));
    let long = Pager::new(&members("page=10"), 1000, "个");
    let labels: Vec<&str> = long.pages.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["1", "…", "8", "9", "10", "11", "12", "…", "50"]);
    assert!(Pager::new(&members(""), 5, "个").pages.is_empty());
    assert_eq!(Pager::new(&members(""), 0, "个").sentence, "共 0 个");
    assert_eq!(Pager::new(&members("page=99"), 38, "名").sentence, "共 38 名，第 21—38 名");
}

#[test]
fn lists_by_key_go_forward_and_back_to_the_start() {
    let first = Pager::keyed(&members("kind=full"), "最近 20 条", Some("2026-11-02/17"));
    assert_eq!((first.prev, first.next.as_deref()), (None, Some("/members?kind=full&after=2026-11-02%2F17")));
    let second = Pager::keyed(&members("kind=full&after=x"), "", None);
    assert_eq!(second.prev.as_deref(), Some("/members?kind=full"));
}

#[test]
fn a_page_of_rows_never_runs_over() {
    let rows: Vec<u32> = (0..38).collect();
    assert_eq!(members("page=2").page_of(&rows).len(), 18);
    assert_eq!(members("page=9").page_of(&rows), &rows[20..]);
    assert_eq!(members("page=9").within(38).page, 2);
    assert!(members("page=9").page_of::<u32>(&[]).is_empty());
    for asked in ["", "page=2", "page=9", "per=50"] {
        assert_eq!(members(asked).paged(rows.clone()), members(asked).page_of(&rows), "{asked}");
    }
}

#[test]
fn pills_and_drop_downs_know_what_is_on() {
    let query = members("kind=full");
    assert!(query.chip("kind", "full", "正式党员", Some(36)).pressed);
    assert!(!query.chip("kind", "", "全部", None).pressed);
    assert_eq!(query.chip("kind", "", "全部", None).href, "/members");
    let choices = query.choices("kind", "全部", [("full", "正式党员"), ("probationary", "预备党员")]);
    assert_eq!(choices.iter().filter(|choice| choice.selected).map(|choice| choice.label.as_str()).collect::<Vec<_>>(), ["正式党员"]);
    assert_eq!(query.kept_fields(["q", "kind"]), []);
    assert_eq!(members("sort=age&kind=full&page=2").kept_fields(["q", "kind"]), [("sort", "age".to_owned())]);
}
