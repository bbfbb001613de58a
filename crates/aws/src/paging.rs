//! Lists that come in pages: read to the end, or to a limit that the caller is told
//! of. A list that breaks off is an error, never a short list.

use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::CallError;
use crate::model::Paging;
use crate::operations::Operation;

/// Pages read up to a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// The pages as one answer, without page tokens.
    pub value: Value,
    /// More pages exist.
    pub cut: bool,
}

impl Client {
    /// Reads a list to its end; the answer is as if it had come in one page.
    /// Operations without pages are called once.
    ///
    /// # Errors
    /// As [`Client::call`] for the first page; [`CallError::Cut`] when a later page
    /// fails, when the list is longer than `Settings::max_pages`, or when AWS
    /// repeats a page token.
    pub async fn call_all(
        &self,
        operation: &'static Operation,
        region: Option<&str>,
        params: Value,
    ) -> Result<Value, CallError> {
        let limit = self.settings().max_pages;
        let pages = self.call_pages(operation, region, params, limit).await?;
        if pages.cut {
            return Err(CallError::Cut {
                pages: limit,
                message: "more pages than the limit".to_owned(),
            });
        }
        Ok(pages.value)
    }

    /// Reads at most `limit` pages and says whether more exist.
    ///
    /// # Errors
    /// As [`Client::call_all`], except that the limit is no error.
    pub async fn call_pages(
        &self,
        operation: &'static Operation,
        region: Option<&str>,
        params: Value,
        limit: u32,
    ) -> Result<Pages, CallError> {
        let Some(paging) = &operation.model().paging else {
            let value = self.call(operation, region, params).await?;
            return Ok(Pages { value, cut: false });
        };
        let mut params = params;
        if let (Some(size), Some(member), Some(fields)) =
            (operation.page_size, &paging.limit, params.as_object_mut())
        {
            fields.entry(member.clone()).or_insert(Value::from(size));
        }
        let mut whole = Map::new();
        let mut pages = 0;
        let mut seen: Vec<Value> = Vec::new();
        loop {
            let answer = self.call(operation, region, params.clone()).await;
            let page = answer.map_err(|error| later_page(pages, error))?;
            pages += 1;
            let next =
                next_token(paging, &page).map_err(|message| CallError::Cut { pages, message })?;
            append(paging, &mut whole, page);
            let Some(token) = next else {
                let value = Value::Object(whole);
                return Ok(Pages { value, cut: false });
            };
            if pages >= limit.max(1) {
                let value = Value::Object(whole);
                return Ok(Pages { value, cut: true });
            }
            if seen.contains(&token) {
                let message = "AWS gave the same page token twice".to_owned();
                return Err(CallError::Cut { pages, message });
            }
            if let (Some(fields), Some(tokens)) = (params.as_object_mut(), token.as_array()) {
                let named = paging.input_tokens.iter().cloned();
                fields.extend(named.zip(tokens.iter().cloned()));
            }
            seen.push(token);
        }
    }
}

fn later_page(pages: u32, error: CallError) -> CallError {
    match (pages, error) {
        (0, error) => error,
        (_, error) => CallError::Cut { pages, message: error.to_string() },
    }
}

/// The tokens of the next page as a list, or `None` at the end.
fn next_token(paging: &Paging, page: &Value) -> Result<Option<Value>, String> {
    let said = paging.more.as_ref().and_then(|name| page.get(name));
    let more = said.and_then(Value::as_bool);
    if more == Some(false) {
        return Ok(None);
    }
    let tokens: Vec<Value> = paging
        .output_tokens
        .iter()
        .filter_map(|name| page.get(name))
        .filter(|token| token.as_str().is_some_and(|text| !text.is_empty()))
        .cloned()
        .collect();
    match (tokens.len() == paging.output_tokens.len(), more) {
        (true, _) => Ok(Some(Value::Array(tokens))),
        (false, Some(true)) => Err("AWS says that more follows and gives no token".to_owned()),
        (false, _) => Ok(None),
    }
}

fn append(paging: &Paging, whole: &mut Map<String, Value>, page: Value) {
    let Value::Object(fields) = page else {
        return;
    };
    for (name, value) in fields {
        if paging.output_tokens.contains(&name) || paging.more.as_ref() == Some(&name) {
            continue;
        }
        match (whole.get_mut(&name), value) {
            (Some(Value::Array(list)), Value::Array(more)) if paging.results.contains(&name) => {
                list.extend(more);
            }
            (Some(_), _) => {}
            (None, value) => {
                whole.insert(name, value);
            }
        }
    }
}
