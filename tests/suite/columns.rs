//! README defines every column of every table, in the words of the table's own definition.

use std::fs;

use newstance::report::{
    ActorRow, ArticleRow, BreakdownRow, ChangeRow, Column, DifferenceRow, DocumentRow, MentionRow,
    PairRow, RejectedRow, SCHEMA, SourceRow, Table, TimelineRow,
};

fn check<R: Table>(readme: &str) {
    let heading = format!("\n### {}.csv\n", R::NAME);
    let start = readme
        .find(&heading)
        .unwrap_or_else(|| panic!("no {heading}"));
    let section = &readme[start + heading.len()..];
    let section = &section[..section.find("\n#").unwrap_or(section.len())];
    let mut rows = section.lines().filter(|line| line.starts_with("| `"));
    for Column { name, about, .. } in R::COLUMNS {
        let expected = format!("| `{name}` | {} |", about.trim_end_matches('.'));
        assert_eq!(rows.next(), Some(&*expected), "{}.csv", R::NAME);
    }
    assert_eq!(rows.next(), None, "{}.csv", R::NAME);
}

fn listed<R: Table>() -> String {
    let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    format!("{}: {}\n", R::NAME, names.join(" "))
}

/// Who changes a column raises the version, by which older tables are refused.
#[test]
fn the_version_of_the_tables_is_that_of_their_columns() {
    let tables = [
        listed::<DocumentRow>(),
        listed::<MentionRow>(),
        listed::<ArticleRow>(),
        listed::<ActorRow>(),
        listed::<TimelineRow>(),
        listed::<SourceRow>(),
        listed::<PairRow>(),
        listed::<BreakdownRow>(),
        listed::<RejectedRow>(),
        listed::<DifferenceRow>(),
        listed::<ChangeRow>(),
    ];
    assert_eq!(
        fs::read_to_string("tests/golden/columns.txt").unwrap(),
        format!("schema {SCHEMA}\n{}", tables.concat()),
        "columns have changed: raise SCHEMA in src/report/manifest.rs, then write both here"
    );
}

#[test]
fn every_column_is_defined() {
    let readme = fs::read_to_string("README.md").unwrap();
    check::<DocumentRow>(&readme);
    check::<MentionRow>(&readme);
    check::<ArticleRow>(&readme);
    check::<ActorRow>(&readme);
    check::<TimelineRow>(&readme);
    check::<SourceRow>(&readme);
    check::<PairRow>(&readme);
    check::<BreakdownRow>(&readme);
    check::<RejectedRow>(&readme);
    check::<DifferenceRow>(&readme);
    check::<ChangeRow>(&readme);
}
