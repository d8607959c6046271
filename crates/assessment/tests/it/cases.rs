//! The cases beside the rules of the shipped packs.

use assessment::run_cases;

use crate::samples::read_pack;

#[test]
fn every_case_of_the_packs_comes_out() {
    let reading = read_pack(&["national", "city"]);
    let failures = run_cases(&reading.pack, &reading.cases);
    let text: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(!reading.cases.is_empty(), "the packs have cases");
    println!("{} cases", reading.cases.len());
    assert!(text.is_empty(), "{} of {} cases:\n{}", text.len(), reading.cases.len(), text.join("\n"));
}
