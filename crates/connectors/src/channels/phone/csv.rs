//! Lists with a heading line (RFC 4180), separated by commas, semicolons or tabs, as telephone systems export them.

use kernel::channel::ParseError;

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, counted from 1 as editors do.
    pub line: usize,
    /// (heading, value) pairs.
    pub cells: Vec<(String, String)>,
}

/// The headings, and each line below them.
pub fn read(text: &str, most: usize) -> Result<(Vec<String>, Vec<Row>), ParseError> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    // The first of the most frequent wins.
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(',');
    let mut lines = lines(text, separator, most + 1)?.into_iter();
    let (_, headings) = lines.next().unwrap_or_default();
    let rows = lines.map(|(line, row)| Row { line, cells: headings.iter().cloned().zip(row).collect() }).collect();
    Ok((headings, rows))
}

fn lines(text: &str, separator: char, most: usize) -> Result<Vec<(usize, Vec<String>)>, ParseError> {
    let mut rows = Vec::new();
    let (mut line, mut begun) = (1usize, 1usize);
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    let mut end = |begun: usize, row: &mut Vec<String>, cell: &mut String| {
        row.push(std::mem::take(cell));
        let row = std::mem::take(row);
        if row.iter().any(|c| !c.trim().is_empty()) {
            rows.push((begun, row));
        }
        if rows.len() > most { Err(ParseError(format!("One list may have {} lines.", most - 1))) } else { Ok(()) }
    };
    while let Some(c) = letters.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if quoted => cell.push(c),
            c if c == separator => row.push(std::mem::take(&mut cell)),
            '\n' => {
                end(begun, &mut row, &mut cell)?;
                begun = line;
            }
            '\r' => {}
            c => cell.push(c),
        }
    }
    end(begun, &mut row, &mut cell)?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_separators_are_understood() {
        let (headings, rows) = read("\u{feff}from;note\r\n+27;\"a;b\n\"\"c\"\"\"\r\n\r\n0;", 10).unwrap();
        assert_eq!(headings, ["from", "note"]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].cells[1].1, "a;b\n\"c\"");
        assert_eq!(rows[1].cells, [("from".to_owned(), "0".to_owned()), ("note".to_owned(), String::new())]);
        assert_eq!([rows[0].line, rows[1].line], [2, 5], "as an editor counts");
        assert_eq!(read("a,b\n1,2,3", 10).unwrap().1[0].cells.len(), 2);
        assert!(read("a\n1\n2\n3", 2).is_err() && read("a\n1\n2", 2).is_ok());
        assert!(read("", 2).unwrap().1.is_empty());
        assert_eq!(read("a\tb\n\"x", 2).unwrap().1[0].cells[0].1, "x");
    }
}
