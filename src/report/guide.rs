//! A guide for the terminal: Markdown without its marks, wrapped, with headings in bold.

use super::page::paper::{Page, Paint, TextSpan};

/// The text of a guide for a terminal of `width` columns.
///
/// It knows the Markdown that the guides use: headings, paragraphs, lists, tables and fenced code. Images are left out, and
/// of a link the text stays, with the address behind it where that leads out of the repository.
pub fn guide(markdown: &str, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    let blocks = blocks(markdown);
    for (index, block) in blocks.iter().enumerate() {
        let tight =
            matches!(block, GuideBlock::Item { .. }) && matches!(blocks[..index].last(), Some(GuideBlock::Item { .. }));
        if index > 0 && !tight {
            page.blank();
        }
        block.show(&mut page);
    }
    page.finish()
}

/// A piece of a guide.
#[derive(Debug, PartialEq)]
enum GuideBlock {
    Heading(String),
    Paragraph {
        indent: usize,
        text: String,
    },
    /// An entry of a list; `mark` is its dash or number.
    Item {
        indent: usize,
        mark: String,
        text: String,
    },
    /// Rows of cells, the header first.
    Table(Vec<Vec<String>>),
    Code {
        indent: usize,
        lines: Vec<String>,
    },
}

fn blocks(markdown: &str) -> Vec<GuideBlock> {
    let mut blocks = Vec::new();
    let mut open = false;
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text.is_empty() || text.starts_with("![") {
            open = false;
        } else if text.starts_with("```") {
            let code = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```"));
            let lines = code.map(|line| line.get(indent..).unwrap_or_default().to_owned()).collect();
            blocks.push(GuideBlock::Code { indent, lines });
            open = false;
        } else if text.starts_with('#') {
            blocks.push(GuideBlock::Heading(text.trim_start_matches('#').trim().to_owned()));
            open = false;
        } else if text.starts_with('|') {
            add_row(text, open, &mut blocks);
            open = true;
        } else if let Some((mark, text)) = item(text) {
            blocks.push(GuideBlock::Item { indent, mark: mark.to_owned(), text: text.to_owned() });
            open = true;
        } else {
            match blocks.last_mut() {
                Some(GuideBlock::Paragraph { text: before, .. } | GuideBlock::Item { text: before, .. }) if open => {
                    before.push(' ');
                    before.push_str(text);
                }
                Some(_) | None => blocks.push(GuideBlock::Paragraph { indent, text: text.to_owned() }),
            }
            open = true;
        }
    }
    blocks
}

/// The mark of a list entry and the text behind it.
fn item(text: &str) -> Option<(&str, &str)> {
    let (mark, rest) = text.split_once(' ')?;
    let number = mark.strip_suffix('.').is_some_and(|digits| digits.parse::<u8>().is_ok());
    (mark == "-" || number).then(|| (mark, rest.trim_start()))
}

fn add_row(text: &str, open: bool, blocks: &mut Vec<GuideBlock>) {
    let inside = text.trim().trim_start_matches('|').trim_end_matches('|');
    let row: Vec<String> = inside.split('|').map(|cell| cell.trim().to_owned()).collect();
    let rule = row.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|byte| b"-:".contains(&byte)));
    match blocks.last_mut() {
        Some(GuideBlock::Table(rows)) if open && !rule => rows.push(row),
        Some(GuideBlock::Table(_)) if open => {}
        Some(_) | None => blocks.push(GuideBlock::Table(vec![row])),
    }
}

impl GuideBlock {
    fn show(&self, page: &mut Page) {
        match self {
            GuideBlock::Heading(text) => page.line(&[(Paint::Strong, text)]),
            GuideBlock::Paragraph { indent, text } => {
                let margin = " ".repeat(*indent);
                paragraph(page, &margin, &margin, text);
            }
            GuideBlock::Item { indent, mark, text } => {
                let lead = format!("{}{mark} ", " ".repeat(indent + 2));
                paragraph(page, &lead, &" ".repeat(lead.len()), text);
            }
            GuideBlock::Table(rows) => table(page, rows),
            GuideBlock::Code { indent, lines } => {
                let margin = " ".repeat(indent + 4);
                lines.iter().for_each(|line| page.line(&[(Paint::Plain, &format!("{margin}{line}"))]));
            }
        }
    }
}

/// The first columns stand beside each other while they fill at most half the page; the rest of a row hangs behind them.
fn table(page: &mut Page, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| plain(cell).chars().count()).max().unwrap_or(0) + 2
    };
    let mut widths = Vec::new();
    for column in 0..columns.saturating_sub(1) {
        let width = widest(column);
        if widths.iter().sum::<usize>() + width > page.width() / 2 {
            break;
        }
        widths.push(width);
    }
    let hang = " ".repeat(widths.iter().sum::<usize>() + 2);
    for (index, row) in rows.iter().enumerate() {
        let mut lead = "  ".to_owned();
        for (cell, width) in row.iter().zip(&widths) {
            let text = plain(cell);
            lead.push_str(&text);
            lead.push_str(&" ".repeat(width.saturating_sub(text.chars().count())));
        }
        let paint = if index == 0 { Paint::Strong } else { Paint::Plain };
        for cell in row.iter().skip(widths.len()) {
            let text = if index == 0 { format!("**{cell}**") } else { cell.clone() };
            let spans = inline(&text);
            page.para((paint, &lead), (Paint::Plain, &hang), &borrowed(&spans));
            lead.clone_from(&hang);
        }
    }
}

fn paragraph(page: &mut Page, lead: &str, hang: &str, text: &str) {
    let spans = inline(text);
    page.para((Paint::Plain, lead), (Paint::Plain, hang), &borrowed(&spans));
}

fn borrowed(spans: &[(Paint, String)]) -> Vec<TextSpan<'_>> {
    spans.iter().map(|(paint, text)| (*paint, text.as_str())).collect()
}

fn plain(text: &str) -> String {
    inline(text).into_iter().map(|(_, text)| text).collect()
}

/// The text of a line without marks: what stands between two asterisks is bold, code stays as it is, in its backticks.
fn inline(text: &str) -> Vec<(Paint, String)> {
    let mut spans: Vec<(Paint, String)> = Vec::new();
    let mut paint = Paint::Plain;
    let mut push = |paint: Paint, text: &str| match spans.last_mut() {
        Some((last, before)) if *last == paint => before.push_str(text),
        Some(_) | None => spans.push((paint, text.to_owned())),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        push(paint, &rest[..at]);
        rest = &rest[at..];
        let code = rest.strip_prefix('`').and_then(|inside| inside.find('`'));
        if let Some(end) = code {
            push(paint, &rest[..end + 2]);
            rest = &rest[end + 2..];
        } else if let Some(after) = rest.strip_prefix("**") {
            paint = if paint == Paint::Plain { Paint::Strong } else { Paint::Plain };
            rest = after;
        } else if let Some((words, address, after)) = link(rest) {
            push(paint, &plain(words));
            if address.starts_with("http") {
                push(paint, &format!(" ({address})"));
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            rest = after;
        } else {
            push(paint, &rest[..1]);
            rest = &rest[1..];
        }
    }
    push(paint, rest);
    spans
}

/// The words and the address of a link that begins the text, and what follows it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    (!words.contains('\n')).then_some((words, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expected: &[&str]) {
        assert_eq!(guide(markdown, false, 72).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn headings_paragraphs_and_lists_lose_their_marks_and_are_wrapped() {
        let words = "word ".repeat(16);
        check(
            &format!("# A title\n\n{words}\nand **more**.\n\n- one\n  goes on\n- `*/*` stays\n"),
            &[
                "A title",
                "",
                "word ".repeat(14).trim_end(),
                "word word and more.",
                "",
                "  - one goes on",
                "  - `*/*` stays",
            ],
        );
    }

    #[test]
    fn code_is_indented_and_kept_as_it_is() {
        check("```console\na  | b\n\n# c\n```\nend\n", &["    a  | b", "", "    # c", "", "end"]);
    }

    #[test]
    fn a_link_keeps_its_words_and_an_outside_address() {
        check("[a *b*](x.md#y), [c](https://d/e), [f] g\n", &["a b, c (https://d/e), [f] g"]);
        check("![a picture](x.png)\n", &[]);
    }

    #[test]
    fn a_table_has_columns_and_what_is_long_hangs() {
        let long = "long ".repeat(14);
        check(
            &format!("| a | b |\n|---|---|\n| `x` | y |\n| zz | {long}|\n"),
            &["  a    b", "  `x`  y", &format!("  zz   {}", "long ".repeat(13).trim_end()), "       long"],
        );
        check(
            &format!("| a | b | c |\n|---|---|---|\n| x | {} | z |\n", "y".repeat(40)),
            &["  a  b", "     c", &format!("  x  {}", "y".repeat(40)), "     z"],
        );
    }

    #[test]
    fn headings_are_bold_on_a_terminal_with_colours() {
        assert_eq!(guide("## A\n", true, 72), "\u{1b}[1mA\u{1b}[0m\n");
    }
}
