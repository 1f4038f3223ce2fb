//! README defines every column of every table, in the words of the table's own definition.

use std::fs;

use newstance::report::{
    ActorRow, ArticleRow, Column, DocumentRow, MentionRow, RejectedRow, Table,
};

fn check<R: Table>(readme: &str) {
    let heading = format!("\n### {}.csv\n", R::NAME);
    let start = readme
        .find(&heading)
        .unwrap_or_else(|| panic!("no {heading}"));
    let section = &readme[start + heading.len()..];
    let section = &section[..section.find("\n#").unwrap_or(section.len())];
    let mut rows = section.lines().filter(|line| line.starts_with("| `"));
    for Column { name, about } in R::COLUMNS {
        let expected = format!("| `{name}` | {} |", about.trim_end_matches('.'));
        assert_eq!(rows.next(), Some(&*expected), "{}.csv", R::NAME);
    }
    assert_eq!(rows.next(), None, "{}.csv", R::NAME);
}

#[test]
fn every_column_is_defined() {
    let readme = fs::read_to_string("README.md").unwrap();
    check::<DocumentRow>(&readme);
    check::<MentionRow>(&readme);
    check::<ArticleRow>(&readme);
    check::<ActorRow>(&readme);
    check::<RejectedRow>(&readme);
}
