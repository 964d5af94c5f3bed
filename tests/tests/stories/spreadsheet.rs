//! The investment spreadsheet read by hand: nothing here is shared with the platform's own reader.

/// Its cells, row by row.
pub(crate) struct Spreadsheet {
    rows: Vec<Vec<String>>,
}

/// What windows-1252 has where Latin-1 has control characters; the five it leaves out stay what they are.
const SPECIAL: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Spreadsheet {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text: String = bytes.iter().map(|byte| decode(*byte)).collect();
        Self { rows: text.split_terminator("\r\n").map(cells).collect() }
    }

    /// The cells of a row, counted from 1.
    pub(crate) fn row(&self, number: usize) -> &[String] {
        &self.rows[number - 1]
    }

    /// Number, budget year and pesos of the rows below the header, those of `refused` left out.
    pub(crate) fn accepted(&self, refused: &[usize]) -> impl Iterator<Item = (i32, i64)> {
        let place = |name: &str| self.row(3).iter().position(|header| header == name).expect("a header");
        let (year, amount) = (place("AÑO PRESUPUESTARIO"), place("MONTO FNDR M$"));
        let numbered = (1..).zip(&self.rows).skip(3).filter(move |(number, _)| !refused.contains(number));
        numbered.map(move |(_, cells)| (cells[year].trim().parse().expect("a year"), pesos(&cells[amount])))
    }
}

fn decode(byte: u8) -> char {
    match byte {
        0x80..=0x9f => SPECIAL[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        let cell = cells.last_mut().expect("one at least");
        match sign {
            '"' if quoted && signs.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ';' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// `M$1.234,5`, in thousands, as pesos.
fn pesos(cell: &str) -> i64 {
    let text = cell.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) =
        text.trim_start_matches(['M', '$']).split_once(',').unwrap_or((text.trim_start_matches(['M', '$']), ""));
    let whole: i64 = whole.replace('.', "").parse().expect("thousands of pesos");
    let fraction: i64 = format!("{fraction:0<3}").parse().expect("pesos");
    sign * (whole * 1000 + fraction)
}

#[test]
fn it_reads_what_people_write() {
    assert_eq!(
        ["M$817.390", "$24.064", "-5.000", "817390,5"].map(pesos),
        [817_390_000, 24_064_000, -5_000_000, 817_390_500]
    );
    assert_eq!(cells("a;\"LICEO \"\"ALTO\"\"; 2\";"), ["a", "LICEO \"ALTO\"; 2", ""]);
    assert_eq!(Spreadsheet::read(b"\xd1UBLE;\x80\r\nb").rows, [vec!["ÑUBLE", "€"], vec!["b"]]);
}
