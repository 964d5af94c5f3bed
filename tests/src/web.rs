//! The pages, over HTTP.

use std::time::Duration;

use reqwest::{Client, Response};

use crate::{Process, until};

/// A web application that answers.
#[derive(Debug)]
pub struct Web {
    url: String,
    client: Client,
    _process: Process,
}

impl Web {
    pub(crate) async fn ready(mut process: Process, url: String) -> Self {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let health = format!("{url}/salud");
        until("the web application answers", Duration::from_secs(30), async || {
            assert!(process.ended().is_none(), "the web application ended at its start");
            client.get(&health).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        Self { url, client, _process: process }
    }

    /// Its address, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `GET path`, redirects not followed.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer")).await
    }

    /// `POST path` as a browser sends a form, with these headers.
    pub async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let request =
            self.client.post(format!("{}{path}", self.url)).header("content-type", "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::read(request.body(form.to_owned()).send().await.expect("an answer")).await
    }

    /// `POST path` as a browser sends a form with a file: the other fields first.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        const EDGE: &str = "----edge-of-a-part";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let (field, name, bytes) = file;
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", format!("multipart/form-data; boundary={EDGE}"))
            .header("origin", &self.url);
        Answer::read(request.body(body).send().await.expect("an answer")).await
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where a redirect leads; empty when it is none.
    pub location: String,
    /// `Content-Type`.
    pub media_type: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, location, media_type) = (response.status().as_u16(), header("location"), header("content-type"));
        Self { status, location, media_type, bytes: response.bytes().await.expect("a body").to_vec() }
    }

    /// The body as text, with the entities of escaped HTML read back.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
        entities.iter().fold(text.into_owned(), |text, (entity, sign)| text.replace(entity, sign))
    }
}

/// The value of an attribute of the element with that id.
pub fn attribute(html: &str, id: &str, name: &str) -> Option<String> {
    let (before, after) = html.split_once(&format!("id=\"{id}\""))?;
    let start = before.rfind('<')?;
    let end = html.len() - after.len() + after.find('>')?;
    let (_, value) = html[start..end].split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_on_either_side_of_the_id() {
        let html = r#"<a class="x" href="/a">a</a><a class="button" id="b" href="/b">b</a><p href="/c">"#;
        assert_eq!(attribute(html, "b", "href").as_deref(), Some("/b"));
        assert_eq!(attribute(html, "b", "class").as_deref(), Some("button"));
        assert_eq!(attribute(html, "b", "title"), None);
        assert_eq!(attribute(html, "c", "href"), None);
    }
}
