//! TOML as people write it: quoted texts, and comments that no cell of a file can break out of.

/// Signs on a line of comments.
const WIDTH: usize = 118;

/// A basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            sign if sign.is_control() => out.extend([format!("\\u{:04X}", u32::from(sign))]),
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}

/// A list of basic strings.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// Lines of comment.
pub(super) fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split(|sign: char| sign.is_whitespace() || sign.is_control()).filter(|word| !word.is_empty()) {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

/// The lines of a text as comments, for what the reader may uncomment.
pub(super) fn commented_out(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "#\n".into() } else { format!("# {line}\n") }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_breaks_out_of_quotes_or_comments(text in "(?s).*|[\"\\\\\n\r\u{85}\u{2028}#=\\[\\]]{0,12}") {
            let toml = format!(
                "{}id='a'\ntitle={}\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='csv'\nnull={}\n[[column]]\nname='a'\ntype='text'\n",
                comment(&text), quoted(&text), list([text.as_str(), "x"]),
            );
            let contract = goreos_domain::Contract::parse(&toml).expect("a contract");
            prop_assert_eq!(&contract.title, &text);
            prop_assert_eq!(contract.source.expect("a source").null, [text.as_str(), "x"]);
        }
    }
}
